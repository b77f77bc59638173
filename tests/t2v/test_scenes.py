"""What the rendered pixels mean: every word of the grammar against its contract in DESIGN.md, as measured."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from t2v.data import scenes
from t2v.data.draws import random_uniform
from t2v.data.grammar import (
    COLOURS,
    GRAMMARS,
    MOTIONS,
    SHAPES,
    SIMPLE_MOTIONS,
    SIZES,
    SPEEDS,
    TURNING,
    Attributes,
    combinations,
    is_held_out,
    split_words,
    takes_speed,
)
from t2v.data.render import render, render_frames, render_without_waiting
from t2v.data.scenes import COLOUR_RGB
from t2v.evaluation.geometric.measure import Measure, find_ink, ink_coverage, measure
from t2v.evaluation.geometric.reader import count_legs
from t2v.media.clips import to_uint8

PLACE = 0.01  # how exactly a centre is measured: two thirds of a pixel at 64 px
UP, DOWN, LEFT, RIGHT = (np.array(v, float) for v in ((0, -1), (0, 1), (-1, 0), (1, 0)))
WAYS = {"up": UP, "down": DOWN, "left": LEFT, "right": RIGHT}


def clips_of(attributes: list[Attributes], *, seed=0, frames=10, frame_size_px=64, grammar="shapes") -> np.ndarray:
    """Real clips (B, T, H, W, 3) uint8 of these."""
    drawn = scenes.from_attributes(grammar, attributes, seed=seed)
    return to_uint8(render(drawn, frames=frames, frame_size_px=frame_size_px))


def measures_of(motion: str, *, seed=0, frames=11, repeats=2) -> list[tuple[Attributes, Measure]]:
    """The motion with every shape, with and without a speed, each drawn anew `repeats` times, and their measures.

    Of 11 frames one lies exactly at half time.
    """
    speeds = (None, *SPEEDS) if takes_speed(motion) else (None,)
    attributes = [Attributes(s, motion, speed=v) for s in SHAPES for v in speeds] * repeats
    clips = clips_of(attributes, seed=seed, frames=frames)
    return [(a, measure(clip)) for a, clip in zip(attributes, clips, strict=True)]


def across(way: np.ndarray) -> np.ndarray:
    return np.array([-way[1], way[0]])


def assert_travels(track: np.ndarray, way: np.ndarray, least: float, most: float = 1.0) -> float:
    """The track (T, 2) goes steadily in the direction `way` (2,) and hardly sideways; how far."""
    travel = float((track[-1] - track[0]) @ way)
    assert least - PLACE <= travel <= most + PLACE
    assert (np.diff(track @ way) > -PLACE).all()
    assert np.ptp(track @ across(way)) < 2 * PLACE < 0.1
    return travel


def assert_speed(attributes: Attributes, amount: float, slow: tuple[float, float], quick: float, error: float) -> None:
    assert amount >= slow[0] - error
    if attributes.speed == "slowly":
        assert amount <= slow[1] + error
    if attributes.speed == "quickly":
        assert amount >= quick - error


# Motions


@pytest.mark.parametrize("motion", [m for m in SIMPLE_MOTIONS if m.startswith("moving")])
def test_moving(motion):
    ways = [WAYS[word] for word in motion.removeprefix("moving ").split("-")]
    way = sum(ways) / math.sqrt(len(ways))
    for attributes, m in measures_of(motion):
        assert m.visible.mean() >= 0.7
        travel = assert_travels(m.centre, way, 0.25)
        assert_speed(attributes, travel, (0.25, 0.35), 0.6, PLACE)


@pytest.mark.parametrize("motion", [m for m in MOTIONS if "then" in m])
def test_moving_one_way_then_another(motion):
    first, second = (WAYS[word] for word in motion.removeprefix("moving ").split(" then "))
    for attributes, m in measures_of(motion):
        assert m.visible.mean() >= 0.7
        for way, leg in ((first, m.centre[:6]), (second, m.centre[5:])):
            assert_speed(attributes, assert_travels(leg, way, 0.2), (0.25, 0.35), 0.6, PLACE)


@pytest.mark.parametrize(("motion", "along"), [("bouncing vertically", 1), ("bouncing horizontally", 0)])
def test_bouncing_reverses_at_the_edge(motion, along):
    for attributes, m in measures_of(motion, frames=41):
        track = m.centre[:, along]
        assert np.ptp(m.centre[:, 1 - along]) < 2 * PLACE
        assert count_legs(track, 0.1) >= 2
        radius = np.median(m.radius)
        turns = np.flatnonzero(np.diff(np.sign(np.diff(track))[np.abs(np.diff(track)) > 0.002]))
        assert len(turns) >= 1
        assert min(track.min() - radius, 1 - radius - track.max()) < 0.02  # met a wall
        assert min(track.min(), 1 - track.max()) > radius - 0.02  # and did not go through it
        path = np.median(np.abs(np.diff(track))) * 40
        assert_speed(attributes, path, (0.25, 0.35), 0.6, 2 * PLACE)


@pytest.mark.parametrize(("motion", "along"), [("zigzagging vertically", 1), ("zigzagging horizontally", 0)])
def test_zigzagging_swings_sideways(motion, along):
    for attributes, m in measures_of(motion):
        assert count_legs(m.centre[:, 1 - along], 0.08) >= 3  # two reversals
        assert count_legs(m.centre[:, along], 0.08) == 1
        travel = abs(m.centre[-1, along] - m.centre[0, along])
        assert_speed(attributes, travel, (0.25, 0.35), 0.6, PLACE)


@pytest.mark.parametrize("motion", ["shrinking", "expanding"])
def test_shrinking_and_expanding(motion):
    for _, m in measures_of(motion, repeats=4):
        assert np.ptp(m.centre, axis=0).max() < PLACE
        grown = m.area[-1] / m.area[0]
        assert grown <= 0.5 if motion == "shrinking" else grown >= 2
        assert (np.diff(m.area) < 0).all() if motion == "shrinking" else (np.diff(m.area) > 0).all()


@pytest.mark.parametrize(("motion", "sense"), [("rotating clockwise", 1), ("rotating counter-clockwise", -1)])
def test_rotating(motion, sense):
    for attributes, m in measures_of(motion):
        assert m.wedge
        assert np.ptp(m.centre, axis=0).max() < PLACE
        angle = np.unwrap(m.angle, period=1) * sense
        assert (np.diff(angle) > -1 / 72).all()
        assert_speed(attributes, angle[-1] - angle[0], (0.25, 0.375), 0.75, 0.015)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("motion", TURNING)
def test_the_wedge_turns_as_seen_on_screen(shape, motion):
    """Without the reader's ideal shapes: white pixels close to the centre are the wedge."""
    attributes = [Attributes(shape, motion, "large", "blue", "slowly")] * 8
    drawn = scenes.from_attributes("shapes", attributes, seed=3)
    clips = to_uint8(render(drawn, frames=10, frame_size_px=128))
    pixel = (np.arange(128) + 0.5) / 128
    for clip, centre, radius in zip(clips, drawn.knots[:, 0].tolist(), drawn.radius[:, 0].tolist(), strict=True):
        x, y = np.meshgrid(pixel - centre[0], pixel - centre[1])
        inner = np.hypot(x, y) < 0.42 * radius
        white = (clip[..., 0] > 150) & inner  # (T, H, W); the ink has 45 there
        assert 0.07 < white.sum() / (10 * inner.sum()) < 0.13  # a tenth of the circle
        places = np.array([(x[w].mean(), y[w].mean()) for w in white]) / radius
        assert places[0, 1] > 0.2  # begins near six o'clock
        # a quarter turn on it is near nine o'clock when clockwise, near three when not
        assert (places[-1, 0] < -0.05) == (motion == "rotating clockwise")
        assert (places[-1, 0] > 0.05) == (motion == "rotating counter-clockwise")


