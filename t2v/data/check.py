"""Everything that is wrong with a folder or a zip of clips, before anything is trained on it: each clip is decoded."""

import math
import os
from collections import Counter
from collections.abc import Callable

from t2v.config import FEW_CLIPS
from t2v.data.archive import opened
from t2v.data.folder import open_dataset, read_state
from t2v.data.suitability import suitability
from t2v.data.survey import Survey, say_clips, survey
from t2v.media.clips import Measure, measure_clip
from t2v.media.kinds import kind_of
from t2v.presets import preset
from t2v.system.messages import Counted, Message, join, of_error, value_error

LONG_SECONDS = 10.0
MADE_SQUARE = {
    "pad": Message("made square with bars of their border's colour"),
    "crop": Message("cut to their middle square"),
    "squeeze": Message("squeezed to a square"),
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
        note = Message(
            "{clips} of {frames} frames, {side} px",
            clips=say_clips(len(clips)),
            frames=clips.frames,
            side=clips.frame_size_px,
        )
        return Survey(folder, [], [], [], clips.counts, [Message("a dataset of this project or of its layout"), note])
    findings = survey(folder)
    measures: list[Measure] = []
    clips_found = list(findings.clips)
    for done, clip in enumerate(clips_found, start=1):
        try:
            measures.append(measure_clip(clip.path))
            if clip.path.is_file() and (ending := kind_of(clip.path)) != clip.path.suffix.lower():
                findings.mend(clip.path, Message("is a {kind} file, whatever its name says; read as that", kind=ending))
        except ValueError as error:
            message = of_error(error)
            reason = message.values.get("reason", message) if isinstance(message, Message) else message
            findings.leave_out(clip.path, findings.shorten(str(reason) if not isinstance(reason, str) else reason))
        progress(done, len(clips_found))
    if not measures:
        reason = join(findings.left_out[-1], ": ")
        values = {"count": len(clips_found), "folder": str(folder), "reason": reason}
        raise value_error("None of the {count} clips in {folder} can be read; {reason}", **values)
    findings.notes += describe_measures(measures, fit)
    whole = open_dataset(folder, frame_size_px=preset("own").model.training_size_px, fit=fit, leave_out=True)
    measured = suitability(whole)._replace(clips=len(findings.clips))  # of the folder's some break
    findings.notes += [measured.sentence(), measured.say_choices()]
    return findings


def describe_measures(measures: list[Measure], fit: str) -> list[str]:
    """What is done with clips of such sizes and lengths, and what may come of it."""
    seconds = sorted(m.seconds for m in measures)
    taken = Message("lengths from {shortest:.1f} to {longest:.1f} seconds", shortest=seconds[0], longest=seconds[-1])
    if f"{seconds[0]:.1f}" == f"{seconds[-1]:.1f}":
        taken = Message("{seconds:.1f} seconds long", seconds=seconds[0])
    notes: list[str] = [join([taken, Message("frames are taken evenly in time")])]
    shapes = Counter((m.width_px, m.height_px) for m in measures)
    (width_px, height_px), most = shapes.most_common(1)[0]
    notes.append(Message("{count:,} of {width} x {height} px", count=most, width=width_px, height=height_px))
    if len(shapes) == 1:
        notes[-1] = Message("{width} x {height} px", width=width_px, height=height_px)
    else:
        others: Message = Counted("others in {n} size", "others in {n} sizes", len(shapes) - 1)
        notes[-1] = join([notes[-1], others], ", ")
    if oblong := sum(not math.isclose(m.width_px, m.height_px) for m in measures):
        others = join([text for name, text in MADE_SQUARE.items() if name != fit], "; ")
        notes.append(
            Message("{count:,} not square: {done} (or: {others})", count=oblong, done=MADE_SQUARE[fit], others=others)
        )
    if still := sum(m.frames == 1 for m in measures):
        notes.append(Message("{count:,} with a single frame: nothing moves in them", count=still))
    if long := sum(s > LONG_SECONDS for s in seconds):
        notes.append(
            Message(
                "{count:,} longer than {seconds:.0f} seconds: what happens quickly in them falls between frames",
                count=long,
                seconds=LONG_SECONDS,
            )
        )
    if begun := sum(not m.is_whole for m in measures):
        notes.append(Message("{count:,} too long for frames of their size: only the begin is used", count=begun))
    if len(measures) < FEW_CLIPS:
        notes.append(Message("fewer than {count} clips: the model may copy them", count=FEW_CLIPS))
    return notes
