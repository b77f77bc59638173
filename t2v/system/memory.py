"""Freed memory: kept where a training takes it again at once (docs/LOG.md#memory-kept-by-the-allocator has what handing
it back costs), handed back where a page rests between its visitors. And how to tell that memory ran out."""

import ctypes
import sys
import threading

from t2v.system.messages import Message

OUT_OF_MEMORY = Message("not enough memory; try --device cpu, fewer or smaller frames, or a smaller batch")
M_ARENA_MAX = -8  # of malloc.h
ARENAS = 2
HAND_BACK_SECONDS = 20.0


def keep_freed_memory() -> None:
    """Ask glibc to keep freed memory for this process instead of handing it back after every layer.

    Big tensors come and go hundreds of times a step, and each time the kernel would clear their pages anew. Does
    nothing where there is no glibc.
    """
    if (libc := _glibc()) is None:
        return
    trim_threshold, mmap_threshold, largest = -1, -3, 2**31 - 1  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of malloc.h
    libc.mallopt(trim_threshold, largest)
    libc.mallopt(mmap_threshold, largest)


def use_few_arenas() -> None:
    """Let the threads of this process share two heaps of glibc, before they are started.

    By itself it gives each thread one, up to eight a core, and each keeps what its thread has freed. Does nothing where
    there is no glibc.
    """
    if (libc := _glibc()) is not None:
        libc.mallopt(M_ARENA_MAX, ARENAS)


def hand_back_freed_memory() -> None:
    """Give the kernel every whole page that is free. Does nothing where there is no glibc."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def hand_back_regularly(seconds: float = HAND_BACK_SECONDS) -> threading.Event:
    """Hand back again and again, in a thread of its own, until the event that is returned is set."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(seconds):
            hand_back_freed_memory()

    threading.Thread(target=work, daemon=True, name="hand-back").start()
    return ended


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        libc = ctypes.CDLL("libc.so.6")
        return libc if libc.mallopt and libc.malloc_trim else None
    except (OSError, AttributeError):  # musl, for example
        return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, of this program or of a GPU."""
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error)
