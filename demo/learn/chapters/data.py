"""Chapter 2: the tutorial's formulas of motion beside ours, a motion made by hand, and what is held out."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageDraw

from demo.learn import drawing
from demo.learn.chapters import story
from demo.learn.chapters.players import grammar_of
from demo.learn.drawing import STRIP_PX
from demo.locale.translate import N_, _, translate
from demo.ui.film import film
from t2v.checkpoint.release import first_world
from t2v.config import FRAMES
from t2v.data import scenes
from t2v.data.grammar import CLASSIC_GRAMMAR, GRAMMARS, Attributes, combinations, is_held_out
from t2v.data.render import render
from t2v.evaluation.geometric.reader import read
from t2v.evaluation.report import say_known_before
from t2v.media.clips import to_uint8

if TYPE_CHECKING:
    from t2v.sampler import Sampler

SIDE_PX, STEP_PX, RADIUS_PX, CENTRE_PX = 64, 5, 5, 32  # of the tutorial
STEP_SIGNS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
MOST_TRAVEL, MOST_RADIUS = 0.75, 0.22
NAMES_PX, TOP_PX, CELL_PX, GAP_PX = 230, 22, (10, 15), 6  # of the map of combinations; a cell's width and height
THEIRS = N_("The tutorial's formulas: {blank} of {frames} frames are blank")
OURS = N_("Ours: {blank} of {frames} frames are blank")


def tutorial_centre(motion: str, frame: int) -> tuple[int, int]:
    """Where the tutorial's formulas put the circle, in pixels. `%` makes a negative step a long positive one."""
    words = motion.split(" ")
    if words[0] == "moving":
        signs = [STEP_SIGNS[part] for part in words[-1].split("-")]
        across, down = (sum(axis) for axis in zip(*signs, strict=True))
        return CENTRE_PX + across * STEP_PX * frame % SIDE_PX, CENTRE_PX + down * STEP_PX * frame % SIDE_PX
    gone = STEP_PX * frame % SIDE_PX
    along = {
        "bouncing": CENTRE_PX - abs(gone - CENTRE_PX),
        "zigzagging": CENTRE_PX + (gone if frame % 2 else -gone),
    }.get(words[0])
    if along is None:  # turning, shrinking and expanding circles stand still
        return CENTRE_PX, CENTRE_PX
    across = CENTRE_PX if words[0] == "zigzagging" else 0  # zigzags add the centre twice
    if words[1] == "vertically":
        return CENTRE_PX, CENTRE_PX + along
    return CENTRE_PX + along, CENTRE_PX + across


def tutorial_clip(motion: str) -> np.ndarray:
    """The clip (T, H, W, 3) that these formulas make, with the circle drawn, which the tutorial forgets."""
    frames = []
    for k in range(FRAMES):
        frame = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
        x, y = tutorial_centre(motion, k)
        ImageDraw.Draw(frame).ellipse((x - RADIUS_PX, y - RADIUS_PX, x + RADIUS_PX, y + RADIUS_PX), "red")
        frames.append(np.asarray(frame))
    return np.stack(frames)


def blank_frames(clip: np.ndarray) -> int:
    """How many frames (T, H, W, 3) show nothing but white."""
    return int((clip.min((1, 2, 3)) == 255).sum())


def count_tutorial() -> dict[str, int]:
    """Over the tutorial's 18 prompts: frames, blank frames, and clips that differ from each other."""
    clips = [tutorial_clip(attributes.motion) for attributes in combinations("classic")]
    return {
        "frames": len(clips) * FRAMES,
        "blank": sum(map(blank_frames, clips)),
        "clips": len(clips),
        "distinct": len({clip.tobytes() for clip in clips}),
    }


def formulas(motion: str, seed: int) -> str:
    """The same caption by the tutorial's formulas and by ours, with its blank frames counted."""
    theirs = tutorial_clip(motion)
    drawn = scenes.from_attributes("classic", [Attributes("circle", motion)], seed=seed)
    ours = to_uint8(render(drawn, frames=FRAMES, frame_size_px=SIDE_PX))[0]
    figures = []
    for words, clip in ((THEIRS, theirs), (OURS, ours)):
        label = _(words, blank=blank_frames(clip), frames=FRAMES)
        figures.append(drawing.captioned(film(clip, alt=label, screen_px=drawing.SMALL_PX, frame_px=STRIP_PX), label))
    return drawing.row(*figures) + drawing.paragraph(
        _(
            "Over its 18 prompts the tutorial's formulas give {blank} blank frames of {frames}, and "
            "only {distinct} different clips of {clips}. Its published code also forgets to draw the "
            "circle, so all were blank.",
            **count_tutorial(),
        )
    )


