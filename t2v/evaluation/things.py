"""Does a clip show a thing of one's own, and does it move as asked? Found by matching the picture; nothing is learned.

Each frame's ink, brought to one place and area, is correlated with the picture at all angles, colours included. Where
the picture is found, its place, size and angle go to the geometric reader, which reads the motion as it does of shapes.
Clips are (B, T, H, W, 3) uint8, RGB, on white; pictures (S, S, 4) uint8, RGBA.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch

from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, Attributes, combinations
from t2v.data.render import render_frames
from t2v.data.sprites import Sprites, draw, make_sprites, over
from t2v.data.things import sprites_of
from t2v.evaluation.geometric.measure import Measure, centre_cut_frames, centroids, keep_largest, touches_edge
from t2v.evaluation.geometric.reader import read_motion
from t2v.media.clips import to_uint8
from t2v.sampler import Sampler
from t2v.system.threads import one_thread

PATCH_PX, PATCH_RADIUS_PX = 24, 7.0  # of what is compared: every picture's ink has the area of this circle
ANGLES = 48
FULL_CONTRAST = 120  # 255 minus the smallest channel, from which a pixel is nothing but ink
SEEN_INK = 0.002  # share of the frame; with less the frame is blank
LARGEST_INK = 0.6  # with more it shows no thing on white
WHOLE_AREA = 0.98  # a thing at the frame's edge with this share of its largest area is not cut
FOUND = 0.85  # correlation from which a frame shows the picture; a circle of its commonest colour reaches 0.79
FOUND_FRAMES = 0.6  # share of a clip's frames that must show it


@dataclass(frozen=True)
class Picture:
    """A thing's picture as frames are compared with it: N angles of it, in units of the root of its ink's area."""

    sprites: Sprites

    @cached_property
    def views(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Normalised patches (N, PATCH_PX**2 * 3), from the ink's centroid to the circle's middle (N, 2), radius."""
        side = 4 * PATCH_PX
        radius = 0.25
        angles = torch.arange(ANGLES)[:, None] / ANGLES
        centre, ones = torch.full((ANGLES, 1, 2), 0.5), torch.ones(ANGLES, 1)
        which = torch.zeros(ANGLES, dtype=torch.long)
        layers = draw(self.sprites, which, centre, radius * ones, angles, frame_size_px=side)
        frames = to_uint8(over(layers.new_ones(()), layers))[:, 0]  # (N, side, side, 3)
        ink = ink_of(frames)
        area_px, centroid_px = ink.sum((1, 2)), centroids(ink)
        patches = [patch_of(*row) for row in zip(frames, ink, centroid_px, area_px, strict=True)]
        to_middle = (side / 2 - centroid_px) / np.sqrt(area_px)[:, None]
        return np.stack(patches), to_middle, float(np.median(radius * side / np.sqrt(area_px)))


@dataclass(frozen=True)
class Sighting:
    """What became of a picture in a clip: how well it matches (the median over frames), whether it is found, and the
    motion that it makes, None for none of the grammar's."""

    match: float
    visible: bool
    motion: str | None


def ink_of(frames: np.ndarray) -> np.ndarray:
    """How far each pixel is from white, whatever its colour: (F, H, W, 3) uint8 -> (F, H, W) in [0, 1]."""
    return np.clip((255 - frames.min(-1).astype(np.float32)) / FULL_CONTRAST, 0, 1)


