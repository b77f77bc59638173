"""Freed memory that this process keeps: docs/LOG.md#memory-kept-by-the-allocator has what handing it back costs."""

import ctypes
import sys


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
