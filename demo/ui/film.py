"""A clip as HTML that plays and can be scrubbed by itself: a screen, and its frames as a strip with gaps below.

No script: all frames lie in one picture, side by side; style sheets move it. The frame that is on the screen is lit.
A frame under the pointer stops the clip and is shown. Clips are (T, H, W, 3) uint8. `CSS` goes to the page once.
"""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from t2v.config import FPS

SCREEN_PX, FRAME_PX = 140, 80  # widths; a frame is that wide at most
MOST_SCRUBBED = 60  # frames of a clip that can be pointed at
SCRUBBED = "\n".join(
    f".film:has(i:nth-child({k + 1}):hover) .screen "
    f"{{ background-position: calc(100% * {k} / max(1, var(--t) - 1)) 0; }}"
    for k in range(MOST_SCRUBBED)
)
CSS = f"{(Path(__file__).parent / 'static' / 'film.css').read_text(encoding='utf-8')}{SCRUBBED}\n"


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
    seconds, sheet = T / fps, png(clip.transpose(1, 0, 2, 3).reshape(H, T * W, 3))  # all frames side by side
    return (
        f'<div class="film {state}" role="img" aria-label="{html.escape(alt, quote=True)}" '
        f'style="--t: {T}; --d: {seconds:.3f}s; --sheet: url({sheet})">{"".join(parts)}</div>'
    )


def address(format: str, body: bytes) -> str:
    """The bytes of a picture as an address that holds them."""
    return f"data:image/{format};base64,{base64.b64encode(body).decode()}"


def png(frame: np.ndarray) -> str:
    """A frame (H, W, 3) as an address that holds it."""
    from PIL import Image

    body = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(body, "PNG")
    return address("png", body.getvalue())
