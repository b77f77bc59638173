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

from demo.locale.translate import _, ngettext, translate
from demo.train.runs import Run
from demo.ui.amounts import say_duration
from t2v import config as configs
from t2v.config import TrainConfig
from t2v.system.messages import Message, value_error

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


def device_in_words(name: str, *, quota_file: Path | None = None) -> str:
    """The device that a training would get, of `t2v.system.device.DEVICES`, within a container's quota."""
    import torch  # not at the top: the page is up before

    from t2v.system.device import pick_device
    from t2v.system.threads import CPU_QUOTA, processors

    device = pick_device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return _("Apple's graphics processor")
    return ngettext("{n} processor core, no GPU", "{n} processor cores, no GPU", processors(quota_file or CPU_QUOTA))


def likeness(recipe: TrainConfig) -> TrainConfig:
    """Recipes that agree in this take the same time a step."""
    return replace(recipe, steps=1, decay_from_step=0, decay_until_step=0, seed=0, learning_rate=1e-3)


def speed_of_run(run: Run | None, recipe: TrainConfig) -> Speed | None:
    """What a run on this machine has shown, if a training by `recipe` takes the same time a step."""
    if run is None or run.recipe is None or likeness(run.recipe) != likeness(recipe):
        return None
    rows = [row for row in run.metrics if row.get("clips_per_second")]
    if recipe.model.kind == "layered":  # steps without glimpses are faster, and the fewest
        begins = recipe.usual_from_step
        rows = [row for row in rows if row["step"] > begins] or rows
    readings = [row["clips_per_second"] for row in rows[-RECENT_READINGS:]]
    if not readings:
        return None
    speed = len(readings) / sum(1 / reading for reading in readings)  # the same number of clips at each speed
    if run.busy:
        return Speed(speed, Message("measured now in {name}", name=run.name))
    return Speed(speed, Message("measured before in {name}", name=run.name))


def measure(recipe: TrainConfig) -> Speed:
    """Make some real training steps in a child process. ValueError when they fail or take too long."""
    words = [sys.executable, "-m", "demo.train.estimate", json.dumps(configs.to_json(recipe))]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        raise value_error(
            "A few steps of this take more than {seconds} seconds here; try a smaller batch size.",
            seconds=PATIENCE_SECONDS,
        ) from None
    if done.returncode:
        ended = Message("it ended with exit code {code}", code=done.returncode)
        why = (done.stderr.strip().splitlines() or [ended])[-1]
        raise value_error("The speed could not be measured: {why}. A smaller batch size needs less memory.", why=why)
    speed = recipe.batch_size / json.loads(done.stdout)["step_seconds"]
    return Speed(speed, Message("measured here at {time}", time=time.strftime("%H:%M")))


def say_estimate(recipe: TrainConfig, *, minutes: float | None, speed: Speed | None) -> str:
    """How long a training would take, in one line."""
    if speed is None:
        if minutes is None:
            return _("Time unknown: estimate it.")
        latest = say_duration(60 * minutes)
        return _("Time unknown: estimate it. It stops after {time} at the latest.", time=latest)
    seconds = recipe.steps * recipe.batch_size / speed.clips_per_second
    values = {"speed": speed.clips_per_second, "source": translate(speed.source)}
    if unit_of(recipe) == "frames":
        known = _("{speed:.0f} frames/s, {source}", **values)
    else:
        known = _("{speed:.0f} clips/s, {source}", **values)
    if minutes is not None and 60 * minutes < seconds:
        steps = int(60 * minutes * speed.clips_per_second / recipe.batch_size)
        return _(
            "Stops after {time}, at about step {step:,} of {steps:,} ({speed}).",
            time=say_duration(60 * minutes),
            step=steps,
            steps=recipe.steps,
            speed=known,
        )
    return ngettext(
        "About {time} for {n:,} step ({speed}).",
        "About {time} for {n:,} steps ({speed}).",
        recipe.steps,
        time=say_duration(seconds),
        speed=known,
    )


def main(recipe_json: str) -> None:
    from t2v.benchmark import step_seconds  # not at the top: the page is up before
    from t2v.system.device import pick_device, use_fast_arithmetic
    from t2v.system.memory import keep_freed_memory

    recipe = configs.from_json(TrainConfig, json.loads(recipe_json))
    keep_freed_memory()
    device = pick_device()
    use_fast_arithmetic(device)
    seconds = step_seconds(recipe, device=device)
    if seconds < QUICK_STEP_SECONDS:
        seconds = step_seconds(recipe, device=device, repeats=3)
    print(json.dumps({"step_seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
