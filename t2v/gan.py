"""Networks + optimizers + EMA, with the two updates that the training loop alternates.

A batch is clips (B, T, 3, H, W) float in [-1, 1], their times (B, T) in [0, 1] and tokens (B, L), and wrong captions
(R, B, L). Statistics are 0-dim tensors: nothing waits for the device until somebody reads them.
"""

import copy
from typing import NamedTuple

import torch
from torch import nn

from t2v import losses, parallel
from t2v.config import TrainConfig
from t2v.models import make_discriminator, make_generator
from t2v.prompts import Vocabulary


class Batch(NamedTuple):
    """Clips (B, T, 3, H, W), their times (B, T), their captions (B, L), and R wrong ones for each (R, B, L)."""

    clips: torch.Tensor
    times: torch.Tensor
    tokens: torch.Tensor
    wrong: torch.Tensor

    def to(self, device) -> "Batch":
        return Batch(*(x.to(device, non_blocking=True) for x in self))


def paced(network: nn.Module) -> list[dict]:
    """What of a network learns, in groups for an optimizer, each with its share of the learning rate, `pace`."""
    slow = {id(parameter): pace for part, pace in getattr(network, "part_paces", ()) for parameter in part.parameters()}
    groups: dict[float, list] = {}
    for parameter in network.parameters():
        if parameter.requires_grad:
            groups.setdefault(slow.get(id(parameter), 1.0), []).append(parameter)
    return [{"params": parameters, "pace": pace} for pace, parameters in groups.items()]


