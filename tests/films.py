"""Small videos and animations for tests, written with FFmpeg and Pillow themselves."""

from fractions import Fraction

import av
import numpy as np

RED, BLUE, GREY = (220, 40, 40), (45, 90, 220), (90, 90, 90)
CODECS = {".mp4": "libx264", ".m4v": "libx264", ".mov": "libx264", ".mkv": "libx264", ".avi": "mpeg4", ".webm": "vp9"}


def filled(colour, height=48, width=64):
    return np.full((height, width, 3), colour, np.uint8)


def write_film(path, frames, times_ms=None, *, codec=None, pix_fmt="yuv420p", turned=0, aspect=None, source="rgb24"):
    """A video whose frame k begins at `times_ms[k]`; every 100 ms if none are given."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec or CODECS[path.suffix], rate=10)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], pix_fmt
        stream.codec_context.time_base = Fraction(1, 1000 if path.suffix != ".avi" else 10)
        if codec is None and CODECS[path.suffix] == "libx264":
            stream.options = {"crf": "5"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if turned:
            stream.set_display_rotation(turned)
        for k, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format=source)
            picture.time_base = stream.codec_context.time_base
            picture.pts = k if path.suffix == ".avi" else (times_ms[k] if times_ms else 100 * k)
            film.mux(stream.encode(picture))
        film.mux(stream.encode())
    return path


def write_animation(path, pictures, durations_ms, **settings):
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=durations_ms, loop=0, **settings)
    return path


def write_sticker(path, frames, *, codec="libvpx-vp9"):
    """Frames (H, W, 4) as chats make their moving stickers: WebM whose alpha is a second film inside the first."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=10, options={"auto-alt-ref": "0"})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuva420p"
        for frame in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgba")))
        film.mux(stream.encode())
    return path
