"""Text to video with a small GAN. Read on in `config.py`; `load` is the door for users."""

import os

__version__ = "0.1.0"

# Torch's threads wait for each other by spinning, 300,000 turns long unless told: where other programs want the cores
# as well, that made all of it up to forty times slower (checkpoints/LOG.md). It is heard when torch is first imported.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def load(path=None, *, device="auto"):
    """The sampler of a checkpoint: see `t2v.generate.load`. Imported when called, so that `import t2v` is instant."""
    from t2v.generate import load

    return load(path, device=device)
