"""Trainings as they stand on disk: which there are, whose, how far, and how they ended. Nothing is started here.

Beside a run folder lies what is known of its launch, by `processes.py`: `runs/.launches/<name>.json` (process, time,
dataset, limit), `<name>.log` (all that the child says) and, if the page still stood when the child ended,
`<name>.exit` (how).
"""

import hashlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from demo.studio.workspace import Folders, children, pick
from t2v import config as configs
from t2v.config import TrainConfig
from t2v.system.files import read_json, write_json
from t2v.system.messages import Message, join

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
    exit_code: int | None = None  # of a failed one; None where nobody saw the child end
    recipe: TrainConfig | None = None  # None until the child has written it
    metrics: tuple[dict, ...] = ()
    previews: tuple[Path, ...] = ()  # in the order of their steps
    log: str = ""
    resumable: bool = False
    saved_at_step: int | None = None  # of a failed one; None where that is not known
    has_checkpoint: bool = False
    limit_seconds: float | None = None  # of the launch, if that will end it before its steps are made
    processors: float | None = None  # that it had of late, of those that its `threads` could use
    threads: int = 0
    data: str = ""  # the name of its dataset; nothing where scenes are drawn as it trains
    minutes: float | None = None  # that it was given

    @property
    def busy(self) -> bool:
        return self.state in BUSY


def run_names(folders: Folders) -> list[str]:
    """All runs, the latest news first; also new ones whose child has not made its folder yet, or has failed to."""
    launched = {path.stem: path.stat().st_mtime for path in launches_folder(folders).glob("*.json")}
    now = time.time()
    launched = {
        name: when
        for name, when in launched.items()
        if (folders.runs / name).is_dir() or now - when < LAUNCH_IS_NEWS_SECONDS
    }
    begun = {path.name: (path / "status.json").stat().st_mtime for path in children(folders.runs, "status.json")}
    news = {name: max(launched.get(name, 0), begun.get(name, 0)) for name in launched | begun}
    return sorted(news, key=news.__getitem__, reverse=True)


def read_run(folders: Folders, name: str) -> Run:
    """The whole state of a run, from disk. ValueError when there is none of that name."""
    from t2v.training import run_folder

    run_dir = pick({known: folders.runs / known for known in run_names(folders)}, name, "run")
    state, error = state_of(folders, name)
    resumable = state not in BUSY and (run_dir / "state.pt").is_file()
    try:
        status = run_folder.read_status(run_dir)
        recipe = _recipe(run_dir)
        saved_at_step = _saved_at_step(run_dir) if state == "failed" and resumable else None
    except ValueError as problem:
        return Run(name, "failed", error=str(problem))
    note, log = note_of(folders, name), _tail(run_dir / "train.log")
    if state == "failed":
        log = "\n".join(text for text in (log, _tail(launches_folder(folders) / f"{name}.log")) if text)
    latest = status.get("updated", 0)
    left_seconds, limit_seconds = status.get("eta"), None
    if left_seconds is not None and note.get("minutes"):
        until_limit_seconds = max(0.0, note["began"] + 60 * note["minutes"] - latest)
        if until_limit_seconds < left_seconds:
            left_seconds, limit_seconds = until_limit_seconds, 60 * note["minutes"]
    pid = note.get("pid") if note.get("began", 0) > latest else status.get("pid")
    return Run(
        name,
        state,
        step=status.get("step", 0),
        of=status.get("of", 0),
        eta_seconds=left_seconds,
        limit_seconds=limit_seconds,
        processors=status.get("processors"),
        threads=status.get("threads") or 0,
        data=Path(note["data"]).name if note.get("data") else "",
        minutes=note.get("minutes"),
        device=status.get("device", ""),
        error=error,
        exit_code=_exit_code(folders, name, pid) if state == "failed" else None,
        recipe=recipe,
        metrics=tuple(run_folder.read_metrics(run_dir)),
        previews=tuple(run_folder.samples(run_dir)),
        log=log,
        resumable=resumable,
        saved_at_step=saved_at_step,
        has_checkpoint=(run_dir / "checkpoint" / "config.json").is_file(),
    )


