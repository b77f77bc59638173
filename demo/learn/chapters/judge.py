"""Chapter 5: what a discriminator says of a real clip, of a generated one, and of a real one with a wrong caption.

Clips are (1, k, 3, H, W) float in [-1, 1] at times (1, k): as many frames as the discriminator looks at.
"""

from dataclasses import dataclass

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.speech import say
from t2v.config import TRUNCATION
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, contrasts
from t2v.data.render import render
from t2v.data.vocabulary import Vocabulary
from t2v.media.clips import to_uint8

MARKED_PX = 128  # of a frame on which its looks are marked
FOLLOWED_RGB = (79, 70, 229)


@dataclass(frozen=True)
class Pair:
    """A generator with the discriminator that has trained it, and the words that both read."""

    generator: torch.nn.Module
    discriminator: torch.nn.Module
    vocabulary: Vocabulary
    grammar: str

    @property
    def is_baseline(self) -> bool:
        return self.generator.config.kind == "baseline"

    @property
    def frames(self) -> int:
        """How many frames of a clip the discriminator looks at."""
        return 1 if self.is_baseline else self.generator.config.discriminator_frames


def score(pair: Pair, clips: torch.Tensor, times: torch.Tensor, caption: str) -> torch.Tensor:
    """The score of one clip (0-dim): any number, or for the baseline, which hears no caption, a probability."""
    if pair.is_baseline:
        return pair.discriminator(clips.flatten(0, 1)).mean()
    return pair.discriminator(clips, pair.vocabulary.encode([caption]), times)[0]


def wrong_caption(grammar: str, caption: str) -> str:
    """Another motion for the same thing."""
    others = contrasts(grammar, GRAMMARS[grammar].parse(caption))
    motions = [row for row in others if row[0].motion != GRAMMARS[grammar].parse(caption).motion]
    return GRAMMARS[grammar].caption((motions or others)[0][0])


def real_and_generated(pair: Pair, caption: str, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A real clip and a generated one of this caption, and their times."""
    times = scenes.times_of(pair.frames)[None]  # (1, k)
    if pair.frames == 1:
        times = torch.full((1, 1), 0.5)
    drawn = scenes.from_attributes(pair.grammar, [GRAMMARS[pair.grammar].parse(caption)], seed=seed)
    real = render(drawn, times=times, frame_size_px=pair.generator.config.frame_size_px)
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        noise = pair.generator.make_noise(rng, 1, pair.frames, truncation=TRUNCATION)
        made = pair.generator(noise, pair.vocabulary.encode([caption]), times)
    return real, made, times


def scores(pair: Pair, caption: str, seed: int) -> dict[str, float]:
    """The three scores: `real`, `generated`, and `wrong`, the real clip with another caption."""
    real, made, times = real_and_generated(pair, caption, seed)
    with torch.no_grad():
        cases = {"real": (real, caption), "generated": (made, caption)}
        cases["wrong"] = (real, wrong_caption(pair.grammar, caption))
        return {name: float(score(pair, clips, times, words)) for name, (clips, words) in cases.items()}


def heat(pair: Pair, clips: torch.Tensor, times: torch.Tensor, caption: str) -> torch.Tensor:
    """Where a pixel's change would change the score most: (k, H, W) from 0 to 1, the input's gradient."""
    clips = clips.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score(pair, clips, times, caption), clips)
    strength = gradient.abs().sum(2)[0]  # (k, H, W)
    return strength / strength.max().clamp(min=1e-12)


@torch.no_grad()
def followed(pair: Pair, clips: torch.Tensor) -> torch.Tensor:
    """The places that the discriminator follows in each frame (k, N, 2), across and down, as shares of the frame.

    The baseline follows none: N is 0.
    """
    if pair.is_baseline:
        return torch.zeros(pair.frames, 0, 2)
    where, _ = pair.discriminator.find(pair.discriminator.shrink(clips - 1))  # white at 0
    return (where[0].unflatten(1, (2, -1)).transpose(1, 2) + 1) / 2


def show(pair: Pair, caption: str, seed: int, language: str) -> str:
    """The three cases, their scores as bars, and what the discriminator looks at."""
    caption = GRAMMARS[pair.grammar].caption(GRAMMARS[pair.grammar].parse(caption))
    real, made, times = real_and_generated(pair, caption, seed)
    found = scores(pair, caption, seed)
    wrong = wrong_caption(pair.grammar, caption)
    labels = {
        "real": say(language, "judge_real", caption=caption),
        "generated": say(language, "judge_generated", caption=caption),
        "wrong": say(language, "judge_wrong", caption=wrong),
    }
    times_larger = max(1, MARKED_PX // real.shape[-1])
    figures = []
    for name, clips, words in (("real", real, caption), ("generated", made, caption), ("wrong", real, wrong)):
        frames = to_uint8(clips)[0]  # (k, H, W, 3)
        warm = heat(pair, clips, times, words).numpy()
        marked = np.stack([drawing.overlay(f, h) for f, h in zip(frames, warm, strict=True)])
        frames, marked = (x.repeat(times_larger, 1).repeat(times_larger, 2) for x in (frames, marked))
        side = marked.shape[1]
        for frame, places in zip(marked, followed(pair, clips), strict=True):
            for x, y in (places * side).long().clamp(2, side - 3).tolist():
                frame[y - 2 : y + 3, x - 2 : x + 3] = FOLLOWED_RGB
        shown = drawing.strip(frames, alt=labels[name])
        glow = drawing.strip(marked, alt=say(language, "judge_heat"))
        figures.append(drawing.captioned(f"{shown}<br>{glow}", labels[name]))
    said = say(language, "judge_deaf" if found["real"] == found["wrong"] else "judge_hears")
    rows = [(labels[name], value) for name, value in found.items()]
    return drawing.row(*figures) + drawing.bars(rows) + drawing.paragraph(said)
