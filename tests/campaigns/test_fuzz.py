"""The nonsense of `fuzz.py`, a little of it: `make fuzz` tries 2,000 inputs for each public entry."""

import damaged_clips
import fuzz
import pytest

TIMES = 25


def test_prompts():
    assert fuzz.parse(TIMES)["error"]


def test_release_folders(trained, tmp_path):
    assert fuzz.load(tmp_path, trained / "checkpoint", TIMES)["error"]


def test_dataset_folders(tmp_path):
    assert fuzz.read_dataset(tmp_path, TIMES)["error"]


def test_damaged_clips(tmp_path):
    assert damaged_clips.read_clips(tmp_path, 8 * TIMES)["error"]


def test_damaged_folders_of_clips(tmp_path):
    assert damaged_clips.read_folders(tmp_path, 4 * TIMES)["result"]


def test_uploads(folders, tmp_path):
    assert fuzz.restore_recipe(tmp_path, folders, TIMES)["error"]


@pytest.mark.parametrize("name", ["generate", "vocabulary"])
@pytest.mark.filterwarnings("ignore:::gradio.queueing")  # it is behind pandas' news
def test_endpoints(page_address, name):
    assert fuzz.call_endpoint(page_address[0], name, TIMES)["error"]
