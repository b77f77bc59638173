"""Prompts + seeds -> clips: `Sampler` and `load`, all that a user of a trained model needs.

Clips are (B, T, H, W, 3) uint8. One prompt, one seed and one checkpoint give one clip, in a batch of 1 or of 32,
because every clip is computed alone: libraries round differently for other batch sizes.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from t2v import __version__
from t2v.checkpoint.find import find_release
from t2v.checkpoint.release import Release, first_world, load_release
from t2v.config import (
    FRAMES,
    MAX_COUNT,
    MAX_FRAME_SIZE_PX,
    MAX_FRAMES,
    MAX_SEED,
    MIN_FRAME_SIZE_PX,
    TRUNCATION,
    raise_if,
    range_problem,
)
from t2v.data.grammar import Attributes
from t2v.data.scenes import times_of
from t2v.data.stories.grammar import Story
from t2v.data.worlds import WORLDS
from t2v.language import Interpretation, interpret
from t2v.language.interpret import attributes_of
from t2v.media.clips import to_uint8
from t2v.system.device import pick_device
from t2v.system.threads import one_thread


class Sampler:
    """A generator ready to be asked; call it with prompts."""

    def __init__(self, release: Release, *, device: torch.device | str = "cpu"):
        self.release, self.device = release, torch.device(device)

    @property
    def grammar(self) -> str | None:
        """The name of its world, or None for a model trained on its own captions."""
        return self.release.grammar

    def interpret(self, prompt: str) -> Interpretation | None:
        """How a prompt in one's own words is read, with an account of it; None for a model of its own captions."""
        return None if self.grammar is None else interpret(prompt, WORLDS[self.grammar].grammar)

    def normal_form(self, prompt: str) -> str:
        """The prompt as the model reads it. ValueError says what is wrong with it and the nearest prompt that fits."""
        if self.grammar is None:
            self.release.vocabulary.encode([prompt])
            return prompt
        return WORLDS[self.grammar].grammar.caption(self._attributes(prompt))

    def never_trained(self, prompt: str) -> bool:
        """Whether this combination was held out of training. False where that began in another world, which may have
        shown it."""
        if self.grammar is None or first_world(self.grammar, self.release.training):
            return False
        return WORLDS[self.grammar].is_held_out(self._attributes(prompt))

    def _attributes(self, prompt: str) -> Attributes | Story:
        """What a prompt of its grammar says. ValueError says what is wrong with it and the nearest prompt that fits."""
        return attributes_of(prompt, WORLDS[str(self.grammar)].grammar)

    def recipe(self, prompt: str, *, seed: int, frames: int, fps: int) -> dict:
        """All that is needed to make this clip again; stored inside the files. `typed` is the prompt as it was typed,
        `prompt` as it was read, which stays when a dictionary learns words."""
        return {
            "prompt": self.normal_form(prompt),
            "typed": prompt,
            "seed": seed,
            "frames": frames,
            "fps": fps,
            "checkpoint": self.release.name,
            "weights_sha256": self.release.weights_sha256,
            "t2v": __version__,
        }

    @one_thread()
    @torch.inference_mode()
    def __call__(
        self,
        prompts: Sequence[str],
        *,
        seeds: Sequence[int] | None = None,
        frames: int = FRAMES,
        frame_size_px: int | None = None,
    ) -> np.ndarray:
        """Clips (B, T, H, W, 3) uint8, one for each prompt; seeds are 0, 1, 2, ... unless given.

        `frame_size_px` is H and W, where they are to differ from the model's own: a layered model draws any size.
        Raises ValueError for a prompt the model cannot read, and for seeds, frames or sizes out of bounds.
        """
        seeds = list(range(len(prompts)) if seeds is None else seeds)
        problems = range_problem("frames", frames, 1, MAX_FRAMES)
        problems += [p for seed in seeds for p in range_problem("seed", seed, 0, MAX_SEED)]
        if len(seeds) != len(prompts):
            problems.append(f"there must be as many seeds as prompts, got {len(seeds)} for {len(prompts)}")
        if frame_size_px is not None:
            problems += range_problem("frame_size_px", frame_size_px, MIN_FRAME_SIZE_PX, MAX_FRAME_SIZE_PX)
            if self.release.model.kind != "layered":
                problems.append(f"{self.release.name} draws frames of {self.release.model.frame_size_px} px only")
        if not prompts:
            problems.append("there must be at least one prompt")
        raise_if(problems)
        return self._draw(self._read(prompts), seeds, frames, frame_size_px)

    @one_thread()
    @torch.inference_mode()
    def morph(self, first: str, last: str, *, steps: int = 5, seed: int = 0, frames: int = FRAMES) -> np.ndarray:
        """Clips (steps, T, H, W, 3) uint8 of one noise, from one prompt to another in even steps of what the text says.

        The ends are the clips that the prompts give by themselves. Where one of them allows ways or turns to be
        mirrored and the other does not, a step may turn them over, and several layers may begin or go elsewhere. Raises
        ValueError as a call does, and for fewer than two steps.
        """
        problems = range_problem("steps", steps, 2, MAX_COUNT) + range_problem("seed", seed, 0, MAX_SEED)
        raise_if(problems + range_problem("frames", frames, 1, MAX_FRAMES))
        before, after = self._read([first, last])
        shares = [i / (steps - 1) for i in range(steps)]
        return self._draw([_mix(before, after, share) for share in shares], [seed] * steps, frames)

    def _read(self, prompts: Sequence[str]) -> list:
        """What the generator takes from each prompt, computed alone: its own kind of tensors, each (1, ...)."""
        tokens = self.release.vocabulary.encode([self.normal_form(p) for p in prompts]).to(self.device)
        return [self.release.generator.read(row[None]) for row in tokens]

    def _draw(
        self, readings: Sequence, seeds: Sequence[int], frames: int, frame_size_px: int | None = None
    ) -> np.ndarray:
        times = times_of(frames, self.device)[None]  # (1, T)
        size = {} if frame_size_px is None else {"side": frame_size_px}
        generator, clips = self.release.generator, []
        for reading, seed in zip(readings, seeds, strict=True):
            rng = torch.Generator().manual_seed(seed)  # on the CPU: the same noise on every device
            noise = generator.make_noise(rng, 1, frames, truncation=TRUNCATION).to(self.device)
            clips.append(to_uint8(generator.from_reading(noise, reading, times, **size)))  # (1, T, H, W, 3)
        return np.concatenate(clips)


def _mix(first: Any, last: Any, share: float) -> Any:
    """What lies between two readings, tensors or tuples of them: at 0 the first, at 1 the last."""
    if isinstance(first, torch.Tensor):
        return torch.lerp(first, last, share)
    return type(first)(*(_mix(a, b, share) for a, b in zip(first, last, strict=True)))


def load(path: str | os.PathLike | None = None, *, device: str = "auto") -> Sampler:
    """The sampler of a release folder, a run folder or a shipped name; without a path the best shipped one.

    Raises ValueError when there is no usable checkpoint.
    """
    picked = pick_device(device)
    return Sampler(load_release(find_release(path), device=picked), device=picked)
