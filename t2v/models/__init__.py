"""The networks: the layered video GAN's (`generator`, `discriminator`) and the tutorial's (`baseline`).

A network is made from a `ModelConfig` and a number of words. It must not know datasets, losses, optimizers or files.

`text` makes features of a caption; `generator` decodes layers, as many as `presence` says, and moves them, one after
another's path by `following`, from places that `placing` keeps apart; `compositing` puts them over the background, the
nearest in front; `discriminator` judges clip and caption, with crops from `glimpses`, which words look for by
`matching`. `layers` are parts of both. `baseline` has the tutorial's three.
"""

from typing import Any

from torch import nn

from t2v.config import ModelConfig
from t2v.models import baseline, discriminator, generator


def make_generator(config: ModelConfig, words: int) -> Any:
    """A generator for a vocabulary of `words` words: `(noise, tokens, times) -> clips`, and `make_noise`."""
    network_type = baseline.FrameByFrameGenerator if config.kind == "baseline" else generator.Generator
    return network_type(config, words)


def make_discriminator(config: ModelConfig, words: int) -> nn.Module:
    """The discriminator that belongs to `make_generator`."""
    return baseline.Discriminator() if config.kind == "baseline" else discriminator.Discriminator(config, words)
