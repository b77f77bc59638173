"""How soon the page is there after its command, and how much memory it takes: idle, and after a clip was made."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from t2v.benchmark.timing import resident_mb
from t2v.data.grammar import GRAMMARS

APP = Path(__file__).resolve().parents[2] / "app.py"
PATIENCE_SECONDS = 60


def measure_page(prompt: str) -> dict[str, float | None]:
    """Seconds until the page answers, and its resident MB then and after the prompt's clip.

    ValueError where this copy of the package has no page beside it, or when it does not answer within a minute.
    """
    if not APP.is_file():
        raise ValueError("there is no page beside this package")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    around = os.environ | {"PYTHONPATH": str(APP.parent)}
    command = [sys.executable, str(APP), "--port", str(port)]
    page = subprocess.Popen(command, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}/"
        while not _answers(address):
            if page.poll() is not None or time.perf_counter() - began > PATIENCE_SECONDS:
                raise ValueError("the page did not open")
            time.sleep(0.05)
        ready_seconds = time.perf_counter() - began
        idle_mb = resident_mb(page.pid)
        _generate(address, prompt)
        return {"ready_seconds": ready_seconds, "idle_mb": idle_mb, "generating_mb": resident_mb(page.pid)}
    finally:
        page.terminate()
        page.wait()


def measure_the_page() -> dict:
    """The page's row of the table."""
    row = {"work": "the page: ready, memory idle, generating", "against": "-", "reach_seconds": 10, "reach_mb": 1500}
    try:
        measured = measure_page(GRAMMARS["classic"].example)
    except ValueError as error:
        return row | {"missing": str(error)}
    return row | {
        "seconds": measured["ready_seconds"],
        "idle_mb": measured["idle_mb"],
        "generating_mb": measured["generating_mb"],
    }


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _generate(address: str, prompt: str) -> None:
    """Ask the public endpoint for a clip and wait for it."""
    call = f"{address}gradio_api/call/generate"
    body = json.dumps({"data": [prompt, 0, 10, 10, None]}).encode()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}", timeout=PATIENCE_SECONDS) as answer:
        if b"event: complete" not in answer.read():
            raise ValueError("the page made no clip")
