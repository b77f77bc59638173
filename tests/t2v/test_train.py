"""Training through its real entry point, on tiny recipes."""

import errno
import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from t2v import load
from t2v.checkpoint.release import Release
from t2v.checkpoint.state import load_state, save_state
from t2v.checkpoint.tutorial import load_tutorial_weights
from t2v.config import TrainConfig
from t2v.data.batches import SceneStream
from t2v.data.grammar import GRAMMARS, is_held_out
from t2v.data.negatives import negative_captions, slot_negatives, word_negatives
from t2v.data.vocabulary import grammar_vocabulary
from t2v.data.writer import write_dataset
from t2v.evaluation.evaluate import evaluate
from t2v.gan.make import make_gan
from t2v.media.clips import read_clip, write_clip
from t2v.presets import preset, with_layers
from t2v.sampler import Sampler
from t2v.training import run_folder
from t2v.training.loop import _prepare, _take_steps, train
from t2v.training.run import Run

METRICS = {
    "step",
    "loss_g",
    "loss_d",
    "caption_g",
    "caption_d",
    "d_real",
    "d_fake",
    "penalty",
    "clips_seen",
    "clips_per_second",
    "seconds",
}


def final_state(run_dir):
    return torch.load(run_dir / "state.pt", weights_only=True)


def assert_same(a, b):
    """Equal bit for bit, however deep; times on the clock are not compared."""
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a.keys() - {"seconds"}:
            assert_same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    else:
        assert a == b


def test_a_run_folder_is_as_promised(tiny_config, tmp_path):
    run_dir = tmp_path / "run"
    assert train(tiny_config, run_dir, device="cpu") == "finished"
    names = {path.name for path in run_dir.iterdir()}
    assert names == {"config.json", "metrics.jsonl", "status.json", "samples", "state.pt", "checkpoint", "train.log"}
    rows = run_folder.read_metrics(run_dir)
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert all(row.keys() == METRICS for row in rows)
    assert rows[-1]["clips_seen"] == 4 * tiny_config.batch_size
    assert rows[0]["penalty"] is not None and rows[1]["penalty"] is None  # only every fourth step has one
    status = run_folder.read_status(run_dir)
    assert {"state", "step", "of", "eta", "device", "error"} <= status.keys()
    assert (status["state"], status["step"], status["of"], status["error"]) == ("finished", 4, 4, None)
    previews = {path.name for path in run_folder.samples(run_dir)}  # and others every ten seconds
    assert {"step_0.gif", "step_2.gif", "step_4.gif"} <= previews <= {f"step_{step}.gif" for step in range(5)}
    assert len(read_clip(run_dir / "samples" / "step_4.gif")) == tiny_config.frames
    released = {path.name for path in (run_dir / "checkpoint").iterdir()}
    weights = {"generator.safetensors", "discriminator.safetensors"}
    assert released == {"config.json", "metrics.json", "samples.gif", "README.md"} | weights


@pytest.mark.parametrize("steps, words", [(2, "take more than 2 steps"), (3, "until step 2 the discriminator reads")])
def test_log_says_how_long_captions_are_read_alone(tiny_config, tmp_path, steps, words):
    train(replace(tiny_config, steps=steps, reading_steps=2), tmp_path / "run", device="cpu")
    assert words in (tmp_path / "run" / "train.log").read_text()


@pytest.fixture
def tiny_stories(tiny_config) -> TrainConfig:
    """Of three layers, whose first two steps are of one thing alone."""
    changes = {"reading_steps": 1, "alone_until_step": 2, "presence_from_step": 2, "turning_every": 0}
    return replace(tiny_config, grammar="stories", model=with_layers(tiny_config.model, 3), **changes)


def test_log_says_how_long_things_are_alone(tiny_stories, tmp_path):
    train(replace(tiny_stories, steps=3), tmp_path / "run", device="cpu")
    log = (tmp_path / "run" / "train.log").read_text()
    assert "until step 2 scenes show one thing alone" in log and "take more than 3 steps" in log


def test_clips_of_a_folder_are_never_alone(tiny_stories, tmp_path):
    arguments = {"frames": 8, "frame_size_px": 16, "seed": 0, "layout": "packed"}
    write_dataset(tmp_path / "data", grammar="stories", videos=8, **arguments)
    train(replace(tiny_stories, steps=1), tmp_path / "run", data=tmp_path / "data", device="cpu")
    assert json.loads((tmp_path / "run" / "config.json").read_text())["alone_until_step"] == 0
    with pytest.raises(ValueError, match="more than reading_steps"):
        replace(tiny_stories, reading_steps=2)


