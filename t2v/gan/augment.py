"""DiffAugment for clips: what the discriminator sees of few clips is changed a little, real and generated alike.

So it cannot learn few real clips by heart (Zhao et al. 2020, differentiable augmentation). Every frame of a clip is
changed alike, and nothing that a caption says: no flip, as left is not right; no cut-out, as it could hide the one
small thing; colours stay what they are called. Clips are (B, T, 3, H, W) about in [-1, 1].
"""

import torch
from torch.nn.functional import pad

DRAWS = 5  # random numbers in [0, 1) that a clip takes
BRIGHTNESS, SATURATION, CONTRAST = 0.2, 0.3, 0.3  # whole ranges, around no change
TRANSLATION = 1 / 8  # of a side, each way


def augment(clips: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """Clips with other light, and moved, as draws (B, DRAWS) in [0, 1) say."""
    brightness, saturation, contrast, *_ = (draws - 0.5).view(*draws.shape, 1, 1, 1, 1).unbind(1)  # (B, 1, 1, 1, 1)
    grey = clips.mean(2, keepdim=True)
    clips = grey + (clips - grey) * (1 + SATURATION * saturation)
    usual = clips.mean((1, 2, 3, 4), keepdim=True)
    clips = usual + (clips - usual) * (1 + CONTRAST * contrast) + BRIGHTNESS * brightness
    return translate(clips, draws[:, 3:])


def translate(clips: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """Clips moved by whole pixels, as draws (B, 2) say; what comes in from outside looks like the edge."""
    B, T, _, H, W = clips.shape
    reach = round(TRANSLATION * W)
    padded = pad(clips.flatten(0, 1), (reach,) * 4, mode="replicate").unflatten(0, (B, T))
    corner = (draws * (2 * reach + 1)).long()  # (B, 2), x and y
    across = corner[:, 0, None] + torch.arange(W, device=clips.device)  # (B, W)
    down = corner[:, 1, None] + torch.arange(H, device=clips.device)
    row = torch.arange(B, device=clips.device)[:, None, None]
    return padded[row, :, :, down[:, :, None], across[:, None]].permute(0, 3, 4, 1, 2)  # (B, T, 3, H, W)
