"""Networks + optimizers + EMA, with the two updates that the training loop alternates.

A batch is clips (B, T, 3, H, W) float in [-1, 1], their times (B, T) in [0, 1] and tokens (B, L), and wrong captions
(R, B, L). Statistics are 0-dim tensors: nothing waits for the device until somebody reads them.
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from t2v.config import TrainConfig
from t2v.data.batches import Batch
from t2v.data.vocabulary import Vocabulary
from t2v.gan import losses
from t2v.models import make_discriminator, make_generator
from t2v.models.video_gan import ACROSS, SENSE, SURE
from t2v.system import distributed


def laid_out_as(weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """x in the memory layout of weights of its shape: fused Adam takes no other."""
    return x if x.stride() == weights.stride() else torch.empty_like(weights).copy_(x)


def param_groups(network: nn.Module) -> list[dict]:
    """What of a network learns, in groups for an optimizer, each with its share of the learning rate, `lr_mult`."""
    slow = {id(parameter): mult for part, mult in getattr(network, "lr_mults", ()) for parameter in part.parameters()}
    groups: dict[float, list] = {}
    for parameter in network.parameters():
        if parameter.requires_grad:
            groups.setdefault(slow.get(id(parameter), 1.0), []).append(parameter)
    return [{"params": parameters, "lr_mult": mult} for mult, parameters in groups.items()]


class GAN:
    """What both kinds share: two networks, their optimizers, the generator's moving average (EMA), all as state."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device="cpu"):
        self.config, self.device = config, torch.device(device)
        words = len(vocabulary.words)
        with torch.random.fork_rng(devices=[]):  # torch's layers take their first values from the global generator
            torch.manual_seed(config.seed)
            networks = make_generator(config.model, words), make_discriminator(config.model, words)
        # a GPU's convolutions want images so; else each brings its own into that layout
        layout = torch.channels_last if self.device.type == "cuda" else torch.contiguous_format
        self.generator, self.discriminator = (n.to(self.device, memory_format=layout) for n in networks)
        ema = copy.deepcopy(self.generator).to(self.device)  # there anew: a GRU's weights want to lie side by side
        self.generator_ema = ema.requires_grad_(False).eval()
        self.rng = torch.Generator(self.device).manual_seed(config.seed)
        self.optimizers = [self._make_optimizer(network) for network in (self.generator, self.discriminator)]
        self.step = 0

    def _make_optimizer(self, network: nn.Module) -> torch.optim.Adam:
        config, options = self.config, {}
        if self.device.type == "cuda":  # so that a step can be recorded (`cuda_graph.py`): rates live on the GPU too
            options = {"capturable": True, "fused": True}
        optimizer = torch.optim.Adam(param_groups(network), lr=config.learning_rate, betas=config.betas, **options)
        if options:
            for group in optimizer.param_groups:
                group["lr"] = torch.tensor(config.learning_rate, device=self.device)
        return optimizer

    def initialize_from(self, batch: Batch) -> None:
        """Let untrained networks know what the data is like: the video GANs of other kinds need not."""

    def noise(self, clips: int, frames: int) -> torch.Tensor:
        """The noise of this rank's clips."""
        return self.of_this_rank(lambda count: self.generator.make_noise(self.rng, count, frames), clips)

    def of_this_rank(self, draw: Callable[[int], torch.Tensor], clips: int) -> torch.Tensor:
        """This rank's share of what `draw` gives for all ranks' clips; all draw it all, to stay in step."""
        return draw(clips * distributed.ranks())[clips * distributed.rank() :][:clips]

    def optimize(self, network: nn.Module, loss: torch.Tensor) -> None:
        """One step of the network's own optimizer for what the loss has used; the other network gets no gradient."""
        optimizer = self.optimizers[0 if network is self.generator else 1]
        optimizer.zero_grad(set_to_none=True)
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        distributed.all_reduce_mean([gradient for gradient in gradients if gradient is not None])
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient if gradient is None else laid_out_as(parameter, gradient)
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
            rate = group["lr_mult"] * self.learning_rate(network)
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def random_shares(self, clips: int) -> torch.Tensor:
        """Numbers (B,) in [0, 1)."""
        return torch.rand(clips, generator=self.rng, device=self.device)

    def kind_of_step(self) -> tuple:
        """What of the next step's mathematics depends on its number, learning rates aside."""
        return ()

    def learning_rate(self, network: nn.Module) -> float:
        """This step's. The generator begins slowly: a discriminator that knows nothing yet would lead it astray."""
        rate, warmup = self.config.learning_rate_at(self.step), self.config.generator_warmup_steps
        return rate * min(1.0, (1 + self.step) / warmup) if network is self.generator and warmup else rate

    @torch.no_grad()
    def update_ema(self) -> None:
        """The generator's moving average follows it, faster at the start; ends the step."""
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        parameters = list(self.generator.parameters())
        torch._foreach_lerp_(list(self.generator_ema.parameters()), parameters, 1 - decay)
        self.step += 1

    def state_dict(self) -> dict:
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "generator_ema": self.generator_ema.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": self.rng.get_state(),
            "step": self.step,
        }

    def load_state_dict(self, state: dict) -> None:
        for name in ("generator", "discriminator", "generator_ema"):
            getattr(self, name).load_state_dict(state[name])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved | {"param_groups": optimizer.state_dict()["param_groups"]})
            for parameter, kept in optimizer.state.items():
                kept |= {name: laid_out_as(parameter, kept[name]) for name in ("exp_avg", "exp_avg_sq")}
        self.step = state["step"]
        if state["rng"].numel() == self.rng.get_state().numel():
            self.rng.set_state(state["rng"].cpu())
        else:  # of another kind of device, whose noise is another one
            self.rng.manual_seed(self.config.seed + self.step)


