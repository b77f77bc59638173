"""The grammars as plain data for the browser, where prompts are read, built and completed (`static/grammar.js`)."""

import random
from contextlib import suppress
from typing import Any

from demo.studio import clips
from demo.studio.workspace import Folders, find_checkpoints
from t2v.data.grammar import DIAGONAL_MOTIONS, GRAMMARS, combinations, takes_speed

UNSEEN = 60  # prompts that no training has shown, for a button to choose from
WORDS = 40  # of a model whose prompts have no slots: of stories, or of its own captions


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


def catalogue(folders: Folders) -> dict:
    """Every checkpoint that can be used, the best first, with the grammars that they read."""
    from t2v.checkpoint.release import read_json
    from t2v.data.stories.grammar import STORIES_GRAMMAR

    models, known = [], find_checkpoints(folders)
    for label, name in clips.menu(folders):
        model: dict[str, Any] = {"name": name, "label": label, "grammar": None, "words": []}
        with suppress(ValueError, KeyError, TypeError, OSError):  # it cannot be read, as its label says
            config = read_json(known[name] / "config.json")
            slots = config["grammar"] not in (None, STORIES_GRAMMAR.name)
            model |= {"grammar": config["grammar"]} if slots else {"words": list(config["vocabulary"])[:WORDS]}
        models.append(model)
    grammars = {model["grammar"]: grammar_data(model["grammar"]) for model in models if model["grammar"]}
    return {"models": models, "grammars": grammars}
