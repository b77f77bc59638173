"""Clips out of files, as players show them: turned upright, in true proportions, each frame with its time on screen.

imageio is the one door: its Pillow plugin takes GIF, WebP and PNG apart, its PyAV plugin everything that FFmpeg plays.
Pictures are (H, W, 3) uint8, RGB, over white. Bounds and the choice of frames are in `t2v.media.clips`, which callers
go through.
"""

import io
import re
import statistics
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av
import imageio.v3
import numpy as np
from imageio.plugins.pyav import PyAVPlugin
from PIL import Image

from t2v.system.messages import Message, join, of_error, value_error

# Ending -> (where the magic number stands, what it may be). No file is opened that begins otherwise.
_FTYP = (4, (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"))  # QuickTime's older files begin with any atom
_EBML = (0, (b"\x1a\x45\xdf\xa3",))
_PNG = (0, (b"\x89PNG\r\n\x1a\n",))
MAGIC: dict[str, tuple[int, tuple[bytes, ...]]] = {
    ".gif": (0, (b"GIF8",)),
    ".png": _PNG,
    ".apng": _PNG,
    ".webp": (8, (b"WEBP",)),
    ".jpg": (0, (b"\xff\xd8\xff",)),
    ".jpeg": (0, (b"\xff\xd8\xff",)),
    ".mp4": _FTYP,
    ".m4v": _FTYP,
    ".mov": _FTYP,
    ".webm": _EBML,
    ".mkv": _EBML,
    ".avi": (8, (b"AVI ",)),
}
# Ending -> FFmpeg's demuxer, by name, so that no playlist that calls itself a video leads FFmpeg to other files.
DEMUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".webm": "webm", ".mkv": "matroska", ".avi": "avi"}
ANIMATIONS = (".gif", ".webp", ".apng")
CLIP_ENDINGS = (*ANIMATIONS, *DEMUXERS)
FRAME_FILE = re.compile(r"(\D*)(\d+)\.(png|jpe?g)", re.IGNORECASE)  # frame_0.png, frame_0001.jpg, 12.png
HIDDEN = ("thumbs.db", "desktop.ini", "__macosx")  # and whatever begins with a dot

NO_VIDEO = Message("it holds no video that can be decoded")

imopen: Any = imageio.v3.imopen  # whose types know neither the plugins' own arguments nor plugins of one's own

FRAME_SECONDS = 0.1  # of a picture that does not say how long it is shown
SHORTEST_SECONDS = 0.011  # browsers show an animation's frame of 10 ms or less as if it said nothing

# What a damaged file makes imageio, Pillow and PyAV raise.
DAMAGE = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error,
    AssertionError, Image.DecompressionBombError, av.FFmpegError,
)  # fmt: skip

# Called with (frame count, width_px, height_px) as a file declares them, before anything is decoded.
Check = Callable[[int, int, int], None]


class Shown(NamedTuple):
    """One frame (H, W, 3), and how long it stays on the screen."""

    picture: np.ndarray
    seconds: float


def is_hidden(name: str) -> bool:
    """Whether a file is none of the user's: `.DS_Store`, `._clip.gif`, `Thumbs.db`."""
    return name.startswith(".") or name.lower() in HIDDEN


def open_frames(path: Path, check: Check) -> Iterator[Shown]:
    """The frames of a clip's file or folder, in the order in which they are shown.

    `check` sees what the file declares first. Raises ValueError for what is no clip, and `DAMAGE` for broken files.
    """
    ending = path.suffix.lower()
    if path.is_dir():
        return _frames_of_folder(path, check)
    if not path.exists():
        raise value_error("there is no such file")
    check_magic(path)
    if ending in DEMUXERS:
        return _frames_of_video(path, check)
    if ending in ANIMATIONS or (ending == ".png" and is_animated_png(path)):
        return _frames_of_animation(path, check)
    raise value_error(
        "a clip is a {known} file, an animated .png, or a folder of frame_0.png, frame_1.png, ...",
        known=", ".join(CLIP_ENDINGS),
    )


def check_magic(path: Path) -> None:
    """ValueError when a file is not what its name says, before anything takes it apart."""
    offset, known = MAGIC.get(path.suffix.lower(), (0, (b"",)))
    with open(path, "rb") as file:
        file.seek(offset)
        begins = file.read(max(map(len, known)))
    if not begins.startswith(known):
        raise value_error("it is no {ending} file, whatever its name says", ending=path.suffix.lower())


def is_animated_png(path: Path) -> bool:
    """Whether a PNG file has its animation chunk, which stands before the pixels."""
    with open(path, "rb") as file:
        head = file.read(2**16)
    return head.startswith(_PNG[1]) and b"acTL" in head.partition(b"IDAT")[0]


def _open_animation(path: Path) -> BinaryIO:
    """The file; of an animated WebP a copy that says it has alpha. libwebp's writer leaves that out where its frames
    are opaque and smaller than the picture, and Pillow then reads what lies around them as black."""
    animated, alpha, flags_at = 0x02, 0x10, 20
    with open(path, "rb") as file:
        head = bytearray(file.read(flags_at + 1))
        if path.suffix.lower() == ".webp" and head[12:16] == b"VP8X" and head[flags_at] & animated:
            head[flags_at] |= alpha
            return io.BytesIO(bytes(head) + file.read())
    return open(path, "rb")


