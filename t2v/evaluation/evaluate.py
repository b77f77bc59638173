"""Does the clip show what the prompt says? Asked of two readers over many prompts, trained and held out.

One reader is geometric (`geometric/`), the other a small network (`learned/`); they share no code. Beside every
count stand two others: the reader's own ceiling, on freshly drawn real clips of the same prompts, and the control, the
generated clips against each other's prompts. A figure means something between these two.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from t2v.config import FRAMES, MAX_SEED, MAX_VIDEOS, raise_if, range_problem
from t2v.data import scenes
from t2v.data.grammar import GRAMMARS, THINGS_AFTER, combinations, things_of
from t2v.data.stories.grammar import STORIES_GRAMMAR
from t2v.data.worlds import WORLDS
from t2v.evaluation import accuracy, own_words
from t2v.evaluation.accuracy import compare
from t2v.evaluation.fidelity import diversity, frechet_distance, steadiness, track_of
from t2v.evaluation.geometric.measure import measure
from t2v.evaluation.geometric.reader import READER_VERSION
from t2v.evaluation.learned.network import NetworkReader
from t2v.evaluation.observe import Observed, PromptSampler, collect, draw_real
from t2v.evaluation.result import FAILURES_KEPT, how_to_repeat, spread
from t2v.evaluation.stories.evaluate import evaluate_stories
from t2v.system.threads import one_thread

FORMAT = 2  # of the result
DIVERSITY_PROMPTS, DIVERSITY_SEEDS = 24, 8  # prompts whose noise is varied, and clips of each
RANDOM_CLIPS = ((18, False), (6, True))  # how many of trained prompts, and of held-out ones, the card shows


@one_thread()
def evaluate(
    sampler: PromptSampler,
    *,
    clips: int = 1000,
    seed: int = 0,
    network: NetworkReader | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict:
    """Asks `sampler` for `clips` clips of trained prompts and as many of held-out ones, and reads them.

    `sampler(prompts, seeds=..., frames=...)` gives clips (B, T, H, W, 3) uint8, `sampler.grammar` names its grammar.
    `progress(done, of)` hears of every batch. Without `network` it is the quick look that trainings take: the geometric
    reader and its shares alone. With it both readers are asked, as many clips again are of held-out combinations whose
    motion is trained, and of motions that never are, and the clips are compared with real ones in themselves; and at
    most as many are of prompts in people's own words.

    The result is plain data for JSON: what is needed to repeat it, and the parts `seen`, `held_out` and with `network`
    `held_out_combinations` and `held_out_motion`, each as `tables` describes, `own_words` as `counts` does, with the
    shares that are `understood`, and `diversity`; of stories what `evaluate_stories` gives. Raises ValueError when
    there is no grammar to compare with, and for clips and seed out of bounds.
    """
    if sampler.grammar == STORIES_GRAMMAR.name:
        return evaluate_stories(sampler, clips=clips, seed=seed, progress=progress, full=network is not None)
    if str(sampler.grammar).partition(THINGS_AFTER)[0] not in GRAMMARS:
        raise ValueError("This checkpoint has no grammar: it learned its own captions, which the reader cannot check.")
    if things_of(sampler.grammar):
        sampler = WithoutThings(sampler)
    grammar = sampler.grammar
    raise_if(range_problem("clips", clips, 1, MAX_VIDEOS) + range_problem("seed", seed, 0, MAX_SEED))
    captions = {"seen": _captions(grammar, seed, clips), "held_out": _captions(grammar, seed, clips, held_out=True)}
    varied, own = [], []
    if network is not None:
        captions["held_out_combinations"] = held_out_captions(grammar, seed, clips, new_motion=False)
        captions["held_out_motion"] = held_out_captions(grammar, seed, clips, new_motion=True)
        varied = list(dict.fromkeys(captions["seen"]))[: min(DIVERSITY_PROMPTS, max(1, clips // 20))]
        own = own_words.to_draw(grammar, clips)
    total = sum(map(len, captions.values())) + len(own) + len(varied) * DIVERSITY_SEEDS
    done = 0

    def report(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, total)

    versions = {
        "format": FORMAT,
        "reader": READER_VERSION,
        "network_reader": None if network is None else network.version,
    }
    result: dict = how_to_repeat(sampler, clips=clips, seed=seed, **versions)
    for part, wanted in captions.items():
        result[part] = tables(collect(sampler, wanted, seed=seed, network=network, report=report))
    if network is not None:
        meanings = [a.meaning for a in own if a.meaning is not None]  # of those to be drawn, all
        drawn = collect(sampler, [a.caption for a in own], wanted=meanings, seed=seed, network=network, report=report)
        result["own_words"] = {"understood": own_words.understood(grammar), **counts(drawn)}
        result["diversity"] = diversity_of(sampler, varied, seed=seed, report=report)
    return result


class WithoutThings:
    """A sampler asked only for shapes: the readers know no things of people's own (`things.py` looks for those)."""

    def __init__(self, sampler: PromptSampler):
        self.sampler, self.release = sampler, getattr(sampler, "release", None)
        self.grammar = sampler.grammar.partition(THINGS_AFTER)[0]

    def __call__(self, prompts: Sequence[str], **options: Any) -> np.ndarray:
        return self.sampler(prompts, **options)


