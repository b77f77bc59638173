"""Clips with captions read from a folder: datasets written here, the tutorial's own, and folders of video files.

Clips are (T, H, W, 3) uint8, RGB. A folder holds either `videos.npy` (N, T, H, W, 3), or clips: `video_<i>` with
`frame_<k>.png`, and GIF, WebP, MP4 or AVI files. Captions stand in `metadata.jsonl` or `metadata.csv` (`file_name`,
`text`; the Hugging Face convention), or in a `prompt.txt` beside the frames. `t2v.data.writer` is the public face.
"""

import csv
import io
import json
import os
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath

import numpy as np

from t2v.config import FRAMES, MAX_FRAME_SIZE_PX, MAX_FRAMES, MIN_FRAME_SIZE_PX, raise_if, range_problem
from t2v.data.grammar import MAX_PROMPT_CHARACTERS
from t2v.media.clips import read_clip
from t2v.media.decoders import CLIP_ENDINGS, frame_files, is_animated_png, is_hidden
from t2v.media.fit import border_colour, fit_square, instants

STATE, VIDEOS, PROMPT, METADATA = "dataset.json", "videos.npy", "prompt.txt", "metadata.jsonl"
METADATA_NAMES = (METADATA, "metadata.csv")

CACHE_BYTES = 2**29


class ClipFolder:
    """`folder[i]` is clip i, (T, H, W, 3) uint8, read-only; `captions[i]` is what it shows. All clips have one shape.

    Clips are read when asked for. The first that fit into `cache_bytes` stay in memory: where an epoch asks for every
    clip once, that serves more requests than keeping the latest. `counts` tells what else the metadata say, for each
    column how often each text stands in it: {"shape": {"star": 250, ...}, ...}.
    """

    def __init__(
        self,
        captions: list[str],
        paths: list[Path],
        read: Callable[[int], np.ndarray],
        *,
        cache_bytes: int = CACHE_BYTES,
        counts: dict[str, Counter] | None = None,
    ):
        self.captions = captions
        self.counts = counts or {}
        self._paths, self._read = paths, read
        self._kept: dict[int, np.ndarray] = {}
        self._room_bytes = cache_bytes
        self._shape = read(0).shape
        self.frames, self.frame_size_px, width_px, _ = self._shape
        if width_px != self.frame_size_px:
            raise ValueError(
                f"{paths[0]} has {_say(self._shape)}, not square; give frame_size_px to cut out the middle"
            )

    def __len__(self) -> int:
        return len(self.captions)

    def __getitem__(self, i: int) -> np.ndarray:
        i = range(len(self))[i]
        if i in self._kept:
            return self._kept[i]
        clip = self._read(i)
        if clip.shape != self._shape:
            raise ValueError(
                f"{self._paths[i]} has {_say(clip.shape)}, {self._paths[0]} has {_say(self._shape)}; "
                "make all clips alike, or give frames and frame_size_px to convert them"
            )
        clip.flags.writeable = False
        if clip.nbytes <= self._room_bytes:
            self._room_bytes -= clip.nbytes
            self._kept[i] = clip
        return clip


def open_dataset(
    path: str | os.PathLike,
    *,
    frames: int | None = None,
    frame_size_px: int | None = None,
    fit: str = "pad",
    cache_bytes: int = CACHE_BYTES,
) -> ClipFolder:
    """Open a folder of clips. `frames` and `frame_size_px` convert them: frames are taken evenly in time, and made
    squares as `fit` says (`pad`, `crop`, `squeeze`: `t2v.media.fit`); without them the clips must be alike already, but
    for GIF, MP4 and other films, of which `config.FRAMES` are taken. `cache_bytes` of clips are kept in memory.

    Raises ValueError, naming the file and the fix: for no dataset, an unfinished one, missing frames or captions,
    metadata that do not fit the clips, names or links that lead out of the folder. What only decoding tells is found
    when a clip is asked for, and for the first clip here.
    """
    problems = [] if frames is None else range_problem("frames", frames, 1, MAX_FRAMES)
    if frame_size_px is not None:
        problems += range_problem("frame_size_px", frame_size_px, MIN_FRAME_SIZE_PX, MAX_FRAME_SIZE_PX)
    raise_if(problems)
    folder = Path(path)
    if not folder.is_dir():
        raise ValueError(
            f"{folder} is a file; a dataset is a folder" if folder.exists() else f"There is no folder {folder}"
        )
    state = read_state(folder)
    if state and not state["complete"]:
        raise ValueError(
            f"{folder} is unfinished ({state['clips_done']} of {state['videos']} clips); "
            "run the same command again to go on"
        )
    if (folder / VIDEOS).exists():
        return _open_packed(folder, frames, frame_size_px, fit)
    return _open_clips(folder, frames, frame_size_px, fit, state["frames"] if state else 0, cache_bytes)


