"""Sprites are where they are asked for, as large and as turned, in frames of any size."""

import numpy as np
import pytest
import torch

from t2v.data.sprites import SPRITE_PX, draw, make_sprites, over


@pytest.fixture(scope="module")
def sprites():
    """A black disc with a red mark at its top, and a blue one with a green mark on its left."""
    line = (np.arange(SPRITE_PX) + 0.5) / SPRITE_PX * 2 - 1
    x, y = np.meshgrid(line, line)
    first, second = (np.zeros((SPRITE_PX, SPRITE_PX, 4), np.uint8) for _ in range(2))
    for picture, colour in ((first, (0, 0, 0, 255)), (second, (0, 0, 255, 255))):
        picture[x**2 + y**2 < 1] = colour
    first[x**2 + (y + 0.7) ** 2 < 0.06] = (255, 0, 0, 255)
    second[(x + 0.7) ** 2 + y**2 < 0.06] = (0, 255, 0, 255)
    return make_sprites([first, second])


def clip_of(sprites, which=0, *, centre=(0.5, 0.5), radius=0.2, angle=0.0, size_px=64, mirrored=None):
    """One layer (4, H, W)."""
    position, one = torch.tensor(centre).view(1, 1, 2), torch.ones(1, 1)
    flipped = None if mirrored is None else torch.tensor([[mirrored]])
    which = torch.tensor([which])
    return draw(sprites, which, position, radius * one, angle * one, frame_size_px=size_px, mirrored=flipped)[0, 0]


def middle_of(weights) -> tuple[float, float]:
    """Centre of mass of weights (H, W), x and y as shares of the frame."""
    line = (torch.arange(weights.shape[-1]) + 0.5) / weights.shape[-1]
    total = weights.sum()
    return (weights.sum(0) @ line / total).item(), (weights.sum(1) @ line / total).item()


@pytest.mark.parametrize("size_px", [32, 64, 500])
def test_sprite_has_place_and_area_in_any_frame_size(sprites, size_px):
    alpha = clip_of(sprites, centre=(0.3, 0.6), radius=0.15, size_px=size_px)[3]
    assert middle_of(alpha) == pytest.approx((0.3, 0.6), abs=0.003)
    assert alpha.sum().item() / size_px**2 == pytest.approx(np.pi * 0.15**2, rel=0.02)


@pytest.mark.parametrize(
    ("angle", "mirrored", "position"),
    [(0.0, None, (0, -1)), (0.25, None, (1, 0)), (0.5, False, (0, 1)), (0.75, None, (-1, 0)), (0.25, True, (1, 0))],
)
def test_angle_turns_clockwise_on_screen(sprites, angle, mirrored, position):
    red = clip_of(sprites, angle=angle, mirrored=mirrored)[0]
    x, y = middle_of(red)
    assert ((x - 0.5) / 0.14, (y - 0.5) / 0.14) == pytest.approx(position, abs=0.1)


def test_mirrored_sprite_changes_sides(sprites):
    plain, mirrored = clip_of(sprites, 1), clip_of(sprites, 1, mirrored=True)
    assert middle_of(plain[1])[0] < 0.45 < 0.55 < middle_of(mirrored[1])[0]


def test_small_sprite_is_the_mean_of_a_large_one(sprites):
    small, large = clip_of(sprites, size_px=16), clip_of(sprites, size_px=256)
    mean = torch.nn.functional.avg_pool2d(large, 16)
    assert (small - mean).abs().max() < 0.2  # without smaller copies single pixels would be picked: up to 1
    assert (small - mean).abs().mean() < 0.01


def test_each_row_shows_its_own_sprite_and_time(sprites):
    centre = torch.tensor([[[0.3, 0.5], [0.7, 0.5]], [[0.5, 0.3], [0.5, 0.7]]])  # (B, T, 2)
    one = torch.ones(2, 2)
    layers = draw(sprites, torch.tensor([1, 0]), centre, 0.15 * one, 0 * one, frame_size_px=32)
    assert layers.shape == (2, 2, 4, 32, 32)
    for row, blue in enumerate((True, False)):
        for t in range(2):
            assert middle_of(layers[row, t, 3]) == pytest.approx(tuple(centre[row, t].tolist()), abs=0.01)
            assert (layers[row, t, 2].sum() > 1) == blue


def test_layer_over_a_clip_hides_what_it_covers(sprites):
    ground = torch.full((1, 1, 3, 64, 64), 0.5)
    shown = over(ground, clip_of(sprites, 1)[None, None])[0, 0]
    assert shown[:, 32, 38].tolist() == pytest.approx([-1, -1, 1], abs=0.01)
    assert shown[:, 0, 0].tolist() == pytest.approx([0.5, 0.5, 0.5])
