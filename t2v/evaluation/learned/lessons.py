"""What the second reader learns from: real scenes with any words, what is right to say of them, and faults on purpose.

Scenes are those of `scenes.py` under a seed that no model was trained on and no figure is made of. Clips are
(B, T, 3, H, W) float in [-1, 1]; predictions are those that `network.py` makes of frames; right answers are places in
its ANSWERS. Some clips show nothing that has a name: frames in a wrong order, frames of several clips, a frame that
stands still, no shape at all.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch.nn import functional as F

from t2v.config import MAX_STEPS, bound_problems, bounded, raise_if
from t2v.data import grammar as prompts
from t2v.data import scenes
from t2v.data.grammar import COLOURS, GRAMMARS, MOTIONS, SHAPES
from t2v.data.render import render
from t2v.data.scenes import Scenes
from t2v.evaluation.learned.network import (
    ANSWERS,
    INSTANTS,
    PREDICTIONS,
    RADIUS_SCALE,
    WEDGE_SCALE,
    finish_predictions,
    resize,
)

WARM_UP_STEPS = 50
UNKNOWN = -100  # an answer that is not checked: the number that torch's cross-entropy leaves out

# Between what captions may say and what they may not, so that no word that is said lies at an edge.
SIZE_EDGES = (0.108, 0.147, 0.173, 0.235)  # of the first radius: none, small, between, large, none
TRAVEL_EDGES = (0.37, 0.585)  # slowly, between, quickly
TURN_EDGES = (0.39, 0.74)
NOTHING = ("still", "shuffled", "mixed", "shuffled", "halves", "mixed", "empty", "shuffled")  # clips without a motion


@dataclass(frozen=True)
class ReaderConfig:
    """The recipe; checked when it is made."""

    frame_steps: int = bounded(3000, 1, MAX_STEPS)  # updates of the network that reads single frames ...
    frames: int = bounded(320, 4, 4096)  # ... each from so many frames, all of different scenes
    # Updates of the network that reads clips from the predictions of their frames ...
    clip_steps: int = bounded(6000, 1, MAX_STEPS)
    # ... each from so many clips of which only predictions exist, which costs hardly anything ...
    made_up_clips: int = bounded(384, 4, 4096)
    real_clips: int = bounded(96, 4, 4096)  # ... and so many of these rendered ones:
    rendered_clips: int = bounded(16_000, 1, MAX_STEPS)
    learning_rate: float = 2e-3
    frame_sizes_px: tuple[int, ...] = (64, 32, 64, 48)  # as rendered, in turn
    classic_share: float = 0.12  # of the scenes, from the tutorial's grammar
    tiny_share: float = 0.08  # all shapes, but as small as classic circles
    turning_share: float = 0.25  # turn in place beside those that do anyway: a small wedge is hard to read
    nothing_share: float = 0.15
    seed: int = 20_261_122  # of scenes, far from those that people type

    def __post_init__(self) -> None:
        raise_if(bound_problems(self))

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Of update `step` of `steps`: up in a straight line, then half a cosine down to nothing."""
        return self.learning_rate * min(1.0, (step + 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step / steps)) / 2

    def frame_size_px_at(self, step: int) -> int:
        return self.frame_sizes_px[step % len(self.frame_sizes_px)]


def draw_scenes(config: ReaderConfig, count: int, rng: torch.Generator) -> tuple[Scenes, dict[str, torch.Tensor]]:
    """Scenes of any words, and what is right to say of each: (B,) places in ANSWERS, from the true geometry."""
    classic = round(config.classic_share * count)
    parts = [_draw(config, "shapes", count - classic, rng), _draw(config, "classic", classic, rng)]
    drawn = Scenes(*(torch.cat([getattr(part[0], name) for part in parts]) for name in vars(parts[0][0])))
    motion = torch.cat([part[1] for part in parts])
    tiny = torch.arange(count) < round(config.tiny_share * count)
    smaller = torch.where(tiny, 0.4 + 0.35 * torch.rand(count, generator=rng), 1.0)
    drawn = replace(drawn, radius=drawn.radius * smaller[:, None])
    known_rgb = torch.tensor(list(scenes.COLOUR_RGB.values())) / 255  # (colours, 3)
    size = torch.bucketize(drawn.radius[:, 0].contiguous(), torch.tensor(SIZE_EDGES))  # 0 none, 1 small, ... 4 none
    return drawn, {
        "colour": torch.cdist(drawn.rgb, known_rgb).argmin(1),
        "shape": drawn.shape,
        "size": torch.tensor([3, 0, 1, 2, 3])[size],
        "motion": motion,
        "speed": _speed(drawn, motion),
    }


