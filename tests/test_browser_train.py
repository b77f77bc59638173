"""The Train tab in a real browser: what a visitor does, sees, and finds again."""

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, open_tab, wait_for_text

pytestmark = in_a_browser


def test_a_training_is_started_watched_found_again_and_stopped(page, page_address, complaints):
    open_tab(page, "Train")
    page.get_by_role("button", name="Start a new training").click()
    wait_for_text(page, "#train-progress", "lesson-1 is")
    wait_for_text(page, "#train-progress", "is running at step")
    page.locator("#losses canvas, #losses svg").first.wait_for()
    said_before = len(complaints)
    page.reload()
    page.wait_for_selector("#clip img")
    del complaints[said_before:]  # Gradio logs that the reload has cut off its own requests
    open_tab(page, "Train")
    wait_for_text(page, "#train-progress", "lesson-1 is running at step")
    assert page.get_by_role("button", name="Start a new training").is_disabled()
    page.get_by_role("button", name="Stop and save").click()
    wait_for_text(page, "#train-progress", "lesson-1 stopped at step")
    page.wait_for_selector("#preview img")
    assert page.get_by_role("button", name="Resume").is_enabled()
    assert (page_address[1].runs / "lesson-1" / "checkpoint" / "config.json").is_file()
    open_tab(page, "Generate")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Checkpoint").click()
    page.get_by_role("option", name="runs/lesson-1").wait_for()
