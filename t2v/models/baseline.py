"""The tutorial's three networks, with its layer names and sizes, so that its own weight files load.

Every frame is drawn alone from fresh noise, and the discriminator never hears the caption: this is the lesson that
the baseline teaches, and it keeps it. Frames are (N, 3, 64, 64) float in [-1, 1].
"""

import torch
from torch import nn

from t2v.config import ModelConfig


class TextEmbedding(nn.Module):
    """Tokens (B, L), zero-padded -> the mean of the words' vectors (B, text_size). Words are fixed at random values."""

    def __init__(self, words: int, text_size: int):
        super().__init__()
        self.embedding = nn.Embedding(words + 1, text_size, padding_idx=0)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        count = (tokens != 0).sum(1, keepdim=True).clamp(min=1)
        return self.embedding(tokens).sum(1) / count  # (B, text_size)


class Generator(nn.Module):
    """noise (N, 100) and text (N, text_size) -> frames (N, 3, 64, 64)."""

    def __init__(self, noise_size: int, text_size: int):
        super().__init__()
        self.fc1 = nn.Linear(noise_size + text_size, 256 * 8 * 8)
        self.deconv1 = nn.ConvTranspose2d(256, 128, 4, 2, 1)
        self.deconv2 = nn.ConvTranspose2d(128, 64, 4, 2, 1)
        self.deconv3 = nn.ConvTranspose2d(64, 3, 4, 2, 1)

    def forward(self, noise: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        x = self.fc1(torch.cat([noise, text], 1)).view(-1, 256, 8, 8)  # (N, 256, 8, 8)
        x = torch.relu(self.deconv1(x))  # (N, 128, 16, 16)
        x = torch.relu(self.deconv2(x))  # (N, 64, 32, 32)
        return torch.tanh(self.deconv3(x))  # (N, 3, 64, 64)


class Discriminator(nn.Module):
    """Frames (N, 3, 64, 64) -> the probability that each is real (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 4, 2, 1)
        self.conv2 = nn.Conv2d(64, 128, 4, 2, 1)
        self.conv3 = nn.Conv2d(128, 256, 4, 2, 1)
        self.fc1 = nn.Linear(256 * 8 * 8, 1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        x = frames
        for conv in (self.conv1, self.conv2, self.conv3):
            x = nn.functional.leaky_relu(conv(x), 0.2)  # (N, 2C, H/2, W/2)
        return torch.sigmoid(self.fc1(x.flatten(1)))  # (N, 1)


class FrameByFrameGenerator(nn.Module):
    """The tutorial's embedding and generator behind the interface of the video GAN: a clip is T unrelated frames."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.config = config
        self.text = TextEmbedding(words, config.text_size).requires_grad_(False)
        self.frame = Generator(config.noise_size, config.text_size)

    def forward(self, noise: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """noise (B, T, noise_size), tokens (B, L), times (B, T), which go unheard -> clips (B, T, 3, 64, 64)."""
        return self.from_reading(noise, self.read(tokens), times)

    def read(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) -> what the text says (B, text_size)."""
        return self.text(tokens)

    def from_reading(self, noise: torch.Tensor, text: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """The same from text codes (B, text_size), such as those between two prompts."""
        B, T = times.shape
        text = text[:, None].expand(-1, T, -1)  # (B, T, text_size)
        frames = self.frame(noise.flatten(0, 1), text.flatten(0, 1))  # (B*T, 3, 64, 64)
        return frames.view(B, T, *frames.shape[1:])

    def make_noise(self, rng: torch.Generator, clips: int, frames: int, *, truncation: float = 1.0) -> torch.Tensor:
        """Fresh noise for every frame of clips (B, T, noise_size); as in the tutorial, none of it is truncated."""
        return torch.randn(clips, frames, self.config.noise_size, generator=rng, device=rng.device)
