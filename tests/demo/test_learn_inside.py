"""Chapters 3 to 5 of the Learn tab look inside the networks: what they show is what the networks do."""

import copy
import shutil
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

pytest.importorskip("gradio")

from demo.learn import handlers
from demo.learn.attention import Attention, attention_map, attention_of
from demo.learn.chapters import inside, judge, stages, tokens
from demo.studio.clips import find_sampler
from t2v.checkpoint.release import DISCRIMINATOR, Release, load_discriminator
from t2v.config import ModelConfig
from t2v.data.vocabulary import grammar_vocabulary
from t2v.media.clips import to_uint8
from t2v.models import make_discriminator, make_generator
from t2v.sampler import Sampler

PROMPT = "large red circle moving left"
TURNING = "circle moving up then right"
SMALL = ModelConfig(
    kind="layered", frame_size_px=64, noise_size=4, word_size=16, text_size=16, code_size=16, hidden_size=16,
    decoder_channels=16, discriminator_channels=8, layers=2, keyframes=2,
)  # fmt: skip


def make_sampler(grammar="shapes", **changed):
    """An untrained layered model of two layers, which draws 64 px and trains at 32."""
    vocabulary, model = grammar_vocabulary(grammar), replace(SMALL, **changed)
    torch.manual_seed(0)
    generator = make_generator(model, len(vocabulary.words)).requires_grad_(False)
    return Sampler(Release("small", model, grammar, vocabulary, {}, generator))


@pytest.fixture(scope="module")
def sampler():
    return make_sampler()


@pytest.fixture(scope="module")
def pair(sampler):
    torch.manual_seed(0)
    vocabulary = sampler.release.vocabulary
    discriminator = make_discriminator(sampler.release.model, len(vocabulary.words)).requires_grad_(False)
    discriminator.set_usual_colour(torch.ones(3))
    return judge.Pair(sampler.release.generator, discriminator, vocabulary, "shapes")


# --- 3


def test_words_that_lie_together_are_told_from_strangers():
    kinds = ["a"] * 10 + ["b"] * 10
    points = torch.randn(20, 8, generator=torch.Generator().manual_seed(0))
    grouped = points + torch.tensor([[5.0]] * 10 + [[-5.0]] * 10)
    assert tokens.together(grouped, kinds) < 0.5 < 0.8 < tokens.together(points, kinds)


def test_words_on_the_map_do_not_lie_on_each_other(sampler):
    """Each has a point of its own, and words that would overlap stand aside."""
    words = sampler.release.vocabulary.words
    assert tokens.as_read(sampler).shape == (len(words), 16)
    drawn = tokens.show(sampler, PROMPT)
    drawn = drawn[: drawn.index("Attention of layer")]
    assert {drawn.count(f">{word}</text>") for word in words} == {1}
    assert tokens.overlap((0, 0, "start"), "red", (10, 5, "start"), "blue")
    assert not tokens.overlap((0, 0, "end"), "red", (1, 5, "start"), "blue")
    crowded = {word: (100.0 + k, 100.0 + k % 3) for k, word in enumerate(words[:8])}
    placed = tokens.stand_apart(crowded)
    assert not any(tokens.overlap(placed[a], a, placed[b], b) for a, b in combinations(crowded, 2))


def test_a_word_is_read_in_its_context(sampler):
    """The map's points are states: they change with the GRUs, which the table of embeddings does not."""
    other = copy.deepcopy(sampler)
    with torch.no_grad():
        other.release.generator.text.forwards.weight_hh_l0.mul_(3)
    assert not torch.allclose(tokens.as_read(other), tokens.as_read(sampler))


def test_attention_is_the_generators_own(sampler):
    """What the map shows makes the words that the generator moves by."""
    result = attention_of(sampler, TURNING)
    assert result.words == ("circle", "moving", "up", "then", "right")
    torch.testing.assert_close(result.motion.sum(3), torch.ones(2, 16, 2))
    torch.testing.assert_close(result.identity.sum(1), torch.ones(2))
    generator = sampler.release.generator
    encoded = sampler.release.vocabulary.encode([TURNING])
    words = generator.text(encoded).words[0, :5]  # (L, E)
    torch.testing.assert_close((result.motion @ words).flatten(2), generator.read(encoded).motion[0])


