"""The recipe that a training on a dataset will have: preset `own` chooses some of it from the clips."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from demo.studio.workspace import Folders, find_datasets
from t2v.config import TrainConfig
from t2v.system.messages import Message

if TYPE_CHECKING:
    from t2v.data.suitability import Suitability

OWN = "own"  # the preset for a folder of clips


def suited(folders: Folders, recipe: TrainConfig, dataset: str | None) -> tuple[TrainConfig, Message | None]:
    """The recipe as the training will have it, and what was chosen from the clips, None for nothing.

    The first look at a dataset takes some seconds. ValueError for one that cannot be trained on.
    """
    folder = find_datasets(folders).get(dataset or "")
    if recipe.preset != OWN or folder is None:
        return recipe, None
    from t2v.training.own import suit  # not at the top: it imports torch, and the page is up before

    return suit(recipe, _measured(folder, folder.stat().st_mtime_ns, recipe.model.training_size_px, recipe.fit))


@lru_cache(maxsize=64)
def _measured(folder: Path, _changed_ns: int, frame_size_px: int, fit: str) -> "Suitability":
    """How far the clips of a folder, as it was changed last, are from what the model can draw."""
    from t2v.data.folder import open_dataset
    from t2v.data.suitability import suitability

    return suitability(open_dataset(folder, frame_size_px=frame_size_px, fit=fit, leave_out=True))
