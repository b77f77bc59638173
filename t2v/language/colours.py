"""Colours by name to the nearest of those that a grammar has, by hue and lightness in OKLab.

OKLab: Bjorn Ottosson, "A perceptual color space for image processing", 2020. RGB are integers from 0 to 255. The hue
counts twice as much as the lightness and pale colours as much as strong ones: by plain distance in OKLab `pink` and
`skyblue` were nearest to yellow, the only light one of the six.
"""

import math
from functools import lru_cache

from PIL import ImageColor

from t2v.data.scenes import COLOUR_RGB

GREY_CHROMA = 0.025  # black, white and greys lie below, and are near to no colour
LIGHTNESS_WEIGHT = 0.5
RGB = tuple[int, int, int]


def oklab(rgb: RGB) -> tuple[float, float, float]:
    """Lightness 0 to 1, and the two axes green-red and blue-yellow."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _compared(rgb: RGB) -> tuple[float, float, float] | None:
    lightness, green_red, blue_yellow = oklab(rgb)
    chroma = math.hypot(green_red, blue_yellow)
    if chroma < GREY_CHROMA:
        return None
    return LIGHTNESS_WEIGHT * lightness, green_red / chroma, blue_yellow / chroma


@lru_cache(maxsize=1024)
def nearest_colour(rgb: RGB, colours: tuple[str, ...]) -> tuple[str, float] | None:
    """The nearest of the named colours and how near, 0 to 1; None for black, white and greys."""
    wanted = _compared(rgb)
    if wanted is None or not colours:
        return None
    known = {name: point for name in colours if (point := _compared(COLOUR_RGB[name])) is not None}
    distances = {name: math.dist(wanted, point) for name, point in known.items()}
    name = min(distances, key=distances.__getitem__)
    return name, round(1 - distances[name] / 2, 2)  # opposite hues are 2 apart


def css_colour(name: str) -> RGB | None:
    """The RGB of a CSS colour: its name, written in one word, or its code, `#ff0000` or `rgb(255, 0, 0)`."""
    if name not in ImageColor.colormap and not name.startswith(("#", "rgb", "hsl")):
        return None
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:  # `rgb(a lot)`
        return None
