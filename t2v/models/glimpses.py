"""Where something stands out in a frame, and what is there: crops that the discriminator looks at in full.

The places are those that differ most from what is around them, found one after the other with inhibition of return
(Itti, Koch and Niebur 1998). They are fixed by the pixels alone: nothing is learned, and a gradient passes through
`centroids` alone.
"""

import torch
from torch.nn.functional import avg_pool2d, pad

GRID = 16  # cells a side of the map in which places are found
CENTRE, SURROUND = 3, 11  # sides, in cells, of the boxes whose means are compared
REACH = 3  # cells on either side that belong to a place


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


@torch.no_grad()
def salient_places(salience: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Salience (N, 16, 16) -> the `count` places that stand out most, (N, count, 2), x and y in cells (0 is the middle
    of the first), and how much they do (N, count). Of a frame where nothing stands out, any."""
    cells = torch.arange(GRID, device=salience.device)
    places, strengths = [], []
    for _ in range(count):
        strength, peak = salience.flatten(1).max(1)  # (N,)
        strengths.append(strength)
        x, y = peak % GRID, peak // GRID
        near = ((cells - x[:, None]).abs() <= REACH)[:, None] & ((cells - y[:, None]).abs() <= REACH)[:, :, None]
        mass = salience * near  # (N, 16, 16)
        middle = torch.stack([(mass.sum(1) * cells).sum(1), (mass.sum(2) * cells).sum(1)], 1)
        places.append(middle / mass.sum((1, 2))[:, None].clamp(min=1e-9))
        salience = salience.masked_fill(near, 0)
    return torch.stack(places, 1), torch.stack(strengths, 1)


def centroids(salience: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Where what stands out by a salience (N, 16, 16) about places (N, M, 2) has its middle, (N, M, 2) in cells; with a
    gradient, so that what is at a wrong place is moved."""
    cells = torch.arange(GRID, device=salience.device)
    near = ((cells - places[..., None]).abs() <= REACH + 0.5).to(salience.dtype)  # (N, M, 2, 16)
    mass = salience[:, None] * near[:, :, 0, None] * near[:, :, 1, :, None]  # (N, M, 16, 16)
    middle = torch.stack([(mass.sum(2) * cells).sum(2), (mass.sum(3) * cells).sum(2)], 2)
    return middle / mass.sum((2, 3))[..., None]


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