def _draw(config: ReaderConfig, grammar_name: str, count: int, rng: torch.Generator) -> tuple[Scenes, torch.Tensor]:
    """Scenes of any words of the grammar, and their motions (B,) as places in MOTIONS."""
    grammar = GRAMMARS[grammar_name]

    def any_of(choices: int) -> torch.Tensor:
        return torch.randint(choices, (count,), generator=rng)

    shape, motion, size = (any_of(n) for n in (len(grammar.shapes), len(grammar.motions), len(grammar.sizes) + 1))
    turning = torch.tensor([grammar.motions.index(m) for m in prompts.TURNING])
    more = torch.rand(count, generator=rng) < config.turning_share
    motion = torch.where(more, turning[any_of(len(turning))], motion)
    colour, speed = any_of(max(1, len(grammar.colours))), any_of(len(grammar.speeds) + 1)
    speed[~torch.tensor([prompts.takes_speed(m) for m in grammar.motions])[motion]] = len(grammar.speeds)
    codes = torch.stack([shape, motion, size, colour, speed, torch.zeros_like(motion)], 1)  # (B, 6)
    drawn = scenes.build(grammar_name, codes, torch.rand(count, 10, generator=rng))
    return drawn, torch.tensor([MOTIONS.index(m) for m in grammar.motions])[motion]


def _speed(drawn: Scenes, motion: torch.Tensor) -> torch.Tensor:
    """Places in the answers (B,): slowly, between or quickly from how far the scene goes or turns, none if resizing."""

    def is_one_of(*words: str) -> torch.Tensor:
        return torch.tensor([word in words for word in MOTIONS])[motion]

    path = drawn.knots.diff(dim=1).norm(dim=2).sum(1)  # (B,)
    ends = (drawn.knots[:, -1] - drawn.knots[:, 0]).abs()  # (B, 2)
    travel = torch.where(is_one_of(*(m for m in MOTIONS if "then" in m)), path / 2, path)  # a leg's mean
    travel = torch.where(is_one_of("zigzagging horizontally"), ends[:, 0], travel)
    travel = torch.where(is_one_of("zigzagging vertically"), ends[:, 1], travel)
    turn = drawn.angle.diff(dim=1)[:, 0].abs().contiguous()
    speed = torch.bucketize(travel, torch.tensor(TRAVEL_EDGES))
    speed = torch.where(is_one_of(*prompts.TURNING), torch.bucketize(turn, torch.tensor(TURN_EDGES)), speed)
    return torch.where(is_one_of(*prompts.RESIZING), len(ANSWERS["speed"]) - 1, speed)


