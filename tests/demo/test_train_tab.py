"""The Train tab's handlers as plain functions, and the child processes behind them."""

import json
import math
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import gradio as gr
import numpy as np
import tiny

from demo.studio import about
from demo.studio.limits import PUBLIC_SPACE
from demo.train import diagnosis, estimate, plots, processes, progress, run_view, runs
from demo.train import handlers as train
from demo.train.estimate import Speed
from demo.train.runs import Run
from demo.train.suited import suited
from demo.ui.amounts import say_duration
from t2v.__main__ import make_parser, recipe_of
from t2v.config import ModelConfig, to_json
from t2v.data.writer import write_dataset
from t2v.media.clips import write_clip
from t2v.presets import PRESETS, preset
from t2v.training import run_folder

SHORT = replace(preset("lesson"), steps=5, seed=1)
DRAW = diagnosis.draw_of(preset("lesson"), 400)[1]  # the discriminator's loss where neither network is ahead


def put_run(folders, name, recipe=None, **status):
    """A run folder as training leaves it, with this status."""
    run_dir = folders.runs / name
    (run_dir / "samples").mkdir(parents=True)
    status = {"state": "running", "step": 7, "of": 10, "eta": 3.0, "device": "cpu", "error": None} | status
    (run_dir / "status.json").write_text(json.dumps({"pid": 1, "updated": time.time()} | status))
    if recipe is not None:
        (run_dir / "config.json").write_text(json.dumps(to_json(recipe)))
    return run_dir


def put_preview(run_dir, step):
    (run_dir / "samples" / f"step_{step}.gif").write_bytes(b"GIF89a")


def readings(count, *, every=10, g=2.0, d=0.5, real=0.5, fake=-0.2, **more):
    """The metrics of a training whose losses stay where they are."""
    row = {"loss_g": g, "loss_d": d, "d_real": real, "d_fake": fake, "clips_per_second": 40.0, **more}
    return tuple({"step": every * i, "clips_seen": 320 * i, "seconds": 8.0 * i} | row for i in range(1, count + 1))


@pytest.fixture
def a_training():
    """The process id of something that counts as a living training."""
    child = subprocess.Popen([sys.executable, "-c", "input()", "train"], stdin=subprocess.PIPE)
    yield child.pid
    child.communicate(b"\n")


