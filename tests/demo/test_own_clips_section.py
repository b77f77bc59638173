"""The section *Your own clips*: files become a table of captions, a report, and a dataset that a training reads."""

import zipfile

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo.dataset import own_clips
from t2v.data.folder import open_dataset
from t2v.media.clips import write_clip


@pytest.fixture
def uploads(tmp_path):
    """Two clips without captions and a broken one, as Gradio hands them over."""
    folder = tmp_path / "uploads"
    for name in ("a.gif", "b.webp"):
        write_clip(folder / name, np.full((3, 16, 16, 3), 99, np.uint8))
    (folder / "c.gif").write_bytes(b"GIF89a broken")
    return [str(path) for path in sorted(folder.iterdir())]


def test_files_become_a_table_to_fill_in(folders, uploads):
    table, report, error = own_clips.on_files(folders, uploads, visitor="me")
    rows = table["value"]
    assert rows == [["a.gif", ""], ["b.webp", ""], ["c.gif", ""]] and report == error == ""
    assert not own_clips.on_files(folders, None, visitor="me")[0]["visible"]


def test_zip_with_captions_fills_the_table(folders, uploads, tmp_path):
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.write(uploads[0], "clips/a.gif")
        archive.writestr("clips/metadata.csv", "file_name;text\na.gif;it jumps\na.gif;up it goes\n")
    table, _, error = own_clips.on_files(folders, [str(tmp_path / "mine.zip")], visitor="me")
    rows = table["value"]
    assert rows == [["clips/a.gif", "it jumps"], ["clips/a.gif", "up it goes"]] and error == ""


def test_captions_are_checked_and_kept_as_a_dataset(folders, uploads):
    own_clips.on_files(folders, uploads, visitor="me")
    rows = [["a.gif", "it jumps"], ["b.webp", "it runs, <fast>"], ["c.gif", "it breaks"], ["b.webp", ""]]
    report, error = own_clips.on_check(folders, rows, visitor="me")
    assert error == "" and "2 clips with 2 captions" in report and "c.gif: " in report
    report, name, ended, error = own_clips.on_keep(folders, tuple, rows[:2], "mine", 3, visitor="me")
    assert (name, ended, error) == ("mine", 4, "") and "c.gif: has no line" in report
    dataset = open_dataset(folders.datasets / "mine", frame_size_px=16)
    assert dataset.captions == ["it jumps", "it runs, <fast>"]
    *_, error = own_clips.on_keep(folders, tuple, rows[:2], "mine", 4, visitor="me")
    assert "There is a dataset" in error


@pytest.mark.parametrize(
    ("rows", "name", "reason"),
    [
        ([["a.gif", ""]], "mine", "There is no caption yet"),
        ([["a.gif", "it jumps"]], "../mine", "cannot be a folder"),
        ([["a.gif", "it jumps"]], "", "cannot be a folder"),
        ([["z.gif", "it jumps"]], "mine", "there is no"),
        ([["../../a.gif", "it jumps"], ["/etc/passwd", "x"]], "x/y", "cannot be a folder"),
    ],
)
def test_what_cannot_be_kept_is_said(folders, uploads, rows, name, reason):
    own_clips.on_files(folders, uploads, visitor="me")
    *_, error = own_clips.on_keep(folders, tuple, rows, name, 0, visitor="me")
    assert reason in error and not folders.datasets.exists()


def test_without_files_nothing_can_be_checked(folders):
    assert "There are no files yet" in own_clips.on_check(folders, [["a.gif", "it jumps"]], visitor="new")[1]


def test_bad_files_are_said(folders, tmp_path):
    for name in ("mine.zip", "notes.txt"):
        (tmp_path / name).write_text("no zip and no clip")
    assert "is no zip" in own_clips.on_files(folders, [str(tmp_path / "mine.zip")], visitor="me")[2]
    assert "There is no clip among" in own_clips.on_files(folders, [str(tmp_path / "notes.txt")], visitor="me")[2]
