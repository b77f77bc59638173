"""Clips written and rendered, against the tutorial's loop."""

from itertools import count
from pathlib import Path

import numpy as np
import torch

from t2v.benchmark.extent import Extent
from t2v.benchmark.others import SIDE_PX, write_dataset_by_the_tutorial
from t2v.benchmark.timing import in_turn, times_as_fast
from t2v.config import FRAMES
from t2v.data import scenes
from t2v.data.render import render, render_frames
from t2v.data.writer import write_dataset

CLIPS_AT_ONCE = 500  # of the stream: to begin costs as much as a hundred clips
CLIP_BYTES = FRAMES * SIDE_PX**2 * 3


def measure_data(folder: Path, extent: Extent, best: dict) -> tuple[list[dict], dict[str, float]]:
    """Writing and rendering clips against the tutorial's loop; and the seconds that a clip takes in each way."""
    clips = extent.clips
    numbers = count()  # every turn writes a new folder: files just deleted make new ones slower

    def ours(layout: str) -> None:
        out = folder / f"{layout}_{next(numbers)}"
        write_dataset(out, grammar="classic", videos=clips, layout=layout, progress=lambda done, total: None)

    tutorial, frames, packed, memory = in_turn(
        lambda: write_dataset_by_the_tutorial(folder / f"tutorial_{next(numbers)}", clips),
        lambda: ours("frames"),
        lambda: ours("packed"),
        lambda: [rendered(first, min(CLIPS_AT_ONCE, clips - first)) for first in range(0, clips, CLIPS_AT_ONCE)],
        repeats=extent.repeats,
        device=torch.device("cpu"),
    )
    rows = []
    for name, times, reach, at_best in (
        ("as PNG files", frames, 4, None),  # the cost is many small files
        ("packed", packed, 20, best["written_gb_per_second"]),
        ("into memory", memory, 50, best["copied_gb_per_second"] / 2),  # a copy reads as much as it writes
    ):
        row = {"work": f"{clips:,} clips {name}", "against": "the tutorial's loop", "reach": reach}
        row |= {"seconds": times.seconds, "clips_per_second": clips / times.seconds, **times_as_fast(times, tutorial)}
        if at_best:
            row["share_of_best"] = clips * CLIP_BYTES / times.seconds / 1e9 / at_best
        rows.append(row)
    return rows, {"tutorial": tutorial.seconds / clips, "frames": frames.seconds / clips}


def rendered(first: int, clips: int) -> np.ndarray:
    """Clips `first` and on of `classic`, as frames in memory."""
    return render_frames(scenes.sample("classic", 0, torch.arange(first, first + clips))[0])


def measure_gpu_rendering(extent: Extent) -> dict:
    row = {"work": f"render {extent.clips:,} clips on a GPU", "against": "our CPU renderer", "reach": 100}
    if not torch.cuda.is_available():
        return row | {"missing": "no GPU here"}
    gpu = torch.device("cuda")
    drawn = scenes.sample("classic", 0, torch.arange(extent.clips))[0]
    there = drawn.to(gpu)
    cpu_times, gpu_times = in_turn(lambda: render(drawn), lambda: render(there), repeats=extent.repeats, device=gpu)
    return row | {"seconds": gpu_times.seconds, **times_as_fast(gpu_times, cpu_times)}
