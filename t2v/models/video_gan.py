"""The video GAN: a generator that draws any instant of a clip, a discriminator that compares a few of them.

Tokens are (B, L) long with zero padding, times (B, T) in [0, 1], clips (B, T, 3, H, W) float in [-1, 1].

Sources: the sparse frames with their times, StyleGAN-V (Skorokhodov et al. 2022) and DIGAN (Yu et al. 2022); the
projection on the text, Miyato and Koyama 2018; FiLM, Perez et al. 2018; coordinates as channels, Liu et al. 2018; a
coordinate system that the code moves, turns and scales, StyleGAN3 (Karras et al. 2021); a soft blob in it, BlobGAN
(Epstein et al. 2022).
"""

import math
from itertools import pairwise

import torch
from torch import nn

from t2v.config import ModelConfig

LEAK = 0.2
WORD_SIZE = 64
FIRST_CONTRAST = 0.2  # how strongly an untrained generator draws
BLOB_SCALE = 4.0  # a first blob has a standard deviation of an eighth of the frame


class TextEncoder(nn.Module):
    """Words in order -> one code (B, text_size). A GRU reads them, so `up then right` is not `right then up`."""

    def __init__(self, words: int, text_size: int):
        super().__init__()
        self.embedding = nn.Embedding(words + 1, WORD_SIZE, padding_idx=0)
        self.gru = nn.GRU(WORD_SIZE, text_size, batch_first=True)
        self.norm = nn.LayerNorm(text_size)  # a GRU's states are small; the words should weigh as much as the noise

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(self.embedding(tokens))  # (B, L, text_size)
        last = (tokens != 0).sum(1).clamp(min=1) - 1  # (B,) position of the last word
        return self.norm(states[torch.arange(len(tokens), device=tokens.device), last])  # (B, text_size)


class TimeFeatures(nn.Module):
    """Times (...) -> (..., 1 + 2 * octaves): the time, and sines and cosines of pi * 2**j * time, divided by 2**j.

    So divided, all of them change equally fast, and an untrained network moves smoothly instead of trembling.
    """

    def __init__(self, octaves: int):
        super().__init__()
        self.size = 1 + 2 * octaves
        self.register_buffer("rates", math.pi * 2.0 ** torch.arange(octaves), persistent=False)

    def forward(self, times: torch.Tensor) -> torch.Tensor:
        angles = times[..., None] * self.rates
        heights = math.pi / self.rates
        return torch.cat([times[..., None], heights * angles.sin(), heights * angles.cos()], -1)


