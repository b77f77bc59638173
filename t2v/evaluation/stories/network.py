"""The network reader of stories: where each thing is in every frame, and from that how it moves and to whom it belongs.

A small convolutional network gives every frame a map of where each of the 36 things is. The sums, means and spreads of
these maps, and the features around, are a thing's track; two small networks read motions and counts from one track, and
relations from two. Clips are (B, T, H, W, 3) uint8 of ten frames, looked at in 32 px.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F

from t2v.data.stories.grammar import GROUNDS, MOTIONS, RELATIONS, SYMMETRIC, THINGS, TURNED_ROUND
from t2v.evaluation.stories.verdicts import StoryReading
from t2v.system.threads import one_thread

SHIPPED = Path(__file__).parent / "weights" / "reader.safetensors"
SIDE_PX, CELLS = 32, 8  # of the frames that are looked at, and of the maps
PICKED = (0, 1, 3, 4, 5, 6, 8, 9)  # of ten frames
FRAMES = len(PICKED)
FEATURES, POOLED, PLACE = 128, 24, 6  # PLACE: sum, x, y and the spreads of a map
ROLES = [r for r in RELATIONS if r not in SYMMETRIC and r not in TURNED_ROUND.keys() | TURNED_ROUND.values()]
PAIRS = (*RELATIONS, *(f"{relation}, the other way round" for relation in ROLES), None)  # None: motions of their own
PRESENT = 0.45  # of a thing, on average over the frames, for it to count as seen
DROPOUT = 0.2  # of features around things, while motions are learned
BATCH_CLIPS = 32


class Tracks(NamedTuple):
    """Of each thing of `THINGS` in every frame: moments (B, N, T, PLACE) and the features around it (B, N, T, F)."""

    moments: torch.Tensor
    features: torch.Tensor


class StoryReader(nn.Module):
    """Frames -> maps and grounds; tracks -> motions, counts and relations."""

    def __init__(self) -> None:
        super().__init__()

        def layer(inputs: int, outputs: int, side: int, stride: int) -> nn.Sequential:
            conv = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())

        self.see = nn.Sequential(layer(3, 32, 5, 2), layer(32, 64, 3, 2), layer(64, FEATURES, 3, 1))
        self.look = layer(FEATURES, FEATURES, 1, 1)
        self.maps = nn.Conv2d(FEATURES, len(THINGS), 1)
        assert self.maps.bias is not None
        nn.init.constant_(self.maps.bias, -6.0)  # most places hold nothing
        self.ground = nn.Linear(FEATURES, len(GROUNDS))
        self.pool, self.drop = nn.Linear(FEATURES, POOLED), nn.Dropout(DROPOUT)
        own, both = FRAMES * (PLACE + POOLED), FRAMES * (2 * (PLACE + POOLED) + 2)
        self.alone = nn.Sequential(nn.Linear(own, 192), nn.ReLU(), nn.Linear(192, len(MOTIONS) + 3))
        self.together = nn.Sequential(nn.Linear(both, 192), nn.ReLU(), nn.Linear(192, len(PAIRS)))

    def encode(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Frames (N, 3, 32, 32) in [-1, 1] -> logits of maps (N, 36, 8, 8), grounds (N, 6); features (N, F, 8, 8)."""
        features = self.see(frames)
        looked = self.look(features)
        return self.maps(looked), self.ground(features.mean((2, 3))), looked

    def track(self, frames: torch.Tensor) -> tuple[Tracks, torch.Tensor]:
        """Clips (B, T, 3, 32, 32) -> tracks of all things, and grounds (B, 6)."""
        B, T = frames.shape[:2]
        maps, ground, features = self.encode(frames.flatten(0, 1))
        chance = maps.sigmoid()  # (B * T, N, 8, 8)
        sums = chance.sum((2, 3)).clamp(min=1e-3)
        share = (chance / sums[..., None, None]).flatten(2)  # (B * T, N, 64)
        at = (torch.arange(CELLS, device=frames.device) + 0.5) / CELLS
        y, x = (axis.flatten() for axis in torch.meshgrid(at, at, indexing="ij"))  # (64,)
        axes = torch.stack([x, y, x * x, y * y, x * y], 1)  # (64, 5)
        x, y, xx, yy, xy = (share @ axes).unbind(-1)  # (B * T, N)
        moments = torch.stack([sums, x, y, 8 * (xx - x * x), 8 * (yy - y * y), 8 * (xy - x * y)], -1)
        pooled = share @ features.flatten(2).transpose(1, 2)  # (B * T, N, F)
        tracks = (part.unflatten(0, (B, T)).transpose(1, 2) for part in (moments, pooled))
        return Tracks(*tracks), ground.unflatten(0, (B, T)).mean(1)

    def describe(self, track: Tracks, middle: torch.Tensor) -> torch.Tensor:
        """Tracks (K, T, ...) of single things, from a middle (K, 2) -> (K, T, PLACE + POOLED)."""
        total, at, spread = track.moments.split([1, 2, 3], -1)
        features = self.drop(F.relu(self.pool(track.features)))
        return torch.cat([total, 4 * (at - middle[:, None]), spread, features], -1)

    def read_alone(self, track: Tracks) -> tuple[torch.Tensor, torch.Tensor]:
        """Tracks of K things -> logits of motions (K, M), and of counts one to three (K, 3)."""
        described = self.describe(track, track.moments[..., 1:3].mean(1))
        return self.alone(described.flatten(1)).split([len(MOTIONS), 3], 1)

    def read_together(self, first: Tracks, second: Tracks) -> torch.Tensor:
        """Tracks of K pairs -> logits of `PAIRS` (K, P)."""
        middle = (first.moments[..., 1:3].mean(1) + second.moments[..., 1:3].mean(1)) / 2
        one, other = self.describe(first, middle), self.describe(second, middle)
        apart = one[..., 1:3] - other[..., 1:3]
        return self.together(torch.cat([one, other, apart], -1).flatten(1))


