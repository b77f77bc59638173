"""The encoder: a clip and what its caption says -> the noise from which the generator would draw this clip.

It is used in training alone, so that a generator can begin with drawing real clips again. Each layer looks for its own
thing: by its words first, then also by what it and the others have come upon, and layers compete for cells of frames.

Clips are (B, T, 3, H, W) about in [-1, 1]; the noise here is (B, K + 1, 2 + noise_size), of each layer and, last, of
the background: places first, without the numbers that decide about flips.

Sources: variational autoencoders, Kingma and Welling 2014; layers inferred from pictures, AIR (Eslami et al. 2016);
layers that compete for places, slot attention (Locatello et al. 2020).
"""

from typing import NamedTuple

import torch
from torch import nn

from t2v.config import ModelConfig
from t2v.models.generator import Reading
from t2v.models.glimpses import shrink
from t2v.models.layers import add_coordinates, kaiming_init_, leaky_relu, mlp

FURTHEST = 3.0  # bound of means: noise is seldom further out
SUREST, VAGUEST = -8.0, 1.0  # bounds of log variances
LEAST_SHARE = 1e-3  # of each cell for each layer, however the others compete for it


class Posterior(NamedTuple):
    """Independent normal distributions of noise, (B, K + 1, N) each."""

    mean: torch.Tensor
    log_variance: torch.Tensor


class Encoder(nn.Module):
    """Clips and readings -> `Posterior`."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        c = config
        self.layers, self.heads, self.key_size = c.layers, c.encoder_heads, c.encoder_key_size
        T, W, S = c.discriminator_frames, 2 * c.encoder_channels, c.encoder_slot_size
        sizes = 2 * (2 + c.noise_size)  # of a mean and a log variance
        attended = T * self.heads * (W + 2)  # what a layer takes from all frames
        self.conv1 = nn.Conv2d(6 + 2, W // 2, 4, 2, 1)
        self.conv2 = nn.Conv2d(W // 2 + 2, W, 4, 2, 1)
        self.temporal = nn.Conv3d(W, W, (3, 1, 1), 1, (1, 0, 0))
        self.mix = nn.Conv2d(W + 2, W, 3, 1, 1)
        self.key = nn.Conv2d(W + 2, self.heads * self.key_size, 1)
        self.slot = mlp(2 * c.text_size + c.attention_heads * c.word_size, S, S)
        self.layer_embedding = nn.Parameter(torch.randn(c.layers, S))
        self.first_query = nn.Linear(S, self.heads * self.key_size)
        self.first_update = mlp(attended + S, 2 * S, S)
        self.others = nn.Linear(S, S)
        self.second_query = nn.Linear(S, T * self.heads * self.key_size)
        self.second_update = mlp(attended + 2 * S, 2 * S, 2 * S)
        self.layer = nn.Linear(2 * S, sizes)
        self.background = mlp(4 * 4 * W + c.text_size, S, sizes, linear_end=True)
        kaiming_init_(self)
        last = self.background[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():  # what nothing is known about yet has the mean of all noise
            for end in (self.layer, last):
                end.weight.mul_(0.1)

    def forward(self, clips: torch.Tensor, reading: Reading) -> Posterior:
        """Clips (B, T, 3, H, W) and what the generator takes from their captions -> `Posterior`. No gradient goes to
        the reading."""
        B, T = clips.shape[:2]
        cells = self.encode_frames(clips)  # (B, T, W, h, w)
        with_places = add_coordinates(cells.flatten(0, 1))  # (B * T, W + 2, h, w)
        keys = (
            self.key(with_places).flatten(2).unflatten(1, (self.heads, -1)).unflatten(0, (B, T))
        )  # (B, T, G, E, h * w)
        values = with_places.flatten(2).unflatten(0, (B, T))  # (B, T, W + 2, h * w)
        sentence = reading.sentence[:, None].expand(-1, self.layers, -1)  # (B, K, D)
        words = torch.cat([reading.identity, sentence, reading.motion.mean(2)], 2).detach()
        slots = self.slot(words) + self.layer_embedding  # (B, K, S)

        query = self.first_query(slots).unflatten(2, (self.heads, -1))  # (B, K, G, E)
        share = (torch.einsum("bkge,btgec->bktgc", query, keys) / self.key_size**0.5).softmax(-1)
        first = self.first_update(torch.cat([take(share, values), slots], 2))  # (B, K, S)
        asking = first + leaky_relu(self.others(first.sum(1, keepdim=True) - first))
        queries = self.second_query(asking).unflatten(2, (T, self.heads, -1))  # (B, K, T, G, E)
        logits = torch.einsum("bktge,btgec->bktgc", queries, keys) / self.key_size**0.5
        nobody = torch.zeros_like(logits[:, :1])
        competing = torch.cat([logits, nobody], 1).softmax(1)[:, :-1]  # (B, K, T, G, h * w)
        share = (competing + LEAST_SHARE) * logits.softmax(-1)
        features = take(share / share.sum(-1, keepdim=True), values)
        of_layers = self.layer(self.second_update(torch.cat([features, first, slots], 2)))  # (B, K, 2N)

        overview = shrink(cells.mean(1), 4).flatten(1)  # (B, W * 4 * 4)
        of_background = self.background(torch.cat([overview, reading.sentence.detach()], 1))[:, None]
        mean, log_variance = torch.cat([of_layers, of_background], 1).chunk(2, 2)  # (B, K + 1, N) each
        return Posterior(mean * (1 + mean.square() / FURTHEST**2).rsqrt(), log_variance.clamp(SUREST, VAGUEST))

    def encode_frames(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W) -> what is in each cell of each frame, (B, T, W, H / 4, W / 4)."""
        B, T = clips.shape[:2]
        x = torch.cat([clips, 2 * (clips - clips.mean(1, keepdim=True))], 2).flatten(0, 1)  # (B * T, 6, H, W)
        x = leaky_relu(self.conv1(add_coordinates(x)))  # (B * T, 32, H / 2, W / 2)
        x = leaky_relu(self.conv2(add_coordinates(x)))  # (B * T, W, H / 4, W / 4)
        over_time = self.temporal(x.unflatten(0, (B, T)).transpose(1, 2))  # (B, W, T, H / 4, W / 4)
        x = x + leaky_relu(over_time).transpose(1, 2).flatten(0, 1)
        return (x + leaky_relu(self.mix(add_coordinates(x)))).unflatten(0, (B, T))


def take(share: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Shares (B, K, T, G, cells) of values (B, T, W, cells) -> what each layer takes, (B, K, T * G * W)."""
    return torch.einsum("bktgc,btwc->bktgw", share, values).flatten(2)
