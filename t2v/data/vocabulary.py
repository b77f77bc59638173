"""Words to numbers: a vocabulary in a fixed order, and captions as tokens (B, L), padded with 0.

A caption is read word by word as it is spelled, or else by stems, so that `two cats` is read by a model that knows
`cat`; where that fails, without punctuation, as in `Cats, jumping`.
"""

import difflib
from dataclasses import dataclass
from functools import cached_property

import torch

from t2v.data.captions import caption_words, stem
from t2v.data.grammar import ARTICLES, FORGIVEN_WORDS, MAX_PROMPT_CHARACTERS, split_words
from t2v.data.worlds import WORLDS
from t2v.system.messages import value_error

WORDS_NAMED = 6  # in a message


@dataclass(frozen=True)
class Vocabulary:
    """Words in order; token 0 is padding, word i is token i + 1. `max_tokens` is the length captions are padded to."""

    words: tuple[str, ...]
    max_tokens: int

    def __post_init__(self) -> None:
        if not isinstance(self.max_tokens, int) or not 1 <= self.max_tokens <= MAX_PROMPT_CHARACTERS:
            raise ValueError(f"max_tokens must be from 1 to {MAX_PROMPT_CHARACTERS}, got {self.max_tokens!r}")
        if not self.words or not all(isinstance(w, str) for w in self.words) or len(set(self.words)) < len(self.words):
            raise ValueError("The vocabulary must be a list of different words, and not empty.")

    @cached_property
    def token_of(self) -> dict[str, int]:
        return {word: token for token, word in enumerate(self.words, start=1)}

    @cached_property
    def _token_of_stem(self) -> dict[str, int]:
        """Stem -> the token of the first word that has it."""
        tokens: dict[str, int] = {}
        for word, token in self.token_of.items():
            for part in caption_words(word)[:1]:
                tokens.setdefault(stem(part), token)
        return tokens

    def encode(self, captions: list[str]) -> torch.Tensor:
        """Captions as tokens (B, max_tokens), zero-padded. ValueError names an unknown word and the nearest one."""
        return torch.tensor([self.tokens(caption) for caption in captions], dtype=torch.long)  # (B, max_tokens)

    def tokens(self, caption: str) -> list[int]:
        """One caption's tokens, zero-padded; see `encode`."""
        tokens = self._tokens(caption)
        if len(tokens) > self.max_tokens:
            raise value_error(
                "The prompt has {count} words; this model reads at most {most}.",
                count=len(tokens),
                most=self.max_tokens,
            )
        return tokens + [0] * (self.max_tokens - len(tokens))

    def _tokens(self, caption: str) -> list[int]:
        spelled = [w for w in split_words(caption) if w not in FORGIVEN_WORDS]
        if all(word in self.token_of for word in spelled):
            return [self.token_of[word] for word in spelled]
        words = self._without_forgiven(split_words(caption))
        if not all(map(self._token, words)):
            words = self._without_forgiven(caption_words(caption))
        tokens = []
        for word in words:
            token = self._token(word)
            if not token:
                if word in ARTICLES:  # passed over where a model has not learned them
                    continue
                if near := difflib.get_close_matches(word, self.token_of, n=1):
                    raise value_error("Unknown word {word!r}; did you mean {near!r}?", word=word, near=near[0])
                known = self._few_words()
                raise value_error("Unknown word {word!r}. Known words: {known}.", word=word, known=known)
            tokens.append(token)
        if not tokens:
            raise value_error("The prompt has no words. Known words: {known}.", known=self._few_words())
        return tokens

    def _without_forgiven(self, words: list[str]) -> list[str]:
        """The words, of those that can be passed over only what is known."""
        return [word for word in words if word in self.token_of or word not in FORGIVEN_WORDS]

    def _token(self, word: str) -> int:
        """The word's token, or that of a word of its stem; 0 where there is none."""
        return self.token_of.get(word) or self._token_of_stem.get(stem(word), 0)

    def _few_words(self) -> str:
        """Some of the words, for a message."""
        telling = [word for word in self.words if word not in ARTICLES]
        return ", ".join(telling[:WORDS_NAMED]) + (", …" if len(telling) > WORDS_NAMED else "")


def grammar_vocabulary(grammar_name: str) -> Vocabulary:
    """The fixed vocabulary of a grammar, as long as its longest prompt."""
    world = WORLDS[grammar_name]
    return Vocabulary(world.grammar.words, max_tokens=world.MAX_TOKENS)


def caption_vocabulary(captions: list[str]) -> Vocabulary:
    """A vocabulary of own captions, words sorted, inflections of one stem joined, for data outside the grammar."""
    split = [caption_words(caption) for caption in captions]
    if empty := next((caption for caption, words in zip(captions, split, strict=True) if not words), None):
        raise ValueError(f"The caption {empty[:40]!r} has no words; write what the clip shows.")
    joined: dict[str, str] = {}
    for word in sorted({word for words in split for word in words}):
        joined.setdefault(stem(word), word)
    return Vocabulary(tuple(sorted(joined.values())), max_tokens=max(map(len, split)))
