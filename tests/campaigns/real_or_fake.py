"""How often a fresh small classifier tells generated clips from real ones of the same prompts; 50% is chance.

`PYTHONPATH=. python tests/campaigns/real_or_fake.py [CHECKPOINT] [--clips 2000] [--steps 1500]` trains it on so many
clips of each and asks it about half as many others. It sees eight frames of 32 px; finer edges do not count.
"""

import argparse
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from t2v import load
from t2v.config import FRAMES
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS
from t2v.evaluation.observe import draw_real

SIDE_PX, BATCH, AT_ONCE = 32, 64, 100


def as_input(clips: np.ndarray) -> torch.Tensor:
    """Clips (B, T, H, W, 3) uint8 -> (B, 3, 8, 32, 32) in [-1, 1]."""
    x = torch.from_numpy(np.ascontiguousarray(clips[:, :8])).float().permute(0, 4, 1, 2, 3) / 127.5 - 1
    return avg_pool2d(x.flatten(1, 2), x.shape[-1] // SIDE_PX).unflatten(1, (3, 8))


def make_classifier() -> nn.Module:
    """Without batch normalisation, which knew all clips in training, by the means of batches that are half generated,
    and none afterwards."""
    channels, layers = (3, 32, 64, 96), []
    for before, after in pairwise(channels):
        layers += [nn.Conv3d(before, after, 4 if before > 3 else (3, 4, 4), 2, 1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.LazyLinear(1))


def both(sampler, captions: list[str], *, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Generated and real clips of the captions, as the classifier's input."""
    generated, real = [], []
    for start in range(0, len(captions), AT_ONCE):
        part = captions[start : start + AT_ONCE]
        clips = np.asarray(sampler(part, seeds=[seed + start + i for i in range(len(part))], frames=FRAMES))
        wanted = [GRAMMARS[sampler.grammar].parse(caption) for caption in part]
        generated.append(as_input(clips))
        real.append(as_input(draw_real(sampler.grammar, wanted, seed=seed + start, frame_size_px=clips.shape[2])))
    return torch.cat(generated), torch.cat(real)


def share_right(generated: torch.Tensor, real: torch.Tensor, *, clips: int, steps: int) -> float:
    """Of the clips after the first so many (N, 3, 8, 32, 32), how many a classifier trained on the first ones tells."""
    torch.manual_seed(0)
    rng, classifier = torch.Generator().manual_seed(0), make_classifier()
    classifier(generated[:2])
    optimizer = torch.optim.Adam(classifier.parameters(), 1e-3, weight_decay=1e-4)
    for _ in range(steps):
        rows = torch.randint(clips, (BATCH // 2,), generator=rng)
        x = torch.cat([generated[rows], real[rows]])
        y = torch.arange(BATCH).lt(BATCH // 2).float()
        loss = binary_cross_entropy_with_logits(classifier(x)[:, 0], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    classifier.eval()
    with torch.no_grad():
        right = torch.cat([classifier(generated[clips:]) > 0, classifier(real[clips:]) < 0])
    return right.float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", nargs="?", default="shapes")
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args()
    sampler = load(args.checkpoint)
    _, _, captions = scenes.sample(sampler.grammar, 11, torch.arange(args.clips + args.clips // 2))
    generated, real = both(sampler, captions, seed=5)
    share = share_right(generated, real, clips=args.clips, steps=args.steps)
    print(f"{args.checkpoint}: {share:.1%} of {2 * (args.clips // 2)} clips told, generated from real")


if __name__ == "__main__":
    main()
