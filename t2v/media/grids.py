"""Many clips in one picture: a grid that moves, or a contact sheet of all frames; with their captions.

Clips are (N, T, H, W, 3) uint8, RGB.
"""

import math
import os
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from t2v.config import FPS
from t2v.media.clips import MAX_SCALE, check_frames, ending_of, to_note, whole_number, write_clip
from t2v.media.codecs import enlarge, save_picture, tile
from t2v.system.files import atomic_path

CAPTION_PX = 10
CAPTION_LINES = 4
CAPTION_MARGIN_PX = 2


def write_picture(path: str | os.PathLike, picture: np.ndarray, *, recipe: dict | None = None) -> None:
    """Write one picture (H, W, 3), uint8, such as a contact sheet, as a PNG file; atomic, replaces a file.

    Raises ValueError for another kind of array or ending and for a recipe over 64 KiB, OSError as `write_clip` does.
    """
    check_frames(picture, "H, W")
    if ending_of(path) != ".png":
        raise ValueError(f"A picture is written as .png, got '{path}'")
    note = to_note(recipe)
    with atomic_path(path) as temporary:
        save_picture(temporary, picture, note)


def write_grid(
    path: str | os.PathLike,
    clips: np.ndarray,
    *,
    labels: Sequence[str] | None = None,
    columns: int | None = None,
    fps: int = FPS,
    scale: int = 1,
) -> None:
    """Write clips (N, T, H, W, 3), uint8, that move side by side with their labels below, as `write_clip` would.

    The grid is as square as `N` allows unless `columns` says otherwise. Labels keep their size at every `scale`, wrap,
    and end in an ellipsis after four lines. Raises what `write_clip` does, and ValueError unless labels are N.
    """
    check_frames(clips, "N, T, H, W")
    columns = whole_number("columns", math.ceil(len(clips) ** 0.5) if columns is None else columns, len(clips))
    cells = enlarge(clips, whole_number("scale", scale, MAX_SCALE))
    if labels is not None:
        strips = _draw_labels(labels, len(clips), cells.shape[3])[:, None]  # (N, 1, h, W, 3)
        strips = np.broadcast_to(strips, (*cells.shape[:2], *strips.shape[2:]))  # (N, T, h, W, 3)
        cells = np.concatenate([cells, strips], axis=2)  # (N, T, H + h, W, 3)
    write_clip(path, tile(cells, columns), fps=fps)


def contact_sheet(clips: np.ndarray, labels: Sequence[str] | None = None) -> np.ndarray:
    """Lay clips (N, T, H, W, 3), uint8, out as one picture (H', W', 3): a row for each clip, its label above it.

    `write_picture` saves it. Raises ValueError for another kind of array, or unless labels are N.
    """
    check_frames(clips, "N, T, H, W")
    rows = np.stack([tile(clip, len(clip)) for clip in clips])  # (N, H, T*W + gaps, 3)
    if labels is not None:
        rows = np.concatenate([_draw_labels(labels, len(clips), rows.shape[2]), rows], axis=1)
    return tile(rows, 1)


def _draw_labels(labels: Sequence[str], count: int, width_px: int) -> np.ndarray:
    """Labels as strips (N, h, width_px, 3) of one height, black on white."""
    if len(labels) != count:
        raise ValueError(f"There must be one label for each clip, got {len(labels)} for {count} clips")
    font = ImageFont.load_default(CAPTION_PX)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow has it wherever a size can be asked for
    texts = [_wrap(label, width_px - 2 * CAPTION_MARGIN_PX, font) for label in labels]
    line_px = sum(font.getmetrics())
    height_px = max(len(lines) for lines in texts) * line_px + CAPTION_MARGIN_PX
    strips = []
    for lines in texts:
        strip = Image.new("RGB", (width_px, height_px), "white")
        for k, line in enumerate(lines):
            ImageDraw.Draw(strip).text((CAPTION_MARGIN_PX, k * line_px), line, "black", font)
        strips.append(np.array(strip))
    return np.stack(strips)  # (N, h, width_px, 3)


def _wrap(label: str, width_px: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """Break a label between words into at most four lines, each cut with an ellipsis where it is too wide."""
    lines: list[str] = []
    for word in label.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width_px:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > CAPTION_LINES:
        lines[CAPTION_LINES - 1 :] = [" ".join(lines[CAPTION_LINES - 1 :])]
    for k, line in enumerate(lines):
        kept = len(line)
        while kept and font.getlength(line[:kept] + "…" * (kept < len(line))) > width_px:
            kept -= 1
        lines[k] = line if kept == len(line) else line[:kept].rstrip() + "…"
    return lines
