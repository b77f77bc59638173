"""How long a visitor waits: from the page's first paint to a clip that moves, and from a typed prompt to its picture.
`python tests/campaigns/timings.py 20 4` measures each twenty times while four processes keep the machine busy, and
prints median and worst. One visit is thrown away first, in which the server loads its model.

`test_timings.py` measures once, without bounds: speed swings too much for a test.
"""

import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from browsing import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright
from quick_hands import BUSY, load
from serving import served

from demo.studio.workspace import Folders
from t2v.data.grammar import GRAMMARS

TIMES = 20
PATIENCE_MS = 180_000
WANTED_MS = {
    "first paint to a clip that moves": 1000,
    "first paint to the page with its clips": None,
    "typed prompt to picture": 500,
}
# When the clip is there that moves until Gradio is; when the second frame of the large clip is lit in the film strip;
# when the clip is drawn that has the name that is awaited.
STOPWATCH = """
  window.stopwatch = {};
  document.addEventListener('load', event => {
    if (event.target.closest?.('#first-look')) stopwatch.looked ??= performance.now();
  }, true);
  new MutationObserver(changes => changes.forEach(({target, attributeName, oldValue}) => {
    if (attributeName === 'aria-valuenow' && oldValue) stopwatch.moved ??= performance.now();
    if (attributeName === 'aria-label' && target.ariaLabel === stopwatch.awaited) stopwatch.drawn ??= performance.now();
  })).observe(document, {subtree: true, attributeFilter: ['aria-valuenow', 'aria-label'], attributeOldValue: true});
"""
SINCE_PAINT = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  return stopwatch.moved && [Math.max(0, stopwatch.looked - paint), stopwatch.moved - paint];
}"""
TYPE = """prompt => {
  const field = document.querySelector('#prompt');
  Object.assign(stopwatch, {awaited: `${prompt}, seed 0`, drawn: undefined, typed: performance.now()});
  field.value = prompt;
  field.dispatchEvent(new Event('input', {bubbles: true}));
}"""


def first_clips_ms(browser, address: str) -> tuple[float, float]:
    """From the first paint of a new visit, with an empty cache, to a clip that moves, and to the page's large clip."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(STOPWATCH)
    page.goto(address, wait_until="commit")
    looked, moved = page.wait_for_function(SINCE_PAINT).json_value()
    context.close()
    return looked, moved


def prompts_ms(browser, address: str, count: int) -> list[float]:
    """From each of so many prompts, typed in one visit, to its picture. The first one, for which the server loads its
    model, is left out."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(STOPWATCH)
    page.goto(address)
    page.wait_for_selector("#hero[data-ready]")
    waited = []
    for prompt in random.Random(0).sample(GRAMMARS["shapes"].captions, count + 1):
        page.evaluate(TYPE, prompt)
        waited.append(page.wait_for_function("() => stopwatch.drawn && stopwatch.drawn - stopwatch.typed").json_value())
        page.locator(f"#wall button[title='{prompt}, seed 11']").wait_for()  # its variations are there, the hands rest
    context.close()
    return waited[1:]


def measure(browser, address: str, count: int) -> dict[str, Sequence[float]]:
    """Milliseconds of each wait, so many times."""
    typed = prompts_ms(browser, address, count)
    looked, moved = zip(*(first_clips_ms(browser, address) for _ in range(count)), strict=True)
    return dict(zip(WANTED_MS, (looked, moved, typed), strict=True))


def main(count: int, busy: int) -> int:
    root, shipped = Path(tempfile.mkdtemp()), Path(__file__).resolve().parents[2] / "checkpoints"
    folders = Folders(shipped, root / "runs", root / "datasets", root / "visits")
    with served(folders) as address, load(busy), sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        waits = measure(browser, address, count)
        browser.close()
    for name, each in waits.items():
        wanted = f" ({WANTED_MS[name]} wanted)" if WANTED_MS[name] else ""
        print(f"{name}: median {statistics.median(each):.0f} ms, worst {max(each):.0f} ms{wanted}")
    return 0


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(given + [TIMES, BUSY][len(given) :])))
