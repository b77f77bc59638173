"""A GAN that begins with drawing real clips again: what each stage learns, and its losses by hand."""

import math
from dataclasses import replace

import pytest
import torch

from t2v.config import ModelConfig, TrainConfig
from t2v.data.batches import SceneStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan import losses
from t2v.gan.autoencoding import flip_nothing, leave_out_flips
from t2v.gan.make import make_gan
from t2v.models.encoder import Encoder
from t2v.models.generator import ALWAYS, FLIPS, Generator
from t2v.presets import level, preset
from t2v.training import run_folder
from t2v.training.loop import train

SMALL = ModelConfig(frame_size_px=32, layers=2, code_size=32, text_size=32, word_size=16, hidden_size=16)
VOCABULARY = grammar_vocabulary("shapes")


@pytest.fixture
def recipe():
    stages = {"autoencode_steps": 3, "dream_steps": 1, "locate_steps": 2, "reading_steps": 1}
    return TrainConfig("lesson", "shapes", SMALL, batch_size=4, steps=5, generator_warmup_steps=0, **stages)


def changes_by_step(config: TrainConfig) -> list[set[str]]:
    """Which parts change in each step: layers and backgrounds of the generator, discriminator, encoder."""
    gan, stream = make_gan(config, VOCABULARY), SceneStream(config, VOCABULARY)
    gan.initialize_from(next(stream))

    def parts() -> dict[str, torch.Tensor]:
        return {
            "layers": gan.generator.texture.last.weight.clone(),
            "background": gan.generator.background.last.weight.clone(),
            "discriminator": gan.discriminator.motion1.weight.clone(),
            "encoder": gan.encoder.conv1.weight.clone(),
        }

    result = []
    for _ in range(config.steps):
        before = parts()
        gan.update_both(next(stream))
        gan.update_ema()
        result.append({name for name, weights in parts().items() if not torch.equal(weights, before[name])})
    return result


def test_each_stage_changes_its_own_networks(recipe):
    first_two = [{"background", "encoder"}] * 2
    drawing, reading = {"layers", "background", "encoder"}, {"discriminator"}
    assert changes_by_step(recipe) == [*first_two, drawing, reading, drawing | reading]


def test_only_layers_wait_for_the_warm_up(recipe):
    warm = replace(recipe, generator_warmup_steps=4)
    assert changes_by_step(warm) == changes_by_step(recipe)
    gan, rates = make_gan(warm, VOCABULARY), []
    for gan.step in range(recipe.steps):
        rates.append(gan.learning_rate(gan.generator) / recipe.learning_rate)
    assert rates == [1, 1, 0.25, 0, 0.25]


def test_drawing_gives_backgrounds_no_gradient(recipe):
    gan, batch = make_gan(recipe, VOCABULARY), next(SceneStream(recipe, VOCABULARY))
    drawing, _latent, background = gan.drawing_losses(batch, gan.generator.read(batch.tokens), smears=False)
    weights = [gan.generator.background.last.weight, gan.generator.texture.last.weight]
    assert torch.autograd.grad(drawing, weights, allow_unused=True, retain_graph=True)[0] is None
    of_background, of_layers = torch.autograd.grad(background, weights, allow_unused=True)
    assert of_layers is None and of_background.abs().sum() > 0


def test_backgrounds_follow_the_clips_from_keyframe_to_keyframe(recipe):
    gan, batch = make_gan(recipe, VOCABULARY), next(SceneStream(recipe, VOCABULARY))
    shape = (*batch.clips.shape[:2], 3, 32, 32)
    first, last = torch.full(shape, -1.0), torch.full(shape, 1.0)
    brighter = batch._replace(clips=torch.lerp(first, last, batch.times[:, :, None, None, None]))
    keyframes = torch.stack([first[:, 0], 0 * first[:, 0], last[:, 0]], 1)[..., :4, :4]  # (B, 3, 3, 4, 4)
    assert gan.background_loss(keyframes, brighter) < 1e-5
    standing = gan.background_loss(keyframes[:, 1:2], brighter).item()
    assert standing == pytest.approx((2 * batch.times - 1).abs().mean().item(), rel=1e-4)


def test_stages_out_of_order_are_refused_together(recipe):
    with pytest.raises(
        ValueError, match=r"dream_steps must be at most locate_steps 4, got 5.* locate_steps .* 3, got 4"
    ):
        replace(recipe, dream_steps=5, locate_steps=4)
    with pytest.raises(
        ValueError, match=r"dream_steps .* autoencode_steps 500, got 700.* locate_steps .* 500, got 900"
    ):
        replace(recipe, autoencode_steps=500, dream_steps=700, locate_steps=900)
    with pytest.raises(ValueError, match="dream_steps must be a number, got '5'"):
        replace(recipe, dream_steps="5")
    with pytest.raises(ValueError, match="autoencode_steps must be 0 for the baseline, got 100"):
        replace(preset("baseline"), autoencode_steps=100)
    assert replace(recipe, autoencode_steps=0, dream_steps=5, locate_steps=4).gan_from_step == 1  # none of them counts


def test_reconstruction_loss_is_a_logarithm_of_the_error():
    clips = torch.rand(2, 3, 3, 32, 32)
    assert losses.reconstruction_loss(clips + 0.1, clips).item() == pytest.approx(math.log(0.01), rel=1e-4)
    flicker = 0.1 * (-1.0) ** torch.arange(32)  # which small sizes do not have
    assert losses.reconstruction_loss(clips + flicker, clips).item() == pytest.approx(math.log(0.01 / 4), rel=1e-4)


