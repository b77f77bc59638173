"""Trainings as child processes: started, resumed, stopped, deleted.

A child is `python -m t2v train --config FILE ...` in a session of its own, so it outlives the page. FILE is the
`config.json` of its run folder, which this module writes; all else there is the child's. The launch is noted beside
the folder, where `runs.py` reads it.
"""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from demo.studio import about
from demo.studio.workspace import Folders, find_datasets, pick
from demo.train.runs import (
    BUSY,
    launches_folder,
    new_name,
    note_of,
    owner_of,
    read_run,
    run_names,
    running,
    state_of,
    write_note,
)
from t2v import config as configs
from t2v.config import TrainConfig, raise_if, range_problem
from t2v.settings import command_words
from t2v.system.files import read_json, remove_at_once, write_json
from t2v.system.messages import Message, value_error

ROOT = Path(__file__).resolve().parents[2]
SHORTEST_MINUTES, LONGEST_MINUTES = 0.1, 525_600.0


@dataclass(frozen=True)
class Teaching:
    """What a training begins with that teaches a trained model something new."""

    checkpoint: Path
    things: Mapping[str, np.ndarray]  # pictures (S, S, 4) by their names

    def options(self, run_dir: Path) -> list[str]:
        """What a command line says of it; the run folder keeps the pictures."""
        from t2v.data.things import kept_path  # not at the top: it imports torch, and the page is up before

        things = [f"--thing={name}={kept_path(run_dir, name)}" for name in self.things]
        return ["--from", str(self.checkpoint), *things]


def start(
    folders: Folders,
    recipe: TrainConfig,
    *,
    dataset: str | None = None,
    minutes: float | None = None,
    visitor: str = "",
) -> str:
    """Start a new training for a visitor; returns its name. ValueError for bad settings, or while another one runs."""
    data = None if dataset is None else pick(find_datasets(folders), dataset, "dataset")
    name = new_name(folders, recipe.preset)
    launch(folders, name, recipe, data, minutes=minutes, visitor=visitor)
    return name


def delete(folders: Folders, name: str) -> None:
    """Remove a run with all that it saved. ValueError while it is trained, where there is none, and on a Space."""
    if folders.limits.minutes is not None:
        raise value_error("Here runs belong to everybody; the oldest are removed by themselves.")
    if name not in run_names(folders):
        raise value_error("There is no run {name!r} any more.", name=name)
    if state_of(folders, name)[0] in BUSY:
        raise value_error("{name} is being trained; stop it first.", name=name)
    if (folders.runs / name).is_dir():
        remove_at_once(folders.runs / name)
    for ending in ("json", "log", "exit"):
        (launches_folder(folders) / f"{name}.{ending}").unlink(missing_ok=True)
    about.forget(folders.runs, name)


def options(*, out: str, data: str | None, minutes: float | None, device: str) -> list[str]:
    """What stands on a command line beside the recipe. ValueError for a limit out of bounds."""
    words = ["--out", out]
    if minutes is not None:
        raise_if(range_problem("minutes", minutes, SHORTEST_MINUTES, LONGEST_MINUTES))
        words += ["--max-minutes", str(minutes)]
    if device != "auto":
        words += ["--device", device]
    return words + ([] if data is None else ["--data", data])


def command_line(
    folders: Folders, recipe: TrainConfig, *, dataset: str | None = None, minutes: float | None = None
) -> str:
    """What one would type in the project's folder to train what `start` would train now."""
    data = None if dataset is None else f"datasets/{pick(find_datasets(folders), dataset, 'dataset').name}"
    out = f"runs/{new_name(folders, recipe.preset)}"
    minutes = folders.limits.check_training(recipe, minutes)
    words = options(out=out, data=data, minutes=minutes, device=folders.limits.device)
    return shlex.join(["python", "-m", "t2v", "train", *command_words(recipe), *words])


def resume(folders: Folders, name: str, *, steps: int, minutes: float | None = None, visitor: str = "") -> None:
    """Go on with a run: to its own end if it was interrupted, else to `steps`. ValueError when it cannot go on."""
    run = read_run(folders, name)
    recipe = run.recipe
    if not run.resumable or recipe is None:
        raise value_error("{name} is {state}; there is nothing to resume.", name=name, state=Message(run.state))
    run_dir = folders.runs / name
    if run.step >= recipe.steps:
        recipe = replace(recipe, steps=steps)
    if run.step >= recipe.steps:
        raise value_error("{name} has made its {steps} steps; set more steps to go on.", name=name, steps=run.step)
    data = note_of(folders, name).get("data")
    trained_on = read_json(run_dir / "checkpoint" / "config.json").get("training", {}).get("data", "")
    if data is None and "folder" in trained_on:
        raise value_error(
            "{name} was trained on a dataset from the command line; resume it there, with --data.", name=name
        )
    taught = note_of(folders, name).get("taught")  # the words of its clips come after those of what it began with
    teaching = Teaching(Path(taught), {}) if taught and data else None
    launch(folders, name, recipe, data and Path(data), minutes=minutes, resume=True, visitor=visitor, teaching=teaching)


def stop(folders: Folders, name: str) -> None:
    """End a training after its step in hand, everything saved; one that is still starting ends at once."""
    from t2v.training import run_folder

    if name not in run_names(folders) or (state := state_of(folders, name)[0]) not in BUSY:
        raise value_error("{name} is not running.", name=name)
    if state != "starting":
        run_folder.request_stop(folders.runs / name)
        return
    note = note_of(folders, name)
    write_note(folders, name, note | {"stopped": True})
    os.kill(note["pid"], signal.SIGTERM)


def launch(
    folders: Folders,
    name: str,
    recipe: TrainConfig,
    data: Path | None,
    *,
    minutes: float | None,
    visitor: str,
    resume: bool = False,
    teaching: Teaching | None = None,
) -> None:
    """Start the child that trains. ValueError while another one runs, and for what is not allowed here."""
    if (other := running(folders)) is not None:
        raise value_error("{name} is being trained; stop it first, or wait until it has finished.", name=other)
    minutes = folders.limits.check_training(recipe, minutes)
    run_dir, launches = (folders.runs / name).absolute(), launches_folder(folders)
    device = folders.limits.device
    words = ["-m", "t2v", "train", *["--resume"] * resume]
    words += ["--config", str(run_dir / "config.json")] if teaching is None else teaching.options(run_dir)
    words += ["--steps", str(recipe.steps)] * (teaching is not None)
    data_path = None if data is None else str(data.absolute())
    words += options(out=str(run_dir), data=data_path, minutes=minutes, device=device)
    folders.limits.make_room(folders.runs, keep=(name,))
    launches.mkdir(parents=True, exist_ok=True)
    write_json(run_dir / "config.json", configs.to_json(recipe))
    if teaching is not None:
        from t2v.data.things import save_things

        save_things(run_dir, teaching.things)
    began = time.time()
    with open(launches / f"{name}.log", "ab") as log:
        child = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    note = {
        "pid": child.pid,
        "began": began,
        "data": data and str(data),
        "taught": teaching and str(teaching.checkpoint),
        "minutes": minutes,
        "visitor": owner_of(visitor),
    }
    write_note(folders, name, note)

    def see_the_end() -> None:  # without a parent who waits, the child would stay a zombie, which looks alive
        end = {"pid": child.pid, "exit_code": child.wait()}
        if launches.is_dir():
            write_json(launches / f"{name}.exit", end)

    threading.Thread(target=see_the_end, daemon=True).start()
