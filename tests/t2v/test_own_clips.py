"""Clips of things that are in no grammar, through a folder and preset `own`; `tests/campaigns/foreign.py` in small."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from t2v import load
from t2v.config import preset
from t2v.training.loop import train

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))
from foreign import HELD_OUT, KINDS, TRAINED, accuracy, real_clips, train_classifier, write


@pytest.fixture(scope="module")
def classifier():
    return train_classifier(250)


def test_classifier_reads_real_clips(classifier):
    """Letters take it longer: the campaign trains it six times as long."""
    shares = accuracy(classifier, real_clips(KINDS), KINDS)
    assert shares["way"] > 0.9 and shares["ground"] > 0.9, shares


def test_own_clips_teach_grounds_and_held_out_words(classifier, tmp_path, tiny_config):
    """A few seconds are enough for the grounds; letters and ways take minutes (docs/LOG.md)."""
    write(tmp_path / "data", 2 * len(TRAINED))
    recipe = replace(preset("own"), steps=250, evaluate_every_steps=0, glimpses_from_step=1000)
    model = replace(recipe.model, code_size=64, text_size=64, decoder_channels=32)
    train(replace(recipe, model=model), tmp_path / "run", data=tmp_path / "data", device="cpu")
    sampler = load(tmp_path / "run")
    assert sampler.grammar is None and sampler.release.model.frame_size_px == 64
    shares = accuracy(classifier, sampler([kind.caption for kind in HELD_OUT]), HELD_OUT)
    assert shares["ground"] > 0.6, shares
