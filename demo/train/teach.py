"""Teaching something of one's own: a training like others that begins from a trained model."""

from dataclasses import replace

import numpy as np

from demo.studio.workspace import Folders, find_checkpoints, find_datasets, pick
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


def start_on_clips(folders: Folders, checkpoint: str, dataset: str, *, visitor: str) -> str:
    """Teach a checkpoint the clips of a dataset; returns the run's name. ValueError as for `start`."""
    from t2v.training.teach import load_start, recipe

    folder = pick(find_checkpoints(folders), checkpoint, "checkpoint")
    data = pick(find_datasets(folders), dataset, "dataset")
    run = runs.new_name(folders, data.name)
    clips = processes.Teaching(folder.absolute(), {})
    plan = recipe(load_start(folder), data=data)
    processes.launch(folders, run, plan, data, minutes=None, visitor=visitor, teaching=clips)
    return run
