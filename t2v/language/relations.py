"""Two things in a relation: who does what to whom, and what of a text has no room in it.

A relation holds between one thing and another one. A third thing, a number, or a second relation is told and the story
without it is offered: `cat chasing mouse and dog` is not drawn without its dog.
"""

from typing import NamedTuple

from t2v.data.stories.grammar import Story, Thing
from t2v.language.find import Phrase
from t2v.language.interpretation import Problem
from t2v.language.places import OPPOSITE
from t2v.language.tokens import script

PLACES = ("left of", "right of", "above", "below")  # the thing that follows one is the other one's landmark
BESIDE = {"up": "above", "down": "below", "left": "left of", "right": "right of"}
PRONOUNS = ("it", "him", "her", "them")
DEFAULT_MOTION = "moving right"


class Named(NamedTuple):
    """A thing where it is named: its place among what was found, the case that it stands in ("" for none), and how many
    there are of it."""

    at: int
    thing: Thing
    case: str
    number: int


class Refused(Exception):
    """Why a text is no story, and the nearest one."""

    def __init__(self, nearest: Story | None, reason: str, *words: str):
        self.nearest, self.problem = nearest, Problem(reason, words)


def relation_said(item: Phrase) -> str | None:
    return item.value("relation") or item.value("undergone")


def placed(phrases: list[Phrase]) -> list[Phrase]:
    """`мышка сверху, кошка снизу`: two things of which only opposite places are said are in a relation."""
    if any(item.slots & {"motion", "direction", "relation", "undergone"} for item in phrases):
        return phrases
    things = [n for n, item in enumerate(phrases) if item.slots & {"kind", "shape"}]
    sides = [n for n, item in enumerate(phrases) if item.slots & {"origin", "place"}]
    between = [n for n in sides if things and things[0] < n < things[-1]]
    if len(things) != 2 or len(sides) != 2 or len(between) != 1:
        return phrases
    first, second = (phrases[n].value("origin") or phrases[n].value("place") for n in sides)
    if first not in OPPOSITE or OPPOSITE[first] != second:
        return phrases
    result = [item._replace(concepts=(), remarked=False) if n in sides else item for n, item in enumerate(phrases)]
    result[between[0]] = phrases[sides[0]]._replace(concepts=(("relation", BESIDE[first]),))
    return result


def related(phrases: list[Phrase], things: list[Named], relations: list[int], ground: str | None) -> Story:
    """The story of two things, of which `relations` are the places where one is said. Raises Refused."""
    at = _telling(phrases, relations)
    item, relation = phrases[at], str(relation_said(phrases[at]))
    before = [named for named in things if named.at < at]
    after = [named for named in things if named.at > at]
    if relation in PLACES:
        first, second = (before[-1], after[0]) if before and after else (things[1], things[0])
        if not after:
            raise Refused(Story((things[0].thing,), (DEFAULT_MOTION,), ground=ground), "partner", item.typed)
    else:
        first, second = _actor_first(phrases, before, after, at)
        if item.value("undergone"):
            first, second = second, first
    if first.thing == second.thing:
        other = Thing("mouse" if first.thing.noun != "mouse" else "cat")
        raise Refused(Story((first.thing, other), relation=relation, ground=ground), "itself", item.typed)
    story = Story((first.thing, second.thing), relation=relation, ground=ground)
    if left_out := _left_out(phrases, things, relations, at, story):
        raise Refused(story, "between", item.typed, *left_out)
    return story


def _telling(phrases: list[Phrase], relations: list[int]) -> int:
    """The place of the relation that is told: the surest one, a deed before a place."""
    best = max(phrases[n].rank for n in relations)
    return min(
        (n for n in relations if phrases[n].rank == best), key=lambda n: (relation_said(phrases[n]) in PLACES, n)
    )


def _left_out(
    phrases: list[Phrase], things: list[Named], relations: list[int], at: int, story: Story
) -> dict[str, None]:
    """The words of a text that have no room in a story of two: other things, numbers, other relations."""
    others = [named.at for named in things if named.thing not in story.things]
    counts = [n for n, item in enumerate(phrases) if item.value("count")]
    further = []
    for n in relations:
        landmark = next((named.thing for named in things if named.at > n), None)
        same = relation_said(phrases[n]) == story.relation and landmark in (None, story.things[1])
        chain = n > at and phrases[n].rank == phrases[at].rank and landmark is not None and not same
        beside = n < at and relation_said(phrases[n]) in PLACES and landmark not in (None, story.things[0])
        further += [n] if chain or beside else []
    return dict.fromkeys(phrases[n].typed for n in sorted(others + counts + further))


def _before_pronoun(phrases: list[Phrase], one: Named, other: Named, at: int) -> tuple[Named, Named] | None:
    """Who acts: `a cat sees a mouse and chases it`, and `a mouse and the cat that chases it`; None for no `it`."""
    if at + 1 == len(phrases) or phrases[at + 1].typed.lower() not in PRONOUNS:
        return None
    further = any(item.slots & {"link", "pause"} for item in phrases[other.at : at])
    return (one, other) if further else (other, one)


def _actor_first(phrases: list[Phrase], before: list[Named], after: list[Named], at: int) -> tuple[Named, Named]:
    """The one that the verb's subject names, then the other one."""
    if before and after:
        one, other = _first_of_joined(phrases, before), after[0]
    elif after:
        one, other = after[0], after[1]
    else:
        one, other = before[-2], before[-1]
        if pair := _before_pronoun(phrases, one, other, at):
            return pair
        if script(phrases[one.at].typed.lower()) == "en" and not _joined(phrases, one, other):
            return other, one  # `the mouse that the cat chases`
    turned = "object" in one.case or "subject" in other.case
    straight = "subject" in one.case or "object" in other.case
    return (other, one) if turned and not straight else (one, other)


def _first_of_joined(phrases: list[Phrase], named: list[Named]) -> Named:
    """`a cat and a dog chase ...`: the cat; the last one where they are not joined."""
    one = named[-1]
    for earlier in reversed(named[:-1]):
        if not _joined(phrases, earlier, one):
            break
        one = earlier
    return one


def _joined(phrases: list[Phrase], one: Named, other: Named) -> bool:
    return any(item.value("link") for item in phrases[one.at : other.at])