def by_hand(angle_degrees: float, travel: float, radius: float) -> str:
    """A motion from three numbers: its frames, the tensor, and the caption that the reader finds in them.

    The angle goes from right (0) by up (90); travel and radius are shares of the frame.
    """
    travel, radius = min(max(travel, 0.0), MOST_TRAVEL), min(max(radius, 0.05), MOST_RADIUS)
    step = torch.tensor([math.cos(math.radians(angle_degrees)), -math.sin(math.radians(angle_degrees))]) * travel
    shares = torch.linspace(0, 1, 4)
    scene = scenes.Scenes(
        shape=torch.zeros(1, dtype=torch.long),
        rgb=torch.tensor([scenes.COLOUR_RGB["red"]]) / 255,
        knot_times=shares[None],
        knots=(0.5 - step / 2 + shares[:, None] * step)[None],
        radius=torch.full((1, 2), radius),
        angle=torch.zeros(1, 2),
        wedge=torch.zeros(1, dtype=torch.bool),
    )
    clips = render(scene, frames=FRAMES, frame_size_px=SIDE_PX)  # (1, T, 3, H, W)
    frames = to_uint8(clips)
    reading = read(frames)[0]
    speed = reading.speed if reading.speed in GRAMMARS["shapes"].speeds else None
    words = (reading.size if reading.size != "between" else None, reading.colour, reading.shape, reading.motion, speed)
    caption = (
        " ".join(word for word in words if word) if reading.motion else _("none: this is no motion of the grammar")
    )
    x, y = SIDE_PX // 2, SIDE_PX // 2
    values = ", ".join(f"{v:.2f}" for v in clips[0, 0, :, y, x].tolist())
    rows = [
        (_("caption that the reader finds"), caption),
        (
            _("tensor (clip, frame, colour, row, column)"),
            f"{tuple(clips.shape)}, {clips.min():.2f} … {clips.max():.2f}",
        ),
        (_("red, green, blue of pixel {x}, {y} in frame 0", x=x, y=y), values),
    ]
    return drawing.strip(frames[0], alt=caption) + drawing.table(("", ""), rows)


def held_out(sampler: "Sampler", prompt: str) -> str:
    """Every combination of the checkpoint's grammar as a cell; those that training never saw are filled. Of stories who
    chases whom."""
    grammar = grammar_of(sampler)
    if grammar not in GRAMMARS:
        return story.pairs()
    words, wanted = GRAMMARS[grammar], GRAMMARS[grammar].parse(sampler.normal_form(prompt))
    things = [(s, c) for s in words.shapes for c in words.colours or (None,)]
    rows = []
    for motion in words.motions:
        cells = []
        for shape, colour in things:
            shown = str(colour or words.implied_colour)
            held = is_held_out(grammar, Attributes(shape, motion, colour=colour))
            here = (shape, motion, wanted.colour or colour) == (wanted.shape, wanted.motion, colour)
            title = " ".join(filter(None, (colour, shape, motion)))
            cells.append(drawing.Cell(title, f"rgb{scenes.COLOUR_RGB[shown]}" if held else "none", here))
        rows.append((motion.removeprefix("moving "), cells))
    never = len(combinations(grammar, held_out=True))
    sentence = _(
        "Filled cells were never shown in training: {never} of {of} combinations of a motion with a shape and a "
        "colour. The prompt's are framed.",
        never=never,
        of=never + len(combinations(grammar)),
    )
    sentences = (sentence, translate(say_known_before(first_world(grammar, sampler.release.training))))
    paragraphs = "".join(drawing.paragraph(one) for one in sentences if one)
    return combination_map(words.shapes, rows, label=sentence) + paragraphs


def combination_map(shapes: Sequence[str], rows: Sequence[tuple[str, Sequence[drawing.Cell]]], *, label: str) -> str:
    """Named rows of cells, as many for each shape, in two halves side by side: so the names can be large."""
    half, each = -(-len(rows) // 2), len(rows[0][1]) // len(shapes)
    width = NAMES_PX + len(shapes) * (each * CELL_PX[0] + GAP_PX)
    parts = []
    for i, (name, cells) in enumerate(rows):
        left, y = i // half * width + NAMES_PX, TOP_PX + i % half * CELL_PX[1]
        parts.append(drawing.text(left - 6, y + 0.8 * CELL_PX[1], name, anchor="end"))
        for j, cell in enumerate(cells):
            x = left + j * CELL_PX[0] + j // each * GAP_PX
            if i % half == 0 and j % each == 0:
                parts.append(drawing.text(x, TOP_PX - 6, shapes[j // each]))
            parts.append(drawing.cell_at(x, y, cell, width=CELL_PX[0] - 2, height=CELL_PX[1] - 2))
    return drawing.svg("".join(parts), width=2 * width, height=TOP_PX + half * CELL_PX[1], label=label)


def motions() -> list[str]:
    """The tutorial's motions."""
    return list(CLASSIC_GRAMMAR.motions)
