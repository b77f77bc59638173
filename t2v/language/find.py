"""Which words of a text mean what: tokens to `Phrase`, each a word, a phrase or a sign, whatever the grammar.

What is refused, meant otherwise or taken back (`not blue`, `left, sorry, right`) is settled here too, so that who fills
the slots of a grammar reads only what holds.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from t2v.data.captions import stem
from t2v.language.colours import css_colour
from t2v.language.dictionary import Concept, Meaning, dictionary, plain, signs
from t2v.language.guesses import guesser, word_vectors
from t2v.language.tokens import Token, script

MAX_GUESSES = 12  # words of one text that are compared with the whole dictionary
JOINED = (4, 3, 2)  # neighbours that may be one word, written apart: `light goldenrod yellow`, `anti clockwise`
EXACT, NEAR, GUESSED = 2, 1, 0  # rank: the higher one wins where two words fill a slot
NEGATED_WITHIN = 3  # words after `not`
LONGEST_PHRASE = 8  # words
CALLED = ("right", "great")  # what may be called in between


class Phrase(NamedTuple):
    """A stretch of text and what it means. Without concepts it is passed over, with a remark when `told`."""

    start: int
    end: int
    typed: str
    concepts: tuple[Concept, ...]
    how: str = "word"  # word, near, colour, sign, spelling, meaning
    similarity: float = 1.0
    told: bool = False
    rgb: tuple[int, int, int] | None = None
    taken_for: str = ""  # the word of the dictionary that a guess stands for

    @property
    def rank(self) -> int:
        """How sure: a word of the dictionary, a near one, a guess."""
        return {"spelling": GUESSED, "meaning": GUESSED, "near": NEAR, "colour": NEAR}.get(self.how, EXACT)

    def value(self, slot: str) -> str | None:
        """What it says in a slot of its own, None for nothing."""
        return next((value for name, value in self.concepts if name == slot), None)

    def passed_over(self) -> "Phrase":
        """The same, meaning nothing and told so."""
        return self._replace(concepts=(), told=True)


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
            item, used = _unknown(text, tokens[at], world, may_guess=guesses > 0), 1
            guesses -= tokens[at].type == "word"
        phrases.append(item)
        at += used
    return phrases


def _thing(text: str, token: Token, named: dict[str, str]) -> Phrase | None:
    name = named.get(token.text) or named.get(stem(token.text)) if token.type == "word" else None
    return name and Phrase(token.start, token.end, text[token.start : token.end], (("shape", name),))


def _known(text: str, tokens: list[Token], at: int, world: str) -> tuple[Phrase | None, int]:
    token = tokens[at]
    if token.type in ("stop", "comma"):
        return Phrase(token.start, token.end, token.text, (("pause", token.type),)), 1
    if token.type == "sign":
        meaning = signs().get(token.text)
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
            parts = [words.look_up(word) for word in run[:used]]
            one_colour = not all(part and part.concepts and part.concepts[0][0] == "colour" for part in parts)
            if one_colour and (rgb := css_colour(joined)):
                yield used, Meaning((("colour", ""),), rgb=rgb), "colour"
            meaning = words.forms.get(joined)
            if meaning and meaning.concepts and len(joined) > 3:
                yield used, meaning, "word"
    stretched = (run[0], re.sub(r"(.)\1{2,}", r"\1\1", run[0]), re.sub(r"(.)\1+", r"\1", run[0]))  # `biiig`, `upp`
    for word in dict.fromkeys(stretched):
        if meaning := words.look_up(word):
            yield 1, meaning, "word"
        if rgb := css_colour(word):
            yield 1, Meaning((("colour", ""),), rgb=rgb), "colour"


def _found(text: str, tokens: list[Token], at: int, used: int, meaning: Meaning, *, how: str) -> Phrase:
    start, end = tokens[at].start, tokens[at + used - 1].end
    how = "colour" if meaning.rgb else "near" if meaning.weak else how
    return Phrase(start, end, text[start:end], meaning.concepts, how, told=meaning.told, rgb=meaning.rgb)


def _unknown(text: str, token: Token, world: str, *, may_guess: bool) -> Phrase:
    word, language = text[token.start : token.end], script(token.text)
    guess = None
    if may_guess and language:
        guess, how = guesser(language, world).spelling(token.text), "spelling"
        if guess is None and (vectors := word_vectors(world)):
            guess, how = vectors.guess(token.text), "meaning"
    if guess is None:
        return Phrase(token.start, token.end, word, (), told=True)
    return Phrase(
        token.start, token.end, word, guess.meaning.concepts, how, guess.similarity, True, guess.meaning.rgb, guess.word
    )


# What is not meant after all


def settle(phrases: list[Phrase]) -> list[Phrase]:
    """Without what is refused, taken back, or only says where something comes from."""
    return _places(_corrected(_negated(_arrows(_interjections(phrases)))))


def _interjections(phrases: list[Phrase]) -> list[Phrase]:
    """`Great! A ball ...` and `this triangle, right, it goes down`: called in between, and meant for nothing else."""
    result = list(phrases)
    for number, item in enumerate(phrases):
        if item.typed.lower() not in CALLED:
            continue
        alone = number + 1 < len(phrases) and phrases[number + 1].value("pause")
        alone = alone and (number == 0 or phrases[number - 1].value("pause"))
        before, after = phrases[:number], phrases[number + 2 :]
        going = any(other.value("motion") or other.value("order") for other in before)
        elsewhere = any(other.value("direction") for other in after) and not any(o.value("order") for o in after)
        if alone and (not item.value("direction") or (elsewhere and not going)):
            result[number] = item.passed_over()
    return result


def _arrows(phrases: list[Phrase]) -> list[Phrase]:
    """An arrow to the right between two directions means `then`: `up -> right`."""
    result = list(phrases)
    for number in range(1, len(phrases) - 1):
        before, item, following = phrases[number - 1 : number + 2]
        drawn = item.how == "sign" and item.typed.strip("=-–—") in (">", "→", "⇒", "⟶")
        if drawn and before.value("direction") and following.value("direction") and before.how != "sign":
            result[number] = item._replace(concepts=(("order", "then"),))
    return result


def _negated(phrases: list[Phrase]) -> list[Phrase]:
    """`not blue`: both words are passed over. `no, ...` corrects what stands before it."""
    result, waiting, negation = [], 0, None
    for number, item in enumerate(phrases):
        following = phrases[number + 1] if number + 1 < len(phrases) else None
        if item.value("not"):
            if following is None or following.value("pause"):
                result.append(item._replace(concepts=(("correction", "correction"),)))
            else:
                result.append(item._replace(concepts=(), told=False))
                waiting, negation = NEGATED_WITHIN, item
            continue
        if item.value("pause"):
            waiting = 0
        elif waiting and item.concepts:
            item = item.passed_over()._replace(typed=f"{negation.typed} {item.typed}")
            waiting = 0
        else:
            waiting = max(0, waiting - 1)
        result.append(item)
    return result


def _corrected(phrases: list[Phrase]) -> list[Phrase]:
    """What was said before `sorry` or `I mean` is passed over where it is said otherwise after it."""
    last = max((n for n, item in enumerate(phrases) if item.value("correction")), default=-1)
    if last < 0:
        return phrases
    after = {slot for item in phrases[last + 1 :] for slot, _ in item.concepts} - {"pause"}
    before = [
        item.passed_over() if item.concepts and {slot for slot, _ in item.concepts} & after else item
        for item in phrases[:last]
    ]
    return [*before, phrases[last]._replace(concepts=()), *phrases[last + 1 :]]


OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}


def _places(phrases: list[Phrase]) -> list[Phrase]:
    """`from left to right` is right; `from above`, said alone, is down."""
    result, coming = [], False
    for number, item in enumerate(phrases):
        if item.value("from") == "from":
            ahead = phrases[number + 1 : number + 8]
            stop = next((k for k, f in enumerate(ahead) if f.value("from") == "to" or f.value("pause")), len(ahead))
            coming = any(f.value("direction") for f in ahead[:stop])
        elif item.value("from") == "to" or item.value("pause"):
            coming = False
        elif coming and item.value("direction") and not item.value("motion"):
            item = item._replace(concepts=tuple(("origin", v) for s, v in item.concepts if s == "direction"))
        result.append(item)
    going = any(item.value("direction") for item in result)
    return [_from_origin(item, going) if item.value("origin") else item for item in result]


def _from_origin(item: Phrase, going: bool) -> Phrase:
    if going:
        return item._replace(concepts=(), told=False)
    return item._replace(concepts=tuple(("direction", OPPOSITE[value]) for _, value in item.concepts))
