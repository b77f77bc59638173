"""One process of a training under torchrun, for tests/test_parallel.py: CONFIG.json OUT [DATA]."""

import json
import os
import sys
from pathlib import Path

import torch

from t2v.config import TrainConfig, from_json
from t2v.train import train

if __name__ == "__main__":
    config, out, *data = sys.argv[1:]
    torch.set_num_threads(1)
    Path(f"{out}.pid_{os.environ['RANK']}").write_text(str(os.getpid()))
    recipe = from_json(TrainConfig, json.loads(Path(config).read_text()))
    try:
        train(recipe, Path(out), device="cpu")
        if data:
            train(recipe, Path(out + "_folder"), data=data[0], device="cpu")
    except OSError as error:
        sys.exit(f"rank {os.environ['RANK']}: {error}")
