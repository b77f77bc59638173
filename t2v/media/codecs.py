"""How a clip lies in each kind of file: GIF, AVI, MP4, WebP, PNG, and a folder of PNG frames.

Frames are (T, H, W, 3) uint8, RGB; in the file every pixel becomes `scale` x `scale` of them. Nothing is checked and
nothing is atomic here: callers go through `t2v.media.clips`, which does both. A `note` is a short ASCII text that
travels inside the file ("" for none). Paths are absolute, because FFmpeg takes what stands before a colon in any other
for a protocol.
"""

import itertools
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import GifImagePlugin, Image, ImageChops, ImageSequence, PngImagePlugin

GAP_PX = 1
GAP_GREY = 211
SHEET_COLUMNS = 10
# Browsers play a GIF frame that is shorter than 2 hundredths of a second as if it were 10.
GIF_MAX_FPS = 50
GIF_COLOURS = 256
H264_CRF = "18"  # x264's own scale: visually lossless
EXIF_DESCRIPTION = 0x010E

# What a damaged file makes Pillow and PyAV raise.
DAMAGE = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError, av.FFmpegError,
)  # fmt: skip

MAGIC = {  # where it stands, and what
    ".gif": (0, b"GIF8"),
    ".png": (0, b"\x89PNG\r\n\x1a\n"),
    ".webp": (8, b"WEBP"),
    ".mp4": (4, b"ftyp"),
    ".avi": (8, b"AVI "),
}

# Called with (frame count, width_px, height_px) as a file declares them, before anything is decoded.
Check = Callable[[int, int, int], None]


def durations_ticks(count: int, fps: int, ticks_per_second: int) -> list[int]:
    """Ticks that each of `count` frames is shown, rounded so that their sum is right to half a tick."""
    ends = [round(k * ticks_per_second / fps) for k in range(count + 1)]
    return [end - start for start, end in itertools.pairwise(ends)]


