"""The networks: `baseline` is the tutorial's, `video_gan` is ours. Both generators are called the same way.

A network is made from a `ModelConfig` and a number of words. It must not know datasets, losses, optimizers or files.
"""

from t2v.config import ModelConfig
from t2v.models import baseline, discriminator, generator, video_gan


def make_generator(config: ModelConfig, words: int):
    """A generator for a vocabulary of `words` words: `(noise, tokens, times) -> clips`, and `make_noise`."""
    if config.kind == "baseline":
        return baseline.FrameByFrameGenerator(config, words)
    if config.kind == "layered":
        return generator.Generator(config, words)
    return video_gan.Generator(config, words)


def make_discriminator(config: ModelConfig, words: int):
    """The discriminator that belongs to `make_generator`."""
    if config.kind == "baseline":
        return baseline.Discriminator()
    if config.kind == "layered":
        return discriminator.Discriminator(config, words)
    return video_gan.Discriminator(config, words)
