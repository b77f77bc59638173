"""The worlds: what prompts can say and how that looks, behind one interface.

Training, datasets and the sampler ask `WORLDS[name]` and know no world by name. Attributes are what a world's grammar
parses captions to, scenes what its renderer draws.
"""

from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch

from t2v.data import grammar as prompts
from t2v.data import render, scenes
from t2v.data.grammar import GRAMMARS, Attributes
from t2v.data.negatives import negative_captions, slot_negatives
from t2v.data.sprites import Sprites
from t2v.data.stories import grammar as story_prompts
from t2v.data.stories import negatives as story_negatives
from t2v.data.stories import render as story_render
from t2v.data.stories import world as story_world
from t2v.data.stories.grammar import STORIES_GRAMMAR, Story


class World(Protocol):
    """Prompts, scenes and what is held out. `DRAWS` is how many numbers of an index its scene takes."""

    DRAWS: int
    MAX_TOKENS: int  # of the longest prompt

    @property
    def grammar(self) -> Any:
        """`parse`, `caption`, `words`, `example` and `implied_colour` of prompts."""

    def sample(
        self,
        seed: int,
        indices: torch.Tensor,
        *,
        held_out: bool = False,
        turning: torch.Tensor | None = None,
        alone: torch.Tensor | None = None,
    ) -> tuple:
        """Scenes with these indices (B,), what they show, and their captions; see `scenes.sample`. Where `alone` (B,)
        is true, they show one thing."""

    def from_attributes(self, attributes: list, *, seed: int = 0) -> Any:
        """One scene for each of `attributes`; what these leave open is drawn from (seed, position in the list)."""

    def render(
        self, drawn: Any, /, *, frame_size_px: int, times: torch.Tensor, things: Sprites | None = None
    ) -> torch.Tensor:
        """Clips (B, T, 3, H, W) float in [-1, 1] at times (B, T); `things` are pictures of one's own."""

    def render_frames(
        self, drawn: Any, /, *, frame_size_px: int, times: torch.Tensor, things: Sprites | None = None
    ) -> np.ndarray:
        """The same as frames (B, T, H, W, 3) uint8."""

    def is_held_out(self, attributes: Any) -> bool:
        """Whether training never sees this."""

    def held_out_rule(self) -> str:
        """What is held back, as one sentence for people."""

    def negatives(self, captions: list[str], draws: torch.Tensor) -> list[list[str]]:
        """R captions for each of B that are wrong for its clip by one change; draws (B, 2R) in [0, 1) choose them."""

    def moving_otherwise(self, captions: list[str], draws: torch.Tensor) -> list[str]:
        """For captions of things of one's own the same with any other motion, never shown ones too, which draws (B,) in
        [0, 1) choose; other captions as they are."""

    def metadata(self, attributes: Any) -> dict:
        """What is written beside a clip that shows this."""

    def previews(self) -> list[str]:
        """The prompts that every preview of a training shows."""


class SlotWorld:
    """`classic` and `shapes`: one shape on white, and a prompt of slots."""

    DRAWS = scenes.DRAWS
    MAX_TOKENS = 8
    render, render_frames = staticmethod(render.render), staticmethod(render.render_frames)

    def __init__(self, name: str):
        self.name, self.grammar = name, GRAMMARS[name]
        self.from_attributes = partial(scenes.from_attributes, name)
        self.is_held_out, self.held_out_rule = partial(prompts.is_held_out, name), partial(prompts.held_out_rule, name)

    def sample(
        self, seed: int, indices: torch.Tensor, *, alone: torch.Tensor | None = None, **options: Any
    ) -> tuple[scenes.Scenes, list[Attributes], list[str]]:
        return scenes.sample(self.name, seed, indices, **options)  # whose things are always alone

    def negatives(self, captions: list[str], draws: torch.Tensor) -> list[list[str]]:
        return negative_captions(lambda caption: slot_negatives(self.name, caption), captions, draws)

    def moving_otherwise(self, captions: list[str], draws: torch.Tensor) -> list[str]:
        if not self.grammar.things:
            return captions
        changed = []
        for caption, draw in zip(captions, draws.tolist(), strict=True):
            a, motions = self.grammar.parse(caption), self.grammar.motions
            motion = motions[int(draw * len(motions))]
            otherwise = replace(a, motion=motion, speed=None, diagonally=False)
            changed.append(self.grammar.caption(otherwise if a.shape in self.grammar.things else a))
        return changed

    def metadata(self, attributes: Attributes) -> dict:
        a = attributes
        colour = a.colour or self.grammar.implied_colour
        return {"shape": a.shape, "motion": a.motion, "size": a.size, "colour": colour, "speed": a.speed}

    def previews(self) -> list[str]:
        if self.name == "classic":
            shown = prompts.combinations("classic") + prompts.combinations("classic", held_out=True)
            return [self.grammar.caption(attributes) for attributes in shown]
        if things := self.grammar.things:  # the latest of them first
            of_things = [f"{things[-1 - i % len(things)]} {motion}" for i, motion in enumerate(THING_PREVIEWS)]
            return of_things + list(SHAPES_PREVIEWS[::3])
        return list(SHAPES_PREVIEWS)


