"""How fast is it here, and how long would each training take? Measured on the real code, a few repeats of each.

Shared machines swing: the median of several repeats is reported, and nothing is promised from one run.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from t2v import __version__, scenes
from t2v.checkpoint import Release
from t2v.config import PRESETS, TrainConfig
from t2v.device import keep_freed_memory, pick_device
from t2v.gan import make_gan
from t2v.generate import Sampler
from t2v.prompts import GRAMMARS, grammar_vocabulary
from t2v.stream import SceneStream
from t2v.video import write_clip

CLIPS_RENDERED = 64


def median_seconds(work: Callable[[], object], *, repeats: int, device: torch.device) -> float:
    """The median duration of `work` after one warm-up; waits for a GPU to be done."""
    durations = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        durations.append(time.perf_counter() - began)
    return statistics.median(durations[1:])


def step_seconds(config: TrainConfig, *, device: torch.device, repeats: int = 1) -> float:
    """The duration of a training step of this recipe on rendered scenes, the lazy penalty's share included."""
    vocabulary = grammar_vocabulary(config.grammar)
    gan, stream = make_gan(config, vocabulary, device=device), SceneStream(config, vocabulary, device=device)

    def steps() -> None:  # one of so many steps has the penalty
        for _ in range(config.penalty_every_steps):
            batch = next(stream)
            gan.update_discriminator(batch)
            gan.update_generator(batch)
            gan.update_ema()

    return median_seconds(steps, repeats=repeats, device=device) / config.penalty_every_steps


def benchmark(
    presets: dict[str, TrainConfig] = PRESETS,
    *,
    device: str = "auto",
    repeats: int = 5,
    progress: Callable[[str], None] | None = None,
) -> dict:
    """Measure rendering, prompt to GIF, and a training step of every preset; returns plain data.

    `progress` hears what is being measured. Raises ValueError for a device that is not there.
    """
    picked = pick_device(device)
    keep_freed_memory()
    say = progress or (lambda message: None)
    rows = []
    say("rendering scenes")
    indices = torch.arange(CLIPS_RENDERED, device=picked)
    seconds = median_seconds(
        lambda: scenes.render(scenes.sample("shapes", 0, indices)[0]), repeats=repeats, device=picked
    )
    rows.append({"work": "render scenes, 64 px, 10 frames", "clips_per_second": CLIPS_RENDERED / seconds})
    for name, config in presets.items():
        say(f"training steps of {name}")
        seconds = step_seconds(config, device=picked, repeats=max(1, repeats // 2))
        rows.append(
            {
                "work": f"train {name}",
                "clips_per_second": config.batch_size / seconds,
                "whole_training_minutes": config.steps * seconds / 60,
            }
        )
        vocabulary = grammar_vocabulary(config.grammar)
        gan = make_gan(config, vocabulary, device=picked)
        release = Release(name, config.model, config.grammar, vocabulary, {}, gan.averaged)
        sampler, prompt = Sampler(release, device=picked), GRAMMARS[config.grammar].example
        with tempfile.TemporaryDirectory() as folder:
            seconds = median_seconds(
                lambda s=sampler, p=prompt, f=folder: write_clip(Path(f) / "clip.gif", s([p])[0], scale=4),
                repeats=repeats,
                device=picked,
            )
        rows.append({"work": f"prompt to GIF, {name}", "milliseconds": 1000 * seconds})
    return {
        "t2v": __version__,
        "torch": torch.__version__,
        "device": str(picked),
        "processors": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "repeats": repeats,
        "rows": rows,
    }


def summary(result: dict) -> str:
    """The table that the command prints."""
    lines = [f"{result['device']}, {result['torch_threads']} threads, torch {result['torch']}, medians"]
    for row in result["rows"]:
        figures = []
        if "clips_per_second" in row:
            unit = "frames/s" if row["work"] == "train baseline" else "clips/s"
            figures.append(f"{row['clips_per_second']:,.0f} {unit}")
        if "whole_training_minutes" in row:
            figures.append(f"{row['whole_training_minutes']:,.0f} min for the whole training")
        if "milliseconds" in row:
            figures.append(f"{row['milliseconds']:,.0f} ms")
        lines.append(f"{row['work']:34} {', '.join(figures)}")
    return "\n".join(lines)
