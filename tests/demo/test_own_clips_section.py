"""The section *Your own clips*: files become a table of captions, a report, and a dataset that a training reads."""

import re
import zipfile
from argparse import Namespace

import numpy as np
import pytest

pytest.importorskip("gradio")

from demo.dataset import library, own_clips
from demo.locale.translate import speaking
from demo.page import train_on
from demo.train import handlers as train
from t2v.__main__ import recipe_of
from t2v.data.folder import open_dataset
from t2v.media.clips import read_clip, write_clip
from t2v.presets import preset
from t2v.settings import OPTIONS


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


def test_texts_beside_clips_are_reported_at_once(folders, uploads, tmp_path):
    """The table that takes their place says nothing of what was mended and left out."""
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.write(uploads[0], "a.gif")
        archive.write(uploads[1], "b.webp")
        archive.writestr("b.wmv", "0")
        archive.writestr("metadata.csv", "file_name;text\na.gif;она прыгает\nz.gif;летит\n".encode("cp1251"))
    table, report, _ = own_clips.on_files(folders, [str(tmp_path / "mine.zip")], visitor="me")
    assert table["value"] == [["a.gif", "она прыгает"], ["b.webp", ""]]
    for line in (
        "captions of 1 clip from metadata.csv",
        "metadata.csv: read as Windows-1251",
        "there is no z.gif",
        "wmv",
    ):
        assert line in report
    assert "b.webp" not in report  # for b.webp there is room in the table


def test_names_are_proposed_where_texts_say_nothing(folders, uploads, tmp_path):
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for name in ("a.gif", "red monster jumps.gif", "IMG_2041.gif"):
            archive.write(uploads[0], name)
        archive.writestr("metadata.csv", "file_name,text\na.gif,it runs\n")
    table, _, _ = own_clips.on_files(folders, [str(tmp_path / "mine.zip")], visitor="me")
    captions = {"IMG_2041.gif": "", "a.gif": "it runs", "red monster jumps.gif": "red monster jumps"}
    assert dict(table["value"]) == captions


def test_captions_are_checked_and_kept_as_a_dataset(folders, uploads):
    own_clips.on_files(folders, uploads, visitor="me")
    rows = [["a.gif", "it jumps"], ["b.webp", "it runs, <fast>"], ["c.gif", "it breaks"], ["b.webp", ""]]
    report, error = own_clips.on_check(folders, rows, "pad", visitor="me")
    assert error == "" and "2 clips with 2 captions" in report and "c.gif: " in report
    report, name, ended, error = own_clips.on_keep(folders, tuple, rows[:2], "mine", "pad", 3, visitor="me")
    assert (name, ended, error) == ("mine", 4, "") and "c.gif: has no caption in the table above" in report
    dataset = open_dataset(folders.datasets / "mine", frame_size_px=16)
    assert dataset.captions == ["it jumps", "it runs, <fast>"]
    *_, error = own_clips.on_keep(folders, tuple, rows[:2], "mine", "pad", 4, visitor="me")
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
    *_, error = own_clips.on_keep(folders, tuple, rows, name, "pad", 0, visitor="me")
    assert reason in error and not folders.datasets.exists()


def test_without_files_nothing_can_be_checked(folders):
    assert "There are no files yet" in own_clips.on_check(folders, [["a.gif", "it jumps"]], "pad", visitor="new")[1]


def test_bad_files_are_said(folders, tmp_path):
    for name in ("mine.zip", "notes.txt"):
        (tmp_path / name).write_text("no zip and no clip")
    assert "is no zip" in own_clips.on_files(folders, [str(tmp_path / "mine.zip")], visitor="me")[2]
    assert "There is no clip among" in own_clips.on_files(folders, [str(tmp_path / "notes.txt")], visitor="me")[2]


@pytest.fixture
def wide(tmp_path):
    """One clip of 32 x 16 px: a green middle square between red ends; another that moves in its middle."""
    clip = np.zeros((4, 16, 32, 3), np.uint8)
    clip[..., 0] = 200
    clip[:, :, 8:24] = (0, 200, 0)
    write_clip(tmp_path / "uploads" / "wide.gif", clip)
    return [str(tmp_path / "uploads" / "wide.gif")]


