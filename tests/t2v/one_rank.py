"""One process of a training under torchrun, for tests/t2v/test_distributed.py: CONFIG.json OUT [DATA]."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from t2v.config import TrainConfig, from_json
from t2v.training.loop import train


@contextmanager
def double_precision() -> Iterator[None]:
    """Networks and a folder's clips in float64, where the rounding that training enlarges stays too small to see."""
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


if __name__ == "__main__":
    config, out, *data = sys.argv[1:]
    torch.set_num_threads(1)
    Path(f"{out}.pid_{os.environ['RANK']}").write_text(str(os.getpid()))
    recipe = from_json(TrainConfig, json.loads(Path(config).read_text()))
    try:
        train(recipe, Path(out), device="cpu")
        if data:
            with double_precision():
                train(recipe, Path(out + "_folder"), data=data[0], device="cpu")
    except OSError as error:
        time.sleep(1)  # as on a busy machine: by then torchrun has asked every other rank to end
        sys.exit(f"rank {os.environ['RANK']}: {error}")
