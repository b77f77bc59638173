"""Where several layers begin: of a few candidates the first with which the layers that are shown lie least over one
another on their ways, as things of a scene seldom do. Half hidden, neither is learned nor recognised
(docs/LOG.md#layers-that-keep-apart).

Sources: best-candidate sampling (Mitchell 1991), candidates by rotation (Cranley and Patterson 1976).
"""

from collections.abc import Callable

import torch

GOLDEN = 0.6180339887498949  # its multiples are spread evenly over [0, 1)
EDGE = 1e-4  # of shares, whose noise is finite within
EARLIER = 1e-4  # so much more two layers may lie over one another in a candidate that comes one earlier


def candidates(noise: torch.Tensor, count: int) -> torch.Tensor:
    """Noise (B, K, 2), standard normal -> `count` noises (count, B, K, 2) as likely as it, the first it itself: each
    layer's share of the frame rotated, another way across, down and for each layer, and pair of layers: by squares."""
    K = noise.shape[1]
    rates = GOLDEN * torch.arange(1, 2 * K + 1, device=noise.device).square().reshape(K, 2)
    turns = torch.arange(count, device=noise.device)[:, None, None, None] * rates  # (count, 1, K, 2)
    shares = (torch.special.ndtr(noise) + turns) % 1
    return torch.cat([noise[None], torch.special.ndtri(shares[1:].clamp(EDGE, 1 - EDGE))])


def overlap(positions: torch.Tensor, sizes: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """Positions (..., B, K, I, 2) of layers of these sizes (B, K, I), of which some are shown (B, K) -> how far pairs
    of these lie over one another when they do most, together (..., B)."""
    apart = (positions[..., :, None, :, :] - positions[..., None, :, :, :]).norm(dim=-1)  # (..., B, K, K, I)
    within = sizes[:, :, None] + sizes[:, None] - apart
    pairs = (shown[:, :, None] & shown[:, None]).triu(1)  # (B, K, K)
    return (within.amax(-1).clamp(min=0) * pairs).sum((-2, -1))


@torch.no_grad()
def keep_apart(
    noise: torch.Tensor,
    positions_of: Callable[[torch.Tensor], torch.Tensor],
    sizes: torch.Tensor,
    shown: torch.Tensor,
    *,
    count: int,
) -> torch.Tensor:
    """Noise of places (B, K, 2) -> that of the best of `count` candidates. `positions_of` makes positions (C, B, K, I,
    2) of noises (C, B, K, 2)."""
    noises = candidates(noise, count)
    later = EARLIER * torch.arange(count, device=noise.device)[:, None]
    best = (overlap(positions_of(noises), sizes, shown) + later).argmin(0)  # (B,)
    return noises[best, torch.arange(len(noise), device=noise.device)]
