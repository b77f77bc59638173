"""Adversarial losses and penalties as pure functions of scores. Scores are (B,); a higher score means more real."""

import torch
from torch.nn.functional import cross_entropy, softplus


def relativistic_discriminator_losses(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Each real clip should beat its fake partner (same caption, same times) (B,): R3GAN, Huang et al. 2024, eq. 2."""
    return softplus(fake - real)


def relativistic_generator_losses(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Each fake should beat its real partner (B,)."""
    return softplus(real - fake)


def caption_loss(fits: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """How hard it is to find each clip's own caption (B,): fits (B, C) of B clips with C captions, own (B,) columns.

    Cross-entropy over the captions, InfoNCE (van den Oord et al. 2018), as XMC-GAN (Zhang et al. 2021) trains text and
    picture together; -inf where a caption is no rival.
    """
    return cross_entropy(fits, own, reduction="none")


def rival_loss(own: torch.Tensor, rivals: torch.Tensor) -> torch.Tensor:
    """How far its rivals are from being beaten (B,): own (B,) fits of clips with their captions, rivals (B, R).

    Each counts by itself: in `caption_loss` one hard rival of many, such as the other sense of turning, is hardly felt.
    """
    return softplus(rivals - own[:, None]).sum(1) / max(1, rivals.shape[1])


def gradient_penalty(scores: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Zero-centred penalty: the squared gradient of each score by its own input, all non-batch axes summed, batch mean.

    On real inputs it is R1, on generated ones R2 (Mescheder et al. 2018). `inputs` must require gradients. The result
    can be differentiated again.
    """
    (gradient,) = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()
