"""Captions of stories to what they say. Texts in other words than the grammar's are read by `t2v.language`."""

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from t2v.data.grammar import ARTICLES, COLOURS, FORGIVEN_WORDS, no_prompt, split_words
from t2v.data.stories.grammar import (
    DRAWN,
    GROUNDS,
    MOTIONS,
    NOUNS,
    NUMBERS,
    PLURALS,
    RELATIONS,
    STORIES_GRAMMAR,
    Story,
    Thing,
)

NO_MATTER = {*ARTICLES, "one", "diagonally"} | FORGIVEN_WORDS
COUNTS = {word: count for count, word in NUMBERS.items()} | {"2": 2, "3": 3}
PREPOSITIONS = {"on", "in", "at"}
SINGULARS = {plural: noun for noun, plural in PLURALS.items()}
MOTION_WORDS = {tuple(split_words(motion)): motion for motion in MOTIONS}
RELATION_WORDS = {tuple(relation.split()): relation for relation in RELATIONS}


class _Unread(Exception):
    """These words are no prompt."""


def _expect(met: bool) -> None:
    if not met:
        raise _Unread


@lru_cache(2**12)
def parse(text: str, own: tuple[str, ...] = ()) -> Story:
    """What a prompt says. ValueError for a text that is none.

    Each of one's `own` things that it names is read as a drawn thing that it does not name, since both are said alike.
    """
    words = [w for w in split_words(text) if w not in NO_MATTER]
    free = [noun for noun in DRAWN if not {noun, PLURALS[noun]} & set(words)]
    stand_ins = dict(zip([name for name in own if name in words], free, strict=False))
    names = {noun: name for name, noun in stand_ins.items()}
    try:
        _expect(not any(name in stand_ins and before in COUNTS for before, name in pairwise(words)))
        story = _read([stand_ins.get(word, word) for word in words])
    except _Unread:
        raise no_prompt(text, STORIES_GRAMMAR) from None
    return replace(story, things=tuple(Thing(names.get(t.noun, t.noun), t.colour) for t in story.things))


def _read(words: list[str]) -> Story:
    words, ground = _take_ground(words)
    relation = next(((r, i) for i in range(len(words)) if (r := _relation_at(words, i))), None)
    if relation is not None:
        return _read_relation(words, *relation, ground)
    clauses: list[list[str]] = [[]]
    for word in words:
        clauses.append([]) if word == "and" else clauses[-1].append(word)
    return _read_clauses(clauses, ground)


def _take_ground(words: list[str]) -> tuple[list[str], str | None]:
    named = [word for word in words if word in GROUNDS]
    if not named:
        return words, None
    _expect(named == words[-1:])
    words = words[:-1]
    return (words[:-1] if words and words[-1] in PREPOSITIONS else words), named[0]


def _relation_at(words: list[str], i: int) -> str | None:
    return RELATION_WORDS.get((words[i],)) or RELATION_WORDS.get(tuple(words[i : i + 2]))


def _read_relation(words: list[str], relation: str, at: int, ground: str | None) -> Story:
    (first, one), left = _take_thing(words[:at])
    (second, other), right = _take_thing(words[at + len(relation.split()) :])
    _expect(not left and not right and one == other == 1 and first != second)
    return Story((first, second), relation=relation, ground=ground)


def _read_clauses(clauses: list[list[str]], ground: str | None) -> Story:
    things, motions, counts = [], [], []
    for words in clauses:
        (thing, count), rest = _take_thing(words)
        _expect(tuple(rest) in MOTION_WORDS)
        things.append(thing)
        motions.append(MOTION_WORDS[tuple(rest)])
        counts.append(count)
    _expect(len(things) == 1 or (len(things) == 2 and max(counts) == 1))  # things that are counted stand alone
    return Story(tuple(things), tuple(motions), count=counts[0], ground=ground)


def _take_thing(words: list[str]) -> tuple[tuple[Thing, int], list[str]]:
    """The thing that these words begin with, how many of it, and the rest."""
    rest = list(words)
    count = COUNTS[rest.pop(0)] if rest and rest[0] in COUNTS else 1
    colour = rest.pop(0) if rest and rest[0] in COLOURS else None
    word = rest.pop(0) if rest else ""
    noun = SINGULARS.get(word, word)
    _expect(noun in NOUNS and not (colour and noun in DRAWN) and (count > 1 or word not in SINGULARS))
    return (Thing(noun, colour), count), rest
