"""Scenes of stories to frames, in batched torch on any device: the ground, and things over it from back to front.

Clips are (B, T, 3, H, W) float in [-1, 1]; frames for files are (B, T, H, W, 3) uint8.
"""

import numpy as np
import torch

from t2v.config import FRAMES
from t2v.data.scenes import times_of
from t2v.data.sprites import draw, over
from t2v.data.stories.grounds import draw_grounds
from t2v.data.stories.looks import sprites
from t2v.data.stories.scenes import StoryScenes, trajectory
from t2v.media.clips import to_uint8


def render(
    scenes: StoryScenes, *, frames: int = FRAMES, frame_size_px: int = 64, times: torch.Tensor | None = None
) -> torch.Tensor:
    """Clips (B, T, 3, H, W) float in [-1, 1], anti-aliased, at `times` (B, T) or at `frames` even times."""
    if times is None:
        times = times_of(frames, scenes.sprite.device).expand(len(scenes), -1)
    ground = draw_grounds(scenes.ground, scenes.ground_draws, frame_size_px)  # (B, 3, H, W)
    clips = ground[:, None].repeat(1, times.shape[1], 1, 1, 1)  # (B, T, 3, H, W)
    centre, radius, angle = trajectory(scenes, times)
    pictures = sprites().to(clips.device)
    for k in reversed(range(scenes.sprite.shape[1])):  # the first thing stands in front
        rows = (scenes.sprite[:, k] >= 0).nonzero()[:, 0]
        if len(rows):
            layers = draw(
                pictures,
                scenes.sprite[rows, k],
                centre[rows, k],
                radius[rows, k],
                angle[rows, k],
                frame_size_px=frame_size_px,
                mirrored=scenes.mirrored[rows, k, None].expand(-1, times.shape[1]),
            )
            clips[rows] = over(clips[rows], layers)
    return clips


def render_frames(
    scenes: StoryScenes, *, frames: int = FRAMES, frame_size_px: int = 64, times: torch.Tensor | None = None
) -> np.ndarray:
    """The same as frames (B, T, H, W, 3) uint8."""
    return to_uint8(render(scenes, frames=frames, frame_size_px=frame_size_px, times=times))
