"""Folders of somebody's clips: captions wherever people write them; what is mended or left out is said."""

import json
import unicodedata

import numpy as np
import pytest
from PIL import Image

from t2v.__main__ import main
from t2v.data.check import check
from t2v.data.folder import open_dataset
from t2v.data.survey import survey
from t2v.data.tables import MAX_CAPTION_WORDS, caption_of_name
from t2v.media.clips import write_clip

CLIP = np.full((3, 16, 16, 3), 200, np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Three clips of a monster, without captions."""
    folder = tmp_path / "mine"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.gif", "b.webp", "deep/c.gif"):
        write_clip(folder / name, CLIP)
    return folder


def captions(folder):
    return {clip.path.relative_to(folder).as_posix(): clip.captions for clip in survey(folder).clips}


def texts_of(findings):
    return " | ".join(f"{where}: {what}" for where, what in findings)


ALL = {"a.gif": ("it jumps",), "b.webp": ("it runs, fast",), "deep/c.gif": ("it sleeps",)}
TABLES = {
    "commas": ("metadata.csv", 'file_name,text\na.gif,it jumps\nb.webp,"it runs, fast"\ndeep/c.gif,it sleeps\n', ""),
    "semicolons of Excel": (
        "metadata.csv",
        "\ufefffile_name;text\r\na.gif;it jumps\r\nb.webp;it runs, fast\r\ndeep\\c.gif;it sleeps\r\n",
        "metadata.csv: columns separated by semicolons",
    ),
    "Excel's own first line": (
        "metadata.csv",
        "sep=;\r\nfile_name;text\r\na.gif;it jumps\r\nb.webp;it runs, fast\r\ndeep/c.gif;it sleeps\r\n",
        "columns separated by semicolons",
    ),
    "tabs": (
        "metadata.csv",
        "video\tcaption\na.gif\tit jumps\nb.webp\tit runs, fast\ndeep/c.gif\tit sleeps\n",
        "separated by tabs",
    ),
    "tab-separated": (
        "captions.tsv",
        "file\tprompt\na.gif\tit jumps\nb.webp\tit runs, fast\ndeep/c.gif\tit sleeps\n",
        "",
    ),
    "spaces in headers": (
        "metadata.csv",
        ' File Name , "Caption" ,by\na.gif, it  jumps ,me\n"b.webp","it runs, fast",me\ndeep/c.gif,it sleeps,me\n',
        "spaces around the names of columns",
    ),
    "no header": (
        "metadata.csv",
        'a.gif,it jumps\nb.webp,"it runs, fast"\ndeep/c.gif,it sleeps\n',
        "no line with the names of columns",
    ),
    "commas without quotes": (
        "metadata.csv",
        "video_path,text\na.gif,it jumps\nb.webp,it runs, fast\ndeep/c.gif,it sleeps\n",
        "metadata.csv line 3: a caption with commas, without quotes",
    ),
    "other computer's paths": (
        "metadata.csv",
        'video_path,text\nC:\\clips\\a.gif,it jumps\n/home/me/b.webp,"it runs, fast"\nc,it sleeps\n',
        "metadata.csv line 3: taken for b.webp",
    ),
    "other case": ("metadata.csv", 'file,text\nA.GIF,it jumps\nB.webp,"it runs, fast"\nDeep/C.gif,it sleeps\n', ""),
    "text with colons": ("captions.txt", "a.gif: it jumps\nb.webp: it runs, fast\n\ndeep/c.gif:it sleeps\n", ""),
    "text with spaces": ("captions.txt", "a.gif it jumps\r\nb.webp it runs, fast\r\ndeep/c.gif it sleeps\r\n", ""),
    "text with bars": ("captions.txt", "a.gif|it jumps\nb.webp | it runs, fast\ndeep\\c.gif\tit sleeps\n", ""),
    "JSON": ("metadata.json", json.dumps([{"file": n, "text": list(c)} for n, c in ALL.items()], indent=1), ""),
    "JSON in a file of lines": (
        "metadata.jsonl",
        json.dumps([{"video": n, "caption": c[0]} for n, c in ALL.items()]),
        "",
    ),
    "JSON of names": ("captions.json", json.dumps({n: c[0] for n, c in ALL.items()}), ""),
    "JSON lines": (
        "metadata.jsonl",
        "\n".join(json.dumps({"video": n, "caption": c[0]}) for n, c in ALL.items()) + "\n",
        "",
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_tables_are_read_as_people_write_them(folder, case):
    name, text, mended = TABLES[case]
    (folder / name).write_bytes(text.encode())
    findings = survey(folder)
    assert captions(folder) == ALL and findings.left_out == []
    assert mended in texts_of(findings.mended) if mended else findings.mended == []
    assert f"captions of 3 clips from {name}" in findings.understood()
    assert open_dataset(folder, leave_out=True, frame_size_px=16).captions == [c for (c,) in ALL.values()]


RUSSIAN = "file_name;text\r\na.gif;красный монстр прыгает\r\nb.webp;«Ёлка» – стоит\r\n"
WESTERN = "file_name;text\r\na.gif;die größere Kröte hüpft\r\nb.webp;it’s a café – on fire\r\n"
ENCODINGS = {
    "cp1251": (RUSSIAN, "Windows-1251"),
    "cp866": (RUSSIAN.replace("«Ёлка» –", "Ёлка"), "DOS-866"),
    "cp1252": (WESTERN, "Windows-1252"),
    "utf-16-le": (RUSSIAN, "UTF-16"),
    "utf-16-be": (WESTERN, "UTF-16"),
    "utf-16": (RUSSIAN, "UTF-16"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tables_are_read_in_the_encodings_of_windows(folder, encoding):
    text, name = ENCODINGS[encoding]
    (folder / "metadata.csv").write_bytes(text.encode(encoding))
    read = captions(folder)
    lines = [line.split(";")[1] for line in text.splitlines()[1:]]
    assert [read["a.gif"], read["b.webp"]] == [(line,) for line in lines]
    assert f"metadata.csv: read as {name}" in texts_of(survey(folder).mended)
    if not encoding.startswith("utf"):
        with pytest.raises(ValueError, match=f"not UTF-8 text .it looks like {name}.; save it as UTF-8"):
            survey(folder, strict=True)


def test_damaged_utf_8_is_no_other_encoding(folder):
    (folder / "metadata.csv").write_text("file_name,text\na.gif,it jumps\n")
    (folder / "b.txt").write_bytes("красный монстр прыгает".encode()[:-1])
    (folder / "deep" / "c.txt").write_bytes(b"\x89PNG\r\n\x1a\n\1\2\3\xff")
    assert captions(folder) == {"a.gif": ("it jumps",)}
    left_out = texts_of(survey(folder).left_out)
    assert "b.txt is not UTF-8 text" in left_out and "deep/c.txt is not UTF-8 text" in left_out


@pytest.mark.parametrize("name", ["Metadata.CSV", "my clips.csv", "deep/in/captions.tsv", "train.jsonl", "клипы.csv"])
def test_tables_are_found_under_other_names(folder, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    for other in ("scores.csv", "params.jsonl"):
        (folder / other).write_text("epoch,loss\n1,0.5\n")
    text = "файл,подпись\nb.webp,it runs\na.gif,it jumps\n"
    if name.endswith(".jsonl"):
        text = '{"file": "b.webp", "text": "it runs"}\n{"file": "a.gif", "text": "it jumps"}\n'
    (folder / name).write_text(text.replace(",", "\t") if name.endswith("tsv") else text)
    assert captions(folder) == {"b.webp": ("it runs",), "a.gif": ("it jumps",)}


def test_a_table_of_anything_else_hides_no_names(tmp_path):
    write_clip(tmp_path / "red monster.gif", CLIP)
    (tmp_path / "scores.csv").write_text("epoch,loss\n1,0.5\n")
    assert captions(tmp_path) == {"red monster.gif": ("red monster",)}


def test_quotes_within_captions_are_mended(folder):
    (folder / "metadata.csv").write_text('file_name,text\na.gif,"it" jumps\nb.webp,it "runs"\ndeep/c.gif,it sleeps\n')
    assert captions(folder) == {"a.gif": ("it jumps",), "b.webp": ('it "runs"',), "deep/c.gif": ("it sleeps",)}
    assert texts_of(survey(folder).mended) == "metadata.csv: quotes in the middle of a caption"


def test_unknown_columns_are_named(folder):
    (folder / "metadata.csv").write_text("datei;beschreibung\na.gif;sie springt\n")
    with pytest.raises(ValueError, match="has the columns datei, beschreibung; call one file_name and one text"):
        survey(folder)


@pytest.mark.parametrize("names", ["prompts.txt videos.txt", "Prompts.txt Videos.txt", "captions.txt videos.txt"])
@pytest.mark.parametrize("around", ["", "my clips/data/"])
def test_two_lists_are_found_under_all_names(tmp_path, names, around):
    prompts, videos = (tmp_path / f"{around}{name}" for name in names.split())
    prompts.parent.mkdir(parents=True, exist_ok=True)
    for clip in ("a.gif", "b.gif"):
        write_clip(prompts.parent / "videos" / clip, CLIP)
    prompts.write_text("it runs\nit jumps\n")
    videos.write_text("videos/b.gif\nvideos/a.gif\n")
    read = captions(tmp_path)
    assert read == {f"{around}videos/b.gif": ("it runs",), f"{around}videos/a.gif": ("it jumps",)}


def test_captions_in_one_folder_name_clips_in_another(tmp_path):
    (tmp_path / "texts").mkdir()
    for name in ("clips/a.gif", "clips/b.gif"):
        write_clip(tmp_path / name, CLIP)
    (tmp_path / "texts" / "captions.csv").write_text("file,caption\na.gif,it jumps\nclips/b.gif,it runs\n")
    findings = survey(tmp_path)
    assert captions(tmp_path) == {"clips/a.gif": ("it jumps",), "clips/b.gif": ("it runs",)}
    assert "captions.csv line 2: taken for clips/a.gif" in texts_of(findings.mended) and findings.left_out == []


def test_folder_of_captions_without_clips_is_refused(tmp_path):
    (tmp_path / "metadata.csv").write_text("file_name,text\na.gif,it jumps\n")
    (tmp_path / "b.txt").write_text("it runs")
    with pytest.raises(ValueError, match=r"0 clips and none can be used: metadata.csv line 2: there is no a.gif"):
        survey(tmp_path)


def test_excels_unicode_text_is_read(folder):
    (folder / "metadata.csv").write_bytes("file\ttext\na.gif\tон прыгает\n".encode("utf-16"))
    assert captions(folder) == {"a.gif": ("он прыгает",)}
    assert "metadata.csv: read as UTF-16" in texts_of(survey(folder).mended)


def test_text_files_beside_clips_are_captions(folder):
    (folder / "a.txt").write_text("it jumps\n", encoding="utf-8-sig")
    (folder / "b.caption").write_text("it runs,\nfast")
    (folder / "texts").mkdir()
    (folder / "texts" / "c.txt").write_text("it sleeps")
    assert captions(folder) == ALL


def test_two_lists_belong_together_line_by_line(folder):
    (folder / "videos.txt").write_text("a.gif\r\nb.webp\r\ndeep/c.gif\r\n", newline="")
    (folder / "prompts.txt").write_text("it jumps\nit runs, fast\nit sleeps\n")
    assert captions(folder) == ALL
    (folder / "prompts.txt").write_text("it jumps\nit runs, fast\n")
    with pytest.raises(ValueError, match=r"prompts.txt has 2 lines, videos.txt has 3; give both one line"):
        survey(folder)


def test_names_are_captions_where_there_are_no_texts(tmp_path):
    (tmp_path / "a cat").mkdir()
    for name in ("03_red-monster jumps (2).gif", "IMG_2041.gif", "a cat/1.gif", "a cat/2.gif"):
        write_clip(tmp_path / name, CLIP)
    assert captions(tmp_path) == {
        "03_red-monster jumps (2).gif": ("red monster jumps",),
        "a cat/1.gif": ("a cat",),
        "a cat/2.gif": ("a cat",),
    }
    assert texts_of(survey(tmp_path).left_out).startswith("IMG_2041.gif: has no caption; write metadata.csv")


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("VID_20240101_120000", ""),
        ("giphy", ""),
        ("videos", ""),
        ("красный-шар_01", "красный шар"),
        ("monsterJumps", "monsterJumps"),
    ],
)
def test_names_that_cameras_give_say_nothing(name, caption):
    assert caption_of_name(name) == caption


def test_two_captions_of_one_clip_are_both_kept(folder):
    (folder / "metadata.csv").write_text("file_name,text\na.gif,it jumps\na.gif,up it goes\nb.webp,it runs\n")
    (folder / "b.txt").write_text("fast it runs")
    findings = survey(folder)
    assert captions(folder)["a.gif"] == ("it jumps", "up it goes")
    assert captions(folder)["b.webp"] == ("it runs", "fast it runs")
    assert "2 clips with more than one caption: all are used, alternately" in findings.understood()
    assert open_dataset(folder, leave_out=True, frame_size_px=16).captions_of[0] == ("it jumps", "up it goes")


def test_names_are_compared_in_unicodes_composed_form(tmp_path):
    write_clip(tmp_path / unicodedata.normalize("NFD", "größer.gif"), CLIP)
    (tmp_path / "metadata.csv").write_text(f"file_name,text\n{unicodedata.normalize('NFC', 'größer.gif')},it grows\n")
    assert list(captions(tmp_path).values()) == [("it grows",)]


def test_names_may_have_lost_their_signs_on_the_way(tmp_path):
    """Gradio's uploads lose exclamation marks, Windows takes no question marks or colons, chats no spaces."""
    for name in ("what a jump.gif", "why_.gif", "two_words.gif"):
        write_clip(tmp_path / name, CLIP)
    lines = ["file_name,text", "what a jump!.gif,it jumps", "why?.gif,it asks", "two words.gif,it speaks", "up.gif,no"]
    (tmp_path / "metadata.csv").write_text("\n".join(lines))
    read = {"what a jump.gif": ("it jumps",), "why_.gif": ("it asks",), "two_words.gif": ("it speaks",)}
    assert captions(tmp_path) == read
    findings = survey(tmp_path)
    assert "metadata.csv line 2: taken for what a jump.gif" in texts_of(findings.mended)
    assert [finding.where for finding in findings.left_out] == ["metadata.csv line 5"]


def test_hidden_files_are_passed_over(folder):
    (folder / "metadata.csv").write_text("file_name,text\na.gif,it jumps\nb.webp,it runs\ndeep/c.gif,it sleeps\n")
    (folder / "__MACOSX").mkdir()
    for name in ("._a.gif", ".DS_Store", "Thumbs.db", "__MACOSX/d.gif", "deep/._c.gif", "._metadata.csv"):
        (folder / name).write_bytes(b"\0\1")
    findings = survey(folder)
    assert len(findings.clips) == 3 and findings.left_out == [] == findings.mended


def test_long_captions_are_cut_and_it_is_said(folder):
    (folder / "metadata.csv").write_text("file_name,text\na.gif," + "very " * 299 + "long\n")
    findings = survey(folder)
    assert len(findings.clips[0].captions[0].split()) == MAX_CAPTION_WORDS
    assert "metadata.csv line 2: a caption of 300 words, cut to 60" in texts_of(findings.mended)


LEFT_OUT = {
    "no line": ("file_name,text\na.gif,it jumps\nb.webp,it runs\n", "c.gif: has no caption in metadata.csv; add one"),
    "no clip": ("file_name,text\na.gif,it jumps\nz.gif,it runs\n", "line 3: there is no z.gif; put the clip"),
    "outside": ("file_name,text\na.gif,it jumps\n../x.gif,it runs\n", "line 3: file_name '../x.gif' must name a clip"),
    "no text": ("file_name,text\na.gif,it jumps\nb.webp,\n", "metadata.csv line 3: has no caption"),
    "only signs": ("file_name,text\na.gif,it jumps\nb.webp,...\n", "metadata.csv line 3: has no caption"),
    "few cells": ("by,file_name,text\nme,a.gif,it jumps\nb.webp\n", "metadata.csv line 3: has other cells than line 1"),
    "open quote": ('file_name,text\na.gif,it jumps\nb.webp,"it runs\n', "metadata.csv line 3: is not CSV"),
    "other kind": ("file_name,text\na.gif,it jumps\n", "old.wmv: a clip is a .gif, .webp,"),
}  # fmt: skip


def test_lines_of_text_that_name_no_clip_are_left_out(folder):
    (folder / "captions.txt").write_text("a.gif: it jumps\nit runs\n")
    findings = survey(folder)
    assert captions(folder) == {"a.gif": ("it jumps",)}
    assert "captions.txt line 2: names no clip; write the clip's file" in texts_of(findings.left_out)


@pytest.mark.parametrize("case", LEFT_OUT)
def test_what_cannot_be_used_is_left_out_with_a_reason(folder, case):
    table, reason = LEFT_OUT[case]
    (folder / "metadata.csv").write_text(table)
    (folder / "old.wmv").write_bytes(b"0")
    findings = survey(folder)
    assert findings.clips[0].captions == ("it jumps",)
    assert reason in texts_of(findings.left_out)


def test_clips_that_break_are_left_out_by_check(folder, capsys, tmp_path):
    (folder / "metadata.csv").write_text("file_name,text\na.gif,it jumps\nb.webp,it runs\ndeep/c.gif,it sleeps\n")
    (folder / "b.webp").write_bytes((folder / "b.webp").read_bytes()[:60])
    result = check(folder)
    assert [clip.path.name for clip in result.clips] == ["a.gif", "c.gif"]
    assert texts_of(result.left_out) == "b.webp: it is damaged: its begin cannot be read"
    assert "4,000 steps for 2 clips" in result.report()  # and not for the broken one
    assert main(["check", str(folder), "--json", str(tmp_path / "report.json")]) == 0
    printed = capsys.readouterr().out
    assert "2 clips with 2 captions" in printed and "Left out:\n  b.webp: " in printed
    assert "fewer than 200 clips: the model may copy them" in printed
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["clips"][1] == {"file_name": "deep/c.gif", "captions": ["it sleeps"], "source": "metadata.csv"}
    assert report["left_out"][0]["where"] == "b.webp"


def test_broken_first_clip_keeps_no_folder_from_opening(folder):
    (folder / "metadata.csv").write_text("file_name,text\na.gif,it jumps\nb.webp,it runs\n")
    (folder / "a.gif").write_bytes(b"GIF89a")
    dataset = open_dataset(folder, frame_size_px=16, leave_out=True)
    assert dataset.captions == ["it runs"] and dataset.survey.left_out[-1].where == "a.gif"
    with pytest.raises(ValueError, match=r"a\.gif"):
        open_dataset(folder, frame_size_px=16)


def test_oblong_clips_are_said_to_be_padded(tmp_path, capsys):
    write_clip(tmp_path / "wide monster.gif", np.full((3, 18, 32, 3), 9, np.uint8))
    assert main(["check", str(tmp_path), "--fit", "crop"]) == 0
    assert "1 not square: cut to their middle square (or: made square with bars" in capsys.readouterr().out
    assert "1 not square: made square with bars of their border's colour" in check(tmp_path).report()


def test_folders_of_numbered_pictures_are_clips(tmp_path):
    for clip in ("red ball", "blue ball"):
        (tmp_path / clip).mkdir()
        for k in range(1, 5):
            Image.new("RGB", (16, 16), "red").save(tmp_path / clip / f"{k:03}.jpg")
        (tmp_path / f"{clip}.txt").write_text(f"the {clip}")
    dataset = open_dataset(tmp_path, leave_out=True)
    assert dataset.captions == ["the blue ball", "the red ball"] and dataset.frames == 4


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ({}, "holds no clips; a dataset is videos.npy, folders video_0"),
        (
            {"a.gif": CLIP},
            "1 clip and none can be used: a.gif: has no caption; write metadata.csv with",
        ),
        ({"a.gif": CLIP, "metadata.csv": "file_name,text\nz.gif,it jumps\n"}, "metadata.csv line 2: there is no z.gif"),
        ({"metadata.csv": "file_name,text\nz.gif,it jumps\n"}, "holds 0 clips .*there is no z.gif; put the clip there"),
    ],
)
def test_folder_without_a_usable_clip_is_refused(tmp_path, capsys, there, reason):
    for name, content in there.items():
        if isinstance(content, str):
            (tmp_path / name).write_text(content)
        else:
            write_clip(tmp_path / name, content)
    with pytest.raises(ValueError, match=reason) as error:
        check(tmp_path)
    assert "\n" not in str(error.value)
    assert main(["check", str(tmp_path)]) == 2 and len(capsys.readouterr().err.strip().splitlines()) == 1
