"""Dataset folders, written; `folder.py` reads them.

Clips are (T, H, W, 3) uint8, RGB. Layout `frames` is `video_<i>/frame_<k>.png` and `video_<i>/prompt.txt`, layout
`packed` is `videos.npy` (N, T, H, W, 3); each with `metadata.jsonl`, a line per clip: `file_name`, `text` and what is
shown. `dataset.json` says with what settings a folder is written and whether it is complete: an unfinished folder is
gone on with by the same command, and is not read.
"""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from t2v.config import (
    FRAMES,
    GRAMMAR_NAMES,
    LAYOUTS,
    MAX_FRAME_SIZE_PX,
    MAX_FRAMES,
    MAX_SEED,
    MAX_VIDEOS,
    MIN_FRAME_SIZE_PX,
    SEED,
    ModelConfig,
    one_of,
    raise_if,
    range_problem,
)
from t2v.data import scenes
from t2v.data.find_clips import PROMPT
from t2v.data.folder import METADATA, STATE, VIDEOS, read_state
from t2v.data.grammar import THINGS_AFTER
from t2v.data.png import encode_pngs
from t2v.data.sprites import Sprites
from t2v.data.things import FOLDER as THINGS
from t2v.data.things import digest, grammar_with_things, save_things, sprites_of
from t2v.data.worlds import WORLDS
from t2v.system.lock import LOCK, sole_writer

FORMAT = 3  # raised when the same settings give other bytes
PART = ".part"  # ends the names of what is not finished

BLOCK_BYTES = 4096  # a file or folder takes whole blocks of the disk
METADATA_LINE_BYTES = 190  # on average, measured


@dataclass(frozen=True)
class Settings:
    """What follows from these alone is every byte of the clips."""

    grammar: str
    videos: int
    frames: int
    frame_size_px: int
    seed: int
    layout: str
    things: str = ""  # the hash of the pictures of one's own things

    @property
    def world(self) -> str:
        """The grammar without its things."""
        return self.grammar.partition(THINGS_AFTER)[0]

    def problems(self) -> list[str]:
        problems: list[str] = []
        for name, value, known in (("grammar", self.world, GRAMMAR_NAMES), ("layout", self.layout, LAYOUTS)):
            if value not in known:
                problems.append(one_of(name, value, known))
        problems += range_problem("videos", self.videos, 1, MAX_VIDEOS)
        problems += range_problem("frames", self.frames, 1, MAX_FRAMES)
        problems += range_problem("frame_size_px", self.frame_size_px, MIN_FRAME_SIZE_PX, MAX_FRAME_SIZE_PX)
        return problems + range_problem("seed", self.seed, 0, MAX_SEED)


class Portions(NamedTuple):
    """How much is done at once. The bytes that are written do not depend on it."""

    chunk_pixels: int = 2**22  # at most between two notes of progress: about half a second's work
    chunk_clips: int = 1000  # the same
    piece_pixels: int = 2**21  # rendered in one go: as bytes, 6 MB


PORTIONS = Portions()


