"""Does the clip show what the prompt says? Counted by the geometric reader over many prompts, trained and held out.

A generated clip is compared only with what its prompt says: no size in the prompt, any size is right. Beside every
count stand two others: the reader's own ceiling, on freshly drawn real clips of the same prompts, and the control, the
generated clips against each other's prompts. A figure means something between these two.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch

from t2v import scenes
from t2v.config import FRAMES, MAX_SEED, MAX_VIDEOS, problem_if_outside, refuse
from t2v.prompts import GRAMMARS, Attributes
from t2v.reader import READER_VERSION, Reading, read
from t2v.video import to_uint8

ATTRIBUTES = ("colour", "shape", "size", "motion", "speed")
BATCH_CLIPS = 50  # clips in memory at a time
NORMAL_95 = 1.959964  # the normal distribution's 97.5th percentile


def evaluate(sampler, *, clips: int = 1000, seed: int = 0, progress: Callable[[int, int], None] | None = None) -> dict:
    """Asks `sampler` for `clips` clips of trained prompts and as many of held-out ones, and reads them.

    `sampler(prompts, seeds=..., frames=...)` gives clips (B, T, H, W, 3) uint8, `sampler.grammar` names its grammar.
    `progress(done, of)` hears of every batch. The result is plain data for JSON: what is needed to repeat it, and
    `seen` and `held_out`, each as `evaluate_prompts` describes. Raises ValueError when there is no grammar to compare
    with, and for clips and seed out of bounds.
    """
    if sampler.grammar not in GRAMMARS:
        raise ValueError("This checkpoint has no grammar: it learned its own captions, which the reader cannot check.")
    refuse(problem_if_outside("clips", clips, 1, MAX_VIDEOS) + problem_if_outside("seed", seed, 0, MAX_SEED))
    result = {"reader": READER_VERSION, "grammar": sampler.grammar, "clips": clips, "seed": seed, "frames": FRAMES}
    for part, held_out in enumerate((False, True)):
        _, _, captions = scenes.sample(sampler.grammar, seed, torch.arange(clips), held_out=held_out)

        def report(done: int, before: int = part * clips) -> None:
            if progress:
                progress(before + done, 2 * clips)

        result["held_out" if held_out else "seen"] = evaluate_prompts(sampler, captions, seed=seed, report=report)
    return result


def evaluate_prompts(sampler, captions: Sequence[str], *, seed: int, report: Callable[[int], None]) -> dict:
    """Clips of these captions, clip i from noise `seed * len(captions) + i`, against what the captions say.

    Returns, each share as `share_of` gives it: `accuracy`, `ceiling` and `shuffled` (the control; None for one clip)
    by attribute and for `all` together; `per_motion`; `confusion` {asked: {read: clips}}; `blank_frames`, a share.
    """
    grammar, count = sampler.grammar, len(captions)
    asked = [GRAMMARS[grammar].parse(caption) for caption in captions]
    generated, real, frame_size_px = [], [], 0
    for start in range(0, count, BATCH_CLIPS):
        rows = range(start, min(start + BATCH_CLIPS, count))
        seeds = [(seed * count + i) % (MAX_SEED + 1) for i in rows]
        clips = np.asarray(sampler([captions[i] for i in rows], seeds=seeds, frames=FRAMES))
        frame_size_px = clips.shape[2]
        drawn = scenes.from_attributes(grammar, [asked[i] for i in rows], seed=seeds[0])
        generated += read(clips)
        real += read(to_uint8(scenes.render(drawn, frames=FRAMES, frame_size_px=frame_size_px)))
        report(rows.stop)
    judged = [compare(grammar, a, r) for a, r in zip(asked, generated, strict=True)]
    return {
        "frame_size_px": frame_size_px,
        "prompts": len(set(captions)),
        "accuracy": _shares(judged),
        "ceiling": _shares([compare(grammar, a, r) for a, r in zip(asked, real, strict=True)]),
        "shuffled": _shares(_against_other_prompts(grammar, asked, generated)) if count > 1 else None,
        "blank_frames": sum(r.blank_frames for r in generated) / (count * FRAMES),
        "per_motion": _per_motion(grammar, asked, judged),
        "confusion": _confusion(asked, generated),
    }


def compare(grammar_name: str, asked: Attributes, reading: Reading) -> dict[str, bool]:
    """For each attribute that the prompt says, whether the clip shows it. Classic prompts all say red."""
    said = {name: getattr(asked, name) for name in ATTRIBUTES}
    said["colour"] = said["colour"] or GRAMMARS[grammar_name].implied_colour
    return {name: getattr(reading, name) == word for name, word in said.items() if word is not None}


def share_of(right: int, of: int) -> dict:
    """{right, of, share, low, high}: low and high bound the 95% interval of Wilson (1927); None when of nothing."""
    if of == 0:
        return {"right": 0, "of": 0, "share": None, "low": None, "high": None}
    share, z2 = right / of, NORMAL_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return {"right": right, "of": of, "share": share, "low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def summary(result: dict) -> str:
    """The result as a short table for people: shares in percent, with the ceiling and the control beside them."""
    lines = [f"{'':8}  {'':6}  {'right':>6}  {'95% interval':>14}  {'ceiling':>7}  {'shuffled':>8}  {'clips':>6}"]
    for part in ("seen", "held_out"):
        for name, share in result[part]["accuracy"].items():
            if share["of"]:
                others = [
                    (result[part][key] or {}).get(name, share_of(0, 0))["share"] for key in ("ceiling", "shuffled")
                ]
                ceiling, shuffled = ("-" if x is None else f"{x:.1%}" for x in others)
                interval = f"{share['low']:.1%}-{share['high']:.1%}"
                lines.append(
                    f"{part.replace('_', ' '):8}  {name:6}  {share['share']:>6.1%}  {interval:>14}"
                    f"  {ceiling:>7}  {shuffled:>8}  {share['of']:>6}"
                )
        lines.append(f"{part.replace('_', ' '):8}  blank frames {result[part]['blank_frames']:.1%}")
    return "\n".join(lines)


def _shares(judged: list[dict[str, bool]]) -> dict[str, dict]:
    """One share for each attribute over the clips whose prompt says it, and `all` for everything said being right."""
    shares = {name: share_of(*_count([j[name] for j in judged if name in j])) for name in ATTRIBUTES}
    return shares | {"all": share_of(*_count([all(j.values()) for j in judged]))}


def _count(answers: list[bool]) -> tuple[int, int]:
    return sum(answers), len(answers)


def _against_other_prompts(
    grammar_name: str, asked: list[Attributes], readings: list[Reading]
) -> list[dict[str, bool]]:
    """Every clip against the prompt of the next one: what a generator that ignores its prompt would score."""
    return [compare(grammar_name, a, r) for a, r in zip(asked[1:] + asked[:1], readings, strict=True)]


def _per_motion(grammar_name: str, asked: list[Attributes], judged: list[dict[str, bool]]) -> dict[str, dict]:
    """Motion asked for -> the share of right motions and of clips right in `all`, in the grammar's order."""
    table = {}
    for motion in GRAMMARS[grammar_name].motions:
        rows = [j for a, j in zip(asked, judged, strict=True) if a.motion == motion]
        if rows:
            motions, everything = _count([j["motion"] for j in rows]), _count([all(j.values()) for j in rows])
            table[motion] = {"motion": share_of(*motions), "all": share_of(*everything)}
    return table


def _confusion(asked: list[Attributes], readings: list[Reading]) -> dict[str, dict[str, int]]:
    """Motion asked for -> motion read (`none` for none of the grammar) -> clips, the commonest first."""
    table: dict[str, Counter] = {}
    for a, reading in zip(asked, readings, strict=True):
        table.setdefault(a.motion, Counter())[reading.motion or "none"] += 1
    return {motion: dict(found.most_common()) for motion, found in sorted(table.items())}
