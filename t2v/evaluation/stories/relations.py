"""What two things have to do with each other, from their paths, by the lengths and angles of docs/STORIES.md."""

from dataclasses import dataclass

import numpy as np

STILL = 0.05  # how far a thing that stands may stray
ROUND = 0.65  # turns around the other, from which a thing circles
FAR_START = 0.36  # where a catch or a meeting begins, at the least
HELD = 0.8  # of R, at most, between a thing and what it has caught
TOUCH = 1.3  # of R, at most, between two that have met
SAME_WAY = 0.93  # cosine
IN_LINE = 0.09  # how far beside its prey a hunter may run
LEAST_CHASE, LEAST_PASS, MOST_CRAWL = 0.18, 0.4, 0.12


@dataclass(frozen=True)
class Followed:
    """One thing, an index into `THINGS`, through a clip: visible (T,) bool, centre (T, 2), radius (T,), angle (T,)."""

    thing: int
    visible: np.ndarray
    centre: np.ndarray
    radius: np.ndarray
    angle: np.ndarray


def read_relation(first: Followed, second: Followed, standing: list[bool]) -> tuple[str | None, bool]:
    """The relation of two things that were followed (`seen`, `centre`, `radius` over T frames), and whether the second
    is its first; None where each goes its own way. `standing`: has no motion of its own that has a word."""
    both = first.visible & second.visible
    if both.sum() < 3:
        return None, False
    paths = [track.centre[both] for track in (first, second)]
    touch = float(np.median(first.radius[both]) + np.median(second.radius[both]))
    whole = [track.centre[track.visible] for track in (first, second)]
    travel = [float(np.linalg.norm(path[-1] - path[0])) for path in whole]
    moved = [float(np.ptp(path, axis=0).max()) for path in whole]
    lost = int((~both)[-len(both) // 4 :].sum())  # frames at the end in which the two are one
    if max(moved) < STILL and all(standing):
        return _standing(*(path.mean(0) for path in paths))
    for swapped in (False, True):
        a, b = (1, 0) if swapped else (0, 1)
        if standing[b] and moved[b] < STILL and _turns(paths[a] - paths[b]) > ROUND:
            return "circling", swapped
    apart = np.linalg.norm(paths[0] - paths[1], axis=1)
    if apart[0] > max(FAR_START, 1.2 * touch) and apart[-1] < apart[0] - 0.1:
        slow = int(np.argmin(travel))
        if travel[slow] < 0.55 * max(travel) and standing[slow] and (lost or apart[-1] < HELD * touch):
            return "catching", slow == 0
        towards = float(_unit(paths[0][-1] - paths[0][0]) @ _unit(paths[1][-1] - paths[1][0]))
        if towards < -SAME_WAY and travel[slow] > 0.5 * max(travel) and apart[-1] < TOUCH * touch:
            return "meeting", False
    return _one_after_the_other(paths, travel, touch, standing)


def _one_after_the_other(
    paths: list[np.ndarray], travel: list[float], touch: float, standing: list[bool]
) -> tuple[str | None, bool]:
    """Chasing and passing."""
    ways = [_unit(path[-1] - path[0]) for path in paths]
    if min(travel) > LEAST_CHASE and ways[0] @ ways[1] > SAME_WAY:
        way = _unit(ways[0] + ways[1])
        apart = paths[1] - paths[0]
        gap, beside = apart @ way, apart @ (way[::-1] * (1, -1))
        if np.abs(beside).max() < IN_LINE and (np.sign(gap) == np.sign(gap[0])).all() and np.ptp(beside) < IN_LINE / 2:
            swapped = bool(gap[0] < 0)  # the second is behind
            closer, near = abs(gap[-1]) < abs(gap[0]), abs(gap[0]) < 1.5 * touch
            return ("chasing", swapped) if closer and near else (None, False)
    for swapped in (False, True):
        a, b = (1, 0) if swapped else (0, 1)
        if travel[a] > LEAST_PASS and travel[b] < MOST_CRAWL and standing[b]:
            apart = paths[a] - paths[b]
            ahead, beside = apart @ ways[a], np.abs(apart @ (ways[a][::-1] * (1, -1)))
            if ahead[0] < -0.13 and ahead[-1] > 0.13 and beside.max() < 1.4 * touch:
                return "passing", swapped
    return None, False


def _standing(first: np.ndarray, second: np.ndarray) -> tuple[str, bool]:
    x, y = second - first
    return ("left of", bool(x < 0)) if abs(x) > abs(y) else ("above", bool(y < 0))


def _turns(around: np.ndarray) -> float:
    """How many turns a path (T, 2) makes around the origin."""
    angle = np.unwrap(np.arctan2(around[:, 1], around[:, 0])) / (2 * np.pi)
    return abs(float(angle[-1] - angle[0]))


def _unit(way: np.ndarray) -> np.ndarray:
    return way / max(float(np.linalg.norm(way)), 1e-9)
