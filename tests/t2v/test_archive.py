"""Zips of clips: taken as people pack them, refused in words when they are bombs, too large, locked or damaged."""

import zipfile

import numpy as np
import pytest

from t2v.data.archive import opened, unpack
from t2v.data.check import check
from t2v.data.collect import captions_table, gather_files
from t2v.media.clips import write_clip

CLIP = np.full((3, 16, 16, 3), 200, np.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("T2V_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def clip_bytes(tmp_path):
    write_clip(tmp_path / "clip.gif", CLIP)
    return (tmp_path / "clip.gif").read_bytes()


def packed(path, files, says_bytes=None):
    """A zip of these files, which may say that each of them has another size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
        if says_bytes is not None:
            for entry in zipped.filelist:
                entry.file_size = entry.compress_size = says_bytes
    return path


@pytest.mark.parametrize("around", ["", "my clips/", "my clips\\"])
def test_zip_of_clips_is_a_folder_of_clips(tmp_path, clip_bytes, around):
    files = {"a.gif": clip_bytes, "метла.gif": clip_bytes, "metadata.csv": "file,text\na.gif,it jumps\nметла.gif,летит"}
    files |= {"__MACOSX/._a.gif": b"0", ".DS_Store": b"0", "virus.exe": b"0"}
    path = packed(tmp_path / "mine.ZIP", {around + name: data for name, data in files.items()})
    result = check(path)
    assert [clip.captions for clip in result.clips] == [("it jumps",), ("летит",)]
    assert result.left_out == [] and not list(opened(path).rglob("*.exe"))
    assert opened(path) == result.folder  # unpacked once


def test_names_of_russian_windows_are_read(tmp_path, clip_bytes):
    """Explorer packs names in DOS-866 without saying so, and Python takes them for those of DOS in English."""
    path = packed(tmp_path / "mine.zip", {"ball_ball.gif": clip_bytes, "a.csv": "file;text\nмяч_шарик.gif;летит"})
    path.write_bytes(path.read_bytes().replace(b"ball_ball", "мяч_шарик".encode("cp866")))
    assert [(clip.path.name, clip.captions) for clip in check(path).clips] == [("мяч_шарик.gif", ("летит",))]


def test_long_names_keep_their_ending(tmp_path, clip_bytes):
    names = ["красный монстр " * 14 + f"{k}.gif" for k in range(2)]  # up to 255 letters on Windows, of two bytes here
    clips = check(packed(tmp_path / "mine.zip", dict.fromkeys(names, clip_bytes))).clips
    assert len(clips) == 2 and all(clip.captions[0].startswith("красный монстр") for clip in clips)


def test_what_a_zip_holds_besides_clips_is_reported(tmp_path, clip_bytes):
    files = {"red ball.gif": clip_bytes, "blue ball.wmv": b"0", "more.zip": b"0", "virus.exe": b"0"}
    result = check(packed(tmp_path / "mine.zip", files))
    assert [finding.where for finding in result.left_out] == ["blue ball.wmv", "more.zip"]


def test_several_zips_together_are_bounded(tmp_path, clip_bytes):
    zips = [packed(tmp_path / f"{name}.zip", {"IMG_1.gif": clip_bytes}) for name in ("red ball", "blue ball")]
    rows, _ = captions_table(gather_files(zips, tmp_path / "all"))
    assert rows == [["blue ball/IMG_1.gif", "blue ball"], ["red ball/IMG_1.gif", "red ball"]]
    most = 2 * len(clip_bytes) - 1
    assert sum(path.stat().st_size for path in zips) <= most
    with pytest.raises(ValueError, match="Unpacked, these files have more than 0 MB"):
        gather_files(zips, tmp_path / "all", most_bytes=most)
    (tmp_path / "green ball.gif").write_bytes(clip_bytes)
    with pytest.raises(ValueError, match="Unpacked, these files have more than 0 MB"):
        gather_files([zips[0], tmp_path / "green ball.gif"], tmp_path / "all", most_bytes=most)
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize("name", ["../out.gif", "a/../../out.gif", "/out.gif", "C:\\out.gif", "..\\out.gif"])
def test_names_that_lead_out_of_a_zip_are_refused(tmp_path, clip_bytes, cache, name):
    path = packed(tmp_path / "mine.zip", {name: clip_bytes})
    with pytest.raises(ValueError, match="leads out of the folder"):
        opened(path)
    assert not list(tmp_path.rglob("out.gif")) and list((cache / "unpacked").iterdir()) == []


def test_links_in_a_zip_are_not_taken(tmp_path, clip_bytes):
    link = zipfile.ZipInfo("link.gif")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
        zipped.writestr("monster.gif", clip_bytes)
    assert [path.name for path in opened(tmp_path / "mine.zip").iterdir()] == ["monster.gif"]


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, cache):
    path = packed(tmp_path / "bomb.zip", {"a.gif": bytes(10**7)})
    with pytest.raises(ValueError, match=r"bomb.zip: a.gif would grow to 10,000,000 bytes; it looks like a bomb"):
        opened(path)
    assert list(cache.rglob("*.gif")) == []


def test_zip_that_lies_about_its_size_is_refused(tmp_path, clip_bytes, monkeypatch):
    path = packed(tmp_path / "lies.zip", {"a.gif": clip_bytes * 3})
    data = path.read_bytes()
    true, small = (len(clip_bytes * n).to_bytes(4, "little") for n in (3, 1))
    path.write_bytes(data.replace(true, small))
    with pytest.raises(ValueError, match=r"'a.gif' is damaged"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_half_a_gigabyte_is_refused(tmp_path):
    with open(tmp_path / "large.zip", "wb") as file:
        file.truncate(500 * 10**6 + 1)
    with pytest.raises(ValueError, match=r"large.zip has 500 MB, at most 500 are taken"):
        opened(tmp_path / "large.zip")
    path = packed(tmp_path / "many.zip", {f"{i}.gif": bytes(1001) for i in range(2)}, says_bytes=251 * 10**6)
    with pytest.raises(ValueError, match=r"many.zip would be 502 MB when unpacked"):
        opened(path)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"no zip", "is no zip that can be read"), (b"", "is no zip"), (None, "There is no file")]
)
def test_what_is_no_zip_is_refused(tmp_path, data, reason):
    if data is not None:
        (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        opened(tmp_path / "a.zip")


def test_locked_and_empty_zips_are_refused(tmp_path, clip_bytes):
    path = packed(tmp_path / "locked.zip", {"a.gif": clip_bytes})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # of the file's own header
    data[data.index(b"PK\1\2") + 8] |= 1  # and of the list at the end
    path.write_bytes(data)
    with pytest.raises(ValueError, match="locked with a password"):
        opened(path)
    with pytest.raises(ValueError, match="holds no clips"):
        opened(packed(tmp_path / "empty.zip", {"readme.md": b"hello"}))


def test_damaged_zip_leaves_nothing(tmp_path, clip_bytes, cache):
    path = packed(tmp_path / "a.zip", {"a.gif": clip_bytes, "b.gif": clip_bytes[::-1]})
    data = bytearray(path.read_bytes())
    data[60:70] = bytes(10)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a.zip: 'a.gif' is damaged"):
        opened(path)
    assert list(cache.rglob("*.gif")) == []
