"""Clips of any shape and rhythm made alike: which frames are taken, and how an oblong one becomes a square.

Pictures are (H, W, 3) uint8.
"""

import itertools
import statistics
from collections.abc import Sequence

import numpy as np
from PIL import Image


def instants(seconds: Sequence[float], count: int) -> np.ndarray:
    """The numbers (count,) of the frames on the screen at `count` even instants, for frames shown so long each.

    The first instant is half a usual frame into the clip, the last as much before its end: frames of equal length are
    taken evenly by number, the first and the last among them, and a pause at an end counts as long as it is.
    """
    usual = statistics.median(seconds)
    ends = list(itertools.accumulate(seconds))
    first, last = min(seconds[0], usual) / 2, ends[-1] - min(seconds[-1], usual) / 2
    times = np.linspace(first, max(first, last), count)
    return np.searchsorted(ends, times + 1e-9, side="right").clip(max=len(seconds) - 1)


def border_colour(picture: np.ndarray) -> tuple[int, int, int]:
    """The usual colour of the rows or columns beside which padding would be laid: of the longer sides."""
    height_px, width_px = picture.shape[:2]
    edge = picture[[0, -1]] if width_px >= height_px else picture[:, [0, -1]]
    red, green, blue = np.median(edge.reshape(-1, 3), axis=0).astype(int).tolist()
    return red, green, blue


def fit_square(picture: np.ndarray, size_px: int, fit: str, colour: tuple[int, int, int]) -> np.ndarray:
    """A picture as (size_px, size_px, 3): padded with a colour, cut to its middle, or squeezed.

    Averaging over areas undoes enlarging by whole pixels exactly.
    """
    height_px, width_px = picture.shape[:2]
    image = Image.fromarray(picture)
    if fit == "crop":
        side_px = min(height_px, width_px)
        left, top = (width_px - side_px) // 2, (height_px - side_px) // 2
        box = (left, top, left + side_px, top + side_px)
        return np.asarray(image.resize((size_px, size_px), Image.Resampling.BOX, box))
    if fit == "squeeze" or height_px == width_px:
        return np.asarray(image.resize((size_px, size_px), Image.Resampling.BOX))
    scale = size_px / max(height_px, width_px)
    inner = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    square = Image.new("RGB", (size_px, size_px), colour)
    square.paste(image.resize(inner, Image.Resampling.BOX), ((size_px - inner[0]) // 2, (size_px - inner[1]) // 2))
    return np.asarray(square)
