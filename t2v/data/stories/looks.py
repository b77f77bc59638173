"""The drawings: SVG files of this package, each rasterised once, in every colour and detail that it comes in.

A file's viewBox is the circumscribed circle of its thing, which looks to the right. `data-looks` on its root lists
what it comes in, as pairs `body accent`; groups of the class `detail-N` are seen in look N alone. The four shapes come
in the colours of the grammar, and with a white wedge for those that turn.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

import cv2
import numpy as np
import resvg_py
import torch

from t2v.data.grammar import COLOURS, SHAPES
from t2v.data.scenes import COLOUR_RGB
from t2v.data.sprites import Sprites
from t2v.data.stories.grammar import DRAWN, Thing

LOOKS = 3  # of each drawn thing
PICTURE_PX = 128  # side of the largest copy; things that are larger on the screen get soft edges
OUTLINE_RGB, OUTLINE_ALPHA, OUTLINE_PX = (70, 58, 64), 0.75, 2  # of drawn things, so that none is lost on its ground
ROWS_OF_SHAPE = 2 * len(COLOURS)  # each colour without and with a wedge


def sprite_row(thing: Thing, draw: float, *, turning: bool, own: Sequence[str] = ()) -> int:
    """The row among all pictures of a thing whose look follows from a draw in [0, 1); things of one's `own` come after
    those that are drawn here."""
    if thing.noun in SHAPES:
        return SHAPES.index(thing.noun) * ROWS_OF_SHAPE + COLOURS.index(str(thing.colour)) * 2 + turning
    if thing.noun in own:
        return len(SHAPES) * ROWS_OF_SHAPE + len(DRAWN) * LOOKS + own.index(thing.noun)
    return len(SHAPES) * ROWS_OF_SHAPE + DRAWN.index(thing.noun) * LOOKS + int(draw * LOOKS)


@lru_cache(1)
def copy_sizes() -> tuple[int, ...]:
    """Sides of the copies of all pictures, in pixels: each a quarter larger than the one before, or by 2."""
    sizes = [4]
    while sizes[-1] < PICTURE_PX:
        sizes.append(min(PICTURE_PX, max(sizes[-1] + 2, sizes[-1] * 5 // 4)))
    return tuple(sizes)


def pictures(level: int, own: Sprites | None = None) -> torch.Tensor:
    """All pictures in the order of `sprite_row`, (N, 4, S, S) in [0, 1], RGB times alpha, and alpha, S of this level of
    `copy_sizes()`."""
    if own is None:
        return _copies(level)
    return torch.cat([_copies(level).to(own.levels[0]), _reduced(own.levels[0], level)])


@lru_cache
def _copies(level: int) -> torch.Tensor:
    return _reduced(_pictures(), level)


def _reduced(pictures: torch.Tensor, level: int) -> torch.Tensor:
    side = copy_sizes()[level]
    return torch.nn.functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)


@lru_cache(1)
def _pictures() -> torch.Tensor:
    """All pictures as they are drawn."""
    pictures = []
    for noun in SHAPES:
        for colour in COLOURS:
            body = "#{:02x}{:02x}{:02x}".format(*COLOUR_RGB[colour])
            pictures += [_rasterise(noun, _style(body, body, wedge=wedge)) for wedge in (False, True)]
    for noun in DRAWN:
        pictures += [_outlined(_rasterise(noun, style)) for style in _styles(noun)]
    rgba = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    return torch.cat([rgba[:, :3] * rgba[:, 3:], rgba[:, 3:]], 1)


def _drawing(noun: str) -> str:
    return (resources.files(__package__) / "drawings" / f"{noun}.svg").read_text(encoding="utf-8")


def _styles(noun: str) -> list[str]:
    """The style sheet of each look of a drawing."""
    match = re.search(r'data-looks="([^"]*)"', _drawing(noun))
    pairs = [pair.split() for pair in match[1].split(";")] if match else []
    assert len(pairs) == LOOKS, f"{noun}.svg lists {len(pairs)} looks"
    return [_style(body, accent, detail=number) for number, (body, accent) in enumerate(pairs)]


def _style(body: str, accent: str, *, detail: int = 0, wedge: bool = False) -> str:
    hidden = ",".join(f".detail-{number}" for number in range(LOOKS) if number != detail)
    return (
        f".body{{fill:{body}}}.accent{{fill:{accent}}}.line{{stroke:{body}}}.accent-line{{stroke:{accent}}}"
        f"{hidden}{{display:none}}.wedge{{fill:#ffffff;display:{'inline' if wedge else 'none'}}}"
    )


def _rasterise(noun: str, style: str) -> np.ndarray:
    """The drawing as (S, S, 4) uint8, RGBA."""
    png = resvg_py.svg_to_bytes(
        svg_string=_drawing(noun), style_sheet=style, width=PICTURE_PX, height=PICTURE_PX, skip_system_fonts=True
    )
    bgra = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgra is not None, f"{noun}.svg gives no picture"
    return cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA)


def _outlined(rgba: np.ndarray) -> np.ndarray:
    """The picture (S, S, 4) uint8 with a thin dark line around what is drawn."""
    side = 2 * OUTLINE_PX + 1
    around = cv2.dilate(rgba[..., 3], cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    alpha, behind = rgba[..., 3:] / 255, around[..., None] / 255 * OUTLINE_ALPHA
    whole = alpha + behind * (1 - alpha)
    colour = rgba[..., :3] * alpha + np.array(OUTLINE_RGB) * behind * (1 - alpha)
    colour = np.divide(colour, whole, out=np.zeros_like(colour), where=whole > 0)
    return np.concatenate([colour, whole * 255], 2).round().astype(np.uint8)
