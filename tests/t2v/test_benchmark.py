"""The benchmark measures real work; its figures hang together, and the other ways do what they are compared for."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from t2v.benchmark import QUICK, benchmark, summary
from t2v.benchmark.others import Denoiser, Frames, training_by_the_tutorial, write_dataset_by_the_tutorial
from t2v.benchmark.timing import Flops, Times, exponent, in_turn, times_as_fast
from t2v.benchmark.training import measure_steps
from t2v.config import ModelConfig
from t2v.data.folder import open_dataset
from t2v.presets import PRESETS

CPU = torch.device("cpu")
TINY = replace(QUICK, clips=4, streamed=(2, 4), packed=(2, 4), generated=(1, 2), frames=(2, 4))


@pytest.mark.slow
def test_every_work_gets_its_figures(tiny_config):
    result = benchmark({"tiny": tiny_config}, device="cpu", extent=TINY, page=False)
    result = json.loads(json.dumps(result))
    rows = {row["work"]: row for row in result["rows"]}
    for name in ("4 clips as PNG files", "4 clips packed", "4 clips into memory"):
        assert rows[name]["times_as_fast"] > 0 and rows[name]["clips_per_second"] > 0
    assert torch.cuda.is_available() or rows["render 4 clips on a GPU"]["missing"] == "no GPU here"
    assert rows["prompt to GIF, 64 px, 10 frames"]["times_as_fast"] > 50  # of fifty steps, each slower than a GIF
    tiny = result["steps"]["tiny"]
    assert tiny["hours"] == pytest.approx(tiny_config.steps * tiny["step_seconds"] / 3600)
    assert 0 < tiny["share_of_best"] < 1 and tiny["gflop"] > 0
    small, _, large = result["schedules"]
    assert large["its_way_hours"] == pytest.approx(10 * small["its_way_hours"])
    table = summary(result)
    for text in ("4 clips packed", "not measured: no GPU", "tiny", "100,000 clips x 30 epochs", "frames generated"):
        assert text in table or torch.cuda.is_available()


def test_works_run_in_turn_after_a_warm_up():
    order = []
    a, b = in_turn(lambda: order.append("a"), lambda: order.append("b"), repeats=2, device=CPU)
    assert "".join(order) == "ababab" and len(a.clock_seconds) == len(b.processor_seconds) == 2


def test_ratios_are_taken_turn_by_turn():
    ours, theirs = Times((1.0, 10.0, 2.0), (1.0, 1.0, 1.0)), Times((4.0, 40.0, 10.0), (2.0, 3.0, 8.0))
    assert times_as_fast(ours, theirs) == {"times_as_fast": 4.0, "times_less_processor": 3.0}


def test_a_quadratic_cost_has_the_exponent_two():
    assert exponent((1, 10, 100), (3, 300, 30_000)) == pytest.approx(2)


def test_arithmetic_is_counted_through_gradients():
    weight, x = torch.ones(5, 7, requires_grad=True), torch.ones(3, 5)
    with Flops() as counted:
        torch.autograd.grad((x @ weight).sum(), weight)
    assert counted.total == 2 * (2 * 3 * 5 * 7)  # forward, and the weight's gradient


def test_the_tutorials_folder_is_one_that_both_trainings_read(tmp_path):
    write_dataset_by_the_tutorial(tmp_path, 3)
    folder = open_dataset(tmp_path)
    assert (len(folder), folder.frames, folder.frame_size_px) == (3, 10, 64)
    frame = np.array(Image.open(tmp_path / "video_0" / "frame_0.png"))
    assert (frame != 255).any()  # the circle is drawn
    assert len(Frames(tmp_path)) == 30
    step = training_by_the_tutorial(replace(PRESETS["baseline"], batch_size=4), tmp_path, CPU)
    step(), step()


def test_the_diffusion_model_has_its_size():
    denoiser = Denoiser()
    assert sum(p.numel() for p in denoiser.parameters()) == pytest.approx(36e6, rel=0.05)
    assert denoiser(torch.zeros(1, 3, 2, 16, 16)).shape == (1, 3, 2, 16, 16)


def test_steps_are_measured_with_glimpses(tiny_config):
    """Most steps of a training have them, however late they begin."""
    model = ModelConfig(
        kind="layered", frame_size_px=16, discriminator_size_px=16, text_size=8, code_size=16, decoder_channels=16
    )
    gflop = [
        measure_steps(replace(tiny_config, model=model, glimpses_from_step=start), TINY, CPU)["gflop"]
        for start in (0, 701)
    ]
    assert gflop[0] == pytest.approx(gflop[1])
