"""Adversarial losses and penalties as pure functions of scores. Scores are (B,); a higher score means more real."""

import torch
from torch.nn.functional import softplus


def relativistic_discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Real should beat its fake partner (same caption, same times): R3GAN, Huang et al. 2024, eq. 2."""
    return softplus(fake - real).mean()


def relativistic_generator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """The fake should beat its real partner."""
    return softplus(real - fake).mean()


def mismatch_loss(right: torch.Tensor, wrong: torch.Tensor) -> torch.Tensor:
    """A real clip should score higher with its own caption than with a wrong one (after TFGAN, Balaji et al. 2019)."""
    return softplus(wrong - right).mean()


def gradient_penalty(scores: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Zero-centred penalty: the squared gradient of each score by its own input, all non-batch axes summed, batch mean.

    On real inputs it is R1, on generated ones R2 (Mescheder et al. 2018). `inputs` must require gradients. The result
    can be differentiated again.
    """
    (gradient,) = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()
