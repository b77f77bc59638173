"""Clips as pictures for the browser, which plays them itself: a row for each clip, a column for each frame.

Frames are (T, H, W, 3) uint8. A sheet is a data address, so nothing has to be kept on disk for it.
"""

import cv2
import numpy as np

from demo.ui.film import address

LARGE_PX = 256  # of a frame that is shown large
MOST_PX = 16_000  # of a sheet's width; browsers decode no wider pictures
QUALITY = 90  # of a JPEG: flat colours on white keep their edges


def sheet_url(clips: np.ndarray, *, scale: int = 1) -> str:
    """Clips (N, T, H, W, 3) uint8 as one JPEG in a data address, enlarged `scale` times."""
    count, frames, height, width, _ = clips.shape
    scale = max(1, min(scale, MOST_PX // (frames * width)))
    if scale > 1:
        clips = np.stack([[enlarge(frame, scale) for frame in clip] for clip in clips])
    rows = clips.transpose(0, 2, 1, 3, 4).reshape(count * height * scale, frames * width * scale, 3)
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]  # colours in full
    _, data = cv2.imencode(".jpg", cv2.cvtColor(rows, cv2.COLOR_RGB2BGR), settings)
    return address("jpeg", data.tobytes())


def enlarge(frame: np.ndarray, scale: int) -> np.ndarray:
    """A frame (H, W, 3) uint8, `scale` times as large with smooth and sharp edges.

    Cubic interpolation blurs an edge over `scale` pixels; an unsharp mask makes it steep again, and nothing goes beyond
    the darkest and lightest value around it, so no edge gets a halo.
    """
    height, width, _ = frame.shape
    large = cv2.resize(frame, (width * scale, height * scale), interpolation=cv2.INTER_CUBIC)
    around = np.ones((3, 3), np.uint8)
    lowest, highest = (
        cv2.resize(limit, (width * scale, height * scale), interpolation=cv2.INTER_NEAREST)
        for limit in (cv2.erode(frame, around), cv2.dilate(frame, around))
    )
    sharp = cv2.addWeighted(large, 3.0, cv2.GaussianBlur(large, (0, 0), scale * 0.75), -2.0, 0)
    return np.clip(sharp, lowest, highest)
