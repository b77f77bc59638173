"""The grammar of prompts: captions to attributes and back, and what is held out of training.

`[a|an|the] [size] [colour] shape motion [speed]`, for example `large red circle moving up then right quickly`.
Hyphens split words into sub-words, so `up-right` shares its tokens with `up` and `right`; only `counter-clockwise` is
one word.
"""

import re
import zlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

from t2v.system.messages import value_error

SIZES = ("small", "large")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple")
SHAPES = ("circle", "square", "triangle", "star")
SPEEDS = ("slowly", "quickly")
SLOTS = ("size", "colour", "shape", "motion", "speed")  # in the order in which they are said

STRAIGHT = ("up", "down", "left", "right")
DIAGONAL = ("up-left", "up-right", "down-left", "down-right")
TURNING = ("rotating clockwise", "rotating counter-clockwise")
RESIZING = ("shrinking", "expanding")
BOUNCING = ("bouncing vertically", "bouncing horizontally")
ZIGZAGGING = ("zigzagging vertically", "zigzagging horizontally")
PERPENDICULAR = tuple((a, b) for a in STRAIGHT for b in STRAIGHT if (a in STRAIGHT[:2]) != (b in STRAIGHT[:2]))

SIMPLE_MOTIONS = tuple(f"moving {d}" for d in STRAIGHT + DIAGONAL) + TURNING + RESIZING + BOUNCING + ZIGZAGGING
MOTIONS = SIMPLE_MOTIONS + tuple(f"moving {a} then {b}" for a, b in PERPENDICULAR)
DIAGONAL_MOTIONS = tuple(f"moving {d}" for d in DIAGONAL)

MAX_PROMPT_CHARACTERS = 1000
HELD_OUT_ONE_IN = 8
HELD_OUT_MOTION = "moving up then right"  # of `shapes`; `is_held_out` has the whole rule
THING_MOTIONS = tuple(f"moving {d}" for d in STRAIGHT + DIAGONAL) + RESIZING  # that training shows of one's own things
FORGIVEN_WORDS = {"color", "colour", "colored", "coloured"}
# Read as one word: made of `counter` and `clockwise`, a model would hear most of one sense in the other.
COUNTERCLOCKWISE = re.compile(r"\b(counter|anti)[\s-]*clockwise\b")
ARTICLES = ("a", "an", "the")


@dataclass(frozen=True)
class Attributes:
    """What a prompt says. None = not said, so anything goes. `diagonally`: that optional word is written out."""

    shape: str
    motion: str
    size: str | None = None
    colour: str | None = None
    speed: str | None = None
    diagonally: bool = False


def takes_speed(motion: str) -> bool:
    """Motions that travel or turn can be slow or quick; growing and shrinking cannot."""
    return motion not in RESIZING


def split_words(text: str) -> list[str]:
    """Sub-words of any caption: `Moving up-right.` -> [moving, up, right]. ValueError if empty or too long."""
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise value_error(
            "The prompt has {count} characters; at most {most} are read.", count=len(text), most=MAX_PROMPT_CHARACTERS
        )
    plain = COUNTERCLOCKWISE.sub("counterclockwise", text.lower().strip().rstrip("."))
    words = [word for word in re.split(r"[\s-]+", plain) if word]
    if not words:
        raise value_error("The prompt is empty; write for example: {example}", example="circle moving left")
    return words


def no_prompt(text: str, grammar: Any) -> ValueError:
    """The error for a text that is not in a grammar's own words."""
    shown = " ".join(text.split())[:60]
    return value_error(
        "{prompt!r} is no prompt of {name}, such as: {example}",
        prompt=shown,
        name=grammar.name,
        example=grammar.example,
    )