def _frames_of_animation(path: Path, check: Check) -> Iterator[Shown]:
    ending = path.suffix.lower()
    with _open_animation(path) as file, imopen(file, "r", plugin="pillow", extension=ending) as animation:
        properties = animation.properties(index=...)
        height_px, width_px = properties.shape[1:3]
        check(properties.n_images, width_px, height_px)
        mode = _mode_to_read(properties.dtype)
        for k, pixels in enumerate(animation.iter(mode=mode, rotate=True, writeable_output=False)):
            facts = animation.metadata(index=k)
            if k == 0 and facts.get("default_image"):
                continue  # of a PNG, for programs that show no animations
            seconds = float(facts.get("duration") or 0) / 1000
            yield Shown(_over_white(pixels), seconds if seconds >= SHORTEST_SECONDS else FRAME_SECONDS)


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
            check_magic(file)
            with open(file, "rb") as data, imopen(data, "r", plugin="pillow", extension=file.suffix) as image:
                properties = image.properties(index=0)
                check(len(files), properties.shape[1], properties.shape[0])
                mode = _mode_to_read(properties.dtype)
                pixels = image.read(index=0, mode=mode, rotate=True, writeable_output=False)
                yield Shown(_over_white(pixels), FRAME_SECONDS)
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


def _over_white(pixels: np.ndarray) -> np.ndarray:
    """Pixels (H, W), (H, W, 3) or (H, W, 4) of any depth as (H, W, 3) uint8 over white."""
    if pixels.dtype != np.uint8:  # 16 bits; Pillow's 32-bit grey holds 16 as well
        pixels = (pixels.astype(np.float32) / 257).round().clip(0, 255).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[..., None].repeat(3, axis=-1)
    if pixels.shape[-1] == 3:
        return np.ascontiguousarray(pixels)
    alpha = pixels[..., 3:]
    if alpha.min() == 255:
        return np.ascontiguousarray(pixels[..., :3])
    picture = Image.new("RGBA", (pixels.shape[1], pixels.shape[0]), "white")
    return np.asarray(Image.alpha_composite(picture, Image.fromarray(pixels)).convert("RGB"))


class VideoReader(PyAVPlugin):
    """imageio's PyAV plugin with what its arrays leave out: time stamps, rotation, pixel aspect, alpha."""

    def shown(self, check: Check) -> Iterator[Shown]:
        """All frames, each from its own time stamp to the next one's."""
        stream = self._video_stream
        if stream is None or not stream.codec_context:
            raise ValueError(NO_VIDEO)
        check(stream.frames, stream.codec_context.width, stream.codec_context.height)
        usual_seconds = float(1 / stream.guessed_rate) if stream.guessed_rate else FRAME_SECONDS
        before, began, length, gaps = None, 0.0, 0.0, []
        for frame in self._decoder:
            check(0, frame.width, frame.height)  # it may change in between
            at = frame.time if frame.time is not None else began + usual_seconds
            if before is not None:
                gaps.append(at - began if at > began else usual_seconds)
                yield Shown(before, gaps[-1])
            length = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
            before, began = self._upright(frame, stream.sample_aspect_ratio), at
        if before is not None:
            yield Shown(before, length or (statistics.median(gaps) if gaps else usual_seconds))

    @staticmethod
    def _upright(frame: av.VideoFrame, pixel_aspect: Fraction | None) -> np.ndarray:
        """A frame as a player shows it: in square pixels, then turned."""
        has_alpha = any(component.is_alpha for component in frame.format.components)
        picture = _over_white(frame.to_ndarray(format="rgba" if has_alpha else "rgb24"))
        if pixel_aspect and pixel_aspect != 1:
            width_px = max(1, round(frame.width * float(pixel_aspect)))
            picture = np.asarray(Image.fromarray(picture).resize((width_px, frame.height), Image.Resampling.BILINEAR))
        return np.rot90(picture, k=round(frame.rotation / 90) % 4)  # both count against the clock

    def close(self) -> None:
        # Without the plugin's `gc.collect()`: it is for filters, of which there are none, and takes longer than a clip.
        self._video_stream = self._decoder = None
        if self._container is not None:
            self._container.close()
        self.request.finish()


def _frames_of_video(path: Path, check: Check) -> Iterator[Shown]:
    ending = path.suffix.lower()
    if ending == ".avi":  # FFmpeg notices itself when MP4 is cut off, but plays whatever is left of AVI
        with open(path, "rb") as file:
            declared_bytes = 8 + int.from_bytes(file.read(8)[4:], "little")  # RIFF header
        if path.stat().st_size < declared_bytes:
            raise value_error("the file is cut off")
    with open(path, "rb") as file:
        try:
            video = imopen(file, "r", plugin=VideoReader, extension=ending, format=DEMUXERS[ending])
        except OSError as error:
            reason = error.__cause__.__cause__ or error.__cause__ if error.__cause__ else None
            raise ValueError(str(reason) if isinstance(reason, av.FFmpegError) else NO_VIDEO) from error
        with video:
            yield from video.shown(check)


def read_note(path: Path) -> str | bytes | None:
    """The text stored in a file written here, undecoded, or None; raises `DAMAGE` for broken files."""
    if path.is_dir():
        path = path / "frame_0.png"
    ending = path.suffix.lower()
    check_magic(path)
    with open(path, "rb") as file:
        if ending in DEMUXERS:
            with imopen(file, "r", plugin=VideoReader, extension=ending, format=DEMUXERS[ending]) as video:
                notes = {name.lower(): text for name, text in video.container_metadata.items()}
                return notes.get("comment")
        with imopen(file, "r", plugin="pillow", extension=ending) as image:
            facts = image.metadata(index=0)
            return facts.get("ImageDescription") if ending == ".webp" else facts.get("comment")
