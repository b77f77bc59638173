"""Which release folder a path, a run folder, a shipped name or a repository of the Hugging Face Hub means."""

import os
import re
from pathlib import Path

from t2v.checkpoint.release import WEIGHTS

HUB_NAME = r"[\w.-]+/[\w.-]+"
SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"
BEST_FIRST = ("shapes", "stories", "classic", "lesson", "baseline")


def find_release(path: str | os.PathLike | None = None) -> Path:
    """The release folder meant by a path, a run folder, a shipped name or `user/repo` on the Hugging Face Hub.

    Without a path the best that is shipped. A run that was killed while it replaced its release still has the one
    before. ValueError when there is none.
    """
    if path is None:
        for name in BEST_FIRST:
            if (SHIPPED / name / "config.json").is_file():
                return SHIPPED / name
        raise ValueError(f"No checkpoint is shipped in {SHIPPED}; train one or name one with --checkpoint.")
    folder = Path(path)
    for candidate in (folder, SHIPPED / folder) if len(folder.parts) == 1 else (folder,):
        for name in ("checkpoint", "checkpoint.old"):
            if (candidate / name / "config.json").is_file():
                return candidate / name
        if (candidate / "config.json").is_file() and not (candidate / "status.json").is_file():
            return candidate
    if (folder / "status.json").is_file():
        raise ValueError(f"The run {folder} has no checkpoint yet; the first one comes with its first save.")
    if isinstance(path, str) and re.fullmatch(HUB_NAME, path) and not folder.exists() and not folder.parent.is_dir():
        return _from_hub(path)
    return folder


def _from_hub(repository: str) -> Path:
    """The release folder of `user/repo`, from the Hub or from what of it is kept on this machine."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=["config.json", WEIGHTS]))
    except (OSError, ValueError) as error:  # the Hub's own are among these
        why = " ".join(str(error).split())[:300]
        raise ValueError(f"There is no folder {repository}, and it cannot be had from the Hub: {why}") from None
