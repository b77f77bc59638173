"""A GPU's training step as one command instead of a thousand.

The networks are small: a GPU is done with each layer sooner than Python can ask for the next. So a step is recorded
once as a CUDA graph, and replayed from then on, with the same arithmetic.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch

from t2v.data.batches import Batch
from t2v.gan.base import GAN
from t2v.system import distributed

Update = Callable[[Batch], dict[str, torch.Tensor]]


def fast_updates(gan: GAN) -> Update:
    """Both updates of a step, the discriminator's and the generator's: recorded where one GPU does the work."""
    return CUDAGraphStep(gan) if gan.device.type == "cuda" and distributed.ranks() == 1 else gan.update_both


class Recording(NamedTuple):
    """A step as a CUDA graph, the batch that it reads, and what it tells: names, and the tensor of their values."""

    graph: torch.cuda.CUDAGraph
    batch: Batch
    names: list[str]
    values: torch.Tensor


class CUDAGraphStep:
    """`GAN.update_both` of which each kind runs as it is the first time, is recorded the second, and then replayed."""

    def __init__(self, gan: GAN):
        self.gan, self.stream = gan, torch.cuda.Stream(gan.device)  # what is recorded must not touch the default one
        self.warmed_up: set[tuple] = set()
        self.recordings: dict[tuple, Recording] = {}

    def __call__(self, batch: Batch) -> dict[str, torch.Tensor]:
        key = (self.gan.kind_of_step(), *(x.shape for x in batch))
        if key not in self.warmed_up:  # libraries set up what they need for it
            self.warmed_up.add(key)
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                stats = self.gan.update_both(batch)
            torch.cuda.current_stream().wait_stream(self.stream)
            return stats
        if key not in self.recordings:
            self.recordings[key] = self._record(batch)
        recording = self.recordings[key]
        for old, new in zip(recording.batch, batch, strict=True):
            old.copy_(new)
        for network in (self.gan.generator, self.gan.discriminator):
            self.gan.set_rates(network)
        recording.graph.replay()
        return dict(zip(recording.names, recording.values.clone().unbind(), strict=True))

    def _record(self, batch: Batch) -> Recording:
        """Writes the step's operations down; none is done before the recording is replayed."""
        graph, held = torch.cuda.CUDAGraph(), Batch(*(x.clone() for x in batch))
        graph.register_generator_state(self.gan.rng)
        with torch.cuda.graph(graph, stream=self.stream):
            stats = self.gan.update_both(held)
            values = torch.stack(list(stats.values()))
        return Recording(graph, held, list(stats), values)
