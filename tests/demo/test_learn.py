"""What the Learn tab shows, as plain functions: each figure is made by the package from the chosen checkpoint."""

import copy
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

pytest.importorskip("gradio")

from demo.learn import code, drawing, handout, players, speech, tab
from demo.learn.chapters import classroom, data, inside, judge, steps, tokens, unseen
from demo.studio.clips import find_sampler
from t2v.checkpoint.release import DISCRIMINATOR, load_discriminator
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, combinations
from t2v.data.render import render
from t2v.media.clips import to_uint8
from t2v.models.video_gan import FOLLOWED

PROMPT = "large red circle moving left"
SETTINGS = {
    "checkpoint": "shapes", "prompt": PROMPT, "seed": 3, "motion": None, "angle": 0, "travel": 0.5, "radius": 0.2,
    "instant": 0.5, "direction": 0.0, "number": 5,
}  # fmt: skip


def figure(folders, chapter, language="en", **changed):
    return tab.figure(folders, chapter, folders.visit("me"), language, **SETTINGS | changed)[0]


# --- Every chapter


@pytest.mark.parametrize("chapter", [1, 2, 3, 4, 5, 7, 8, 9])  # and chapter 6 trains a model of its own
def test_another_checkpoint_gives_another_figure(folders, chapter):
    changed = figure(folders, chapter, checkpoint="classic", prompt="circle moving left")
    assert figure(folders, chapter, prompt="circle moving left") != changed


@pytest.mark.parametrize(
    "name, value", [("seed", 4), ("instant", 0.9), ("direction", 2.0), ("prompt", "star shrinking")]
)
def test_the_generators_stages_follow_every_setting(folders, name, value):
    assert figure(folders, 4) != figure(folders, 4, **{name: value})


def test_a_mistake_is_said_and_not_drawn(folders):
    with pytest.raises(ValueError, match="Not known here"):
        figure(folders, 3, prompt="purple elephant moving left")
    with pytest.raises(ValueError, match="seed must be"):
        figure(folders, 1, seed=-1)


def test_both_languages_say_the_same_things():
    fields = {name: set(re.findall(r"{(\w+)", words)) for name, words in speech.ENGLISH.items()}
    assert fields == {name: set(re.findall(r"{(\w+)", words)) for name, words in speech.RUSSIAN.items()}
    assert [name for name, words in speech.RUSSIAN.items() if not re.search("[а-яА-Я]", words)] == []
    assert speech.language_of("ru-RU,ru;q=0.9,en;q=0.8") == "ru" and speech.language_of("en,ru") == "en"
    assert speech.language_of(None) == "en"


@pytest.mark.parametrize("chapter", tab.CHAPTERS)
def test_russian_figures_say_nothing_in_english(folders, chapter):
    """But prompts, names of files, parts and other systems, and units."""
    pupil = steps.Pupil()
    pupil.advance()
    drawn = re.sub(r"<code>.*?</code>|<a href=.https[^>]*>.*?</a>", " ", figure(folders, chapter, "ru", pupil=pupil))
    said = re.sub(r"<[^>]*>|\b\w+\.[a-z]+\b", " ", drawn).lower()
    english = {word for word in " ".join(speech.ENGLISH.values()).lower().split() if word.isalpha()}
    parts = {"text", "clip", "code", "colour", "frame", "ground", "outline", "course", "python", "gan"}
    known = {*" ".join(steps.CAPTIONS).split(), *find_sampler(folders, "shapes").release.vocabulary.words}
    assert set(re.findall(r"[a-z]{3,}", said)) & english - known - parts == set()


def test_the_code_that_is_shown_stands_in_the_package():
    for chapter in tab.CHAPTERS:
        for file, line, name in re.findall(r"# (\S+), line (\d+): (\S+)", code.source(chapter)):
            lines = Path(code.ROOT, file).read_text().split("\n")[int(line) - 1 :]
            assert re.search(rf"(def|class) {name.split('.')[-1]}\b", "\n".join(lines[:3]))


def test_the_last_chapter_links_the_code_of_each(folders):
    found = figure(folders, 9)
    for chapter in tab.CHAPTERS:
        assert f'href="?chapter={chapter}&amp;code=true"' in found
        for place in code.places(chapter):
            assert f"{place.file}:{place.first_line} {place.name}<" in found
            line = Path(code.ROOT, place.file).read_text().split("\n")[place.first_line - 1]
            assert line == place.source.split("\n")[0]


