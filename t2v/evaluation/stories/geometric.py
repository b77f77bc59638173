"""The geometric reader of stories: things cut out from the ground, compared with their drawings, followed, measured.

Nothing here is learned. Clips are (B, T, H, W, 3) uint8; lengths are shares of the frame, times in [0, 1].
"""

from itertools import permutations

import cv2
import numpy as np

from t2v.data.stories.grammar import THINGS
from t2v.data.stories.grounds import COLOURS
from t2v.evaluation.geometric.measure import Measure
from t2v.evaluation.geometric.reader import read_motion
from t2v.evaluation.stories.drawings import STANDS_OUT, contrast, cut, drawings, parts_of
from t2v.evaluation.stories.relations import Followed, read_relation
from t2v.evaluation.stories.verdicts import StoryReading

READ_PX = 64  # side of the frames that are read
LEAST_AREA = 0.004  # of a thing, as a share of the frame
FALLS = 1.9  # times as far in the second half as in the first
FINER = 4  # parts of a pixel to which boxes are cut
OFTEN = 0.3  # share of the frames that must show so many things
UNSEEN = "none"  # a motion that has no word


def read_geometric(clips: np.ndarray) -> list[StoryReading]:
    """What is seen in each of the clips (B, T, H, W, 3) uint8."""
    return [_read_clip(clip) for clip in clips]


def _read_clip(clip: np.ndarray) -> StoryReading:
    frames = [cv2.resize(f, (READ_PX, READ_PX), interpolation=cv2.INTER_AREA) for f in clip]
    pixels = np.stack(frames).astype(np.float32)  # (T, H, W, 3)
    base = np.median(pixels, (0, 2))  # (H, 3): most of every line is ground
    ground = _read_ground(base)
    boxes = [_boxes(frame, base, ground) for frame in pixels]
    tracks = _follow(pixels, boxes, base.mean(0), ground)
    if not tracks:
        return StoryReading((), (), ground=ground)
    kinds = {track.thing for track in tracks}
    motions = [_read_motion(track) for track in tracks]
    if len(kinds) == 1:
        motion = max(motions, key=motions.count)
        return StoryReading((THINGS[tracks[0].thing],), (len(tracks),), (motion,), ground=ground)
    things, counts = tuple(THINGS[track.thing] for track in tracks), (1,) * len(tracks)
    if len(tracks) == 2:
        relation, swapped = read_relation(tracks[0], tracks[1], [motion == UNSEEN for motion in motions])
        if relation:
            return StoryReading(things[::-1] if swapped else things, counts, relation=relation, ground=ground)
    return StoryReading(things, counts, tuple(motions), ground=ground)


def _read_ground(base: np.ndarray) -> str:
    """The ground whose gradient is nearest to these colours (H, 3)."""
    down = np.linspace(0, 1, len(base))[:, None]
    apart = {
        name: np.abs(base - (np.array(top) + (np.array(bottom) - np.array(top)) * down)).mean()
        for name, (top, bottom) in COLOURS.items()
    }
    return min(apart, key=apart.__getitem__)


def _boxes(frame: np.ndarray, base: np.ndarray, ground: str) -> list[tuple[float, float, float, float]]:
    """Boxes (x, y, width, height) around what stands out from the ground in a frame (H, W, 3), the largest first."""
    strength = contrast(frame - base[:, None], ground)
    mask = (strength > STANDS_OUT).astype(np.uint8)
    parts = [part for part in parts_of(mask) if part[4] >= LEAST_AREA * mask.size]
    return [_tighten(strength[y : y + h, x : x + w], x, y) for x, y, w, h, _ in parts[:3]]


def _tighten(strength: np.ndarray, x: int, y: int) -> tuple[float, float, float, float]:
    """A box at (x, y) around contrasts (h, w), without the share of its outermost pixels that is ground."""
    full = np.percentile(strength[strength > STANDS_OUT], 75)
    across, down = ((strength.max(axis) / full).clip(0, 1) for axis in (0, 1))
    left, right, top, bottom = 1 - across[0], 1 - across[-1], 1 - down[0], 1 - down[-1]
    width, height = len(across) - left - right, len(down) - top - bottom
    return x + left, y + top, max(width, 1.0), max(height, 1.0)


def _follow(pixels: np.ndarray, boxes: list[list], rgb: np.ndarray, ground: str) -> list[Followed]:
    """The things of a clip, by where they are from frame to frame."""
    counts = [len(here) for here in boxes]
    number = max((n for n in (1, 2, 3) if sum(count >= n for count in counts) >= OFTEN * len(counts)), default=0)
    if number == 0:
        return []
    rows = [t for t, here in enumerate(boxes) if len(here) >= number]
    chosen: dict[int, list] = {}
    last = None
    for t in rows:
        here = boxes[t][:number]
        middle = np.array([(x + w / 2, y + h / 2) for x, y, w, h in here])
        if last is not None:
            order = min(permutations(range(number)), key=lambda p: np.linalg.norm(middle[list(p)] - last, axis=1).sum())
            here, middle = [here[i] for i in order], middle[list(order)]
        chosen[t], last = here, middle
    return [_measure(pixels, [(t, chosen[t][k]) for t in rows], rgb, ground) for k in range(number)]


def _measure(pixels: np.ndarray, boxes: list[tuple[int, tuple]], rgb: np.ndarray, ground: str) -> Followed:
    """One thing from its boxes in some frames: which drawing it is most like, and its circle in each of them."""
    known, side = drawings(ground), pixels.shape[1]
    large = {t: cv2.resize(pixels[t], None, fx=FINER, fy=FINER, interpolation=cv2.INTER_LINEAR) for t, _ in boxes}
    crops = np.stack([cut(large[t], tuple(round(FINER * edge) for edge in box)) for t, box in boxes])
    aspect = np.log([box[2] / box[3] for _, box in boxes])
    unlike = known.unlike(crops, aspect, rgb)  # (n, N)
    variants = known.variant.astype(int)
    first = np.flatnonzero(np.diff(variants, prepend=-1))  # the pictures of a variant stand together
    of_variants = np.minimum.reduceat(unlike, first, axis=1)  # (n, variants)
    variant = int(np.median(of_variants, 0).argmin())
    own = np.flatnonzero(variants == variants[first[variant]])
    best, thing = own[unlike[:, own].argmin(1)], int(known.thing[own[0]])
    T = len(pixels)
    track = Followed(thing, np.zeros(T, bool), np.full((T, 2), np.nan), np.full(T, np.nan), np.full(T, np.nan))
    for (t, (x, y, width, height)), picture in zip(boxes, best, strict=True):
        unit = width + height
        track.visible[t] = True
        track.centre[t] = (np.array((x, y)) + known.centre[picture] * unit) / side
        track.radius[t] = known.radius[picture] * unit / side
        track.angle[t] = known.angle[picture]
    return track


def _read_motion(track: Followed) -> str:
    """The motion in words, by the rules of the other worlds."""
    T = len(track.visible)
    blank = np.zeros(T)
    measured = Measure(
        ink_rgb=np.zeros((T, 3)), coverage=blank, visible=track.visible, cut=~track.visible, area=blank,
        centre=track.centre, radius=track.radius, angle=track.angle, wedge=True, shape=None, match=0.0, stray=0.0,
    )  # fmt: skip
    motion = read_motion(measured)[0]
    if motion == "moving down":
        y = np.interp(measured.times, measured.times[track.visible], track.centre[track.visible, 1])
        half = float(np.interp(0.5, measured.times, y))
        if y[-1] - half > FALLS * (half - y[0]):
            return "falling"
    return motion or UNSEEN
