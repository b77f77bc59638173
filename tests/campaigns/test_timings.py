"""`timings.py` measures once, against the page of these tests."""

import pytest

pytest.importorskip("gradio")
pytest.importorskip("playwright")

import timings
from browsing import in_a_browser

pytestmark = in_a_browser


def test_both_waits_of_a_visitor_are_measured(browser, page_address):
    waits = timings.measure(browser, page_address[0], 1)
    assert waits.keys() == timings.WANTED_MS.keys()
    assert all(0 <= one < timings.PATIENCE_MS for each in waits.values() for one in each)
