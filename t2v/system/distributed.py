"""Data-parallel training under `torchrun`: which process is this, one gradient for all, one decision for all.

Without `torchrun` there is one process, and everything here does nothing. Each process (rank) takes its own part of the
stream; rank 0 alone writes.
"""

import atexit
import os
from collections.abc import Sequence
from datetime import timedelta

import torch
import torch.distributed as dist

from t2v.system.threads import processors

PATIENCE = timedelta(minutes=10)  # for a rank that says nothing; rank 0 saves and evaluates while the others wait


def join(device: torch.device) -> torch.device:
    """Join the other processes that `torchrun` has started; returns this process's device (its own GPU)."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        return device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    else:  # torchrun says one thread each, however many processors there are
        torch.set_num_threads(max(1, processors() // int(os.environ["LOCAL_WORLD_SIZE"])))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    atexit.register(dist.destroy_process_group)
    return device


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def ranks() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def all_reduce_mean(tensors: Sequence[torch.Tensor]) -> None:
    """Replace each tensor by its mean over all ranks, in one message."""
    if ranks() == 1:
        return
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    _sum_over_ranks(flat)
    for tensor, mean in zip(tensors, (flat / ranks()).split([t.numel() for t in tensors]), strict=True):
        tensor.copy_(mean.view_as(tensor))


def all_reduce_any(wish: bool, device: torch.device) -> bool:
    """Whether any rank wishes it; all get the same answer, so that all leave the loop after the same step."""
    if ranks() == 1:
        return wish
    wishes = torch.tensor(float(wish), device=device)
    _sum_over_ranks(wishes)
    return wishes.item() > 0


def _sum_over_ranks(tensor: torch.Tensor) -> None:
    """Replace the tensor by its sum. ChildProcessError when another rank has died or is out of reach."""
    try:
        dist.all_reduce(tensor)
    except RuntimeError as error:
        raise ChildProcessError(
            "Another process of this training has died or is out of reach, so all end. Run the same command with "
            "--resume to go on from the last save."
        ) from error
