"""Text to video with a small GAN, from the command line (`python -m t2v`) or by `load`, the door for users.

Read on in `config.py`, whose named recipes are in `presets`; `settings` sets a recipe's fields by name, `sampler` draws
clips; `options` are those of the commands. It must not know the page, which is in `demo/`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from t2v.sampler import Sampler

__version__ = "0.1.0"


def load(path: "str | os.PathLike | None" = None, *, device: str = "auto") -> "Sampler":
    """The sampler of a checkpoint: see `t2v.sampler.load`. Imported when called, so that `import t2v` is instant."""
    from t2v.sampler import load

    return load(path, device=device)
