"""The drawings of stories as a reader knows them: each cut out as it would be over a ground, in every look, and turned.

Found in a clip by their boxes, things are compared with these: crops are (n, 12 * 12 * 3) in [0, 255].
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from t2v.data.grammar import SHAPES
from t2v.data.stories.grammar import THINGS, Thing
from t2v.data.stories.grounds import COLOURS
from t2v.data.stories.looks import LOOKS, copy_sizes, pictures, sprite_row

CROP = 12
TURNS = 24  # positions of things that turn
PICTURE_PX = 64  # side of the pictures, at the least
INSIDE = 0.35  # alpha from which a pixel belongs to a thing
ASPECT_WEIGHT = 60.0  # RGB levels that boxes of other proportions count, for a factor of e
STANDS_OUT = 30.0  # RGB levels by which a thing differs from its ground
TEXTURE = {  # RGB levels of a ground's own pattern, darker and lighter
    "white": (14, 14), "sky": (75, 75), "grass": (45, 45), "sand": (36, 36), "water": (36, 36), "night": (20, 60),
}  # fmt: skip
CLOUDS = np.array((52.0, 30.0, 8.0)) / np.linalg.norm((52.0, 30.0, 8.0))  # from the sky's colour towards a cloud's
GREY = np.ones(3) / np.sqrt(3)


def contrast(off: np.ndarray, ground: str) -> np.ndarray:
    """How far pixels (H, W, 3) that are so far off the ground's colour are from all that is ground, in RGB levels."""
    way = CLOUDS if ground == "sky" else GREY
    darker, lighter = TEXTURE[ground]
    rest = off - (off @ way).clip(-darker, lighter)[..., None] * way
    return np.abs(rest).max(-1)


def parts_of(mask: np.ndarray) -> list[list[int]]:
    """The connected parts of a mask as (x, y, width, height, area), the largest first."""
    stats = cv2.connectedComponentsWithStats(mask, connectivity=4)[2]
    return sorted(stats[1:].tolist(), key=lambda part: -part[4])


class Drawings(NamedTuple):
    """N pictures. colour (N, D) in [0, 255], times alpha; alpha (N, D); aspect (N,) log of width by height of the box;
    centre (N, 2) of the circumscribed circle from the box's corner, and radius (N,), both with the box's half
    perimeter as unit; thing (N,) index into `THINGS`; variant (N,), numbered through;
    angle (N,) in turns."""

    colour: np.ndarray
    alpha: np.ndarray
    aspect: np.ndarray
    centre: np.ndarray
    radius: np.ndarray
    thing: np.ndarray
    variant: np.ndarray
    angle: np.ndarray

    def unlike(self, crops: np.ndarray, aspect: np.ndarray, ground: np.ndarray) -> np.ndarray:
        """How far crops (n, D) of boxes with these aspects (n,) are from each picture over a ground (3,), (n, N) in RGB
        levels, squared."""
        over = self.colour + (1 - self.alpha) * np.tile(ground, CROP * CROP).astype(np.float32)
        apart = (crops**2).sum(1)[:, None] + (over**2).sum(1) - 2 * crops @ over.T
        return apart / over.shape[1] + (ASPECT_WEIGHT * (aspect[:, None] - self.aspect)) ** 2


def cut(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """What is in a box (x, y, width, height) of a picture (H, W, C), as (12 * 12 * C,)."""
    x, y, width, height = box
    crop = picture[y : y + height, x : x + width]
    return cv2.resize(crop, (CROP, CROP), interpolation=cv2.INTER_AREA).reshape(-1)


@lru_cache(len(COLOURS))
def drawings(ground: str) -> Drawings:
    """All things in all looks over a ground: shapes upright and, with their wedge, turned; drawn ones turned and
    mirrored."""
    copies = pictures(next(i for i, side in enumerate(copy_sizes()) if side >= PICTURE_PX)).permute(0, 2, 3, 1).numpy()
    colour = np.mean(COLOURS[ground], 0)
    rows, variant = [], 0
    for number, thing in enumerate(THINGS):
        for picture, turns in _looks(thing, copies):
            every = (_describe(picture, turn / TURNS, ground, colour) for turn in range(turns))
            rows += [(*described, number, variant, turn / TURNS) for turn, described in enumerate(every) if described]
            variant += 1
    return Drawings(*(np.array(part, np.float32) for part in zip(*rows, strict=True)))


def _looks(thing: Thing, copies: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    """The pictures (S, S, 4) of a thing and in how many positions each may be seen."""
    if thing.noun in SHAPES:
        for turning in (False, True):
            yield copies[sprite_row(thing, 0, turning=turning)], TURNS if turning else 1
        return
    for variant in range(LOOKS):
        picture = copies[sprite_row(thing, variant / LOOKS, turning=False)]
        yield picture, TURNS
        yield picture[:, ::-1].copy(), 1


def _describe(picture: np.ndarray, turns: float, ground: str, colour: np.ndarray) -> tuple | None:
    """The first five fields of `Drawings`; None for what the ground hides."""
    side = picture.shape[0]
    middle = (side - 1) / 2
    if turns:
        matrix = cv2.getRotationMatrix2D((middle, middle), -360 * turns, 1)  # negative: clockwise on screen
        picture = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR)
    rgb, alpha = picture[..., :3] * 255, picture[..., 3:]
    mask = (contrast(rgb + (1 - alpha) * colour - colour, ground) > STANDS_OUT) & (alpha[..., 0] > INSIDE)
    parts = parts_of(mask.astype(np.uint8))
    if not parts:
        return None
    x, y, width, height = box = parts[0][0], parts[0][1], parts[0][2], parts[0][3]
    unit = width + height
    centre = ((side / 2 - x) / unit, (side / 2 - y) / unit)
    return cut(rgb, box), cut(alpha.repeat(3, 2), box), np.log(width / height), centre, side / 2 / unit
