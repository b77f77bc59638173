"""The smallest recipe of the whole machine: the video GAN on the whole grammar at 16 px, trained within a second."""

from dataclasses import replace

from t2v.config import ModelConfig
from t2v.presets import preset

MODEL = ModelConfig(
    frame_size_px=16,
    discriminator_size_px=16,
    noise_size=4,
    text_size=8,
    code_size=16,
    hidden_size=16,
    decoder_channels=16,
    discriminator_channels=8,
)
OFTEN = {"log_every_steps": 1, "save_every_steps": 2, "preview_every_steps": 2}
RECIPE = replace(preset("lesson"), model=MODEL, batch_size=4, steps=4, glimpses_from_step=0, **OFTEN)
