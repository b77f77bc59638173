"""Clips decoded by worker processes before they are asked for, so that a GPU does not wait for a disk."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset

from t2v.data.clip_folder import ClipFolder
from t2v.system.threads import processors

WORTH_SECONDS = 20.0  # of decoding; less, and processes take longer to start than they save
MAX_AUTOMATIC = 8
PREFETCHED = 16  # clips for each process


class _Clips(Dataset):
    """What a worker does: clip i (T, H, W, 3), or in words why it cannot be read."""

    def __init__(self, read: Callable[[int], np.ndarray]):
        self.read = read

    def __getitem__(self, i: int) -> np.ndarray | str:
        try:
            return self.read(i)
        except ValueError as error:
            return str(error)


def _ignore_interrupts(worker: int) -> None:
    """Ctrl-C is for the training, which ends its step and saves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _as_it_is(clip: Any) -> Any:
    return clip


def workers_worth(folder: ClipFolder) -> int:
    """How many processes the folder's clips are worth, from how long the first one took."""
    if not folder.decodes_files or folder.first_read_seconds * len(folder) < WORTH_SECONDS:
        return 0
    return max(1, min(MAX_AUTOMATIC, processors() - 1))


class DecodeAhead:
    """`take(position, number)` gives the clips that `upcoming` (position, number) foretells, in that order.

    Clips that the folder keeps in memory are not decoded again. Without workers, and for whatever was not foretold, the
    folder reads in this process. ValueError for a clip that cannot be read.
    """

    def __init__(self, folder: ClipFolder, upcoming: Iterator[tuple[int, int]], *, workers: int):
        self.folder = folder
        self._foretold: deque[tuple[int, int]] = deque()  # that workers were given and not taken yet
        self._upcoming = upcoming
        self._results: Iterator | None = None
        count = workers_worth(folder) if workers < 0 else workers * folder.decodes_files
        if count:
            # A fork would copy locks of this process's threads, of torch and FFmpeg, and wait for them for ever.
            methods = multiprocessing.get_all_start_methods()
            loader = DataLoader(
                _Clips(folder.read),
                sampler=self._numbers(),
                batch_size=None,
                num_workers=count,
                prefetch_factor=PREFETCHED,
                collate_fn=_as_it_is,
                worker_init_fn=_ignore_interrupts,
                multiprocessing_context="forkserver" if "forkserver" in methods else "spawn",
            )
            self._results = iter(loader)

    def take(self, position: int, number: int) -> np.ndarray:
        """Clip `number` (T, H, W, 3), wanted at `position`."""
        while self._results is not None and self._foretold and self._foretold[0][0] <= position:
            at, _ = self._foretold.popleft()
            try:
                result = next(self._results)
            except (StopIteration, RuntimeError):  # all are in memory by now; or a worker has died
                self._results = None
                break
            if at < position:
                continue  # of a clip that is left out
            if isinstance(result, str):
                raise ValueError(result)
            return self.folder.keep(number, result)
        return self.folder[number]

    def close(self) -> None:
        """End the processes."""
        self._results = None

    def _numbers(self) -> Iterator[int]:
        """The numbers that workers are given; asked for as fast as they decode. Ends when all are in memory, but for
        those that are broken."""
        in_memory_in_a_row = 0
        for position, number in self._upcoming:
            if not self.folder.in_memory(number):
                in_memory_in_a_row = 0
                self._foretold.append((position, number))
                yield number
                continue
            in_memory_in_a_row += 1
            if in_memory_in_a_row > 2 * len(self.folder):
                return
