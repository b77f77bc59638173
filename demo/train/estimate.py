"""How long will a training take here? From clips a second that were measured: by a run, or by a few real steps now.

`python -m demo.train.estimate RECIPE`, a recipe as JSON, measures in a process of its own, so that a recipe that is too
large for this machine takes only that process down.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from demo.train.processes import Run
from demo.ui.amounts import say_duration
from t2v import config as configs
from t2v.config import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
USUAL_SECONDS = 15  # of a measurement; its process begins slowly
PATIENCE_SECONDS = 90
QUICK_STEP_SECONDS = 0.5  # such steps are measured once more, longer: the first ones in a process are slow
RECENT_READINGS = 20  # of a run's speed; shared machines swing


@dataclass(frozen=True)
class Speed:
    """Clips a second in training, and where the figure comes from, in words."""

    clips_per_second: float
    source: str


def unit_of(recipe: TrainConfig | None) -> str:
    """What a training counts: clips, or for the baseline single frames."""
    return "frames" if recipe is not None and recipe.model.kind == "baseline" else "clips"


def device_in_words(name: str) -> str:
    """The device that a training would get, of `t2v.system.device.DEVICES`."""
    import torch

    from t2v.system.device import pick_device
    from t2v.system.threads import processors

    device = pick_device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple's graphics processor"
    cores = processors()
    return f"{cores} processor core{'s' if cores > 1 else ''}, no GPU"


def likeness(recipe: TrainConfig) -> TrainConfig:
    """Recipes that agree in this take the same time a step."""
    return replace(recipe, steps=1, seed=0, learning_rate=1e-3)


def speed_of_run(run: Run | None, recipe: TrainConfig) -> Speed | None:
    """What a run on this machine has shown, if a training by `recipe` takes the same time a step."""
    if run is None or run.recipe is None or likeness(run.recipe) != likeness(recipe):
        return None
    rows = [row for row in run.metrics if row.get("clips_per_second")]
    if recipe.model.kind == "layered":  # steps without glimpses are faster, and the fewest
        rows = [row for row in rows if row["step"] > recipe.glimpses_from_step] or rows
    readings = [row["clips_per_second"] for row in rows[-RECENT_READINGS:]]
    if not readings:
        return None
    speed = len(readings) / sum(1 / reading for reading in readings)  # the same number of clips at each speed
    return Speed(speed, f"measured {'now' if run.busy else 'before'} in {run.name}")


def measure(recipe: TrainConfig) -> Speed:
    """Make some real training steps in a child process. ValueError when they fail or take too long."""
    words = [sys.executable, "-m", "demo.train.estimate", json.dumps(configs.to_json(recipe))]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"A few steps of this take more than {PATIENCE_SECONDS} seconds here; try a smaller batch size."
        ) from None
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"it ended with exit code {done.returncode}"])[-1]
        raise ValueError(f"The speed could not be measured: {why}. A smaller batch size needs less memory.")
    speed = recipe.batch_size / json.loads(done.stdout)["step_seconds"]
    return Speed(speed, f"measured here at {time.strftime('%H:%M')}")


def say_estimate(recipe: TrainConfig, *, minutes: float | None, speed: Speed | None) -> str:
    """How long a training would take, in one line."""
    if speed is None:
        limit = "" if minutes is None else f" It stops after {say_duration(60 * minutes)} at the latest."
        return f"Time unknown: estimate it.{limit}"
    seconds = recipe.steps * recipe.batch_size / speed.clips_per_second
    source = f"({speed.clips_per_second:.0f} {unit_of(recipe)}/s, {speed.source})"
    if minutes is not None and 60 * minutes < seconds:
        steps = int(60 * minutes * speed.clips_per_second / recipe.batch_size)
        return f"Stops after {say_duration(60 * minutes)}, at about step {steps:,} of {recipe.steps:,} {source}."
    return f"About {say_duration(seconds)} for {recipe.steps:,} steps {source}."


def main(recipe_json: str) -> None:
    recipe = configs.from_json(TrainConfig, json.loads(recipe_json))  # refused before the slow imports
    from t2v.benchmark import step_seconds
    from t2v.system.device import pick_device, use_fast_arithmetic
    from t2v.system.memory import keep_freed_memory

    keep_freed_memory()
    device = pick_device()
    use_fast_arithmetic(device)
    seconds = step_seconds(recipe, device=device)
    if seconds < QUICK_STEP_SECONDS:
        seconds = step_seconds(recipe, device=device, repeats=3)
    print(json.dumps({"step_seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
