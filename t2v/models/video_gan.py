"""The video GAN: a generator that draws any instant of a clip, a discriminator that compares a few of them.

Tokens are (B, L) long with zero padding, times (B, T) in [0, 1], clips (B, T, 3, H, W) float in [-1, 1].

The generator is layered and implicit: a clip is one object before a plain ground. What it is, an outline and a colour,
follows from the words and the noise. How it moves follows from the words: each pulls in a way of its own, and its
neighbours decide when it is heard, so that a motion never seen is made of words that are known. How fast it is and how
large, words and noise say together; where there is room for it all, and which way round it goes where words allow both,
is left to the noise; what words allow is asked, not reached in small steps, and so is the sense of turning. Nothing
more is told: which word means what, and what a star or a zigzag is, comes from the discriminator alone.

Sources: sparse frames with their times, StyleGAN-V (Skorokhodov et al. 2022); clips as functions of place and time,
DIGAN (Yu et al. 2022); content apart from motion, MoCoGAN (Tulyakov et al. 2018); coordinates that the code moves,
StyleGAN3 (Karras et al. 2021); objects composited over a ground, BlobGAN (Epstein et al. 2022); outlines as Fourier
series, Zahn and Roskies 1972; what lies between two clips, manifold mixup (Verma et al. 2019); clips side by side, so
that noise is heard, PacGAN (Lin et al. 2018); the projection on the text, Miyato and Koyama 2018; features summed over
all places, Deep Sets (Zaheer et al. 2017); few frames in full and all of them small, DVD-GAN (Clark et al. 2019); an
object seen in polar coordinates around itself, polar transformer networks (Esteves et al. 2018); attention to words,
AttnGAN (Xu et al. 2018), with fits as cosines, query-key normalization (Henry et al. 2020).
"""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import leaky_relu, normalize

from t2v.config import ModelConfig

LEAK = 0.2
WORD_SIZE = 64
FIRST_RADIUS = 0.25  # of the object, where the frame reaches from -1 to 1; e times more or less can be reached
FIRST_GROUND = 0.99  # nearly white
FIRST_STEPS = 0.3  # share of He's first weights in the layers that shape, colour and place the object
INSTANTS = 24  # of a clip at which words pull; between them everything moves in straight lines
PULLS = 8  # forms in time that the pull of a word is made of, the first of them constant
CONTRAST = 4.0  # how well a word fits an instant at most; with no bound, attention goes deaf (LOG.md)
QUERY_SIZE = 16
FIRST_PULLS = (0.5, 0.5, 0.01, 0.01)  # about how far an untrained object is pulled: across, down, in size, in turns
TOP_PULLS = (4.0, 4.0, 1.0, 2.0)  # and how far at most within a second
# How fast pulls, outlines and what the code adds (place, size, pace) learn: faster, they outrun the discriminator.
PACES, RIPPLE, PACE = (0.3, 0.3, 0.05, 0.015), 0.03, 0.3
MIRROR_PACE = 30.0  # what may be mirrored is asked seldom, and learned fast
# Of what words leave open: sizes and paces, up and down in logarithms, and when what turns is upright,
# before or after a clip begins, as a share of the clip.
MOST_SPREAD = (0.35, 0.6, 0.3)
CHANCES = 8  # numbers of the noise that alone decide the place (2), those three, and what is mirrored (3)
MIRROR = slice(5, CHANCES)  # the last three of them
ACROSS, DOWN, SENSE = range(3)  # what is mirrored: the way along either axis, and the sense of turning
MOST_MIRRORED = (0.5, 0.5, 1.0)  # as a share of all clips: of two ways both are right, of two senses one
SURE = 6.0  # how far words allow it when they surely do; the negative of it when they surely do not
NOISE_GAIN, TIME_GAIN = 2.0, 4.0  # the noise weighs as much as the words
ANGLES = 256  # at which an outline is worked out; between them it is straight
EDGE = 4.0  # slope of an edge per pixel: from ground to object within about one, which is anti-aliasing
GRID = 16  # pixels a side after the discriminator has folded a frame
POINT_SIZE, FRAME_SIZE = 256, 128  # features of a place, and of a frame
CLOSE_FRAMES = 3  # that the discriminator looks at in full size
THUMBNAIL_PX = 32  # side of the frames in which it follows the motion
FOLLOWED = 16  # filters whose finds it follows
NEARLY_NOTHING = 0.1  # a find weaker than this has no place
RINGS, BEARINGS = (0.4, 0.8, 1.2, 1.6), 32  # around the object, in radii of a disc of as much ink; points of each
AROUND_SIZE, AROUND_BEARINGS = 64, 9  # features of two frames seen around the object, and bearings a filter spans
HEARING_PACE = 0.1  # a discriminator's words learn slowly: those it cannot tell apart yet must not become one


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


