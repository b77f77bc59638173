"""The Dataset tab's handlers as plain functions."""

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo import dataset
from demo.folders import find_datasets
from t2v.video import read_clip

DATASET = {"grammar": "shapes", "videos": 3, "frames": 4, "frame_size_px": 16, "seed": 5, "layout": "frames"}


def test_samples_are_the_first_clips_of_the_dataset(folders, tmp_path):
    scene = {name: DATASET[name] for name in ("grammar", "frames", "frame_size_px", "seed")}
    shown = dataset.draw_samples(tmp_path, **scene)
    dataset.write(folders, **DATASET, progress=lambda done, total: None, stop=lambda: False)
    written = next(iter(find_datasets(folders).values()))
    for i in range(DATASET["videos"]):
        path, caption = shown[i]
        assert caption == (written / f"video_{i}" / "prompt.txt").read_text()
        assert np.abs(read_clip(path, size=16).astype(int) - read_clip(written / f"video_{i}")).max() < 40
    assert dataset.table(folders) == [[written.name, "3 clips"]]


def test_writing_tells_its_progress_stops_and_goes_on(folders):
    big = DATASET | {"videos": 40, "frame_size_px": 128, "frames": 20, "layout": "packed"}  # several chunks
    told = []
    said = dataset.write(folders, **big, progress=lambda *now: told.append(now), stop=lambda: True)
    assert "Stopped" in said and 0 < told[-1][0] < told[-1][1] == 40
    assert "write it again" in dataset.table(folders)[0][1]
    assert "complete" in dataset.write(folders, **big, progress=lambda *now: None, stop=lambda: False)


def test_a_plan_names_files_and_bytes_and_refuses_bad_settings():
    assert dataset.plan(**DATASET).startswith("17 files, about ")
    with pytest.raises(ValueError, match=r"videos must be at least 1.*seed must be at least 0"):
        dataset.plan(**DATASET | {"videos": 0, "seed": -1})
