"""What the tabs make of stories: chapters of Learn, a measurement, a dataset, a recipe."""

import re
from dataclasses import replace

import pytest

pytest.importorskip("gradio")

from demo.dataset import tab as dataset
from demo.dataset import writing
from demo.evaluate import charts
from demo.generate import builder
from demo.learn import handlers
from demo.learn.chapters import story, tokens
from demo.train import estimate
from demo.train import handlers as train
from t2v.data.stories.grammar import CREATURES, RELATIONS, STORIES_GRAMMAR, Story, Thing, held_out_part
from t2v.data.vocabulary import grammar_vocabulary
from t2v.evaluation.accuracy import share_of
from t2v.evaluation.stories.evaluate import draw_real, evaluate_stories
from t2v.presets import preset

SETTINGS = {
    "checkpoint": "stories", "prompt": "dog chasing mouse on grass", "seed": 3, "motion": None, "angle": 0,
    "travel": 0.5, "radius": 0.2, "instant": 0.5, "direction": 0.0, "number": 5,
}  # fmt: skip
DATASET = {"grammar": "stories", "videos": 3, "frames": 4, "frame_size_px": 16, "seed": 5}


class RealSampler:
    """Draws what it is asked for, as a perfect model would."""

    grammar = "stories"

    def __call__(self, prompts, *, seeds, frames):
        return draw_real([STORIES_GRAMMAR.parse(p) for p in prompts], seed=seeds[0] + 9, frame_size_px=64)


@pytest.fixture(scope="module")
def measured():
    """A measurement of stories."""
    return evaluate_stories(RealSampler(), clips=4, seed=2)


def figure(folders, chapter, **changed):
    return handlers.figure(folders, chapter, folders.visit("me"), **SETTINGS | changed)[0]


# --- Learn


@pytest.mark.parametrize("chapter", [1, 2, 3, 4, 5, 7])
def test_every_chapter_shows_a_checkpoint_of_stories(story_folders, chapter):
    assert figure(story_folders, chapter) != figure(story_folders, chapter, seed=4, number=6, prompt="cat moving up")


def test_the_cat_and_the_mouse_are_drawn_by_the_shipped_model(story_folders):
    drawn = figure(story_folders, 8, checkpoint="shapes", prompt="star moving up")
    assert "dog chasing mouse on grass: never trained" in drawn and "cat chasing mouse on grass: trained" in drawn
    assert drawn.count("of “dog chasing mouse on grass” that it attends to") == preset("stories").model.layers
    own = figure(story_folders, 8)
    assert "was never shown in training" in own and "binding" in own  # the prompt above, by the readers of stories


def test_without_a_model_of_stories_one_line_says_so(folders):
    drawn = story.show(None, 0)
    assert "There is no checkpoint" in drawn and "<img" not in drawn
    assert drawn in figure(folders, 8, checkpoint="shapes", prompt="star moving up")


def test_the_pairs_that_are_filled_are_those_held_out():
    stories = [Story((Thing(a), Thing(b)), relation="chasing") for a in CREATURES for b in CREATURES if a != b]
    never = [one for one in stories if held_out_part(one)]
    drawn = story.pairs()
    filled = re.findall(r'fill="#f59e0b"[^>]*><title>([^<]*)</title>', drawn)
    assert filled == [STORIES_GRAMMAR.caption(one) for one in never] and "dog chasing mouse" in filled
    assert f"{len(never)} of {len(stories)} pairs" in drawn


def test_the_captions_that_are_read_hold_every_word():
    vocabulary = grammar_vocabulary("stories")
    read = set(vocabulary.encode(tokens.some_captions("stories")).flatten().tolist())
    assert read == {0, *vocabulary.token_of.values()}
    kinds = {word: tokens.kind_of(word) for word in ("mice", "chasing", "grass", "three", "red", "falling", "star")}
    assert list(kinds.values()) == ["thing", "relation", "ground", "count", "colour", "motion", "shape"]


# --- Generate, Evaluate


def test_a_checkpoint_of_stories_brings_its_grammar(story_folders):
    known = builder.catalogue(story_folders)
    assert {model["name"]: model["grammar"] for model in known["models"]}["stories"] == "stories"
    assert known["grammars"]["stories"] == builder.story_data()


def test_a_measurement_of_stories_is_shown_part_by_part(measured):
    bars = charts.attribute_bars(measured)
    assert {"thing", "relation", "count", "ground", "binding"} <= set(re.findall(r"<h4>([^<]+)</h4>", bars))
    for part in ("trained", "new combination", "new pair", "one more thing"):
        assert f"{part}, geometric" in bars and f"fully right: {part}" in charts.headline(measured)
    shown = re.findall(r"<h4>([^<]+)</h4>", charts.motion_bars(measured))
    assert shown and set(shown) <= set(RELATIONS)


def test_the_sentence_on_stories_names_the_weakest_relation(measured):
    tables = {"chasing": {"all": share_of(30, 40)}, "above": {"all": share_of(40, 40)}}
    changed = measured | {"seen": measured["seen"] | {"per_relation": tables}}
    changed["seen"]["accuracy"] = measured["seen"]["accuracy"] | {"all": share_of(3, 4)}
    assert charts.verdict(changed).startswith("3 of 4 clips show exactly what was asked, and ")
    assert charts.verdict(changed).endswith("weakest: chasing, 75%.")


# --- Dataset, Train


def test_a_dataset_of_stories_is_planned_previewed_and_written(folders, tmp_path):
    text, _outcome = dataset.on_setting(folders, writing.Writer(folders), *DATASET.values(), "frames")
    assert "datasets/stories-3x4-16px" in text and "such as dog chasing mouse" in text
    shown = dataset.draw_samples(tmp_path, **DATASET)
    assert writing.write(
        folders, "mine", progress=lambda done, total: None, stop=lambda: False, **DATASET, layout="frames"
    )
    written = [(folders.datasets / "mine" / f"video_{i}" / "prompt.txt").read_text() for i in range(3)]
    assert [caption for _path, caption in shown] == written
    assert all(held_out_part(STORIES_GRAMMAR.parse(caption)) is None for caption in written)


def test_a_recipe_of_stories_is_named_and_estimated():
    recipe = preset("stories")
    assert train.say_recipe(recipe, "2 cores") == "Video GAN, all stories, 64x64 pixels; on 2 cores."
    recipe = replace(recipe, steps=8000)
    text = estimate.say_estimate(recipe, minutes=None, speed=estimate.Speed(40.0, "measured"))
    assert text == "About 53 min for 8,000 steps (40 clips/s, measured)."
