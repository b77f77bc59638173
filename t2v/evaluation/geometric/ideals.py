"""Ideal shapes, as the ink of a frame is compared with them: each outline as a small patch, at all angles.

Corners are in units of the circumscribed circle's radius, y down; angles are in turns, clockwise as seen on screen.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from t2v.data.grammar import SHAPES
from t2v.data.scenes import STAR_INNER_RADIUS, WEDGE_TURNS

# Ideal shapes are compared on patches of this many pixels, where every shape has the area of this circle.
PATCH_PX = 24
PATCH_RADIUS_PX = 7.0
ANGLES = 72
SUPERSAMPLING = 4
REPEATS = {"circle": ANGLES, "square": 4, "triangle": 3, "star": 5}  # how often a shape without wedge repeats in a turn


def outline(shape: str, *, wedge: bool) -> np.ndarray:
    """Corners (N, 2) of the upright shape in units of its circumscribed radius, clockwise, y down.

    The wedge, where there is one, points straight down.
    """
    if shape == "circle":
        count, radii = 180, np.ones(180)
    elif shape == "star":
        count, radii = 10, np.tile([1.0, STAR_INNER_RADIUS], 5)
    else:
        count, radii = REPEATS[shape], np.ones(REPEATS[shape])
    turns = (np.arange(count) + (0.5 if shape == "square" else 0.0)) / count  # clockwise from the top
    corners = _on_circle(turns) * radii[:, None]
    if not wedge:
        return corners
    sides = np.array([0.5 - WEDGE_TURNS / 2, 0.5 + WEDGE_TURNS / 2])
    before, after = turns < sides[0] + 1e-6, turns > sides[1] - 1e-6
    rims = [_where_ray_meets(corners, ray) for ray in _on_circle(sides)]
    return np.concatenate([corners[before], rims[:1], np.zeros((1, 2)), rims[1:], corners[after]])


def _on_circle(turns: np.ndarray) -> np.ndarray:
    return np.stack([np.sin(2 * np.pi * turns), -np.cos(2 * np.pi * turns)], -1)


def _where_ray_meets(corners: np.ndarray, ray: np.ndarray) -> np.ndarray:
    """The point (2,) of a star-shaped polygon's outline in the direction `ray` (2,) from the centre."""
    normal = np.array([-ray[1], ray[0]])
    sides = corners @ normal  # signed distance of the corners from the ray
    for i, j in zip(range(-1, len(corners) - 1), range(len(corners)), strict=True):
        crossing = corners[i] + (corners[j] - corners[i]) * sides[i] / (sides[i] - sides[j] or 1)
        if sides[i] * sides[j] <= 0 and crossing @ ray > 0:
            return crossing
    raise AssertionError("a ray from inside an outline meets it")


def area_and_centroid(corners: np.ndarray) -> tuple[float, np.ndarray]:
    """Area and centroid (2,) of the polygon (N, 2), by the shoelace formula."""
    (x, y), (next_x, next_y) = corners.T, np.roll(corners, -1, 0).T
    cross = x * next_y - next_x * y
    centroid = ((corners + np.roll(corners, -1, 0)) * cross[:, None]).sum(0) / (3 * cross.sum())
    return float(cross.sum() / 2), centroid


@dataclass(frozen=True)
class Ideals:
    """K ideal shapes: patches (K, PATCH_PX**2) of mean 0 and length 1, and what is known of each.

    number (K,) index into SHAPES; wedge (K,) bool; angle (K,) turns; in units of the root of the ink's area: radius
    (K,) of the circumscribed circle, and to_centre (K, 2), from the ink's centroid to that circle's centre.
    """

    patches: np.ndarray
    number: np.ndarray
    wedge: np.ndarray
    angle: np.ndarray
    radius: np.ndarray
    to_centre: np.ndarray


@lru_cache(maxsize=16)
def ideals(blur: int) -> Ideals:
    """Ideal shapes as seen in frames whose pixels are `blur` / SUPERSAMPLING patch pixels wide."""
    rows = []
    for number, shape in enumerate(SHAPES):
        for wedge in (False, True):
            corners = outline(shape, wedge=wedge)
            area, centroid = area_and_centroid(corners)
            for step in range(ANGLES if wedge else ANGLES // REPEATS[shape]):
                cos, sin = math.cos(2 * math.pi * step / ANGLES), math.sin(2 * math.pi * step / ANGLES)
                turn = np.array([[cos, sin], [-sin, cos]]) / math.sqrt(area)  # for points as rows
                patch = _draw_patch((corners - centroid) @ turn, blur)
                rows.append((patch, number, wedge, step / ANGLES, 1 / math.sqrt(area), -centroid @ turn))
    patches, *known = (np.array(column) for column in zip(*rows, strict=True))
    return Ideals(normalised(patches), *known)


def _draw_patch(corners: np.ndarray, blur: int) -> np.ndarray:
    """The outline (N, 2), in units of the root of its area, as a patch (PATCH_PX**2,), as soft as a frame's pixels."""
    scale = SUPERSAMPLING * PATCH_RADIUS_PX * math.sqrt(math.pi)
    corners = corners * scale + SUPERSAMPLING * PATCH_PX / 2 - 0.5
    patch = np.zeros((SUPERSAMPLING * PATCH_PX, SUPERSAMPLING * PATCH_PX), np.float32)
    cv2.fillPoly(patch, [np.round(corners * 16).astype(np.int32)], 1.0, shift=4)
    # a pixel averages over a box, and reading between pixels over two more: the variance is 3 * blur**2 / 12
    blurred = cv2.GaussianBlur(patch, (0, 0), blur / 2)
    return cv2.resize(blurred, (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA).ravel()


def normalised(patches: np.ndarray) -> np.ndarray:
    patches = patches - patches.mean(1, keepdims=True)
    return patches / np.linalg.norm(patches, axis=1, keepdims=True).clip(1e-6)
