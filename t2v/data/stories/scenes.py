"""Stories -> things with paths over a ground; `render.py` draws them.

Lengths are shares of the frame (x right, y down), times are in [0, 1], angles are in turns, clockwise as seen on
screen. Of the things of a scene the first stands in front. Everything follows from (seed, index).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from t2v.data import scenes as shapes
from t2v.data.grammar import MOTIONS as MOTIONS_OF_SHAPES
from t2v.data.grammar import TURNING
from t2v.data.scenes import Batched
from t2v.data.stories.grammar import GROUNDS, Story, Thing
from t2v.data.stories.looks import sprite_row
from t2v.data.stories.paths import KNOTS, RELATION_DRAWS, TIMES, place_apart, place_together, relation_paths

MOST_THINGS = 3
CANDIDATES = 16  # ways to place things, of which one where they do not meet is taken
RADIUS = {1: (0.16, 0.21), 2: (0.13, 0.16), 3: (0.11, 0.13)}  # by how many things there are
RADIUS_IN_RELATION = (0.12, 0.15)
TRAVEL_SHARE = {1: 0.6, 2: 0.6, 3: 0.3}  # of the range of ways of `shapes`, so that things stay in the frame
FALL = (0.45, 0.60)  # how far things fall
MOVED = 0.02  # a thing that goes so far to the left looks to the left

GEOMETRY_DRAWS = 10  # of a thing with a motion, as in `shapes`
GROUND_DRAWS = 3
LOOK, SIZE, MOTION = 0, 3, 6  # where draws of a kind begin: a number each for three things, then those of motions
RELATION = MOTION + 2 * GEOMETRY_DRAWS
GROUND = RELATION + RELATION_DRAWS
PLACES = GROUND + GROUND_DRAWS
DRAWS = PLACES + CANDIDATES * MOST_THINGS * 2  # random numbers of a scene's geometry


@dataclass(frozen=True)
class StoryScenes(Batched):
    """B scenes of up to K things as tensors: all that the renderer needs.

    sprite (B, K) row in `looks.pictures`, -1 where there is no thing; mirrored (B, K) bool; path (B, K, P, 2) centres
    at P even times; radius (B, K, 2) and angle (B, K, 2), each at the start and at the end; ground (B,) index into
    `GROUNDS`; ground_draws (B, 3) in [0, 1), what is open about it.
    """

    sprite: torch.Tensor
    mirrored: torch.Tensor
    path: torch.Tensor
    radius: torch.Tensor
    angle: torch.Tensor
    ground: torch.Tensor
    ground_draws: torch.Tensor


def build(stories: list[Story], draws: np.ndarray, *, own: Sequence[str] = ()) -> StoryScenes:
    """A scene for each story that says all that can be said; the rest follows from draws (B, DRAWS) in [0, 1). `own`
    are names of one's own things, in the order of their pictures."""
    B, K = len(stories), MOST_THINGS
    sprite = np.full((B, K), -1)
    mirrored = np.zeros((B, K), bool)
    path = np.full((B, K, KNOTS, 2), 0.5, np.float32)
    radius, angle = np.full((B, K, 2), 0.1, np.float32), np.zeros((B, K, 2), np.float32)
    alone = iter(_motions(stories, draws))
    for b, (story, u) in enumerate(zip(stories, draws, strict=True)):
        bodies = story.bodies
        if story.relation:
            low, high = RADIUS_IN_RELATION
            sizes = low + (high - low) * u[SIZE : SIZE + 2]
            paths = relation_paths(story.relation, sizes, u[RELATION : RELATION + RELATION_DRAWS])
            path[b, :2] = place_together(paths, np.tile(sizes[:, None], KNOTS), u[PLACES : PLACES + 2])
            radius[b, :2] = sizes[:, None]
        else:
            drawn = [next(alone) for _ in story.motions] * (story.count if story.count > 1 else 1)
            paths, sizes, angles, pinned = (np.stack(parts) for parts in zip(*drawn, strict=True))
            along = sizes[:, :1] + np.diff(sizes) * TIMES
            places = u[PLACES:].reshape(CANDIDATES, K, 2)[:, :bodies]
            path[b, :bodies] = place_apart(paths, along, pinned, places)
            radius[b, :bodies], angle[b, :bodies] = sizes, angles
        for k in range(bodies):
            which = min(k, len(story.things) - 1)  # things that are counted are alike
            turning = not story.relation and story.motions[which] in TURNING
            sprite[b, k] = sprite_row(story.things[which], u[LOOK + which], turning=turning, own=own)
            mirrored[b, k] = _looks_left(path[b, k])
    ground = [list(GROUNDS).index(str(story.ground)) for story in stories]
    arrays = (sprite, mirrored, path, radius, angle, np.array(ground))
    ground_draws = draws[:, GROUND : GROUND + GROUND_DRAWS].astype(np.float32)
    return StoryScenes(*map(torch.from_numpy, (*arrays, ground_draws)))