def centroids(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, C, H, W), nowhere negative -> where each channel is on average, across and down, from -1 to 1, (N, 2C), and
    the root of how much there is of it, as a share of all places, (N, C)."""
    H, W = x.shape[2:]
    across, down = torch.linspace(-1, 1, W, device=x.device), torch.linspace(-1, 1, H, device=x.device)
    mass = x.sum((2, 3)) + NEARLY_NOTHING  # (N, C)
    where = torch.cat([x.sum(2) @ across / mass, x.sum(3) @ down / mass], 1)
    return where, (mass / (H * W)).sqrt()


def mlp(*sizes: int) -> nn.Sequential:
    """Linear layers with leaky ReLU after each."""
    layers = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*layers)


def keep_variance(network: nn.Module) -> None:
    """He et al. 2015: first weights that keep a signal's variance through leaky ReLUs.

    torch's own shrink it about sixfold a layer: words would not reach a score for thousands of steps (LOG.md).
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=LEAK)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def bounded(x: torch.Tensor) -> torch.Tensor:
    """Into (-1, 1), as tanh does, but still passing a gradient far out: what has gone to an end can come back."""
    return x * (1 + x.square()).rsqrt()


def cut(x: torch.Tensor) -> torch.Tensor:
    """Into [-1, 1], both ends reached exactly, and passing all of the gradient: what went too far can come back."""
    return x + (x.clamp(-1, 1) - x).detach()


class Outline(nn.Module):
    """A clip's code -> the object's outline: its radius in every direction, by a Fourier series of the direction.

    The series has no constant term, so outlines differ in form alone: no object can shrink to nothing by it. The finer
    a wave, the less of it there is at first and the slower it is learned: what nobody asks for stays smooth.
    """

    def __init__(self, code_size: int, harmonics: int):
        super().__init__()
        self.series = nn.Linear(code_size, 2 * harmonics)
        turns = torch.arange(ANGLES + 1) / ANGLES  # the last is the first
        k = torch.arange(1, harmonics + 1)[:, None]
        waves = torch.cat([torch.cos(2 * math.pi * k * turns), torch.sin(2 * math.pi * k * turns)])
        self.register_buffer("waves", RIPPLE * waves / torch.cat([k, k]), persistent=False)  # (2K, ANGLES + 1)

    def forward(self, code: torch.Tensor) -> torch.Tensor:
        """code (B, code_size) -> radii (B, ANGLES + 1), from 0 to 2 and about 1."""
        return 2 * torch.sigmoid(self.series(code) @ self.waves)


