"""A class and more at one server on 127.0.0.1, while it trains, then 500 page loads: `make load` prints a tally and
ends by itself. `python tests/campaigns/load.py clients` or `pages` is half of it.

The server is a process of its own, and says itself what it holds (Linux). `test_load.py` asks for a little of it.
"""

import asyncio
import gc
import json
import multiprocessing
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from browsing import CHROMIUM, FLAGS, say
from gradio_client import Client
from serving import served

from demo.studio.limits import NO_LIMITS
from demo.studio.workspace import Folders
from demo.train import processes
from t2v.checkpoint.find import SHIPPED
from t2v.data.grammar import GRAMMARS
from t2v.media.clips import read_recipe
from t2v.presets import preset

CLIENTS, PROMPTS, PAGE_LOADS = 30, 20, 500
WARM_UP_LOADS = 5
WARM_UP_PROMPTS = 2  # of each client and browser: what is imported, cached and allocated once is there then
SETTLING_SECONDS = 40  # Gradio notices after 15 that somebody has left
MOST = {"MB": 1.1, "threads": 1.0, "files": 1.0, "children": 1.0, "tasks": 1.0}  # after, against before
SPARE = {"threads": 8, "files": 8, "tasks": 8}  # of pools that grow when they are used


def serve(folders: Folders, pipe) -> None:
    """What the server's process does until it is told to end."""
    with served(folders) as address:
        pipe.send(address)
        while pipe.recv() != "end":
            gc.collect()
            visits = len(list(folders.visits.iterdir())) if folders.visits.is_dir() else 0
            pipe.send(held_by(os.getpid()) | {"tasks": waiting_tasks(), "visits": visits})


def ask(address: str, count: int, seed: int) -> tuple[list[float], Counter]:
    """One client: its seconds of waiting, and what came of its prompts, each with a seed of its own."""
    rng, waits, tally = random.Random(seed), [], Counter()
    client = Client(address, verbose=False, httpx_kwargs={"timeout": 300})  # its own five seconds are short for a class
    for number in range(count):
        prompt, wanted = rng.choice(GRAMMARS["shapes"].captions), 1000 * seed + number
        began = time.perf_counter()
        try:
            got = read_recipe(client.predict(prompt, wanted, api_name="/generate"))
        except Exception as error:
            tally[f"failed: {str(error)[:80]}"] += 1
            continue
        waits.append(time.perf_counter() - began)
        tally["right" if (got["prompt"], got["seed"]) == (prompt, wanted) else "ANOTHER'S CLIP"] += 1
    client.close()
    return waits, tally


def ask_all(address: str, clients: int, prompts: int, *, first_seed: int = 0) -> tuple[list[float], Counter]:
    """Many clients at once."""
    waits, tally = [], Counter()
    with ThreadPoolExecutor(clients) as crowd:
        for some, refusals in crowd.map(lambda n: ask(address, prompts, first_seed + n), range(clients)):
            waits += some
            tally += refusals
    return waits, tally


def waiting_tasks() -> int:
    """Of all event loops of this process: connections that are served, and timers."""
    return sum(issubclass(type(thing), asyncio.Task) and not thing.done() for thing in gc.get_objects())


