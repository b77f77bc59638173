"""Captions of stories to what they say, or to one line with what is wrong and what comes nearest."""

import difflib
import re
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from t2v.data.grammar import COLOURS, FORGIVEN_WORDS, NEAR_WORDS, SHAPES, split_words
from t2v.data.stories.grammar import (
    DRAWN,
    GROUNDS,
    KINDS,
    MOTIONS,
    NUMBERS,
    PLURALS,
    RELATIONS,
    STORIES_GRAMMAR,
    Story,
    Thing,
)

ARTICLES = {"a", "an", "the", "one"}
NO_MATTER = ARTICLES | FORGIVEN_WORDS | {"diagonally"}
TOO_MANY = ("four", "five", "six", "seven", "eight", "nine", "ten", "many", "several", "4", "5", "6", "7", "8", "9")
COUNTS = {word: count for count, word in NUMBERS.items()} | {"2": 2, "3": 3}
PREPOSITIONS = {"on", "in", "at"}
SINGULARS = {plural: kind for kind, plural in PLURALS.items()}
MOTION_WORDS = {tuple(split_words(motion)): motion for motion in MOTIONS}
RELATION_WORDS = {tuple(relation.split()): relation for relation in RELATIONS}
NEAR = {
    **NEAR_WORDS,
    "and": "and", "kitten": "cat", "kitty": "cat", "puppy": "dog", "bunny": "rabbit", "hare": "rabbit",
    "tortoise": "turtle", "slug": "snail", "wasp": "bee", "bumblebee": "bee", "airplane": "plane",
    "aeroplane": "plane", "jet": "plane", "spaceship": "rocket", "locomotive": "train", "rat": "mouse",
    "following": "chasing", "hunting": "chasing", "grabbing": "catching", "orbiting": "circling",
    "overtaking": "passing", "under": "below", "over": "above", "dropping": "falling", "lawn": "grass",
    "meadow": "grass", "beach": "sand", "desert": "sand", "sea": "water", "lake": "water", "dark": "night",
}  # fmt: skip


@lru_cache(2**12)
def parse(text: str) -> Story:
    """What a prompt says. ValueError names the first fault, and what comes nearest."""
    words = [w for w in split_words(text) if w not in NO_MATTER]
    for word in words:
        if word in TOO_MANY:
            raise ValueError(f"{word!r} are too many: at most three things fit; did you mean 'three stars falling'?")
        if word not in STORIES_GRAMMAR.words and word not in COUNTS:
            raise ValueError(_unknown(word))
    words, ground = _take_ground(words)
    if not words:
        raise ValueError(f"The prompt names no thing; write for example: {STORIES_GRAMMAR.example}")
    clauses = _clauses(words)
    relation = next(((r, i) for i, w in enumerate(words) if (r := _relation_at(words, i))), None)
    if relation is not None:
        return _read_relation(words, len(clauses), *relation, ground)
    if len(clauses) > 2:
        nearest = STORIES_GRAMMAR.caption(_read_clauses(clauses[:2], ground))
        raise ValueError(
            f"The prompt names {len(clauses)} things that move; at most two fit; did you mean {nearest!r}?"
        )
    return _read_clauses(clauses, ground)


def parse_with_things(text: str, own: tuple[str, ...]) -> Story:
    """The same of a prompt that may name one's own things: each is read as a drawn thing that the prompt does not name,
    since both are said alike."""
    words = [w for w in split_words(text) if w not in NO_MATTER]
    free = [kind for kind in DRAWN if not {kind, PLURALS[kind]} & set(words)]
    stand_ins = dict(zip([name for name in own if name in words], free, strict=False))
    for before, name in pairwise(words):
        if name in stand_ins and before in COUNTS:
            raise ValueError(f"{name!r} is one of your own things, which are not counted.")
    names = {kind: name for name, kind in stand_ins.items()}
    try:
        story = parse(" ".join(stand_ins.get(word, word) for word in words))
    except ValueError as error:
        problem = re.sub(r"\w+", lambda word: names.get(word[0], word[0]), str(error))
        raise ValueError(problem) from None
    return replace(story, things=tuple(Thing(names.get(t.kind, t.kind), t.colour) for t in story.things))


def _clauses(words: list[str]) -> list[list[str]]:
    """The words between `and`s."""
    clauses: list[list[str]] = [[]]
    for word in words:
        clauses.append([]) if word == "and" else clauses[-1].append(word)
    return clauses