def test_only_turning_shapes_carry_a_wedge():
    for motion in MOTIONS:
        clip = clips_of([Attributes("circle", motion, "large")], frames=1, frame_size_px=128)[0]
        assert measure(clip).wedge == (motion in TURNING)


# Shapes, sizes, colours


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("size", "low", "high"), [("small", 0.12, 0.14), ("large", 0.18, 0.22), (None, 0.12, 0.22)])
def test_sizes(shape, size, low, high):
    radii = []
    for seed, motion in enumerate(("moving left", "shrinking", "rotating clockwise", "bouncing vertically")):
        for clip in clips_of([Attributes(shape, motion, size, speed=None)] * 3, seed=seed, frames=1):
            m = measure(clip)
            assert m.shape == shape
            radii.append(m.radius[0])
    assert 0.985 * low < min(radii) <= max(radii) < 1.015 * high
    if size is None:
        assert max(radii) > min(radii) + 0.04


@pytest.mark.parametrize(
    ("shape", "unit_area"),
    [
        ("circle", math.pi),
        ("square", 2.0),
        ("triangle", 3 * math.sqrt(3) / 4),
        ("star", 5 * scenes.STAR_INNER_RADIUS * math.sin(math.pi / 5)),
    ],
)
def test_areas_have_their_closed_form(shape, unit_area):
    drawn = scenes.from_attributes("shapes", [Attributes(shape, "expanding", colour="blue")] * 4)
    ink = 1 - (render(drawn, frames=2, frame_size_px=128)[:, :, 0] + 1) / 2  # (B, T, H, W), red channel
    area = ink.sum((2, 3)) / 128**2 / (1 - 45 / 255)
    torch.testing.assert_close(area, unit_area * drawn.radius**2, rtol=0.02, atol=0)


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_on_white_with_soft_edges(colour):
    clips = clips_of([Attributes(shape, "expanding", colour=colour) for shape in SHAPES])
    ink = np.array(COLOUR_RGB[colour])
    assert (clips[:, :, [0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    for clip in clips:
        m = measure(clip)
        assert (m.ink_rgb == ink).all()
        coverage = ink_coverage(clip, m.ink_rgb)
        edge = (coverage > 0.02) & (coverage < 0.98)
        assert len(np.unique(coverage[edge].round(2))) > 10  # not just ink and white
        assert edge.sum() < 0.35 * (coverage > 0.02).sum()  # and no blur
        # every pixel is a mixture of the ink and white, and nothing else
        mixture = 255 + coverage[..., None] * (ink - 255)
        assert np.abs(clip - mixture).max() <= 1.5


def test_contract_colours():
    assert COLOUR_RGB == {
        "red": (220, 40, 40),
        "orange": (245, 140, 30),
        "yellow": (245, 210, 40),
        "green": (40, 160, 80),
        "blue": (45, 90, 220),
        "purple": (145, 60, 190),
    }


# The same scene again


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_a_clip_follows_from_seed_and_index_alone(grammar):
    def rendered(seed, indices):
        drawn, shown, captions = scenes.sample(grammar, seed, torch.tensor(indices))
        return to_uint8(render(drawn, frames=5, frame_size_px=32)), shown, captions

    clips, shown, captions = rendered(7, range(40))
    for index in (0, 3, 39):
        alone = rendered(7, [index])
        assert (alone[0][0] == clips[index]).all()
        assert (alone[1][0], alone[2][0]) == (shown[index], captions[index])
    backwards = rendered(7, range(39, -1, -1))
    assert (backwards[0][::-1] == clips).all()
    assert backwards[2][::-1] == captions
    assert len({clip.tobytes() for clip in clips}) == 40
    assert rendered(8, range(40))[2] != captions
    far = rendered(2**62, [2**40, 2**40 + 1])
    assert (far[0][0] != far[0][1]).any()


def test_a_million_clips_do_not_repeat():
    draws = random_uniform(0, torch.arange(100_000), 4)
    assert len(draws.unique(dim=0)) == 100_000
    assert draws.min() >= 0
    assert draws.max() < 1
    torch.testing.assert_close(draws.mean(0), torch.full((4,), 0.5), rtol=0, atol=0.005)
    assert torch.corrcoef(torch.cat([draws[1:], draws[:-1]], 1).T).triu(1).abs().max() < 0.015


@pytest.mark.parametrize("frame_size_px", [16, 32, 64, 100])
def test_every_frame_size_shows_the_same_scene(frame_size_px):
    drawn, _, _ = scenes.sample("shapes", 1, torch.arange(24))
    factor = 4
    large = render(drawn, frames=5, frame_size_px=frame_size_px * factor)  # (B, T, 3, H, W)
    averaged = torch.nn.functional.avg_pool2d(large.flatten(0, 1), factor).view(24, 5, 3, frame_size_px, frame_size_px)
    difference = (averaged - render(drawn, frames=5, frame_size_px=frame_size_px)).abs()
    assert difference.mean() < 0.004
    assert difference.max() < 0.7  # a sharp corner's pixel


def test_128_px_averaged_is_64_px():
    drawn, _, _ = scenes.sample("shapes", 2, torch.arange(24))
    large, small = (render(drawn, frames=3, frame_size_px=side) for side in (128, 64))
    averaged = torch.nn.functional.avg_pool2d(large.flatten(0, 1), 2).view_as(small)
    assert (averaged - small).abs().mean() < 0.001


@pytest.mark.parametrize("frames", [1, 2, 5, 10, 33])
def test_any_number_of_frames_spans_the_same_second(frames):
    drawn, _, _ = scenes.sample("shapes", 4, torch.arange(16))
    clips = to_uint8(render(drawn, frames=frames, frame_size_px=32))
    ends = to_uint8(render(drawn, frames=2, frame_size_px=32))
    assert clips.shape == (16, frames, 32, 32, 3)
    assert (clips[:, 0] == ends[:, 0]).all()
    if frames > 1:
        assert (clips[:, -1] == ends[:, 1]).all()


def test_nineteen_frames_contain_the_ten():
    drawn, _, _ = scenes.sample("shapes", 5, torch.arange(32))
    ten, nineteen = (to_uint8(render(drawn, frames=n, frame_size_px=32)).astype(int) for n in (10, 19))
    assert np.abs(nineteen[:, ::2] - ten).max() <= 1


def test_own_times_show_those_instants():
    drawn, _, _ = scenes.sample("shapes", 6, torch.arange(8))
    whole = render(drawn, frames=11, frame_size_px=32)
    picked = render(drawn, frame_size_px=32, times=torch.tensor([[0.3, 0.0, 1.0]]).expand(8, -1))
    torch.testing.assert_close(picked, whole[:, [3, 0, 10]], rtol=0, atol=1e-4)


@pytest.mark.parametrize("frame_size_px", [8, 32, 64])
def test_boxes_around_shapes_hold_all_of_their_ink(frame_size_px):
    """As the way for a GPU draws them, in frames without boxes."""
    drawn, _, _ = scenes.sample("shapes", 5, torch.arange(1000))
    clips = render(drawn, frames=5, frame_size_px=frame_size_px)
    times = scenes.times_of(5).expand(len(drawn), -1)
    torch.testing.assert_close(clips, render_without_waiting(drawn, times, frame_size_px))


def test_frames_are_the_clips_in_bytes():
    drawn, _, _ = scenes.sample("shapes", 6, torch.arange(200))
    off = render_frames(drawn).astype(int) - to_uint8(render(drawn))
    assert np.abs(off).max() <= 1 and np.count_nonzero(off) < 1e-5 * off.size  # exact halves may fall either way


# Training and held out


def colour_names(drawn: scenes.Scenes) -> list[str]:
    """What the renderer is given to draw, not what the caption says."""
    known = {tuple(rgb): name for name, rgb in COLOUR_RGB.items()}
    return [known[tuple(row)] for row in (drawn.rgb * 255).round().int().tolist()]


def test_training_never_shows_what_is_held_out():
    drawn, shown, captions = scenes.sample("shapes", 0, torch.arange(20_000))
    grammar, words, silent = GRAMMARS["shapes"], Counter(), 0
    visible = set()
    for shape, colour, attributes, caption in zip(drawn.shape, colour_names(drawn), shown, captions, strict=True):
        reading = grammar.parse(caption)
        assert (SHAPES[shape], colour) == (attributes.shape, attributes.colour)
        assert not is_held_out("shapes", attributes)
        assert reading in (attributes, replace(attributes, colour=None))
        silent += reading.colour is None
        words.update(split_words(grammar.caption(reading)))
        visible.add((attributes.shape, attributes.colour, attributes.motion))
    assert set(words) == set(grammar.words)
    assert min(words.values()) > 100
    assert 0.17 < silent / 20_000 < 0.23
    assert visible == {(a.shape, a.colour, a.motion) for a in combinations("shapes")}


def test_some_may_be_asked_to_turn():
    indices = torch.arange(2000)
    drawn, shown, captions = scenes.sample("shapes", 0, indices, turning=indices % 4 == 0)
    _, plain, plain_captions = scenes.sample("shapes", 0, indices)
    assert {a.motion for a in shown[::4]} == set(TURNING) and drawn.wedge[::4].all()
    assert not any(is_held_out("shapes", attributes) for attributes in shown)
    for i in (1, 2, 3):
        assert shown[i::4] == plain[i::4] and captions[i::4] == plain_captions[i::4]


def test_held_out_samples_are_all_held_out():
    drawn, shown, captions = scenes.sample("shapes", 0, torch.arange(2000), held_out=True)
    for colour, attributes, caption in zip(colour_names(drawn), shown, captions, strict=True):
        assert is_held_out("shapes", attributes)
        assert GRAMMARS["shapes"].parse(caption) == attributes
        assert attributes.colour == colour
    visible = {(a.shape, a.colour, a.motion) for a in shown}
    assert visible == {(a.shape, a.colour, a.motion) for a in combinations("shapes", held_out=True)}


def test_classic_is_the_tutorials_circle():
    drawn, shown, captions = scenes.sample("classic", 0, torch.arange(500))
    counts = Counter(captions)
    assert set(counts) == {GRAMMARS["classic"].caption(a) for a in combinations("classic")}
    assert len(counts) == 18
    clips = to_uint8(render(drawn))
    assert all(find_ink(clip)[1].all() for clip in clips)
    radii = []
    for clip, attributes in zip(clips[:80], shown[:80], strict=True):
        m = measure(clip)
        assert (np.nanmedian(m.ink_rgb, axis=0) == COLOUR_RGB["red"]).all()
        assert m.shape == "circle"
        assert m.wedge == (attributes.motion in TURNING)
        radii.append(m.radius[0])
    assert 0.98 * 0.8 * 5 / 64 < min(radii) < 0.85 * 5 / 64
    assert 1.15 * 5 / 64 < max(radii) < 1.02 * 1.2 * 5 / 64
    held_out = scenes.sample("classic", 0, torch.arange(50), held_out=True)[2]
    assert set(held_out) == {"circle moving up", "circle moving up-right"}


def test_what_a_prompt_leaves_open_varies():
    clips = clips_of([Attributes("circle", "moving left")] * 12, frames=1)
    ink = {tuple(measure(clip).ink_rgb[0]) for clip in clips}
    places = np.array([measure(clip).centre[0] for clip in clips])
    assert len(ink) >= 3
    assert (np.ptp(places, axis=0) > 0.2).all()
    fixed = clips_of([Attributes("circle", "moving left", "large", "red", "slowly")] * 12, frames=1)
    assert {tuple(measure(clip).ink_rgb[0]) for clip in fixed} == {(220, 40, 40)}
    assert set(SIZES) == {"small", "large"}
