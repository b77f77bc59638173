"""The networks: sizes, what they hear, and that every part of them learns."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from t2v.config import ModelConfig, preset
from t2v.data.batches import Batch, SceneStream, even_times
from t2v.data.grammar import Attributes
from t2v.data.render import render
from t2v.data.scenes import from_attributes, times_of
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan.make import make_gan
from t2v.models import baseline, make_discriminator, make_generator
from t2v.models.video_gan import ACROSS, CONTRAST, DOWN, INSTANTS, MOST_SPREAD, PULLS, SENSE, centroids, cut


@pytest.fixture
def gan(tiny_config):
    return make_gan(tiny_config, grammar_vocabulary("shapes"))


def clips_of(gan, prompts, *, seed=0, frames=5):
    rng = torch.Generator().manual_seed(seed)
    noise = gan.generator.make_noise(rng, 1, frames).expand(len(prompts), -1)
    with torch.no_grad():
        tokens = grammar_vocabulary("shapes").encode(prompts)
        return gan.generator(noise, tokens, times_of(frames).expand(len(prompts), -1))


def test_baseline_has_the_tutorials_sizes_and_layer_names():
    generator, discriminator = baseline.Generator(100, 10), baseline.Discriminator()
    assert sum(p.numel() for p in generator.parameters()) == 2_477_251
    assert sum(p.numel() for p in discriminator.parameters()) == 675_265
    assert {name.split(".")[0] for name, _ in generator.named_parameters()} == {"fc1", "deconv1", "deconv2", "deconv3"}
    assert {name.split(".")[0] for name, _ in discriminator.named_parameters()} == {"conv1", "conv2", "conv3", "fc1"}
    assert [name for name, _ in baseline.TextEmbedding(5, 10).named_parameters()] == ["embedding.weight"]


def test_baseline_text_is_the_mean_of_its_words_and_ignores_padding():
    embedding = baseline.TextEmbedding(5, 10)
    words = embedding.embedding.weight
    assert torch.allclose(embedding(torch.tensor([[1, 3, 0, 0]]))[0], (words[1] + words[3]) / 2)


def test_baseline_discriminator_is_deaf_and_its_frames_are_unrelated(tiny_baseline):
    gan = make_gan(tiny_baseline, grammar_vocabulary("classic"))
    rng = torch.Generator().manual_seed(0)
    noise = gan.generator.make_noise(rng, 1, 3)[0]
    assert noise.shape == (3, 100) and not torch.equal(noise[0], noise[1])
    assert gan.discriminator(torch.zeros(2, 3, 64, 64)).shape == (2, 1)  # no place for a caption


@pytest.mark.parametrize("frame_size_px", [16, 32, 64, 128])
def test_networks_fit_every_frame_size(frame_size_px):
    config = ModelConfig(frame_size_px=frame_size_px, outline_harmonics=8, discriminator_channels=4)
    generator, discriminator = make_generator(config, 9), make_discriminator(config, 9)
    T = config.discriminator_frames
    times, tokens = times_of(T).expand(2, -1), torch.tensor([[1, 2, 0], [3, 0, 0]])
    noise = generator.make_noise(torch.Generator(), 1, T).expand(2, -1)
    clips = generator(noise, tokens, times)
    assert clips.shape == (2, T, 3, frame_size_px, frame_size_px)
    assert discriminator(clips, tokens, times).shape == (2,)


def test_every_parameter_of_both_networks_learns(tiny_config):
    config, vocabulary = replace(tiny_config, pairs_from_step=0), grammar_vocabulary("shapes")
    gan, stream = make_gan(config, vocabulary), SceneStream(config, vocabulary)
    nn.init.zeros_(gan.generator.mirror.bias)  # what is sure is not pushed further
    before = {n: {k: p.clone() for k, p in getattr(gan, n).named_parameters()} for n in ("generator", "discriminator")}
    for _ in range(2):
        batch = next(stream)
        gan.update_discriminator(batch)
        gan.update_generator(batch)
    for network, parameters in before.items():
        for name, parameter in getattr(gan, network).named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, f"{network}.{name} gets no gradient"
            assert not torch.equal(parameter, parameters[name]), f"{network}.{name} does not change"


def test_an_update_changes_only_its_own_network(gan, tiny_config):
    batch = next(SceneStream(tiny_config, grammar_vocabulary("shapes")))

    def flat(network):
        return torch.cat([p.detach().flatten() for p in network.parameters()])

    generator, discriminator = flat(gan.generator), flat(gan.discriminator)
    gan.update_discriminator(batch)
    assert torch.equal(flat(gan.generator), generator) and not torch.equal(flat(gan.discriminator), discriminator)
    discriminator = flat(gan.discriminator)
    gan.update_generator(batch)
    assert not torch.equal(flat(gan.generator), generator) and torch.equal(flat(gan.discriminator), discriminator)


def test_prompt_word_order_and_noise_change_the_clip(gan):
    left, right = clips_of(gan, ["red circle moving left", "red circle moving right"])
    assert not torch.allclose(left, right)
    up_right, right_up = clips_of(gan, ["circle moving up then right", "circle moving right then up"])
    assert not torch.allclose(up_right, right_up)
    other = clips_of(gan, ["red circle moving left"], seed=1)[0]
    assert not torch.allclose(left, other)


def test_discriminator_hears_words_in_order_and_times(gan):
    torch.manual_seed(0)
    T = gan.config.model.discriminator_frames
    clips, encode = torch.randn(1, T, 3, 16, 16), grammar_vocabulary("shapes").encode
    early, late = times_of(T)[None] / 4, times_of(T)[None] / 4 + 0.7
    scores = [
        gan.discriminator(clips, encode([prompt]), times).item()
        for prompt, times in (
            ("circle moving up then right", early),
            ("circle moving right then up", early),
            ("circle moving up then right", late),
        )
    ]
    assert len(set(scores)) == 3


def test_truncation_spares_the_place(gan):
    whole, half = (gan.generator.make_noise(torch.Generator().manual_seed(1), 2, 3, truncation=t) for t in (1.0, 0.5))
    assert torch.equal(half[:, :2], whole[:, :2]) and torch.equal(half[:, 2:], 0.5 * whole[:, 2:])


def test_clips_of_one_caption_are_compared(gan):
    torch.manual_seed(0)
    T, judge = gan.config.model.discriminator_frames, gan.discriminator
    nn.init.ones_(judge.difference.weight)  # as if learned; at first it has no say
    clips, times = torch.randn(5, T, 3, 16, 16), times_of(T).expand(5, -1)
    words = ["circle shrinking", "circle shrinking", "star shrinking", "circle shrinking", "circle shrinking"]
    tokens = grammar_vocabulary("shapes").encode(words)
    features, heard = judge.look(clips, times), judge.hear(tokens)
    shares = judge.compare(features, heard, tokens)
    assert shares[0] == shares[1] != 0 and (shares[2:] == 0).all()
    swapped = judge.compare(features[[1, 0]], heard[[1, 0]], tokens[[1, 0]])
    assert torch.allclose(swapped, shares[:2])
    assert not torch.allclose(judge.compare(features[[0, 0]], heard[:2], tokens[:2]), shares[:2])  # twice the same clip


def test_the_same_scene_is_drawn_at_any_size(gan):
    noise = gan.generator.make_noise(torch.Generator(), 1, 3)
    tokens = grammar_vocabulary("shapes").encode(["star shrinking"])
    with torch.no_grad():
        small, large = (gan.generator(noise, tokens, times_of(3)[None], side=side)[0] for side in (16, 64))
    assert small.shape == (3, 3, 16, 16) and large.shape == (3, 3, 64, 64)
    apart = (torch.nn.functional.avg_pool2d(large, 4) - small).abs()
    assert apart.max() < 0.6 and apart.mean() < 0.02  # edges alone, which are softer in few pixels
    assert (1 - small).abs().max() > 0.9  # there is something to see


def test_centroids_say_where_a_channel_is_and_how_much_of_it():
    x = torch.zeros(1, 3, 5, 5)
    x[0, 0, 1, 4] = x[0, 1, 2, 0] = x[0, 1, 2, 4] = 1000.0
    where, mass = centroids(x)
    assert torch.allclose(where, torch.tensor([[1.0, 0.0, 0.0, -0.5, 0.0, 0.0]]), atol=1e-3)  # across, then down
    assert mass[0, 1] > mass[0, 0] > 10 * mass[0, 2] >= 0  # nothing has no place: the middle


def test_rings_follow_the_object_and_show_turning_as_a_shift():
    discriminator = make_discriminator(ModelConfig(frame_size_px=32), 9)

    def rings(knot, turned):
        scene = from_attributes("shapes", [Attributes("circle", "rotating clockwise", "large", colour="red")])
        scene = replace(scene, knots=torch.tensor(knot).expand(1, 4, 2), angle=torch.tensor([[turned, turned]]))
        seen = discriminator.see_rings(render(scene, times=torch.zeros(1, 1), frame_size_px=32) - 1)
        return seen.unflatten(2, (3, -1))[0, 0, 1, :2]  # of green, where red is dark, the two rings inside the disc

    here = rings((0.5, 0.5), 0.0)
    notch = here.mean(0).argmax().item()  # white is 0, ink is less
    assert here.min() < -1 < here[:, notch].mean() and notch == 8  # a quarter turn clockwise from the right: down
    assert torch.allclose(rings((0.375, 0.6875), 0.0), here, atol=0.15)  # 4 and 6 pixels away
    assert torch.allclose(rings((0.5, 0.5), 0.25), here.roll(8, 1), atol=0.15)


@pytest.mark.parametrize("ink", [0.0, 1e-3, 1.0])
def test_the_gradient_of_what_the_rings_show_is_bounded(ink):
    """Also of an empty frame and of a faint object: the gradient penalty would be about nothing else."""
    discriminator = make_discriminator(ModelConfig(frame_size_px=32), 9)
    clips = torch.zeros(1, 8, 3, 32, 32)
    clips[..., 10:14, 10:14] = -ink
    clips.requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator.see_rings(clips).sum(), clips)
    assert gradient.isfinite().all() and gradient.max() <= 32  # one pixel weighs at most as a ring that lies within it


def test_the_discriminators_words_learn_slowly(gan):
    slow = {id(p) for part in (gan.discriminator.text, gan.discriminator.caption) for p in part.parameters()}
    gan.optimize(gan.discriminator, sum(p.square().sum() for p in gan.discriminator.parameters()))
    rates = {group["lr"]: {id(p) for p in group["params"]} for group in gan.optimizers[1].param_groups}
    assert len(rates) == 2 and rates[min(rates)] == slow
    assert min(rates) == pytest.approx(0.1 * max(rates)) and max(rates) == gan.config.learning_rate


def sketch_of(generator, prompts, *, seed=0):
    rngs = [torch.Generator().manual_seed(seed + i) for i in range(len(prompts))]
    noise = torch.cat([generator.make_noise(rng, 1, 5) for rng in rngs])
    with torch.no_grad():
        return generator.sketch(noise, generator.text(grammar_vocabulary("shapes").encode(prompts)))


def test_the_other_way_round_is_the_mirror_image_in_one_respect(gan):
    generator, rng = gan.generator, torch.Generator().manual_seed(0)
    noise, kinds = generator.make_noise(rng, 6, 5), torch.tensor([ACROSS, DOWN, SENSE] * 2)
    with torch.no_grad():
        generator.mirror.bias.copy_(torch.tensor([0.0, 0.1, 0.0]))  # some are mirrored already
        said = generator.text(grammar_vocabulary("shapes").encode(["circle rotating clockwise"] * 6))
        sketch, other = (generator.sketch(n, said) for n in (noise, generator.mirror_other(noise, said, kinds)))
    signs = torch.tensor([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]]).repeat(2, 1)
    assert torch.equal(other.centre, sketch.centre * signs[:, None, :2])
    assert torch.equal(other.turned, sketch.turned * signs[:, 2:]) and (sketch.turned != 0).any()
    for name in ("radii", "colour", "radius"):
        assert torch.equal(getattr(other, name), getattr(sketch, name))


def test_half_of_the_ways_and_all_turns_are_mirrored_at_most_and_at_first_no_ways_and_half_of_the_turns(gan):
    generator = gan.generator
    noise = generator.make_noise(torch.Generator().manual_seed(0), 1000, 5)
    with torch.no_grad():
        said = generator.text(grammar_vocabulary("shapes").encode(["circle bouncing vertically"])).expand(1000, -1)
        assert generator.mirrored(noise, said).float().mean(0).tolist() == pytest.approx([0.0, 0.0, 0.5], abs=0.05)
        generator.mirror.bias.fill_(1000.0)
        assert generator.mirrored(noise, said).float().mean(0).tolist() == pytest.approx([0.5, 0.5, 1.0], abs=0.05)


@pytest.mark.parametrize("asked", [range(ACROSS, SENSE), range(SENSE, SENSE + 1)], ids=["ways", "sense"])
def test_words_are_to_allow_what_costs_less(tiny_config, asked):
    """Against each clip's price and that of its mirror image, worked out one by one."""
    vocabulary = grammar_vocabulary("shapes")
    gan = make_gan(replace(tiny_config, batch_size=8, caption_group=1), vocabulary)
    generator, batch = gan.generator, next(SceneStream(gan.config, vocabulary))
    with torch.no_grad():
        generator.mirror.bias.copy_(torch.tensor([0.1, 0.2, 0.0]))  # many are mirrored already
        generator.text.pull.weight.mul_(10)  # long ways: some differences are large, some small
        generator.text.pull.weight.unflatten(0, (4, PULLS))[3].mul_(100)  # and far turns
        gan.discriminator.realness.weight.mul_(20)
    gan.update_discriminator(batch)
    prices = (x.detach() for x in gan.costs(gan.fakes, batch))
    costs = torch.stack([a + gan.config.caption_weight * b for a, b in zip(*prices, strict=True)])
    shares = torch.rand(8, generator=torch.Generator().manual_seed(1)).tolist()
    gan.rng.manual_seed(1)
    loss = gan.mirror_loss(costs, batch, asked)
    with torch.no_grad():
        said = generator.text(batch.tokens)
        sketch, now = generator.sketch(gan.noise_used, said), generator.mirrored(gan.noise_used, said)
        allowed = generator.may_mirror(said)
    expected, differences, kinds = 0.0, [], set()
    for i, share in enumerate(shares):
        kind = asked[int(share * len(asked))]
        centre, turned = sketch.centre.clone(), sketch.turned.clone()
        (turned[i] if kind == SENSE else centre[i, :, kind]).neg_()
        with torch.no_grad():
            other = generator.draw(sketch._replace(centre=centre, turned=turned), batch.times, 16)
            adversarial, misfits = gan.costs(other, batch)
        worse = (adversarial[i] + gan.config.caption_weight * misfits[i] - costs[i]).item()
        differences.append(abs(worse))
        kinds.add((kind, now[i, kind].item()))
        expected += min(max(-worse if now[i, kind] else worse, -1), 1) * allowed[i, kind].item() / 8
    assert loss.item() == pytest.approx(expected, rel=1e-3)
    assert len(kinds) > len(asked) and max(differences) > (0.01 if SENSE in asked else 1) and min(differences) < 1