def wait_until(true, seconds=300):
    """Waits for something that a child process does."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def test_a_second_training_is_refused_and_a_failure_explained(folders):
    (folders.datasets / "empty").mkdir(parents=True)
    name = processes.start(folders, SHORT, dataset="empty")
    assert runs.running(folders) == name and runs.read_run(folders, name).state == "starting"
    with pytest.raises(ValueError, match=f"{name} is being trained"):
        processes.start(folders, SHORT)
    with pytest.raises(ValueError, match="nothing to resume"):
        processes.resume(folders, name, steps=5)
    with pytest.raises(ValueError, match="measurement now would"):
        train.measure_speed(folders, SHORT)
    wait_until(lambda: runs.read_run(folders, name).exit_code is not None)
    run = runs.read_run(folders, name)
    assert run.state == "failed" and run.exit_code == 2
    assert "empty" in run.error and run.error in run.log and not run.resumable
    assert runs.running(folders) is None
    text = progress.status(run, None)
    assert "Exit code 2" in text and f"{name} failed" in text and "Traceback" not in text


def test_a_training_outlives_its_server(folders):
    server = (
        "import sys; from dataclasses import replace; from pathlib import Path; from demo.train import processes;"
        "from demo.studio.workspace import Folders; from t2v.presets import preset;"
        "folders = Folders(*map(Path, sys.argv[1:]));"
        "print(processes.start(folders, replace(preset('lesson'), steps=5000)), flush=True)"
    )
    places = [str(position) for position in (folders.checkpoints, folders.runs, folders.datasets, folders.visits)]
    done = subprocess.run(
        [sys.executable, "-c", server, *places], cwd=processes.ROOT, capture_output=True, text=True, timeout=300
    )
    name = done.stdout.strip()
    assert runs.running(folders) == name and name
    with pytest.raises(ValueError, match=f"{name} is being trained"):
        processes.start(folders, SHORT)
    wait_until(lambda: runs.read_run(folders, name).state == "running")
    processes.stop(folders, name)
    wait_until(lambda: runs.running(folders) is None)
    run = runs.read_run(folders, name)
    assert run.state == "stopped" and run.resumable and run.exit_code is None  # the server that would know it has gone


def test_a_training_that_is_still_starting_can_be_stopped(folders):
    name = processes.start(folders, SHORT)
    processes.stop(folders, name)
    wait_until(lambda: runs.running(folders) is None)
    assert runs.read_run(folders, name).state == "stopped"
    with pytest.raises(ValueError, match="not running"):
        processes.stop(folders, name)


def test_a_start_with_a_bad_dataset_or_limit_leaves_nothing(folders):
    for settings, text in (({"dataset": "../elsewhere"}, "no dataset"), ({"minutes": -1}, "minutes must be at least")):
        with pytest.raises(ValueError, match=text):
            processes.start(folders, SHORT, **settings)
        with pytest.raises(ValueError, match=text):
            processes.command_line(folders, SHORT, **settings)
    assert runs.run_names(folders) == []


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"seed": None}, "seed must be a number"),
        ({"batch_size": 0, "learning_rate": 7}, "batch_size must be at least 1, got 0; learning_rate must be at most"),
        ({"name": "huge"}, "Unknown preset"),
        ({"others": "penalty_wait=5"}, "did you mean 'penalty_weight'"),
        ({"others": "penalty_weight=-1"}, "penalty_weight must be at least 0"),
    ],
)
def test_bad_settings_are_refused_in_words(settings, text):
    good = {"name": "lesson", "steps": 5, "batch_size": 32, "learning_rate": 1e-3, "seed": 1}
    with pytest.raises(ValueError, match=text):
        train.recipe_from(**good | settings)


@pytest.mark.parametrize("name", PRESETS)
def test_the_command_shown_trains_what_the_page_trains(folders, name):
    write_dataset(folders.datasets / "my data", grammar="shapes", videos=1, frames=3, frame_size_px=16)
    recipe = train.recipe_from(name, 7, 4, 0.5, 9, "penalty_weight=5\n\nbetas = 0.1,0.9\nevaluate_every_steps=0")
    shown = shlex.split(processes.command_line(folders, recipe, dataset="my data", minutes=2.5))
    assert shown[:4] == ["python", "-m", "t2v", "train"]
    parsed = make_parser().parse_args(shown[3:])
    assert recipe_of(parsed) == recipe and recipe.betas == (0.1, 0.9)
    assert (parsed.out, parsed.data, parsed.max_minutes) == (f"runs/{name}-1", "datasets/my data", 2.5)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="nothing tells a process's words here")
def test_the_child_is_told_the_recipe_by_its_file(folders):
    recipe = train.recipe_from("lesson", 5, 4, 1e-3, 1, "penalty_weight=5\nmodel.noise_size=3")
    name = processes.start(folders, recipe)
    run_dir, pid = folders.runs / name, runs.note_of(folders, name)["pid"]

    def words() -> list[str]:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")

    wait_until(lambda: "--config" in words())  # not before the child is another program than this one
    assert words()[words().index("--config") + 1] == str(run_dir / "config.json") and "--preset" not in words()
    assert runs.read_run(folders, name).recipe == recipe
    processes.stop(folders, name)
    wait_until(lambda: runs.running(folders) is None)


def test_every_setting_has_its_help_and_can_be_changed():
    names = train.more_settings()
    assert {"penalty_weight", "model.noise_size"} < set(names) and "steps" not in names
    shown = train.on_setting("lesson", "", "penalty_weight")
    assert shown["value"] == "3.0" and "R1 + R2" in shown["info"] and shown["interactive"]
    others = train.on_value("betas=0.1,0.9\npenalty_weight=3", "penalty_weight", " 5 ")
    assert others == "betas=0.1,0.9\npenalty_weight=5"
    assert train.on_setting("lesson", others, "penalty_weight")["value"] == "5"
    assert train.recipe_from("lesson", 5, 4, 1e-3, 1, others).penalty_weight == 5
    assert train.on_value(others, "penalty_weight", "") == "betas=0.1,0.9"
    assert train.on_value(others, None, "7") == others


def test_a_run_whose_process_is_gone_has_failed_and_says_so(folders):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    put_run(folders, "killed", pid=child.pid)
    run = runs.read_run(folders, "killed")
    assert run.state == "failed" and "gone" in run.error
    assert run.exit_code is None and "not known" in progress.status(run, None)
    assert runs.running(folders) is None


def test_a_killed_training_tells_the_signal(folders):
    name = processes.start(folders, SHORT)
    os.kill(json.loads((folders.runs / ".launches" / f"{name}.json").read_text())["pid"], 9)
    wait_until(lambda: runs.read_run(folders, name).exit_code is not None)
    output = progress.status(runs.read_run(folders, name), None)
    assert "signal 9 (SIGKILL)" in output and "memory" in output


def test_a_failed_training_says_what_was_saved_of_it(folders):
    run_dir = put_run(folders, "lesson-1", preset("lesson"), state="failed", error="sad", step=300)
    output = progress.status(runs.read_run(folders, "lesson-1"), None)
    assert "Nothing was saved yet (the first save is at step 250); start again." in output
    (run_dir / "state.pt").touch()
    (run_dir / "checkpoint").mkdir()
    (run_dir / "checkpoint" / "config.json").write_text(json.dumps({"training": {"steps": 250}}))
    output = progress.status(runs.read_run(folders, "lesson-1"), None)
    assert "Saved at step 250: Resume goes on from there." in output and "Nothing was saved" not in output
    put_run(folders, "never-begun", state="failed", error="no such dataset")
    assert "saved" not in progress.status(runs.read_run(folders, "never-begun"), None)


def test_the_exit_code_of_an_earlier_launch_is_not_this_ones(folders):
    put_run(folders, "again", state="failed", pid=4242, error="sad")
    (folders.runs / ".launches").mkdir()
    (folders.runs / ".launches" / "again.exit").write_text(json.dumps({"pid": 4141, "exit_code": 2}))
    assert runs.read_run(folders, "again").exit_code is None
    (folders.runs / ".launches" / "again.exit").write_text(json.dumps({"pid": 4242, "exit_code": 1}))
    assert "Exit code 1" in progress.status(runs.read_run(folders, "again"), None)


def test_another_programs_process_is_no_training(folders):
    put_run(folders, "old", pid=os.getpid())
    assert runs.read_run(folders, "old").state == "failed"


def test_a_failed_training_tells_its_reason_and_no_traceback(folders):
    run_dir = put_run(folders, "sad", state="failed", error="A loss is no number any more at step 7")
    trace = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in b\n    c()\nRuntimeError: <b>out</b> of luck\n'
    )
    (run_dir / "train.log").write_text(f"12:00:00 step 7\n{trace}12:00:01 failed: A loss is no number any more\n")
    run = runs.read_run(folders, "sad")
    assert "no number" in run.error and "12:00:01" in run.log
    assert "RuntimeError" in run.log and "Traceback" not in run.log and "a.py" not in run.log
    assert "&lt;b&gt;out" in progress.status(run, None)
    assert (run.step, run.of, run.eta_seconds, run.device) == (7, 10, 3.0, "cpu")


def test_what_remains_ends_with_the_limit(folders):
    put_run(folders, "lesson-1", eta=4000.0, updated=1100.0)
    (folders.runs / ".launches").mkdir()
    note = folders.runs / ".launches" / "lesson-1.json"
    note.write_text(json.dumps({"pid": 1, "began": 1000.0, "data": None, "minutes": 3}))
    assert runs.read_run(folders, "lesson-1").eta_seconds == 80.0
    note.write_text(json.dumps({"pid": 1, "began": 1000.0, "data": None, "minutes": None}))
    assert runs.read_run(folders, "lesson-1").eta_seconds == 4000.0


def test_runs_are_named_once_and_the_latest_comes_first(folders):
    os.utime(put_run(folders, "lesson-1", state="finished") / "status.json", (1, 1))
    put_run(folders, "mine", state="stopped")
    assert runs.run_names(folders) == ["mine", "lesson-1"]
    assert runs.new_name(folders, "lesson") == "lesson-2"
    with pytest.raises(ValueError, match="no run 'gone'"):
        runs.read_run(folders, "gone")


def test_a_removed_run_is_forgotten(folders):
    launches = folders.runs / ".launches"
    launches.mkdir(parents=True)
    (launches / "lesson-1.json").write_text(json.dumps({"pid": 1, "began": 1.0, "data": None}))
    os.utime(launches / "lesson-1.json", (1, 1))
    assert runs.run_names(folders) == []


def test_losses_keep_their_level_when_thinned_and_smoothed():
    rows = tuple(row | {"loss_g": 1.0 + i % 2} for i, row in enumerate(readings(3000, d=2.0)))
    table = plots.losses(Run("run", "running", metrics=rows))
    assert len(table) <= 4 * plots.PLOTTED_POINTS and table["step"].max() > 29_000
    means = table.groupby("line")["loss"].mean().round(2).to_dict()
    assert means == {
        **{"generator": 1.5, f"generator{plots.RAW}": 1.5},
        **{"discriminator": 2.0, f"discriminator{plots.RAW}": 2.0},
    }
    assert len(plots.losses(None)) == 0


def test_the_smoothed_line_is_calmer_and_spikes_are_cut():
    rows = list(readings(100))
    for i, row in enumerate(rows):
        rows[i] = row | {"loss_g": 1.0 + i % 2}
    rows[50] = rows[50] | {"loss_g": 400.0}
    table = plots.losses(Run("run", "running", metrics=tuple(rows)))
    raw, smooth = (table[table["line"] == line]["loss"] for line in (f"generator{plots.RAW}", "generator"))
    assert raw.max() == plots.LOSS_CEILING and smooth.std() < raw.std() / 2


def test_two_runs_are_overlaid_and_each_line_has_its_colour():
    run = Run("a-1", "running", metrics=readings(5, g=1.0))
    other = Run("b-1", "finished", metrics=readings(9, g=3.0))
    table = plots.losses(run, other)
    assert table[table["line"] == "b-1: G"]["loss"].round(3).unique() == [3.0]
    assert table[table["line"] == "generator"]["loss"].round(3).unique() == [1.0]
    key = plots.key(table, other)
    assert set(key["color_map"]) == set(table["line"]) and len(set(key["color_map"].values())) == 6
    assert key["colors_in_legend"] == ["generator", "discriminator", "b-1: G", "b-1: D"]


def test_shares_are_percent_where_they_were_measured():
    rows = readings(3)
    result = {"accuracy_seen": 0.5, "accuracy_held_out": 0.25, "accuracy_seen_colour": 1.0}
    run = Run("a-1", "running", metrics=(rows[0], rows[1] | result, rows[2]))
    table = plots.shares(run)
    assert table.to_dict("records") == [
        {"step": 20.0, "percent": 50.0, "line": "trained"},
        {"step": 20.0, "percent": 25.0, "line": "unseen"},
        {"step": 20.0, "percent": 100.0, "line": "colour"},
    ]


def test_a_run_is_described_and_counted():
    run = Run("lesson-1", "running", 50, 6000, 95.0, "cpu", recipe=preset("lesson"), metrics=readings(5))
    assert progress.describe(run) == "lesson-1 is running at step 50 of 6,000, on cpu."
    assert progress.count(run) == [
        ("clips a second", "40"),
        ("clips seen", "1,600"),
        ("elapsed", "40 s"),
        ("remaining", "1 min 35 s"),
    ]
    assert progress.count(replace(run, state="finished"))[-1][0] == "elapsed"
    assert progress.count(replace(run, recipe=preset("baseline")))[0][0] == "frames a second"
    assert "no training yet" in progress.describe(None)


def kinds(rows, recipe="lesson", **more):
    return [style for style, _ in diagnosis.advise(Run("a", "running", recipe=preset(recipe), metrics=rows, **more))]


def test_a_training_in_balance_is_said_to_learn():
    assert kinds(readings(40)) == kinds(readings(40, g=40.0)) == [""]  # whatever the scores' scale
    assert kinds(readings(30) + readings(50, d=DRAW)[30:]) == [""]  # a draw that was earned
    assert kinds(readings(40, g=4.6, d=0.29)) == ["remark"]  # as low as in any training that went well
    assert kinds(readings(5, g=9.0)) == ["remark"] and kinds(()) == []  # too early


def test_what_has_ended_early_is_not_told_to_wait():
    run = Run("a", "running", recipe=preset("lesson"), metrics=readings(3))
    assert "Too early to say" in diagnosis.advise(run)[0][1]
    assert "shapes appear after about 300 steps" in diagnosis.advise(replace(run, state="finished"))[0][1]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (readings(40, g=6.4, d=0.02), "discriminator wins"),  # as in trainings that learned nothing
        (readings(27)[:-1] + readings(27, g=372.2, d=234.2)[-1:], "exploded"),  # He weights in the discriminator
        (readings(40, g=math.nan), "no number"),
        (readings(40, g=0.69, d=DRAW, real=0.01, fake=0.0), "Neither network learns"),
        (readings(40, g=0.69, d=0.97 * DRAW, real=7.0, fake=6.9), "Neither network learns"),
        (readings(40, g=0.7, d=2.5 * DRAW, real=0.0, fake=2.0), "takes drawn clips for real"),
        (readings(99) + readings(100, accuracy_seen=0.1, blank_frames=0.9)[99:], "90% of the frames are blank"),
        (
            readings(99, accuracy_seen=0.6) + readings(100, accuracy_seen=0.2)[99:],
            "obeyed better before: 60% at step 10, now 20%",
        ),
    ],
)
def test_a_training_that_goes_wrong_is_warned_of(rows, text):
    result = diagnosis.advise(Run("a", "running", recipe=preset("lesson"), metrics=rows))
    assert [style for style, _ in result] == ["problem"] and text in result[0][1]


def test_page_says_that_reading_comes_before_pictures():
    reads = ({"step": 10, "caption_d": 3.0, "loss_g": None, "loss_d": None},)
    run = Run("own-1", "running", recipe=preset("own"), metrics=reads)
    assert diagnosis.advise(run) == [
        ("remark", "The discriminator learns to read captions first, alone: pictures change from step 800 on.")
    ]
    draws = tuple({**row, "step": 800 + row["step"]} for row in readings(8))
    assert "Too early to say" in diagnosis.advise(replace(run, metrics=reads + draws))[0][1]


def test_the_baseline_is_judged_by_its_own_losses():
    lost = readings(40, g=5.0, d=0.1, real=0.97, fake=0.02)
    assert kinds(lost, "baseline") == ["problem"] and kinds(lost, "lesson") == ["remark"]
    assert kinds(readings(40, g=1.2, d=1.1, real=0.6, fake=0.4), "baseline") == [""]
    assert diagnosis.draw_of(preset("baseline"), 400)[1] == pytest.approx(1.386, abs=1e-3)


def layered(glimpses_from_step):
    return replace(preset("lesson"), model=ModelConfig(kind="layered"), glimpses_from_step=glimpses_from_step)


def test_a_draw_is_counted_for_each_head_that_is_used():
    recipe = layered(glimpses_from_step=200)
    assert diagnosis.draw_of(recipe, 200)[1] == pytest.approx(math.log(2))
    assert diagnosis.draw_of(recipe, 210)[1] == pytest.approx(2 * math.log(2))
    assert diagnosis.draw_of(preset("stories"), 12_000)[1] == pytest.approx(3 * math.log(2))
    advice = [
        diagnosis.advise(Run("a", "running", recipe=layered(start), metrics=readings(40, d=0.5)))[0]
        for start in (200, 700)
    ]  # 0.36 draws of two heads, 0.72 of one
    assert [style for style, _ in advice] == ["remark", ""] and "is ahead" in advice[0][1]


def test_speed_counts_the_steps_with_glimpses_alone():
    recipe = layered(glimpses_from_step=100)
    rows = [{**row, "clips_per_second": 100.0 if row["step"] <= 100 else 50.0} for row in readings(12)]
    assert estimate.speed_of_run(Run("a", "running", recipe=recipe, metrics=rows), recipe).clips_per_second == 50.0
    early = Run("a", "running", recipe=recipe, metrics=rows[:5])
    assert estimate.speed_of_run(early, recipe).clips_per_second == 100.0


def test_the_run_in_progress_is_shown_unless_another_was_chosen(folders):
    os.utime(put_run(folders, "lesson-1", state="finished") / "status.json", (1, 1))
    put_run(folders, "lesson-2", state="stopped")
    parts, now = run_view.view(folders, None, None, None, {})
    menu = [("lesson-2", "lesson-2"), ("lesson-1", "lesson-1")]
    assert parts["run"] == {"choices": menu, "value": "lesson-2"} and now["run"] == "lesson-2"
    parts, now = run_view.view(folders, "lesson-1", "lesson-2", None, now)
    assert "value" not in parts["run"] and "value" not in parts["other"] and now["run"] == "lesson-1"
    parts, _ = run_view.view(folders, "lesson-1", "lesson-1", None, now)  # a run is not compared with itself
    assert parts["other"]["value"] == run_view.NO_OTHER
    assert set(parts) == set(run_view.SHOWN)


def test_a_new_training_is_followed_unless_another_was_chosen(folders, a_training):
    put_run(folders, "lesson-1", state="finished")
    put_run(folders, "lesson-2", state="finished")
    for step in (250, 500):
        put_preview(folders.runs / "lesson-2", step)
    _, opened = run_view.view(folders, None, None, None, {})
    _, chosen = run_view.view(folders, "lesson-1", None, None, opened)
    put_run(folders, "lesson-3", pid=a_training)  # somebody else has begun it
    assert run_view.view(folders, "lesson-2", None, 2, opened)[0]["run"]["value"] == "lesson-3"
    assert "value" not in run_view.view(folders, "lesson-2", None, 1, opened)[0]["run"]  # an early preview is looked at
    assert "value" not in run_view.view(folders, "lesson-1", None, None, chosen)[0]["run"]


def test_the_slider_follows_the_newest_preview_until_slid_back(folders):
    run_dir = put_run(folders, "lesson-1")
    for step in (250, 500, 1000):
        put_preview(run_dir, step)
    parts, now = run_view.view(folders, "lesson-1", None, 1, {})
    assert parts["preview_number"]["value"] == 3 and parts["preview"]["value"].name == "step_1000.gif"
    put_preview(run_dir, 1250)
    parts, later = run_view.view(folders, "lesson-1", None, 3, now)
    assert parts["preview_number"]["value"] == 4 and "step 1,250" in parts["preview"]["alt_text"]
    put_preview(run_dir, 1500)
    parts, _ = run_view.view(folders, "lesson-1", None, 2, later)
    assert "value" not in parts["preview_number"] and parts["preview"]["value"].name == "step_500.gif"
    assert "2 of 5" in parts["preview_number"]["label"] and parts["preview_number"]["maximum"] == 5


def test_a_tick_waits_for_a_choice_but_not_forever(folders):
    for name in ("lesson-1", "lesson-2"):
        put_run(folders, name)
    *_, sent_before, _given, awaited = train.on_tick(folders, "", None, None, None, "", None)
    shown = json.loads(sent_before)["run"]
    other = ({"lesson-1", "lesson-2"} - {shown}).pop()
    *nothing, awaited = train.on_tick(folders, "", other, None, 1, sent_before, awaited)
    assert nothing == [gr.skip()] * len(nothing) and awaited == other
    assert train.on_refresh(folders, "", other, None, 1, sent_before) != gr.skip()
    # an answer about the run before has come after that of the choice
    *_, sent_before, _given, awaited = train.on_tick(folders, "", other, None, 1, sent_before, awaited)
    assert json.loads(sent_before)["run"] == other and awaited is None


def test_datasets_looked_up_again_leave_a_choice_alone(folders):
    (folders.datasets / "mine").mkdir(parents=True)
    for name, is_gone in (("mine", False), (train.NO_DATASET, False), ("gone", True)):
        assert ("value" in train.on_datasets(folders, name)) == is_gone


def test_menus_come_whole_and_with_the_run_to_be_shown(folders):
    put_run(folders, "lesson-1")
    *shown, sent_before, given = train.on_refresh(folders, "", None, None, None, "")
    assert given["name"] == "lesson-1" and given["run"] == [("lesson-1", "lesson-1")] and len(given["other"]) == 1
    assert not any("choices" in update for update in shown)
    put_run(folders, "lesson-2")
    given = train.on_refresh(folders, "", "lesson-1", run_view.NO_OTHER, None, sent_before)[-1]
    assert given["name"] is None and len(given["run"]) == len(given["other"]) == 2


def test_only_changes_are_sent_and_colours_after_their_lines(folders):
    run_dir = put_run(folders, "lesson-1", preset("lesson"), state="stopped")
    put_preview(run_dir, 250)
    for row in readings(2):
        run_folder.append_metrics(run_dir, row)
    sent, before = [], {}
    for _ in range(3):
        parts, now = run_view.view(folders, "lesson-1", None, None, before)
        new, memory = train.news(parts, before)
        sent.append({name: set(part) for name, part in new.items() if part})
        before = now | memory
    assert sent[0]["losses"] == {"value", "x_title", "y_title"} and "preview" in sent[0]
    assert set(sent[1]) == set(run_view.PLOTS) and sent[1]["losses"] == {"color_map", "colors_in_legend", "x_lim"}
    assert sent[2] == {}
    run_folder.append_metrics(run_dir, readings(3)[2])
    new, _ = train.news(run_view.view(folders, "lesson-1", None, None, before)[0], before)
    assert {name for name, part in new.items() if part} == {"losses", "scores", "progress"}
    assert set(new["losses"]) == {"value", "x_lim"}  # the axis has become longer


def test_a_plot_is_shown_when_it_has_a_line(folders):
    run_dir = put_run(folders, "lesson-1", preset("lesson"))
    shown = []
    for row in readings(2):
        run_folder.append_metrics(run_dir, row)
        parts, _ = run_view.view(folders, "lesson-1", None, None, {})
        shown.append((parts["losses_shown"]["visible"], parts["scores_shown"]["visible"]))
    assert shown == [(False, False), (True, True)]
    result = {"accuracy_seen": 0.5, "accuracy_held_out": 0.25}
    run_folder.append_metrics(run_dir, readings(3, **result)[2])
    parts, _ = run_view.view(folders, "lesson-1", None, None, {})
    assert (
        not parts["shares_shown"]["visible"] and "at step 30: trained 50, unseen 25." in parts["shares_note"]["value"]
    )
    run_folder.append_metrics(run_dir, readings(4, **result)[3])
    assert run_view.view(folders, "lesson-1", None, None, {})[0]["shares_shown"]["visible"]


def test_a_run_in_progress_tells_the_others_why_they_wait(folders, a_training):
    put_run(folders, "lesson-1", state="finished")
    parts, _ = run_view.view(folders, "lesson-1", None, None, {})
    assert parts["blocked"]["value"] == "" and parts["in_progress"]["value"] == "None False"
    run_dir = put_run(folders, "lesson-2", preset("lesson"), pid=a_training, eta=2700.0)
    for chosen in ("lesson-1", "lesson-2"):
        parts, _ = run_view.view(folders, chosen, None, None, {})
        assert "lesson-2 is being trained; stop it first, or wait (45 min left)." in parts["blocked"]["value"]
        assert parts["in_progress"]["value"] == "lesson-2 False"
    run_folder.append_metrics(run_dir, readings(1)[0])
    assert run_view.view(folders, "lesson-1", None, None, {})[0]["in_progress"]["value"] == "lesson-2 True"


def test_only_a_saved_run_is_resumed_or_tried(folders):
    put_run(folders, "lesson-1", state="stopped")
    parts, _ = run_view.view(folders, "lesson-1", None, None, {})
    able = {name for name in ("start", "stop", "resume", "try_it", "measure") if parts[name]["interactive"]}
    assert able == {"start", "measure"}
    (folders.runs / "lesson-1" / "state.pt").touch()
    (folders.runs / "lesson-1" / "checkpoint").mkdir()
    (folders.runs / "lesson-1" / "checkpoint" / "config.json").touch()
    parts, _ = run_view.view(folders, "lesson-1", None, None, {})
    assert parts["resume"]["interactive"] and parts["try_it"]["interactive"]


def test_a_speed_is_taken_from_a_run_of_the_same_kind_only(folders):
    recipe = preset("lesson")
    run_dir = put_run(folders, "lesson-1", recipe, state="finished")
    for row in readings(4):
        run_folder.append_metrics(run_dir, row)
    assert train.find_speed(folders, replace(recipe, steps=9, seed=4), {}) == Speed(40.0, "measured before in lesson-1")
    assert train.find_speed(folders, replace(recipe, batch_size=8), {}) is None
    fresh = Speed(50.0, "measured here")
    assert train.find_speed(folders, recipe, {estimate.likeness(recipe): fresh}) == fresh


def test_an_estimate_is_steps_times_batch_over_speed():
    recipe = replace(preset("lesson"), steps=6000, batch_size=32)
    text = estimate.say_estimate(recipe, minutes=None, speed=Speed(40.0, "measured here"))
    assert text == "About 1 h 20 min for 6,000 steps (40 clips/s, measured here)."
    text = estimate.say_estimate(recipe, minutes=10, speed=Speed(40.0, "measured here"))
    assert "Stops after 10 min, at about step 750 of 6,000" in text
    assert "About 1 h 20 min" in estimate.say_estimate(recipe, minutes=100, speed=Speed(40.0, "measured here"))
    assert "Time unknown" in estimate.say_estimate(recipe, minutes=None, speed=None)
    assert [say_duration(s) for s in (9, 95, 660, 5400)] == ["9 s", "1 min 35 s", "11 min", "1 h 30 min"]


def put_own_clips(folders, name="mine", side_px=40):
    """A few clips of a spot that goes right."""
    for k in range(4):
        clip = np.full((10, side_px, side_px, 3), 240, np.uint8)
        for t in range(10):
            clip[t, 10 + 4 * k :][:6, 3 * t : 3 * t + 6] = (200, 30, 30)
        write_clip(folders.datasets / name / f"a spot goes right {k}.gif", clip)


def test_plan_of_own_is_what_it_takes_for_the_clips(folders):
    put_own_clips(folders)
    usual = [*train.on_preset("own")]
    expected, command = train.on_plan(folders, {}, "own", *usual, "", None, "mine")
    assert "preset own takes for these clips: 32 px (files: 40)" in expected and "4,000 steps for 4 clips" in expected
    assert "32x32 pixels" in expected and command.startswith("python -m t2v train --preset own --out")
    taken, _ = suited(folders, preset("own"), "mine")
    assert taken.steps == 4000 and taken.decay_until_step == 4000
    put_run(folders, "own-1", taken, state="finished")
    for row in readings(4):
        run_folder.append_metrics(folders.runs / "own-1", row)
    assert "About 26 min for 4,000 steps" in train.on_plan(folders, {}, "own", *usual, "", None, "mine")[0]
    for changed in ((1000, *usual[1:], ""), (*usual, "model.frame_size_px=128")):  # what somebody sets stays
        expected, _ = train.on_plan(folders, {}, "own", *changed, None, "mine")
        assert ("128x128" in expected) == ("128" in changed[-1]) and ("4,000" in expected) == (changed[0] != 1000)
    assert suited(folders, preset("lesson"), "mine") == (preset("lesson"), None)
    assert suited(folders, preset("own"), None) == (preset("own"), None)


def test_a_measurement_makes_real_steps(folders):
    speed = train.measure_speed(folders, replace(preset("lesson"), batch_size=1, model=tiny.MODEL))
    assert 0.1 < speed.clips_per_second < 10_000 and "measured here" in speed.source
    impossible = replace(preset("lesson"))
    object.__setattr__(impossible, "batch_size", 0)  # what no setting allows: the child's own words come back
    with pytest.raises(ValueError, match=r"could not be measured: .*batch_size must be at least 1"):
        train.measure_speed(folders, impossible)


def test_a_right_plan_takes_the_error_of_a_wrong_one_away(folders):
    expected, wrong, message = train.on_edit(folders, {}, "", "lesson", None, 32, 1e-3, 1, "", 0, train.NO_DATASET)
    assert "Steps must be a number; the field is empty" in expected and wrong == "" and message != ""
    expected, command, message = train.on_edit(folders, {}, wrong, "lesson", 5, 32, 1e-3, 1, "", 0, train.NO_DATASET)
    assert "problem" not in expected and "--steps 5" in command and message == ""
    assert (
        train.on_edit(folders, {}, command, "lesson", 6, 32, 1e-3, 1, "", 0, train.NO_DATASET)[2] != ""
    )  # of another cause


def test_a_preset_fills_the_settings_an_unknown_one_none():
    recipe = preset("baseline")
    assert train.on_preset("baseline") == (recipe.steps, recipe.batch_size, recipe.learning_rate, recipe.seed)
    assert [update.get("value") for update in train.on_preset("huge")] == [None] * 4


def test_a_clock_that_is_set_back_hides_no_training(folders, a_training):
    """The launch was noted in what is now the future; the same process has spoken since, or has not yet."""
    put_run(folders, "run", SHORT, pid=a_training)
    later = time.time() + 86_400
    runs.launches_folder(folders).mkdir()
    note = {"pid": a_training, "began": later, "data": None, "minutes": None}
    runs.write_note(folders, "run", note)
    assert runs.read_run(folders, "run").state == "running" and runs.running(folders) == "run"
    put = {"state": "stopped", "step": 7, "of": 10, "eta": 3.0, "device": "cpu", "error": None, "pid": 1}
    (folders.runs / "run" / "status.json").write_text(json.dumps(put | {"updated": later + 86_400}))
    assert runs.read_run(folders, "run").state == "starting" and runs.running(folders) == "run"


@pytest.mark.parametrize("note", ["", "{", "[1]", "7", '{"pid": 1}', '{"pid": 1, "began": "today"}', "\0"])
def test_a_damaged_note_of_a_launch_keeps_nobody_from_training(folders, note):
    """A machine whose power fails leaves such files; the run's own status says what there is to say."""
    put_run(folders, "run", SHORT, state="stopped")
    runs.launches_folder(folders).mkdir()
    for ending in ("json", "exit"):
        (runs.launches_folder(folders) / f"run.{ending}").write_text(note)
    assert runs.read_run(folders, "run").state == "stopped" and runs.running(folders) is None
    (folders.runs / "run" / "status.json").unlink()
    assert runs.read_run(folders, "run").state == "failed"


