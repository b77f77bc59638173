"""What a visitor may start, which depends on where the page runs: at home everything, on a public Space a little.

Hugging Face names a Space in `SYSTEM` and `SPACE_ID`, and one with a lent GPU in `SPACES_ZERO_GPU`.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from demo.locale.translate import _
from t2v.config import TrainConfig, raise_if, range_problem
from t2v.presets import preset
from t2v.system.messages import Message, value_error

GB = 10**9
BLOCK_BYTES = 4096


@dataclass(frozen=True)
class Limits:
    """Of the page, for everybody who visits it. None: no limit but the package's own."""

    minutes: float | None = None  # of a training
    batch_size: int | None = None
    clips: int | None = None  # of a dataset
    upload_bytes: int = 500 * 10**6  # of a file; a film from a telephone has a hundred million
    folder_bytes: int | None = None  # of all runs together, and of all datasets together; the oldest go
    device: str = "auto"  # that trainings and measurements get
    waiting: int = 200  # events of all visitors, and first answers past the queue; thirty people make some 60 at once
    visits: int = 500  # of which files are kept, at once
    zip_bytes: int = 200 * 10**6  # of a dataset that can be downloaded
    free_bytes: int = 10**9  # of the disk, which uploads must leave

    def check_training(self, recipe: TrainConfig, minutes: float | None) -> float | None:
        """The minutes that a training gets. ValueError when more is asked for than is allowed here."""
        problems = _above("batch_size", recipe.batch_size, self.batch_size)
        if self.batch_size is not None:  # the size of a step, by which all share the memory, is the preset's
            usual = preset(recipe.preset)
            if recipe.model != usual.model or recipe.frames > usual.frames:
                problems.append(Message("networks and clips have their preset's size on this page"))
        if minutes is not None:
            problems += _above("minutes", minutes, self.minutes)
        raise_if(problems)
        return self.minutes if minutes is None else minutes

    def check_dataset(self, videos: int, size_bytes: int) -> None:
        """ValueError when a dataset would be larger than is allowed here."""
        raise_if(_above("videos", videos, self.clips))
        if self.folder_bytes is not None and size_bytes > self.folder_bytes:
            raise value_error(
                "That would take {wanted:.1f} GB, and {allowed:.0f} GB is what all datasets here may take; "
                "choose fewer or smaller frames.",
                wanted=size_bytes / GB,
                allowed=self.folder_bytes / GB,
            )

    def make_room(self, folder: Path, *, needed_bytes: int = 0, keep: tuple[str, ...] = ()) -> None:
        """Remove the oldest subfolders of `folder`, but none of `keep`, until the rest and what is needed fit."""
        if self.folder_bytes is None or not folder.is_dir():
            return
        known = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
        sizes = {path: _size_bytes(path) for path in known}
        left_bytes = sum(sizes.values()) + needed_bytes
        for path in known:
            if left_bytes > self.folder_bytes and path.name not in keep and not path.name.startswith("."):
                shutil.rmtree(path, ignore_errors=True)
                left_bytes -= sizes[path]

    def training_in_words(self) -> str:
        """What is limited in a training; nothing where nothing is."""
        if self.minutes is None:
            return ""
        words = _(
            "On this public Space a training takes {minutes} minutes at most, one runs at a time, and the oldest runs "
            "are removed. Duplicate this Space for more.",
            minutes=f"{self.minutes:.0f}",
        )
        where = _("Trainings run on the processor.")
        return f"{words} {where}" if self.device == "cpu" else words

    def dataset_in_words(self) -> str:
        """What is limited in a dataset; nothing where nothing is."""
        if self.clips is None:
            return ""
        return _(
            "On this public Space a dataset has {clips:,} clips at most, one dataset is written at a time, and the "
            "oldest are removed. Duplicate this Space for more.",
            clips=self.clips,
        )


NO_LIMITS = Limits()
PUBLIC_SPACE = Limits(minutes=10.0, batch_size=64, clips=1000, upload_bytes=20 * 10**6, folder_bytes=2 * GB)
PUBLIC_ZERO_GPU = replace(PUBLIC_SPACE, device="cpu")  # a lent GPU is taken back after a minute


def on_a_space(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("SYSTEM") == "spaces" or bool(environment.get("SPACE_ID"))


def limits_here(environment: Mapping[str, str] = os.environ) -> Limits:
    """What applies where this process runs."""
    if not on_a_space(environment):
        return NO_LIMITS
    return PUBLIC_ZERO_GPU if environment.get("SPACES_ZERO_GPU") else PUBLIC_SPACE


def on_a_lent_gpu(work: Callable) -> Callable:
    """Run `work`, a function or a generator, on a GPU that ZeroGPU lends for each call; elsewhere as it is."""
    if not os.environ.get("SPACES_ZERO_GPU"):
        return work
    import spaces  # installed by the Space itself

    return spaces.GPU(work)


def _size_bytes(folder: Path) -> int:
    """On disk, in whole blocks, each entry one more; what is being removed meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += (path.lstat().st_size // BLOCK_BYTES + 1) * BLOCK_BYTES
    return total


def _above(name: str, value: object, most: float | None) -> list[str]:
    return [] if most is None else range_problem(name, value, 0, most)
