"""Does a model of few clips draw new ones, or the clips that it was shown?

Clips are compared as 8 frames of 16 x 16 pixels, by the root of their mean squared difference. A drawn clip counts as a
copy when it is nearer to a training clip than half of what training clips usually are from their own nearest.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool3d

from t2v.data.clip_folder import ClipFolder
from t2v.media.clips import to_tensor
from t2v.sampler import Sampler
from t2v.system.messages import Message

DRAWN = 32  # clips that are compared
FRAMES, SIDE = 8, 16
COPY_BELOW = 0.5  # of the usual distance between training clips
SAME_BELOW = 0.02  # of the range from -1 to 1: two training clips that do not differ more are one
COPIES_MUCH = 0.25  # share of copies from which the page warns


def fingerprints(clips: Sequence[np.ndarray] | np.ndarray) -> torch.Tensor:
    """Clips (T, H, W, 3) uint8 of any sizes -> (N, 8 * 16 * 16 * 3)."""
    small = [adaptive_avg_pool3d(to_tensor(clip).transpose(0, 1), (FRAMES, SIDE, SIDE)) for clip in clips]
    return torch.stack(small).flatten(1)


def copying(sampler: Sampler, folder: ClipFolder) -> dict:
    """How near drawn clips of the folder's captions are to its clips.

    `clips` of the folder, `copies`, a share of the drawn ones, and medians: `distance` of drawn clips to their nearest
    training clip, `usual` of training clips to theirs.
    """
    captions = list(folder.captions)
    prompts = [captions[i % len(captions)] for i in range(DRAWN)]
    drawn = fingerprints(sampler(prompts, seeds=range(DRAWN), frames=FRAMES))
    known = fingerprints(folder.readable(range(len(folder))))
    pixels = known.shape[1] ** 0.5
    among = torch.cdist(known, known) / pixels
    others = among.masked_fill(among < SAME_BELOW, torch.inf).amin(1)  # a clip that lies there twice is no other
    others = others[others.isfinite()]
    usual = others.median().item() if len(others) else 1.0
    nearest = torch.cdist(drawn, known).amin(1) / pixels
    return {
        "clips": len(known),
        "copies": round((nearest < COPY_BELOW * usual).float().mean().item(), 3),
        "distance": round(nearest.median().item(), 4),
        "usual": round(usual, 4),
    }


def say_copying(figures: dict) -> Message:
    """What was found, in one sentence."""
    compared = Message(
        "nearest training clip at {distance:.2f}, training clips from one another {usual:.2f}",
        **{name: figures[name] for name in ("distance", "usual")},
    )
    values = {"copies": figures["copies"], "clips": figures["clips"], "compared": compared}
    if figures["copies"] >= COPIES_MUCH:
        return Message("{copies:.0%} of its clips copy one of the {clips} that it was shown ({compared}).", **values)
    return Message("Its clips are its own: {copies:.0%} copy one of the {clips} it was shown ({compared}).", **values)
