"""Free text to a story: who does what to whom, how each thing moves, and over which ground.

Who acts is told by the order of words in English (`the mouse is chased by a cat` turns it round) and by cases in
Russian, whatever the order: `мышку ловит кошка` is a cat that catches a mouse. The words are in `stories_en.ini` and
`stories_ru.ini`, over those of the other worlds.
"""

from dataclasses import replace

from t2v.data.scenes import COLOUR_RGB
from t2v.data.stories.grammar import DRAWN, NUMBERS, STORIES_GRAMMAR, StoriesGrammar, Story, Thing
from t2v.language.assumed import assumed_counts, assumed_motion, nearest_motion, stillness
from t2v.language.colours import nearest_colour
from t2v.language.exact import read_exactly
from t2v.language.find import WAYS, Phrase, find, values_of
from t2v.language.interpretation import Interpretation, Problem, Reading
from t2v.language.motion import Motion, compose_motion
from t2v.language.relations import PLACES, Named, Refused, placed, related, relation_said
from t2v.language.settle import settle
from t2v.language.tokens import tokenize

WORLD = STORIES_GRAMMAR.name
ALONE = {"left of": "left", "right of": "right"}  # what a place is where there is nothing that it could be beside
UNUSED = ("relation", "colour")  # readings that count only where the story has their value
BETWEEN_TWO = ("chasing", "catching", "meeting")  # they mean nothing for one thing alone
AROUND = ("around", "round", "вокруг")  # `walks around`, said of one thing alone, is no turning
COUNTS = {word: count for count, word in NUMBERS.items()}
SAID_IN = {"kind": "thing", "shape": "thing", "relation": "relation", "undergone": "relation", "ground": "ground"}
CHOSEN = {"kind", "shape", "colour", "relation", "motion", "direction"}  # of which there may be one or another
DEFAULT_MOTION = "moving right"


def interpret_story(text: str, grammar: StoriesGrammar, exact: Story | None, *, guess: bool) -> Interpretation:
    """What a text says as a story; `exact` is what the grammar itself makes of it, which goes before."""
    if exact is not None:
        caption = grammar.caption(exact)
        return Interpretation(text, grammar.name, caption, exact, (), (), caption)
    phrases = settle(placed(find(text, tokenize(text), guess=guess, world=WORLD)))
    aside = tuple(item.typed for item in phrases if item.remarked and not item.concepts)
    readings, nearest, problem = _readings(phrases), STORIES_GRAMMAR.example, None
    try:
        story, assumed = _story_and_assumed(phrases)
        nearest = STORIES_GRAMMAR.caption(story)
        used = tuple(one for one in readings if one.slot not in UNUSED or one.value in _values(story)) + tuple(assumed)
        aside += tuple(item.typed for item in phrases if not _is_shown(item, story))
        return Interpretation(text, grammar.name, nearest, read_exactly(nearest, grammar), used, aside, nearest)
    except Refused as refused:
        problem = refused.problem if text.strip() else Problem("empty")
        made = refused.nearest or (_nearest(phrases) if readings else None)
        nearest = STORIES_GRAMMAR.caption(made) if made else nearest
    denied = tuple(item.typed for item in phrases if item.remarked and item.denies_way)
    if problem.reason == "no_motion" and denied:
        problem = Problem("denied", denied)
    elif problem.reason in ("no_shape", "no_motion"):
        problem = problem._replace(words=aside)
        problem = problem if readings else problem._replace(reason="nothing")
    return Interpretation(text, grammar.name, "", None, readings, aside, nearest, problem)


def _values(story: Story) -> set[str | None]:
    """The words of a story that its readings may stand for."""
    return {story.relation, *(thing.colour for thing in story.things)}


def _is_shown(item: Phrase, story: Story) -> bool:
    """Whether a story shows what these words say; sizes and speeds it never does, movements beside a relation."""
    if item.slots & {"size", "still"} or item.slots == {"speed"}:
        return False
    if item.value("colour") is not None and (_colour(item) or "grey") not in _values(story):
        return False
    if len(story.things) > 1 and item.value("order") and not any(" then " in motion for motion in story.motions):
        return False  # both move at once
    if story.relation and relation_said(item) not in (None, story.relation):
        return False
    if item.value("ground") not in (None, story.ground):
        return False  # there is one: at night on grass is at night
    if not story.relation and not _is_made(item.value("motion"), " ".join(story.motions)):
        return False
    return not (story.relation and item.slots & WAYS)


