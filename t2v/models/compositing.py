"""Compositing: layers are placed over the background by affine warps, the nearest in front, and become frames.

There is nothing to be learned here. Places reach from -1 to 1, x to the right and y down.

Sources: a picture placed by an affine warp, spatial transformers (Jaderberg et al. 2015); edges from a sampled
distance, Green 2007.
"""

from typing import Any, NamedTuple

import torch
from torch.nn.functional import affine_grid, grid_sample, interpolate


class Trajectory(NamedTuple):
    """Poses of K layers at I + 1 even times from 0 to 1."""

    position: torch.Tensor  # (B, K, I + 1, 2)
    size: torch.Tensor  # (B, K, I + 1), half the side of the texture, as a share of half the frame
    angle: torch.Tensor  # (B, K, I + 1), radians clockwise on the screen

    def at(self, times: torch.Tensor) -> "Trajectory":
        """The poses at times (B, T), in straight lines between those known: (B, K, T, ...)."""
        poses = torch.cat([self.position, self.size[..., None], self.angle[..., None]], 3)  # (B, K, I + 1, 4)
        poses = at_times(poses, times)
        return Trajectory(poses[..., :2], poses[..., 2], poses[..., 3])


def at_times(known: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """What is known at I + 1 even times from 0 to 1, (B, K, I + 1, C), at times (B, T): (B, K, T, C), in straight lines
    between those known, and on in the same way before and after."""
    bins = known.shape[2] - 1
    position = times * bins
    before = position.detach().long().clamp(0, bins - 1)  # (B, T)
    rows = before[:, None, :, None].expand(-1, known.shape[1], -1, known.shape[3])
    share = (position - before)[:, None, :, None]
    return torch.lerp(known.gather(2, rows), known.gather(2, rows + 1), share)


class Scene(NamedTuple):
    """A clip before it is drawn, at any times and in any size."""

    textures: torch.Tensor  # (B, K, F, 4, S, S) colours and distance inside the edge in texture pixels, at F keyframes
    trajectory: Trajectory
    presence: torch.Tensor  # (B, K) in [0, 1]
    depth: torch.Tensor  # (B, K), the larger the nearer
    background: torch.Tensor  # (B, G, 3, h, w) at G keyframes


def composite(scene: Scene, times: torch.Tensor, side: int, sharpness: float) -> torch.Tensor:
    """The scene's clips (B, T, 3, side, side) at times (B, T); `sharpness` is the slope of coverage at an edge, per
    pixel of the frame."""
    clips = interpolate_keyframes(scene.background, times)  # (B, T, 3, h, w)
    clips = resize(clips, side)
    if not scene.depth.shape[1]:
        return as_shown(clips)
    colours, cover = warp(scene, times, side, sharpness)  # (B, K, T, 3, H, W), (B, K, T, 1, H, W)
    visible = visibility(cover, scene.depth)  # (B, K, T, 1, H, W)
    return as_shown((1 - visible.sum(1)) * clips + (visible * colours).sum(1))


class AsShown(torch.autograd.Function):
    """Clamps clips, of any shape, to [-1, 1], as a screen shows them. Backwards a pixel that is whiter than white can
    become darker, but not whiter: without a gradient it would stay so, with all of it colours would run away
    (docs/LOG.md#letters-that-look-embossed)."""

    @staticmethod
    def forward(ctx: Any, clips: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(clips)
        return clips.clamp(-1, 1)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (clips,) = ctx.saved_tensors
        outward = ((clips > 1) & (gradient < 0)) | ((clips < -1) & (gradient > 0))  # descent goes against the gradient
        return gradient.masked_fill(outward, 0)


def as_shown(clips: torch.Tensor) -> torch.Tensor:
    """Clips (...) within [-1, 1], with a gradient back into it (`AsShown`)."""
    return AsShown.apply(clips)


def warp(scene: Scene, times: torch.Tensor, side: int, sharpness: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Each layer's colours (B, K, T, 3, side, side) and how much of each pixel it covers (B, K, T, 1, side, side).

    The distance to the edge is sampled, and turned into coverage afterwards: edges are one pixel wide in any size.
    """
    B, T = times.shape
    K, S = scene.textures.shape[1], scene.textures.shape[-1]
    position, size, angle = scene.trajectory.at(times)  # (B, K, T, ...)
    cos, sin, x, y = angle.cos() / size, angle.sin() / size, position[..., 0], position[..., 1]
    rows = [torch.stack([cos, sin, -(cos * x + sin * y)], -1), torch.stack([-sin, cos, sin * x - cos * y], -1)]
    grid = affine_grid(torch.stack(rows, -2).flatten(0, 2), [B * K * T, 4, side, side], align_corners=False)
    textures = interpolate_keyframes(scene.textures.flatten(0, 1), times.repeat_interleave(K, 0))  # (B*K, T, 4, S, S)
    outside = torch.tensor([0.0, 0.0, 0.0, -S / 8], device=times.device)[:, None, None]
    sampled = grid_sample((textures - outside).flatten(0, 1), grid, align_corners=False)  # (B*K*T, 4, H, W)
    sampled = (sampled + outside).view(B, K, T, 4, side, side)
    pixels = (size * side / S)[..., None, None, None]  # the frame's pixels in one of the texture's
    cover = torch.sigmoid(sharpness * pixels * sampled[:, :, :, 3:])
    return sampled[:, :, :, :3], cover * scene.presence[:, :, None, None, None, None]


def visibility(cover: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
    """How much of each pixel shows each layer, (B, K, ...), from what the layers cover (B, K, ...) and their depths
    (B, K); the rest, (1 - cover) multiplied over all layers, is the background's.

    Of two layers that cover a pixel the nearer one is seen, and where they are equally near, half of each.
    """
    K = depth.shape[1]
    if K == 1:
        return cover
    nearer = torch.sigmoid(4 * (depth[:, None] - depth[:, :, None]))  # (B, K, J): how surely J is nearer than K
    nearer = nearer * (1 - torch.eye(K, device=depth.device))
    hidden = nearer.view(*nearer.shape, *[1] * (cover.ndim - 2)) * cover[:, None]  # (B, K, J, ...)
    unhidden = cover * (1 - hidden).prod(2)  # (B, K, ...)
    shown = 1 - (1 - cover).prod(1, keepdim=True)  # (B, 1, ...)
    return unhidden * shown / unhidden.sum(1, keepdim=True).clamp(min=1e-4)


def resize(clips: torch.Tensor, side: int) -> torch.Tensor:
    """Clips (B, T, 3, h, w) -> (B, T, 3, side, side), smoothly."""
    if clips.shape[-1] == side:
        return clips
    frames = interpolate(clips.flatten(0, 1), size=(side, side), mode="bilinear", align_corners=False)
    return frames.unflatten(0, clips.shape[:2])


def interpolate_keyframes(pictures: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """Pictures at F even times (B, F, C, h, w) -> at times (B, T, C, h, w), in straight lines between them."""
    F, T = pictures.shape[1], times.shape[1]
    if F == 1:
        return pictures.expand(-1, T, -1, -1, -1)
    position = times * (F - 1)
    before = position.detach().long().clamp(0, F - 2)  # (B, T)
    rows = torch.arange(len(times), device=times.device)[:, None]
    share = (position - before)[..., None, None, None]
    return torch.lerp(pictures[rows, before], pictures[rows, before + 1], share)
