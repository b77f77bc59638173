"""What the Generate tab does, as plain functions."""

import json
import os
import random
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo.generate import builder, endpoints
from demo.generate import tab as generate
from demo.studio import clips
from demo.studio.workspace import Folders, find_checkpoints
from t2v.data.grammar import GRAMMARS
from t2v.media.clips import read_clip, read_recipe

SHAPES_PROMPT = "large red circle moving left"


def draw(folders, prompt=SHAPES_PROMPT, **settings):
    """The first clip of a prompt."""
    return next(clips.draw(folders, prompt=prompt, **settings))


# --- Clips


@pytest.mark.parametrize("ending", [".gif", ".mp4", ".webp"])
def test_a_prompt_becomes_a_moving_picture_that_knows_its_recipe(folders, tmp_path, ending):
    clip = draw(folders, seed=3, frames=6, fps=12)
    path = clips.save(clip, tmp_path, ending)
    frames = read_clip(path)
    assert frames.shape[0] == 6 and min(frames.shape[1:3]) >= 256
    assert not np.array_equal(frames[0], frames[-1])
    recipe = read_recipe(path)
    assert (recipe["prompt"], recipe["seed"], recipe["fps"]) == (SHAPES_PROMPT, 3, 12)
    assert recipe["checkpoint"] == "shapes"


@pytest.mark.parametrize("ending", [".gif", ".avi", ".mp4", ".webp"])
def test_every_download_shows_the_same_clip(folders, tmp_path, ending):
    clip = draw(folders, frames=5)
    read = read_clip(clips.save(clip, tmp_path, ending), size=clip.frames.shape[2]).astype(int)
    assert read.shape == clip.frames.shape
    assert np.abs(read - clip.frames).mean() < 4  # of 255; AVI and MP4 lose a little
    other = draw(folders, frames=5, seed=9)
    assert np.abs(read - other.frames).mean() > np.abs(read - clip.frames).mean()


def test_frames_come_as_a_zip_of_pictures_and_nothing_else_stays(folders, tmp_path):
    clip = draw(folders, frames=5)
    with zipfile.ZipFile(clips.save(clip, tmp_path, ".zip")) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        archive.extractall(tmp_path / "out")
    assert len(names) == 5
    assert np.array_equal(read_clip((tmp_path / "out" / names[0]).parent, size=32), clip.frames)
    assert {path.name for path in tmp_path.iterdir()} == {f"{clip.name}.zip", "out"}


def test_a_seed_means_one_clip_and_seeds_count_up(folders):
    first, second = clips.draw(folders, prompt=SHAPES_PROMPT, seed=1, count=2)
    assert (first.recipe["seed"], second.recipe["seed"]) == (1, 2)
    assert np.array_equal(first.frames, draw(folders, seed=1).frames)
    assert np.array_equal(second.frames, draw(folders, seed=2).frames)
    assert not np.array_equal(first.frames, second.frames)


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
        ({"count": 17}, "count must be at most 16"),
        ({"checkpoint": "best"}, "no checkpoint 'best'. Known: shapes, classic"),
        ({"checkpoint": "../shapes"}, "no checkpoint '../shapes'"),
        ({"checkpoint": ["shapes"]}, "no checkpoint"),
    ],
)
def test_what_is_wrong_is_said(folders, settings, said):
    with pytest.raises(ValueError, match=said):
        draw(folders, **settings)


def test_a_held_out_prompt_is_marked(folders):
    assert draw(folders, "circle moving up", checkpoint="classic").never_trained
    assert not draw(folders, "circle moving down", checkpoint="classic").never_trained


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