class GAN:
    """What both kinds share: two networks, their optimizers, the averaged generator, and all of it as state."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device="cpu"):
        self.config, self.device = config, torch.device(device)
        words = len(vocabulary.words)
        with torch.random.fork_rng(devices=[]):  # torch's layers take their first values from the global generator
            torch.manual_seed(config.seed)
            self.generator = make_generator(config.model, words).to(self.device)
            self.discriminator = make_discriminator(config.model, words).to(self.device)
        averaged = copy.deepcopy(self.generator).to(self.device)  # there anew: a GRU's weights want to lie side by side
        self.averaged = averaged.requires_grad_(False).eval()
        self.rng = torch.Generator(self.device).manual_seed(config.seed)
        self.optimizers = [self._make_optimizer(network) for network in (self.generator, self.discriminator)]
        self.step = 0

    def _make_optimizer(self, network: nn.Module) -> torch.optim.Adam:
        config, options = self.config, {}
        if self.device.type == "cuda":  # so that a step can be recorded (`recorded.py`): rates live on the GPU too
            options = {"capturable": True}
        optimizer = torch.optim.Adam(paced(network), lr=config.learning_rate, betas=config.betas, **options)
        if options:
            for group in optimizer.param_groups:
                group["lr"] = torch.tensor(config.learning_rate, device=self.device)
        return optimizer

    def noise(self, clips: int, frames: int) -> torch.Tensor:
        """The noise of this rank's clips; all ranks draw all of it, so that their generators stay in step."""
        drawn = self.generator.make_noise(self.rng, clips * parallel.ranks(), frames)
        return drawn[clips * parallel.rank() :][:clips]

    def optimize(self, network: nn.Module, loss: torch.Tensor) -> None:
        """One step of the network's own optimizer; the other network gets no gradient."""
        optimizer = self.optimizers[0 if network is self.generator else 1]
        optimizer.zero_grad(set_to_none=True)
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        gradients = torch.autograd.grad(loss, parameters)
        parallel.average(gradients)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        if self.device.type != "cuda" or not torch.cuda.is_current_stream_capturing():
            self.set_rates(network)
        optimizer.step()

    def update_both(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The discriminator's update, then the generator's; the statistics of both."""
        return self.update_discriminator(batch) | self.update_generator(batch)

    def set_rates(self, network: nn.Module) -> None:
        """Give the network's optimizer this step's learning rates."""
        optimizer = self.optimizers[0 if network is self.generator else 1]
        for group in optimizer.param_groups:
            rate = group["pace"] * self.learning_rate(network)
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def kind_of_step(self) -> tuple:
        """What of the next step's mathematics depends on its number, learning rates aside."""
        return ()

    def learning_rate(self, network: nn.Module) -> float:
        """This step's. The generator begins slowly: a discriminator that knows nothing yet would lead it astray."""
        rate, warmup = self.config.learning_rate_at(self.step), self.config.generator_warmup_steps
        return rate * min(1.0, (1 + self.step) / warmup) if network is self.generator and warmup else rate

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
            optimizer.load_state_dict(saved | {"param_groups": optimizer.state_dict()["param_groups"]})
        self.step = state["step"]
        if state["rng"].numel() == self.rng.get_state().numel():
            self.rng.set_state(state["rng"].cpu())
        else:  # of another kind of device, whose noise is another one
            self.rng.manual_seed(self.config.seed + self.step)


class Captions(NamedTuple):
    """What a group of G clips is told: captions (G, L) and R wrong ones for each (R, G, L), and both as heard."""

    tokens: torch.Tensor
    wrong: torch.Tensor
    heard: torch.Tensor  # (G, code_size)
    wrong_heard: torch.Tensor  # (R, G, code_size)

    def misfit(self, features: torch.Tensor, asked: torch.Tensor, rival_weight: float) -> torch.Tensor:
        """How far the captions number `asked` (G,) are from being told by features (G, code_size) from others (G,)."""
        tokens, wrong, places = self.tokens[asked], self.wrong[:, asked], torch.arange(len(asked), device=asked.device)
        # a caption that says the same is no rival
        same = (tokens[:, None] == self.tokens).all(2) & (places != asked[:, None])  # (G, G)
        fits = (features @ self.heard.T).masked_fill(same, -torch.inf)
        rivals = (features * self.wrong_heard[:, asked]).sum(2).masked_fill((wrong == tokens).all(2), -torch.inf)
        beaten = losses.rival_loss((features * self.heard[asked]).sum(1), rivals.T)
        return losses.caption_loss(fits, asked) + rival_weight * beaten


class VideoGAN(GAN):
    """Relativistic pairing with R1 + R2, and captions to be told apart, both by the discriminator and for its sake.

    A real clip and its rival share caption and times. One set of fakes and one look at the real clips serve both
    updates of a step.
    """

    fakes: torch.Tensor
    real: torch.Tensor  # scores (B,)

    def kind_of_step(self) -> tuple[bool, bool]:
        """Whether it has the penalty, and whether objects turn."""
        penalised = self.config.penalty_weight > 0 and self.step % self.config.penalty_every_steps == 0
        return penalised, self.step >= self.config.turning_from_step

    def update_discriminator(self, batch: Batch) -> dict[str, torch.Tensor]:
        penalised, self.generator.course.turns = self.kind_of_step()
        self.fakes = self.generator(self.noise(*batch.times.shape), batch.tokens, batch.times)
        clips, fakes = batch.clips.detach(), self.fakes.detach()
        for x in (clips, fakes):
            x.requires_grad_(penalised)

        real, caption_loss, mixed_loss = self.judge(clips, batch, mixed=self.config.mixed_weight > 0)
        fake = self.discriminator(fakes, batch.tokens, batch.times)
        adversarial = losses.relativistic_discriminator_loss(real, fake)
        loss = adversarial + self.config.caption_weight * (caption_loss + self.config.mixed_weight * mixed_loss)
        stats = {"loss_d": adversarial.detach(), "caption_d": caption_loss.detach()}
        stats |= {"d_real": real.detach().mean(), "d_fake": fake.detach().mean()}
        if penalised:
            penalty = losses.gradient_penalty(real, clips) + losses.gradient_penalty(fake, fakes)
            # every n-th step with n times the weight: lazy regularisation, StyleGAN2 (Karras et al. 2020), appendix B
            loss = loss + self.config.penalty_weight / 2 * self.config.penalty_every_steps * penalty
            stats["penalty"] = penalty.detach()
        self.real = real.detach()
        self.optimize(self.discriminator, loss)
        return stats

    def update_generator(self, batch: Batch) -> dict[str, torch.Tensor]:
        fake, caption_loss, _ = self.judge(self.fakes, batch)
        adversarial = losses.relativistic_generator_loss(self.real, fake)
        self.optimize(self.generator, adversarial + self.config.caption_weight * caption_loss)
        return {"loss_g": adversarial.detach(), "caption_g": caption_loss.detach()}

    def judge(
        self, clips: torch.Tensor, batch: Batch, *, mixed: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scores (B,) of clips with their captions, the loss of telling these from wrong ones, and with `mixed` that of
        telling the captions of what lies between two clips of a group, each by its share.

        A clip's caption is to be found among those of its group (`caption_group` neighbours in the batch, whatever the
        number of processes), and to beat each of its own wrong ones. Looking costs much and hearing little, so one look
        serves for all.
        """
        B, R, config = len(clips), len(batch.wrong), self.config
        seen = self.discriminator.watch(clips, batch.times)  # (B, ...)
        features = self.discriminator.conclude(seen)  # (B, code_size)
        heard = self.discriminator.hear(torch.cat([batch.tokens[None], batch.wrong]).flatten(0, 1))
        own, wrong = heard.view(1 + R, B, -1).split([1, R])  # (1, B, code_size), (R, B, code_size)
        scores = self.discriminator.score(features, own[0], batch.tokens)
        groups = torch.arange(B, device=clips.device).split(config.caption_group)
        if mixed:
            shares = torch.rand(B * parallel.ranks(), generator=self.rng, device=clips.device)  # as `noise` is drawn
            shares = shares[B * parallel.rank() :][:B]
            partners = torch.cat([rows.roll(len(rows) // 2) for rows in groups])
            between = self.discriminator.conclude(torch.lerp(seen, seen[partners], shares[:, None]))
        loss = mixed_loss = torch.zeros((), device=clips.device)
        for rows in groups:
            captions = Captions(batch.tokens[rows], batch.wrong[:, rows], own[0, rows], wrong[:, rows])
            asked = torch.arange(len(rows), device=clips.device)
            loss = loss + captions.misfit(features[rows], asked, config.rival_weight).sum()
            if mixed:
                for share, which in ((1 - shares[rows], asked), (shares[rows], asked.roll(len(rows) // 2))):
                    misfit = captions.misfit(between[rows], which, config.rival_weight)
                    mixed_loss = mixed_loss + (share * misfit).sum()
        return scores, loss / B, mixed_loss / B


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
