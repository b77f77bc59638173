"""How many of torch's threads compute: no more than there are processors for."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

ADJUST_EVERY_SECONDS = 3.0  # of steps
ROUNDS_WITH_FEWER = 20  # then all are tried again
ENOUGH = 0.75  # of a processor for each thread
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container on Linux: microseconds in each so many, or "max"


def processors(quota_file: Path = CPU_QUOTA) -> int:
    """How many processor cores this process may use: fewer than the machine has, in a container with a quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = quota_file.read_text().split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # another system, or "max": no quota
        return cores


def fit_threads(quota_file: Path = CPU_QUOTA) -> None:
    """No more of torch's threads than processors: torch counts the machine's, whatever a container allows."""
    torch.set_num_threads(min(torch.get_num_threads(), processors(quota_file)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes on one thread here. Also a decorator: `@one_thread()`.

    For work of many small layers, such as drawing clips: there a second thread gains next to nothing, and where another
    program takes its processor, waiting for it costs far more than the work (docs/LOG.md#threads-that-spin). Threads of
    the program that are begun meanwhile compute on one as well.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Threads:
    """Torch's threads in a training on processors: as many as have one each. Goes around each step: `with threads:`.

    Threads wait for one another by spinning. While all run, that is the fastest way: two take a step in three quarters
    of one's time. Where another program takes a processor, two need two or three times as long as one
    (docs/LOG.md#threads-that-spin). What other numbers of threads compute may differ in its last bits, so a training
    does this only when it is told to. `say` is called with each change; the clocks give seconds, the second one those
    that this process had of all processors.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.perf_counter,
        processor_clock: Callable[[], float] = time.process_time,
        adjust_every_seconds: float = ADJUST_EVERY_SECONDS,
    ):
        self.now = self.all = torch.get_num_threads()
        self.say, self.clock, self.processor_clock = say, clock, processor_clock
        self.adjust_every_seconds = adjust_every_seconds
        self.clock_seconds = self.processor_seconds = 0.0  # of steps since the last adjustment
        self.rounds_with_fewer = 0

    def __enter__(self) -> None:
        self.outside = torch.get_num_threads()
        torch.set_num_threads(self.now)
        self.began = self.clock(), self.processor_clock()

    def __exit__(self, *_: object) -> None:
        self.clock_seconds += self.clock() - self.began[0]
        self.processor_seconds += self.processor_clock() - self.began[1]
        torch.set_num_threads(self.outside)
        if self.clock_seconds >= self.adjust_every_seconds:
            self.adjust()
            self.clock_seconds = self.processor_seconds = 0.0

    def adjust(self) -> None:
        """Go on with as many threads as there were processors for since the last time; now and then try all again."""
        had = self.processor_seconds / self.clock_seconds
        if had < ENOUGH * self.now and self.now > 1:
            self.now, self.rounds_with_fewer = max(1, round(had)), 0
            self.say(f"processors for {had:.1f} threads, other programs have the rest: on with {self.now}")
        elif self.now < self.all:
            self.rounds_with_fewer += 1
            if self.rounds_with_fewer == ROUNDS_WITH_FEWER:
                self.now = self.all
                self.say(f"trying all {self.all} threads again")


def crowding() -> str | None:
    """A warning when other programs already keep more than half of the processors busy; ask before working."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if busy <= processors() / 2:
        return None
    return (
        f"Other programs keep {busy:.1f} of {processors()} processors busy: all will be slower, and speeds will swing."
    )
