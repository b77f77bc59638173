"""Stories as training, datasets and evaluation ask for them: clips with captions, from (seed, index) alone."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch

from t2v.data.draws import random_uniform
from t2v.data.grammar import COLOURS, HELD_OUT_ONE_IN, TURNING
from t2v.data.stories.grammar import (
    DRAWN,
    GROUNDS,
    MOTIONS,
    NOUNS,
    NUMBERS,
    PARTS,
    RELATIONS,
    STORIES_GRAMMAR,
    THINGS,
    Story,
    Thing,
    held_out_part,
    without,
)
from t2v.data.stories.scenes import DRAWS as GEOMETRY
from t2v.data.stories.scenes import StoryScenes, build

T = TypeVar("T")

WORD_DRAWS = 14
DRAWS = WORD_DRAWS + GEOMETRY  # random numbers that a scene takes
FORMS = {"one": 0.3, "two": 0.25, "relation": 0.3, "count": 0.15}  # shares of the clips
HELD_OUT_FORMS = {"combination": ("one", "two"), "pair": ("relation",), "count": ("count",)}
COLOUR_SAID = 0.85  # share of captions that name the colours
GROUND_SAID = 0.8


def sample(
    seed: int,
    indices: torch.Tensor,
    *,
    held_out: bool = False,
    turning: torch.Tensor | None = None,
    alone: torch.Tensor | None = None,
    part: str | None = None,
    own: Sequence[str] = (),
) -> tuple[StoryScenes, list[Story], list[str]]:
    """The scenes with these indices (B,) in the endless list of this seed.

    Returns the scenes, what they show (colours and ground are always known) and their captions, which may leave these
    open. Only stories that training may show are drawn, or with `held_out` only those that it must not, of one `part`
    of `PARTS` or of all. Where `turning` (B,) is true, a thing turns in place; where `alone` (B,) is, there is
    one thing. Every second scene shows one of one's `own` things, if there are any.
    """
    draws = random_uniform(seed, indices.cpu(), DRAWS).double().numpy()
    turns = [False] * len(draws) if turning is None else turning.tolist()
    shown, captions = [], []
    single = [False] * len(draws) if alone is None else alone.tolist()
    for index, u, turn, one in zip(indices.tolist(), draws.tolist(), turns, single, strict=True):
        story = _held_out_story(u, part) if held_out else _trained_story(u, turning=turn, alone=one)
        if own and index % 2:
            story = _with_own_thing(story, own[index // 2 % len(own)], u, held_out=held_out)
        shown.append(story)
        silent = story
        if not held_out:  # what is left open would no longer name what is held out
            silent = without(story, colours=u[12] >= COLOUR_SAID, ground=u[13] >= GROUND_SAID)
            if silent.things[0] in silent.things[1:]:  # only their colours tell them apart
                silent = without(story, ground=silent.ground is None)
        captions.append(STORIES_GRAMMAR.caption(silent))
    return build(shown, draws[:, WORD_DRAWS:], own=own).to(indices.device), shown, captions


def from_attributes(stories: list[Story], *, seed: int = 0, own: Sequence[str] = ()) -> StoryScenes:
    """One scene for each story; what it leaves open is drawn from (seed, position in the list)."""
    draws = random_uniform(seed, torch.arange(len(stories)), DRAWS).double().numpy()
    return build(
        [_completed(story, u) for story, u in zip(stories, draws, strict=True)], draws[:, WORD_DRAWS:], own=own
    )


def _completed(story: Story, u: np.ndarray) -> Story:
    """The story with the colours and the ground that it leaves open."""
    things = list(story.things)
    for k, thing in enumerate(things):
        if not thing.is_known:
            taken = {other.colour for other in things if other.noun == thing.noun}
            free = [colour for colour in COLOURS if colour not in taken]
            things[k] = Thing(thing.noun, _pick(free, u[k]))
    ground = story.ground or _pick(tuple(GROUNDS), u[2])
    return Story(tuple(things), story.motions, story.relation, story.count, ground)


def _pick(options: Sequence[T], draw: float) -> T:
    return options[int(draw * len(options))]


def _trained_story(u: list[float], *, turning: bool, alone: bool) -> Story:
    if alone or turning:
        return _one(u, held_out=False, motions=TURNING if turning else MOTIONS)
    bounds = np.cumsum(list(FORMS.values()))
    form = list(FORMS)[min(int((bounds <= u[0]).sum()), len(FORMS) - 1)]
    return MAKERS[form](u, held_out=False)


def _held_out_story(u: list[float], part: str | None) -> Story:
    forms = HELD_OUT_FORMS[part or _pick(PARTS, u[0])]
    return MAKERS[_pick(forms, u[11])](u, held_out=True)


def _with_own_thing(story: Story, name: str, u: list[float], *, held_out: bool) -> Story:
    """The story with one of its things replaced, and with its motion or relation changed as little as what training
    may show, or must not, asks for. Things of one's own are never counted."""
    which = int(u[10] * len(story.things))
    things = tuple(Thing(name) if k == which else thing for k, thing in enumerate(story.things))
    every = RELATIONS if story.relation else MOTIONS
    first = every.index(story.relation or story.motions[which])
    for word in every[first:] + every[:first]:
        if story.relation:
            changed = replace(story, things=things, relation=word)
        else:
            motions = tuple(word if k == which else motion for k, motion in enumerate(story.motions))
            changed = replace(story, things=things, motions=motions, count=1)
        if (held_out_part(changed) is not None) == held_out:
            return changed
    alone = (Story((Thing(name),), (motion,), ground=ground) for ground in GROUNDS for motion in MOTIONS)
    return next(story for story in alone if (held_out_part(story) is not None) == held_out)