def test_the_attention_map_is_darkest_where_a_word_counts_most():
    motion = torch.zeros(1, 2, 1, 2)  # of two words, the first counts early and the second late
    motion[0, 0, 0, 0] = motion[0, 1, 0, 1] = 1.0
    drawn = attention_map(Attention(("up", "right"), torch.tensor([[0.5, 0.5]]), motion), 0)
    titles = [cell.split("</title>")[0] for cell in drawn.split("<title>")[1:]]
    assert titles == ["up: 50%", "right: 50%", "up: 100%", "right: 0%", "up: 0%", "right: 100%"]
    assert drawn.count('fill-opacity="1.000"') == 2


def test_every_layer_has_its_attention_map(sampler):
    drawn = tokens.show(sampler, TURNING)
    assert all(f"Attention of layer {k}:" in drawn for k in (1, 2))
    nothing = make_sampler(layers=0, background_keyframes=2)
    assert "no layers that attend to words" in tokens.show(nothing, TURNING)


def test_a_plural_is_where_its_word_is_on_the_map():
    of_stories = make_sampler("stories")
    token = of_stories.release.vocabulary.token_of["star"]
    assert f"stars → {token}" in tokens.show(of_stories, "two stars falling at night")


def test_word_order_is_measured_in_the_sentence(sampler):
    assert tokens.order_matters(sampler, TURNING) > 0.01
    assert tokens.order_matters(sampler, TURNING) > tokens.order_matters(sampler, "circle shrinking")


# --- 4


def test_the_stages_lead_to_the_clip_that_is_generated(sampler):
    result = stages.stages(sampler, PROMPT, 3, 1.0, 0.0)
    clip = sampler([PROMPT], seeds=[3])[0]
    assert np.array_equal(result.clip, clip) and np.array_equal(result.frame, clip[-1])
    alpha = result.alpha[:, None]  # (K, 1, H, W)
    composite = (1 - alpha.sum(0)) * result.background + (alpha * result.placed).sum(0)
    np.testing.assert_allclose(to_uint8(composite[None])[0].astype(int), result.frame, atol=1)
    for pose, path in zip(result.pose, result.trajectory, strict=True):
        torch.testing.assert_close(pose, path[:, -1])


def test_alpha_is_where_the_pose_says(sampler):
    result = stages.stages(make_sampler(layers=1), PROMPT, 3, 0.3, 0.0)
    pixels = (torch.arange(64) + 0.5) / 32 - 1
    mass = result.alpha[0] / result.alpha[0].sum()
    centre = torch.stack([mass.sum(0) @ pixels, mass.sum(1) @ pixels])
    torch.testing.assert_close(centre, result.pose.position[0], atol=0.1, rtol=0)


def test_time_changes_the_pose_and_not_the_appearance():
    sampler = make_sampler(keyframes=1)
    early, late = (stages.stages(sampler, PROMPT, 3, instant, 0.0) for instant in (0.2, 1.0))
    assert torch.equal(early.colours, late.colours) and torch.equal(early.distance, late.distance)
    assert not torch.equal(early.pose.position, late.pose.position)
    moved = stages.stages(sampler, PROMPT, 3, 0.2, 1.0)
    assert not torch.equal(moved.colours, early.colours)


def test_with_keyframes_the_appearance_changes_too(sampler):
    early, late = (stages.stages(sampler, PROMPT, 3, instant, 0.0) for instant in (0.2, 1.0))
    assert not torch.equal(early.colours, late.colours)


def test_distance_is_amber_inside_and_indigo_outside():
    drawn = stages.distance_picture(torch.tensor([[2.0, 0.0], [-2.0, -1.0]]))
    assert drawn[0, 0].tolist() == list(stages.INSIDE_RGB) and drawn[1, 0].tolist() == list(stages.OUTSIDE_RGB)
    assert drawn[0, 1].tolist() == [255, 255, 255]


