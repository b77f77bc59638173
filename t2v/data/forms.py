"""Do the forms of things change, or do they only move? Asked of a clip before training: a layer has one picture of its
thing unless it is given more (keyframes), and can only shift, turn and enlarge it.

Each frame is matched with the next by the affine warp that fits best (ECC, Evangelidis & Psarakis 2008). What a warp
explains is motion; what is left is a change of form, or of colour. Clips are (T, H, W, 3) uint8.
"""

import itertools

import cv2
import numpy as np

SIDE_PX = 64  # smaller clips are enlarged: warps are found by slopes, which need room
CHANGED_LEVELS, SMALLEST_SHARE = 12, 0.004  # of 255; of the frame
BORDER_PX = 5  # around what has changed, so that a warp has something to hold on to
STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)


def unexplained_change(clip: np.ndarray) -> float | None:
    """The share of the change from frame to frame that no warp of the picture explains, 0 to 1; None where nothing
    changes. Only meant for clips in which one thing moves."""
    frames = [cv2.GaussianBlur(_grey(frame), (0, 0), 0.7) for frame in clip]
    left = total = 0.0
    for before, after in itertools.pairwise(frames):
        change = np.abs(before - after)
        changed = (change > CHANGED_LEVELS).astype(np.uint8)
        if changed.mean() < SMALLEST_SHARE:
            continue
        x, y, width, height = cv2.boundingRect(cv2.dilate(changed, np.ones((BORDER_PX, BORDER_PX), np.uint8)))
        region = np.zeros_like(changed)
        region[y : y + height, x : x + width] = 1
        total += float(change[region > 0].sum())
        left += min(float(change[region > 0].sum()), _left_by_warp(before, after, region))
    return left / total if total else None


def _grey(frame: np.ndarray) -> np.ndarray:
    """A frame (H, W, 3) as grey levels, float32, at least `SIDE_PX` wide."""
    grey = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return grey if len(grey) >= SIDE_PX else cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)


def _left_by_warp(before: np.ndarray, after: np.ndarray, region: np.ndarray) -> float:
    """What differs in a region between a frame and the one before it, warped as fits best; infinite for no warp.

    The search begins once with no motion, and once with the shift of what stands out.
    """
    ground = float(np.median(before))
    centres = [cv2.moments(np.abs(frame - ground) * region) for frame in (before, after)]
    starts = [np.eye(2, 3, dtype=np.float32)]
    if all(moments["m00"] > 0 for moments in centres):
        (x, y), (x_after, y_after) = ((m["m10"] / m["m00"], m["m01"] / m["m00"]) for m in centres)
        starts.append(np.array([[1, 0, x - x_after], [0, 1, y - y_after]], np.float32))
    left = [np.inf]
    for start in starts:
        try:
            _, warp = cv2.findTransformECC(after, before, start, cv2.MOTION_AFFINE, STOP, 255 * region, 1)
        except cv2.error:  # it does not converge
            continue
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(before, warp, after.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
        left.append(float(np.abs(warped - after)[region > 0].sum()))
    return min(left)
