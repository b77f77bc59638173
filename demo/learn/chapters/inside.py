"""Chapter 4: the generator from inside. Text, noise and a time go in; each stage of the way to a picture is shown.

The layered video GAN composites layers over a background; the tutorial's network lets 8x8 pixels grow to 64x64.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.chapters.stages import noise_of, show_stages, stages
from demo.locale.translate import _
from t2v.config import FRAMES
from t2v.media.clips import to_uint8

if TYPE_CHECKING:
    from t2v.sampler import Sampler

MAPS_SHOWN = 8  # of a layer, the strongest


def show(sampler: "Sampler", prompt: str, seed: int, instant: float, direction: float) -> str:
    """Every stage for this prompt at this instant of the clip, from 0 to 1."""
    instant = min(max(instant, 0.0), 1.0)
    if sampler.release.model.kind == "baseline":
        return stages_of_baseline(sampler, prompt, int(seed), instant, direction)
    return show_stages(stages(sampler, prompt, int(seed), instant, direction), instant)


@torch.no_grad()
def baseline_stages(sampler: "Sampler", prompt: str, seed: int, instant: float, direction: float) -> list[torch.Tensor]:
    """The feature maps of one frame (C, H, W) after each layer: 8x8, 16x16, 32x32, and the picture (3, 64, 64)."""
    g = sampler.release.generator
    text = g.text(sampler.release.vocabulary.encode([sampler.normal_form(prompt)]))
    noise = noise_of(g, seed, direction, FRAMES)[0, round(instant * (FRAMES - 1))][None]  # each frame has its own
    x = g.frame.fc1(torch.cat([noise, text], 1)).view(256, 8, 8)
    maps = [x]
    for layer in (g.frame.deconv1, g.frame.deconv2):
        maps.append(torch.relu(layer(maps[-1][None]))[0])
    return [*maps, torch.tanh(g.frame.deconv3(maps[-1][None]))[0]]


def strongest(maps: torch.Tensor) -> np.ndarray:
    """The channels (C, H, W) that vary most, as grey pictures (N, H, W, 3) uint8."""
    picked = maps[maps.flatten(1).var(1).argsort(descending=True)[:MAPS_SHOWN]]
    low, high = picked.amin((1, 2), keepdim=True), picked.amax((1, 2), keepdim=True)
    grey = (255 * (picked - low) / (high - low).clamp(min=1e-9)).byte()
    return grey[..., None].expand(-1, -1, -1, 3).numpy()


def stages_of_baseline(sampler: "Sampler", prompt: str, seed: int, instant: float, direction: float) -> str:
    *maps, picture = baseline_stages(sampler, prompt, seed, instant, direction)
    figures = []
    for layer in maps:
        label = _("{side}x{side}: the strongest of {channels} maps", side=layer.shape[1], channels=layer.shape[0])
        figures.append(
            drawing.captioned(drawing.strip(strongest(layer), alt=label, width_px=640, playing=False), label)
        )
    label = _("the picture")
    figures.append(drawing.captioned(drawing.picture(to_uint8(picture[None])[0], alt=label), label))
    whole = sampler([prompt], seeds=[seed])[0]
    figures.append(drawing.captioned(drawing.strip(whole, alt=label), _("The whole clip: ten noises, no time")))
    return "".join(figures)
