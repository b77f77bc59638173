"""The discriminator: all frames small, glimpses of some in full, and how well a caption fits either.

Clips are (B, T, 3, H, W) about in [-1, 1], their times (B, T) in [0, 1], tokens (B, L). It has two heads, each with
features, a caption and a score of its own: what moves in the small frames, and what things look like. Against a
generator of several layers it has a third, whose words look for the glimpses that they are about (`matching`): H = 3.

Sources: few frames in full and all of them small, with separate losses, DVD-GAN (Clark et al. 2019); sparse frames with
their times, StyleGAN-V (Skorokhodov et al. 2022); glimpses, Mnih et al. 2014; features summed over things, Deep Sets
(Zaheer et al. 2017); the caption by inner product, projection discriminator (Miyato and Koyama 2018).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from t2v.config import ModelConfig
from t2v.models.glimpses import GRID, centroids, crop, salience_of, salient_places, shrink
from t2v.models.layers import TimeFeatures, add_coordinates, kaiming_init_, leaky_relu, mlp
from t2v.models.matching import GlimpseFeatures, WordFeatures, WordMatching, fit
from t2v.models.text import TextEncoder

CODE_HEADS = 2  # motion, glimpses; each has one code for a clip and one for a caption
PLACE_AND_STEP = 4  # numbers of a glimpse, x and y of each
FOLDED_FROM_PX = 32  # side of frames; of larger ones glimpses are folded, to as many cells as of such


class ClipFeatures(NamedTuple):
    """What the discriminator makes of clips, whatever the caption; fewer heads where it took no glimpses."""

    codes: torch.Tensor  # (B, 2 or 1, C)
    glimpses: GlimpseFeatures | None  # of B clips; None without a head for them

    def map(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "ClipFeatures":
        """The same with each tensor changed."""
        return ClipFeatures(change(self.codes), self.glimpses and GlimpseFeatures(*map(change, self.glimpses)))


class CaptionFeatures(NamedTuple):
    """What the discriminator makes of captions (..., L)."""

    codes: torch.Tensor  # (..., 2, C), whose inner products with those of clips say how well these fit
    words: WordFeatures | None  # of (...) captions

    def map(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "CaptionFeatures":
        """The same with each tensor changed."""
        return CaptionFeatures(change(self.codes), self.words and WordFeatures(*map(change, self.words)))


class Encoded(NamedTuple):
    """What each head finds in clips."""

    motion: torch.Tensor  # (B, N)
    glimpses: torch.Tensor | None = None  # (B, N), all together
    each: torch.Tensor | None = None  # (B, G, N), of G glimpses


class Discriminator(nn.Module):
    """Clips and captions -> scores, one a head; more means more real, and more as the caption says."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.config = c = config
        self.usual_colour: torch.Tensor
        T, width, frame = c.discriminator_frames, c.discriminator_channels, c.discriminator_size_px
        fold = max(1, frame // FOLDED_FROM_PX)
        crop_cells = round(c.glimpse_share * frame / fold)
        self.crop_px = crop_cells * fold
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
        self.glimpse2 = nn.Linear(width * (crop_cells // 2) ** 2, c.hidden_size)
        self.glimpse3 = nn.Linear(c.hidden_size + 2, c.hidden_size)
        self.fuse_glimpses = mlp(len(self.closeups) * (c.hidden_size + self.time.size), c.code_size, c.code_size)
        self.matching: WordMatching | None = None
        if c.matching_contrast:
            glimpse_size = c.hidden_size + PLACE_AND_STEP + self.time.size
            self.matching = WordMatching(
                c.hidden_size, glimpse_size, c.text_size, key_size=c.attention_size, hidden_size=c.hidden_size
            )
            self.uncond_words = nn.Parameter(torch.randn(c.hidden_size) / c.hidden_size)
        self.uncond_head = nn.Parameter(torch.randn(CODE_HEADS, c.code_size) / math.sqrt(c.code_size))
        self.text = TextEncoder(words, c.word_size, c.text_size)
        self.caption = mlp(c.text_size, c.code_size, CODE_HEADS * c.code_size, linear_end=True)
        self.register_buffer("usual_colour", torch.zeros(3))
        kaiming_init_(self)

    @property
    def heads(self) -> int:
        """How many scores of its own it gives."""
        return CODE_HEADS + (self.matching is not None)

    @property
    def lr_mults(self) -> list[tuple[nn.Module, float]]:
        """The parts that learn at another rate, and at what share of it: captions that cannot be told apart yet must
        not become one. Words that look for glimpses can be told soon."""
        return [(self.text, 0.3), (self.caption, 0.3)]

    @torch.no_grad()
    def set_usual_colour(self, colour: torch.Tensor) -> None:
        """Pixels are taken relative to this colour (3,)."""
        self.usual_colour.copy_(colour)

    def forward_features(self, clips: torch.Tensor, times: torch.Tensor, *, glimpses: bool = True) -> ClipFeatures:
        """Clips (B, T, 3, H, W) at times (B, T) -> features; without `glimpses` those of the motion alone."""
        return self.fuse(self.encode(clips, times, glimpses=glimpses))

    def encode(self, clips: torch.Tensor, times: torch.Tensor, *, glimpses: bool = True) -> Encoded:
        """Clips (B, T, 3, H, W) at times (B, T) -> what each head finds in them."""
        clips = clips - self.usual_colour[:, None, None]
        when = self.time(times)  # (B, T, F)
        motion = torch.cat([self.encode_motion(clips), when.flatten(1)], 1)
        if not glimpses:
            return Encoded(motion)
        each, when = self.encode_glimpses(clips), when[:, self.closeups]  # (B, N, M, hidden + 4), (B, N, F)
        appearance = each[..., : self.config.hidden_size].sum(2) / math.sqrt(each.shape[2])  # (B, N, hidden)
        together = torch.cat([appearance, when], 2).flatten(1)
        each = torch.cat([each, when[:, :, None].expand(-1, -1, each.shape[2], -1)], 3)
        return Encoded(motion, together, each.flatten(1, 2))

    def fuse(self, encoded: Encoded) -> ClipFeatures:
        """What each head finds in clips -> their features."""
        codes = [self.fuse_motion(encoded.motion)]
        if encoded.glimpses is not None:
            codes.append(self.fuse_glimpses(encoded.glimpses))
        each = None
        if self.matching is not None and encoded.each is not None:
            each = self.matching.glimpses(encoded.each)
        return ClipFeatures(torch.stack(codes, 1), each)

    def encode_motion(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W) -> how all frames, made small, change (B, code_size)."""
        small = shrink(clips, GRID)  # (B, T, 3, 16, 16)
        x = torch.cat([small, 2 * (small - small.mean(1, keepdim=True))], 2).transpose(1, 2)  # (B, 6, T, 16, 16)
        x = leaky_relu(self.motion1(add_coordinates(x)))  # (B, 32, T, 8, 8)
        x = leaky_relu(self.motion2(x))  # (B, 64, T / 2, 4, 4)
        x = leaky_relu(self.motion3(x))  # (B, 128, T / 4, 2, 2)
        return leaky_relu(self.motion(x.flatten(1)))

    def encode_glimpses(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W) -> what stands out in N frames, and how it differs from the next: M glimpses of each,
        their looks, places and steps until the next frame (B, N, M, hidden + 4)."""
        now, after = clips[:, self.closeups], clips[:, [i + 1 for i in self.closeups]]  # (B, N, 3, H, W)
        change = after - now
        frames = torch.cat([now, contrast(now), change, contrast(change)], 2).flatten(0, 1)  # (B * N, 8, H, W)
        salience = salience_of(now.flatten(0, 1))  # (B * N, 16, 16)
        salient = salient_places(salience, self.config.glimpses)
        places = salient.places  # (B * N, M, 2)
        x = self.fold(crop(frames, places, self.crop_px).flatten(0, 1))  # (B * N * M, 8 * fold**2, S, S)
        x = leaky_relu(self.glimpse1(x)).flatten(1)  # (B * N * M, width * S / 2 * S / 2)
        x = leaky_relu(self.glimpse2(x)).unflatten(0, places.shape[:2])  # (B * N, M, hidden)
        x = leaky_relu(self.glimpse3(torch.cat([x, centred(places)], 2)))  # (B * N, M, hidden)
        where = centroids(salience, salient)  # (B * N, M, 2)
        steps = centroids(salience_of(after.flatten(0, 1)), salient) - where
        return torch.cat([x, centred(where), self.config.step_gain * steps], 2).unflatten(0, now.shape[:2])

    def embed_caption(self, tokens: torch.Tensor) -> CaptionFeatures:
        """Tokens (B, L) -> features of B captions."""
        text = self.text(tokens)
        codes = self.caption(text.sentence).unflatten(1, (CODE_HEADS, -1))
        words = None if self.matching is None else self.matching.words(text)
        return CaptionFeatures(codes / math.sqrt(codes.shape[2]), words)

    def fits(self, clips: ClipFeatures, captions: CaptionFeatures) -> torch.Tensor:
        """How well clips fit captions, of leading dimensions (...) that broadcast -> (..., H)."""
        of_codes = (clips.codes * captions.codes[..., : clips.codes.shape[-2], :]).sum(-1)  # (..., 2 or 1)
        if clips.glimpses is None:
            return of_codes
        assert captions.words is not None
        of_words = fit(clips.glimpses, captions.words, self.config.matching_contrast)  # (...)
        return torch.cat([of_codes, of_words[..., None]], -1)

    def score(self, clips: ClipFeatures, captions: CaptionFeatures) -> torch.Tensor:
        """Features of B clips and their captions -> scores (B, H); H may be fewer heads than there are."""
        return self.unconditional(clips) + self.fits(clips, captions)

    def unconditional(self, clips: ClipFeatures) -> torch.Tensor:
        """What of the scores (B, H) does not depend on the caption."""
        scores = (clips.codes * self.uncond_head[: clips.codes.shape[1]]).sum(2)
        if clips.glimpses is None:
            return scores
        return torch.cat([scores, (clips.glimpses.values.mean(1) @ self.uncond_words)[:, None]], 1)

    def forward(self, clips: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        return self.score(self.forward_features(clips, times), self.embed_caption(tokens))


def centred(places: torch.Tensor) -> torch.Tensor:
    """Places in cells of the map -> from -1 to 1."""
    return places * 2 / (GRID - 1) - 1


def contrast(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures (..., 3, H, W) -> how strong each pixel is, whatever its colour (..., 1, H, W): so a form that was
    learned in one colour is known in all."""
    return (pictures.square().sum(-3, keepdim=True) + 0.01).sqrt() - 0.1
