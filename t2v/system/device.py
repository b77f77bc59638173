"""Which processor does the work, and how this process uses it."""

import sys
from functools import lru_cache

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


@lru_cache(maxsize=4)
def problem_with(candidate: str) -> str:
    """Why nothing can be computed on this kind of device, "" where it works: some GPUs are seen and cannot be used.

    One is too old for this build of torch, another's driver is too old, a third one's memory is all taken.
    """
    try:
        torch.ones(8, device=candidate).sum().item()
    except (RuntimeError, AssertionError) as error:  # the latter where torch was built without it
        return str(error).strip().partition("\n")[0][:200]
    return ""


def pick_device(name: str = "auto") -> torch.device:
    """`auto` is CUDA, then Apple's MPS, then the CPU; what is there and does not work is passed over, with a line on
    standard error. ValueError when the named device is not there or does not work."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(_first_that_works([candidate for candidate in ("cuda", "mps") if there[candidate]]))
    if name not in there:
        raise ValueError(f"Unknown device {name!r}; known: {', '.join(DEVICES)}.")
    if not there[name]:
        raise ValueError(f"The device {name!r} is not available on this machine; use --device auto or --device cpu.")
    if problem := problem_with(name):
        raise ValueError(f"The device {name!r} does not work here ({problem}); use --device cpu.")
    return torch.device(name)


def _first_that_works(kinds: list[str]) -> str:
    for candidate in kinds:
        if not (problem := problem_with(candidate)):
            return candidate
        _say_once(f"The GPU ({candidate}) cannot be used ({problem}); the CPU does the work.")
    return "cpu"


@lru_cache(maxsize=8)
def _say_once(line: str) -> None:
    print(line, file=sys.stderr)


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
