"""What the pixels of stories mean: every word of docs/STORIES.md as lengths and angles, measured on frames."""

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest
import torch

from t2v.data.stories.grammar import DRAWN, GROUNDS, RELATIONS, STORIES_GRAMMAR
from t2v.data.stories.grounds import draw_grounds
from t2v.data.stories.looks import LOOKS, pictures, sprite_row
from t2v.data.stories.render import render
from t2v.data.stories.scenes import StoryScenes
from t2v.data.stories.world import from_attributes

FRAMES, SIDE_PX, SEEDS = 21, 96, 6
PLACE = 0.012  # how exactly a centre is measured
WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def scenes_of(text: str, count: int = SEEDS) -> StoryScenes:
    return from_attributes([STORIES_GRAMMAR.parse(text)] * count, seed=5)


def frames_of(scenes: StoryScenes) -> np.ndarray:
    """(B, T, H, W, 3) in [-1, 1]."""
    return render(scenes, frames=FRAMES, frame_size_px=SIDE_PX).permute(0, 1, 3, 4, 2).numpy()


def ink_of(scenes: StoryScenes, thing: int | None = None) -> np.ndarray:
    """How much each pixel (B, T, H, W) differs from the bare ground, with all things or with one alone."""
    shown = scenes.sprite if thing is None else torch.full_like(scenes.sprite, -1)
    if thing is not None:
        shown[:, thing] = scenes.sprite[:, thing]
    bare = frames_of(replace(scenes, sprite=torch.full_like(scenes.sprite, -1)))
    return np.abs(frames_of(replace(scenes, sprite=shown)) - bare).max(-1)


def track_of(scenes: StoryScenes, thing: int = 0) -> np.ndarray:
    """The middle (B, T, 2) of a thing's ink, x and y as shares of the frame."""
    ink = (ink_of(scenes, thing) > 0.15).astype(float)
    at = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    total = ink.sum((2, 3))
    assert (total > 0).all()
    return np.stack([(ink.sum(2) * at).sum(2), (ink.sum(3) * at).sum(2)], -1) / total[..., None]


def touch_of(scenes: StoryScenes) -> np.ndarray:
    """R (B,): the sum of the radii of the first two things."""
    return scenes.radius[:, :2, 0].sum(1).numpy()


