"""Datasets that are there: what they hold, their clips and captions, the whole as a zip. They are only read here.

Clips are (T, H, W, 3) uint8 and read one by one when shown. Captions are read once and kept while nothing changes.
"""

import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demo.dataset.gallery import SHOWN_PX, write_gifs
from demo.locale.translate import _, ngettext, translate
from demo.studio.limits import NO_LIMITS
from demo.studio.workspace import Folders, find_datasets, pick
from demo.ui.amounts import say_bytes, say_clips, say_frames
from t2v.config import FITS, ModelConfig
from t2v.system.messages import Message

SHOWN = 12  # clips at once
COUNTED = ("shape", "colour", "motion")  # columns of the metadata that have a plot each
WORDS_PLOTTED = 24
COPIED_BYTES = 2**20  # at once, into a zip
PACKED_WELL = (".npy", ".jsonl", ".csv", ".txt", ".json")  # pictures and films are compressed already


@dataclass(frozen=True)
class Dataset:
    """A dataset as it is on disk. `clips` is None where it cannot be used; `problem` says why, in words."""

    name: str
    folder: Path
    state: dict | None = None  # its `dataset.json`: None where another maker has written it
    clips: Any = None  # t2v's ClipFolder
    size_bytes: int = 0  # counted until it is more than a zip may hold
    zip_bytes: int = NO_LIMITS.zip_bytes  # that a zip may hold
    problem: str = ""

    @property
    def unfinished(self) -> bool:
        return self.state is not None and not self.state["complete"]

    @property
    def fits_a_zip(self) -> bool:
        return self.clips is not None and self.size_bytes <= self.zip_bytes


def read_dataset(folders: Folders, name: str) -> Dataset:
    """A dataset by its name. ValueError when there is none; what is wrong inside of it becomes its `problem`."""
    from t2v.data.folder import METADATA_NAMES, STATE, VIDEOS, read_state

    folder = pick(find_datasets(folders), name, "dataset")
    state = None
    try:
        state = read_state(folder)
        if state is not None and not state["complete"]:
            problem = Message(
                "Unfinished: {done:,} of {clips:,} clips are there. Go on, and it can be used.",
                done=state["clips_done"],
                clips=state["videos"],
            )
            return Dataset(name, folder, state, problem=problem)
        sources = [path for path in (folder, *(folder / n for n in (STATE, VIDEOS, *METADATA_NAMES))) if path.exists()]
        most = folders.limits.zip_bytes
        clips, size_bytes = _open(folder, tuple(path.stat().st_mtime_ns for path in sources), most)
    except (ValueError, OSError) as error:
        why = str(error).replace(str(folders.datasets) + os.sep, "")
        return Dataset(name, folder, state, problem=Message("It cannot be used: {why}", why=why))
    return Dataset(name, folder, state, clips, size_bytes, most)


def is_made_elsewhere(folders: Folders, name: str) -> bool:
    """Whether a dataset holds clips of somebody's own, rather than scenes that were written here."""
    try:
        dataset = read_dataset(folders, name)
    except ValueError:  # there is none any more
        return False
    return dataset.clips is not None and dataset.state is None


@lru_cache(maxsize=8)
def _open(folder: Path, changed_ns: tuple[int, ...], most_bytes: int) -> tuple[Any, int]:
    """The clips, none of them kept in memory, and the bytes on disk, counted until they are more than `most_bytes`;
    anew after `changed_ns` of what tells of them."""
    from t2v.data.collect import fit_of
    from t2v.data.folder import open_dataset

    try:
        clips = open_dataset(folder, cache_bytes=0)
    except ValueError:  # training makes squares of one size, so what is not square or alike can be used too
        side_px, fit = ModelConfig.frame_size_px, fit_of(folder) or FITS[0]
        clips = open_dataset(folder, cache_bytes=0, frame_size_px=side_px, fit=fit)
    size_bytes = 0
    for path in _files(folder):
        size_bytes += path.stat().st_size
        if size_bytes > most_bytes:
            break
    return clips, size_bytes


def describe(dataset: Dataset) -> str:
    """What it holds, in one line."""
    if dataset.clips is None:
        return translate(dataset.problem)
    clips, state = dataset.clips, dataset.state
    held = _(
        "{clips} of {frames}, {side} px, {captions}.",
        clips=say_clips(len(clips)),
        frames=say_frames(clips.frames),
        side=clips.frame_size_px,
        captions=ngettext("{n:,} different caption", "{n:,} different captions", len(set(clips.captions))),
    )
    if state is None:
        return held + " " + _("Made elsewhere, with captions of its own.")
    files = _("PNG files") if state.get("layout") == "frames" else _("one videos.npy")
    values = {"preset": state.get("grammar"), "seed": state.get("seed"), "files": files}
    return held + " " + _("Preset {preset}, seed {seed}, {files}. Complete.", **values)


