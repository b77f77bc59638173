"""Captions that are wrong for a clip by one change, hard ones among them.

In turn: another thing of the same sort, a hard change, another colour, another motion, relation or ground. Hard: roles,
motions or colours of two things swapped, a motion reversed, left for right, a count one off, the nearest relation. None
of them is a held-out story, so that training hears of none.

Things have a third of all: else a discriminator tells captions by grounds, colours and motions, and never learns what
anything looks like (docs/LOG.md#captions-about-things).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from t2v.data.grammar import COLOURS, SHAPES
from t2v.data.stories.grammar import (
    GROUNDS,
    MOTIONS,
    NOUNS,
    NUMBERS,
    RELATIONS,
    STORIES_GRAMMAR,
    SYMMETRIC,
    Story,
    Thing,
    held_out_part,
)
from t2v.data.stories.parser import parse

T = TypeVar("T")

OPPOSITES = {
    "up": "down", "down": "up", "left": "right", "right": "left", "clockwise": "counter-clockwise",
    "counter-clockwise": "clockwise", "shrinking": "expanding", "expanding": "shrinking",
    "vertically": "horizontally", "horizontally": "vertically", "bouncing": "zigzagging", "zigzagging": "bouncing",
}  # fmt: skip
NEAREST_RELATIONS = {
    "chasing": ("catching", "passing", "meeting"),
    "catching": ("chasing", "meeting"),
    "circling": ("passing", "meeting"),
    "meeting": ("catching", "chasing"),
    "passing": ("chasing", "circling"),
    "left of": ("right of",),
    "right of": ("left of",),
    "above": ("below",),
    "below": ("above",),
}
TRIES = 8  # changes that are tried until one gives no held-out story
STEP = 0.61803399  # from one try's draws to the next one's


def negatives(captions: list[str], draws: list[list[float]]) -> list[list[str]]:
    """R captions for each of B, from 2R draws in [0, 1) for each of them: of each sort of change in turn."""
    rows: list[list[str]] = [[] for _ in range(len(draws[0]) // 2)]
    for caption, numbers in zip(captions, draws, strict=True):
        story = parse(caption)
        for r, row in enumerate(rows):
            row.append(_negative(story, caption, TURNS[r % len(TURNS)], numbers[2 * r], numbers[2 * r + 1]))
    return rows


def _negative(story: Story, caption: str, changes: tuple, where: float, which: float) -> str:
    """The caption with one of these changes, else with another thing, or itself when nothing can be changed."""
    for tried in (changes, (_another_kind,)):
        for _ in range(TRIES):
            changed = tried[int(where * len(tried))](story, which)
            if changed is not None and held_out_part(changed) is None and changed.things[0] not in changed.things[1:]:
                return STORIES_GRAMMAR.caption(changed)
            where, which = (where + STEP) % 1, (which + STEP) % 1
    return caption


def _again(draw: float) -> float:
    """Another draw in [0, 1) from one that has been used."""
    return draw * 97 % 1


def _pick(options: Sequence[T], which: float) -> T:
    return options[int(which * len(options))]


def _with_thing(story: Story, number: int, thing: Thing) -> Story:
    return replace(story, things=(*story.things[:number], thing, *story.things[number + 1 :]))


def _with_motion(story: Story, number: int, motion: str) -> Story:
    return replace(story, motions=(*story.motions[:number], motion, *story.motions[number + 1 :]))


def _another_kind(story: Story, which: float) -> Story:
    """A shape for a shape, a drawing for a drawing."""
    number, which = divmod(which * len(story.things), 1)
    thing = story.things[int(number)]
    alike = [noun for noun in NOUNS if (noun in SHAPES) == (thing.noun in SHAPES) and noun != thing.noun]
    return _with_thing(story, int(number), Thing(_pick(alike, which), thing.colour))


def _another_colour(story: Story, which: float) -> Story | None:
    coloured = [number for number, thing in enumerate(story.things) if thing.colour]
    if not coloured:
        return None
    number = _pick(coloured, _again(which))
    thing = story.things[number]
    return _with_thing(story, number, Thing(thing.noun, _pick([c for c in COLOURS if c != thing.colour], which)))


def _another_motion(story: Story, which: float) -> Story | None:
    if not story.motions:
        return None
    number = int(_again(which) * len(story.motions))
    return _with_motion(story, number, _pick([m for m in MOTIONS if m != story.motions[number]], which))


def _another_relation(story: Story, which: float) -> Story | None:
    if not story.relation:
        return None
    return replace(story, relation=_pick([r for r in RELATIONS if r != story.relation], which))


def _another_ground(story: Story, which: float) -> Story | None:
    if not story.ground:
        return None
    return replace(story, ground=_pick([ground for ground in GROUNDS if ground != story.ground], which))


def _another_count(story: Story, which: float) -> Story | None:
    if len(story.things) > 1:
        return None
    near = [count for count in (1, *NUMBERS) if abs(count - story.count) == 1]
    return replace(story, count=_pick(near, which))


def _swapped_things(story: Story, which: float) -> Story | None:
    """Roles in a relation, or who goes which way."""
    if len(story.things) < 2 or story.relation in SYMMETRIC or (story.motions and len(set(story.motions)) < 2):
        return None
    return replace(story, things=story.things[::-1])


def _swapped_colours(story: Story, which: float) -> Story | None:
    colours = [thing.colour for thing in story.things]
    if len(colours) < 2 or None in colours or colours[0] == colours[1]:
        return None
    first, second = story.things
    if first.noun == second.noun and story.relation in SYMMETRIC:
        return None
    return replace(story, things=(Thing(first.noun, second.colour), Thing(second.noun, first.colour)))


def _turned_motion(story: Story, which: float) -> Story | None:
    """Reversed, left for right, or along the other axis."""
    if not story.motions:
        return None
    number = int(_again(which) * len(story.motions))
    near = _near_motions(story.motions[number])
    return _with_motion(story, number, _pick(near, which)) if near else None


@lru_cache(len(MOTIONS))
def _near_motions(motion: str) -> tuple[str, ...]:
    """The motions that differ from this one in an opposite word or in all of them, or that are like it."""
    if motion == "falling":
        return ("moving down", "moving up")
    parts = motion.replace("counter-clockwise", "counterclockwise").replace("-", " - ").split()
    parts = [part.replace("counterclockwise", "counter-clockwise") for part in parts]
    places = [k for k, part in enumerate(parts) if part in OPPOSITES]
    others = []
    for changed in [[k] for k in places] + [places]:
        other = " ".join(OPPOSITES[part] if k in changed else part for k, part in enumerate(parts))
        others.append(other.replace(" - ", "-"))
    if " then " in motion:
        first, last = parts[1], parts[3]
        others.append(f"moving {last} then {first}")
    others += ["falling"] * (motion == "moving down")
    return tuple(other for other in dict.fromkeys(others) if other in MOTIONS and other != motion)


def _near_relation(story: Story, which: float) -> Story | None:
    if not story.relation:
        return None
    return replace(story, relation=_pick(NEAREST_RELATIONS[story.relation], which))


HARD_CHANGES = (_swapped_things, _swapped_colours, _turned_motion, _near_relation, _another_count)
OTHER_CHANGES = (_another_motion, _another_relation, _another_ground)
TURNS = ((_another_kind,), HARD_CHANGES, (_another_colour,), (_another_kind,), HARD_CHANGES, OTHER_CHANGES)