def read_state(folder: Path) -> dict | None:
    """`dataset.json`, if one written by `t2v.data.writer` is there; ValueError when it is broken."""
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state = json.loads(_read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is broken ({error}); write the dataset again to a new folder") from None
    types = {"complete": bool, "clips_done": int, "videos": int, "frames": int}
    ours = isinstance(state, dict) and all(
        isinstance(state.get(name), type_wanted) for name, type_wanted in types.items()
    )
    return state if ours else None


def _open_packed(folder: Path, frames: int | None, frame_size_px: int | None, fit: str) -> ClipFolder:
    path = folder / VIDEOS
    try:
        videos = np.lib.format.open_memmap(path, "r")
    except (OSError, ValueError, EOFError, OverflowError, TypeError, SyntaxError, tokenize.TokenError) as error:
        raise ValueError(f"Cannot read {path}: {' '.join(str(error).split())}; write the dataset again") from error
    if videos.dtype != np.uint8 or videos.ndim != 5 or videos.shape[-1] != 3 or 0 in videos.shape:
        raise ValueError(f"{path} must be uint8 (N, T, H, W, 3), got {videos.dtype} {videos.shape}; write it again")
    metadata = _find_metadata(folder)
    if metadata is None:
        raise ValueError(f'{folder} has no captions; write {METADATA} with one line {{"text": ...}} for each clip')
    captions: list[str] = []
    counts: dict[str, Counter] = defaultdict(Counter)
    for where, row in _read_rows(metadata):
        captions.append(_caption(row.get("text"), where))
        _count(row, counts)
    if len(captions) != len(videos):
        raise ValueError(
            f"{metadata} has {len(captions)} captions for the {len(videos)} clips of {VIDEOS}; write one for each"
        )

    def read(i: int) -> np.ndarray:
        clip = videos[i]  # (T, H, W, 3)
        if frames is not None:
            clip = clip[instants([1.0] * len(clip), frames)]
        if frame_size_px is not None and clip.shape[1:3] != (frame_size_px, frame_size_px):
            colour = border_colour(clip[0])
            clip = np.stack([fit_square(frame, frame_size_px, fit, colour) for frame in clip])
        return np.asarray(clip)

    # the system keeps what a map has read
    return ClipFolder(captions, [path] * len(videos), read, cache_bytes=0, counts=counts)


def _open_clips(
    folder: Path, frames: int | None, frame_size_px: int | None, fit: str, frames_written: int, cache_bytes: int
) -> ClipFolder:
    lying_there = _list_clips(folder)
    metadata = _find_metadata(folder)
    root = os.path.realpath(folder)
    captions, paths = [], []
    counts: dict[str, Counter] = defaultdict(Counter)
    if metadata is not None:
        for where, row in _read_rows(metadata):
            captions.append(_caption(row.get("text"), where))
            _count(row, counts)
            paths.append(_locate(folder, row.get("file_name"), where))
        named = set(paths)
        if len(named) < len(paths):
            twice = Counter(paths).most_common(1)[0][0]
            raise ValueError(f"{metadata} names {twice.name} twice; keep one line for each clip")
        if unnamed := [path for path in lying_there if path not in named]:
            raise ValueError(f"{unnamed[0]} has no line in {metadata.name}; add one or take the clip out of the folder")
    else:
        paths = lying_there
    if not paths:
        raise ValueError(
            f"{folder} holds no clips; a dataset is {VIDEOS}, folders video_0, video_1, ... of frames, "
            f"or {', '.join(CLIP_ENDINGS)} files with metadata.csv"
        )
    for path in paths:
        _check_inside(root, path)
    numbers = [_frame_numbers(path, root) if path.is_dir() else None for path in paths]
    first = min((n[0] for n in numbers if n), default=0)
    lengths = [
        None if n is None else _count_frames(path, n, min(first, 1), frames_written)
        for path, n in zip(paths, numbers, strict=True)
    ]
    if metadata is None:
        captions = [_read_prompt(path) for path in paths]
    if frames is None and None in lengths:
        frames = FRAMES  # films have as many frames as they please
    if frames is None:
        for path, length in zip(paths, lengths, strict=True):
            if length != lengths[0]:
                raise ValueError(
                    f"{path} has {length} frames, {paths[0]} has {lengths[0]}; "
                    "make all clips equally long, or give frames to convert them"
                )

    def read(i: int) -> np.ndarray:
        try:
            return read_clip(paths[i], frames=frames, size=frame_size_px, fit=fit)
        except ValueError as error:
            raise ValueError(f"{error}; replace this clip or take it out of the dataset") from error

    return ClipFolder(captions, paths, read, cache_bytes=cache_bytes, counts=counts)


def _list_clips(folder: Path) -> list[Path]:
    """The clips that lie in a folder itself: `video_<i>` and video files, 2 before 10."""
    with os.scandir(folder) as entries:
        paths_found = [
            entry.name
            for entry in entries
            if not is_hidden(entry.name)
            and (
                entry.name.lower().endswith(CLIP_ENDINGS)
                or (re.fullmatch(r"video_\d+", entry.name) and entry.is_dir())
                or (entry.name.lower().endswith(".png") and is_animated_png(folder / entry.name))
            )
        ]
    paths_found.sort(key=lambda name: [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)])
    return [folder / name for name in paths_found]


