"""Clips of prompts, generated and real ones beside, each read by both readers: what `evaluate.py` counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from t2v.config import FRAMES, MAX_SEED
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, Attributes
from t2v.data.render import render
from t2v.evaluation.fidelity import Track, track_of
from t2v.evaluation.geometric.measure import measure
from t2v.evaluation.geometric.reader import Reading, read_measure
from t2v.evaluation.learned.network import NetworkReader, NetworkReading
from t2v.media.clips import to_uint8

BATCH_CLIPS = 50  # in memory at a time
OTHER_REAL_CLIPS = 2**40  # added to the seed: real clips that are beside other real clips


@dataclass
class Observed:
    """What was asked for and what was read, clip by clip; `real` are freshly drawn clips of the same prompts."""

    grammar: str
    captions: list[str]
    wanted: list[Attributes]
    seeds: list[int]
    frame_size_px: int = 0
    generated: list[Reading] = field(default_factory=list)
    real: list[Reading] = field(default_factory=list)
    network_generated: list[NetworkReading] = field(default_factory=list)
    network_real: list[NetworkReading] = field(default_factory=list)
    tracks_generated: list[Track] = field(default_factory=list)
    tracks_real: list[Track] = field(default_factory=list)
    features: dict[str, list[np.ndarray]] = field(
        default_factory=dict
    )  # generated, real, other_real: (F,) of each clip


class PromptSampler(Protocol):
    """What draws the clips that are read: a `Sampler`, or anything that is called like one."""

    @property
    def grammar(self) -> Any:
        """The name of its world."""

    def __call__(self, prompts: Sequence[str], /, *, seeds: Sequence[int], frames: int = FRAMES) -> np.ndarray:
        """Clips (B, T, H, W, 3) uint8."""


def collect(
    sampler: PromptSampler,
    captions: Sequence[str],
    *,
    seed: int,
    wanted: Sequence[Attributes] | None = None,
    network: NetworkReader | None = None,
    report: Callable[[int], None] = lambda _: None,
) -> Observed:
    """Generate and read clips of these captions, clip i from noise `seed * len(captions) + i`, and real ones beside.

    `wanted` is what was meant, where that may be something else than the captions say. A caption "" is of a prompt that
    was refused: who typed it sees nothing, so its clip is blank.
    """
    grammar, count = sampler.grammar, len(captions)
    wanted = [GRAMMARS[grammar].parse(caption) for caption in captions] if wanted is None else list(wanted)
    seeds = [(seed * count + i) % (MAX_SEED + 1) for i in range(count)]
    observed = Observed(grammar, list(captions), wanted, seeds)
    for start in range(0, count, BATCH_CLIPS):
        rows = slice(start, min(start + BATCH_CLIPS, count))
        generated = _generate(sampler, observed.captions[rows], seeds[rows])
        observed.frame_size_px = generated.shape[2]
        real = draw_real(grammar, wanted[rows], seed=seeds[start], frame_size_px=observed.frame_size_px)
        for clips, readings, tracks in (
            (generated, observed.generated, observed.tracks_generated),
            (real, observed.real, observed.tracks_real),
        ):
            measures = [measure(clip) for clip in clips]
            readings += map(read_measure, measures)
            tracks += map(track_of, measures)
        if network is not None:
            other = draw_real(grammar, wanted[rows], seed=seeds[start] + OTHER_REAL_CLIPS, frame_size_px=real.shape[2])
            for name, clips in (("generated", generated), ("real", real), ("other_real", other)):
                network_readings, features = network.read_with_features(clips)
                observed.features.setdefault(name, []).extend(features)
                if name != "other_real":
                    getattr(observed, f"network_{name}").extend(network_readings)
        report(rows.stop - rows.start)
    return observed


def _generate(sampler: PromptSampler, captions: Sequence[str], seeds: Sequence[int]) -> np.ndarray:
    """Clips (B, T, H, W, 3) uint8, white ones where the caption is ""."""
    rows = [i for i, caption in enumerate(captions) if caption]
    some = rows or [0]  # a clip is needed for the size of the frames
    drawn = [captions[i] or GRAMMARS[sampler.grammar].example for i in some]
    clips = np.asarray(sampler(drawn, seeds=[seeds[i] for i in some], frames=FRAMES))
    every = np.full((len(captions), *clips.shape[1:]), 255, np.uint8)
    every[rows] = clips[: len(rows)]
    return every


def draw_real(grammar_name: str, wanted: list[Attributes], *, seed: int, frame_size_px: int) -> np.ndarray:
    """Real clips (B, T, H, W, 3) uint8 of what was asked for; the same seed gives the same clips."""
    drawn = scenes.from_attributes(grammar_name, wanted, seed=seed)
    return to_uint8(render(drawn, frames=FRAMES, frame_size_px=frame_size_px))
