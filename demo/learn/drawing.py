"""Figures as HTML that needs nothing else: pictures as data addresses, plots as SVG, all text escaped.

Frames are (H, W, 3) and clips (T, H, W, 3) uint8.
"""

import html
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape

from demo.ui import film as films
from demo.ui.film import address, film, png

SMALL_PX, MIDDLE_PX, LARGE_PX = 96, 140, 240  # of a picture on the page
PLOT_WIDTH, PLOT_HEIGHT, MARGIN = 460, 190, 36
LETTER_PX = 6.2  # of a plot, on average
LEAST_SHARE = 0.84  # of its size that a wide plot keeps on a narrow screen, where it scrolls
STRIP_PX = 80  # of a frame in a strip, at most where it is smaller
PALETTE = ("#6366f1", "#f59e0b", "#059669", "#db2777", "#0ea5e9", "#a16207", "#7c3aed", "#dc2626")
CSS = films.CSS + (Path(__file__).parent / "static" / "lesson.css").read_text(encoding="utf-8")

Lines = dict[str, Sequence[tuple[float, float]]]  # name -> points (x, y)


def picture(frame: np.ndarray, *, alt: str, width_px: int = MIDDLE_PX) -> str:
    """A still picture, its pixels enlarged as squares."""
    return f'<img src="{png(frame)}" width="{width_px}" alt="{html.escape(alt, quote=True)}">'


def moving(clip: np.ndarray, *, alt: str) -> str:
    """A clip that plays."""
    from t2v.media.clips import write_clip

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.gif")
        write_clip(path, np.ascontiguousarray(clip))
        body = path.read_bytes()
    return f'<img src="{address("gif", body)}" width="{MIDDLE_PX}" alt="{html.escape(alt, quote=True)}">'


def strip(clip: np.ndarray, *, alt: str, width_px: int | None = None, playing: bool = True) -> str:
    """The frames of a clip, one after the other in a row of `width_px` at most; the one of the moment is lit."""
    frame_px = STRIP_PX if width_px is None else width_px // len(clip)
    return film(clip, alt=alt, screen_px=None, frame_px=frame_px, playing=playing)


def numbers(values: np.ndarray, *, alt: str) -> str:
    """A list of numbers as a patch, one square each: indigo below nought, amber above, the stronger the further off."""
    side = int(np.ceil(np.sqrt(len(values))))
    padded = np.zeros(side * -(-len(values) // side), np.float32)
    padded[: len(values)] = values / max(np.abs(values).max(), 1e-9)
    depth = np.abs(padded)[:, None]
    full = np.where(padded[:, None] < 0, np.array([99, 102, 241]), np.array([245, 158, 11]))
    return picture((255 + (full - 255) * depth).astype(np.uint8).reshape(-1, side, 3), alt=alt, width_px=SMALL_PX)


def captioned(body: str, caption: str) -> str:
    """A figure with its words below."""
    return f"<figure>{body}<figcaption>{html.escape(caption)}</figcaption></figure>"


def row(*figures: str) -> str:
    """Figures side by side, below each other where there is no room."""
    return f'<div class="row">{"".join(figures)}</div>'


def anchor(words: str, where: str) -> Markup:
    """A link."""
    return Markup('<a href="{}">{}</a>').format(where, words)


def paragraph(words: str) -> str:
    return f"<p>{html.escape(words)}</p>"


def table(head: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A table; every cell is shown as it stands, unless it is `Markup`."""

    def cells(tag: str, values: Sequence) -> str:
        return "".join(f"<{tag}>{escape(value)}</{tag}>" for value in values)

    body = "".join(f"<tr>{cells('td', values)}</tr>" for values in rows)
    titles = f"<tr>{cells('th', head)}</tr>" if any(head) else ""
    return f'<div class="wide"><table>{titles}{body}</table></div>'


def chips(words: Sequence[str]) -> str:
    return "<div>" + "".join(f'<span class="chip">{html.escape(word)}</span>' for word in words) + "</div>"


def bars(rows: Sequence[tuple[str, float]], *, digits: int = 2) -> str:
    """A bar for each (label, value), to the right of nought or to the left of it."""
    low, high = min(0.0, *(v for _, v in rows)), max(0.0, *(v for _, v in rows))
    span = (high - low) or 1.0
    nought = 100 * -low / span
    lines = []
    for k, (label, value) in enumerate(rows):
        left, width = nought + 100 * min(value, 0) / span, 100 * abs(value) / span
        colour = PALETTE[k % len(PALETTE)]
        bar = f'<i style="margin-left: {left:.1f}%; width: {width:.1f}%; background: {colour}"></i>'
        axis = f'<u style="left: {nought:.1f}%"></u>'
        lines.append(f"<b>{html.escape(label)}</b><span>{axis}{bar}</span><em>{value:.{digits}f}</em>")
    return f'<div class="bars">{"".join(lines)}</div>'


def svg(body: str, *, width: float, height: float, label: str) -> str:
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    if width > PLOT_WIDTH:
        size += f' style="min-width: {LEAST_SHARE * width:.0f}px"'
    drawn = f'<svg {size} role="img" aria-label="{html.escape(label, quote=True)}">{body}</svg>'
    return f'<div class="wide">{drawn}</div>' if width > PLOT_WIDTH else drawn


def text(x: float, y: float, words: str, *, anchor: str = "start", turned: float = 0) -> str:
    """Words at a place, turned by so many degrees about it."""
    turn = f' transform="rotate({turned:g} {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{html.escape(words)}</text>'


def line(points: Sequence[tuple[float, float]], colour: str, *, closed: bool = False) -> str:
    """A line through points (x, y), in the plot's own units."""
    where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    tag = "polygon" if closed else "polyline"
    return f'<{tag} points="{where}" fill="none" stroke="{colour}" stroke-width="2"/>'


def dot(x: float, y: float, colour: str, *, radius: float = 4) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>'


class Cell(NamedTuple):
    """One cell of a matrix: what it is, its colour (`none` leaves it empty), and whether it is framed."""

    title: str
    fill: str
    framed: bool


def cell_at(x: float, y: float, cell: Cell, *, width: float, height: float) -> str:
    edge = 'stroke="#dc2626" stroke-width="3"' if cell.framed else 'stroke="#999" stroke-width="0.6"'
    where = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {where} fill="{cell.fill}" {edge}><title>{html.escape(cell.title)}</title></rect>'


def matrix(
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Cell | None]]],
    *,
    cell_px: int,
    left: int,
    top: int,
    label: str,
) -> str:
    """Named rows of cells under turned names; a cell may be missing. `left` and `top` are the room for the names."""
    parts = [text(left + cell_px * (j + 0.6), top - 5, column, turned=-55) for j, column in enumerate(columns)]
    for i, (name, cells) in enumerate(rows):
        y = top + cell_px * i
        parts.append(text(left - 6, y + cell_px * 0.7, name, anchor="end"))
        for j, cell in enumerate(cells):
            if cell is not None:
                parts.append(cell_at(left + cell_px * j, y, cell, width=cell_px - 2, height=cell_px - 2))
    width, height = left + cell_px * len(columns) + 90, top + cell_px * len(rows) + 6
    return svg("".join(parts), width=width, height=height, label=label)