def both(
    relation: str, first: str = "red circle", second: str = "blue circle"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tracks (B, T, 2) of two circles, whose ink is in their middle, and R (B,)."""
    scenes = scenes_of(f"{first} {relation} {second}", 16)
    return track_of(scenes, 0), track_of(scenes, 1), touch_of(scenes)


# Things alone


@pytest.mark.parametrize("thing", ["cat", "green star"])
@pytest.mark.parametrize("way", ["up", "down", "left", "right", "up-left", "down-right"])
def test_moving_things_travel_the_named_way(thing, way):
    track = track_of(scenes_of(f"{thing} moving {way}"))
    along = np.sum([WAYS[part] for part in way.split("-")], 0)
    along = along / np.linalg.norm(along)
    travel = (track[:, -1] - track[:, 0]) @ along
    assert (travel > 0.25 - PLACE).all() and (travel < 0.6 + PLACE).all()
    assert (np.ptp(track @ (-along[1], along[0]), axis=1) < 2 * PLACE).all()


def test_then_turns_at_half_time():
    track = track_of(scenes_of("train moving left then up"))
    half = FRAMES // 2
    assert (track[:, 0, 0] - track[:, half, 0] > 0.25 - PLACE).all() and (
        np.ptp(track[:, half:, 0], 1) < 2 * PLACE
    ).all()
    assert (track[:, half, 1] - track[:, -1, 1] > 0.25 - PLACE).all()


def test_falling_gets_ever_faster():
    y = track_of(scenes_of("bee falling"))[..., 1]
    first, second = y[:, FRAMES // 2] - y[:, 0], y[:, -1] - y[:, FRAMES // 2]
    assert (first + second > 0.4).all() and (np.diff(y) > -PLACE / 4).all()
    assert ((second / first > 2.4) & (second / first < 3.7)).all()


def test_bouncing_turns_back_at_a_wall():
    y = track_of(scenes_of("purple circle bouncing vertically"))[..., 1]
    steps = np.sign(np.diff(y)) * (np.abs(np.diff(y)) > PLACE / 4)
    turns = [(np.diff(row[row != 0]) != 0).sum() for row in steps]
    assert min(turns) >= 1 and (np.ptp(y, 1) > 0.1).all()


def test_zigzags_swing_twice_across_their_way():
    x = track_of(scenes_of("orange circle zigzagging vertically"))[..., 0]
    steps = np.sign(np.diff(x)) * (np.abs(np.diff(x)) > PLACE / 4)
    assert min((np.diff(row[row != 0]) != 0).sum() for row in steps) >= 2 and (np.ptp(x, 1) > 0.08).all()


@pytest.mark.parametrize(("motion", "low", "high"), [("shrinking", 0.15, 0.5), ("expanding", 2.0, 3.6)])
def test_sizes_change_the_area(motion, low, high):
    area = (ink_of(scenes_of(f"rocket {motion}")) > 0.15).sum((2, 3))
    change = area[:, -1] / area[:, 0]
    assert (change > low).all() and (change < high).all()


@pytest.mark.parametrize(("motion", "sense"), [("rotating clockwise", 1), ("rotating counter-clockwise", -1)])
@pytest.mark.parametrize("thing", ["dog", "red circle"])
def test_turning_things_are_their_first_picture_turned(thing, motion, sense):
    scenes = scenes_of(f"{thing} {motion}")
    angle = (scenes.angle[:, 0, 1] - scenes.angle[:, 0, 0]).numpy()
    assert (sense * angle > 0.25).all() and (sense * angle < 1.01).all()
    for clip, turns, centre in zip(ink_of(scenes), angle, scenes.path[:, 0, 0].numpy(), strict=True):
        middle = tuple(float(c) * SIDE_PX - 0.5 for c in centre)

        def unlike(turns: float, clip=clip, middle=middle) -> float:
            """How far the picture at a fifth of the clip, turned back clockwise by so much, is from the first."""
            matrix = cv2.getRotationMatrix2D(middle, 360 * turns, 1)  # positive: counter-clockwise on screen
            return float(np.abs(cv2.warpAffine(clip[FRAMES // 5], matrix, clip[0].shape) - clip[0]).mean())

        assert unlike(turns / 5) < 0.9 * unlike(-turns / 5)


def test_everything_stays_in_the_frame():
    for text in ("cat moving right", "two dogs expanding", "red star chasing bee", "bird circling blue square"):
        scenes = scenes_of(text)
        for thing in range(2 if "cat" not in text else 1):
            ink = ink_of(scenes, thing) > 0.3
            area = ink.sum((2, 3))
            inner = ink[..., 1:-1, 1:-1].sum((2, 3))
            assert (inner > 0.93 * area).all(), text


def test_things_look_where_they_set_out_to():
    left, right = (frames_of(scenes_of(f"cat moving {way} on white", 1))[0, 0] for way in ("left", "right"))
    assert not np.allclose(left, right)
    assert scenes_of("cat moving left").mirrored[:, 0].all() and not scenes_of("cat moving right").mirrored[:, 0].any()


# Relations


def test_the_chaser_follows_and_never_arrives():
    first, second, touch = both("chasing")
    way = second[:, -1] - second[:, 0]
    travel = np.linalg.norm(way, axis=-1)
    way = way / travel[:, None]
    gap = np.einsum("btc,bc->bt", second - first, way)
    assert (travel > 0.23 - PLACE).all() and (np.einsum("bc,bc->b", first[:, -1] - first[:, 0], way) > travel).all()
    assert (gap > touch[:, None] - PLACE).all() and (gap[:, -1] < gap[:, 0]).all()
    across = np.einsum("btc,bc->bt", second - first, np.stack([-way[:, 1], way[:, 0]], 1))
    assert (np.abs(across) < 2 * PLACE).all()


def test_the_catcher_comes_from_far_and_holds():
    first, second, touch = both("catching")
    distance = np.linalg.norm(second - first, axis=-1)
    assert (distance[:, 0] > 0.45 - PLACE).all() and (distance[:, 0] > 1.4 * touch).all()
    held = distance[:, -FRAMES // 4 :]
    assert (held < 0.6 * touch[:, None] + PLACE).all() and (held > 0.5 * touch[:, None] - PLACE).all()
    assert (np.linalg.norm(second[:, -1] - second[:, 0], axis=-1) < 0.11).all()


def test_the_one_that_circles_goes_round_the_other():
    first, second, touch = both("circling")
    around = first - second
    turns = np.unwrap(np.arctan2(around[..., 1], around[..., 0]), axis=1) / (2 * np.pi)
    turned = np.abs(turns[:, -1] - turns[:, 0])
    assert (turned > 0.75).all() and (turned < 1.03).all() and {1, -1} == set(np.sign(turns[:, -1] - turns[:, 0]))
    distance = np.linalg.norm(around, axis=-1) / touch[:, None]
    assert (distance > 0.95).all() and (distance < 1.2).all()
    assert (np.ptp(second, axis=1) < PLACE).all()


def test_those_that_meet_come_from_both_sides_and_touch():
    first, second, touch = both("meeting")
    one, other = (np.linalg.norm(track[:, -1] - track[:, 0], axis=-1) for track in (first, second))
    distance = np.linalg.norm(second - first, axis=-1)
    assert (np.abs(one - other) < 2 * PLACE).all() and (one > 0.1).all() and (distance[:, 0] > 0.57).all()
    assert (np.abs(distance[:, -1] / touch - 1.01) < 0.09).all()


def test_the_one_that_passes_goes_from_behind_to_before():
    first, second, touch = both("passing")
    way = first[:, -1] - first[:, 0]
    travel = np.linalg.norm(way, axis=-1)
    way = way / travel[:, None]
    ahead = np.einsum("btc,bc->bt", first - second, way)
    beside = np.abs(np.einsum("btc,bc->bt", first - second, np.stack([-way[:, 1], way[:, 0]], 1)))
    assert (travel > 0.5 - PLACE).all() and (ahead[:, 0] < -0.2).all() and (ahead[:, -1] > 0.2).all()
    assert (beside / touch[:, None] > 0.85).all() and (beside / touch[:, None] < 1.15).all()
    assert (np.linalg.norm(second[:, -1] - second[:, 0], axis=-1) < 0.07 + PLACE).all()


@pytest.mark.parametrize(
    ("relation", "way"), [("left of", "left"), ("right of", "right"), ("above", "up"), ("below", "down")]
)
def test_things_stand_where_the_relation_says(relation, way):
    first, second, _ = both(relation)
    along = np.array(WAYS[way])
    assert (((first - second) @ along) > 0.33 - PLACE).all()
    assert (np.abs((first - second) @ (-along[1], along[0])) < 0.1 + PLACE).all()
    assert (np.ptp(first, axis=1) < PLACE).all() and (np.ptp(second, axis=1) < PLACE).all()


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_first_thing_stands_in_front(relation):
    scenes = scenes_of(f"red square {relation} blue square on white")
    together, alone = (
        frames_of(scenes),
        frames_of(replace(scenes, sprite=scenes.sprite * torch.tensor([1, 0, 0]) - torch.tensor([0, 1, 1]))),
    )
    covered = ink_of(scenes, 0) > 1.6  # where the red one covers all
    assert np.allclose(together[covered], alone[covered], atol=0.11)  # but for its edge


# Counts, grounds and looks


@pytest.mark.parametrize(("text", "count"), [("two rabbits moving up", 2), ("three circles moving left", 3)])
def test_as_many_are_seen_as_are_counted(text, count):
    scenes = scenes_of(text)
    assert ((scenes.sprite >= 0).sum(1) == count).all()
    inked = (ink_of(scenes) > 0.3).astype(np.uint8)
    result = [np.median([cv2.connectedComponents(frame)[0] - 1 for frame in clip]) for clip in inked]
    assert np.median(result) == count
    tracks = [track_of(scenes, thing) for thing in range(count)]
    for one, other in combinations(tracks, 2):
        assert (np.ptp(one - other, axis=1) < 2 * PLACE).all()  # they go the same way
        assert (np.linalg.norm(one - other, axis=-1) > 0.8 * touch_of(scenes)[:, None]).all()


def test_things_of_their_own_keep_apart():
    scenes = from_attributes([STORIES_GRAMMAR.parse("red circle moving up and blue circle moving left")] * 24, seed=1)
    distance = np.linalg.norm(track_of(scenes, 0) - track_of(scenes, 1), axis=-1).min(1)
    assert (distance > 0.9 * touch_of(scenes)).mean() > 0.9


@pytest.mark.parametrize(
    ("ground", "rgb"),
    [
        ("white", (247, 248, 249)),
        ("sky", (200, 225, 250)),
        ("grass", (160, 202, 113)),
        ("sand", (238, 219, 176)),
        ("water", (124, 202, 216)),
        ("night", (33, 35, 73)),
    ],
)
def test_grounds_have_their_colour_a_gradient_and_texture(ground, rgb):
    index = torch.full((16,), list(GROUNDS).index(ground))
    drawn = (draw_grounds(index, torch.rand(16, 3, generator=torch.Generator().manual_seed(0)), 64).numpy() + 1) * 127.5
    assert (np.abs(drawn.mean((2, 3)) - rgb) < 25).all()
    assert (np.abs(drawn[:, :, :8].mean((1, 2, 3)) - drawn[:, :, -8:].mean((1, 2, 3))) > 4).all()
    rough = (drawn - drawn.mean(3, keepdims=True)).std((1, 2, 3))
    assert (rough > 0.3).all() and (rough < 30).all()


def test_drawn_things_are_told_apart_at_32_px():
    """Of any two kinds, in any look, facing either way, at the smallest size of two things, on any ground."""
    small = pictures(2)  # 8 px: a radius of 0.13 at 32 px
    rows = [
        sprite_row(STORIES_GRAMMAR.parse(f"{name} falling").things[0], view / LOOKS, turning=False)
        for name in DRAWN
        for view in range(LOOKS)
    ]
    drawn, kinds = small[rows], np.repeat(np.arange(len(DRAWN)), LOOKS)
    for colour in ((1.0, 1.0, 1.0), (0.6, 0.8, 0.45), (0.1, 0.1, 0.25)):
        over = drawn[:, :3] + (1 - drawn[:, 3:]) * torch.tensor(colour)[:, None, None]
        for shown in (over, over.flip(-1)):
            apart = (over[:, None] - shown[None]).abs().mean((2, 3, 4)).numpy()
            assert apart[kinds[:, None] != kinds].min() > 0.04
