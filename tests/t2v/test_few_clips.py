"""Few clips: what the discriminator sees of them, and whether a model draws nothing but them."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from t2v.__main__ import main
from t2v.checkpoint.card import model_card
from t2v.data import scenes
from t2v.data.folder import open_dataset
from t2v.data.render import render_frames
from t2v.data.vocabulary import grammar_vocabulary
from t2v.evaluation.copying import COPIES_MUCH, copying, say_copying
from t2v.evaluation.geometric.reader import read
from t2v.gan.augment import DRAWS, augment
from t2v.gan.layered import LayeredGAN
from t2v.media.clips import to_tensor, to_uint8, write_clip


def test_augmented_clips_still_show_what_their_captions_say():
    drawn, *_ = scenes.sample("shapes", 0, torch.arange(60))
    frames = render_frames(drawn, frame_size_px=64)
    draws = torch.rand(60, DRAWS, generator=torch.Generator().manual_seed(0))
    changed = to_uint8(augment(to_tensor(frames), draws))
    assert np.abs(changed.astype(int) - frames).mean((1, 2, 3, 4)).min() > 2
    lit = draws.clone()
    lit[:, :3] = 0.5  # the geometric reader wants pure white
    readings = read(to_uint8(augment(to_tensor(frames), lit)))
    before = read(frames)
    same = [
        (r.motion, r.shape, r.colour) == (b.motion, b.shape, b.colour) for r, b in zip(readings, before, strict=True)
    ]
    assert np.mean(same) > 0.85  # some leave the frame


def test_augmentation_is_alike_in_all_frames_with_a_gradient():
    clips = torch.rand(3, 1, 3, 16, 16).expand(-1, 5, -1, -1, -1).clone().requires_grad_()
    changed = augment(clips, torch.rand(3, DRAWS))
    assert torch.equal(changed[:, :1].expand_as(changed), changed)
    middle = augment(clips, torch.full((3, DRAWS), 0.5))
    assert torch.allclose(middle, clips)
    changed.sum().backward()
    assert clips.grad.abs().sum() > 0


def test_instance_noise_differs_by_clip_and_is_repeated(tiny_config):
    config = replace(tiny_config, instance_noise=0.5)
    clips = torch.rand(64, 2, 3, 16, 16, requires_grad=True)
    noisy, again = (LayeredGAN(config, grammar_vocabulary("shapes")).augmented(clips) for _ in range(2))
    assert torch.equal(noisy, again)
    strength = (noisy - clips).flatten(1).std(1)  # (B,), up to the setting
    assert strength.max() < 0.6 and strength.min() < 0.1 < 0.3 < strength.max()
    assert torch.equal(torch.autograd.grad(noisy.sum(), clips)[0], torch.ones_like(clips))
    silent = LayeredGAN(tiny_config, grammar_vocabulary("shapes"))
    assert silent.augmented(clips) is clips


@pytest.fixture
def few(tmp_path):
    """A folder of six GIFs with captions of their own."""
    folder, rng = tmp_path / "clips", np.random.default_rng(0)
    folder.mkdir()
    lines = ["file_name,text"]
    for k in range(6):
        coarse = rng.integers(0, 255, (1, 4, 4, 3), dtype=np.uint8)
        write_clip(folder / f"{k}.gif", coarse.repeat(8, 0).repeat(8, 1).repeat(8, 2))
        lines.append(f"{k}.gif,thing {'abcdef'[k]} waits")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return folder


def test_copies_are_told_from_clips_of_ones_own(few):
    folder = open_dataset(few)
    rng = np.random.default_rng(1)

    def copier(prompts, *, seeds, frames):
        return np.stack([folder[folder.captions.index(p)][:frames] for p in prompts])

    def inventor(prompts, *, seeds, frames):
        coarse = rng.integers(0, 255, (len(prompts), 1, 4, 4, 3), dtype=np.uint8)
        return coarse.repeat(frames, 1).repeat(8, 2).repeat(8, 3)

    copied, own = copying(copier, folder), copying(inventor, folder)
    assert copied["copies"] == 1 and copied["distance"] == 0 and own["copies"] == 0
    assert own["usual"] == copied["usual"] > 0 and own["distance"] > 0.5 * own["usual"]
    assert "copy one of the 6" in say_copying(copied) and "its own" in say_copying(own)
    assert copied["copies"] >= COPIES_MUCH > own["copies"]

    for k in range(6):  # every clip once more, as zips within folders often have them
        (few / f"again {k}.gif").write_bytes((few / f"{k}.gif").read_bytes())
    header, *rows = (few / "metadata.csv").read_text().splitlines()
    (few / "metadata.csv").write_text("\n".join([header, *rows, *(f"again {row}" for row in rows)]))
    folder = open_dataset(few)
    again = copying(copier, folder)
    assert len(folder) == 12 and again["copies"] == 1 and again["usual"] == copied["usual"]


def test_a_training_on_few_clips_augments_and_counts_copies(few, trained, tmp_path):
    run_dir = tmp_path / "run"
    quick = ["--steps", "1", "--batch-size", "4", "--device", "cpu", "--out", str(run_dir)]
    assert main(["train", "--from", str(trained), "--data", str(few), *quick]) == 0
    config = json.loads((run_dir / "checkpoint" / "config.json").read_text())
    assert config["training"]["copying"]["clips"] == 6
    log, card = (run_dir / "train.log").read_text(), (run_dir / "checkpoint" / "README.md").read_text()
    assert "DiffAugment" in log and "Copying:" in card
    assert "Copying" not in model_card("x", "shapes", {k: v for k, v in config["training"].items() if k != "copying"})


def test_many_clips_are_not_augmented(trained, tmp_path):
    log = (trained / "train.log").read_text()
    assert "DiffAugment" not in log
