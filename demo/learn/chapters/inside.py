"""Chapter 4: the generator from inside. Text, noise and a time go in; each stage of the way to a picture is shown.

The video GAN draws an outline, puts it somewhere, and fills it; the tutorial's network lets 8x8 pixels grow to 64x64.
"""

import math

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.speech import say
from t2v.config import FRAMES, TRUNCATION
from t2v.data.grammar import split_words
from t2v.data.scenes import times_of
from t2v.media.clips import to_uint8
from t2v.models.video_gan import EDGE, INSTANTS, at_turns, cut

PLOT_PX = 190
MAPS_SHOWN = 8  # of a layer, the strongest
STAGES = (
    "words", "noise", "code", "outline", "colour", "heard", "over_time", "track", "coordinates", "cover", "frame",
)  # fmt: skip


def noise_of(generator, seed: int, direction: float, frames: int) -> torch.Tensor:
    """The noise of a clip, moved along a direction of its own that the seed decides: 0 is the clip itself."""
    rng = torch.Generator().manual_seed(seed)
    noise = generator.make_noise(rng, 1, frames, truncation=TRUNCATION)
    way = torch.randn(noise.shape[-1], generator=rng)
    return noise + direction * way


def show(sampler, prompt: str, seed: int, instant: float, direction: float, language: str) -> str:
    """Every stage for this prompt at this instant of the clip, from 0 to 1."""
    parts = stages_of_video if sampler.release.model.kind == "video" else stages_of_baseline
    return parts(sampler, prompt, int(seed), min(max(instant, 0.0), 1.0), direction, language)


@torch.no_grad()
def video_stages(sampler, prompt: str, seed: int, instant: float, direction: float) -> dict:
    """What the video GAN computes on its way: plain tensors, all of one clip.

    words (text_size,), noise (N,) and code (code_size,): what the clip is made of; heard (N, L): how
    much each word is heard at N instants; radii (ANGLES + 1,) of the outline; centre (2,), radius and turn at the
    instant, lengths as shares of the frame; instants (M,), track (M, 2) of the centre, radii_over_time (M,) and
    turns_over_time (M,) then; across and down (H, W), the object's own coordinates; cover (H, W); colour and ground
    (3,) in [-1, 1]; frame (H, W, 3) and clip (T, H, W, 3) uint8.
    """
    g, side = sampler.release.generator, sampler.release.model.frame_size_px
    tokens = sampler.release.vocabulary.encode([sampler.normal_form(prompt)])
    said = g.text(tokens)
    noise = noise_of(g, seed, direction, FRAMES)
    sketch = g.sketch(noise, said)
    now = torch.tensor([[instant]])
    centre, radius, turned = sketch.at(now)
    distance, turns, radius_px = sketch.seen_from_within(now, side)
    cover = torch.sigmoid(EDGE * (at_turns(sketch.radii, turns) - distance) * radius_px)[0, 0]
    angle = (turns[0, 0] - 0.5) * 2 * math.pi
    return {
        "words": said[0, : sampler.release.model.text_size],
        "noise": noise[0],
        "code": g.code(noise, said)[0],
        "heard": g.text.heard(tokens)[0],
        "radii": sketch.radii[0],
        "centre": (centre[0, 0] + 1) / 2,
        "radius": float(radius[0, 0]) / 2,
        "turn": float(turned[0, 0]),
        "instants": times_of(INSTANTS + 1),
        "track": (sketch.centre[0] + 1) / 2,
        "radii_over_time": sketch.radius[0] / 2,
        "turns_over_time": sketch.turned[0],
        "across": distance[0, 0] * angle.cos(),
        "down": distance[0, 0] * angle.sin(),
        "cover": cover,
        "colour": sketch.colour[0],
        "ground": cut(g.ground),
        "frame": to_uint8(g.draw(sketch, now, side))[0, 0],
        "clip": to_uint8(g.draw(sketch, times_of(FRAMES)[None], side))[0],
    }


def polygon(radii: torch.Tensor, x: float, y: float, radius: float, turn: float, *, fill: str, edge: str) -> str:
    """The outline at (x, y), its radius in the plot's units, turned by `turn` turns."""
    corners = []
    for k, r in enumerate(radii[:-1:2].tolist()):
        angle = 2 * math.pi * (2 * k / (len(radii) - 1) - 0.5 + turn)
        corners.append((x + radius * r * math.cos(angle), y + radius * r * math.sin(angle)))
    return drawing.line(corners, edge, closed=True, fill=fill)


def rgb(colour: torch.Tensor) -> str:
    return "rgb({}, {}, {})".format(*((colour.clamp(-1, 1) + 1) * 127.5).round().int().tolist())


