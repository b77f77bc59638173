"""Videos as players show them: by their time stamps, turned upright, in square pixels, in a screen's colours.

FFmpeg decodes, through imageio's PyAV plugin. Pictures are (H, W, 3) uint8, RGB, over white.
"""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Colorspace
from imageio.plugins.pyav import PyAVPlugin
from PIL import Image

from t2v.media.hdr import to_screen
from t2v.media.kinds import DEMUXERS
from t2v.media.shown import FRAME_SECONDS, Check, Shown, imopen, over_white
from t2v.system.messages import Message, value_error

NO_VIDEO = Message("it holds no video that can be decoded")
# FFmpeg's own decoders of VP8 and VP9 leave the alpha out that stickers of chats have.
WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
UNSPECIFIED, HD_FROM_PX = 2, 577  # rows of a film that does not say how its colours became YUV: as HD does, BT.709


class VideoReader(PyAVPlugin):
    """imageio's PyAV plugin with what its arrays leave out: time stamps, rotation, pixel aspect, alpha, wide range."""

    def shown(self, check: Check) -> Iterator[Shown]:
        """All frames, each from its own time stamp to the next one's."""
        stream = self._container.streams.best("video") if self._container is not None else None
        if stream is None or not stream.codec_context:
            raise ValueError(NO_VIDEO)
        check(stream.frames, stream.codec_context.width, stream.codec_context.height)
        usual_seconds = float(1 / stream.guessed_rate) if stream.guessed_rate else FRAME_SECONDS
        before, began, length, gaps = None, 0.0, 0.0, []
        for frame in self._decoded(stream):
            check(0, frame.width, frame.height)  # it may change in between
            at = frame.time if frame.time is not None else began + usual_seconds
            if before is not None:
                gaps.append(at - began if at > began else usual_seconds)
                yield Shown(before, gaps[-1])
            length = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
            before, began = self._upright(frame, stream), at
        if before is not None:
            yield Shown(before, length or (statistics.median(gaps) if gaps else usual_seconds))

    def _decoded(self, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
        tags = {name.lower(): text for name, text in stream.metadata.items()}
        assert self._container is not None
        codec = WITH_ALPHA.get(stream.codec_context.name)
        if tags.get("alpha_mode") != "1" or codec not in av.codecs_available:
            yield from self._container.decode(stream)
            return
        decoder: Any = av.CodecContext.create(codec, "r")
        for packet in self._container.demux(stream):
            for frame in decoder.decode(packet):
                frame.time_base = stream.time_base
                yield frame

    @staticmethod
    def _upright(frame: av.VideoFrame, stream: av.VideoStream) -> np.ndarray:
        """A frame as a player shows it: in square pixels, then turned."""
        if frame.colorspace == UNSPECIFIED and frame.height >= HD_FROM_PX:
            frame.colorspace = Colorspace.ITU709
        has_alpha = any(component.is_alpha for component in frame.format.components)
        picture = over_white(frame.to_ndarray(format="rgba" if has_alpha else "rgb24"))
        picture = to_screen(picture, stream.codec_context.color_trc)
        pixel_aspect = stream.sample_aspect_ratio
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


def frames_of_video(path: Path, ending: str, check: Check) -> Iterator[Shown]:
    """All frames of a file of the kind that `ending` names, in one of `DEMUXERS`."""
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
            raise ValueError(reason.strerror if isinstance(reason, av.FFmpegError) else NO_VIDEO) from error
        with video:
            yield from video.shown(check)