def _take_ground(words: list[str]) -> tuple[list[str], str | None]:
    named = [word for word in words if word in GROUNDS]
    if len(named) > 1:
        kept = GROUNDS[named[0]]
        raise ValueError(f"The prompt names {len(named)} grounds ({', '.join(named)}); one fits, such as {kept!r}.")
    if not named:
        if words and words[-1] in PREPOSITIONS:
            raise ValueError(f"The prompt ends with {words[-1]!r}; grounds: {', '.join(GROUNDS.values())}.")
        return words, None
    if words[-1] != named[0]:
        raise ValueError(f"The ground comes last; write {GROUNDS[named[0]]!r} at the end.")
    words = words[:-1]
    return (words[:-1] if words and words[-1] in PREPOSITIONS else words), named[0]


def _relation_at(words: list[str], i: int) -> str | None:
    return RELATION_WORDS.get((words[i],)) or RELATION_WORDS.get(tuple(words[i : i + 2]))


def _read_relation(words: list[str], clauses: int, relation: str, at: int, ground: str | None) -> Story:
    (first, one), left = _take_thing(words[:at])
    (second, other), right = _take_thing(words[at + len(relation.split()) :])
    if left or not words[:at]:
        raise ValueError(f"Before {relation!r} one thing is expected, and nothing else.")
    story = Story((first, second), relation=relation, ground=ground)
    if first == second:
        others = ("mouse", "cat") if first.kind in DRAWN else ("circle", "square")
        instead = next(Thing(kind, first.colour) for kind in others if kind != first.kind)
        nearest = STORIES_GRAMMAR.caption(replace(story, things=(first, instead)))
        raise ValueError(f"A thing cannot be {relation} itself; did you mean {nearest!r}?")
    if right or clauses > 1 or one > 1 or other > 1:
        nearest = STORIES_GRAMMAR.caption(story)
        raise ValueError(f"{relation!r} is between two things, and nothing else fits; did you mean {nearest!r}?")
    return story


def _read_clauses(clauses: list[list[str]], ground: str | None) -> Story:
    read = []
    for words in clauses:
        (thing, count), rest = _take_thing(words)
        motion = MOTION_WORDS.get(tuple(rest))
        if motion is None:
            raise ValueError(_no_motion(thing, " ".join(rest)))
        read.append((thing, count, motion))
    things, counts, motions = zip(*read, strict=True)
    if len(read) > 1 and max(counts) > 1:
        nearest = STORIES_GRAMMAR.caption(Story(things[:1], motions[:1], count=counts[0], ground=ground))
        raise ValueError(f"Things that are counted stand alone, {sum(counts)} are too many; did you mean {nearest!r}?")
    return Story(things, motions, count=counts[0], ground=ground)


def _take_thing(words: list[str]) -> tuple[tuple[Thing, int], list[str]]:
    """The thing that these words begin with, how many of it, and the rest."""
    rest = list(words)
    count = COUNTS[rest.pop(0)] if rest and rest[0] in COUNTS else 1
    colour = rest.pop(0) if rest and rest[0] in COLOURS else None
    word = rest.pop(0) if rest else ""
    kind = SINGULARS.get(word, word)
    if kind not in KINDS:
        problem = f"{word!r} stands where a thing is expected" if word else "A thing is missing"
        raise ValueError(f"{problem}. Things: {', '.join(KINDS)}. Write for example: {STORIES_GRAMMAR.example}")
    if colour and kind in DRAWN:
        raise ValueError(f"A {kind} comes in its own colours; did you mean {kind!r}? Coloured: {', '.join(SHAPES)}.")
    if word in SINGULARS and count == 1:
        raise ValueError(f"The prompt does not say how many {word}; did you mean {'two ' + word!r}?")
    return (Thing(kind, colour), count), rest


def _no_motion(thing: Thing, motion: str) -> str:
    near = next(iter(difflib.get_close_matches(motion, MOTIONS, n=1)), None)
    what = f"{motion!r} is not a motion" if motion else f"The prompt does not say how the {thing} moves"
    hint = f"; did you mean {near!r}?" if near else "."
    return f"{what}{hint} Motions: {', '.join(MOTIONS)}; between two things: {', '.join(RELATIONS)}."


def _unknown(word: str) -> str:
    known = STORIES_GRAMMAR.words
    near = NEAR[word] if NEAR.get(word) in known else next(iter(difflib.get_close_matches(word, known, n=1)), None)
    hint = f"; did you mean {near!r}?" if near else "."
    return f"Unknown word {word!r}{hint} Things: {', '.join(KINDS)}. Write for example: {STORIES_GRAMMAR.example}"
