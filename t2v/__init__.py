"""Text to video with a small GAN. Read on in `config.py`; `load` is the door for users."""

__version__ = "0.1.0"


def load(path=None, *, device="auto"):
    """The sampler of a checkpoint: see `t2v.sampler.load`. Imported when called, so that `import t2v` is instant."""
    from t2v.sampler import load

    return load(path, device=device)
