"""Trainings as child processes: started, found again, resumed, stopped.

A child is `python -m t2v train ...` in a session of its own, so it outlives the page. What it does stands in its run
folder, which this module only reads. Since training begins with an empty folder, the launch itself is noted beside it:
`runs/.launches/<name>.json` (process, time, dataset) and `<name>.log` (all that the child says).
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from demo.folders import Folders, children, find_datasets, pick
from t2v import config as configs

ROOT = Path(__file__).resolve().parent.parent
LOG_LINES = 30
LOG_BYTES = 16_384
LAUNCH_IS_NEWS_SECONDS = 600  # then a launch without a folder is a run that somebody has removed
BUSY = ("starting", "running", "stopping")


@dataclass(frozen=True)
class Run:
    """A training as it stands on disk. State: one of `BUSY`, `finished`, `stopped`, or `failed` with its `error`."""

    name: str
    state: str
    step: int = 0
    of: int = 0
    eta_seconds: float | None = None
    device: str = ""
    error: str = ""
    metrics: tuple[dict, ...] = ()
    preview: Path | None = None
    log: str = ""
    resumable: bool = False

    @property
    def busy(self) -> bool:
        return self.state in BUSY


def run_names(folders: Folders) -> list[str]:
    """All runs, the latest news first; also new ones whose child has not made its folder yet, or has failed to."""
    launched = {path.stem: path.stat().st_mtime for path in _launches(folders).glob("*.json")}
    now = time.time()
    launched = {
        name: when
        for name, when in launched.items()
        if (folders.runs / name).is_dir() or now - when < LAUNCH_IS_NEWS_SECONDS
    }
    begun = {path.name: (path / "status.json").stat().st_mtime for path in children(folders.runs, "status.json")}
    news = {name: max(launched.get(name, 0), begun.get(name, 0)) for name in launched | begun}
    return sorted(news, key=news.get, reverse=True)


def look(folders: Folders, name: str) -> Run:
    """The whole state of a run, from disk. ValueError when there is none of that name."""
    from t2v import runs

    run_dir = pick({known: folders.runs / known for known in run_names(folders)}, name, "run")
    state, error = _state(folders, name)
    try:
        status = runs.read_status(run_dir)
    except ValueError as problem:
        return Run(name, "failed", error=str(problem))
    said = _tail(run_dir / "train.log")
    if state == "failed":
        said = "\n".join(text for text in (said, _tail(_launches(folders) / f"{name}.log")) if text)
    return Run(
        name,
        state,
        step=status.get("step", 0),
        of=status.get("of", 0),
        eta_seconds=status.get("eta"),
        device=status.get("device", ""),
        error=error,
        metrics=tuple(runs.read_metrics(run_dir)),
        preview=next(reversed(runs.samples(run_dir)), None),
        log=said,
        resumable=state not in BUSY and (run_dir / "state.pt").is_file(),
    )


def running(folders: Folders) -> str | None:
    """The name of the run that is being trained now."""
    return next((name for name in run_names(folders) if _state(folders, name)[0] in BUSY), None)


def start(folders: Folders, *, preset: str, steps: int, seed: int, dataset: str | None = None) -> str:
    """Start a new training; returns its name. ValueError for bad settings, or while another one runs."""
    config = replace(configs.preset(preset), steps=steps, seed=seed)
    data = None if dataset is None else pick(find_datasets(folders), dataset, "dataset")
    taken = set(run_names(folders)) | {path.name for path in children(folders.runs)}
    name = next(name for n in range(1, len(taken) + 2) if (name := f"{preset}-{n}") not in taken)
    _launch(folders, name, config, data, ())
    return name


def resume(folders: Folders, name: str, *, steps: int) -> None:
    """Go on with a run: to its own end if it was interrupted, else to `steps`. ValueError when it cannot go on."""
    from t2v.checkpoint import read_json

    run = look(folders, name)
    if not run.resumable:
        raise ValueError(f"{name} is {run.state}; there is nothing to resume.")
    run_dir = folders.runs / name
    config = configs.from_json(configs.TrainConfig, read_json(run_dir / "config.json"))
    if run.step >= config.steps:
        config = replace(config, steps=steps)
    if run.step >= config.steps:
        raise ValueError(f"{name} has made its {run.step} steps; set more steps to go on.")
    data = _note(folders, name).get("data")
    trained_on = read_json(run_dir / "checkpoint" / "config.json").get("training", {}).get("data", "")
    if data is None and "folder" in trained_on:
        raise ValueError(f"{name} was trained on a dataset from the command line; resume it there, with --data.")
    _launch(folders, name, config, data and Path(data), ("--resume",))


def stop(folders: Folders, name: str) -> None:
    """End a training after its step in hand, everything saved; one that is still starting ends at once."""
    from t2v import runs

    if name not in run_names(folders) or (state := _state(folders, name)[0]) not in BUSY:
        raise ValueError(f"{name} is not running.")
    if state != "starting":
        runs.request_stop(folders.runs / name)
        return
    note = _note(folders, name)
    _write_note(folders, name, note | {"stopped": True})
    os.kill(note["pid"], signal.SIGTERM)


def _launch(folders: Folders, name: str, config: configs.TrainConfig, data: Path | None, more: tuple[str, ...]) -> None:
    if (other := running(folders)) is not None:
        raise ValueError(f"{other} is being trained; stop it first, or wait until it has finished.")
    run_dir, launches = folders.runs / name, _launches(folders)
    launches.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "t2v", "train", "--preset", config.preset, "--out", str(run_dir.absolute())]
    for option in ("steps", "seed", "batch_size", "learning_rate"):
        command += [f"--{option.replace('_', '-')}", str(getattr(config, option))]
    if data is not None:
        command += ["--data", str(data.absolute())]
    began = time.time()
    with open(launches / f"{name}.log", "ab") as log:
        child = subprocess.Popen(
            [*command, *more],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=child.wait, daemon=True).start()  # or it would stay a zombie, which looks alive
    _write_note(folders, name, {"pid": child.pid, "began": began, "data": data and str(data)})


def _launches(folders: Folders) -> Path:
    return folders.runs / ".launches"


def _note(folders: Folders, name: str) -> dict:
    path = _launches(folders) / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _write_note(folders: Folders, name: str, note: dict) -> None:
    part = _launches(folders) / f"{name}.part"
    part.write_text(json.dumps(note), encoding="utf-8")
    os.replace(part, part.with_suffix(".json"))


def _state(folders: Folders, name: str) -> tuple[str, str]:
    """The state and, if failed, why: from the launch while it is news, then from the run's own status."""
    from t2v import runs

    run_dir, note = folders.runs / name, _note(folders, name)
    try:
        status = runs.read_status(run_dir)
    except ValueError as problem:
        return "failed", str(problem)
    if note.get("began", 0) > status.get("updated", 0):  # the child has not said anything yet
        if _is_training(note["pid"]):
            return "stopping" if note.get("stopped") else "starting", ""
        if note.get("stopped"):
            return "stopped", ""
        said = _last_line(_launches(folders) / f"{name}.log")
        return "failed", said or "The training was ended before its first step."
    if status.get("state") != "running":
        return status.get("state", "failed"), status.get("error") or ""
    if not _is_training(status.get("pid", 0)):
        said = _last_line(_launches(folders) / f"{name}.log")
        return "failed", f"The training process is gone, killed perhaps. {said}".strip()
    return "stopping" if runs.stop_requested(run_dir) else "running", ""


def _is_training(pid: int) -> bool:
    """Whether that process is a living training. Numbers are given anew: where it can be read, its command decides."""
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x100000, False, pid)  # SYNCHRONIZE
        alive = bool(handle) and ctypes.windll.kernel32.WaitForSingleObject(handle, 0) != 0  # 0: it has ended
        ctypes.windll.kernel32.CloseHandle(handle)
        return alive
    if Path("/proc/self/cmdline").is_file():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        just_born = words == [b""]  # for a moment after its start a process has no words yet
        return state not in "ZX" and (just_born or b"train" in words)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, as another user's
    return True


def _tail(path: Path) -> str:
    """The last lines of a log."""
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-LOG_LINES:])


def _last_line(path: Path) -> str:
    return next(iter(_tail(path).strip().splitlines()[-1:]), "")
