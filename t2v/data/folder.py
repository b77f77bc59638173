"""Folders of clips with captions, opened: datasets written here, the tutorial's own, and folders of video files.

Clips are (T, H, W, 3) uint8, RGB. A folder holds either `videos.npy` (N, T, H, W, 3), or clips: `video_<i>` with
`frame_<k>.png`, and GIF, MP4 or other video files. Captions stand in `metadata.jsonl` or `metadata.csv` (`file_name`,
`text`; the Hugging Face convention), in a `prompt.txt` beside the frames, or wherever else people write them:
`t2v.data.survey` finds them. `t2v.data.writer` is the public face.
"""

import json
import os
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from t2v.config import FRAMES, MAX_FRAME_SIZE_PX, MIN_FRAME_SIZE_PX, raise_if, range_problem
from t2v.data.clip_folder import CACHE_BYTES, ClipFolder, FileReader
from t2v.data.find_clips import is_inside
from t2v.data.survey import Survey, survey
from t2v.data.tables import Findings, clean_captions, read_rows, read_text
from t2v.media.decoders import frame_files
from t2v.media.fit import border_colour, fit_square
from t2v.system.messages import of_error, value_error

STATE, VIDEOS, METADATA = "dataset.json", "videos.npy", "metadata.jsonl"
METADATA_NAMES = (METADATA, "metadata.csv")


def open_dataset(
    path: str | os.PathLike,
    *,
    frame_size_px: int | None = None,
    fit: str = "pad",
    leave_out: bool = False,
    cache_bytes: int = CACHE_BYTES,
) -> ClipFolder:
    """Open a folder of clips. `frame_size_px` makes squares of that size of them, as `fit` says (`pad`, `crop`,
    `squeeze`: `t2v.media.fit`); without it all must be of one size already. Of GIF, MP4 and other films `config.FRAMES`
    are taken, evenly in time. `cache_bytes` of clips are kept in memory.

    Raises ValueError, naming the file and the fix: for no dataset, an unfinished one, missing frames or captions,
    metadata that do not fit the clips, names or links that lead out of the folder. What only decoding tells is found
    when a clip is asked for, and for the first clip here. With `leave_out` what is wrong in a folder that was not
    written here is mended or left out instead, and `ClipFolder.survey` says so, as long as one clip is left.
    """
    if frame_size_px is not None:
        raise_if(range_problem("frame_size_px", frame_size_px, MIN_FRAME_SIZE_PX, MAX_FRAME_SIZE_PX))
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
        return _open_packed(folder, frame_size_px, fit, written_here=state is not None)
    return _open_clips(
        folder,
        frame_size_px,
        fit,
        frames_written=state["frames"] if state else 0,
        leave_out=leave_out and state is None,
        cache_bytes=cache_bytes,
    )


def read_state(folder: Path) -> dict | None:
    """`dataset.json`, if one written by `t2v.data.writer` is there; ValueError when it is broken."""
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is broken ({error}); write the dataset again to a new folder") from None
    types = {"complete": bool, "clips_done": int, "videos": int, "frames": int}
    ours = isinstance(state, dict) and all(
        isinstance(state.get(name), type_wanted) for name, type_wanted in types.items()
    )
    return state if ours else None


def _open_packed(folder: Path, frame_size_px: int | None, fit: str, *, written_here: bool) -> ClipFolder:
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
    findings = Findings(folder, strict=True)
    for row in read_rows(metadata, findings):
        captions += clean_captions(row.texts[:1], row.where, findings)
        for column, text in row.others.items():
            counts[column][text] += 1
    if len(captions) != len(videos):
        raise ValueError(
            f"{metadata} has {len(captions)} captions for the {len(videos)} clips of {VIDEOS}; write one for each"
        )

    def read(i: int) -> np.ndarray:
        clip = videos[i]  # (T, H, W, 3)
        if frame_size_px is not None and clip.shape[1:3] != (frame_size_px, frame_size_px):
            colour = border_colour(clip[0])
            clip = np.stack([fit_square(frame, frame_size_px, fit, colour) for frame in clip])
        return np.asarray(clip)

    # the system keeps what a map has read
    return ClipFolder(captions, [path] * len(videos), read, cache_bytes=0, counts=counts, written_here=written_here)