def test_the_table_of_unseen_prompts_is_the_checkpoints_own_measurement(folders, tmp_path):
    told = {"share": 0.123, "low": 0.1, "high": 0.2, "of": 9}
    (tmp_path / "metrics.json").write_text(json.dumps({"seen": {"accuracy": {"motion": told}}}))
    assert "12.3% (10%–20%)" in unseen.accuracy(tmp_path, "en")


def test_a_link_restores_settings_and_ignores_nonsense():
    query = {"chapter": "4", "checkpoint": "shapes", "instant": "0.25", "seed": "7", "prompt": PROMPT, "other": "x"}
    query |= {"deaf": "true", "hasty": "false"}
    assert tab.from_link(query, ["shapes"]) == {
        "chapter": 4, "checkpoint": "shapes", "instant": 0.25, "seed": 7, "prompt": PROMPT,
        "deaf": True, "hasty": False,
    }  # fmt: skip
    assert tab.from_link({"chapter": "12", "checkpoint": "../x", "angle": "nan", "seed": "one"}, ["shapes"]) == {}


def test_the_hand_out_holds_all_chapters_and_needs_nothing_else(folders, tmp_path):
    figures = {n: figure(folders, n, pupil=steps.Pupil()) for n in tab.CHAPTERS}
    link = "https://class.example/?chapter=1&prompt=star"
    page = handout.write(tmp_path / "handout.html", figures, "shapes", link, "ru").read_text(encoding="utf-8")
    assert all(speech.RUSSIAN[f"title_{n}"] in page for n in tab.CHAPTERS)
    addresses = re.findall(r'(?:src|href)="(?!data:|https://arxiv|#chapter-[1-9]")([^"]*)"', page)
    assert page.count("data:image/") > 10 and set(addresses) == {link.replace("&", "&amp;")}


def test_a_worksheet_has_a_qr_code_and_its_answers_last():
    page = handout.page({1: "<p>figure</p>", 8: ""}, "shapes", "https://class.example/?chapter=1", "en")
    assert speech.ENGLISH["handout_title"] in page and "<svg" in page.split("</header>")[0]
    before, answers = page.split('<div class="answers">')
    for n in (1, 8):
        first_words = speech.ENGLISH[f"answer_{n}"][:20]
        assert first_words in answers and first_words not in before
    assert before.count('class="written"') == 2 * handout.LINES


def test_a_link_names_the_page_and_its_settings():
    settings = {"checkpoint": "shapes", "prompt": "star moving up", "seed": None}
    link = tab.link_to("https://class.example/t2v/?chapter=6&seed=4", settings)
    assert link == "https://class.example/t2v/?chapter=1&checkpoint=shapes&prompt=star+moving+up"
    assert tab.link_to("javascript:alert(1)", {}).startswith("http://127.0.0.1")


# --- 1 and 2


def test_the_real_clip_is_sometimes_first_and_the_answer_knows(folders):
    assert {players.real_is_first(n) for n in range(20)} == {True, False}
    sampler = find_sampler(folders, "shapes")
    right = "A" if players.real_is_first(5) else "B"
    assert "Right" in players.answer(sampler, None, 5, right, "en")
    assert "No:" in players.answer(sampler, None, 5, "AB".replace(right, ""), "en")


def test_the_tutorials_formulas_lose_the_circle():
    assert data.count_tutorial() == {"frames": 180, "blank": 56, "clips": 18, "distinct": 12}
    assert (
        data.blank_frames(data.tutorial_clip("moving left")) > 0 == data.blank_frames(data.tutorial_clip("shrinking"))
    )
    assert data.tutorial_centre("moving left", 1) == (32 + 59, 32)


@pytest.mark.parametrize(
    "angle, travel, caption",
    [
        (0, 0.5, "large red circle moving right"),
        (90, 0.7, "large red circle moving up quickly"),
        (200, 0.05, "none: this"),
    ],
)
def test_a_motion_made_by_hand_gets_the_caption_that_it_shows(angle, travel, caption):
    assert caption in data.by_hand(angle, travel, 0.2, "en")


def test_the_held_out_cells_are_those_of_the_grammar(folders):
    drawn = data.held_out(find_sampler(folders, "shapes"), "red circle moving left", "en")
    assert drawn.count('fill="rgb') == len(combinations("shapes", held_out=True))
    assert drawn.count('stroke="#dc2626"') == 1
    of_any_colour = data.held_out(find_sampler(folders, "shapes"), "circle moving left", "en")
    assert of_any_colour.count('stroke="#dc2626"') == 6


# --- 3 and 4


