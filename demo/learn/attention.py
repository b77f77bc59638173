"""Which words a layer attends to, as a map: words by row, what the layer is and how it moves by column."""

import html
from typing import TYPE_CHECKING, NamedTuple

import torch

from demo.learn import drawing
from demo.locale.translate import N_, _
from t2v.data.grammar import split_words

if TYPE_CHECKING:
    from t2v.sampler import Sampler

CELL_PX, NAMES_PX, GAP_PX, TOP_PX, BOTTOM_PX = 15, 128, 16, 20, 18
INDIGO = "#6366f1"
OVER_TIME = N_("3 attention: how much each word counts for the motion, over time; red: now")


class Attention(NamedTuple):
    """How much each of L words says to each of K layers; the weights of all words add up to 1."""

    words: tuple[str, ...]  # L
    identity: torch.Tensor  # (K, L), what the layer is
    motion: torch.Tensor  # (K, I, A, L), how it moves in each of I time bins, by A heads


@torch.no_grad()
def attention_of(sampler: "Sampler", prompt: str) -> Attention:
    """What a layered generator attends to in this prompt."""
    normal, generator = sampler.normal_form(prompt), sampler.release.generator
    words = tuple(split_words(normal))
    tokens = sampler.release.vocabulary.encode([normal])
    identity, motion = generator.attention(generator.text(tokens), generator.presence_logits(tokens) > 0)
    return Attention(words, identity[0, :, : len(words)], motion[0, ..., : len(words)])


def attention_map(attention: Attention, layer: int) -> str:
    """The map of one layer: the stronger a cell, the more the word counts there."""
    heads = attention.motion.shape[2]
    label = _("Attention of layer {layer}: the darker, the more the word counts", layer=layer + 1)
    blocks = [(_("what it is"), attention.identity[layer][None], 2 * CELL_PX)]  # name, (columns, L)
    blocks += [
        (_("how it moves, head {head}, over time", head=head + 1), attention.motion[layer, :, head], CELL_PX)
        for head in range(heads)
    ]
    bottom = TOP_PX + CELL_PX * len(attention.words)
    parts = [
        drawing.text(NAMES_PX - 6, TOP_PX + CELL_PX * (row + 0.8), word, anchor="end")
        for row, word in enumerate(attention.words)
    ]
    left = NAMES_PX
    for name, weights, width in blocks:
        parts.append(drawing.text(left, TOP_PX - 6, name))
        for column, row in ((c, r) for c in range(len(weights)) for r in range(len(attention.words))):
            share = float(weights[column, row])
            where = (
                f'x="{left + width * column}" y="{TOP_PX + CELL_PX * row}" width="{width - 1}" height="{CELL_PX - 1}"'
            )
            title = f"<title>{html.escape(attention.words[row])}: {share:.0%}</title>"
            parts.append(f'<rect {where} fill="{INDIGO}" fill-opacity="{0.04 + 0.96 * share:.3f}">{title}</rect>')
        if len(weights) > 1:
            parts.append(drawing.text(left, bottom + 12, "0"))
            parts.append(drawing.text(left + width * len(weights), bottom + 12, "1", anchor="end"))
        left += max(width * len(weights), 90 if len(weights) == 1 else 0) + GAP_PX
    return drawing.svg("".join(parts), width=left, height=bottom + BOTTOM_PX, label=label)


def attention_curves(attention: Attention, layer: int, *, instant: float) -> str:
    """How much each word says about the layer's motion over time, all heads together; a line marks the instant."""
    bins = attention.motion.shape[1]
    times = [(i + 0.5) / bins for i in range(bins)]
    shares = attention.motion[layer].mean(1)  # (I, L)
    lines: drawing.Lines = {
        f"{k} {word}": list(zip(times, shares[:, k - 1].tolist(), strict=True))
        for k, word in enumerate(attention.words, 1)
    }
    return drawing.curves(lines, label=_(OVER_TIME), mark=instant)
