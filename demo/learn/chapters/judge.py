"""Chapter 5: what a discriminator says of a real clip, of a generated one, and of a real one with a wrong caption.

Clips are (1, k, 3, H, W) float in [-1, 1] at times (1, k): as many frames as the discriminator looks at, of the size
that it was trained with.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from demo.learn import drawing
from demo.locale.translate import N_, _
from t2v.checkpoint.release import Release
from t2v.config import TRUNCATION
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, contrasts
from t2v.data.vocabulary import Vocabulary
from t2v.data.worlds import WORLDS
from t2v.media.clips import to_uint8
from t2v.models.glimpses import GRID, crop, salience_of, salient_places, shrink

MARKED_PX = 128  # of a frame on which its looks are marked
FRAME_PX, SMALL_PX = 80, 48  # of a frame in a strip, and of a small one
GLIMPSE_RGB = (79, 70, 229)
WRONG_STORIES = 5  # captions
NO_DISCRIMINATOR = N_(
    "This checkpoint holds no discriminator: only the generator was kept. Choose another one, or train your own in the "
    "tab Train."
)
CASES = {  # what is shown to the discriminator
    "real": N_("real: {caption}"),
    "generated": N_("generated: {caption}"),
    "wrong": N_("real, wrong caption: {caption}"),
}
HEADS = {
    "motion": (N_("motion: real"), N_("motion: caption fits")),
    "glimpses": (N_("glimpses: real"), N_("glimpses: caption fits")),
    "words": (N_("words: real"), N_("words: caption fits")),
}


@dataclass(frozen=True)
class Pair:
    """A generator with the discriminator that has trained it, and the words that both read."""

    generator: Any  # of a kind of `t2v.models`, as the discriminator is
    discriminator: Any
    vocabulary: Vocabulary
    grammar: str
    takes_glimpses: bool = True  # a training begins without

    @property
    def is_baseline(self) -> bool:
        return self.generator.config.kind == "baseline"

    @property
    def frames(self) -> int:
        """How many frames of a clip the discriminator looks at."""
        return 1 if self.is_baseline else self.generator.config.discriminator_frames

    @property
    def heads(self) -> tuple[str, ...]:
        """What gives scores of its own."""
        if self.is_baseline:
            return ("all",)
        return tuple(HEADS)[: self.discriminator.heads if self.takes_glimpses else 1]


def pair_of(release: Release, discriminator: torch.nn.Module) -> Pair:
    """A release's generator with its discriminator."""
    training, begins = release.training, release.training["config"].get("glimpses_from_step", 0)
    takes_glimpses = training["steps"] > begins
    return Pair(release.generator, discriminator, release.vocabulary, str(release.grammar), takes_glimpses)


class DiscriminatorOutput(NamedTuple):
    """What the discriminator makes of one clip and one caption; the score is the sum of all."""

    unconditional: torch.Tensor  # (H,), whatever the caption
    fit: torch.Tensor  # (H,), how well the caption fits

    @property
    def score(self) -> torch.Tensor:
        return self.unconditional.sum() + self.fit.sum()


class Glimpses(NamedTuple):
    """Where the discriminator looks closely: M places in each of N frames."""

    frames: list[int]  # N, which of the clip's
    corners: torch.Tensor  # (N, M, 2), left and top of squares, as shares of the frame
    share: float  # side of the squares, of the frame's
    crops: torch.Tensor  # (N * M, 3, S, S), what it sees there


def discriminate(pair: Pair, clips: torch.Tensor, times: torch.Tensor, caption: str) -> DiscriminatorOutput:
    """The discriminator's opinion of one clip. The baseline's is a probability, and it hears no caption."""
    if pair.is_baseline:
        return DiscriminatorOutput(pair.discriminator(clips.flatten(0, 1)).mean()[None], torch.zeros(1))
    clips = shrink(clips, pair.generator.config.training_size_px)
    features = pair.discriminator.forward_features(clips, times, glimpses=pair.takes_glimpses)
    captions = pair.discriminator.embed_caption(pair.vocabulary.encode([caption]))
    return DiscriminatorOutput(
        pair.discriminator.unconditional(features)[0], pair.discriminator.fits(features, captions)[0]
    )


