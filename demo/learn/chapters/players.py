"""Chapter 1: two clips of one prompt, one drawn by the rules and one by the generator. Which is real?"""

import random
from typing import TYPE_CHECKING

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.chapters.judge import NO_DISCRIMINATOR, Pair, score
from demo.locale.translate import _
from demo.ui.film import film
from t2v.config import FRAMES
from t2v.data import scenes
from t2v.data.worlds import WORLDS
from t2v.media.clips import to_tensor, to_uint8

if TYPE_CHECKING:
    from t2v.sampler import Sampler


def grammar_of(sampler: "Sampler") -> str:
    """The checkpoint's grammar. ValueError where it learned its own captions: nothing real can be drawn for these."""
    if sampler.grammar is None:
        raise ValueError(_("This checkpoint learned its own captions; choose one with a grammar."))
    return sampler.grammar


def two_clips(sampler: "Sampler", number: int) -> tuple[str, np.ndarray, np.ndarray]:
    """Round `number`: a trained prompt, its real clip and its generated one (T, H, W, 3)."""
    grammar = grammar_of(sampler)
    world = WORLDS[grammar]
    drawn, _, captions = world.sample(number, torch.tensor([number]))
    side, times = sampler.release.model.frame_size_px, scenes.times_of(FRAMES)[None]  # (1, T)
    real = to_uint8(world.render(drawn, times=times, frame_size_px=side))[0]
    return captions[0], real, sampler(captions, seeds=[number])[0]


def real_is_first(number: int) -> bool:
    return random.Random(number).random() < 0.5


def show(sampler: "Sampler", number: int) -> str:
    """Both clips, named A and B."""
    caption, real, made = two_clips(sampler, number)
    pair = (real, made) if real_is_first(number) else (made, real)
    figures = [
        drawing.captioned(
            film(clip, alt=f"{name}: {caption}", screen_px=drawing.LARGE_PX, frame_px=drawing.LARGE_PX // FRAMES), name
        )
        for name, clip in zip("AB", pair, strict=True)
    ]
    return drawing.paragraph(_("Caption: {prompt}", prompt=caption)) + drawing.row(*figures)


def answer(sampler: "Sampler", critic: Pair | None, number: int, picked: str) -> str:
    """Whether `picked`, A or B, is the real one, and what the discriminator says of both."""
    real_name = "A" if real_is_first(number) else "B"
    verdict = (
        _("Right: {name} is the real one.", name=real_name)
        if picked == real_name
        else _("No: {name} is the real one.", name=real_name)
    )
    if critic is None:
        return drawing.paragraph(verdict) + drawing.paragraph(_(NO_DISCRIMINATOR))
    caption, real, made = two_clips(sampler, number)
    k = critic.frames
    picks = np.linspace(0, FRAMES - 1, k).round().astype(int)
    times = scenes.times_of(FRAMES)[picks][None]  # (1, k)
    scores = [float(score(critic, to_tensor(clip[picks])[None], times, caption)) for clip in (real, made)]
    names = (_("real clip"), _("generated clip"))
    return drawing.paragraph(verdict) + drawing.bars(list(zip(names, scores, strict=True)))
