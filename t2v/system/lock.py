"""One writer to a folder. The operating system holds the lock, so a process that dies holds nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = ".lock"  # lies in the folder while it is written to


class InUseError(ValueError):
    """Somebody else writes to this folder at the moment."""


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Make `folder` and keep every other process and thread out of this block until it ends.

    Raises InUseError at once when somebody is in it, OSError when the folder cannot be made. A folder that the block
    leaves empty goes again, together with parents that were made for it.
    """
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]  # innermost first
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InUseError(
            f"{folder} is being written by another process; wait until it has ended, or name another folder."
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file; then it stays, and nobody holds it
            (folder / LOCK).unlink()
        lock.release()
        for parent in made:
            with suppress(OSError):  # it holds something now
                parent.rmdir()
