"""What the server answers to the stage: at once the large clip; then, where nothing else was asked for meanwhile, its
variations, another model's clip, and the large clip in more pixels.

A request and its answers are plain data (JSON). Answers carry the request's number, so the browser can tell which is
newest, and set no field of the visitor's. Each answer holds all parts that are there so far: none may be lost.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from demo.generate.reading import Reading, read_prompt
from demo.generate.ready import SCENES
from demo.locale.translate import N_, _, visitors_language
from demo.studio import clips
from demo.studio.clips import MAX_CLIPS, MAX_PAGE_SEED, Clip, find_sampler
from demo.studio.sheets import LARGE_PX, sheet_url
from demo.studio.workspace import Folders
from demo.ui.errors import in_visitors_words
from t2v.config import raise_if, range_problem
from t2v.system.messages import Message

HELD_OUT = N_("The model was never shown this combination. It works it out from the words.")
QUICK_PX = 64  # of a frame of the first answer, a quarter of the work of 128; the last one has LARGE_PX
SHARP_PX = 128  # of the one between
MAX_VISITORS = 1000  # whose newest request is remembered
NOTHING_ASKED = N_("What should move? Try: circle moving left")


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
        raise ValueError(Message("There is nothing to draw yet; type a prompt."))
    prompt = fields.get("prompt")
    if not isinstance(prompt, str):
        raise ValueError(Message("prompt must be text, got {got}", got=type(prompt).__name__))
    bounds = {"seed": (0, MAX_PAGE_SEED), "count": (1, MAX_CLIPS), "frames": (1, 1000), "seconds": (0.0, 1000.0)}
    raise_if([p for name, (low, high) in bounds.items() for p in range_problem(name, fields.get(name), low, high)])
    frames, fps = clips.pace(fields["frames"], fields["seconds"])
    return Request(
        number_of(fields), prompt, int(fields["seed"]), int(fields["count"]), frames, fps,
        fields.get("checkpoint"), fields.get("other"),
    )  # fmt: skip


class Newest:
    """The number of each visit's newest request, so that what nobody waits for any more is not drawn."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[str, int] = OrderedDict()

    def tell(self, visitor: str, number: int) -> None:
        self._numbers[visitor] = max(number, self._numbers.pop(visitor, number))
        if len(self._numbers) > MAX_VISITORS:
            self._numbers.popitem(last=False)

    def passed(self, visitor: str, number: int) -> bool:
        """Whether the visitor has asked for something else since."""
        return self._numbers.get(visitor, number) > number


def number_of(fields: object) -> int:
    number = fields.get("id") if isinstance(fields, dict) else None
    return number if isinstance(number, int) else 0


def visit_of(fields: object) -> str:
    """A name that the browser has made up for this visit."""
    visit = fields.get("visit") if isinstance(fields, dict) else None
    return visit[:64] if isinstance(visit, str) else ""


class NothingToDraw(ValueError):
    """A prompt that no clip shows; its message ends with the nearest one that a clip does."""

    def __init__(self, reading: Reading):
        super().__init__(reading.problem)
        self.nearest = reading.nearest


def plan(folders: Folders, request: Request) -> tuple[Reading, list[tuple[str, int]]]:
    """What the prompt means, and (prompt, seed) of each clip. Raises NothingToDraw."""
    scenes = [SCENES[k % len(SCENES)] for k in range(request.count)]
    sampler = find_sampler(folders, request.checkpoint)
    reading = read_prompt(sampler, request.prompt, scenes, language=visitors_language())
    if not reading.prompt and not reading.scenes:
        raise NothingToDraw(reading)
    prompts = [reading.prompt] * request.count if reading.prompt else reading.scenes
    return reading, [(prompt, request.first_seed + k) for k, prompt in enumerate(prompts)]


def answer_first(folders: Folders, newest: Newest, fields: object) -> dict:
    """The large clip, as soon as it can be there, and what is said about it."""
    number = number_of(fields)
    newest.tell(visit_of(fields), number)
    try:
        request = read_request(fields)
        reading, wanted = plan(folders, request)
        at = request.seed - request.first_seed
        return large_part(request, reading, draw_one(folders, request, wanted[at], size_px=QUICK_PX, at_once=True))
    except NothingToDraw as error:
        return {"id": number, "notes": [note(str(error), "problem", error.nearest)]}
    except Exception as error:
        return {"id": number, "notes": [note(in_visitors_words(error), "problem")]}


