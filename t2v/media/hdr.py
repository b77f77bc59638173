"""Films of wide range, as telephones make them (HLG, PQ), brought into the range of a screen, as players do.

Reference white, 203 cd/m2, becomes nearly white, and what is brighter fades into it. Pictures are (H, W, 3) uint8; the
colours of BT.2020 become those of sRGB.
"""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

PQ, HLG = 16, 18  # FFmpeg's numbers of the transfer functions
REFERENCE_WHITE_NITS = 203.0  # ITU-R BT.2408
HLG_PEAK_NITS, HLG_GAMMA = 1000.0, 1.2  # ITU-R BT.2100
KNEE = 0.75  # of the screen's white: darker light stays as it is
TO_SRGB = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
LUMINANCE = np.array([0.2627, 0.678, 0.0593])  # of BT.2020
TABLE_SIDE = 65


def to_screen(picture: np.ndarray, transfer: int) -> np.ndarray:
    """A picture of this transfer function as a screen shows it; of any other as it is."""
    if transfer not in (PQ, HLG):
        return picture
    return np.asarray(Image.fromarray(picture).filter(_table(transfer)))


@lru_cache(maxsize=2)
def _table(transfer: int) -> ImageFilter.Color3DLUT:
    levels = np.linspace(0, 1, TABLE_SIDE)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")  # red changes fastest
    signal = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    light = _pq_light(signal) if transfer == PQ else _hlg_light(signal)  # (N, 3) of the reference white
    light = (light @ TO_SRGB.T).clip(0)
    brightest = light.max(axis=1, keepdims=True).clip(1e-6)
    faded = KNEE + (1 - KNEE) * np.tanh((brightest - KNEE) / (1 - KNEE))
    light = light * np.where(brightest > KNEE, faded / brightest, 1.0)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clip(1e-9) ** (1 / 2.4) - 0.055)
    return ImageFilter.Color3DLUT(TABLE_SIDE, srgb.clip(0, 1).astype(np.float32).ravel())


def _pq_light(signal: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084: a signal in [0, 1] as light, 1 at the reference white."""
    root = signal ** (1 / 78.84375)
    ratio = (root - 0.8359375).clip(0) / (18.8515625 - 18.6875 * root)
    return 10_000 * ratio ** (1 / 0.1593017578125) / REFERENCE_WHITE_NITS


def _hlg_light(signal: np.ndarray) -> np.ndarray:
    """ITU-R BT.2100: a signal (N, 3) in [0, 1] as the light of a screen of 1000 cd/m2, 1 at the reference white."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    brightness = (scene @ LUMINANCE)[:, None].clip(1e-9)
    return HLG_PEAK_NITS * brightness ** (HLG_GAMMA - 1) * scene / REFERENCE_WHITE_NITS
