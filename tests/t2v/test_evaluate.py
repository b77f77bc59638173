"""The geometric reader on clips whose truth is known, and the evaluation with samplers that are perfect or deaf."""

import json
import math
import re

import cv2
import numpy as np
import pytest
import torch

from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, MOTIONS, SHAPES, SLOTS, Attributes, is_held_out
from t2v.data.render import render
from t2v.data.scenes import COLOUR_RGB
from t2v.evaluation import own_words
from t2v.evaluation.accuracy import ATTRIBUTES, compare, share_of, shuffled
from t2v.evaluation.evaluate import counts, evaluate, held_out_captions, never_trained_motions
from t2v.evaluation.geometric.ideals import area_and_centroid, outline
from t2v.evaluation.geometric.measure import find_ink, measure
from t2v.evaluation.geometric.reader import READER_VERSION, count_legs, nearest_colour, read, read_size, read_speed
from t2v.evaluation.learned.network import load_reader
from t2v.evaluation.observe import collect
from t2v.evaluation.report import card_lines, summary, understood_line
from t2v.media.clips import to_uint8


def real_clips(grammar: str, count: int, *, seed=11, frames=10, frame_size_px=64, held_out=False):
    """Real clips (B, T, H, W, 3) uint8, and what they show."""
    drawn, shown, _ = scenes.sample(grammar, seed, torch.arange(count), held_out=held_out)
    return to_uint8(render(drawn, frames=frames, frame_size_px=frame_size_px)), shown


def clip_of(attributes: Attributes, *, seed=0, frame_size_px=64, frames=10) -> np.ndarray:
    drawn = scenes.from_attributes("shapes", [attributes], seed=seed)
    return to_uint8(render(drawn, frames=frames, frame_size_px=frame_size_px))[0]


def share_right(grammar: str, clips: np.ndarray, shown: list[Attributes]) -> dict[str, float]:
    judged = [compare(grammar, a, r) for a, r in zip(shown, read(clips), strict=True)]
    verdicts = {name: [j[name] for j in judged if name in j] for name in ATTRIBUTES}
    return {name: sum(rows) / len(rows) for name, rows in verdicts.items() if rows}


# The reader's ceiling


@pytest.mark.parametrize(
    ("grammar", "frame_size_px", "least"), [("classic", 64, 0.99), ("shapes", 64, 0.99), ("shapes", 32, 0.98)]
)
@pytest.mark.parametrize("held_out", [False, True])
def test_real_clips_are_read_right(grammar, frame_size_px, least, held_out):
    clips, shown = real_clips(grammar, 100, frame_size_px=frame_size_px, held_out=held_out)
    right = share_right(grammar, clips, shown)
    assert set(right) == ({"colour", "shape", "motion"} if grammar == "classic" else set(ATTRIBUTES))
    assert min(right.values()) >= least, right


@pytest.mark.parametrize("frames", [5, 7, 24])
def test_other_clip_lengths_are_read_right(frames):
    clips, shown = real_clips("shapes", 60, frames=frames)
    assert min(share_right("shapes", clips, shown).values()) >= 0.98


def test_larger_frames_are_read_right():
    clips, shown = real_clips("shapes", 40, frame_size_px=128)
    assert min(share_right("shapes", clips, shown).values()) >= 0.98


def blurred(clips, rng):
    return np.stack([[cv2.GaussianBlur(frame, (0, 0), 0.7) for frame in clip] for clip in clips])


def noisy(clips, rng):
    return (clips + rng.normal(0, 12, clips.shape)).clip(0, 255).round().astype(np.uint8)


def shaken(clips, rng):
    """Every frame shifted by up to a pixel each way."""
    moves = [np.array([[1, 0, x], [0, 1, y]]) for x, y in rng.uniform(-1, 1, (clips.shape[0] * clips.shape[1], 2))]
    frames, white = clips.reshape(-1, *clips.shape[2:]), (255, 255, 255)
    moved = [cv2.warpAffine(f, m, f.shape[:2], borderValue=white) for f, m in zip(frames, moves, strict=True)]
    return np.stack(moved).reshape(clips.shape)