def answer_rest(folders: Folders, newest: Newest, fields: object) -> Iterator[tuple[dict, dict, dict]]:
    """(the variations, the other model's clip, the large clip in more pixels), each time with what has come since.

    The large clip gets sharp first, and all its pixels last: those are more work than all variations. It ends early
    when the visitor asks for something else meanwhile. What is wrong with a request the first answer has said.
    """
    wall, other, fine = dict[str, Any](), dict[str, Any](), dict[str, Any]()
    yield wall, other, fine
    try:
        request = read_request(fields)
        _reading, wanted = plan(folders, request)
    except ValueError:
        return
    at, visit = request.seed - request.first_seed, visit_of(fields)
    drawn, large = [], wanted[at]
    fine = {"id": request.id, **large_sheet(draw_one(folders, request, large, size_px=SHARP_PX))}
    yield wall, other, fine
    for clip in clips.draw_each(folders, wanted, **settings_of(request)):
        drawn.append(clip)
        if newest.passed(visit, request.id):
            return
    wall = wall_part(request, drawn)
    yield wall, other, fine
    other = other_part(folders, request, drawn[at])
    yield wall, other, fine
    if newest.passed(visit, request.id):
        return
    yield wall, other, {"id": request.id, **large_sheet(draw_one(folders, request, large, size_px=LARGE_PX))}


def settings_of(request: Request) -> dict:
    return {"frames": request.frames, "fps": request.fps, "checkpoint": request.checkpoint}


def draw_one(folders: Folders, request: Request, wanted: tuple[str, int], *, size_px: int, **how: Any) -> Clip:
    return next(clips.draw_each(folders, [wanted], **settings_of(request), frame_size_px=size_px, **how))


def note(words: str, style: str = "", nearest: str = "") -> dict:
    """One line below the prompt. `style` is `problem`, `remark`, `held-out` or nothing; `nearest` is a prompt that the
    line ends with, which becomes a button."""
    return {"text": words, "kind": style} | ({"nearest": nearest} if nearest else {})


def large_part(request: Request, reading: Reading, clip: Clip) -> dict:
    """The large clip with what is said about it."""
    notes = [note(clips.describe(clip, reading.wording))] if reading.prompt else []
    notes += [note(reading.remark, "remark")] if reading.remark else []
    notes += [note(reading.problem, "remark", reading.nearest)] if reading.problem else []
    notes += [note(_(HELD_OUT), "held-out")] if reading.never_trained else []
    notes += [note(_(NOTHING_ASKED), "remark")] if not request.prompt.strip() else []
    return {
        "id": request.id,
        "asked": request.prompt,
        "whole": bool(reading.prompt),
        "slots": reading.slots,
        "words": list(reading.words),
        "before": reading.before,
        "notes": notes,
        "prompt": clip.recipe["prompt"],
        "seed": clip.recipe["seed"],
        "sheet": sheet_url(clip.frames[None]),
        **timing([clip]),
    }


def large_sheet(clip: Clip) -> dict:
    """Enlarged where the model draws one small size only."""
    side = clip.frames.shape[2]
    scale = LARGE_PX // side if side < SHARP_PX else 1
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
        wanted = [(reading.prompt, mine.recipe["seed"])]
        settings = settings_of(request) | {"checkpoint": request.other, "frame_size_px": LARGE_PX}
        theirs = next(clips.draw_each(folders, wanted, **settings))
    except Exception as error:
        return {"id": request.id, "notes": [note(in_visitors_words(error), "problem")]}
    return {
        "id": request.id,
        "mine": mine.recipe["checkpoint"],
        "name": theirs.recipe["checkpoint"],
        "prompt": theirs.recipe["prompt"],
        "seed": theirs.recipe["seed"],
        "notes": [note(reading.remark, "remark")] if reading.remark else [],
        **large_sheet(theirs),
    }
