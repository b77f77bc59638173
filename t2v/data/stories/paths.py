"""Where things go: for each relation the two paths, and for things alone a place where they do not meet.

Paths are (K, P, 2) for K things at P even times from 0 to 1; x right, y down, lengths as a share of the frame. Draws
are numbers in [0, 1). docs/STORIES.md says what the numbers here mean to whoever watches.
"""

import math
from collections.abc import Callable

import numpy as np

KNOTS = 33  # points of a path, joined by straight lines
TIMES = np.linspace(0, 1, KNOTS)
EIGHT_WAYS = 8  # directions of chases and of passing: the sides and the corners
RELATION_DRAWS = 6
APART = 1.02  # of the sum of two radii, that things of one clip stay away from each other where there is room
STILL_ACROSS = 0.1  # how far beside each other things may be that stand above or beside one another


def relation_paths(relation: str, radius: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The paths (2, P, 2) of the first and the second thing, of radii (2,), anywhere: `place` moves both."""
    return np.stack(RELATION_PATHS[relation](float(radius.sum()), draws))


def _way(turns: float) -> np.ndarray:
    return np.array([math.cos(2 * math.pi * turns), math.sin(2 * math.pi * turns)])


def _beside(way: np.ndarray) -> np.ndarray:
    return np.array([-way[1], way[0]])


def _until(time: float) -> np.ndarray:
    """How much is done (P, 1) of what ends at a time."""
    return np.minimum(TIMES / time, 1)[:, None]


def _chasing(touch: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    way = _way(int(u[0] * EIGHT_WAYS) / EIGHT_WAYS)
    gap, last_gap = touch * (1.15 + 0.10 * u[1]), touch * (1.0 + 0.05 * u[2])
    ahead = 0.24 + 0.06 * u[3]
    behind = ahead + gap - last_gap
    return TIMES[:, None] * behind * way, (gap + TIMES[:, None] * ahead) * way


def _catching(touch: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    way, caught = _way(u[0]), _until(0.6 + 0.15 * u[1])
    gap, flight, hold = 0.45 + 0.10 * u[2], 0.04 + 0.06 * u[3], touch * (0.5 + 0.1 * u[4])
    return caught * (gap + flight - hold) * way, (gap + caught * flight) * way


def _circling(touch: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distance, turns = touch * (1.02 + 0.10 * u[0]), (0.8 + 0.2 * u[1]) * (1 if u[2] < 0.5 else -1)
    angles = 2 * math.pi * (u[3] + turns * TIMES)
    return distance * np.stack([np.cos(angles), np.sin(angles)], 1), np.zeros((KNOTS, 2))


def _meeting(touch: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    way, met = _way(u[0]), _until(0.7 + 0.15 * u[1])
    apart, last = 0.58 + 0.10 * u[2], touch * (0.98 + 0.06 * u[3])
    step = (apart - last) / 2
    return met * step * way, (apart - met * step) * way


def _passing(touch: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    way = _way(int(u[0] * EIGHT_WAYS) / EIGHT_WAYS)
    side = _beside(way) * (1 if u[1] < 0.5 else -1) * touch * (0.95 + 0.10 * u[2])
    travel, crawl = 0.50 + 0.06 * u[3], 0.06 * u[4]
    first = (TIMES[:, None] - 0.5) * travel * way
    return first, side + (TIMES[:, None] - 0.5) * crawl * way


def _standing(turns: float) -> Callable[[float, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The first thing stands in this direction of the second."""

    def paths(touch: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        way = _way(turns)
        first = way * max(0.36 + 0.16 * u[0], 1.1 * touch) + _beside(way) * (2 * u[1] - 1) * STILL_ACROSS
        return np.tile(first, (KNOTS, 1)), np.zeros((KNOTS, 2))

    return paths


RELATION_PATHS = {
    "chasing": _chasing,
    "catching": _catching,
    "circling": _circling,
    "meeting": _meeting,
    "passing": _passing,
    "left of": _standing(0.5),
    "right of": _standing(0.0),
    "above": _standing(0.75),
    "below": _standing(0.25),
}


def room(paths: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest shift (..., 2) that keeps paths (..., P, 2) of radii (..., P) inside the frame; both
    in the middle where there is none."""
    least = (radius[..., None] - paths).max(-2)
    greatest = (1 - radius[..., None] - paths).min(-2)
    middle = (least + greatest) / 2
    fits = least < greatest
    return np.where(fits, least, middle), np.where(fits, greatest, middle)


def place_together(paths: np.ndarray, radius: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Paths (K, P, 2) of radii (K, P), moved into the frame by one shift for all, which draws (2,) choose."""
    least, greatest = room(paths, radius)
    low, high = least.max(0), greatest.min(0)
    return paths + np.where(low < high, low + (high - low) * draws, (low + high) / 2)


def place_apart(paths: np.ndarray, radius: np.ndarray, pinned: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Paths (K, P, 2) of radii (K, P), each moved by itself: the first of C ways, draws (C, K, 2), in which no two
    come nearer than `APART`, or else the one in which they stay farthest apart. `pinned` (K, 2): not along that axis.
    """
    least, greatest = room(paths, radius)  # (K, 2)
    shifts = np.where(pinned, 0, least + (greatest - least) * draws)  # (C, K, 2)
    if len(paths) == 1:
        return paths + shifts[0][:, None]
    moved = paths + shifts[:, :, None]  # (C, K, P, 2)
    space = [
        (np.linalg.norm(moved[:, i] - moved[:, j], axis=-1) - APART * (radius[i] + radius[j])).min(-1)
        for i in range(len(paths))
        for j in range(i)
    ]
    nearest = np.min(space, axis=0)  # (C,)
    fits = nearest > 0
    return moved[fits.argmax() if fits.any() else nearest.argmax()]
