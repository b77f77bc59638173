"""A drawing on the page, taught to a model, and then asked for in Generate: the whole way in a real browser."""

import re

import pytest

pytest.importorskip("gradio")

from browsing import draw_zigzag, in_a_browser, open_tab, wait_for_text

from demo.dataset.thing import SHOWN
from t2v.checkpoint.release import load_release

pytestmark = in_a_browser

TRAINING_MS = 600_000  # for a process that loads all and trains beside this one; nothing waits longer than it must
TAUGHT = "gonk bouncing vertically"  # a motion that the training never shows


def test_a_drawing_is_taught_and_asked_for(page, page_address):
    """One button, then all that a training shows; what it has learned after some steps is another matter."""
    open_tab(page, "Dataset")
    page.locator("#own-thing button").first.click()
    draw_zigzag(page)
    page.locator("#thing-name input, #thing-name textarea").first.fill("gonk")
    page.locator("#thing-name input, #thing-name textarea").first.blur()
    wait_for_text(page, "#thing-clips", f"gonk {SHOWN[-1]}")
    assert page.get_by_label("Begin from", exact=True).input_value() == "shapes"
    page.locator("#thing-teach").click()

    page.get_by_role("tab", name="Train", selected=True).wait_for()
    page.set_default_timeout(TRAINING_MS)
    wait_for_text(page, "#over-steps", "Never shown: spinning")
    assert page.get_by_label("Run", exact=True).input_value() == "gonk-1"
    wait_for_text(page, "#train-progress", re.compile("gonk-1 is running at step [1-9]"))
    wait_for_text(page, "#train-progress", "remaining")
    page.wait_for_function("document.querySelector('#preview img')?.naturalWidth > 0")
    page.get_by_role("button", name="Stop and save", exact=True).click()
    wait_for_text(page, "#train-progress", "gonk-1 stopped at step")

    page.get_by_role("button", name="Try it in Generate", exact=True).click()
    page.get_by_role("tab", name="Generate", selected=True).wait_for()
    page.locator(f"#hero[aria-label^='{TAUGHT}, seed']").wait_for()
    assert page.locator("#model").input_value() == "runs/gonk-1" and page.locator("#prompt").input_value() == TAUGHT
    release = load_release(page_address[1].runs / "gonk-1" / "checkpoint")
    assert release.grammar == "shapes+gonk" and "gonk" in release.things
