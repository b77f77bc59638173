"""Things that have a picture of their own: sprites, drawn at any place, size and angle in batched torch.

A sprite is a square RGBA picture whose inscribed circle is the thing's circumscribed one, so that its radius means what
the radius of a shape means. Lengths are shares of the frame (x right, y down), angles are in turns, clockwise as seen
on screen. Layers are (B, T, 4, H, W) in [0, 1]: RGB times alpha, and alpha (Porter and Duff 1984).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

SPRITE_PX = 256  # side of a sprite's picture
COARSEST_PX = 4  # side of its smallest copy


@dataclass(frozen=True)
class Sprites:
    """N things as copies of their pictures, each half as large as the one before (mipmaps, Williams 1983):
    `levels[l]` is (N, 4, S / 2**l, S / 2**l) in [0, 1], RGB times alpha, and alpha."""

    levels: tuple[torch.Tensor, ...]

    def __len__(self) -> int:
        return len(self.levels[0])

    def to(self, device: torch.device | str) -> "Sprites":
        return Sprites(tuple(level.to(device) for level in self.levels))


def make_sprites(pictures: Sequence[np.ndarray]) -> Sprites:
    """Pictures (S, S, 4) uint8, RGBA as files have it, all of one size S, a power of two."""
    rgba = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255  # (N, 4, S, S)
    levels = [torch.cat([rgba[:, :3] * rgba[:, 3:], rgba[:, 3:]], 1)]
    while levels[-1].shape[-1] > COARSEST_PX:
        levels.append(avg_pool2d(levels[-1], 2))
    return Sprites(tuple(levels))


def draw(
    sprites: Sprites,
    which: torch.Tensor,
    centre: torch.Tensor,
    radius: torch.Tensor,
    angle: torch.Tensor,
    *,
    frame_size_px: int,
    mirrored: torch.Tensor | None = None,
) -> torch.Tensor:
    """The layers (B, T, 4, H, W) of sprites `which` (B,) with centres (B, T, 2), radii and angles (B, T); a sprite that
    is `mirrored`, (B, T) bool, has its left side on the right before it is turned."""
    B, T = radius.shape
    cos, sin = ((f(2 * math.pi * angle) / radius).flatten() for f in (torch.cos, torch.sin))  # (B * T,)
    flip = torch.ones_like(cos) if mirrored is None else 1 - 2 * mirrored.flatten().to(cos.dtype)
    x, y = (0.5 - centre).flatten(0, 1).unbind(1)
    across = torch.stack([cos / 2, sin / 2, cos * x + sin * y], 1) * flip[:, None]
    down = torch.stack([-sin / 2, cos / 2, cos * y - sin * x], 1)
    theta = torch.stack([across, down], 1)  # (B * T, 2, 3), from the frame's own coordinates to the picture's
    picture_px = sprites.levels[0].shape[-1] / (2 * radius.flatten() * frame_size_px)  # for one of the frame's
    level = picture_px.log2().clamp(0, len(sprites.levels) - 1)  # (B * T,), between two copies in most cases
    row = which.repeat_interleave(T)
    layers = centre.new_zeros(B * T, 4, frame_size_px, frame_size_px)
    for number, pictures in enumerate(sprites.levels):
        share = (1 - (level - number).abs()).clamp(min=0)
        used = share.nonzero()[:, 0]
        if len(used):
            grid = affine_grid(theta[used], [len(used), 4, frame_size_px, frame_size_px], align_corners=False)
            sampled = grid_sample(pictures[row[used]], grid, align_corners=False)
            layers[used] += share[used, None, None, None] * sampled
    return layers.unflatten(0, (B, T))


def over(clips: torch.Tensor, layers: torch.Tensor) -> torch.Tensor:
    """Clips (B, T, 3, H, W) in [-1, 1] with layers (B, T, 4, H, W) before them."""
    colours, alpha = layers[:, :, :3], layers[:, :, 3:]
    return clips * (1 - alpha) + 2 * colours - alpha
