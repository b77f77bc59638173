"""Chapter 4, the layered generator: what each layer hears, what it looks like, where it goes, and the composite.

All is of one clip. Places reach from -1 to 1, x to the right and y down; colours are in [-1, 1].
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from demo.learn import drawing
from demo.learn.attention import OVER_TIME, Attention, attention_curves, attention_of
from demo.locale.translate import _
from t2v.config import FRAMES, TRUNCATION
from t2v.data.scenes import times_of
from t2v.media.clips import to_uint8
from t2v.models.compositing import Trajectory, interpolate_keyframes, resize, visibility, warp
from t2v.models.generator import Generator

if TYPE_CHECKING:
    from t2v.sampler import Sampler

PLOT_PX = 190
CHECKER_PX = 2  # side of the squares behind what is transparent
INSIDE_RGB, OUTSIDE_RGB = (245, 158, 11), (99, 102, 241)
PATH, BOX, NOW = "#f59e0b", "#6366f1", "#dc2626"


class Stages(NamedTuple):
    """All that the generator makes on its way to a clip of K layers; poses and pictures are those of one instant."""

    attention: Attention
    sentence: torch.Tensor  # (D,)
    noise: torch.Tensor  # (K + 1, N), the last row is the background's
    colours: torch.Tensor  # (K, 3, S, S)
    distance: torch.Tensor  # (K, S, S), how far inside its edge, in pixels of the texture
    cover: torch.Tensor  # (K, S, S), alpha of the texture
    trajectory: Trajectory  # (K, I + 1, ...)
    pose: Trajectory  # (K, ...)
    presence: torch.Tensor  # (K,)
    depth: torch.Tensor  # (K,)
    background: torch.Tensor  # (3, H, W)
    placed: torch.Tensor  # (K, 3, H, W), colours where the pose puts them
    alpha: torch.Tensor  # (K, H, W), how much of each pixel shows the layer
    frame: np.ndarray  # (H, W, 3) uint8
    clip: np.ndarray  # (T, H, W, 3) uint8


def noise_of(generator: Generator, seed: int, direction: float, frames: int) -> torch.Tensor:
    """The noise of a clip, moved along a direction of its own that the seed decides: 0 is the clip itself."""
    rng = torch.Generator().manual_seed(seed)
    noise = generator.make_noise(rng, 1, frames, truncation=TRUNCATION)
    way = torch.randn(noise.shape[-1], generator=rng)
    return noise + direction * way


@torch.no_grad()
def stages(sampler: "Sampler", prompt: str, seed: int, instant: float, direction: float) -> Stages:
    """The stages of this prompt's clip at this instant, from 0 to 1."""
    g, side = sampler.release.generator, sampler.release.model.frame_size_px
    K, S = g.config.layers, g.config.texture_size_px
    reading = g.read(sampler.release.vocabulary.encode([sampler.normal_form(prompt)]))
    noise = noise_of(g, seed, direction, FRAMES)
    scene, now = g.scene(noise, reading), torch.tensor([[instant]])
    placed, alpha = torch.zeros(0, 3, side, side), torch.zeros(0, side, side)
    if K:
        placed, cover = (x[0, :, 0] for x in warp(scene, now, side, g.config.edge_sharpness))  # (K, 3 or 1, H, W)
        alpha = visibility(cover[None], scene.depth)[0, :, 0]
    textures = interpolate_keyframes(scene.textures[0], now.expand(K, 1)) if K else torch.zeros(0, 1, 4, S, S)
    return Stages(
        attention=attention_of(sampler, prompt),
        sentence=reading.sentence[0],
        noise=noise[0],
        colours=textures[:, 0, :3],
        distance=textures[:, 0, 3],
        cover=torch.sigmoid(g.config.edge_sharpness * textures[:, 0, 3]),
        trajectory=Trajectory(*(x[0] for x in scene.trajectory)),
        pose=Trajectory(*(x[0, :, 0] for x in scene.trajectory.at(now))),
        presence=scene.presence[0],
        depth=scene.depth[0],
        background=resize(interpolate_keyframes(scene.background, now), side)[0, 0],
        placed=placed,
        alpha=alpha,
        frame=to_uint8(g.render(scene, now, side))[0, 0],
        clip=to_uint8(g.render(scene, times_of(FRAMES)[None], side))[0],
    )


def show_stages(stages: Stages, instant: float) -> str:
    """All stages as figures: words and noise, layer by layer, the composite, and the clip."""

    def numbers(label: str, values: torch.Tensor) -> str:
        return drawing.captioned(drawing.numbers(values.flatten().numpy(), alt=label), label)

    def picture(label: str, pixels: np.ndarray) -> str:
        return drawing.captioned(drawing.picture(pixels, alt=label), label)

    words, noise = numbers(_("1 the sentence as numbers"), stages.sentence), numbers(_("2 the noise"), stages.noise)
    parts = [drawing.row(words, noise)]
    for layer in range(len(stages.presence)):
        if len(stages.presence) > 1:
            heading = _("Layer {layer}", layer=layer + 1)
            parts.append(f"<h3>{heading}</h3>")
        parts.append(show_layer(stages, layer, instant))
    background = picture(_("9 background"), picture_of(stages.background))
    parts.append(drawing.row(background, picture(_("10 composite: the frame"), stages.frame)))
    whole = _("The whole clip: one noise, ten times")
    return "".join(parts) + drawing.captioned(drawing.strip(stages.clip, alt=whole), whole)


