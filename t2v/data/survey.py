"""What a folder of somebody's clips holds: which clips, with which captions, what was mended, what left out and why."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from t2v.data.find_clips import PROMPT, NamedClips, SideTexts, find_clips, find_texts, is_inside, other_files
from t2v.data.tables import (
    Finding,
    Findings,
    Row,
    caption_of_name,
    clean_captions,
    read_lists,
    read_rows,
    read_text,
)
from t2v.media.kinds import CLIP_ENDINGS
from t2v.system.messages import Counted, Message, join, of_error, value_error, with_texts

LINES_SHOWN = 20  # of one kind in a report


@dataclass(frozen=True)
class OwnClip:
    """A clip's file or folder, its captions, which are used alternately, and where they stand."""

    path: Path
    captions: tuple[str, ...]
    source: str


@dataclass
class Survey:
    """What was understood of a folder, mended and left out. `counts`: column -> how often each text stands in it."""

    folder: Path
    clips: list[OwnClip]
    mended: list[Finding]
    left_out: list[Finding]
    counts: dict[str, Counter] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # about the clips all together

    def leave_out(self, clip: Path, why: str) -> None:
        """Take a clip out, with the reason."""
        self.clips = [other for other in self.clips if other.path != clip]
        self.left_out.append(Finding(clip.relative_to(self.folder).as_posix(), why))

    def mend(self, clip: Path, what: str) -> None:
        """Tell what was mended of a clip."""
        self.mended.append(Finding(clip.relative_to(self.folder).as_posix(), what))

    def shorten(self, reason: str) -> str:
        """A reason without the folder's path."""
        paths = (f"{self.folder.absolute()}{os.sep}", f"{self.folder}{os.sep}")
        return with_texts(reason, lambda text: text.replace(paths[0], "").replace(paths[1], ""))

    def understood(self) -> list[str]:
        """How many clips and captions there are, where the captions stand, and what else is known."""
        captions = sum(len(clip.captions) for clip in self.clips)
        lines: list[str] = [
            Message(
                "{clips} with {captions}",
                clips=say_clips(len(self.clips)),
                captions=Counted("{n:,} caption", "{n:,} captions", captions),
            )
        ]
        for source, number in Counter(clip.source for clip in self.clips).most_common():
            lines.append(Message("captions of {clips} from {source}", clips=say_clips(number), source=source))
        if several := sum(len(clip.captions) > 1 for clip in self.clips):
            lines.append(
                Counted(
                    "{n:,} clip with more than one caption: all are used, alternately",
                    "{n:,} clips with more than one caption: all are used, alternately",
                    several,
                )
            )
        return lines + self.notes

    def report(self) -> Message:
        """All of it as text, a line for each finding; of one kind at most `LINES_SHOWN`."""
        parts: list[str] = [Message("Understood:"), *map(_indented, self.understood())]
        for title, findings in ((Message("Mended:"), self.mended), (Message("Left out:"), self.left_out)):
            if findings:
                shown = [join(filter(None, finding), ": ") for finding in findings[:LINES_SHOWN]]
                parts += [title, *map(_indented, shown)]
                if (more := len(findings) - LINES_SHOWN) > 0:
                    parts.append(_indented(Message("and {count:,} more", count=more)))
        return join(parts, "\n")

    def to_json(self) -> dict:
        """All of it as plain data; clips by their path in the folder."""
        clips = [
            {"file_name": c.path.relative_to(self.folder).as_posix(), "captions": list(c.captions), "source": c.source}
            for c in self.clips
        ]
        findings = {name: [finding._asdict() for finding in getattr(self, name)] for name in ("mended", "left_out")}
        return {"understood": self.understood(), "clips": clips, **findings}


def _indented(line: str) -> str:
    return join(["", line], "  ")


def say_clips(number: int) -> Counted:
    """So many clips, in words."""
    return Counted("{n:,} clip", "{n:,} clips", number)


def survey(folder: Path, *, strict: bool = False) -> Survey:
    """As `look_through`. ValueError when no clip is left, with the reason."""
    findings = look_through(folder, strict=strict)
    if not findings.clips:
        _refuse_empty(folder, find_clips(folder), findings)
    return findings


