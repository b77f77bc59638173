"""Measures of clips in themselves, on tracks and clips whose faults are known."""

import numpy as np
import pytest

from t2v.data.scenes import COLOUR_RGB
from t2v.evaluation.fidelity import Track, colour_distance, diversity, frechet_distance, roughness, steadiness, track_of
from t2v.evaluation.geometric.measure import measure


def line(*, shake=0.0, colours=(COLOUR_RGB["red"],), start=0.2, radius=0.15, seed=0, frames=10):
    """A track from `start` to the right, with this much noise on its centres, of colours that take turns."""
    centre = np.stack([start + np.linspace(0, 0.4, frames), np.full(frames, start)], 1)
    centre += shake * np.random.default_rng(seed).standard_normal(centre.shape)
    return Track(np.array([colours[i % len(colours)] for i in range(frames)], float), centre, radius)


def test_a_colour_that_stays_is_at_no_distance():
    assert colour_distance(line()) == 0
    two = line(colours=((0, 0, 0), (30, 40, 0)), frames=2)
    assert colour_distance(two) == pytest.approx(50)
    blinking = line(colours=((0, 0, 0), (30, 40, 0)), frames=10)
    assert colour_distance(blinking) == pytest.approx(50 * 50 / 90)  # 25 of 45 pairs differ
    assert np.isnan(colour_distance(line(frames=1)))


def test_a_straight_track_is_smooth_and_a_shaken_one_is_not():
    assert roughness(line()) == pytest.approx(0, abs=1e-12)
    assert roughness(line(shake=0.02)) > 0.02
    rough, smooth = [line(shake=0.04, seed=i) for i in range(20)], [line(shake=0.02, seed=i) for i in range(20)]
    result = steadiness(rough, smooth)
    assert result["roughness"]["ratio"] == pytest.approx(2, rel=0.01)
    assert result["colour_distance"] == {"generated": 0.0, "real": 0.0, "ratio": None}


def test_blank_clips_have_no_track():
    blank = track_of(measure(np.full((10, 32, 32, 3), 255, np.uint8)))
    assert np.isnan(colour_distance(blank)) and np.isnan(roughness(blank)) and np.isnan(blank.radius)
    assert steadiness([blank], [line()])["roughness"]["generated"] is None


def test_one_clip_for_all_noises_is_a_collapse():
    rng = np.random.default_rng(0)
    real = [[line(start=s, radius=r) for s, r in rng.uniform(0.1, 0.3, (8, 2))] for _ in range(6)]
    same = [[line(start=0.2)] * 8 for _ in range(6)]
    half = same[:3] + real[3:]
    result = diversity(same, real)
    assert result["collapsed_prompts"] == 1
    assert max(result["start"]["ratio"], result["radius"]["ratio"]) < 1e-9
    assert diversity(half, real)["collapsed_prompts"] == 0.5
    alike = diversity(real, real)
    red, blue = ([line(start=s, colours=(rgb,)) for s in (0.1, 0.2)] for rgb in ((255, 0, 0), (0, 0, 255)))
    assert diversity([red], [red])["colour"]["real"] == 0
    assert diversity([[*red, *blue]], [red])["colour"]["generated"] == pytest.approx(np.hypot(255, 255) / np.sqrt(3))
    assert alike["collapsed_prompts"] == 0 and alike["start"]["ratio"] == alike["radius"]["ratio"] == 1
    blank = [[Track(np.full((10, 3), np.nan), np.full((10, 2), np.nan), np.nan)] * 8] * 6
    assert diversity(blank, real)["collapsed_prompts"] == 1


def test_frechet_distance_of_known_normals():
    """Means apart by d and equal spread: d squared; equal means and standard deviations a and b: N (a - b) squared."""
    features = np.random.default_rng(0).standard_normal((4000, 5))
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features, features + np.array([3, 0, 0, 0, 0])) == pytest.approx(9, rel=1e-6)
    covariance = np.trace(np.cov(features, rowvar=False))
    centred = features - features.mean(0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * covariance, rel=1e-6)
    assert frechet_distance(features[:1], features) is None
