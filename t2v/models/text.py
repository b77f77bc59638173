"""Captions as features: each word by itself, each word in its context, and the whole sentence.

Tokens are (B, L) long, 0 where a caption has ended.
"""

import math
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import normalize


class TextFeatures(NamedTuple):
    """What an encoder makes of captions of L words."""

    words: torch.Tensor  # (B, L, word_size), each word by itself
    states: torch.Tensor  # (B, L, text_size), each word in its context
    sentence: torch.Tensor  # (B, text_size)
    mask: torch.Tensor  # (B, L), True where there is a word


class TextEncoder(nn.Module):
    """Tokens (B, L) -> `TextFeatures`, by a GRU that reads forwards and another that reads backwards.

    In order, so that `up then right` is not `right then up`. Both are plain GRUs over padded rows: packed sequences
    would make a GPU wait for lengths.
    """

    def __init__(self, words: int, word_size: int, text_size: int):
        super().__init__()
        self.embedding = nn.Embedding(words + 1, word_size, padding_idx=0)
        self.forwards = nn.GRU(word_size, text_size // 2, batch_first=True)
        self.backwards = nn.GRU(word_size, text_size // 2, batch_first=True)
        self.norm = nn.LayerNorm(text_size)  # a GRU's states are small; words should weigh as much as noise

    def forward(self, tokens: torch.Tensor) -> TextFeatures:
        mask, words = tokens != 0, self.embedding(tokens)  # (B, L), (B, L, E)
        states, sentence = self.in_context(words, mask)
        return TextFeatures(words, states, self.norm(sentence), mask)

    def in_context(self, words: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Words (B, L, E), where there are some by the mask (B, L) -> each in its context (B, L, D), and the last ones
        of both readings (B, D)."""
        last = mask.sum(1, keepdim=True).clamp(min=1) - 1  # (B, 1)
        reverse = (last - torch.arange(mask.shape[1], device=mask.device)).clamp(min=0)  # (B, L)
        forwards, _ = self.forwards(words)  # (B, L, D / 2)
        backwards, _ = self.backwards(_take(words, reverse))  # (B, L, D / 2), last word first
        ends = torch.cat([_take(forwards, last), _take(backwards, last)], 2)[:, 0]  # (B, D)
        return torch.cat([forwards, _take(backwards, reverse)], 2), ends


def _take(rows: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Rows (B, L, C) in the order of places (B, P) -> (B, P, C)."""
    return rows.gather(1, places[..., None].expand(-1, -1, rows.shape[2]))


class Attention(nn.Module):
    """Queries (B, Q, query_size) over words -> weights (B, Q, L) that add up to 1.

    The logits are cosines times `contrast` (query-key normalisation, Henry et al. 2020), so no word can become one that
    is never attended to again. Layers that compete: slot attention (Locatello et al. 2020).
    """

    def __init__(self, query_size: int, text_size: int, key_size: int, contrast: float, competition: float):
        super().__init__()
        self.query, self.key = nn.Linear(query_size, key_size), nn.Linear(text_size, key_size)
        self.contrast, self.competition = contrast, competition

    def forward(
        self, queries: torch.Tensor, text: TextFeatures, places: torch.Tensor, drawn: torch.Tensor
    ) -> torch.Tensor:
        """Queries of K layers, equally many of each; `places` (B or 1, Q, L or 1) are added to the logits
        (`CaptionPlaces`), and so is, times `competition`, the log of how a layer's weight for each word compares with
        that of all layers that are `drawn` (B, K): words are divided among them."""
        queries, keys = normalize(self.query(queries), dim=-1), normalize(self.key(text.states), dim=-1)
        logits = self.contrast * queries @ keys.mT + places  # (B, Q, L)
        if self.competition:
            of_layers = logits.unflatten(1, (drawn.shape[1], -1))  # (B, K, Q / K, L)
            competing = drawn | ~drawn.any(1, keepdim=True)  # where none is drawn, all
            of_all = of_layers.masked_fill(~competing[:, :, None, None], -torch.inf).logsumexp(1, keepdim=True)
            logits = logits + self.competition * (of_layers - of_all).flatten(1, 2)
        return logits.masked_fill(~text.mask[:, None], -torch.inf).softmax(-1)


class CaptionPlaces(nn.Module):
    """How much each of K layers looks for its words about one place of a caption, the first layers early: what is said
    about one thing stands together, and things are named one after the other.

    Without it all layers attend to the same words, and nothing tells them apart (docs/LOG.md#one-thing-first). Source:
    windows over a text, Graves 2013.
    """

    def __init__(self, layers: int, contrast: float):
        """Untrained, logits fall by `contrast` times the squared distance, in lengths of the caption."""
        super().__init__()
        self.middle = nn.Parameter((torch.arange(layers) + 0.5) / layers)
        self.narrowness = nn.Parameter(torch.full((layers,), math.sqrt(contrast)))

    def forward(self, mask: torch.Tensor) -> torch.Tensor:
        """Where there are words (B, L) -> logits (B, K, L)."""
        return -(self.narrowness[:, None] * (positions(mask) - self.middle[:, None])).square()


def positions(mask: torch.Tensor) -> torch.Tensor:
    """Where there are words (B, L) -> where each of them stands in its caption (B, 1, L), from 0 to 1."""
    last = (mask.sum(1, keepdim=True) - 1).clamp(min=1)  # (B, 1)
    return (torch.arange(mask.shape[1], device=mask.device) / last)[:, None]


def nearness(attention: torch.Tensor, mask: torch.Tensor, contrast: float) -> torch.Tensor:
    """Attention (B, K, L) to captions whose words stand where the mask (B, L) is True -> logits (B, K, L): how near
    each word is to those attended to, falling by `contrast` times the squared distance, in lengths of the caption."""
    middle = (attention * positions(mask)).sum(2, keepdim=True)  # (B, K, 1)
    return -contrast * (positions(mask) - middle).square()
