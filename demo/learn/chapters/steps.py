"""Chapter 6: a tiny video GAN on sixteen captions, trained one step at a time by a visitor, each their own.

It is the real `LayeredGAN` of `t2v.gan`, in small: 16 px, one layer. The switches break one part of it.
"""

import copy
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.chapters.judge import Pair
from demo.learn.speech import say
from t2v.config import FRAMES, ModelConfig, TrainConfig, preset
from t2v.data import scenes
from t2v.data.batches import Batch, even_times
from t2v.data.grammar import GRAMMARS
from t2v.data.render import render
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan.layered import LayeredGAN
from t2v.media.clips import to_uint8
from t2v.models.discriminator import Discriminator
from t2v.models.generator import Generator, Reading
from t2v.system.threads import one_thread

GRAMMAR = "shapes"
COLOURS, WAYS = ("red", "yellow", "green", "blue"), ("left", "right", "up", "down")
CAPTIONS = tuple(f"large {colour} circle moving {way}" for colour in COLOURS for way in WAYS)
SHOWN = CAPTIONS[:: len(WAYS) + 1]  # a clip of each colour and of each way
KNOWN = f"large {'|'.join(COLOURS)} circle moving {'|'.join(WAYS)}"
HASTE = 10  # times the learning rate
MAX_STEPS = 3000
MAX_SECONDS = 240.0  # of computing, until reset
LOOK_PX = 32  # of the clips that are looked at and read: the generator draws any size
CLIPS_OF_EACH = 4
MEASURE_EVERY_STEPS = 25
CURVE_POINTS = 200


def tiny_recipe() -> TrainConfig:
    """Small enough for ten steps a second on one slow processor; after 200 nine clips in ten do as told."""
    model = ModelConfig(
        kind="layered",
        frame_size_px=16,
        discriminator_size_px=16,
        noise_size=8,
        word_size=32,
        text_size=32,
        code_size=64,
        hidden_size=64,
        texture_size_px=8,
        decoder_channels=32,
        background_channels=16,
        time_bins=8,
        attention_size=16,
        discriminator_channels=16,
    )
    return replace(
        preset("lesson"),
        model=model,
        batch_size=len(CAPTIONS),
        steps=MAX_STEPS,
        learning_rate=1e-3,
        generator_warmup_steps=30,
        decay_from_step=150,  # at the full rate what has been learned would be lost again
        decay_until_step=450,
        decay_to=0.1,
        negative_captions=1,
        reversal_weight=0.0,  # this and flips pay in a long training only
        flip_every_steps=0,
        glimpses_from_step=100,
    )


class DeafDiscriminator(Discriminator):
    """One that hears no caption: every caption is the same to it."""

    def embed_caption(self, tokens: torch.Tensor) -> torch.Tensor:
        return 0 * super().embed_caption(tokens)


class RestlessGenerator(Generator):
    """One that takes new noise for every frame, as the tutorial's does."""

    def make_noise(self, rng: torch.Generator, clips: int, frames: int, *, truncation: float = 1.0) -> torch.Tensor:
        """The noise of clips (B, T, K + 1, N)."""
        return super().make_noise(rng, clips * frames, 1, truncation=truncation).unflatten(0, (clips, frames))

    def from_reading(
        self, noise: torch.Tensor, reading: Reading, times: torch.Tensor, *, side: int | None = None
    ) -> torch.Tensor:
        """noise (B, T, K + 1, N), what the captions say, times (B, T) -> clips (B, T, 3, side, side)."""
        B, T = times.shape
        each = Reading(*(x.repeat_interleave(T, 0) for x in reading))  # (B * T, ...)
        frames = super().from_reading(noise.flatten(0, 1), each, times.reshape(B * T, 1), side=side)
        return frames.view(B, T, *frames.shape[2:])


