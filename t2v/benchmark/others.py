"""The same work done in other ways: the tutorial's loops, re-enacted, and a diffusion model of this size.

The tutorial's are written anew from what it does: one picture at a time, by PIL and OpenCV, in one process; then PNG
files read through a DataLoader, every prompt encoded by itself. Only its faults are left out: the circle is drawn.
"""

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import Compose, Normalize, ToTensor

from t2v.config import FRAMES, TrainConfig
from t2v.data.grammar import GRAMMARS
from t2v.models.baseline import Discriminator, Generator, TextEmbedding

SIDE_PX = 64
RADIUS_PX = 5
STEP_PX = 5
DENOISING_STEPS = 50


def write_dataset_by_the_tutorial(folder: Path, clips: int) -> None:
    """Its loop: a picture, every position and both rotations worked out anew for each frame, `cv2.imwrite`."""
    rng = random.Random(0)
    prompts = GRAMMARS["classic"].captions
    for i in range(clips):
        clip = folder / f"video_{i}"
        clip.mkdir(parents=True)
        (clip / "prompt.txt").write_text(rng.choice(prompts))
        for k in range(FRAMES):
            picture = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
            middle, moved = SIDE_PX // 2, SIDE_PX // 2 + k * STEP_PX % SIDE_PX - SIDE_PX // 4
            corners = (moved - RADIUS_PX, middle - RADIUS_PX, moved + RADIUS_PX, middle + RADIUS_PX)
            ImageDraw.Draw(picture).ellipse(corners, fill="red")
            for turn in (10 * k, -10 * k):
                picture.rotate(turn, center=(middle, middle), fillcolor="white")
            cv2.imwrite(str(clip / f"frame_{k}.png"), np.array(picture))


class Frames(Dataset):
    """All PNG frames of a folder with their prompts, one at a time."""

    def __init__(self, folder: Path):
        self.files = sorted(folder.glob("video_*/frame_*.png"))
        self.prompts = [(file.parent / "prompt.txt").read_text().strip() for file in self.files]
        self.to_tensor = Compose([ToTensor(), Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, str]:
        return self.to_tensor(Image.open(self.files[i])), self.prompts[i]


def training_by_the_tutorial(config: TrainConfig, folder: Path, device: torch.device) -> Callable[[], None]:
    """One step of its loop on a folder of frames: the same networks, batch and mathematics as our `baseline`."""
    model = config.model
    words = {word: i for i, word in enumerate(sorted({w for p in GRAMMARS["classic"].captions for w in p.split()}))}
    embedding = TextEmbedding(len(words), model.text_size).embedding.to(device)
    generator = Generator(model.noise_size, model.text_size).to(device)
    discriminator = Discriminator().to(device)
    loss_of = nn.BCELoss()
    generator_adam, discriminator_adam = (
        torch.optim.Adam(network.parameters(), lr=config.learning_rate, betas=config.betas)
        for network in (generator, discriminator)
    )
    loader = DataLoader(Frames(folder), batch_size=config.batch_size, shuffle=True, drop_last=True)
    batches = (batch for _ in iter(int, 1) for batch in loader)  # endless

    def step() -> None:
        frames, prompts = next(batches)
        discriminator.zero_grad()
        real = torch.ones(len(prompts), 1).to(device)
        loss_of(discriminator(frames.to(device)), real).backward()
        noise = torch.randn(len(prompts), model.noise_size).to(device)
        texts = [embedding(torch.tensor([words[w] for w in p.split()]).to(device)).mean(0) for p in prompts]
        fakes = generator(noise, torch.stack(texts))
        loss_of(discriminator(fakes.detach()), torch.zeros(len(prompts), 1).to(device)).backward()
        discriminator_adam.step()
        generator.zero_grad()
        loss_of(discriminator(fakes), real).backward()
        generator_adam.step()

    return step


class Block(nn.Module):
    """Two 3x3 convolutions in the plane and one in time, after Ho et al. 2022, Video Diffusion Models."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.first = nn.Conv3d(before, after, (1, 3, 3), padding=(0, 1, 1))
        self.second = nn.Conv3d(after, after, (1, 3, 3), padding=(0, 1, 1))
        self.time = nn.Conv3d(after, after, (3, 1, 1), padding=(1, 0, 0))
        self.norms = nn.ModuleList(nn.GroupNorm(8, after) for _ in range(2))
        self.skip = nn.Conv3d(before, after, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = nn.functional.silu(self.norms[0](self.first(x)))
        y = nn.functional.silu(self.norms[1](self.second(y)))
        return self.skip(x) + y + self.time(y)


class Denoiser(nn.Module):
    """A 3-D U-Net of 36 million parameters: one of a diffusion model's steps over a clip (B, 3, T, H, W).

    It lacks the attention of real ones, which would only make it slower, and is not trained: its time is what counts.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (96, 192, 384, 768)
        self.down = nn.ModuleList(Block(a, b) for a, b in zip((3, *widths), widths, strict=False))
        self.middle = Block(widths[-1], widths[-1])
        pairs = zip(widths[::-1], (*widths[-2::-1], widths[0]), strict=True)
        self.up = nn.ModuleList(Block(2 * a, b) for a, b in pairs)
        self.out = nn.Conv3d(widths[0], 3, 1)

    @torch.inference_mode()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = nn.functional.avg_pool3d(x, (1, 2, 2))
        x = self.middle(x)
        for block in self.up:
            x = nn.functional.interpolate(x, scale_factor=(1, 2, 2))
            x = block(torch.cat([x, skips.pop()], 1))
        return self.out(x)
