"""Which files below a folder are clips, tables and texts of captions, and which clip a line of a table names."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from t2v.data.tables import TABLE_ENDINGS, Findings, speaks_of_clips
from t2v.media.kinds import CLIP_ENDINGS, FRAME_FILE, is_animated_png, is_hidden
from t2v.system.messages import Message

TABLE_NAMES = ("metadata", "captions")
SHEETS = (".jsonl", ".json", ".csv", ".tsv")
PROMPT_LISTS, VIDEO_LIST = ("prompts.txt", "prompt.txt", "captions.txt"), "videos.txt"
PROMPT = "prompt.txt"
VIDEO_FOLDER = re.compile(r"video_\d+")  # of a dataset of frames
SIDECARS = (".txt", ".caption")
# Kinds of files that somebody may take for clips; others are passed over in silence.
NO_CLIPS = (".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ts", ".zip", ".rar", ".7z", ".heic", ".jpg", ".jpeg", ".png")


class Texts(NamedTuple):
    """Where captions of many clips stand: tables, or pairs of `prompts.txt` and `videos.txt`."""

    tables: list[Path]
    lists: list[tuple[Path, Path]]


def find_texts(folder: Path, *, usual_names: bool = False) -> Texts:
    """The tables of captions in the folder itself, else in those below it, the nearest first. Without `usual_names` a
    `.csv`, `.tsv` or JSON of another name that speaks of clips counts where there is nothing of a usual one."""
    level = [folder]
    while level:
        inside = {around: _files_by_name(around) for around in level}
        texts = Texts([], [])
        for files in inside.values():
            videos = files.get(VIDEO_LIST)
            prompts = [files[name] for name in PROMPT_LISTS if name in files and videos is not None]
            texts.lists.extend((path, files[VIDEO_LIST]) for path in prompts[:1])
            names = [stem + ending for stem in TABLE_NAMES for ending in TABLE_ENDINGS]
            texts.tables.extend(files[name] for name in names if name in files and files[name] not in prompts)
        if not (texts.tables or texts.lists or usual_names):
            sheets = [path for files in inside.values() for name, path in files.items() if name.endswith(SHEETS)]
            texts.tables.extend(path for path in sheets if speaks_of_clips(path))
        if texts.tables or texts.lists:
            return texts
        level = [path for around in level for path in sorted(around.iterdir()) if _is_searched(path)]
    return Texts([], [])


def _files_by_name(folder: Path) -> dict[str, Path]:
    """Files that are shown, by their names in small letters."""
    return {p.name.lower(): p for p in sorted(folder.iterdir()) if not is_hidden(p.name) and p.is_file()}


def _is_searched(path: Path) -> bool:
    return (
        path.is_dir() and not path.is_symlink() and not is_hidden(path.name) and not VIDEO_FOLDER.fullmatch(path.name)
    )


def find_clips(folder: Path) -> list[Path]:
    """All clips in a folder and below, 2 before 10: files, and folders of numbered pictures. No link is followed."""
    clips = [Path(path) for path in _walk(folder)]
    return sorted(clips, key=lambda path: _natural(str(path.relative_to(folder))))


def _natural(name: str) -> list:
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name)]


def _walk(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_hidden(entry.name):
                continue
            if VIDEO_FOLDER.fullmatch(entry.name) and entry.is_dir():
                yield entry.path
            elif entry.is_dir(follow_symlinks=False):
                inner = list(_walk(Path(entry.path)))
                if not inner and _holds_frames(entry.path):
                    inner = [entry.path]
                yield from inner
            elif entry.name.lower().endswith(CLIP_ENDINGS) or (
                entry.name.lower().endswith(".png") and entry.is_file() and is_animated_png(Path(entry.path))
            ):
                yield entry.path


def _holds_frames(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return sum(bool(FRAME_FILE.fullmatch(entry.name)) and not is_hidden(entry.name) for entry in entries) > 1


def other_files(folder: Path, clips: list[Path]) -> Iterator[Path]:
    """Files that somebody may have meant as clips."""
    inside = {clip for clip in clips if clip.is_dir()}
    for path in sorted(folder.rglob("*")):
        shown = not any(is_hidden(part) for part in path.relative_to(folder).parts)
        if shown and path.suffix.lower() in NO_CLIPS and path not in clips and inside.isdisjoint(path.parents):
            yield path


def is_inside(folder: Path, path: Path) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def _normal(name: str) -> str:
    """A name as it is compared: with plain slashes, in Unicode's composed form, without case."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def _letters(name: str) -> str:
    return re.sub(r"[^\w.]|_", "", _normal(name))


