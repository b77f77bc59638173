"""Scenes to frames, in batched torch on any device: shapes as signed distances, one's own things as sprites.

Clips are (B, T, 3, H, W) float in [-1, 1]; frames for files are (B, T, H, W, 3) uint8. Lengths are shares of the
frame, times are in [0, 1], angles are in turns.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from t2v.config import FRAMES
from t2v.data.scenes import STAR_INNER_RADIUS, WEDGE_TURNS, Scenes, trajectory
from t2v.data.sprites import Sprites, draw, over
from t2v.media.clips import to_uint8
from t2v.system.threads import one_thread

PIXELS_PER_PIECE = 2**17  # rendering so many at once stays in the processor's cache
GPU_PIXELS_PER_PIECE = 2**24  # or in little of a GPU's memory
MARGIN_PX = 5  # a box has so many pixels more than its shape: for soft edges, sharp tips and rounding


def render(
    scenes: Scenes,
    *,
    frames: int = FRAMES,
    frame_size_px: int = 64,
    times: torch.Tensor | None = None,
    things: Sprites | None = None,
) -> torch.Tensor:
    """Clips (B, T, 3, H, W) float in [-1, 1], anti-aliased, at `times` (B, T) or at `frames` even times.

    `things` are the pictures of the scenes that show no shape.
    """
    times = scenes.times(frames, times)
    if times.is_cuda:
        clips = render_without_waiting(scenes, times, frame_size_px)
    else:
        clips = _render_boxes(scenes, times, frame_size_px)
    for rows, drawn in _draw_things(scenes, times, frame_size_px, things):
        clips[rows] = drawn
    return clips


def _render_boxes(scenes: Scenes, times: torch.Tensor, frame_size_px: int) -> torch.Tensor:
    """`render` for a processor."""
    clips = torch.ones(*times.shape, 3, frame_size_px, frame_size_px, device=times.device)
    frame, channel = (torch.arange(count, device=times.device) for count in (times.shape[1], 3))
    for rows, corner, coverage in _boxes(scenes, times, frame_size_px):
        ink = (scenes.rgb[rows] - 1) * 2  # from white, in [-1, 1] units
        boxes = 1 + coverage[:, :, None] * ink[:, None, :, None, None]  # (b, T, 3, S, S)
        side = torch.arange(coverage.shape[-1], device=times.device)
        x, y = (corner[..., None] + side).unbind(2)  # (b, T, S)
        plane = (rows[:, None] * times.shape[1] + frame)[..., None] * 3 + channel  # (b, T, 3)
        line = plane[..., None] * frame_size_px + y[:, :, None]  # (b, T, 3, S)
        clips.put_(line[..., None] * frame_size_px + x[:, :, None, None], boxes)
    return clips


def render_without_waiting(
    scenes: Scenes, times: torch.Tensor, frame_size_px: int, *, pixels_per_piece: int = GPU_PIXELS_PER_PIECE
) -> torch.Tensor:
    """`render` for a GPU: every pixel of every frame by all four shapes, of which each scene's is taken.

    More arithmetic than boxes, but nothing asks the device how large something is, which costs more than the pixels.
    """
    clips = torch.empty(*times.shape, 3, frame_size_px, frame_size_px, device=times.device)
    ink = (scenes.rgb - 1)[:, None, :, None, None] * 2  # from white, in [-1, 1] units
    piece = max(1, pixels_per_piece // (times.shape[1] * frame_size_px**2))
    for first in range(0, len(scenes), piece):
        rows = slice(first, first + piece)
        shape = scenes.shape[rows, None, None, None]

        def distance(x: torch.Tensor, y: torch.Tensor, shape: torch.Tensor = shape) -> torch.Tensor:
            distance = SHAPE_DISTANCES[0](x, y)
            for number, other in enumerate(SHAPE_DISTANCES[1:], 1):
                distance = torch.where(shape == number, other(x, y), distance)
            return distance

        _, coverage = _cover(distance, scenes[rows], times[rows], frame_size_px, frame_size_px, True)
        torch.addcmul(clips.new_ones(()), coverage[:, :, None], ink[rows], out=clips[rows])
    return clips


def _draw_things(
    scenes: Scenes, times: torch.Tensor, frame_size_px: int, things: Sprites | None
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Pieces of the scenes that show a thing: their rows (b,) and their clips (b, T, 3, H, W)."""
    if things is None:
        return
    of_things = (scenes.shape >= len(SHAPE_DISTANCES)).nonzero()[:, 0]
    for rows in of_things.split(max(1, PIXELS_PER_PIECE // (times.shape[1] * frame_size_px**2))):
        which = scenes.shape[rows] - len(SHAPE_DISTANCES)
        layers = draw(things, which, *trajectory(scenes[rows], times[rows]), frame_size_px=frame_size_px)
        yield rows, over(layers.new_ones(()), layers)


@one_thread()
def render_frames(
    scenes: Scenes,
    *,
    frames: int = FRAMES,
    frame_size_px: int = 64,
    times: torch.Tensor | None = None,
    things: Sprites | None = None,
) -> np.ndarray:
    """The same as frames (B, T, H, W, 3) uint8, several times faster than by way of floats."""
    times = scenes.times(frames, times)
    clips = np.full((*times.shape, frame_size_px, frame_size_px, 3), 255, np.uint8)
    frame = np.arange(times.shape[1])
    for rows, corner, coverage in _boxes(scenes, times, frame_size_px):
        b, T, S, _ = coverage.shape
        ink = ((scenes.rgb[rows] - 1) * 255)[:, None, None, None]  # (b, 1, 1, 1, 3), from white
        boxes = np.empty((b, T, S, S, 3), np.uint8)
        for channel in range(3):  # NumPy rounds to bytes five times faster than torch
            boxes[..., channel] = (coverage * ink[..., channel]).add_(255.5).numpy().astype(np.uint8)
        places = sliding_window_view(clips, (S, S), (2, 3), writeable=True)  # (B, T, y, x, 3, S, S)
        x, y = corner.unbind(2)
        places[rows.numpy()[:, None], frame, y.numpy(), x.numpy()] = boxes.transpose(0, 1, 4, 2, 3)
    for rows, drawn in _draw_things(scenes, times, frame_size_px, things):
        clips[rows.numpy()] = to_uint8(drawn)
    return clips


def _boxes(
    scenes: Scenes, times: torch.Tensor, frame_size_px: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Pieces of the scenes: their rows (b,), and of the box that holds all ink of each frame the corner (b, T, 2), x
    and y in pixels, and how much of each pixel is covered (b, T, S, S). Most of a frame is white and costs nothing."""
    reach, drawing = scenes.radius.amax(1), 2 * scenes.shape + scenes.wedge  # (B,) each
    for shape, turning in [divmod(number, 2) for number in drawing.unique().tolist()]:
        if shape >= len(SHAPE_DISTANCES):
            continue  # a thing of one's own, which is drawn from its picture
        rows = (drawing == 2 * shape + turning).nonzero()[:, 0]
        rows = rows[reach[rows].argsort()]
        while len(rows):
            side = min(frame_size_px, math.ceil(2 * reach[rows[0]].item() * frame_size_px) + MARGIN_PX)
            piece = rows[: max(1, PIXELS_PER_PIECE // (times.shape[1] * side**2))]
            rows = rows[len(piece) :]
            side = min(frame_size_px, math.ceil(2 * reach[piece[-1]].item() * frame_size_px) + MARGIN_PX)
            distance = SHAPE_DISTANCES[shape]
            yield piece, *_cover(distance, scenes[piece], times[piece], frame_size_px, side, bool(turning))


def _cover(
    distance: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    scenes: Scenes,
    times: torch.Tensor,
    frame_size_px: int,
    side_px: int,
    turning: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The corners (B, T, 2) and the coverage (B, T, S, S) of boxes around scenes of one shape."""
    centre, radius, angle = trajectory(scenes, times)
    corner, x, y = box_around(centre, radius, side_px, frame_size_px)
    if turning:  # all others are upright
        x, y = turned_back(x, y, angle)  # (B, T, S, S), in the shape's own axes
    pixels_per_radius = (radius * frame_size_px)[..., None, None]
    coverage = distance(x, y).mul_(-pixels_per_radius).add_(0.5).clamp_(0, 1)  # (B, T, S, S)
    if turning:
        half = math.pi * WEDGE_TURNS
        outside = x.abs() * math.cos(half) - y * math.sin(half)  # the wedge points down, between two corners
        uncut = outside.mul_(pixels_per_radius).add_(0.5).clamp_(0, 1)
        coverage = coverage * torch.where(scenes.wedge[:, None, None, None], uncut, 1.0)
    return corner, coverage


def box_around(
    centre: torch.Tensor, radius: torch.Tensor, side_px: int, frame_size_px: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Boxes inside the frame around things with centres (B, T, 2) and radii (B, T): their corners (B, T, 2), x and y in
    pixels, and how far their pixels are from the centre, across (B, T, 1, S) and down (B, T, S, 1), in radii."""
    corner = (centre * frame_size_px - side_px / 2).round().clamp(0, frame_size_px - side_px)  # (B, T, 2)
    pixel = (corner[..., None] + torch.arange(side_px, device=centre.device) + 0.5) / frame_size_px  # (B, T, 2, S)
    from_centre = (pixel - centre[..., None]) / radius[..., None, None]
    return corner.long(), from_centre[:, :, 0, None, :], from_centre[:, :, 1, :, None]


def turned_back(x: torch.Tensor, y: torch.Tensor, angle: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Places as a thing sees them that is turned by angles (B, T): (B, T, S, S) each."""
    cos, sin = (f(2 * math.pi * angle)[..., None, None] for f in (torch.cos, torch.sin))
    return cos * x + sin * y, cos * y - sin * x


def _circle(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x * x + y * y).sqrt_().sub_(1)


def _square(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.maximum(x.abs(), y.abs()) - math.sqrt(0.5)


def _triangle(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.maximum(y, x.abs() * math.sqrt(0.75) - y / 2) - 0.5


def _star(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Folded along its mirror lines onto half an arm, which one straight edge bounds; the first tip points up."""
    x, y = x.abs(), -y
    for turns in (0.3, 0.1):  # angles from the tip: [0, 180] degrees folded onto [0, 108], then onto [-36, 36]
        normal_x, normal_y = math.cos(2 * math.pi * turns), -math.sin(2 * math.pi * turns)
        beyond = 2 * (x * normal_x + y * normal_y).clamp(min=0)
        x, y = x - beyond * normal_x, y - beyond * normal_y
    x = x.abs()
    notch_x, notch_y = (STAR_INNER_RADIUS * f(math.pi / 5) for f in (math.sin, math.cos))
    edge_x, edge_y = notch_x, notch_y - 1  # from the tip (0, 1) to the notch
    length = math.hypot(edge_x, edge_y)
    return (-(x * edge_y) + (y - 1) * edge_x) / length


# Signed distance from the outline, in units of the circumscribed circle's radius; y points down. Beyond a corner the
# value is that of the nearest straight edge, which keeps corners crisp.
SHAPE_DISTANCES = (_circle, _square, _triangle, _star)  # in the order of prompts.SHAPES
