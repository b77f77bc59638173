"""How a clip is written to each kind of file: GIF, AVI, MP4, WebP, PNG, and a folder of PNG frames.

MP4 and AVI go through imageio. GIF and WebP are put together here: Pillow, and imageio with it, drops a frame that
equals the one before and gives a GIF several palettes (docs/LOG.md#imageio-as-the-door-to-clips).

Frames are (T, H, W, 3) uint8, RGB; in the file every pixel becomes `scale` x `scale` of them. Nothing is checked and
nothing is atomic here: callers go through `t2v.media.clips`, which does both. A `note` is a short ASCII text that
travels inside the file ("" for none). `t2v.media.decoders` reads.
"""

import itertools
import struct
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from imageio.plugins.pyav import PyAVPlugin
from PIL import GifImagePlugin, Image, ImageChops, PngImagePlugin

from t2v.media.shown import imopen

GAP_PX = 1
GAP_GREY = 211
SHEET_COLUMNS = 10
# Browsers play a GIF frame that is shorter than 2 hundredths of a second as if it were 10.
GIF_MAX_FPS = 50
GIF_COLOURS = 256
# x264's own scale: visually lossless. Colours are named, so that no player has to guess how they were turned into YUV.
H264_OPTIONS = {"crf": "18", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}
H264_OPTIONS |= {"color_range": "tv"}
MPEG4_OPTIONS = {"qmin": "2", "qmax": "2", "bf": "0"}  # its finest steps; a packet for each frame, in order
EXIF_DESCRIPTION = 0x010E


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


class VideoWriter(PyAVPlugin):
    """imageio's PyAV plugin with a codec's own options and FourCC, and with colours as `H264_OPTIONS` names them."""

    def begin(self, codec: str, fps: int, note: str, options: dict[str, str], *, fourcc: str | None = None) -> None:
        self.container_metadata["comment"] = note
        self.init_video_stream(codec, fps=fps, pixel_format="yuv420p")
        assert self._video_stream is not None
        self._video_stream.codec_context.options = options
        if fourcc is not None:
            self._video_stream.codec_context.codec_tag = fourcc

    def write_bt709(self, frame: np.ndarray) -> None:
        """One frame (H, W, 3), which FFmpeg would turn into YUV as BT.601 has it."""
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(
            format="yuv444p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        self.write_frame(picture.to_ndarray(), pixel_format="yuv444p")  # (3, H, W)

    def close(self) -> None:
        # Without the plugin's `gc.collect()`: it is for filters, of which there are none, and takes longer than a clip.
        try:
            if self._video_stream is not None:
                self._flush_writer()
        finally:
            self._video_stream = None
            if self._container is not None:
                self._container.close()
            self.request.finish()


def write_avi(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """MPEG-4 as XVID, which the tutorial has; sides padded to even."""
    frames = pad_to_even(enlarge(frames, scale))
    with open(path, "wb") as file, imopen(file, "w", plugin=VideoWriter, extension=".avi", container="avi") as video:
        video.begin("mpeg4", fps, note, MPEG4_OPTIONS, fourcc="XVID")
        for frame in frames:
            video.write_frame(frame)


def write_mp4(path: Path, frames: np.ndarray, scale: int, fps: int, note: str) -> None:
    """H.264 in yuv420p, as every browser plays it, its index in front; sides padded to even."""
    frames = pad_to_even(enlarge(frames, scale))
    with ExitStack() as files:
        file = files.enter_context(open(path, "wb"))

        def open_again(url: str, flags: int, options: dict) -> BinaryIO:  # to move the index in front
            return files.enter_context(open(path, "rb"))

        settings = {"container": "mp4", "options": {"movflags": "faststart"}, "io_open": open_again}
        video = files.enter_context(imopen(file, "w", plugin=VideoWriter, extension=".mp4", **settings))
        video.begin("libx264", fps, note, H264_OPTIONS)
        for frame in frames:
            video.write_bt709(frame)


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
