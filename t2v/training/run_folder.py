"""The run folder: written by training, read by the page and by whoever looks in.

`config.json`, `metrics.jsonl` (a line per log step), `status.json`, `samples/step_<n>.gif`, `state.pt`, `checkpoint/`,
`train.log`. A file named `stop` ends the run after the current step with everything saved.
"""

import json
from pathlib import Path

from t2v.system.files import read_json, write_text

STOP = "stop"


def stop_requested(run_dir: Path) -> bool:
    return (run_dir / STOP).exists()


def request_stop(run_dir: Path) -> None:
    """End the run after its current step, with everything saved."""
    (run_dir / STOP).touch()


def read_metrics(run_dir: Path) -> list[dict]:
    """The lines of `metrics.jsonl` up to one that is damaged, or in the middle of being written."""
    path = run_dir / "metrics.jsonl"
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(row, dict) or not isinstance(row.get("step"), int):
            break
        rows.append(row)
    return rows


def read_status(run_dir: Path) -> dict:
    """`status.json`: state (running, finished, stopped, failed), step, of, eta (seconds), device, error. {} if none."""
    path = run_dir / "status.json"
    return read_json(path) if path.is_file() else {}


def samples(run_dir: Path) -> list[Path]:
    """The previews in the order of their steps."""
    return sorted((run_dir / "samples").glob("step_*.gif"), key=step_of)


def step_of(sample: Path) -> int:
    """The step of a preview `step_<n>.gif`."""
    return int(sample.stem.removeprefix("step_"))


def append_metrics(run_dir: Path, row: dict) -> None:
    """Add one line to `metrics.jsonl`."""
    with open(run_dir / "metrics.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def forget_after(run_dir: Path, step: int) -> None:
    """Drop the stop file, and the metrics and previews of steps that a resumed run makes again."""
    (run_dir / STOP).unlink(missing_ok=True)
    kept = [row for row in read_metrics(run_dir) if row["step"] <= step]
    write_text(run_dir / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in kept))
    for path in samples(run_dir):
        if step_of(path) > step:
            path.unlink()
