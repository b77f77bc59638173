"""What people say of a run or a dataset: a title and a note. They lie beside it, in `.about/<name>.json`.

The folder's own name stays: links, checkpoints and command lines go by it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from t2v.system.files import read_json, write_json
from t2v.system.messages import value_error

LONGEST_TITLE, LONGEST_NOTE = 60, 2000  # characters


@dataclass(frozen=True)
class About:
    """Both may be empty."""

    title: str = ""
    note: str = ""


def read(root: Path, name: str) -> About:
    """What was said of `root/name`; nothing where nothing was, or the file is damaged."""
    try:
        known = read_json(_path(root, name))
        return About(str(known["title"]), str(known["note"]))
    except (ValueError, KeyError):
        return About()


def write(root: Path, name: str, *, title: str, note: str) -> About:
    """Say it of `root/name`. ValueError where there is no such folder, or too many characters."""
    about = About(" ".join(str(title or "").split()), str(note or "").strip())
    if len(about.title) > LONGEST_TITLE or len(about.note) > LONGEST_NOTE:
        raise value_error(
            "A name has at most {title} characters, a note {note:,}.", title=LONGEST_TITLE, note=LONGEST_NOTE
        )
    if not name or Path(name).name != name or not (root / name).is_dir():
        raise value_error("There is no {name!r} any more.", name=name)
    write_json(_path(root, name), asdict(about))
    return about


def forget(root: Path, name: str) -> None:
    """For a folder that is gone."""
    _path(root, name).unlink(missing_ok=True)


def label(root: Path, name: str) -> str:
    """What a menu calls it: `Night run (lesson-2)`, or just its folder's name."""
    title = read(root, name).title
    return f"{title} ({name})" if title else name


def _path(root: Path, name: str) -> Path:
    return root / ".about" / f"{name}.json"
