"""Which processor does the work, and how this process uses it."""

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
