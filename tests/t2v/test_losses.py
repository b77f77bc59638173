"""The losses against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest
import torch

from t2v.data.batches import SceneStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan import losses
from t2v.gan.make import make_gan
from t2v.presets import TEACH


def test_relativistic_losses_compare_pairs():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([1.0, 3.0])
    expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(3))) / 2
    assert losses.relativistic_discriminator_losses(real, fake).mean().item() == pytest.approx(expected)
    assert losses.relativistic_generator_losses(fake, real).mean().item() == pytest.approx(expected)


def test_only_differences_count():
    real, fake = torch.randn(8), torch.randn(8)
    moved = losses.relativistic_discriminator_losses(real + 100, fake + 100).mean()
    assert moved.item() == pytest.approx(losses.relativistic_discriminator_losses(real, fake).mean().item(), rel=1e-4)


def test_penalty_of_a_linear_network_is_its_squared_weights():
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
    shown = []
    for _ in range(2 * tiny_config.penalty_every_steps):
        batch = next(stream)
        shown.append("penalty" in gan.update_both(batch))
        gan.update_ema()
    assert shown == ([True] + [False] * (tiny_config.penalty_every_steps - 1)) * 2
    one_in_four = first_update(tiny_config, penalty_weight=1.0, penalty_every_steps=4)
    assert torch.equal(one_in_four, first_update(tiny_config, penalty_weight=4.0, penalty_every_steps=1))
    assert not torch.equal(one_in_four, first_update(tiny_config, penalty_weight=1.0, penalty_every_steps=1))


def test_energy_score_is_least_where_fakes_vary_as_real_ones():
    rng = torch.Generator().manual_seed(0)
    real, first, second = torch.randn(3, 2000, 2, generator=rng)
    scores = {share: losses.energy_score_losses(real, share * first, share * second).mean() for share in (0, 0.5, 1, 2)}
    assert min(scores, key=scores.__getitem__) == 1, scores


def test_energy_score_needs_two_real_clips(tiny_config):
    with pytest.raises(ValueError, match="batch_size of at least 4, got 2"):
        replace(tiny_config, energy_weight=1.0, batch_size=2)


def test_energy_score_joins_at_its_step(tiny_config):
    config = replace(tiny_config, energy_weight=1.0, energy_from_step=1, batch_size=4)
    gan = make_gan(config, grammar_vocabulary("shapes"))
    assert not gan.kind_of_step().spread
    gan.step = 1
    assert gan.kind_of_step().spread
    assert TEACH.energy_from_step == 0  # it begins with what is trained


def test_infonce_loss_is_the_surprise_at_the_own_caption():
    fits = torch.tensor([[0.0, 0.0, 0.0], [1.0, 3.0, -torch.inf]])
    surprises = losses.infonce_loss(fits, torch.tensor([0, 1])).tolist()
    assert surprises == pytest.approx([math.log(3), math.log(1 + math.exp(-2))])


def first_update(config, **changes):
    """All of the discriminator's weights after its first update."""
    gan = make_gan(replace(config, **changes), grammar_vocabulary("shapes"))
    gan.update_both(next(SceneStream(config, grammar_vocabulary("shapes"))))
    return torch.cat([p.detach().flatten() for p in gan.discriminator.parameters()])


def test_negatives_are_the_groups_captions_and_hard_ones(tiny_config):
    """The loss against one that is worked out pair by pair and head by head."""
    vocabulary = grammar_vocabulary("shapes")
    config = replace(tiny_config, batch_size=6, caption_group=4)
    gan, batch = make_gan(config, vocabulary), next(SceneStream(config, vocabulary))
    batch.tokens[1] = batch.tokens[0]  # says the same, so it is no negative
    expected = 0.0
    for head in (0, 1):
        surprises, defeats = [], []
        for i in range(6):
            group = range(4) if i < 4 else range(4, 6)
            kept = [j for j in group if i == j or not torch.equal(batch.tokens[j], batch.tokens[i])]
            captions = torch.stack([*batch.tokens[kept], *batch.negatives[:, i]])
            alone = [
                gan.discriminator(batch.clips[[i]], tokens[None], batch.times[[i]])[0, head] for tokens in captions
            ]
            alone, hard = torch.stack(alone).split([len(kept), len(batch.negatives)])
            surprises.append(-alone.log_softmax(0)[kept.index(i)].item())
            defeats += [math.log(1 + math.exp(x)) for x in (hard - alone[kept.index(i)]).tolist()]
        expected += sum(surprises) / 6 + config.hard_negative_weight * sum(defeats) / len(defeats)
    alignment = gan.discriminate(batch.clips, batch, gan.embed_captions(batch)).alignment.mean()
    assert alignment.item() == pytest.approx(expected, rel=1e-4)


def test_a_negative_that_says_the_same_is_beaten():
    own, rivals = torch.tensor([0.0, 1.0]), torch.tensor([[0.0, -torch.inf], [1.0, 1.0]])
    assert losses.hard_negative_loss(own, rivals).tolist() == pytest.approx([math.log(2) / 2, math.log(2)])
    assert losses.hard_negative_loss(own, rivals[:, :0]).tolist() == [0, 0]  # captions outside of any grammar have none


def test_both_networks_hear_captions(tiny_config):
    """Without that weight, the first update of either network is another one."""

    def after_one_step(weight):
        gan = make_gan(replace(tiny_config, caption_weight=weight), grammar_vocabulary("shapes"))
        batch = next(SceneStream(tiny_config, grammar_vocabulary("shapes")))
        before = gan.update_both(batch)
        return before, [
            torch.cat([p.detach().flatten() for p in n.parameters()]) for n in (gan.generator, gan.discriminator)
        ]

    (stats, with_captions), (same, without) = after_one_step(1.0), after_one_step(0.0)
    assert stats["caption_d"] == same["caption_d"]  # of the same first networks
    assert not any(torch.equal(a, b) for a, b in zip(with_captions, without, strict=True))


def test_captions_weigh_less_for_the_generator_alone(tiny_config):
    """What the discriminator learns in its first update does not depend on it, what the generator learns does."""
    config = replace(tiny_config, generator_warmup_steps=0)
    batch = next(SceneStream(config, grammar_vocabulary("shapes")))
    gans = [
        make_gan(replace(config, generator_caption_weight=weight), grammar_vocabulary("shapes"))
        for weight in (1.0, 0.0)
    ]
    for gan in gans:
        gan.update_both(batch)
    first, second = (
        [torch.cat([p.flatten() for p in n.parameters()]) for n in (g.generator, g.discriminator)] for g in gans
    )
    assert torch.equal(first[1], second[1]) and not torch.equal(first[0], second[0])
