"""Clips of things that are in no grammar of ours: letters that cross coloured grounds, with captions of their own.

`PYTHONPATH=. python tests/campaigns/foreign.py [--clips 600] [--steps 4000] [--seed 0] [--out DIR] [--measure]` writes
such a folder, trains preset `own` on it, and asks a small classifier, trained on real clips alone, about clips of
captions never trained. Clips are (T, H, W, 3) uint8 on disk, and (B, T, 3, H, W) float in [-1, 1] for the classifier.
"""

import argparse
import itertools
import math
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn
from torch.nn.functional import cross_entropy

from t2v.media.clips import write_clip

Colour = tuple[int, int, int]

LETTERS = "ARSEKO"
GROUNDS = {"grass": (120, 180, 90), "sand": (230, 205, 140), "water": (90, 140, 200)}
WAYS = {"east": (1, 0), "west": (-1, 0), "north": (0, -1), "south": (0, 1)}
INKS = [(40, 30, 60), (160, 30, 40), (250, 250, 245)]
SIDE_PX, FRAMES = 64, 10
SEEN = [0, FRAMES // 2, FRAMES - 1]  # frames of a clip that the classifier is shown
TIMES = np.linspace(-0.5, 0.5, FRAMES)
CLIPS_ASKED = 200


class Kind(NamedTuple):
    """What a clip shows; the ink is left open."""

    letter: str
    way: str
    ground: str

    @property
    def caption(self) -> str:
        return f"the letter {self.letter} drifts {self.way} over {self.ground}"

    @property
    def held_out(self) -> bool:
        return zlib.crc32(self.caption.encode()) % 4 == 0


KINDS = [Kind(*words) for words in itertools.product(LETTERS, WAYS, GROUNDS)]
TRAINED, HELD_OUT = [k for k in KINDS if not k.held_out], [k for k in KINDS if k.held_out]


def draw(
    variant: Kind, rng: np.random.Generator, times: np.ndarray = TIMES, *, inks: Sequence[Colour] = INKS
) -> np.ndarray:
    """One clip (T, H, W, 3): the letter, in some ink, size and place, goes about a third of the frame its way."""
    scale = 4  # drawn large, then averaged
    size = rng.uniform(0.6, 0.75) * SIDE_PX * scale
    way, length = np.array(WAYS[variant.way]), rng.uniform(0.3, 0.4)
    middle = 0.5 + rng.uniform(-0.08, 0.08, 2)
    font, ink = ImageFont.load_default(size), inks[rng.integers(len(inks))]
    frames = []
    for time in times:
        picture = Image.new("RGB", (SIDE_PX * scale,) * 2, GROUNDS[variant.ground])
        position = tuple((middle + time * length * way) * SIDE_PX * scale)
        ImageDraw.Draw(picture).text(position, variant.letter, ink, font, anchor="mm")
        frames.append(np.asarray(picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)))
    return np.stack(frames)


def write(folder: Path, clips: int, *, seed: int = 0) -> None:
    """GIFs of trained kinds, each equally often, with their captions in `metadata.csv`: clips as people have them."""
    rng = np.random.default_rng(seed)
    lines = ["file_name,text"]
    for i in range(clips):
        variant = TRAINED[i % len(TRAINED)]
        write_clip(folder / f"{i:04}.gif", draw(variant, rng))
        lines.append(f"{i:04}.gif,{variant.caption}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")


def as_input(shown: np.ndarray) -> torch.Tensor:
    """The `SEEN` frames of clips, (B, 3, H, W, 3) uint8 -> (B, 9, 32, 32) float."""
    frames = torch.from_numpy(shown).float() / 127.5 - 1
    return nn.functional.avg_pool2d(frames.permute(0, 1, 4, 2, 3).flatten(1, 2), SIDE_PX // 32)


class Classifier(nn.Module):
    """Which letter, way and ground: three small answers from one convolutional network."""

    def __init__(self):
        super().__init__()
        stages = [
            layer
            for before, after in ((9, 32), (32, 64), (64, 64))
            for layer in (nn.Conv2d(before, after, 3, 1, 1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2))
        ]
        self.body = nn.Sequential(*stages, nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 16, 128), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(128, n) for n in (len(LETTERS), len(WAYS), len(GROUNDS)))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        x = self.body(x)
        return [head(x) for head in self.heads]


