"""Which words of a text mean what: tokens to `Phrase`, each a word, a phrase or a sign, whatever the grammar.

What is refused, meant otherwise or taken back is still among them; `settle` takes it away.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from t2v.data.captions import stem
from t2v.language.colours import css_colour
from t2v.language.dictionary import Concept, Meaning, dictionary, plain, signs
from t2v.language.guesses import guesser, word_vectors
from t2v.language.tokens import Token, script

MAX_GUESSES = 12  # words of one text that are compared with the whole dictionary
JOINED = (4, 3, 2)  # neighbours that may be one word, written apart: `light goldenrod yellow`, `anti clockwise`
EXACT, NEAR, GUESSED = 2, 1, 0  # rank: the higher one wins where two words fill a slot
LONGEST_PHRASE = 8  # words
DOUBLED = re.compile(r"(.)\1+")  # a letter
LONGEST_WORD = 30  # letters of several words that were written as one
SURE_GUESS = 0.9  # similarity of such words
WAYS = frozenset(
    ("motion", "direction", "side", "place", "along", "origin", "axis", "sense", "diagonal")
)  # how it moves, where
CONTENT = WAYS | {
    "size",
    "colour",
    "shape",
    "speed",
    "compare",
    "still",
    "kind",
    "relation",
    "undergone",
    "ground",
    "count",
}  # slots of what may be seen; the others only say how words go together


class Phrase(NamedTuple):
    """A stretch of text and what it means. Without concepts it is passed over, with a remark when `remarked`."""

    start: int
    end: int
    typed: str
    concepts: tuple[Concept, ...]
    how: str = "word"  # word, near, colour, sign, spelling, meaning
    similarity: float = 1.0
    remarked: bool = False
    rgb: tuple[int, int, int] | None = None
    denied: tuple[Concept, ...] = ()  # what it would mean, were it not for a `not`

    @property
    def rank(self) -> int:
        """How sure: a word of the dictionary, a near one, a guess."""
        return {"spelling": GUESSED, "meaning": GUESSED, "near": NEAR, "colour": NEAR}.get(self.how, EXACT)

    def value(self, slot: str) -> str | None:
        """What it says in a slot of its own, None for nothing."""
        for name, value in self.concepts:
            if name == slot:
                return value
        return None

    @property
    def slots(self) -> set[str]:
        """The slots of what it says."""
        return {slot for slot, _ in self.concepts}

    @property
    def denies_way(self) -> bool:
        """Whether it says how something does not move, or what it does not do."""
        return any(slot in WAYS or slot in ("relation", "undergone") for slot, _ in self.denied)

    def passed_over(self) -> "Phrase":
        """The same, meaning nothing and told so."""
        return self._replace(concepts=(), remarked=True)

    def deny(self) -> "Phrase":
        """The same, denied and told so."""
        return self._replace(concepts=(), remarked=True, denied=self.concepts)


def values_of(phrases: Iterable[Phrase], slot: str) -> list[str]:
    """What phrases say in a slot, each value once, in order."""
    return list(dict.fromkeys(value for item in phrases if (value := item.value(slot))))


def find(
    text: str, tokens: list[Token], *, guess: bool = True, things: Sequence[str] = (), world: str = ""
) -> list[Phrase]:
    """Everything in the text, in order; `text` is what the places of the tokens refer to. `things` are names of one's
    own, which are read first, inflected too; `world` is one that has words of its own."""
    phrases, at, guesses = [], 0, MAX_GUESSES if guess else 0
    named = {key: name for name in things for key in (plain(name), stem(plain(name)))}
    while at < len(tokens):
        item, used = _thing(text, tokens[at], named), 1
        if item is None:
            item, used = _known(text, tokens, at, world)
        if item is None:
            phrases += _unknown(text, tokens[at], world, may_guess=guesses > 0)
            guesses -= tokens[at].type == "word"
        else:
            phrases.append(item)
        at += used
    return _shaded(text, phrases)


def _shaded(text: str, phrases: list[Phrase]) -> list[Phrase]:
    """`тёмно-синий` and `bright red` are about blue and about red: one phrase, as `dark blue` is."""
    result: list[Phrase] = []
    for item in phrases:
        shade = result[-1] if result and result[-1].value("shade") else None
        if shade and item.value("colour") is not None:
            result[-1] = item._replace(start=shade.start, typed=text[shade.start : item.end], how="near")
        else:
            result.append(item)
    return [item.passed_over() if item.concepts and item.value("shade") else item for item in result]


def _thing(text: str, token: Token, named: dict[str, str]) -> Phrase | None:
    if not named or token.type != "word":  # stemming is slow
        return None
    name = named.get(token.text) or named.get(stem(token.text))
    return None if name is None else Phrase(token.start, token.end, text[token.start : token.end], (("shape", name),))


def _known(text: str, tokens: list[Token], at: int, world: str) -> tuple[Phrase | None, int]:
    token = tokens[at]
    if token.type in ("stop", "comma"):
        return Phrase(token.start, token.end, token.text, (("pause", token.type),)), 1
    if token.type == "sign":
        meaning = signs(world).get(token.text)
        return _found(text, tokens, at, 1, meaning or Meaning(()), how="sign"), 1
    for used, meaning, how in _candidates(tokens, at, world):
        if used == 1 or not _longer_phrase_within(tokens, at, used, world):
            return _found(text, tokens, at, used, meaning, how=how), used
    return None, 1


def _longer_phrase_within(tokens: list[Token], at: int, used: int, world: str) -> bool:
    """Whether a longer phrase begins inside: `goes round` gives way in `goes round and round`."""
    return any(_phrase_at(tokens, inner, world) > used for inner in range(at + 1, at + used))


def _phrase_at(tokens: list[Token], at: int, world: str) -> int:
    """Words of the longest phrase that begins here, 0 for none."""
    words = dictionary(script(tokens[at].text) or "en", world)
    return max((used for used, _ in words.phrases(_run(tokens, at))), default=0)


def _run(tokens: list[Token], at: int) -> list[str]:
    """A few words from here on, without a stop between them."""
    run = []
    for token in tokens[at : at + LONGEST_PHRASE]:
        if token.type != "word":
            break
        run.append(token.text)
    return run


def _candidates(tokens: list[Token], at: int, world: str) -> Iterator[tuple[int, Meaning, str]]:
    """(tokens used, meaning, how), the most telling first: phrases, words written apart, single words."""
    language = script(tokens[at].text) or "en"
    words = dictionary(language, world)
    run = _run(tokens, at)
    for used, meaning in words.phrases(run):
        yield used, meaning, "word"
    for used in JOINED:
        if used <= len(run):
            joined = "".join(run[:used])
            rgb = css_colour(joined)
            parts = [words.look_up(word) for word in run[:used]] if rgb else []
            if rgb and not all(part and part.concepts and part.concepts[0][0] == "colour" for part in parts):
                yield used, Meaning((("colour", ""),), rgb=rgb), "colour"
            whole = words.forms.get(joined)
            if whole and whole.concepts and (len(joined) > 3 or len(joined) == used):  # `u p`
                yield used, whole, "word"
    stretched = [run[0]]  # `biiig`, `upp`
    if DOUBLED.search(run[0]):
        stretched += [re.sub(r"(.)\1{2,}", r"\1\1", run[0]), DOUBLED.sub(r"\1", run[0])]
    for word in dict.fromkeys(stretched):
        if single := words.look_up(word):
            yield 1, single, "word"
        if rgb := css_colour(word):
            yield 1, Meaning((("colour", ""),), rgb=rgb), "colour"


def _found(text: str, tokens: list[Token], at: int, used: int, meaning: Meaning, *, how: str) -> Phrase:
    start, end = tokens[at].start, tokens[at + used - 1].end
    how = "colour" if meaning.rgb else "near" if meaning.weak else how
    return Phrase(start, end, text[start:end], meaning.concepts, how, remarked=meaning.remarked, rgb=meaning.rgb)


def _unknown(text: str, token: Token, world: str, *, may_guess: bool) -> list[Phrase]:
    """What a word of no dictionary may mean: several that were written as one, a misspelt one, or one that is near."""
    language, guess, how = script(token.text), None, "spelling"
    if may_guess and language:
        if parts := _run_together(text, token, language, world):
            return parts
        guess = guesser(language, world).spelling(token.text)
        if guess is None and (vectors := word_vectors(world)):
            guess, how = vectors.guess(token.text), "meaning"
    item = Phrase(token.start, token.end, text[token.start : token.end], (), remarked=True)
    if guess is None:
        return [item]
    return [item._replace(concepts=guess.meaning.concepts, how=how, similarity=guess.similarity, rgb=guess.meaning.rgb)]


def _run_together(text: str, token: Token, language: str, world: str) -> list[Phrase]:
    """`redcircle` as `red` and `circle`; [] for any other word."""
    words, parts, at = dictionary(language, world), [], token.start
    if len(token.text) > LONGEST_WORD or token.end - token.start != len(token.text):
        return []
    for part in words.run_together(token.text):
        meaning, end = words.look_up(part) or Meaning(()), at + len(part)
        parts.append(Phrase(at, end, text[at:end], meaning.concepts, "spelling", SURE_GUESS, True, meaning.rgb))
        at = end
    return parts