def stages_of_video(sampler, prompt: str, seed: int, instant: float, direction: float, language: str) -> str:
    found = video_stages(sampler, prompt, seed, instant, direction)
    middle, reach = PLOT_PX / 2, PLOT_PX * 0.22
    frame = '<rect x="0.5" y="0.5" width="{0}" height="{0}" fill="none" stroke="#999"/>'.format(PLOT_PX - 1)
    circle = f'<circle cx="{middle}" cy="{middle}" r="{reach}" fill="none" stroke="#999" stroke-dasharray="3 3"/>'
    outline = frame + circle + polygon(found["radii"], middle, middle, 2 * reach / 2, 0, fill="none", edge="#6366f1")
    x, y = (PLOT_PX * found["centre"]).tolist()
    track = [tuple(point) for point in (PLOT_PX * found["track"]).tolist()]
    placed = polygon(found["radii"], x, y, PLOT_PX * found["radius"], found["turn"], fill="none", edge="#6366f1")
    places = frame + drawing.line(track, "#f59e0b") + drawing.dot(*track[0], "#f59e0b") + placed
    places += drawing.dot(x, y, "#dc2626")
    size = {"width": PLOT_PX, "height": PLOT_PX}
    own = torch.stack([found["across"], found["down"], torch.zeros_like(found["cover"])], -1)
    coordinates = ((own / 6).clamp(-0.5, 0.5) + 0.5).mul(255).byte().numpy()
    cover = (255 * found["cover"][..., None].expand(-1, -1, 3)).byte().numpy()
    swatches = "".join(
        f'<rect x="{10 + 90 * k}" y="30" width="80" height="{PLOT_PX - 60}" fill="{rgb(c)}" stroke="#999"/>'
        for k, c in enumerate((found["colour"], found["ground"]))
    )
    names = {name: say(language, f"inside_{name}") for name in STAGES}
    plotted = {
        "x": found["track"][:, 0],
        "y": found["track"][:, 1],
        say(language, "inside_radius"): found["radii_over_time"],
        say(language, "inside_turn"): found["turns_over_time"],
    }
    lines = {name: list(zip(found["instants"].tolist(), row.tolist(), strict=True)) for name, row in plotted.items()}
    words = split_words(sampler.normal_form(prompt))
    heard = {
        f"{k} {word}": list(zip(times_of(INSTANTS).tolist(), found["heard"][:, k - 1].tolist(), strict=True))
        for k, word in enumerate(words, 1)
    }
    bodies = {
        **{name: drawing.numbers(found[name].numpy(), alt=names[name]) for name in ("words", "noise", "code")},
        "outline": drawing.svg(outline, label=names["outline"], **size),
        "colour": drawing.svg(swatches, label=names["colour"], **size),
        "heard": drawing.curves(heard, label=names["heard"], mark=instant),
        "over_time": drawing.curves(lines, label=names["over_time"], mark=instant),
        "track": drawing.svg(places, label=names["track"], **size),
        "coordinates": drawing.picture(coordinates, alt=names["coordinates"], width_px=PLOT_PX),
        "cover": drawing.picture(cover, alt=names["cover"], width_px=PLOT_PX),
        "frame": drawing.picture(found["frame"], alt=names["frame"], width_px=PLOT_PX),
    }
    said = say(language, "inside_numbers", x=x / PLOT_PX, y=y / PLOT_PX, radius=found["radius"], turn=found["turn"])
    whole = drawing.strip(found["clip"], alt=say(language, "inside_clip"))
    row = drawing.row(*(drawing.captioned(body, names[name]) for name, body in bodies.items()))
    return row + drawing.paragraph(said) + drawing.captioned(whole, say(language, "inside_clip"))


@torch.no_grad()
def baseline_stages(sampler, prompt: str, seed: int, instant: float, direction: float) -> list[torch.Tensor]:
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


def stages_of_baseline(sampler, prompt: str, seed: int, instant: float, direction: float, language: str) -> str:
    *maps, picture = baseline_stages(sampler, prompt, seed, instant, direction)
    figures = []
    for layer in maps:
        said = say(language, "inside_maps", side=layer.shape[1], channels=layer.shape[0])
        figures.append(drawing.captioned(drawing.strip(strongest(layer), alt=said, width_px=640, playing=False), said))
    said = say(language, "inside_picture")
    figures.append(drawing.captioned(drawing.picture(to_uint8(picture[None])[0], alt=said), said))
    whole = sampler([prompt], seeds=[seed])[0]
    figures.append(drawing.captioned(drawing.strip(whole, alt=said), say(language, "inside_clip_baseline")))
    return "".join(figures)