@pytest.mark.parametrize(("recipe", "steps"), [("tiny_config", 4), ("tiny_baseline", 2), ("tiny_stories", 4)])
def test_a_run_in_two_parts_is_the_run_in_one(recipe, steps, request, tmp_path):
    config = replace(request.getfixturevalue(recipe), steps=steps)
    train(config, tmp_path / "whole", device="cpu")
    assert train(replace(config, steps=steps // 2), tmp_path / "parts", device="cpu") == "finished"
    train(config, tmp_path / "parts", device="cpu", resume=True)
    assert_same(final_state(tmp_path / "whole"), final_state(tmp_path / "parts"))
    losses = [
        [(r["step"], r["loss_g"], r["loss_d"]) for r in run_folder.read_metrics(tmp_path / n)]
        for n in ("whole", "parts")
    ]
    assert losses[0] == losses[1]


def test_a_release_names_all_devices_that_trained_it(tiny_config, tmp_path):
    train(replace(tiny_config, steps=1), tmp_path / "run", device="cpu")
    state = load_state(tmp_path / "run" / "state.pt")
    save_state(tmp_path / "run" / "state.pt", state | {"devices": ["cuda"]})
    for steps in (2, 3):
        train(replace(tiny_config, steps=steps), tmp_path / "run", device="cpu", resume=True)
    assert load(tmp_path / "run").release.training["device"] == "cuda, then cpu"


def test_resume_repeats_what_a_crash_lost(tiny_config, tmp_path):
    train(tiny_config, tmp_path / "whole", device="cpu")
    train(replace(tiny_config, steps=2), tmp_path / "crashed", device="cpu")
    run_folder.append_metrics(tmp_path / "crashed", {"step": 3, "loss_g": 9.0})  # logged, but never saved
    train(tiny_config, tmp_path / "crashed", device="cpu", resume=True)
    assert [row["step"] for row in run_folder.read_metrics(tmp_path / "crashed")] == [1, 2, 3, 4]
    assert_same(final_state(tmp_path / "whole"), final_state(tmp_path / "crashed"))


def test_stop_file_ends_the_run_with_everything_saved(tiny_config, tmp_path):
    config, run_dir = replace(tiny_config, steps=100_000, save_every_steps=100_000), tmp_path / "run"
    thread = threading.Thread(target=train, args=(config, run_dir), kwargs={"device": "cpu"})
    thread.start()
    while not run_folder.read_metrics(run_dir):
        assert thread.is_alive()
        time.sleep(0.02)
    run_folder.request_stop(run_dir)
    thread.join()
    status = run_folder.read_status(run_dir)
    assert status["state"] == "stopped" and final_state(run_dir)["gan"]["step"] == status["step"] < 100_000
    assert load(run_dir)(["red circle moving left"], frames=3).shape == (1, 3, 16, 16, 3)


def test_ctrl_c_ends_the_run_with_everything_saved(tmp_path):
    run_dir = tmp_path / "run"
    command = [sys.executable, "-m", "t2v", "train", "--preset", "lesson", "--batch-size", "1", "--out", str(run_dir)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not run_folder.read_metrics(run_dir):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert "Traceback" not in process.communicate()[1]
    assert process.returncode == 0
    assert run_folder.read_status(run_dir)["state"] == "stopped" and (run_dir / "state.pt").is_file()


def test_max_minutes_ends_the_run(tiny_config, tmp_path):
    assert train(replace(tiny_config, steps=100_000), tmp_path / "run", device="cpu", max_minutes=0.01) == "stopped"


def test_evaluations_stand_in_the_metrics_and_change_nothing(tiny_config, tmp_path):
    """With them, without them, and resumed between them: the same training, bit for bit."""
    watched = replace(tiny_config, evaluate_every_steps=2, evaluate_clips=6)
    train(replace(tiny_config, evaluate_every_steps=0), tmp_path / "plain", device="cpu")
    train(watched, tmp_path / "watched", device="cpu")
    train(replace(watched, steps=3), tmp_path / "parts", device="cpu")
    train(watched, tmp_path / "parts", device="cpu", resume=True)
    for name in ("watched", "parts"):
        assert_same(final_state(tmp_path / "plain"), final_state(tmp_path / name))
    rows = [run_folder.read_metrics(tmp_path / name) for name in ("watched", "parts")]
    shares = [[{k: v for k, v in row.items() if k not in METRICS} for row in results] for results in rows]
    assert shares[0] == shares[1]
    assert [len(results) > 0 for results in shares[0]] == [False, True, False, True]
    averaged = load(tmp_path / "watched")
    result = evaluate(averaged, clips=6)
    assert shares[0][3]["accuracy_seen"] == result["seen"]["accuracy"]["all"]["share"]
    assert shares[0][3]["accuracy_held_out_motion"] == result["held_out"]["accuracy"]["motion"]["share"]
    assert shares[0][3]["blank_frames"] == result["seen"]["blank_frames"]


def test_the_time_of_evaluations_is_not_training_time(tiny_config, tmp_path):
    """Evaluations of so many clips take far longer than the steps of a tiny model."""
    began = time.monotonic()
    train(replace(tiny_config, steps=1, evaluate_every_steps=1, evaluate_clips=100), tmp_path / "run", device="cpu")
    assert run_folder.read_metrics(tmp_path / "run")[-1]["seconds"] < (time.monotonic() - began) / 2


def test_a_run_from_before_evaluations_goes_on(tiny_config, tmp_path):
    train(tiny_config, tmp_path / "whole", device="cpu")
    train(replace(tiny_config, steps=2), tmp_path / "old", device="cpu")
    written = json.loads((tmp_path / "old" / "config.json").read_text())
    del written["evaluate_every_steps"], written["evaluate_clips"]
    (tmp_path / "old" / "config.json").write_text(json.dumps(written))
    train(replace(tiny_config, evaluate_every_steps=4, evaluate_clips=2), tmp_path / "old", device="cpu", resume=True)
    assert_same(final_state(tmp_path / "whole"), final_state(tmp_path / "old"))
    assert "accuracy_seen" in run_folder.read_metrics(tmp_path / "old")[-1]


def test_a_run_of_another_versions_networks_cannot_go_on(tiny_config, tmp_path):
    train(replace(tiny_config, steps=2), tmp_path / "run", device="cpu")
    state = final_state(tmp_path / "run")
    del state["gan"]["generator"]["pace.weight"]
    torch.save(state, tmp_path / "run" / "state.pt")
    with pytest.raises(ValueError, match="other networks than this version trains"):
        train(tiny_config, tmp_path / "run", device="cpu", resume=True)


def test_the_seed_decides_everything(tiny_config, tmp_path):
    config = replace(tiny_config, steps=1)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(replace(config, seed=seed), tmp_path / name, device="cpu")
    assert_same(final_state(tmp_path / "a"), final_state(tmp_path / "b"))
    assert not torch.equal(*(final_state(tmp_path / n)["gan"]["generator"]["pace.weight"] for n in ("a", "c")))


def test_previews_show_the_same_prompts_and_noise(tiny_config, tmp_path):
    frozen = replace(tiny_config, learning_rate=1e-8)  # nothing is learned, so nothing may change
    train(frozen, tmp_path / "run", device="cpu")
    first, *_, last = (read_clip(path).astype(int) for path in run_folder.samples(tmp_path / "run"))
    assert np.abs(first - last).max() <= 4


@pytest.mark.parametrize(("seconds", "steps"), [(0.0, [0, 2, 4]), (11.0, [0, 1, 2, 4]), (500.0, [0, 2, 4])])
def test_the_first_minutes_show_more_previews(tiny_config, tmp_path, seconds, steps):
    """One more as soon as ten seconds have passed since the last, but none after the first minutes."""
    run, *_ = _prepare(tiny_config, tmp_path / "run", None, torch.device("cpu"), resume=False, start=None, chosen=())
    with run:
        run.seconds_before = seconds  # as if the first step had begun so late
        _take_steps(run, nullcontext(), is_over=lambda: False)
    assert [run_folder.step_of(path) for path in run_folder.samples(tmp_path / "run")] == steps


def test_the_status_says_how_many_processors_it_had(tiny_config, tmp_path):
    train(tiny_config, tmp_path / "run", device="cpu")
    status = run_folder.read_status(tmp_path / "run")
    assert 0 < status["processors"] < 64 and status["threads"] >= 1


@pytest.mark.parametrize("layout", ["frames", "packed"])
def test_training_reads_a_dataset_folder(tiny_config, tmp_path, layout):
    write_dataset(tmp_path / "data", grammar="shapes", videos=6, frames=5, frame_size_px=16, layout=layout)
    train(tiny_config, tmp_path / "run", data=tmp_path / "data", device="cpu")
    rows = run_folder.read_metrics(tmp_path / "run")
    assert rows[-1]["clips_seen"] == 16  # more than two epochs of six clips
    assert "6 clips" in json.loads((tmp_path / "run/checkpoint/config.json").read_text())["training"]["data"]


def test_own_captions_make_their_own_vocabulary(tiny_config, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    lines = ["file_name,text"]
    for i, caption in enumerate(("a cat sleeps", "a dog barks", "a cat barks")):
        write_clip(folder / f"{i}.gif", np.full((6, 20, 24, 3), 60 * i, np.uint8))
        lines.append(f"{i}.gif,{caption}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    train(replace(tiny_config, steps=2, evaluate_every_steps=1), tmp_path / "run", data=folder, device="cpu")
    assert "accuracy_seen" not in run_folder.read_metrics(tmp_path / "run")[-1]  # nothing can say what is right
    sampler = load(tmp_path / "run")
    assert sampler.grammar is None and sampler.release.vocabulary.words == ("a", "barks", "cat", "dog", "sleeps")
    assert sampler(["a dog sleeps"]).shape == (1, 10, 16, 16, 3)
    with pytest.raises(ValueError, match="Unknown word 'circle'"):
        sampler(["circle moving left"])


def test_baseline_saves_and_loads_the_tutorials_files(tiny_baseline, tmp_path):
    train(tiny_baseline, tmp_path / "run", device="cpu")
    saved = torch.load(tmp_path / "run" / "generator.pth", weights_only=True)
    assert set(saved) == {f"{n}.{k}" for n in ("fc1", "deconv1", "deconv2", "deconv3") for k in ("weight", "bias")}
    other = make_gan(replace(tiny_baseline, seed=5), grammar_vocabulary("classic"))
    load_tutorial_weights(tmp_path / "run", other)
    assert torch.equal(other.generator.frame.fc1.weight, saved["fc1.weight"])
    torch.save({"fc1.weight": torch.zeros(2)}, tmp_path / "run" / "discriminator.pth")
    with pytest.raises(ValueError, match="does not fit the baseline"):
        load_tutorial_weights(tmp_path / "run", other)


def test_a_loss_that_is_no_number_ends_the_run_in_words(tiny_config, tmp_path):
    config = replace(tiny_config, steps=6, learning_rate=1.0, penalty_weight=1000.0, save_every_steps=2)
    train(replace(config, steps=2), tmp_path / "run", device="cpu")
    state = final_state(tmp_path / "run")
    state["gan"]["generator"]["pace.weight"].fill_(torch.nan)
    torch.save(state, tmp_path / "run" / "state.pt")
    with pytest.raises(FloatingPointError, match="no number any more at step 3"):
        train(config, tmp_path / "run", device="cpu", resume=True)
    status = run_folder.read_status(tmp_path / "run")
    assert status["state"] == "failed" and "lower learning rate" in status["error"]


def test_a_run_without_memory_says_what_to_change(tiny_config, tmp_path):
    vocabulary = grammar_vocabulary(tiny_config.grammar)
    gan = make_gan(tiny_config, vocabulary)
    release = Release("tiny", tiny_config.model, tiny_config.grammar, vocabulary, {}, gan.generator_ema)
    stream = SceneStream(tiny_config, vocabulary)
    one = Run(tmp_path / "run", tiny_config, gan, stream, Sampler(release), ["red circle moving up"])
    with pytest.raises(MemoryError), one:
        raise MemoryError
    assert "smaller batch" in run_folder.read_status(tmp_path / "run")["error"]


def test_a_clip_that_cannot_be_read_loses_nothing(tiny_config, tmp_path):
    """The run says which clip; once it is mended, the run goes on and ends where an undisturbed one does."""
    data = tmp_path / "data"
    write_dataset(data, grammar="shapes", videos=8, frames=5, frame_size_px=16)
    train(tiny_config, tmp_path / "whole", data=data, device="cpu")
    frame = data / "video_5" / "frame_2.png"
    content = frame.read_bytes()
    frame.write_bytes(content[:40])
    with pytest.raises(ValueError, match="video_5"):
        train(tiny_config, tmp_path / "run", data=data, device="cpu")
    assert run_folder.read_status(tmp_path / "run")["state"] == "failed"
    frame.write_bytes(content)
    assert train(tiny_config, tmp_path / "run", data=data, device="cpu", resume=True) == "finished"
    assert_same(final_state(tmp_path / "whole"), final_state(tmp_path / "run"))


def test_a_run_that_never_saved_may_begin_again(tiny_config, tmp_path):
    train(replace(tiny_config, steps=1), tmp_path / "run", device="cpu")
    (tmp_path / "run" / "state.pt").unlink()
    assert train(replace(tiny_config, steps=1), tmp_path / "run", device="cpu") == "finished"


def test_a_resume_on_other_data_is_refused(tiny_config, tmp_path):
    for name, seed in (("a", 0), ("b", 1)):
        write_dataset(tmp_path / name, grammar="shapes", videos=4, frames=3, frame_size_px=16, seed=seed)
    train(replace(tiny_config, steps=1), tmp_path / "run", data=tmp_path / "a", device="cpu")
    for data in (None, tmp_path / "b"):
        with pytest.raises(ValueError, match="was trained on other data"):
            train(tiny_config, tmp_path / "run", data=data, device="cpu", resume=True)
    assert train(tiny_config, tmp_path / "run", data=tmp_path / "a", device="cpu", resume=True) == "finished"


def test_every_second_wrong_caption_is_a_nearest_rival():
    captions = ["large red star rotating clockwise", "square moving left then up"]
    draws = torch.rand(2, 80, generator=torch.Generator().manual_seed(0))
    rows = negative_captions(partial(slot_negatives, "shapes"), captions, draws)
    first, second = ({row[i] for row in rows[::2]} for i in range(len(captions)))
    motions = {"large red star rotating counter-clockwise"}
    assert {c for c in first if c.startswith("large red star")} == motions
    assert {c for c in second if c.startswith("square")} == {"square moving up then left"}
    every = {c for row in rows for c in row}
    assert len(every) >= 20 and every.isdisjoint(captions)
    assert not any(is_held_out("shapes", GRAMMARS["shapes"].parse(c)) for c in every)


def test_a_full_disk_is_an_os_error_and_is_told(tiny_config, tmp_path, monkeypatch):
    """The disk fills up while the last state is saved; the status says so and the state before is intact."""
    train(replace(tiny_config, steps=2), tmp_path / "run", device="cpu")
    before = (tmp_path / "run" / "state.pt").read_bytes()
    write_bytes = type(tmp_path).write_bytes

    def full(path, data):
        if path.suffix == ".pt":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        train(tiny_config, tmp_path / "run", device="cpu", resume=True)
    status = run_folder.read_status(tmp_path / "run")
    assert status["state"] == "failed" and "No space left" in status["error"]
    assert (tmp_path / "run" / "state.pt").read_bytes() == before


def test_refusals(tiny_config, tmp_path):
    with pytest.raises(ValueError, match="nothing to resume"):
        train(tiny_config, tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()
    run_dir = tmp_path / "run"
    train(replace(tiny_config, steps=1), run_dir, device="cpu")
    before = (run_dir / "status.json").read_bytes()
    for config, resume, message in (
        (tiny_config, False, "not empty; resume that run with --resume"),
        (replace(tiny_config, preset="classic"), True, "is a run of preset 'lesson'"),
        (replace(tiny_config, batch_size=8), True, "was trained with batch_size 4"),
        (replace(tiny_config, steps=1), True, "has its 1 steps already"),
    ):
        with pytest.raises(ValueError, match=message):
            train(config, run_dir, device="cpu", resume=resume)
    assert (run_dir / "status.json").read_bytes() == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_asked_for_and_absent(tiny_config, tmp_path):
    with pytest.raises(ValueError, match="'cuda' is not available"):
        train(tiny_config, tmp_path / "run", device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_training_runs_on_a_gpu(tiny_config, tmp_path):
    assert train(tiny_config, tmp_path / "run", device="cuda") == "finished"
    assert run_folder.read_status(tmp_path / "run")["device"].startswith("cuda")


def test_own_captions_have_their_nearest_as_negatives():
    slots = word_negatives(["red cat runs", "red cat sleeps", "blue dog flies"])
    assert slots["red cat runs"] == [(["red cat sleeps"], ["red cat sleeps", "blue dog flies"])]
    assert word_negatives(["one", "One."]) == {"one": [], "One.": []}  # the same words are no negative
    assert negative_captions(lambda caption: [], ["one"], torch.rand(1, 4)) == [["one"], ["one"]]


def test_preset_own_asks_for_clips(tmp_path):
    with pytest.raises(ValueError, match="name a folder of clips with --data"):
        train(preset("own"), tmp_path / "run", device="cpu")
