"""A prompt as a model reads it, once per keystroke: whole, only begun, in one's own words, or reduced to what the model
knows. The rules of language are in `t2v.language`; here is what the page makes of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from demo.locale.translate import _
from demo.studio.clips import split_chain
from demo.ui.errors import in_visitors_words
from t2v.data.grammar import (
    FORGIVEN_WORDS,
    GRAMMARS,
    MAX_PROMPT_CHARACTERS,
    SHAPES_GRAMMAR,
    SLOTS,
    Attributes,
    Grammar,
    takes_speed,
)
from t2v.data.stories.grammar import StoriesGrammar, Story

if TYPE_CHECKING:
    from t2v.language import Interpretation
    from t2v.sampler import Sampler


@dataclass(frozen=True)
class Reading:
    """What a model makes of a prompt. `prompt` is its normal form, "" where it is not whole."""

    prompt: str = ""
    wording: str = ""  # the same in the visitor's language
    problem: str = ""  # what is wrong with it, or missing
    nearest: str = ""  # a prompt that can be shown, with which the problem ends; in the visitor's language
    scenes: tuple[str, ...] = ()  # where it is only begun: each of the scenes given, changed as far as it goes
    slots: dict[str, str] = field(default_factory=dict)  # of the last part of a chain; {} without a grammar
    words: tuple[dict, ...] = ()  # of words that are none of the grammar's: {text, meaning, kind, typed, slot}
    before: str = ""  # of a chain: all but its last part, in the visitor's language
    remark: str = ""  # how it was read or changed
    never_trained: bool = False


def read_prompt(sampler: "Sampler", prompt: str, scenes: Sequence[str] = (), *, language: str = "en") -> Reading:
    """What the sampler's model makes of it; never raises for text. `scenes` follow a prompt that is only begun."""
    from t2v.data.worlds import WORLDS  # not at the top: it imports torch, and the page is up before
    from t2v.language import chains, interpret

    if sampler.grammar is None:
        try:
            return Reading(sampler.normal_form(prompt))
        except ValueError as error:
            return Reading(problem=in_visitors_words(error))
    grammar = WORLDS[sampler.grammar].grammar
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        return _refused(interpret(prompt, grammar), language)
    try:
        parts = split_chain(prompt, sampler.grammar)
    except ValueError as error:
        return Reading(problem=in_visitors_words(error))
    if isinstance(grammar, Grammar):
        *first, last = (_read_part(grammar, sampler.release.name, part, scenes, language) for part in parts)
    else:
        *first, last = (_read_story(grammar, part, language) for part in parts)
    for reading in first:
        if not reading.prompt:
            return replace(reading, scenes=())
    every = [*first, last]
    fixed = [word | {"slot": ""} for reading in first for word in reading.words]  # only the last part can be changed
    return replace(
        last,
        prompt=chains.join_chain([reading.prompt for reading in every]) if last.prompt else "",
        wording=chains.join_chain([reading.wording for reading in every], language) if last.prompt else "",
        before="".join(f"{reading.wording}{chains.JOINED_BY[language]}" for reading in first),
        words=(*fixed, *last.words),
        remark=" · ".join(reading.remark for reading in every if reading.remark),
        never_trained=any(sampler.never_trained(reading.prompt) for reading in every if reading.prompt),
    )


def _refused(read: "Interpretation", language: str) -> Reading:
    """What `interpret` could not show, and what comes nearest to it."""
    from t2v.language import wording  # not at the top: it imports torch

    return Reading(problem=read.line(language), nearest=wording.say(read.nearest, read.grammar, language))


def _read_story(grammar: StoriesGrammar, text: str, language: str) -> Reading:
    """A prompt of stories, which has no slots to follow."""
    from t2v.language import interpret, wording  # not at the top: it imports torch

    read = interpret(text, grammar)
    if not isinstance(read.attributes, Story):
        return _refused(read, language)
    remark = " · ".join(read.line(language).split(" · ")[1:])
    sentence = wording.say(read.caption, read.grammar, language)
    return Reading(read.caption, sentence, remark=remark)


