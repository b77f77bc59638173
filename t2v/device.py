"""Which processor does the work, and how this process uses it."""

import ctypes
import sys

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


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
