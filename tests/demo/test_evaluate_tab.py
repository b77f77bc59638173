"""The Evaluate tab's handlers as plain functions."""

import html
import json
import re
import shutil
from itertools import pairwise

import pytest

pytest.importorskip("gradio")

import gradio as gr
from serving import run_aside

from demo.evaluate import charts, jobs, tab
from demo.locale.translate import speaking
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
    done = [done for done, _, results in steps if results is None]
    assert done == sorted(done) and len(done) > 1
    return last[2]


def test_a_measurement_is_that_of_the_command_line(result, shipped):
    from t2v import load
    from t2v.evaluation.evaluate import evaluate

    again = evaluate(load(shipped / "shapes"), clips=20, seed=1, network=load_reader())
    assert again == result


def test_a_stopped_measurement_ends_without_a_result(folders):
    reports = []
    for done, of, results in jobs.measure(folders, "shapes", clips=1000, seed=0, stop=lambda: len(reports) > 0):
        reports.append((done, of, results))
    assert reports and all(results is None and done < of for done, of, results in reports)


def test_each_part_of_an_answer_holds_what_was_said_before(folders):
    """A browser that is slow to begin sees the last part alone."""

    async def lay_out():
        with gr.Blocks():
            return tab.build()

    w, stops, parts = run_aside(lay_out()), {}, []
    for part in tab.on_start(folders, w, stops, "shapes", 1000, 0, visitor="me"):
        parts.append(part)
        if len(parts) == 3:
            tab.on_stop(stops, visitor="me")
    assert len(parts) > 3 and all(before.keys() <= after.keys() for before, after in pairwise(parts))


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
    text = charts.attribute_bars(result)
    share = result["held_out"]["network"]["accuracy"]["motion"]
    assert f"unseen, network: {share['share']:.1%} of 20 clips" in text
    assert f"{share['low']:.1%} to {share['high']:.1%}" in text
    widths = [float(x) for x in re.findall(r'class="fill[^"]*" style="width:([\d.]+)%', text)]
    assert widths and all(0 <= x <= 100 for x in widths)
    assert "new motion, geometric" in text
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
    assert "Only the geometric" in tab.say_origin(old, "Shipped")
    assert "Only the geometric" not in tab.say_origin(result, "Shipped")
    assert charts.headline(old)


def test_a_confusion_table_shows_where_the_clips_went():
    text = charts.heat_map("size", {"small": {"small": 8, "none": 2}, "large": {"small": 10}})
    assert re.findall(r"<span>(\w+)</span>", text) == ["small", "large", "none"]  # each column has words of its own
    assert re.findall(r'<td class="(\w+)[^"]*"[^>]*>(\d*)</td>', text) == [
        ("right", "80"), ("wrong", ""), ("wrong", "20"), ("wrong", "100"), ("right", ""), ("wrong", ""),
    ]  # fmt: skip


def test_confusions_are_drawn_for_each_attribute(result):
    text = charts.heat_maps(result, "seen", "network")
    assert re.findall(r"<caption>(\w+):", text)[-1] == "motion" and text.count("<table>") == 5
    assert charts.heat_maps(result | {"format": 1}, "seen", "network") == ""


def test_one_sentence_says_how_many_and_what_is_weakest(result):
    changed = json.loads(json.dumps(result))
    changed["seen"]["accuracy"]["all"] = share_of(995, 1000)
    changed["held_out"]["accuracy"]["all"] = share_of(990, 1000)
    changed["seen"]["per_motion"] = {
        "moving up": {"motion": share_of(40, 40)},
        "bouncing horizontally": {"motion": share_of(36, 40)},
        "expanding": {"motion": share_of(0, 2)},  # too few to say
    }
    assert charts.verdict(changed) == (
        "995 of 1,000 clips show exactly what was asked, and 990 of 1,000 of prompts that training never showed; "
        "weakest: bouncing horizontally, 90%."
    )
    changed["seen"]["per_motion"] = {"moving up": {"motion": share_of(40, 40)}}
    assert charts.verdict(changed).endswith("never showed.")
    elsewhere = changed | {"first_world": "shapes"}
    assert charts.verdict(elsewhere) == "995 of 1,000 clips show exactly what was asked."
    assert "world 'shapes', which may show" in html.unescape(tab.say_origin(elsewhere, "classic"))
    assert "which may show" not in tab.say_origin(changed, "shapes")
    changed["seen"]["accuracy"]["all"], changed["held_out"]["accuracy"]["all"] = share_of(0, 1), share_of(0, 0)
    assert charts.verdict(changed) == "0 of 1 clip shows exactly what was asked."


def test_own_words_have_a_sentence_and_bars(result):
    changed = json.loads(json.dumps(result))
    changed["own_words"]["accuracy"]["all"] = share_of(250, 1270)
    changed["own_words"]["understood"] = {"en": share_of(3, 4), "ru": share_of(1, 2)}
    text = charts.own_words(changed)
    assert text == (
        "Asked in people's own words, 250 of 1,270 clips show what was meant. 75.0% of 4 English prompts and "
        "50.0% of 2 Russian ones are understood."
    )
    with speaking("ru"):
        russian = charts.own_words(changed)
    assert russian.startswith("Запросы своими словами") and not re.search("[a-z]", russian)
    assert html.escape(text) in tab.say_origin(changed, "Shipped")
    assert "own words, geometric: " in charts.attribute_bars(changed)
    del changed["own_words"]  # a measurement of before
    assert charts.own_words(changed) == "" and "own words" not in tab.say_origin(changed, "Shipped")


def test_a_measurement_says_how_long_it_takes_from_here():
    assert "left" not in tab.say_progress(2, 40, 1.0)
    assert "10 of 40 clips drawn and read. About 15 s left." in tab.say_progress(10, 40, 5.0)
    assert "0 of 1 clip drawn" in tab.say_progress(0, 1, 0.0)


def test_failed_clips_are_made_again_and_say_what_was_read(folders, result, tmp_path):
    shown = jobs.failed_clips(folders, "shapes", result, tmp_path)
    assert 0 < len(shown) <= jobs.SHOWN_FAILURES
    path, text = shown[0]
    recipe = read_recipe(path)
    assert text.startswith(f"{recipe['prompt']} (seed {recipe['seed']}): ") and "reader" in text
    assert len(read_clip(path)) == 10


def test_failures_are_told_in_words():
    def texts(**wrong):
        return jobs.say_failure({"prompt": "red star", "seed": 3, "wrong": wrong})

    both = texts(geometric={"shape": "circle"}, network={"shape": "circle"})
    assert both == "red star (seed 3): both readers: circle"
    one = texts(geometric={"motion": "none"})
    assert one.endswith("geometric reader: no motion found (network reader agrees with the prompt)")
    two = texts(geometric={"size": "small"}, network={"shape": "square"})
    assert two.endswith("geometric reader: small; network reader: square")


def test_no_share_is_no_bar(result):
    empty = json.loads(json.dumps(result))
    for part in charts.PARTS.keys() & empty.keys():
        empty[part]["accuracy"]["size"] = share_of(0, 0)
    assert "<h4>size</h4>" not in charts.attribute_bars(empty) and "<h4>size</h4>" in charts.attribute_bars(result)
