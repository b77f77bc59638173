"""A clip in numbers: where its ink is, which shape that makes, how large it is, where its centre and its wedge are.

Clips are (T, H, W, 3) uint8, RGB, square frames: one coloured shape on white. Lengths named `_px` are pixels, others
shares of the frame's side (x right, y down); angles are in turns, clockwise as seen on screen.

How: a pixel's share of ink is where it lies between white and the clip's ink; the largest connected patch of ink is
the shape. Each frame's patch, brought to one place and area, is correlated with ideal shapes at all angles, with and
without the wedge. The best one tells the shape, and with it the circumscribed circle and where the wedge points. An
outline's hull or fill would need fewer lines, but a star 8 pixels wide has hardly an outline left.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from t2v.data.grammar import SHAPES
from t2v.evaluation.geometric.ideals import PATCH_PX, PATCH_RADIUS_PX, SUPERSAMPLING, ideals, normalised

# Contrast is 255 minus the smallest channel: at least 195 for every colour of the grammar.
SEEN_CONTRAST = 80  # a frame whose strongest ink is paler than this is blank
STRONGEST_PIXELS = 0.001  # share of the frame (at least 3 pixels) that must reach a contrast for it to count
CORE_OF_STRONGEST = 0.85  # pixels with at least this share of the strongest contrast are pure ink, not edge
INK_FROM = 0.3  # paler pixels are ghosts, unless they touch the shape: then they are its soft edge
LARGEST_AREA = 0.6  # share of the frame; ink that fills more is no shape on white
STRAY_INK = 0.3  # with more than this share of the ink elsewhere, the clip does not show one shape
WHOLE_AREA = 0.98  # a shape at the frame's edge with this share of its largest area touches it and is not cut
SHAPE_MATCH = 0.8  # correlation with the best ideal shape; below this it is none of the four
SAME_SHAPE = 0.6  # share of the frames, by their ink, that must look most like the shape of the whole clip


@dataclass(frozen=True)
class Measure:
    """One clip in numbers. Where a frame is blank its numbers are NaN, and its coverage 0.

    ink_rgb (T, 3) in [0, 255]; coverage (T, H, W) in [0, 1], the shape's ink alone; visible (T,) bool; cut (T,)
    bool: the frame's edge cuts the shape; area (T,) of the visible ink, a share of the frame; centre (T, 2) and
    radius (T,) of the circumscribed circle, the radius as the visible area has it; angle (T,), the wedge's turn
    from straight down, meaningless without a wedge; shape and match, its correlation with the ideal one; stray, the
    share of ink elsewhere.
    """

    ink_rgb: np.ndarray
    coverage: np.ndarray
    visible: np.ndarray
    cut: np.ndarray
    area: np.ndarray
    centre: np.ndarray
    radius: np.ndarray
    angle: np.ndarray
    wedge: bool
    shape: str | None
    match: float
    stray: float

    @property
    def whole(self) -> np.ndarray:
        """The frames (T,) that show the shape uncut."""
        return self.visible & ~self.cut

    @property
    def times(self) -> np.ndarray:
        return np.linspace(0, 1, len(self.visible)) if len(self.visible) > 1 else np.zeros(1)


def measure(clip: np.ndarray) -> Measure:
    """One clip (T, H, W, 3) uint8 in numbers."""
    T, side_px = clip.shape[:2]
    ink_rgb, visible = find_ink(clip)
    coverage, stray = keep_largest(ink_coverage(clip, ink_rgb[visible]), visible)
    area_px = coverage.sum((1, 2))  # (T,)
    visible = visible & (area_px > 0)
    frames = np.flatnonzero(visible)  # (F,)
    radius_px, angle, centre_px = np.full(T, np.nan), np.full(T, np.nan), np.full((T, 2), np.nan)
    cut, wedge, shape, match = np.zeros(T, bool), False, None, 0.0
    if len(frames):
        cut = visible & touches_edge(coverage) & (area_px < WHOLE_AREA * area_px.max())
        root_area_px = np.sqrt(area_px[frames])  # (F,)
        centroid_px = centroids(coverage[frames])  # (F, 2)
        scores = _correlate(coverage[frames], centroid_px, root_area_px)  # (F, K)
        number, wedge, match, agreeing = _choose_shape(scores, (area_px * ~cut)[frames])
        alone = stray <= STRAY_INK and np.median(area_px[frames]) <= LARGEST_AREA * side_px**2
        shape = SHAPES[number] if alone and match >= SHAPE_MATCH and agreeing >= SAME_SHAPE else None
        known, best = ideals(1), _best_rows(scores, number, wedge)
        radius_px[frames] = known.radius[best] * root_area_px
        centre_px[frames] = centroid_px + known.to_centre[best] * root_area_px[:, None]
        angle[frames] = known.angle[_best_rows(scores, number, True)]
        centre_cut_frames(centre_px, coverage, np.flatnonzero(cut), np.flatnonzero(visible & ~cut))
    area = np.where(visible, area_px, np.nan) / side_px**2
    places = centre_px / side_px, radius_px / side_px
    return Measure(ink_rgb, coverage, visible, cut, area, *places, angle, wedge, shape, match, stray)


def find_ink(clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pure ink of each frame (T, H, W, 3) as RGB (T, 3), NaN where there is none, and which show any (T,)."""
    contrast = 255 - np.minimum(np.minimum(clip[..., 0], clip[..., 1]), clip[..., 2])  # (T, H, W)
    T, pixels = len(clip), contrast[0].size
    rank = pixels - max(3, round(STRONGEST_PIXELS * pixels))
    strongest = np.partition(contrast.reshape(T, -1), rank, axis=1)[:, rank]  # (T,)
    visible = strongest >= SEEN_CONTRAST
    ink_rgb = np.full((T, 3), np.nan)
    for t in np.flatnonzero(visible):
        ink_rgb[t] = np.median(clip[t][contrast[t] >= CORE_OF_STRONGEST * strongest[t]], axis=0)
    return ink_rgb, visible


