"""Free text to a prompt of a grammar, with an account of it: `interpret`.

Deterministic. What is said in the grammar's own words is read by the grammar itself, so it means what it always meant.
"""

from collections.abc import Iterator
from functools import lru_cache

from t2v.data.grammar import MAX_PROMPT_CHARACTERS, SHAPES_GRAMMAR, SLOTS, Attributes, Grammar, takes_speed
from t2v.data.scenes import COLOUR_RGB
from t2v.data.stories.grammar import StoriesGrammar, Story
from t2v.language.assumed import OF_MOTION, assumed_counts, assumed_motion, nearest_motion, stillness
from t2v.language.colours import nearest_colour
from t2v.language.exact import read_exactly
from t2v.language.find import Phrase, find, values_of
from t2v.language.interpretation import Interpretation, Problem, Reading
from t2v.language.motion import COMPANY, MOVING, Motion, compose_motion
from t2v.language.settle import settle
from t2v.language.stories import interpret_story
from t2v.language.tokens import normal_text, tokenize

CHOSEN = tuple(slot for slot in SLOTS if slot != "motion")  # filled by one word each; the motion is composed
CHANGES = {"small": "shrinking", "large": "expanding"}  # what becoming so is
COMPARED = {"smaller": "small", "bigger": "large"}


def interpret(text: str, grammar: Grammar | StoriesGrammar = SHAPES_GRAMMAR, *, guess: bool = True) -> Interpretation:
    """What a text says in a grammar. Raises nothing for any text: `require()` does, where nothing can be shown.

    `guess=False` takes only words of the dictionary, neither misspelt ones nor those that are near in meaning.
    ValueError for what is no text.
    """
    if not isinstance(text, str):
        raise ValueError(f"A prompt is text, got {text!r:.40}; write for example: {grammar.example}")
    return read_text(text, grammar, guess=guess)


@lru_cache(maxsize=512)
def read_text(text: str, grammar: Grammar | StoriesGrammar, *, guess: bool) -> Interpretation:
    """What `interpret` says, kept for the next time that it is asked."""
    if len(text) > MAX_PROMPT_CHARACTERS:
        return _refused("", grammar, Problem("long", (f"{len(text):,}", f"{MAX_PROMPT_CHARACTERS:,}")))
    written = normal_text(text)
    if isinstance(grammar, StoriesGrammar):
        return interpret_story(written, grammar, read_exactly(text, grammar), guess=guess)
    phrases = settle(find(written, tokenize(written), guess=guess, things=grammar.things))
    return _fill(written, grammar, phrases, read_exactly(text, grammar))


def attributes_of(text: str, grammar: Grammar | StoriesGrammar) -> Attributes | Story:
    """What a text says, without an account of it: words are looked up only where they are not the grammar's own.

    NotUnderstood where nothing can be shown; ValueError for what is no text.
    """
    exact = read_exactly(text, grammar) if isinstance(text, str) else None
    return interpret(text, grammar).require() if exact is None else exact


