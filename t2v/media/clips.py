"""Tensors into frames and files, and back: the only place that does it.

Clips in the networks are (..., T, 3, H, W) float in [-1, 1]; frames and files are (..., T, H, W, 3) uint8, RGB
everywhere. How each kind of file is written stands in `codecs.py`, how it is read in `decoders.py`;
here is what the rest of the package calls.
"""

import json
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import torch

from t2v.config import FITS, FPS, MAX_FPS
from t2v.media.codecs import FORMATS, write_folder
from t2v.media.decoders import DAMAGE, open_frames, read_note
from t2v.media.fit import border_colour, fit_square, instants
from t2v.system.files import atomic_path, check_place
from t2v.system.messages import Message, of_error, value_error

MAX_SCALE = 16
MAX_SIDE_PX = 8000  # AVI's codec ends at 8191
MAX_RECIPE_BYTES = 65_536
# Bounds on what is kept: 3000 frames are fifty seconds at 60 fps; 2**29 pixels hold ten seconds of 1080p at 25 fps.
MAX_READ_FRAMES = 3000
MAX_READ_PIXELS = 2**29
# Bounds on what is decoded of one file: a frame of 8192 x 8192; three minutes of 1080p at 25 fps, a minute's work.
MAX_FRAME_PIXELS = 2**26
MAX_DECODED_PIXELS = 2**33
MAX_FILE_BYTES = 500 * 10**6
# What Pillow and imageio stumble over themselves where a file is damaged.
INNER = (IndexError, KeyError, TypeError, OverflowError, AssertionError, struct.error)
NO_FRAMES = Message("it holds no frames")


def to_uint8(clips: torch.Tensor) -> np.ndarray:
    """Turn clips (..., T, 3, H, W), float in [-1, 1], into frames (..., T, H, W, 3), uint8.

    Values beyond the range are clipped. Raises ValueError for another dtype or shape, and for NaN, which no
    grey level could show.
    """
    if not clips.is_floating_point() or clips.ndim < 4 or clips.shape[-3] != 3:
        raise ValueError(f"Clips must be float (..., T, 3, H, W), got {clips.dtype} {tuple(clips.shape)}")
    if clips.isnan().any():
        raise ValueError("Clips hold NaN: the network that made them has diverged; use an earlier checkpoint")
    levels = (clips.detach().float().clamp(-1, 1) + 1).mul(127.5).round().to(torch.uint8)
    return levels.movedim(-3, -1).contiguous().cpu().numpy()  # (..., T, H, W, 3)


def to_tensor(frames: np.ndarray) -> torch.Tensor:
    """Turn frames (..., T, H, W, 3), uint8, into clips (..., T, 3, H, W) in [-1, 1], of torch's default dtype.

    `to_uint8` gives the same frames back. Raises ValueError for another dtype or shape.
    """
    if frames.dtype != np.uint8 or frames.ndim < 4 or frames.shape[-1] != 3:
        raise ValueError(f"Frames must be uint8 (..., T, H, W, 3), got {frames.dtype} {frames.shape}")
    levels = torch.from_numpy(np.array(frames)).movedim(-1, -3)  # (..., T, 3, H, W); a copy, as files map read-only
    return levels.contiguous().to(torch.get_default_dtype()).div(127.5).sub(1)


def check_output(path: str | os.PathLike, *, fps: int = FPS, scale: int = 1) -> None:
    """See to it, before any work is done, that `write_clip` can make a new file or folder at `path`.

    Raises ValueError when the ending is unknown, fps or scale out of bounds, when something stands there already (an
    empty folder may, for a folder of frames), or when the folder around it cannot be written.
    """
    whole_number("fps", fps, MAX_FPS), whole_number("scale", scale, MAX_SCALE)
    ending, target = ending_of(path), Path(path)
    if not os.fspath(path):
        raise ValueError("The output has no name; write for example: clip.gif")
    if os.path.lexists(target) and (ending or not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"{target} exists already; choose another name")
    check_place(target)


def numbered(path: str | os.PathLike, count: int) -> list[str]:
    """Paths for several clips: `clip.gif` -> `clip_0.gif`, `clip_1.gif`, ...; a folder -> `clip_0/`, ... in it."""
    if count == 1:
        return [os.fspath(path)]
    if not ending_of(path):
        return [os.path.join(path, f"clip_{i}", "") for i in range(count)]
    return [str(Path(path).with_stem(f"{Path(path).stem}_{i}")) for i in range(count)]


