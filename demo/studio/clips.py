"""Clips made for a visitor: drawn, or morphed from one prompt into another; `clip_files.py` saves them.

Plain functions that the Generate tab and the public endpoints share. They check all that they are given, because an
endpoint takes anything that JSON can say. No file is written for a clip before somebody asks to see it.
"""

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.locale.translate import N_, _
from demo.studio.limits import on_a_lent_gpu
from demo.studio.workspace import Folders, find_checkpoints, pick
from t2v.config import FPS, FRAMES, MAX_FPS, MAX_SEED, SEED, raise_if, range_problem
from t2v.system.messages import value_error

if TYPE_CHECKING:
    from t2v.sampler import Sampler

SMALL_PX = 128  # of a frame in a strip, about
SHOWN_PX = 384  # at least; whole pixels are repeated, so edges stay crisp
FRAMES_BOUNDS, FPS_BOUNDS, SECONDS_BOUNDS = (5, 60), (5, 30), (0.5, 6.0)  # of the page; the command line has wider ones
MOST_PARTS = 4  # of a chain of prompts
NO_CHECKPOINT = N_("There is no checkpoint yet; train one in the Train tab.")
MAX_CLIPS = 16  # at once on the page
MAX_PAGE_SEED = 2**53 - MAX_CLIPS  # a browser's numbers are exact up to here


