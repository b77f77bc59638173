"""The file `state.pt` of a run, written and read whole or not at all; what a killed training leaves beside it. What it
means to go on from it is in `Run.load` of `training/run.py`."""

import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import safetensors.torch
import torch

from t2v.system.files import TEMPORARY_NAME, atomic_path


def clear_leftovers(run_dir: Path) -> None:
    """Put in order what a killed training has left in its run folder: a release half replaced, temporary files."""
    release, old = run_dir / "checkpoint", run_dir / "checkpoint.old"
    if old.is_dir() and not release.exists():
        os.replace(old, release)
    for folder in (old, run_dir / "checkpoint.new"):
        shutil.rmtree(folder, ignore_errors=True)
    for path in (*run_dir.glob(".*"), *run_dir.glob("samples/.*")):
        if path.is_file() and re.fullmatch(TEMPORARY_NAME, path.name):
            path.unlink()


def save_state(path: Path, state: dict) -> None:
    """Training state (networks, optimizers, random numbers, counters), replaced in one move.

    In memory first: torch reports a full disk as RuntimeError, Python's own files as OSError.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def half_weights(network: torch.nn.Module) -> bytes:
    """A network's weights as float16, as a safetensors file holds them."""
    state = {name: x.half() if x.is_floating_point() else x for name, x in network.state_dict().items()}
    return safetensors.torch.save({name: x.cpu().contiguous() for name, x in state.items()})


def load_state(path: Path, *, device: torch.device | str = "cpu") -> dict:
    """The state that `save_state` wrote. ValueError when there is none or it is damaged."""
    if not path.is_file():
        raise ValueError(f"There is nothing to resume: {path} does not exist.")
    try:
        with zipfile.ZipFile(path) as archive:  # torch itself does not look at the checksums of its files
            if (broken := archive.testzip()) is not None:
                raise ValueError(f"the checksum of {broken} is wrong")
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file, and each means just that
        raise ValueError(f"{path} is damaged and cannot be resumed: {str(error).splitlines()[0][:200]}") from None
