"""The random numbers of a scene: they follow from seed, index and column alone, so clip 7 is clip 7 in any batch."""

import torch


def random_uniform(seed: int, indices: torch.Tensor, count: int) -> torch.Tensor:
    """(B, count) numbers in [0, 1) that depend on (seed, index, column) alone, the same on every device.

    Counter-based: the SplitMix64 finalizer (Steele et al. 2014) over index and column: clip 7 is clip 7 in any batch.
    """
    key = _mix(torch.tensor(_signed64(seed + 1), device=indices.device))
    row = _mix(key + indices.to(torch.int64) * _signed64(0x9E3779B97F4A7C15))  # (B,)
    column = torch.arange(1, count + 1, device=indices.device) * _signed64(0xD1B54A32D192ED03)
    return ((_mix(row[:, None] + column) >> 40) & (2**24 - 1)).float() / 2**24  # (B, count)


def _mix(x: torch.Tensor) -> torch.Tensor:
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        x = (x ^ ((x >> shift) & (2 ** (64 - shift) - 1))) * _signed64(factor)  # the mask makes the shift unsigned
    return x


def _signed64(value: int) -> int:
    """The low 64 bits of `value` as torch's signed integers hold them."""
    return (value + 2**63) % 2**64 - 2**63