def _open_clips(
    folder: Path,
    frame_size_px: int | None,
    fit: str,
    *,
    frames_written: int,
    leave_out: bool,
    cache_bytes: int,
) -> ClipFolder:
    findings = survey(folder, strict=not leave_out)
    lengths = _count_all_frames(findings, frames_written, leave_out)
    alike, films = len(set(lengths)) <= 1, None in lengths
    if not (alike or films or leave_out):
        i = next(i for i, length in enumerate(lengths) if length != lengths[0])
        raise ValueError(
            f"{findings.clips[i].path} has {lengths[i]} frames, {findings.clips[0].path} has {lengths[0]}; "
            "make all clips equally long"
        )
    frames = None if alike and not films else FRAMES  # films have as many frames as they please
    reason = ""
    while leave_out and findings.clips:  # the first one tells the shape
        try:
            FileReader([findings.clips[0].path], frames, frame_size_px, fit)(0)
            break
        except ValueError as error:
            reason = findings.shorten(of_error(error))
            findings.leave_out(findings.clips[0].path, reason)
    if not findings.clips:
        raise value_error("None of the clips in {folder} can be read: {reason}", folder=str(folder), reason=reason)
    paths, captions_of = [clip.path for clip in findings.clips], [clip.captions for clip in findings.clips]
    return ClipFolder(
        [captions[0] for captions in captions_of],
        paths,
        FileReader(paths, frames, frame_size_px, fit),
        cache_bytes=cache_bytes,
        counts=findings.counts,
        captions_of=captions_of,
        survey=None if frames_written else findings,
        written_here=frames_written > 0,
    )


def _count_all_frames(findings: Survey, frames_written: int, leave_out: bool) -> list[int | None]:
    """How many pictures each folder of frames has; None for files. Those where some are missing may be left out."""
    numbers: dict[Path, list[int] | None] = {}
    lengths: list[int | None] = []

    def attempt(clip: Path, work: Callable[[], object]) -> object:
        try:
            return work()
        except ValueError as error:
            if not leave_out:
                raise
            findings.leave_out(clip, findings.shorten(of_error(error)))
            return None

    for clip in list(findings.clips):
        if clip.path.is_dir():
            numbers[clip.path] = attempt(clip.path, partial(_frame_numbers, clip.path, findings.folder))  # type: ignore[assignment]
    first = min(min((n[0] for n in numbers.values() if n), default=0), 1)
    for clip in list(findings.clips):
        if clip.path not in numbers:
            lengths.append(None)
            continue
        there = numbers[clip.path] or []
        length = attempt(clip.path, partial(_count_frames, clip.path, there, first, frames_written))
        if length is not None:
            lengths.append(length)  # type: ignore[arg-type]
    return lengths


def _frame_numbers(clip: Path, root: Path) -> list[int]:
    """The numbers of the pictures in a folder of frames, in order. None of them may lead out of `root`."""
    try:
        files = frame_files(clip)
    except ValueError as error:
        raise ValueError(f"{clip}: {error}") from None
    for _, file in files:
        if file.is_symlink() and not is_inside(root, file):
            raise ValueError(f"{file} is a link that leads out of the dataset; copy the file itself into the folder")
    return [number for number, _ in files]


def _count_frames(clip: Path, numbers: list[int], first: int, frames_written: int) -> int:
    """How many frames a folder has; none may be missing up to the last, nor of those known to be written."""
    there = set(numbers)
    for k in range(first, first + max(1, len(numbers), frames_written)):
        if k not in there:
            raise ValueError(f"{clip / f'frame_{k}.png'} is missing; put it back or take the clip out of the dataset")
    return len(numbers)


def _find_metadata(folder: Path) -> Path | None:
    paths_found = [folder / name for name in METADATA_NAMES if (folder / name).exists()]
    if len(paths_found) > 1:
        raise ValueError(f"{folder} has both {' and '.join(METADATA_NAMES)}; keep one")
    return paths_found[0] if paths_found else None
