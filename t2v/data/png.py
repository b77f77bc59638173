"""Frames (T, H, W, 3) uint8, RGB, as PNG files, for datasets of thousands: made for flat colours, where speed counts.

Layout: https://www.w3.org/TR/png-3/ (signature, then chunks IHDR, IDAT, IEND); lines are left unfiltered.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from isal import isal_zlib  # deflates a flat frame ten times faster than zlib does

FASTEST, SHORTER = 0, 1  # of ISA-L's levels
BLOCK_PIXELS = 128**2  # a frame of no more fits into a block of a disk even so; larger ones would be twice as long


def encode_pngs(frames: np.ndarray) -> Iterator[bytes]:
    """The file of each frame. Several times faster than OpenCV's encoder and Pillow's."""
    T, H, W, _ = frames.shape
    lines = np.zeros((T, H, 1 + 3 * W), np.uint8)  # each line begins with its filter: 0, none
    lines[:, :, 1:] = frames.reshape(T, H, 3 * W)
    begin, end = _around_pixels(W, H)
    level = FASTEST if H * W <= BLOCK_PIXELS else SHORTER
    for picture in lines:
        yield begin + _chunk(b"IDAT", isal_zlib.compress(picture, level)) + end


@lru_cache
def _around_pixels(width_px: int, height_px: int) -> tuple[bytes, bytes]:
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)  # 8 bits, RGB, the standard's only methods
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header), _chunk(b"IEND", b"")


def _chunk(tag: bytes, body: bytes) -> bytes:
    tagged = tag + body
    return struct.pack(">I", len(body)) + tagged + struct.pack(">I", zlib.crc32(tagged))