def test_damaged_metrics_are_shown_as_far_as_they_go(folders):
    run_dir = put_run(folders, "run", SHORT, state="stopped")
    good = [json.dumps(row) for row in readings(3)]
    odd = json.dumps(readings(1)[0] | {"step": 40}).replace("loss_d", "lorr_d")
    (run_dir / "metrics.jsonl").write_bytes("\n".join([*good, odd]).encode() + b"\n\xff{]\n7\n")
    parts, _ = run_view.view(folders, "run", None, None, {})
    assert len(runs.read_run(folders, "run").metrics) == 4
    assert set(parts["losses"]["value"]["step"]) == {10, 20, 30}


def test_the_device_is_said_with_the_containers_quota(tmp_path):
    quota = tmp_path / "cpu.max"
    quota.write_text("100000 100000")
    assert estimate.device_in_words("cpu", quota_file=quota) == "1 processor core, no GPU"


def test_the_bar_is_of_the_limit_that_ends_the_run(folders, a_training):
    put_run(folders, "lesson-1", preset("lesson"), pid=a_training, eta=4000.0, updated=1100.0)
    (folders.runs / ".launches").mkdir()
    note = {"pid": a_training, "began": 1000.0, "data": None, "minutes": 3}
    (folders.runs / ".launches" / "lesson-1.json").write_text(json.dumps(note))
    output = progress.status(runs.read_run(folders, "lesson-1"), None)
    assert 'value="100" max="180"' in output and "It stops after 3 min 0 s" in output
    (folders.runs / ".launches" / "lesson-1.json").write_text(json.dumps(note | {"minutes": 600}))
    output = progress.status(runs.read_run(folders, "lesson-1"), None)
    assert 'value="7" max="10"' in output and "It stops after" not in output


