"""Which processor does the work, and how this process uses it."""

import ctypes
import os
import sys
from pathlib import Path

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
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
