"""Training on somebody's own clips: in turn, ahead of time, and without those that break on the way."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from t2v.data.batches import words_of
from t2v.data.folder import open_dataset
from t2v.data.folder_stream import FolderStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.data.writer import write_dataset
from t2v.media import clip_cache
from t2v.media.clips import write_clip
from t2v.system.cache import MAX_CACHE_BYTES, cache_folder, keep_within
from t2v.system.files import read_json
from t2v.training.loop import _prepare, train

LEVELS = (0, 40, 80, 120, 160, 200)


@pytest.fixture
def own(tmp_path):
    """Six clips, each of one grey level, the first with two captions."""
    folder = tmp_path / "own"
    folder.mkdir()
    lines = ["file_name,text", "0.gif,the darkest of all"]
    for i, level in enumerate(LEVELS):
        write_clip(folder / f"{i}.gif", np.full((4, 16, 16, 3), level, np.uint8))
        lines.append(f"{i}.gif,monster number {['one', 'two', 'three', 'four', 'five', 'six'][i]}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return folder


def stream_of(config, folder, **settings):
    dataset = open_dataset(folder, frame_size_px=16, leave_out=True)
    grammar, vocabulary = words_of(config, dataset)
    return FolderStream(config, vocabulary, dataset, grammar, **settings)


def levels(batch):
    return ((batch.clips[:, 0, 0, 0, 0] + 1) * 127.5).round().int().tolist()


def test_two_captions_of_a_clip_are_used_in_turn(tiny_config, own):
    stream = stream_of(replace(tiny_config, batch_size=6), own)
    captions = []
    for _ in range(4):
        batch = next(stream)
        words = [[stream.vocabulary.words[t - 1] for t in row if t] for row in batch.tokens.tolist()]
        captions.append(words[levels(batch).index(0)])
        assert sorted(levels(batch)) == list(LEVELS)
    assert captions[0] == captions[2] != captions[1] == captions[3]
    assert {word for words in captions for word in words} >= {"darkest", "one"}


def test_own_clips_are_held_out_only_when_asked(tiny_config, tmp_path):
    captions = ("A red circle moving left.", "circle moving up then right", "the blue star shrinking")
    (tmp_path / "metadata.csv").write_text(
        "\n".join(["file_name,text"] + [f"{i}.gif,{caption}" for i, caption in enumerate(captions)])
    )
    for i in range(len(captions)):
        write_clip(tmp_path / f"{i}.gif", np.full((4, 16, 16, 3), 60 * i, np.uint8))
    in_grammar = ["red circle moving left", "circle moving up then right", "blue star shrinking"]
    stream = stream_of(tiny_config, tmp_path)
    assert stream.captions == in_grammar and stream.description == "3 clips from a folder"
    stream = stream_of(replace(tiny_config, hold_out=True), tmp_path)
    assert stream.clips == [0, 2] and "1 held out" in stream.description
    assert stream.captions == [in_grammar[0], in_grammar[2]]


def test_datasets_written_here_are_held_out_always(tiny_config, tmp_path):
    write_dataset(tmp_path / "data", grammar="shapes", videos=3, frames=2, frame_size_px=16, layout="packed")
    lines = (tmp_path / "data" / "metadata.jsonl").read_text().splitlines()
    lines[1] = json.dumps({"text": "circle moving up then right"})  # it writes none of these itself
    (tmp_path / "data" / "metadata.jsonl").write_text("\n".join(lines))
    for left_out in (1, 0):
        dataset = open_dataset(tmp_path / "data", leave_out=True, frame_size_px=16)
        stream = FolderStream(tiny_config, grammar_vocabulary("shapes"), dataset, "shapes")
        assert stream.description == "3 clips from a folder" if not left_out else "2 clips from a folder, 1 held out"
        (tmp_path / "data" / "dataset.json").unlink(missing_ok=True)  # now it is somebody else's


def test_broken_clip_is_left_out_and_the_rest_goes_on(tiny_config, own):
    stream, text = stream_of(replace(tiny_config, batch_size=6), own), []
    stream.tell = text.append
    stream.folder._kept.clear()
    (own / "3.gif").write_bytes(b"GIF89a broken")
    for _ in range(3):
        got = levels(next(stream))
        assert set(got) == set(LEVELS) - {120} and len(got) == 6
    assert len(text) == 1 and "3.gif" in text[0] and text[0].startswith("left out from now on, 1 of 6: ")


def test_preparing_leaves_the_folder_to_other_ranks(tiny_config, own, tmp_path):
    """Each process of a training asks whether it may begin there, in no known order."""
    for _ in range(2):
        run, *_ = _prepare(tiny_config, tmp_path / "run", own, torch.device("cpu"), resume=False, start=None, chosen=())
        run.stream.close()
    assert not (tmp_path / "run").exists()


def test_training_leaves_broken_clips_out_and_resumes(tiny_config, own, tmp_path):
    """One clip is broken, which shows when it is decoded, and another is deleted before the run goes on."""
    run_dir = tmp_path / "run"
    (own / "3.gif").write_bytes(b"GIF89a broken")
    assert train(replace(tiny_config, steps=2), run_dir, data=own, device="cpu") == "finished"
    log = (run_dir / "train.log").read_text()
    assert "6 clips with 7 captions" in log and "left out from now on, 1 of 6: " in log
    assert len(read_json(run_dir / "data.json")["clips"]) == 6
    (own / "4.gif").unlink()
    write_clip(own / "new.gif", np.full((4, 16, 16, 3), 9, np.uint8))
    assert train(tiny_config, run_dir, data=own, device="cpu", resume=True) == "finished"
    log = (run_dir / "train.log").read_text()
    assert "no longer there, or with another caption: 4.gif" in log


def test_resume_refuses_other_clips(tiny_config, own, tmp_path):
    train(replace(tiny_config, steps=1), tmp_path / "run", data=own, device="cpu")
    text = (own / "metadata.csv").read_text().replace("monster", "dragon")
    (own / "metadata.csv").write_text(text)
    with pytest.raises(ValueError, match="was trained on other data"):
        train(tiny_config, tmp_path / "run", data=own, device="cpu", resume=True)


def test_no_clip_left_is_an_error(tiny_config, own):
    stream = stream_of(tiny_config, own)
    for path in own.glob("*.gif"):
        path.write_bytes(b"GIF89a broken")
    with pytest.raises(ValueError, match="None of the 6 clips can be read any more"):
        next(stream)


def batches(stream, count=6):
    made = [next(stream) for _ in range(count)]
    stream.close()
    return made


@pytest.mark.parametrize("cache_bytes", [2**29, 3 * 4 * 16 * 16 * 3 * 10])
def test_worker_processes_give_the_same_batches(tiny_config, own, cache_bytes):
    """Also where only some of the clips fit into memory, and from a later position on."""
    (own / "2.gif").write_bytes(b"GIF89a broken")
    made = []
    for workers in (0, 2):
        config = replace(tiny_config, decode_workers=workers)
        dataset = open_dataset(own, frame_size_px=16, leave_out=True, cache_bytes=cache_bytes)
        stream = FolderStream(config, words_of(config, dataset)[1], dataset, None)
        stream.position = 8
        made.append(batches(stream))
    for one, other in zip(*made, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_decoded_clips_are_cached_by_their_content(own, tmp_path, monkeypatch):
    monkeypatch.setenv("T2V_CACHE", str(tmp_path / "cache"))
    first = clip_cache.read_cached(own / "1.gif", frames=4, size=8, fit="pad")
    (own / "1.gif").rename(own / "renamed.gif")
    (kept,) = cache_folder("clips").iterdir()
    np.save(kept, 255 - first)  # what is read from now on is not decoded
    again = clip_cache.read_cached(own / "renamed.gif", frames=4, size=8, fit="pad")
    np.testing.assert_array_equal(255 - first, again)
    np.testing.assert_array_equal(first, clip_cache.read_cached(own / "renamed.gif", frames=4, size=8, fit="squeeze"))


def test_damaged_cache_is_no_error(own):
    clip = clip_cache.read_cached(own / "5.gif", frames=3, size=8, fit="pad")
    for path in cache_folder("clips").iterdir():
        path.write_bytes(b"nothing")
    np.testing.assert_array_equal(clip_cache.read_cached(own / "5.gif", frames=3, size=8, fit="pad"), clip)


def test_a_process_of_a_few_clips_tidies_the_cache(own, tmp_path):
    """Most trainings on clips of one's own decode fewer than are written between two tidyings."""
    old = tmp_path / "clips" / "old.npy"
    old.parent.mkdir()
    with open(old, "wb") as file:
        file.truncate(MAX_CACHE_BYTES)  # takes no disk
    os.utime(old, (0, 0))
    code = "import sys, pathlib; from t2v.media.clip_cache import read_cached\n"
    code += "read_cached(pathlib.Path(sys.argv[1]), frames=4, size=8, fit='pad')"
    environment = os.environ | {"T2V_CACHE": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code, str(own / "1.gif")], check=True, env=environment)
    assert not old.exists() and len(list(old.parent.iterdir())) == 1


def test_cache_is_bounded_and_drops_the_oldest(tmp_path):
    for i in range(10):
        (tmp_path / f"{i}.npy").write_bytes(bytes(100))
        os.utime(tmp_path / f"{i}.npy", (i, i))
    keep_within(tmp_path, 450)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["6.npy", "7.npy", "8.npy", "9.npy"]
