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

import numpy as np
import pandas as pd

from demo.studio.workspace import Folders, find_datasets, pick
from demo.ui.amounts import say_bytes, say_count
from t2v.config import ModelConfig

SHOWN = 12  # clips at once
SHOWN_PX = 128  # at least, and less than twice that
COUNTED = ("shape", "colour", "motion")  # columns of the metadata that have a plot each
WORDS_PLOTTED = 24
LARGEST_ZIP_BYTES = 200 * 10**6  # of a dataset that can be downloaded
COPIED_BYTES = 2**20  # at once, into a zip
PACKED_WELL = (".npy", ".jsonl", ".csv", ".txt", ".json")  # pictures and films are compressed already


@dataclass(frozen=True)
class Dataset:
    """A dataset as it is on disk. `clips` is None where it cannot be used; `problem` says why, in words."""

    name: str
    folder: Path
    state: dict | None = None  # its `dataset.json`: None where another maker has written it
    clips: object | None = None  # t2v's ClipFolder
    size_bytes: int = 0  # counted until it is more than a zip may hold
    problem: str = ""

    @property
    def unfinished(self) -> bool:
        return self.state is not None and not self.state["complete"]

    @property
    def fits_a_zip(self) -> bool:
        return self.clips is not None and self.size_bytes <= LARGEST_ZIP_BYTES


def look(folders: Folders, name: str) -> Dataset:
    """A dataset by its name. ValueError when there is none; what is wrong inside of it becomes its `problem`."""
    from t2v.data.folder import METADATA_NAMES, STATE, VIDEOS, read_state

    folder = pick(find_datasets(folders), name, "dataset")
    state = None
    try:
        state = read_state(folder)
        if state is not None and not state["complete"]:
            there = f"{state['clips_done']:,} of {state['videos']:,} clips are there"
            return Dataset(name, folder, state, problem=f"Unfinished: {there}. Go on, and it can be used.")
        told = [path for path in (folder, *(folder / n for n in (STATE, VIDEOS, *METADATA_NAMES))) if path.exists()]
        clips, size_bytes = _open(folder, tuple(path.stat().st_mtime_ns for path in told))
    except (ValueError, OSError) as error:
        said = str(error).replace(str(folders.datasets) + os.sep, "")
        return Dataset(name, folder, state, problem=f"It cannot be used: {said}")
    return Dataset(name, folder, state, clips, size_bytes)


@lru_cache(maxsize=8)
def _open(folder: Path, changed_ns: tuple[int, ...]) -> tuple[object, int]:
    """The clips, none of them kept in memory, and the bytes on disk; anew after `changed_ns` of what tells of them."""
    from t2v.data.folder import open_dataset

    try:
        clips = open_dataset(folder, cache_bytes=0)
    except ValueError:  # training cuts out squares of one size, so what is not square or alike can be used too
        clips = open_dataset(folder, cache_bytes=0, frame_size_px=ModelConfig.frame_size_px)
    size_bytes = 0
    for path in _files(folder):
        size_bytes += path.stat().st_size
        if size_bytes > LARGEST_ZIP_BYTES:
            break
    return clips, size_bytes


def describe(dataset: Dataset) -> str:
    """What it holds, in one line."""
    if dataset.clips is None:
        return dataset.problem
    clips, state = dataset.clips, dataset.state
    held = (
        f"{say_count(len(clips), 'clip')} of {say_count(clips.frames, 'frame')}, {clips.frame_size_px} px, "
        f"{say_count(len(set(clips.captions)), 'different caption')}."
    )
    if state is None:
        return f"{held} Made elsewhere, with captions of its own."
    kind = "PNG files" if state.get("layout") == "frames" else "one videos.npy"
    return f"{held} Preset {state.get('grammar')}, seed {state.get('seed')}, {kind}. Complete."


def describe_zip(dataset: Dataset) -> str:
    """How large a download would be, and how large one may be. Nothing for what cannot be used."""
    limit = say_bytes(LARGEST_ZIP_BYTES)
    if dataset.clips is None:
        return ""
    if dataset.fits_a_zip:
        return f"{say_bytes(dataset.size_bytes)} of data."
    return f"More than {limit} of data, too much for a zip; copy its folder instead."


def counts(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """For each of `COUNTED` a table (its name, clips); {} where the metadata do not say them all."""
    told = dataset.clips.counts if dataset.clips else {}
    if not all(column in told for column in COUNTED):
        return {}
    tables = {}
    for column in COUNTED:
        held = sorted((word.removeprefix("moving "), clips) for word, clips in told[column].items())
        tables[column] = pd.DataFrame(held, columns=[column, "clips"])
    return tables


def describe_counts(tables: dict[str, pd.DataFrame]) -> str:
    """The plots in words, for those who do not see them."""
    said = []
    for column, table in tables.items():
        few, many = table["clips"].min(), table["clips"].max()
        each = f"{few:,}" if few == many else f"{few:,} to {many:,}"
        said.append(f"{say_count(len(table), column)}, {each} clip{'' if many == 1 else 's'} each")
    return "; ".join(said)


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
    from t2v.media.clips import write_clip

    shown = []
    for place, i in enumerate(numbers):
        clip = dataset.clips[i]  # (T, H, W, 3)
        path = out_dir / f"look_{place}.gif"
        clip = shrink(clip, clip.shape[1] // SHOWN_PX)
        write_clip(path, clip, scale=max(1, SHOWN_PX // clip.shape[1]))
        shown.append((path, dataset.clips.captions[i]))
    return shown


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