@pytest.mark.parametrize(("bias", "sign"), [(-10.0, -1), (10.0, 1)])
def test_what_is_sure_is_not_pushed_further_and_comes_back_as_fast_as_ever(tiny_config, bias, sign):
    vocabulary = grammar_vocabulary("shapes")
    gan = make_gan(replace(tiny_config, batch_size=16, caption_group=1), vocabulary)
    batch = next(SceneStream(gan.config, vocabulary))
    with torch.no_grad():
        gan.generator.mirror.bias.fill_(bias)
    gan.update_discriminator(batch)

    def gradient(costs: float) -> torch.Tensor:
        """Of the loss, when fakes cost so much: more than their mirror images, or less."""
        loss = gan.mirror_loss(torch.full((16,), costs), batch, range(SENSE + 1))
        return torch.autograd.grad(loss, gan.generator.mirror.bias)[0].sum()

    assert gradient(100.0) * sign > 1
    assert gradient(-100.0) * sign >= 0


def test_what_is_not_asked_is_not_learned(tiny_config):
    gan = make_gan(replace(tiny_config, pairs_from_step=1, mirror_every_steps=2), grammar_vocabulary("shapes"))
    stream, learned = SceneStream(tiny_config, grammar_vocabulary("shapes")), []
    for _ in range(4):
        before = gan.generator.mirror.weight.clone()
        gan.update_both(next(stream))
        gan.update_ema()
        learned.append(not torch.equal(gan.generator.mirror.weight, before))
    assert learned == [True, False, True, False]


