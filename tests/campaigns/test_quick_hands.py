"""A few of the sequences of `quick_hands.py`, against the page of these tests."""

import pytest

pytest.importorskip("gradio")
pytest.importorskip("playwright")

import quick_hands
from browsing import in_a_browser

pytestmark = in_a_browser


@pytest.mark.parametrize("seed", [1, 2])
def test_quick_hands_end_as_meant(browser, page_address, seed):
    assert quick_hands.play(browser, page_address[0], 1, seed, patience_ms=90_000) == {"as meant": 1}
