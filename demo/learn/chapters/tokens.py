"""Chapter 3: a prompt as numbers, the words as points, and which words each layer of the generator attends to."""

import random
from typing import TYPE_CHECKING

import torch

from demo.learn import drawing
from demo.learn.attention import attention_map, attention_of
from demo.locale.translate import _
from t2v.data.grammar import GRAMMARS, SHAPES_GRAMMAR, split_words
from t2v.data.stories.grammar import GROUNDS, NOUNS, NUMBERS, PLURALS, RELATIONS
from t2v.data.worlds import WORLDS

if TYPE_CHECKING:
    from t2v.sampler import Sampler

MAP_WIDTH, MAP_HEIGHT, EDGE = 820, 300, 60
LETTER_WIDTH, LETTER_HEIGHT = 7.6, 14  # of the words on the map, on a slide, where they are largest
ASIDE = (4, 18, -10, 32, -24, 46, -38)  # how far below its point a word may stand, the best first
PROMPTS_READ, STORIES_READ = 600, 1500
STORY_KINDS = {  # of stories' words that no other grammar has
    "thing": {*NOUNS, *PLURALS.values()},
    "relation": {word for relation in RELATIONS for word in relation.split()} - {"left", "right"},
    "ground": {word for words in GROUNDS.values() for word in words.split()},
    "count": {*NUMBERS.values(), "and"},
}


def kind_of(word: str) -> str:
    """The slot that a word belongs to; `motion` for the parts of motions."""
    slots = SHAPES_GRAMMAR.slots() | STORY_KINDS
    return next((slot for slot, words in slots.items() if word in words), "motion")


def some_captions(grammar: str) -> list[str]:
    """So many captions of a grammar that each of its words is in some."""
    if grammar in GRAMMARS:
        known = GRAMMARS[grammar].captions
        return random.Random(0).sample(known, min(PROMPTS_READ, len(known)))
    return WORLDS[grammar].sample(0, torch.arange(STORIES_READ))[2]


def principal_plane(points: torch.Tensor) -> torch.Tensor:
    """Points (N, D) on the two directions in which they differ most (N, 2): principal components (Pearson 1901)."""
    centred = points - points.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T


def together(points: torch.Tensor, kinds: list[str]) -> float:
    """The mean distance within kinds over that between kinds: 1 where kinds mean nothing, less where they group."""
    distances = torch.cdist(points, points)
    same = torch.tensor([[a == b for b in kinds] for a in kinds])
    apart = ~torch.eye(len(kinds), dtype=torch.bool)
    if not (same & apart).any() or same.all():
        return float("nan")
    return float(distances[same & apart].mean() / distances[~same].mean())


@torch.no_grad()
def as_read(sampler: "Sampler") -> torch.Tensor:
    """Each of the model's words in its context (words, D): its encoder's states, averaged over prompts.

    A model that reads no order, or has no grammar, keeps no such state: then these are the embeddings themselves.
    """
    encoder, vocabulary = sampler.release.generator.text, sampler.release.vocabulary
    embeddings = encoder.embedding.weight.detach()[1:]  # (words, size)
    if sampler.grammar is None or sampler.release.model.kind == "baseline":
        return embeddings
    tokens = vocabulary.encode(some_captions(sampler.grammar))  # (B, L)
    states = encoder(tokens).states  # (B, L, D)
    return torch.stack([states[tokens == token].mean(0) for token in vocabulary.token_of.values()])


@torch.no_grad()
def order_matters(sampler: "Sampler", prompt: str) -> float:
    """How far the sentence's code moves when the prompt's words are reversed, as a share of its length."""
    tokens = sampler.release.vocabulary.encode([sampler.normal_form(prompt)])
    length = int((tokens != 0).sum())
    turned = tokens.clone()
    turned[0, :length] = tokens[0, :length].flip(0)
    read = sampler.release.generator.text
    code, other = (
        read(row) if sampler.release.model.kind == "baseline" else read(row).sentence for row in (tokens, turned)
    )
    return float((code - other).norm() / code.norm().clamp(min=1e-12))


