"""Two processes train as one of twice the batch would; when one dies the run ends in words and can go on."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from one_rank import double_precision
from torch.testing._internal.distributed.fake_pg import FakeStore

from t2v.checkpoint.state import load_state
from t2v.config import to_json
from t2v.data.batches import SceneStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.data.writer import write_dataset
from t2v.gan.make import make_gan
from t2v.training import run_folder
from t2v.training.loop import train

TESTS = Path(__file__).parent
LIMIT_SECONDS = 300  # shared machines swing


def start(config, out, *data) -> subprocess.Popen:
    """The same training by two processes."""
    settings = out.with_suffix(".json")
    settings.write_text(json.dumps(to_json(config)))
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    words += [TESTS / "one_rank.py", settings, out, *data]
    around = os.environ | {"PYTHONPATH": str(TESTS.parents[1])}
    return subprocess.Popen(list(map(str, words)), stderr=subprocess.PIPE, text=True, env=around)


@contextmanager
def as_rank(rank: int, ranks: int):
    """This process is one of several, which torch pretends are there."""
    dist.init_process_group("fake", rank=rank, world_size=ranks, store=FakeStore())
    try:
        yield
    finally:
        dist.destroy_process_group()


def test_ranks_share_one_stream_and_one_noise(tiny_config):
    vocabulary = grammar_vocabulary("shapes")
    whole, gan = SceneStream(replace(tiny_config, batch_size=8), vocabulary), make_gan(tiny_config, vocabulary)
    batches, noise = [next(whole), next(whole)], gan.noise(8, 3)
    for rank in (0, 1):
        mine, part = slice(4 * rank, 4 * rank + 4), SceneStream(tiny_config, vocabulary)
        with as_rank(rank, ranks=2):
            own_batches, own_noise = [next(part), next(part)], make_gan(tiny_config, vocabulary).noise(4, 3)
        for batch, ours in zip(batches, own_batches, strict=True):
            assert torch.allclose(ours.clips, batch.clips[mine], atol=1e-6)
            for name, rows in (("times", mine), ("tokens", mine), ("negatives", (slice(None), mine))):
                assert torch.equal(getattr(ours, name), getattr(batch, name)[rows]), name
        assert torch.equal(own_noise, noise[mine])


@pytest.mark.slow
def test_two_ranks_equal_one_process_of_twice_the_batch(tiny_config, tmp_path):
    """From a folder to the weights, penalties and the averaged generator included; rank 0 alone writes.

    In double precision: in single, rounding alone parts the generators by a hundredth to a fifth of their way within 20
    steps (docs/LOG.md#two-ranks-and-one).
    """
    never = {"preview_every_steps": 100, "save_every_steps": 100, "evaluate_every_steps": 0}
    config = replace(tiny_config, batch_size=4, caption_group=4, steps=20, **never)
    write_dataset(tmp_path / "data", grammar="shapes", videos=50, frame_size_px=16, progress=lambda *now: None)
    two = start(config, tmp_path / "two", tmp_path / "data")
    alone = replace(config, batch_size=8)
    train(alone, tmp_path / "one", device="cpu")
    with double_precision():
        train(alone, tmp_path / "one_folder", data=tmp_path / "data", device="cpu")
        begun = make_gan(alone, grammar_vocabulary("shapes"))
    _, text = two.communicate(timeout=LIMIT_SECONDS)
    assert two.returncode == 0, text
    for ending in ("", "_folder"):
        run_dir = tmp_path / f"two{ending}"
        rows = run_folder.read_metrics(run_dir)
        assert [row["step"] for row in rows] == list(range(1, 21)) and rows[-1]["clips_seen"] == 160
        assert (run_dir / "train.log").read_text().count("started") == 1
        states = [load_state(path / "state.pt") for path in (run_dir, tmp_path / f"one{ending}")]
        assert states[0]["position"] == states[1]["position"]
        if not ending:  # a last bit in a drawn clip gives other weights after 20 steps: docs/LOG.md#two-ranks-and-one
            continue
        for name in ("generator", "discriminator", "generator_ema"):
            ours, theirs = (torch.cat([x.flatten() for x in state["gan"][name].values()]) for state in states)
            first = torch.cat([x.flatten() for x in getattr(begun, name).state_dict().values()])
            assert (ours - theirs).norm() < 1e-9 * (theirs - first).norm(), name


@pytest.mark.slow
def test_a_dead_rank_ends_the_run_in_words_and_it_can_go_on(tiny_config, tmp_path):
    config = replace(tiny_config, steps=100_000, evaluate_every_steps=0)
    run_dir = tmp_path / "run"
    both = start(config, run_dir)
    until = time.monotonic() + LIMIT_SECONDS
    while not (run_dir / "state.pt").exists():
        assert both.poll() is None and time.monotonic() < until, both.stderr.read()
        time.sleep(0.05)
    os.kill(int(Path(f"{run_dir}.pid_1").read_text()), signal.SIGKILL)
    _, text = both.communicate(timeout=LIMIT_SECONDS)
    assert both.returncode != 0 and "rank 0: Another process of this training has died" in text
    status = run_folder.read_status(run_dir)
    assert status["state"] == "failed" and "--resume" in status["error"]
    saved = load_state(run_dir / "state.pt")["gan"]["step"]
    assert train(replace(config, steps=saved + 1), run_dir, device="cpu", resume=True) == "finished"


@pytest.mark.slow
def test_torchrun_starts_a_stop_file_ends_and_resume_goes_on(tmp_path):
    run_dir = tmp_path / "run"
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    words += ["-m", "t2v", "train", "--preset", "lesson", "--batch-size", "2", "--device", "cpu", "--out", str(run_dir)]
    around = os.environ | {"PYTHONPATH": str(TESTS.parents[1])}
    both = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=around)
    until = time.monotonic() + LIMIT_SECONDS
    while not run_folder.read_metrics(run_dir):
        assert both.poll() is None and time.monotonic() < until, both.stderr.read()
        time.sleep(0.05)
    run_folder.request_stop(run_dir)
    _, message = both.communicate(timeout=LIMIT_SECONDS)
    assert both.returncode == 0, message
    assert run_folder.read_status(run_dir)["state"] == "stopped"
    done = load_state(run_dir / "state.pt")["gan"]["step"]
    again = subprocess.run([*words, "--resume", "--steps", str(done + 1)], capture_output=True, text=True, env=around)
    assert again.returncode == 0, again.stderr
    state = load_state(run_dir / "state.pt")
    assert state["gan"]["step"] == done + 1 and state["position"] == 4 * (done + 1)