@pytest.mark.parametrize(
    ("step", "asked"),
    [(0, [SENSE]), (4, [SENSE]), (6, []), (8, [ACROSS, DOWN, SENSE])],
    ids=["first", "sense", "between", "all"],
)
def test_before_ways_are_known_it_is_asked_of_the_sense_of_turning_alone(tiny_config, step, asked):
    gan = make_gan(replace(tiny_config, pairs_from_step=7), grammar_vocabulary("shapes"))
    gan.step = step
    assert list(gan.kind_of_step()[1]) == asked


def test_scenes_come_in_pairs_from_their_step_on(tiny_config):
    vocabulary = grammar_vocabulary("shapes")
    config = replace(tiny_config, batch_size=16, pairs_from_step=1)
    stream, plain = SceneStream(config, vocabulary), SceneStream(replace(config, pairs_from_step=9), vocabulary)
    before, after = next(stream), next(stream)
    assert torch.equal(before.clips, next(plain).clips)  # a pair more or less by chance
    assert torch.equal(after.tokens[::2], after.tokens[1::2])
    assert (after.clips[::2] != after.clips[1::2]).flatten(1).any(1).all()
    plain.position = stream.position
    assert not torch.equal(next(plain).tokens, next(stream).tokens)


def test_what_turns_is_upright_about_its_beginning_and_what_does_not_turn_cannot_lean(gan):
    with torch.no_grad():
        gan.generator.text.pull.weight.unflatten(0, (4, PULLS))[3].mul_(30)  # far turns
        turned = sketch_of(gan.generator, ["circle rotating clockwise"] * 200).turned  # (B, INSTANTS + 1)
        way = turned[:, -1] - turned[:, 0]
        upright_at = -turned[:, 0] / way
        assert upright_at.abs().max() < MOST_SPREAD[2] and upright_at.std() > 0.05 and way.abs().min() > 0.01
        gan.generator.text.pull.weight.unflatten(0, (4, PULLS))[3].zero_()
        assert not sketch_of(gan.generator, ["circle rotating clockwise"]).turned.any()