class _Slots:
    """The slots of one text while they are being filled."""

    def __init__(self, phrases: list[Phrase], grammar: Grammar):
        self.grammar, self.phrases = grammar, list(phrases)
        self.values: dict[str, str] = {}
        self.readings: list[Reading] = []
        self.problems: list[Problem] = []

    def read(self, item: Phrase, slot: str, value: str) -> None:
        self.readings.append(Reading(item.start, item.end, item.typed, slot, value, item.how, item.similarity))

    def leave(self, item: Phrase) -> None:
        self.phrases[self.phrases.index(item)] = item.passed_over()

    def colour_of(self, item: Phrase) -> tuple[str, float] | None:
        """The grammar's colour of what a word says; None for black, white and greys."""
        if item.rgb is None:
            return item.value("colour") or "", item.similarity
        return nearest_colour(item.rgb, tuple(COLOUR_RGB))

    def choose(self, slot: str) -> None:
        """Fill a slot of one word; the surest words win, and two of them that differ are a problem."""
        candidates = [item for item in self.phrases if item.value(slot) is not None]
        if not candidates:
            return
        known = self.grammar.slots()[slot] or tuple(
            filter(None, [self.grammar.implied_colour if slot == "colour" else None])
        )
        either = any(item.value("or") for item in self.phrases)
        best = max(item.rank for item in candidates) if not either else 0  # `crimson or blue`: both were said
        values: list[str] = []
        for item in sorted(candidates, key=lambda item: -item.rank):
            colour = self.colour_of(item) if slot == "colour" else (item.value(slot) or "", item.similarity)
            if item.rank < best and (colour is None or (values and colour[0] not in values)):
                self.leave(item)
            elif colour is None:
                self.problems.append(Problem("grey", (item.typed,)))
            elif not known:
                self.leave(item)  # a slot that the grammar has not, as sizes in `classic`
            elif colour[0] not in known:
                self.problems.append(Problem("lacks", (slot, item.typed, colour[0])))
            else:
                values.append(colour[0])
                self.read(item._replace(similarity=colour[1]), slot, colour[0])
        distinct = list(dict.fromkeys(values))
        if len(distinct) > 1:
            self.problems.append(Problem("either" if either else "twice", (slot, *distinct)))
        if distinct:
            self.values[slot] = distinct[0]


def _fill(text: str, grammar: Grammar, phrases: list[Phrase], exact: Attributes | None) -> Interpretation:
    slots = _Slots(list(_comparisons(_size_changes(phrases))), grammar)
    for slot in CHOSEN:
        slots.choose(slot)
    standing, past = stillness(slots.phrases)
    slots.problems += [Problem("still", (standing.typed,))] if standing else []
    for item in past:
        slots.leave(item)
    motion = compose_motion(slots.phrases)
    _read_motion(slots, motion)
    if "speed" in slots.values and motion and motion.name and not takes_speed(motion.name):
        for item in [item for item in slots.phrases if item.value("speed") and not item.value("motion")]:
            slots.leave(item)
        slots.readings = [r for r in slots.readings if r.slot != "speed"]
        del slots.values["speed"]
    if slots.values.get("shape") in grammar.things and "colour" in slots.values:  # it has its own colours
        for item in [item for item in slots.phrases if item.value("colour")]:
            slots.leave(item)
        slots.readings = [r for r in slots.readings if r.slot != "colour"]
        del slots.values["colour"]
    slots.readings += assumed_counts(phrases, "one")
    aside = tuple(item.typed for item in slots.phrases if item.remarked and not item.concepts)
    if "shape" not in slots.values and not any(p.words[:1] == ("shape",) for p in slots.problems):
        slots.problems.insert(0, Problem("no_shape", aside))
    elif motion is None:
        denied = tuple(item.typed for item in slots.phrases if item.remarked and item.denies_way)
        slots.problems.append(Problem("denied", denied) if denied else Problem("no_motion", aside))
    if "shape" not in slots.values and motion is None and not slots.values:
        slots.problems.insert(0, Problem("nothing", aside) if text.strip() else Problem("empty"))
    nearest = _caption(grammar, {"shape": grammar.shapes[0], "motion": nearest_motion(slots.phrases)} | slots.values)
    readings = tuple(sorted(slots.readings))
    if exact is not None:
        caption = grammar.caption(exact)
        return Interpretation(text, grammar.name, caption, exact, readings, (), caption)
    if slots.problems:
        problem = slots.problems[0]
        nearest = grammar.example if problem.reason in ("nothing", "empty") else nearest
        return Interpretation(text, grammar.name, "", None, readings, aside, nearest, problem)
    return Interpretation(text, grammar.name, nearest, read_exactly(nearest, grammar), readings, aside, nearest)


