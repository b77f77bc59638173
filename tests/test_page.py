"""The page's handlers as plain functions, and its public endpoints through a real server."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gradio")

from gradio_client import Client

from demo import dataset, generate, train, training
from demo.folders import Folders, find_checkpoints, find_datasets
from t2v.config import FPS, FRAMES
from t2v.prompts import GRAMMARS
from t2v.video import read_clip, read_recipe

pytestmark = pytest.mark.filterwarnings("ignore:::gradio.queueing")  # it is behind pandas' news

ROOT = Path(__file__).resolve().parent.parent
SHAPES_PROMPT = "large red circle moving left"
DATASET = {"grammar": "shapes", "videos": 3, "frames": 4, "frame_size_px": 16, "seed": 5, "layout": "frames"}


@pytest.fixture
def folders(shipped, tmp_path):
    return Folders(shipped, tmp_path / "runs", tmp_path / "datasets", tmp_path / "visits")


def draw(folders, prompt=SHAPES_PROMPT, **settings):
    return generate.draw(folders, folders.visit("me"), prompt=prompt, **settings)


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


# --- Generate


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


# --- Dataset


def test_samples_are_the_first_clips_of_the_dataset(folders, tmp_path):
    scene = {name: DATASET[name] for name in ("grammar", "frames", "frame_size_px", "seed")}
    shown = dataset.draw_samples(tmp_path, **scene)
    dataset.write(folders, **DATASET, progress=lambda done, total: None, stop=lambda: False)
    written = next(iter(find_datasets(folders).values()))
    for i in range(DATASET["videos"]):
        path, caption = shown[i]
        assert caption == (written / f"video_{i}" / "prompt.txt").read_text()
        assert np.abs(read_clip(path, size=16).astype(int) - read_clip(written / f"video_{i}")).max() < 40
    assert dataset.table(folders) == [[written.name, "3 clips"]]


def test_writing_tells_its_progress_stops_and_goes_on(folders):
    big = DATASET | {"videos": 40, "frame_size_px": 128, "frames": 20, "layout": "packed"}  # several chunks
    told = []
    said = dataset.write(folders, **big, progress=lambda *now: told.append(now), stop=lambda: True)
    assert "Stopped" in said and 0 < told[-1][0] < told[-1][1] == 40
    assert "write it again" in dataset.table(folders)[0][1]
    assert "complete" in dataset.write(folders, **big, progress=lambda *now: None, stop=lambda: False)


def test_a_plan_names_files_and_bytes_and_refuses_bad_settings():
    assert dataset.plan(**DATASET).startswith("17 files, about ")
    with pytest.raises(ValueError, match=r"videos must be at least 1.*seed must be at least 0"):
        dataset.plan(**DATASET | {"videos": 0, "seed": -1})


# --- Train


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


# --- The page and its public side


def test_only_two_endpoints_are_public(page_address):
    client = Client(page_address[0], verbose=False)
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {"/generate", "/vocabulary"}
    with pytest.raises(ValueError, match="Cannot find a function"):
        client.predict("lesson", 5, 0, None, api_name="/on_start")


def test_generate_returns_a_gif_with_or_without_settings(page_address):
    client = Client(page_address[0], verbose=False)
    plain = client.predict(SHAPES_PROMPT, api_name="/generate")
    assert plain.endswith(".gif") and len(read_clip(plain)) == FRAMES and read_recipe(plain)["fps"] == FPS
    full = client.predict(
        prompt="circle moving down", seed=7, frames=4, fps=5, checkpoint="classic", api_name="/generate"
    )
    recipe = read_recipe(full)
    assert (recipe["seed"], recipe["frames"], recipe["fps"], recipe["checkpoint"]) == (7, 4, 5, "classic")
    with pytest.raises(Exception, match="did you mean 'purple'"):
        client.predict("purpel circle moving left", api_name="/generate")


def test_vocabulary_is_served_as_json(page_address):
    client = Client(page_address[0], verbose=False)
    said = client.predict(checkpoint="classic", api_name="/vocabulary")
    assert said["slots"]["shape"] == ["circle"]
    assert client.predict(api_name="/vocabulary")["grammar"] == "shapes"
    with pytest.raises(Exception, match="no checkpoint '/etc'"):
        client.predict("/etc", api_name="/vocabulary")


def test_the_page_is_up_before_torch(tmp_path):
    code = (
        "import sys; from pathlib import Path; from demo.folders import Folders; from demo.page import build_page;"
        f"p = Path({str(tmp_path)!r}); build_page(Folders(p, p, p, p)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "taken"], "try another --port"),
        (["--port", "0"], "port must be from 1 to 65535"),
        (["--port", "many"], "invalid int value"),
        (["--port", "7999", "--host", "no such host"], "unknown host"),
    ],
)
def test_a_bad_address_is_one_line_and_exit_2(options, said):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        options = [str(other.getsockname()[1]) if option == "taken" else option for option in options]
        done = subprocess.run(
            [sys.executable, "app.py", *options], cwd=ROOT, capture_output=True, text=True, timeout=300
        )
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1
