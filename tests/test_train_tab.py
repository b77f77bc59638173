"""The Train tab's handlers as plain functions, and the child processes behind them."""

import json
import os
import subprocess
import sys
import time

import pytest

pytest.importorskip("gradio")

from demo import train, training


def put_run(folders, name, **status):
    """A run folder as training leaves it, with this status."""
    run_dir = folders.runs / name
    (run_dir / "samples").mkdir(parents=True)
    status = {"state": "running", "step": 7, "of": 10, "eta": 3.0, "device": "cpu", "error": None} | status
    (run_dir / "status.json").write_text(json.dumps({"pid": 1, "updated": time.time()} | status))
    return run_dir


def wait_until(true, seconds=300):
    """Waits for something that a child process does."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def test_a_training_is_found_again_and_a_second_one_refused_and_a_failure_explained(folders):
    (folders.datasets / "empty").mkdir(parents=True)
    name = training.start(folders, preset="lesson", steps=5, seed=1, dataset="empty")
    assert training.running(folders) == name and training.look(folders, name).state == "starting"
    with pytest.raises(ValueError, match=f"{name} is being trained"):
        training.start(folders, preset="lesson", steps=5, seed=1)
    with pytest.raises(ValueError, match="nothing to resume"):
        training.resume(folders, name, steps=5)
    wait_until(lambda: training.look(folders, name).state == "failed")
    run = training.look(folders, name)
    assert "empty" in run.error and run.error in run.log and not run.resumable
    assert training.running(folders) is None


def test_a_training_that_is_still_starting_can_be_stopped(folders):
    name = training.start(folders, preset="lesson", steps=5, seed=1)
    training.stop(folders, name)
    wait_until(lambda: training.running(folders) is None)
    assert training.look(folders, name).state == "stopped"
    with pytest.raises(ValueError, match="not running"):
        training.stop(folders, name)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"seed": None}, "seed must be a number"),
        ({"preset": "huge"}, "Unknown preset"),
        ({"dataset": "../elsewhere"}, "no dataset"),
    ],
)
def test_a_bad_start_is_refused_and_leaves_nothing(folders, settings, said):
    with pytest.raises(ValueError, match=said):
        training.start(folders, **{"preset": "lesson", "steps": 5, "seed": 1} | settings)
    assert training.run_names(folders) == []


def test_a_run_whose_process_is_gone_has_failed_and_says_so(folders):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    put_run(folders, "killed", pid=child.pid)
    run = training.look(folders, "killed")
    assert run.state == "failed" and "gone" in run.error
    assert training.running(folders) is None


def test_another_programs_process_is_no_training(folders):
    put_run(folders, "old", pid=os.getpid())
    assert training.look(folders, "old").state == "failed"


def test_a_failed_training_tells_its_own_reason(folders):
    run_dir = put_run(folders, "sad", state="failed", error="A loss is no number any more at step 7")
    (run_dir / "train.log").write_text("12:00:00 failed: A loss is no number any more\n")
    run = training.look(folders, "sad")
    assert "no number" in run.error and "12:00:00" in run.log
    assert (run.step, run.of, run.eta_seconds, run.device) == (7, 10, 3.0, "cpu")


def test_runs_are_named_once_and_the_latest_comes_first(folders):
    os.utime(put_run(folders, "lesson-1", state="finished") / "status.json", (1, 1))
    put_run(folders, "mine", state="stopped")
    assert training.run_names(folders) == ["mine", "lesson-1"]
    with pytest.raises(ValueError, match="no run 'gone'"):
        training.look(folders, "gone")


def test_a_removed_run_is_forgotten(folders):
    launches = folders.runs / ".launches"
    launches.mkdir(parents=True)
    (launches / "lesson-1.json").write_text(json.dumps({"pid": 1, "began": 1.0, "data": None}))
    os.utime(launches / "lesson-1.json", (1, 1))
    assert training.run_names(folders) == []


def test_losses_keep_their_level_when_they_are_thinned():
    rows = tuple({"step": step, "loss_g": 1.0, "loss_d": 2.0} for step in range(10, 30_010, 10))
    table = train.losses(training.Run("run", "running", metrics=rows))
    assert len(table) <= 2 * train.PLOTTED_STEPS and table["step"].max() > 29_000
    assert table.groupby("network")["loss"].mean().to_dict() == {"discriminator": 2.0, "generator": 1.0}
    assert len(train.losses(None)) == 0


def test_a_run_is_described_in_one_line():
    row = {"step": 50, "loss_g": 1.0, "loss_d": 1.0, "clips_per_second": 75.2}
    run = training.Run("lesson-1", "running", 50, 6000, 95.0, "cpu", metrics=(row,))
    assert train.describe(run) == "lesson-1 is running at step 50 of 6,000, 1 min 35 s to go, 75 clips/s, cpu."
    assert "no training yet" in train.describe(None)