def ghostly(clips, rng):
    """A pale copy of another clip behind everything."""
    return np.minimum(clips, 255 - (255 - np.roll(clips, 1, 0)) // 6)


@pytest.mark.parametrize("spoil", [blurred, noisy, shaken, ghostly])
@pytest.mark.parametrize("grammar", GRAMMARS)
def test_small_faults_are_forgiven(grammar, spoil):
    clips, shown = real_clips(grammar, 60)
    spoiled = spoil(clips, np.random.default_rng(0))
    assert (spoiled != clips).any()
    assert min(share_right(grammar, spoiled, shown).values()) >= 0.95


@pytest.mark.parametrize("motion", MOTIONS)
def test_every_motion_is_read_with_its_amount(motion):
    clips = [clip_of(Attributes(shape, motion, "small", "blue"), seed=i) for i, shape in enumerate(SHAPES)]
    for shape, reading in zip(SHAPES, read(np.stack(clips)), strict=True):
        assert (reading.shape, reading.colour, reading.size, reading.motion) == (shape, "blue", "small", motion)
        assert 0.115 < reading.radius < 0.145
        if motion.startswith("rotating"):
            assert (reading.turn > 0.24) == (motion == "rotating clockwise")
        elif motion not in ("shrinking", "expanding"):
            assert 0.24 < reading.travel < 1.25


# What it must not see


def test_blank_clips_are_blank():
    (reading,) = read(np.full((1, 10, 32, 32, 3), 255, np.uint8))
    assert reading.blank_frames == 10
    assert (reading.colour, reading.shape, reading.size, reading.motion, reading.speed) == (None,) * 5
    assert math.isnan(reading.radius)
    pale = np.full((1, 10, 32, 32, 3), 200, np.uint8)
    assert read(pale)[0].blank_frames == 10


def test_three_blank_frames_in_ten_are_forgiven_and_counted():
    clip = clip_of(Attributes("circle", "moving left", colour="red", speed="quickly"))
    few, many = clip.copy(), clip.copy()
    few[8:] = 255
    many[6:] = 255
    first, second = read(np.stack([few, many]))
    assert (first.blank_frames, first.motion, first.shape) == (2, "moving left", "circle")
    assert (second.blank_frames, second.motion, second.shape) == (4, None, "circle")


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_still_clip_has_no_motion(motion):
    clip = clip_of(Attributes("star", motion, "large", "green"))
    (reading,) = read(np.repeat(clip[:1], 10, 0)[None])
    assert (reading.shape, reading.colour, reading.motion, reading.speed) == ("star", "green", None, None)


def test_one_frame_shows_a_thing_and_no_motion():
    (reading,) = read(clip_of(Attributes("square", "moving up", "large", "purple"), frames=1)[None])
    assert (reading.shape, reading.colour, reading.size, reading.motion) == ("square", "purple", "large", None)


def test_unrelated_stills_are_no_clip():
    """The tutorial's fault: every frame drawn by itself."""
    stills = real_clips("shapes", 400, frames=1, frame_size_px=32)[0].reshape(40, 10, 32, 32, 3)
    readings = read(stills)
    assert sum(r.motion is not None for r in readings) <= 1
    assert sum(r.colour is not None for r in readings) <= 2
    assert sum(r.shape is not None for r in readings) <= 20
    rng = np.random.default_rng(0)
    jumping = np.stack([clip[rng.permutation(10)] for clip in real_clips("shapes", 60)[0]])
    assert sum(r.motion is not None for r in read(jumping)) < 10


def test_noise_and_flat_colour_are_nothing():
    noise = np.random.default_rng(0).integers(0, 256, (8, 10, 64, 64, 3)).astype(np.uint8)
    flat = np.full((1, 10, 64, 64, 3), 128, np.uint8)
    red = np.full((1, 10, 64, 64, 3), COLOUR_RGB["red"], np.uint8)
    for reading in read(np.concatenate([noise, flat])):
        assert (reading.colour, reading.shape, reading.motion) == (None, None, None)
    assert (read(red)[0].shape, read(red)[0].motion) == (None, None)


def test_two_shapes_are_not_one():
    one = clip_of(Attributes("circle", "expanding", "small", "red"), seed=1)
    both = np.minimum(one, one[:, ::-1, ::-1])
    assert read(one[None])[0].shape == "circle"
    assert read(both[None])[0].shape is None


def test_other_colours_have_no_name():
    assert all(nearest_colour(np.array(rgb)) == name for name, rgb in COLOUR_RGB.items())
    for rgb in ((0, 0, 0), (255, 255, 255), (255, 105, 180), (0, 255, 255), (np.nan,) * 3):
        assert nearest_colour(np.array(rgb, float)) is None
    changing = np.concatenate([clip_of(Attributes("circle", "moving left", colour=c))[:5] for c in ("red", "blue")])
    assert read(changing[None])[0].colour is None


def test_steady_and_jumping_wedges_do_not_turn():
    turning = clip_of(Attributes("circle", "rotating clockwise", "large", "red", "quickly"))
    assert read(turning[None])[0].motion == "rotating clockwise"
    assert read(turning[::-1][None])[0].motion == "rotating counter-clockwise"
    assert read(turning[[0, 7, 2, 9, 1, 6, 3, 8, 4, 5]][None])[0].motion is None


# The measures


@pytest.mark.parametrize("frame_size_px", [32, 64, 128])
def test_measures_agree_with_what_was_drawn(frame_size_px):
    drawn, shown, _ = scenes.sample("shapes", 21, torch.arange(60))
    clips = to_uint8(render(drawn, frame_size_px=frame_size_px))
    centre, radius, angle = scenes.trajectory(drawn, scenes.times_of(10).expand(60, -1))
    for i, clip in enumerate(clips):
        m = measure(clip)
        assert m.shape == shown[i].shape
        assert m.wedge == bool(drawn.wedge[i])
        assert np.abs(m.centre - centre[i].numpy()).max() * frame_size_px < 0.7  # also where the edge cuts the shape
        assert np.abs(m.radius / radius[i].numpy() - 1)[m.whole].max() < 0.04
        if m.wedge:
            off = (m.angle - angle[i].numpy() + 0.5) % 1 - 0.5
            assert np.abs(off).max() < 0.015


def test_a_cut_shape_is_followed_by_its_visible_part():
    track = np.linspace(0.4, 1.05, 10)
    frames = np.full((10, 64, 64, 3), 255, np.uint8)
    for frame, x in zip(frames, track, strict=True):
        centre = (round((x * 64 - 0.5) * 16), round((0.5 * 64 - 0.5) * 16))
        cv2.circle(frame, centre, 10 * 16, COLOUR_RGB["red"], -1, cv2.LINE_AA, shift=4)
    m = measure(frames)
    assert m.cut[-3:].all()
    assert not m.cut[:5].any()
    assert np.abs(m.centre[:, 0] - track).max() * 64 < 1
    assert read(frames[None])[0].motion == "moving right"
    assert read(frames[None])[0].speed == "quickly"


@pytest.mark.parametrize(
    ("shape", "area"), [("circle", math.pi), ("square", 2.0), ("triangle", 1.299), ("star", 1.3225)]
)
def test_ideal_shapes_have_their_closed_form(shape, area):
    assert area_and_centroid(outline(shape, wedge=False))[0] == pytest.approx(area, rel=1e-3)
    assert area_and_centroid(outline(shape, wedge=False))[1] == pytest.approx((0, 0), abs=1e-9)
    cut, centroid = area_and_centroid(outline(shape, wedge=True))
    assert 0.05 * area < area - cut < 0.11 * area
    assert centroid[0] == pytest.approx(0, abs=1e-9)
    assert centroid[1] < -0.01  # the wedge is missing below
    assert np.hypot(*outline(shape, wedge=True).T).max() == pytest.approx(1)


def test_ink_is_found_beneath_noise():
    clip = noisy(clip_of(Attributes("star", "moving left", "small", "orange")), np.random.default_rng(1))
    ink_rgb, shown = find_ink(clip)
    assert shown.all()
    assert np.abs(ink_rgb - COLOUR_RGB["orange"]).max() < 12


def test_legs_are_counted_with_hysteresis():
    assert count_legs(np.array([0.0, 0.01, 0.02]), 0.06) == 0
    assert count_legs(np.linspace(0, 1, 10), 0.06) == 1
    assert count_legs(np.array([0, 0.2, 0.18, 0.4, 0.37, 0.6]), 0.06) == 1
    assert count_legs(np.array([0, 0.2, 0.4, 0.3, 0.2]), 0.06) == 2
    assert count_legs(np.array([0.5, 0.4, 0.3, 0.4, 0.5, 0.4, 0.3, 0.35]), 0.06) == 3


def test_sizes_and_speeds_follow_the_contract():
    sizes = {0.08: None, 0.12: "small", 0.14: "small", 0.16: "between", 0.18: "large", 0.22: "large", 0.3: None}
    assert {radius: read_size(radius) for radius in sizes} == sizes
    travels = {0.25: "slowly", 0.35: "slowly", 0.45: "between", 0.6: "quickly"}
    assert {travel: read_speed("moving up", travel, 0) for travel in travels} == travels
    turns = {0.25: "slowly", 0.37: "slowly", 0.5: "between", 0.8: "quickly", -0.3: "slowly", -0.8: "quickly"}
    assert {turn: read_speed("rotating clockwise", 0, turn) for turn in turns} == turns
    assert read_speed("shrinking", 0, 0) is None
    assert read_speed(None, 0.5, 0) is None


@pytest.mark.parametrize("shape", [(10, 64, 64, 3), (1, 2, 64, 32, 3), (1, 2, 3, 64, 64)])
def test_only_clips_are_read(shape):
    with pytest.raises(ValueError, match="Clips must be uint8"):
        read(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="float64"):
        read(np.zeros((1, 2, 64, 64, 3)))
    assert read(np.zeros((0, 10, 64, 64, 3), np.uint8)) == []


# The evaluation


class PerfectSampler:
    """Draws real clips of what the prompts say, from the seeds it is given."""

    def __init__(self, grammar: str, frame_size_px: int = 32):
        self.grammar, self.frame_size_px, self.requests = grammar, frame_size_px, []

    def __call__(self, prompts, *, seeds, frames):
        self.requests += zip(prompts, seeds, strict=True)
        return self.draw(prompts, seeds, frames)

    def draw(self, prompts, seeds, frames):
        reading = [GRAMMARS[self.grammar].parse(prompt) for prompt in prompts]
        drawn = scenes.from_attributes(self.grammar, reading, seed=seeds[0] + 2**40)
        return to_uint8(render(drawn, frames=frames, frame_size_px=self.frame_size_px))


class DeafSampler(PerfectSampler):
    """Draws real clips of other prompts than it was given."""

    def draw(self, prompts, seeds, frames):
        return super().draw([*prompts[7:], *prompts[:7]], seeds, frames)


def test_a_perfect_sampler_is_near_a_hundred_percent():
    sampler, calls = PerfectSampler("shapes"), []
    result = evaluate(sampler, clips=60, seed=3, progress=lambda done, of: calls.append((done, of)))
    assert calls == [(50, 120), (60, 120), (110, 120), (120, 120)]
    assert len({seed for _, seed in sampler.requests}) == 60  # the same noise for both parts
    for part in ("seen", "held_out"):
        shares = {name: s["share"] for name, s in result[part]["accuracy"].items()}
        assert min(shares.values()) >= 0.95, shares
        assert result[part]["ceiling"]["all"]["share"] >= 0.95
        assert result[part]["shuffled"]["motion"]["share"] < 0.25
        assert result[part]["shuffled"]["all"]["share"] < 0.1
        assert result[part]["accuracy"]["shape"]["of"] == 60
        assert 0 < result[part]["accuracy"]["speed"]["of"] < 60  # not every prompt says it
        assert result[part]["blank_frames"] == 0
        assert sum(m["all"]["of"] for m in result[part]["per_motion"].values()) == 60
        assert all(motion in results for motion, results in result[part]["confusion"]["motion"].items())
    assert json.loads(json.dumps(result)) == result
    for key, value in {"reader": READER_VERSION, "grammar": "shapes", "clips": 60, "seed": 3, "frames": 10}.items():
        assert result[key] == value
    table = summary(result)
    assert "unseen prompts" in table
    assert "95% interval" in table


def test_the_same_evaluation_again_is_the_same():
    first, again, other = (evaluate(PerfectSampler("shapes"), clips=8, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first != other | {"seed": 5}


def test_held_out_prompts_are_held_out():
    sampler = PerfectSampler("classic", 64)
    result = evaluate(sampler, clips=20)
    shown, held_out = (
        {GRAMMARS["classic"].parse(p) for p, _ in half} for half in (sampler.requests[:20], sampler.requests[20:])
    )
    assert held_out == {Attributes("circle", "moving up"), Attributes("circle", "moving up-right")}
    assert not shown & held_out
    assert set(result["held_out"]["per_motion"]) == {"moving up", "moving up-right"}
    for part in ("seen", "held_out"):
        accuracy = result[part]["accuracy"]
        assert accuracy["all"]["share"] == 1
        assert accuracy["colour"]["of"] == 20  # classic prompts all mean red
        assert accuracy["size"] == accuracy["speed"] == share_of(0, 0)
    json.dumps(result, allow_nan=False)
    summary(result)


def test_a_deaf_sampler_is_at_chance():
    result = evaluate(DeafSampler("shapes"), clips=80)["seen"]
    accuracy = {name: s["share"] for name, s in result["accuracy"].items()}
    assert accuracy["motion"] < 0.15  # one in 23
    assert accuracy["colour"] < 0.4  # one in six
    assert accuracy["shape"] < 0.45  # one in four
    assert accuracy["all"] < 0.05
    assert result["ceiling"]["all"]["share"] > 0.95


def test_blank_clips_score_nothing_and_say_so():
    class Blank(PerfectSampler):
        def draw(self, prompts, seeds, frames):
            return np.full((len(prompts), frames, 32, 32, 3), 255, np.uint8)

    result = evaluate(Blank("shapes"), clips=1)
    for part in ("seen", "held_out"):
        assert result[part]["blank_frames"] == 1
        assert result[part]["accuracy"]["all"]["share"] == 0
        assert list(result[part]["confusion"]["motion"].values()) == [{"none": 1}]
        assert result[part]["shuffled"] is None  # there is no other prompt
    summary(result)


def test_what_cannot_be_evaluated_is_refused():
    sampler = PerfectSampler("shapes")
    for clips in (0, -3, 1.5, True):
        with pytest.raises(ValueError, match="clips must be"):
            evaluate(sampler, clips=clips)
    with pytest.raises(ValueError, match="seed must be"):
        evaluate(sampler, seed=-1)
    sampler.grammar = None
    with pytest.raises(ValueError, match="no grammar") as caught:
        evaluate(sampler)
    assert "\n" not in str(caught.value)
    assert sampler.requests == []


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_wilsons(right, of, low, high):
    """The examples of Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I."""
    share = share_of(right, of)
    assert (share["right"], share["of"], share["share"]) == (right, of, right / of)
    assert (share["low"], share["high"]) == pytest.approx((low, high), abs=6e-5)
    assert share_of(of - right, of)["low"] == pytest.approx(1 - share["high"])


# Both readers


@pytest.fixture(scope="module")
def both():
    """A perfect sampler through both readers, to be read and not changed."""
    calls = []
    result = evaluate(
        PerfectSampler("shapes"),
        clips=100,
        seed=3,
        network=load_reader(),
        progress=lambda done, of: calls.append((done, of)),
    )
    assert calls[-1][0] == calls[-1][1] == 5 * 100 + 5 * 8
    return result


def test_both_readers_find_real_clips_right_and_agree(both):
    for part in ("seen", "held_out", "held_out_combinations", "held_out_motion"):
        result = both[part]
        for counted in (result, result["network"]):
            for key in ("accuracy", "ceiling"):
                shares = {name: share["share"] for name, share in counted[key].items()}
                assert min(shares.values()) >= 0.9, (part, key, shares)
                assert min(share for name, share in shares.items() if name != "all") >= 0.9, (part, key, shares)
            assert counted["shuffled"]["all"]["share"] < 0.15
        assert result["agreement"]["motion"]["share"] >= 0.9
        assert result["agreement"]["shape"]["of"] == result["accuracy"]["shape"]["of"]


def test_own_words_are_understood_and_shown(both):
    result = both["own_words"]
    for language, share in result["understood"].items():
        assert share["of"] > 140 and share["share"] >= 0.9, language
    for counted in (result, result["network"]):
        assert counted["accuracy"]["all"]["of"] == 100
        assert counted["accuracy"]["all"]["share"] >= 0.9
    line = understood_line(both)
    assert line in summary(both) and line in "\n".join(card_lines(both))
    assert re.fullmatch(r"Prompts in .+: [\d.]+% of \d+ English, [\d.]+% of \d+ Russian\.", line)
    assert "| own words | all | 100 |" in "\n".join(card_lines(both))
    assert understood_line({"seen": both["seen"]}) == ""


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_own_words_mean_what_a_grammar_can_say(grammar):
    drawn = own_words.to_draw(grammar, 20)
    assert len(drawn) == 20 and len(set(drawn)) == 20
    assert any(re.search("[а-я]", a.prompt) for a in drawn) and any(re.search("[a-z]", a.prompt) for a in drawn)
    every = own_words.to_draw(grammar, 10**6)
    assert {a for language in ("en", "ru") for a in own_words.prompts_in(grammar, language) if a.meaning} == set(every)
    assert all(GRAMMARS[grammar].parse(GRAMMARS[grammar].caption(a.meaning)) == a.meaning for a in every)


@pytest.mark.parametrize("refused", [[0], [1], [0, 1, 2]])
def test_a_refused_prompt_counts_as_wrong(refused):
    captions = ["red star moving left", "blue circle moving up", "green square expanding"]
    wanted = [GRAMMARS["shapes"].parse(caption) for caption in captions]
    read = ["" if i in refused else caption for i, caption in enumerate(captions)]
    result = counts(collect(PerfectSampler("shapes", 64), read, wanted=wanted, seed=0))
    assert result["accuracy"]["all"]["right"] == 3 - len(refused)
    assert result["accuracy"]["all"]["of"] == 3
    assert result["blank_frames"] == pytest.approx(len(refused) / 3)


def test_motions_never_trained_have_a_part_of_their_own(both):
    assert never_trained_motions("shapes") == ("moving up then right",)
    assert never_trained_motions("classic") == ("moving up",)
    assert set(both["held_out_motion"]["per_motion"]) == {"moving up then right"}
    for part in ("held_out_motion", "held_out_combinations"):
        assert both[part]["accuracy"]["all"]["of"] == 100
    assert "moving up then right" not in both["held_out_combinations"]["per_motion"]
    for counted in (both["held_out_motion"], both["held_out_motion"]["network"]):
        assert counted["shuffled"]["motion"]["share"] is None  # all ask for one motion: nothing to exchange
        assert counted["shuffled"]["shape"]["share"] < 0.6
    alike = [GRAMMARS["classic"].parse("circle moving up")] * 3
    assert all(share["share"] is None for share in shuffled("classic", alike, alike).values())
    captions = held_out_captions("shapes", 0, 300, new_motion=True)
    assert len(captions) == 300 and len(set(captions)) > 100
    assert {GRAMMARS["shapes"].parse(prompt).motion for prompt in captions} == {"moving up then right"}
    others = [GRAMMARS["shapes"].parse(prompt) for prompt in held_out_captions("shapes", 0, 300, new_motion=False)]
    assert len(others) == 300 and all(is_held_out("shapes", a) for a in others)


def test_confusion_tables_count_every_clip_that_says_the_word(both):
    for counted in (both["seen"], both["seen"]["network"]):
        assert set(counted["confusion"]) == {"colour", "shape", "size", "motion", "speed"}
        for name, table in counted["confusion"].items():
            share = counted["accuracy"][name]
            assert sum(sum(row.values()) for row in table.values()) == share["of"]
            assert sum(row.get(word, 0) for word, row in table.items()) == share["right"]


def test_real_clips_are_like_real_clips(both):
    for part in ("seen", "held_out", "held_out_motion"):
        steady, distance = both[part]["steadiness"], both[part]["frechet_reader_distance"]
        assert 0.7 < steady["roughness"]["ratio"] < 1.4
        assert steady["colour_distance"]["generated"] < 3
        assert distance["generated"] < 3 * distance["real"]
    assert 0.5 < both["diversity"]["start"]["ratio"] < 2
    assert both["diversity"]["collapsed_prompts"] == 0


def test_a_collapsed_sampler_is_found_out():
    """It obeys every prompt and draws always the same clip of it: right everywhere, and no variety."""

    class Collapsed(PerfectSampler):
        def draw(self, prompts, seeds, frames):
            return np.concatenate([super(Collapsed, self).draw([prompt], [5], frames) for prompt in prompts])

    result = evaluate(Collapsed("shapes"), clips=60, network=load_reader())
    assert result["seen"]["accuracy"]["all"]["share"] > 0.9
    assert result["diversity"]["collapsed_prompts"] == 1
    assert result["diversity"]["start"]["ratio"] < 0.05


def test_another_grammars_clips_are_far_away_and_wrong():
    class Foreign(PerfectSampler):
        def draw(self, prompts, seeds, frames):
            drawn = scenes.sample("classic", seeds[0], torch.arange(len(prompts)))[0]
            clips = to_uint8(render(drawn, frames=frames, frame_size_px=self.frame_size_px))
            clips[:, ::2] = clips[:, ::2, :, :, ::-1]  # red and blue swapped in every other frame
            return clips

    result = evaluate(Foreign("shapes"), clips=30, network=load_reader())
    assert result["seen"]["steadiness"]["colour_distance"]["generated"] > 40
    distance = result["seen"]["frechet_reader_distance"]
    assert distance["generated"] > 3 * distance["real"]
    assert result["seen"]["accuracy"]["colour"]["share"] < 0.5
    wrong = result["seen"]["failures"]
    assert 0 < len(wrong) <= 24
    assert any("colour" in words for failure in wrong for words in failure["wrong"].values())
    assert {"prompt", "seed", "wrong"} == set(wrong[0])


def test_failures_name_the_prompt_and_seed_of_drawn_clips():
    sampler = DeafSampler("shapes")
    result = evaluate(sampler, clips=30, network=load_reader())
    requests = set(sampler.requests)
    for part in ("seen", "held_out"):
        assert result[part]["failures"]
        assert {(failure["prompt"], failure["seed"]) for failure in result[part]["failures"]} <= requests


def test_the_result_says_how_to_repeat_it_and_is_small(both):
    assert both["network_reader"]["weights_sha256"] == load_reader().version["weights_sha256"]
    assert both["versions"]["torch"] == torch.__version__
    assert (both["clips"], both["seed"], both["frames"], both["reader"]) == (100, 3, 10, READER_VERSION)
    assert len(json.dumps(both, indent=1, allow_nan=False)) < 200_000
    again = evaluate(PerfectSampler("shapes"), clips=20, seed=3, network=load_reader())
    assert again == evaluate(PerfectSampler("shapes"), clips=20, seed=3, network=load_reader())


def test_the_quick_look_of_trainings_asks_one_reader_only():
    sampler = PerfectSampler("shapes")
    result = evaluate(sampler, clips=10)
    assert len(sampler.requests) == 20
    assert result["network_reader"] is None and "network" not in result["seen"] and "diversity" not in result


def test_tables_for_people_name_both_readers(both):
    text = summary(both)
    assert "geometric reader" in text and "network reader" in text and "agree" in text
    assert "new motion" in text and "no FVD" in text and "ACD" in text
    assert max(map(len, text.splitlines())) < 130
    card = card_lines(both)
    table = [line for line in card if line.startswith("|")]
    assert {
        line.count("|") for line in table[: table.index("| beside real clips of the same prompts | generated | real |")]
    } == {11}
    old = {name: both[name] for name in ("clips", "seed")}
    for part in ("seen", "held_out"):
        old[part] = {name: both[part][name] for name in ("accuracy", "ceiling", "shuffled", "blank_frames")}
    assert {line.count("|") for line in card_lines(old) if line.startswith("|")} == {7}
    assert "network" not in summary(old)


def test_tables_name_every_slot_of_the_grammar_once():
    assert sorted(ATTRIBUTES) == sorted(SLOTS)