def positive_zero(value: float) -> float:
    """Rounded to two decimals, without a minus before a zero."""
    return round(value, 2) + 0.0


def curves(lines: Lines, *, label: str, mark: float | None = None, faint: Sequence[str] = ()) -> str:
    """A plot of named lines of (x, y), with their names, and the lowest and highest numbers on the axes.

    A thin upright line marks the x that is `mark`; lines named in `faint` are grey, for comparison.
    """
    points = [point for one in lines.values() for point in one]
    if not points:
        return ""
    (x0, x1), (y0, y1) = ((min(v), max(v)) for v in zip(*points, strict=True))
    y0, y1 = min(y0, 0.0), y1 if y1 > min(y0, 0.0) else min(y0, 0.0) + 1
    inner_width, inner_height = PLOT_WIDTH - MARGIN - 8, PLOT_HEIGHT - 44

    def on_plot(x: float, y: float) -> tuple[float, float]:
        across = (x - x0) / ((x1 - x0) or 1)
        return MARGIN + across * inner_width, 24 + (1 - (y - y0) / (y1 - y0)) * inner_height

    parts = [line([on_plot(x0, y0), on_plot(x1 if x1 > x0 else x0 + 1, y0)], "#888")]
    parts += [text(MARGIN - 4, on_plot(x0, y)[1] + 4, f"{positive_zero(y):.2f}", anchor="end") for y in (y0, y1)]
    first, last = (f"{round(x, 2):g}" for x in (x0, x1))
    parts += [text(MARGIN, PLOT_HEIGHT - 4, first), text(PLOT_WIDTH - 8, PLOT_HEIGHT - 4, last, anchor="end")]
    if mark is not None:
        parts.append(line([on_plot(mark, y0), on_plot(mark, y1)], "#dc2626"))
    letters = sum(map(len, lines))
    free = max(0.0, inner_width - LETTER_PX * letters) / len(lines)  # beside each name
    at = float(MARGIN)
    for k, (name, one) in enumerate(lines.items()):
        colour = "#9ca3af" if name in faint else PALETTE[k % len(PALETTE)]
        parts += [line([on_plot(*point) for point in one], colour), dot(at + 4, 8, colour), text(at + 12, 12, name)]
        at += LETTER_PX * len(name) + free
    return svg("".join(parts), width=PLOT_WIDTH, height=PLOT_HEIGHT, label=label)


def overlay(frame: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A frame (H, W, 3) turned pale, with heat (H, W) from 0 to 1 as red on it."""
    pale = 255 - (255 - frame.astype(np.float32)) * 0.35
    red = np.array([220, 20, 20], np.float32)
    return (pale + (red - pale) * heat[..., None].clip(0, 1)).round().astype(np.uint8)
