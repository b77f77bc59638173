"""What does a clip show? Colour, shape, size, motion and speed, measured on its pixels; nothing here is learned.

Clips are (T, H, W, 3) or (B, T, H, W, 3) uint8, RGB, square frames: one coloured shape on white. Lengths are shares
of the frame's side (x right, y down), times are in [0, 1], angles are in turns, clockwise as seen on screen. The
thresholds are those of the grammar's contract; each tolerance added to them is a named constant below.

How: a pixel's share of ink is where it lies between white and the clip's ink; the largest connected patch of ink is
the shape. Every frame's patch, shifted and scaled to the same place and area, is compared with ideal shapes at all
angles, with and without the wedge. The best one says the shape, its true centre and radius, and where the wedge is.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from t2v import prompts
from t2v.scenes import COLOUR_RGB, DIRECTIONS, STAR_INNER_RADIUS, WEDGE_TURNS

READER_VERSION = 1

# What counts as ink. Contrast is 255 minus the smallest channel: at least 195 for every colour of the grammar.
SEEN_CONTRAST = 80  # a frame whose strongest ink is paler than this is blank
STRONGEST_PIXELS = 0.001  # share of the frame (at least 3 pixels) that must reach a contrast for it to count
CORE_OF_STRONGEST = 0.85  # pixels of at least this share of the clip's contrast are pure ink, not edge
INK_FROM = 0.3  # paler pixels are ghosts, unless they touch the shape: then they are its soft edge
STRAY_INK = 0.3  # with more than this share of the ink elsewhere, the clip does not show one shape
COLOUR_WITHIN = 50.0  # distance in RGB levels from a named colour; orange and yellow are 71 apart

# The contract's measures, and what a slightly imperfect clip is forgiven.
SMALL_RADIUS, LARGE_RADIUS, RADIUS_TOLERANCE = (0.12, 0.14), (0.18, 0.22), 0.01
SLOW_TRAVEL, QUICK_TRAVEL, LEG_TRAVEL, TRAVEL_TOLERANCE = (0.25, 0.35), 0.60, 0.20, 0.03
SLOW_TURN, QUICK_TURN, TURN_TOLERANCE = (0.25, 0.375), 0.75, 0.03
ACROSS, ACROSS_TOLERANCE = 0.10, 0.02  # a straight track's width; a fixed centre stays within the same
REVERSAL, REVERSAL_TOLERANCE = 0.08, 0.02
SHRUNK_AREA, EXPANDED_AREA, AREA_TOLERANCE = 0.5, 2.0, 0.1  # the tolerance is a share of the threshold
SEEN_FRAMES = 0.7  # share of the frames that must show the shape
TURN_SCATTER = 0.08  # turns; a wedge that strays further from a steady turn is no turn
SHAPE_MATCH = 0.8  # correlation with the best ideal shape; below this it is none of the four
MOTION_INSTANTS = 10  # a longer clip's motion is read at this many of its frames

# Ideal shapes are compared on patches of this many pixels, where every shape has the area of this circle.
PATCH_PX = 24
PATCH_CIRCLE_PX = 7.0
ANGLES = 72
SUPERSAMPLING = 4
SYMMETRY = {"circle": ANGLES, "square": 4, "triangle": 3, "star": 5}  # equal angles of a shape without its wedge
CORNERS = {"square": 4, "triangle": 3}


@dataclass(frozen=True)
class Measure:
    """One clip in numbers, per frame. Where a frame is blank its numbers are NaN.

    ink_rgb (3,); coverage (T, H, W) in [0, 1], the shape's ink alone; seen (T,) bool; cut (T,) bool, the frame's edge
    cuts the shape; area (T,), the visible ink's; centre (T, 2) and radius (T,) of the circumscribed circle; angle
    (T,), the wedge's turn from straight down, which means something for turning shapes alone.
    """

    ink_rgb: np.ndarray
    coverage: np.ndarray
    seen: np.ndarray
    cut: np.ndarray
    area: np.ndarray
    centre: np.ndarray
    radius: np.ndarray
    angle: np.ndarray
    stray: float  # share of ink outside the shape, the middle frame's
    shape: str | None
    wedge: bool

    @property
    def times(self) -> np.ndarray:
        return np.linspace(0, 1, len(self.seen)) if len(self.seen) > 1 else np.zeros(1)


@dataclass(frozen=True)
class Reading:
    """What a clip shows, in the grammar's words; None where it shows nothing that has a word.

    size and speed may also be `between`. travel is along the motion (of `A then B` a leg's mean, of bouncing the whole
    path); turn is signed, clockwise positive; radius is the first frame's for shapes that shrink or expand.
    """

    colour: str | None
    shape: str | None
    size: str | None
    motion: str | None
    speed: str | None
    blank_frames: int
    radius: float
    travel: float
    turn: float


def read(clips: np.ndarray) -> list[Reading]:
    """What each of the clips (B, T, H, W, 3) uint8 shows. Made for 32 px and more; below that it guesses.

    Raises ValueError for another shape or dtype.
    """
    if clips.dtype != np.uint8 or clips.ndim != 5 or clips.shape[-1] != 3 or clips.shape[2] != clips.shape[3]:
        raise ValueError(f"Clips must be uint8 (B, T, H, W, 3) with square frames, got {clips.dtype} {clips.shape}")
    return [read_measure(measure(clip)) for clip in clips]


def read_measure(m: Measure) -> Reading:
    """The words for one clip's numbers."""
    motion, travel, turn = read_motion(m)
    whole = m.seen & ~m.cut if (m.seen & ~m.cut).any() else m.seen
    if motion in prompts.RESIZING:
        radius = _ends_of_fit(m.times[whole], m.radius[whole])[0]
    else:
        radius = float(np.median(m.radius[whole])) if whole.any() else math.nan
    return Reading(
        colour=nearest_colour(m.ink_rgb),
        shape=m.shape,
        size=read_size(radius),
        motion=motion,
        speed=read_speed(motion, travel, turn),
        blank_frames=int((~m.seen).sum()),
        radius=radius,
        travel=travel,
        turn=turn,
    )


