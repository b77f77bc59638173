"""The Dataset tab's handlers as plain functions."""

import errno
import json
import os
import shutil
import time
import zipfile
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo.dataset import library, library_tab, writing
from demo.dataset import tab as dataset
from demo.studio import about
from demo.studio.limits import NO_LIMITS
from demo.studio.workspace import find_datasets
from t2v.data.folder import open_dataset
from t2v.data.writer import write_dataset
from t2v.media.clips import read_clip, write_clip

DATASET = {"grammar": "shapes", "videos": 30, "frames": 4, "frame_size_px": 16, "seed": 5, "layout": "frames"}
BIG = DATASET | {"videos": 40, "frame_size_px": 128, "frames": 20, "layout": "packed"}  # several chunks
HUGE = DATASET | {"videos": 100_000, "frames": 1}  # cancelled long before its end


def write(folders, name="mine", stop=lambda: False, progress=lambda done, total: None, **settings):
    return writing.write(folders, name, progress=progress, stop=stop, **DATASET | settings)


def view_of(folders, name="mine"):
    return library.read_dataset(folders, name)


def wait_for_the_end(writer):
    while writer.now.busy:
        time.sleep(0.01)
    return writer.now


def test_samples_are_the_first_clips_of_the_dataset(folders, tmp_path):
    scene = {name: DATASET[name] for name in ("grammar", "frames", "frame_size_px", "seed")}
    assert len(dataset.draw_samples(tmp_path, videos=30, **scene)) == 12
    shown = dataset.draw_samples(tmp_path, videos=3, **scene)
    write(folders, videos=3)
    written = find_datasets(folders)["mine"]
    assert len(shown) == 3
    for i, (path, caption) in enumerate(shown):
        assert caption == (written / f"video_{i}" / "prompt.txt").read_text()
        assert np.abs(read_clip(path, size=16).astype(int) - read_clip(written / f"video_{i}")).max() < 40


def test_a_plan_names_files_and_bytes_and_refuses_bad_settings(folders):
    text = dataset.plan(folders, **DATASET | {"videos": 3})
    assert text.startswith("17 files, about ") and " MB" not in text and "kB, in datasets/" in text
    with pytest.raises(ValueError, match=r"videos must be at least 1.*seed must be at least 0"):
        dataset.plan(folders, **DATASET | {"videos": 0, "seed": -1})


def test_a_write_is_watched_to_its_end_and_not_repeated(folders):
    writer = writing.Writer(folders)
    name = writer.start(**DATASET)
    end = wait_for_the_end(writer)
    assert (end.state, end.done, end.name) == ("complete", 30, name)
    assert "complete: 30 clips. It is below, among" in dataset.say_writing(end)
    assert len(open_dataset(folders.datasets / name)) == 30
    with pytest.raises(ValueError, match="there already"):
        writer.start(**DATASET)


def test_progress_tells_rate_and_remaining_time():
    now = writing.Writing("mine", 4000, done=1000, clips_per_second=20.0)
    assert writing.describe(now) == "mine: 1,000 of 4,000 clips, 20 clips/s, 2 min 30 s to go."
    assert 'value="1000" max="4000"' in dataset.say_writing(now)
    assert "&lt;b&gt;" in dataset.say_writing(writing.Writing("<b>", 1, done=0))


def test_cancel_leaves_nothing_and_a_second_write_must_wait(folders):
    writer = writing.Writer(folders)
    name = writer.start(**HUGE)
    with pytest.raises(ValueError, match=f"{name} is being written; wait"):
        writer.start(**DATASET)
    while not writer.now.done:
        time.sleep(0.01)
    assert (folders.datasets / name).is_dir() and writer.busy_with(name)
    writer.cancel()
    end = wait_for_the_end(writer)
    assert end.state == "cancelled" and "Nothing was kept" in writing.describe(end)
    assert list(folders.datasets.iterdir()) == []
    with pytest.raises(ValueError, match="Nothing is being written"):
        writer.cancel()
    writer.start(**DATASET)
    assert wait_for_the_end(writer).state == "complete"


def test_an_unfinished_dataset_is_listed_kept_and_finished(folders):
    assert not write_dataset(folders.datasets / "mine", **BIG, progress=lambda *now: None, stop=lambda: True)
    left = view_of(folders)
    assert left.unfinished and left.clips is None and "of 40 clips are there" in library.describe(left)
    assert not write(folders, **BIG, stop=lambda: True)
    assert view_of(folders).state["clips_done"] > left.state["clips_done"] > 0
    writer = writing.Writer(folders)
    writer.go_on("mine")
    assert wait_for_the_end(writer).state == "complete"
    assert len(view_of(folders).clips) == 40


