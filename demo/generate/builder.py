"""The grammars as plain data for the browser, where prompts are read, built and completed (`static/grammar.js`; of
stories `static/story.js`)."""

import random
from contextlib import suppress
from functools import lru_cache
from typing import Any

from demo.studio import clips
from demo.studio.workspace import Folders, find_checkpoints
from t2v.data.grammar import DIAGONAL_MOTIONS, GRAMMARS, THINGS_AFTER, combinations, takes_speed

UNSEEN = 60  # prompts that no training has shown, for a button to choose from
WORDS = 40  # of a model that learned its own captions


def grammar_data(name: str) -> dict:
    """Slots and their words, which motions can be said as diagonals, which have no speed, and what was never taught;
    how each word is said in Russian, of something masculine and of something feminine."""
    from t2v.language.wording import FEMININE, russian_forms  # not at the top: it imports torch

    grammar = GRAMMARS[name]
    unseen = [grammar.caption(one) for one in combinations(name, held_out=True)]
    return {
        "slots": {slot: list(words) for slot, words in grammar.slots().items()},
        "diagonals": [motion for motion in grammar.motions if motion in DIAGONAL_MOTIONS],
        "speedless": [motion for motion in grammar.motions if not takes_speed(motion)],
        "implied": grammar.implied_colour,
        "russian": {"words": russian_forms(grammar), "feminine": [s for s in grammar.shapes if s in FEMININE]},
        "unseen": random.Random(0).sample(unseen, min(UNSEEN, len(unseen))),
    }


@lru_cache(maxsize=1)
def story_data() -> dict:
    """The words of stories by what they are, each thing with its plural, and how they are said in Russian; prompts to
    begin with, and what was never taught."""
    import torch  # not at the top: the page is up before

    from t2v.data.stories import grammar as stories
    from t2v.data.worlds import WORLDS
    from t2v.language.story_wording import russian_data

    world = WORLDS[stories.STORIES_GRAMMAR.name]
    _scenes, _shown, unseen = world.sample(0, torch.arange(UNSEEN), held_out=True)
    return {
        "things": {name: stories.PLURALS[name] for name in (*stories.DRAWN, *stories.SHAPES)},
        "coloured": list(stories.SHAPES),
        "colours": list(stories.COLOURS),
        "numbers": list(stories.NUMBERS.values()),
        "motions": list(stories.MOTIONS),
        "relations": list(stories.RELATIONS),
        "grounds": dict(stories.GROUNDS),
        "russian": russian_data(),
        "examples": world.previews(),
        "unseen": list(dict.fromkeys(unseen)),
    }


def data_of(name: str) -> dict:
    """What the browser must know of a grammar, whichever it is. Things of one's own among stories are only typed: they
    have no plurals, which the builder would need."""
    from t2v.data.stories.grammar import STORIES_GRAMMAR

    return story_data() if name.partition(THINGS_AFTER)[0] == STORIES_GRAMMAR.name else grammar_data(name)


def catalogue(folders: Folders) -> dict:
    """Every checkpoint that can be used, the best first, with the grammars that they read."""
    from t2v.checkpoint.release import first_world, read_json

    models, known = [], find_checkpoints(folders)
    for label, name in clips.menu(folders):
        model: dict[str, Any] = {"name": name, "label": label, "grammar": None, "words": [], "first_world": None}
        with suppress(ValueError, KeyError, TypeError, AttributeError, OSError):  # it cannot be read, as its label says
            config = read_json(known[name] / "config.json")
            own = config["grammar"] is None
            model["first_world"] = first_world(config["grammar"], config["training"])
            model |= {"words": list(config["vocabulary"])[:WORDS]} if own else {"grammar": config["grammar"]}
        models.append(model)
    grammars = {model["grammar"]: data_of(model["grammar"]) for model in models if model["grammar"]}
    return {"models": models, "grammars": grammars}