def test_words_that_lie_together_are_told_from_strangers():
    kinds = ["a"] * 10 + ["b"] * 10
    points = torch.randn(20, 8, generator=torch.Generator().manual_seed(0))
    grouped = points + torch.tensor([[5.0]] * 10 + [[-5.0]] * 10)
    assert tokens.together(grouped, kinds) < 0.5 < 0.8 < tokens.together(points, kinds)


def test_words_on_the_map_do_not_lie_on_each_other(folders):
    """Each has a point of its own, and words that would overlap stand aside."""
    drawn = tokens.show(find_sampler(folders, "shapes"), PROMPT, "en")
    sampler = find_sampler(folders, "shapes")
    assert tokens.as_read(sampler).shape == (len(sampler.release.vocabulary.words), 8)
    found = {word: drawn.count(f">{word}</text>") for word in sampler.release.vocabulary.words}
    assert set(found.values()) == {1}
    assert tokens.overlap((0, 0, "start"), "red", (10, 5, "start"), "blue")
    assert not tokens.overlap((0, 0, "end"), "red", (1, 5, "start"), "blue")


def test_order_matters_to_the_video_gan_alone(folders, tiny_baseline, tmp_path):
    from t2v.sampler import load
    from t2v.training.loop import train

    assert tokens.order_matters(find_sampler(folders, "shapes"), "circle moving up then right") > 0.01
    train(tiny_baseline, tmp_path / "run", device="cpu")
    sampler = load(tmp_path / "run", device="cpu")
    assert tokens.order_matters(sampler, "circle moving left") < 1e-5
    maps = inside.baseline_stages(sampler, "circle moving left", 0, 0.0, 0.0)
    assert [tuple(m.shape) for m in maps] == [(256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64)]
    whole = sampler(["circle moving left"], seeds=[0])[0]
    # a frame alone and one of ten may be rounded differently, as the processor's layers are chosen by size
    np.testing.assert_allclose(to_uint8(maps[-1][None])[0].astype(int), whole[0], atol=1)
    assert "64x64" not in inside.show(sampler, "circle moving left", 0, 0.0, 0.0, "en")
    discriminator = load_discriminator(tmp_path / "run" / "checkpoint")
    pair = judge.Pair(sampler.release.generator, discriminator, sampler.release.vocabulary, "classic")
    said = judge.show(pair, "circle moving left", 0, "en")
    assert speech.ENGLISH["judge_deaf"] in said


def test_word_order_is_measured_in_the_code_alone(folders):
    """How words move the object, which stands beside the code, does not count."""
    sampler, prompt = find_sampler(folders, "shapes"), "circle moving up then right"
    louder = copy.deepcopy(sampler)
    with torch.no_grad():
        louder.release.generator.text.pull.weight *= 100
    assert tokens.order_matters(louder, prompt) == pytest.approx(tokens.order_matters(sampler, prompt))


def test_the_stages_lead_to_the_clip_that_is_generated(folders):
    sampler = find_sampler(folders, "shapes")
    found = inside.video_stages(sampler, PROMPT, 3, 1.0, 0.0)
    clip = sampler([PROMPT], seeds=[3])[0]
    assert np.array_equal(found["clip"], clip) and np.array_equal(found["frame"], clip[-1])
    colour, ground, cover = found["colour"], found["ground"], found["cover"]
    mixed = torch.lerp(ground[:, None, None], colour[:, None, None], cover)
    assert np.array_equal(to_uint8(mixed[None])[0], found["frame"])
    assert torch.allclose(found["track"][-1], found["centre"])
    assert float(found["radii_over_time"][-1]) == pytest.approx(found["radius"])
    other = inside.video_stages(sampler, PROMPT, 3, 0.2, 0.0)
    assert torch.equal(other["code"], found["code"]) and not torch.equal(other["centre"], found["centre"])


# --- 5


def test_a_release_holds_its_discriminator_and_notices_damage(trained, tmp_path):
    from t2v import load
    from t2v.models import make_discriminator

    release = tmp_path / "release"
    shutil.copytree(trained / "checkpoint", release)
    sampler = load(release, device="cpu")
    assert isinstance(load_discriminator(release), type(make_discriminator(sampler.release.model, 1)))
    (release / DISCRIMINATOR).write_bytes(b"x")
    with pytest.raises(ValueError, match="not the file that config"):
        load_discriminator(release)