def tile(cells: np.ndarray, columns: int) -> np.ndarray:
    """Lay cells (N, ..., H, W, 3) out in rows of `columns`: one picture (..., rows*H + gaps, columns*W + gaps, 3)."""
    count, *leading, height_px, width_px, _ = cells.shape
    rows, step_y, step_x = -(-count // columns), height_px + GAP_PX, width_px + GAP_PX
    sheet = np.full((*leading, rows * step_y - GAP_PX, columns * step_x - GAP_PX, 3), GAP_GREY, np.uint8)
    for k, cell in enumerate(cells):
        top, left = k // columns * step_y, k % columns * step_x
        sheet[..., top : top + height_px, left : left + width_px, :] = cell
    return sheet


def enlarge(frames: np.ndarray, scale: int) -> np.ndarray:
    """Repeat each pixel of (..., H, W, 3) `scale` times in both directions."""
    return frames.repeat(scale, axis=-3).repeat(scale, axis=-2) if scale > 1 else frames


def write_gif(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """One palette for all frames, no dithering, loops for ever; faster than 50 fps is played at 50 fps.

    Colours are counted before the frames are enlarged: after it most of the time would go there. The blocks are put
    together here because Pillow's own `save_all` drops a frame that equals the one before.
    """
    count, height_px, width_px, _ = frames.shape
    sheet = Image.fromarray(frames.reshape(count * height_px, width_px, 3))
    # Maximum coverage and not median cut: a small shape keeps its colour however much white surrounds it.
    sheet = sheet.quantize(GIF_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette = bytes(sheet.getpalette("RGB") or ()).ljust(3 * GIF_COLOURS, b"\0")
    shown = durations_ticks(count, min(fps, GIF_MAX_FPS), ticks_per_second=100)
    text = note.encode("ascii")
    with open(path, "wb") as file:
        file.write(
            b"GIF89a" + struct.pack("<HHBBB", width_px * scale, height_px * scale, 0xF7, 0, 0) + palette
        )  # 0xF7: 256 x 24 bit
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # repeat without end
        if text:
            parts = (text[k : k + 255] for k in range(0, len(text), 255))
            file.write(b"!\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0")
        before = None
        for k in range(count):
            frame = sheet.crop((0, k * height_px, width_px, (k + 1) * height_px))
            frame = frame.resize((width_px * scale, height_px * scale), Image.Resampling.NEAREST)
            # Only what changed is stored; where nothing did, one pixel keeps the frame's place.
            box = ImageChops.difference(before, frame).getbbox() or (0, 0, 1, 1) if before else (0, 0, *frame.size)
            file.writelines(GifImagePlugin.getdata(frame.crop(box), box[:2], duration=10 * shown[k]))
            before = frame
        file.write(b";")


def write_webp(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """Lossless, loops for ever. Pillow packs each frame; the animation is put together here because libwebp's
    encoder merges equal frames. Layout: https://developers.google.com/speed/webp/docs/riff_container"""

    def chunk(tag: bytes, body: bytes) -> bytes:
        return tag + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    def u24(number: int) -> bytes:
        return number.to_bytes(3, "little")

    frames = enlarge(frames, scale)
    canvas = u24(frames.shape[2] - 1) + u24(frames.shape[1] - 1)
    has_exif, is_animated, no_blending = 0x08, 0x02, 0x02
    body = chunk(b"VP8X", bytes([is_animated | (has_exif if note else 0), 0, 0, 0]) + canvas)
    body += chunk(b"ANIM", b"\xff\xff\xff\xff" + struct.pack("<H", 0))  # white behind, repeat without end
    for frame, shown_ms in zip(frames, durations_ticks(len(frames), fps, ticks_per_second=1000), strict=True):
        Image.fromarray(frame).save(still := BytesIO(), "WEBP", lossless=True)
        image_chunk = still.getvalue()[12:]  # what follows "RIFF", the length and "WEBP"
        body += chunk(b"ANMF", u24(0) + u24(0) + canvas + u24(shown_ms) + bytes([no_blending]) + image_chunk)
    if note:
        exif = Image.Exif()
        exif[EXIF_DESCRIPTION] = note
        body += chunk(b"EXIF", exif.tobytes().removeprefix(b"Exif\0\0"))
    path.write_bytes(chunk(b"RIFF", b"WEBP" + body))


def pad_to_even(frames: np.ndarray) -> np.ndarray:
    """Repeat the last row and column where a side is odd: the video codecs halve the colour's resolution."""
    odd_y, odd_x = frames.shape[1] % 2, frames.shape[2] % 2
    return np.pad(frames, ((0, 0), (0, odd_y), (0, odd_x), (0, 0)), mode="edge")


def write_avi(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """XVID, or MJPG where OpenCV's build lacks it; sides padded to even. The note is dropped: OpenCV cannot store one.

    Raises OSError when not every frame reached the file.
    """
    frames = pad_to_even(enlarge(frames, scale))
    size_px = (frames.shape[2], frames.shape[1])
    for codec in ("XVID", "MJPG"):
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size_px)
        if writer.isOpened():
            break
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))  # RGB -> BGR
    writer.release()
    # OpenCV tells of no error, not even of a full disk.
    try:
        with av.open(str(path), format="avi") as written:
            stored = sum(packet.size > 0 for packet in written.demux(video=0))
    except DAMAGE:
        stored = 0
    if stored != len(frames):
        raise OSError(f"only {stored} of {len(frames)} frames could be written; is the disk full?")


def write_mp4(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """H.264 in yuv420p, as every browser plays it, its index in front; sides padded to even."""
    frames = pad_to_even(enlarge(frames, scale))
    with ExitStack() as files:
        # Python's own file, because PyAV leaves its own one open when the disk is full. To move the index in front the
        # file is opened once more.
        file = files.enter_context(open(path, "wb"))

        def open_again(url, flags, options):
            return files.enter_context(open(path, "rb"))

        options = {"movflags": "faststart"}
        container = files.enter_context(av.open(file, "w", format="mp4", options=options, io_open=open_again))
        container.metadata["comment"] = note
        stream = container.add_stream("libx264", rate=fps, options={"crf": H264_CRF})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        # Named, so that no player has to guess how colours were turned into YUV.
        codec = stream.codec_context
        codec.colorspace = codec.color_primaries = codec.color_trc = Colorspace.ITU709
        codec.color_range = ColorRange.MPEG
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture = picture.reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def write_png(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """All frames on one contact sheet, ten to a row."""
    save_picture(path, tile(enlarge(frames, scale), min(len(frames), SHEET_COLUMNS)), note)


def write_folder(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """`frame_0.png`, `frame_1.png`, ...; the note lies in the first."""
    path.mkdir()
    for k, frame in enumerate(enlarge(frames, scale)):
        save_picture(path / f"frame_{k}.png", frame, note if k == 0 else "")


def save_picture(path: Path, picture: np.ndarray, note: str) -> None:
    """One picture (H, W, 3) as PNG."""
    chunks = PngImagePlugin.PngInfo()
    if note:
        chunks.add_text("comment", note)
    Image.fromarray(picture).save(path, "PNG", pnginfo=chunks)


# The one place that maps a file's ending to its writer; a path without an ending goes to `write_folder`.
FORMATS: dict[str, Callable[[Path, np.ndarray, int, int, str], None]] = {
    ".gif": write_gif,
    ".avi": write_avi,
    ".mp4": write_mp4,
    ".webp": write_webp,
    ".png": write_png,
}


def open_frames(path: Path, check: Check) -> Iterator[Image.Image]:
    """The frames of a GIF, WebP, MP4 or AVI file or of a folder, in order, as Pillow images of any mode.

    `check` sees what the file declares first. Raises ValueError for what is no clip, and `DAMAGE` for broken files.
    """
    ending = path.suffix.lower()
    if path.is_dir():
        return _frames_of_folder(path, check)
    if not path.exists():
        raise ValueError("there is no such file")
    _check_magic(path, ending)
    if ending in (".gif", ".webp"):
        return _frames_of_image(path, check, ending)
    if ending in (".mp4", ".avi"):
        return _frames_of_video(path, check, ending)
    raise ValueError("a clip is a .gif, .webp, .mp4 or .avi file, or a folder of frame_0.png, frame_1.png, ...")


def _check_magic(path: Path, ending: str) -> None:
    """ValueError when a file is not what its name says, before anything takes it apart."""
    offset, magic = MAGIC.get(ending, (0, b""))
    with open(path, "rb") as file:
        file.seek(offset)
        if file.read(len(magic)) != magic:
            raise ValueError(f"it is no {ending} file, whatever its name says")


def _frames_of_image(path: Path, check: Check, ending: str) -> Iterator[Image.Image]:
    with Image.open(path, formats=[ending[1:]]) as image:
        check(getattr(image, "n_frames", 1), *image.size)
        yield from ImageSequence.Iterator(image)


def _frames_of_video(path: Path, check: Check, ending: str) -> Iterator[Image.Image]:
    if ending == ".avi":  # FFmpeg notices itself when MP4 is cut off, but plays whatever is left of AVI
        with open(path, "rb") as file:
            declared_bytes = 8 + int.from_bytes(file.read(8)[4:], "little")  # RIFF header
        if path.stat().st_size < declared_bytes:
            raise ValueError("the file is cut off")
    # The format is named, so that no playlist that calls itself a video leads FFmpeg to other files.
    with av.open(str(path), format=ending[1:]) as container:
        stream = next((stream for stream in container.streams.video if stream.codec_context), None)
        if stream is None:
            raise ValueError("it holds no video that can be decoded")
        check(stream.frames, stream.width, stream.height)
        for frame in container.decode(stream):
            yield Image.fromarray(frame.to_ndarray(format="rgb24"))


def _frames_of_folder(path: Path, check: Check) -> Iterator[Image.Image]:
    named = [(re.fullmatch(r"frame_(\d+)\.png", file.name), file) for file in path.iterdir()]
    frames = sorted((int(match[1]), file) for match, file in named if match)
    for k, (number, _) in enumerate(frames):
        if number != k:
            raise ValueError(f"frames must be numbered 0 to {len(frames) - 1}, each once; frame {k} is not there once")
    for _, file in frames:
        try:
            with Image.open(file, formats=["PNG"]) as image:
                check(len(frames), *image.size)
                image.load()
                yield image
        except DAMAGE as error:
            raise ValueError(f"{file.name}: {error}") from error


def read_note(path: Path) -> str | bytes | None:
    """The text stored in a file written here, undecoded, or None; raises `DAMAGE` for broken files."""
    if path.is_dir():
        path = path / "frame_0.png"
    ending = path.suffix.lower()
    _check_magic(path, ending)
    if ending == ".mp4":
        with av.open(str(path), format="mp4") as container:
            return container.metadata.get("comment")
    if ending == ".avi":
        return None
    with Image.open(path, formats=["GIF", "PNG", "WEBP"]) as image:
        return image.getexif().get(EXIF_DESCRIPTION) if ending == ".webp" else image.info.get("comment")
