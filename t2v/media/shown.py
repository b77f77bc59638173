"""One frame as a player shows it: pixels of any depth over white, and for how long."""

from collections.abc import Callable
from typing import Any, NamedTuple

import imageio.v3
import numpy as np
from PIL import Image

imopen: Any = imageio.v3.imopen  # whose types know neither the plugins' own arguments nor plugins of one's own

FRAME_SECONDS = 0.1  # of a picture that does not say how long it is shown

# Called with (frame count, width_px, height_px) as a file declares them, before anything is decoded.
Check = Callable[[int, int, int], None]


class Shown(NamedTuple):
    """One frame (H, W, 3), and how long it stays on the screen."""

    picture: np.ndarray
    seconds: float


def over_white(pixels: np.ndarray) -> np.ndarray:
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
