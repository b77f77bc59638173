"""Negative captions: such as are wrong for a clip, by the words of one slot."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import torch

from t2v.data.grammar import GRAMMARS, contrasts, split_words

CAPTIONS_KEPT = 2**15  # more than the whole grammar has


Slots = list[tuple[list[str], list[str]]]  # of a caption: the nearest others that differ in one slot, and all of them


@lru_cache(CAPTIONS_KEPT)
def slot_negatives(grammar: str, caption: str) -> Slots:
    """For each slot of a caption, the captions that differ from it in that slot's words alone: (the nearest, all).

    The nearest share most words with it: `rotating clockwise` has one, `rotating counter-clockwise`.
    """
    candidates, words = [], set(split_words(caption))
    for others in contrasts(grammar, GRAMMARS[grammar].parse(caption)):
        captions = [GRAMMARS[grammar].caption(other) for other in others]
        alike = [len(words.intersection(split_words(other))) for other in captions]
        candidates.append(([c for c, n in zip(captions, alike, strict=True) if n == max(alike)], captions))
    return candidates


def word_negatives(captions: Iterable[str]) -> dict[str, Slots]:
    """For captions of no grammar: to each the others of the same folder, as one slot. The nearest share most words."""
    words = {caption: frozenset(split_words(caption)) for caption in captions}
    negatives = {}
    for caption, own in words.items():
        others = [other for other in words if words[other] != own]
        alike = [len(own & words[other]) / len(own | words[other]) for other in others]
        nearest = [other for other, share in zip(others, alike, strict=True) if share == max(alike)]
        negatives[caption] = [(nearest, others)] if others else []
    return negatives


def negative_captions(slots_of: Callable[[str], Slots], captions: list[str], draws: torch.Tensor) -> list[list[str]]:
    """R captions for each of B that differ from it in the words of one slot; draws (B, 2R) in [0, 1) choose them.

    Every second one is a nearest one: drawn evenly from all, the few pairs that are hard to tell apart hardly occur.
    A caption that nothing differs from is its own.
    """
    rows: list[list[str]] = [[] for _ in range(draws.shape[1] // 2)]
    for caption, numbers in zip(captions, draws.tolist(), strict=True):
        slots = slots_of(caption) or [([caption], [caption])]
        for i, (row, slot, word) in enumerate(zip(rows, numbers[::2], numbers[1::2], strict=True)):
            others = slots[int(slot * len(slots))][i % 2]
            row.append(others[int(word * len(others))])
    return rows
