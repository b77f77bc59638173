"""The losses against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import softplus

from t2v.data.batches import SceneStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan import losses
from t2v.gan.make import make_gan


def test_relativistic_losses_compare_pairs():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([1.0, 3.0])
    expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(3))) / 2
    assert losses.relativistic_discriminator_losses(real, fake).mean().item() == pytest.approx(expected)
    assert losses.relativistic_generator_losses(fake, real).mean().item() == pytest.approx(expected)


def test_only_differences_count():
    real, fake = torch.randn(8), torch.randn(8)
    moved = losses.relativistic_discriminator_losses(real + 100, fake + 100).mean()
    assert moved.item() == pytest.approx(losses.relativistic_discriminator_losses(real, fake).mean().item(), rel=1e-4)


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


def test_caption_loss_is_the_surprise_at_the_own_caption():
    fits = torch.tensor([[0.0, 0.0, 0.0], [1.0, 3.0, -torch.inf]])
    surprises = losses.caption_loss(fits, torch.tensor([0, 1])).tolist()
    assert surprises == pytest.approx([math.log(3), math.log(1 + math.exp(-2))])


def first_update(config, **changes):
    """All of the discriminator's weights after its first update."""
    gan = make_gan(replace(config, **changes), grammar_vocabulary("shapes"))
    gan.update_discriminator(next(SceneStream(config, grammar_vocabulary("shapes"))))
    return torch.cat([p.detach().flatten() for p in gan.discriminator.parameters()])


def test_rivals_are_the_captions_of_the_group_and_the_wrong_ones(tiny_config):
    """The loss against one that is worked out pair by pair."""
    vocabulary = grammar_vocabulary("shapes")
    config = replace(tiny_config, batch_size=6, caption_group=4)
    gan, batch = make_gan(config, vocabulary), next(SceneStream(config, vocabulary))
    batch.tokens[1] = batch.tokens[0]  # says the same, so it is no rival
    score, surprises, defeats = gan.discriminator, [], []
    for i in range(6):
        group = range(4) if i < 4 else range(4, 6)
        rivals = [batch.tokens[j] for j in group if i == j or not torch.equal(batch.tokens[j], batch.tokens[i])]
        place = [j for j in group if i == j or not torch.equal(batch.tokens[j], batch.tokens[i])].index(i)
        captions = torch.stack([*rivals, *batch.wrong[:, i]])
        alone = [score(batch.clips[i : i + 1], tokens[None], batch.times[i : i + 1]) for tokens in captions]
        alone, wrong = torch.cat(alone).split([len(rivals), len(batch.wrong)])
        surprises.append(-alone.log_softmax(0)[place].item())
        defeats += [math.log(1 + math.exp(x)) for x in (wrong - alone[place]).tolist()]
    misfits = gan.judge(batch.clips, batch).misfits
    expected = sum(surprises) / 6 + config.rival_weight * sum(defeats) / len(defeats)
    assert misfits.mean().item() == pytest.approx(expected, rel=1e-4)


def test_what_lies_between_two_clips_is_to_fit_both_captions(tiny_config):
    """The loss of mixed clips against one that is worked out clip by clip, with the same shares."""
    vocabulary = grammar_vocabulary("shapes")
    config = replace(tiny_config, batch_size=4, caption_group=4)
    gan, batch = make_gan(config, vocabulary), next(SceneStream(config, vocabulary))
    shares = torch.rand(4, generator=torch.Generator().manual_seed(config.seed)).tolist()
    seen = gan.discriminator.watch(batch.clips, batch.times)
    heard, wrong = gan.discriminator.hear(batch.tokens), gan.discriminator.hear(batch.wrong.flatten(0, 1))
    expected = 0.0
    for i, share in enumerate(shares):
        j = (i + 2) % 4
        mixed = gan.discriminator.conclude((1 - share) * seen[i : i + 1] + share * seen[j : j + 1])[0]
        for k, part in ((i, 1 - share), (j, share)):
            surprise = -(heard @ mixed).log_softmax(0)[k]
            defeats = softplus(wrong.view(-1, 4, heard.shape[1])[:, k] @ mixed - heard[k] @ mixed)
            expected += part * (surprise + config.rival_weight * defeats.mean()).item() / 4
    assert gan.mixed_loss(gan.judge(batch.clips, batch)).item() == pytest.approx(expected, rel=1e-4)
    assert not torch.equal(first_update(config, mixed_weight=0.0), first_update(config, mixed_weight=2.0))


def test_a_clip_is_to_fit_its_caption_better_than_played_backwards(tiny_config):
    config, vocabulary = replace(tiny_config, batch_size=5), grammar_vocabulary("shapes")
    gan, batch = make_gan(config, vocabulary), next(SceneStream(config, vocabulary))
    expected, look = 0.0, gan.discriminator.look
    for i in (0, 2, 4):  # every second one
        clip, times = batch.clips[i], batch.times[i]
        backwards = torch.stack([clip[k] for k in reversed(range(len(clip)))])
        later = torch.tensor([1 - times[k].item() for k in reversed(range(len(times)))])
        heard = gan.discriminator.hear(batch.tokens[i : i + 1])[0]
        fits = [(look(c[None], t[None])[0] @ heard).item() for c, t in ((clip, times), (backwards, later))]
        expected += math.log(1 + math.exp(fits[1] - fits[0])) / 3
    assert gan.backwards_loss(gan.judge(batch.clips, batch), batch).item() == pytest.approx(expected, rel=1e-4)
    assert not torch.equal(first_update(config, backwards_weight=0.0), first_update(config, backwards_weight=2.0))


def test_a_rival_that_says_the_same_is_beaten():
    own, rivals = torch.tensor([0.0, 1.0]), torch.tensor([[0.0, -torch.inf], [1.0, 1.0]])
    assert losses.rival_loss(own, rivals).tolist() == pytest.approx([math.log(2) / 2, math.log(2)])
    assert losses.rival_loss(own, rivals[:, :0]).tolist() == [0, 0]  # captions outside of any grammar have no rivals


def test_both_networks_hear_captions(tiny_config):
    """Without that weight, the first update of either network is another one."""

    def after_one_step(weight):
        gan = make_gan(replace(tiny_config, caption_weight=weight), grammar_vocabulary("shapes"))
        batch = next(SceneStream(tiny_config, grammar_vocabulary("shapes")))
        before = gan.update_discriminator(batch) | gan.update_generator(batch)
        return before, [
            torch.cat([p.detach().flatten() for p in n.parameters()]) for n in (gan.generator, gan.discriminator)
        ]

    (stats, with_captions), (same, without) = after_one_step(1.0), after_one_step(0.0)
    assert stats["caption_d"] == same["caption_d"]  # of the same first networks
    assert not any(torch.equal(a, b) for a, b in zip(with_captions, without, strict=True))
