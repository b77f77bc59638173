"""Attributes -> trajectories, in batched torch on any device; `tracks.py` has the motions, `render.py` draws them.

A scene is a coloured shape on white whose centre runs along a track of straight pieces while its radius and angle
change evenly. Lengths are shares of the frame (x right, y down), times are in [0, 1], angles are in turns, clockwise
as seen on screen. Clips are (B, T, 3, H, W) float in [-1, 1]. Everything follows from (preset, seed, index).
"""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TypeVar

import torch

from t2v.data import grammar as prompts
from t2v.data.draws import random_uniform
from t2v.data.grammar import GRAMMARS, Attributes
from t2v.data.tracks import FAMILIES, motion_tables, pieces
from t2v.system.device import send

COLOUR_RGB = {
    "red": (220, 40, 40),
    "orange": (245, 140, 30),
    "yellow": (245, 210, 40),
    "green": (40, 160, 80),
    "blue": (45, 90, 220),
    "purple": (145, 60, 190),
}
WEDGE_TURNS = 0.1  # width of the white wedge of turning shapes
STAR_INNER_RADIUS = 0.45  # of the notches, as a share of the tips' radius
COLOUR_SAID = 0.8  # share of captions that name the colour
CAPTIONS_KEPT = 2**15  # more than the whole grammar has

# (low, high) of what a caption leaves open; the last row is for captions that do not say.
RADIUS = torch.tensor([(0.12, 0.14), (0.18, 0.22), (0.12, 0.22)])  # small, large, any
CLASSIC_RADIUS = torch.tensor([(0.8 * 5 / 64, 1.2 * 5 / 64)])
TRAVEL = torch.tensor([(0.26, 0.34), (0.62, 0.75), (0.27, 0.75)])  # slowly, quickly, any
BOUNCE_PATH = torch.tensor([(0.29, 0.34), (0.80, 1.20), (0.30, 1.20)])
TURNS = torch.tensor([(0.26, 0.37), (0.77, 1.00), (0.27, 1.00)])
FIRST_WALL_AT = torch.tensor((0.38, 0.60))  # when a bouncing shape meets its first wall
SWING = torch.tensor((0.20, 0.30))  # of a zigzag, from side to side
START_ANGLE = torch.tensor((-1 / 12, 1 / 12))

SHAPE, MOTION, SIZE, COLOUR, SPEED, DIAGONALLY = range(6)  # columns of codes
DRAWS = 16  # random numbers a scene takes: 6 for its words, 10 for its geometry


Scenery = TypeVar("Scenery", bound="Batched")


class Batched:
    """What dataclasses of tensors (B, ...) can do: `scenes[rows]`, and be sent to a device."""

    def __len__(self) -> int:
        return len(self._tensors()[0])

    def __getitem__(self: Scenery, rows: slice | torch.Tensor) -> Scenery:
        return type(self)(*(tensor[rows] for tensor in self._tensors()))

    def to(self: Scenery, device: torch.device | str) -> Scenery:
        return type(self)(*(send(tensor, device) for tensor in self._tensors()))

    def times(self, frames: int, times: torch.Tensor | None) -> torch.Tensor:
        """The instants (B, T) at which each is drawn: `times`, or where these are None so many even ones."""
        even = times_of(frames, self._tensors()[0].device) if times is None else times
        return even.expand(len(self), -1)

    def _tensors(self) -> list[torch.Tensor]:
        return [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]  # of a dataclass


@dataclass(frozen=True)
class Scenes(Batched):
    """B scenes as tensors: all that the renderer needs.

    shape (B,) index into `prompts.SHAPES`, and beyond them into the grammar's things; rgb (B, 3) in [0, 1]; knot_times
    (B, 4) and knots (B, 4, 2), the centre's track; radius (B, 2) and angle (B, 2), each at the start and at the end;
    wedge (B,) bool.
    """

    shape: torch.Tensor
    rgb: torch.Tensor
    knot_times: torch.Tensor
    knots: torch.Tensor
    radius: torch.Tensor
    angle: torch.Tensor
    wedge: torch.Tensor


def sample(
    grammar_name: str, seed: int, indices: torch.Tensor, *, held_out: bool = False, turning: torch.Tensor | None = None
) -> tuple[Scenes, list[Attributes], list[str]]:
    """The scenes with these indices (B,) in the endless list of (grammar, seed), on the device of `indices`.

    Returns the scenes, what they show (the colour is always known) and their captions, which may leave the colour
    open. Only combinations that training may show are drawn, or with `held_out` only those that it must not; where
    `turning` (B,) is true, only shapes that turn in place. In a grammar with things every second scene shows one.
    """
    draws = random_uniform(seed, indices, DRAWS)
    things = indices % 2 == 1 if GRAMMARS[grammar_name].things else None
    codes = sample_codes(grammar_name, draws[:, :6], held_out=held_out, turning=turning, things=things)
    silent = codes.clone()
    if not held_out:  # a caption without its colour would no longer name the held-out combination
        unsaid = draws[:, 5] >= COLOUR_SAID
        silent[unsaid, COLOUR] = len(GRAMMARS[grammar_name].colours)
    shown = [_attributes(grammar_name, *row) for row in codes.tolist()]
    captions = [_caption(grammar_name, *row) for row in silent.tolist()]
    return build(grammar_name, codes, draws[:, 6:]), shown, captions


