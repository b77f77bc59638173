"""How fast is it here, how long would each training take? Measured on the real code, next to other ways to do the work.

Every figure is a ratio to the tutorial's own way (`others.py`), run in turn in this process, or a share of what this
machine can do at best (`timing.py`): absolute times swing on shared machines. What needs a GPU is measured where there
is one, and says so where there is none. It runs the code of every other package, and must not hold a way of its own to
do their work except the tutorial's.

`data`, `training`, `generation` and `page` measure, as much as `extent` says; `others` are the other ways; `timing` has
clocks and the machine's best; `table` lays all out.
"""

import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from t2v import __version__
from t2v.benchmark.data import measure_data, measure_gpu_rendering
from t2v.benchmark.extent import FULL, QUICK, Extent
from t2v.benchmark.generation import measure_generation, measure_growth
from t2v.benchmark.page import measure_the_page
from t2v.benchmark.table import summary
from t2v.benchmark.timing import machine_at_best, resident_mb, system_load
from t2v.benchmark.training import measure_baseline, measure_steps, step_seconds, tutorial_schedules
from t2v.config import TrainConfig
from t2v.presets import PRESETS
from t2v.system.device import pick_device, use_fast_arithmetic
from t2v.system.memory import keep_freed_memory
from t2v.system.threads import crowding, fit_threads, processors

__all__ = ["FULL", "QUICK", "Extent", "benchmark", "step_seconds", "summary"]


def benchmark(
    presets: dict[str, TrainConfig] = PRESETS,
    *,
    device: str = "auto",
    extent: Extent = FULL,
    page: bool = True,
    progress: Callable[[str], None] | None = None,
) -> dict:
    """Measure data, training, generation and the page; returns plain data, which `summary` lays out as tables.

    `progress` hears what is being measured. Raises ValueError for a device that is not there.
    """
    crowded, load = crowding(), system_load()
    fit_threads()
    picked = pick_device(device)
    keep_freed_memory()
    use_fast_arithmetic(picked)
    say = progress or (lambda message: None)
    say("this machine at its best")
    best = machine_at_best(picked)
    rows, steps = [], {}
    with tempfile.TemporaryDirectory(prefix="t2v-benchmark-") as scratch:
        folder = Path(scratch)
        say("writing and rendering clips")
        data_rows, seconds_a_clip = measure_data(folder, extent, best)
        rows += [*data_rows, measure_gpu_rendering(extent)]
        say("the tutorial's training, and ours")
        row, tutorial_step_seconds = measure_baseline(folder / "tutorial_0", extent, picked)
        rows.append(row)
        for name, config in presets.items():
            say(f"training steps of {name}")
            steps[name] = measure_steps(config, extent, picked)
        say("prompt to GIF, and a step of diffusion")
        rows.append(measure_generation(folder, extent, picked))
        say("growth of cost")
        growth = measure_growth(folder, extent, picked)
    if page:
        say("the page")
        rows.append(measure_the_page())
    return {
        "t2v": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": torch.cuda.get_device_name(picked) if picked.type == "cuda" else str(picked),
        "processors": processors(),
        "torch_threads": torch.get_num_threads(),
        "load_before": load,
        "warning": crowded,
        "clips": extent.clips,
        "repeats": extent.repeats,
        "at_best": best,
        "rows": rows,
        "steps": steps,
        "schedules": tutorial_schedules(seconds_a_clip, tutorial_step_seconds, row["seconds"]),
        "growth": growth,
        "resident_mb": resident_mb(),
    }