def write_clip(
    path: str | os.PathLike, frames: np.ndarray, *, fps: int = FPS, scale: int = 1, recipe: dict | None = None
) -> None:
    """Write frames (T, H, W, 3), uint8, as the kind of file that the ending of `path` names (see `FORMATS`).

    Without an ending, or with a final `/`, a folder of `frame_0.png`, `frame_1.png`, ... is written. A PNG file is a
    contact sheet of all frames. Every pixel becomes `scale` x `scale` pixels. `recipe` is stored as JSON: a comment in
    GIF, PNG, MP4 and AVI, EXIF in WebP, in the first frame of a folder. GIF plays at 50 fps at most.
    The write is atomic and replaces a file; MP4 and AVI repeat a row or column where a side is odd.

    Raises ValueError for frames of another kind, an unknown ending, fps outside 1..60, scale outside 1..16 or a recipe
    over 64 KiB; OSError when the disk is full or the place cannot be written.
    """
    check_frames(frames, "T, H, W")
    fps, scale = whole_number("fps", fps, MAX_FPS), whole_number("scale", scale, MAX_SCALE)
    writer, note = FORMATS.get(ending_of(path), write_folder), to_note(recipe)
    height_px, width_px = frames.shape[1] * scale, frames.shape[2] * scale
    if max(height_px, width_px) > MAX_SIDE_PX:
        raise ValueError(f"Frames of {width_px} x {height_px} px exceed {MAX_SIDE_PX}; choose a smaller scale")
    with atomic_path(path) as temporary:
        writer(temporary, frames, scale, fps, note)


def read_clip(
    path: str | os.PathLike,
    *,
    frames: int | None = None,
    size: int | None = None,
    fit: str = "pad",
    max_frames: int = MAX_READ_FRAMES,
    max_pixels: int = MAX_READ_PIXELS,
    max_decoded_pixels: int = MAX_DECODED_PIXELS,
) -> np.ndarray:
    """Read a clip as players show it, as frames (T, H, W, 3), uint8: GIF, WebP, APNG, MP4, MOV, WebM, MKV, AVI, or a
    folder of frames. Rotation and pixel aspect are applied; what is transparent becomes white.

    `frames` takes that many, evenly in time from the clip's begin to its end, so that a pause is long. `size` makes
    every frame a square of `size` px by averaging, `fit` says how: `pad` keeps all and fills with the border's colour,
    `crop` cuts the middle out, `squeeze` distorts. Long clips are thinned where `frames` are asked for, and of those
    with more than `max_decoded_pixels` the begin is read.

    Raises ValueError, one line that names the file, when it is missing, broken, empty or no clip, when frames differ in
    size or a number is missing in a folder, when a frame has more than `MAX_FRAME_PIXELS` or the file more than
    `MAX_FILE_BYTES`, and when what is to be kept has more than `max_frames` frames or `max_pixels` pixels in all.
    """
    if frames is not None:
        frames = whole_number("frames", frames, max_frames)
    if size is not None:
        size = whole_number("size", size, MAX_SIDE_PX)
    if fit not in FITS:
        raise ValueError(f"fit must be {', '.join(FITS[:-1])} or {FITS[-1]}, got {fit!r}")

    def check_bounds(count: int, width_px: int, height_px: int) -> None:
        _check_frame_size(width_px, height_px)
        if frames is None and count > max_frames:
            raise value_error(
                "it has {count} frames, at most {most} are read; cut it shorter", count=count, most=max_frames
            )
        least = (frames or max(count, 1)) if size is None else 0
        if least * width_px * height_px > max_pixels:
            size_px = f"{least} x {width_px} x {height_px}"
            raise value_error("{size} pixels are over {most}; cut it down", size=size_px, most=max_pixels)

    with _naming_damage(path):
        whole = Path(path).absolute()
        _check_file_size(whole)
        pictures, seconds = _collect(whole, check_bounds, size, fit, frames, max_frames, max_pixels, max_decoded_pixels)
    clip = np.stack(pictures)  # (T, H, W, 3)
    return clip if frames is None else clip[instants(seconds, frames)]


class Measure(NamedTuple):
    """What a player would show of a clip: how many frames, how large, how long."""

    frames: int
    width_px: int
    height_px: int
    seconds: float
    is_whole: bool = True  # else the rest is never read


def measure_clip(path: str | os.PathLike, *, max_decoded_pixels: int = MAX_DECODED_PIXELS) -> Measure:
    """Decode a clip, up to `max_decoded_pixels`, and keep nothing of it. Raises ValueError as `read_clip` with `frames`
    and `size` does."""
    count, seconds, shape, is_whole = 0, 0.0, (0, 0), True
    with _naming_damage(path):
        whole = Path(path).absolute()
        _check_file_size(whole)
        for shown in open_frames(whole, lambda count, width_px, height_px: _check_frame_size(width_px, height_px)):
            if count and shown.picture.shape[:2] != shape:
                raise value_error("frame {number} has another size than the first; make all frames alike", number=count)
            shape = shown.picture.shape[:2]
            if count and (count + 1) * shape[0] * shape[1] > max_decoded_pixels:
                is_whole = False
                break
            count, seconds = count + 1, seconds + shown.seconds
        if not count:
            raise ValueError(NO_FRAMES)
    return Measure(count, shape[1], shape[0], seconds, is_whole)


def first_frame_size(path: str | os.PathLike) -> tuple[int, int] | None:
    """Width and height of a clip's first frame as a player shows it; None where it cannot be read."""
    try:
        with _naming_damage(path):
            shown = next(iter(open_frames(Path(path).absolute(), lambda count, *side_px: _check_frame_size(*side_px))))
    except (ValueError, StopIteration):
        return None
    return shown.picture.shape[1], shown.picture.shape[0]


