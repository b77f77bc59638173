"""Tiny real recipes that every test file may use: the whole machine, small enough for a second."""

from dataclasses import replace

import pytest
import torch

from t2v.config import ModelConfig, TrainConfig, preset

torch.set_num_threads(1)  # small networks lose more than they gain by a second thread


@pytest.fixture
def tiny_config() -> TrainConfig:
    """The video GAN on the whole grammar at 16 px, with few channels."""
    model = ModelConfig(
        frame_size_px=16, noise_size=4, text_size=8, code_size=16, generator_channels=16, discriminator_channels=8
    )
    often = {"log_every_steps": 1, "save_every_steps": 2, "preview_every_steps": 2}
    return replace(preset("lesson"), model=model, batch_size=4, steps=4, **often)


@pytest.fixture
def tiny_baseline() -> TrainConfig:
    """The tutorial's networks, which come in one size only, for a few steps."""
    return replace(preset("baseline"), batch_size=2, steps=2, log_every_steps=1)