@dataclass(frozen=True)
class Grammar:
    """The words of each slot; `classic` is the tutorial's list, `shapes` the whole grammar."""

    name: str
    sizes: tuple[str, ...]
    colours: tuple[str, ...]
    shapes: tuple[str, ...]
    motions: tuple[str, ...]
    speeds: tuple[str, ...]
    implied_colour: str | None = None  # classic clips are always red: saying so is allowed and changes nothing
    example: str = "circle moving left"
    things: tuple[str, ...] = ()  # shapes that are pictures of one's own: they have their own colours

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every sub-word in a fixed order: the vocabulary of a model trained on this grammar."""
        motions = dict.fromkeys(part for m in self.motions for part in split_words(m))
        shapes = tuple(shape for shape in self.shapes if shape not in self.things)
        return self.sizes + self.colours + shapes + ("diagonally", *motions) + self.speeds + self.things

    def with_things(self, *names: str) -> "Grammar":
        """The same with words for things of one's own, pictures that move as shapes do: `shapes+monster`.

        Their words come last, so that a model of the grammar without them can learn them.
        """
        name = THINGS_AFTER.join((self.name, *names))
        return replace(self, name=name, shapes=self.shapes + names, things=self.things + names)

    def slots(self) -> dict[str, tuple[str, ...]]:
        """Slot name -> its words, in the order of the grammar."""
        return dict(zip(SLOTS, (self.sizes, self.colours, self.shapes, self.motions, self.speeds), strict=True))

    def parse(self, text: str) -> Attributes:
        """What a prompt in the grammar's own words says. ValueError for any other text: `t2v.language` reads those, and
        says what is wrong with them."""
        words = split_words(text)
        rest = [w for w in words[words[0] in ARTICLES :] if w not in FORGIVEN_WORDS]
        if rest[:1] == [self.implied_colour]:
            rest = rest[1:]
        size = rest.pop(0) if rest and rest[0] in self.sizes else None
        colour = rest.pop(0) if rest and rest[0] in self.colours else None
        shape = rest.pop(0) if rest and rest[0] in self.shapes else None
        speed = rest.pop() if rest and rest[-1] in self.speeds else None
        diagonally = len(rest) == 4 and rest[:2] == ["moving", "diagonally"]
        motion = self._spelled.get(tuple(rest[:1] + rest[2:] if diagonally else rest))
        if shape is None or motion is None or (diagonally and motion not in DIAGONAL_MOTIONS):
            raise no_prompt(text, self)
        if (speed and not takes_speed(motion)) or (colour and shape in self.things):  # which have their own colours
            raise no_prompt(text, self)
        return Attributes(shape, motion, size, colour, speed, diagonally)

    @cached_property
    def _spelled(self) -> dict[tuple[str, ...], str]:
        """The sub-words of each motion -> the motion."""
        return {tuple(split_words(motion)): motion for motion in self.motions}

    def caption(self, attributes: Attributes) -> str:
        """The prompt in its normal form; `parse(caption(a)) == a`."""
        motion = attributes.motion
        if attributes.diagonally:
            motion = motion.replace("moving ", "moving diagonally ")
        words = (attributes.size, attributes.colour, attributes.shape, motion, attributes.speed)
        return " ".join(word for word in words if word)

    @cached_property
    def captions(self) -> tuple[str, ...]:
        """Every prompt of the grammar in its normal form."""
        products = product(self.shapes, self.motions, (None, *self.sizes), (None, *self.colours), (None, *self.speeds))
        every = [Attributes(*words) for words in products]
        every = [a for a in every if a.speed is None or takes_speed(a.motion)]
        every = [a for a in every if a.colour is None or a.shape not in self.things]
        every += [replace(a, diagonally=True) for a in every if a.motion in DIAGONAL_MOTIONS]
        return tuple(self.caption(a) for a in every)


SHAPES_GRAMMAR = Grammar(
    "shapes", SIZES, COLOURS, SHAPES, MOTIONS, SPEEDS, example="large red circle moving up then right"
)
CLASSIC_GRAMMAR = Grammar("classic", (), (), ("circle",), SIMPLE_MOTIONS, (), implied_colour="red")
THINGS_AFTER = "+"  # in the name of a grammar


class _Grammars(dict[str, Grammar]):
    """Name -> grammar; `shapes+monster` is made of `shapes` when it is asked for."""

    def __missing__(self, name: str) -> Grammar:
        return _with_things(name)


GRAMMARS = _Grammars({"classic": CLASSIC_GRAMMAR, "shapes": SHAPES_GRAMMAR})


def things_of(name: str) -> tuple[str, ...]:
    """The things of one's own in a grammar of that name: `shapes+monster` -> (monster,)."""
    return tuple(name.split(THINGS_AFTER)[1:])