def _is_made(motion: str | None, motions: str) -> bool:
    """Whether a movement is among these, or only travels or falls as they do."""
    return motion in (None, "moving") or motion in motions or (motion == "falling" and "down" in motions)


def _colour(item: Phrase) -> str | None:
    """The nearest colour of the grammar, None for black, white and greys."""
    if item.rgb is None:
        return item.value("colour")
    near = nearest_colour(item.rgb, tuple(COLOUR_RGB))
    return near[0] if near else None


def _readings(phrases: list[Phrase]) -> tuple[Reading, ...]:
    readings = []
    for item in phrases:
        for slot, value in item.concepts:
            if slot in SAID_IN or slot in ("count", "colour", "motion", "direction"):
                value = (_colour(item) or "") if item.rgb else value
                name = SAID_IN.get(slot, "motion" if slot == "direction" else slot)
                readings.append(Reading(item.start, item.end, item.typed, name, value, item.how, item.similarity))
    return tuple(readings)


def _story_and_assumed(phrases: list[Phrase]) -> tuple[Story, list[Reading]]:
    """The story, and what of it nobody said. Raises Refused."""
    story = _story(phrases)
    alone = story.relation is None and len(story.things) == 1
    counts = assumed_counts(phrases, "two" if alone else "one")
    story = replace(story, count=2) if alone and counts else story
    return story, counts + ([] if story.relation else _assumed(phrases))


def _nearest(phrases: list[Phrase]) -> Story | None:
    """A story of what was understood: three for more, and a thing for one that is not known here."""
    three = (("count", "three"),)
    phrases = [item._replace(concepts=three) if item.value("count") == "many" else item for item in phrases]
    if not any(item.slots & {"kind", "shape"} for item in phrases):
        coloured = any(_colour(item) for item in phrases)
        phrases = [Phrase(0, 0, "", (("shape", "circle") if coloured else ("kind", "cat"),)), *phrases]
    return _nearest_of(phrases)


def _nearest_of(phrases: list[Phrase]) -> Story | None:
    """The story that these words tell, or the nearest one; None for none."""
    try:
        return _story(phrases)
    except Refused as refused:
        return refused.nearest


def _story(phrases: list[Phrase]) -> Story:
    """What the words say together. Raises Refused."""
    ground = _ground(phrases)
    things = _things(phrases)
    if not things:
        raise Refused(None, "no_shape")
    relations = [n for n, item in enumerate(phrases) if relation_said(item)]
    distinct = list(dict.fromkeys(named.thing for named in things))
    _refuse_either(phrases)
    standing, _ = stillness(phrases)
    if standing and not (len(things) > 1 and any(relation_said(phrases[n]) in PLACES for n in relations)):
        nearest = Story((distinct[0],), (nearest_motion(phrases),), ground=ground)
        raise Refused(nearest, "still", standing.typed)
    if relations and len(things) > 1:
        return related(phrases, things, relations, ground)
    for at in relations:
        item = phrases[at]
        if (relation := relation_said(item)) in BETWEEN_TWO:
            other = Thing("mouse" if distinct[0].noun != "mouse" else "cat")
            acts = (things[0].at < at) == bool(item.value("relation"))
            pair = (distinct[0], other) if acts else (other, distinct[0])
            raise Refused(Story(pair, relation=relation, ground=ground), "partner", item.typed)
    if len(distinct) > 2:
        nearest = Story((distinct[0],), (DEFAULT_MOTION,), ground=ground)
        raise Refused(nearest, "things", *(str(thing) for thing in distinct))
    return _moving(phrases, things, ground)


def _refuse_either(phrases: list[Phrase]) -> None:
    """Refuse `a cat or a dog` and `a red or blue star`; the nearest story has the first of the two."""
    either = [n for n, item in enumerate(phrases) if item.value("or")]
    for at in either:
        before = next((item for item in reversed(phrases[:at]) if item.slots & CHOSEN), None)
        after = next((n for n in range(at + 1, len(phrases)) if phrases[n].slots & CHOSEN), None)
        if before is None or after is None or not before.slots & phrases[after].slots:
            continue
        less = [item for n, item in enumerate(phrases) if n not in (at, after)]
        raise Refused(_nearest_of(less), "either", "thing", before.typed, phrases[after].typed)


