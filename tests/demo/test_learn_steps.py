"""Chapter 6 of the Learn tab: a tiny training of each visitor's own, and what its switches break."""

from types import SimpleNamespace

import pytest
import torch

pytest.importorskip("gradio")

from demo.learn import speech
from demo.learn.chapters import classroom, judge, steps
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS
from t2v.data.render import render
from t2v.media.clips import to_uint8


def weights(network) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_step_of_one_player_moves_that_one_alone(player):
    pupil = steps.Pupil()
    before = {name: weights(getattr(pupil.gan, name)) for name in ("discriminator", "generator")}
    pupil.advance(discriminator=player == "discriminator", generator=player == "generator")
    moved = {name for name in before if not torch.equal(before[name], weights(getattr(pupil.gan, name)))}
    assert moved == {player}


@pytest.mark.parametrize("step, heads", [(0, 1), (100, 2)])
def test_a_generators_own_step_faces_the_scores_of_a_whole_one(step, heads):
    pupil = steps.Pupil()
    pupil.gan.step, batch = step, pupil.batch()
    scores = pupil.gan.discriminate(batch.clips, batch, pupil.gan.embed_captions(batch)).scores
    assert scores.shape == (16, heads)
    torch.testing.assert_close(pupil.real_scores(batch), scores)


def test_a_step_takes_one_thread_of_the_processor(monkeypatch):
    pupil, seen = steps.Pupil(), []
    monkeypatch.setattr(pupil.gan, "update_ema", lambda: seen.append(torch.get_num_threads()))
    torch.set_num_threads(2)
    try:
        pupil.advance()
        assert seen == [1] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_trainings_of_two_visitors_share_nothing():
    mine, yours = steps.Pupil(), steps.Pupil()
    for _ in range(3):
        mine.advance()
    assert yours.step == 0 and yours.losses == []
    for _ in range(3):
        yours.advance()
    assert torch.equal(weights(mine.gan.generator), weights(yours.gan.generator))  # and nothing depends on the other


def test_a_class_keeps_trainings_apart_and_frees_them(monkeypatch):
    monkeypatch.setattr(classroom, "MAX_PUPILS", 2)
    room = classroom.Classroom()
    first, second = room.begin("a", frozenset()), room.begin("b", frozenset({"deaf"}))
    assert room.of("a") is first and room.of("b") is second and room.of("c") is None
    assert room.turn_seconds() == classroom.TURN_SECONDS / 2
    room.of("a")
    room.begin("c", frozenset())  # the room is full: who has rested longest makes room
    assert room.of("b") is None and room.of("a") is first
    room.leave("a")
    assert room.of("a") is None
    monkeypatch.setattr(classroom, "FREED_AFTER_SECONDS", -1.0)
    assert room.of("c") is None


def test_a_broken_training_shows_the_healthy_curve_behind_it():
    room, broken = classroom.Classroom(), steps.Pupil(frozenset({"deaf"}))
    broken.measured *= 3
    room.remember(broken)
    assert room.healthy == []  # only what nothing is broken in
    well = steps.Pupil()
    well.measured = [{"step": k, "right": 0.3 * k, "jitter": 0.0} for k in range(3)]
    room.remember(well)
    words = speech.ENGLISH["steps_healthy"]
    assert words in steps.show(broken, "en", healthy=room.healthy)
    assert words not in steps.show(broken, "en") and words not in steps.show(well, "en", healthy=room.healthy)


def test_a_switch_begins_anew_and_what_ran_goes_on(events):
    visit = SimpleNamespace(session_hash="me", headers={})
    press = next(e for e in events if e.name == "on_train" and any(name == "input" for _, name in e.targets))
    pace, figure, timer = press.fn("run", True, False, False, False, visit).values()
    assert pace == "run" and "D steps 0, G steps 0" in figure and timer.active


def test_a_class_shares_one_training_until_a_step_of_its_own():
    room = classroom.Classroom()
    first, late = room.begin("a", frozenset()), room.begin("b", frozenset())
    broken = room.begin("c", frozenset({"deaf"}))
    first.advance()
    assert room.join("b") is first and room.join("a") is first and room.join("c") is broken
    own = room.part("b")
    assert own is not first and own is not late and room.of("a") is first
    assert own.step == 1 and torch.equal(weights(own.gan.generator), weights(first.gan.generator))
    own.advance(generator=False)
    first.advance(), first.advance()
    assert room.join("b") is own  # whose way is another now
    room.leave("a")
    again = room.begin("a", frozenset())
    assert room.join("a") is again and again.step == 0  # nobody else runs it: it is seen from its beginning


def test_a_copy_trains_as_its_original_does():
    first = steps.Pupil()
    first.advance()
    twin = first.copy()
    first.advance(), twin.advance()
    assert torch.equal(weights(twin.gan.generator), weights(first.gan.generator))
    assert twin.losses == first.losses


def test_a_training_ends_at_its_limit(monkeypatch):
    monkeypatch.setattr(steps, "MAX_STEPS", 2)
    pupil = steps.Pupil()
    for _ in range(4):
        pupil.advance()
    assert pupil.step == 2 and pupil.done and "limit" in steps.show(pupil, "en")


def test_a_restless_pupil_is_judged_as_well():
    pair = steps.Pupil(frozenset({"restless"})).pair()
    assert judge.scores(pair, steps.CAPTIONS[0], 0).keys() == {"real", "generated", "wrong"}


def test_without_its_text_prompts_are_followed_by_luck_alone():
    """Both learn from 3,200 clips; the shares are counted in what they draw."""
    right = {}
    for name, switches in (("hearing", frozenset()), ("deaf", frozenset({"deaf"}))):
        pupil = steps.Pupil(switches)
        for _ in range(200):
            pupil.advance()
        right[name] = pupil.measured[-1]["right"]
    assert right["hearing"] > 0.6 and right["deaf"] < 0.2  # luck gives 0.06


def test_each_caption_fits_its_own_real_clip_best():
    asked = [GRAMMARS["shapes"].parse(caption) for caption in steps.CAPTIONS]
    drawn = scenes.from_attributes("shapes", asked, seed=0)
    clips = to_uint8(render(drawn, frames=10, frame_size_px=32))
    assert steps.best_captions(clips) == list(steps.CAPTIONS)
    assert steps.jitter(clips) < 0.01


def test_deaf_discriminators_and_restless_generators_are_so():
    deaf = judge.scores(steps.Pupil(frozenset({"deaf"})).pair(), steps.CAPTIONS[0], 0)
    assert deaf["real"] == deaf["wrong"]
    hearing = judge.scores(steps.Pupil().pair(), steps.CAPTIONS[0], 0)
    assert hearing["real"] != hearing["wrong"]
    restless = steps.Pupil(frozenset({"restless"}))
    assert restless.measured[0]["jitter"] > 1.5 * steps.Pupil().measured[0]["jitter"]