def true_places(drawn: Scenes, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Which frames (B, T) show ink, and their centre, radius and wedge (B, T, 5) in the predictions' units."""
    centre, radius, angle = scenes.trajectory(drawn, times)
    beyond = torch.maximum(-centre, centre - 1).amax(2)  # (B, T), how far the centre lies outside
    wedge = WEDGE_SCALE * drawn.wedge[:, None] * torch.stack([(2 * math.pi * angle).cos(), (2 * math.pi * angle).sin()])
    return beyond < 0.5 * radius, torch.stack([*centre.unbind(2), RADIUS_SCALE * radius, *wedge], 2)


def draw_frames(
    config: ReaderConfig, step: int, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    """Spoiled frames (N, 3, H, W), each of another scene: which show ink (N,), their places (N, 5), the answers."""
    drawn, right = draw_scenes(config, config.frames, rng)
    times = torch.rand(config.frames, 1, generator=rng)
    visible, places = true_places(drawn, times)  # (N, 1), (N, 1, 5)
    clips = resize(render(drawn, times=times, frame_size_px=config.frame_size_px_at(step)))
    clips, visible = blank_some(clips, visible, 0.02, rng)
    return corrupt(clips, rng)[:, 0], visible[:, 0], places[:, 0], right


def draw_clips(
    config: ReaderConfig, count: int, step: int, rng: torch.Generator
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Spoiled clips (B, T, 3, H, W), and what is right."""
    drawn, right = draw_scenes(config, count, rng)
    times = uneven_times(count, rng)
    clips = resize(render(drawn, times=times, frame_size_px=config.frame_size_px_at(step)))
    rows, instants, empty = make_nothing(config, right, rng)
    clips = clips[rows, instants]
    clips[empty] = 1 - 0.3 * torch.rand(int(empty.sum()), INSTANTS, 3, 1, 1, generator=rng)
    clips, _ = blank_some(clips, torch.ones(clips.shape[:2], dtype=torch.bool), 0.01, rng)
    return corrupt(clips, rng), right


def made_up_predictions(
    config: ReaderConfig, count: int, rng: torch.Generator
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Predictions (B, T, PREDICTIONS) of clips that were never rendered, as the first network might make them, and what
    is right."""
    drawn, right = draw_scenes(config, count, rng)
    visible, places = true_places(drawn, uneven_times(count, rng))

    def up_to(most: float) -> torch.Tensor:
        return most * torch.rand(count, 1, 1, generator=rng) ** 2

    def noise(numbers: int) -> torch.Tensor:
        return torch.randn(count, INSTANTS, numbers, generator=rng)

    visible = visible & (torch.rand(count, INSTANTS, generator=rng) > 0.1 * up_to(1)[..., 0])
    sure = 2 + 8 * torch.rand(count, 1, 1, generator=rng)
    colour = sure * F.one_hot(right["colour"], len(COLOURS))[:, None] + up_to(3) * noise(len(COLOURS))
    shape = sure * F.one_hot(right["shape"], len(SHAPES))[:, None] + up_to(4) * noise(len(SHAPES))
    places = places + torch.cat([up_to(0.025) * noise(2), up_to(0.08) * noise(1), up_to(0.3) * noise(2)], 2)
    logit = torch.where(visible, 6.0, -6.0)[..., None] + noise(1)
    predictions = finish_predictions(torch.cat([logit, places, colour, shape], 2))  # (B, T, PREDICTIONS)
    rows, instants, empty = make_nothing(config, right, rng)
    predictions = predictions[rows, instants]
    predictions[empty, :, 0] = 0.02
    predictions[empty, :, 1:] = 0.02 * noise(PREDICTIONS - 1)[empty]
    return predictions, right


def uneven_times(count: int, rng: torch.Generator) -> torch.Tensor:
    """The times (B, T) of the frames; in three clips of ten they are a little uneven, as imperfect tracks are."""
    uneven = torch.rand(count, 1, generator=rng) < 0.3
    return scenes.times_of(INSTANTS).expand(count, -1) + 0.015 * torch.randn(count, INSTANTS, generator=rng) * uneven


def make_nothing(
    config: ReaderConfig, right: dict[str, torch.Tensor], rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Which clips lose their motion: changes `right`, and returns from which clip and instant each frame comes now,
    both (B, T), and which clips (B,) are to be emptied."""
    B = len(right["motion"])
    rows, instants = torch.arange(B)[:, None].repeat(1, INSTANTS), torch.arange(INSTANTS).repeat(B, 1)
    empty = torch.zeros(B, dtype=torch.bool)
    right["shape"] = right["shape"].clone()
    order = torch.randperm(B, generator=rng)
    for number, i in enumerate(order[: round(config.nothing_share * B)].tolist()):
        fault = NOTHING[(number + int(order[-1])) % len(NOTHING)]
        unsure = {"still": ("size",), "shuffled": ("size",), "halves": ("size", "colour", "shape", "speed")}.get(
            fault, ()
        )
        for name in right:
            right[name][i] = UNKNOWN if name in unsure else right[name][i]
        right["motion"][i] = len(MOTIONS)
        if fault != "halves":
            right["speed"][i] = len(ANSWERS["speed"]) - 1
        if fault == "still":
            instants[i] = torch.randint(INSTANTS, (1,), generator=rng)
        elif fault == "shuffled":
            instants[i] = torch.randperm(INSTANTS, generator=rng)
        elif fault == "halves":
            rows[i, INSTANTS // 2 :] = order[-1]
        else:
            rows[i] = torch.randint(B, (INSTANTS,), generator=rng)
            empty[i] = fault == "empty"
            for name in ("colour", "shape", "size"):
                right[name][i] = len(ANSWERS[name]) - 1
    return rows, instants, empty


def blank_some(
    clips: torch.Tensor, visible: torch.Tensor, share: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """This share of the frames becomes white."""
    hit = torch.rand(clips.shape[:2], generator=rng) < share
    return clips.masked_fill(hit[..., None, None, None], 1.0), visible & ~hit


def corrupt(clips: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Clips (B, T, 3, H, W) with faults that do not change what they show: most have some of them, few none."""
    B, T, _, H, W = clips.shape

    def some(share: float, low: float, high: float, *shape: int) -> torch.Tensor:
        """For this share of the clips numbers in [low, high], for the others 0: (B, *shape)."""
        numbers = low + (high - low) * torch.rand(B, *(shape or (1, 1, 1, 1)), generator=rng)
        return numbers * (torch.rand(B, 1, 1, 1, 1, generator=rng) < share)

    ink = 1 - clips  # 0 on white
    ink = torch.maximum(ink, some(0.12, 0.05, 0.2) * ink.roll(1, 0))  # the ghost of another clip
    flat = ink.flatten(0, 2)[:, None]  # (B*T*3, 1, H, W)
    soft = F.avg_pool2d(flat, 3, 1, 1).view_as(ink)
    ink = torch.lerp(ink, soft, some(0.6, -0.7, 1.0))  # blurred, or sharpened until it rings
    ink = ink * (1 + some(0.5, -0.1, 0.1, 1, 3, 1, 1)) * (1 + some(0.2, -0.12, 0.05, T, 1, 1, 1))  # tint, flicker
    grain = torch.randn(B, T, 3, H, W, generator=rng) * some(0.5, 0.0, 0.14)
    return (1 - ink - some(0.3, -0.02, 0.08, 1, 3, 1, 1) + grain).clamp(-1, 1)  # on a ground that is not quite white