def show_layer(stages: Stages, layer: int, instant: float) -> str:
    """One layer: attention, appearance, distance, trajectory, pose and alpha."""

    def picture(label: str, pixels: np.ndarray) -> str:
        return drawing.captioned(drawing.picture(pixels, alt=label, width_px=PLOT_PX), label)

    pose = _("7 the path, and where the appearance is laid now")
    figures = drawing.row(
        drawing.captioned(attention_curves(stages.attention, layer, instant=instant), _(OVER_TIME)),
        picture(
            _("4 appearance: colours, where alpha lets them be seen"),
            over_checker(stages.colours[layer], stages.cover[layer]),
        ),
        picture(_("5 distance to the edge: amber inside, indigo outside"), distance_picture(stages.distance[layer])),
        drawing.captioned(trajectory_curves(stages.trajectory, layer, instant), _("6 trajectory over time; red: now")),
        drawing.captioned(pose_plot(stages, layer, pose), pose),
        picture(_("8 the layer now, over nothing"), over_checker(stages.placed[layer], stages.alpha[layer])),
    )
    x, y = ((stages.pose.position[layer] + 1) / 2).tolist()
    values = _(
        "Position {x:.2f}, {y:.2f}; size {size:.2f}; turned by {turn:.2f} turns; presence {presence:.2f}; depth "
        "{depth:.2f}.",
        x=x,
        y=y,
        size=float(stages.pose.size[layer]),
        turn=drawing.positive_zero(float(stages.pose.angle[layer]) / (2 * math.pi)),
        presence=float(stages.presence[layer]),
        depth=float(stages.depth[layer]),
    )
    return figures + drawing.paragraph(values)


def trajectory_curves(trajectory: Trajectory, layer: int, instant: float) -> str:
    """Where the layer is over time (0 to 1 across the frame), how large, and how far it has turned (in turns)."""
    lines = {
        "x": (trajectory.position[layer, :, 0] + 1) / 2,
        "y": (trajectory.position[layer, :, 1] + 1) / 2,
        _("size"): trajectory.size[layer],
        _("turns"): trajectory.angle[layer] / (2 * math.pi),
    }
    times = times_of(trajectory.size.shape[1]).tolist()
    plotted: drawing.Lines = {name: list(zip(times, values.tolist(), strict=True)) for name, values in lines.items()}
    return drawing.curves(plotted, label=_("6 trajectory over time; red: now"), mark=instant)


def pose_plot(stages: Stages, layer: int, label: str) -> str:
    """The layer's path over the frame, and the square of its texture now; a line in it points to the texture's top."""

    def on_plot(position: torch.Tensor) -> tuple[float, float]:
        x, y = (PLOT_PX * (position + 1) / 2).tolist()
        return x, y

    centre, size, angle = (x[layer] for x in stages.pose)
    across = size * torch.stack([angle.cos(), angle.sin()])  # from the middle to the middle of the right side
    down = size * torch.stack([-angle.sin(), angle.cos()])
    corners = [on_plot(centre + i * across + j * down) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    path = [on_plot(point) for point in stages.trajectory.position[layer]]
    picture = f'<image href="{drawing.png(stages.frame)}" width="{PLOT_PX}" height="{PLOT_PX}" opacity="0.4"/>'
    frame = f'<rect x="0.5" y="0.5" width="{PLOT_PX - 1}" height="{PLOT_PX - 1}" fill="none" stroke="#999"/>'
    parts = [picture, frame, drawing.line(path, PATH), drawing.dot(*path[0], PATH)]
    parts += [drawing.line(corners, BOX, closed=True), drawing.line([on_plot(centre), on_plot(centre - down)], BOX)]
    parts += [drawing.dot(*on_plot(centre), NOW)]
    return drawing.svg("".join(parts), width=PLOT_PX, height=PLOT_PX, label=label)


def picture_of(colours: torch.Tensor) -> np.ndarray:
    """Colours (3, H, W) -> (H, W, 3) uint8."""
    return to_uint8(colours[None])[0]


def over_checker(colours: torch.Tensor, alpha: torch.Tensor) -> np.ndarray:
    """Colours (3, H, W) where alpha (H, W) lets them be seen, else a grey checkerboard: (H, W, 3) uint8."""
    H, W = alpha.shape
    square = max(CHECKER_PX, H // 8)
    odd = (torch.arange(H)[:, None] // square + torch.arange(W) // square) % 2
    return picture_of(torch.lerp(0.55 + 0.25 * odd.float().expand(3, -1, -1), colours.clamp(-1, 1), alpha))


def distance_picture(distance: torch.Tensor) -> np.ndarray:
    """Distance inside the edge (S, S) -> amber inside, indigo outside, white at the edge: (S, S, 3) uint8."""
    strength = (distance.abs() / distance.abs().max().clamp(min=1e-6))[..., None]  # (S, S, 1)
    full = torch.where(distance[..., None] > 0, torch.tensor(INSIDE_RGB), torch.tensor(OUTSIDE_RGB))
    return (255 + (full - 255) * strength).round().byte().numpy()
