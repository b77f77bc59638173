"""Words to numbers: a vocabulary in a fixed order, and captions as tokens (B, L), padded with 0."""

from dataclasses import dataclass
from functools import cached_property

import torch

from t2v.data.grammar import FORGIVEN_WORDS, GRAMMARS, MAX_PROMPT_CHARACTERS, nearest_word, split_words


@dataclass(frozen=True)
class Vocabulary:
    """Words in order; token 0 is padding, word i is token i + 1. `max_tokens` is the length captions are padded to."""

    words: tuple[str, ...]
    max_tokens: int

    def __post_init__(self):
        if not isinstance(self.max_tokens, int) or not 1 <= self.max_tokens <= MAX_PROMPT_CHARACTERS:
            raise ValueError(f"max_tokens must be from 1 to {MAX_PROMPT_CHARACTERS}, got {self.max_tokens!r}")
        if not self.words or not all(isinstance(w, str) for w in self.words) or len(set(self.words)) < len(self.words):
            raise ValueError("The vocabulary must be a list of different words, and not empty.")

    @cached_property
    def token_of(self) -> dict[str, int]:
        return {word: token for token, word in enumerate(self.words, start=1)}

    def encode(self, captions: list[str]) -> torch.Tensor:
        """Captions as tokens (B, max_tokens), zero-padded. ValueError names an unknown word and the nearest one."""
        rows = []
        for caption in captions:
            words = [w for w in split_words(caption) if w not in FORGIVEN_WORDS]
            if len(words) > self.max_tokens:
                raise ValueError(f"The prompt has {len(words)} words; this model reads at most {self.max_tokens}.")
            for word in words:
                if word not in self.token_of:
                    near = nearest_word(word, self.token_of)
                    hint = f"; did you mean {near!r}?" if near else f". Known words: {', '.join(self.words[:40])}."
                    raise ValueError(f"Unknown word {word!r}{hint}")
            rows.append([self.token_of[w] for w in words] + [0] * (self.max_tokens - len(words)))
        return torch.tensor(rows, dtype=torch.long)  # (B, max_tokens)


def grammar_vocabulary(grammar_name: str) -> Vocabulary:
    """The fixed vocabulary of a grammar; 8 tokens hold its longest prompt."""
    return Vocabulary(GRAMMARS[grammar_name].words, max_tokens=8)


def caption_vocabulary(captions: list[str]) -> Vocabulary:
    """A vocabulary of own captions, words sorted, for data outside the grammar."""
    split = [split_words(c) for c in captions]
    return Vocabulary(tuple(sorted({w for words in split for w in words})), max_tokens=max(map(len, split)))