def type_prompts(address: str, until: threading.Event, tally: Counter) -> None:
    """Two visitors with browsers of their own, who type as long as the others ask; each must see its own clip."""
    from playwright.sync_api import sync_playwright

    rng = random.Random(0)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = [browser.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.set_default_timeout(120_000)
            page.goto(address)
            page.wait_for_selector("#hero[data-ready]")
        while not until.is_set():
            prompts = [rng.choice(GRAMMARS["shapes"].captions) for _ in pages]
            for page, prompt in zip(pages, prompts, strict=True):
                say(page, prompt)
            for page, prompt in zip(pages, prompts, strict=True):
                page.locator("#message").get_by_text(f"{prompt} · seed").first.wait_for()
                tally["seen"] += 1
        browser.close()


def overfill_queue(address: str, requests: int) -> Counter:
    """More at once than may wait: some are refused in words, and the others are answered."""
    body = {"data": ["red circle moving left", 0, 10, 10, None]}

    def join(client: httpx.Client, _: int) -> str:
        answer = client.post("/gradio_api/call/generate", json=body)
        if answer.status_code == 503:
            return answer.json()["detail"]
        done = client.get(f"/gradio_api/call/generate/{answer.json()['event_id']}", timeout=600).text
        return "answered" if "event: complete" in done else "failed"

    limits = httpx.Limits(max_connections=requests)
    server = httpx.Client(base_url=address.rstrip("/"), timeout=600, limits=limits)
    with server as client, ThreadPoolExecutor(requests) as crowd:
        return Counter(
            message.split(" and size")[0] for message in crowd.map(lambda n: join(client, n), range(requests))
        )


def open_pages(address: str, count: int) -> int:
    """Load the page that often, each time as a new visitor who leaves at once; returns how many loads ended well."""
    from playwright.sync_api import sync_playwright

    loaded = 0
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context()
        for _ in range(count):
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.goto(address, wait_until="domcontentloaded")
            page.wait_for_selector("#prompt")
            page.close()
            loaded += 1
            if loaded % 100 == 0:
                print(f"{loaded} page loads", flush=True)
        browser.close()
    return loaded


def held_by(pid: int) -> dict[str, int]:
    """What a process has: megabytes, threads, open files, living children."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {
        "MB": int(status["VmRSS"].split()[0]) // 1024,
        "threads": int(status["Threads"]),
        "files": len(os.listdir(f"/proc/{pid}/fd")),
        "children": len(children),
    }


def left_behind(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """What a process holds more of than it did, beyond what may be."""
    return [name for name, most in MOST.items() if after[name] > most * before[name] + SPARE.get(name, 0)]


def say_waits(waits: list[float]) -> str:
    ranks = statistics.quantiles(waits, n=20)
    return f"p50 {statistics.median(waits):.2f} s, p95 {ranks[-1]:.2f} s"


@contextmanager
def typing_meanwhile(address: str) -> Iterator[Counter]:
    """Two browsers at work while the block runs, and until each has seen as many clips as a warm-up wants."""
    done, shown = threading.Event(), Counter()
    visitors = threading.Thread(target=type_prompts, args=(address, done, shown))
    visitors.start()
    try:
        yield shown
        while shown["seen"] < 2 * WARM_UP_PROMPTS and visitors.is_alive():
            time.sleep(0.5)
    finally:
        done.set()
        visitors.join()


def ask_and_type(address: str, folders: Folders, view: Callable[[], dict[str, int]]) -> list[str]:
    """The clients and the browsers, while a training runs; `look` says what the server holds. Returns what was not as
    promised."""
    run = processes.start(folders, replace(preset("lesson"), steps=100_000), minutes=60)
    with typing_meanwhile(address):
        ask_all(address, CLIENTS, WARM_UP_PROMPTS)
    time.sleep(SETTLING_SECONDS)
    before = view()
    print(f"before: {json.dumps(before)}", flush=True)

    with typing_meanwhile(address) as shown:
        waits, tally = ask_all(address, CLIENTS, PROMPTS, first_seed=100)
    trained = processes.read_run(folders, run)
    print(f"{CLIENTS} clients x {PROMPTS} prompts: {dict(tally)}, {say_waits(waits)}", flush=True)
    print(f"meanwhile two browsers: {dict(shown)}; the training is {trained.state} at step {trained.step}")
    overfilled = overfill_queue(address, NO_LIMITS.waiting + 60)
    print(f"{NO_LIMITS.waiting + 60} at once: {dict(overfilled)}", flush=True)
    time.sleep(SETTLING_SECONDS)
    after = view()
    print(f"after: {json.dumps(after)}", flush=True)
    processes.stop(folders, run)
    while processes.running(folders):
        time.sleep(1)
    wrong = left_behind(before, after) + ["clips"] * (tally["right"] < CLIENTS * PROMPTS)
    wrong += ["the full queue"] * (set(overfilled) != {"answered", f"Queue is full. Max size is {NO_LIMITS.waiting}"})
    return wrong + ["the training"] * (trained.state != "running")


def load_pages(address: str, folders: Folders, view: Callable[[], dict[str, int]]) -> list[str]:
    """The page loads, after a few that nobody counts. Returns what was not as promised."""
    open_pages(address, WARM_UP_LOADS)
    time.sleep(SETTLING_SECONDS)
    before = view()
    print(f"before: {json.dumps(before)}", flush=True)
    loaded = open_pages(address, PAGE_LOADS)
    time.sleep(SETTLING_SECONDS)
    after = view()
    print(f"{loaded} page loads, then: {json.dumps(after)}", flush=True)
    return left_behind(before, after) + ["page loads"] * (loaded < PAGE_LOADS)


PARTS = {"clients": ask_and_type, "pages": load_pages}


def main(*names: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        os.environ["GRADIO_TEMP_DIR"] = str(root / "served")
        shutil.copytree(SHIPPED / "lesson", root / "shipped" / "lesson")
        folders = Folders(root / "shipped", root / "runs", root / "datasets", root / "visits")
        spawn = multiprocessing.get_context("spawn")
        mine, its = spawn.Pipe()
        server = spawn.Process(target=serve, args=(folders, its))
        server.start()

        def view() -> dict[str, int]:
            mine.send("look")
            return mine.recv()

        try:
            address = mine.recv()
            wrong = [what for name in names or PARTS for what in PARTS[name](address, folders, view)]
            print(f"not as promised: {', '.join(wrong) or 'nothing'}")
            sys.exit(bool(wrong))
        finally:
            mine.send("end")
            server.join(30)
            server.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
