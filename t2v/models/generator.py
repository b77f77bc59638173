"""The generator: a clip is a background and K layers that move over it, composited back to front.

What a layer shows and how it moves follows from the words that it attends to and from noise of its own. Its appearance
is decoded once, or at a few keyframes; its pose is integrated from velocities that attend to the words at each time, so
that a motion never seen is made of words that are known. Nothing here knows a grammar.

Tokens are (B, L), times (B, T) in [0, 1], clips (B, T, 3, H, W) about in [-1, 1]. Places reach from -1 to 1, x to the
right and y down.

Sources: layers composited by a recursive generator, LR-GAN (Yang et al. 2017); what, where and whether apart, AIR
(Eslami et al. 2016); sprites learned from pictures of them, DTI-Sprites (Monnier et al. 2021); content apart from
motion, MoCoGAN (Tulyakov et al. 2018); time as an input, DIGAN (Yu et al. 2022).
"""

import math
from functools import partial
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import group_norm, interpolate

from t2v.config import ModelConfig
from t2v.models.compositing import Scene, Trajectory, composite
from t2v.models.following import Following, ReferenceFrames
from t2v.models.layers import TimeFeatures, add_coordinates, isru, kaiming_init_, leaky_relu, mlp
from t2v.models.placing import keep_apart
from t2v.models.presence import Presence, shown
from t2v.models.text import Attention, CaptionPlaces, TextEncoder, TextFeatures, nearness

PLACE, FLIPS = slice(0, 2), slice(2, 5)  # of a layer's noise; the rest is what networks take
ALWAYS = 6.0  # a flip logit that surely allows it; the negative of it surely does not


class Reading(NamedTuple):
    """What the generator takes from a caption, of one size for every caption, so that two can be mixed (`morph`)."""

    sentence: torch.Tensor  # (B, D)
    identity: torch.Tensor  # (B, K, D), which words say what each layer is
    presence: torch.Tensor  # (B, K) logits: the layer is shown where it is above 0
    motion: torch.Tensor  # (B, K, I, A * E), which words say how each layer moves at each time


