"""The Evaluate tab's handlers as plain functions."""

import json
import re
import shutil

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo.evaluate import charts, jobs, tab
from t2v.data.grammar import MOTIONS
from t2v.evaluation.accuracy import share_of
from t2v.evaluation.learned.network import load_reader
from t2v.media.clips import read_clip, read_recipe


@pytest.fixture(scope="module")
def result(shipped, tmp_path_factory):
    """A small measurement of the barely trained shapes checkpoint, to be read and not changed."""
    from demo.studio.workspace import Folders

    root = tmp_path_factory.mktemp("measured")
    folders = Folders(shipped, root / "runs", root / "datasets", root / "visits")
    *steps, last = jobs.measure(folders, "shapes", clips=20, seed=1)
    done = [done for done, _, found in steps if found is None]
    assert done == sorted(done) and len(done) > 1
    return last[2]


def test_a_measurement_is_that_of_the_command_line(result, shipped):
    from t2v import load
    from t2v.evaluation.evaluate import evaluate

    again = evaluate(load(shipped / "shapes"), clips=20, seed=1, network=load_reader())
    assert again == result


def test_a_stopped_measurement_ends_without_a_result(folders):
    told = []
    for done, of, found in jobs.measure(folders, "shapes", clips=1000, seed=0, stop=lambda: len(told) > 0):
        told.append((done, of, found))
    assert told and all(found is None and done < of for done, of, found in told)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clips": 0, "seed": 0}, "clips must be at least 20"),
        ({"clips": 10**6, "seed": 0}, "clips must be at most 1000"),
        ({"clips": 20, "seed": -1}, "seed must be at least 0"),
        ({"clips": None, "seed": None}, r"clips must be a number, got None; seed must be a number"),
    ],
)
def test_bad_settings_are_refused(folders, settings, message):
    with pytest.raises(ValueError, match=message):
        next(jobs.measure(folders, "shapes", **settings))
    with pytest.raises(ValueError, match="no checkpoint"):
        next(jobs.measure(folders, "../shapes", clips=20, seed=0))


def test_shipped_figures_are_found_or_said_to_be_missing(folders, result, tmp_path):
    root = tmp_path / "checkpoints"
    shutil.copytree(folders.checkpoints, root)
    own = type(folders)(root, folders.runs, folders.datasets, folders.visits)
    assert jobs.published(own, "shapes") is None
    (root / "shapes" / "metrics.json").write_text(json.dumps(result))
    assert jobs.published(own, "shapes") == result
    (root / "shapes" / "metrics.json").write_text('{"fid": 3}')
    with pytest.raises(ValueError, match="no measurement of this project"):
        jobs.published(own, "shapes")


def test_bars_say_share_interval_and_ceiling(result):
    said = charts.attribute_bars(result)
    share = result["held_out"]["network"]["accuracy"]["motion"]
    assert f"held out, network: {share['share']:.1%} of 20 clips" in said
    assert f"{share['low']:.1%} to {share['high']:.1%}" in said
    widths = [float(x) for x in re.findall(r'class="fill[^"]*" style="width:([\d.]+)%', said)]
    assert widths and all(0 <= x <= 100 for x in widths)
    assert "new motion, geometric" in said
    assert "<b>" not in charts.attribute_bars(result | {"grammar": "<b>"})
    motions = re.findall(r"<h4>([^<]+)</h4>", charts.motion_bars(result))
    assert motions == [m for m in MOTIONS if m in motions] and len(motions) > 5


def test_measurements_of_one_reader_are_still_shown(result):
    old = {name: result[name] for name in ("clips", "seed")}
    for part in ("seen", "held_out"):
        old[part] = {
            name: result[part][name] for name in ("accuracy", "ceiling", "shuffled", "blank_frames", "per_motion")
        }
    assert "geometric" in charts.attribute_bars(old) and "network" not in charts.attribute_bars(old)
    assert charts.confusions(old, "seen", "geometric") == {}
    assert "Only the geometric" in tab.say_what(old, "Shipped")
    assert "Only the geometric" not in tab.say_what(result, "Shipped")
    assert charts.headline(old)


def test_a_confusion_table_shows_where_the_clips_went():
    table = {"small": {"small": 8, "none": 2}, "large": {"small": 10}}
    picture = charts.heat_map("size", table)
    perfect = charts.heat_map("size", {"small": {"small": 8}, "large": {"large": 10}})

    def pixels_of(picture, rgb):
        return int((np.abs(picture.astype(int) - rgb).max(2) < 8).sum())

    assert pixels_of(perfect, charts.RIGHT_RGB) > 1500  # two cells
    assert pixels_of(perfect, charts.WRONG_RGB) < 20
    assert pixels_of(picture, charts.WRONG_RGB) > 800  # all large ones were read as small


def test_confusions_are_drawn_for_each_attribute(result, tmp_path):
    others, motion = tab.draw_confusions(result, "seen", "network", tmp_path)
    assert [name for _, name in others] == ["colour", "shape", "size", "speed"]
    assert all(path.is_file() for path, _ in others) and motion.is_file()


def test_failed_clips_are_made_again_and_say_what_was_read(folders, result, tmp_path):
    shown = jobs.failed_clips(folders, "shapes", result, tmp_path)
    assert 0 < len(shown) <= jobs.SHOWN_FAILURES
    path, said = shown[0]
    recipe = read_recipe(path)
    assert said.startswith(f"{recipe['prompt']} (seed {recipe['seed']}): ") and "read" in said
    assert len(read_clip(path)) == 10


def test_failures_are_told_in_words():
    def said(**wrong):
        return jobs.say_failure({"prompt": "red star", "seed": 3, "wrong": wrong})

    assert said(geometric={"shape": "circle"}, network={"shape": "circle"}) == "red star (seed 3): both read circle"
    assert said(geometric={"motion": "none"}).endswith("the geometric reader alone read no motion")
    assert said(geometric={"size": "small"}, network={"shape": "square"}).endswith("read small; by the network square")


def test_no_share_is_no_bar(result):
    empty = json.loads(json.dumps(result))
    for part in ("seen", "held_out", "held_out_motion"):
        empty[part]["accuracy"]["size"] = share_of(0, 0)
    assert "<h4>size</h4>" not in charts.attribute_bars(empty) and "<h4>size</h4>" in charts.attribute_bars(result)