def test_a_write_that_fails_is_removed_and_explained(folders):
    def full(done, total):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write(folders, progress=full)
    assert list(folders.datasets.iterdir()) == []
    text = dataset.say_writing(writing.Writing("mine", 3, "failed", error=OSError(errno.ENOSPC, "No space")))
    assert "The disk is full" in text and "problem" in text


def test_bad_settings_write_nothing(folders):
    with pytest.raises(ValueError, match="grammar must be classic or shapes"):
        writing.Writer(folders).start(**DATASET | {"grammar": "../shapes"})
    assert not folders.datasets.exists()


@pytest.mark.parametrize("layout", ["frames", "packed"])
def test_a_dataset_says_what_it_holds_and_how_much_of_each(folders, layout):
    write(folders, layout=layout)
    result = view_of(folders)
    assert library.describe(result).startswith("30 clips of 4 frames, 16 px, ")
    assert "Preset shapes, seed 5" in library.describe(result) and "Complete" in library.describe(result)
    lines = [json.loads(line) for line in (result.folder / "metadata.jsonl").read_text().splitlines()]
    tables = library.counts(result)
    for column, table in tables.items():
        wanted = Counter(line[column].removeprefix("moving ") for line in lines)
        assert dict(zip(table[column], table["clips"], strict=True)) == wanted
    assert list(tables) == ["shape", "colour", "motion"] and "4 shapes" in library.describe_counts(tables)
    assert result.size_bytes == sum(path.stat().st_size for path in result.folder.rglob("*") if path.is_file())


def test_films_with_own_captions_are_found_by_their_words(folders, tmp_path):
    own = folders.datasets / "own"
    own.mkdir(parents=True)
    for i in range(3):
        write_clip(own / f"clip_{i}.gif", np.full((5, 300, 280, 3), 80 * i, np.uint8))
    (own / "metadata.csv").write_text("file_name,text\nclip_0.gif,a cat\nclip_1.gif,A dog\nclip_2.gif,a <b>cat</b>\n")
    result = view_of(folders, "own")
    assert "captions of its own" in library.describe(result) and library.counts(result) == {}
    assert library.words(result).values.tolist()[0] == ["a", 3]
    shown = library.draw_clips(result, [2], tmp_path)
    assert shown[0][1] == "a <b>cat</b>" and abs(read_clip(shown[0][0]).mean() - 160) < 8


def test_a_broken_dataset_is_explained_without_paths(folders):
    write(folders, videos=2)
    (folders.datasets / "mine" / "video_1" / "frame_2.png").unlink()
    os.utime(folders.datasets / "mine", (0, 0))
    result = view_of(folders)
    assert result.clips is None and not result.fits_a_zip
    assert library.describe(result) == "It cannot be used: " + os.path.join("mine", "video_1", "frame_2.png") + (
        " is missing; put it back or take the clip out of the dataset"
    )
    with pytest.raises(ValueError, match=r"no dataset '../mine'. Known: mine"):
        view_of(folders, "../mine")


def test_a_dataset_that_was_replaced_is_read_anew(folders):
    write(folders, videos=3)
    assert len(view_of(folders).clips) == 3
    shutil.rmtree(folders.datasets / "mine")
    write(folders, videos=4)
    assert len(view_of(folders).clips) == 4


def test_the_filter_finds_captions_that_hold_every_word():
    captions = ["large red star moving left", "blue star moving up-left", "star moving up", "circle moving left"]
    assert library.find_clips(captions, " LEFT star ") == [0, 1]
    assert library.find_clips(captions, "") == library.find_clips(captions, None) == [0, 1, 2, 3]
    assert library.find_clips(captions, "purple") == []
    assert library_tab.say_found(0, 0, 4, "purple ") == "No caption contains 'purple'."
    assert library_tab.say_found(12, 20, 90, "star") == "Clips 13 to 20 of 20 whose captions match, 90 in all"


def test_pages_end_at_the_last_clip():
    assert [library_tab.turn(first, step, 30) for first, step in ((0, 1), (12, 1), (24, 1), (0, -1), (24, -1))] == [
        12, 24, 24, 0, 12,
    ]  # fmt: skip
    assert library_tab.turn(0, 1, 12) == library_tab.turn(0, 1, 0) == library_tab.turn(10**9, 1, 5) == 0


