"""The two updates of the layered video GAN: relativistic pairing with R1 + R2, and captions to be told apart.

The discriminator has heads (H), each with a loss of its own; the losses add up. Until `glimpses_from_step` only the
first head is used.
"""

from typing import NamedTuple

import torch

from t2v.data.batches import Batch
from t2v.gan import losses
from t2v.gan.base import GAN
from t2v.system import distributed


class DiscriminatorOutput(NamedTuple):
    """What the discriminator makes of B clips with their captions."""

    scores: torch.Tensor  # (B, H)
    alignment: torch.Tensor  # how far the clips are from fitting their own captions best, a scalar


class LayeredGAN(GAN):
    """`update_both` is one training step: one set of fakes serves both updates."""

    @torch.no_grad()
    def initialize_from(self, batch: Batch) -> None:
        """Let the first background be the data's usual colour, its median, which the discriminator also starts from."""
        colour = batch.clips.transpose(0, 2).flatten(1).median(1).values  # (3,)
        distributed.all_reduce_mean([colour])
        for generator in (self.generator, self.generator_ema):
            generator.set_first_background(colour)
        self.discriminator.set_usual_colour(colour)

    def kind_of_step(self) -> tuple[bool, bool]:
        """Whether it has the gradient penalty, and whether the discriminator takes glimpses."""
        config = self.config
        penalised = config.penalty_weight > 0 and self.step % config.penalty_every_steps == 0
        return penalised, self.step >= config.glimpses_from_step

    def update_both(self, batch: Batch) -> dict[str, torch.Tensor]:
        noise, side = self.noise(*batch.times.shape), batch.clips.shape[-1]
        fakes = self.generator(noise, batch.tokens, batch.times, side=side)
        stats, real_scores = self.update_discriminator(batch, fakes.detach())
        return stats | self.update_generator(batch, fakes, real_scores)

    def update_discriminator(self, batch: Batch, fakes: torch.Tensor) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """One step of the discriminator; returns statistics and the scores of the real clips (B, H)."""
        config = self.config
        penalised, _ = self.kind_of_step()
        clips, fakes = batch.clips.detach().requires_grad_(penalised), fakes.requires_grad_(penalised)
        captions = self.embed_captions(batch)
        real = self.discriminate(clips, batch, captions)
        fake_scores = self.discriminator.score(self.features(fakes, batch), captions[0])
        adversarial = losses.relativistic_discriminator_losses(real.scores, fake_scores).sum(1).mean()
        loss = adversarial + config.caption_weight * real.alignment
        stats = {"loss_d": adversarial.detach(), "caption_d": real.alignment.detach()}
        stats |= {"d_real": real.scores.detach().mean(), "d_fake": fake_scores.detach().mean()}
        if penalised:
            penalty = losses.gradient_penalty(real.scores, clips) + losses.gradient_penalty(fake_scores, fakes)
            # every n-th step with n times the weight: lazy regularisation, StyleGAN2 (Karras et al. 2020), appendix B
            loss = loss + config.penalty_weight / 2 * config.penalty_every_steps * penalty
            stats["penalty"] = penalty.detach()
        self.optimize(self.discriminator, loss)
        return stats, real.scores.detach()

    def update_generator(self, batch: Batch, fakes: torch.Tensor, real_scores: torch.Tensor) -> dict[str, torch.Tensor]:
        """One step of the generator, whose fakes are to beat the real clips' scores (B, H) and fit their captions."""
        with torch.no_grad():
            captions = self.embed_captions(batch)
        fake = self.discriminate(fakes, batch, captions)
        adversarial = losses.relativistic_generator_losses(real_scores, fake.scores).sum(1).mean()
        self.optimize(self.generator, adversarial + self.config.caption_weight * fake.alignment)
        return {"loss_g": adversarial.detach(), "caption_g": fake.alignment.detach()}

    def features(self, clips: torch.Tensor, batch: Batch) -> torch.Tensor:
        """What the discriminator makes of clips (B, H, C) before any caption."""
        _, glimpses = self.kind_of_step()
        return self.discriminator.forward_features(clips, batch.times, glimpses=glimpses)

    def embed_captions(self, batch: Batch) -> torch.Tensor:
        """The captions of B clips, and R negative ones for each: (1 + R, B, H, C), the right ones first."""
        tokens = torch.cat([batch.tokens[None], batch.negatives])  # (1 + R, B, L)
        return self.discriminator.embed_caption(tokens.flatten(0, 1)).unflatten(0, tokens.shape[:2])

    def discriminate(self, clips: torch.Tensor, batch: Batch, captions: torch.Tensor) -> DiscriminatorOutput:
        """Clips (B, T, 3, H, W) and embedded captions (1 + R, B, H, C) -> scores, and how well captions are told."""
        features = self.features(clips, batch)
        captions = captions[:, :, : features.shape[1]]
        group = torch.arange(len(clips), device=clips.device) // self.config.caption_group
        same = (batch.tokens[:, None] == batch.tokens).all(2) & ~torch.eye(len(clips), dtype=torch.bool).to(
            clips.device
        )
        masked = same | (group[:, None] != group)  # (B, B), what says the same is no negative
        logits = torch.einsum("bhc,nhc->hbn", features, captions[0]).masked_fill(masked, -torch.inf)  # (H, B, B)
        infonce = sum(losses.infonce_loss(x, torch.arange(len(x), device=x.device)).mean() for x in logits)
        fits = torch.einsum("bhc,nbhc->hbn", features, captions)  # (H, B, 1 + R)
        same_words = (batch.negatives == batch.tokens).all(2).T  # (B, R)
        negatives = fits[:, :, 1:].masked_fill(same_words, -torch.inf)
        hard = sum(losses.hard_negative_loss(own, x).mean() for own, x in zip(fits[:, :, 0], negatives, strict=True))
        alignment = infonce + self.config.hard_negative_weight * hard
        return DiscriminatorOutput(self.discriminator.score(features, captions[0]), alignment)
