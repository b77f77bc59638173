"""Below the stage: the way from one prompt to another, and a grid of seeds against prompts or models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from demo.generate.answers import Request, read_request
from demo.generate.reading import read_prompt
from demo.studio import clips
from demo.studio.clips import find_sampler, small_scale
from demo.studio.workspace import Folders, find_checkpoints
from t2v.config import raise_if, range_problem
from t2v.system.messages import Message

MOST_ROWS, MOST_SEEDS = 6, 6


def draw_morph(folders: Folders, out_dir: Path, fields: dict, target: str, steps: int) -> Path:
    """A GIF of clips side by side, from the stage's prompt to `target`. ValueError for a bad prompt or setting."""
    request = read_request(fields)
    return clips.morph(
        folders, out_dir, first=request.prompt, last=target, steps=steps, seed=request.seed, frames=request.frames,
        fps=request.fps, checkpoint=request.checkpoint,
    )  # fmt: skip


def grid_rows(
    folders: Folders, request: Request, prompts: str, models: Sequence[str]
) -> list[tuple[str, str | None, str]]:
    """(prompt, checkpoint, label) of each row: the prompts, a line each, by the stage's model; else the models chosen,
    each with the stage's prompt. ValueError for a prompt that cannot be drawn."""
    lines = [line.strip() for line in (prompts or "").splitlines() if line.strip()]
    known = [name for name in models or [] if name in find_checkpoints(folders)]
    if lines:
        rows: list[tuple[str, str | None]] = [(line, request.checkpoint) for line in lines]
    else:
        rows = [(request.prompt, name) for name in known] or [(request.prompt, request.checkpoint)]
    raise_if(range_problem("rows", len(rows), 1, MOST_ROWS))
    cells = []
    for prompt, checkpoint in rows:
        reading = read_prompt(find_sampler(folders, checkpoint), prompt)
        if not reading.prompt:
            raise ValueError(reading.problem or Message("The prompt {prompt!r} is not finished.", prompt=prompt))
        cells.append((reading.prompt, checkpoint, reading.prompt if lines else str(checkpoint)))
    return cells


def draw_grid(
    folders: Folders, out_dir: Path, fields: dict, prompts: str, models: Sequence[str], seeds: int
) -> tuple[Path, Path]:
    """Rows of prompts or models, a column for each seed from the stage's on: a moving GIF and a PNG of its middle."""
    from t2v.media.codecs import enlarge
    from t2v.media.grids import write_grid

    request = read_request(fields)
    raise_if(range_problem("seeds", seeds, 1, MOST_SEEDS))
    cells, labels = [], []
    for prompt, checkpoint, label in grid_rows(folders, request, prompts, models):
        wanted = [(prompt, request.seed + k) for k in range(int(seeds))]
        for clip in clips.draw_each(folders, wanted, frames=request.frames, fps=request.fps, checkpoint=checkpoint):
            cells.append(clip.frames)
            labels.append(f"{label} · {clip.recipe['seed']}")
    side = max(frames.shape[1] for frames in cells)
    same = np.stack([enlarge(frames[None], side // frames.shape[1])[0] for frames in cells])  # (N, T, H, W, 3)
    gif, png = out_dir / "grid.gif", out_dir / "grid.png"
    shown: dict[str, Any] = {"labels": labels, "columns": int(seeds), "fps": request.fps, "scale": small_scale(same[0])}
    middle = same.shape[1] // 2
    write_grid(gif, same, **shown)
    write_grid(png, same[:, middle : middle + 1], **shown)
    return gif, png
