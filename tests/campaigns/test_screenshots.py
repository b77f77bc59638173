"""`screenshots.py` takes its pictures of the page of these tests."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("gradio")
pytest.importorskip("playwright")

import screenshots
from browsing import in_a_browser
from PIL import Image

pytestmark = in_a_browser


def test_a_picture_of_each_tab_is_taken(page_address, trained, tmp_path):
    address, folders = page_address
    shutil.copytree(trained, folders.runs / "pictured")

    with ThreadPoolExecutor(1) as aside:  # these tests have a Playwright in this thread
        aside.submit(screenshots.take_all, address, tmp_path).result()
    for tab in screenshots.TABS:
        with Image.open(tmp_path / f"{tab.lower()}.webp") as picture:
            assert picture.size == tuple(screenshots.SIZE.values())
            assert len(set(picture.convert("L").resize((64, 40)).tobytes())) > 10  # more than an empty page
    shutil.rmtree(folders.runs / "pictured")