def at_turns(radii: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """The outlines' radii (B, ANGLES + 1) in the directions turns (B, ...) in [0, 1], in between by straight lines."""
    place = turns.flatten(1) * ANGLES  # (B, P)
    before = place.detach().long().clamp(0, ANGLES - 1)
    low, high = radii.gather(1, before), radii.gather(1, before + 1)
    return torch.lerp(low, high, place - before).view_as(turns)


def middles_of_instants() -> torch.Tensor:
    """The times (INSTANTS,) in the middle of each instant of a clip."""
    return (torch.arange(INSTANTS) + 0.5) / INSTANTS


class Words(TextEncoder):
    """Words in order -> what they say: their code, as above, and how they pull at the object at every instant.

    The way that a word pulls is its own, wherever it stands; when it is heard depends on the words beside it as well.
    So `up then` and `then right`, both known, are `up then right`, which is not.
    """

    def __init__(self, words: int, text_size: int, time_octaves: int):
        super().__init__(words, text_size)
        self.time = TimeFeatures(time_octaves)
        self.after, self.before = (nn.Linear(2 * WORD_SIZE, QUERY_SIZE, bias=False) for _ in range(2))
        self.when = nn.Sequential(mlp(self.time.size, WORD_SIZE), nn.Linear(WORD_SIZE, QUERY_SIZE))
        self.pull = nn.Linear(WORD_SIZE, 4 * PULLS)
        self.register_buffer("instants", middles_of_instants(), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) -> (B, text_size + INSTANTS * 4 * PULLS): the code and the pulls, which can be mixed with those
        of another prompt."""
        return torch.cat([super().forward(tokens), self.pulls(tokens).flatten(1)], 1)

    def heard(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) -> how much each word is heard at each instant (B, INSTANTS, L); they add up to 1.

        How well a word fits is a cosine, so that what is not heard can still be learned.
        """
        word = self.embedding(tokens)  # (B, L, WORD_SIZE)
        none = torch.zeros_like(word[:, :1])
        last, following = torch.cat([none, word[:, :-1]], 1), torch.cat([word[:, 1:], none], 1)
        after, before = self.after(torch.cat([last, word], 2)), self.before(torch.cat([word, following], 2))
        keys = after + before  # (B, L, QUERY_SIZE)
        queries = self.when(TIME_GAIN * self.time(self.instants))  # (INSTANTS, QUERY_SIZE)
        fits = CONTRAST * normalize(queries, dim=-1) @ normalize(keys, dim=-1).mT  # (B, INSTANTS, L)
        return fits.masked_fill((tokens == 0)[:, None], -torch.inf).softmax(2)

    def pulls(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) -> (B, INSTANTS, 4, PULLS): across, down, in size and in turns, in each form of a pull."""
        return (self.heard(tokens) @ self.pull(self.embedding(tokens))).unflatten(2, (4, PULLS))


class Sketch(NamedTuple):
    """A clip before it is drawn. Places reach from -1 to 1; `centre`, `radius` and `turned` are at INSTANTS + 1 even
    times from 0 to 1."""

    radii: torch.Tensor  # (B, ANGLES + 1), the outline: in every direction, in radii
    colour: torch.Tensor  # (B, 3) in [-1, 1]
    centre: torch.Tensor  # (B, I, 2)
    radius: torch.Tensor  # (B, I)
    turned: torch.Tensor  # (B, I), turns from where its outline stands

    def at(self, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Centre (B, T, 2), radius (B, T) and turns (B, T) at times (B, T)."""
        course = torch.cat([self.centre, self.radius[..., None], self.turned[..., None]], 2)  # (B, I, 4)
        place = times * INSTANTS
        before = place.detach().long().clamp(0, INSTANTS - 1)
        rows = before[..., None].expand(len(course), -1, 4)
        found = torch.lerp(course.gather(1, rows), course.gather(1, rows + 1), (place - before)[..., None])  # (B, T, 4)
        return found[..., :2], found[..., 2], found[..., 3]

    def seen_from_within(self, times: torch.Tensor, side: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Where each pixel lies in the object's own coordinates at times (B, T): distance from its centre (B, T, H, W)
        in radii, direction seen from there in [0, 1] turns (B, T, H, W), and the radius in pixels (B, T, 1, 1)."""
        centre, radius, turned = (x[..., None, None] for x in self.at(times))  # (B, T[, 2], 1, 1)
        pixel = (torch.arange(side, device=times.device) + 0.5) * 2 / side - 1
        x, y = (pixel - centre[:, :, 0]) / radius, (pixel[:, None] - centre[:, :, 1]) / radius
        cos, sin = (2 * math.pi * turned).cos(), (2 * math.pi * turned).sin()  # (B, T, 1, 1)
        u, v = cos * x + sin * y, cos * y - sin * x  # (B, T, H, W)
        distance = (u.square() + v.square() + 1e-4).sqrt()
        return distance, torch.atan2(v, u) / (2 * math.pi) + 0.5, radius * side / 2


class Course(nn.Module):
    """A clip's code, the pulls of its words and its chances -> where the object is, how large, and how far turned."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.time = TimeFeatures(config.time_octaves)
        self.forms = nn.Sequential(
            mlp(self.time.size + config.noise_size, WORD_SIZE, WORD_SIZE), nn.Linear(WORD_SIZE, PULLS - 1)
        )
        self.begin = nn.Linear(config.code_size, 3)  # place (2) and size
        self.pace = nn.Linear(config.code_size, 4)
        self.spread = nn.Linear(config.code_size, len(MOST_SPREAD))
        self.register_buffer("instants", middles_of_instants(), persistent=False)
        for name, values in (("paces", PACES), ("top", TOP_PULLS), ("most_spread", MOST_SPREAD)):
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def forward(
        self, code: torch.Tensor, pulls: torch.Tensor, noise: torch.Tensor, chances: torch.Tensor, reach: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """code (B, code_size), pulls (B, INSTANTS, 4, PULLS), noise (B, noise_size), chances (B, CHANCES), and the
        reach of the outline (B,) in radii -> centre (B, INSTANTS + 1, 2), radius and turns (B, INSTANTS + 1).

        The pulls make the way; the code sets its pace, the size, and where it begins. As far as the code does not say
        otherwise, that is drawn evenly from all places that leave room for the whole way; where it is longer than the
        room, it begins inside and leaves the frame.
        """
        evenly = 2 * torch.special.ndtr(chances[:, 2 : MIRROR.start]) - 1  # in [-1, 1]
        open_size, open_pace, open_start = evenly.unbind(1)  # (B,)
        spread = self.most_spread * torch.sigmoid(PACE * self.spread(code))  # (B, 3)
        pace = bounded(PACE * self.pace(code)) + (open_pace * spread[:, 1])[:, None]  # (B, 4)
        way = self.way(pulls, noise) * pace.exp()[:, None]  # (B, I, 4)

        place, size = (PACE * self.begin(code)).split([2, 1], 1)
        size = bounded(size) + (open_size * spread[:, 0])[:, None]  # (B, 1)
        # evenly: an object that could grow or turn at once would mend its size, or how its outline stands, in that way
        even = torch.linspace(0, 1, INSTANTS + 1, device=way.device)
        growth = way[:, -1:, 2] * (even - 0.5)  # (B, I): the code decides the size, and pulls only how it changes
        # Upright about when the clip begins, before or after, whatever the sense: so all that turns can share an
        # outline. What does not turn cannot lean.
        turned = way[:, -1:, 3] * (even - (open_start * spread[:, 2])[:, None])
        radius = FIRST_RADIUS * (size + growth).exp()  # (B, I)
        wall = (1 - reach * radius.amax(1))[:, None]  # (B, 1): how far out the centre may be
        low, high = -wall - way[..., :2].amin(1), wall - way[..., :2].amax(1)  # (B, 2)
        start = torch.lerp(low, high, torch.special.ndtr(chances[:, :2] + place))
        start = start.maximum(-wall).minimum(wall)  # where the way is longer than the room
        return start[:, None] + way[..., :2], radius, turned

    def way(self, pulls: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """How far the object has been pulled at INSTANTS + 1 times from 0 to 1: across, down, in size, in turns.

        The forms of pulls in time hear the noise and no word.
        """
        B = len(noise)
        time = TIME_GAIN * self.time(self.instants).expand(B, -1, -1)
        forms = self.forms(torch.cat([time, noise[:, None].expand(-1, INSTANTS, -1)], 2))  # (B, I, PULLS - 1)
        forms = torch.cat([2 * torch.ones_like(forms[..., :1]), forms], 2) / math.sqrt(PULLS)
        pulled = self.paces * (pulls * forms[:, :, None]).sum(3)  # (B, I, 4), a second
        pulled = self.top * bounded(pulled / self.top)
        return torch.cat([torch.zeros_like(pulled[:, :1]), pulled.cumsum(1) / INSTANTS], 1)


class Generator(nn.Module):
    """Noise + text -> a clip's code: what is shown. Both and the pulls of words -> a sketch -> its frames."""

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        self.config = config
        self.text = Words(words, config.text_size, config.time_octaves)
        self.clip_code = mlp(config.noise_size + config.text_size, config.code_size, config.code_size)
        self.outline = Outline(config.code_size, config.outline_harmonics)
        self.ground = nn.Parameter(torch.full((3,), FIRST_GROUND))
        self.colour = nn.Linear(config.code_size, 3)
        self.course = Course(config)
        self.mirror = nn.Linear(config.text_size, len(MOST_MIRRORED))
        self.register_buffer("most_mirrored", torch.tensor(MOST_MIRRORED), persistent=False)
        keep_variance(self)
        with torch.no_grad():
            self.text.pull.weight.unflatten(0, (4, PULLS)).mul_(
                (torch.tensor(FIRST_PULLS) / self.course.paces)[:, None, None]
            )
            for layer in (self.outline.series, self.colour):
                layer.weight.mul_(FIRST_STEPS)
            for layer in (self.course.begin, self.course.pace, self.course.spread):
                layer.weight.mul_(FIRST_STEPS / PACE)
            self.mirror.weight.zero_()
            self.mirror.bias.fill_(-SURE / MIRROR_PACE)
            # by lot, until it is known: were all to turn one way, half would have to turn back through standing still
            self.mirror.bias[SENSE] = 0.0

    def forward(
        self, noise: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor, *, side: int | None = None
    ) -> torch.Tensor:
        """noise (B, N), tokens (B, L), times (B, T) -> clips (B, T, 3, H, W), within [-1, 1].

        `side` is H and W in pixels, the model's own frame size unless given: the same scene in more or fewer pixels.
        """
        return self.from_text(noise, self.text(tokens), times, side=side)

    def read(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.text(tokens)

    def from_reading(self, noise, reading, times, *, side=None):
        return self.from_text(noise, reading, times, side=side)

    def from_text(
        self, noise: torch.Tensor, said: torch.Tensor, times: torch.Tensor, *, side: int | None = None
    ) -> torch.Tensor:
        """The same from what the words say (B, text_size + ...), such as what lies between two prompts."""
        return self.draw(self.sketch(noise, said), times, side or self.config.frame_size_px)

    def code(self, noise: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
        """noise (B, N), what the words say (B, ...) -> the clips' codes (B, code_size)."""
        return self.clip_code(torch.cat([NOISE_GAIN * noise[:, CHANCES:], said[:, : self.config.text_size]], 1))

    def sketch(self, noise: torch.Tensor, said: torch.Tensor) -> Sketch:
        """noise (B, N), what the words say (B, ...) -> all that a clip shows."""
        code = self.code(noise, said)
        pulls = said[:, self.config.text_size :].unflatten(1, (INSTANTS, 4, PULLS))
        radii = self.outline(code)
        centre, radius, turned = self.course(
            code, pulls, noise[:, CHANCES:], noise[:, :CHANCES], radii.detach().amax(1)
        )
        mirrored = self.mirrored(noise, said)
        centre = torch.where(mirrored[:, None, :SENSE], -centre, centre)
        turned = torch.where(mirrored[:, SENSE:], -turned, turned)
        return Sketch(radii, bounded(self.colour(code)), centre, radius, turned)

    def may_mirror(self, said: torch.Tensor) -> torch.Tensor:
        """How far the words allow ways across, ways down and the sense of turning to be mirrored (B, 3): at -SURE
        never, at 0 half as often as MOST_MIRRORED says, at SURE as often.

        A bounce may begin either way, and one who has begun to turn the wrong way must be able to turn round. Between
        both is nothing that is real, so no small step leads from one to the other.
        """
        return MIRROR_PACE * self.mirror(said[:, : self.config.text_size])

    def mirrored(self, noise: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
        """noise (B, N), what the words say (B, ...) -> what is mirrored: ACROSS, DOWN, SENSE (B, 3), bool."""
        return torch.special.ndtr(noise[:, MIRROR]) < self.most_mirrored * torch.sigmoid(self.may_mirror(said))

    def mirror_other(self, noise: torch.Tensor, said: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
        """Noise (B, N) of the same clips, but what of `kinds` (B,) was mirrored is not, and the reverse."""
        every_kind = torch.arange(len(MOST_MIRRORED), device=kinds.device)
        mirrored = self.mirrored(noise, said) ^ (kinds[:, None] == every_kind)  # (B, 3)
        chances = torch.full_like(noise[:, MIRROR], math.inf).masked_fill(mirrored, -math.inf)
        return torch.cat([noise[:, : MIRROR.start], chances, noise[:, MIRROR.stop :]], 1)

    def draw(self, sketch: Sketch, times: torch.Tensor, side: int) -> torch.Tensor:
        """Clips (B, T, 3, side, side) at times (B, T)."""
        distance, turns, radius_px = sketch.seen_from_within(times, side)  # (B, T, H, W)
        inside_px = (at_turns(sketch.radii, turns) - distance) * radius_px
        cover = torch.sigmoid(EDGE * inside_px)[:, :, None]  # (B, T, 1, H, W)
        return torch.lerp(cut(self.ground)[:, None, None], sketch.colour[:, None, :, None, None], cover)

    def make_noise(self, rng: torch.Generator, clips: int, frames: int, *, truncation: float = 1.0) -> torch.Tensor:
        """The noise of clips (B, N), the same for any number of frames: CHANCES, and noise_size that networks hear.

        With a `truncation` below 1 all of it but the place is that much nearer to what is most usual: less variety, and
        fewer clips at the borders of words (the truncation trick, BigGAN, Brock et al. 2019).
        """
        noise = torch.randn(clips, CHANCES + self.config.noise_size, generator=rng, device=rng.device)
        return torch.cat([noise[:, :2], truncation * noise[:, 2:]], 1)


class Discriminator(nn.Module):
    """k frames of a clip with their times, and a caption -> a score; more means more real, and more as told.

    Some frames are looked at closely. They all go through the same layers, and what these find is summed over all
    places: a star is a star wherever it is, and one found anywhere teaches all of them. And all frames are followed:
    a few filters find something in each, and where it is, how much of it, and how both change from frame to frame say
    how the clip moves. Around the object, ring by ring, an outline is a line and turning is a shift along it.
    """

    def __init__(self, config: ModelConfig, words: int):
        super().__init__()
        k, width, fold = config.discriminator_frames, config.discriminator_channels, config.frame_size_px // GRID
        close = sorted({i * (k - 1) // (CLOSE_FRAMES - 1) for i in range(CLOSE_FRAMES)})
        self.register_buffer("close", torch.tensor(close), persistent=False)
        # every pixel reaches the first layer as a channel: corners of small shapes die in one that halves the picture
        self.fold = nn.PixelUnshuffle(fold)
        self.first = nn.Conv2d(3 * fold**2 + 2, width, 3, 1, 1)
        self.second = nn.Conv2d(width, 2 * width, 4, 2, 1)
        self.point = nn.Conv2d(2 * width + 2, POINT_SIZE, 1)
        self.frame = nn.Linear(POINT_SIZE, FRAME_SIZE)
        self.time = TimeFeatures(config.time_octaves)
        self.followed = nn.Conv2d(3, FOLLOWED, 4, 2, 1, bias=False)  # no bias: white is nothing to follow
        track_size = k * (3 * FOLLOWED + self.time.size) + (k - 1) * 3 * FOLLOWED
        self.motion = mlp(track_size, config.code_size)
        bearings = 2 * math.pi * torch.arange(BEARINGS) / BEARINGS
        self.register_buffer("bearings", torch.stack([bearings.cos(), bearings.sin()]), persistent=False)
        self.register_buffer("rings", torch.tensor(RINGS), persistent=False)
        self.around = nn.Conv1d(  # of two frames, and which bearing it is
            2 * 3 * len(RINGS) + 2, AROUND_SIZE, AROUND_BEARINGS, padding=AROUND_BEARINGS // 2, padding_mode="circular"
        )
        self.seen_sizes = [len(close) * (FRAME_SIZE + self.time.size), track_size, AROUND_SIZE]
        self.clip = mlp(sum(self.seen_sizes) - track_size + config.code_size, config.code_size, config.code_size)
        self.realness = nn.Linear(config.code_size, 1, bias=False)  # only differences of scores count
        self.pair = mlp(3 * config.code_size, config.code_size, config.code_size)
        self.difference = nn.Linear(config.code_size, 1, bias=False)
        self.text = TextEncoder(words, config.text_size)
        self.caption = nn.Sequential(mlp(config.text_size, config.code_size), nn.Linear(*[config.code_size] * 2))
        keep_variance(self)
        nn.init.zeros_(self.difference.weight)  # before any pair was seen, to be one has no say

    @property
    def lr_mults(self) -> list[tuple[nn.Module, float]]:
        """The parts that do not learn at the full rate, and at what share of it they do."""
        return [(self.text, HEARING_PACE), (self.caption, HEARING_PACE)]

    def look(self, clips: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """Clips (B, k, 3, H, W) at times (B, k) -> features (B, code_size), before any word is heard."""
        return self.conclude(self.watch(clips, times))

    def watch(self, clips: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """Clips (B, k, 3, H, W) at times (B, k) -> all that is seen of them (B, ...): what some frames show; how all
        move, as places and masses; what the rings show. Between two clips' is what lies between them."""
        clips = clips - 1  # white is nothing
        close, when = self.look_closely(clips.index_select(1, self.close)), self.time(times.index_select(1, self.close))
        small = self.shrink(clips)
        return torch.cat([close.flatten(1), when.flatten(1), self.follow(small, times), self.look_around(small)], 1)

    def conclude(self, seen: torch.Tensor) -> torch.Tensor:
        """All that is seen of clips (B, ...) -> features (B, code_size)."""
        close, track, around = seen.split(self.seen_sizes, 1)
        return self.clip(torch.cat([close, self.motion(track), around], 1))

    def look_closely(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W), white at 0 -> what each frame shows, wherever it is: (B, T, FRAME_SIZE)."""
        x = leaky_relu(self.first(add_coordinates(self.fold(clips.flatten(0, 1)))), LEAK)  # (B*T, C, 16, 16)
        x = leaky_relu(self.second(x), LEAK)  # (B*T, 2C, 8, 8)
        x = leaky_relu(self.point(add_coordinates(x)), LEAK).flatten(2)  # (B*T, POINT_SIZE, 64)
        x = x.sum(2) / math.sqrt(x.shape[2])
        return leaky_relu(self.frame(x), LEAK).unflatten(0, clips.shape[:2])

    def find(self, clips: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Small clips (B, k, 3, H, W), white at 0 -> where in each frame every filter finds something, across and down
        (B, k, 2 * FOLLOWED), and how much (B, k, FOLLOWED)."""
        found = self.followed(clips.flatten(0, 1)).relu().square()  # (B*k, FOLLOWED, h, w)
        where, mass = centroids(found)
        return where.unflatten(0, clips.shape[:2]), mass.unflatten(0, clips.shape[:2])

    def shrink(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, k, 3, H, W) -> frames of THUMBNAIL_PX, or as they are where they are no larger.

        Halved by sums of rows and columns: torch's own pooling takes six times as long on a processor.
        """
        while clips.shape[-1] > THUMBNAIL_PX:
            rows = clips[..., ::2, :] + clips[..., 1::2, :]
            clips = (rows[..., ::2] + rows[..., 1::2]) / 4
        return clips

    def follow(self, clips: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """Small clips (B, k, 3, H, W), white at 0, at times (B, k) -> how they move (B, ...)."""
        track = torch.cat(self.find(clips), 2)  # (B, k, 3 * FOLLOWED)
        change = track.diff(dim=1) * times.shape[1]  # (B, k - 1, 3 * FOLLOWED), about per second
        return torch.cat([x.flatten(1) for x in (track, change, self.time(times))], 1)

    def look_around(self, clips: torch.Tensor) -> torch.Tensor:
        """Small clips (B, k, 3, H, W), white at 0 -> what the rings show from frame to frame (B, AROUND_SIZE), summed
        over all bearings."""
        seen = self.see_rings(clips)
        bearings = self.bearings.expand(*seen[:, 1:].shape[:2], -1, -1)
        pairs = torch.cat([seen[:, :-1], seen[:, 1:], bearings], 2)  # (B, k - 1, 2 * 3 * rings + 2, BEARINGS)
        x = leaky_relu(self.around(pairs.flatten(0, 1)), LEAK).sum(2) / math.sqrt(BEARINGS)
        return x.unflatten(0, pairs.shape[:2]).mean(1)

    def see_rings(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, k, 3, H, W), white at 0 -> their colours on rings around the object (B, k, 3 * rings, BEARINGS).

        No gradient passes through where the rings lie: of a faint object it would be without bounds.
        """
        side = clips.shape[-1]
        with torch.no_grad():
            ink = (-clips / 2).amax(2).clamp(min=0)  # (B, k, H, W)
            mass = ink.sum((2, 3))  # (B, k)
            pixel = torch.arange(side, dtype=ink.dtype, device=ink.device)
            centre = torch.stack([ink.sum(2) @ pixel, ink.sum(3) @ pixel], 2)
            centre = (centre + (side - 1) / 2) / (mass + 1)[..., None]  # (B, k, 2); of an empty frame the middle
            reach = ((mass + 4) / math.pi).sqrt()[..., None] * self.rings  # (B, k, R), at least about a pixel
            places = centre[..., None, None] + reach[:, :, None, :, None] * self.bearings[:, None]  # (B, k, 2, R, A)
            corner = places.floor().nan_to_num().clamp(0, side - 2)
            right, down = (places - corner).clamp(0, 1).flatten(3).unbind(2)  # (B, k, R * A), shares of a pixel
            first = (corner[:, :, 1] * side + corner[:, :, 0]).long().flatten(2)  # (B, k, R * A)
        pixels = clips.flatten(3)  # (B, k, 3, H * W)

        def at(step: int) -> torch.Tensor:
            return pixels.gather(3, (first + step)[:, :, None].expand(-1, -1, pixels.shape[2], -1))

        above = torch.lerp(at(0), at(1), right[:, :, None])  # (B, k, 3, R * A)
        below = torch.lerp(at(side), at(side + 1), right[:, :, None])
        return torch.lerp(above, below, down[:, :, None]).unflatten(3, (len(RINGS), -1)).flatten(2, 3)

    def hear(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) -> codes (B, code_size), whose inner product with features says how well a clip fits."""
        codes = self.caption(self.text(tokens))
        return codes / math.sqrt(codes.shape[1])

    def score(self, features: torch.Tensor, heard: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Features and codes (B, code_size), tokens (B, L) -> scores (B,): is this real, does it fit the caption, and
        do two clips of one caption differ as real ones do?"""
        return self.realness(features)[:, 0] + (features * heard).sum(1) + self.compare(features, heard, tokens)

    def compare(self, features: torch.Tensor, heard: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The share in the scores (B,) of seeing clips 2n and 2n + 1 side by side; 0 where their captions differ."""
        whole = len(features) // 2 * 2  # the last of an odd number is alone
        first, second = features[:whole:2], features[1:whole:2]  # (B / 2, code_size)
        heard = math.sqrt(heard.shape[1]) * heard[:whole:2]
        found = self.difference(self.pair(torch.cat([(first - second).abs(), (first + second) / 2, heard], 1)))[:, 0]
        alike = (tokens[:whole:2] == tokens[1:whole:2]).all(1)
        return nn.functional.pad((found * alike).repeat_interleave(2), (0, len(features) - whole))

    def forward(self, clips: torch.Tensor, tokens: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        return self.score(self.look(clips, times), self.hear(tokens), tokens)