class Decoder(nn.Module):
    """Codes (N, C) -> pictures (N, out, side, side), from 4 x 4 by doubling; the code modulates every stage."""

    def __init__(self, code_size: int, out: int, side: int, channels: int):
        super().__init__()
        self.first = nn.Linear(code_size, channels * 16)
        self.convolutions, self.modulations = nn.ModuleList(), nn.ModuleList()
        for _ in range(int(math.log2(side // 4))):
            fewer = max(16, channels // 2)
            self.convolutions.append(nn.Conv2d(channels + 2, fewer, 3, 1, 1))
            self.modulations.append(nn.Linear(code_size, 2 * fewer))
            channels = fewer
        self.last = nn.Conv2d(channels, out, 3 if len(self.convolutions) else 1, 1, 1 if len(self.convolutions) else 0)

    def forward(self, code: torch.Tensor) -> torch.Tensor:
        x = leaky_relu(self.first(code)).unflatten(1, (-1, 4, 4))  # (N, C, 4, 4)
        for convolve, modulate in zip(self.convolutions, self.modulations, strict=True):
            x = convolve(add_coordinates(interpolate(x, scale_factor=2)))  # (N, C / 2, 2h, 2w)
            scale, shift = modulate(code)[:, :, None, None].chunk(2, 1)
            x = leaky_relu(group_norm(x, 4) * (1 + 0.3 * scale) + 0.3 * shift)
        return self.last(x)  # (N, out, side, side)


class Generator(nn.Module):
    """Noise and tokens -> a `Scene` -> frames at any times."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.config = c = config
        self.disc: torch.Tensor
        self.velocity_units: torch.Tensor
        self.velocity_tops: torch.Tensor
        self.bins: torch.Tensor
        K, A = c.layers, c.attention_heads
        self.text = TextEncoder(words, c.word_size, c.text_size)
        self.time = TimeFeatures(c.time_octaves)
        self.layer_embedding = nn.Parameter(torch.randn(K, c.word_size))
        keys = (c.text_size, c.attention_size, c.attention_contrast, c.word_competition)
        self.identity_attention = Attention(c.word_size, *keys)
        self.motion_attention = nn.ModuleList(Attention(self.time.size + c.word_size, *keys) for _ in range(A))
        self.caption_places = CaptionPlaces(K, c.place_contrast) if K > 1 else None
        self.identity_norm = nn.Identity() if c.sentence_in_layers else nn.LayerNorm(c.text_size)
        texts = 2 if c.sentence_in_layers else 1
        self.mapping = mlp(2 * c.noise_size + texts * c.text_size, c.code_size, c.code_size)
        self.texture = Decoder(c.code_size + self._time_size(c.keyframes), 4, c.texture_size_px, c.decoder_channels)
        self.tint = nn.Linear(c.code_size, 3) if c.tint else None
        hidden = c.hidden_size
        self.velocity_coeffs = nn.Linear(A * c.word_size, 4 * c.temporal_basis_size, bias=False)
        self.temporal_basis = mlp(
            self.time.size + 2 * c.noise_size, hidden, hidden, c.temporal_basis_size - 1, linear_end=True
        )
        self.pace = nn.Linear(c.code_size, 4)
        self.start = mlp(c.code_size + 4, hidden, 6, linear_end=True)
        motion_size = A * c.word_size + self.time.size
        limits = {"weight": c.following_weight, "lag": c.following_lag}
        self.following = Following(c.code_size, motion_size, c.attention_size, **limits) if K > 1 else None
        self.visibility = nn.Linear(c.code_size, 2)  # presence of a single layer, and depth
        self.presence = Presence(words, K) if K > 1 else None
        self.background_mapping = mlp(2 * c.noise_size + c.text_size, c.code_size, c.code_size)
        self.background = Decoder(
            c.code_size + self._time_size(c.background_keyframes), 3, c.background_size_px, c.background_channels
        )
        self.flip = nn.Linear(2 * c.text_size, 3)
        kaiming_init_(self)
        first_place = self.start[-1]
        assert isinstance(first_place, nn.Linear) and self.background.last.bias is not None
        with torch.no_grad():
            self.flip.weight.zero_()
            self.flip.bias.copy_(torch.tensor([-ALWAYS, -ALWAYS, 0.0]))
            if self.tint is not None:
                self.tint.weight.mul_(0.4)
            for weight in (self.texture.last.weight, first_place.weight, self.pace.weight, self.visibility.weight):
                weight.mul_(0.3)
            self.velocity_coeffs.weight.mul_(c.first_speed)
            if self.following is not None:
                self.following.zero_init_()
            self.background.last.weight.mul_(0.1)
        radius = coordinates_radius(c.texture_size_px)
        self.register_buffer("disc", c.texture_size_px / 2 * (c.first_disc - radius), persistent=False)
        self.register_buffer("velocity_units", torch.tensor(c.velocity_units), persistent=False)
        self.register_buffer("velocity_tops", torch.tensor(c.velocity_tops), persistent=False)
        self.register_buffer("bins", (torch.arange(c.time_bins) + 0.5) / c.time_bins, persistent=False)

    @property
    def lr_mults(self) -> list[tuple[nn.Module, float]]:
        """The parts that learn at another rate: a background that is too quick draws what layers should, a layer that
        is gone too soon is never learned, one that follows another too soon is stuck at its limits, and flips and
        presence are asked about seldom."""
        slow = [(self.background, 0.3), (self.background_mapping, 0.3), (self.visibility, 0.03)]
        of_several = [(self.following, 0.1), (self.presence, 30.0)]
        return [*slow, (self.flip, 10.0), *((part, rate) for part, rate in of_several if part is not None)]

    def _time_size(self, keyframes: int) -> int:
        """How many numbers tell a decoder which keyframe it draws."""
        return 0 if keyframes == 1 else self.time.size

    @torch.no_grad()
    def set_first_background(self, colour: torch.Tensor) -> None:
        """Let an untrained generator's background have this colour (3,)."""
        assert self.background.last.bias is not None
        self.background.last.bias.copy_(colour)

    @torch.no_grad()
    def begin_as_first_layer(self) -> None:
        """Let all layers ask for what the first one asks for, each at its own place of the caption, and show them."""
        assert self.presence is not None
        self.layer_embedding.copy_(self.layer_embedding[:1].expand_as(self.layer_embedding))
        self.presence.show(self.config.layers)

    def make_noise(self, rng: torch.Generator, clips: int, frames: int, *, truncation: float = 1.0) -> torch.Tensor:
        """The noise of clips (B, K + 1, 5 + noise_size), the same for any number of frames; the last row is the
        background's. The first two numbers of a row decide about the place, three more about flips.

        With a `truncation` below 1 all but these are that much nearer to what is usual (BigGAN, Brock et al. 2019).
        """
        c = self.config
        noise = torch.randn(clips, c.layers + 1, FLIPS.stop + c.noise_size, generator=rng, device=rng.device)
        return torch.cat([noise[..., : FLIPS.stop], truncation * noise[..., FLIPS.stop :]], 2)

    def forward(
        self, noise: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor, *, side: int | None = None
    ) -> torch.Tensor:
        """noise (B, K + 1, N), tokens (B, L), times (B, T) -> clips (B, T, 3, side, side); `side` is the model's own
        frame size unless given."""
        return self.from_reading(noise, self.read(tokens), times, side=side)

    def from_reading(
        self, noise: torch.Tensor, reading: Reading, times: torch.Tensor, *, side: int | None = None
    ) -> torch.Tensor:
        """The same from what the captions say, such as what lies between two of them."""
        return self.render(self.scene(noise, reading), times, side or self.config.frame_size_px)

    def read(self, tokens: torch.Tensor) -> Reading:
        """Tokens (B, L) -> what each layer attends to."""
        text = self.text(tokens)
        presence = self.presence_logits(tokens)
        identity, motion = self.attention(text, presence > 0)
        words = (motion @ text.words[:, None, None]).flatten(3)  # (B, K, I, A * E)
        states = (identity[:, :, None] @ self.states_nearby(text, identity))[:, :, 0]  # (B, K, D)
        return Reading(text.sentence, self.identity_norm(states), presence, words)

    def presence_logits(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) -> logits (B, K), above 0 for layers that are drawn."""
        if self.presence is None:
            return self.layer_embedding.new_ones(len(tokens), self.config.layers)
        return self.presence(tokens)

    def states_nearby(self, text: TextFeatures, identity: torch.Tensor) -> torch.Tensor:
        """Each word in its context as a layer reads it, (B, K or 1, L, D). Each of several, which attend to `identity`
        (B, K, L), reads the caption again, and words far from there are faint to it: else what a thing looks like
        follows from what is said about others (docs/LOG.md#layers-that-keep-apart)."""
        if self.config.layers < 2:
            return text.states[:, None]
        loud = nearness(identity, text.mask, self.config.nearby_contrast).exp()  # (B, K, L)
        words = (loud[..., None] * text.words[:, None]).flatten(0, 1)  # (B * K, L, E)
        mask = text.mask.repeat_interleave(self.config.layers, 0)
        return self.text.in_context(words, mask)[0].unflatten(0, loud.shape[:2])

    def attention(self, text: TextFeatures, drawn: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """How much each word says about what each layer is (B, K, L), and how it moves at each time (B, K, I, A, L), of
        layers that are `drawn` (B, K) or not. Each of several prefers a place of the caption, and what is said about
        how it moves near what it is."""
        K, bins = self.config.layers, len(self.bins)
        layers = self.layer_embedding.expand(len(text.mask), -1, -1)  # (B, K, E)
        places = text.states.new_zeros(1, K, 1) if self.caption_places is None else self.caption_places(text.mask)
        identity = self.identity_attention(layers, text, places, drawn)  # (B, K, L)
        if K > 1:
            places = places + nearness(identity, text.mask, self.config.nearby_contrast)  # (B, K, L)
        times = self.bin_features(len(layers))  # (B, K, I, F)
        queries = torch.cat([times, layers[:, :, None].expand(-1, -1, bins, -1)], 3).flatten(1, 2)  # (B, K * I, F + E)
        at_bins = places.repeat_interleave(bins, 1)  # (B, K * I, L)
        motion = torch.stack([attend(queries, text, at_bins, drawn) for attend in self.motion_attention], 2)
        return identity, motion.unflatten(1, (K, bins))

    def bin_features(self, clips: int) -> torch.Tensor:
        """Features of the middles of all time bins (B, K, I, F), as large as those of words."""
        return 4 * self.time(self.bins).expand(clips, self.config.layers, -1, -1)

    def scene(self, noise: torch.Tensor, reading: Reading) -> Scene:
        """noise (B, K + 1, N) and what the captions say -> all that the clips show."""
        start_noise, flipped = noise[:, :-1, PLACE], self.flipped(noise, reading)  # (B, K, 2), (B, K, 3)
        noise = 2 * torch.cat([noise[..., FLIPS.stop :], noise[..., FLIPS.stop :].sign()], 2)
        what = [self.config.identity_noise * noise[:, :-1], reading.identity]
        if self.config.sentence_in_layers:
            what.append(reading.sentence[:, None].expand(-1, self.config.layers, -1))
        code = self.mapping(torch.cat(what, 2))  # (B, K, C)
        textures = self.decode(self.texture, code, self.config.keyframes)  # (B, K, F, 4, S, S)
        limit = self.config.texture_size_px / 4
        distance = self.disc + limit * isru(self.config.edge_gain * textures[:, :, :, 3:] / limit)
        colours = blur(textures[:, :, :, :3], self.config.coarse_colours)  # (B, K, F, 3, S, S)
        colours = self.config.colour_gain * colours
        if self.tint is not None:
            colours = colours + self.tint(code)[:, :, None, :, None, None]
        textures = torch.cat([colours, distance], 3)
        # the code is not asked to hide what is still wrong: a layer that is gone is never learned
        visibility = isru(self.visibility(code.detach()) / 2)  # (B, K, 2)
        presence = torch.sigmoid(4 + 8 * visibility[..., 0])  # from 0.02 to 1
        if self.presence is not None:
            presence = shown(reading.presence, self.config.presence_slope)
        ground = self.background_mapping(torch.cat([noise[:, -1], reading.sentence], 1))  # (B, C)
        background = self.decode(self.background, ground, self.config.background_keyframes)  # (B, G, 3, h, w)
        trajectory = self.move(code, noise, start_noise, flipped, reading)
        if self.config.level_forms:
            cover, usual = distance.sigmoid().mean((2, 3, 4, 5)), self.disc.sigmoid().mean()  # (B, K)
            larger = (usual / cover).sqrt().clamp(max=self.config.largest_growth)
            trajectory = trajectory._replace(size=trajectory.size * larger[:, :, None])
        return Scene(
            textures,
            trajectory,
            presence,
            2 * visibility[..., 1],
            background,
        )

    def decode(self, decoder: Decoder, code: torch.Tensor, keyframes: int) -> torch.Tensor:
        """Codes (..., C) -> pictures at the keyframes (..., F, out, side, side)."""
        lead = code.shape[:-1]
        code = code[..., None, :].expand(*lead, keyframes, -1)
        if keyframes > 1:
            times = torch.linspace(0, 1, keyframes, device=code.device)
            code = torch.cat([code, self.time(times).expand(*lead, -1, -1)], -1)
        return decoder(code.flatten(0, -2)).unflatten(0, (*lead, keyframes))

    def flip_logits(self, reading: Reading) -> torch.Tensor:
        """How far the words let each layer's way across, way down and turning be flipped, (B, K, 3).

        A bounce may begin either way, and between both is nothing that is real: no gradient leads there, nor from one
        sense of turning to the other. So flips are drawn, and how often is learned from how both are judged.
        """
        sentence = reading.sentence[:, None].expand_as(reading.identity)
        return self.flip(torch.cat([reading.identity, sentence], 2))

    def flipped(self, noise: torch.Tensor, reading: Reading) -> torch.Tensor:
        """noise (B, K + 1, N) -> what is flipped of each layer's motion, (B, K, 3) bool: ways at most every second
        time, as of two ways both are right, turns always where the words say so."""
        most = torch.tensor([0.5, 0.5, 1.0], device=noise.device)
        return torch.special.ndtr(noise[:, :-1, FLIPS]) < most * torch.sigmoid(self.flip_logits(reading))

    def flip_other(self, noise: torch.Tensor, reading: Reading, chosen: torch.Tensor) -> torch.Tensor:
        """The noise of the same clips, but what of `chosen` (B, K, 3) was flipped is not, and the reverse."""
        flipped = self.flipped(noise, reading) ^ chosen
        noise = noise.clone()
        noise[:, :-1, FLIPS] = torch.full_like(noise[:, :-1, FLIPS], math.inf).masked_fill(flipped, -math.inf)
        return noise

    def render(self, scene: Scene, times: torch.Tensor, side: int) -> torch.Tensor:
        """The scene's clips (B, T, 3, side, side) at times (B, T)."""
        return composite(scene, times, side, self.config.edge_sharpness)

    def move(
        self,
        code: torch.Tensor,
        noise: torch.Tensor,
        start_noise: torch.Tensor,
        flipped: torch.Tensor,
        reading: Reading,
    ) -> Trajectory:
        """Layers' codes (B, K, C), noise (B, K + 1, ...) that networks take, noise of places (B, K, 2), what is flipped
        (B, K, 3) and the words of the motion -> trajectories."""
        bins = len(self.bins)
        times = self.bin_features(len(code))  # (B, K, I, F)
        each = noise[:, :-1, None].expand(-1, -1, bins, -1) / 2
        basis = self.temporal_basis(torch.cat([times, each], 3))  # (B, K, I, J - 1)
        basis = torch.cat([2 * torch.ones_like(basis[..., :1]), basis], 3)  # (B, K, I, J), the first is constant
        coeffs = self.velocity_coeffs(reading.motion).unflatten(3, (4, -1))  # (B, K, I, 4, J)
        velocity = (coeffs * basis[:, :, :, None]).sum(4) / math.sqrt(basis.shape[3])  # (B, K, I, 4)
        velocity = velocity * self.velocity_units * isru(self.pace(code)).exp()[:, :, None]
        velocity = self.velocity_tops * isru(velocity / self.velocity_tops)
        sign = 1 - 2 * flipped.to(velocity.dtype)  # (B, K, 3)
        sign = torch.stack([sign[..., 0], sign[..., 1], torch.ones_like(sign[..., 0]), sign[..., 2]], 2)
        velocity = velocity * sign[:, :, None]
        path = torch.cat([torch.zeros_like(velocity[:, :, :1]), velocity.cumsum(2) / bins], 2)  # (B, K, I + 1, 4)
        reach = path[..., :2].amax(2) - path[..., :2].amin(2)  # (B, K, 2)
        shorter = (1 + (reach / self.config.longest_path).square()).rsqrt()  # (B, K, 2)
        path = torch.cat([path[..., :2] * shorter[:, :, None], path[..., 2:]], 3)
        low, high = path[..., :2].amin(2), path[..., :2].amax(2)  # (B, K, 2)
        where, spread, size, angle = self.start(torch.cat([code, low, high], 2)).split([2, 2, 1, 1], 2)
        size = self.config.first_size * (0.6 * isru(size / 2)).exp()  # (B, K, 1)
        sizes = size * path[..., 2].clamp(-2, 2).exp()  # (B, K, I + 1)
        drawn, count = reading.presence > 0, self.config.start_candidates
        reference = None if self.following is None else self.following(code, self.at_ends(reading.motion), drawn)
        positions_of = partial(self.positions, path[..., :2], where, spread, size, reference)
        if reference is not None:
            start_noise = keep_apart(start_noise, positions_of, sizes, drawn, count=count)
        position = positions_of(start_noise[None])[0]  # (B, K, I + 1, 2)
        return Trajectory(position, sizes * self.config.texture_margin, angle / 2 + path[..., 3])

    def at_ends(self, motion: torch.Tensor) -> torch.Tensor:
        """The words of the motion (B, K, I, A * E) -> with features of time, at the ends of the time bins (B, K, I + 1,
        A * E + F), each the words of the bin before it."""
        ends = 4 * self.time(torch.linspace(0, 1, motion.shape[2] + 1, device=motion.device))  # (I + 1, F)
        words = torch.cat([motion[:, :, :1], motion], 2)  # (B, K, I + 1, A * E)
        return torch.cat([words, ends.expand(*words.shape[:2], -1, -1)], 3)

    def positions(
        self,
        path: torch.Tensor,
        where: torch.Tensor,
        spread: torch.Tensor,
        size: torch.Tensor,
        reference: ReferenceFrames | None,
        start_noise: torch.Tensor,
    ) -> torch.Tensor:
        """Paths (B, K, I + 1, 2) of layers of these sizes (B, K, 1), from places that C noises (C, B, K, 2) decide ->
        positions (C, B, K, I + 1, 2), in these frames of reference.

        A start is drawn evenly from all places that leave room for the whole path, as far as the code does not decide
        otherwise by `where` and `spread` (B, K, 2).
        """
        where = self.config.chosen_place * isru(where / self.config.chosen_place)
        share = torch.special.ndtr(start_noise * isru(spread).exp() + where)
        wall, low, high = 1 - size, path.amin(2), path.amax(2)
        start = torch.lerp(-wall - low, wall - high, share).maximum(-wall).minimum(wall)  # (C, B, K, 2)
        positions = start[..., None, :] + path  # (C, B, K, I + 1, 2)
        return positions if reference is None else reference.positions(positions, wall)


def blur(pictures: torch.Tensor, cells: int) -> torch.Tensor:
    """Pictures (..., S, S) without what is finer than so many pixels."""
    if cells == 1:
        return pictures
    coarse = nn.functional.avg_pool2d(pictures.flatten(0, -4), cells)
    return nn.functional.interpolate(coarse, scale_factor=cells, mode="bilinear").view_as(pictures)


def coordinates_radius(side: int) -> torch.Tensor:
    """How far each pixel of a square is from its middle, 1 at the middle of a side: (side, side)."""
    line = torch.linspace(-1, 1, side)
    return (line[:, None].square() + line.square()).sqrt()
