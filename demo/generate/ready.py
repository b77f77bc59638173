"""What the page shows before its server has drawn anything: twelve clips that were drawn when it was made.

`python -m demo.generate.ready` draws them anew, with the best shipped checkpoint: run it when a checkpoint changes.
`wall.webp` holds their frames (a row for each clip, a column for each frame), `hero.webp` the first one's in more
pixels, `preview.webp` four of them for links to
the page, `ready.json` their prompts, the grammars, and the figures of the headline.
"""

import json
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from demo.locale.translate import N_, _

if TYPE_CHECKING:
    import numpy as np

    from t2v.sampler import Sampler

FOLDER = Path(__file__).parent / "ready"
SCENES = (
    "large red star moving up then right", "small blue circle bouncing vertically",
    "green square rotating counter-clockwise",
    "large purple triangle moving left", "orange circle zigzagging horizontally", "yellow star expanding",
    "large blue square moving down-right", "red triangle rotating counter-clockwise quickly",
    "small green circle moving right then down", "large orange star shrinking",
    "purple square zigzagging vertically", "small yellow triangle bouncing horizontally",
)  # fmt: skip
FRAMES, SECONDS = 30, 1.0
CELL_PX, LARGE_PX, QUALITY = 128, 256, 80
PREVIEW = (0, 1, 3, 6)  # the scenes that a link shows
TIMED = 20  # clips
CORE, GPU = N_("one core"), N_("a GPU")


@lru_cache(maxsize=1)
def ready() -> dict:
    """What ships with the page; {} of everything where it was not made."""
    path = FOLDER / "ready.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"models": [], "grammars": {}}


def facts() -> str:
    """What the model of the first page is, in one line; "" where nothing was made."""
    if not (known := ready().get("facts")):
        return ""
    return _(
        "{weights:,} weights · {ms} ms for 10 frames on one core · trained from nothing in {minutes} minutes on "
        "{where}",
        weights=known["weights"],
        ms=known["milliseconds"],
        minutes=known["minutes"],
        where=_(known["device"]),
    )


def draw_scenes(sampler: "Sampler") -> "np.ndarray":
    """Clips (12, T, H, W, 3) uint8 of the scenes, scene k with seed k, in cells of CELL_PX."""
    return sampler(list(SCENES), seeds=list(range(len(SCENES))), frames=FRAMES, frame_size_px=CELL_PX)


def measure(sampler: "Sampler") -> dict:
    """The figures of the headline."""
    began = time.perf_counter()
    for seed in range(TIMED):
        sampler(SCENES[:1], seeds=[seed])
    training = sampler.release.training
    return {
        "weights": sum(p.numel() for p in sampler.release.generator.parameters()),
        "milliseconds": max(1, round(1000 * (time.perf_counter() - began) / TIMED)),
        "minutes": round(training["seconds"] / 60),
        "device": CORE if training["device"] == "cpu" else GPU,
    }


def write() -> None:
    """Draw and write all of it."""
    import numpy as np
    from PIL import Image

    from demo.generate.builder import catalogue
    from demo.studio.workspace import Folders
    from t2v.sampler import load
    from t2v.system.files import atomic_path, write_json

    root = Path(__file__).resolve().parents[2]
    sampler = load(device="cpu")
    made = draw_scenes(sampler)  # (12, T, H, W, 3)
    FOLDER.mkdir(exist_ok=True)
    count, frames, side, _, _ = made.shape
    wall = made.transpose(0, 2, 1, 3, 4).reshape(count * side, frames * side, 3)
    large = sampler([SCENES[0]], seeds=[0], frames=FRAMES, frame_size_px=LARGE_PX)[0]  # (T, H, W, 3)
    for name, sheet in (("wall", wall), ("hero", np.hstack(large))):
        with atomic_path(FOLDER / f"{name}.webp") as path:
            Image.fromarray(sheet).save(path, "WEBP", quality=QUALITY, method=6)
    four = made[list(PREVIEW)].reshape(2, 2, frames, side, side, 3)
    pictures = [Image.fromarray(np.hstack(list(np.hstack(list(four[:, :, k]))))) for k in range(frames)]
    with atomic_path(FOLDER / "preview.webp") as path:
        duration = round(1000 * SECONDS / FRAMES)
        pictures[0].save(path, "WEBP", save_all=True, append_images=pictures[1:], duration=duration, loop=0, quality=70)
    cells = [{"prompt": prompt, "seed": seed} for seed, prompt in enumerate(SCENES)]
    nowhere = root / "no-such-folder"
    content = {"frames": FRAMES, "seconds": SECONDS, "cells": cells, "facts": measure(sampler)}
    content |= catalogue(Folders(root / "checkpoints", nowhere, nowhere, nowhere))
    write_json(FOLDER / "ready.json", content)


if __name__ == "__main__":
    write()