def _motions(stories: list[Story], draws: np.ndarray) -> list[tuple]:
    """For each thing that has a motion: path (P, 2), radius (2,), angle (2,) and along which axes (2,) it is bound to
    its place, by the builder of `shapes`. Things that are counted go the same way, and have one entry."""
    rows, codes, numbers, sizes = [], [], [], []
    for story, u in zip(stories, draws, strict=True):
        for k, motion in enumerate(story.motions):
            low, high = RADIUS[story.bodies]
            geometry = u[MOTION + k * GEOMETRY_DRAWS :][:GEOMETRY_DRAWS].copy()
            geometry[4:6] *= TRAVEL_SHARE[story.bodies]
            rows.append((motion, geometry[4]))
            known = "moving down" if motion == "falling" else motion
            codes.append((0, MOTIONS_OF_SHAPES.index(known), len(shapes.RADIUS) - 1, 0, len(shapes.TRAVEL) - 1, 0))
            numbers.append(geometry)
            sizes.append(low + (high - low) * u[SIZE + k])
    if not rows:
        return []
    built = shapes.build(
        "shapes",
        torch.tensor(codes),
        torch.from_numpy(np.stack(numbers)).float(),
        radius=torch.tensor(sizes, dtype=torch.float32),
    )
    times = torch.from_numpy(TIMES).float().expand(len(rows), -1)
    paths = shapes.trajectory(built, times)[0].numpy()  # (N, P, 2)
    pinned = np.zeros((len(rows), 2), bool)
    for n, (motion, draw) in enumerate(rows):
        if motion == "falling":
            fall = FALL[0] + (FALL[1] - FALL[0]) * draw
            paths[n, :, 1] = paths[n, 0, 1] + fall * TIMES**2
        if motion.startswith("bouncing"):
            pinned[n] = (False, True) if motion.endswith("vertically") else (True, False)
    return list(zip(paths, built.radius.numpy(), built.angle.numpy(), pinned, strict=True))


def _looks_left(path: np.ndarray) -> bool:
    """Whether a thing on this path (P, 2) sets out to the left; all drawings look to the right."""
    first, whole = path[KNOTS // 4, 0] - path[0, 0], path[-1, 0] - path[0, 0]
    return bool((first if abs(first) > MOVED else whole) < -MOVED)


def trajectory(scenes: StoryScenes, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Centre (B, K, T, 2), radius (B, K, T) and angle (B, K, T) of every thing at times (B, T)."""
    at = times * (scenes.path.shape[2] - 1)  # (B, T), in pieces of the path
    piece = at.long().clamp(0, scenes.path.shape[2] - 2)
    share = (at - piece)[:, None, :, None]  # (B, 1, T, 1)
    index = piece[:, None, :, None].expand(-1, scenes.path.shape[1], -1, 2)  # (B, K, T, 2)
    centre = torch.lerp(scenes.path.gather(2, index), scenes.path.gather(2, index + 1), share)
    moment = times[:, None]  # (B, 1, T)
    radius = scenes.radius[..., :1] + scenes.radius.diff(dim=-1) * moment  # (B, K, T)
    angle = scenes.angle[..., :1] + scenes.angle.diff(dim=-1) * moment
    return centre, radius, angle


def things_of(story: Story) -> list[Thing]:
    """One entry for each thing that is seen."""
    return list(story.things) * story.count