def test_a_model_without_layers_shows_its_background():
    sampler = make_sampler(layers=0, background_size_px=32, background_keyframes=4)
    result = stages.stages(sampler, PROMPT, 3, 0.5, 0.0)
    assert np.array_equal(to_uint8(result.background[None])[0], result.frame)
    assert "9 background" in inside.show(sampler, PROMPT, 3, 0.5, 0.0)


def test_every_layer_has_its_stages(sampler):
    drawn = inside.show(sampler, PROMPT, 3, 0.5, 0.0)
    assert "Layer 1" in drawn and "Layer 2" in drawn
    assert drawn.count("5 distance to the edge: amber inside, indigo outside</figcaption>") == 2


def test_the_baseline_is_shown_as_it_is(tiny_baseline, tmp_path):
    from t2v.sampler import load
    from t2v.training.loop import train

    train(tiny_baseline, tmp_path / "run", device="cpu")
    sampler, prompt = load(tmp_path / "run", device="cpu"), "circle moving left"
    assert tokens.order_matters(sampler, prompt) < 1e-5
    assert "no layers that attend to words" in tokens.show(sampler, prompt)
    maps = inside.baseline_stages(sampler, prompt, 0, 0.0, 0.0)
    assert [tuple(m.shape) for m in maps] == [(256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64)]
    whole = sampler([prompt], seeds=[0])[0]
    # a frame alone and one of ten may be rounded differently, as the processor's layers are chosen by size
    np.testing.assert_allclose(to_uint8(maps[-1][None])[0].astype(int), whole[0], atol=1)
    assert "64x64" not in inside.show(sampler, prompt, 0, 0.0, 0.0)
    pair = judge.pair_of(sampler.release, load_discriminator(tmp_path / "run" / "checkpoint"))
    assert "this discriminator ignores the caption" in judge.show(pair, prompt, 0)


# --- 5


def test_scores_are_made_of_realness_and_fit(pair):
    real, made, times = judge.real_and_generated(pair, PROMPT, 0)
    assert real.shape == made.shape == (1, 8, 3, 32, 32)
    result = judge.discriminate(pair, real, times, PROMPT)
    whole = pair.discriminator(real, pair.vocabulary.encode([PROMPT]), times)[0]  # (H,)
    torch.testing.assert_close(result.unconditional + result.fit, whole)
    other = judge.discriminate(pair, real, times, judge.negative_caption("shapes", PROMPT))
    torch.testing.assert_close(result.unconditional, other.unconditional)
    assert (result.fit - other.fit).abs().min() > 1e-4


def test_clips_of_any_size_are_judged_as_in_training(pair):
    real, _, times = judge.real_and_generated(pair, PROMPT, 0)
    large = real.repeat_interleave(2, 3).repeat_interleave(2, 4)  # 64 px
    torch.testing.assert_close(judge.score(pair, large, times, PROMPT), judge.score(pair, real, times, PROMPT))


def test_wrong_captions_differ_in_one_slot_motion_first():
    result = judge.negative_captions("shapes", PROMPT)
    for caption in result:
        assert len(set(PROMPT.split()) - set(caption.split())) == 1, caption
    assert len(result) == 4 and result[0] == judge.negative_caption("shapes", PROMPT)
    assert "large red circle" in result[0]


def test_glimpses_are_taken_where_the_thing_is(pair):
    clips = torch.ones(1, 8, 3, 32, 32)
    for frame in range(8):
        clips[0, frame, 1:, 18:26, 2 + 2 * frame : 10 + 2 * frame] = -1.0  # moves right by 1/16 of the frame
    result = judge.glimpses_of(pair, clips)
    assert result.frames == pair.discriminator.closeups and result.crops.shape == (3, 3, 16, 16)
    middles = result.corners[:, 0] + 0.25
    expected = torch.tensor([[(6 + 2 * frame) / 32, 22 / 32] for frame in result.frames])
    torch.testing.assert_close(middles, expected, atol=0.05, rtol=0)
    assert (result.crops[:, 1, 8, 8] < 0).all()  # the thing is in the middle of each


