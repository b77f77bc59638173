"""Decoded clips kept on disk by their content, bounded: a film of minutes is decoded once, and not each epoch."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import numpy as np

from t2v.media.clips import read_clip
from t2v.system.cache import cache_folder, keep_within
from t2v.system.files import add_file, atomic_path

VERSION = 2  # raised when the same file is decoded otherwise
TIDIED_EVERY = 256  # clips written by one process

_written = 0


def read_cached(path: Path, *, frames: int | None, size: int | None, fit: str) -> np.ndarray:
    """As `read_clip`, from the cache where a file of this content was decoded before. Folders of frames, and what is
    taken as it is, are read anew. A cache that cannot be read or written is no error."""
    if frames is None or size is None or not path.is_file():
        return read_clip(path, frames=frames, size=size, fit=fit)
    try:
        cached = cache_folder("clips") / f"{_content_key(path, frames, size, fit)}.npy"
    except OSError:
        return read_clip(path, frames=frames, size=size, fit=fit)
    with suppress(OSError, ValueError, EOFError):
        clip = np.load(cached, allow_pickle=False)
        if clip.dtype == np.uint8 and clip.shape == (frames, size, size, 3):
            os.utime(cached)  # used last now
            return clip
    clip = read_clip(path, frames=frames, size=size, fit=fit)
    with suppress(OSError):
        _write(cached, clip)
    return clip


def _content_key(path: Path, frames: int, size: int, fit: str) -> str:
    digest = hashlib.sha256(f"{VERSION} {frames} {size} {fit} {path.suffix.lower()}".encode())
    add_file(digest, path)
    return digest.hexdigest()


def _write(cached: Path, clip: np.ndarray) -> None:
    global _written
    with atomic_path(cached) as temporary:
        np.save(temporary, clip)
    if _written % TIDIED_EVERY == 0:  # at the first, too: most processes write fewer
        keep_within(cached.parent)
    _written += 1