def nearest_colour(rgb: np.ndarray) -> str | None:
    """The named colour nearest to rgb (3,) in 0 to 255, or None when none is near."""
    distances = {name: float(np.linalg.norm(rgb - np.array(known))) for name, known in COLOUR_RGB.items()}
    name = min(distances, key=distances.get)
    return name if distances[name] <= COLOUR_WITHIN else None  # a blank clip's NaN is near to nothing


def read_size(radius: float) -> str | None:
    if not SMALL_RADIUS[0] - RADIUS_TOLERANCE <= radius <= LARGE_RADIUS[1] + RADIUS_TOLERANCE:
        return None
    if radius <= SMALL_RADIUS[1] + RADIUS_TOLERANCE:
        return "small"
    return "large" if radius >= LARGE_RADIUS[0] - RADIUS_TOLERANCE else "between"


def read_speed(motion: str | None, travel: float, turn: float) -> str | None:
    if motion is None or not prompts.takes_speed(motion):
        return None
    turning = motion in prompts.TURNING
    amount, slow, quick, tolerance = (
        (abs(turn), SLOW_TURN, QUICK_TURN, TURN_TOLERANCE)
        if turning
        else (travel, SLOW_TRAVEL, QUICK_TRAVEL, TRAVEL_TOLERANCE)
    )
    if amount <= slow[1] + tolerance:
        return "slowly"
    return "quickly" if amount >= quick - tolerance else "between"


def measure(clip: np.ndarray) -> Measure:
    """One clip (T, H, W, 3) uint8 in numbers."""
    T, side_px = clip.shape[:2]
    ink_rgb, seen = find_ink(clip)
    coverage, stray = _largest_patches(_coverage(clip, ink_rgb), seen)
    border = np.concatenate([coverage[:, [0, -1]].reshape(T, -1), coverage[:, :, [0, -1]].reshape(T, -1)], 1)
    cut = seen & (border.max(1) > INK_FROM)
    area_px = coverage.sum((1, 2))  # (T,)
    seen = seen & (area_px > 0)
    centroid_px = np.full((T, 2), np.nan)
    pixel = np.arange(side_px) + 0.5
    for axis, pixels in enumerate((coverage.sum(1), coverage.sum(2))):  # (T, W), (T, H)
        centroid_px[seen, axis] = (pixels[seen] @ pixel) / area_px[seen]
    whole = seen & ~cut
    shape, wedge, radius_px, shift_px, angle = _match(
        coverage, area_px, centroid_px, whole if whole.any() else seen, seen
    )
    centre_px = centroid_px + shift_px
    for t in np.flatnonzero(cut & seen) if whole.any() else ():
        like = np.flatnonzero(whole)[np.abs(np.flatnonzero(whole) - t).argmin()]
        centre_px[t] = centre_px[like] + _displacement(coverage[like], coverage[t])
    return Measure(
        ink_rgb=ink_rgb,
        coverage=coverage,
        seen=seen,
        cut=cut,
        area=np.where(seen, area_px, np.nan) / side_px**2,
        centre=centre_px / side_px,
        radius=radius_px / side_px,
        angle=angle,
        stray=stray,
        shape=shape if stray <= STRAY_INK else None,
        wedge=wedge,
    )


