"""A folder for what can be made again: `T2V_CACHE`, or `t2v` in the user's own cache; bounded, oldest out first."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

MAX_CACHE_BYTES = 2 * 10**9


def cache_folder(part: str) -> Path:
    """The folder for one kind of thing; it exists afterwards."""
    usual = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("T2V_CACHE") or Path(usual) / "t2v") / part
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep_within(folder: Path, max_bytes: int = MAX_CACHE_BYTES) -> None:
    """Remove what was used longest ago until a folder's entries, files or folders, have at most `max_bytes`."""
    entries = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            entries.append((path.stat().st_mtime_ns, sum(file.stat().st_size for file in files), path))
    held_bytes = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if held_bytes <= max_bytes:
            return
        held_bytes -= size
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
