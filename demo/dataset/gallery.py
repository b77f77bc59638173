"""Clips with their captions as `gr.Gallery` takes them: GIFs in a folder."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

SHOWN_PX = 128  # of a frame at least, and less than twice that


def write_gifs(captioned: Iterable[tuple[np.ndarray, str]], out_dir: Path, name: str) -> list[tuple[Path, str]]:
    """Clips (T, H, W, 3) uint8 as `name_0.gif`, `name_1.gif`, ..., small ones enlarged; with their captions."""
    from t2v.media.clips import write_clip  # not at the top: it imports torch, and the page is up before

    shown = []
    for number, (clip, caption) in enumerate(captioned):
        path = out_dir / f"{name}_{number}.gif"
        write_clip(path, clip, scale=max(1, SHOWN_PX // clip.shape[1]))
        shown.append((path, caption))
    return shown
