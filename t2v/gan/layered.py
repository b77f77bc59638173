"""The two updates of the layered video GAN: relativistic pairing with R1 + R2, and captions to be told apart.

The discriminator has heads (H), each with a loss of its own; the losses add up. Until `glimpses_from_step` only the
first head is used.
"""

import copy
from typing import NamedTuple

import torch

from t2v.config import TrainConfig
from t2v.data.batches import Batch
from t2v.data.vocabulary import Vocabulary
from t2v.gan import losses
from t2v.gan.augment import DRAWS, augment
from t2v.gan.base import GAN
from t2v.models.compositing import Scene
from t2v.models.discriminator import CaptionFeatures, ClipFeatures
from t2v.models.generator import ALWAYS, Generator
from t2v.models.glimpses import FAINT, salience_of, salient_places
from t2v.models.presence import shown
from t2v.system import distributed

SURELY_SHOWN = 1.5  # a presence logit


class DiscriminatorOutput(NamedTuple):
    """What the discriminator makes of B clips with their captions."""

    scores: torch.Tensor  # (B, H)
    alignment: torch.Tensor  # (B,), how far each clip is from fitting its own caption best


class StepKind(NamedTuple):
    """What a step does besides what every step does."""

    reading: bool  # the discriminator learns alone, from real clips and captions
    penalty: bool  # of the discriminator's gradient
    glimpses: bool  # the discriminator takes them
    flips: tuple[
        int, ...
    ]  # the generator asks about these: of turns from the first step on, of ways once they are known
    reversal: bool  # real clips are compared with themselves played backwards
    presence: bool  # the generator asks which layers to show
    spread: bool  # fakes of one caption are to differ as real clips do
    plain: bool  # backgrounds are to have one colour each