def test_the_heat_is_where_the_score_is_sensitive():
    pupil = steps.Pupil()
    pair = pupil.pair()
    real, _, times = judge.real_and_generated(pair, steps.CAPTIONS[0], 0)
    warm = judge.heat(pair, real, times, steps.CAPTIONS[0])
    assert warm.shape == (pair.frames, 16, 16) and float(warm.max()) == 1.0
    k, y, x = (warm == 1).nonzero()[0].tolist()
    hot, cold = real.clone(), real.clone()
    hot[0, k, :, y, x] += 0.01
    k, y, x = (warm == warm.min()).nonzero()[0].tolist()
    cold[0, k, :, y, x] += 0.01
    base = judge.score(pair, real, times, steps.CAPTIONS[0])
    moved = [abs(float(judge.score(pair, clip, times, steps.CAPTIONS[0]) - base)) for clip in (hot, cold)]
    assert moved[0] > moved[1]


def test_the_places_followed_move_with_what_is_shown():
    pair = steps.Pupil().pair()
    real, _, _ = judge.real_and_generated(pair, steps.CAPTIONS[0], 0)
    places, moved = judge.followed(pair, real), judge.followed(pair, real.roll(4, 4))  # a quarter of the frame across
    assert places.shape == (pair.frames, FOLLOWED, 2) and 0 <= float(places.min()) <= float(places.max()) <= 1
    assert float((moved - places).abs().amax()) > 0.1


def test_without_a_discriminator_the_visitors_own_answers(folders, tmp_path):
    root = tmp_path / "old"
    shutil.copytree(folders.checkpoints, root)
    for config in root.glob("*/config.json"):
        config.write_text(re.sub(r' "discriminator_sha256": "\w+",\n', "", config.read_text()))
        config.write_text(re.sub(r',\n "config_sha256": "\w+"', "", config.read_text()))  # as older releases
    folders = type(folders)(root, folders.runs, folders.datasets, folders.visits)
    assert speech.ENGLISH["no_discriminator"][:30] in figure(folders, 5)
    assert "tiny model that you trained" in figure(folders, 5, pupil=steps.Pupil())


# --- 6


def weights(network) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_step_of_one_player_moves_that_one_alone(player):
    pupil = steps.Pupil()
    before = {name: weights(getattr(pupil.gan, name)) for name in ("discriminator", "generator")}
    pupil.advance(discriminator=player == "discriminator", generator=player == "generator")
    moved = {name for name in before if not torch.equal(before[name], weights(getattr(pupil.gan, name)))}
    assert moved == {player}


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


def test_a_training_ends_at_its_limit(monkeypatch):
    monkeypatch.setattr(steps, "MAX_STEPS", 2)
    pupil = steps.Pupil()
    for _ in range(4):
        pupil.advance()
    assert pupil.step == 2 and pupil.done and "limit" in steps.show(pupil, "en")


def test_a_restless_pupil_is_judged_as_well():
    pair = steps.Pupil(frozenset({"restless"})).pair()
    assert judge.scores(pair, steps.CAPTIONS[0], 0).keys() == {"real", "generated", "wrong"}


def test_without_text_in_the_discriminator_prompts_are_followed_by_luck_alone():
    """Both learn from 3,200 clips; the shares are counted in what they draw."""
    right = {}
    for name, switches in (("hearing", frozenset()), ("deaf", frozenset({"deaf"}))):
        pupil = steps.Pupil(switches)
        for _ in range(200):
            pupil.advance()
        right[name] = pupil.measured[-1]["right"]
    assert right["hearing"] > 0.8 and right["deaf"] < 0.2  # luck gives 0.06


def test_each_caption_fits_its_own_real_clip_best():
    asked = [GRAMMARS["shapes"].parse(caption) for caption in steps.CAPTIONS]
    drawn = scenes.from_attributes("shapes", asked, seed=0)
    clips = to_uint8(render(drawn, frames=10, frame_size_px=32))
    assert steps.best_captions(clips) == list(steps.CAPTIONS)
    assert steps.jitter(clips) < 0.01


def test_a_deaf_discriminator_and_a_restless_generator_are_what_they_say():
    deaf = judge.scores(steps.Pupil(frozenset({"deaf"})).pair(), steps.CAPTIONS[0], 0)
    assert deaf["real"] == deaf["wrong"]
    hearing = judge.scores(steps.Pupil().pair(), steps.CAPTIONS[0], 0)
    assert hearing["real"] != hearing["wrong"]
    restless = steps.Pupil(frozenset({"restless"}))
    assert restless.measured[0]["jitter"] > 1.5 * steps.Pupil().measured[0]["jitter"]


def test_bars_and_curves_escape_what_they_are_told():
    assert "<script" not in drawing.bars([("<script>", 1.0)]) + drawing.curves({"<script>": [(0, 1)]}, label="<script>")
