"""What things move over: pictures with a gradient and a little texture, some of each ground, cached in every size.

Grounds are (B, 3, H, W) in [-1, 1]. They are light, or at night dark, so that every thing stands out.
"""

from functools import lru_cache

import cv2
import numpy as np
import torch

from t2v.data.stories.grammar import GROUNDS

SIDE_PX = 256  # of the pictures; other sizes are made of them
VARIANTS = 8  # pictures of each ground, each also mirrored
BRIGHTNESS = 0.06  # grounds are so much brighter or darker, of a range of 2
COLOURS = {  # RGB at the top and at the bottom
    "white": ((255, 255, 255), (240, 241, 244)),
    "sky": ((158, 206, 248), (222, 240, 252)),
    "grass": ((176, 214, 128), (142, 190, 98)),
    "sand": ((246, 230, 192), (230, 208, 160)),
    "water": ((150, 218, 226), (98, 186, 206)),
    "night": ((18, 20, 52), (44, 46, 92)),
}


def draw_grounds(ground: torch.Tensor, draws: torch.Tensor, frame_size_px: int) -> torch.Tensor:
    """(B, 3, H, W) in [-1, 1]: for each index (B,) into `GROUNDS` the picture that draws (B, 3) in [0, 1) choose."""
    pictures = []
    for index, (variant, mirror, _) in zip(ground.tolist(), draws.tolist(), strict=True):
        picture = _picture(index, int(variant * VARIANTS), frame_size_px)
        pictures.append(picture.flip(-1) if mirror < 0.5 else picture)
    brightness = (draws[:, 2, None, None, None] * 2 - 1) * BRIGHTNESS
    return (torch.stack(pictures).to(draws.device) + brightness).clamp(-1, 1)


@lru_cache(2 * len(GROUNDS) * VARIANTS)
def _picture(ground: int, variant: int, frame_size_px: int) -> torch.Tensor:
    name = list(GROUNDS)[ground]
    rng = np.random.default_rng((ground, variant))
    top, bottom = (np.array(rgb, np.float32) for rgb in COLOURS[name])
    down = np.linspace(0, 1, SIDE_PX, dtype=np.float32)[:, None, None]
    picture = top + (bottom - top) * down + TEXTURES[name](rng)  # (S, S, 3)
    how = cv2.INTER_AREA if frame_size_px < SIDE_PX else cv2.INTER_LINEAR
    picture = cv2.resize(
        np.broadcast_to(picture, (SIDE_PX, SIDE_PX, 3)).copy(), (frame_size_px,) * 2, interpolation=how
    )
    return torch.from_numpy(picture.clip(0, 255)).permute(2, 0, 1).contiguous() / 127.5 - 1


def _noise(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Soft noise (S, S, 1) of about one, with so many cells."""
    cells = rng.standard_normal((height, width)).astype(np.float32)
    return cv2.resize(cells, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)[..., None]


def _paper(rng: np.random.Generator) -> np.ndarray:
    return -2.0 * np.abs(_noise(rng, 24, 24))


def _clouds(rng: np.random.Generator) -> np.ndarray:
    cloud = (_noise(rng, 5, 8) + 0.4 * _noise(rng, 14, 20) - 0.4).clip(0, 1)
    return cloud * np.array((52, 30, 8), np.float32)


def _blades(rng: np.random.Generator) -> np.ndarray:
    return 9 * _noise(rng, 56, 14) + 4 * _noise(rng, 6, 6)


def _grains(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)[..., None] / SIDE_PX
    dunes = np.sin(2 * np.pi * (4 * y + 0.4 * np.sin(2 * np.pi * (x + rng.random())) + rng.random()))
    return 5 * dunes + 6 * _noise(rng, 64, 64)


def _waves(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)[..., None] / SIDE_PX
    lines = np.sin(2 * np.pi * (7 * y + 0.25 * np.sin(2 * np.pi * (2 * x + rng.random())) + rng.random()))
    return 10 * lines + 4 * _noise(rng, 10, 24)


def _stars(rng: np.random.Generator) -> np.ndarray:
    night = np.zeros((SIDE_PX, SIDE_PX, 1), np.float32)
    for x, y, light in rng.random((28, 3)):
        cv2.circle(night, (int(x * SIDE_PX), int(y * SIDE_PX)), 2, 90 + 130 * light, -1, cv2.LINE_AA)
    return night.reshape(SIDE_PX, SIDE_PX, 1) + 3 * _noise(rng, 8, 8)


TEXTURES = {"white": _paper, "sky": _clouds, "grass": _blades, "sand": _grains, "water": _waves, "night": _stars}
