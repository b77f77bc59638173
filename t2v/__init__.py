"""Text to video with a small GAN, from the command line (`python -m t2v`) or by `load`, the door for users.

Read on in `config.py`. It must not know the page, which is in `demo/`.
"""

__version__ = "0.1.0"


def load(path=None, *, device="auto"):
    """The sampler of a checkpoint: see `t2v.sampler.load`. Imported when called, so that `import t2v` is instant."""
    from t2v.sampler import load

    return load(path, device=device)
