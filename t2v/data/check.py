"""Everything that is wrong with a folder or a zip of clips, before anything is trained on it: each clip is decoded."""

import math
import os
from collections import Counter
from collections.abc import Callable

from t2v.data.archive import opened
from t2v.data.folder import open_dataset, read_state
from t2v.data.survey import Survey, survey
from t2v.media.clips import Measure, measure_clip

FEW_CLIPS = 200  # fewer, and a GAN soon copies them
LONG_SECONDS = 10.0
HELP_WITH_FIT = {
    "pad": "made square with bars of their border's colour",
    "crop": "cut to their middle square",
    "squeeze": "squeezed to a square",
}


def check(
    data: str | os.PathLike, *, fit: str = "pad", progress: Callable[[int, int], None] = lambda done, of: None
) -> Survey:
    """Look through a folder, or a `.zip` of one, and decode every clip. Clips that break are left out of the answer.

    ValueError when no clip can be used. Datasets written here are opened and read through; nothing of them may be
    wrong. `progress(done, of)` is told after each clip.
    """
    folder = opened(data)
    if not folder.is_dir() or read_state(folder) is not None or (folder / "videos.npy").exists():
        clips = open_dataset(folder, cache_bytes=0)
        for i in range(len(clips)):
            clips[i]
            progress(i + 1, len(clips))
        note = f"{len(clips):,} clips of {clips.frames} frames, {clips.frame_size_px} px"
        return Survey(folder, [], [], [], clips.counts, ["a dataset of this project or of its layout", note])
    findings = survey(folder)
    measures: list[Measure] = []
    clips_found = list(findings.clips)
    for done, clip in enumerate(clips_found, start=1):
        try:
            measures.append(measure_clip(clip.path))
        except ValueError as error:
            reason = findings.shorten(error).removeprefix("Cannot read ").partition(": ")[2]
            findings.leave_out(clip.path, reason or findings.shorten(error))
        progress(done, len(clips_found))
    if not measures:
        where, why = findings.left_out[-1]
        raise ValueError(f"None of the {len(clips_found)} clips in {folder} can be read; {where}: {why}")
    findings.notes += describe_measures(measures, fit)
    return findings


def describe_measures(measures: list[Measure], fit: str) -> list[str]:
    """What is done with clips of such sizes and lengths, and what may come of it."""
    seconds = sorted(m.seconds for m in measures)
    notes = [f"lengths from {seconds[0]:.1f} to {seconds[-1]:.1f} seconds; frames are taken evenly in time"]
    shapes = Counter((m.width_px, m.height_px) for m in measures)
    (width_px, height_px), most = shapes.most_common(1)[0]
    notes.append(
        f"{most:,} of {width_px} x {height_px} px" + f", others in {len(shapes) - 1} sizes" * (len(shapes) > 1)
    )
    if oblong := sum(not math.isclose(m.width_px, m.height_px) for m in measures):
        others = ", ".join(name for name in HELP_WITH_FIT if name != fit)
        notes.append(f"{oblong:,} not square: {HELP_WITH_FIT[fit]} (or: {others})")
    if still := sum(m.frames == 1 for m in measures):
        notes.append(f"{still:,} with a single frame: nothing moves in them")
    if long := sum(s > LONG_SECONDS for s in seconds):
        notes.append(
            f"{long:,} longer than {LONG_SECONDS:.0f} seconds: what happens quickly in them falls between frames"
        )
    if len(measures) < FEW_CLIPS:
        notes.append(f"fewer than {FEW_CLIPS} clips: the model may copy them")
    return notes
