"""Chapter 1: two clips of one prompt, one drawn by the rules and one by the generator. Which is real?"""

import random

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.chapters.judge import Pair, score
from demo.learn.speech import say
from demo.ui.film import film
from t2v.config import FRAMES
from t2v.data import scenes
from t2v.data.render import render
from t2v.media.clips import to_tensor, to_uint8


def grammar_of(sampler, language: str) -> str:
    """The checkpoint's grammar. ValueError where it learned its own captions: nothing real can be drawn for these."""
    if sampler.grammar is None:
        raise ValueError(say(language, "no_grammar"))
    return sampler.grammar


def two_clips(sampler, number: int, language: str) -> tuple[str, np.ndarray, np.ndarray]:
    """Round `number`: a trained prompt, its real clip and its generated one (T, H, W, 3)."""
    grammar = grammar_of(sampler, language)
    drawn, _, captions = scenes.sample(grammar, number, torch.tensor([number]))
    side = sampler.release.model.frame_size_px
    real = to_uint8(render(drawn, frames=FRAMES, frame_size_px=side))[0]
    return captions[0], real, sampler(captions, seeds=[number])[0]


def real_is_first(number: int) -> bool:
    return random.Random(number).random() < 0.5


def show(sampler, number: int, language: str) -> str:
    """Both clips, named A and B."""
    caption, real, made = two_clips(sampler, number, language)
    pair = (real, made) if real_is_first(number) else (made, real)
    figures = [
        drawing.captioned(
            film(clip, alt=f"{name}: {caption}", screen_px=drawing.LARGE_PX, frame_px=drawing.LARGE_PX // FRAMES),
            name,
        )
        for name, clip in zip("AB", pair, strict=True)
    ]
    return drawing.paragraph(say(language, "players_prompt", prompt=caption)) + drawing.row(*figures)


def answer(sampler, critic: Pair | None, number: int, picked: str, language: str) -> str:
    """Whether `picked`, A or B, is the real one, and what the discriminator says of both."""
    real_name = "A" if real_is_first(number) else "B"
    verdict = say(language, "players_right" if picked == real_name else "players_wrong", name=real_name)
    if critic is None:
        return drawing.paragraph(verdict) + drawing.paragraph(say(language, "no_discriminator"))
    caption, real, made = two_clips(sampler, number, language)
    k = critic.frames
    picks = np.linspace(0, FRAMES - 1, k).round().astype(int)
    times = scenes.times_of(FRAMES)[picks][None]  # (1, k)
    scores = [float(score(critic, to_tensor(clip[picks])[None], times, caption)) for clip in (real, made)]
    names = (say(language, "real"), say(language, "generated"))
    return drawing.paragraph(verdict) + drawing.bars(list(zip(names, scores, strict=True)))