def from_attributes(grammar_name: str, attributes: list[Attributes], *, seed: int = 0) -> Scenes:
    """One scene for each of `attributes`; what a prompt leaves open is drawn from (seed, position in the list)."""
    grammar = GRAMMARS[grammar_name]
    draws = random_uniform(seed, torch.arange(len(attributes)), DRAWS)
    rows = []
    for a, free in zip(attributes, draws[:, 5].tolist(), strict=True):
        colour = grammar.colours.index(a.colour) if a.colour in grammar.colours else int(free * len(grammar.colours))
        size = (*grammar.sizes, None).index(a.size)
        speed = (*grammar.speeds, None).index(a.speed)
        rows.append((grammar.shapes.index(a.shape), grammar.motions.index(a.motion), size, colour, speed, a.diagonally))
    return build(grammar_name, torch.tensor(rows, dtype=torch.long), draws[:, 6:])


def sample_codes(
    grammar_name: str,
    draws: torch.Tensor,
    *,
    held_out: bool,
    turning: torch.Tensor | None = None,
    things: torch.Tensor | None = None,
) -> torch.Tensor:
    """The words of B scenes as codes (B, 6): places in the grammar's slots, one past the last word for `not said`."""
    grammar = GRAMMARS[grammar_name]
    rows = _combination_rows(_combination_codes(grammar_name, held_out), draws[:, 0])
    if turning is not None:
        turned = _combination_rows(_combination_codes(grammar_name, held_out, prompts.TURNING), draws[:, 0])
        rows = torch.where(turning[:, None], turned, rows)
    if things is not None:
        drawn = _combination_rows(_combination_codes(grammar_name, held_out, things=True), draws[:, 0])
        rows = torch.where(things[:, None], drawn, rows)
    shape, motion, colour, diagonally, either, takes_speed = rows.unbind(1)
    size = (draws[:, 1] * (len(grammar.sizes) + 1)).long()
    speed = (draws[:, 2] * (len(grammar.speeds) + 1)).long()
    speed = torch.where(takes_speed.bool(), speed, len(grammar.speeds))
    diagonally = torch.where(either.bool(), (draws[:, 3] < 0.5).long(), diagonally)
    return torch.stack([shape, motion, size, colour, speed, diagonally], 1)  # (B, 6)