def test_noise_of_the_encoder_draws_the_clip_that_it_is_of(recipe):
    gan, batch = make_gan(recipe, VOCABULARY), next(SceneStream(recipe, VOCABULARY))
    noise = gan.noise(*batch.times.shape)
    noise[..., FLIPS] = noise[..., FLIPS].abs() + 6  # then nothing is flipped
    restored = flip_nothing(leave_out_flips(noise))
    clips = [gan.generator(x, batch.tokens, batch.times, side=32) for x in (noise, restored)]
    assert restored.shape == noise.shape and torch.equal(*clips)
    with torch.no_grad():
        gan.generator.flip.bias.fill_(ALWAYS)  # however surely words would allow it
    assert not gan.generator.flipped(restored, gan.generator.read(batch.tokens)).any()


def test_divergence_is_none_from_the_standard_normal():
    zero = torch.zeros(2, 3, 5)
    assert losses.divergence_from_normal(zero, zero).abs().max() == 0
    of_one = losses.divergence_from_normal(zero + 2, zero + math.log(0.25))[0, 0].item() / 5
    assert of_one == pytest.approx((4 + 0.25 - 1 - math.log(0.25)) / 2)


def test_surprise_does_not_mind_the_order_of_layers():
    noise, log_variance = torch.randn(4, 4, 6), torch.zeros(4, 4, 6)
    assert losses.matched_surprise(noise, noise[:, [2, 0, 1, 3]], log_variance).abs().max() < 1e-6
    background_as_layer = noise[:, [3, 1, 2, 0]]
    assert losses.matched_surprise(noise, background_as_layer, log_variance).min() > 0.1


def test_encoder_does_not_train_what_words_say():
    generator, encoder = Generator(SMALL, len(VOCABULARY.words)), Encoder(SMALL)
    tokens = torch.tensor([VOCABULARY.tokens("red circle moving left")])
    posterior = encoder(torch.randn(1, 8, 3, 32, 32), generator.read(tokens))
    assert posterior.mean.shape == posterior.log_variance.shape == (1, 3, 2 + SMALL.noise_size)
    weights = [generator.text.embedding.weight, encoder.conv1.weight]
    of_words, of_clips = torch.autograd.grad(posterior.mean.square().sum(), weights, allow_unused=True)
    assert of_words is None and of_clips.abs().sum() > 0


def test_resume_in_every_stage_is_as_without_a_stop(recipe, tmp_path):
    train(recipe, tmp_path / "whole", device="cpu")
    for steps in range(1, recipe.steps + 1):
        train(replace(recipe, steps=steps), tmp_path / "parts", device="cpu", resume=steps > 1)
    whole, parts = (torch.load(tmp_path / name / "state.pt")["gan"] for name in ("whole", "parts"))
    for network in ("generator", "generator_ema", "discriminator", "encoder"):
        for name, weights in whole[network].items():
            assert torch.equal(weights, parts[network][name]), (network, name)


@pytest.mark.parametrize("name", ["encoder_channels", "encoder_heads", "encoder_key_size", "encoder_slot_size"])
def test_a_config_shapes_the_encoder(name):
    config = replace(SMALL, **{name: 3})
    sizes = [sum(weights.numel() for weights in Encoder(c).parameters()) for c in (SMALL, config)]
    assert sizes[0] > sizes[1]
    generator, tokens = Generator(config, len(VOCABULARY.words)), torch.tensor([VOCABULARY.tokens("red circle")])
    posterior = Encoder(config)(torch.randn(1, 8, 3, 32, 32), generator.read(tokens))
    assert posterior.mean.shape == (1, 3, 2 + SMALL.noise_size)
    assert posterior.mean.abs().max() < 3 and posterior.log_variance.abs().max() <= 8


def test_log_and_metrics_tell_of_clips_drawn_again(recipe, tmp_path):
    train(replace(recipe, log_every_steps=1), tmp_path / "run", device="cpu")
    log = (tmp_path / "run" / "train.log").read_text()
    assert "until step 3 an encoder and the generator draw real clips again" in log
    assert "until step 4 the discriminator reads captions alone" in log
    rows = run_folder.read_metrics(tmp_path / "run")
    assert ["reconstruction" in row for row in rows] == [False, True, True, False, True]
    assert [row["loss_g"] is not None for row in rows] == [False, False, False, False, True]


@pytest.mark.slow
def test_dreams_teach_where_things_are():
    """From clips of an untrained generator alone, whose layer is a disc somewhere."""
    model = level(ModelConfig(frame_size_px=32))
    config = TrainConfig("lesson", "shapes", model, autoencode_steps=400, dream_steps=400, locate_steps=400)
    gan, stream = make_gan(config, VOCABULARY), SceneStream(config, VOCABULARY)
    gan.initialize_from(next(stream))
    for _ in range(250):
        gan.update_both(next(stream))
        gan.update_ema()
    batch = next(stream)
    noise = gan.noise(*batch.times.shape)
    with torch.no_grad():
        clips = gan.generator(noise, batch.tokens, batch.times, side=32)
        mean = gan.encoder(clips, gan.generator.read(batch.tokens)).mean
    unexplained = (mean[:, 0, :2] - noise[:, 0, :2]).square().mean().item()
    assert unexplained < 0.4  # of 1, what places vary by
