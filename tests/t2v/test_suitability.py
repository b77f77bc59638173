"""What training says of clips before it begins."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from t2v.config import ModelConfig
from t2v.data.folder import ClipFolder
from t2v.data.suitability import suitability


def folder_of(*clips: np.ndarray) -> ClipFolder:
    return ClipFolder(["a caption"] * len(clips), ["clip"] * len(clips), lambda i: clips[i])


def discs(count: int) -> np.ndarray:
    """So many discs that cross a green ground, (10, 64, 64, 3) uint8."""
    frames = []
    for t in range(10):
        picture = Image.new("RGB", (64, 64), "green")
        for row in range(count):
            x, y = 5 + 5 * t, 8 + 15 * row
            ImageDraw.Draw(picture).ellipse((x - 5, y - 5, x + 5, y + 5), "white")
        frames.append(np.asarray(picture))
    return np.stack(frames)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_as_many_layers_as_things_move(count):
    found = suitability(folder_of(*[discs(count)] * 3))
    assert found.things == count and found.model(ModelConfig()).layers == count
    assert found.sentence().endswith("the model can draw such clips")


def test_more_things_than_layers_are_told():
    found = suitability(folder_of(discs(4)))
    assert found.model(ModelConfig()).layers == 3
    assert "up to 3, so some will be left out" in found.sentence()


def test_a_picture_that_moves_as_a_whole_is_told():
    noise = np.random.default_rng(0).integers(0, 256, (10, 64, 64, 3), dtype=np.uint8)
    assert "will blur these clips" in suitability(folder_of(noise)).sentence()


def test_clips_in_which_nothing_moves_are_told():
    still = np.repeat(discs(1)[:1], 10, 0)
    assert "hardly anything moves" in suitability(folder_of(still)).sentence()
    assert suitability(folder_of(still)).model(ModelConfig()).layers == 1