class NamedClips:
    """Finds the clip that a line names."""

    def __init__(self, folder: Path, clips: list[Path]):
        self.folder = folder
        self._by_path = {_normal(str(clip.relative_to(folder))): clip for clip in clips}
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_letters: dict[str, list[Path]] = defaultdict(list)
        for clip in clips:
            self._by_letters[_letters(clip.name)].append(clip)
            self._by_name[_normal(clip.name)].append(clip)
            if clip.suffix:
                self._by_name[_normal(clip.stem)].append(clip)

    def locate(self, name: object, where: str, findings: Findings, around: Path) -> Path | None:
        """The clip that a line of a table in the folder `around` names; None when it is left out."""
        if not isinstance(name, str) or not name.strip():
            findings.leave_out(where, Message("has no file_name; every clip needs file_name and text"))
            return None
        name = name.strip()
        parts = PureWindowsPath(name)  # takes both kinds of slashes, everywhere
        if parts.anchor or ".." in parts.parts or not parts.parts:
            refusal = Message("file_name {name!r} must name a clip inside the folder; move the clip there", name=name)
            return self._only(parts.name, where, refusal, findings)
        for path in (around / name, around.joinpath(*parts.parts)):
            if os.path.exists(path):
                if path.is_dir() or path.suffix.lower() in CLIP_ENDINGS or path in self._by_path.values():
                    return path
                kinds = ", ".join(CLIP_ENDINGS)
                why = Message(
                    "{name!r} is no clip; a clip is a {kinds} file or a folder of frames", name=name, kinds=kinds
                )
                findings.leave_out(where, why, after=": ")
                return None
        if known := self._by_path.get(_normal(str((around / "/".join(parts.parts)).relative_to(self.folder)))):
            return known
        refusal = Message("there is no {path}; put the clip there or take out the line", path=str(around / name))
        return self._only(parts.name, where, refusal, findings)

    def _only(self, name: str, where: str, refusal: Message, findings: Findings) -> Path | None:
        """The one clip of this name, of this name without its ending, or of its letters, wherever it lies: uploads and
        file systems drop signs from names."""
        matches = (self._by_name.get(_normal(name)) or self._by_letters.get(_letters(name), [])) if name else []
        if len(matches) == 1:
            clip = matches[0].relative_to(self.folder).as_posix()
            findings.guess(where, f": {refusal}", Message("taken for {clip}", clip=clip))
            return matches[0]
        findings.leave_out(where, refusal, after=": ")
        return None


class SideTexts:
    """The `.txt` and `.caption` files of a folder, by their names without endings; looked for when they are needed."""

    def __init__(self, folder: Path):
        self.folder = folder

    @cached_property
    def by_stem(self) -> dict[str, list[Path]]:
        paths: dict[str, list[Path]] = defaultdict(list)
        for path in sorted(self.folder.rglob("*")):
            if path.suffix.lower() in SIDECARS and not is_hidden(path.name):
                paths[_normal(path.stem)].append(path)
        return paths

    def of(self, clip: Path) -> list[Path]:
        """Those beside a clip and of its name; else those of its name elsewhere, if all lie in one folder."""
        named = self.by_stem.get(_normal(clip.stem), []) + self.by_stem.get(_normal(clip.name), [])
        beside = list(dict.fromkeys(path for path in named if path.parent == clip.parent))
        return beside or (named if len({path.parent for path in named}) == 1 else [])
