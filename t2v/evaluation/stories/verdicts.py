"""What was read in a clip of stories, compared with what its prompt says."""

from collections import Counter
from dataclasses import dataclass
from itertools import permutations

from t2v.data.stories.grammar import SYMMETRIC, TURNED_ROUND, Story, Thing

ASPECTS = ("thing", "colour", "motion", "relation", "count", "ground", "binding", "all")


@dataclass(frozen=True)
class StoryReading:
    """What a reader sees: kinds of things, how many of each, their motions or the relation from first to second."""

    things: tuple[Thing, ...]
    counts: tuple[int, ...]
    motions: tuple[str, ...] = ()
    relation: str | None = None
    ground: str | None = None


def compare(wanted: Story, read: StoryReading) -> dict[str, bool]:
    """For each of `ASPECTS` that the prompt asks for whether it was read so; `all` says whether all were."""
    verdicts = {"thing": _kinds(wanted.things) == _kinds(read.things)}
    if any(thing.colour for thing in wanted.things):
        verdicts["colour"] = any(
            all(colour in (None, other) for colour, other in zip(_colours(wanted.things), order, strict=False))
            for order in permutations(_colours(read.things))
            if len(order) == len(wanted.things)
        )
    if wanted.relation:
        verdicts["relation"] = _plain(wanted.relation) == (read.relation and _plain(read.relation))
    else:
        verdicts["motion"] = Counter(wanted.motions) == Counter(read.motions)
    verdicts["count"] = sum(read.counts) == wanted.bodies
    if wanted.ground:
        verdicts["ground"] = read.ground == wanted.ground
    if len(wanted.things) > 1:
        verdicts["binding"] = _is_bound(wanted, read)
    return verdicts | {"all": all(verdicts.values())}


def _kinds(things: tuple[Thing, ...]) -> Counter:
    return Counter(thing.noun for thing in things)


def _colours(things: tuple[Thing, ...]) -> list[str | None]:
    return [thing.colour for thing in things]


def _plain(relation: str) -> str:
    """The relation, whoever is the first in it."""
    return TURNED_ROUND.get(relation, relation)


def _is_bound(wanted: Story, read: StoryReading) -> bool:
    """Whether each thing has its own colour, its own motion and its own role."""
    if len(read.things) != len(wanted.things):
        return False
    for order in permutations(range(len(read.things))):
        if all(_fits(thing, read.things[i]) for thing, i in zip(wanted.things, order, strict=True)):
            if read.motions and [read.motions[i] for i in order] == list(wanted.motions):
                return True
            if (
                read.relation
                and wanted.relation
                and _in_order(read.relation, order) == _in_order(wanted.relation, (0, 1))
            ):
                return True
    return False


def _fits(wanted: Thing, read: Thing) -> bool:
    return wanted.noun == read.noun and wanted.colour in (None, read.colour)


def _in_order(relation: str | None, order: tuple[int, ...]) -> tuple[str | None, bool]:
    """The relation, and whether the thing that comes first in this order is the first in it."""
    first = order[0] == 0
    if relation in TURNED_ROUND:
        return TURNED_ROUND[relation], not first
    return relation, first or relation in SYMMETRIC