def _locate(folder: Path, file_name, where: str) -> Path:
    """The clip in `folder` that a line of metadata names."""
    if not isinstance(file_name, str) or not file_name.strip():
        raise ValueError(f"{where} has no file_name; every clip needs file_name and text")
    parts = PureWindowsPath(file_name)  # takes both kinds of slashes, everywhere
    if parts.anchor or ".." in parts.parts or not parts.parts:
        raise ValueError(f"{where}: file_name {file_name!r} must name a clip inside the folder; move the clip there")
    path = folder / file_name
    if not os.path.exists(path):
        raise ValueError(f"{where}: there is no {path}; put the clip there or take out the line")
    if not path.is_dir() and path.suffix.lower() not in CLIP_ENDINGS:
        raise ValueError(
            f"{where}: {file_name!r} is no clip; a clip is a {', '.join(CLIP_ENDINGS)} file or a folder of frames"
        )
    return path


def _check_inside(root: str, path: Path) -> None:
    if not os.path.realpath(path).startswith(os.path.join(root, "")):
        raise ValueError(f"{path} is a link that leads out of the dataset; copy the file itself into the folder")


def _frame_numbers(clip: Path, root: str) -> list[int]:
    """The numbers of the pictures in a folder of frames, in order."""
    try:
        files = frame_files(clip)
    except ValueError as error:
        raise ValueError(f"{clip}: {error}") from None
    for _, file in files:
        if file.is_symlink():
            _check_inside(root, file)
    return [number for number, _ in files]


def _count_frames(clip: Path, numbers: list[int], first: int, frames_written: int) -> int:
    """How many frames a folder has; none may be missing up to the last, nor of those known to be written."""
    there = set(numbers)
    for k in range(first, first + max(1, len(numbers), frames_written)):
        if k not in there:
            raise ValueError(f"{clip / f'frame_{k}.png'} is missing; put it back or take the clip out of the dataset")
    return len(numbers)


def _read_prompt(clip: Path) -> str:
    path = clip / PROMPT
    if not clip.is_dir():
        raise ValueError(f"{clip} has no caption; write metadata.csv with the columns file_name,text")
    if not path.exists():
        raise ValueError(f"{path} is missing; write into it what the clip shows")
    return _caption(_read_text(path), path)


def _caption(text, where) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{where} has no caption; write there, as text, what the clip shows")
    caption = " ".join(text.split())
    if len(caption) > MAX_PROMPT_CHARACTERS:
        raise ValueError(
            f"{where}: the caption has {len(caption):,} characters; make it at most {MAX_PROMPT_CHARACTERS:,}"
        )
    return caption


def _count(row: dict, counts: dict[str, Counter]) -> None:
    """Add what a line of metadata says besides name and caption."""
    for column, text in row.items():
        if isinstance(text, str) and column not in ("file_name", "text"):
            counts[column][text] += 1


def _find_metadata(folder: Path) -> Path | None:
    paths_found = [folder / name for name in METADATA_NAMES if (folder / name).exists()]
    if len(paths_found) > 1:
        raise ValueError(f"{folder} has both {' and '.join(METADATA_NAMES)}; keep one")
    return paths_found[0] if paths_found else None


def _read_rows(path: Path) -> Iterator[tuple[str, dict]]:
    """The lines of metadata, each with the words that say where it stands."""
    text = _read_text(path)
    if path.name == METADATA:
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise ValueError(f"{path} line {number} is not JSON ({error}); repair it") from None
            if not isinstance(row, dict):
                raise ValueError(f'{path} line {number} must be {{"file_name": ..., "text": ...}}, got {line[:40]}')
            yield f"{path} line {number}", row
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(
                    f"{path} line {reader.line_num} has other cells than line 1; put texts with commas in quotes"
                )
            yield f"{path} line {reader.line_num}", row
    except csv.Error as error:
        raise ValueError(f"{path} line {reader.line_num + 1} is not CSV ({error}); repair it") from None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8") from None


def _say(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} frames of {shape[2]} x {shape[1]} px"