def _check_file_size(path: Path) -> None:
    if path.is_file() and path.stat().st_size > MAX_FILE_BYTES:
        size, most = path.stat().st_size / 1e6, MAX_FILE_BYTES / 1e6
        raise value_error("it has {size:,.0f} MB, at most {most:.0f} are read", size=size, most=most)


def _check_frame_size(width_px: int, height_px: int) -> None:
    if width_px * height_px > MAX_FRAME_PIXELS:
        raise value_error(
            "frames of {width} x {height} px are over {most} pixels; make it smaller",
            width=width_px,
            height=height_px,
            most=MAX_FRAME_PIXELS,
        )


def _collect(
    path: Path,
    check: Callable[[int, int, int], None],
    size_px: int | None,
    fit: str,
    wanted: int | None,
    max_frames: int,
    max_pixels: int,
    max_decoded_pixels: int,
) -> tuple[list[np.ndarray], list[float]]:
    """The frames of a clip, fitted, and how long each is shown. With `wanted` every second, fourth, ... may be left
    out; the one before it then stands for its time."""
    pictures: list[np.ndarray] = []
    seconds: list[float] = []
    shape: tuple[int, ...] = ()
    colour, stride, decoded_pixels = (255, 255, 255), 1, 0
    for k, shown in enumerate(open_frames(path, check)):
        height_px, width_px = shown.picture.shape[:2]
        if not pictures:
            shape, colour = shown.picture.shape, border_colour(shown.picture)
        if shown.picture.shape != shape:
            sizes = {"size": (width_px, height_px), "first": (shape[1], shape[0])}
            raise value_error(
                "frame {number} has {size} px, the first {first}; make all frames alike", number=k, **sizes
            )
        decoded_pixels += height_px * width_px
        if decoded_pixels > max_decoded_pixels and wanted is not None:
            break
        if k % stride:
            seconds[-1] += shown.seconds
            continue
        if wanted is None:
            check(len(pictures) + 1, width_px, height_px)  # a file may hold more than it declares
        pictures.append(shown.picture if size_px is None else fit_square(shown.picture, size_px, fit, colour))
        seconds.append(shown.seconds)
        room = min(max_frames, max_pixels // (pictures[0].shape[0] * pictures[0].shape[1]))
        if wanted is not None and len(pictures) >= max(2 * wanted, room):
            pictures = pictures[::2]
            seconds = [sum(seconds[i : i + 2]) for i in range(0, len(seconds), 2)]
            stride *= 2
    if not pictures:
        raise ValueError(NO_FRAMES)
    return pictures, seconds


def read_recipe(path: str | os.PathLike) -> dict | None:
    """Read the recipe that `write_clip` stored in a file or a folder; None where there is none.

    Comments of other programs count as none. Raises ValueError, naming the file, when it is missing or broken.
    """
    with _naming_damage(path):
        note = read_note(Path(path).absolute())
    if not isinstance(note, str | bytes) or len(note) > MAX_RECIPE_BYTES:
        return None
    try:
        recipe = json.loads(note)
    except (ValueError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) else None


@contextmanager
def _naming_damage(path: str | os.PathLike) -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        reason = error.strerror if isinstance(error, av.FFmpegError) and error.strerror else of_error(error)
        if not isinstance(reason, Message):
            reason = " ".join(reason.split()) or type(error).__name__
        if isinstance(error, INNER):  # means nothing to who looks for the clip
            reason = Message("it is damaged ({reason})", reason=reason)
        raise value_error("Cannot read {path}: {reason}", path=str(path), reason=reason) from error


def ending_of(path: str | os.PathLike) -> str:
    """The known ending of a path in lower case, or "" where it means a folder."""
    text = os.fspath(path)
    ending = "" if text.endswith(("/", os.sep)) else Path(text).suffix.lower()
    if ending and ending not in FORMATS:
        known = ", ".join(FORMATS)
        raise ValueError(f"Unknown ending '{ending}' in '{text}'; use {known}, or a final / for a folder of frames")
    return ending


def check_frames(array: np.ndarray, axes: str) -> None:
    wanted = axes.count(",") + 2
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        raise ValueError(f"Frames must be uint8 ({axes}, 3), got {getattr(array, 'dtype', type(array).__name__)}")
    if array.ndim != wanted or array.shape[-1] != 3 or 0 in array.shape:
        raise ValueError(f"Frames must be uint8 ({axes}, 3) and not empty, got shape {array.shape}")


def whole_number(name: str, value: int, most: int) -> int:
    if not 1 <= value <= most or value != int(value):
        raise ValueError(f"{name} must be a whole number from 1 to {most}, got {value}")
    return int(value)


def to_note(recipe: dict | None) -> str:
    note = "" if recipe is None else json.dumps(recipe, allow_nan=False)
    if len(note) > MAX_RECIPE_BYTES:
        raise ValueError(f"The recipe has {len(note)} bytes as JSON, at most {MAX_RECIPE_BYTES} are stored; shorten it")
    return note
