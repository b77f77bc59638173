"""How much is measured: all of it, or less of everything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    clips: int  # written and rendered
    repeats: int
    streamed: tuple[int, ...]  # numbers of clips, for the growth of cost
    packed: tuple[int, ...]
    generated: tuple[int, ...]
    frames: tuple[int, ...]


FULL = Extent(1000, 3, (1000, 10_000, 100_000), (300, 1000, 3000), (1, 4, 16, 64), (10, 40, 160))
QUICK = Extent(60, 1, (100, 1000), (60, 240), (1, 8), (10, 40))
