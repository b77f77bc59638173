"""A few of the sequences of `quick_hands.py`, against the page of these tests."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("gradio")
pytest.importorskip("playwright")

import quick_hands
from browsing import PATIENCE_MS, in_a_browser

pytestmark = in_a_browser


@pytest.mark.parametrize("seed", [1, 2])
def test_quick_hands_end_as_meant(browser, page_address, seed):
    assert quick_hands.play(browser, page_address[0], 1, seed, patience_ms=90_000) == {"as meant": 1}


LOADED = "import quick_hands\nwith quick_hands.load(2): print('busy', flush=True), input()"


def test_a_killed_campaign_leaves_no_busy_process():
    """They write to the same pipe, which ends with the last of them."""
    campaign = subprocess.Popen(
        [sys.executable, "-c", LOADED],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert campaign.stdout.readline() == "busy\n"
    campaign.kill()
    assert campaign.communicate(timeout=PATIENCE_MS / 1000)[0] == ""