@dataclass
class Pupil:
    """One visitor's training. Everything follows from `switches` and the steps that were taken."""

    switches: frozenset[str] = frozenset()
    seed: int = 2  # with it a class sees most: 92% right after 200 steps, 52% with seed 0
    d_steps: int = 0
    g_steps: int = 0
    single: bool = False  # whether one player ever made a step without the other
    seconds: float = 0.0  # of a processor: who shares it with a class gets no less
    losses: list[dict] = field(default_factory=list)  # a row for each step: step, and what the update told
    measured: list[dict] = field(default_factory=list)  # step, right (share), jitter
    gan: LayeredGAN = field(init=False)
    at_work: threading.Lock = field(default_factory=threading.Lock)  # a press and a beat may come at once

    def __post_init__(self):
        config = tiny_recipe()
        if "unpenalised" in self.switches:
            config = replace(config, penalty_weight=0.0)
        if "hasty" in self.switches:
            config = replace(config, learning_rate=HASTE * config.learning_rate)
        if "deaf" in self.switches:
            config = replace(config, caption_weight=0.0)
        self.gan = LayeredGAN(replace(config, seed=self.seed), grammar_vocabulary(GRAMMAR))
        self.gan.initialize_from(self.batch())
        # the methods differ, the weights do not: a switch changes one thing only
        if "deaf" in self.switches:
            self.gan.discriminator.__class__ = DeafDiscriminator
        if "restless" in self.switches:
            self.gan.generator.__class__ = RestlessGenerator
        self.measure()

    @property
    def step(self) -> int:
        return max(self.d_steps, self.g_steps)

    @property
    def done(self) -> bool:
        return self.step >= MAX_STEPS or self.seconds >= MAX_SECONDS

    def batch(self) -> Batch:
        """The step's real clips: one of each caption, each with another start, size and speed."""
        config, number = self.gan.config, self.d_steps + self.g_steps
        captions = [CAPTIONS[i % len(CAPTIONS)] for i in range(config.batch_size)]
        rng = torch.Generator().manual_seed(number)
        times = even_times(config, torch.rand(len(captions), 1, generator=rng))
        asked = [GRAMMARS[GRAMMAR].parse(caption) for caption in captions]
        drawn = scenes.from_attributes(GRAMMAR, asked, seed=number)
        clips = render(drawn, times=times, frame_size_px=config.model.frame_size_px)
        tokens = self.vocabulary.encode(captions)
        return Batch(clips, times, tokens, tokens.roll(1, 0)[None])

    @property
    def vocabulary(self):
        return grammar_vocabulary(GRAMMAR)

    @one_thread()
    def advance(self, *, discriminator: bool = True, generator: bool = True) -> None:
        """One step of one player or of both; nothing once the limits are reached."""
        if self.done:
            return
        began, gan, batch = time.thread_time(), self.gan, self.batch()
        self.single = self.single or not (discriminator and generator)
        if discriminator and generator:
            stats = gan.update_both(batch)
        else:
            noise = gan.noise(*batch.times.shape)
            fakes = gan.generator(noise, batch.tokens, batch.times)
            if discriminator:
                stats, _ = gan.update_discriminator(batch, fakes.detach())
            else:
                stats = gan.update_generator(batch, noise, fakes, self.real_scores(batch))
        self.d_steps += discriminator
        self.g_steps += generator
        gan.update_ema()
        self.losses.append({"step": self.step} | {name: float(value) for name, value in stats.items()})
        self.seconds += time.thread_time() - began
        if self.step % MEASURE_EVERY_STEPS == 0:
            self.measure()

    def copy(self) -> "Pupil":
        """Another one that stands where this one does, and goes its own way from here."""
        twin = Pupil(self.switches, self.seed)
        twin.gan.load_state_dict(copy.deepcopy(self.gan.state_dict()))
        twin.d_steps, twin.g_steps, twin.single, twin.seconds = self.d_steps, self.g_steps, self.single, self.seconds
        twin.losses, twin.measured = list(self.losses), list(self.measured)
        return twin

    @torch.no_grad()
    def real_scores(self, batch: Batch) -> torch.Tensor:
        """The discriminator's scores of the batch's real clips (B, H), which the generator's are to beat."""
        captions = self.gan.discriminator.embed_caption(batch.tokens)
        features = self.gan.features(batch.clips, batch)
        return self.gan.discriminator.score(features, captions[:, : features.shape[1]])

    def run(self, seconds: float) -> None:
        """Steps of both players for about so long."""
        ends = time.perf_counter() + seconds
        while not self.done:
            self.advance()
            if time.perf_counter() >= ends:
                break

    @one_thread()
    @torch.no_grad()
    def draw(self, captions: tuple[str, ...], seeds: list[int]) -> np.ndarray:
        """Clips (B, T, H, W, 3) uint8 of these captions, the same noise every time."""
        generator = self.gan.generator
        noise = [generator.make_noise(torch.Generator().manual_seed(seed), 1, FRAMES) for seed in seeds]
        times = scenes.times_of(FRAMES).expand(len(captions), -1)
        tokens = self.vocabulary.encode(list(captions))
        made = generator(torch.cat(noise), tokens, times, side=LOOK_PX)
        return to_uint8(made.nan_to_num())

    def measure(self) -> None:
        """Adds a row to `measured`: the share of clips that fit their own caption best, and how much they tremble."""
        captions = CAPTIONS * CLIPS_OF_EACH
        clips = self.draw(captions, list(range(len(captions))))
        right = [said == found for said, found in zip(captions, best_captions(clips), strict=True)]
        self.measured.append({"step": self.step, "right": sum(right) / len(right), "jitter": jitter(clips)})

    def pair(self) -> Pair:
        """Both networks, for the chapters that ask a discriminator. A copy: training goes on."""
        discriminator = copy.deepcopy(self.gan.discriminator).requires_grad_(False)
        takes_glimpses = self.gan.step > self.gan.config.glimpses_from_step
        return Pair(copy.deepcopy(self.gan.generator), discriminator, self.vocabulary, GRAMMAR, takes_glimpses)


