"""What the server answers to one request of the stage: the large clip, then its variations, then another model's.

A request and its answers are plain data (JSON). Answers carry the request's number, so the browser can tell which is
newest, and set no field of the visitor's. Each answer holds all parts that are there so far: none may be lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from demo.generate.reading import Reading, read_prompt
from demo.generate.ready import SCENES
from demo.locale.translate import in_visitors_language, visitors_language
from demo.studio import clips
from demo.studio.clips import MAX_CLIPS, MAX_PAGE_SEED, Clip, find_sampler
from demo.studio.sheets import LARGE_PX, sheet_url
from demo.studio.workspace import Folders
from demo.ui.errors import by_labels, in_words
from t2v.config import raise_if, range_problem

HELD_OUT = "The model was never shown this combination. It works it out from the words."
NOTHING_ASKED = "What should move? Try: circle moving left"


@dataclass(frozen=True)
class Request:
    """One state of the stage's fields."""

    id: int
    prompt: str
    seed: int
    count: int  # clips: the large one and its variations
    frames: int
    fps: int
    checkpoint: str | None
    other: str | None  # a model to compare with

    @property
    def first_seed(self) -> int:
        """Seeds come in pages of `count`, so that choosing one leaves the others where they are."""
        return self.seed // self.count * self.count


def read_request(fields: object) -> Request:
    """A request of the browser. ValueError with all that is wrong with it."""
    if not isinstance(fields, dict):
        raise ValueError("There is nothing to draw yet; type a prompt.")
    prompt = fields.get("prompt")
    if not isinstance(prompt, str):
        raise ValueError(f"prompt must be text, got {type(prompt).__name__}")
    bounds = {"seed": (0, MAX_PAGE_SEED), "count": (1, MAX_CLIPS), "frames": (1, 1000), "seconds": (0.0, 1000.0)}
    raise_if([p for name, (low, high) in bounds.items() for p in range_problem(name, fields.get(name), low, high)])
    frames, fps = clips.pace(fields["frames"], fields["seconds"])
    number = fields.get("id")
    return Request(
        number if isinstance(number, int) else 0, prompt, int(fields["seed"]), int(fields["count"]), frames, fps,
        fields.get("checkpoint"), fields.get("other"),
    )  # fmt: skip


def answer(folders: Folders, fields: object) -> Iterator[tuple[dict, dict, dict]]:
    """(the large clip, the variations, the other model's clip), each time with what has come since."""
    number = fields.get("id", 0) if isinstance(fields, dict) else 0
    nothing = {"id": number}
    try:
        request = read_request(fields)
        sampler = find_sampler(folders, request.checkpoint)
        scenes = [SCENES[k % len(SCENES)] for k in range(request.count)]
        reading = read_prompt(sampler, request.prompt, scenes, language=visitors_language())
        if not reading.prompt and not reading.scenes:
            raise ValueError(reading.problem)
        prompts = [reading.prompt] * request.count if reading.prompt else reading.scenes
        asked = [(prompt, request.first_seed + k) for k, prompt in enumerate(prompts)]
        at = request.seed - request.first_seed
        settings = {"frames": request.frames, "fps": request.fps, "checkpoint": request.checkpoint}
        large = next(clips.draw_each(folders, [asked.pop(at)], **settings))
        hero = large_part(request, reading, large)
        yield hero, nothing, nothing
        drawn = list(clips.draw_each(folders, asked, **settings))
        drawn.insert(at, large)
        wall = wall_part(request, drawn)
        yield hero, wall, nothing
        yield hero, wall, other_part(folders, request, large)
    except Exception as error:
        yield {**nothing, "notes": [note(by_labels(in_words(error)), "problem")]}, nothing, nothing


def note(words: str, kind: str = "") -> dict:
    """One line below the prompt. `kind` is `problem`, `remark`, `held-out` or nothing."""
    return {"text": in_visitors_language(words), "kind": kind}


def large_part(request: Request, reading: Reading, clip: Clip) -> dict:
    """The large clip with what is said about it."""
    notes = [note(clips.describe(clip))] if reading.prompt else []
    notes += [note(line, "remark") for line in (reading.remark, reading.problem) if line]
    notes += [note(HELD_OUT, "held-out")] if reading.never_trained else []
    notes += [note(NOTHING_ASKED, "remark")] if not request.prompt.strip() else []
    return {
        "id": request.id,
        "asked": request.prompt,
        "whole": bool(reading.prompt),
        "slots": reading.slots,
        "words": list(reading.words),
        "notes": notes,
        "prompt": clip.recipe["prompt"],
        "seed": clip.recipe["seed"],
        **large_sheet(clip),
    }


def large_sheet(clip: Clip) -> dict:
    scale = max(1, LARGE_PX // clip.frames.shape[2])
    return {"sheet": sheet_url(clip.frames[None], scale=scale), **timing([clip])}


def timing(drawn: list[Clip]) -> dict:
    return {"frames": len(drawn[0].frames), "seconds": len(drawn[0].frames) / drawn[0].recipe["fps"]}


def wall_part(request: Request, drawn: list[Clip]) -> dict:
    """All clips of the request side by side, the large one among them."""
    cells = [{"prompt": clip.recipe["prompt"], "seed": clip.recipe["seed"]} for clip in drawn]
    return {"id": request.id, "sheet": sheet_url(np.stack([clip.frames for clip in drawn])), "cells": cells} | timing(
        drawn
    )


def other_part(folders: Folders, request: Request, mine: Clip) -> dict:
    """The same prompt and seed by another model, which may know fewer words."""
    if not request.other:
        return {"id": request.id}
    try:
        sampler = find_sampler(folders, request.other)
        reading = read_prompt(sampler, mine.recipe["prompt"], language=visitors_language())
        if not reading.prompt:
            raise ValueError(reading.problem)
        asked = [(reading.prompt, mine.recipe["seed"])]
        theirs = next(clips.draw_each(folders, asked, frames=request.frames, fps=request.fps, checkpoint=request.other))
    except Exception as error:
        return {"id": request.id, "notes": [note(by_labels(in_words(error)), "problem")]}
    return {
        "id": request.id,
        "mine": mine.recipe["checkpoint"],
        "name": theirs.recipe["checkpoint"],
        "prompt": theirs.recipe["prompt"],
        "seed": theirs.recipe["seed"],
        "notes": [note(reading.remark, "remark")] if reading.remark else [],
        **large_sheet(theirs),
    }
