"""Prompt to GIF, against diffusion; and how cost and memory grow with the work, of data and of generation."""

import tempfile
from functools import partial
from pathlib import Path

import torch

from t2v.benchmark.data import CLIPS_AT_ONCE, rendered
from t2v.benchmark.extent import Extent
from t2v.benchmark.others import DENOISING_STEPS, SIDE_PX, Denoiser
from t2v.benchmark.timing import exponent, in_turn, once, resident_mb, times_as_fast
from t2v.checkpoint.release import Release
from t2v.config import FRAMES
from t2v.data.grammar import GRAMMARS
from t2v.data.vocabulary import grammar_vocabulary
from t2v.data.writer import write_dataset
from t2v.gan.make import make_gan
from t2v.media.clips import write_clip
from t2v.presets import PRESETS
from t2v.sampler import Sampler


def measure_generation(folder: Path, extent: Extent, device: torch.device) -> dict:
    """Prompt to finished GIF, against a diffusion model's steps over a clip of the same size."""
    sampler, prompt = untrained_sampler(device), GRAMMARS["shapes"].example
    noise, denoiser = torch.randn(1, 3, FRAMES, SIDE_PX, SIDE_PX, device=device), Denoiser().to(device)
    gif, denoising = in_turn(
        lambda: write_clip(folder / "clip.gif", sampler([prompt])[0], scale=4),
        lambda: denoiser(noise),
        repeats=extent.repeats,
        device=device,
    )
    ratios = {name: DENOISING_STEPS * ratio for name, ratio in times_as_fast(gif, denoising).items()}
    return {
        "work": f"prompt to GIF, {SIDE_PX} px, {FRAMES} frames",
        "against": f"{DENOISING_STEPS} steps of diffusion, 36 M parameters",
        "reach": 1000,
        "seconds": gif.seconds,
        "reach_seconds": 0.1,
        **ratios,
    }


def untrained_sampler(device: torch.device) -> Sampler:
    """Of `shapes`: what it draws is nothing yet, and takes as long as ever."""
    config = PRESETS["shapes"]
    vocabulary = grammar_vocabulary(config.grammar)
    gan = make_gan(config, vocabulary, device=device)
    return Sampler(Release("untrained", config.model, config.grammar, vocabulary, {}, gan.generator_ema), device=device)


def measure_growth(folder: Path, extent: Extent, device: torch.device) -> list[dict]:
    """How cost and memory grow with the work: an exponent of 1 is in proportion."""
    sampler, prompt, cpu = untrained_sampler(device), GRAMMARS["shapes"].example, torch.device("cpu")

    def stream(clips: int) -> None:
        for first in range(0, clips, CLIPS_AT_ONCE):
            rendered(first, min(CLIPS_AT_ONCE, clips - first))

    def pack(clips: int) -> None:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            out = Path(scratch, "packed")
            write_dataset(out, grammar="classic", videos=clips, layout="packed", progress=lambda done, total: None)

    rows = []
    for work, sizes, do, where in (
        ("clips streamed", extent.streamed, stream, cpu),
        ("clips packed", extent.packed, pack, cpu),
        ("clips generated", extent.generated, lambda clips: sampler([prompt] * clips), device),
        ("frames generated", extent.frames, lambda frames: sampler([prompt], frames=frames), device),
    ):
        do(sizes[0])
        before_mb = resident_mb()
        # processor time where it is the whole cost: a shared machine's clock would bend the line
        clock, processor = zip(*(once(partial(do, size), where) for size in sizes), strict=True)
        cost = clock if where.type == "cuda" else processor
        after_mb = resident_mb()
        more_mb = None if before_mb is None or after_mb is None else after_mb - before_mb
        row = {"work": work, "sizes": sizes, "seconds": clock, "exponent": exponent(sizes, cost)}
        rows.append(row | {"resident_mb_more": more_mb})
    return rows