def test_words_share_what_is_heard_and_padding_has_none_of_it(gan):
    heard = gan.generator.text.heard(grammar_vocabulary("shapes").encode(["circle moving up then right"]))[0]
    assert (
        torch.allclose(heard.sum(1), torch.ones(len(heard))) and (heard[:, 5:] == 0).all() and (heard[:, :5] > 0).all()
    )


def test_a_ground_is_cut_at_white_and_comes_back_from_beyond_it():
    ground = torch.tensor([0.5, 1.3, -2.0], requires_grad=True)
    shown = cut(ground)
    shown.sum().backward()
    assert torch.allclose(shown, torch.tensor([0.5, 1.0, -1.0])) and ground.grad.tolist() == [1.0, 1.0, 1.0]


def test_no_word_is_lost_however_long_it_was_learned_to_hear_another(gan):
    text, tokens = gan.generator.text, grammar_vocabulary("shapes").encode(["circle moving up"])
    with torch.no_grad():
        for layer in (text.after, text.before, text.when[-1]):
            layer.weight.mul_(1000)
    assert text.heard(tokens)[0, :, :3].min() > math.exp(-2 * CONTRAST) / 3


def test_a_motion_never_seen_is_made_of_the_pulls_of_known_words(gan):
    """With two words set up to be heard one after the other, the way is the first one's and then the second one's."""
    text, vocabulary = gan.generator.text, grammar_vocabulary("shapes")
    pulls = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
    tokens = vocabulary.encode(["circle moving up then right"])
    with torch.no_grad():
        text.pull.weight.zero_()
        text.pull.bias.zero_()
        text.embedding.weight.zero_()
        for i, (word, way) in enumerate(pulls.items()):
            text.embedding.weight[vocabulary.token_of[word], i] = 1.0
            text.pull.weight.unflatten(0, (4, PULLS))[:2, 0, i] = torch.tensor(way) * 3.0
        early, late = torch.zeros(INSTANTS, 8), torch.zeros(INSTANTS, 8)
        early[: INSTANTS // 2, 2] = late[INSTANTS // 2 :, 4] = 1.0  # up is the third word, right the fifth
        text.heard = lambda _: (early + late)[None]
        noise = gan.generator.make_noise(torch.Generator(), 1, 5)
        centre = gan.generator.sketch(noise, text(tokens)).centre[0]
    middle = INSTANTS // 2
    first, second = centre[middle] - centre[0], centre[-1] - centre[middle]
    assert first[1] < 0 < second[0]
    assert first[0].abs() < 1e-6 and second[1].abs() < 1e-6


def test_an_object_begins_anywhere_that_leaves_room_for_its_way(gan):
    with torch.no_grad():
        gan.generator.text.pull.weight.mul_(0.2)  # short ways
    sketch = sketch_of(gan.generator, ["circle moving left"] * 200)
    extent = sketch.radius.amax(1) * sketch.radii.amax(1)  # (B,)
    fits = extent + (sketch.centre.amax(1) - sketch.centre.amin(1)).amax(1) / 2 < 1
    assert fits.float().mean() > 0.8 and (sketch.centre.abs().amax((1, 2)) + extent <= 1 + 1e-4)[fits].all()
    assert (sketch.centre[:, 0].std(0) > 0.25).all()  # and noise alone moves them far


def test_an_object_begins_inside_also_when_its_way_is_longer_than_the_room(gan):
    with torch.no_grad():
        gan.generator.text.pull.weight.mul_(30)  # long ways
    sketch = sketch_of(gan.generator, ["circle moving left"] * 200)
    wall = 1 - sketch.radius.amax(1) * sketch.radii.amax(1)  # (B,)
    assert (wall > 0).all() and (sketch.centre.abs().amax((1, 2)) > wall + 0.01).float().mean() > 0.5  # they leave
    assert (sketch.centre[:, 0].abs().amax(1) <= wall + 1e-4).all()


def test_objects_grow_and_turn_evenly(gan):
    sketch = sketch_of(gan.generator, ["circle expanding", "star rotating clockwise", "square bouncing vertically"])
    for course in (sketch.radius.log(), sketch.turned):
        steps = course.diff(dim=1)  # (B, INSTANTS)
        assert torch.allclose(steps, steps[:, :1].expand_as(steps), atol=1e-5) and (steps != 0).any()


def test_training_looks_at_the_ends_of_clips(tiny_config, tiny_baseline):
    shift = torch.rand(1000, 1, generator=torch.Generator().manual_seed(0))
    times = even_times(tiny_config, shift)
    assert times.shape == (1000, tiny_config.model.discriminator_frames) and (times.diff(dim=1) > 0).all()
    assert ((times == 0).any(1) | (times == 1).any(1)).float().mean() > 0.9
    single = even_times(tiny_baseline, shift)  # the tutorial's frames are all equally likely
    assert (single * 10).long().flatten().bincount().min() > 0 and torch.equal(single, shift)


def test_time_is_continuous(gan):
    few, many = (clips_of(gan, ["circle moving left"], frames=frames)[0] for frames in (5, 1025))
    assert torch.allclose(few, many[::256], atol=1e-5)  # more frames lie between, they do not make the clip longer
    between = (many[1:] - many[:-1]).abs().amax()
    assert between < (few[1:] - few[:-1]).abs().amax() / 2


def test_a_batch_moves_to_a_device_whole():
    tokens = torch.zeros(1, 8, dtype=torch.long)
    batch = Batch(torch.zeros(1, 3, 3, 16, 16), torch.zeros(1, 3), tokens, tokens[None]).to("meta")
    assert {x.device.type for x in (batch.clips, batch.times, batch.tokens, batch.wrong)} == {"meta"}


@pytest.mark.parametrize("recipe", ["tiny_config", "tiny_baseline"])
def test_networks_learn_alike_however_their_weights_lie_in_memory(recipe, request):
    config = replace(request.getfixturevalue(recipe), learning_rate=1e-6)  # else Adam makes much of a rounding
    vocabulary = grammar_vocabulary(config.grammar)
    plain, as_on_a_gpu = (make_gan(config, vocabulary) for _ in range(2))
    for network in (as_on_a_gpu.generator, as_on_a_gpu.discriminator):
        network.to(memory_format=torch.channels_last)
    stream = SceneStream(config, vocabulary)
    for _ in range(2):
        batch = next(stream)
        one, other = plain.update_both(batch), as_on_a_gpu.update_both(batch)
        for name, value in one.items():
            torch.testing.assert_close(value, other[name], rtol=1e-3, atol=1e-4, msg=name)
        as_on_a_gpu.load_state_dict(plain.state_dict())  # as when a GPU goes on with what a processor has begun
    for optimizer in as_on_a_gpu.optimizers:
        for parameter, kept in optimizer.state.items():
            assert kept["exp_avg_sq"].stride() == parameter.grad.stride() == parameter.stride()


def test_presets_are_of_moderate_size():
    for name, most in (("lesson", 3e6), ("classic", 4e6), ("shapes", 6e6)):
        config, words = preset(name).model, 50
        size = sum(p.numel() for make in (make_generator, make_discriminator) for p in make(config, words).parameters())
        assert size < most, name
