"""The Generate tab's handlers as plain functions."""

import json
import os
import shutil

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo import generate
from demo.folders import Folders, find_checkpoints
from t2v.prompts import GRAMMARS
from t2v.video import read_clip, read_recipe

SHAPES_PROMPT = "large red circle moving left"


def draw(folders, prompt=SHAPES_PROMPT, **settings):
    return generate.draw(folders, folders.visit("me"), prompt=prompt, **settings)


def test_a_prompt_becomes_a_moving_picture_that_knows_its_recipe(folders):
    clip = draw(folders, seed=3, frames=6, fps=12)
    frames = read_clip(clip.gif)
    assert frames.shape[0] == 6 and min(frames.shape[1:3]) >= 256
    assert not np.array_equal(frames[0], frames[-1])
    recipe = read_recipe(clip.gif)
    assert (recipe["prompt"], recipe["seed"], recipe["fps"]) == (SHAPES_PROMPT, 3, 12)
    assert recipe["checkpoint"] == "shapes"


def test_downloads_show_the_same_clip(folders):
    clip = draw(folders)
    for path in generate.write_downloads(clip):
        assert np.abs(read_clip(path).mean() - read_clip(clip.gif).mean()) < 8


def test_a_seed_means_one_clip(folders):
    first, again, other = (draw(folders, seed=seed).frames for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"prompt": "purpel circle moving left"}, "did you mean 'purple'"),
        ({"prompt": ""}, "empty"),
        ({"prompt": None}, "must be text"),
        ({"seed": None}, "seed must be a number"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"frames": 0}, "frames must be at least 1"),
        ({"fps": 10**9}, "fps must be at most"),
        ({"fps": "fast"}, "fps must be a number"),
        ({"checkpoint": "best"}, "no checkpoint 'best'. Known: shapes, classic"),
        ({"checkpoint": "../shapes"}, "no checkpoint '../shapes'"),
        ({"checkpoint": ["shapes"]}, "no checkpoint"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(folders, settings, said):
    with pytest.raises(ValueError, match=said):
        draw(folders, **settings)
    assert not list(folders.visits.rglob("*.gif"))


def test_a_held_out_prompt_is_marked(folders):
    assert draw(folders, "circle moving up", checkpoint="classic").never_trained
    assert not draw(folders, "circle moving down", checkpoint="classic").never_trained


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_examples_are_readable_and_one_was_never_trained(folders, checkpoint):
    examples = generate.examples(folders, checkpoint)
    for prompt, held_out in examples:
        GRAMMARS[checkpoint].parse(prompt)
        assert held_out == draw(folders, prompt, checkpoint=checkpoint).never_trained
    assert [held_out for _, held_out in examples].count(True) == 1 and len(examples) > 3


def test_own_runs_are_offered_after_the_shipped_ones_and_replaced_weights_are_used(folders):
    release = folders.runs / "mine" / "checkpoint"
    shutil.copytree(folders.checkpoints / "shapes", release)
    assert list(find_checkpoints(folders)) == ["shapes", "classic", "runs/mine"]
    before = draw(folders, checkpoint="runs/mine")
    assert before.recipe["checkpoint"] == "mine"
    shutil.rmtree(release)
    shutil.copytree(folders.checkpoints / "classic", release)
    os.utime(release / "generator.safetensors", (0, 0))
    with pytest.raises(ValueError, match="'large' is not in the classic grammar"):
        draw(folders, checkpoint="runs/mine")


def test_without_a_checkpoint_the_page_says_what_to_do(folders, tmp_path):
    empty = Folders(tmp_path / "none", folders.runs, folders.datasets, folders.visits)
    with pytest.raises(ValueError, match="train one"):
        draw(empty)


def test_a_visit_cannot_name_its_folder(folders):
    assert folders.visit("../../etc").parent == folders.visits


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_the_vocabulary_is_plain_data(folders, checkpoint):
    said = json.loads(json.dumps(generate.vocabulary(folders, checkpoint)))
    assert said["grammar"] == checkpoint and "moving up" in said["slots"]["motion"]
    assert GRAMMARS[checkpoint].parse(said["example"]) and "never shown" in said["held_out"]
