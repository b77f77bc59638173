"""Where something stands out in a frame, and what is there: crops that the discriminator looks at in full.

The places are those that differ most from what is around them, found one after the other with inhibition of return
(Itti, Koch and Niebur 1998). They are fixed by the pixels alone: nothing is learned, and a gradient passes through
`centroids` alone.
"""

from typing import NamedTuple

import torch
from torch.nn.functional import avg_pool2d, pad

GRID = 16  # cells a side of the map in which places are found
CENTRE, SURROUND = 3, 11  # sides, in cells, of the boxes whose means are compared
REACH = 3  # cells on either side that belong to a place
FAINT = 0.01  # salience that nobody would notice


def shrink(pictures: torch.Tensor, side: int) -> torch.Tensor:
    """Pictures (..., H, W) -> (..., side, side), by means of 2 x 2 pixels: torch's own pooling takes six times as long
    on a processor."""
    while pictures.shape[-1] > side:
        rows = pictures[..., ::2, :] + pictures[..., 1::2, :]  # (..., H / 2, W)
        pictures = (rows[..., ::2] + rows[..., 1::2]) / 4  # (..., H / 2, W / 2)
    return pictures


def salience_of(frames: torch.Tensor) -> torch.Tensor:
    """Frames (N, C, H, W) -> how much each cell of a 16 x 16 map differs from what is around it (N, 16, 16)."""
    small = shrink(frames, GRID)  # (N, C, 16, 16)
    centre = avg_pool2d(small, CENTRE, 1, CENTRE // 2, count_include_pad=False)
    surround = avg_pool2d(small, SURROUND, 1, SURROUND // 2, count_include_pad=False)
    return (centre - surround).square().sum(1) + 1e-6


class SalientPlaces(NamedTuple):
    """The M places that stand out most in N frames, the most first; of a frame where nothing stands out, any."""

    places: torch.Tensor  # (N, M, 2), x and y in cells, 0 the middle of the first
    strengths: torch.Tensor  # (N, M), how much they stand out
    windows: torch.Tensor  # (N, M, 16, 16), 1 at the cells of each: near its peak, and of no place before


@torch.no_grad()
def salient_places(salience: torch.Tensor, count: int) -> SalientPlaces:
    """Salience (N, 16, 16) -> its `count` places."""
    cells = torch.arange(GRID, device=salience.device)
    left = torch.ones_like(salience)  # where nothing has been taken yet
    places, strengths, windows = [], [], []
    for _ in range(count):
        strength, peak = (salience * left).flatten(1).max(1)  # (N,)
        strengths.append(strength)
        x, y = peak % GRID, peak // GRID
        near = ((cells - x[:, None]).abs() <= REACH)[:, None] & ((cells - y[:, None]).abs() <= REACH)[:, :, None]
        windows.append(left * near)
        mass = salience * windows[-1]  # (N, 16, 16)
        middle = torch.stack([(mass.sum(1) * cells).sum(1), (mass.sum(2) * cells).sum(1)], 1)
        places.append(middle / mass.sum((1, 2))[:, None].clamp(min=1e-9))
        left = left.masked_fill(near, 0)
    return SalientPlaces(torch.stack(places, 1), torch.stack(strengths, 1), torch.stack(windows, 1))


def centroids(salience: torch.Tensor, salient: SalientPlaces) -> torch.Tensor:
    """Where what stands out by a salience (N, 16, 16) in the windows of places has its middle, (N, M, 2) in cells; with
    a gradient, so that what is at a wrong place is moved. Where hardly anything does, the place itself: the middle of
    next to nothing jumps."""
    cells = torch.arange(GRID, device=salience.device) - salient.places[..., None]  # (N, M, 2, 16), from the places
    mass = salience[:, None] * salient.windows  # (N, M, 16, 16)
    moments = torch.stack([(mass.sum(2) * cells[:, :, 0]).sum(2), (mass.sum(3) * cells[:, :, 1]).sum(2)], 2)
    return salient.places + moments / (mass.sum((2, 3)) + FAINT)[..., None]


def crop(pictures: torch.Tensor, places: torch.Tensor, side: int) -> torch.Tensor:
    """Pictures (N, C, H, H) around places (N, M, 2) in cells -> (N, M, C, side, side), in whole pixels; 0 beyond the
    frame."""
    full, margin = pictures.shape[-1], side // 2
    padded = pad(pictures, (margin,) * 4)  # (N, C, H + side, H + side)
    corner = ((places + 0.5) * full / GRID).round().nan_to_num().long()  # in the padded picture: where crops begin
    line = torch.arange(side, device=pictures.device)
    rows, columns = corner[..., 1, None] + line, corner[..., 0, None] + line  # (N, M, side)
    pixels = (rows[..., None] * padded.shape[-1] + columns[:, :, None]).flatten(1)  # (N, M * side * side)
    crops = padded.flatten(2).gather(2, pixels[:, None].expand(-1, pictures.shape[1], -1))
    return crops.unflatten(2, (places.shape[1], side, side)).transpose(1, 2)
