"""A little of the load of `load.py`, against the page of these tests."""

import os
import sys
from dataclasses import replace

import pytest

pytest.importorskip("gradio")

import httpx
import load
from serving import served

from demo.studio.limits import NO_LIMITS

pytestmark = pytest.mark.filterwarnings("ignore:::gradio.queueing")  # it is behind pandas' news


def test_clients_at_once_get_their_own_clips(page_address):
    waits, tally = load.ask_all(page_address[0], clients=3, prompts=2)
    assert tally == {"right": 6} and len(waits) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_page_requests_leave_nothing_behind(page_address):
    with httpx.Client(base_url=page_address[0], timeout=60) as client:
        client.get("/")
        before = load.held_by(os.getpid())
        assert all(client.get("/").status_code == 200 for _ in range(20))
    after = load.held_by(os.getpid())
    assert after["children"] == before["children"] and after["files"] <= before["files"] + 1


def test_a_full_queue_says_so_in_words(folders):
    with served(replace(folders, limits=replace(NO_LIMITS, waiting=2))) as address:
        tally = load.overfill_queue(address, 12)
    assert tally["answered"] and tally["Queue is full. Max size is 2"] and sum(tally.values()) == 12