@dataclass(frozen=True)
class Clip:
    """Frames (T, H, W, 3) uint8 with the recipe that makes them again."""

    frames: np.ndarray
    recipe: dict
    milliseconds: float  # of the network alone
    never_trained: bool

    @property
    def name(self) -> str:
        """For files: `large-red-circle-moving-left_7`."""
        words = re.sub(r"[^a-z0-9]+", "-", self.recipe["prompt"].lower()).strip("-")[:80]
        return f"{words}_{self.recipe['seed']}"

    @property
    def scale(self) -> int:
        from t2v.media.clips import MAX_SCALE

        return min(MAX_SCALE, max(1, -(-SHOWN_PX // self.frames.shape[2])))


def split_chain(prompt: str, grammar: str | None) -> list[str]:
    """`red circle moving left, then blue star shrinking` -> its parts; captions of one's own are never cut.

    ValueError for too many.
    """
    from t2v.data.worlds import WORLDS
    from t2v.language import chains  # not at the top: it imports torch, and the page is up before

    parts = [prompt] if grammar is None else chains.split_chain(prompt, WORLDS[grammar].grammar)
    if len(parts) > MOST_PARTS:
        raise value_error("A chain has at most {most} parts; this one has {count}.", most=MOST_PARTS, count=len(parts))
    return parts


def small_scale(frames: np.ndarray) -> int:
    """How many times frames (T, H, W, 3) are enlarged where several stand side by side."""
    return max(1, SMALL_PX // frames.shape[2])


@lru_cache(maxsize=4)
def _load(release: Path, weights_changed_ns: int, device: str) -> "Sampler":
    """The sampler of a release folder; weights that were replaced are loaded anew."""
    from t2v.sampler import load

    return load(release, device=device)


def find_sampler(folders: Folders, checkpoint: str | None, *, device: str = "cpu") -> "Sampler":
    """The sampler of a known name, None = the best. ValueError where there is none, or when it cannot be used.

    Only what draws many clips asks for another device: a lent GPU is there while a clip is drawn and at no other time.
    """
    from t2v.checkpoint.release import WEIGHTS
    from t2v.system.device import pick_device

    known = find_checkpoints(folders)
    if not known:
        raise value_error(NO_CHECKPOINT)
    release = next(iter(known.values())) if checkpoint is None else pick(known, checkpoint, "checkpoint")
    try:
        return _load(release, (release / WEIGHTS).stat().st_mtime_ns, pick_device(device).type)
    except FileNotFoundError:
        raise value_error("This checkpoint is just being saved or removed; try again.") from None


def draw(
    folders: Folders,
    *,
    prompt: str,
    seed: int = SEED,
    count: int = 1,
    frames: int = FRAMES,
    fps: int = FPS,
    checkpoint: str | None = None,
) -> Iterator[Clip]:
    """Clips of one prompt with seeds `seed`, `seed + 1`, ..., each as soon as it is there.

    ValueError, before the first, says what is wrong with the prompt or a setting.
    """
    raise_if(range_problem("count", count, 1, MAX_CLIPS) + range_problem("seed", seed, 0, MAX_SEED - count + 1))
    wanted = [(prompt, seed + k) for k in range(count)]
    yield from draw_each(folders, wanted, frames=frames, fps=fps, checkpoint=checkpoint)


def draw_each(
    folders: Folders,
    wanted: list[tuple[str, int]],
    *,
    frames: int,
    fps: int,
    checkpoint: str | None,
    frame_size_px: int | None = None,
    at_once: bool = False,
) -> Iterator[Clip]:
    """A clip for each prompt and seed, as soon as it is there; a chain, `..., then ...`, is one clip after another.

    `frame_size_px` is for models that draw any size; others draw their own. `at_once` is on the processor:
    a small clip is drawn there sooner than a GPU is lent. ValueError, before the first, says what is wrong.
    """
    for prompt, _seed in wanted:
        if not isinstance(prompt, str):
            raise value_error("prompt must be text, got {got}", got=type(prompt).__name__)
    raise_if(range_problem("fps", fps, 1, MAX_FPS) + range_problem("frames", frames, 1, FRAMES_BOUNDS[1]))
    raise_if([problem for _prompt, seed in wanted for problem in range_problem("seed", seed, 0, MAX_SEED)])
    sampler = find_sampler(folders, checkpoint)
    chains = [
        [sampler.recipe(part, seed=seed, frames=frames, fps=fps) for part in split_chain(prompt, sampler.grammar)]
        for prompt, seed in wanted
    ]
    make, device = (_make, "cpu") if at_once else (_make_on_a_lent_gpu, folders.device)
    drawn = make(folders, checkpoint, chains, frame_size_px, device)
    for chain, (made, milliseconds) in zip(chains, drawn, strict=True):
        parts = [recipe["prompt"] for recipe in chain]
        recipe = chain[0] | {"prompt": ", then ".join(parts)}
        yield Clip(made, recipe, milliseconds, any(map(sampler.never_trained, parts)))


def _make(
    folders: Folders, checkpoint: str | None, chains: list[list[dict]], frame_size_px: int | None, device: str
) -> Iterator[tuple[np.ndarray, float]]:
    """The frames (T, H, W, 3) of each chain of recipes and the milliseconds they took, each as soon as it is there."""
    sampler = find_sampler(folders, checkpoint, device=device)
    size = {"frame_size_px": frame_size_px} if sampler.release.model.kind == "layered" else {}
    for chain in chains:
        began = time.perf_counter()
        parts = [sampler([one["prompt"]], seeds=[one["seed"]], frames=one["frames"], **size)[0] for one in chain]
        yield np.concatenate(parts), 1000 * (time.perf_counter() - began)  # (T, H, W, 3)


_make_on_a_lent_gpu = on_a_lent_gpu(_make)


def morph(
    folders: Folders, out_dir: Path, *, first: str, last: str, steps: int, seed: int, frames: int, fps: int,
    checkpoint: str | None,
) -> Path:  # fmt: skip
    """A GIF of clips side by side that lead from one prompt to another. ValueError for a bad prompt or setting."""
    from t2v.media.grids import write_grid

    raise_if(range_problem("fps", fps, 1, MAX_FPS) + range_problem("steps", steps, 2, MAX_CLIPS))
    sampler = find_sampler(folders, checkpoint)
    raise_if(range_problem("seed", seed, 0, MAX_SEED) + range_problem("frames", frames, 1, FRAMES_BOUNDS[1]))
    ends = sampler.normal_form(first), sampler.normal_form(last)
    clips = _morph(folders, checkpoint, *ends, steps=steps, seed=seed, frames=frames)  # (steps, T, H, W, 3)
    shares = [f"{100 * k / (steps - 1):.0f}%" for k in range(1, steps - 1)]
    labels = [ends[0], *shares, ends[1]]
    path = out_dir / "morph.gif"
    write_grid(path, clips, labels=labels, columns=steps, fps=fps, scale=small_scale(clips[0]))
    return path


@on_a_lent_gpu
def _morph(folders: Folders, checkpoint: str | None, first: str, last: str, **settings: Any) -> np.ndarray:
    return find_sampler(folders, checkpoint, device=folders.device).morph(first, last, **settings)


def pace(frames: float | None, seconds: float | None) -> tuple[int, int]:
    """Frames and frames a second for that many frames in that time: more frames are smoother, more seconds slower.

    The time is kept: where the page's 5 to 30 frames a second do not allow so many or so few frames, their number
    changes. Emptied fields, None, get their defaults.
    """
    seconds = min(max(FRAMES / FPS if seconds is None else seconds, SECONDS_BOUNDS[0]), SECONDS_BOUNDS[1])
    least = max(FRAMES_BOUNDS[0], math.ceil(FPS_BOUNDS[0] * seconds))
    most = min(FRAMES_BOUNDS[1], math.floor(FPS_BOUNDS[1] * seconds))
    frames = int(min(max(FRAMES if frames is None else frames, least), most))
    return frames, min(max(round(frames / seconds), FPS_BOUNDS[0]), FPS_BOUNDS[1])


def describe(clip: Clip, prompt: str = "") -> str:
    """One line below the prompt, which may be said in another language than the recipe's."""
    recipe = clip.recipe
    return _(
        "{prompt} · seed {seed} · {frames} frames at {fps} fps · {ms} ms · model {model!r}",
        prompt=prompt or recipe["prompt"],
        seed=recipe["seed"],
        frames=len(clip.frames),
        fps=recipe["fps"],
        ms=f"{clip.milliseconds:.0f}",
        model=recipe["checkpoint"],
    )


def menu(folders: Folders) -> list[tuple[str, str]]:
    """(label, name) of every checkpoint: how good it is, and for own runs how far and when."""
    from t2v.system.files import read_json
    from t2v.training.run_folder import read_metrics

    entries = []
    for name, release in find_checkpoints(folders).items():
        try:
            config = release / "config.json"
            details = [_("step {step:,}", step=read_json(config)["training"]["steps"])]
            if name.startswith("runs/"):
                details.append(time.strftime("%d %b %H:%M", time.localtime(config.stat().st_mtime)))
                shares = [row["accuracy_seen"] for row in read_metrics(release.parent) if row.get("accuracy_seen")]
            else:
                metrics = release / "metrics.json"
                measured = read_json(metrics) if metrics.is_file() else {}
                shares = [measured["seen"]["accuracy"]["all"]["share"]] if measured else []
            details += [_("{share} right", share=f"{share:.1%}") for share in shares[-1:]]
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            details = [_("cannot be read")]
        entries.append((f"{name} ({', '.join(details)})", name))
    return entries