def _read_part(grammar: Grammar, model: str, text: str, scenes: Sequence[str], language: str) -> Reading:
    from t2v.language import chips, interpret, wording  # not at the top: it imports torch, and the page is up before
    from t2v.language.exact import read_exactly

    if exact := read_exactly(wording.from_russian(text, grammar.name) or text, grammar):
        return _whole(grammar, exact, language)
    if beginnings(grammar.name, text):
        return Reading(scenes=tuple(follow(grammar.name, text, scenes)))
    understood = interpret(text, grammar if grammar.things else SHAPES_GRAMMAR)
    if not isinstance(understood.attributes, Attributes):
        known = {one.slot: one.value for one in understood.readings if one.value in grammar.slots().get(one.slot, ())}
        changed = tuple(_with_slots(grammar, scene, known) for scene in scenes) if known else ()
        return replace(_refused(understood, language), scenes=changed)
    fitted = _fit(grammar, understood.attributes)
    if fitted is None:
        return _refused(interpret(text, grammar), language)
    reading, line = _whole(grammar, fitted, language), understood.line(language)
    whole = fitted == understood.attributes  # else the model lacks some of these meanings, and none can be chosen
    words = [
        {
            "text": f"{chip.typed} → {chip.label}",
            "meaning": chip.value,
            "kind": "" if chip.sure else "guess",
            "typed": chip.typed,
            "slot": chip.slot if whole else "",
        }
        for chip in chips(understood, language)
        if chip.typed and chip.typed.lower() not in (chip.value, chip.label)
    ]
    if not whole:
        line = _("Model {model!r} knows fewer words; it draws: {prompt}", model=model, prompt=reading.wording)
    else:  # what the chips do not say: what was assumed, and what left aside
        line = " · ".join(part for part in line.split(" · ")[1:] if " = " not in part and " ≈ " not in part)
    return replace(reading, words=tuple(words), remark=line)


def _whole(grammar: Grammar, attributes: Attributes, language: str) -> Reading:
    from t2v.language import wording

    slots = {slot: value for slot in SLOTS if (value := getattr(attributes, slot))}
    if attributes.diagonally:
        slots["motion"] = slots["motion"].replace("moving ", "moving diagonally ")
    prompt = grammar.caption(attributes)
    return Reading(prompt, wording.say(prompt, grammar.name, language), slots=slots)


def _fit(grammar: Grammar, attributes: Attributes) -> Attributes | None:
    """The attributes, reduced to what a model with fewer words knows; None where too little would be left."""
    known = {slot: getattr(attributes, slot) in words for slot, words in grammar.slots().items()}
    motion = attributes.motion if known["motion"] else attributes.motion.split(" then ")[0]
    if motion not in grammar.motions:
        return None
    lost: dict[str, Any] = {slot: None for slot in ("size", "colour", "speed") if not known[slot]}
    shape = attributes.shape if known["shape"] else grammar.shapes[0]
    return replace(attributes, motion=motion, shape=shape, **lost)


@lru_cache(maxsize=1024)
def beginnings(grammar_name: str, text: str) -> tuple[int, ...]:
    """Which captions of the grammar begin like this, in English or Russian; the last word may be unfinished."""
    from t2v.language.wording import russian_beginnings  # not at the top: it imports torch

    if re.search("[а-яё]", text.lower()):
        return russian_beginnings(text, grammar_name)
    typed = re.sub(r"^(an?|the) ", "", re.sub(r"\s+", " ", text.strip().lower()))
    typed = re.sub(rf" ({'|'.join(FORGIVEN_WORDS)})\b", "", typed)
    return tuple(k for k, caption in enumerate(GRAMMARS[grammar_name].captions) if caption.startswith(typed))


@lru_cache(maxsize=8)
def _attributes(grammar_name: str) -> list:
    return [GRAMMARS[grammar_name].parse(caption) for caption in GRAMMARS[grammar_name].captions]


def follow(grammar_name: str, begun: str, scenes: Sequence[str]) -> list[str]:
    """Each scene's prompt, changed as far as the begun prompt says: `blue st` makes every one of them a blue star."""
    grammar, known = GRAMMARS[grammar_name], _attributes(grammar_name)
    possible = [known[k] for k in beginnings(grammar_name, begun)]
    left = {slot: dict.fromkeys(getattr(one, slot) for one in possible) for slot in SLOTS}
    return [_with_slots(grammar, scene, {}, left) for scene in scenes]


def _with_slots(grammar: Grammar, scene: str, known: dict[str, Any], left: dict | None = None) -> str:
    """The scene with these slots, and none but what is `left` for a slot."""
    from t2v.language.exact import read_exactly  # not at the top: it imports torch, and the page is up before

    one = replace(read_exactly(scene, SHAPES_GRAMMAR), **known)
    left = left or {slot: dict.fromkeys([None, *words]) for slot, words in grammar.slots().items()}
    left |= {slot: grammar.slots()[slot] for slot in ("shape", "motion") if None in left[slot]}
    words = {slot: getattr(one, slot) for slot in SLOTS}
    chosen = {slot: word if word in left[slot] else next(iter(left[slot])) for slot, word in words.items()}
    if not takes_speed(chosen["motion"]):
        chosen["speed"] = None
    return grammar.caption(replace(one, **chosen))
