"""What does a clip show? Colour, shape, size, motion and speed in the grammar's words; nothing here is learned.

Clips are (B, T, H, W, 3) uint8, RGB, square frames. Lengths are shares of the frame's side (x right, y down), times are
in [0, 1], angles are in turns, clockwise as seen on screen. The thresholds are those of the grammar's contract; what an
imperfect clip is forgiven is a named tolerance beside them.
"""

import math
from dataclasses import dataclass

import numpy as np

from t2v.data import grammar
from t2v.data.scenes import COLOUR_RGB
from t2v.data.tracks import DIRECTIONS
from t2v.evaluation.geometric.measure import Measure, measure

READER_VERSION = 1  # goes up with every change that may read a clip differently

COLOUR_WITHIN = 50.0  # distance in RGB levels from a named colour; orange and yellow are 71 apart
SAME_COLOUR = 0.7  # share of the frames with ink that must have it
SMALL_RADIUS, LARGE_RADIUS, RADIUS_TOLERANCE = (0.12, 0.14), (0.18, 0.22), 0.01
SLOW_TRAVEL, QUICK_TRAVEL, LEG_TRAVEL, TRAVEL_TOLERANCE = (0.25, 0.35), 0.60, 0.20, 0.03
SLOW_TURN, QUICK_TURN, TURN_TOLERANCE = (0.25, 0.375), 0.75, 0.03
ACROSS, ACROSS_TOLERANCE = 0.10, 0.02  # how far a straight track may stray sideways, and a fixed centre at all
REVERSAL, REVERSAL_TOLERANCE = 0.08, 0.02
MOST_LEGS = 4  # a track that turns back more often in its second jumps about, like unrelated stills
SHRUNK_AREA, EXPANDED_AREA, AREA_TOLERANCE = 0.5, 2.0, 0.1  # this tolerance is a share of the threshold
SEEN_FRAMES = 0.7  # share of the frames that must show the shape
TURN_SCATTER = 0.08  # root mean square in turns; a wedge that strays further from a steady turn does not turn
MOTION_INSTANTS = 10  # the track of a longer clip is read at this many of its frames, so that noise counts the same

UNITS = {  # the eight directions, as unit vectors
    name: np.sum([DIRECTIONS[part] for part in name.split("-")], axis=0) / math.sqrt(len(name.split("-")))
    for name in grammar.STRAIGHT + grammar.DIAGONAL
}


@dataclass(frozen=True)
class Reading:
    """What a clip shows; None where that has no word in the grammar. size and speed may also be `between`.

    radius is the first frame's for shapes that shrink or expand (NaN for a blank clip); travel goes along the motion
    (of `A then B` a leg's mean, of bouncing the whole path); turn is positive for clockwise.
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
    """What each of the clips (B, T, H, W, 3) uint8 shows. Made for 32 px and more; below that shapes are guessed.

    Motions that reverse or turn a corner need 5 frames. Raises ValueError for another shape or dtype.
    """
    if clips.dtype != np.uint8 or clips.ndim != 5 or clips.shape[-1] != 3 or clips.shape[2] != clips.shape[3]:
        raise ValueError(f"Clips must be uint8 (B, T, H, W, 3) with square frames, got {clips.dtype} {clips.shape}")
    return [read_measure(measure(clip)) for clip in clips]


def read_measure(m: Measure) -> Reading:
    """The words for one clip's numbers."""
    motion, travel, turn = read_motion(m)
    radius = math.nan
    if motion in grammar.RESIZING:
        radius = _ends_of_line(m.times[m.whole], m.radius[m.whole])[0]
    elif m.whole.any():
        radius = float(np.median(m.radius[m.whole]))
    return Reading(
        colour=read_colour(m.ink_rgb[m.visible]),
        shape=m.shape,
        size=read_size(radius),
        motion=motion,
        speed=read_speed(motion, travel, turn),
        blank_frames=int((~m.visible).sum()),
        radius=radius,
        travel=travel,
        turn=turn,
    )


def nearest_colour(rgb: np.ndarray) -> str | None:
    """The name nearest to rgb (3,) in [0, 255], or None when none is near."""
    distance, name = min((float(np.linalg.norm(rgb - known)), name) for name, known in COLOUR_RGB.items())
    return name if distance <= COLOUR_WITHIN else None


def read_colour(ink_rgb: np.ndarray) -> str | None:
    """The colour that most of these frames (F, 3) have; None when it changes, or is no colour of the grammar."""
    names = [nearest_colour(rgb) for rgb in ink_rgb]
    commonest = max(names, key=names.count, default=None)
    return commonest if names.count(commonest) >= SAME_COLOUR * len(names) else None


def read_size(radius: float) -> str | None:
    """small, large or between; None outside of what the contract has sizes for, as in the classic clips."""
    if not SMALL_RADIUS[0] - RADIUS_TOLERANCE <= radius <= LARGE_RADIUS[1] + RADIUS_TOLERANCE:
        return None
    if radius <= SMALL_RADIUS[1] + RADIUS_TOLERANCE:
        return "small"
    return "large" if radius >= LARGE_RADIUS[0] - RADIUS_TOLERANCE else "between"


def read_speed(motion: str | None, travel: float, turn: float) -> str | None:
    """slowly, quickly or between; None for what has no speed."""
    if motion is None or not grammar.takes_speed(motion):
        return None
    if motion in grammar.TURNING:
        slow, quick = abs(turn) <= SLOW_TURN[1] + TURN_TOLERANCE, abs(turn) >= QUICK_TURN - TURN_TOLERANCE
    else:
        slow, quick = travel <= SLOW_TRAVEL[1] + TRAVEL_TOLERANCE, travel >= QUICK_TRAVEL - TRAVEL_TOLERANCE
    return "slowly" if slow else "quickly" if quick else "between"


