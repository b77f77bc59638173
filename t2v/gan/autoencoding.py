"""A layered GAN whose generator begins with drawing real clips again, from what an encoder finds in them.

A discriminator's gradient makes layers hide before it makes them right, the sooner the more of them there are. Drawing
a clip again does not: a thing that is missing costs as much as one that is wrong. So for `autoencode_steps` both
networks are a variational autoencoder, whose noise says what captions leave open; the GAN goes on from there, with what
clips drawn again cost as a part of the generator's loss.

1. For `dream_steps` the encoder learns from clips of the generator, whose noise is known. Which of the layers it calls
   the first is left to it.
2. Until `locate_steps` it also learns to draw real clips again, by an untrained generator: where things are.
3. Then both do.

Until 3 the generator learns the backgrounds alone, of what most of a clip's frames show. Its warm-up begins with 3.

Sources: variational autoencoders, Kingma and Welling 2014, also as the start of a GAN, Larsen et al. 2016, and of one
for captions with many answers, BicycleGAN (Zhu et al. 2017); dreams, the wake-sleep algorithm (Hinton et al. 1995).
"""

import math

import torch
from torch import nn

from t2v.config import TrainConfig
from t2v.data.batches import Batch
from t2v.data.vocabulary import Vocabulary
from t2v.gan import losses
from t2v.gan.layered import LayeredGAN, StepKind
from t2v.models.compositing import interpolate_keyframes, resize
from t2v.models.encoder import Encoder
from t2v.models.generator import ALWAYS, FLIPS, Reading

BETAS = (0.9, 0.99)  # of the encoder's Adam: nobody plays against it, and without momentum it finds nothing


def leave_out_flips(noise: torch.Tensor) -> torch.Tensor:
    """The generator's noise (B, K + 1, 5 + noise_size) as the encoder has it, (B, K + 1, 2 + noise_size)."""
    return torch.cat([noise[..., : FLIPS.start], noise[..., FLIPS.stop :]], 2)


def flip_nothing(noise: torch.Tensor) -> torch.Tensor:
    """The encoder's noise (B, K + 1, 2 + noise_size) as the generator takes it, (B, K + 1, 5 + noise_size), for clips
    in which nothing is flipped."""
    flips = torch.full_like(noise[..., :1], math.inf).expand(-1, -1, FLIPS.stop - FLIPS.start)
    return torch.cat([noise[..., : FLIPS.start], flips, noise[..., FLIPS.start :]], 2)


class AutoencodingGAN(LayeredGAN):
    """`LayeredGAN` from step `autoencode_steps` on."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device: str | torch.device = "cpu"):
        super().__init__(config, vocabulary, device=device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.encoder = Encoder(config.model).to(self.device)
        self.learners.append(self.encoder)
        self.optimizers.append(self._make_optimizer(self.encoder, BETAS))
        with torch.no_grad():  # which way things turn is said by what the encoder finds, not by chance
            for generator in (self.generator, self.generator_ema):
                generator.flip.bias.fill_(-ALWAYS)

    def state_dict(self) -> dict:
        return super().state_dict() | {"encoder": self.encoder.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        super().load_state_dict(state)
        self.encoder.load_state_dict(state["encoder"])

    def generator_begins(self) -> int:
        return self.config.locate_steps if self.kind_of_step().autoencoding else super().generator_begins()

    def learning_rate(self, network: nn.Module) -> float:
        if 0 < self.kind_of_step().autoencoding < 3:  # nobody leads backgrounds astray: they need no warm-up
            return self.config.learning_rate_at(self.step)
        return super().learning_rate(network)

    def kind_of_step(self) -> StepKind:
        config = self.config
        if self.step >= config.autoencode_steps:
            return super().kind_of_step()
        stage = 1 + (self.step >= config.dream_steps) + (self.step >= config.locate_steps)
        return StepKind(False, False, False, (), False, False, False, autoencoding=stage)

    def update_both(self, batch: Batch) -> dict[str, torch.Tensor]:
        stage = self.kind_of_step().autoencoding
        if not stage:
            return super().update_both(batch)
        loss, stats = self.autoencoding_loss(batch, draws=stage > 1, smears=False)
        if stage == 3:
            self.optimize(loss, self.encoder, self.generator)
        else:
            self.optimize(loss, self.encoder)
            scene = self.generator.scene(self.noise(*batch.times.shape), self.generator.read(batch.tokens))
            self.optimize(self.background_loss(scene.background, batch), self.generator)
        return stats

    def optimize_generator(self, loss: torch.Tensor, batch: Batch) -> dict[str, torch.Tensor]:
        """As a part of a GAN it also goes on with drawing clips again, which keeps layers from hiding."""
        redrawing, stats = self.autoencoding_loss(batch, draws=True, smears=True)
        self.optimize(loss + self.config.redrawing_weight * redrawing, self.generator, self.encoder)
        return stats

    def autoencoding_loss(
        self, batch: Batch, *, draws: bool, smears: bool
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Of dreams, and where it `draws` of real clips drawn again; whether backgrounds may be smears of what moves,
        where these are like the clips. And statistics."""
        config, reading = self.config, self.generator.read(batch.tokens)
        dream = self.dream_loss(batch, reading)
        loss, stats = config.latent_weight * dream, {"dream": dream.detach()}
        if draws:
            drawing, latent, background = self.drawing_losses(batch, reading, smears=smears)
            stats |= {"reconstruction": drawing.detach().exp(), "latent": latent.detach()}
            loss = loss + drawing + config.latent_weight * latent + config.background_weight * background
        return loss, stats

    def dream_loss(self, batch: Batch, reading: Reading) -> torch.Tensor:
        """How surprised the encoder is by the noise of clips that the generator draws of the batch's captions."""
        noise = leave_out_flips(self.noise(*batch.times.shape))
        with torch.no_grad():
            clips = self.generator.from_reading(flip_nothing(noise), reading, batch.times, side=batch.clips.shape[-1])
        posterior = self.encoder(clips, reading)
        return losses.matched_surprise(noise, posterior.mean, posterior.log_variance).mean()

    def drawing_losses(
        self, batch: Batch, reading: Reading, *, smears: bool
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """How far real clips are from being drawn again, how much is said about them beside their captions, and how far
        their backgrounds are from what most frames show. Without `smears` backgrounds get no gradient of the first: as
        long as things are wrong they would be smears of what moves."""
        posterior = self.encoder(batch.clips, reading)
        chance = self.shard(
            lambda count: torch.randn(count, *posterior.mean.shape[1:], generator=self.rng, device=self.device),
            len(batch.clips),
        )
        noise = posterior.mean + (posterior.log_variance / 2).exp() * chance  # (B, K + 1, 2 + noise_size)
        scene = self.generator.scene(flip_nothing(noise), reading)
        shown = scene if smears else scene._replace(background=scene.background.detach())
        clips = self.generator.render(shown, batch.times, batch.clips.shape[-1])
        return (
            losses.reconstruction_loss(clips, batch.clips),
            losses.divergence_from_normal(posterior.mean, posterior.log_variance).sum(1).mean(),
            self.background_loss(scene.background, batch),
        )

    def background_loss(self, backgrounds: torch.Tensor, batch: Batch) -> torch.Tensor:
        """How far backgrounds (B, G, 3, h, w) are from the clips, mean absolute: where they stand still, least for the
        median over time, which does not know what passes by."""
        enlarged = resize(backgrounds, batch.clips.shape[-1])  # (B, G, 3, H, W)
        return (interpolate_keyframes(enlarged, batch.times) - batch.clips).abs().mean()
