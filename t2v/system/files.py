"""Files that are whole or not there at all: written beside their place and moved in one step. JSON the same way."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HASHED_BYTES = 2**20
TEMPORARY_NAME = r"\.[0-9a-f]{12}(\..+)?"  # of what `atomic_path` has not finished


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a free path beside `path`, with its ending, and move what was written there to `path` at the end.

    A file is replaced; a folder may be written too, where nothing or an empty folder stands. Missing parents are
    made. When the body fails nothing stays behind. Raises OSError when the file system refuses.
    """
    target = Path(path).absolute()
    made = [folder for folder in target.parents if not folder.exists()]  # innermost first
    temporary = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if temporary.is_dir() and target.is_dir():
            target.rmdir()  # Windows replaces no folder, not even an empty one
        os.replace(temporary, target)
    except BaseException:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        temporary.unlink(missing_ok=True)
        for folder in made:
            with suppress(OSError):  # someone else has put something there
                folder.rmdir()
        raise


def remove_at_once(folder: Path) -> None:
    """Remove a folder as it would be moved: who looks finds it whole or not at all. Raises OSError where it stays."""
    hidden = folder.with_name(f".{secrets.token_hex(6)}")
    os.replace(folder, hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def add_file(digest: "hashlib._Hash", path: Path) -> None:
    """Hash a file's content on, piece by piece."""
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(HASHED_BYTES), b""):
            digest.update(piece)


def check_place(path: str | os.PathLike) -> None:
    """ValueError unless a file or folder at `path` can be written: the nearest folder around it must allow it."""
    target = Path(path)
    around = next(folder for folder in target.absolute().parents if os.path.lexists(folder))
    if not around.is_dir():
        raise ValueError(f"{around} is a file, so {target} cannot lie in it; choose another folder")
    if not os.access(around, os.W_OK | os.X_OK):
        raise ValueError(f"{around} cannot be written to; choose another folder")


def write_text(path: str | os.PathLike, text: str) -> None:
    """A text file, replaced in one move."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, data: object) -> None:
    """Indented JSON, replaced in one move."""
    write_text(path, json.dumps(data, indent=1) + "\n")


def read_json(path: Path) -> dict:
    """A JSON object. ValueError names the file when it is missing or broken."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} is missing.") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not readable JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} must hold a JSON object, not a {type(data).__name__}.")
    return data
