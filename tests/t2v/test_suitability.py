"""What training says of clips before it begins."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from t2v.__main__ import main
from t2v.config import TrainConfig, from_json
from t2v.data.clip_folder import ClipFolder
from t2v.data.folder import open_dataset
from t2v.data.forms import unexplained_change
from t2v.data.suitability import Suitability, suitability
from t2v.media.clips import write_clip
from t2v.presets import preset, with_layers
from t2v.training import own


def folder_of(*clips: np.ndarray) -> ClipFolder:
    return ClipFolder(["a caption"] * len(clips), ["clip"] * len(clips), lambda i: clips[i])


def chosen_for(result: Suitability) -> TrainConfig:
    return own.suit(preset("own"), result)[0]


def discs(count: int) -> np.ndarray:
    """So many discs that cross a green ground, (10, 64, 64, 3) uint8."""
    frames = []
    for t in range(10):
        picture = Image.new("RGB", (64, 64), "green")
        for row in range(count):
            x, y = 5 + 5 * t, 8 + 15 * row
            ImageDraw.Draw(picture).ellipse((x - 5, y - 5, x + 5, y + 5), "white")
        frames.append(np.asarray(picture))
    return np.stack(frames)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_as_many_layers_as_things_move(count):
    result = suitability(folder_of(*[discs(count)] * 3))
    assert result.things == count
    chosen = chosen_for(result).model
    usual = with_layers(preset("own").model, count)
    assert replace(chosen, frame_size_px=64, keyframes=1, first_size=usual.first_size) == usual
    radius = chosen.first_size * usual.first_disc * usual.texture_margin  # of an untrained layer, in half frames
    assert radius == pytest.approx(5 / 32, rel=0.15)
    assert result.sentence().endswith("the model can draw such clips")


def test_more_things_than_layers_are_told():
    result = suitability(folder_of(discs(4)))
    assert chosen_for(result).model.layers == 3
    assert "up to 3, so some will be left out" in result.sentence()


def test_a_picture_that_moves_as_a_whole_is_told():
    noise = np.random.default_rng(0).integers(0, 256, (10, 64, 64, 3), dtype=np.uint8)
    assert "will blur these clips" in suitability(folder_of(noise)).sentence()


def test_clips_in_which_nothing_moves_are_told():
    still = np.repeat(discs(1)[:1], 10, 0)
    assert "hardly anything moves" in suitability(folder_of(still)).sentence()
    assert chosen_for(suitability(folder_of(still))).model.layers == 1


def going(draw) -> np.ndarray:
    """A clip in which draw(pen, time, x) draws a thing that crosses a green ground."""
    frames = []
    for time in np.linspace(0, 1, 10):
        picture = Image.new("RGB", (256, 256), "seagreen")
        draw(ImageDraw.Draw(picture), time, 64 + 128 * time)
        frames.append(np.asarray(picture.resize((64, 64), Image.Resampling.BOX)))
    return np.stack(frames)


def star(pen, time, x):
    angles = 3 * time + np.arange(10) * np.pi / 5
    pen.polygon([(x + r * np.cos(a), 128 + r * np.sin(a)) for a, r in zip(angles, [24, 50] * 5, strict=True)], "gold")


def mouth(pen, time, x):
    open_by = 50 * abs(np.sin(9 * time))
    pen.pieslice((x - 30, 98, x + 30, 158), open_by, 360 - open_by, "gold")


def walker(pen, time, x):
    pen.rectangle((x - 12, 60, x + 12, 150), "firebrick")
    for side in (-1, 1):
        pen.line((x, 150, x + side * 36 * np.sin(9 * time), 205), "black", width=13)


def lamp(pen, time, x):
    pen.ellipse((x - 40, 88, x + 40, 168), "white" if round(9 * time) % 2 else "black")


@pytest.mark.parametrize("draw, changes", [(star, False), (mouth, True), (walker, True), (lamp, True)])
@pytest.mark.parametrize("side_px", [32, 64])
def test_forms_that_change_get_keyframes(draw, changes, side_px):
    clip = np.stack([np.asarray(Image.fromarray(f).resize((side_px,) * 2, Image.Resampling.BOX)) for f in going(draw)])
    assert (unexplained_change(clip) > 0.2) == changes
    result = suitability(folder_of(clip, clip))
    assert (chosen_for(result).model.keyframes > 1) == changes
    assert ("forms change" in result.say_choices()) == changes


@pytest.mark.parametrize("pattern, plain", [(0, True), (10, True), (80, False)])
def test_grounds_of_one_colour_stay_so(pattern, plain):
    """Ground is what never moves in a clip; a little noise is no pattern."""
    clip = discs(1).astype(int)
    chequers = np.indices((64, 64)).sum(0) // 8 % 2 * pattern  # (64, 64)
    ground = (clip == clip[0, 0, -1]).all(3, keepdims=True)
    result = suitability(folder_of(np.where(ground, clip + chequers[:, :, None], clip).clip(0, 255).astype(np.uint8)))
    assert chosen_for(result).plain_until_step == (4000 if plain else 2000)
    assert ("one colour" in result.say_choices()) == plain


def test_small_clips_are_drawn_small_and_all_as_long(tmp_path):
    for name in "abc":
        write_clip(tmp_path / f"{name}.gif", discs(1)[:, ::2, ::2])
        (tmp_path / f"{name}.txt").write_text("a disc goes by")
    small = suitability(open_dataset(tmp_path, frame_size_px=32))
    recipe = chosen_for(small)
    assert (small.side_px, recipe.model.frame_size_px, recipe.steps) == (32, 32, 4000)
    assert (recipe.decay_from_step, recipe.plain_until_step, recipe.decay_until_step) == (3200, 4000, 4000)
    assert "32 px (files: 32)" in small.say_choices() and "4,000 steps for 3 clips" in small.say_choices()
    many = small._replace(clips=1000, side_px=300)
    usual = replace(preset("own"), model=replace(preset("own").model, first_size=recipe.model.first_size))
    assert chosen_for(many) == replace(usual, plain_until_step=usual.steps)
    assert chosen_for(many._replace(uneven_share=0.5)) == usual
    assert chosen_for(many._replace(things=2)).steps == 2 * preset("own").steps


def test_all_that_goes_with_several_layers_is_taken():
    before = preset("own")
    after = replace(before, model=with_layers(before.model, 2))
    taken = own.take(before, after)
    assert before.model != after.model == taken.model


def test_what_somebody_chose_stays():
    result = Suitability(clips=30, side_px=32, moving_share=0.1, things=3, changing_share=0.0)
    recipe, chosen = own.suit(preset("own"), result, kept=["steps", "model.layers"])
    assert (recipe.steps, recipe.decay_until_step) == (preset("own").steps, preset("own").decay_until_step)
    assert recipe.model.layers == recipe.model.glimpses == 1 and recipe.model.frame_size_px == 32
    assert "32 px" in chosen and "steps" not in chosen and "layer" not in chosen
    assert own.suit(recipe, result, kept=list(own.CHOSEN)) == (recipe, None)
    assert own.take(preset("own"), recipe).model == recipe.model  # of a run that goes on


def test_training_says_what_own_takes_and_goes_on_with_it(tmp_path):
    data, run_dir = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    for name in "abc":
        write_clip(data / f"{name}.gif", going(lamp)[:, ::2, ::2])
        (data / f"{name}.txt").write_text("a lamp blinks")
    request = ["train", "--preset", "own", "--data", str(data), "--out", str(run_dir), "--batch-size", "4"]
    request += ["--set", "model.layers=1", "--device", "cpu"]
    assert main([*request, "--steps", "1"]) == 0
    log = (run_dir / "train.log").read_text()
    assert "32 px (files: 32), 4 keyframes (forms change)" in log and "layer" not in log and "4,000" not in log
    assert main([*request, "--steps", "2", "--resume"]) == 0
    recipe = from_json(TrainConfig, json.loads((run_dir / "config.json").read_text()))
    assert (recipe.model.frame_size_px, recipe.model.keyframes, recipe.steps) == (32, 4, 2)
