"""Networks + optimizers + EMA: what every kind of GAN here shares.

A batch is clips (B, T, 3, H, W) float in [-1, 1], their times (B, T) in [0, 1] and tokens (B, L), and negative captions
(R, B, L). Statistics are 0-dim tensors: nothing waits for the device until somebody reads them.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from t2v.config import TrainConfig
from t2v.data.batches import Batch
from t2v.data.vocabulary import Vocabulary
from t2v.models import make_discriminator, make_generator
from t2v.system import distributed


def laid_out_as(weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """x in the memory layout of weights of its shape: fused Adam takes no other."""
    return x if x.stride() == weights.stride() else torch.empty_like(weights).copy_(x)


def lay_out_channels_last(network: nn.Module) -> None:
    """Bring the weights of two-dimensional convolutions into the memory layout that GPUs want."""
    for weights in network.parameters():
        if weights.ndim == 4:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)


def param_groups(network: nn.Module) -> list[dict]:
    """What of a network learns, in groups for an optimizer, each with its share of the learning rate, `lr_mult`."""
    slow = {id(parameter): mult for part, mult in getattr(network, "lr_mults", ()) for parameter in part.parameters()}
    groups: dict[float, list] = {}
    for parameter in network.parameters():
        if parameter.requires_grad:
            groups.setdefault(slow.get(id(parameter), 1.0), []).append(parameter)
    return [{"params": parameters, "lr_mult": mult} for mult, parameters in groups.items()]


class GAN(ABC):
    """What both kinds share: two networks, their optimizers, the generator's moving average (EMA), all as state."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device: str | torch.device = "cpu"):
        self.config, self.device = config, torch.device(device)
        self.augments = False  # whether the discriminator sees clips a little changed (`augment.py`), for few clips
        words = len(vocabulary.words)
        with torch.random.fork_rng(devices=[]):  # torch's layers take their first values from the global generator
            torch.manual_seed(config.seed)
            networks = make_generator(config.model, words), make_discriminator(config.model, words)
        self.generator: Any  # one of `t2v.models`; as plain Modules their methods would be unknown
        self.discriminator: Any
        self.generator, self.discriminator = (network.to(self.device) for network in networks)
        if self.device.type == "cuda":  # whose convolutions want images so; else each brings its own into that layout
            for network in networks:
                lay_out_channels_last(network)
        ema = copy.deepcopy(self.generator).to(self.device)  # there anew: a GRU's weights want to lie side by side
        self.generator_ema = ema.requires_grad_(False).eval()
        self.rng = torch.Generator(self.device).manual_seed(config.seed)
        self.optimizers = [self._make_optimizer(network) for network in (self.generator, self.discriminator)]
        self.step = 0

    def _make_optimizer(self, network: nn.Module) -> torch.optim.Adam:
        config, options = self.config, {}
        if self.device.type == "cuda":  # so that a step can be recorded (`cuda_graph.py`): rates live on the GPU too
            options = {"capturable": True, "fused": True}
        optimizer = torch.optim.Adam(param_groups(network), lr=config.learning_rate, betas=config.betas, **options)
        if options:
            for group in optimizer.param_groups:
                group["lr"] = torch.tensor(config.learning_rate, device=self.device)
        return optimizer

    @abstractmethod
    def initialize_from(self, batch: Batch) -> None:
        """Let untrained networks start from what the data is like."""

    def noise(self, clips: int, frames: int) -> torch.Tensor:
        """The noise of this rank's clips."""
        return self.shard(lambda count: self.generator.make_noise(self.rng, count, frames), clips)

    def shard(self, draw: Callable[[int], torch.Tensor], clips: int) -> torch.Tensor:
        """This rank's share of what `draw` gives for all ranks' clips; all draw it all, to stay in step."""
        return draw(clips * distributed.ranks())[clips * distributed.rank() :][:clips]

    def optimize(self, network: nn.Module, loss: torch.Tensor) -> None:
        """One step of the network's own optimizer for what the loss has used; the other network gets no gradient."""
        optimizer = self.optimizers[0 if network is self.generator else 1]
        optimizer.zero_grad(set_to_none=True)
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        distributed.all_reduce_mean([gradient for gradient in gradients if gradient is not None])
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient if gradient is None else laid_out_as(parameter, gradient)
        if self.device.type != "cuda" or not torch.cuda.is_current_stream_capturing():
            self.set_rates(network)
        optimizer.step()

    @abstractmethod
    def update_both(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The discriminator's update, then the generator's, from one set of fakes; the statistics of both."""

    def set_rates(self, network: nn.Module) -> None:
        """Give the network's optimizer this step's learning rates."""
        optimizer = self.optimizers[0 if network is self.generator else 1]
        for group in optimizer.param_groups:
            rate = group["lr_mult"] * self.learning_rate(network)
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def kind_of_step(self) -> tuple:
        """What of the next step's mathematics depends on its number, learning rates aside."""
        return ()

    def learning_rate(self, network: nn.Module) -> float:
        """This step's. The generator begins slowly: a discriminator that knows nothing yet would lead it astray."""
        rate, warmup = self.config.learning_rate_at(self.step), self.config.generator_warmup_steps
        begun = 1 + self.step - self.config.reading_until(self.step)
        if network is self.discriminator or not warmup or begun <= 0:
            return rate
        return rate * min(1.0, begun / warmup)

    @torch.no_grad()
    def update_ema(self) -> None:
        """The generator's moving average follows it, faster at the start; ends the step."""
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        parameters = list(self.generator.parameters())
        torch._foreach_lerp_(list(self.generator_ema.parameters()), parameters, 1 - decay)
        self.step += 1

    def state_dict(self) -> dict:
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "generator_ema": self.generator_ema.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": self.rng.get_state(),
            "step": self.step,
        }

    def load_state_dict(self, state: dict) -> None:
        for name in ("generator", "discriminator", "generator_ema"):
            getattr(self, name).load_state_dict(state[name])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved | {"param_groups": optimizer.state_dict()["param_groups"]})
            for parameter, kept in optimizer.state.items():
                kept |= {name: laid_out_as(parameter, kept[name]) for name in ("exp_avg", "exp_avg_sq")}
        self.step = state["step"]
        if state["rng"].numel() == self.rng.get_state().numel():
            self.rng.set_state(state["rng"].cpu())
        else:  # of another kind of device, whose noise is another one
            self.rng.manual_seed(self.config.seed + self.step)
