"""Training the network reader of stories on real clips: first single frames with maps of where things are, then tracks.

`python -m t2v.evaluation.stories.train --out FILE` makes the shipped one. Held-out stories are among the clips: a
reader is to read what a model has never seen.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional as F

from t2v.checkpoint.state import half_weights
from t2v.data.draws import random_uniform
from t2v.data.scenes import times_of
from t2v.data.stories.grammar import MOTIONS, THINGS, Story
from t2v.data.stories.render import render
from t2v.data.stories.scenes import StoryScenes, things_of, trajectory
from t2v.data.stories.world import sample
from t2v.evaluation.stories.flips import flip_alone, flip_pair
from t2v.evaluation.stories.network import CELLS, PICKED, SIDE_PX, StoryReader, Tracks, pair_label, shrink
from t2v.system.files import atomic_path

SEED = 10_000_019  # of its clips, far from those that evaluation draws
HELD_OUT_EVERY = 4  # one batch in so many shows held-out stories
BLUR = 0.5  # share of frames that are made softer, as generated ones are
PLACE_NOISE = 0.004  # of places, a share of the frame
NOISE = 0.05  # at most, added to frames in [-1, 1]


@dataclass(frozen=True)
class StoryReaderConfig:
    """How the shipped reader is trained."""

    frame_steps: int = 3600
    frame_clips: int = 32  # a step, two frames of each
    track_clips: int = 24_000  # of which tracks are kept
    track_steps: int = 4000
    track_batch: int = 256
    learning_rate: float = 4e-3


def train_story_reader(out: Path, config: StoryReaderConfig) -> StoryReader:
    """A reader trained from nothing, written to `out` as float16."""
    torch.manual_seed(0)
    reader = StoryReader()
    _train_frames(reader, config)
    _train_tracks(reader, config)
    with atomic_path(out) as temporary:
        temporary.write_bytes(half_weights(reader))
    return reader


def corrupt(frames: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Frames (N, 3, H, W), some of them softer and all a little noisy."""
    soft = F.avg_pool2d(F.pad(frames, (1, 1, 1, 1), mode="replicate"), 3, 1)
    share = torch.rand(len(frames), 1, 1, 1, generator=rng) * (torch.rand(len(frames), 1, 1, 1, generator=rng) < BLUR)
    noise = torch.randn(frames.shape, generator=rng) * NOISE * torch.rand(len(frames), 1, 1, 1, generator=rng)
    return torch.lerp(frames, soft, share * 0.8) + noise


def _drawn(scenes: StoryScenes, times: torch.Tensor, step: int) -> torch.Tensor:
    """Clips (B, T, 3, 32, 32), every second batch made smaller from 64 px, as clips that are read mostly are."""
    if step % 2:
        return render(scenes, times=times, frame_size_px=SIDE_PX)
    return shrink(render(scenes, times=times, frame_size_px=2 * SIDE_PX))


def target_maps(scenes: StoryScenes, stories: list[Story], times: torch.Tensor) -> torch.Tensor:
    """Where each of `THINGS` is, (B, T, N, 8, 8): each thing adds up to 1, shared by the nearest four cells."""
    maps = torch.zeros(*times.shape, len(THINGS), CELLS, CELLS)
    centre = trajectory(scenes, times)[0]  # (B, K, T, 2)
    for b, story in enumerate(stories):
        for k, thing in enumerate(things_of(story)):
            at = (centre[b, k] * CELLS - 0.5).clamp(0, CELLS - 1 - 1e-4)  # (T, 2)
            low, share = at.long(), at - at.floor()
            for right in (0, 1):
                for down in (0, 1):
                    weight = (share[:, 0] if right else 1 - share[:, 0]) * (share[:, 1] if down else 1 - share[:, 1])
                    maps[b, torch.arange(len(at)), THINGS.index(thing), low[:, 1] + down, low[:, 0] + right] += weight
    return maps.clamp(max=1)


def _train_frames(reader: StoryReader, config: StoryReaderConfig) -> None:
    learned = [*reader.see.parameters(), *reader.look.parameters(), *reader.maps.parameters()]
    optimizer = torch.optim.AdamW([*learned, *reader.ground.parameters()], config.learning_rate, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=config.frame_steps)
    rng, began = torch.Generator().manual_seed(0), time.monotonic()
    for step in range(config.frame_steps):
        indices = torch.arange(step * config.frame_clips, (step + 1) * config.frame_clips)
        scenes, stories, _ = sample(SEED, indices, held_out=step % HELD_OUT_EVERY == 0)
        times = random_uniform(SEED + 1, indices, 2)
        frames = corrupt(_drawn(scenes, times, step).flatten(0, 1), rng)
        maps, ground, _ = reader.encode(frames)
        wanted = target_maps(scenes, stories, times).flatten(0, 1)
        of_maps = F.binary_cross_entropy_with_logits(maps, wanted, reduction="none").sum((1, 2, 3)).mean()
        of_ground = F.cross_entropy(ground, scenes.ground.repeat_interleave(2))
        optimizer.zero_grad()
        (of_maps + of_ground).backward()
        optimizer.step()
        rate.step()
        if step % 50 == 0 or step == config.frame_steps - 1:
            print(
                f"frames {step} maps {of_maps:.3f} ground {of_ground:.3f} {time.monotonic() - began:.0f} s", flush=True
            )


