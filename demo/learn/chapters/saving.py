"""Chapter 7: what lies in a checkpoint and how large its parts are, and the way from a prompt to a file."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from demo.learn import drawing
from demo.locale.translate import _
from demo.studio import clip_files
from demo.studio.clips import Clip
from t2v.config import FPS, FRAMES

if TYPE_CHECKING:
    import torch

    from t2v.sampler import Sampler


def parts(module: "torch.nn.Module") -> list[tuple[str, int]]:
    """(name, number of weights) of a network's parts, the largest first."""
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in module.named_children()}
    sizes |= {name: p.numel() for name, p in module.named_parameters(recurse=False)}
    rows = [(name, count) for name, count in sizes.items() if count]
    return sorted(rows, key=lambda row: -row[1])


def show(sampler: "Sampler", folder: Path, prompt: str, seed: int, visit: Path) -> tuple[str, Path]:
    """The checkpoint's files and parts, each stage of drawing with its time, and the AVI file."""
    files = [(path.name, f"{path.stat().st_size / 1024:.1f}") for path in sorted(folder.iterdir()) if path.is_file()]
    heads = (_("file"), _("KiB"))
    body = drawing.table(heads, files)
    body += drawing.paragraph(_("Weights of each part of the generator:"))
    generator = sampler.release.generator
    inner = generator.frame if sampler.release.model.kind == "baseline" else generator
    body += drawing.bars([(name, float(count)) for name, count in parts(inner)], digits=0)
    rows, began = [], time.perf_counter()

    def stage(label: str, what: str) -> None:
        nonlocal began
        now = time.perf_counter()
        rows.append((label, what, f"{1000 * (now - began):.1f}"))
        began = now

    tokens = sampler.release.vocabulary.encode([sampler.normal_form(prompt)])
    stage(_("words to tokens"), f"{tokens[0].tolist()}")
    frames = sampler([prompt], seeds=[seed])[0]
    stage(_("the network draws"), f"{frames.shape} uint8")
    recipe = sampler.recipe(prompt, seed=seed, frames=FRAMES, fps=FPS)
    file = clip_files.save(Clip(frames, recipe, 0.0, sampler.never_trained(prompt)), visit, ".avi")
    stage(_("the file is written"), f"{file.name}, {file.stat().st_size / 1024:.1f} {heads[1]}")
    return body + drawing.table((_("stage"), "", "ms"), rows), file