class Captions(NamedTuple):
    """What B clips are told: captions (B, L) and R wrong ones for each (R, B, L), both as heard, and the clips' groups.

    A clip's caption is to be found among those of its group, `caption_group` neighbours in the batch, whatever the
    number of processes.
    """

    tokens: torch.Tensor
    wrong: torch.Tensor
    heard: torch.Tensor  # (B, code_size)
    wrong_heard: torch.Tensor  # (R, B, code_size)
    group: torch.Tensor  # (B,)

    def misfit(self, features: torch.Tensor, asked: torch.Tensor, rival_weight: float) -> torch.Tensor:
        """How far the captions number `asked` (B,) are from being told by features (B, code_size) from others (B,)."""
        tokens, wrong, places = self.tokens[asked], self.wrong[:, asked], torch.arange(len(asked), device=asked.device)
        # a caption that says the same is no rival
        no_rival = (tokens[:, None] == self.tokens).all(2) & (places != asked[:, None])  # (B, B)
        no_rival = no_rival | (self.group[:, None] != self.group)
        fits = (features @ self.heard.T).masked_fill(no_rival, -torch.inf)
        rivals = (features * self.wrong_heard[:, asked]).sum(2).masked_fill((wrong == tokens).all(2), -torch.inf)
        beaten = losses.rival_loss((features * self.heard[asked]).sum(1), rivals.T)
        return losses.caption_loss(fits, asked) + rival_weight * beaten


class Opinion(NamedTuple):
    """What the discriminator makes of B clips: what it sees, features (B, code_size), scores (B,), what captions they
    were told, and how far these are from being told from wrong ones (B,)."""

    seen: torch.Tensor
    features: torch.Tensor
    scores: torch.Tensor
    captions: Captions
    misfits: torch.Tensor