def read_motion(m: Measure) -> tuple[str | None, float, float]:
    """The motion, how far it travels and how many turns it makes; None and zeros where the shape does nothing known."""
    frames = len(m.visible)
    if frames < 2 or m.visible.mean() < SEEN_FRAMES:
        return None, 0.0, 0.0
    instants = np.unique(np.linspace(0, frames - 1, min(frames, MOTION_INSTANTS)).round().astype(int))
    times = m.times[instants]
    centre = np.stack([np.interp(times, m.times[m.visible], m.centre[m.visible, axis]) for axis in (0, 1)], 1)  # (T, 2)
    if np.ptp(centre, axis=0).max() < ACROSS + ACROSS_TOLERANCE:
        motion, turn = _read_still(m)
        return motion, 0.0, turn
    motion_and_travel = (
        _read_swinging(times, centre) or _read_line(centre) or _read_corner(times, centre) or (None, 0.0)
    )
    return *motion_and_travel, 0.0


def count_legs(values: np.ndarray, least: float) -> int:
    """How many stretches up and down, each of at least `least`, the values (T,) go through."""
    legs, rising, low, high = 0, None, values[0], values[0]
    for value in values:
        low, high = min(low, value), max(high, value)
        if rising is not True and value - low >= least:
            legs, rising, high = legs + 1, True, value
        elif rising is not False and high - value >= least:
            legs, rising, low = legs + 1, False, value
    return legs


def _read_still(m: Measure) -> tuple[str | None, float]:
    """The motion of a shape whose centre is fixed, and its turn."""
    frames = m.whole if m.whole.sum() > 1 else m.visible
    first, last = _ends_of_line(m.times[frames], m.radius[frames])
    grown = (max(last, 0.0) / max(first, 1e-6)) ** 2
    if grown <= SHRUNK_AREA * (1 + AREA_TOLERANCE):
        return "shrinking", 0.0
    if grown >= EXPANDED_AREA * (1 - AREA_TOLERANCE):
        return "expanding", 0.0
    times, angle = m.times[m.visible], np.unwrap(m.angle[m.visible], period=1)
    began, ended = _ends_of_line(times, angle)
    scatter = np.sqrt(np.mean((angle - began - (ended - began) * times) ** 2))
    turn = ended - began
    if scatter > TURN_SCATTER or abs(turn) < SLOW_TURN[0] - TURN_TOLERANCE:
        return None, 0.0
    return f"rotating {'clockwise' if turn > 0 else 'counter-clockwise'}", turn


def _read_swinging(times: np.ndarray, centre: np.ndarray) -> tuple[str, float] | None:
    """Tracks (T, 2) that reverse: zigzags and bounces."""
    legs = [count_legs(centre[:, axis], REVERSAL - REVERSAL_TOLERANCE) for axis in (0, 1)]
    for along, across, word in ((1, 0, "vertically"), (0, 1, "horizontally")):
        travel = abs(float(centre[-1, along] - centre[0, along]))
        if 3 <= legs[across] <= MOST_LEGS and legs[along] == 1 and travel >= SLOW_TRAVEL[0] - TRAVEL_TOLERANCE:
            return f"zigzagging {word}", travel
        if 2 <= legs[along] <= MOST_LEGS and np.ptp(centre[:, across]) < ACROSS + ACROSS_TOLERANCE:
            # most turning points fall between two frames, so the path is the usual speed times the one second
            return f"bouncing {word}", float(np.median(np.abs(np.diff(centre[:, along])) / np.diff(times)))
    return None


def _read_line(centre: np.ndarray) -> tuple[str, float] | None:
    """A straight track (T, 2) in one of the eight directions."""
    name, travel = _straight(centre, grammar.STRAIGHT + grammar.DIAGONAL)
    return (f"moving {name}", travel) if travel >= SLOW_TRAVEL[0] - TRAVEL_TOLERANCE else None


def _read_corner(times: np.ndarray, centre: np.ndarray) -> tuple[str, float] | None:
    """`moving A then B`: a straight leg in the first half of the clip, another across it in the second."""
    legs = []
    for half in (times < 0.5 + 1e-6, times > 0.5 - 1e-6):
        if half.sum() < 2:
            return None
        name, travel = _straight(centre[half], grammar.STRAIGHT)
        legs.append((name, travel * 0.5 / np.ptp(times[half])))  # the corner itself mostly falls between two frames
    (first, travel_first), (second, travel_second) = legs
    if (first, second) not in grammar.PERPENDICULAR or min(travel_first, travel_second) < LEG_TRAVEL - TRAVEL_TOLERANCE:
        return None
    return f"moving {first} then {second}", float(travel_first + travel_second) / 2


def _straight(track: np.ndarray, names: tuple[str, ...]) -> tuple[str, float]:
    """The nearest of these directions and the travel in it; no travel when the track (T, 2) strays or turns back."""
    name = max(names, key=lambda word: float((track[-1] - track[0]) @ UNITS[word]))
    along, across = track @ UNITS[name], track @ (UNITS[name][::-1] * (1, -1))
    if np.ptp(across) >= ACROSS + ACROSS_TOLERANCE or count_legs(along, REVERSAL - REVERSAL_TOLERANCE) > 1:
        return name, 0.0
    return name, float(along[-1] - along[0])


def _ends_of_line(times: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """The values at times 0 and 1 of the straight line of least squares."""
    if len(times) < 2:
        return float(values[0]), float(values[0])
    slope, start = np.polyfit(times, values, 1)
    return float(start), float(start + slope)
