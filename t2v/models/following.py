"""Following: how one layer's path may depend on another's, for captions of who does what to whom.

Each layer moves in a frame of reference. The origin of that frame is, at each time, a mixture of the layer's own start
and of where the other layers are, or were a little earlier. So to chase is to stay where another was before, to catch
is to be at one's own start first and at the other's place in the end, and to circle is to go round in its frame.

Sources: attention over things at each time, Vaswani et al. 2017; things that act on one another in pairs, interaction
networks (Battaglia et al. 2016).
"""

import torch
from torch import nn
from torch.nn.functional import normalize

from t2v.models.compositing import at_times
from t2v.models.layers import isru


class Following(nn.Module):
    """The paths of K layers, each by itself -> the same among one another."""

    def __init__(
        self, code_size: int, time_size: int, key_size: int, *, contrast: float, alone: float, longest_lag: float
    ):
        """Cosines are multiplied by `contrast`; an untrained layer keeps by `alone`, a logit, more to its own start
        than to another layer; it is behind another by at most `longest_lag`, a share of the clip."""
        super().__init__()
        self.contrast, self.alone, self.longest_lag = contrast, alone, longest_lag
        self.query = nn.Linear(code_size + time_size, key_size)
        self.key = nn.Linear(code_size, key_size)
        self.lag = nn.Linear(code_size, 1)
        self.offset = nn.Linear(code_size, 2)

    def weights(self, code: torch.Tensor, time_features: torch.Tensor) -> torch.Tensor:
        """Codes (B, K, C) and features (I, F) of times -> how far each layer goes by each other, by itself on the
        diagonal: (B, K, K, I), adding up to 1 over the second K."""
        B, K, _ = code.shape
        times = len(time_features)
        each = torch.cat([code[:, :, None].expand(-1, -1, times, -1), time_features.expand(B, K, -1, -1)], 3)
        queries, keys = normalize(self.query(each), dim=-1), normalize(self.key(code), dim=-1)  # (B, K, I or not, E)
        logits = self.contrast * torch.einsum("bkie,bje->bkji", queries, keys)
        return (logits + self.alone * torch.eye(K, device=code.device)[:, :, None]).softmax(2)

    def forward(self, code: torch.Tensor, time_features: torch.Tensor, paths: torch.Tensor) -> torch.Tensor:
        """Codes (B, K, C), features (I, F) of the times, and paths (B, K, I, 2) from each layer's own start ->
        positions (B, K, I, 2)."""
        B, K, count, _ = paths.shape
        weights = self.weights(code, time_features)  # (B, K, K, I)
        lag = self.longest_lag * isru(self.lag(code))  # (B, K, 1)
        times = torch.linspace(0, 1, count, device=code.device) - lag  # (B, K, I)
        others = at_times(paths[:, None].expand(-1, K, -1, -1, -1).flatten(0, 1), times.flatten(0, 1))
        others = others.unflatten(0, (B, K))  # (B, K, K, I, 2), where each layer sees the others
        itself = torch.eye(K, dtype=torch.bool, device=code.device)[:, :, None, None]
        start = paths[:, :, :1]  # (B, K, 1, 2)
        origin = (weights[..., None] * torch.where(itself, start[:, :, None], others)).sum(2)  # (B, K, I, 2)
        alone = weights.diagonal(dim1=1, dim2=2).permute(0, 2, 1)[..., None]  # (B, K, I, 1)
        positions = origin + (1 - alone) * isru(self.offset(code))[:, :, None] + paths - start
        # within the frame, but gradients pass as if there were no wall: what has left it would never be seen again
        return positions + (positions.clamp(-1, 1) - positions).detach()
