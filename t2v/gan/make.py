"""The GAN that belongs to a recipe."""

import torch

from t2v.config import TrainConfig
from t2v.data.vocabulary import Vocabulary
from t2v.gan.base import GAN
from t2v.gan.frame_gan import FrameGAN
from t2v.gan.layered import LayeredGAN

KINDS = {"layered": LayeredGAN, "baseline": FrameGAN}


def make_gan(config: TrainConfig, vocabulary: Vocabulary, *, device: str | torch.device = "cpu") -> GAN:
    """The GAN of a recipe's model kind."""
    return KINDS[config.model.kind](config, vocabulary, device=device)
