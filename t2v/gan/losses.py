"""Losses and penalties as pure functions of scores; a higher score means more real, or a better fit.

B clips, H heads of the discriminator, R negative captions a clip. Nothing here is reduced over H.
"""

import torch
from torch.nn.functional import cross_entropy, softplus


def relativistic_discriminator_losses(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Each real clip should beat its fake partner (same caption, same times), any shape: R3GAN, Huang et al. 2024,
    eq. 2."""
    return softplus(fake - real)


def relativistic_generator_losses(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Each fake should beat its real partner, any shape."""
    return softplus(real - fake)


def infonce_loss(logits: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """How hard it is to find each clip's own caption (B,): logits (B, C) of B clips with C captions, own (B,) columns.

    Cross-entropy over the captions, InfoNCE (van den Oord et al. 2018), as XMC-GAN (Zhang et al. 2021) trains text and
    picture together; -inf where a caption is no negative.
    """
    return cross_entropy(logits, own, reduction="none")


def hard_negative_loss(own: torch.Tensor, negatives: torch.Tensor) -> torch.Tensor:
    """How far its negative captions are from being beaten (B,): own (B,) logits, negatives (B, R).

    Each counts by itself: in `infonce_loss` one hard negative of many, such as the other sense of turning, is hardly
    felt.
    """
    return softplus(negatives - own[:, None]).sum(1) / max(1, negatives.shape[1])


def energy_score_losses(real: torch.Tensor, fake: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """How far two fakes of one caption are from the real clip, less how far they are from each other (B,).

    Features (B, C) each. The energy score (Gneiting and Raftery 2007, eq. 21) is least where fakes differ among
    themselves as much as real clips of their caption do, and one real clip of a caption is enough for it. In units of
    the mean distance between real clips.
    """
    unit = torch.cdist(real, real).mean().detach() + 1e-6
    return (_distances(real, fake) + _distances(real, other) - _distances(fake, other)) / (2 * unit)


def policy_loss(price: torch.Tensor, logits: torch.Tensor, *, sure: float) -> torch.Tensor:
    """Lowers the logits (B,) of what has a price (B,), and raises those of what saves one: a policy gradient (Williams
    1992). What is `sure` is not pushed further, or it would take long to come back when the answer changes."""
    return (price * torch.where(price > 0, logits.clamp(min=-sure), logits.clamp(max=sure))).mean()


def unevenness(backgrounds: torch.Tensor) -> torch.Tensor:
    """How far backgrounds (B, G, 3, h, w) are from having one colour each, mean square."""
    return (backgrounds - backgrounds.mean((3, 4), keepdim=True)).square().mean()


def _distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Of rows (B, C), each from its partner (B,); with a gradient where they are the same."""
    return ((a - b).square().sum(1) + 1e-6).sqrt()


def gradient_penalty(scores: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Zero-centred penalty: the squared gradient of each clip's scores by its own pixels, summed, batch mean.

    On real inputs it is R1, on generated ones R2 (Mescheder et al. 2018). `inputs` must require gradients. The result
    can be differentiated again.
    """
    (gradient,) = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()
