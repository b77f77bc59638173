"""Clips of things that are in no grammar, through a folder and preset `own`; `tests/campaigns/foreign.py` in small."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from t2v import load
from t2v.data.batches import preview_prompts
from t2v.data.folder import open_dataset
from t2v.presets import preset
from t2v.training.loop import train

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))
from foreign import GROUNDS, HELD_OUT, KINDS, LETTERS, TRAINED, accuracy, real_clips, train_classifier, write


@pytest.fixture(scope="module")
def classifier():
    return train_classifier(250)


@pytest.mark.slow
def test_classifier_reads_real_clips(classifier):
    """Letters take it longer: the campaign trains it six times as long."""
    shares = accuracy(classifier, real_clips(KINDS), KINDS)
    assert shares["way"] > 0.9 and shares["ground"] > 0.9, shares


def test_previews_show_captions_of_all_kinds(tmp_path):
    write(tmp_path, len(TRAINED))
    shown = preview_prompts(None, open_dataset(tmp_path))
    assert len(shown) == len(set(shown)) == 12
    assert {caption.split()[2] for caption in shown} == set(LETTERS)
    assert {caption.split()[-1] for caption in shown} == set(GROUNDS)


def test_own_clips_are_trained_on_and_asked_in_their_words(tmp_path):
    """How well is a matter of minutes, which the campaign takes."""
    write(tmp_path / "data", len(TRAINED))
    recipe = replace(preset("own"), steps=12, reading_steps=4, evaluate_every_steps=0, glimpses_from_step=6)
    train(recipe, tmp_path / "run", data=tmp_path / "data", device="cpu")
    sampler = load(tmp_path / "run")
    assert sampler.grammar is None and sampler.release.model.frame_size_px == 64
    clips = sampler([thing.caption for thing in HELD_OUT])  # known words in combinations that were never shown
    assert clips.shape == (len(HELD_OUT), 10, 64, 64, 3)
    with pytest.raises(ValueError, match="zebra"):
        sampler(["the zebra A drifts east over sand"])