@dataclass
class Lessons:
    """Tracks of the things of many clips. moments (K, T, P), features (K, T, F) float16; motion (K,), -1 for those in a
    relation; count (K,); first and second (R,) rows of pairs, and their relation (R,) as `pair_label` has it."""

    tracks: Tracks
    motion: torch.Tensor
    count: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor
    relation: list[str | None]


@torch.no_grad()
def make_lessons(reader: StoryReader, config: StoryReaderConfig) -> Lessons:
    """Real clips as tracks, by a reader whose frames are trained."""
    reader.eval()  # for good: what follows takes features as they are
    places, features, motion, count, pairs, relation = [], [], [], [], [], []
    rng, times = torch.Generator().manual_seed(1), times_of(10)[list(PICKED)]
    row = 0
    for step, first in enumerate(range(0, config.track_clips, 64)):
        indices = torch.arange(first, first + 64) + 10**7
        scenes, stories, _ = sample(SEED, indices, held_out=step % HELD_OUT_EVERY == 0)
        clips = _drawn(scenes, times.expand(64, -1), step)
        tracks, _ = reader.track(corrupt(clips.flatten(0, 1), rng).unflatten(0, (64, -1)))
        for b, story in enumerate(stories):
            for k, thing in enumerate(story.things):
                number = THINGS.index(thing)
                places.append(tracks.moments[b, number])
                features.append(tracks.features[b, number].half())
                motion.append(-1 if story.relation else MOTIONS.index(story.motions[k]))
                count.append(story.count - 1)
            if len(story.things) == 2:
                pairs.append((row, row + 1))
                relation.append(story.relation)
            row += len(story.things)
        if step % 50 == 0:
            print(f"tracks of {first + 64} clips", flush=True)
    first_rows, second_rows = torch.tensor(pairs).unbind(1)
    tracks = Tracks(torch.stack(places), torch.stack(features))
    return Lessons(tracks, torch.tensor(motion), torch.tensor(count), first_rows, second_rows, relation)


def _train_tracks(reader: StoryReader, config: StoryReaderConfig) -> None:
    lessons = make_lessons(reader, config)
    for part in (reader.pool, reader.drop, reader.alone, reader.together):
        part.train()
    straight = torch.tensor([pair_label(r, swapped=False) for r in lessons.relation])
    swapped = torch.tensor([pair_label(r, swapped=True) for r in lessons.relation])
    learned = [*reader.pool.parameters(), *reader.alone.parameters(), *reader.together.parameters()]
    optimizer = torch.optim.AdamW(learned, config.learning_rate / 2, weight_decay=1e-2)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate / 2, total_steps=config.track_steps)
    rng = torch.Generator().manual_seed(2)
    for step in range(config.track_steps):
        rows = torch.randint(len(lessons.motion), (config.track_batch,), generator=rng)
        flipped, moved = flip_alone(_pick(lessons.tracks, rows), lessons.motion[rows], rng)
        motion, count = reader.read_alone(flipped)
        known = moved >= 0
        loss = F.cross_entropy(motion[known], moved[known])
        loss = loss + F.cross_entropy(count, lessons.count[rows])
        pairs = torch.randint(len(straight), (config.track_batch,), generator=rng)
        turn = torch.rand(len(pairs), generator=rng) < 0.5
        one, other = lessons.first[pairs], lessons.second[pairs]
        first, second = torch.where(turn, other, one), torch.where(turn, one, other)
        label = torch.where(turn, swapped[pairs], straight[pairs])
        flipped_pair = flip_pair(_pick(lessons.tracks, first), _pick(lessons.tracks, second), label, rng)
        label = flipped_pair[2]
        together = reader.read_together(*flipped_pair[:2])
        loss = loss + F.cross_entropy(together, label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        if step % 200 == 0 or step == config.track_steps - 1:
            right = (motion[known].argmax(1) == moved[known]).float().mean()
            paired = (together.argmax(1) == label).float().mean()
            counted = (count.argmax(1) == lessons.count[rows]).float().mean()
            print(f"heads {step} motion {right:.3f} count {counted:.3f} pairs {paired:.3f}", flush=True)


def _pick(tracks: Tracks, rows: torch.Tensor) -> Tracks:
    moments = tracks.moments[rows]
    return Tracks(moments + PLACE_NOISE * torch.randn(moments.shape), tracks.features[rows].float())


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network reader of stories.")
    parser.add_argument("--out", type=Path, required=True, help="the file for its weights")
    parser.add_argument("--frame-steps", type=int, default=StoryReaderConfig.frame_steps)
    parser.add_argument("--track-clips", type=int, default=StoryReaderConfig.track_clips)
    args = parser.parse_args()
    config = StoryReaderConfig(frame_steps=args.frame_steps, track_clips=args.track_clips)
    train_story_reader(args.out, config)


if __name__ == "__main__":
    main()
