"""The parts that both networks are made of: linear stacks, features of time and place, first weights, soft limits."""

import math
from itertools import pairwise

import torch
from torch import nn

LEAK = 0.2  # slope of leaky ReLUs below 0


def leaky_relu(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.leaky_relu(x, LEAK)


def mlp(*sizes: int, linear_end: bool = False) -> nn.Sequential:
    """Linear layers of these sizes, with leaky ReLU after each; after the last only without `linear_end`."""
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*(layers[:-1] if linear_end else layers))


def kaiming_init_(network: nn.Module) -> None:
    """First weights that keep a signal's variance through leaky ReLUs (He et al. 2015); biases begin at 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.Conv3d):
            nn.init.kaiming_normal_(layer.weight, a=LEAK)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def isru(x: torch.Tensor) -> torch.Tensor:
    """Into (-1, 1) like tanh, with a gradient that falls off slowly: inverse square root unit (Carlile et al. 2017)."""
    return x * (1 + x.square()).rsqrt()


def coordinates(height: int, width: int, device: torch.device | None = None) -> torch.Tensor:
    """Where each pixel is, across and down, from -1 to 1: (2, H, W) (CoordConv, Liu et al. 2018)."""
    across = torch.linspace(-1, 1, width, device=device).expand(height, width)
    down = torch.linspace(-1, 1, height, device=device)[:, None].expand(height, width)
    return torch.stack([across, down])


def add_coordinates(x: torch.Tensor) -> torch.Tensor:
    """(N, C, ..., H, W) -> (N, C + 2, ..., H, W): two more channels say where each pixel is."""
    places = coordinates(x.shape[-2], x.shape[-1], device=x.device)  # (2, H, W)
    places = places.view(2, *[1] * (x.ndim - 4), *places.shape[1:])  # (2, ..., H, W)
    return torch.cat([x, places.expand(len(x), 2, *x.shape[2:])], 1)


class TimeFeatures(nn.Module):
    """Times (...) -> (..., 1 + 2 * octaves): the time, and sines and cosines of pi * 2**j * time, divided by 2**j.

    So divided, all of them change equally fast, and an untrained network moves smoothly instead of trembling.
    """

    rates: torch.Tensor  # (octaves,)

    def __init__(self, octaves: int):
        super().__init__()
        self.size = 1 + 2 * octaves
        self.register_buffer("rates", math.pi * 2.0 ** torch.arange(octaves), persistent=False)

    def forward(self, times: torch.Tensor) -> torch.Tensor:
        angles = times[..., None] * self.rates  # (..., octaves)
        heights = math.pi / self.rates
        return torch.cat([2 * times[..., None] - 1, heights * angles.sin(), heights * angles.cos()], -1)
