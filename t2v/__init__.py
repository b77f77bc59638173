"""Text to video with a small GAN. Read on in `config.py`; `load` is the door for users."""

import os

__version__ = "0.1.0"

# Torch's threads wait for each other by spinning, 300,000 turns long unless told. Where other programs want the cores
# as well, that makes everything many times slower; with 1,000 turns, free cores are slower by a tenth (LOG.md). It is
# heard where torch has not been imported yet, and by the processes that this one starts.
if "OMP_WAIT_POLICY" not in os.environ and "GOMP_SPINCOUNT" not in os.environ:
    os.environ["GOMP_SPINCOUNT"] = "1000"


def load(path=None, *, device="auto"):
    """The sampler of a checkpoint: see `t2v.generate.load`. Imported when called, so that `import t2v` is instant."""
    from t2v.generate import load

    return load(path, device=device)