def pair_label(relation: str | None, *, swapped: bool) -> int:
    """Which of `PAIRS` two things in this relation are; `swapped`: the second is asked about first."""
    if swapped and relation in ROLES:
        return PAIRS.index(f"{relation}, the other way round")
    turned = TURNED_ROUND | {plain: other for other, plain in TURNED_ROUND.items()}
    return PAIRS.index(turned.get(str(relation), relation) if swapped else relation)


def to_frames(clips: np.ndarray) -> torch.Tensor:
    """Clips (B, 10, H, W, 3) uint8 -> (B, 8, 3, 32, 32) in [-1, 1]."""
    picked = torch.from_numpy(np.ascontiguousarray(clips[:, PICKED])).permute(0, 1, 4, 2, 3).float() / 127.5 - 1
    return shrink(picked)


def shrink(clips: torch.Tensor) -> torch.Tensor:
    """Clips (B, T, 3, H, W) of any size -> (B, T, 3, 32, 32)."""
    if clips.shape[-1] == SIDE_PX:
        return clips
    small = F.interpolate(clips.flatten(0, 1), (SIDE_PX, SIDE_PX), mode="bilinear", antialias=True)
    return small.unflatten(0, clips.shape[:2])


@one_thread()
@torch.inference_mode()
def read(reader: StoryReader, clips: np.ndarray) -> list[StoryReading]:
    """What the network sees in clips (B, 10, H, W, 3) uint8."""
    readings = []
    for first in range(0, len(clips), BATCH_CLIPS):
        tracks, ground = reader.track(to_frames(clips[first : first + BATCH_CLIPS]))
        presence = tracks.moments[..., 0].mean(2)  # (B, N)
        for b in range(len(presence)):
            readings.append(
                _read_clip(reader, Tracks(*(part[b] for part in tracks)), presence[b], int(ground[b].argmax()))
            )
    return readings


def _read_clip(reader: StoryReader, tracks: Tracks, presence: torch.Tensor, ground: int) -> StoryReading:
    """One clip from tracks (N, T, ...) of all things, of which `seen` (N,) says how much of each there is."""
    order = presence.argsort(descending=True)[:2]
    kept = order[: 2 if presence[order[1]] > PRESENT else 1]
    own = Tracks(*(part[kept] for part in tracks))
    motions, counts = (logits.argmax(1).tolist() for logits in reader.read_alone(own))
    things, name = tuple(THINGS[i] for i in kept), tuple(GROUNDS)[ground]
    counted = tuple(count + 1 for count in counts)
    moved = tuple(MOTIONS[motion] for motion in motions)
    if len(kept) == 1:
        return StoryReading(things, counted, moved, ground=name)
    pair = PAIRS[int(reader.read_together(*(Tracks(*(part[i : i + 1] for part in own)) for i in (0, 1))).argmax())]
    if pair is None:
        return StoryReading(things, (1, 1), moved, ground=name)
    if pair not in RELATIONS:
        things, pair = things[::-1], pair.partition(",")[0]
    return StoryReading(things, (1, 1), relation=pair, ground=name)


@lru_cache(1)
def load_story_reader() -> StoryReader:
    """The shipped reader; ValueError when its weights are not there."""
    try:
        state = safetensors.torch.load_file(SHIPPED)
    except (OSError, safetensors.SafetensorError) as error:
        raise ValueError(f"The reader of stories cannot be loaded from {SHIPPED}: {error}") from None
    reader = StoryReader()
    reader.load_state_dict({name: tensor.to(reader.state_dict()[name].dtype) for name, tensor in state.items()})
    return reader.eval().requires_grad_(False)
