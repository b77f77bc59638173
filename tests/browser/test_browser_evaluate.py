"""The Evaluate tab in a real browser: measured, stopped, looked at."""

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, open_tab, wait_for_text

pytestmark = in_a_browser


def button(page, name):
    return page.get_by_role("button", name=name, exact=True).filter(visible=True)


def set_clips(page, clips):
    field = page.get_by_label("number input for Clips to measure anew").filter(visible=True)
    field.fill(str(clips))
    field.press("Enter")


def test_a_checkpoint_is_measured_and_its_failures_are_shown(page):
    open_tab(page, "Evaluate")
    wait_for_text(page, "#measured-origin", "No measurement comes with this checkpoint")
    set_clips(page, 20)
    button(page, "Measure").click()
    page.locator("#measured-headline dd").first.wait_for()
    wait_for_text(page, "#measured-origin", "Measured just now: 20 clips")
    page.get_by_role("img", name="trained, network: ").first.wait_for()  # the bar itself is nothing at 0%
    page.locator("#failed img").first.wait_for()
    page.locator("#motion-map").scroll_into_view_if_needed()
    page.locator("#motion-map img").wait_for()
    before = page.locator("#motion-map img").get_attribute("src")
    page.locator("#motion-map").page.get_by_label("network", exact=True).filter(visible=True).check()
    page.wait_for_function("before => document.querySelector('#motion-map img')?.src != before", arg=before)
    page.locator("#maps img").nth(3).wait_for(state="attached")


def test_a_measurement_is_stopped(page):
    open_tab(page, "Evaluate")
    set_clips(page, 1000)
    button(page, "Measure").click()
    page.locator("#measuring progress").wait_for()
    button(page, "Stop").click()
    wait_for_text(page, "#measuring", "Stopped; nothing was measured")
    assert button(page, "Measure").is_enabled()
