"""How well a caption fits what is seen in a clip, word by word: each word looks for the glimpses that it is about, and
says what these should look like, where they should be and how they should move.

Of `cat left of dog` the sum of all glimpses and the whole sentence hardly tell who is where; `cat` in its context finds
the cat, and expects it on the left (docs/LOG.md#words-that-look-for-glimpses).

Source: words that attend to regions of a picture, AttnGAN's DAMSM (Xu et al. 2018).
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import normalize

from t2v.models.layers import mlp
from t2v.models.text import TextFeatures


class GlimpseFeatures(NamedTuple):
    """What words can look for in clips, at G places each."""

    keys: torch.Tensor  # (..., G, E) of length 1, by which words find them
    values: torch.Tensor  # (..., G, V), what they are like


class WordFeatures(NamedTuple):
    """What the L words of captions look for."""

    queries: torch.Tensor  # (..., L, E) of length 1, which glimpses each word is about
    values: torch.Tensor  # (..., L, V), what they should be like
    mask: torch.Tensor  # (..., L), True where there is a word


class WordMatching(nn.Module):
    """Glimpses, and words in their contexts -> how well they fit one another."""

    def __init__(self, appearance_size: int, glimpse_size: int, text_size: int, *, key_size: int, hidden_size: int):
        """A glimpse is `glimpse_size` numbers, the first `appearance_size` of which say what it looks like."""
        super().__init__()
        self.appearance_size = appearance_size
        self.key, self.query = nn.Linear(appearance_size, key_size), nn.Linear(text_size, key_size)
        self.value = mlp(glimpse_size, hidden_size, hidden_size, linear_end=True)
        self.expected = mlp(text_size, hidden_size, hidden_size, linear_end=True)

    def glimpses(self, each: torch.Tensor) -> GlimpseFeatures:
        """Glimpses (B, G, glimpse_size) -> what words can look for."""
        keys = normalize(self.key(each[..., : self.appearance_size]), dim=-1)
        return GlimpseFeatures(keys, self.value(each))

    def words(self, text: TextFeatures) -> WordFeatures:
        """Captions -> what their words look for."""
        return WordFeatures(normalize(self.query(text.states), dim=-1), self.expected(text.states), text.mask)


def fit(glimpses: GlimpseFeatures, words: WordFeatures, contrast: float) -> torch.Tensor:
    """How well glimpses fit the words of captions, of leading dimensions (...) that broadcast -> (...). Each word takes
    the mean of the glimpses by how well they are what it looks for, cosines times `contrast`."""
    attention = (contrast * words.queries @ glimpses.keys.mT).softmax(-1)  # (..., L, G)
    fits = (attention @ glimpses.values * words.values).sum(-1) * words.mask  # (..., L)
    scale = (glimpses.values.shape[-1] * words.mask.sum(-1).clamp(min=1)).sqrt()
    return fits.sum(-1) / scale