def running(folders: Folders) -> str | None:
    """The name of the run that is being trained now."""
    return next((name for name in run_names(folders) if state_of(folders, name)[0] in BUSY), None)


def is_of(folders: Folders, name: str, visitor: str) -> bool:
    """Whether this visitor launched the run."""
    return bool(visitor) and note_of(folders, name).get("visitor") == owner_of(visitor)


def owner_of(visitor: str) -> str:
    """What stands for a visit in a note that others can read: its id would let them act as it."""
    return hashlib.sha256(visitor.encode()).hexdigest()[:20]


def data_in_use(folders: Folders) -> tuple[str, ...]:
    """The name of the dataset that the training in progress reads, if it reads one."""
    data = None if (busy := running(folders)) is None else note_of(folders, busy).get("data")
    return () if data is None else (Path(data).name,)


def new_name(folders: Folders, preset: str) -> str:
    """What the next training of that preset will be called."""
    taken = set(run_names(folders)) | {path.name for path in children(folders.runs)}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{preset}-{n}") not in taken)


def launches_folder(folders: Folders) -> Path:
    return folders.runs / ".launches"


def note_of(folders: Folders, name: str) -> dict:
    """How the run was launched last; {} where that is not known: then its own status decides."""
    note = _read(launches_folder(folders) / f"{name}.json")
    whole = all(isinstance(note.get(key), value_type) for key, value_type in (("pid", int), ("began", int | float)))
    return note if whole and isinstance(note.get("minutes"), int | float | None) else {}


def write_note(folders: Folders, name: str, note: dict) -> None:
    write_json(launches_folder(folders) / f"{name}.json", note)


def _read(path: Path) -> dict:
    """{} where it is missing or damaged: one such file must not keep all trainings from being seen."""
    try:
        return read_json(path)
    except ValueError:
        return {}


def _exit_code(folders: Folders, name: str, pid: int | None) -> int | None:
    """How that process ended; None where the page did not see it."""
    end = _read(launches_folder(folders) / f"{name}.exit")
    code = end.get("exit_code")
    return code if isinstance(code, int) and end.get("pid") == pid else None


def _recipe(run_dir: Path) -> TrainConfig | None:
    path = run_dir / "config.json"
    return configs.from_json(TrainConfig, read_json(path)) if path.is_file() else None


def _saved_at_step(run_dir: Path) -> int | None:
    path = run_dir / "checkpoint" / "config.json"
    return read_json(path).get("training", {}).get("steps") if path.is_file() else None


def state_of(folders: Folders, name: str) -> tuple[str, str]:
    """The state and, if failed, why: from the launch while it is news, then from the run's own status."""
    from t2v.training import run_folder

    run_dir, note = folders.runs / name, note_of(folders, name)
    try:
        status = run_folder.read_status(run_dir)
    except ValueError as problem:
        return "failed", str(problem)
    silent = note.get("pid") != status.get("pid")  # the child has not said anything yet
    if note and silent and (note["began"] > status.get("updated", 0) or _is_training(note["pid"])):
        if _is_training(note["pid"]):
            return "stopping" if note.get("stopped") else "starting", ""
        if note.get("stopped"):
            return "stopped", ""
        last_line = _last_line(launches_folder(folders) / f"{name}.log")
        return "failed", last_line or Message("The training was ended before its first step.")
    if status.get("state") != "running":
        return status.get("state", "failed"), status.get("error") or ""
    if not _is_training(status.get("pid", 0)):
        last_line = _last_line(launches_folder(folders) / f"{name}.log")
        gone = Message("The training process is gone, killed perhaps.")
        return "failed", join([gone, last_line], " ") if last_line else gone
    return "stopping" if run_folder.stop_requested(run_dir) else "running", ""


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
    """The last lines of a log, for people: of a traceback only what it says at its end."""
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    kept, inside = [], False
    for line in lines:
        inside = line.startswith("Traceback (most recent call last)") or (inside and line.startswith(" "))
        kept += [] if inside else [line]
    return "\n".join(kept[-LOG_LINES:])


def _last_line(path: Path) -> str:
    return next(iter(_tail(path).strip().splitlines()[-1:]), "")