def find_ink(clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The clip's pure ink as RGB (3,), NaN when there is none, and which frames (T,) show any."""
    contrast = 255 - clip.min(-1)  # (T, H, W)
    T, pixels = len(clip), contrast[0].size
    rank = max(3, round(STRONGEST_PIXELS * pixels))
    strongest = np.partition(contrast.reshape(T, -1), pixels - rank, axis=1)[:, pixels - rank]  # (T,)
    seen = strongest >= SEEN_CONTRAST
    if not seen.any():
        return np.full(3, np.nan), seen
    core = contrast[seen] >= CORE_OF_STRONGEST * np.median(strongest[seen])
    core = core if core.any() else contrast[seen] >= strongest[seen].max()
    return np.median(clip[seen][core], axis=0), seen


def _coverage(clip: np.ndarray, ink_rgb: np.ndarray) -> np.ndarray:
    """Share of ink (T, H, W) in [0, 1] of each pixel: its place on the line from white to the ink."""
    if np.isnan(ink_rgb).any():
        return np.zeros(clip.shape[:3], np.float32)
    ink = (255 - ink_rgb).astype(np.float32)
    return np.clip((255 - clip.astype(np.float32)) @ (ink / (ink @ ink)), 0, 1)  # (T, H, W)


def _largest_patches(coverage: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, float]:
    """The coverage (T, H, W) of each frame's largest connected patch alone, and the usual share of ink elsewhere."""
    kept, stray = np.zeros_like(coverage), []
    for t in np.flatnonzero(seen):
        ink = (coverage[t] > INK_FROM).astype(np.uint8)
        count, labels = cv2.connectedComponents(ink, connectivity=8)
        weights = np.bincount(labels.ravel(), (coverage[t] * ink).ravel(), count)
        if count < 2:
            continue
        patch = cv2.dilate((labels == 1 + weights[1:].argmax()).astype(np.uint8), np.ones((3, 3), np.uint8))
        kept[t] = coverage[t] * patch
        stray.append(1 - weights[1:].max() / weights.sum())
    return kept, float(np.median(stray)) if stray else 0.0


@dataclass(frozen=True)
class Ideals:
    """K ideal shapes as patches (K, PATCH_PX**2) of mean 0 and length 1, and what is known of each, per sqrt(area)."""

    patches: np.ndarray
    shape: np.ndarray  # (K,) index into prompts.SHAPES
    wedge: np.ndarray  # (K,) bool
    angle: np.ndarray  # (K,) turns
    radius: np.ndarray  # (K,)
    shift: np.ndarray  # (K, 2) from the ink's centroid to the centre


@lru_cache(maxsize=16)
def ideals(blur_quarter_px: int) -> Ideals:
    """Ideal shapes as seen through source pixels that are this many quarters of a patch pixel wide."""
    rows = []
    for number, shape in enumerate(prompts.SHAPES):
        for wedge in (False, True):
            corners, unit_area, unit_centroid = outline(shape, wedge)
            for step in range(ANGLES if wedge else ANGLES // SYMMETRY[shape]):
                turn = step / ANGLES
                per_area = 1 / math.sqrt(unit_area)
                points = _turned(corners - unit_centroid, turn) * per_area
                shift = _turned(-unit_centroid, turn) * per_area
                rows.append((_patch(points, blur_quarter_px), number, wedge, turn, per_area, shift))
    patches, *known = (np.array(column) for column in zip(*rows, strict=True))
    return Ideals(_normalised(patches), *known)


def outline(shape: str, wedge: bool) -> tuple[np.ndarray, float, np.ndarray]:
    """Corners (N, 2) of the upright shape in units of the circumscribed radius, its area, and its centroid (2,)."""
    if shape == "circle":
        angles, radii = np.arange(180) / 180, np.ones(180)
    elif shape == "star":
        angles, radii = np.arange(10) / 10, np.where(np.arange(10) % 2, STAR_INNER_RADIUS, 1.0)
    else:
        n = CORNERS[shape]
        angles, radii = (np.arange(n) + (0.5 if n % 2 == 0 else 0)) / n, np.ones(n)
    corners = np.stack([np.sin(2 * np.pi * angles), -np.cos(2 * np.pi * angles)], 1) * radii[:, None]
    if wedge:
        below = (angles > 0.5 - WEDGE_TURNS / 2 + 1e-9) & (angles < 0.5 + WEDGE_TURNS / 2 - 1e-9)
        first = int(np.searchsorted(angles, 0.5 - WEDGE_TURNS / 2))
        rims = [_on_outline(corners, 0.5 + side * WEDGE_TURNS / 2) for side in (-1, 1)]
        kept = corners[~below]
        corners = np.concatenate([kept[:first], [rims[0], (0.0, 0.0), rims[1]], kept[first:]])
    x, y = corners.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    centroid = ((corners + np.roll(corners, -1, 0)) * cross[:, None]).sum(0) / (6 * area)
    return corners, abs(float(area)), centroid


def _on_outline(corners: np.ndarray, turn: float) -> np.ndarray:
    """Where the ray from the centre at this angle (clockwise from up) meets the outline."""
    ray = np.array([math.sin(2 * math.pi * turn), -math.cos(2 * math.pi * turn)])
    for a, b in zip(corners, np.roll(corners, -1, 0), strict=True):
        if abs(np.linalg.det([ray, a - b])) > 1e-9:
            distance, along = np.linalg.solve(np.stack([ray, a - b], 1), a)
            if distance > 0 and -1e-9 <= along <= 1 + 1e-9:
                return distance * ray
    raise AssertionError("a ray from the inside always meets the outline")


def _turned(points: np.ndarray, turn: float) -> np.ndarray:
    cos, sin = math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)
    return points @ np.array([[cos, sin], [-sin, cos]])


def _patch(points: np.ndarray, blur_quarter_px: int) -> np.ndarray:
    """The outline (N, 2), in units of sqrt(area), drawn onto a patch and blurred as its pixels and bilinear reading do."""
    scale = SUPERSAMPLING * PATCH_CIRCLE_PX * math.sqrt(math.pi)
    corners = points * scale + SUPERSAMPLING * PATCH_PX / 2 - 0.5
    large = np.zeros((SUPERSAMPLING * PATCH_PX,) * 2, np.float32)
    cv2.fillPoly(large, [np.round(corners * 16).astype(np.int32)], 1.0, shift=4)
    for _ in range(3):
        large = cv2.blur(large, (max(1, blur_quarter_px),) * 2)
    return cv2.resize(large, (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA).ravel()


def _normalised(patches: np.ndarray) -> np.ndarray:
    patches = patches - patches.mean(1, keepdims=True)
    return patches / np.linalg.norm(patches, axis=1, keepdims=True).clip(1e-6)


def _match(coverage, area_px, centroid_px, judged, seen):
    """Compares frames with ideal shapes: name, wedge, radius (T,), shift from centroid to centre (T, 2), angle (T,).

    `judged` (T,) frames decide on the shape and wedge of the whole clip; radius and angle are given for all `seen`.
    """
    T = len(coverage)
    radius_px, shift_px, angle = np.full(T, np.nan), np.full((T, 2), np.nan), np.full(T, np.nan)
    if not judged.any():
        return None, False, radius_px, shift_px, angle
    frames = np.flatnonzero(seen)
    source_px = np.sqrt(area_px[frames] / math.pi) / PATCH_CIRCLE_PX  # source pixels in one patch pixel
    known = ideals(1)
    scores = np.empty((len(frames), len(known.shape)), np.float32)
    for row, (t, step) in enumerate(zip(frames, source_px, strict=True)):
        start = centroid_px[t] - 0.5 - step * (PATCH_PX - 1) / 2
        grid = np.array([[step, 0, start[0]], [0, step, start[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        patch = cv2.warpAffine(coverage[t], grid, (PATCH_PX, PATCH_PX), flags=flags)
        blur = min(16, max(1, round(SUPERSAMPLING / step)))
        scores[row] = ideals(blur).patches @ _normalised(patch.reshape(1, -1))[0]
    weights = area_px[frames] * judged[frames]
    best = np.stack(
        [
            [scores[:, (known.shape == s) & (known.wedge == w)].max(1) for w in (False, True)]
            for s in range(len(prompts.SHAPES))
        ]
    )  # (shapes, 2, frames)
    marks = best.max(1) @ weights / weights.sum()  # (shapes,)
    shape = int(marks.argmax())
    wedge = bool(best[shape, 1] @ weights > best[shape, 0] @ weights)
    for chosen, wanted in ((wedge, (radius_px, shift_px)), (True, (angle,))):
        ids = np.flatnonzero((known.shape == shape) & (known.wedge == chosen))
        ids = ids[scores[:, ids].argmax(1)]  # (frames,)
        root_area = np.sqrt(area_px[frames])
        if len(wanted) == 1:
            angle[frames] = known.angle[ids]
        else:
            radius_px[frames] = known.radius[ids] * root_area
            shift_px[frames] = known.shift[ids] * root_area[:, None]
    return prompts.SHAPES[shape] if marks[shape] >= SHAPE_MATCH else None, wedge, radius_px, shift_px, angle


def _displacement(shape: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """How far (2,) in pixels the ink of `shape` (H, W) must move to look like `scene` (H, W), where its edge cuts it off.

    The least squared difference over the visible pixels, in whole pixels, then the vertex of a parabola.
    """
    (y, x), size = (np.flatnonzero(shape.any(axis))[[0, -1]] for axis in (1, 0)), len(shape)
    ink = shape[y[0] : y[1] + 1, x[0] : x[1] + 1]
    pad_y, pad_x = ink.shape
    seen = cv2.copyMakeBorder(scene, pad_y, pad_y, pad_x, pad_x, cv2.BORDER_CONSTANT, value=0)
    inside = cv2.copyMakeBorder(
        np.ones((size, size), np.float32), pad_y, pad_y, pad_x, pad_x, cv2.BORDER_CONSTANT, value=0
    )
    match = 2 * cv2.matchTemplate(seen, ink, cv2.TM_CCORR) - cv2.matchTemplate(inside, ink * ink, cv2.TM_CCORR)
    row, column = np.unravel_index(match.argmax(), match.shape)
    return np.array(
        [column + _vertex(match[row], column) - pad_x - x[0], row + _vertex(match[:, column], row) - pad_y - y[0]]
    )


def _vertex(values: np.ndarray, peak: int) -> float:
    """Where between its neighbours, in [-0.5, 0.5], the parabola through the peak has its top."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, top, after = values[peak - 1 : peak + 2]
    bend = before - 2 * top + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


def read_motion(m: Measure) -> tuple[str | None, float, float]:
    """The motion, how far it travels and how many turns it makes; None and zeros where nothing of the grammar moves."""
    T = len(m.seen)
    if T < 2 or m.seen.mean() < SEEN_FRAMES:
        return None, 0.0, 0.0
    instants = np.unique(np.linspace(0, T - 1, min(T, MOTION_INSTANTS)).round().astype(int))
    times = m.times[instants]
    centre = np.stack([np.interp(times, m.times[m.seen], m.centre[m.seen, axis]) for axis in (0, 1)], 1)
    extent = np.ptp(centre, axis=0)
    if extent.max() < ACROSS + ACROSS_TOLERANCE:
        motion, turn = _read_still(m)
        return motion, 0.0, turn
    motion, travel = (
        _read_swinging(times, centre, extent) or _read_line(centre) or _read_corner(times, centre) or (None, 0.0)
    )
    return motion, travel, 0.0


def _read_still(m: Measure) -> tuple[str | None, float]:
    """A shape that stays: shrinking, expanding, or turning, and the turn."""
    whole = m.seen & ~m.cut if (m.seen & ~m.cut).sum() > 1 else m.seen
    first, last = _ends_of_fit(m.times[whole], m.radius[whole])
    grown = (max(last, 0.0) / max(first, 1e-6)) ** 2
    if grown <= SHRUNK_AREA * (1 + AREA_TOLERANCE):
        return "shrinking", 0.0
    if grown >= EXPANDED_AREA * (1 - AREA_TOLERANCE):
        return "expanding", 0.0
    angle = np.unwrap(m.angle[m.seen], period=1)
    slope, offset = np.polyfit(m.times[m.seen], angle, 1)
    scatter = np.sqrt(np.mean((angle - slope * m.times[m.seen] - offset) ** 2))
    if scatter > TURN_SCATTER or abs(slope) < SLOW_TURN[0] - TURN_TOLERANCE:
        return None, 0.0
    return f"rotating {'clockwise' if slope > 0 else 'counter-clockwise'}", float(slope)


def _read_swinging(times, centre, extent) -> tuple[str, float] | None:
    """Zigzags and bounces: tracks that reverse."""
    legs = [count_legs(centre[:, axis], REVERSAL - REVERSAL_TOLERANCE) for axis in (0, 1)]
    for along, word in ((1, "vertically"), (0, "horizontally")):
        travel = abs(centre[-1, along] - centre[0, along])
        if legs[1 - along] >= 3 and legs[along] == 1 and travel >= SLOW_TRAVEL[0] - TRAVEL_TOLERANCE:
            return f"zigzagging {word}", float(travel)
        if legs[along] >= 2 and extent[1 - along] < ACROSS + ACROSS_TOLERANCE:
            # the corner of a bounce mostly falls between two frames, so the path is the usual speed times one second
            speeds = np.abs(np.diff(centre[:, along])) / np.diff(times)
            return f"bouncing {word}", float(np.median(speeds))
    return None


def count_legs(values: np.ndarray, least: float) -> int:
    """In how many stretches up or down, each of at least `least`, the values go."""
    legs, low, high, rising = 0, values[0], values[0], None
    for value in values:
        low, high = min(low, value), max(high, value)
        if rising is not True and value - low >= least:
            legs, rising, high = legs + 1, True, value
        elif rising is not False and high - value >= least:
            legs, rising, low = legs + 1, False, value
        if rising is True:
            low = high if value >= high else low
        elif rising is False:
            high = low if value <= low else high
    return legs


def _read_line(centre) -> tuple[str, float] | None:
    """A straight track in one of the eight directions."""
    moved = centre[-1] - centre[0]
    name, unit = max(_eight_directions().items(), key=lambda item: float(moved @ item[1]))
    across = (centre - centre[0]) @ np.array([-unit[1], unit[0]])
    if moved @ unit >= SLOW_TRAVEL[0] - TRAVEL_TOLERANCE and np.ptp(across) < ACROSS + ACROSS_TOLERANCE:
        return f"moving {name}", float(moved @ unit)
    return None


def _eight_directions() -> dict[str, np.ndarray]:
    units = {}
    for name in prompts.STRAIGHT + prompts.DIAGONAL:
        total = np.sum([DIRECTIONS[part] for part in name.split("-")], axis=0)
        units[name] = total / np.linalg.norm(total)
    return units


def _read_corner(times, centre) -> tuple[str, float] | None:
    """`moving A then B`: one leg in the first half of the clip, another across it in the second."""
    names, travels = [], []
    for half in (times <= 0.5 + 1e-6, times >= 0.5 - 1e-6):
        if half.sum() < 2:
            return None
        duration = np.ptp(times[half])
        moved = (centre[half][-1] - centre[half][0]) * 0.5 / duration
        name = max(prompts.STRAIGHT, key=lambda word: float(moved @ np.array(DIRECTIONS[word])))
        travel = float(moved @ np.array(DIRECTIONS[name]))
        across = abs(float(moved @ np.array(DIRECTIONS[name])[::-1]))
        if travel < LEG_TRAVEL - TRAVEL_TOLERANCE or across >= ACROSS + ACROSS_TOLERANCE:
            return None
        names.append(name)
        travels.append(travel)
    if tuple(names) not in prompts.PERPENDICULAR:
        return None
    return f"moving {names[0]} then {names[1]}", float(np.mean(travels))


def _ends_of_fit(times: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """The values at times 0 and 1 of the straight line of least squares."""
    if len(times) < 2:
        return float(values[0]), float(values[0])
    slope, start = np.polyfit(times, values, 1)
    return float(start), float(start + slope)
