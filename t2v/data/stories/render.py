"""Scenes of stories to frames, in batched torch on any device: the ground, and things over it from back to front.

Clips are (B, T, 3, H, W) float in [-1, 1]; frames for files are (B, T, H, W, 3) uint8. Only the box around a thing is
drawn, and sampled from a copy of its picture of about the same size (Williams 1983), which keeps edges smooth.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import grid_sample

from t2v.config import FRAMES
from t2v.data.render import box_around, turned_back
from t2v.data.sprites import Sprites
from t2v.data.stories.grounds import draw_grounds
from t2v.data.stories.looks import copy_sizes, pictures
from t2v.data.stories.scenes import StoryScenes, trajectory
from t2v.media.clips import to_uint8

MARGIN_PX = 2  # a box has so many pixels more than its thing, for soft edges
PIXELS_PER_PIECE = 2**23  # of frames that are rendered at once


@dataclass(frozen=True)
class Boxes:
    """Things of about one size: their scenes `rows` (N,) and places `thing` (N,) in these, the corners (N, T, 2) of
    their boxes in pixels, x and y, and what is in them, (N, 4, T, S, S): RGB times alpha, and alpha, in [0, 1]."""

    rows: torch.Tensor
    thing: torch.Tensor
    corner: torch.Tensor
    drawn: torch.Tensor


def render(
    scenes: StoryScenes,
    *,
    frames: int = FRAMES,
    frame_size_px: int = 64,
    times: torch.Tensor | None = None,
    things: Sprites | None = None,
) -> torch.Tensor:
    """Clips (B, T, 3, H, W) float in [-1, 1], anti-aliased, at `times` (B, T) or at `frames` even times. `things` are
    pictures of one's own."""
    times = scenes.times(frames, times)
    ground = draw_grounds(scenes.ground, scenes.ground_draws, frame_size_px)  # (B, 3, H, W)
    clips = ground[:, None].repeat(1, times.shape[1], 1, 1, 1)  # (B, T, 3, H, W)
    groups = _draw_boxes(scenes, times, frame_size_px, things)
    for thing in reversed(range(scenes.sprite.shape[1])):  # the first stands in front
        for boxes in groups:
            chosen = (boxes.thing == thing).nonzero()[:, 0]
            if len(chosen):
                _paste(clips, boxes.rows[chosen], boxes.corner[chosen], boxes.drawn[chosen])
    return clips


def render_frames(
    scenes: StoryScenes,
    *,
    frames: int = FRAMES,
    frame_size_px: int = 64,
    times: torch.Tensor | None = None,
    things: Sprites | None = None,
) -> np.ndarray:
    """The same as frames (B, T, H, W, 3) uint8."""
    times = scenes.times(frames, times)
    count = max(1, PIXELS_PER_PIECE // (times.shape[1] * frame_size_px**2))
    pieces = [slice(first, first + count) for first in range(0, len(scenes), count)]
    return np.concatenate(
        [
            to_uint8(render(scenes[rows], frame_size_px=frame_size_px, times=times[rows], things=things))
            for rows in pieces
        ]
    )


def _draw_boxes(scenes: StoryScenes, times: torch.Tensor, frame_size_px: int, things: Sprites | None) -> list[Boxes]:
    """Every thing of every frame, those of about one size together."""
    rows, thing = (scenes.sprite >= 0).nonzero().unbind(1)  # (N,) each
    centre, radius, angle = (part[rows, thing] for part in trajectory(scenes, times))  # (N, T, ...)
    diameter_px = 2 * scenes.radius[rows, thing].amax(1) * frame_size_px
    sizes = torch.tensor(copy_sizes(), device=diameter_px.device)
    level = torch.bucketize(diameter_px, sizes[:-1])  # the least copy that is not smaller than the thing
    boxes = []
    for number in level.unique().tolist():
        among = (level == number).nonzero()[:, 0]
        picture = pictures(number, things).to(centre.device)[scenes.sprite[rows[among], thing[among]]]  # (n, 4, s, s)
        side_px = min(frame_size_px, max(picture.shape[-1], math.ceil(diameter_px[among].max())) + MARGIN_PX)
        pose = (centre[among], radius[among], angle[among])
        corner, grid = _grid(*pose, scenes.mirrored[rows[among], thing[among]], side_px, frame_size_px)
        drawn = grid_sample(picture, grid, align_corners=False)  # (n, 4, T * S, S)
        boxes.append(Boxes(rows[among], thing[among], corner, drawn.unflatten(2, (-1, side_px))))
    return boxes


def _grid(
    centre: torch.Tensor,
    radius: torch.Tensor,
    angle: torch.Tensor,
    mirrored: torch.Tensor,
    side_px: int,
    frame_size_px: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Corners (n, T, 2) of boxes around things, and where in its picture each pixel lies, (n, T * S, S, 2)."""
    corner, across, down = box_around(centre, radius, side_px, frame_size_px)
    x, y = turned_back(across, down, angle)  # (n, T, S, S)
    flip = torch.where(mirrored, -1.0, 1.0)[:, None, None, None]
    return corner, torch.stack([x * flip, y], -1).flatten(1, 2)


def _paste(clips: torch.Tensor, rows: torch.Tensor, corner: torch.Tensor, drawn: torch.Tensor) -> None:
    """Composite boxes (n, 4, T, S, S) with corners (n, T, 2) over the clips (B, T, 3, H, W) of these rows (n,)."""
    T, _, side, width = clips.shape[1:]
    along = torch.arange(drawn.shape[-1], device=clips.device)
    x, y = (corner[..., None] + along).unbind(2)  # (n, T, S)
    inside = y[..., None] * width + x[:, :, None]  # (n, T, S, S), within a plane
    plane = (rows[:, None] * T + torch.arange(T, device=clips.device))[:, None] * 3  # (n, 1, T)
    plane = plane + torch.arange(3, device=clips.device)[:, None]  # (n, 3, T)
    at = plane[..., None, None] * (side * width) + inside[:, None]  # (n, 3, T, S, S)
    colour, alpha = drawn[:, :3], drawn[:, 3:]
    clips.put_(at, clips.take(at) * (1 - alpha) + 2 * colour - alpha)
