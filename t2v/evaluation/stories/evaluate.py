"""Do clips of stories show what their prompts say? Over many prompts, trained and held out in three ways.

The result has the form that `t2v.evaluation.evaluate` gives for the other worlds. Parts: `seen`, prompts of trained
stories; `held_out_combinations`, a thing with a motion on a ground that were never together; `held_out_pairs`, ordered
pairs that a relation was never shown of; `held_out_counts`, three where training shows two; `held_out`, these together.
Categories as in T2V-CompBench (Sun et al. 2024), in our own world: spatial, motion, numeracy.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from t2v.config import FRAMES, MAX_SEED, MAX_VIDEOS, raise_if, range_problem
from t2v.data.stories.grammar import STORIES_GRAMMAR, Story
from t2v.data.stories.render import render_frames
from t2v.data.stories.world import from_attributes, sample
from t2v.evaluation.accuracy import share_of, share_right
from t2v.evaluation.observe import PromptSampler
from t2v.evaluation.result import FAILURES_KEPT, how_to_repeat, spread
from t2v.evaluation.stories.geometric import read_geometric
from t2v.evaluation.stories.network import load_story_reader, read
from t2v.evaluation.stories.verdicts import ASPECTS, StoryReading, compare
from t2v.system.threads import one_thread

FORMAT = 1  # of the result
PARTS = {"seen": None, "held_out_combinations": "combination", "held_out_pairs": "pair", "held_out_counts": "count"}
BATCH_CLIPS = 50  # in memory at a time
SPATIAL = ("left of", "right of", "above", "below")
FLAT = 2.0  # levels: a frame that varies less shows nothing


@one_thread()
def evaluate_stories(
    sampler: PromptSampler,
    *,
    clips: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    full: bool = True,
) -> dict:
    """Asks `sampler` for `clips` clips of each part, and reads them and as many real ones, by both readers; unless
    `full` of trained and of all held-out prompts, by the geometric reader alone. `sampler(prompts, seeds=...,
    frames=...)` gives clips (B, T, H, W, 3) uint8.

    Each part says by the geometric reader, and in `network` by the other, `accuracy`, `ceiling` (real clips of the same
    prompts) and `shuffled` (each clip against the next one's prompt) by aspect, as `share_of` gives it, and shares
    `by_form`, `categories` and `per_relation`. ValueError for bad clips and seed.
    """
    raise_if(range_problem("clips", clips, 1, MAX_VIDEOS) + range_problem("seed", seed, 0, MAX_SEED))
    readers = {"geometric": read_geometric}
    if full:
        readers["network"] = partial(read, load_story_reader())
    parts = PARTS if full else {"seen": None, "held_out": None}
    captions = {name: _captions(seed, clips, part, held_out=name != "seen") for name, part in parts.items()}
    done, total = 0, clips * len(parts)
    result = how_to_repeat(sampler, clips=clips, seed=seed, format=FORMAT)
    for name, prompts in captions.items():
        observed = _Observed(prompts, list(readers))
        for first in range(0, clips, BATCH_CLIPS):
            observed.observe(sampler, readers, slice(first, min(first + BATCH_CLIPS, clips)), seed)
            done += min(BATCH_CLIPS, clips - first)
            if progress:
                progress(done, total)
        result[name] = observed.tables()
    if full:
        result["held_out"] = _together([result[name] for name in PARTS if name != "seen"])
    return result


def _together(parts: list[dict]) -> dict:
    """The counts of several parts as one."""
    counted = {
        key: {aspect: _sum([part[key][aspect] for part in parts]) for aspect in ASPECTS}
        for key in ("accuracy", "ceiling", "shuffled")
    }
    whole = {"prompts": sum(part.get("prompts", 0) for part in parts), **counted}
    if "network" in parts[0]:
        whole["network"] = _together([part["network"] for part in parts])
        whole["agreement"] = {aspect: _sum([part["agreement"][aspect] for part in parts]) for aspect in ASPECTS}
        whole["blank_frames"] = float(np.mean([part["blank_frames"] for part in parts]))
    return whole


class _Observed:
    """The clips of one part, as they are read."""

    def __init__(self, captions: list[str], readers: list[str]):
        self.captions = captions
        self.wanted = [STORIES_GRAMMAR.parse(caption) for caption in captions]
        self.seeds: list[int] = []
        self.generated: dict[str, list[StoryReading]] = {name: [] for name in readers}
        self.real: dict[str, list[StoryReading]] = {name: [] for name in readers}
        self.flat = 0

    def observe(self, sampler: PromptSampler, readers: dict[str, Callable], rows: slice, seed: int) -> None:
        seeds = [(seed * len(self.captions) + i) % (MAX_SEED + 1) for i in range(rows.start, rows.stop)]
        clips = np.asarray(sampler(self.captions[rows], seeds=seeds, frames=FRAMES))
        self.seeds += seeds
        self.flat += int((clips.reshape(*clips.shape[:2], -1).std(-1) < FLAT).sum())
        real = draw_real(self.wanted[rows], seed=seeds[0], frame_size_px=clips.shape[2])
        for name, reader in readers.items():
            self.generated[name] += reader(clips)
            self.real[name] += reader(real)

    def tables(self) -> dict:
        """What was counted, by the first reader and in `network` by the second."""
        first, *others = self.generated
        result = {
            "prompts": len(set(self.captions)),
            **self._counted(first),
            "blank_frames": self.flat / (len(self.captions) * FRAMES),
            "failures": self.failures(),
        }
        if others:
            result["network"] = self._counted(others[0])
            pairs = zip(self.wanted, *self.generated.values(), strict=True)
            same = [{k: compare(w, a)[k] == right for k, right in compare(w, b).items()} for w, a, b in pairs]
            result["agreement"] = _shares(same)
        return result

    def _counted(self, reader: str) -> dict:
        verdicts = self._verdicts(self.wanted, self.generated[reader])
        forms = [form_of(story) for story in self.wanted]
        relations = [story.relation for story in self.wanted]
        next_one = [*self.wanted[1:], self.wanted[0]]
        chosen = {
            "spatial": [v for v, relation in zip(verdicts, relations, strict=True) if relation in SPATIAL],
            "motion": [v for v, form in zip(verdicts, forms, strict=True) if form in ("one", "two")],
            "numeracy": [v for v, form in zip(verdicts, forms, strict=True) if form == "count"],
        }
        return {
            "accuracy": _shares(verdicts),
            "ceiling": _shares(self._verdicts(self.wanted, self.real[reader])),
            "shuffled": _shares(self._verdicts(next_one, self.generated[reader])),
            "by_form": {
                form: _shares([v for v, other in zip(verdicts, forms, strict=True) if other == form])
                for form in dict.fromkeys(forms)
            },
            "categories": {name: share_right([v["all"] for v in some]) for name, some in chosen.items()},
            "per_relation": {
                str(relation): _shares([v for v, other in zip(verdicts, relations, strict=True) if other == relation])
                for relation in dict.fromkeys(relations)
                if relation
            },
        }

    @staticmethod
    def _verdicts(wanted: list[Story], readings: list[StoryReading]) -> list[dict[str, bool]]:
        return [compare(story, reading) for story, reading in zip(wanted, readings, strict=True)]

    def failures(self) -> list[dict]:
        """Clips that a reader read as something else, evenly spread; prompt and seed make a clip again."""
        failed = []
        for i, story in enumerate(self.wanted):
            readings = {name: reading[i] for name, reading in self.generated.items()}
            wrong = {name: _words_read(reading, compare(story, reading)) for name, reading in readings.items()}
            wrong = {name: words for name, words in wrong.items() if words}
            if wrong:
                failed.append({"prompt": self.captions[i], "seed": self.seeds[i], "wrong": wrong})
        return spread(failed, FAILURES_KEPT)


def draw_real(stories: Sequence[Story], *, seed: int, frame_size_px: int) -> np.ndarray:
    """Real clips (B, T, H, W, 3) uint8 of what was asked for; the same seed gives the same clips."""
    return render_frames(from_attributes(list(stories), seed=seed), frames=FRAMES, frame_size_px=frame_size_px)


def form_of(story: Story) -> str:
    """`one` or `two` things with motions of their own, a `relation`, or a `count`."""
    if story.relation:
        return "relation"
    return "count" if story.count > 1 else ("one", "two")[len(story.things) - 1]


def _words_read(reading: StoryReading, verdict: dict[str, bool]) -> dict[str, str]:
    """The wrong aspects with what was read instead."""
    read = {
        "thing": ", ".join(thing.noun for thing in reading.things),
        "colour": ", ".join(str(thing.colour) for thing in reading.things),
        "motion": ", ".join(reading.motions) or "none",
        "relation": reading.relation or "none",
        "count": str(sum(reading.counts)),
        "ground": str(reading.ground),
        "binding": f"{reading.things[0]} first" if reading.things else "none",
    }
    return {aspect: read[aspect] for aspect, right in verdict.items() if not right and aspect != "all"}


def _captions(seed: int, count: int, part: str | None, *, held_out: bool) -> list[str]:
    return sample(seed, torch.arange(count), held_out=held_out, part=part)[2]


def _shares(verdicts: list[dict[str, bool]]) -> dict[str, dict]:
    return {name: share_right([v[name] for v in verdicts if name in v]) for name in ASPECTS}


def _sum(parts: list[dict]) -> dict:
    return share_of(sum(part["right"] for part in parts), sum(part["of"] for part in parts))
