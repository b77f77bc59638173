"""A clip as HTML that plays and can be scrubbed by itself: a screen, and its frames as a strip with gaps below.

No script: all frames lie in one picture, side by side; style sheets move it. The frame that is on the screen is lit.
A frame under the pointer stops the clip and is shown. Clips are (T, H, W, 3) uint8. `CSS` goes to the page once.
"""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np

from t2v.config import FPS

SCREEN_PX, FRAME_PX = 140, 80  # widths; a frame is that wide at most
MOST_SCRUBBED = 60  # frames of a clip that can be pointed at
CSS = (
    """
.film { max-width: 100%; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.film .screen, .film .frames i { display: block; background: var(--sheet) 0 0 / calc(100% * var(--t)) 100% no-repeat;
  image-rendering: pixelated; box-sizing: border-box; outline: 1px solid var(--border-color-primary, #ccc); }
.film .screen { max-width: 100%; animation: film-play var(--d) steps(var(--t), jump-none) infinite; }
.film .frames { --gap: 4px; position: relative; display: grid; max-width: 100%; margin: 6px 0 4px;
  gap: var(--gap);
  grid-template-columns: repeat(var(--t), minmax(0, 1fr)); }
.film .frames i { background-position: calc(100% * var(--k) / max(1, var(--t) - 1)) 0; }
.film .frames::after { content: ""; position: absolute; top: 0; bottom: 0; pointer-events: none;
  width: calc((100% - (var(--t) - 1) * var(--gap)) / var(--t)); outline: 2px solid var(--color-accent, #4f46e5);
  animation: film-lit var(--d) steps(var(--t), jump-end) infinite; }
.film.still .screen, .film.still .frames::after { animation: none; }
@keyframes film-play { from { background-position: 0 0; } to { background-position: 100% 0; } }
@keyframes film-lit { from { left: 0; } to { left: calc(100% + var(--gap)); } }
.film:has(.frames i:hover) .screen { animation: none; }
.film:has(.frames i:hover) .frames::after { display: none; }
.film .frames i:hover { outline: 2px solid var(--color-accent, #4f46e5); }
@media (max-width: 640px) { .film .frames { --gap: 2px; } }
@media (prefers-reduced-motion: reduce) { .film .screen, .film .frames::after { animation: none; } }
@media print { .film .frames::after { display: none; } }
"""
    + "\n".join(
        f".film:has(i:nth-child({k + 1}):hover) .screen "
        f"{{ background-position: calc(100% * {k} / max(1, var(--t) - 1)) 0; }}"
        for k in range(MOST_SCRUBBED)
    )
    + "\n"
)


def film(
    clip: np.ndarray,
    *,
    alt: str,
    screen_px: int | None = SCREEN_PX,
    frame_px: int | None = FRAME_PX,
    fps: int = FPS,
    playing: bool = True,
    titles: Sequence[str] = (),
) -> str:
    """The clip: a screen `screen_px` wide and a strip of frames, each `frame_px` wide at most; None leaves one out.

    A strip of pictures that are no moments of one clip is not `playing`. `titles` name the frames, where given.
    """
    T, H, W, _ = clip.shape
    ratio = f"aspect-ratio: {W} / {H}"
    parts = []
    if screen_px is not None:
        parts.append(f'<div class="screen" style="width: {screen_px}px; {ratio}"></div>')
    if frame_px is not None:
        named = [f' title="{html.escape(title, quote=True)}"' for title in titles] or [""] * T
        frames = "".join(f'<i style="--k: {k}; {ratio}"{named[k]}></i>' for k in range(T))
        parts.append(f'<div class="frames" style="width: {T * (frame_px + 4)}px">{frames}</div>')
    state = "still" if T < 2 or not playing else "playing"
    seconds, sheet = T / fps, _sheet(clip)
    return (
        f'<div class="film {state}" role="img" aria-label="{html.escape(alt, quote=True)}" '
        f'style="--t: {T}; --d: {seconds:.3f}s; --sheet: url({sheet})">{"".join(parts)}</div>'
    )


def _sheet(clip: np.ndarray) -> str:
    """All frames side by side as an address that holds the picture."""
    from PIL import Image

    T, H, W, _ = clip.shape
    body = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(clip.transpose(1, 0, 2, 3).reshape(H, T * W, 3))).save(body, "PNG")
    return f"data:image/png;base64,{base64.b64encode(body.getvalue()).decode()}"