def estimate(videos: int, frames: int, frame_size_px: int, layout: str) -> tuple[int, int]:
    """How many files a dataset has and how many bytes of disk it takes, in whole blocks of 4 KiB.

    For `frames` at 64 px that is seven times the sum of the files' lengths: a PNG of 600 bytes takes a block too.
    """

    def on_disk(length_bytes: int) -> int:
        return -(-length_bytes // BLOCK_BYTES) * BLOCK_BYTES

    metadata_bytes = on_disk(videos * METADATA_LINE_BYTES) + BLOCK_BYTES
    if layout == "packed":
        return 3, on_disk(videos * frames * frame_size_px**2 * 3) + metadata_bytes
    # measured, with `shapes`; of small frames too little, but these fit into a block
    png_bytes = 60 + 4 * frame_size_px + frame_size_px**2 // 50
    folder, prompt = BLOCK_BYTES, BLOCK_BYTES
    return videos * (frames + 1) + 2, videos * (frames * on_disk(png_bytes) + folder + prompt) + metadata_bytes


def write_dataset(
    out: str | os.PathLike,
    *,
    grammar: str,
    videos: int,
    frames: int = FRAMES,
    frame_size_px: int = ModelConfig.frame_size_px,
    seed: int = SEED,
    layout: str = "frames",
    things: Mapping[str, np.ndarray] | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | threading.Event | None = None,
    portions: Portions = PORTIONS,
) -> bool:
    """Write clips 0 .. videos - 1 of (grammar, seed) to a new folder, or go on with an unfinished one.

    `things` are pictures of one's own by their names, (S, S, 4) uint8 as `read_picture` gives them: every second clip
    shows one of them, in the motions of `THING_MOTIONS`. The folder keeps them.

    The same settings give the same bytes, however often the writing was interrupted. One thread writes: two wait for
    each other where files are made (docs/LOG.md#small-files).
    `progress(done, total)` is called now and then; without it a bar is shown on standard error. `stop` is asked between
    chunks, whose size follows from `portions`. Returns whether the dataset is complete.

    Raises ValueError before anything is written, with all bad arguments in one line, or when `out` is taken, too big
    for the disk or being written by somebody else; OSError when the file system refuses, which leaves an unfinished
    folder.
    """
    things = things or {}
    settings = Settings(grammar, videos, frames, frame_size_px, seed, layout, digest(things))
    raise_if(settings.problems())
    settings = replace(settings, grammar=grammar_with_things(grammar, list(things)))
    folder = Path(out)
    _check_disk(folder, settings, _clips_done(folder, settings))
    with sole_writer(folder):
        if things:
            save_things(folder, things)
        return _write(folder, settings, sprites_of(things), progress, stop, portions)


def _write(
    folder: Path,
    settings: Settings,
    things: Sprites | None,
    progress: Callable[[int, int], None] | None,
    stop: Callable[[], bool] | threading.Event | None,
    portions: Portions,
) -> bool:
    """`write_dataset`, alone in its folder."""
    done = _clips_done(folder, settings)  # again: another writer may just have ended
    videos, frames, frame_size_px, layout = settings.videos, settings.frames, settings.frame_size_px, settings.layout
    _write_state(folder, settings, done)
    if layout == "packed" and not done:
        np.lib.format.open_memmap(
            folder / (VIDEOS + PART), "w+", np.uint8, (videos, frames, frame_size_px, frame_size_px, 3)
        )
    chunk = min(max(1, portions.chunk_pixels // (frames * frame_size_px**2)), portions.chunk_clips)
    chunks = [(first, min(first + chunk, videos)) for first in range(done, videos, chunk)]
    stopped = stop.is_set if isinstance(stop, threading.Event) else stop or (lambda: False)
    with tqdm(total=videos, initial=done, unit=" clips", disable=progress is not None) as bar:
        report = progress or (lambda done, total: bar.update(done - bar.n))
        report(done, videos)
        for first, done in chunks:
            _write_chunk(folder, settings, things, first, done, portions.piece_pixels)
            _write_state(folder, settings, done)
            report(done, videos)
            if done < videos and stopped():
                return False
    _write_whole(folder / METADATA, _metadata_lines(settings))
    if (folder / (VIDEOS + PART)).exists():
        os.replace(folder / (VIDEOS + PART), folder / VIDEOS)
    _write_state(folder, settings, videos, complete=True)
    return True


def _clips_done(folder: Path, settings: Settings) -> int:
    """How many clips an earlier, unfinished write of the same dataset has left; ValueError if `folder` is taken."""
    if not folder.is_dir():
        raise_if([f"{folder} is a file; choose another name"] if os.path.lexists(folder) else [])
        return 0
    state = read_state(folder)
    if state is None:
        taken = any(path.name not in (STATE + PART, LOCK, THINGS) for path in folder.iterdir())
        raise_if([f"{folder} is not empty and holds no dataset written here; choose a new folder"] if taken else [])
        return 0
    if state["complete"]:
        raise ValueError(f"{folder} holds a complete dataset of {state['videos']} clips; choose a new folder")
    wanted = {"format": FORMAT, **asdict(settings)}
    wrote = {"things": "", **state}  # older datasets have none
    if others := [f"{name} {wrote.get(name)}" for name in wanted if wrote.get(name) != wanted[name]]:
        raise ValueError(
            f"{folder} holds an unfinished dataset of other settings ({', '.join(others)}); go on with those, "
            "or choose a new folder"
        )
    lost = settings.layout == "packed" and not any((folder / name).exists() for name in (VIDEOS, VIDEOS + PART))
    return 0 if lost else state["clips_done"]


def _write_state(folder: Path, settings: Settings, clips_done: int, complete: bool = False) -> None:
    state = {"format": FORMAT, **asdict(settings), "clips_done": clips_done, "complete": complete}
    _write_whole(folder / STATE, [json.dumps(state, indent=1) + "\n"])


def _write_whole(path: Path, lines: Iterable[str]) -> None:
    """Like `atomic_path`, but under a fixed temporary name: what a killed write has left is replaced later."""
    part = path.with_name(path.name + PART)
    with open(part, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)
    os.replace(part, path)


def _check_disk(folder: Path, settings: Settings, done: int) -> None:
    _, needed = estimate(settings.videos - done, settings.frames, settings.frame_size_px, settings.layout)
    around = next(parent for parent in (folder, *folder.absolute().parents) if parent.is_dir())
    free = shutil.disk_usage(around).free
    if needed > free:
        raise ValueError(
            f"The dataset needs about {needed / 1e9:.1f} GB and {around} has {free / 1e9:.1f} GB free; "
            "choose fewer videos, fewer or smaller frames, or another disk"
        )


def _write_chunk(
    folder: Path, settings: Settings, things: Sprites | None, first: int, end: int, piece_pixels: int
) -> None:
    """Write clips `first` to `end`, in pieces of so many pixels that bound the memory whatever the clips' length.

    What an interrupted chunk has left is written over.
    """
    T, size_px = settings.frames, settings.frame_size_px
    world = WORLDS[settings.grammar]
    drawn, _, captions = world.sample(settings.seed, torch.arange(first, end))
    times = scenes.times_of(T)
    clips, count = max(1, piece_pixels // (T * size_px**2)), max(1, piece_pixels // size_px**2)
    for row in range(0, end - first, clips):
        group = drawn[row : row + clips]
        for k in range(0, T, count):  # once, unless a single clip is more than a piece
            moments = times[k : k + count].expand(len(group), -1)
            frames = world.render_frames(
                group, times=moments, frame_size_px=size_px, things=things
            )  # (clips, count, H, W, 3)
            if settings.layout == "packed":
                _store_packed(folder / (VIDEOS + PART), first + row, k, frames)
                continue
            for i, clip in enumerate(frames, start=row):
                _store_frames(f"{folder}/video_{first + i}", k, clip, captions[i])


def _store_packed(path: Path, i: int, k: int, frames: np.ndarray) -> None:
    videos = np.lib.format.open_memmap(path, "r")
    with open(path, "r+b") as file:  # and not through the map, where a full disk would kill the process
        file.seek(videos.offset + i * videos[0].nbytes + k * videos[0, 0].nbytes)
        file.write(frames.data)


def _store_frames(folder: str, k: int, frames: np.ndarray, caption: str) -> None:
    """Frames `k`, `k` + 1, ... of one clip, which is made, with its caption, when the first of them comes."""
    if k == 0:
        try:
            os.mkdir(folder)
        except FileExistsError:
            if os.path.islink(folder):  # it may lead out of the dataset, and is not read either
                raise
        _store(f"{folder}/{PROMPT}", caption.encode())
    for number, encoded in enumerate(encode_pngs(frames), start=k):
        _store(f"{folder}/frame_{number}.png", encoded)


def _store(path: str, content: bytes) -> None:
    """A small file, never through a link. The system's calls are faster than `open` (docs/LOG.md#small-files)."""
    of_this_system = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | of_this_system, 0o666)
    try:
        while content:  # a full disk may take a part; asked again, it says that it is full
            content = content[os.write(file, content) :]
    finally:
        os.close(file)


def _metadata_lines(settings: Settings) -> Iterator[str]:
    world = WORLDS[settings.grammar]
    for first in range(0, settings.videos, 1000):
        indices = torch.arange(first, min(first + 1000, settings.videos))
        _, shown, captions = world.sample(settings.seed, indices)
        for i, attributes, caption in zip(indices.tolist(), shown, captions, strict=True):
            yield json.dumps({"file_name": f"video_{i}", "text": caption} | world.metadata(attributes)) + "\n"