class StoriesWorld:
    """`stories`: drawn things on grounds, alone, in pairs and counted; things of one's own among them."""

    DRAWS = story_world.DRAWS
    MAX_TOKENS = STORIES_GRAMMAR.max_tokens
    render, render_frames = staticmethod(story_render.render), staticmethod(story_render.render_frames)
    held_out_rule = staticmethod(story_prompts.held_out_rule)

    def __init__(self, *things: str):
        self.grammar = STORIES_GRAMMAR.with_things(*things)
        self.sample = partial(story_world.sample, own=self.grammar.things)
        self.from_attributes = partial(story_world.from_attributes, own=self.grammar.things)

    def is_held_out(self, attributes: Story) -> bool:
        return story_prompts.held_out_part(attributes) is not None

    def negatives(self, captions: list[str], draws: torch.Tensor) -> list[list[str]]:
        return story_negatives.negatives(captions, draws.tolist())

    def moving_otherwise(self, captions: list[str], draws: torch.Tensor) -> list[str]:
        return captions

    def metadata(self, attributes: Story) -> dict:
        story, things = attributes, [str(thing) for thing in attributes.things]
        rest = {"relation": story.relation, "count": story.count, "ground": story.ground}
        return {"things": things, "motions": list(story.motions), **rest}

    def previews(self) -> list[str]:
        return list(STORIES_PREVIEWS)


SHAPES_PREVIEWS = (  # some of them are held out
    "large red circle moving right",
    "small blue square moving up-left",
    "green triangle moving down slowly",
    "large yellow star moving diagonally down-right",
    "orange circle rotating clockwise",
    "purple star rotating counter-clockwise quickly",
    "large green square shrinking",
    "small red triangle expanding",
    "blue star bouncing vertically",
    "small purple circle zigzagging horizontally",
    "large orange square moving down then left",
    "large red circle moving up then right",
)
THING_PREVIEWS = (  # by turns shown and never shown in training
    "moving right", "rotating clockwise", "moving up-left", "bouncing vertically",
    "expanding", "zigzagging horizontally", "moving down", "moving left then up",
)  # fmt: skip
STORIES_PREVIEWS = (
    "cat moving right on grass",
    "red circle moving left and bird moving up in the sky",
    "rocket moving up at night",
    "two rabbits bouncing vertically on grass",
    "cat chasing mouse on grass",
    "dog chasing mouse on sand",
    "cat catching red circle on grass",
    "bee circling balloon in the sky",
    "turtle meeting snail on sand",
    "train passing blue square on white",
    "yellow star above plane at night",
    "three yellow stars falling at night",
)


class _Worlds(dict[str, World]):
    """The worlds by name; those with things of one's own (`shapes+monster`) are made when they are asked for."""

    def __missing__(self, name: str) -> World:
        base, *things = name.split(prompts.THINGS_AFTER)
        return StoriesWorld(*things) if base == STORIES_GRAMMAR.name and things else SlotWorld(name)


WORLDS = _Worlds(classic=SlotWorld("classic"), shapes=SlotWorld("shapes"), stories=StoriesWorld())


def is_world(name: object) -> bool:
    """Whether there is a world of that name, with things of one's own or without."""
    try:
        return isinstance(name, str) and bool(WORLDS[name])
    except KeyError:
        return False
