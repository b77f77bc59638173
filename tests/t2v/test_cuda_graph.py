"""Training on a GPU: a recorded step does what the written one does. Without a GPU, what both share is tested."""

from dataclasses import replace

import pytest
import torch

from t2v.data import scenes
from t2v.data.batches import SceneStream
from t2v.data.render import render, render_without_waiting
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan.cuda_graph import CUDAGraphStep, fast_updates
from t2v.gan.make import make_gan
from t2v.training import run_folder
from t2v.training.loop import train

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


def test_drawing_without_waiting_is_drawing():
    drawn, _, _ = scenes.sample("shapes", 0, torch.arange(60))
    times = torch.rand(60, 3, generator=torch.Generator().manual_seed(0))
    for size_px in (32, 64):
        boxes = render(drawn, times=times, frame_size_px=size_px)
        for pixels in (2**24, 7 * 3 * 64**2):  # in one piece, and in several of which the last is smaller
            frames = render_without_waiting(drawn, times, size_px, pixels_per_piece=pixels)
            torch.testing.assert_close(frames, boxes)


@pytest.mark.parametrize("recipe", ["tiny_config", "tiny_baseline"])
def test_batches_made_at_once_are_those_made_one_by_one(recipe, request):
    config = request.getfixturevalue(recipe)
    vocabulary = grammar_vocabulary(config.grammar)
    single, many = SceneStream(config, vocabulary), SceneStream(config, vocabulary)
    many.batches_at_once = 4
    for _ in range(9):
        for a, b in zip(next(single), next(many), strict=True):
            torch.testing.assert_close(a, b)
    many.position = single.position = 2 * config.batch_size  # as a resume would set it
    for a, b in zip(next(single), next(many), strict=True):
        torch.testing.assert_close(a, b)


def test_without_a_gpu_nothing_is_recorded(tiny_config):
    gan = make_gan(tiny_config, grammar_vocabulary("shapes"))
    assert fast_updates(gan) == gan.update_both


@needs_gpu
@pytest.mark.parametrize("recipe", ["tiny_config", "tiny_baseline"])
def test_a_recorded_step_is_the_step(recipe, request):
    config = replace(request.getfixturevalue(recipe), generator_warmup_steps=4, glimpses_from_step=16)
    vocabulary = grammar_vocabulary(config.grammar)
    written, recorded = (make_gan(config, vocabulary, device="cuda") for _ in range(2))
    update, stream = CUDAGraphStep(recorded), SceneStream(config, vocabulary, device="cuda")
    for _ in range(28):
        copy_weights(written, recorded)  # rounding of one step must not add up over many
        recorded.rng.set_state(written.rng.get_state())
        batch = next(stream)
        before = weights_of(written)
        stats, replayed = written.update_both(batch), update(batch)
        assert stats.keys() == replayed.keys()
        for name, value in stats.items():
            torch.testing.assert_close(value, replayed[name], rtol=0.01, atol=1e-3, msg=f"{name} at {written.step}")
        for start, a, b in zip(before, weights_of(written), weights_of(recorded), strict=True):
            ways = [(end - start).abs().mean().item() for end in (a, b)]  # single signs may differ by rounding
            assert ways[1] == pytest.approx(ways[0], rel=0.2), written.step
        written.update_ema()
        recorded.update_ema()
    assert len(update.recordings) == (4 if recipe == "tiny_config" else 1)


def weights_of(gan):
    """All weights that learn, of each network as one vector."""
    return [torch.cat([p.detach().flatten() for p in n.parameters()]) for n in (gan.generator, gan.discriminator)]


def copy_weights(source, target):
    """Weights and what the optimizers remember, in place: recordings know where they lie."""
    for name in ("generator", "discriminator"):
        for a, b in zip(getattr(source, name).parameters(), getattr(target, name).parameters(), strict=True):
            b.data.copy_(a.data)
    for before, after in zip(source.optimizers, target.optimizers, strict=True):
        for a, b in zip(before.state.values(), after.state.values(), strict=True):
            for key, value in a.items():
                b[key].copy_(value)


@needs_gpu
def test_noise_is_new_in_every_replay(tiny_config):
    vocabulary = grammar_vocabulary("shapes")
    gan = make_gan(replace(tiny_config, learning_rate=1e-8), vocabulary, device="cuda")
    update, batch = CUDAGraphStep(gan), next(SceneStream(tiny_config, vocabulary, device="cuda"))
    gan.step = 1
    scores = [update(batch)["d_fake"].item() for _ in range(6)]
    assert torch.tensor(scores).std() > 0.01  # rounding alone gives a thousandth of it


@needs_gpu
def test_a_gpu_sees_the_scenes_that_a_processor_sees(tiny_config):
    vocabulary = grammar_vocabulary("shapes")
    for a, b in zip(*(next(SceneStream(tiny_config, vocabulary, device=d)) for d in ("cpu", "cuda")), strict=True):
        torch.testing.assert_close(a, b.cpu(), rtol=0, atol=1e-4)


@needs_gpu
@pytest.mark.parametrize("devices", [("cuda", "cuda"), ("cpu", "cuda"), ("cuda", "cpu")])
def test_a_run_goes_on_on_either_device(devices, tiny_config, tmp_path):
    before, after = devices
    train(replace(tiny_config, steps=6), tmp_path / "run", device=before)
    assert train(replace(tiny_config, steps=12), tmp_path / "run", device=after, resume=True) == "finished"
    assert [row["step"] for row in run_folder.read_metrics(tmp_path / "run")] == list(range(1, 13))