@lru_cache(maxsize=64)
def _with_things(name: str) -> Grammar:
    base, *names = name.split(THINGS_AFTER)
    if base not in GRAMMARS or not names:
        raise KeyError(name)
    return GRAMMARS[base].with_things(*names)


def is_held_out(grammar_name: str, attributes: Attributes) -> bool:
    """Whether training never sees this; the one authority for training, evaluation and the page.

    `classic`: `circle moving up` and the tutorial's own test, `circle moving up-right` (its motion is known as
    `diagonally up-right`). `shapes`: the motion `moving up then right`, and one in eight (shape, colour, motion).
    A prompt that leaves the colour open leaves room for a trained one, so it counts as seen. Of one's own things only
    some motions are shown: `THING_MOTIONS`.
    """
    if attributes.shape in GRAMMARS[grammar_name].things:
        return attributes.motion not in THING_MOTIONS
    if grammar_name == "classic":
        return attributes.motion == "moving up" or (
            attributes.motion == "moving up-right" and not attributes.diagonally
        )
    if attributes.motion == HELD_OUT_MOTION:
        return True
    key = f"{attributes.shape}|{attributes.colour}|{attributes.motion}"
    return attributes.colour is not None and zlib.crc32(key.encode()) % HELD_OUT_ONE_IN == 0


def held_out_rule(grammar_name: str) -> str:
    """What `is_held_out` holds back, as one sentence for people."""
    if grammar_name == "classic":
        grammar = GRAMMARS[grammar_name]
        prompts = " and ".join(f"'{grammar.caption(a)}'" for a in combinations(grammar_name, held_out=True))
        return f"{prompts} were never shown in training."
    things = " and ".join(GRAMMARS[grammar_name].things)
    of_things = f" Of {things} it saw nothing but moving straight, shrinking and expanding." if things else ""
    return (
        f"One in {HELD_OUT_ONE_IN} combinations of shape, colour and motion, chosen by a fixed hash, and every "
        f"'{HELD_OUT_MOTION}' were never shown in training; each single word was.{of_things}"
    )


def combinations(grammar_name: str, *, held_out: bool = False) -> list[Attributes]:
    """All (shape, colour, motion) that training may show, or those that it must not; size and speed are left open.

    In `classic` these are captions: the tutorial's 18, and the 2 held out.
    """
    grammar = GRAMMARS[grammar_name]
    kept = [
        Attributes(s, m, colour=c) for s, c, m in product(grammar.shapes, grammar.colours or (None,), grammar.motions)
    ]
    kept = [a for a in kept if a.shape not in grammar.things]
    kept += [Attributes(thing, motion) for thing in grammar.things for motion in grammar.motions]
    if grammar_name == "classic":
        kept += [replace(a, diagonally=True) for a in kept if a.motion in DIAGONAL_MOTIONS]
    return [a for a in kept if is_held_out(grammar_name, a) == held_out]


def contrasts(grammar_name: str, attributes: Attributes) -> list[list[Attributes]]:
    """For each slot that can be said otherwise, all that differs from these in its words alone; nothing held out."""
    grammar, contrasted = GRAMMARS[grammar_name], []
    for slot, words in grammar.slots().items():
        own = getattr(attributes, slot)
        changes: list[dict] = [{slot: word} for word in words if own is not None and word != own]
        others = [replace(attributes, **change) for change in changes]
        if slot == "motion":
            others = [replace(a, diagonally=False) for a in others if a.speed is None or takes_speed(a.motion)]
        others = [a for a in others if a.shape not in grammar.things or slot != "colour"]
        others = [replace(a, colour=None) if a.shape in grammar.things else a for a in others]
        if others := [a for a in others if not is_held_out(grammar_name, a)]:
            contrasted.append(others)
    return contrasted
