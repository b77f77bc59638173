"""Which of several layers a caption needs: a decision of each layer, drawn in full or not at all.

Its words decide, not what a layer is: `bird` looks the same beside a circle and alone. Nothing between being there and
not is real, so no gradient leads from one to the other; it is learned from what clips with a layer and without it are
like (`gan.layered.LayeredGAN.presence_policy_loss`).

Source: layers that are present or not, AIR (Eslami et al. 2016).
"""

import torch
from torch import nn

SHOWN = 0.5  # an untrained layer's logit; of one that is not shown, its negative


class Presence(nn.Module):
    """Tokens (B, L) -> logits (B, K): layers are shown where theirs is above 0. The words' own logits add up:
    `and`, `three`, `chasing`."""

    def __init__(self, words: int, layers: int):
        super().__init__()
        self.word_logits = nn.Embedding(words + 1, layers, padding_idx=0)
        self.bias = nn.Parameter(torch.empty(layers))
        self.show(layers)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.word_logits(tokens).sum(1) + self.bias

    @torch.no_grad()
    def show(self, count: int) -> None:
        """Let an untrained generator show the first layers alone, so many, whatever the caption."""
        self.word_logits.weight.zero_()
        self.bias.fill_(-SHOWN)
        self.bias[:count] = SHOWN


def shown(logits: torch.Tensor, slope: float) -> torch.Tensor:
    """Logits (...) -> how much is shown, in [0, 1], the steeper by `slope` the seldomer in between; no gradient."""
    return torch.sigmoid(slope * logits.detach())