def test_clips_are_shown_as_they_are_and_large_ones_smaller(folders, tmp_path):
    write(folders, layout="packed")
    write(folders, "large", videos=2, frame_size_px=512)
    for name, numbers in (("mine", [7, 29]), ("large", [1])):
        result = view_of(folders, name)
        for (path, caption), i in zip(library.draw_clips(result, numbers, tmp_path), numbers, strict=True):
            clip, shown = result.clips[i], read_clip(path)
            assert caption == result.clips.captions[i] and shown.shape == (4, 128, 128, 3)
            assert (
                np.abs(shown[:, ::8, ::8].astype(int) - clip[:, :: clip.shape[1] // 16, :: clip.shape[1] // 16]).mean()
                < 6
            )
        assert result.clips._kept == {}


@pytest.mark.parametrize("layout", ["frames", "packed"])
def test_a_zip_holds_the_whole_dataset_and_no_links(folders, tmp_path, layout):
    write(folders, layout=layout)
    result = view_of(folders)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (result.folder / "link.txt").symlink_to(secret)
    done = list(library.zip_up(result, tmp_path / "mine.zip"))
    assert done == sorted(done) and done[-1] == result.size_bytes
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert not [name for name in archive.namelist() if "link" in name]
        archive.extractall(tmp_path / "out")
    copy = open_dataset(tmp_path / "out" / "mine")
    assert copy.captions == result.clips.captions and np.array_equal(copy[29], result.clips[29])


def test_what_is_too_large_is_said_in_advance_and_not_zipped(folders, tmp_path):
    write(folders)
    text = library.describe_zip(view_of(folders))
    assert text.endswith(" of data.")
    result = view_of(replace(folders, limits=replace(NO_LIMITS, zip_bytes=2000)))
    assert not result.fits_a_zip and "More than 2.0 kB" in library.describe_zip(result)
    with pytest.raises(ValueError, match="More than"):
        next(library.zip_up(result, tmp_path / "mine.zip"))
    assert not (tmp_path / "mine.zip").exists()


def test_a_zip_that_nobody_waits_for_is_removed(folders, tmp_path):
    write(folders)
    pieces = library.zip_up(view_of(folders), tmp_path / "mine.zip")
    next(pieces)
    assert (tmp_path / "mine.zip").exists()
    pieces.close()
    assert not (tmp_path / "mine.zip").exists()


def test_a_right_plan_takes_the_error_of_a_write_away(folders):
    writer = writing.Writer(folders)
    right = [DATASET[name] for name in ("grammar", "videos", "frames", "frame_size_px", "seed", "layout")]
    text, outcome = dataset.on_setting(folders, writer, *right)
    assert "problem" not in text and outcome == ""
    text, outcome = dataset.on_setting(folders, writer, *["shapes", 0, *right[2:]])
    assert "problem" in text and outcome != ""  # it stays


def test_a_menu_looked_up_again_leaves_a_choice_alone(folders):
    (folders.datasets / "mine").mkdir(parents=True)
    for name, is_gone in (("mine", False), ("gone", True)):
        update = library_tab.on_names(folders, writing.Writer(folders), name, "")[0]
        assert update["choices"] and ("value" in update) == is_gone


def test_one_clip_is_not_clips(folders):
    assert writing.describe(writing.Writing("mine", 1, done=0)) == "mine: 0 of 1 clip."
    write(folders, videos=1)
    assert library.describe_counts(library.counts(view_of(folders))).count("1 clip each") == 3


def test_a_dataset_is_deleted_unless_it_is_in_use(folders, monkeypatch):
    write(folders)
    about.write(folders.datasets, "mine", title="first try", note="")
    assert about.label(folders.datasets, "mine") == "first try (mine)"
    writer = writing.Writer(folders)
    with pytest.raises(ValueError, match="no dataset"):
        writer.delete("../datasets")
    writer.now = writing.Writing("mine", 30)
    with pytest.raises(ValueError, match="is being written"):
        writer.delete("mine")
    writer.now = None
    with pytest.raises(ValueError, match="A training reads mine"):
        writing.Writer(folders, in_use=lambda: ("mine",)).delete("mine")
    listed = []  # while its files go
    monkeypatch.setattr(shutil, "rmtree", lambda folder, **options: listed.append(dict(find_datasets(folders))))
    writer.delete("mine")
    assert listed == [{}] and about.read(folders.datasets, "mine").title == ""
