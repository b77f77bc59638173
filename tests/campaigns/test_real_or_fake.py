"""Whether the classifier that is to tell generated clips from real ones tells what can be told, and nothing else."""

import pytest
import torch
from real_or_fake import as_input, share_right

from t2v.data import scenes
from t2v.evaluation.observe import draw_real


def real_clips(seed: int) -> torch.Tensor:
    _, attributes, _ = scenes.sample("shapes", seed, torch.arange(96))
    return as_input(draw_real("shapes", attributes, seed=seed, frame_size_px=32))


@pytest.mark.slow
def test_a_shade_is_told_and_other_real_clips_are_not():
    first, second = real_clips(1), real_clips(2)
    assert share_right(0.5 * first, second, clips=64, steps=60) > 0.9
    assert share_right(first, second, clips=64, steps=60) < 0.75