def test_a_training_slowed_by_other_programs_says_so(folders, a_training):
    for processors, slow in ((0.9, True), (1.9, False)):
        run = Run("a", "running", 5, 10, 9.0, "cpu", recipe=SHORT, processors=processors, threads=2)
        assert ("it had 0.9 of 2 processors" in progress.status(run, None)) == slow
    assert progress.say_slow(replace(run, processors=0.1, device="cuda")) == ""


def test_one_prompt_over_the_steps_is_a_strip(folders, trained):
    shutil.copytree(trained, folders.runs / "lesson-1")
    run = runs.read_run(folders, "lesson-1")
    steps = [run_folder.step_of(path) for path in run.previews]
    drawn = run_view.over_steps(run)
    assert drawn.count("<i ") == len(steps) >= 2 and f'title="step {steps[-1]}"' in drawn
    (folders.runs / "lesson-1" / "samples" / f"step_{steps[0]}.gif").write_bytes(b"GIF89a")
    assert run_view.over_steps(replace(run, previews=run.previews[:1])) == ""


def test_the_dataset_of_a_training_is_in_use(folders, a_training):
    put_run(folders, "lesson-1", preset("lesson"), pid=a_training)
    assert runs.data_in_use(folders) == ()
    (folders.runs / ".launches").mkdir()
    note = {"pid": a_training, "began": 1.0, "data": str(folders.datasets / "mine"), "minutes": None}
    (folders.runs / ".launches" / "lesson-1.json").write_text(json.dumps(note))
    assert runs.data_in_use(folders) == ("mine",)


