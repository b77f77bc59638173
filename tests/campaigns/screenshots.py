"""The pictures of the page in README: `make screenshots` takes them again, each below 150 kB, into `docs/`.

The Train tab shows a run: `python tests/campaigns/screenshots.py RUN_DIR` shows that one, and without a folder a lesson
of some minutes is trained first.
"""

import io
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from browsing import CHROMIUM, FLAGS, open_tab
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from serving import served

from demo.studio.workspace import Folders
from t2v.presets import preset

ROOT = Path(__file__).resolve().parents[2]
SIZE = {"width": 1280, "height": 960}
STEPS = 600  # of a lesson: shapes have appeared
QUALITY = 82
MOST_BYTES = 150_000
PATIENCE_MS = 300_000
PROMPT = "a big violet star climbing, then right"
DRAWN = "large purple star moving up then right, seed {}"


def show_generate(page: Page) -> None:
    page.locator("#prompt").fill(PROMPT)
    for seed in (0, 1):  # the first clip waits until the model is loaded, and says how long it took
        page.locator("#seed").fill(str(seed))
        page.wait_for_function("name => document.querySelector('#hero')?.ariaLabel === name", arg=DRAWN.format(seed))
    page.locator("#hero[data-px='256']").wait_for()  # the answer that comes last
    page.locator("#seed").blur()


def show_dataset(page: Page) -> None:
    page.locator("#samples img").nth(11).wait_for()


def show_train(page: Page) -> None:
    page.locator("#plot-loss svg .mark-line path").first.wait_for()


def show_learn(page: Page) -> None:
    page.locator("#figure-1 :is(img, svg, table, .film)").first.wait_for()


TABS = {"Generate": show_generate, "Dataset": show_dataset, "Train": show_train, "Learn": show_learn}


def take(page: Page, file: Path) -> None:
    """What is seen now, as WebP. ValueError where that is too large for README."""
    page.wait_for_timeout(2000)  # until plots and pictures have settled
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(file, quality=QUALITY, method=6)
    if (size := file.stat().st_size) > MOST_BYTES:
        raise ValueError(f"{file.name} has {size:,} bytes, more than {MOST_BYTES:,}")


def take_all(address: str, out: Path, **appearance) -> None:
    """A picture of each tab, named after it; `appearance` goes to Playwright's `new_context`."""
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        settings = {"viewport": SIZE, "reduced_motion": "reduce", "locale": "en-US"} | appearance
        page = browser.new_context(**settings).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.wait_for_selector("#hero[data-ready]")
        for tab, show in TABS.items():
            open_tab(page, tab)
            show(page)
            take(page, out / f"{tab.lower()}.webp")
        browser.close()


def main(run: str | None = None) -> int:
    root = Path(tempfile.mkdtemp())
    folders = Folders(ROOT / "checkpoints", root / "runs", root / "datasets", root / "visits")
    if run is None:
        from t2v.training.loop import train

        train(replace(preset("lesson"), steps=STEPS), folders.runs / "lesson-1", device="cpu")
    else:
        shutil.copytree(run, folders.runs / Path(run).name, ignore=shutil.ignore_patterns("state.pt"))
    with served(folders) as address:
        take_all(address, ROOT / "docs")
    shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
