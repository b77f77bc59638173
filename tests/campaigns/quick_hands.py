"""Quick hands: random sequences of typing, building, choosing, changing tabs and reloading, without waiting for any
answer, over a line that is 300 ms longer. `python tests/campaigns/quick_hands.py 100 0` does a hundred with seed 0
while four processes keep the machine busy, and prints a tally.

A sequence ends as meant when, after the hands rest, the fields hold what they were last given, the large clip is that
of the fields, and the tab is the one that was last opened. `test_quick_hands.py` does a few.
"""

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from browsing import CHROMIUM, FLAGS, open_tab, slow_down
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import sync_playwright
from serving import served

from demo.studio.workspace import Folders
from t2v.data.grammar import COLOURS, GRAMMARS, SHAPES, SIZES

MOST_DEEDS = 8
AS_MEANT = "as meant"
BUSY = 4  # processes that do nothing but keep the machine busy
TABS = ("Generate", "Dataset", "Train", "Evaluate", "Learn")
SHOWN = "name => document.querySelector('#hero')?.ariaLabel === name"


class Hands:
    """One visit, what its hands do, and what they mean by it."""

    def __init__(self, page, rng: random.Random):
        self.page, self.rng = page, rng
        self.prompt, self.seed, self.tab, self.done = page.locator("#prompt").input_value(), 0, "Generate", []

    def type_prompt(self) -> None:
        """Over what stands there, some of it at a time."""
        self.prompt = self.rng.choice(GRAMMARS["shapes"].captions)
        cut = self.rng.randrange(len(self.prompt))
        field = self.page.locator("#prompt")
        field.fill(self.prompt[:cut])
        field.press_sequentially(self.prompt[cut:], delay=self.rng.choice((0, 5, 20)))

    def build(self) -> None:
        """Another word for one slot; the other slots stay."""
        slot, words = self.rng.choice((("size", SIZES), ("colour", COLOURS), ("shape", SHAPES)))
        word = self.rng.choice(list(words))
        one = GRAMMARS["shapes"].parse(self.prompt)
        text = {name: getattr(one, name) for name in ("size", "colour", "shape", "motion", "speed")} | {slot: word}
        if one.diagonally:
            text["motion"] = text["motion"].replace("moving ", "moving diagonally ")
        self.prompt = " ".join(value for value in text.values() if value)
        self.page.locator(f"[data-slot={slot}] input[value={word}]").check()

    def choose_seed(self) -> None:
        self.seed = self.rng.randrange(1000)
        self.page.locator("#seed").fill(str(self.seed))

    def open_tabs(self) -> None:
        """Some, and the first one again, where the other hands find their fields."""
        for name in (*self.rng.sample(TABS, 2), "Generate"):
            open_tab(self.page, name)

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_selector("#hero[data-ready]", state="attached")

    def go(self) -> None:
        """A random sequence of these."""
        deeds = (self.type_prompt, self.build, self.build, self.choose_seed, self.open_tabs, self.reload)
        for _ in range(self.rng.randint(2, MOST_DEEDS)):
            deed = self.rng.choice(deeds)
            self.done.append(deed.__name__)
            deed()
        if self.rng.random() < 0.3:
            self.tab = self.rng.choice(TABS)
            open_tab(self.page, self.tab)

    def problems(self, patience_ms: int) -> list[str]:
        """What is not as it was meant, once all answers have come."""
        wanted, result = f"{self.prompt}, seed {self.seed}", []
        try:
            self.page.wait_for_function(SHOWN, arg=wanted, timeout=patience_ms)
        except TookTooLong:
            result.append(f"clip: {self.page.locator('#hero').get_attribute('aria-label')!r} instead of {wanted!r}")
        stands = self.page.locator("#prompt").input_value(), self.page.locator("#seed").input_value()
        if stands != (self.prompt, str(self.seed)):
            result.append(f"fields: {stands!r} instead of {(self.prompt, str(self.seed))!r}")
        chosen = self.page.get_by_role("tab", selected=True).first.inner_text()
        return result if chosen == self.tab else [*result, f"tab: {chosen!r} instead of {self.tab!r}"]


def play_one(page, address: str, rng: random.Random, patience_ms: int) -> str:
    """A visit: `as meant`, or what went wrong."""
    page.set_default_timeout(patience_ms)
    slow_down(page)
    page.goto(address)
    page.wait_for_selector("#hero[data-ready]")
    hands = Hands(page, rng)
    try:
        hands.go()
        wrong = hands.problems(patience_ms)
    except TookTooLong as error:
        wrong = [f"no answer: {error.message.splitlines()[0]}"]
    return f"{'; '.join(wrong)} after {', '.join(hands.done)}" if wrong else AS_MEANT


def play(browser, address: str, count: int, seed: int, *, patience_ms: int = 120_000) -> Counter:
    """So many sequences, each by a visitor of its own. Returns the tally; what went wrong is in its keys."""
    tally = Counter()
    for number in range(count):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        problem = play_one(context.new_page(), address, random.Random(1000 * seed + number), patience_ms)
        context.close()
        tally[problem if problem == AS_MEANT else f"{number}: {problem}"] += 1
        print(f"{number + 1} of {count}, {tally[AS_MEANT]} {AS_MEANT}", file=sys.stderr, flush=True)
    return tally


def keep_busy(parent: int) -> None:
    """Until the campaign has ended, however it did."""
    while os.getppid() == parent:
        pass


@contextmanager
def load(processes: int):
    """So many processes that want a core each."""
    spawn = multiprocessing.get_context("spawn")
    started = [spawn.Process(target=keep_busy, args=(os.getpid(),), daemon=True) for _ in range(processes)]
    for process in started:
        process.start()
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.join()


def main(count: int, seed: int, busy: int) -> int:
    root, began = Path(tempfile.mkdtemp()), time.monotonic()
    shipped = Path(__file__).resolve().parents[2] / "checkpoints"
    folders = Folders(shipped, root / "runs", root / "datasets", root / "visits")
    with served(folders) as address, load(busy), sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tally = play(browser, address, count, seed)
        browser.close()
    for text, times in tally.most_common():
        print(f"{times:4} {text}")
    print(f"{tally[AS_MEANT]} of {count} sequences ended as meant, in {time.monotonic() - began:.0f} s")
    return 0 if tally[AS_MEANT] == count else 1


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(given + [100, 0, BUSY][len(given) :])))
