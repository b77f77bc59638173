"""Chapter 8, the cat and the mouse: who chases whom in training, what comes out where that was never shown, and which
words each layer attends to."""

import html
from typing import TYPE_CHECKING

from demo.learn import drawing
from demo.learn.attention import attention_map, attention_of
from demo.locale.translate import N_, _
from t2v.data.stories.grammar import CREATURES, Story, Thing, held_out_part

if TYPE_CHECKING:
    from t2v.sampler import Sampler

CHECKPOINT = "stories"  # the shipped one, and its grammar
RELATION = "chasing"
PROMPTS = ("cat chasing mouse on grass", "dog chasing cat on grass", "dog chasing mouse on grass")
EXPLAINED = PROMPTS[-1]  # whose words and layers are shown
TITLE = N_("The cat and the mouse")
ABOUT = N_(
    "The model of stories draws who does what to whom. In training cats chased mice and dogs chased cats, yet no dog "
    "ever chased a mouse. Each word is known, only the pair is new: a model that knows pairs by heart shows a wrong "
    "animal, or turns the chase round."
)
NEVER, TRAINED = N_("{prompt}: never trained"), N_("{prompt}: trained")
LISTENS = N_("Layer {layer}: the words of “{prompt}” that it attends to")
NO_CHECKPOINT = N_("There is no checkpoint of stories here, so there is nothing to show of the cat and the mouse.")


def pairs() -> str:
    """Who chases (row) whom (column), a cell each; pairs that training never showed are filled, `dog chasing mouse` is
    framed."""
    rows, never, of = [], 0, 0
    for first in CREATURES:
        cells: list[drawing.Cell | None] = []
        for second in CREATURES:
            if first == second:
                cells.append(None)
                continue
            held_out = held_out_part(Story((Thing(first), Thing(second)), relation=RELATION)) is not None
            of, never = of + 1, never + held_out
            framed = (first, second) == ("dog", "mouse")
            cells.append(drawing.Cell(f"{first} {RELATION} {second}", "#f59e0b" if held_out else "none", framed))
        rows.append((first, cells))
    sentence = _(
        "Who chases (row) whom (column): {never} of {of} pairs, the filled ones, were never shown in training. Framed: "
        "dog and mouse.",
        never=never,
        of=of,
    )
    plot = drawing.matrix(CREATURES, rows, cell_px=18, left=70, top=56, label=sentence)
    return plot + drawing.paragraph(sentence)


def attempts(sampler: "Sampler", seed: int) -> str:
    """A clip of each of `PROMPTS`, drawn now."""
    made = sampler(list(PROMPTS), seeds=[seed] * len(PROMPTS))  # (B, T, H, W, 3)
    figures = []
    for clip, prompt in zip(made, PROMPTS, strict=True):
        known = NEVER if sampler.never_trained(prompt) else TRAINED
        figures.append(drawing.captioned(drawing.moving(clip, alt=prompt), _(known, prompt=prompt)))
    return drawing.row(*figures)


def listeners(sampler: "Sampler") -> str:
    """Which words of `EXPLAINED` each layer attends to."""
    attention = attention_of(sampler, EXPLAINED)
    return "".join(
        drawing.captioned(attention_map(attention, k), _(LISTENS, layer=k + 1, prompt=EXPLAINED))
        for k in range(len(attention.identity))
    )


def show(sampler: "Sampler | None", seed: int) -> str:
    """All of it for a model of stories; None where none is here: then one line says so."""
    title = f"<h3>{html.escape(_(TITLE))}</h3>"
    if sampler is None:
        return title + drawing.paragraph(_(NO_CHECKPOINT))
    body = drawing.paragraph(_(ABOUT)) + pairs() + attempts(sampler, seed)
    return title + body + (listeners(sampler) if sampler.release.model.layers else "")