def random_clips(sampler: PromptSampler, *, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Clips (N, T, H, W, 3) uint8 of prompts drawn at random, trained and held out, and these prompts."""
    trained, held_out = (_captions(sampler.grammar, seed, n, held_out=new) for n, new in RANDOM_CLIPS)
    prompts = list(dict.fromkeys(trained + held_out))
    return sampler(prompts, seeds=range(len(prompts))), prompts


def counts(observed: Observed) -> dict:
    """What is counted clip by clip, plain data; each share as `share_of` gives it.

    Of the geometric reader: `accuracy`, `ceiling` and `shuffled` (the control, see `accuracy.shuffled`) by attribute
    and for `all` together, `per_motion`, `confusion` {attribute: {asked: {read: clips}}}; `blank_frames`, a share.
    Where a network read the clips too: `network`, the same of it, and `agreement` of the two.
    """
    grammar, wanted = observed.grammar, observed.wanted

    def counted(generated: Sequence, real: Sequence) -> dict:
        return {
            "accuracy": accuracy.accuracy(grammar, wanted, generated),
            "ceiling": accuracy.accuracy(grammar, wanted, real),
            "shuffled": accuracy.shuffled(grammar, wanted, generated),
            "per_motion": accuracy.per_motion(grammar, wanted, generated),
            "confusion": accuracy.confusion(grammar, wanted, generated),
        }

    counted_all = {
        "frame_size_px": observed.frame_size_px,
        "prompts": len(set(observed.captions)),
        **counted(observed.generated, observed.real),
        "blank_frames": sum(r.blank_frames for r in observed.generated) / (len(wanted) * FRAMES),
    }
    if observed.network_generated:
        counted_all["network"] = counted(observed.network_generated, observed.network_real)
        counted_all["agreement"] = accuracy.agreement(grammar, wanted, observed.generated, observed.network_generated)
    return counted_all


def tables(observed: Observed) -> dict:
    """All that is counted of a part: `counts`, and where a network read the clips too `steadiness` of colours and
    tracks; `frechet_reader_distance` on its features, of generated from real clips and of real from other real ones;
    `failures`, some of the clips that a reader found wrong.
    """
    result = counts(observed)
    if observed.network_generated:
        generated, real, other = (np.stack(observed.features[n]) for n in ("generated", "real", "other_real"))
        result["frechet_reader_distance"] = {
            "generated": frechet_distance(generated, real),
            "real": frechet_distance(other, real),
            "clips": len(observed.captions),
        }
        result["steadiness"] = steadiness(observed.tracks_generated, observed.tracks_real)
        result["failures"] = failures(observed)
    return result


def failures(observed: Observed) -> list[dict]:
    """Clips that a reader found wrong: prompt, seed, and by reader the wrong attributes with the words it read.

    At most FAILURES_KEPT, evenly spread; prompt and seed make the clip again.
    """
    failed = []
    both = zip(observed.generated, observed.network_generated, strict=True)
    for caption, wanted, seed, readings in zip(observed.captions, observed.wanted, observed.seeds, both, strict=True):
        wrong: dict[str, dict[str, str]] = {}
        for reader, reading in zip(("geometric", "network"), readings, strict=True):
            verdicts = compare(observed.grammar, wanted, reading)
            words = {name: getattr(reading, name) or accuracy.NONE for name, right in verdicts.items() if not right}
            wrong |= {reader: words} if words else {}
        if wrong:
            failed.append({"prompt": caption, "seed": seed, "wrong": wrong})
    return spread(failed, FAILURES_KEPT)


def diversity_of(
    sampler: PromptSampler, captions: Sequence[str], *, seed: int, report: Callable[[int], None] = lambda _: None
) -> dict:
    """What noise changes in clips of one prompt: `fidelity.diversity` over DIVERSITY_SEEDS clips of each caption."""
    generated, real = [], []
    for number, caption in enumerate(captions):
        seeds = [(seed + number * DIVERSITY_SEEDS + k) % (MAX_SEED + 1) for k in range(DIVERSITY_SEEDS)]
        clips = np.asarray(sampler([caption] * DIVERSITY_SEEDS, seeds=seeds, frames=FRAMES))
        wanted = [GRAMMARS[sampler.grammar].parse(caption)] * DIVERSITY_SEEDS
        drawn = draw_real(sampler.grammar, wanted, seed=seeds[0], frame_size_px=clips.shape[2])
        generated.append([track_of(measure(clip)) for clip in clips])
        real.append([track_of(measure(clip)) for clip in drawn])
        report(DIVERSITY_SEEDS)
    return {"prompts": len(captions), "clips_each": DIVERSITY_SEEDS, **diversity(generated, real)}


def never_trained_motions(grammar_name: str) -> tuple[str, ...]:
    """The motions of which training sees nothing at all, in no colour and no shape."""
    trained = {a.motion for a in combinations(grammar_name)}
    return tuple(motion for motion in GRAMMARS[grammar_name].motions if motion not in trained)


def held_out_captions(grammar_name: str, seed: int, count: int, *, new_motion: bool) -> list[str]:
    """Prompts of motions that training never shows, or of new combinations of what it does; others than those of the
    held-out part, in which both are mixed."""
    grammar, never, first = GRAMMARS[grammar_name], never_trained_motions(grammar_name), MAX_VIDEOS
    chosen: list[str] = []
    while len(chosen) < count:
        captions = scenes.sample(grammar_name, seed, torch.arange(first, first + 4 * count), held_out=True)[2]
        chosen += [caption for caption in captions if (grammar.parse(caption).motion in never) == new_motion]
        first += 4 * count
    return chosen[:count]


def _captions(grammar_name: str, seed: int, count: int, *, held_out: bool = False) -> list[str]:
    return WORLDS[grammar_name].sample(seed, torch.arange(count), held_out=held_out)[2]
