"""The normal form of a story in Russian: `кошка гонится за мышкой на траве`.

The words and their cases are in `stories_ru.ini`, section `wording`; what comes out is read as the same story again.
"""

from functools import lru_cache
from typing import NamedTuple

from t2v.data.grammar import COLOURS
from t2v.data.stories.grammar import (
    DRAWN,
    GROUNDS,
    MOTIONS,
    NOUNS,
    NUMBERS,
    RELATIONS,
    SHAPES,
    STORIES_GRAMMAR,
    Story,
    Thing,
)
from t2v.language.dictionary import dictionary

CASES = ("nominative", "genitive", "accusative", "instrumental", "counted")
HARD = {"m": ("ый", "ого", "ый", "ым", "ых"), "f": ("ая", "ой", "ую", "ой", "ые")}  # endings of adjectives, by `CASES`
SOFT = {"m": ("ий", "его", "ий", "им", "их"), "f": ("яя", "ей", "юю", "ей", "ие")}  # of `синий`


class Noun(NamedTuple):
    """A noun of a thing: its form in each of `CASES`, and its gender, m or f."""

    forms: tuple[str, ...]
    gender: str


@lru_cache(maxsize=1)
def _lines() -> dict[str, list[str]]:
    section = dictionary("ru", STORIES_GRAMMAR.name).world["wording"]
    return {word: [part.strip() for part in line.split(",")] for word, line in section.items()}


def _noun(noun: str) -> Noun:
    if noun not in _lines():  # a thing of one's own, by the name that it was given
        return Noun((noun,) * len(CASES), "m")
    *forms, gender = _lines()[noun]
    return Noun(tuple(forms), gender)


@lru_cache(maxsize=1)
def story_words() -> dict[str, str]:
    """How each thing, relation, ground, and the motion of stories alone is called."""
    return {word: _lines()[word][0] for word in (*NOUNS, *RELATIONS, *GROUNDS, "falling")}


def forms_of(noun: str) -> tuple[str, ...]:
    """Every form that the noun of a thing takes here, () for what is no thing."""
    return _noun(noun).forms if noun in NOUNS else ()


def thing_in_russian(thing: Thing, colour: str, case: str = "nominative") -> str:
    """A thing in a case; `colour` is that of the thing as a masculine adjective, "" for none."""
    noun, number = _noun(thing.noun), CASES.index(case)
    endings = SOFT if colour.endswith("ий") else HARD
    adjective = f"{colour[:-2]}{endings[noun.gender][number]} " if colour else ""
    return adjective + noun.forms[number]


def _several(thing: Thing, colour: str, count: int) -> str:
    masculine, _, feminine = _lines()[str(count)][0].partition(" / ")
    number = feminine if feminine and _noun(thing.noun).gender == "f" else masculine
    return f"{number} {thing_in_russian(thing, colour, 'counted')}"


def _of_many(motion: str) -> str:
    verb, *how = motion.split(" ")
    return " ".join([_lines()[verb][0], *how])


def russian_data() -> dict:
    """Every part of a story in Russian, as plain data for a page that composes stories: each thing in each case and as
    two and three, each motion of one thing and of many, each relation with the case that follows it."""
    from t2v.language.wording import russian_word  # not at the top: it takes the words of this file

    colours = {colour: russian_word(colour) for colour in COLOURS}
    things = [Thing(noun) for noun in (*DRAWN, *SHAPES)] + [Thing(shape, c) for shape in SHAPES for c in COLOURS]
    motions = {motion: russian_word(motion) for motion in MOTIONS}
    return {
        "things": {str(thing): _forms_in_russian(thing, colours.get(thing.colour or "", "")) for thing in things},
        "colours": colours,
        "motions": {motion: [russian, _of_many(russian)] for motion, russian in motions.items()},
        "relations": {relation: _lines()[relation] for relation in RELATIONS},
        "grounds": {ground: _lines()[ground][0] for ground in GROUNDS},
    }


def _forms_in_russian(thing: Thing, colour: str) -> dict[str, str]:
    cases = {case: thing_in_russian(thing, colour, case) for case in CASES if case != "counted"}
    return cases | {number: _several(thing, colour, count) for count, number in NUMBERS.items()}


def story_in_russian(story: Story, colours: list[str], motions: list[str]) -> str:
    """A story in its normal form; `colours` of its things and its `motions` are said in Russian, of one thing."""
    lines = _lines()
    if story.relation:
        verb, case = lines[story.relation]
        one = thing_in_russian(story.things[0], colours[0])
        text = f"{one} {verb} {thing_in_russian(story.things[1], colours[1], case)}"
    elif story.count > 1:
        text = f"{_several(story.things[0], colours[0], story.count)} {_of_many(motions[0])}"
    else:
        things = [thing_in_russian(*pair) for pair in zip(story.things, colours, strict=True)]
        text = " и ".join(f"{thing} {motion}" for thing, motion in zip(things, motions, strict=True))
    return f"{text} {lines[story.ground][0]}" if story.ground else text