def overlap(at_one: tuple[float, float, str], word: str, other: tuple[float, float, str], other_word: str) -> bool:
    """Whether two words would lie on each other; a place is x, y and which end of the word stands there."""

    def left(at: tuple, word: str) -> float:
        return at[0] - (LETTER_WIDTH * len(word) if at[2] == "end" else 0)

    a, b = left(at_one, word), left(other, other_word)
    apart = a + LETTER_WIDTH * len(word) < b or b + LETTER_WIDTH * len(other_word) < a
    return not apart and abs(at_one[1] - other[1]) < LETTER_HEIGHT


def stand_apart(points: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float, str]]:
    """Where each word stands beside its point, on no other where there is room: x, y and which end stands there."""
    placed: dict[str, tuple[float, float, str]] = {}
    for word, (x, y) in points.items():
        beside = [(x + dx, y + dy, end) for dy in ASIDE for dx, end in ((6, "start"), (-6, "end"))]
        free = (option for option in beside if not any(overlap(option, word, at, w) for w, at in placed.items()))
        placed[word] = next(free, beside[0])
    return placed


def show(sampler: "Sampler", prompt: str) -> str:
    """The prompt's words with their numbers, its path over the map of the checkpoint's words, and the attention."""
    vocabulary, normal = sampler.release.vocabulary, sampler.normal_form(prompt)
    tokens = vocabulary.encode([normal])[0].tolist()
    words = split_words(normal)
    numbered = [f"{word} → {token}" for word, token in zip(words, tokens, strict=False)]
    padding = [str(token) for token in tokens[len(words) :]]
    vectors = sampler.release.generator.text.embedding.weight.detach()[1:]  # (words, size)
    places = principal_plane(as_read(sampler))
    half = places.abs().amax(0).clamp(min=1e-9)
    kinds = [kind_of(word) for word in vocabulary.words]
    names = list(dict.fromkeys(kinds))

    def at(word: str) -> tuple[float, float]:
        x, y = (places[vocabulary.words.index(word)] / half).tolist()
        return MAP_WIDTH / 2 + x * (MAP_WIDTH / 2 - EDGE), MAP_HEIGHT / 2 + y * (MAP_HEIGHT / 2 - EDGE / 2)

    path = [at(vocabulary.words[token - 1]) for token in tokens[: len(words)]]  # `stars` is read as `star`
    parts = [drawing.line(path, "#999"), drawing.dot(*path[0], "#999", radius=8)]
    placed = stand_apart({word: at(word) for word in vocabulary.words})
    for (word, (x, y, anchor)), slot in zip(placed.items(), kinds, strict=True):
        parts += [drawing.dot(*at(word), drawing.PALETTE[names.index(slot)]), drawing.text(x, y, word, anchor=anchor)]
    legend = [
        drawing.dot(10 + 96 * k, 10, drawing.PALETTE[k]) + drawing.text(18 + 96 * k, 14, _(name))
        for k, name in enumerate(names)
    ]
    plot = drawing.svg("".join(parts + legend), width=MAP_WIDTH, height=MAP_HEIGHT, label=_("map of the words"))
    shares = {"share": together(places, kinds), "table": together(vectors, kinds)}
    grouped = _(
        "Distance between words of one kind, divided by that between kinds (1: no groups): "
        "{share:.2f} on this map, {table:.2f} in the table of embeddings, where each word has "
        "{size} numbers.",
        **shares,
        size=vectors.shape[1],
    )
    order = _(
        "Reversing the words changes the code by {share:.0%}: word order counts.", share=order_matters(sampler, prompt)
    )
    body = drawing.chips(numbered + padding) + drawing.captioned(plot, grouped) + drawing.paragraph(order)
    return body + show_attention(sampler, prompt)


def show_attention(sampler: "Sampler", prompt: str) -> str:
    """Which words each layer attends to; a model without layers, or that averages its words, attends to none."""
    if sampler.release.model.kind == "baseline" or not sampler.release.model.layers:
        return drawing.paragraph(
            _("This model has no layers that attend to words: the tutorial's network averages all words.")
        )
    attention = attention_of(sampler, prompt)
    maps = [
        drawing.captioned(
            attention_map(attention, k),
            _("Attention of layer {layer}: the darker, the more the word counts", layer=k + 1),
        )
        for k in range(len(attention.identity))
    ]
    return "".join(maps)
