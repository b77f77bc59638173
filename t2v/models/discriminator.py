"""The discriminator: all frames small, glimpses of some in full, and how well a caption fits either.

Clips are (B, T, 3, H, W) about in [-1, 1], their times (B, T) in [0, 1], tokens (B, L). It has two heads (H = 2), each
with features, a caption and a score of its own: what moves in the small frames, and what things look like. Where the
config asks for it, words are also looked for in single glimpses (`match`): in a sum over things nobody sees whose
colour is whose.

Sources: few frames in full and all of them small, with separate losses, DVD-GAN (Clark et al. 2019); sparse frames with
their times, StyleGAN-V (Skorokhodov et al. 2022); glimpses, Mnih et al. 2014; features summed over things, Deep Sets
(Zaheer et al. 2017); the caption by inner product, projection discriminator (Miyato and Koyama 2018); words matched
with regions, AttnGAN (Xu et al. 2018) and XMC-GAN (Zhang et al. 2021).
"""

import math
from typing import NamedTuple

import torch
from torch import nn

from t2v.config import ModelConfig
from t2v.models.glimpses import GRID, crop, salient_places, shrink
from t2v.models.layers import TimeFeatures, add_coordinates, kaiming_init_, leaky_relu, mlp
from t2v.models.text import TextEncoder

HEADS = 2  # motion, glimpses
CROP_PX = 16  # side of a glimpse after folding
REGION_CONTRAST = 16.0  # of a word's attention to glimpses


class Encoding(NamedTuple):
    """What is found in B clips, before the last layers and any caption."""

    codes: list[torch.Tensor]  # of each head (B, N) of its own size
    regions: torch.Tensor | None  # (B, P, E), single glimpses


class Features(NamedTuple):
    """What the discriminator makes of B clips, whatever their captions."""

    heads: torch.Tensor  # (B, H, C)
    regions: torch.Tensor | None  # (B, P, E)


class CaptionFeatures(NamedTuple):
    """What it makes of captions (...), whose inner products with a clip's features say how well they fit."""

    heads: torch.Tensor  # (..., H, C)
    words: torch.Tensor | None  # (..., L, E), each in its context
    mask: torch.Tensor  # (..., L), True where there is a word

    def map(self, change) -> "CaptionFeatures":
        """The same with a change of shape to each part."""
        return CaptionFeatures(*(part if part is None else change(part) for part in self))


