"""Clips out of files, as players show them: turned upright, in true proportions, each frame with its time on screen.

imageio is the one door: its Pillow plugin takes GIF, WebP and PNG apart, its PyAV plugin everything that FFmpeg plays.
Pictures are (H, W, 3) uint8, RGB, over white. Bounds and the choice of frames are in `t2v.media.clips`, which callers
go through.
"""

import io
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from t2v.media.kinds import ANIMATIONS, CLIP_ENDINGS, DEMUXERS, FRAME_FILE, is_animated_png, is_hidden, kind_of
from t2v.media.shown import FRAME_SECONDS, Check, Shown, imopen, over_white
from t2v.media.video import VideoReader, frames_of_video
from t2v.system.messages import join, of_error, value_error

CLEAR_AFTERWARDS = 2  # disposal of a GIF's frame
SHORTEST_SECONDS = 0.011  # browsers show an animation's frame of 10 ms or less as if it said nothing

# What a damaged file makes imageio, Pillow and PyAV raise.
DAMAGE = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error,
    AssertionError, Image.DecompressionBombError, av.FFmpegError,
)  # fmt: skip


def open_frames(path: Path, check: Check) -> Iterator[Shown]:
    """The frames of a clip's file or folder, in the order in which they are shown.

    `check` sees what the file declares first. Raises ValueError for what is no clip, and `DAMAGE` for broken files.
    """
    if path.is_dir():
        return _frames_of_folder(path, check)
    if not path.exists():
        raise value_error("there is no such file")
    ending = kind_of(path)
    if ending in DEMUXERS:
        return frames_of_video(path, ending, check)
    if ending in ANIMATIONS or (ending == ".png" and is_animated_png(path)):
        return _frames_of_animation(path, ending, check)
    raise value_error(
        "a clip is a {known} file, an animated .png, or a folder of frame_0.png, frame_1.png, ...",
        known=", ".join(CLIP_ENDINGS),
    )


def _open_animation(path: Path, ending: str) -> BinaryIO:
    """The file; of an animated WebP a copy that says it has alpha. libwebp's writer leaves that out where its frames
    are opaque and smaller than the picture, and Pillow then reads what lies around them as black."""
    animated, alpha, flags_at = 0x02, 0x10, 20
    with open(path, "rb") as file:
        head = bytearray(file.read(flags_at + 1))
        if ending == ".webp" and head[12:16] == b"VP8X" and head[flags_at] & animated:
            head[flags_at] |= alpha
            return io.BytesIO(bytes(head) + file.read())
    return open(path, "rb")


def _open_pictures(file: BinaryIO, ending: str) -> Any:
    """imageio's Pillow plugin on a file. ValueError where Pillow takes it for none of its own."""
    try:
        return imopen(file, "r", plugin="pillow", extension=ending)
    except OSError as error:  # says that "pillow can not handle the given uri"
        raise value_error("it is damaged: its begin cannot be read") from error


def _frames_of_animation(path: Path, ending: str, check: Check) -> Iterator[Shown]:
    with _open_animation(path, ending) as file, _open_pictures(file, ending) as animation:
        properties = animation.properties(index=...)
        height_px, width_px = properties.shape[1:3]
        check(properties.n_images, width_px, height_px)
        mode = _mode_to_read(properties.dtype)
        drawn_on = np.zeros((height_px, width_px), bool) if ending == ".gif" else None
        for k, pixels in enumerate(animation.iter(mode=mode, rotate=True, writeable_output=False)):
            facts = animation.metadata(index=k)
            if drawn_on is not None:
                pixels = _cleared(pixels, animation._image, drawn_on)
            if k == 0 and facts.get("default_image"):
                continue  # of a PNG, for programs that show no animations
            seconds = float(facts.get("duration") or 0) / 1000
            yield Shown(over_white(pixels), seconds if seconds >= SHORTEST_SECONDS else FRAME_SECONDS)


def _cleared(pixels: np.ndarray, gif: GifImageFile, drawn_on: np.ndarray) -> np.ndarray:
    """The frame (H, W, 4) of a GIF that is shown, transparent where nothing is drawn, as browsers have it: Pillow takes
    some colour there. `drawn_on` (H, W) is brought up to date for the next frame."""
    left, top, right, bottom = gif.dispose_extent or (0, 0, *gif.size)
    drawn_on[top:bottom, left:right] = True
    if not drawn_on.all():
        pixels = np.where(drawn_on[..., None], pixels, 0).astype(np.uint8)
    if gif.disposal_method == CLEAR_AFTERWARDS:
        drawn_on[top:bottom, left:right] = False
    return pixels


def _frames_of_folder(path: Path, check: Check) -> Iterator[Shown]:
    files = frame_files(path)
    first = min(files[0][0], 1) if files else 0
    for k, (number, _) in enumerate(files, start=first):
        if number != k:
            last = first + len(files) - 1
            raise value_error(
                "frames must be numbered {first} to {last}, each once; frame {k} is not there once",
                first=first,
                last=last,
                k=k,
            )
    for _, file in files:
        try:
            with open(file, "rb") as data, _open_pictures(data, kind_of(file)) as image:
                properties = image.properties(index=0)
                check(len(files), properties.shape[1], properties.shape[0])
                mode = _mode_to_read(properties.dtype)
                pixels = image.read(index=0, mode=mode, rotate=True, writeable_output=False)
                yield Shown(over_white(pixels), FRAME_SECONDS)
        except DAMAGE as error:
            raise ValueError(join([file.name, of_error(error)], ": ")) from error


def frame_files(folder: Path) -> list[tuple[int, Path]]:
    """The pictures of a folder of frames with their numbers, in order; those called `frame_` if names differ.

    ValueError when they have several names, so that nobody knows which are meant.
    """
    named = [(FRAME_FILE.fullmatch(file.name), file) for file in folder.iterdir() if not is_hidden(file.name)]
    frames = [(match[1], int(match[2]), file) for match, file in named if match]
    names = Counter(name for name, _, _ in frames)
    if len(names) > 1 and "frame_" not in names:
        called = ", ".join(map(repr, sorted(names)))
        raise value_error("its pictures are called {names}; keep those of one name", names=called)
    wanted = "frame_" if "frame_" in names else next(iter(names), "")
    return sorted((number, file) for name, number, file in frames if name == wanted)


def _mode_to_read(dtype: np.dtype) -> str | None:
    """Pillow's mode to convert to; 16-bit grey stays, as Pillow would clip it at 255."""
    return None if dtype.itemsize > 1 else "RGBA"


def read_note(path: Path) -> str | bytes | None:
    """The text stored in a file written here, undecoded, or None; raises `DAMAGE` for broken files."""
    if path.is_dir():
        path = path / "frame_0.png"
    ending = kind_of(path)
    with open(path, "rb") as file:
        if ending in DEMUXERS:
            with imopen(file, "r", plugin=VideoReader, extension=ending, format=DEMUXERS[ending]) as video:
                notes = {name.lower(): text for name, text in video.container_metadata.items()}
                return notes.get("comment")
        with _open_pictures(file, ending) as image:
            facts = image.metadata(index=0)
            return facts.get("ImageDescription") if ending == ".webp" else facts.get("comment")
