"""The Evaluate tab in a real browser: measured, stopped, looked at."""

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, open_tab, wait_for_button, wait_for_text

pytestmark = in_a_browser


def button(page, name):
    return page.get_by_role("button", name=name, exact=True).filter(visible=True)


def unfold(page, name):
    page.get_by_role("button", name=name).filter(visible=True).click()


def set_clips(page, clips):
    if not button(page, "Measure").count():
        unfold(page, "Measure again")
    field = page.get_by_label("number input for Number of clips").filter(visible=True)
    field.fill(str(clips))
    field.press("Enter")


def test_a_checkpoint_is_measured_and_its_failures_are_shown(page):
    open_tab(page, "Evaluate")
    wait_for_text(page, "#measured-origin", "No measurement comes with this checkpoint")
    set_clips(page, 20)
    button(page, "Measure").click()
    page.locator("#measured-headline dd").first.wait_for()
    wait_for_text(page, "#measured-origin", "Measured just now: 20 clips")
    assert " of 20 clips show exactly what was asked" in page.locator("#measured-verdict").inner_text()
    unfold(page, "By attribute")
    page.get_by_role("img", name="trained, network: ").first.wait_for()  # the bar itself is nothing at 0%
    unfold(page, "Failed clips")
    page.locator("#failed img").first.wait_for()
    unfold(page, "Confusion tables")
    page.locator("#confusions table").nth(4).wait_for()
    before = page.locator("#confusions").inner_html()
    page.get_by_label("network", exact=True).filter(visible=True).check()
    page.wait_for_function("before => document.querySelector('#confusions').innerHTML != before", arg=before)


def test_a_phone_shows_sentences_as_lines(page):
    """Narrower than a word, a column would be a thousand pixels high."""
    page.set_viewport_size({"width": 390, "height": 900})
    for selector in ("#measured-verdict", "#measured-origin"):
        box = page.locator(selector).bounding_box()
        assert box["width"] > 300 and box["height"] < 250, selector
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_measurement_is_stopped(page):
    open_tab(page, "Evaluate")
    set_clips(page, 1000)
    button(page, "Measure").click()
    page.locator("#measuring progress").wait_for()
    button(page, "Stop").click()
    wait_for_text(page, "#measuring", "Stopped; nothing was measured")
    wait_for_button(page, "Measure")
