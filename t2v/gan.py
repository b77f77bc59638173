"""Networks + optimizers + EMA, with the two updates that the training loop alternates.

A batch is clips (B, T, 3, H, W) float in [-1, 1], their times (B, T) in [0, 1] and tokens (B, L). Statistics are
0-dim tensors: nothing waits for the device until somebody reads them.
"""

import copy
from dataclasses import dataclass

import torch
from torch import nn

from t2v import losses, parallel
from t2v.config import TrainConfig
from t2v.models import make_discriminator, make_generator
from t2v.prompts import Vocabulary


@dataclass(frozen=True)
class Batch:
    """Clips (B, T, 3, H, W), their times (B, T) and their captions as tokens (B, L)."""

    clips: torch.Tensor
    times: torch.Tensor
    tokens: torch.Tensor

    def to(self, device) -> "Batch":
        return Batch(*(x.to(device, non_blocking=True) for x in (self.clips, self.times, self.tokens)))


class GAN:
    """What both kinds share: two networks, their optimizers, the averaged generator, and all of it as state."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device="cpu"):
        self.config, self.device = config, torch.device(device)
        words = len(vocabulary.words)
        with torch.random.fork_rng(devices=[]):  # torch's layers take their first values from the global generator
            torch.manual_seed(config.seed)
            self.generator = make_generator(config.model, words).to(self.device)
            self.discriminator = make_discriminator(config.model, words).to(self.device)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False).eval()
        self.rng = torch.Generator(self.device).manual_seed(config.seed)
        self.optimizers = [
            torch.optim.Adam(
                [p for p in network.parameters() if p.requires_grad], lr=config.learning_rate, betas=config.betas
            )
            for network in (self.generator, self.discriminator)
        ]
        self.step = 0

    def noise(self, clips: int, frames: int) -> torch.Tensor:
        """The noise of this rank's clips; all ranks draw all of it, so that their generators stay in step."""
        drawn = [self.generator.make_noise(self.rng, frames) for _ in range(clips * parallel.ranks())]
        return torch.stack(drawn[clips * parallel.rank() :][:clips])

    def optimize(self, network: nn.Module, loss: torch.Tensor) -> None:
        """One step of the network's own optimizer; the other network gets no gradient."""
        optimizer = self.optimizers[0 if network is self.generator else 1]
        optimizer.zero_grad(set_to_none=True)
        parameters = optimizer.param_groups[0]["params"]
        gradients = torch.autograd.grad(loss, parameters)
        parallel.average(gradients)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer.param_groups[0]["lr"] = self.config.learning_rate_at(self.step)
        optimizer.step()

    @torch.no_grad()
    def update_ema(self) -> None:
        """The averaged generator follows the trained one, faster at the start; ends the step."""
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        parameters = list(self.generator.parameters())
        torch._foreach_lerp_(list(self.averaged.parameters()), parameters, 1 - decay)
        self.step += 1

    def state_dict(self) -> dict:
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": self.rng.get_state(),
            "step": self.step,
        }

    def load_state_dict(self, state: dict) -> None:
        for name in ("generator", "discriminator", "averaged"):
            getattr(self, name).load_state_dict(state[name])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.rng.set_state(state["rng"].cpu())
        self.step = state["step"]


class VideoGAN(GAN):
    """Relativistic pairing with R1 + R2 and mismatched captions; a real clip and its rival share caption and times."""

    def update_discriminator(self, batch: Batch) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            fakes = self.generator(self.noise(*batch.times.shape), batch.tokens, batch.times)
        penalised = self.config.penalty_weight > 0 and self.step % self.config.penalty_every_steps == 0
        clips = batch.clips.detach().requires_grad_(penalised)
        fakes.requires_grad_(penalised)

        features = self.discriminator.look(clips)
        real = self.discriminator.judge(features, batch.tokens, batch.times)
        wrong = self.judge_mismatched(features, batch)
        fake = self.discriminator(fakes, batch.tokens, batch.times)
        loss = losses.relativistic_discriminator_loss(real, fake)
        loss = loss + self.config.mismatch_weight * losses.mismatch_loss(real[None], wrong)
        stats = {"loss_d": loss.detach(), "d_real": real.detach().mean(), "d_fake": fake.detach().mean()}
        if penalised:
            penalty = losses.gradient_penalty(real, clips) + losses.gradient_penalty(fake, fakes)
            # every n-th step with n times the weight: lazy regularisation, StyleGAN2 (Karras et al. 2020), appendix B
            loss = loss + self.config.penalty_weight / 2 * self.config.penalty_every_steps * penalty
            stats["penalty"] = penalty.detach()
        self.optimize(self.discriminator, loss)
        return stats

    def update_generator(self, batch: Batch) -> dict[str, torch.Tensor]:
        fakes = self.generator(self.noise(*batch.times.shape), batch.tokens, batch.times)
        fake = self.discriminator(fakes, batch.tokens, batch.times)
        with torch.no_grad():
            real = self.discriminator(batch.clips, batch.tokens, batch.times)
        loss = losses.relativistic_generator_loss(real, fake)
        self.optimize(self.generator, loss)
        return {"loss_g": loss.detach()}

    def judge_mismatched(self, features: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Scores (K, B) of real clips with the captions of the next K of their batch.

        Looking costs much and hearing little, so one look, the features (B, code_size), serves for all.
        """
        B = len(features)
        K = min(self.config.mismatches, max(1, B - 1))  # beyond, a clip would meet its own caption
        tokens = torch.cat([batch.tokens.roll(k, 0) for k in range(1, K + 1)])  # (K*B, L)
        scores = self.discriminator.judge(features.repeat(K, 1), tokens, batch.times.repeat(K, 1))
        return scores.view(K, B)


class FrameGAN(GAN):
    """The tutorial's recipe: binary cross-entropy on single frames, a deaf discriminator, one set of fakes for both."""

    fakes: torch.Tensor

    def update_discriminator(self, batch: Batch) -> dict[str, torch.Tensor]:
        self.fakes = self.generator(self.noise(*batch.times.shape), batch.tokens, batch.times).flatten(0, 1)
        real = self.discriminator(batch.clips.flatten(0, 1))
        fake = self.discriminator(self.fakes.detach())
        cross_entropy = nn.functional.binary_cross_entropy
        loss = cross_entropy(real, torch.ones_like(real)) + cross_entropy(fake, torch.zeros_like(fake))
        self.optimize(self.discriminator, loss)
        return {"loss_d": loss.detach(), "d_real": real.detach().mean(), "d_fake": fake.detach().mean()}

    def update_generator(self, batch: Batch) -> dict[str, torch.Tensor]:
        fake = self.discriminator(self.fakes)
        loss = nn.functional.binary_cross_entropy(fake, torch.ones_like(fake))
        self.optimize(self.generator, loss)
        return {"loss_g": loss.detach()}


def make_gan(config: TrainConfig, vocabulary: Vocabulary, *, device="cpu") -> GAN:
    """The GAN of a recipe's model kind."""
    kind = FrameGAN if config.model.kind == "baseline" else VideoGAN
    return kind(config, vocabulary, device=device)
