"""The Dataset tab in a real browser: what a visitor does, sees, and finds again."""

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, open_tab, wait_for_text

pytestmark = in_a_browser


def test_a_dataset_is_shown_written_and_listed(page, page_address):
    open_tab(page, "Dataset")
    page.locator("#samples img").nth(11).wait_for()
    page.get_by_label("Clips", exact=True).fill("5")
    wait_for_text(page, "#dataset-message", "57 files")
    page.get_by_role("button", name="Write").click()
    wait_for_text(page, "#dataset-outcome", "is complete")
    page.get_by_text("5 clips").filter(visible=True).first.wait_for()
    assert (page_address[1].datasets / "shapes-5x10-64px-seed0-frames" / "video_4" / "prompt.txt").is_file()