class Discriminator(nn.Module):
    """Clips and captions -> scores, one a head; more means more real, and more as the caption says."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.config = c = config
        T, width, fold = (
            c.discriminator_frames,
            c.discriminator_channels,
            max(1, c.discriminator_size_px // (2 * CROP_PX)),
        )
        self.closeups = sorted({round(i * (T - 2) / (c.closeups - 1)) for i in range(c.closeups)})
        self.time = TimeFeatures(c.time_octaves)
        self.motion1 = nn.Conv3d(6 + 2, 32, (3, 4, 4), (1, 2, 2), (1, 1, 1))
        self.motion2 = nn.Conv3d(32, 64, 4, 2, 1)
        self.motion3 = nn.Conv3d(64, 128, (4, 2, 2), (2, 2, 2), (1, 0, 0))
        self.motion = nn.Linear(128 * (T // 4) * 4, c.code_size)
        self.fuse_motion = mlp(c.code_size + T * self.time.size, c.code_size, c.code_size)
        # every pixel reaches the first layer as a channel: small corners die in one that halves the picture
        self.fold = nn.PixelUnshuffle(fold)
        self.glimpse1 = nn.Conv2d(8 * fold**2, width, 4, 2, 1)
        self.glimpse2 = nn.Linear(width * (min(CROP_PX, c.discriminator_size_px // 2) // 2) ** 2, c.hidden_size)
        self.glimpse3 = nn.Linear(c.hidden_size + 2, c.hidden_size)
        self.fuse_glimpses = mlp(len(self.closeups) * (c.hidden_size + self.time.size), c.code_size, c.code_size)
        self.uncond_head = nn.Parameter(torch.randn(HEADS, c.code_size) / math.sqrt(c.code_size))
        self.text = TextEncoder(words, c.word_size, c.text_size)
        self.caption = mlp(c.text_size, c.code_size, HEADS * c.code_size, linear_end=True)
        if c.region_size:
            self.region = nn.Linear(c.hidden_size + self.time.size, c.region_size)
            self.word = nn.Linear(c.text_size, c.region_size)
        self.register_buffer("usual_colour", torch.zeros(3))
        kaiming_init_(self)

    @property
    def lr_mults(self) -> list[tuple[nn.Module, float]]:
        """The parts that learn at another rate, and at what share of it: words that cannot be told apart yet must not
        become one."""
        words = [(self.word, 0.3)] if self.config.region_size else []
        return [(self.text, 0.3), (self.caption, 0.3), *words]

    @torch.no_grad()
    def set_usual_colour(self, colour: torch.Tensor) -> None:
        """Pixels are taken relative to this colour (3,)."""
        self.usual_colour.copy_(colour)

    def forward_features(self, clips: torch.Tensor, times: torch.Tensor, *, glimpses: bool = True) -> Features:
        """Clips (B, T, 3, H, W) at times (B, T) -> their features, whatever the caption; without `glimpses` those of
        the motion alone, heads (B, 1, code_size)."""
        codes, regions = self.encode(clips, times, glimpses=glimpses)
        return Features(self.fuse(codes), regions)

    def encode(self, clips: torch.Tensor, times: torch.Tensor, *, glimpses: bool = True) -> Encoding:
        """Clips (B, T, 3, H, W) at times (B, T) -> what each head finds in them, and in single glimpses."""
        clips = clips - self.usual_colour[:, None, None]
        when = self.time(times)  # (B, T, F)
        codes, regions = [torch.cat([self.encode_motion(clips), when.flatten(1)], 1)], None
        if glimpses:
            seen, when = self.encode_glimpses(clips), when[:, self.closeups]  # (B, N, M, hidden), (B, N, F)
            together = seen.sum(2) / math.sqrt(seen.shape[2])  # (B, N, hidden)
            codes.append(torch.cat([together, when], 2).flatten(1))
            if self.config.region_size:
                each = torch.cat([seen, when[:, :, None].expand(-1, -1, seen.shape[2], -1)], 3)
                regions = self.region(each).flatten(1, 2) / math.sqrt(self.config.region_size)  # (B, N * M, E)
        return Encoding(codes, regions)

    def fuse(self, codes: list[torch.Tensor]) -> torch.Tensor:
        """What each head finds in clips -> their features (B, H, code_size)."""
        heads = (self.fuse_motion, self.fuse_glimpses)
        return torch.stack([fuse(x) for fuse, x in zip(heads, codes, strict=False)], 1)

    def encode_motion(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W) -> how all frames, made small, change (B, code_size)."""
        small = shrink(clips, GRID)  # (B, T, 3, 16, 16)
        x = torch.cat([small, 2 * (small - small.mean(1, keepdim=True))], 2).transpose(1, 2)  # (B, 6, T, 16, 16)
        x = leaky_relu(self.motion1(add_coordinates(x)))  # (B, 32, T, 8, 8)
        x = leaky_relu(self.motion2(x))  # (B, 64, T / 2, 4, 4)
        x = leaky_relu(self.motion3(x))  # (B, 128, T / 4, 2, 2)
        return leaky_relu(self.motion(x.flatten(1)))

    def encode_glimpses(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W) -> what stands out at M places of N frames, and how it differs from the next (B, N, M,
        hidden)."""
        now, following = clips[:, self.closeups], clips[:, [i + 1 for i in self.closeups]]  # (B, N, 3, H, W)
        change = following - now
        frames = torch.cat([now, contrast(now), change, contrast(change)], 2).flatten(0, 1)  # (B * N, 8, H, W)
        places = salient_places(now.flatten(0, 1), self.config.glimpses)  # (B * N, M, 2)
        x = self.fold(crop(frames, places).flatten(0, 1))  # (B * N * M, 8 * fold**2, 16, 16)
        x = leaky_relu(self.glimpse1(x)).flatten(1)  # (B * N * M, width * 8 * 8)
        x = leaky_relu(self.glimpse2(x)).unflatten(0, places.shape[:2])  # (B * N, M, hidden)
        x = leaky_relu(self.glimpse3(torch.cat([x, places * 2 / (GRID - 1) - 1], 2)))  # (B * N, M, hidden)
        return x.unflatten(0, now.shape[:2])

    def embed_caption(self, tokens: torch.Tensor) -> CaptionFeatures:
        """Tokens (B, L) -> what says how well a clip fits."""
        text = self.text(tokens)
        codes = self.caption(text.sentence).unflatten(1, (HEADS, -1))
        words = self.word(text.states) if self.config.region_size else None
        return CaptionFeatures(codes / math.sqrt(codes.shape[2]), words, text.mask)

    def fit(self, features: Features, captions: CaptionFeatures) -> torch.Tensor:
        """How well captions (...) fit clips, by each head and, last, by their words, (..., H or H + 1); their leading
        sizes are broadcast against the clips'."""
        H = features.heads.shape[-2]
        fits = torch.einsum("...hc,...hc->...h", features.heads, captions.heads[..., :H, :])
        if features.regions is None:
            return fits
        return torch.cat([fits, match(captions.words, captions.mask, features.regions)[..., None]], -1)

    def score(self, features: torch.Tensor, captions: torch.Tensor) -> torch.Tensor:
        """The heads' features (B, H, code_size) and captions of that size -> scores (B, H); H may be fewer heads than
        there are."""
        H = features.shape[1]
        return (features * (self.uncond_head[:H] + captions[:, :H])).sum(2)

    def forward(self, clips: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        return self.score(self.forward_features(clips, times).heads, self.embed_caption(tokens).heads)


def match(words: torch.Tensor, mask: torch.Tensor, regions: torch.Tensor) -> torch.Tensor:
    """How well captions' words (..., L, E), where there are some by the mask (..., L), are found in a clip's regions
    (..., P, E): the mean over words of how well each fits the regions that it fits best, (...)."""
    similarity = words @ regions.mT  # (..., L, P)
    best = ((REGION_CONTRAST * similarity).softmax(-1) * similarity).sum(-1)  # (..., L)
    return (best * mask).sum(-1) / mask.sum(-1).clamp(min=1)


def contrast(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures (..., 3, H, W) -> how strong each pixel is, whatever its colour (..., 1, H, W): so a form that was
    learned in one colour is known in all."""
    return (pictures.square().sum(-3, keepdim=True) + 0.01).sqrt() - 0.1
