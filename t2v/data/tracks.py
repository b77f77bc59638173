"""How each motion of the grammar goes: its family, its directions, and the straight pieces of its track.

A motion is added here: `describe_motion` says what it is, `pieces` how the tracks of its family are built. Lengths are
shares of the frame (x right, y down), times are in [0, 1].
"""

import math
from functools import lru_cache

import torch

from t2v.data import grammar as prompts
from t2v.data.grammar import GRAMMARS

DIRECTIONS = {"up": (0.0, -1.0), "down": (0.0, 1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}
SHRINK_TO = (0.45, 0.62)  # share of the first radius
EXPAND_TO = (1.5, 1.8)
FAMILIES = ("move", "then", "zigzag", "bounce", "still")  # how a motion's track is built


@lru_cache
def motion_tables(grammar_name: str) -> list[torch.Tensor]:
    """What `describe_motion` says, a tensor for each item and a row for each motion of the grammar."""
    described = zip(*map(describe_motion, GRAMMARS[grammar_name].motions), strict=True)
    return [torch.tensor(column) for column in described]


def describe_motion(motion: str) -> tuple:
    """(family, axis of the main direction, axis of the second one, turning sense, range of the radius's growth)."""
    still = (0.0, 0.0)
    rest = motion.split(" ")[1:]
    if motion in prompts.TURNING:
        sense = 1.0 if rest == ["clockwise"] else -1.0
        return FAMILIES.index("still"), still, still, sense, (1.0, 1.0)
    if motion in prompts.RESIZING:
        return FAMILIES.index("still"), still, still, 0.0, SHRINK_TO if motion == "shrinking" else EXPAND_TO
    if motion in prompts.BOUNCING + prompts.ZIGZAGGING:
        axes = (DIRECTIONS["down"], DIRECTIONS["right"])
        along, across = axes if rest == ["vertically"] else axes[::-1]
        family = "bounce" if motion in prompts.BOUNCING else "zigzag"
        return FAMILIES.index(family), along, across, 0.0, (1.0, 1.0)
    if "then" in rest:
        return FAMILIES.index("then"), DIRECTIONS[rest[0]], DIRECTIONS[rest[2]], 0.0, (1.0, 1.0)
    parts = [DIRECTIONS[part] for part in rest[0].split("-")]
    length = math.sqrt(len(parts))
    along = tuple(sum(axis) / length for axis in zip(*parts, strict=True))
    return FAMILIES.index("move"), along, still, 0.0, (1.0, 1.0)


def pieces(
    family: torch.Tensor,
    *,
    travel: torch.Tensor,
    travel_second: torch.Tensor,
    swings: list[torch.Tensor],
    sign: torch.Tensor,
    bounce: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The three straight pieces of a track: knot times (B, 4), steps (B, 3) along the named direction and across it.

    `family` (B,) numbers `FAMILIES`; all else is (B,), `bounce` the whole path, the part to the wall, the part back.
    """
    path, to_wall, back = bounce
    again = path - to_wall - back
    zero, one, third = torch.zeros_like(travel), torch.ones_like(travel), travel / 3

    def of_family(rows: list[list[torch.Tensor]]) -> torch.Tensor:
        """Rows (one a family, in the order of FAMILIES) of equally many (B,) tensors -> (B, columns)."""
        choices = torch.stack([torch.stack(row, 1) for row in rows], 1)  # (B, families, columns)
        return choices[torch.arange(len(family), device=family.device), family]

    thirds = [zero, one / 3, one * 2 / 3, one]
    knot_times = of_family(
        [thirds, [zero, one / 2, one, one], thirds, [zero, to_wall / path, (to_wall + back) / path, one], thirds]
    )  # (B, 4)
    steps_along = of_family(
        [
            [third, third, third],
            [travel, zero, zero],
            [sign * third, sign * third, sign * third],
            [sign * to_wall, -sign * back, sign * again],
            [zero, zero, zero],
        ]
    )  # (B, 3)
    steps_across = of_family([[zero] * 3, [zero, travel_second, zero], swings, [zero] * 3, [zero] * 3])  # (B, 3)
    return knot_times, steps_along, steps_across