def reds(frame):
    """The columns (W,) in which the middle row of a picture is red."""
    row = frame[len(frame) // 2].astype(int)
    return (row[:, 0] > 150) & (row[:, 1] < 60)


@pytest.mark.parametrize(("fit", "red_share"), [("pad", 0.5), ("crop", 0.0), ("squeeze", 0.5)])
def test_choice_of_fit_is_shown_said_and_trained_with(folders, wide, fit, red_share):
    own_clips.on_files(folders, wide, visitor="me")
    rows = [["wide.gif", "it shines"]]
    shown = own_clips.on_look(folders, rows, fit, visitor="me")["value"]
    visible = read_clip(shown[0][0], size=32)[0]
    assert shown[0][1] == "it shines" and abs(reds(visible).mean() - red_share) < 0.1
    assert (visible[0, 16] < 60).any() or fit != "squeeze"  # the top is the picture's own, or its border's colour
    report, error = own_clips.on_check(folders, rows, fit, visitor="me")
    done = {"pad": "bars of their border", "crop": "cut to their middle", "squeeze": "squeezed to a square"}[fit]
    assert error == "" and f"1 not square: {done}" in report.replace("made square with ", "").replace("&#x27;", "'")
    own_clips.on_keep(folders, tuple, rows, fit, fit, 0, visitor="me")
    kept = library.read_dataset(folders, fit)
    assert abs(reds(kept.clips[0][0]).mean() - red_share) < 0.1
    recipe = train.recipe_from("own", 5, 4, 1e-3, 1, fit=train.fit_of_dataset(folders, fit))
    assert recipe.fit == fit
    assert train.recipe_from("own", 5, 4, 1e-3, 1, "fit=crop", fit=fit).fit == "crop"  # who says it again means it
    arguments = Namespace(config=None, preset="own", data=str(folders.datasets / fit), set=[], fit=None, hold_out=None)
    vars(arguments).update(dict.fromkeys(OPTIONS))
    assert recipe_of(arguments).fit == fit


def test_shown_clips_are_the_visitors_own(folders, uploads):
    own_clips.on_files(folders, uploads, visitor="me")
    rows = [["a.gif", ""], ["c.gif", "broken"], ["../../../a.gif", "x"], ["/etc/passwd", "x"], ["b.webp", "it runs"]]
    shown = own_clips.on_look(folders, rows, "pad", visitor="me")["value"]
    assert [caption for _, caption in shown] == ["a.gif", "it runs"]
    assert not own_clips.on_look(folders, [], "pad", visitor="me")["visible"]


def test_own_clips_are_trained_on_by_their_own_preset(folders, uploads):
    own_clips.on_files(folders, uploads[:2], visitor="me")
    own_clips.on_keep(folders, tuple, [["a.gif", "it jumps"]], "mine", "pad", 0, visitor="me")
    tabs, dataset, recipe, steps, *_ = train_on(folders, "mine")
    assert "Video GAN, what your clips show, 64x64" in train.say_recipe(preset(recipe), "1 core")
    assert (tabs.selected, dataset["value"], recipe, steps) == ("train", "mine", "own", preset("own").steps)


def test_report_is_said_in_russian_without_folders(folders, uploads):
    own_clips.on_files(folders, uploads, visitor="me")
    rows = [["a.gif", "он прыгает"], ["a.gif", "вверх"], ["b.webp", " ".join(["слово"] * 300)], ["c.gif", "сломан"]]
    with speaking("ru"):
        report, _ = own_clips.on_check(folders, rows, "crop", visitor="me")
        *_, error = own_clips.on_check(folders, [["c.gif", "сломан"], ["d.gif", "нет"]], "crop", visitor="me")
    lines = (
        "2 ролика, 3 подписи",
        "подпись из 300 слов, оставлено 60",
        "Не взято:",
        "несколькими подписями",
        "не движется",
    )
    assert [text for text in lines if text not in report] == []
    assert "ни один" in error.lower() and "Среди этих файлов" in error
    english = set(re.findall("[A-Za-z]{4,}", report)) - {"class", "notice", "report", "role", "status", "style", "webp"}
    assert not english & {"clips", "captions", "frames", "moves", "with", "from", "words"}, english
    assert str(folders.visits) not in report + error