def test_a_run_has_a_name_a_note_and_its_settings(folders):
    put_run(folders, "lesson-1", replace(preset("lesson"), seed=77, penalty_weight=5.0), state="finished")
    about.write(folders.runs, "lesson-1", title="  Night <run> ", note="batch 32")
    parts, _ = run_view.view(folders, None, None, None, {})
    assert parts["run"]["choices"] == [("Night <run> (lesson-1)", "lesson-1")]
    assert "<td>77</td>" in parts["settings"]["value"]
    assert "<th>penalty_weight</th><td>5.0</td>" in parts["settings"]["value"]
    assert about.read(folders.runs, "lesson-1") == about.About("Night <run>", "batch 32")
    for name, title in (("../elsewhere", "x"), ("gone", "x"), ("lesson-1", "x" * 61)):
        with pytest.raises(ValueError):
            about.write(folders.runs, name, title=title, note="")


def test_a_run_is_deleted_unless_it_is_trained(folders, a_training):
    put_run(folders, "lesson-1", preset("lesson"), pid=a_training)
    put_run(folders, "lesson-2", state="finished")
    about.write(folders.runs, "lesson-2", title="x", note="")
    with pytest.raises(ValueError, match="is being trained; stop it first"):
        processes.delete(folders, "lesson-1")
    processes.delete(folders, "lesson-2")
    assert runs.run_names(folders) == ["lesson-1"] and about.read(folders.runs, "lesson-2").title == ""
    with pytest.raises(ValueError, match="no run"):
        processes.delete(folders, "../lesson-1")
    with pytest.raises(ValueError, match="belong to everybody"):
        processes.delete(replace(folders, limits=PUBLIC_SPACE), "lesson-1")


def test_stop_asks_unless_it_is_yours(folders, a_training):
    put_run(folders, "lesson-1", preset("lesson"), pid=a_training)
    (folders.runs / ".launches").mkdir()
    note = {"pid": a_training, "began": 1.0, "data": None, "minutes": None, "visitor": runs.owner_of("me")}
    (folders.runs / ".launches" / "lesson-1.json").write_text(json.dumps(note))
    asking, text = train.on_stop(folders, "lesson-1", visitor="you")
    assert "Somebody else" in text and asking["visible"]
    assert not run_folder.stop_requested(folders.runs / "lesson-1")
    asking, text = train.on_stop(folders, "lesson-1", visitor="me")
    assert not asking["visible"] and text == ""
    assert run_folder.stop_requested(folders.runs / "lesson-1")


@pytest.mark.parametrize(("last", "end"), [(16, 20), (1000, 1000), (9300, 10_000), (0, 20), (24_001, 25_000)])
def test_axis_of_steps_ends_at_a_round_number(last, end):
    assert plots.step_limits(plots.losses(Run("a", "running", metrics=readings(2, every=last / 2)))) == [0, end]