def describe_zip(dataset: Dataset) -> str:
    """How large a download would be, and how large one may be. Nothing for what cannot be used."""
    limit = say_bytes(dataset.zip_bytes)
    if dataset.clips is None:
        return ""
    if dataset.fits_a_zip:
        return _("{size} of data.", size=say_bytes(dataset.size_bytes))
    return _("More than {limit} of data, too much for a zip; copy its folder instead.", limit=limit)


def counts(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """For each of `COUNTED` a table (its name, clips); {} where the metadata do not say them all."""
    counted = dataset.clips.counts if dataset.clips else {}
    if not all(column in counted for column in COUNTED):
        return {}
    tables = {}
    for column in COUNTED:
        held = sorted((word.removeprefix("moving "), clips) for word, clips in counted[column].items())
        tables[column] = pd.DataFrame(held, columns=[column, "clips"])
    return tables


def describe_counts(tables: dict[str, pd.DataFrame]) -> str:
    """The plots in words, for those who do not see them."""
    parts = []
    for column, table in tables.items():
        few, many = int(table["clips"].min()), int(table["clips"].max())
        each = say_clips(many) if few == many else _("{few:,} to {many:,} clips", few=few, many=many)
        if column == "shape":
            parts.append(ngettext("{n:,} shape, {each} each", "{n:,} shapes, {each} each", len(table), each=each))
        elif column == "colour":
            parts.append(ngettext("{n:,} colour, {each} each", "{n:,} colours, {each} each", len(table), each=each))
        else:
            parts.append(ngettext("{n:,} motion, {each} each", "{n:,} motions, {each} each", len(table), each=each))
    return "; ".join(parts)


def words(dataset: Dataset) -> pd.DataFrame:
    """The commonest words of the captions and how many captions hold each: (word, clips), the commonest first."""
    held = Counter(word for caption in dataset.clips.captions for word in set(caption.casefold().split()))
    return pd.DataFrame(held.most_common(WORDS_PLOTTED), columns=["word", "clips"])


def find_clips(captions: list[str], wanted: str) -> list[int]:
    """Numbers of the clips whose captions hold each of the words, or parts of words, that are `wanted`."""
    parts = str(wanted or "").casefold().split()
    return [i for i, caption in enumerate(captions) if all(part in caption.casefold() for part in parts)]


def draw_clips(dataset: Dataset, numbers: list[int], out_dir: Path) -> list[tuple[Path, str]]:
    """These clips as GIFs in `out_dir`, with their captions. ValueError when one of them is broken."""
    made = ((dataset.clips[i], dataset.clips.captions[i]) for i in numbers)
    return write_gifs(((shrink(clip, clip.shape[1] // SHOWN_PX), caption) for clip, caption in made), out_dir, "clip")


def shrink(clip: np.ndarray, times: int) -> np.ndarray:
    """A square clip (T, H, W, 3) made smaller by a whole number, each new pixel the mean of those it stands for."""
    if times < 2:
        return clip
    T, side_px = len(clip), clip.shape[1] // times
    cut = clip[:, : side_px * times, : side_px * times].reshape(T, side_px, times, side_px, times, 3)
    return cut.mean((2, 4)).round().astype(np.uint8)  # (T, side_px, side_px, 3)


def zip_up(dataset: Dataset, path: Path) -> Iterator[int]:
    """Write the dataset to `path` as a zip, all in one folder of its name, telling after each piece how many bytes of
    it are done. Links are left out. ValueError when it is too large or cannot be used; then, and when the caller loses
    interest, no file stays.
    """
    if not dataset.fits_a_zip:
        raise ValueError(describe_zip(dataset) or dataset.problem)
    done = 0
    try:
        with zipfile.ZipFile(path, "w") as archive:
            for source in _files(dataset.folder):
                note = zipfile.ZipInfo.from_file(
                    source, f"{dataset.name}/{source.relative_to(dataset.folder)}", strict_timestamps=False
                )
                note.compress_type = zipfile.ZIP_DEFLATED if source.suffix in PACKED_WELL else zipfile.ZIP_STORED
                with open(source, "rb") as file, archive.open(note, "w") as entry:
                    for piece in iter(partial(file.read, COPIED_BYTES), b""):
                        entry.write(piece)
                        done += len(piece)
                        yield done
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _files(folder: Path) -> Iterator[Path]:
    """All files in a folder and below, 2 before 10 or not; no links, which may lead anywhere."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
