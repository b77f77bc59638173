"""Which processor does the work, and how this process uses it."""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
LOOK_SECONDS = 3.0  # of steps, between two looks at whether the threads have a processor each
LOOKS_WITH_FEWER = 20  # then all are tried again
ENOUGH = 0.75  # of a processor for each thread
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container on Linux: microseconds in each so many, or "max"


def pick_device(name: str = "auto") -> torch.device:
    """`auto` is CUDA, then Apple's MPS, then the CPU. ValueError when the named device is not there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if there[kind])
    if name not in there:
        raise ValueError(f"Unknown device {name!r}; known: {', '.join(DEVICES)}.")
    if not there[name]:
        raise ValueError(f"The device {name!r} is not available on this machine; use --device auto or --device cpu.")
    return torch.device(name)


def processors() -> int:
    """How many processor cores this process may use: fewer than the machine has, in a container with a quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = CPU_QUOTA.read_text().split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # another system, or "max": no quota
        return cores


def fit_threads() -> None:
    """No more of torch's threads than processors: torch counts the machine's, whatever a container allows."""
    torch.set_num_threads(min(torch.get_num_threads(), processors()))


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes on one thread here. Also a decorator: `@one_thread()`.

    For work of many small layers, such as drawing clips: there a second thread gains next to nothing, and where another
    program takes its processor, waiting for it costs far more than the work (LOG.md). Threads of the program that are
    begun meanwhile compute on one as well.
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
    of one's time. Where another program takes a processor, two need two or three times as long as one (LOG.md). What
    other numbers of threads compute may differ in its last bits; `fixed`, on a GPU, and with `OMP_NUM_THREADS` set,
    their number stays. `say` hears of changes.
    """

    def __init__(self, device: torch.device, say: Callable[[str], None] = lambda message: None, *, fixed: bool = False):
        self.now = self.all = torch.get_num_threads()
        self.fixed = fixed or device.type != "cpu" or "OMP_NUM_THREADS" in os.environ
        self.say = say
        self.clock_seconds = self.processor_seconds = 0.0  # of steps since the last look
        self.looks_with_fewer = 0

    def __enter__(self) -> None:
        self.outside = torch.get_num_threads()
        torch.set_num_threads(self.now)
        self.began = time.perf_counter(), time.process_time()

    def __exit__(self, *_) -> None:
        self.clock_seconds += time.perf_counter() - self.began[0]
        self.processor_seconds += time.process_time() - self.began[1]
        torch.set_num_threads(self.outside)
        if not self.fixed and self.clock_seconds >= LOOK_SECONDS:
            self.look()
            self.clock_seconds = self.processor_seconds = 0.0

    def look(self) -> None:
        """Go on with as many threads as there were processors for since the last look; now and then try all again."""
        had = self.processor_seconds / self.clock_seconds
        if had < ENOUGH * self.now and self.now > 1:
            self.now, self.looks_with_fewer = max(1, round(had)), 0
            self.say(f"processors for {had:.1f} threads, other programs have the rest: on with {self.now}")
        elif self.now < self.all:
            self.looks_with_fewer += 1
            if self.looks_with_fewer == LOOKS_WITH_FEWER:
                self.now = self.all
                self.say(f"trying all {self.all} threads again")


def use_fast_arithmetic(device: torch.device) -> None:
    """On an NVIDIA GPU: products of 19 bits instead of 32 (TF32), and convolutions by the way that is fastest here.

    It holds for the whole process. That way is chosen by the clock, so a run need not repeat to the last bit.
    """
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True


def send(x: torch.Tensor, device: torch.device | str) -> torch.Tensor:
    """The tensor on a device. A GPU fetches it when it comes to that, and this program goes on meanwhile."""
    if x.device.type == "cpu" and torch.device(device).type == "cuda":
        return x.pin_memory().to(device, non_blocking=True)
    return x.to(device)


def crowding() -> str | None:
    """A warning when other programs already keep more than half of the processors busy; ask before working."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if busy <= processors() / 2:
        return None
    return (
        f"Other programs keep {busy:.1f} of {processors()} processors busy: all will be slower, and speeds will swing."
    )


def keep_freed_memory() -> None:
    """Ask glibc to keep freed memory for this process instead of handing it back after every layer.

    Big tensors come and go hundreds of times a step, and each time the kernel would clear their pages anew. Does
    nothing where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # musl, for example
        return
    trim_threshold, mmap_threshold, largest = -1, -3, 2**31 - 1  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of malloc.h
    mallopt(trim_threshold, largest)
    mallopt(mmap_threshold, largest)