def ink_coverage(clip: np.ndarray, ink_rgb: np.ndarray) -> np.ndarray:
    """Share of ink (T, H, W) in [0, 1] of each pixel: how far it is on the way from white to the median of (F, 3)."""
    if not len(ink_rgb):
        return np.zeros(clip.shape[:3], np.float32)
    ink = (255 - np.median(ink_rgb, axis=0)).astype(np.float32)
    return np.clip((255 - clip.astype(np.float32)) @ (ink / (ink @ ink)), 0, 1)  # (T, H, W)


def keep_largest(coverage: np.ndarray, visible: np.ndarray) -> tuple[np.ndarray, float]:
    """Coverage (T, H, W) of each frame's largest connected patch alone, and the share of ink elsewhere (the median)."""
    kept, stray = np.zeros_like(coverage), []
    for t in np.flatnonzero(visible):
        ink = (coverage[t] > INK_FROM).astype(np.uint8)
        count, labels = cv2.connectedComponents(ink, connectivity=8)
        if count > 1:
            inks = np.bincount(labels.ravel(), (coverage[t] * ink).ravel())[1:]  # (patches,)
            patch = (labels == 1 + inks.argmax()).astype(np.uint8)
            kept[t] = coverage[t] * cv2.dilate(patch, np.ones((3, 3), np.uint8))
            stray.append(1 - inks.max() / inks.sum())
    return kept, float(np.median(stray)) if stray else 0.0


def touches_edge(coverage: np.ndarray) -> np.ndarray:
    """Whether ink lies on the outermost pixels: (T, H, W) -> (T,) bool."""
    rows, columns = coverage[:, [0, -1]].max((1, 2)), coverage[:, :, [0, -1]].max((1, 2))
    return np.maximum(rows, columns) > INK_FROM


def centroids(coverage: np.ndarray) -> np.ndarray:
    """Centroids (F, 2) in pixels of coverage (F, H, W)."""
    pixel = np.arange(coverage.shape[1]) + 0.5
    moments = np.stack([coverage.sum(1) @ pixel, coverage.sum(2) @ pixel], 1)
    return moments / coverage.sum((1, 2))[:, None]