def _combination_rows(table: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """The rows (B, columns) of a table that draws (B,) in [0, 1) choose."""
    return table.to(draws.device)[(draws * len(table)).long()]


@lru_cache
def _combination_codes(
    grammar_name: str, held_out: bool, motions: tuple[str, ...] | None = None, *, things: bool = False
) -> torch.Tensor:
    """For each combination of shapes, or of one's own things (with one of `motions`, if given): shape, motion, colour,
    diagonally, whether it may be said either way, takes a speed."""
    grammar = GRAMMARS[grammar_name]
    rows = [
        (
            grammar.shapes.index(a.shape),
            grammar.motions.index(a.motion),
            grammar.colours.index(a.colour) if a.colour else len(grammar.colours),
            a.diagonally,
            a.motion in prompts.DIAGONAL_MOTIONS and grammar_name != "classic",
            prompts.takes_speed(a.motion),
        )
        for a in prompts.combinations(grammar_name, held_out=held_out)
        if (motions is None or a.motion in motions) and (a.shape in grammar.things) == things
    ]
    return torch.tensor(rows)


@lru_cache(CAPTIONS_KEPT)
def _caption(grammar_name: str, *row: int) -> str:
    return GRAMMARS[grammar_name].caption(_attributes(grammar_name, *row))


@lru_cache(CAPTIONS_KEPT)
def _attributes(grammar_name: str, *row: int) -> Attributes:
    grammar = GRAMMARS[grammar_name]
    return Attributes(
        shape=grammar.shapes[row[SHAPE]],
        motion=grammar.motions[row[MOTION]],
        size=(*grammar.sizes, None)[row[SIZE]],
        colour=(*grammar.colours, None)[row[COLOUR]] if grammar.colours else None,
        speed=(*grammar.speeds, None)[row[SPEED]],
        diagonally=bool(row[DIAGONALLY]),
    )


def build(grammar_name: str, codes: torch.Tensor, draws: torch.Tensor, *, radius: torch.Tensor | None = None) -> Scenes:
    """Scenes from codes (B, 6); what they leave open follows draws (B, 10) in [0, 1). All on the device of `codes`.

    `radius` (B,) is that of the start, where the size is not as the codes say.
    """
    device = codes.device
    grammar = GRAMMARS[grammar_name]
    family, along, across, sense, growth_range = (
        table.to(device)[codes[:, MOTION]] for table in motion_tables(grammar_name)
    )
    # a grammar without speed words always means "any", the last row
    speed_row = codes[:, SPEED] + (0 if grammar.speeds else len(TRAVEL) - 1)
    radius_table = RADIUS if grammar.sizes else CLASSIC_RADIUS

    def between(column: int, low_high: torch.Tensor) -> torch.Tensor:
        low, high = low_high.to(device).unbind(-1)
        return low + (high - low) * draws[:, column]  # (B,)

    if radius is None:
        radius = between(0, radius_table.to(device)[codes[:, SIZE]])
    growth = between(1, growth_range)
    turns = sense * between(2, TURNS.to(device)[speed_row])
    angle = between(3, START_ANGLE) * (sense != 0)
    largest = radius * growth.clamp(min=1)
    travel = between(4, TRAVEL.to(device)[speed_row])
    travel_second = between(5, TRAVEL.to(device)[speed_row])
    path = between(4, BOUNCE_PATH.to(device)[speed_row])
    first_wall = between(5, FIRST_WALL_AT)
    swing = between(5, SWING)
    sign = torch.where(draws[:, 6] < 0.5, -1.0, 1.0)  # bounces and zigzags begin either way
    side = torch.where(draws[:, 7] < 0.5, -1.0, 1.0)

    span = 1 - 2 * largest  # from wall to wall, for the centre
    to_wall = torch.minimum(path * first_wall, span)
    back = torch.minimum(path - to_wall, span)
    knot_times, steps_along, steps_across = pieces(
        family,
        travel=travel,
        travel_second=travel_second,
        swings=[side * swing, -side * swing, side * swing],
        sign=sign,
        bounce=(path, to_wall, back),
    )
    steps = steps_along[..., None] * along[:, None] + steps_across[..., None] * across[:, None]  # (B, 3, 2)
    offsets = torch.cat([torch.zeros_like(steps[:, :1]), steps.cumsum(1)], 1)  # (B, 4, 2)

    start = _place(offsets, largest[:, None], draws[:, 8:10])
    at_wall = torch.where(sign > 0, 1 - largest - to_wall, largest + to_wall)
    bounces_along = (family == FAMILIES.index("bounce"))[:, None] & (along != 0)
    start = torch.where(bounces_along, at_wall[:, None], start)  # (B, 2)
    colours = [COLOUR_RGB[name] for name in grammar.colours or (str(grammar.implied_colour),)]
    return Scenes(
        shape=codes[:, SHAPE],
        rgb=torch.tensor(colours, device=device)[codes[:, COLOUR].clamp(max=len(colours) - 1)] / 255,
        knot_times=knot_times,
        knots=start[:, None] + offsets,
        radius=torch.stack([radius, radius * growth], 1),
        angle=torch.stack([angle, angle + turns], 1),
        wedge=(sense != 0) & (codes[:, SHAPE] < len(prompts.SHAPES)),
    )


def _place(offsets: torch.Tensor, radius: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """A start (B, 2) that keeps the whole shape in the frame; a track too long for that leaves it at the end."""
    low = radius - offsets.amin(1)
    high = 1 - radius - offsets.amax(1)
    begins_inside = torch.where(offsets[:, -1] > 0, radius, 1 - radius)
    return torch.where(high > low, low + (high - low) * draws, begins_inside)


def times_of(frames: int, device: torch.device | str | None = None) -> torch.Tensor:
    """The times (T,) of a clip's frames: evenly from the first instant, 0, to the last, 1."""
    return torch.linspace(0, 1, frames, device=device) if frames > 1 else torch.zeros(1, device=device)


def trajectory(scenes: Scenes, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Centre (B, T, 2), radius (B, T) and angle (B, T) at times (B, T)."""
    began, ended = scenes.knot_times[:, None, :-1], scenes.knot_times[:, None, 1:]  # (B, 1, 3)
    done = ((times[..., None] - began) / (ended - began).clamp(min=1e-6)).clamp(0, 1)  # (B, T, 3) of each piece
    centre = scenes.knots[:, :1] + done @ scenes.knots.diff(dim=1)  # (B, T, 2)
    radius = scenes.radius[:, :1] + scenes.radius.diff(dim=1) * times
    angle = scenes.angle[:, :1] + scenes.angle.diff(dim=1) * times
    return centre, radius, angle
