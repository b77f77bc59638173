"""Files of clips, as they come from a page, gathered into one folder; and that folder written as a dataset."""

import csv
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from t2v.config import FITS
from t2v.data.archive import MAX_BYTES, unpack
from t2v.data.find_clips import SIDECARS, find_clips
from t2v.data.survey import look_through, survey
from t2v.data.tables import TABLE_ENDINGS, caption_of_name
from t2v.system.files import atomic_path, read_json, write_json
from t2v.system.messages import value_error

FIT = "fit.json"  # in a dataset: how its clips become square
NAME = re.compile(r"[\w][\w-]{0,39}")


def gather_files(paths: Sequence[Path], target: Path, *, most_bytes: int = MAX_BYTES) -> Path:
    """Copy files, and what zips hold, to `target`, which is made anew; returns the folder that holds the clips.

    ValueError for nothing, for more than `most_bytes` packed or unpacked, for a bad zip.
    """
    if not paths:
        raise value_error("There are no files yet: drop some.")
    if sum(path.stat().st_size for path in paths) > most_bytes:
        most = f"{most_bytes / 1e6:.0f}"
        raise value_error("These files have more than {most} MB; take fewer or shorter clips.", most=most)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    zips = [path for path in paths if path.suffix.lower() == ".zip"]
    others = [path for path in paths if path not in zips]
    for number, path in enumerate([*others, *zips]):  # zips last, as what they hold is counted with all the rest
        is_zip = path in zips
        copied = target / (path.stem if is_zip else path.name)
        if copied.exists():
            copied = copied.with_stem(f"{copied.stem}_{number}")
        if is_zip:
            unpack(path, target if len(paths) == 1 else copied)
            if sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) > most_bytes:
                shutil.rmtree(target)
                raise value_error(
                    "Unpacked, these files have more than {most:.0f} MB; take fewer.", most=most_bytes / 1e6
                )
        else:
            shutil.copyfile(path, copied)
    return target


class Dropped(NamedTuple):
    """Rows (clip, caption) of every clip that lies in a folder, a row for each caption, "" where even its name says
    nothing; and what was understood of texts beside the clips, "" where there are none."""

    rows: list[list[str]]
    report: str


def captions_table(folder: Path) -> Dropped:
    """What somebody's folder says of its clips, before any is decoded."""
    findings, clips = look_through(folder), find_clips(folder)
    captions_of = {clip.path: clip.captions for clip in findings.clips}
    names = {clip: clip.relative_to(folder).as_posix() for clip in clips}
    rows = []
    for clip in clips:  # what a name says is a proposal, which stands there to be mended
        proposed = caption_of_name(clip.name if clip.is_dir() else clip.stem)
        rows += [[names[clip], text] for text in captions_of.get(clip, (proposed,))]
    known = set(names.values())  # that one has no caption the rows say
    findings.left_out = [finding for finding in findings.left_out if finding.where not in known]
    has_texts = findings.clips or findings.mended or findings.left_out
    return Dropped(rows, findings.report() if has_texts else "")


def write_captions(folder: Path, rows: Iterable[Sequence[str]]) -> None:
    """Let these rows (clip, caption) be all that is said of a folder's clips; rows without a caption are dropped."""
    rows = [(str(name or ""), str(text or "").strip()) for name, text in rows]
    if not any(text for _, text in rows):
        raise value_error("There is no caption yet: write beside each clip what it shows.")
    for path in [path for path in folder.rglob("*") if path.suffix.lower() in (*TABLE_ENDINGS, *SIDECARS)]:
        path.unlink()  # what they say stands in the rows
    with open(folder / "metadata.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file_name", "text"), *(row for row in rows if row[1])])


def fit_of(folder: Path) -> str | None:
    """How the clips of a dataset become square, as its maker chose on the page; None where nobody chose."""
    try:
        fit = read_json(folder / FIT).get("fit")
    except (ValueError, OSError):
        return None
    return fit if fit in FITS else None


def save_dataset(folder: Path, name: str, datasets: Path, *, fit: str = FITS[0]) -> Path:
    """The clips of a folder that have captions as `datasets/name`, a new one, with the choice of how they become
    square. ValueError for a bad or taken name."""
    if not NAME.fullmatch(name or ""):
        raise value_error("{name!r} cannot be a folder's name; use letters, digits and hyphens, at most 40.", name=name)
    target = datasets / name
    if target.exists():
        raise value_error("There is a dataset {name!r} already; choose another name.", name=name)
    used = survey(folder).clips
    with atomic_path(target) as written:
        for clip in used:
            copied = written / clip.path.relative_to(folder)
            copied.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if clip.path.is_dir() else shutil.copyfile)(clip.path, copied)
        rows = [(clip.path.relative_to(folder).as_posix(), text) for clip in used for text in clip.captions]
        with open(written / "metadata.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("file_name", "text"), *rows])
        write_json(written / FIT, {"fit": fit})
    return target