def _correlate(coverage: np.ndarray, centroid_px: np.ndarray, root_area_px: np.ndarray) -> np.ndarray:
    """How well each frame's ink (F, H, W) agrees with each of the K ideal shapes: (F, K) in [-1, 1]."""
    scores = np.empty((len(coverage), len(ideals(1).number)), np.float32)
    for f, ink in enumerate(coverage):
        step_px = root_area_px[f] / math.sqrt(math.pi) / PATCH_RADIUS_PX  # frame pixels to one patch pixel
        x, y = centroid_px[f] - 0.5 - step_px * (PATCH_PX - 1) / 2
        to_frame = np.array([[step_px, 0, x], [0, step_px, y]])
        patch = cv2.warpAffine(ink, to_frame, (PATCH_PX, PATCH_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        blur = round(SUPERSAMPLING / step_px)
        scores[f] = ideals(min(max(blur, 1), 16)).patches @ normalised(patch.reshape(1, -1))[0]
    return scores


def _choose_shape(scores: np.ndarray, weights: np.ndarray) -> tuple[int, bool, float, float]:
    """The shape that agrees best with all frames (F, K) together: its number, whether with a wedge, how well it does,
    and the share of the weights (F,) of frames that would choose it by themselves."""
    known, weights = ideals(1), weights / weights.sum()
    kinds = [(known.number == n) & (known.wedge == w) for n in range(len(SHAPES)) for w in (False, True)]
    best = np.stack([scores[:, rows].max(1) for rows in kinds]).reshape(len(SHAPES), 2, -1)  # (shapes, 2, F)
    marks = best @ weights  # (shapes, 2)
    number = int(marks.max(1).argmax())
    agreeing = (best.max(1).argmax(0) == number) @ weights
    return number, bool(marks[number].argmax()), float(marks[number].max()), float(agreeing)


def _best_rows(scores: np.ndarray, number: int, wedge: bool) -> np.ndarray:
    """For each frame (F,) the row of the best ideal of this shape."""
    rows = np.flatnonzero((ideals(1).number == number) & (ideals(1).wedge == wedge))
    return rows[scores[:, rows].argmax(1)]


def centre_cut_frames(centre_px: np.ndarray, coverage: np.ndarray, cut: np.ndarray, whole: np.ndarray) -> None:
    """Sets centre_px (T, 2) of the frames `cut` by laying the shape of the nearest `whole` frame over them."""
    for t in cut:
        like = whole[np.abs(whole - t).argmin()]
        centre_px[t] = centre_px[like] + _displacement(coverage[like], coverage[t])


def _displacement(shape: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """How far (2,) in pixels the ink of `shape` (H, W) must move to look like `scene` (H, W), whose edge cuts it.

    The least squared difference over the pixels of the scene, to whole pixels, then the vertex of a parabola.
    """
    top, bottom = np.flatnonzero(shape.any(1))[[0, -1]]
    left, right = np.flatnonzero(shape.any(0))[[0, -1]]
    ink = shape[top : bottom + 1, left : right + 1]
    (height, width), pad = ink.shape, cv2.BORDER_CONSTANT
    padded = cv2.copyMakeBorder(scene, height, height, width, width, pad, value=0)
    inside = cv2.copyMakeBorder(np.ones_like(scene), height, height, width, width, pad, value=0)
    likeness = 2 * cv2.matchTemplate(padded, ink, cv2.TM_CCORR) - cv2.matchTemplate(inside, ink * ink, cv2.TM_CCORR)
    row, column = map(int, np.unravel_index(likeness.argmax(), likeness.shape))
    x = column + _vertex(likeness[row], column) - width - left
    y = row + _vertex(likeness[:, column], row) - height - top
    return np.array([x, y])


def _vertex(values: np.ndarray, peak: int) -> float:
    """Where between its neighbours, in [-0.5, 0.5], the parabola through the peak has its top."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, top, after = values[peak - 1 : peak + 2]
    bend = before - 2 * top + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0