def test_squares_are_drawn_around_glimpses(pair):
    real, _, _ = judge.real_and_generated(pair, PROMPT, 0)
    marked = judge.marked_frames(pair, real, torch.zeros(8, 32, 32))
    blue = (marked == judge.GLIMPSE_RGB).all(3)  # (8, S, S)
    assert [bool(frame.any()) for frame in blue] == [k in pair.discriminator.closeups for k in range(8)]
    frame = np.zeros((8, 8, 3), np.uint8)
    judge.draw_square(frame, -2, 2, 8)
    assert (frame[2:4, :4] == judge.GLIMPSE_RGB).all() and not frame[4:, :4].any() and not frame[:2].any()


def test_before_its_glimpses_one_head_alone_is_shown(pair):
    early = replace(pair, takes_glimpses=False)
    real, _, times = judge.real_and_generated(pair, PROMPT, 0)
    torch.testing.assert_close(
        judge.discriminate(early, real, times, PROMPT).fit, judge.discriminate(pair, real, times, PROMPT).fit[:1]
    )
    drawn, full = (judge.show(one, PROMPT, 0) for one in (early, pair))
    for words in ("glimpses", "glimpses: caption fits"):
        assert f">{words}<" in full and f">{words}<" not in drawn
    remark = "this one ended before glimpses joined"
    assert remark in drawn and remark not in full


def test_the_heat_is_where_the_score_is_sensitive(pair):
    real, _, times = judge.real_and_generated(pair, PROMPT, 0)
    warm = judge.heat(pair, real, times, PROMPT)
    assert warm.shape == (pair.frames, 32, 32) and float(warm.max()) == 1.0
    base, moved = judge.score(pair, real, times, PROMPT), []
    for k, y, x in ((warm == 1).nonzero()[0].tolist(), (warm == warm.min()).nonzero()[0].tolist()):
        changed = real.clone()
        changed[0, k, :, y, x] += 0.01
        moved.append(abs(float(judge.score(pair, changed, times, PROMPT) - base)))
    assert moved[0] > moved[1]


def test_a_release_holds_its_discriminator_and_notices_damage(trained, tmp_path):
    from t2v import load

    release = tmp_path / "release"
    shutil.copytree(trained / "checkpoint", release)
    sampler = load(release, device="cpu")
    assert isinstance(load_discriminator(release), type(make_discriminator(sampler.release.model, 1)))
    (release / DISCRIMINATOR).write_bytes(b"x")
    with pytest.raises(ValueError, match="not the file that config"):
        load_discriminator(release)


def test_a_pair_knows_whether_its_training_took_glimpses(folders):
    shipped = find_sampler(folders, "shapes").release
    network = load_discriminator(folders.checkpoints / "shapes")
    assert not judge.pair_of(shipped, network).takes_glimpses  # of one step
    later = replace(shipped, training=shipped.training | {"steps": 10_000})
    assert judge.pair_of(later, network).takes_glimpses


def test_a_checkpoint_without_a_discriminator_says_so(folders, tmp_path):
    import re

    root = tmp_path / "old"
    shutil.copytree(folders.checkpoints, root)
    for config in root.glob("*/config.json"):
        config.write_text(re.sub(r' "discriminator_sha256": "\w+",\n', "", config.read_text()))
        config.write_text(re.sub(r',\n "config_sha256": "\w+"', "", config.read_text()))  # as older releases
    folders = type(folders)(root, folders.runs, folders.datasets, folders.visits)
    settings = {"checkpoint": "shapes", "prompt": PROMPT, "seed": 3}
    visit = folders.visit("me")
    assert "holds no discriminator" in handlers.figure(folders, 5, visit, **settings)[0]