@lru_cache
def _combinations(ground: str, held_out: bool, motions: tuple[str, ...] = MOTIONS) -> list[tuple[Thing, str]]:
    """(thing, motion) that training may show on this ground, or those that it must not."""
    every = [Story((thing,), (motion,), ground=ground) for thing in THINGS for motion in motions]
    return [(s.things[0], s.motions[0]) for s in every if (held_out_part(s) is not None) == held_out]


def _one(u: list[float], *, held_out: bool, motions: tuple[str, ...] = MOTIONS) -> Story:
    ground = _pick(tuple(GROUNDS), u[1])
    thing, motion = _pick(_combinations(ground, held_out, motions), u[2])
    return Story((thing,), (motion,), ground=ground)


def _two(u: list[float], *, held_out: bool) -> Story:
    """Two things that differ; with `held_out` one of them is in a held-out combination, and maybe both."""
    ground = _pick(tuple(GROUNDS), u[1])
    first = _pick(_combinations(ground, held_out), u[2])
    others = _combinations(ground, held_out and u[5] < 1 / HELD_OUT_ONE_IN)
    at = int(u[3] * len(others))
    while others[at][0] == first[0]:
        at = (at + 1) % len(others)
    pair = (first, others[at]) if u[4] < 0.5 else (others[at], first)
    return Story(tuple(thing for thing, _ in pair), tuple(motion for _, motion in pair), ground=ground)


@lru_cache
def _pairs(relation: str, held_out: bool) -> list[tuple[str, str]]:
    """The ordered pairs of nouns that training may show in this relation, or those that it must not."""
    different = [(a, b) for a in NOUNS for b in NOUNS if a != b or a not in DRAWN]
    every = [Story((Thing(a), Thing(b)), relation=relation) for a, b in different]
    return [
        (s.things[0].noun, s.things[1].noun) for s in every if (held_out_part(s) is not None) == held_out
    ]  # a pair of shapes of one noun differs in its colours


def _relation(u: list[float], *, held_out: bool) -> Story:
    relation = _pick(RELATIONS, u[1])
    nouns = _pick(_pairs(relation, held_out), u[2])
    first, second = int(u[3] * len(COLOURS)), int(u[4] * len(COLOURS))
    if first == second and nouns[0] == nouns[1]:
        second = (first + 1 + int(u[5] * (len(COLOURS) - 1))) % len(COLOURS)
    ground = _pick(tuple(GROUNDS), u[6])
    coloured = zip(nouns, (COLOURS[first], COLOURS[second]), strict=True)
    things = tuple(Thing(noun, None if noun in DRAWN else colour) for noun, colour in coloured)
    return Story(things, relation=relation, ground=ground)


@lru_cache
def _counted(count: int, ground: str, held_out: bool) -> list[tuple[Thing, str]]:
    part = "count" if held_out else None
    return [
        (thing, motion)
        for thing, motion in _combinations(ground, False)
        if held_out_part(Story((thing,), (motion,), count=count, ground=ground)) == part
    ]


def _count(u: list[float], *, held_out: bool) -> Story:
    ground, count = _pick(tuple(GROUNDS), u[1]), 3 if held_out else _pick(tuple(NUMBERS), u[3])
    thing, motion = _pick(_counted(count, ground, held_out), u[2])
    return Story((thing,), (motion,), count=count, ground=ground)


MAKERS = {"one": _one, "two": _two, "relation": _relation, "count": _count}