def patch_of(frame: np.ndarray, ink: np.ndarray, centroid_px: np.ndarray, area_px: float) -> np.ndarray:
    """A frame's thing (H, W, 3), brought to one place and area, mean 0 and length 1: (PATCH_PX**2 * 3,)."""
    step_px = math.sqrt(area_px / math.pi) / PATCH_RADIUS_PX  # frame pixels to one patch pixel
    x, y = centroid_px - 0.5 - step_px * (PATCH_PX - 1) / 2
    colours: np.ndarray = (255 - frame.astype(np.float32)) * (ink > 0)[..., None]
    if step_px > 1:
        colours = cv2.GaussianBlur(colours, (0, 0), step_px / 3)
    patch = cv2.warpAffine(
        colours,
        np.array([[step_px, 0, x], [0, step_px, y]]),
        (PATCH_PX, PATCH_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    ).ravel()
    patch = patch - patch.mean()
    return patch / max(float(np.linalg.norm(patch)), 1e-6)


def look_for(picture: Picture, clip: np.ndarray) -> Sighting:
    """What became of the picture in one clip (T, H, W, 3) uint8."""
    T, side_px = clip.shape[:2]
    views, to_middle, radius = picture.views
    ink = ink_of(clip)
    inked = ink.sum((1, 2)) > SEEN_INK * side_px**2
    ink, _ = keep_largest(ink, inked)
    area_px = ink.sum((1, 2))
    inked = inked & (area_px > SEEN_INK * side_px**2)
    frames = np.flatnonzero(inked)
    if not len(frames) or np.median(area_px[frames]) > LARGEST_INK * side_px**2:
        return Sighting(0.0, False, None)
    centroid_px = centroids(ink[frames])
    patches = [patch_of(clip[t], ink[t], c, area_px[t]) for t, c in zip(frames, centroid_px, strict=True)]
    scores = np.stack(patches) @ views.T  # (F, N)
    best, match = scores.argmax(1), np.zeros(T)
    match[frames] = scores.max(1)
    cut = inked & touches_edge(ink) & (area_px < WHOLE_AREA * area_px.max())
    root = np.sqrt(area_px[frames])
    centre_px, radius_px, angle = np.full((T, 2), np.nan), np.full(T, np.nan), np.full(T, np.nan)
    centre_px[frames], radius_px[frames] = centroid_px + to_middle[best] * root[:, None], radius * root
    angle[frames] = best / ANGLES
    whole = np.flatnonzero(inked & ~cut)
    if len(whole):
        centre_cut_frames(centre_px, ink, np.flatnonzero(cut), whole)
    visible = len(whole) > 0 and (match[whole] >= FOUND).sum() >= FOUND_FRAMES * len(whole)
    places = centre_px / side_px, radius_px / side_px
    measured = Measure(
        np.full((T, 3), np.nan), ink, inked, cut, area_px / side_px**2, *places, angle, True, None, 0.0, 0.0
    )
    return Sighting(float(np.median(match[whole])) if len(whole) else 0.0, visible, read_motion(measured)[0])


def captions_of(grammar: str, thing: str, count: int, *, held_out: bool) -> list[Attributes]:
    """`count` prompts about a thing, over all motions that training shows of it, or never shows; sizes at random."""
    motions = [a.motion for a in combinations(grammar, held_out=held_out) if a.shape == thing]
    rng = np.random.default_rng(0)
    sizes = (None, *GRAMMARS[grammar].sizes)
    return [Attributes(thing, motions[i % len(motions)], size=sizes[rng.integers(3)]) for i in range(count)]


@one_thread()
def obeys(clips: np.ndarray, wanted: Sequence[Attributes], picture: np.ndarray) -> dict[str, float]:
    """Shares of clips (B, T, H, W, 3) in which a picture (S, S, 4) is found, moves as asked, and both."""
    prepared = Picture(make_sprites([picture]))
    sightings = [look_for(prepared, clip) for clip in clips]
    moves = [s.motion == a.motion for s, a in zip(sightings, wanted, strict=True)]
    visible = [bool(s.visible) for s in sightings]
    both = [f and m for f, m in zip(visible, moves, strict=True)]
    match = float(np.median([s.match for s in sightings]))
    return {"found": _share(visible), "motion": _share(moves), "both": _share(both), "match": round(match, 3)}


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / max(1, len(values)), 4)


def evaluate_thing(
    sampler: Sampler, thing: str, *, clips: int = 112, ceiling: bool = False
) -> dict[str, dict[str, float]]:
    """How far a model obeys prompts about a thing that it was taught, in motions that it was `shown` and `never_shown`:
    each `found`, `motion`, `both`, `match` of `obeys`. With `ceiling` also of real clips, freshly drawn."""
    release, result = sampler.release, {}
    grammar = str(release.grammar)
    picture, size_px = release.things[thing], release.model.frame_size_px
    for part, held_out in (("shown", False), ("never_shown", True)):
        wanted = captions_of(grammar, thing, clips, held_out=held_out)
        prompts = [GRAMMARS[grammar].caption(a) for a in wanted]
        result[part] = obeys(sampler(prompts, seeds=range(clips)), wanted, picture)
        if ceiling:
            drawn = scenes.from_attributes(grammar, wanted)
            real = render_frames(drawn, frame_size_px=size_px, things=sprites_of(release.things))
            result[f"real_{part}"] = obeys(real, wanted, picture)
    return result