def test_the_menu_says_how_far_and_how_good_each_checkpoint_is(folders):
    release = folders.runs / "mine" / "checkpoint"
    shutil.copytree(folders.checkpoints / "shapes", release)
    rows = [{"step": 1, "accuracy_seen": 0.25}, {"step": 2, "accuracy_seen": 0.5}, {"step": 3}]
    (folders.runs / "mine" / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shutil.copytree(release, folders.runs / "broken" / "checkpoint")
    (folders.runs / "broken" / "checkpoint" / "config.json").write_text("{")
    labels = {name: label for label, name in clips.menu(folders)}
    assert labels["shapes"] == "shapes (step 1)"
    assert labels["runs/mine"].startswith("runs/mine (step 1, ") and labels["runs/mine"].endswith(", 50.0% right)")
    assert labels["runs/broken"] == "runs/broken (cannot be read)"


def test_the_shipped_checkpoints_show_their_measured_accuracy():
    root = Path(__file__).resolve().parents[2]
    shipped = Folders(root / "checkpoints", root / "no-runs", root / "no-datasets", root / "no-visits")
    for label, name in clips.menu(shipped):
        share = json.loads((root / "checkpoints" / name / "metrics.json").read_text())["seen"]["accuracy"]["all"]
        assert f"{share['share']:.1%} right" in label


def test_without_a_checkpoint_the_page_says_what_to_do(folders, tmp_path):
    empty = Folders(tmp_path / "none", folders.runs, folders.datasets, folders.visits)
    with pytest.raises(ValueError, match="train one"):
        draw(empty)


def test_a_visit_cannot_name_its_folder(folders):
    assert folders.visit("../../etc").parent == folders.visits


def test_a_morph_begins_and_ends_with_the_two_clips(folders, tmp_path):
    ends = ("circle moving down", "circle expanding")
    settings = {"seed": 4, "frames": 5, "fps": 10, "checkpoint": "classic"}
    gif = clips.morph(folders, tmp_path, first=ends[0], last=ends[1], steps=3, **settings)
    strip = read_clip(gif)  # (5, H, W, 3)
    side_px = (strip.shape[2] - 2) // 3
    for k, prompt in ((0, ends[0]), (2, ends[1])):
        left = k * (side_px + 1)
        cell = strip[:, :side_px, left : left + side_px].astype(int)
        clip = draw(folders, prompt, seed=4, frames=5, checkpoint="classic").frames
        assert np.abs(cell - clip.repeat(4, 1).repeat(4, 2)).mean() < 8
    with pytest.raises(ValueError, match="Unknown word 'nothing'"):
        clips.morph(folders, tmp_path, first=ends[0], last="nothing", steps=3, **settings)


# --- Recipes


@pytest.mark.parametrize("ending", [".gif", ".png", ".mp4", ".webp"])
def test_a_downloaded_clip_fills_every_field_and_gives_the_same_clip(folders, tmp_path, ending):
    clip = draw(folders, "circle moving down", seed=7, frames=6, fps=12, checkpoint="classic")
    fields, remark = clips.fields_of(folders, clips.save(clip, tmp_path, ending))
    assert fields == {"prompt": "circle moving down", "seed": 7, "frames": 6, "fps": 12, "checkpoint": "classic"}
    assert remark == ""
    assert np.array_equal(draw(folders, **fields).frames, clip.frames)


def test_other_weights_and_unknown_checkpoints_are_said(folders, tmp_path):
    clip = draw(folders, checkpoint="shapes")
    changed = clips.Clip(clip.frames, clip.recipe | {"weights_sha256": "0"}, 1.0, False)
    fields, remark = clips.fields_of(folders, clips.save(changed, tmp_path, ".gif"))
    assert fields["checkpoint"] == "shapes" and "have changed" in remark
    gone = clips.Clip(clip.frames, clip.recipe | {"weights_sha256": "0", "checkpoint": "gone"}, 1.0, False)
    fields, remark = clips.fields_of(folders, clips.save(gone, tmp_path, ".gif"))
    assert fields["checkpoint"] is None and "'gone', which is not here" in remark


@pytest.mark.parametrize("recipe", [None, {"prompt": 7}, {"prompt": "x", "seed": "1", "frames": 5, "fps": 10}])
def test_a_file_without_a_whole_recipe_is_refused_in_words(folders, tmp_path, recipe):
    clip = draw(folders, frames=5)
    path = clips.save(clips.Clip(clip.frames, {**clip.recipe}, 1.0, False), tmp_path, ".gif")
    from t2v.media.clips import write_clip

    write_clip(path, clip.frames, recipe=recipe)
    with pytest.raises(ValueError, match="carries no recipe"):
        clips.fields_of(folders, path)
    path.write_bytes(b"GIF89a nonsense")
    with pytest.raises(ValueError, match="carries no recipe"):
        clips.fields_of(folders, path)


def test_a_seed_that_no_browser_can_hold_is_refused_with_the_command(folders, tmp_path):
    clip = draw(folders, seed=2**60)
    with pytest.raises(ValueError, match=f"--seed {2**60} --out"):
        clips.fields_of(folders, clips.save(clip, tmp_path, ".gif"))


# --- The prompt and its builder


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_examples_are_readable_and_one_was_never_trained(folders, checkpoint):
    examples = clips.examples(folders, checkpoint)
    for prompt, held_out in examples:
        GRAMMARS[checkpoint].parse(prompt)
        assert held_out == draw(folders, prompt, checkpoint=checkpoint).never_trained
    assert [held_out for _, held_out in examples].count(True) == 1 and len(examples) > 3


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("large re", "Go on with: red"),
        ("large red ", "Go on with: circle, square, triangle, star"),
        ("large red circle moving up", ""),
        ("purpel", ""),  # nothing begins like this: what is wrong is said instead
        (None, ""),
    ],
)
def test_while_somebody_types_the_next_words_are_said(folders, typed, hint):
    assert builder.say_next_words(folders, typed, "shapes") == hint


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_the_builder_says_what_the_prompt_says_and_back(folders, checkpoint):
    for prompt in random.Random(1).sample(GRAMMARS[checkpoint].captions, 20):
        slots = builder.read_slots(folders, prompt, checkpoint)
        assert builder.build_prompt(folders, checkpoint, **slots) == prompt
        choices = builder.builder_choices(folders, checkpoint)
        assert all(word in [*choices[slot], builder.ANY] for slot, word in slots.items())


