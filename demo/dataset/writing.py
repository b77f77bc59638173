"""Datasets written by the page: begun, watched, cancelled, gone on with; one at a time, in a thread of its own.

A write belongs to the page and not to a visit: it goes on when its visitor has left, and whoever opens the tab sees it
and can cancel it, just as with trainings. Other processes, such as the command line, are not known here.
"""

import shutil
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from demo.locale.translate import _, ngettext
from demo.studio import about
from demo.studio.workspace import Folders, find_datasets, pick
from demo.ui.amounts import say_clips, say_duration
from t2v.config import raise_if
from t2v.system.files import remove_at_once
from t2v.system.messages import value_error

DIGEST_CHARACTERS = 6  # of the pictures, in a dataset's name


@dataclass(frozen=True)
class Writing:
    """A write as it stands. State: `writing`, `cancelling`, or how it ended: `complete`, `cancelled`, `failed`."""

    name: str
    videos: int
    state: str = "writing"
    done: int | None = None  # clips; None: it has not said anything yet
    clips_per_second: float = 0.0
    kept: bool = False  # whether a cancelled one is still there, because it was there before
    error: Exception | None = None

    @property
    def busy(self) -> bool:
        return self.state in ("writing", "cancelling")


def describe(writing: Writing) -> str:
    """How far a write is, with its rate and the time that remains; or how it ended."""
    if writing.state == "cancelling":
        return _("Cancelling {name}.", name=writing.name)
    if writing.state == "complete":
        return _(
            "{name} is complete: {clips}. It is below, among your datasets.",
            name=writing.name,
            clips=say_clips(writing.videos),
        )
    if writing.state == "cancelled":
        if writing.kept:
            return _("Cancelled. {name} stays unfinished, as it was before; go on with it below.", name=writing.name)
        return _("Cancelled. Nothing was kept.")
    if writing.done is None:
        return _("{name} is beginning.", name=writing.name)
    values = {"name": writing.name, "done": writing.done}
    if not writing.clips_per_second:
        return ngettext("{name}: {done:,} of {n:,} clip.", "{name}: {done:,} of {n:,} clips.", writing.videos, **values)
    return ngettext(
        "{name}: {done:,} of {n:,} clip, {speed:,.0f} clips/s, {left} to go.",
        "{name}: {done:,} of {n:,} clips, {speed:,.0f} clips/s, {left} to go.",
        writing.videos,
        speed=writing.clips_per_second,
        left=say_duration((writing.videos - writing.done) / writing.clips_per_second),
        **values,
    )


def dataset_name(
    *,
    grammar: str,
    videos: int,
    frames: int,
    frame_size_px: int,
    seed: int,
    layout: str,
    things: Mapping[str, np.ndarray] | None = None,
) -> str:
    """The folder's name; the same settings lead to the same folder, so an unfinished one is gone on with. A thing of
    one's own that is drawn anew leads to another."""
    name = f"{grammar}-{videos}x{frames}-{frame_size_px}px-seed{seed}-{layout}"
    if not things:
        return name
    from t2v.data.things import digest, grammar_with_things

    drawn = digest(things)[:DIGEST_CHARACTERS]
    return f"{grammar_with_things(grammar, list(things))}{name.removeprefix(grammar)}-{drawn}"


def check(**settings: Any) -> None:
    """ValueError with all that is wrong with the settings of a dataset."""
    from t2v.data.writer import Settings

    raise_if(Settings(**settings).problems())


def check_allowed(folders: Folders, **settings: Any) -> int:
    """How many bytes of disk a dataset takes, about. ValueError when the page may not write as much."""
    from t2v.data.writer import estimate

    _files, size_bytes = estimate(settings["videos"], settings["frames"], settings["frame_size_px"], settings["layout"])
    folders.limits.check_dataset(settings["videos"], size_bytes)
    return size_bytes


def write(
    folders: Folders,
    name: str,
    *,
    progress: Callable[[int, int], None],
    stop: Callable[[], bool],
    things: Mapping[str, np.ndarray] | None = None,
    **settings: Any,
) -> bool:
    """Write `datasets/<name>` or go on with it; returns whether it is complete. Raises what `write_dataset` raises.
    `things` are pictures of one's own by their names.

    Where this call made the folder, nothing half-made stays behind when it is stopped or fails. An unfinished folder
    that lay there before is gone on with, and is never removed.
    """
    from t2v.data.writer import write_dataset
    from t2v.system.lock import InUseError

    check(**settings)
    folder = folders.datasets / name
    new, complete = not folder.exists(), False
    try:
        complete = write_dataset(folder, **settings, things=things, progress=progress, stop=stop)
    except InUseError:  # what is there is another's
        new = False
        raise
    finally:
        if new and not complete:
            shutil.rmtree(folder, ignore_errors=True)
    return complete