def look_through(folder: Path, *, strict: bool = False) -> Survey:
    """What a folder of clips holds, decoding none. With `strict`, ValueError for what would be left out or guessed.

    Captions are taken from tables (`metadata.csv`, `.jsonl`, ...), else from `prompts.txt` and `videos.txt`, and for
    clips that have none there from `.txt` and `.caption` files; where nobody wrote any, from the names of files.
    """
    findings = Findings(folder, strict)
    lying_there = find_clips(folder)
    tables, lists = find_texts(folder, usual_names=strict)
    if strict and len(tables) > 1:
        raise ValueError(f"{folder} has both {' and '.join(table.name for table in tables)}; keep one")
    counts: dict[str, Counter] = defaultdict(Counter)
    captions_of: dict[Path, tuple[str, ...]] = {}
    source_of: dict[Path, str] = {}
    places = NamedClips(folder, lying_there)
    for table, source, rows in _all_rows(tables, lists, findings):
        _read_table(table, source, rows, places, findings, captions_of, source_of, counts)
    written = bool(captions_of or tables or lists or findings.left_out)
    texts = SideTexts(folder)
    for clip in lying_there:
        if tables and strict:
            break
        if own := _sidecar_captions(clip, texts, findings):
            added = tuple(c for c in own if c not in captions_of.get(clip, ()))
            captions_of[clip] = captions_of.get(clip, ()) + added
            source_of.setdefault(clip, Message("text files beside the clips"))
            written = True
    for clip in lying_there:
        if clip not in captions_of:
            _caption_without_text(clip, folder, tables, written, findings, captions_of, source_of)
    clips = []
    for clip, captions in captions_of.items():
        if is_inside(folder, clip):
            clips.append(OwnClip(clip, captions, source_of[clip]))
        else:
            findings.leave_out(
                clip, Message("is a link that leads out of the dataset; copy the file itself into the folder")
            )
    if not strict:
        for path in other_files(folder, lying_there):
            kinds = Message("a clip is a {kinds} file, or a folder of numbered pictures", kinds=", ".join(CLIP_ENDINGS))
            findings.leave_out(path, kinds, after=": ")
    return Survey(folder, clips, findings.mended, findings.left_out, dict(counts))


def _refuse_empty(folder: Path, lying_there: list[Path], findings: Survey) -> None:
    """ValueError that says why no clip can be used."""
    if not lying_there and not findings.left_out:
        raise value_error(
            "{folder} holds no clips; a dataset is videos.npy, folders video_0, video_1, ... of frames, or {kinds} "
            "files with metadata.csv",
            folder=str(folder),
            kinds=", ".join(CLIP_ENDINGS),
        )
    reason = join(filter(None, findings.left_out[0]), ": ") if findings.left_out else ""
    if len(findings.left_out) > 1:
        reason = join([reason, Message("and {count:,} more", count=len(findings.left_out) - 1)], ", ")
    raise value_error(
        "{folder} holds {clips} and none can be used: {reason}",
        folder=str(folder),
        clips=say_clips(len(lying_there)),
        reason=reason,
    )


def _all_rows(
    tables: list[Path], lists: list[tuple[Path, Path]], findings: Findings
) -> Iterator[tuple[Path, str, Iterable[Row]]]:
    """Each table, what it is called in a report, and its lines."""
    for table in tables:
        yield table, table.name, read_rows(table, findings)
    for prompts, videos in [] if tables else lists:
        source = Message("{prompts} and {videos}", prompts=prompts.name, videos=videos.name)
        yield prompts, source, read_lists(prompts, videos, findings)


def _read_table(
    table: Path,
    source: str,
    rows: Iterable[Row],
    places: "NamedClips",
    findings: Findings,
    captions_of: dict[Path, tuple[str, ...]],
    source_of: dict[Path, str],
    counts: dict[str, Counter],
) -> None:
    """Add what a table says to the last three."""
    for row in rows:
        captions = clean_captions(row.texts, row.where, findings)
        clip = places.locate(row.name, row.where, findings, table.parent) if captions else None
        if clip is None:
            continue
        if clip in captions_of:
            refusal = f"{table} names {clip.name} twice; keep one line for each clip"
            further = Message("a further caption for {clip}", clip=clip.name)
            findings.guess("" if findings.strict else row.where, refusal, further)
            captions = tuple(c for c in captions if c not in captions_of[clip])
        captions_of[clip] = captions_of.get(clip, ()) + captions
        source_of[clip] = source
        for column, text in row.others.items():
            counts[column][text] += 1


def _caption_without_text(
    clip: Path,
    folder: Path,
    tables: list[Path],
    written: bool,
    findings: Findings,
    captions_of: dict[Path, tuple[str, ...]],
    source_of: dict[Path, str],
) -> None:
    """A clip that no text speaks of: by its name, where there are no texts at all; else it is left out."""
    if not written and not clip.is_dir():
        for name in (clip.stem, clip.parent.name if clip.parent != folder else ""):
            if caption := caption_of_name(name):
                captions_of[clip], source_of[clip] = (caption,), Message("names of files and folders")
                return
    if tables and findings.strict and clip.parent != folder:
        return  # a table that leaves out what lies deeper is as it should be
    if tables:
        table = tables[0].name
        why = Message("has no caption in {table}; add one or take the clip out of the folder", table=table)
    elif clip.is_dir() and not (clip / PROMPT).exists():
        findings.leave_out(clip / PROMPT, Message("is missing; write into it what the clip shows"))
        return
    else:
        why = Message("has no caption; write metadata.csv with the columns file_name,text, or a .txt file beside it")
    findings.leave_out(clip, why)


def _sidecar_captions(clip: Path, texts: SideTexts, findings: Findings) -> tuple[str, ...]:
    """The captions in the text files that belong to a clip."""
    paths = [clip / PROMPT] if clip.is_dir() and (clip / PROMPT).exists() else texts.of(clip)
    captions: tuple[str, ...] = ()
    for path in paths:
        try:
            captions += clean_captions([read_text(path, findings)], path, findings)
        except ValueError as error:
            findings.leave_out("", of_error(error))
    return tuple(dict.fromkeys(captions))
