"""Teaching a thing of one's own: a training like others that begins from a trained model."""

from dataclasses import replace

import numpy as np

from demo.studio.workspace import Folders, find_checkpoints, pick
from demo.train import processes, runs


def start(
    folders: Folders, checkpoint: str, name: str, picture: np.ndarray, *, visitor: str, minutes: float | None = None
) -> str:
    """Teach a checkpoint the thing of that name and picture (S, S, 4); returns the run's name.

    ValueError for a checkpoint that cannot be taught it, or while another training runs.
    """
    from t2v.training.teach import load_start, recipe

    folder = pick(find_checkpoints(folders), checkpoint, "checkpoint")
    begun = replace(load_start(folder), things={name: picture})
    run = runs.new_name(folders, name)
    things = processes.Teaching(folder.absolute(), begun.things)
    processes.launch(folders, run, recipe(begun), None, minutes=minutes, visitor=visitor, teaching=things)
    return run
