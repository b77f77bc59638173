"""Checkpoints and clips: what is saved is what is loaded, and the same request gives the same clip."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from t2v import load
from t2v.checkpoint import release as checkpoint
from t2v.checkpoint.state import load_state
from t2v.training import loop as training


@pytest.fixture
def release(trained, tmp_path):
    """A copy of the release folder that a test may damage."""
    return shutil.copytree(trained / "checkpoint", tmp_path / "release")


def test_a_clip_is_the_same_in_any_batch(trained):
    sampler = load(trained)
    prompts = [f"red circle moving {way}" for way in ("left", "right", "up", "down")] * 8
    together = sampler(prompts, seeds=list(range(32)), frames=7)
    assert together.shape == (32, 7, 16, 16, 3) and together.dtype == np.uint8
    for i in (0, 5, 31):
        assert np.array_equal(sampler([prompts[i]], seeds=[i], frames=7)[0], together[i])
    assert np.array_equal(load(trained / "checkpoint")(prompts[:1], seeds=[0], frames=7)[0], together[0])


def test_seed_and_prompt_change_the_clip_but_spelling_does_not(trained):
    sampler = load(trained)
    clip = sampler(["red circle moving left"])
    assert np.array_equal(sampler(["  A RED  circle moving left. "]), clip)
    assert not np.array_equal(sampler(["red circle moving left"], seeds=[1]), clip)
    assert not np.array_equal(sampler(["blue circle moving left"]), clip)


def test_a_morph_leads_from_one_clip_to_the_other_in_even_steps(trained):
    sampler = load(trained)
    ends = ("red circle moving left", "blue star shrinking")
    clips = sampler.morph(*ends, steps=5, seed=3, frames=4)
    assert clips.shape == (5, 4, 16, 16, 3)
    for k, prompt in ((0, ends[0]), (-1, ends[1])):
        assert np.abs(clips[k].astype(int) - sampler([prompt], seeds=[3], frames=4)[0]).max() <= 1
    away = [np.abs(clip.astype(int) - clips[0]).mean() for clip in clips]
    assert away == sorted(away) and away[1] > 0
    assert np.array_equal(sampler.morph(*ends, steps=3, seed=3, frames=4)[1], clips[2])
    with pytest.raises(ValueError, match="steps must be at least 2"):
        sampler.morph(*ends, steps=1)


def test_requests_out_of_bounds_name_all_problems(trained):
    sampler = load(trained)
    with pytest.raises(ValueError, match=r"frames must be at least 1, got 0; seed must be at least 0, got -1"):
        sampler(["red circle moving left"], seeds=[-1], frames=0)
    with pytest.raises(ValueError, match="as many seeds as prompts"):
        sampler(["red circle moving left"], seeds=[1, 2])
    with pytest.raises(ValueError, match="at least one prompt"):
        sampler([])


def test_never_trained_asks_the_grammar(trained):
    sampler = load(trained)
    assert sampler.never_trained("large red circle moving up then right")
    assert not sampler.never_trained("circle moving left")


def test_weights_are_float16_and_hashed(release):
    config = json.loads((release / "config.json").read_text())
    weights = (release / checkpoint.WEIGHTS).read_bytes()
    assert config["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert b'"dtype":"F16"' in weights[:4096]


def test_the_model_card_has_front_matter_and_the_real_numbers(release):
    card = (release / "README.md").read_text()
    assert card.startswith("---\nlicense: mit\n") and "2 steps, 8 clips" in card


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_truncated_weights_are_refused(release, cut):
    weights = (release / checkpoint.WEIGHTS).read_bytes()
    (release / checkpoint.WEIGHTS).write_bytes(weights[:cut])
    with pytest.raises(ValueError, match="is damaged"):
        load(release)


def test_a_flipped_bit_is_refused(release):
    weights = bytearray((release / checkpoint.WEIGHTS).read_bytes())
    weights[-7] ^= 4
    (release / checkpoint.WEIGHTS).write_bytes(weights)
    with pytest.raises(ValueError, match="is damaged"):
        load(release)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"format": 99}, "please update the project"),
        ({"format": 1}, "of an earlier version; train it again"),
        ({"format": None}, "was not written by this project"),
        ({"grammar": "klingon"}, "unknown grammar 'klingon'"),
        ({"vocabulary": ["red"]}, "cannot be loaded"),
        ({"vocabulary": []}, "cannot be loaded"),
        ({"model": {"kind": "diffusion"}}, "kind must be layered or baseline"),
        ({"model": {"legs": 3}}, "does not know 'legs'"),
        ({"model": None}, "must be a JSON object"),
    ],
)
def test_foreign_configs_are_refused_in_words(release, change, message):
    config = json.loads((release / "config.json").read_text()) | change
    (release / "config.json").write_text(json.dumps(config | {"config_sha256": checkpoint.config_digest(config)}))
    with pytest.raises(ValueError, match=message):
        load(release)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}'])
def test_broken_config_files_are_refused(release, content):
    (release / "config.json").write_text(content)
    with pytest.raises(ValueError, match="release"):
        load(release)


def test_missing_folders_and_files_are_named(release, tmp_path):
    with pytest.raises(ValueError, match="no checkpoint folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"holds no config\.json"):
        load(tmp_path / "empty")
    (release / checkpoint.WEIGHTS).unlink()
    with pytest.raises(ValueError, match=r"holds no generator\.safetensors"):
        load(release)


def test_a_release_is_replaced_as_a_whole(release):
    (release / "stray").touch()
    loaded = checkpoint.load_release(release)
    checkpoint.save_release(release, loaded)
    assert {path.name for path in release.iterdir()} == {"config.json", checkpoint.WEIGHTS, "metrics.json", "README.md"}
    assert [path.name for path in release.parent.iterdir()] == ["release"]


@pytest.mark.parametrize("change", [{"vocabulary": 0}, {"max_tokens": 9}, {"training": {}}, {"weights_sha256": "0"}])
def test_a_config_that_does_not_say_what_was_saved_is_refused(release, change):
    config = json.loads((release / "config.json").read_text())
    if "vocabulary" in change:  # two words change places: every prompt would draw something else
        change = {"vocabulary": config["vocabulary"][1::-1] + config["vocabulary"][2:]}
    (release / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ValueError, match="does not say what was saved"):
        load(release)


def test_a_state_with_one_wrong_bit_is_refused(trained, tmp_path):
    """torch does not look at the checksums that it writes."""
    damaged = bytearray((trained / "state.pt").read_bytes())
    with zipfile.ZipFile(trained / "state.pt") as archive:
        largest = max(archive.infolist(), key=lambda member: member.file_size)
        damaged[damaged.index(archive.read(largest)) + largest.file_size // 2] ^= 1
    (tmp_path / "state.pt").write_bytes(damaged)
    with pytest.raises(ValueError, match=r"checksum of .* is wrong"):
        load_state(tmp_path / "state.pt")


def test_a_release_is_loaded_from_the_hub(trained, tmp_path):
    """From a local stand-in of the Hub's cache, without a network."""
    kept = tmp_path / "hub" / "models--someone--moving-shapes"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0123abc")
    shutil.copytree(trained / "checkpoint", kept / "snapshots" / "0123abc")
    code = (
        "from t2v import load; sampler = load('someone/moving-shapes');"
        "print(sampler.release.name, sampler(['red circle moving left']).shape);"
        "load('someone/else')"
    )
    offline = os.environ | {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=offline, capture_output=True, text=True, timeout=300)
    assert done.stdout == "moving-shapes (1, 10, 16, 16, 3)\n"
    assert "ValueError: There is no folder someone/else, and it cannot be had from the Hub" in done.stderr


def test_a_mistyped_run_is_not_looked_for_on_the_hub(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    with pytest.raises(ValueError, match="There is no checkpoint folder runs/lesson"):
        load("runs/lesson")


def test_another_frame_size_shows_the_same_clip(trained, tiny_baseline, tmp_path):
    sampler = load(trained)
    own, large = sampler(["red circle moving left"]), sampler(["red circle moving left"], frame_size_px=32)
    assert own.shape[2:4] == (16, 16) and large.shape[2:4] == (32, 32)
    halved = large.reshape(1, 10, 16, 2, 16, 2, 3).mean((3, 5))
    assert np.abs(halved - own).mean() < 16
    training.train(tiny_baseline, tmp_path / "run", device="cpu")
    with pytest.raises(ValueError, match="draws frames of 64 px only"):
        load(tmp_path / "run")(["circle moving left"], frame_size_px=128)
