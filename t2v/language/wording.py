"""How a prompt was read, said in one line of English or Russian, and as chips that a page can show.

The sentences are in section `sentences` of `en.ini` and `ru.ini`, Russian words in `wording` of `ru.ini`.
"""

import re
from configparser import SectionProxy
from functools import lru_cache
from typing import NamedTuple

from t2v.data.grammar import DIAGONAL_MOTIONS, GRAMMARS, SLOTS, Attributes, Grammar
from t2v.data.stories.grammar import STORIES_GRAMMAR, Story
from t2v.data.worlds import WORLDS
from t2v.language.dictionary import dictionary, plain
from t2v.language.exact import read_exactly
from t2v.language.interpretation import Interpretation, Problem, Reading
from t2v.language.story_wording import forms_of, story_in_russian, story_words
from t2v.language.tokens import script

MAX_REMARKS = 4  # in one line
UNSURE = ("spelling", "meaning", "assumed")  # what is told before the rest
SURE = ("word", "sign")
LONGEST_QUOTE = 24  # characters of a word that is named
FEMININE = ("star",)
OF_STORIES = ("thing", "relation", "ground")  # slots of readings


class Chip(NamedTuple):
    """One slot of a prompt as a page shows it."""

    slot: str
    value: str  # "" where it is left open
    label: str
    typed: str  # the words that gave it
    sure: bool  # whether nothing about it was guessed or assumed


# The normal form in Russian


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[str, str]]:
    """Value -> how it is said of something masculine and of something feminine."""
    forms = {}
    for value, pair in dictionary("ru").file["wording"].items():
        masculine, _, feminine = (part.strip() for part in pair.partition("/"))
        forms[value] = masculine or feminine, feminine or masculine
    return {word: (form, form) for word, form in story_words().items()} | forms


def russian_word(value: str, *, feminine: bool = False) -> str:
    """One value of a slot in Russian; motions may be of several words."""
    if value in _words():
        return _words()[value][feminine]
    words = " ".join(_words()[word][feminine] if word in _words() else word for word in value.split())
    return words.replace(" ,", ",")


def russian_forms(grammar: Grammar) -> dict[str, list[str]]:
    """Each value of a grammar's slots, said of something masculine and of something feminine."""
    values = [value for words in grammar.slots().values() for value in words]
    values += [
        motion.replace("moving ", "moving diagonally ") for motion in grammar.motions if motion in DIAGONAL_MOTIONS
    ]
    values += [grammar.implied_colour] if grammar.implied_colour else []
    return {value: [russian_word(value), russian_word(value, feminine=True)] for value in values}


def in_russian(attributes: Attributes) -> str:
    """A prompt in its Russian normal form, which `interpret` reads as the same: `красный круг движется вверх`."""
    feminine = attributes.shape in FEMININE
    motion = _motion_words(attributes)
    words = (attributes.size, attributes.colour, attributes.shape, motion, attributes.speed)
    return " ".join(russian_word(word, feminine=feminine) for word in words if word)


def _motion_words(attributes: Attributes) -> str:
    return attributes.motion.replace("moving ", "moving diagonally ") if attributes.diagonally else attributes.motion


def say(prompt: str, grammar_name: str, language: str) -> str:
    """A prompt of the grammar in either language."""
    if language != "ru":
        return prompt
    read = read_exactly(prompt, WORLDS[grammar_name].grammar)
    if isinstance(read, Story):
        colours = [russian_word(thing.colour) if thing.colour else "" for thing in read.things]
        return story_in_russian(read, colours, [russian_word(motion) for motion in read.motions])
    return in_russian(read)


@lru_cache(maxsize=len(GRAMMARS))
def _russian_captions(grammar_name: str) -> tuple[str, ...]:
    grammar = GRAMMARS[grammar_name]
    return tuple(in_russian(grammar.parse(caption)) for caption in grammar.captions)


@lru_cache(maxsize=len(GRAMMARS))
def _places(grammar_name: str) -> dict[str, int]:
    """Each caption in Russian, without capitals and ё, and its place among the captions."""
    return {plain(caption): number for number, caption in enumerate(_russian_captions(grammar_name))}


def _plain_text(text: str) -> str:
    return re.sub(r"\s+", " ", plain(text.strip()))


def from_russian(text: str, grammar_name: str) -> str:
    """The caption whose Russian normal form this is, "" for any other text."""
    if not any(script(word) == "ru" for word in text.split()):
        return ""
    number = _places(grammar_name).get(_plain_text(text))
    return "" if number is None else GRAMMARS[grammar_name].captions[number]


@lru_cache(maxsize=1024)
def russian_beginnings(text: str, grammar_name: str) -> tuple[int, ...]:
    """Which captions of a grammar, said in Russian, begin like this; the last word may be unfinished."""
    typed = _plain_text(text)
    return tuple(number for caption, number in _places(grammar_name).items() if caption.startswith(typed))


# One line


def _sentences(language: str) -> SectionProxy:
    """What is said of readings, by its name."""
    return dictionary(language).file["sentences"]


def account_line(read: Interpretation, language: str = "en") -> str:
    """`large red circle moving up · ball = circle · please left aside`; the prompt alone where it says just that."""
    return " · ".join([say(read.caption, read.grammar, language), *remarks(read, language)])


