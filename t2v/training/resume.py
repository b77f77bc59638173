"""Whether a training may begin in a folder, or go on there."""

from pathlib import Path

import torch

from t2v import config as configs
from t2v.checkpoint.state import load_state
from t2v.config import TrainConfig
from t2v.data.things import FOLDER as THINGS
from t2v.system.files import read_json
from t2v.system.lock import LOCK

# What no update of a weight depends on.
RESUME_MAY_CHANGE = ("steps", "evaluate_every_steps", "evaluate_clips", "decode_workers")


def check_new(run_dir: Path) -> None:
    """ValueError unless a run may begin there: in a folder with its recipe alone, or one of a run that never saved."""
    never_saved = (run_dir / "status.json").is_file() and not (run_dir / "state.pt").is_file()
    others = {path.name for path in run_dir.iterdir()} - {LOCK, "config.json", THINGS} if run_dir.is_dir() else set()
    if others and not never_saved:
        raise ValueError(f"{run_dir} exists and is not empty; resume that run with --resume, or name another folder.")


def recipe_of_run(run_dir: Path) -> TrainConfig | None:
    """The recipe of the run in `run_dir`; None where nothing was saved yet."""
    if not (run_dir / "state.pt").is_file():
        return None
    return configs.from_json(TrainConfig, read_json(run_dir / "config.json"))


def state_to_resume(run_dir: Path, config: TrainConfig, device: torch.device) -> dict:
    """The saved state of `run_dir`. ValueError when there is none, or when it is another recipe's."""
    state = load_state(run_dir / "state.pt", device=device)
    before = configs.from_json(TrainConfig, read_json(run_dir / "config.json"))
    if before.preset != config.preset:
        raise ValueError(f"{run_dir} is a run of preset {before.preset!r}, not {config.preset!r}.")
    changed = [n for n in vars(config) if n not in RESUME_MAY_CHANGE and getattr(config, n) != getattr(before, n)]
    if changed:
        reason = ", ".join(f"{name} {getattr(before, name)!r}" for name in changed)
        raise ValueError(f"{run_dir} was trained with {reason}; resume it with the same settings.")
    if not isinstance(state, dict) or not {"gan", "position", "seconds", "data"} <= state.keys():
        raise ValueError(f"{run_dir}/state.pt is no training state of this project.")
    if state["gan"]["step"] >= config.steps:
        raise ValueError(f"{run_dir} has its {state['gan']['step']} steps already; ask for more with --steps.")
    return state