def targets(kinds: list[Kind]) -> torch.Tensor:
    """(3, B): numbers of letters, ways and grounds."""
    rows = [[LETTERS.index(k.letter), list(WAYS).index(k.way), list(GROUNDS).index(k.ground)] for k in kinds]
    return torch.tensor(rows).T


def train_classifier(steps: int, *, clips: int = 4000, seed: int = 1) -> Classifier:
    """Trained on so many fresh real clips of all kinds, 32 a step, in inks, lights and noise of its own: else it takes
    a letter in an ink that it never saw for another letter (docs/LOG.md#a-reader-that-does-not-mind-the-ink)."""
    torch.manual_seed(seed)
    rng, classifier = np.random.default_rng(seed), Classifier()
    kinds = [KINDS[i] for i in rng.integers(len(KINDS), size=clips)]
    strays = [(np.array(INKS[i]) + 64 * rng.normal(size=3)).clip(0, 255) for i in rng.integers(len(INKS), size=clips)]
    inks = [tuple(ink.astype(int).tolist()) for ink in strays]
    drawn = [draw(variant, rng, TIMES[SEEN], inks=[ink]) for variant, ink in zip(kinds, inks, strict=True)]
    inputs, answers = as_input(np.stack(drawn)), targets(kinds)  # (N, 9, 32, 32), (3, N)
    optimizer = torch.optim.Adam(classifier.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3 * steps // 4], gamma=0.1)
    for _ in range(steps):
        chosen = torch.randint(clips, (32,))
        light, noise = 1 + 0.3 * (torch.rand(32, 1, 1, 1) - 0.5), 0.2 * torch.rand(32, 1, 1, 1)
        x = light * inputs[chosen] + noise * torch.randn(32, *inputs.shape[1:])
        loss = sum(cross_entropy(a, t) for a, t in zip(classifier(x), answers[:, chosen], strict=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return classifier.eval()


@torch.no_grad()
def accuracy(classifier: Classifier, clips: np.ndarray, kinds: list[Kind]) -> dict[str, float]:
    """The share of clips (B, T, H, W, 3) that show the letter, the way and the ground asked for, and all three."""
    right = torch.stack([a.argmax(1) for a in classifier(as_input(clips[:, SEEN]))]) == targets(kinds)  # (3, B)
    shares = dict(zip(("letter", "way", "ground"), right.float().mean(1).tolist(), strict=True))
    both = (right[0] & right[1]).float().mean().item()
    return shares | {"letter and way": both, "all": right.all(0).float().mean().item()}


def real_clips(kinds: list[Kind], *, seed: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([draw(variant, rng) for variant in kinds])


def measured(out: Path) -> None:
    """Print how the run of `out` fares, and how real clips do with the same classifier, which is kept there."""
    from t2v import load

    kept = out / "classifier.pt"
    if not kept.exists():
        torch.save(train_classifier(1500).state_dict(), kept)
    classifier = Classifier().eval()
    classifier.load_state_dict(torch.load(kept, weights_only=True))
    sampler = load(out / "run")
    for name, kinds in (("trained", TRAINED), ("held out", HELD_OUT)):
        requests = [variant for variant in kinds for _ in range(math.ceil(CLIPS_ASKED / len(kinds)))]
        print(name, "real", len(requests), accuracy(classifier, real_clips(requests), requests))
        print(
            name,
            "made",
            len(requests),
            accuracy(classifier, sampler([k.caption for k in requests], frames=FRAMES), requests),
        )


def main() -> None:
    from t2v.presets import preset
    from t2v.training.loop import train
    from t2v.training.own import lasting

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=600)
    parser.add_argument("--steps", type=int, default=preset("own").steps)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(tempfile.mkdtemp()))
    parser.add_argument("--measure", action="store_true", help="what is there, trained so far")
    args = parser.parse_args()
    if not args.measure:
        if not (args.out / "data").exists():
            write(args.out / "data", args.clips)
        recipe = replace(lasting(preset("own"), args.steps), seed=args.seed)
        resume = (args.out / "run" / "state.pt").exists()
        train(recipe, args.out / "run", data=args.out / "data", device="cpu", resume=resume)
    measured(args.out)


if __name__ == "__main__":
    main()