def _ground(phrases: list[Phrase]) -> str | None:
    grounds = values_of(phrases, "ground")
    if len(grounds) > 1 and "night" in grounds:  # at night on grass: what is there by day as well gives way
        grounds = ["night"]
    if len(grounds) > 1:
        raise Refused(Story((Thing("cat"),), (DEFAULT_MOTION,), ground=grounds[0]), "twice", "ground", *grounds)
    return grounds[0] if grounds else None


# Things


def _things(phrases: list[Phrase]) -> list[Named]:
    """The things in order, each with its colour and how many there are of it."""
    things: list[Named] = []
    colour, count = None, 1
    for at, item in enumerate(phrases):
        if new_colour := item.value("colour"):
            colour = new_colour
        elif item.rgb is not None:
            colour = _colour(item) or colour
        if (number := item.value("count")) == "many":
            raise Refused(None, "many", item.typed)
        count = COUNTS.get(number or "", count)
        noun = item.value("kind") or item.value("shape")
        if noun:
            things.append(Named(at, _thing(noun, colour), item.value("case") or "", count))
            colour, count = None, 1
        elif things and colour and not _more_things(phrases, at):  # `a star, yellow, falls`
            last = things[-1]
            things[-1] = last._replace(thing=_thing(last.thing.noun, last.thing.colour or colour))
            colour = None
        if item.value("antecedent") and things:  # `мышь, которую ...`
            things[-1] = things[-1]._replace(case="object")
    return things


def _thing(noun: str, colour: str | None) -> Thing:
    return Thing(noun) if noun in DRAWN else Thing(noun, colour)


def _more_things(phrases: list[Phrase], at: int) -> bool:
    """Whether a thing follows before anything moves: then a colour is of that one."""
    for item in phrases[at + 1 :]:
        if item.value("kind") or item.value("shape"):
            return True
        if item.value("motion") or item.value("relation") or item.value("direction"):
            return False
    return False


# Things that move by themselves


def _stretches(phrases: list[Phrase], things: list[Named]) -> list[list[Phrase]]:
    """The words that stand with each thing."""
    starts = [named.at for named in things]
    ends = [*starts[1:], len(phrases)]
    starts[0] = 0  # `there flies a bird`
    return [phrases[start:end] for start, end in zip(starts, ends, strict=True)]


def _assumed(phrases: list[Phrase]) -> list[Reading]:
    """What of the motions nobody said."""
    stretches = _stretches(phrases, _things(phrases))
    return [one for items in stretches for one in assumed_motion(list(map(_by_itself, items)), _motion(items))]


def _moving(phrases: list[Phrase], things: list[Named], ground: str | None) -> Story:
    motions_read = [_motion(items) for items in _stretches(phrases, things)]
    motions = [motion.name if motion else None for motion in motions_read]
    one, *others = things
    if others and one.thing == others[0].thing:  # named twice
        motions, things = [next(filter(None, motions), None)], things[:1]
    elif others and motions[0] is None:  # `a cat and a dog move left`
        motions[0] = motions[1]
    first = motions[0] or nearest_motion(phrases)
    nearest = Story((one.thing,), (first,), ground=ground, count=one.number)
    problem = next((motion.problem for motion in motions_read if motion and motion.problem), ())
    if problem:
        raise Refused(nearest, *problem)
    if None in motions:
        raise Refused(nearest, "no_motion")
    if len(things) == 1:
        return nearest
    if max(named.number for named in things) > 1:
        raise Refused(nearest, "things", *(str(named.thing) for named in things))
    return Story(tuple(named.thing for named in things), tuple(filter(None, motions)), ground=ground)


def _motion(items: list[Phrase]) -> Motion | None:
    """How a thing moves, by the words that stand with it."""
    alone = [_by_itself(item) for item in items]
    if any(item.value("motion") == "falling" for item in alone):
        ways = {item.value("direction") for item in alone} - {None, "down"}
        if not ways:
            return Motion("falling")
        alone = [item._replace(concepts=(("motion", "moving"),)) if item.value("motion") == "falling" else item
                for item in alone]  # fmt: skip
    return compose_motion(alone)


def _by_itself(item: Phrase) -> Phrase:
    """A relation without another thing: `circling` is turning, `to the right of the screen` a direction."""
    relation = relation_said(item)
    if relation is None:
        return item
    if relation in ALONE:
        return item._replace(concepts=(("direction", ALONE[relation]),))
    if relation in PLACES:
        return item._replace(concepts=())
    turning = relation == "circling" and not item.typed.lower().endswith(AROUND)
    return item._replace(concepts=(("motion", "rotating" if turning else "moving"),))
