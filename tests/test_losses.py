"""The losses against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest
import torch

from t2v import losses
from t2v.gan import make_gan
from t2v.prompts import grammar_vocabulary
from t2v.stream import SceneStream


def test_relativistic_losses_compare_pairs():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([1.0, 3.0])
    expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(3))) / 2
    assert losses.relativistic_discriminator_loss(real, fake).item() == pytest.approx(expected)
    assert losses.relativistic_generator_loss(fake, real).item() == pytest.approx(expected)
    assert losses.mismatch_loss(real, fake).item() == pytest.approx(expected)


def test_only_differences_count():
    real, fake = torch.randn(8), torch.randn(8)
    moved = losses.relativistic_discriminator_loss(real + 100, fake + 100)
    assert moved.item() == pytest.approx(losses.relativistic_discriminator_loss(real, fake).item(), rel=1e-4)


def test_penalty_of_a_linear_discriminator_is_its_squared_weights():
    weights = torch.randn(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    clips = torch.randn(5, 2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    scores = (clips * weights).flatten(1).sum(1)
    penalty = losses.gradient_penalty(scores, clips)
    assert penalty.item() == pytest.approx(weights.square().sum().item())  # all non-batch axes summed, batch mean
    (gradient,) = torch.autograd.grad(penalty, weights)
    assert torch.allclose(gradient, 2 * weights)  # it can be trained through


def test_penalty_is_zero_centred():
    clips = torch.randn(3, 1, 3, 4, 4, requires_grad=True)
    assert losses.gradient_penalty((clips * 0).sum((1, 2, 3, 4)), clips).item() == 0


def test_penalty_comes_every_nth_step_with_n_times_the_weight(tiny_config):
    stream = SceneStream(tiny_config, grammar_vocabulary("shapes"))
    gan = make_gan(tiny_config, grammar_vocabulary("shapes"))
    seen = []
    for _ in range(2 * tiny_config.penalty_every_steps):
        batch = next(stream)
        seen.append("penalty" in gan.update_discriminator(batch))
        gan.update_ema()
    assert seen == ([True] + [False] * (tiny_config.penalty_every_steps - 1)) * 2
    one_in_four = first_update(tiny_config, penalty_weight=1.0, penalty_every_steps=4)
    assert torch.equal(one_in_four, first_update(tiny_config, penalty_weight=4.0, penalty_every_steps=1))
    assert not torch.equal(one_in_four, first_update(tiny_config, penalty_weight=1.0, penalty_every_steps=1))


def test_mismatched_captions_enter_the_loss(tiny_config):
    """Were the wrong caption the right one, its loss would be log 2 whatever the network."""
    losses_d = []
    for weight in (0.0, 1.0):
        gan = make_gan(replace(tiny_config, mismatch_weight=weight), grammar_vocabulary("shapes"))
        stats = gan.update_discriminator(next(SceneStream(tiny_config, grammar_vocabulary("shapes"))))
        losses_d.append(stats["loss_d"].item())
    assert abs(losses_d[1] - losses_d[0] - math.log(2)) > 1e-5


def first_update(config, **changes):
    """All of the discriminator's weights after its first update."""
    gan = make_gan(replace(config, **changes), grammar_vocabulary("shapes"))
    gan.update_discriminator(next(SceneStream(config, grammar_vocabulary("shapes"))))
    return torch.cat([p.detach().flatten() for p in gan.discriminator.parameters()])


@pytest.mark.parametrize("mismatches", [1, 2, 8])
def test_each_clip_meets_the_captions_of_others_and_never_its_own(tiny_config, mismatches):
    config, vocabulary = replace(tiny_config, mismatches=mismatches), grammar_vocabulary("shapes")
    gan, batch = make_gan(config, vocabulary), next(SceneStream(config, vocabulary))
    features = gan.discriminator.look(batch.clips)
    scores = gan.judge_mismatched(features, batch)
    B = len(features)
    assert scores.shape == (min(mismatches, B - 1), B)
    for k, row in enumerate(scores, start=1):
        for i in range(B):
            j = (i - k) % B
            one = gan.discriminator.judge(features[i : i + 1], batch.tokens[j : j + 1], batch.times[i : i + 1])
            assert j != i and row[i].item() == pytest.approx(one.item(), abs=1e-5)