def score(pair: Pair, clips: torch.Tensor, times: torch.Tensor, caption: str) -> torch.Tensor:
    """The score of one clip (0-dim): any number, or for the baseline a probability."""
    return discriminate(pair, clips, times, caption).score


def negative_captions(grammar: str, caption: str) -> list[str]:
    """Captions that differ in one slot, one for each slot; the first has another motion for the same thing. Of stories
    some that differ in one change, such as who does it to whom."""
    if grammar not in GRAMMARS:
        draws = torch.rand(1, 2 * WRONG_STORIES, generator=torch.Generator().manual_seed(0))
        return list(dict.fromkeys(row[0] for row in WORLDS[grammar].negatives([caption], draws)))
    wanted = GRAMMARS[grammar].parse(caption)
    rows = contrasts(grammar, wanted)
    rows = sorted(rows, key=lambda row: row[0].motion == wanted.motion)  # stable: another motion first
    return [GRAMMARS[grammar].caption(row[0]) for row in rows]


def negative_caption(grammar: str, caption: str) -> str:
    """Another motion for the same thing."""
    return negative_captions(grammar, caption)[0]


def real_and_generated(pair: Pair, caption: str, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A real clip and a generated one of this caption, and their times."""
    times, side = scenes.times_of(pair.frames)[None], pair.generator.config.training_size_px  # (1, k)
    if pair.frames == 1:
        times = torch.full((1, 1), 0.5)
    world = WORLDS[pair.grammar]
    drawn = world.from_attributes([world.grammar.parse(caption)], seed=seed)
    real = world.render(drawn, times=times, frame_size_px=side)
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        noise = pair.generator.make_noise(rng, 1, pair.frames, truncation=TRUNCATION)
        made = pair.generator(
            noise, pair.vocabulary.encode([caption]), times, **({} if pair.is_baseline else {"side": side})
        )
    return real, made, times


def scores(pair: Pair, caption: str, seed: int) -> dict[str, float]:
    """The three scores: `real`, `generated`, and `wrong`, the real clip with another caption."""
    real, made, times = real_and_generated(pair, caption, seed)
    with torch.no_grad():
        cases = {"real": (real, caption), "generated": (made, caption)}
        cases["wrong"] = (real, negative_caption(pair.grammar, caption))
        return {name: float(score(pair, clips, times, words)) for name, (clips, words) in cases.items()}


def heat(pair: Pair, clips: torch.Tensor, times: torch.Tensor, caption: str) -> torch.Tensor:
    """Where a pixel's change would change the score most: (k, H, W) from 0 to 1, the input's gradient."""
    clips = clips.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score(pair, clips, times, caption), clips)
    strength = gradient.abs().sum(2)[0]  # (k, H, W)
    return strength / strength.max().clamp(min=1e-12)


@torch.no_grad()
def glimpses_of(pair: Pair, clips: torch.Tensor) -> Glimpses:
    """Where a layered discriminator looks closely in a clip."""
    d, side = pair.discriminator, clips.shape[-1]
    usual = d.usual_colour[:, None, None]
    frames = (clips - usual)[0, d.closeups]  # (N, 3, H, W)
    places = salient_places(salience_of(frames), d.config.glimpses).places  # (N, M, 2)
    share = d.config.glimpse_share
    corners = ((places + 0.5) * side / GRID).round() / side - share / 2
    return Glimpses(d.closeups, corners, share, crop(frames, places, round(side * share)).flatten(0, 1) + usual)


def marked_frames(pair: Pair, clips: torch.Tensor, warm: torch.Tensor) -> np.ndarray:
    """The frames, pale, with heat (k, H, W) in red and squares around the glimpses: (k, S, S, 3) uint8."""
    enlarge = max(1, MARKED_PX // clips.shape[-1])
    frames = [drawing.overlay(f, h) for f, h in zip(to_uint8(clips)[0], warm.numpy(), strict=True)]
    marked = np.stack(frames).repeat(enlarge, 1).repeat(enlarge, 2)
    if "glimpses" in pair.heads:
        glimpses, side = glimpses_of(pair, clips), marked.shape[1]
        for frame, corners in zip(glimpses.frames, glimpses.corners, strict=True):
            for x, y in (corners * side).round().long().tolist():
                draw_square(marked[frame], x, y, round(side * glimpses.share))
    return marked


def draw_square(frame: np.ndarray, left: int, top: int, side: int) -> None:
    """Draw the outline of a square into a frame (H, W, 3), two pixels wide, as far as it lies inside."""
    rows, columns = np.arange(frame.shape[0]), np.arange(frame.shape[1])
    depth = np.minimum(
        np.minimum(rows - top, top + side - 1 - rows)[:, None], np.minimum(columns - left, left + side - 1 - columns)
    )
    frame[(depth >= 0) & (depth < 2)] = GLIMPSE_RGB


def show(pair: Pair, caption: str, seed: int) -> str:
    """The three cases and what the discriminator looks at, their scores, and how well captions fit."""
    grammar = WORLDS[pair.grammar].grammar
    caption = grammar.caption(grammar.parse(caption))
    real, made, times = real_and_generated(pair, caption, seed)
    wrong = negative_caption(pair.grammar, caption)
    cases = {"real": (real, caption), "generated": (made, caption), "wrong": (real, wrong)}
    figures, rows = [], []
    for name, (clips, words) in cases.items():
        label = _(CASES[name], caption=words)
        rows.append((label, float(score(pair, clips, times, words).detach())))
        figures.append(drawing.captioned(show_clip(pair, clips, times, words), label))
    deaf = rows[0][1] == rows[2][1]
    body = "".join(figures) + drawing.bars(rows)
    if not pair.is_baseline:
        body += show_heads(pair, cases, times) + show_fits(pair, real, made, times, caption)
        if not pair.takes_glimpses:
            body += drawing.paragraph(
                _("Training starts with the motion head alone; this one ended before glimpses joined.")
            )
    if deaf:
        return body + drawing.paragraph(
            _("Both captions give exactly the same score: this discriminator ignores the caption.")
        )
    return body + drawing.paragraph(_("The caption changes the score: this discriminator uses it."))


def show_clip(pair: Pair, clips: torch.Tensor, times: torch.Tensor, caption: str) -> str:
    """The frames with what counts in them, as the first head sees them, and the glimpses."""
    marked = marked_frames(pair, clips, heat(pair, clips, times, caption))
    body = drawing.strip(
        marked, alt=_("where the score is sensitive; squares: the glimpses"), width_px=FRAME_PX * len(marked)
    )
    if pair.is_baseline:
        return body
    small = to_uint8(shrink(clips, GRID))[0]
    views = [(_("what the motion head sees: 16x16 pixels"), small, True)]
    if "glimpses" in pair.heads:
        views.append((_("glimpses"), to_uint8(glimpses_of(pair, clips).crops[None])[0], False))
    strips = [
        drawing.captioned(drawing.strip(frames, alt=label, width_px=SMALL_PX * len(frames), playing=playing), label)
        for label, frames, playing in views
    ]
    return body + drawing.row(*strips)


def show_heads(pair: Pair, cases: dict, times: torch.Tensor) -> str:
    """What each head's score is made of: how real the clip looks, and how well the caption fits."""
    head = ("", *(_(words) for name in pair.heads for words in HEADS[name]))
    rows = []
    for name, (clips, words) in cases.items():
        with torch.no_grad():
            output = discriminate(pair, clips, times, words)
        cells = [f"{float(part[h]):.2f}" for h in range(len(pair.heads)) for part in (output.unconditional, output.fit)]
        rows.append((_(CASES[name], caption=words), *cells))
    return drawing.table(head, rows)


def show_fits(pair: Pair, real: torch.Tensor, made: torch.Tensor, times: torch.Tensor, caption: str) -> str:
    """How well captions fit both clips, all heads together: their own, and others that differ in one slot."""
    rows = []
    for words in (caption, *negative_captions(pair.grammar, caption)):
        with torch.no_grad():
            fits = [float(discriminate(pair, clips, times, words).fit.sum()) for clips in (real, made)]
        rows.append((words, *(f"{fit:.2f}" for fit in fits)))
    return drawing.table((_("How well a caption fits"), _("real clip"), _("generated clip")), rows)
