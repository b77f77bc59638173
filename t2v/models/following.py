"""Following: how one layer's path may depend on another's, for captions of who does what to whom.

Each layer has a path of its own. Where words say so it goes around where another layer is, or was a little earlier, or
will be; across and down each by itself, and fully, in part, or away from it. So to chase is to stay where another was
before, to be left of it is to be level with it and at a distance, and to circle it is to move around it. Untrained, no
layer follows another.

Sources: things that act on one another in pairs, interaction networks (Battaglia et al. 2016); by queries and keys,
Vaswani et al. 2017, here with a sign and not adding up to 1.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import normalize

from t2v.models.compositing import at_times
from t2v.models.layers import isru


class ReferenceFrames(NamedTuple):
    """The frames of reference that K layers move in, at I times."""

    weights: torch.Tensor  # (B, K, K, I, 2), how far layer k follows layer j, across and down, below 0 away; itself 0
    lag: torch.Tensor  # (B, K, I), how far it is behind the others, or ahead of them, as a share of the clip
    offset: torch.Tensor  # (B, K, I, 2), where it is beside the others, as far as it follows

    def positions(self, paths: torch.Tensor, wall: torch.Tensor) -> torch.Tensor:
        """Paths (C, B, K, I, 2) of the layers each by itself, C times -> the same among one another, not beyond a wall
        (B, K, 1) on either side of the middle of the frame."""
        C, B, K, count, _ = paths.shape
        times = torch.linspace(0, 1, count, device=paths.device) - self.lag  # (B, K, I)
        others = paths[:, :, None].expand(-1, -1, K, -1, -1, -1)  # (C, B, K, K, I, 2)
        others = at_times(others.flatten(0, 2), times.expand(C, -1, -1, -1).flatten(0, 2)).unflatten(0, (C, B, K))
        middle = (paths.amax(3, keepdim=True) + paths.amin(3, keepdim=True)) / 2  # (C, B, K, 1, 2)
        away = others - middle[:, :, :, None]  # (C, B, K, K, I, 2), from one's own path
        offset = self.weights.abs().sum(2).clamp(max=1) * self.offset  # (B, K, I, 2)
        positions = paths + (self.weights * away).sum(3) + offset
        wall = wall.clamp(min=0)[..., None]  # beyond it there is no gradient: nothing is pushed further out
        return positions.maximum(-wall).minimum(wall)


class Following(nn.Module):
    """What layers are and the words of their motions -> whom each of them follows, and how."""

    def __init__(self, code_size: int, motion_size: int, key_size: int, *, weight: float, lag: float):
        """A layer follows another by at most `weight`, 1 for fully, and is behind it, or ahead, by at most `lag`, as a
        share of the clip."""
        super().__init__()
        self.largest_weight, self.longest_lag = weight, lag
        self.query = nn.Linear(code_size + motion_size, 2 * key_size)  # across, and down
        self.key = nn.Linear(code_size, key_size)
        self.where = nn.Linear(code_size + motion_size, 3)  # lag, and offset

    @torch.no_grad()
    def zero_init_(self) -> None:
        """Let no layer follow another."""
        for weights in (*self.query.parameters(), *self.where.parameters()):
            weights.zero_()

    def forward(self, code: torch.Tensor, motion: torch.Tensor, drawn: torch.Tensor) -> ReferenceFrames:
        """Codes (B, K, C), features of the words of the motion and of time (B, K, I, M), and which layers are drawn (B,
        K): others do not count."""
        K = code.shape[1]
        each = torch.cat([code[:, :, None].expand(-1, -1, motion.shape[2], -1), motion], 3)  # (B, K, I, C + M)
        queries, keys = self.query(each).unflatten(3, (2, -1)), normalize(self.key(code), dim=-1)
        weights = torch.einsum("bkiae,bje->bkjia", queries, keys)  # (B, K, K, I, 2)
        others = drawn[:, None] & ~torch.eye(K, dtype=torch.bool, device=code.device)  # (B, K, K)
        weights = self.largest_weight * isru(weights / self.largest_weight).masked_fill(~others[..., None, None], 0)
        lag, offset = self.where(each).split([1, 2], 3)
        return ReferenceFrames(weights, self.longest_lag * isru(lag[..., 0]), isru(offset))
