"""The tutorial's recipe: binary cross-entropy on single frames; the discriminator knows no caption."""

import torch
from torch.nn.functional import binary_cross_entropy

from t2v.data.batches import Batch
from t2v.gan.base import GAN


class FrameGAN(GAN):
    """The baseline: one set of fakes serves both updates, as in the tutorial."""

    def initialize_from(self, batch: Batch) -> None:
        """Its first weights depend on no data."""

    def update_both(self, batch: Batch) -> dict[str, torch.Tensor]:
        fakes = self.generator(self.noise(*batch.times.shape), batch.tokens, batch.times).flatten(0, 1)  # (B * T, ...)
        return self.update_discriminator(batch, fakes.detach()) | self.update_generator(fakes)

    def update_discriminator(self, batch: Batch, fakes: torch.Tensor) -> dict[str, torch.Tensor]:
        real, fake = self.discriminator(batch.clips.flatten(0, 1)), self.discriminator(fakes)  # (B * T, 1)
        loss = binary_cross_entropy(real, torch.ones_like(real)) + binary_cross_entropy(fake, torch.zeros_like(fake))
        self.optimize(self.discriminator, loss)
        return {"loss_d": loss.detach(), "d_real": real.detach().mean(), "d_fake": fake.detach().mean()}

    def update_generator(self, fakes: torch.Tensor) -> dict[str, torch.Tensor]:
        fake = self.discriminator(fakes)  # (B * T, 1)
        loss = binary_cross_entropy(fake, torch.ones_like(fake))
        self.optimize(self.generator, loss)
        return {"loss_g": loss.detach()}