def centres(clips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is not white in clips (B, T, H, W, 3) uint8, and how strongly, (B, T, H, W); and its centre in each frame
    (B, T, 2), across and down, as shares of the frame."""
    ink = (255.0 - clips.min(-1)) + 1e-3  # (B, T, H, W)
    side = clips.shape[2]
    places = (np.arange(side) + 0.5) / side
    total = ink.sum((2, 3))
    return ink, np.stack([(ink.sum(2) * places).sum(2) / total, (ink.sum(3) * places).sum(2) / total], -1)


def best_captions(clips: np.ndarray) -> list[str]:
    """Which of CAPTIONS fits each clip (B, T, H, W, 3) uint8 best: the nearest colour, and where the centre goes most.

    Something always fits best: who does not hear the caption is right by luck, one time in sixteen.
    """
    ink, centre = centres(clips)
    rgb = (clips * ink[..., None]).sum((1, 2, 3)) / ink.sum((1, 2, 3))[:, None]  # (B, 3)
    known = np.array([scenes.COLOUR_RGB[colour] for colour in COLOURS])
    nearest = np.square(rgb[:, None] - known).sum(2).argmin(1)
    times = np.linspace(-1, 1, clips.shape[1])
    across, down = (centre * times[:, None]).sum(1).T  # in proportion to the steady path's length
    most = np.stack([-across, across, -down, down], 1).argmax(1)
    return [CAPTIONS[len(WAYS) * colour + way] for colour, way in zip(nearest, most, strict=True)]


def jitter(clips: np.ndarray) -> float:
    """How far the centre of what is seen strays from a steady path between frames, on average, as a share of the frame.

    clips (B, T, H, W, 3) uint8; half the second difference of the centre of all that is not white.
    """
    _, centre = centres(clips)
    return float(np.linalg.norm(np.diff(centre, n=2, axis=1), axis=-1).mean() / 2)


def thin(rows: list[dict], name: str) -> list[tuple[float, float]]:
    """The points (step, value) of one line of a plot, not too many; what is no number is left out."""
    points = [(row["step"], row[name]) for row in rows if name in row and np.isfinite(row[name])]
    return points[:: -(-max(1, len(points)) // CURVE_POINTS)]


def show(pupil: Pupil, language: str, *, healthy: Sequence[dict] = ()) -> str:
    """How far the pupil is: the same four clips, how often clips do as told, losses, scores.

    `healthy` is `measured` of a pupil in whom nothing is broken, drawn faintly behind one in whom something is.
    """
    last = pupil.measured[-1]
    clips = pupil.draw(SHOWN, [0] * len(SHOWN))
    figures = [
        drawing.captioned(drawing.moving(clip, alt=caption, width_px=drawing.MIDDLE_PX), caption)
        for caption, clip in zip(SHOWN, clips, strict=True)
    ]
    said = say(
        language, "steps_said", d=pupil.d_steps, g=pupil.g_steps, right=last["right"], jitter=last["jitter"],
        chance=1 / len(CAPTIONS), captions=len(CAPTIONS), clips=len(CAPTIONS) * CLIPS_OF_EACH,
    )  # fmt: skip
    unbroken = say(language, "steps_healthy")
    plots = [
        ("steps_right", {say(language, "steps_right"): "right"}, pupil.measured),
        ("steps_losses", {"D": "loss_d", "G": "loss_g"}, pupil.losses),
        ("steps_scores", {say(language, "real"): "d_real", say(language, "generated"): "d_fake"}, pupil.losses),
    ]
    drawn = []
    for title, lines, rows in plots:
        found = {name: points for name, column in lines.items() if len(points := thin(rows, column)) > 1}
        if title == "steps_right" and pupil.switches and len(healthy) > 1:
            found = {unbroken: thin(healthy, "right")} | found
        if found:
            plot = drawing.curves(found, label=say(language, title), faint=(unbroken,))
            drawn.append(drawing.captioned(plot, say(language, title)))
    ended = drawing.paragraph(say(language, "steps_ended", steps=MAX_STEPS)) if pupil.done else ""
    return drawing.row(*figures) + drawing.paragraph(said) + ended + drawing.row(*drawn)
