"""What a result holds besides its figures: how to repeat it, and a few clips that failed."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch

from t2v import __version__
from t2v.checkpoint.release import first_world
from t2v.config import FRAMES
from t2v.evaluation.observe import PromptSampler

FAILURES_KEPT = 24  # of a part
Item = TypeVar("Item")


def how_to_repeat(sampler: PromptSampler, *, clips: int, seed: int, **versions: Any) -> dict:
    """All that decides the figures; `versions` are those of the result's format and of the readers."""
    release = getattr(sampler, "release", None)
    name, digest = (release.name, release.weights_sha256) if release else (None, None)
    first = first_world(sampler.grammar, release.training) if release else None
    return {
        **versions,
        **({"first_world": first} if first else {}),  # which showed what is unseen in the grammar's own
        "checkpoint": {"name": name, "weights_sha256": digest},
        "versions": {"t2v": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "grammar": sampler.grammar,
        "clips": clips,
        "seed": seed,
        "frames": FRAMES,
    }


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, evenly spread over all."""
    return [items[i] for i in np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)]
