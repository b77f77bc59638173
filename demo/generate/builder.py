"""The prompt and the words it may be made of: hints while it is typed, and a builder that reads and writes it.

Everything comes from the grammar of the checkpoint that is asked for; one that learned its own captions has none.
"""

import random

from demo.studio.clips import find_sampler
from demo.studio.workspace import Folders
from t2v.data.grammar import DIAGONAL_MOTIONS, GRAMMARS, SLOTS, takes_speed

ANY = "any"


def say_next_words(folders: Folders, prompt: str, checkpoint: str | None) -> str:
    """For a prompt that is still being typed: the words that can come next. "" when the prompt is complete or wrong."""
    grammar = GRAMMARS.get(find_sampler(folders, checkpoint).grammar)
    if grammar is None or not isinstance(prompt, str):
        return ""
    try:
        grammar.parse(prompt)
        return ""
    except ValueError:
        words = grammar.continuations(prompt)
        return f"Go on with: {', '.join(words)}" if words else ""


def wrong_words(folders: Folders, prompt: str, checkpoint: str | None) -> str:
    """What is wrong with a prompt, "" when it can be drawn."""
    try:
        find_sampler(folders, checkpoint).normal_form(prompt)
    except (ValueError, AttributeError) as error:  # the latter for what is no text
        return str(error)
    return ""


def builder_choices(folders: Folders, checkpoint: str | None) -> dict[str, list[str]]:
    """Slot -> the words that the checkpoint's grammar has for it; all empty without a grammar."""
    grammar = GRAMMARS.get(find_sampler(folders, checkpoint).grammar)
    if grammar is None:
        return {slot: [] for slot in SLOTS}
    choices = {slot: list(words) for slot, words in grammar.slots().items()}
    choices["motion"] += [_diagonally(motion) for motion in grammar.motions if motion in DIAGONAL_MOTIONS]
    return choices


def read_slots(folders: Folders, prompt: str, checkpoint: str | None) -> dict[str, str]:
    """What a prompt says in each slot, `any` for what it leaves open; {} when it is no prompt of a grammar."""
    grammar = GRAMMARS.get(find_sampler(folders, checkpoint).grammar)
    if grammar is None:
        return {}
    try:
        said = grammar.parse(prompt)
    except ValueError:
        return {}
    motion = _diagonally(said.motion) if said.diagonally else said.motion
    return {slot: getattr(said, slot) or ANY for slot in SLOTS} | {"motion": motion}


def build_prompt(folders: Folders, checkpoint: str | None, **slots: str) -> str:
    """The prompt that says these slots; a speed that the motion cannot have is left out."""
    grammar = GRAMMARS[find_sampler(folders, checkpoint).grammar]
    slots = {"shape": grammar.shapes[0], "motion": grammar.motions[0]} | {
        slot: word for slot, word in slots.items() if word in builder_choices(folders, checkpoint)[slot]
    }
    if not takes_speed(slots["motion"]):
        slots.pop("speed", None)
    return " ".join(slots[slot] for slot in SLOTS if slot in slots)


def surprise(folders: Folders, checkpoint: str | None, *, rng: random.Random) -> str:
    """Any prompt of the checkpoint's grammar, or one of its words where it has none."""
    sampler = find_sampler(folders, checkpoint)
    if sampler.grammar is None:
        return rng.choice(sampler.release.vocabulary.words)
    return rng.choice(GRAMMARS[sampler.grammar].captions)


def _diagonally(motion: str) -> str:
    return motion.replace("moving ", "moving diagonally ")