def _caption(grammar: Grammar, values: dict[str, str]) -> str:
    """A prompt of the grammar that says these values."""
    words = {slot: word for slot, word in values.items() if slot in CHOSEN and word in grammar.slots()[slot]}
    if not takes_speed(values["motion"]):
        words.pop("speed", None)
    diagonally = values.get("diagonally", "") == "diagonally"
    return grammar.caption(
        Attributes(**{"shape": grammar.shapes[0]} | words, motion=values["motion"], diagonally=diagonally)
    )


def _read_motion(slots: _Slots, motion: Motion | None) -> None:
    """Put a composed motion into its slot, with the words that said it."""
    if motion is None:
        return
    grammar = slots.grammar
    if motion.problem:
        slots.problems.append(Problem(motion.problem[0], motion.problem[1:]))
        slots.values["motion"] = motion.name
    elif motion.name not in grammar.motions:
        slots.problems.append(Problem("lacks", ("motion", motion.name, motion.name)))
        slots.values["motion"] = motion.name.split(" then ")[0]
    else:
        slots.values["motion"] = motion.name
        slots.values["diagonally"] = "diagonally" if motion.diagonally else ""
    for item in list(slots.phrases):
        words = " ".join(value for slot, value in item.concepts if slot in OF_MOTION)
        if words and not motion.problem and not motion.shows(item):
            slots.leave(item)
        elif words:
            turned = item.value("motion") == "turning" and any(other.value("sense") for other in slots.phrases)
            slots.read(*((item, "motion", words) if turned else _resolved(item, words, motion)))
    slots.readings += assumed_motion(slots.phrases, motion)


def _resolved(item: Phrase, words: str, motion: Motion) -> tuple[Phrase, str, str]:
    """What `Slots.read` is told of a word of motion: `sways` is near to bouncing, `comes closer` to expanding."""
    by_company = item.value("motion") in COMPANY and not motion.name.startswith(MOVING)
    return (item._replace(how="near"), "motion", motion.name) if by_company else (item, "motion", words)


def _size_changes(phrases: list[Phrase]) -> list[Phrase]:
    """`grows until it is huge` is growing, and `goes from big to small` is shrinking: no size of the thing itself."""
    ends: dict[str, list[int]] = {"from": [], "to": []}  # places of the sizes that something has at first and at last
    side = None
    for number, item in enumerate(phrases):
        if item.value("size") and side:
            ends[side].append(number)
        side = item.value("from") or (side if not item.concepts and not item.remarked else None)
    resizing = any(item.value("motion") in CHANGES.values() or item.value("compare") for item in phrases)
    result = list(phrases)
    for number in ends["from"] if ends["to"] else ():
        result[number] = phrases[number]._replace(concepts=(), remarked=False)
    for number in ends["to"]:
        change = (("motion", CHANGES[str(phrases[number].value("size"))]),)
        if resizing or ends["from"]:
            result[number] = phrases[number]._replace(concepts=() if resizing else change, remarked=False)
    return result


def _comparisons(phrases: list[Phrase]) -> Iterator[Phrase]:
    """`becomes huge` and `bigger` mean growing, but `a bigger star moving left` is a large one."""
    kinds = set(values_of(phrases, "motion")) - {MOVING}
    elsewhere = any(f.value("direction") for f in phrases) or bool(kinds - {"expanding", "shrinking"})
    becoming = False
    for item in phrases:
        size = CHANGES.get(item.value("size") or "")
        compared = COMPARED.get(item.value("compare") or "")
        if compared and not becoming and elsewhere:
            item = item._replace(concepts=(("size", compared),))
        elif compared:
            item = item._replace(concepts=(("motion", CHANGES[compared]),))
        elif becoming and size:
            item = item._replace(concepts=(("motion", size),))
        if item.value("become"):
            becoming = True
        elif item.concepts or item.remarked or item.typed.lower() in ("a", "an", "the", "i", "me"):
            becoming = False
        yield item


def _refused(text: str, grammar: Grammar | StoriesGrammar, problem: Problem) -> Interpretation:
    return Interpretation(text, grammar.name, "", None, (), (), grammar.example, problem)