class LayeredGAN(GAN):
    """`update_both` is one training step: one set of fakes serves both updates."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device: str | torch.device = "cpu"):
        super().__init__(config, vocabulary, device=device)
        self.before: Generator | None = None  # what a teaching began with, and how many words it knew
        self.words_before = 0
        self.caption_weight = config.caption_weight * config.generator_caption_weight  # of the generator

    def keep_what_is_known(self, words: int) -> Generator:
        """From now on captions of the first `words` words are to give the clips that they give now (`keep_loss`)."""
        self.before, self.words_before = copy.deepcopy(self.generator).requires_grad_(False).eval(), words
        return self.before

    def state_dict(self) -> dict:
        if self.before is None:
            return super().state_dict()
        return super().state_dict() | {"before": self.before.state_dict(), "words_before": self.words_before}

    def load_state_dict(self, state: dict) -> None:
        super().load_state_dict(state)
        if "before" in state:
            before = self.keep_what_is_known(state["words_before"])
            before.load_state_dict(state["before"])

    @torch.no_grad()
    def initialize_from(self, batch: Batch) -> None:
        """Let the first background be the data's usual colour, its median, which the discriminator also starts from."""
        colour = batch.clips.transpose(0, 2).flatten(1).median(1).values  # (3,)
        distributed.all_reduce_mean([colour])
        self.discriminator.set_usual_colour(colour)
        for generator in (self.generator, self.generator_ema):
            generator.set_first_background(colour)
            if self.config.alone_until_step and generator.presence is not None:
                generator.presence.show(1)

    def update_ema(self) -> None:
        super().update_ema()
        if self.step == self.config.alone_until_step:
            for generator in (self.generator, self.generator_ema):
                if generator.presence is not None:
                    generator.begin_as_first_layer()

    def kind_of_step(self) -> StepKind:
        """What the next step does."""
        config, step = self.config, self.step
        reading, mirrors = step < config.reading_until(step), step >= config.mirrors_from_step
        asks = config.flip_every_steps > 0 and step % config.flip_every_steps == 0
        return StepKind(
            reading=reading,
            penalty=config.penalty_weight > 0 and step % config.penalty_every_steps == 0,
            glimpses=reading or step >= config.glimpses_from_step,
            flips=((0, 1, 2) if mirrors else (2,)) if asks else (),
            reversal=mirrors and config.reversal_weight > 0,
            presence=config.model.layers > 1 and step >= config.presence_from_step and (reading or step % 2 == 0),
            spread=config.energy_weight > 0 and step >= config.energy_from_step,
            plain=config.plain_weight > 0 and step < config.plain_until_step,
        )

    def update_both(self, batch: Batch) -> dict[str, torch.Tensor]:
        if self.kind_of_step().reading:
            return self.update_reading(batch)
        noise, side = self.noise(*batch.times.shape), batch.clips.shape[-1]
        scene = self.generator.scene(noise, self.generator.read(batch.tokens))
        fakes = self.generator.render(scene, batch.times, side)
        stats, real_scores = self.update_discriminator(batch, fakes.detach())
        return stats | self.update_generator(batch, noise, scene, fakes, real_scores)

    def update_reading(self, batch: Batch) -> dict[str, torch.Tensor]:
        """One step of the discriminator alone: it is to tell the real clips' captions. Of the generator at most its
        decisions which layers to show are learned, which nothing else depends on."""
        alignment = self.discriminate(batch.clips, batch, self.embed_captions(batch)).alignment.mean()
        self.optimize(self.discriminator, alignment)
        if self.kind_of_step().presence:
            self.optimize(self.generator, self.presence_policy_loss(batch, self.noise(*batch.times.shape)))
        return {"caption_d": alignment.detach()}

    def update_discriminator(self, batch: Batch, fakes: torch.Tensor) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """One step of the discriminator; returns statistics and the scores of the real clips (B, H)."""
        config, step = self.config, self.kind_of_step()
        clips, fakes = batch.clips.detach().requires_grad_(step.penalty), fakes.requires_grad_(step.penalty)
        captions = self.embed_captions(batch)
        real = self.discriminate(clips, batch, captions)
        fake_scores = self.discriminator.score(self.features(fakes, batch), right(captions))
        adversarial = losses.relativistic_discriminator_losses(real.scores, fake_scores).sum(1).mean()
        loss = adversarial + config.caption_weight * real.alignment.mean()
        if step.reversal:
            loss = loss + config.reversal_weight * self.reversal_loss(real.scores, batch, captions)
        stats = {"loss_d": adversarial.detach(), "caption_d": real.alignment.detach().mean()}
        stats |= {"d_real": real.scores.detach().mean(), "d_fake": fake_scores.detach().mean()}
        if step.penalty:
            penalty = losses.gradient_penalty(real.scores, clips) + losses.gradient_penalty(fake_scores, fakes)
            # every n-th step with n times the weight: lazy regularisation, StyleGAN2 (Karras et al. 2020), appendix B
            loss = loss + config.penalty_weight / 2 * config.penalty_every_steps * penalty
            stats["penalty"] = penalty.detach()
        self.optimize(self.discriminator, loss)
        return stats, real.scores.detach()

    def reversal_loss(self, scores: torch.Tensor, batch: Batch, captions: CaptionFeatures) -> torch.Tensor:
        """Every second real clip, with these scores (B, H), should beat itself played backwards with its caption.

        Else where a clip begins would do to tell how it moves. Where new clips are as good backwards, as bounces are,
        there is nothing to be learned.
        """
        clips, times = batch.clips[::2].flip(1), 1 - batch.times[::2].flip(1)
        clips = self.augmented(clips)
        features = self.discriminator.forward_features(clips, times, glimpses=self.kind_of_step().glimpses)
        backwards = self.discriminator.score(features, captions.map(lambda x: x[0, ::2]))
        return losses.relativistic_discriminator_losses(scores[::2], backwards).sum(1).mean()

    def update_generator(
        self, batch: Batch, noise: torch.Tensor, scene: Scene, fakes: torch.Tensor, real_scores: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """One step of the generator, whose fakes, of the scene made from noise (B, K + 1, N), are to beat the real
        clips' scores (B, H) and to fit their captions."""
        with torch.no_grad():
            captions = self.embed_captions(batch)
        adversarial, alignment = self.costs(fakes, batch, captions, real_scores)
        costs = adversarial + self.caption_weight * alignment  # (B,)
        loss = costs.mean()
        if self.kind_of_step().plain:
            loss = loss + self.config.plain_weight * losses.unevenness(scene.background)
        if self.kind_of_step().spread:
            loss = loss + self.config.energy_weight * self.energy_loss(fakes, batch)
        if self.kind_of_step().flips:
            loss = loss + self.flip_policy_loss(costs.detach(), batch, noise, captions, real_scores)
        if self.kind_of_step().presence:
            loss = loss + self.presence_policy_loss(batch, noise)
        if self.config.appearance_weight:
            loss = loss + self.config.appearance_weight * self.appearance_loss(batch, noise)
        if self.config.keep_weight and self.before is not None:
            loss = loss + self.config.keep_weight * self.keep_loss(self.before, batch, noise)
        self.optimize(self.generator, loss)
        return {"loss_g": adversarial.detach().mean(), "caption_g": alignment.detach().mean()}

    def energy_loss(self, fakes: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Every second fake beside another of its caption: both should be among the real clips, and apart."""
        clips, times, tokens, negatives, alike = batch
        half = Batch(clips[::2], times[::2], tokens[::2], negatives[:, ::2], alike[::2])
        others = self.generator(self.noise(*half.times.shape), half.tokens, half.times, side=fakes.shape[-1])
        with torch.no_grad():
            real = self.encode(half.clips, half)
        encoded = (real, self.encode(fakes[::2], half), self.encode(others, half))  # each H of (B / 2, N)
        of_heads = [losses.energy_score_losses(*head).mean() for head in zip(*encoded, strict=True)]
        return sum(of_heads[1:], of_heads[0])

    def appearance_loss(self, batch: Batch, noise: torch.Tensor) -> torch.Tensor:
        """What it is does not depend on how it moves: from the same noise, layers of `batch.alike` should have the
        textures, first sizes and first angles of the captions' own (content apart from motion, MoCoGAN).

        No clip shows these other motions; their words are enough.
        """
        other = self.generator.scene(noise, self.generator.read(batch.alike))
        with torch.no_grad():
            own = self.generator.scene(noise, self.generator.read(batch.tokens))
        textures = self.squared_distance_of_textures(other, own)
        size = (other.trajectory.size[:, :, 0] / own.trajectory.size[:, :, 0]).log().square().sum(1)
        angle = (other.trajectory.angle[:, :, 0] - own.trajectory.angle[:, :, 0]).square().sum(1)
        return (textures + size + angle).mean()

    def keep_loss(self, before: Generator, batch: Batch, noise: torch.Tensor) -> torch.Tensor:
        """What it knew stays: from the same noise, captions without new words should give the scenes that the
        generator gave `before` (learning without forgetting, Li & Hoiem 2016).

        Old clips alone do not see to that: a trained discriminator of fresh pairs moves what was right.
        """
        with torch.no_grad():
            reading = before.read(batch.tokens)
            none = torch.zeros_like(before.flipped(noise, reading))
            noise = before.flip_other(noise, reading, none)  # whose flips are then the same for both
            old = before.scene(noise, reading)
        new_reading = self.generator.read(batch.tokens)
        new = self.generator.scene(noise, new_reading)
        (centre, size, angle), (old_centre, old_size, old_angle) = new.trajectory, old.trajectory
        parts = [
            centre - old_centre,
            (size / old_size).log(),
            angle - old_angle,
            new.presence - old.presence,
            new_reading.presence - reading.presence,
            new.background - old.background,
            self.generator.flip_logits(new_reading).sigmoid() - before.flip_logits(reading).sigmoid(),
        ]
        distance = self.squared_distance_of_textures(new, old)  # (B,)
        for part in parts:
            distance = distance + part.square().flatten(1).mean(1)
        return (distance * (batch.tokens <= self.words_before).all(1)).mean()

    def squared_distance_of_textures(self, one: Scene, other: Scene) -> torch.Tensor:
        """How far the textures of B scenes are apart (B,), distances from edges in shares of a texture's fourth."""
        scale = torch.tensor([1.0, 1.0, 1.0, 4 / self.config.model.texture_size_px], device=one.textures.device)
        return ((one.textures - other.textures) * scale[:, None, None]).square().flatten(1).mean(1)

    def costs(
        self, fakes: torch.Tensor, batch: Batch, captions: CaptionFeatures, real_scores: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """How far each fake is from beating its real partner (B,), and from fitting its caption (B,)."""
        fake = self.discriminate(fakes, batch, captions)
        return losses.relativistic_generator_losses(real_scores, fake.scores).sum(1), fake.alignment

    def flip_policy_loss(
        self,
        costs: torch.Tensor,
        batch: Batch,
        noise: torch.Tensor,
        captions: CaptionFeatures,
        real_scores: torch.Tensor,
    ) -> torch.Tensor:
        """Lets words allow the flips that cost less than the fakes do (B,), or not.

        One flip of one layer of each fake is turned over and the clip judged again. The difference, 1 at most, is the
        price of the flip's logit: a policy gradient with both outcomes known (Williams 1992).
        """
        B, flips = len(costs), self.kind_of_step().flips
        every = [(layer, flip) for layer in range(self.config.model.layers) for flip in flips]
        drawn = self.shard(lambda count: torch.rand(count, generator=self.rng, device=self.device), B)
        pairs = torch.tensor(every, device=self.device)[(len(every) * drawn).long()]  # (B, 2)
        chosen = torch.zeros(B, self.config.model.layers, 3, dtype=torch.bool, device=self.device)
        chosen[torch.arange(B, device=self.device), pairs[:, 0], pairs[:, 1]] = True
        with torch.no_grad():
            reading = self.generator.read(batch.tokens)
            other_noise = self.generator.flip_other(noise, reading, chosen)
            others = self.generator.from_reading(other_noise, reading, batch.times, side=batch.clips.shape[-1])
            adversarial, alignment = self.costs(others, batch, captions, real_scores)
            worse = adversarial + self.caption_weight * alignment - costs  # (B,)
            flipped = self.generator.flipped(noise, reading)[chosen]  # (B,)
        price = torch.where(flipped, -worse, worse).clamp(-1, 1)  # of allowing it
        return losses.policy_loss(price, self.generator.flip_logits(reading)[chosen], sure=ALWAYS)

    def presence_policy_loss(self, batch: Batch, noise: torch.Tensor) -> torch.Tensor:
        """Lets words show the layers with which as much stands out in a clip as in the real clip of its caption.

        One layer of each fake is shown and taken away, while all attend as they did: a thing that fades out looks worse
        half-way, so no gradient leads there (AIR draws it too). The discriminator is not asked: it hardly minds the
        same thing twice (docs/LOG.md#one-thing-first).
        """
        B, layers = len(batch.tokens), self.config.model.layers
        draws = self.shard(lambda count: torch.rand(count, generator=self.rng, device=self.device), B)
        chosen = torch.arange(layers, device=self.device) == (layers * draws).long()[:, None]  # (B, K)
        reading, apart, model = self.generator.read(batch.tokens), [], self.config.model
        with torch.no_grad():
            real = self.prominence(batch.clips)
            presence = reading.presence.masked_fill(chosen, 1.0)
            scene = self.generator.scene(noise, reading._replace(presence=presence))
            for logit in (1.0, -1.0):  # with the layer and without, all others where they are
                drawn = shown(presence.masked_fill(chosen, logit), model.presence_slope)
                clips = self.generator.render(scene._replace(presence=drawn), batch.times, batch.clips.shape[-1])
                apart.append((self.prominence(clips) - real).abs().sum(1))  # (B,)
        price = (4 * (apart[0] - apart[1])).clamp(-1, 1)  # of being shown; a quarter apart counts in full
        return losses.policy_loss(price, (reading.presence * chosen).sum(1), sure=SURELY_SHOWN)

    def prominence(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips (B, T, 3, H, W) -> how much each place that stands out does so, of as many as there are layers, beside
        the one before all others (B, K), the mean over frames."""
        strengths = salient_places(
            salience_of(clips.flatten(0, 1)), self.config.model.layers + 1
        ).strengths  # (B * T, K + 1)
        beside = strengths[:, 1:] / strengths[:, :1].clamp(min=FAINT)  # in an empty clip nothing stands out
        return beside.unflatten(0, clips.shape[:2]).mean(1)

    def encode(self, clips: torch.Tensor, batch: Batch) -> list[torch.Tensor]:
        """What the heads of motion and of glimpses find in clips, H of (B, N), before their last layers and any
        caption."""
        clips = self.augmented(clips)
        encoded = self.discriminator.encode(clips, batch.times, glimpses=self.kind_of_step().glimpses)
        return [x for x in (encoded.motion, encoded.glimpses) if x is not None]

    def features(self, clips: torch.Tensor, batch: Batch) -> ClipFeatures:
        """What the discriminator makes of clips before any caption."""
        clips = self.augmented(clips)
        return self.discriminator.forward_features(clips, batch.times, glimpses=self.kind_of_step().glimpses)

    def augmented(self, clips: torch.Tensor) -> torch.Tensor:
        """Clips as the discriminator sees them."""
        shape = clips.shape[1:]
        if self.augments:
            draws = self.shard(
                lambda count: torch.rand(count, DRAWS, generator=self.rng, device=self.device), len(clips)
            )
            clips = augment(clips, draws.to(clips.dtype))
        if self.config.instance_noise:
            noise = self.shard(
                lambda count: (
                    torch.rand(count, 1, 1, 1, 1, generator=self.rng, device=self.device)
                    * torch.randn(count, *shape, generator=self.rng, device=self.device)
                ),
                len(clips),
            )
            clips = clips + self.config.instance_noise * noise
        return clips

    def embed_captions(self, batch: Batch) -> CaptionFeatures:
        """The captions of B clips, and R negative ones for each: features of (1 + R, B) captions, the right ones
        first."""
        tokens = torch.cat([batch.tokens[None], batch.negatives])  # (1 + R, B, L)
        return self.discriminator.embed_caption(tokens.flatten(0, 1)).map(lambda x: x.unflatten(0, tokens.shape[:2]))

    def discriminate(self, clips: torch.Tensor, batch: Batch, captions: CaptionFeatures) -> DiscriminatorOutput:
        """Clips (B, T, 3, H, W) and features of (1 + R, B) captions -> scores, and how well captions are told."""
        discriminator, scale = self.discriminator, self.config.caption_scale
        features = self.features(clips, batch)
        group = torch.arange(len(clips), device=clips.device) // self.config.caption_group
        itself = torch.eye(len(clips), dtype=torch.bool).to(clips.device)
        same = (batch.tokens[:, None] == batch.tokens).all(2) & ~itself
        masked = same | (group[:, None] != group)  # (B, B), what says the same is no negative
        pairs = scale * discriminator.fits(features.map(lambda x: x[:, None]), right(captions))  # (B, B, H)
        pairs = pairs.masked_fill(masked[..., None], -torch.inf)
        infonce = [losses.infonce_loss(x, torch.arange(len(x), device=x.device)) for x in pairs.unbind(2)]  # H of (B,)
        fits = scale * discriminator.fits(features, captions)  # (1 + R, B, H)
        same_words = (batch.negatives == batch.tokens).all(2)  # (R, B)
        negatives = fits[1:].masked_fill(same_words[..., None], -torch.inf)
        of_heads = zip(fits[0].unbind(1), negatives.transpose(0, 1).unbind(2), strict=True)  # (B,) and (B, R)
        hard = [losses.hard_negative_loss(own, others) for own, others in of_heads]
        alignment = sum(infonce[1:], infonce[0]) + self.config.hard_negative_weight * sum(hard[1:], hard[0])
        return DiscriminatorOutput(discriminator.score(features, right(captions)), alignment)


def right(captions: CaptionFeatures) -> CaptionFeatures:
    """Of features of (1 + R, B) captions those of the right ones (B)."""
    return captions.map(lambda x: x[0])
