"""What chapter 6 of the Learn tab promises, measured; both parts print their figures and end by themselves.

`PYTHONPATH=.:tests python tests/campaigns/lesson.py switches` trains the tiny model with each switch; `... class` lets
thirty visitors train at one server on 127.0.0.1. Seconds of processor time mean the same on a busy machine; those by
the clock do not.
"""

import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import torch
from load import say_waits, serve

from demo.learn.chapters import steps
from demo.learn.chapters.classroom import SWITCHES
from demo.studio.workspace import Folders
from t2v.checkpoint.find import SHIPPED

STEPS, SEEDS = 200, 2  # of each switch
PUPILS, PRESSES = 30, 5  # of a class, and of each of its visitors
WAITING_SECONDS = 300


def train(switches: frozenset[str], seed: int, count: int = STEPS) -> steps.Pupil:
    """A pupil after so many steps of both players."""
    pupil = steps.Pupil(switches, seed=seed)
    for _ in range(count):
        pupil.advance()
    return pupil


def say_switches() -> None:
    torch.set_num_threads(1)
    for seed in range(SEEDS):
        for name in (None, *SWITCHES):
            began = time.process_time()
            pupil = train(frozenset([name] if name else []), seed)
            spent = time.process_time() - began
            rows = {row["step"]: row for row in pupil.measured}
            at = [f"{step}: {rows[step]['right']:.0%} right, {rows[step]['jitter']:.3f}" for step in (100, STEPS)]
            last = {key: f"{pupil.losses[-1][key]:.2f}" for key in ("loss_d", "d_real", "d_fake")}
            clips = STEPS * pupil.gan.config.batch_size
            print(f"{name or 'intact'}, seed {seed}: {'; '.join(at)}; {last}; {clips} clips, {spent:.0f} s", flush=True)


def find_press(address: str, button: str) -> tuple[int, int]:
    """The number of the handler behind a button, and how many values it is told."""
    config = httpx.get(f"{address}config", timeout=WAITING_SECONDS).json()
    (wanted,) = [c["id"] for c in config["components"] if c["props"].get("elem_id") == button]
    found = [d for d in config["dependencies"] if [wanted, "click"] in [list(target) for target in d["targets"]]]
    return found[0]["id"], len(found[0]["inputs"])


def press(address: str, number: int, values: int, presses: int, session: str) -> list[float]:
    """One visitor presses again and again, each time when the answer is there; the seconds of each wait.

    The first press, which begins the training, is not among them. AssertionError where the answer is another's.
    """
    waits = []
    with httpx.Client(base_url=address.rstrip("/"), timeout=WAITING_SECONDS) as client:
        body = {"fn_index": number, "data": [None, *[False] * (values - 1)], "session_hash": session}
        for count in range(presses + 1):
            began = time.perf_counter()
            client.post("/gradio_api/queue/join", json=body).raise_for_status()
            with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as told:
                for line in told.iter_lines():
                    said = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                    if said.get("msg") == "process_completed":
                        assert said["success"], said
                        assert f"D steps {count + 1}, G steps {count + 1}" in json.dumps(said), "another's training"
                        break
            waits.append(time.perf_counter() - began)
    return waits[1:]


def hold_class(address: str, *, pupils: int = PUPILS, presses: int = PRESSES) -> list[float]:
    """All visitors at once; each takes steps of both players in a training of its own. The seconds of each wait."""
    number, values = find_press(address, "do-both_step")
    with ThreadPoolExecutor(pupils) as crowd:
        visits = crowd.map(lambda n: press(address, number, values, presses, f"of{pupils}-{n}"), range(pupils))
        return [wait for waits in visits for wait in waits]


def processor_seconds(pid: int) -> float:
    """What a process has computed so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say_class() -> None:
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        shutil.copytree(SHIPPED / "lesson", root / "shipped" / "lesson")
        folders = Folders(root / "shipped", root / "runs", root / "datasets", root / "visits")
        spawn = multiprocessing.get_context("spawn")
        mine, its = spawn.Pipe()
        server = spawn.Process(target=serve, args=(folders, its))
        server.start()
        address = mine.recv()
        try:
            for pupils in (1, PUPILS):
                before = processor_seconds(server.pid)
                waits = hold_class(address, pupils=pupils, presses=PRESSES)
                each = (processor_seconds(server.pid) - before) / (pupils * (PRESSES + 1))
                print(f"{pupils} at once: {say_waits(waits)}, {each:.2f} s of a processor each", flush=True)
        finally:
            mine.send("end")
            server.join(30)
            server.kill()
    print(f"load of this machine: {statistics.mean(os.getloadavg()):.0f}")


if __name__ == "__main__":
    {"switches": say_switches, "class": say_class}[sys.argv[1]]()
