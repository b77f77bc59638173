"""The grammar of stories: captions to attributes and back, and what training never sees.

`[a] thing motion [and [a] thing motion] [GROUND]`, `[a] thing RELATION [a] thing [GROUND]` and
`two|three things motion [GROUND]`; a thing is `[colour] shape` or a drawn one, such as `cat`. A grammar may also have
things of one's own (`stories+monster`), which are said as drawn ones are, but never counted.
"""

import zlib
from dataclasses import dataclass, replace
from functools import lru_cache

from t2v.data.grammar import COLOURS, HELD_OUT_ONE_IN, SHAPES, THINGS_AFTER, split_words
from t2v.data.grammar import MOTIONS as MOTIONS_OF_SHAPES

DRAWN = (
    "cat", "dog", "mouse", "rabbit", "bird", "bee", "turtle", "snail", "train", "plane", "balloon", "rocket",
)  # fmt: skip
CREATURES = DRAWN[:8]
NOUNS = SHAPES + DRAWN
PLURALS = {"mouse": "mice"} | {noun: f"{noun}s" for noun in NOUNS if noun != "mouse"}
NUMBERS = {2: "two", 3: "three"}
MOTIONS = (*MOTIONS_OF_SHAPES, "falling")
RELATIONS = ("chasing", "catching", "circling", "meeting", "passing", "left of", "right of", "above", "below")
TURNED_ROUND = {"right of": "left of", "below": "above"}  # said the other way round, they are the same picture
SYMMETRIC = ("meeting",)
GROUNDS = {
    "white": "on white",
    "sky": "in the sky",
    "grass": "on grass",
    "sand": "on sand",
    "water": "on water",
    "night": "at night",
}
THREE_HELD_OUT = ("star", "cat", "bee", "train")  # nouns that training shows at most two of
PARTS = ("combination", "pair", "count")  # why a story is held out
ALWAYS_HELD_OUT = {("chasing", "dog", "mouse"), ("catching", "cat", "circle")}


@dataclass(frozen=True)
class Thing:
    """A thing by its noun, `cat` or `star`; drawn ones have no colour, and None is a shape of any colour."""

    noun: str
    colour: str | None = None

    def __str__(self) -> str:
        return f"{self.colour} {self.noun}" if self.colour else self.noun

    @property
    def is_known(self) -> bool:
        """Whether its look is said as far as words can say it."""
        return self.colour is not None or self.noun not in SHAPES


@dataclass(frozen=True)
class Story:
    """What a caption says: one or two things with a motion each, or two in a relation, or `count` alike."""

    things: tuple[Thing, ...]
    motions: tuple[str, ...] = ()
    relation: str | None = None
    count: int = 1
    ground: str | None = None  # None = any

    @property
    def bodies(self) -> int:
        """How many things move over the ground."""
        return max(len(self.things), self.count)


THINGS = tuple(Thing(s, c) for s in SHAPES for c in COLOURS) + tuple(map(Thing, DRAWN))


@dataclass(frozen=True)
class StoriesGrammar:
    """What the grammars of the other worlds have, as far as these are asked for by all."""

    name: str = "stories"
    example: str = "cat chasing mouse on grass"
    max_tokens: int = 16  # of the longest prompt: two things that are `moving A then B`, and a ground
    implied_colour: str | None = None
    things: tuple[str, ...] = ()  # of one's own

    @property
    def words(self) -> tuple[str, ...]:
        """Every sub-word in a fixed order: the vocabulary of a model trained on this grammar."""
        return _words() + self.things

    def with_things(self, *names: str) -> "StoriesGrammar":
        """The same with words for things of one's own: `stories+monster`."""
        return replace(self, name=THINGS_AFTER.join((self.name, *names)), things=self.things + names)

    def caption(self, story: Story) -> str:
        """The prompt in its normal form; `parse(caption(s)) == s`."""
        if story.relation:
            text = f"{story.things[0]} {story.relation} {story.things[1]}"
        elif story.count > 1:
            thing = story.things[0]
            colour = f"{thing.colour} " if thing.colour else ""
            text = f"{NUMBERS[story.count]} {colour}{PLURALS[thing.noun]} {story.motions[0]}"
        else:
            clauses = [f"{thing} {motion}" for thing, motion in zip(story.things, story.motions, strict=True)]
            text = " and ".join(clauses)
        return f"{text} {GROUNDS[story.ground]}" if story.ground else text

    def parse(self, text: str) -> Story:
        """What a prompt in the grammar's own words says. ValueError for any other text."""
        from t2v.data.stories.parser import parse

        return parse(text, self.things)


@lru_cache(1)
def _words() -> tuple[str, ...]:
    # `stars` are read as `star`, by its stem, so that what is learned of one is known of several; `circles` as `circle`
    # and not as `circling`, as nouns come first
    irregular = tuple(plural for noun, plural in PLURALS.items() if plural != f"{noun}s")
    phrases = (*MOTIONS, *RELATIONS, "and", *GROUNDS.values())
    parts = dict.fromkeys(word for phrase in phrases for word in split_words(phrase))
    return tuple(NUMBERS.values()) + COLOURS + NOUNS + irregular + tuple(parts)


STORIES_GRAMMAR = StoriesGrammar()


def held_out_part(story: Story) -> str | None:
    """Why training never sees this, one of `PARTS`; None when it does. The one authority of this world.

    A prompt that leaves a colour or the ground open leaves room for a trained one, so it counts as seen.
    """
    if story.relation:
        pair = (story.things[0].noun, story.things[1].noun)
        return "pair" if _pair_is_held_out(story.relation, *pair) else None
    if story.count == 3 and story.things[0].noun in THREE_HELD_OUT:
        return "count"
    for thing, motion in zip(story.things, story.motions, strict=True):
        if story.ground and thing.is_known and _combination_is_held_out(thing, motion, story.ground):
            return "combination"
    return None


@lru_cache(2**13)
def _combination_is_held_out(thing: Thing, motion: str, ground: str) -> bool:
    return zlib.crc32(f"{thing}|{motion}|{ground}".encode()) % HELD_OUT_ONE_IN == 0


@lru_cache(2**12)
def _pair_is_held_out(relation: str, first: str, second: str) -> bool:
    if relation in TURNED_ROUND:
        relation, first, second = TURNED_ROUND[relation], second, first
    if relation in SYMMETRIC:
        first, second = sorted((first, second))
    if relation == "circling" and first in CREATURES and second in CREATURES:
        return True
    by_chance = zlib.crc32(f"{relation}|{first}|{second}".encode()) % HELD_OUT_ONE_IN == 0
    return by_chance or (relation, first, second) in ALWAYS_HELD_OUT


def held_out_rule() -> str:
    """What is held back, as one sentence for people."""
    few = ", ".join(PLURALS[noun] for noun in THREE_HELD_OUT)
    return (
        f"One in {HELD_OUT_ONE_IN} combinations of thing, motion and ground, one in {HELD_OUT_ONE_IN} ordered pairs of "
        "things for each relation (among them 'cat catching circle' and 'dog chasing mouse'), creatures circling "
        f"creatures, and three at once of some kinds ({few}) were never shown in training; each single word was."
    )


def without(story: Story, *, colours: bool = False, ground: bool = False) -> Story:
    """The story with its colours or its ground left open."""
    if colours:
        story = replace(story, things=tuple(Thing(thing.noun) for thing in story.things))
    return replace(story, ground=None) if ground else story
