"""Where the page's files lie, and the names by which visitors know them: no path ever comes from a visitor."""

import hashlib
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from demo.studio.limits import NO_LIMITS, Limits
from t2v.system.messages import Message, value_error

KEEP_VISITS_SECONDS = 3600  # after the last file of one; who leaves while a clip is drawn leaves its folder behind


@dataclass(frozen=True)
class Folders:
    """The page's root folders; all but `checkpoints` are made when something is first written to them."""

    checkpoints: Path  # the shipped ones, a release folder each
    runs: Path  # trainings, a run folder each
    datasets: Path  # a dataset folder each
    visits: Path  # what was made for visitors, a folder for each visit
    limits: Limits = NO_LIMITS  # of what visitors may write to them
    device: str = "auto"  # that draws clips

    def visit(self, session: str) -> Path:
        """The folder of one visit. Its name is a hash, because the browser chooses the session's.

        What lies there is on its way: Gradio serves a copy. So old ones, and the oldest of many, go when a new visit
        comes.
        """
        folder = self.visits / hashlib.sha256(session.encode()).hexdigest()[:20]
        if not folder.exists():
            for count, left in enumerate(children(self.visits), start=1):
                with suppress(FileNotFoundError):  # its visitor is just leaving
                    if count >= self.limits.visits or time.time() - left.stat().st_mtime > KEEP_VISITS_SECONDS:
                        shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def children(folder: Path, holding: str = "") -> list[Path]:
    """The visible subfolders of `folder` that hold `holding`, newest first; [] where there is no such folder."""
    if not folder.is_dir():
        return []
    changed = {}
    for path in folder.iterdir():
        if not path.name.startswith(".") and (path / holding).exists() and path.is_dir():
            with suppress(FileNotFoundError):  # it is just being removed
                changed[path] = path.stat().st_mtime
    return sorted(changed, key=changed.__getitem__, reverse=True)


def find_checkpoints(folders: Folders) -> dict[str, Path]:
    """Name -> release folder: the best shipped one first, then own runs (`runs/<name>`), the newest first."""
    from t2v.checkpoint.find import BEST_FIRST

    def rank(path: Path) -> tuple[int, str]:
        return (BEST_FIRST.index(path.name) if path.name in BEST_FIRST else len(BEST_FIRST), path.name)

    shipped = sorted(children(folders.checkpoints, "config.json"), key=rank)
    own = children(folders.runs, "checkpoint/config.json")
    return {path.name: path for path in shipped} | {f"runs/{path.name}": path / "checkpoint" for path in own}


def find_datasets(folders: Folders) -> dict[str, Path]:
    """Name -> dataset folder, the newest first."""
    return {path.name: path for path in children(folders.datasets)}


def pick(known: dict[str, Path], name: str, what: str) -> Path:
    """The folder of that name. ValueError lists the names there are."""
    if not isinstance(name, str) or name not in known:
        names = ", ".join(known) or Message("none yet")
        raise value_error("There is no {what} {name!r}. Known: {names}.", what=what, name=name, names=names)
    return known[name]
