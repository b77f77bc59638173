"""The networks: sizes, what they hear, and that every part of them learns."""

import pytest
import torch

from t2v.config import ModelConfig, preset
from t2v.gan import Batch, make_gan
from t2v.models import baseline, make_discriminator, make_generator
from t2v.prompts import grammar_vocabulary
from t2v.scenes import times_of
from t2v.stream import SceneStream


@pytest.fixture
def gan(tiny_config):
    return make_gan(tiny_config, grammar_vocabulary("shapes"))


def clips_of(gan, prompts, *, seed=0, frames=5):
    rng = torch.Generator().manual_seed(seed)
    noise = gan.generator.make_noise(rng, frames).expand(len(prompts), -1)
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
    noise = gan.generator.make_noise(rng, 3)
    assert noise.shape == (3, 100) and not torch.equal(noise[0], noise[1])
    assert gan.discriminator(torch.zeros(2, 3, 64, 64)).shape == (2, 1)  # no place for a caption


@pytest.mark.parametrize("frame_size_px", [16, 32, 64, 128])
def test_networks_fit_every_frame_size(frame_size_px):
    config = ModelConfig(frame_size_px=frame_size_px, generator_channels=16, discriminator_channels=4)
    generator, discriminator = make_generator(config, 9), make_discriminator(config, 9)
    times, tokens = times_of(3).expand(2, -1), torch.tensor([[1, 2, 0], [3, 0, 0]])
    clips = generator(torch.randn(2, config.noise_size), tokens, times)
    assert clips.shape == (2, 3, 3, frame_size_px, frame_size_px)
    assert discriminator(clips, tokens, times).shape == (2,)


def test_every_parameter_of_both_networks_learns(gan, tiny_config):
    stream = SceneStream(tiny_config, grammar_vocabulary("shapes"))
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
    clips, encode = torch.randn(1, 3, 3, 16, 16), grammar_vocabulary("shapes").encode
    early, late = torch.tensor([[0.0, 0.1, 0.2]]), torch.tensor([[0.7, 0.8, 0.9]])
    scores = [
        gan.discriminator(clips, encode([prompt]), times).item()
        for prompt, times in (
            ("circle moving up then right", early),
            ("circle moving right then up", early),
            ("circle moving up then right", late),
        )
    ]
    assert len(set(scores)) == 3


def test_time_is_continuous(gan):
    few, many = (clips_of(gan, ["circle moving left"], frames=frames)[0] for frames in (5, 129))
    assert torch.allclose(few, many[::32], atol=1e-5)  # more frames lie between, they do not make the clip longer
    between = (many[1:] - many[:-1]).abs().amax()
    assert between < (few[1:] - few[:-1]).abs().amax() / 2


def test_a_batch_moves_to_a_device_whole():
    batch = Batch(torch.zeros(1, 3, 3, 16, 16), torch.zeros(1, 3), torch.zeros(1, 8, dtype=torch.long)).to("meta")
    assert {batch.clips.device.type, batch.times.device.type, batch.tokens.device.type} == {"meta"}


def test_presets_are_of_moderate_size():
    for name, most in (("lesson", 3e6), ("classic", 4e6), ("shapes", 6e6)):
        config, words = preset(name).model, 50
        size = sum(p.numel() for make in (make_generator, make_discriminator) for p in make(config, words).parameters())
        assert size < most, name
