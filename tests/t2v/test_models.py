"""The networks: sizes, what they hear, and that every part of them learns."""

from dataclasses import replace

import pytest
import torch

from t2v.config import ModelConfig
from t2v.data.batches import Batch, SceneStream, even_times
from t2v.data.scenes import times_of
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan.base import lay_out_channels_last
from t2v.gan.make import make_gan
from t2v.models import baseline, make_discriminator, make_generator
from t2v.presets import preset


@pytest.fixture
def gan(tiny_config):
    return make_gan(tiny_config, grammar_vocabulary("shapes"))


def clips_of(gan, prompts, *, seed=0, frames=5):
    rng = torch.Generator().manual_seed(seed)
    noise = gan.generator.make_noise(rng, 1, frames).expand(len(prompts), -1, -1)
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


def test_baseline_text_is_the_mean_of_words_without_padding():
    embedding = baseline.TextEmbedding(5, 10)
    words = embedding.embedding.weight
    assert torch.allclose(embedding(torch.tensor([[1, 3, 0, 0]]))[0], (words[1] + words[3]) / 2)


def test_baseline_discriminator_ignores_text_and_frame_order(tiny_baseline):
    gan = make_gan(tiny_baseline, grammar_vocabulary("classic"))
    rng = torch.Generator().manual_seed(0)
    noise = gan.generator.make_noise(rng, 1, 3)[0]
    assert noise.shape == (3, 100) and not torch.equal(noise[0], noise[1])
    assert gan.discriminator(torch.zeros(2, 3, 64, 64)).shape == (2, 1)  # no place for a caption


@pytest.mark.parametrize("frame_size_px", [16, 32, 64, 128])
def test_networks_fit_every_frame_size(frame_size_px):
    config = ModelConfig(frame_size_px=frame_size_px, discriminator_size_px=frame_size_px, discriminator_channels=4)
    generator, discriminator = make_generator(config, 9), make_discriminator(config, 9)
    T = config.discriminator_frames
    times, tokens = times_of(T).expand(2, -1), torch.tensor([[1, 2, 0], [3, 0, 0]])
    noise = generator.make_noise(torch.Generator(), 2, T)
    clips = generator(noise, tokens, times)
    assert clips.shape == (2, T, 3, frame_size_px, frame_size_px)
    assert discriminator(clips, tokens, times).shape == (2, 2)


def test_every_parameter_of_both_networks_learns(tiny_config):
    vocabulary = grammar_vocabulary("shapes")
    gan, stream = make_gan(tiny_config, vocabulary), SceneStream(tiny_config, vocabulary)
    before = {n: {k: p.clone() for k, p in getattr(gan, n).named_parameters()} for n in ("generator", "discriminator")}
    for _ in range(2):
        gan.update_both(next(stream))
    for network, parameters in before.items():
        for name, parameter in getattr(gan, network).named_parameters():
            if "visibility" in name:  # of several layers alone
                continue
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, f"{network}.{name} gets no gradient"
            assert not torch.equal(parameter, parameters[name]), f"{network}.{name} does not change"


def test_an_update_changes_only_its_own_network(gan, tiny_config):
    batch = next(SceneStream(tiny_config, grammar_vocabulary("shapes")))
    noise = gan.noise(*batch.times.shape)
    scene = gan.generator.scene(noise, gan.generator.read(batch.tokens))
    fakes = gan.generator.render(scene, batch.times, 16)

    def flat(network):
        return torch.cat([p.detach().flatten() for p in network.parameters()])

    generator, discriminator = flat(gan.generator), flat(gan.discriminator)
    _, real_scores = gan.update_discriminator(batch, fakes.detach())
    assert torch.equal(flat(gan.generator), generator) and not torch.equal(flat(gan.discriminator), discriminator)
    discriminator = flat(gan.discriminator)
    gan.update_generator(batch, noise, scene, fakes, real_scores)
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
        gan.discriminator(clips, encode([prompt]), times).sum().item()
        for prompt, times in (
            ("circle moving up then right", early),
            ("circle moving right then up", early),
            ("circle moving up then right", late),
        )
    ]
    assert len(set(scores)) == 3


def test_truncation_spares_the_place(gan):
    whole, half = (gan.generator.make_noise(torch.Generator().manual_seed(1), 2, 3, truncation=t) for t in (1.0, 0.5))
    assert torch.equal(half[..., :5], whole[..., :5]) and torch.equal(half[..., 5:], 0.5 * whole[..., 5:])


def test_the_discriminators_words_learn_slowly(gan):
    slow = {id(p) for part in (gan.discriminator.text, gan.discriminator.caption) for p in part.parameters()}
    gan.optimize(gan.discriminator, sum(p.square().sum() for p in gan.discriminator.parameters()))
    rates = {group["lr"]: {id(p) for p in group["params"]} for group in gan.optimizers[1].param_groups}
    assert len(rates) == 2 and rates[min(rates)] == slow
    assert min(rates) == pytest.approx(0.3 * max(rates)) and max(rates) == gan.config.learning_rate


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
    batch = Batch(torch.zeros(1, 3, 3, 16, 16), torch.zeros(1, 3), tokens, tokens[None], tokens).to("meta")
    assert {x.device.type for x in (batch.clips, batch.times, batch.tokens, batch.negatives)} == {"meta"}


@pytest.mark.parametrize("recipe", ["tiny_config", "tiny_baseline"])
def test_networks_learn_alike_in_any_memory_layout(recipe, request):
    config = replace(request.getfixturevalue(recipe), learning_rate=1e-6)  # else Adam makes much of a rounding
    vocabulary = grammar_vocabulary(config.grammar)
    plain, as_on_a_gpu = (make_gan(config, vocabulary) for _ in range(2))
    for network in (as_on_a_gpu.generator, as_on_a_gpu.discriminator):
        lay_out_channels_last(network)
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
