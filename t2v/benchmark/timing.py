"""How long work takes here, next to other work and next to the best that this machine can do.

Shared machines swing several-fold, so what is compared runs in turn, A B A B, and medians count.
"""

import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

MATRIX_SIDE, GPU_MATRIX_SIDE = 1536, 8192  # so large that to start the product costs nothing beside it
COPY_BYTES = 2**27
FILES = 200


@dataclass(frozen=True)
class Times:
    """How long the same work took, several times: by the clock, and of this process's processors together."""

    clock_seconds: tuple[float, ...]
    processor_seconds: tuple[float, ...]

    @property
    def seconds(self) -> float:
        return statistics.median(self.clock_seconds)


def once(work: Callable[[], object], device: torch.device) -> tuple[float, float]:
    """Seconds of the clock and of this process's processors; waits for a GPU to be done."""
    began, processors_began = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began, time.process_time() - processors_began


def in_turn(*works: Callable[[], object], repeats: int, device: torch.device) -> list[Times]:
    """Each of `works` once to warm up, then all of them in turn `repeats` times."""
    for work in works:
        once(work, device)
    rounds = [[once(work, device) for work in works] for _ in range(repeats)]
    return [Times(*zip(*column, strict=True)) for column in zip(*rounds, strict=True)]


def times_as_fast(ours: Times, theirs: Times) -> dict[str, float]:
    """The medians of what their time is to ours, turn by turn."""
    return {
        name: statistics.median(b / a for a, b in zip(getattr(ours, clock), getattr(theirs, clock), strict=True))
        for name, clock in (("times_as_fast", "clock_seconds"), ("times_less_processor", "processor_seconds"))
    }


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """e of cost ~ size**e by least squares; 1 is a cost that grows as the work does."""
    x, y = ([math.log(value) for value in values] for values in (sizes, costs))
    return statistics.linear_regression(x, y).slope


class Flops(TorchDispatchMode):
    """Counts the arithmetic of matrix products and convolutions in its block; torch's own counter refuses penalties."""

    total = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if formula := flop_registry.get(function.overloadpacket):
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result


def matrix_product(device: torch.device) -> tuple[Callable[[], torch.Tensor], float]:
    """The fastest arithmetic that a processor is made for: the work, and how many GFLOP it is."""
    side = GPU_MATRIX_SIDE if device.type == "cuda" else MATRIX_SIDE
    a = torch.randn(side, side, device=device)
    return lambda: a @ a, 2 * side**3 / 1e9


def machine_at_best(device: torch.device) -> dict[str, float]:
    """The best of several: a large matrix product, a copy in memory (bytes read and written), the same bytes written
    to a file, not waiting for the disk; and what a file costs that has none."""
    block = torch.zeros(COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.empty_like(block)
    work, gflop = matrix_product(device)
    product, copy = in_turn(work, lambda: target.copy_(block), repeats=7, device=device)
    with tempfile.TemporaryDirectory() as folder:
        numbers, content = count(), bytes(COPY_BYTES)
        (written,) = in_turn(
            lambda: Path(folder, f"written_{next(numbers)}").write_bytes(content), repeats=3, device=torch.device("cpu")
        )
        names = iter(range(FILES))
        began = time.perf_counter()
        for name in names:
            Path(folder, str(name)).write_bytes(b"")
        file_seconds = (time.perf_counter() - began) / FILES
    return {
        "gflop_per_second": gflop / min(product.clock_seconds),
        "copied_gb_per_second": 2 * COPY_BYTES / min(copy.clock_seconds) / 1e9,
        "written_gb_per_second": COPY_BYTES / min(written.clock_seconds) / 1e9,
        "microseconds_per_new_file": 1e6 * file_seconds,
    }


def resident_mb(process: int | str = "self") -> float | None:
    """Memory that a process holds; None where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), None)


def system_load() -> float | None:
    """How many programs wanted a processor in the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
