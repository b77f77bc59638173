"""The baseline's weights as the tutorial saves them: `generator.pth` and `discriminator.pth`."""

from pathlib import Path
from typing import Any

from t2v.checkpoint.state import load_state, save_state


def save_tutorial_weights(folder: Path, gan: Any) -> None:
    """The baseline's networks as the tutorial saves them: plain `generator.pth` and `discriminator.pth`."""
    for name, network in (("generator", gan.generator.frame), ("discriminator", gan.discriminator)):
        save_state(folder / f"{name}.pth", network.state_dict())


def load_tutorial_weights(folder: Path, gan: Any) -> None:
    """Fill a baseline from the tutorial's `generator.pth` and `discriminator.pth`. ValueError when they do not fit."""
    for name, network in (("generator", gan.generator.frame), ("discriminator", gan.discriminator)):
        path = folder / f"{name}.pth"
        try:
            network.load_state_dict(load_state(path, device=gan.device))
        except (RuntimeError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} does not fit the baseline: {' '.join(str(error).split())[:200]}") from None