def test_the_builder_gives_a_prompt_from_the_first_click(folders):
    said = builder.build_prompt(folders, "shapes", size="any", colour="blue", shape=None, motion=None, speed="any")
    assert said == "blue circle moving up"
    slots = {"size": "any", "colour": "any", "shape": "star", "motion": "shrinking", "speed": "quickly"}
    assert builder.build_prompt(folders, "shapes", **slots) == "star shrinking"  # which has no speed


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_a_surprise_is_a_prompt_and_not_always_the_same(folders, checkpoint):
    said = {builder.surprise(folders, checkpoint, rng=random.Random(seed)) for seed in range(8)}
    assert len(said) > 3
    for prompt in said:
        GRAMMARS[checkpoint].parse(prompt)


@pytest.mark.parametrize(
    ("frames", "seconds", "fps"),
    [
        (10, 1.0, 10),
        (20, 1.0, 20),  # smoother, not longer
        (20, 2.0, 10),  # slower
        (60, 0.5, 30),  # as fast as the page goes
        (5, 6.0, 5),
        (10, 0, 20),
        (None, None, 10),
    ],
)
def test_more_frames_are_smoother_and_more_seconds_slower(frames, seconds, fps):
    assert clips.pace(frames, seconds) == (frames or 10, fps)


def test_frames_keep_the_bounds_of_the_page():
    assert (clips.pace(1000, 1.0)[0], clips.pace(1, 1.0)[0]) == (60, 5)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (
            "Unknown word 'purpel'; did you mean 'purple'? Colours: red.",
            "Unknown word 'purpel'; did you mean 'purple'?",
        ),
        ("The prompt has no shape. Shapes: circle.", "The prompt has no shape."),
        ("No end", "No end"),
    ],
)
def test_a_hint_is_one_sentence(words, first):
    assert generate.first_sentence(words) == first


# --- The vocabulary


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_the_vocabulary_is_plain_data(folders, checkpoint):
    said = json.loads(json.dumps(endpoints.vocabulary(folders, checkpoint)))
    assert said["grammar"] == checkpoint and "moving up" in said["slots"]["motion"]
    assert GRAMMARS[checkpoint].parse(said["example"]) and "never shown" in said["held_out"]


def test_a_clip_that_gradio_has_forgotten_is_drawn_again(handlers):
    """It keeps what visitors have seen for so many of them only."""
    _, said = handlers["on_download"]([], SimpleNamespace(session_hash="x"))
    assert "not kept any more; draw it again" in said