def add_coordinates(x: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W) -> (N, C + 2, H, W): two more channels say where each pixel is, from -1 to 1."""
    N, _, H, W = x.shape
    across = torch.linspace(-1, 1, W, device=x.device).expand(N, 1, H, W)
    down = torch.linspace(-1, 1, H, device=x.device)[:, None].expand(N, 1, H, W)
    return torch.cat([x, across, down], 1)


class Stage(nn.Module):
    """A frame's code -> where things are: five channels for each pixel of a picture of any size.

    Two say where the pixel is in the frame, two where it is in a system that the code moves, scales and turns, and one
    is a soft blob at that system's origin. To move an object, the code moves the system; the layers need not redraw it.
    """

    channels = 5

    def __init__(self, code_size: int):
        super().__init__()
        self.placement = nn.Linear(code_size, 5)  # centre (2), logarithm of the scale, and a direction (2)

    def forward(self, code: torch.Tensor, side: int) -> torch.Tensor:
        """code (N, code_size) -> (N, 5, side, side)."""
        centre_x, centre_y, log_scale, across, down = self.placement(code)[..., None, None].unbind(1)  # (N, 1, 1) each
        grid = torch.linspace(-1, 1, side, device=code.device)
        x, y = grid.expand(len(code), side, side), grid[:, None].expand(len(code), side, side)
        scale = BLOB_SCALE * log_scale.clamp(-3, 3).exp()
        length = torch.rsqrt(across.square() + down.square() + 1e-4)
        cos, sin = scale * across * length, scale * down * length
        moved_x, moved_y = x - centre_x, y - centre_y
        u, v = cos * moved_x + sin * moved_y, cos * moved_y - sin * moved_x  # (N, side, side)
        blob = torch.exp(-(u.square() + v.square()) / 2)
        return torch.stack([x, y, torch.tanh(u), torch.tanh(v), blob], 1)  # (N, 5, side, side)


def mlp(*sizes: int) -> nn.Sequential:
    """Linear layers with leaky ReLU after each."""
    layers = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*layers)


def keep_variance(network: nn.Module) -> None:
    """He et al. 2015: first weights that keep a signal's variance through leaky ReLUs.

    torch's own shrink it about sixfold a layer: noise and words would not reach the picture for thousands of steps. Not
    for the discriminator, where small first weights keep the first scores calm (LOG.md).
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=LEAK)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class UpBlock(nn.Module):
    """Twice the picture: transposed convolution, group norm, FiLM by the frame's code, leaky ReLU."""

    def __init__(self, channels_in: int, channels_out: int, code_size: int):
        super().__init__()
        self.conv = nn.ConvTranspose2d(channels_in + Stage.channels, channels_out, 4, 2, 1, bias=False)
        self.norm = nn.GroupNorm(math.gcd(8, channels_out), channels_out, affine=False)
        self.film = nn.Linear(code_size, 2 * channels_out)

    def forward(self, x: torch.Tensor, code: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """x (N, C, H, W), code (N, code_size), places (N, 5, H, W) -> (N, C_out, 2H, 2W)."""
        x = self.norm(self.conv(torch.cat([x, places], 1)))  # (N, C_out, 2H, 2W)
        scale, shift = self.film(code)[..., None, None].chunk(2, 1)  # (N, C_out, 1, 1) each
        return nn.functional.leaky_relu(x * (1 + scale) + shift, LEAK)


class Generator(nn.Module):
    """Noise + text -> a clip code; clip code + time -> a code per frame -> that frame. Time is continuous."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.config = config
        self.text = TextEncoder(words, config.text_size)
        self.clip_code = mlp(config.noise_size + config.text_size, config.code_size, config.code_size)
        self.time = TimeFeatures(config.time_octaves)
        self.frame_code = mlp(config.code_size + self.time.size, *[config.code_size] * 3)
        self.stage = Stage(config.code_size)
        widths = halved(config.generator_channels, config.frame_size_px)
        widths.append(widths[-1])  # the last doubling, to full size
        self.to_grid = nn.Linear(config.code_size, widths[0] * 4 * 4)
        self.blocks = nn.ModuleList(UpBlock(a, b, config.code_size) for a, b in pairwise(widths))
        self.to_rgb = nn.Conv2d(widths[-1] + Stage.channels, 3, 1)
        keep_variance(self)
        with torch.no_grad():  # begin near the white ground: at Adam's pace the way there takes a thousand steps
            self.to_rgb.weight.mul_(FIRST_CONTRAST)
            self.to_rgb.bias.fill_(1.0)

    def forward(self, noise: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """noise (B, noise_size), tokens (B, L), times (B, T) -> clips (B, T, 3, H, W), about in [-1, 1]."""
        return self.from_text(noise, self.text(tokens), times)

    def from_text(self, noise: torch.Tensor, text: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """The same from text codes (B, text_size), such as those between two prompts."""
        return self.draw(self.clip_code(torch.cat([noise, text], 1)), times)

    def draw(self, clip_code: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """clip_code (B, code_size), times (B, T) -> clips (B, T, 3, H, W)."""
        B, T = times.shape
        codes = torch.cat([clip_code[:, None].expand(-1, T, -1), self.time(times)], -1)  # (B, T, code + time)
        codes = self.frame_code(codes).flatten(0, 1)  # (B*T, code_size)
        x = self.to_grid(codes).view(B * T, -1, 4, 4)  # (B*T, C, 4, 4)
        for block in self.blocks:
            x = block(x, codes, self.stage(codes, x.shape[-1]))  # (B*T, C/2, 2H, 2W)
        # no tanh: white is the end of its range, and there it passes no gradient (LOG.md, blank clips)
        frames = self.to_rgb(torch.cat([x, self.stage(codes, x.shape[-1])], 1))  # (B*T, 3, H, W)
        return frames.view(B, T, *frames.shape[1:])

    def make_noise(self, rng: torch.Generator, frames: int) -> torch.Tensor:
        """The noise of one clip (noise_size,): the same for any number of frames."""
        return torch.randn(self.config.noise_size, generator=rng, device=rng.device)


class Discriminator(nn.Module):
    """k frames of a clip, stacked as channels, with their times and a caption -> a score; more means more real."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.text = TextEncoder(words, config.text_size)
        self.time = TimeFeatures(config.time_octaves)
        k = config.discriminator_frames
        widths = halved(config.discriminator_channels * config.frame_size_px // 4, config.frame_size_px)[::-1]
        # the first layer keeps every pixel: corners of small shapes die in one that halves the picture
        self.first = nn.Conv2d(3 * k + 2, config.discriminator_channels, 3, 1, 1)
        self.blocks = nn.ModuleList(
            nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise([config.discriminator_channels, *widths])
        )
        self.features = nn.Linear(widths[-1] * 4 * 4, config.code_size)
        self.realness = nn.Linear(config.code_size, 1, bias=False)  # only differences of scores count
        self.caption = mlp(config.text_size + k * self.time.size, config.code_size)
        self.projection = nn.Linear(config.code_size, config.code_size)

    def look(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, k, 3, H, W) -> features (B, code_size), before any word is heard."""
        x = nn.functional.leaky_relu(self.first(add_coordinates(clips.flatten(1, 2))), LEAK)  # (B, C, H, W)
        for block in self.blocks:
            x = nn.functional.leaky_relu(block(x), LEAK)  # (B, 2C, H/2, W/2)
        return nn.functional.leaky_relu(self.features(x.flatten(1)), LEAK)  # (B, code_size)

    def judge(self, features: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """Scores (B,): is this real, plus does it fit the caption (B, L) at these times (B, k)?"""
        heard = torch.cat([self.text(tokens), self.time(times).flatten(1)], 1)  # (B, text + k * time)
        code = self.projection(self.caption(heard))  # (B, code_size)
        return self.realness(features)[:, 0] + (features * code).sum(1) / math.sqrt(features.shape[1])

    def forward(self, clips: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        return self.judge(self.look(clips), tokens, times)


def halved(channels_at_4px: int, frame_size_px: int) -> list[int]:
    """Channels at 4x4, 8x8, ... up to half the frame's size, halved each time but never under 8."""
    doublings = int(math.log2(frame_size_px // 4))
    return [max(8, channels_at_4px // 2**i) for i in range(doublings)]
