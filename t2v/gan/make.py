"""The GAN that belongs to a recipe."""

import torch

from t2v.config import TrainConfig
from t2v.data.vocabulary import Vocabulary
from t2v.gan.autoencoding import AutoencodingGAN
from t2v.gan.base import GAN
from t2v.gan.frame_gan import FrameGAN
from t2v.gan.layered import LayeredGAN


def make_gan(config: TrainConfig, vocabulary: Vocabulary, *, device: str | torch.device = "cpu") -> GAN:
    """The GAN of a recipe: of its model's kind, and one that begins as an autoencoder where it says so."""
    layered = AutoencodingGAN if config.autoencode_steps else LayeredGAN
    return (FrameGAN if config.model.kind == "baseline" else layered)(config, vocabulary, device=device)
