"""The whole page in a real browser: what a visitor does, sees, and finds again."""

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, open_tab

pytestmark = in_a_browser


@pytest.mark.parametrize("width_px", [1280, 390])
def test_no_tab_is_wider_than_the_screen(page, open_page, width_px):
    page = page if width_px == 1280 else open_page(width_px)
    for tab in ("Dataset", "Train", "Generate"):
        open_tab(page, tab)
        if tab == "Dataset":
            page.locator("#samples img").nth(11).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px