class VideoGAN(GAN):
    """Relativistic pairing with R1 + R2, and captions to be told apart, both by the discriminator and for its sake.

    A real clip and its rival share caption and times. One set of fakes and one look at the real clips serve both
    updates of a step.
    """

    noise_used: torch.Tensor  # (B, N), and what was made of it:
    fakes: torch.Tensor
    real: torch.Tensor  # scores (B,)

    def kind_of_step(self) -> tuple[bool, range]:
        """Whether it has the penalty, and of which kinds of mirroring it asks."""
        config, step = self.config, self.step
        penalised = config.penalty_weight > 0 and step % config.penalty_every_steps == 0
        # Of ways every second one at most is mirrored: asked before they are known, that would be half a remedy for
        # wrong ones. A wrong sense can be mirrored in all clips, so it is asked from the first step on.
        asked = range(ACROSS if step >= config.pairs_from_step else SENSE, SENSE + 1)
        asks = config.mirror_every_steps > 0 and step % config.mirror_every_steps == 0
        return penalised, asked if asks else range(0)

    def update_discriminator(self, batch: Batch) -> dict[str, torch.Tensor]:
        config = self.config
        penalised, _ = self.kind_of_step()
        self.noise_used = self.noise(*batch.times.shape)
        self.fakes = self.generator(self.noise_used, batch.tokens, batch.times)
        clips, fakes = batch.clips.detach(), self.fakes.detach()
        for x in (clips, fakes):
            x.requires_grad_(penalised)

        real = self.judge(clips, batch)
        fake = self.discriminator(fakes, batch.tokens, batch.times)
        adversarial = losses.relativistic_discriminator_losses(real.scores, fake).mean()
        loss = adversarial + config.caption_weight * real.misfits.mean()
        if config.mixed_weight:
            loss = loss + config.caption_weight * config.mixed_weight * self.mixed_loss(real)
        if config.backwards_weight:
            loss = loss + config.caption_weight * config.backwards_weight * self.backwards_loss(real, batch)
        stats = {"loss_d": adversarial.detach(), "caption_d": real.misfits.detach().mean()}
        stats |= {"d_real": real.scores.detach().mean(), "d_fake": fake.detach().mean()}
        if penalised:
            penalty = losses.gradient_penalty(real.scores, clips) + losses.gradient_penalty(fake, fakes)
            # every n-th step with n times the weight: lazy regularisation, StyleGAN2 (Karras et al. 2020), appendix B
            loss = loss + config.penalty_weight / 2 * config.penalty_every_steps * penalty
            stats["penalty"] = penalty.detach()
        self.real = real.scores.detach()
        self.optimize(self.discriminator, loss)
        return stats

    def update_generator(self, batch: Batch) -> dict[str, torch.Tensor]:
        adversarial, misfits = self.costs(self.fakes, batch)
        costs = adversarial + self.config.caption_weight * misfits  # (B,)
        loss = costs.mean()
        _, asked = self.kind_of_step()
        if asked:
            loss = loss + self.mirror_loss(costs.detach(), batch, asked)
        self.optimize(self.generator, loss)
        return {"loss_g": adversarial.detach().mean(), "caption_g": misfits.detach().mean()}

    def costs(self, fakes: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """How far each of the fakes is from beating its real partner (B,), and from showing what it was told (B,)."""
        opinion = self.judge(fakes, batch)
        return losses.relativistic_generator_losses(self.real, opinion.scores), opinion.misfits

    def judge(self, clips: torch.Tensor, batch: Batch) -> Opinion:
        """The discriminator's opinion of clips. Looking costs much and hearing little, so one look serves for all."""
        B, R = len(clips), len(batch.wrong)
        seen = self.discriminator.watch(clips, batch.times)  # (B, ...)
        features = self.discriminator.conclude(seen)
        heard = self.discriminator.hear(torch.cat([batch.tokens[None], batch.wrong]).flatten(0, 1)).view(1 + R, B, -1)
        places = torch.arange(B, device=clips.device)
        captions = Captions(batch.tokens, batch.wrong, heard[0], heard[1:], places // self.config.caption_group)
        scores = self.discriminator.score(features, heard[0], batch.tokens)
        misfits = captions.misfit(features, places, self.config.rival_weight)
        return Opinion(seen, features, scores, captions, misfits)

    def mixed_loss(self, real: Opinion) -> torch.Tensor:
        """How far the captions of two clips of a group are from being told, each by its share, of what lies between."""
        places = torch.arange(len(real.seen), device=real.seen.device)
        partners = torch.cat([rows.roll(len(rows) // 2) for rows in places.split(self.config.caption_group)])
        shares = self.of_this_rank(self.random_shares, len(places))
        between = self.discriminator.conclude(torch.lerp(real.seen, real.seen[partners], shares[:, None]))
        own, other = (real.captions.misfit(between, asked, self.config.rival_weight) for asked in (places, partners))
        return torch.lerp(own, other, shares).mean()

    def backwards_loss(self, real: Opinion, batch: Batch) -> torch.Tensor:
        """How far clips, every second one, are from fitting their captions better than they do played backwards.

        Else the side on which a wedge is seen would tell the sense of turning, and how it moves would not be looked at.
        Where new clips are as good backwards, as bounces are, there is nothing to be learned.
        """
        clips, times, heard = batch.clips[::2].flip(1), 1 - batch.times[::2].flip(1), real.captions.heard[::2]
        fits, backwards = ((x * heard).sum(1) for x in (real.features[::2], self.discriminator.look(clips, times)))
        return losses.rival_loss(fits, backwards[:, None]).mean()

    def mirror_loss(self, costs: torch.Tensor, batch: Batch, asked: range) -> torch.Tensor:
        """Lets words allow what costs less than the fakes do (B,): to be mirrored in one of the kinds `asked`, or not.

        No gradient tells, as there is nothing between a clip and its mirror image. So each fake is made once more, with
        its way or its turning mirrored, and judged as well. What differs by more than 1 counts as 1: most ways may not
        be mirrored, and cost so much more that nothing else would be heard.
        """
        kinds = asked.start + (len(asked) * self.of_this_rank(self.random_shares, len(costs))).long()
        with torch.no_grad():
            said = self.generator.text(batch.tokens)
            other_noise = self.generator.mirror_other(self.noise_used, said, kinds)
            adversarial, misfits = self.costs(self.generator.from_text(other_noise, said, batch.times), batch)
            worse = adversarial + self.config.caption_weight * misfits - costs  # (B,)
            mirrored = self.generator.mirrored(self.noise_used, said).gather(1, kinds[:, None])[:, 0]
        price = torch.where(mirrored, -worse, worse).clamp(-1, 1)  # of allowing it
        allowed = self.generator.may_mirror(said).gather(1, kinds[:, None])[:, 0]
        # what is sure is not pushed further by its own answer, or it would take long to come back when that changes
        return (price * torch.where(price > 0, allowed.clamp(min=-SURE), allowed.clamp(max=SURE))).mean()


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