class Writer:
    """The one who writes for a page. `now` is the latest write, which another thread replaces while it is busy.

    `in_use` names the datasets that something else reads at the moment: they are not removed.
    """

    def __init__(self, folders: Folders, in_use: Callable[[], Collection[str]] = tuple):
        self.now: Writing | None = None
        self._folders, self._in_use = folders, in_use
        self._beginning = threading.Lock()
        self._stop = threading.Event()

    def busy_with(self, name: str) -> bool:
        """Whether that dataset is being written by this page at the moment."""
        return self.now is not None and self.now.busy and self.now.name == name

    def start(self, *, name: str | None = None, things: Mapping[str, np.ndarray] | None = None, **settings: Any) -> str:
        """Begin to write, or to go on with, a dataset; returns its name. `things` are pictures of one's own by their
        names. ValueError for bad settings, or when busy."""
        from t2v.data.folder import read_state

        check(**settings)
        name = name or dataset_name(**settings, things=things)
        if name in (known := find_datasets(self._folders)) and (read_state(known[name]) or {}).get("complete"):
            raise value_error(
                "{name} is there already; it is in the menu below. Another seed gives other clips.", name=name
            )
        needed_bytes = check_allowed(self._folders, **settings)
        with self._beginning:
            if self.now is not None and self.now.busy:
                raise value_error(
                    "{name} is being written; wait until it is complete, or cancel it.", name=self.now.name
                )
            keep = (name, *self._in_use())
            self._folders.limits.make_room(self._folders.datasets, needed_bytes=needed_bytes, keep=keep)
            self._stop = threading.Event()
            self.now = Writing(name, settings["videos"])
            threading.Thread(
                target=self._write, args=(name, self._stop, settings | {"things": things}), daemon=True
            ).start()
        return name

    def go_on(self, name: str) -> str:
        """Begin to go on with an unfinished dataset, by its own settings. ValueError when there is none."""
        from t2v.data.folder import read_state
        from t2v.data.grammar import THINGS_AFTER
        from t2v.data.things import load_things
        from t2v.data.writer import Settings

        folder = pick(find_datasets(self._folders), name, "dataset")
        state = read_state(folder) or {}
        settings = {field.name: state.get(field.name) for field in fields(Settings) if field.name != "things"}
        grammar = str(settings.pop("grammar"))
        things = load_things(folder, grammar)
        return self.start(name=name, grammar=grammar.partition(THINGS_AFTER)[0], things=things, **settings)

    def delete(self, name: str) -> None:
        """Remove a dataset. ValueError while it is written or trained on, where there is none, and on a Space."""
        if self._folders.limits.clips is not None:
            raise value_error("Here datasets belong to everybody; the oldest are removed by themselves.")
        folder = pick(find_datasets(self._folders), name, "dataset")
        if self.busy_with(name):
            raise value_error("{name} is being written; cancel it first.", name=name)
        if name in self._in_use():
            raise value_error("A training reads {name} at the moment; stop it first.", name=name)
        remove_at_once(folder)
        about.forget(self._folders.datasets, name)

    def cancel(self) -> None:
        """Ask the write to end after the clips in hand. ValueError when there is none."""
        with self._beginning:
            if self.now is None or not self.now.busy:
                raise value_error("Nothing is being written any more.")
            self._stop.set()
            self.now = replace(self.now, state="cancelling")

    def _write(self, name: str, stop: threading.Event, settings: dict) -> None:
        def note(**news: Any) -> None:
            with self._beginning:
                assert self.now is not None  # of `start`
                self.now = replace(self.now, **news)

        began: tuple[int, float] | None = None  # clips there and seconds, when all is imported

        def report(done: int, total: int) -> None:
            nonlocal began
            began = began or (done, time.monotonic())
            rate = (done - began[0]) / max(1e-6, time.monotonic() - began[1])
            note(done=done, clips_per_second=rate)

        try:
            complete = write(self._folders, name, **settings, progress=report, stop=stop.is_set)
            kept = (self._folders.datasets / name).exists()
            end: dict[str, Any] = {"state": "complete" if complete else "cancelled", "kept": kept}
        except Exception as error:  # explained in the page
            end = {"state": "failed", "error": error}
        note(**end)
