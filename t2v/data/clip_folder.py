"""A folder of clips with captions, once it is open: `folder[i]`. How one is opened is in `folder.py`."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from t2v.data.survey import Survey
from t2v.media.clip_cache import read_cached
from t2v.system.messages import of_error, value_error

CACHE_BYTES = 2**29


class ClipFolder:
    """`folder[i]` is clip i, (T, H, W, 3) uint8, read-only; `captions[i]` is what it shows. All clips have one shape.

    Clips are read when asked for. The first that fit into `cache_bytes` stay in memory: where an epoch asks for every
    clip once, that serves more requests than keeping the latest. `counts` tells what else the metadata say, for each
    column how often each text stands in it: {"shape": {"star": 250, ...}, ...}. A clip may have several captions:
    `captions_of[i]` has all. `survey` says how a folder of somebody's own clips was understood; datasets written
    here have none.
    """

    def __init__(
        self,
        captions: list[str],
        paths: list[Path],
        read: Callable[[int], np.ndarray],
        *,
        cache_bytes: int = CACHE_BYTES,
        counts: dict[str, Counter] | None = None,
        captions_of: list[tuple[str, ...]] | None = None,
        survey: Survey | None = None,
        written_here: bool = False,
    ):
        self.captions = captions
        self.captions_of = captions_of or [(caption,) for caption in captions]
        self.counts = counts or {}
        self.survey = survey
        self.written_here = written_here
        self._paths, self.read = paths, read
        self._kept: dict[int, np.ndarray] = {}
        self._room_bytes = cache_bytes
        self.decodes_files = isinstance(read, FileReader)
        began = time.monotonic()
        self._shape = read(0).shape
        self.first_read_seconds = time.monotonic() - began
        self.frames, self.frame_size_px, width_px, _ = self._shape
        if width_px != self.frame_size_px:
            raise ValueError(
                f"{paths[0]} has {_say(self._shape)}, not square; give frame_size_px to cut out the middle"
            )

    def __len__(self) -> int:
        return len(self.captions)

    def path(self, i: int) -> Path:
        """Where clip i lies."""
        return self._paths[i]

    def in_memory(self, i: int) -> bool:
        return i in self._kept

    def all_captions(self) -> list[str]:
        """Each caption of each clip."""
        return [caption for captions in self.captions_of for caption in captions]

    def restore(self, clips: list[dict]) -> list[str]:
        """Be the folder again that an earlier `survey.to_json()` told of, in its order and with its captions, so that a
        training can go on: clips that are gone since are found broken when asked for, new ones are not used. Returns
        what has changed, in words. ValueError when more than half are gone or have other captions.
        """
        assert self.survey is not None
        root = self.survey.folder
        there = {clip.path.relative_to(root).as_posix(): clip for clip in self.survey.clips}
        before = {clip["file_name"]: tuple(clip["captions"]) for clip in clips}
        gone = [name for name, captions in before.items() if name not in there or there[name].captions != captions]
        if 2 * len(gone) > len(before):
            raise ValueError(f"{len(gone)} of {len(before)} clips are gone from {root}, or have other captions")
        self._paths[:] = [root / name for name in before]
        self.captions_of = list(before.values())
        self.captions = [captions[0] for captions in self.captions_of]
        self._kept.clear()
        changes = [f"no longer there, or with another caption: {name}" for name in gone]
        return changes + [f"new since the training began, and not used: {name}" for name in there if name not in before]

    def readable(self, indices: Iterable[int]) -> list[np.ndarray]:
        """Those of these clips that can be read, (T, H, W, 3) uint8 each: for measures of many clips."""
        clips = []
        for i in indices:
            with suppress(ValueError, OSError):  # training tells of it, when it meets that clip
                clips.append(self[int(i)])
        return clips

    def __getitem__(self, i: int) -> np.ndarray:
        i = range(len(self))[i]
        return self._kept[i] if i in self._kept else self.keep(i, self.read(i))

    def keep(self, i: int, clip: np.ndarray) -> np.ndarray:
        """Clip i as `read` has decoded it, here or in another process; kept in memory if there is room."""
        if clip.shape != self._shape:
            raise ValueError(
                f"{self._paths[i]} has {_say(clip.shape)}, {self._paths[0]} has {_say(self._shape)}; "
                "make all clips alike, or give frame_size_px to convert them"
            )
        clip.flags.writeable = False
        if i not in self._kept and clip.nbytes <= self._room_bytes:
            self._room_bytes -= clip.nbytes
            self._kept[i] = clip
        return clip


@dataclass(frozen=True)
class FileReader:
    """Reads clip i of a list of files and folders of frames; can be sent to another process."""

    paths: list[Path]
    frames: int | None
    frame_size_px: int | None
    fit: str

    def __call__(self, i: int) -> np.ndarray:
        try:
            return read_cached(self.paths[i], frames=self.frames, size=self.frame_size_px, fit=self.fit)
        except ValueError as error:
            raise value_error(
                "{reason}; replace this clip or take it out of the dataset", reason=of_error(error)
            ) from error


def _say(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} frames of {shape[2]} x {shape[1]} px"
