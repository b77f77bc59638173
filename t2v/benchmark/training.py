"""Training steps: of every preset as a share of the machine's best, and of the tutorial's networks against its loop."""

import math
from collections.abc import Callable
from pathlib import Path

import torch

from t2v.benchmark.extent import Extent
from t2v.benchmark.others import training_by_the_tutorial
from t2v.benchmark.timing import Flops, in_turn, matrix_product, times_as_fast
from t2v.config import FRAMES, TrainConfig
from t2v.data.batches import SceneStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan.cuda_graph import fast_updates
from t2v.gan.make import make_gan
from t2v.presets import PRESETS

TUTORIAL_CLIPS, TUTORIAL_EPOCHS = (10_000, 30_000, 100_000), 30  # the rows of its table


def training_cycle(config: TrainConfig, device: torch.device, *, recorded: bool = True) -> Callable[[], None]:
    """`steps_of_cycle` steps of a recipe on rendered scenes, such as most of its steps are: with glimpses.

    Without `recorded` a GPU's steps are taken as they are written, for whoever counts their operations.
    """
    vocabulary = grammar_vocabulary(config.grammar)
    gan, stream = make_gan(config, vocabulary, device=device), SceneStream(config, vocabulary, device=device)
    steps = steps_of_cycle(config, device)
    gan.step = math.ceil(config.usual_from_step / steps) * steps
    update = fast_updates(gan) if recorded else gan.update_both

    def cycle() -> None:
        for _ in range(steps):
            update(next(stream))
            gan.update_ema()

    return cycle


def steps_of_cycle(config: TrainConfig, device: torch.device) -> int:
    """So many steps that penalties, and batches made many at once, have their due share in them."""
    batches_at_once = SceneStream(config, grammar_vocabulary(config.grammar), device=device).batches_at_once
    return math.lcm(config.penalty_every_steps, batches_at_once)


def step_seconds(config: TrainConfig, *, device: torch.device, repeats: int = 1) -> float:
    """The duration of a training step of this recipe on rendered scenes, the lazy penalty's share included."""
    (times,) = in_turn(training_cycle(config, device), repeats=repeats, device=device)
    return times.seconds / steps_of_cycle(config, device)


def measure_steps(config: TrainConfig, extent: Extent, device: torch.device) -> dict:
    """A step's duration, its share of the machine's best, and what the whole preset would take."""
    cycle, every = training_cycle(config, device), steps_of_cycle(config, device)
    work, gflop_of_product = matrix_product(device)
    times, product = in_turn(cycle, work, repeats=extent.repeats, device=device)
    as_written = training_cycle(config, device, recorded=False)
    with Flops() as counted:
        as_written()
    seconds, gflop = times.seconds / every, counted.total / every / 1e9
    # the product's time is measured beside the step's, as this machine's best may have changed since
    ratio = times_as_fast(times, product)["times_as_fast" if device.type == "cuda" else "times_less_processor"]
    return {
        "step_seconds": seconds,
        "clips_per_second": config.batch_size / seconds,
        "counts": "frames" if config.model.kind == "baseline" else "clips",
        "gflop": gflop,
        "share_of_best": ratio * gflop * every / gflop_of_product,
        "steps": config.steps,
        "hours": config.steps * seconds / 3600,
    }


def measure_baseline(folder: Path, extent: Extent, device: torch.device) -> tuple[dict, float]:
    """A step of the tutorial's networks, by our loop and by its own on a folder; and the seconds of its step."""
    config = PRESETS["baseline"]
    step, steps = training_by_the_tutorial(config, folder, device), steps_of_cycle(config, device)
    ours, theirs = in_turn(
        training_cycle(config, device), lambda: [step() for _ in range(steps)], repeats=extent.repeats, device=device
    )
    row = {
        "work": "a training step of the tutorial's networks",
        "against": "its own loop",
        "reach": 20 if device.type == "cuda" else 2,
        "seconds": ours.seconds / steps,
        **times_as_fast(ours, theirs),
    }
    return row, theirs.seconds / steps


def tutorial_schedules(seconds_a_clip: dict[str, float], their_step_seconds: float, step_seconds: float) -> list[dict]:
    """What its three rows would take here, data and training, by its own code and by ours: worked out, not run."""
    batch = PRESETS["baseline"].batch_size
    rows = []
    for clips in TUTORIAL_CLIPS:
        steps = clips * FRAMES * TUTORIAL_EPOCHS // batch
        rows.append(
            {
                "clips": clips,
                "epochs": TUTORIAL_EPOCHS,
                "its_way_hours": (clips * seconds_a_clip["tutorial"] + steps * their_step_seconds) / 3600,
                "our_way_hours": (clips * seconds_a_clip["frames"] + steps * step_seconds) / 3600,
            }
        )
    return rows