def remarks(read: Interpretation, language: str = "en") -> list[str]:
    """What was taken for what, guessed, assumed and left aside, a few at most; [] where all was said as it is read."""
    sayings, lines, unsure = _sentences(language), [], set()
    for reading in read.readings:
        reason = _remark_kind(reading)
        value = russian_word(reading.value) if language == "ru" else reading.value
        if reason and plain(reading.typed) != plain(value):
            quoted = f"“{_short(reading.typed)}”" if reason == "spelling" else _short(reading.typed)
            lines.append(sayings[reason].format(typed=quoted, value=value, similarity=reading.similarity))
            unsure |= {lines[-1]} if reason in UNSURE else set()
    lines = list(dict.fromkeys(lines))
    if len(lines) > MAX_REMARKS:
        kept = sorted(lines, key=lambda line: line not in unsure)[:MAX_REMARKS]
        lines = [line for line in lines if line in kept] + ["…"]
    if read.aside:
        lines.append(sayings["aside"].format(words=_quoted(read.aside)))
    return lines


def _remark_kind(reading: Reading) -> str:
    """Which sentence a reading gets, "" for none."""
    if reading.how in ("spelling", "meaning", "assumed"):
        return reading.how
    if reading.how in ("near", "colour"):
        return "" if reading.typed.lower() == reading.value else "near"
    if reading.slot not in ("size", "shape", "colour", *OF_STORIES) or reading.how == "sign":
        return ""
    typed = plain(reading.typed)
    if reading.slot in OF_STORIES and (reading.value in typed or typed in map(plain, forms_of(reading.value))):
        return ""  # `at night` is night
    world = STORIES_GRAMMAR.name if reading.slot in OF_STORIES else ""
    words = dictionary(script(typed) or "en", world)
    meaning = words.look_up(typed)
    own = {words.stem(plain(word)) for word in (reading.value, *_words().get(reading.value, ()))}
    return "" if (meaning and meaning.headword) or words.stem(typed) in own else "as"


def problem_line(read: Interpretation, language: str = "en") -> str:
    """Why a text is no prompt, and the nearest one that is."""
    problem, sayings = read.problem, _sentences(language)
    assert problem is not None
    nearest = say(read.nearest, read.grammar, language)
    words = _problem_words(problem, language)
    parts = {"understood": _understood(read, problem, language), "unknown": ""}
    if problem.reason in ("no_shape", "no_motion"):
        parts["unknown"] = _quoted(problem.words)
    filled = {name: f" {sayings[name].format(words=shown)}" if shown else "" for name, shown in parts.items()}
    shown = tuple(_short(word) for word in problem.words)
    return sayings[problem.reason].format(*shown, words=words, nearest=nearest, **filled)


def _understood(read: Interpretation, problem: Problem, language: str) -> str:
    """The slots that the words of a refused text did fill."""
    given = {reading.slot for reading in read.readings}
    if problem.reason in ("empty", "long", "nothing") or not given:
        return ""
    nearest = read_exactly(read.nearest, WORLDS[read.grammar].grammar)
    if isinstance(nearest, Story):
        words = dict.fromkeys(reading.value for reading in read.readings if reading.value)
        return ", ".join(russian_word(word) if language == "ru" else word for word in words)
    values = [_motion_words(nearest) if slot == "motion" else getattr(nearest, slot) for slot in SLOTS if slot in given]
    feminine = nearest.shape in FEMININE and "shape" in given
    return ", ".join(russian_word(v, feminine=feminine) if language == "ru" else v for v in values if v)


def _problem_words(problem: Problem, language: str) -> str:
    words = problem.words[1:] if problem.reason in ("twice", "either", "lacks", "between") else problem.words
    if problem.reason == "lacks":
        words = words[:1]
    if language == "ru" and problem.reason != "between":  # these are as they were typed
        words = tuple(russian_word(word) for word in words)
    return ", ".join(map(_short, words))


def _quoted(words: tuple[str, ...]) -> str:
    few = list(dict.fromkeys(words))[:MAX_REMARKS]
    return ", ".join(f"“{_short(word)}”" for word in few) + (", …" if len(set(words)) > len(few) else "")


def _short(word: str) -> str:
    shown = " ".join(word.split())
    return shown if len(shown) <= LONGEST_QUOTE else shown[: LONGEST_QUOTE - 1] + "…"


# Chips


def chips(read: Interpretation, language: str = "en") -> list[Chip]:
    """A chip for every slot that the grammar has; [] for a refused prompt, and for stories, which have no slots."""
    a = read.attributes
    if not isinstance(a, Attributes):
        return []
    shown = []
    for slot, words in GRAMMARS[read.grammar].slots().items():
        value = _motion_words(a) if slot == "motion" else getattr(a, slot) or ""
        label = russian_word(value, feminine=a.shape in FEMININE) if language == "ru" else value
        given = [r for r in read.readings if r.slot == slot]
        typed = " ".join(dict.fromkeys(r.typed for r in given))
        if words:
            shown.append(
                Chip(slot, value, label or _sentences(language)["any"], typed, all(r.how in SURE for r in given))
            )
    return shown
