"""Following: how one layer's path may depend on another's, for captions of who does what to whom.

Each layer moves in a frame of reference: by itself where it began, or else its path goes around where another layer is,
or was a little earlier, or will be. So to chase is to stay where another was before, to catch is to be where one began
at first and at the other's place in the end, and to circle or to pass is to move around the other.

Sources: attention over things at each time, Vaswani et al. 2017; things that act on one another in pairs, interaction
networks (Battaglia et al. 2016).
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import normalize

from t2v.models.compositing import at_times
from t2v.models.layers import isru


class ReferenceFrames(NamedTuple):
    """The frames of reference that K layers move in, at I times."""

    weights: torch.Tensor  # (B, K, K, I), how far each layer goes by each; on the diagonal by itself; adds up to 1
    lag: torch.Tensor  # (B, K, I), how far it is behind the others, or ahead of them, as a share of the clip
    offset: torch.Tensor  # (B, K, I, 2), where it is beside the others

    def positions(self, paths: torch.Tensor) -> torch.Tensor:
        """Paths (C, B, K, I, 2) of the layers each by itself, C times -> the same among one another, in the frame."""
        C, B, K, count, _ = paths.shape
        times = torch.linspace(0, 1, count, device=paths.device) - self.lag  # (B, K, I)
        others = paths[:, :, None].expand(-1, -1, K, -1, -1, -1)  # (C, B, K, K, I, 2)
        others = at_times(others.flatten(0, 2), times.expand(C, -1, -1, -1).flatten(0, 2)).unflatten(0, (C, B, K))
        middle = (paths.amax(3, keepdim=True) + paths.amin(3, keepdim=True)) / 2  # (C, B, K, 1, 2)
        away = others + (self.offset - middle)[:, :, :, None]  # (C, B, K, K, I, 2), from one's own path
        itself = torch.eye(K, dtype=torch.bool, device=paths.device)[:, :, None]
        positions = paths + (self.weights.masked_fill(itself, 0)[..., None] * away).sum(3)
        # within the frame, but gradients pass as if there were no wall: what has left it would never be seen again
        return positions + (positions.clamp(-1, 1) - positions).detach()


class Following(nn.Module):
    """What layers are and the words of their motions -> whom each of them follows, and how."""

    def __init__(self, code_size: int, motion_size: int, key_size: int, *, contrast: float, alone: float, lag: float):
        """Cosines are multiplied by `contrast`; an untrained layer keeps by `alone`, a logit, more to its own path than
        to another layer; it is behind another, or ahead, by at most `lag`, a share of the clip."""
        super().__init__()
        self.contrast, self.alone, self.longest_lag = contrast, alone, lag
        self.query = nn.Linear(code_size + motion_size, key_size)
        self.key = nn.Linear(code_size, key_size)
        self.where = nn.Linear(code_size + motion_size, 3)  # lag, and offset

    def forward(self, code: torch.Tensor, motion: torch.Tensor, drawn: torch.Tensor) -> ReferenceFrames:
        """Codes (B, K, C), features of the words of the motion and of time (B, K, I, M), and which layers are drawn (B,
        K): others do not count."""
        K = code.shape[1]
        each = torch.cat([code[:, :, None].expand(-1, -1, motion.shape[2], -1), motion], 3)  # (B, K, I, C + M)
        queries, keys = normalize(self.query(each), dim=-1), normalize(self.key(code), dim=-1)  # (B, K, I or not, E)
        logits = self.contrast * torch.einsum("bkie,bje->bkji", queries, keys)
        itself = torch.eye(K, dtype=torch.bool, device=code.device)
        logits = logits + self.alone * itself[:, :, None]
        logits = logits.masked_fill(~(drawn[:, None] | itself)[..., None], -torch.inf)
        lag, offset = self.where(each).split([1, 2], 3)
        return ReferenceFrames(logits.softmax(2), self.longest_lag * isru(lag[..., 0]), isru(offset))
