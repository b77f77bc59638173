"""How far clips are from what the layered model can draw, a few things that move over a ground that stays, and what
preset `own` chooses for them.

Measured on a sample of clips before training, so that nobody waits an hour to find out.
"""

import math
from collections.abc import Collection
from typing import NamedTuple

import cv2
import numpy as np

from t2v.config import MAX_LAYERS
from t2v.data.clip_folder import ClipFolder
from t2v.data.forms import unexplained_change
from t2v.media.clips import first_frame_size
from t2v.presets import preset
from t2v.system.messages import Counted, Message, join, value_error

SAMPLE_CLIPS = 40
CHANGED_LEVELS = 25  # of 255, in some channel: a pixel that differs so much from the clip's usual picture has changed
SMALLEST_SHARE = 0.004  # of the frame: smaller spots are noise
STILL, RESTLESS = 0.002, 0.5  # shares of changed pixels below and above which layers do not help
SMALL_SIDE_PX = 48  # smaller clips are drawn at 32 px
CHANGING = 0.2  # of the change from frame to frame that no warp explains: forms that only move are below
KEYFRAMES = 4  # for forms that change
PLAIN = 0.1  # of what never moves in a clip: less in other colours than the usual one, and its ground is plain
SMALLEST, LARGEST = 0.12, 0.5  # with which layers may begin
LAYERED_TIMES = 2  # as many steps for several layers, which are told apart late


class Choice(NamedTuple):
    """What preset `own` takes for one setting, as `--set` names it, and why."""

    setting: str
    value: float
    reason: Message


class Suitability(NamedTuple):
    """What a sample of clips is like."""

    clips: int  # in the whole folder
    side_px: int  # the shorter side as the files have it, usually
    moving_share: float  # of the pixels that differ from what is usually there, mean over frames
    things: int  # how many separate spots move at once, in the usual frame
    changing_share: float  # of the change from frame to frame that no warp explains, where one thing moves
    uneven_share: float = 1.0  # of the ground's pixels that differ from its usual colour, in the usual clip

    def choices(self) -> list[Choice]:
        """Size, layers, keyframes and steps for such clips."""
        usual = preset("own")
        side_px = 32 if self.side_px < SMALL_SIDE_PX else usual.model.frame_size_px
        layers = min(MAX_LAYERS, max(1, self.things))
        steps = usual.steps * (1 if layers == 1 else LAYERED_TIMES)
        keyframes = KEYFRAMES if self.changing_share > CHANGING else 1
        why = Message("forms change") if keyframes > 1 else Message("forms only move")
        length = Counted("{steps:,} steps for {n:,} clip", "{steps:,} steps for {n:,} clips", self.clips, steps=steps)
        of_forms = Counted("{n} keyframe ({why})", "{n} keyframes ({why})", keyframes, why=why)
        return [
            Choice("model.frame_size_px", side_px, Message("{side} px (files: {px})", side=side_px, px=self.side_px)),
            Choice("model.layers", layers, Counted("{n} layer for what moves", "{n} layers for what moves", layers)),
            Choice("model.keyframes", keyframes, of_forms),
            self._size_choice(layers),
            self._ground_choice(steps),
            Choice("steps", steps, length),
        ]

    def _size_choice(self, layers: int) -> Choice:
        """How large layers begin: as discs of the area that a thing has. Sizes are learned within about twice that."""
        model = preset("own").model
        radius = math.sqrt(4 * self.moving_share / layers / math.pi)  # the frame is 2 wide
        size = min(LARGEST, max(SMALLEST, radius / (model.first_disc * model.texture_margin)))
        return Choice("model.first_size", round(size, 2), Message("things {share:.0%} of a side across", share=radius))

    def plain_until(self, steps: int) -> int:
        """Until which of the steps backgrounds should have one colour each."""
        return steps if self.uneven_share < PLAIN else steps // 2

    def _ground_choice(self, steps: int) -> Choice:
        plain, patterned = Message("a ground of one colour"), Message("a ground with a pattern, from half way on")
        until = self.plain_until(steps)
        return Choice("plain_until_step", until, plain if until == steps else patterned)

    def say_choices(self, taken: Collection[str] | None = None) -> Message:
        """What preset `own` takes for such clips, and why: of all settings, or of those that are `taken`."""
        reasons = [choice.reason for choice in self.choices() if taken is None or choice.setting in taken]
        return Message("preset own takes for these clips: {choices}", choices=join(reasons, ", "))

    def sentence(self) -> Message:
        """What will come of it, for the person who waits."""
        if self.moving_share < STILL:
            return Message("hardly anything moves in these clips: the model will learn still pictures")
        if self.moving_share > RESTLESS:
            return Message(
                "{share:.0%} of the picture moves. The model draws up to {most} things over a ground that stays, so it "
                "will blur these clips; clips from a camera that stands still suit it",
                share=self.moving_share,
                most=MAX_LAYERS,
            )
        what = Counted(
            "{share:.0%} of the picture moves, usually {n} thing at once",
            "{share:.0%} of the picture moves, usually {n} things at once",
            self.things,
            share=self.moving_share,
        )
        if self.things > MAX_LAYERS:
            return Message(
                "{what}; the model draws up to {most}, so some will be left out or share a layer",
                what=what,
                most=MAX_LAYERS,
            )
        return Message("{what}: the model can draw such clips", what=what)


def suitability(folder: ClipFolder) -> Suitability:
    """Measured on clips of the folder, evenly taken from all of it; those that are broken are passed over."""
    picks = np.linspace(0, len(folder) - 1, min(len(folder), SAMPLE_CLIPS)).astype(int)
    clips = folder.readable(picks)
    if not clips:
        where = str(folder.path(0).parent)
        raise value_error("None of {count} clips taken from {folder} can be read", count=len(picks), folder=where)
    shares, counts = zip(*map(_moving, clips), strict=True)
    things = round(float(np.median(np.concatenate(counts))))
    # of several things each has a warp of its own
    changes = [change for clip in clips if things == 1 and (change := unexplained_change(clip)) is not None]
    changing = float(np.median(changes)) if changes else 0.0
    uneven = float(np.median([_uneven(clip) for clip in clips]))
    return Suitability(len(folder), _side_px(folder, picks), float(np.mean(shares)), things, changing, uneven)


def _side_px(folder: ClipFolder, picks: np.ndarray) -> int:
    """The usual shorter side of clips as their files have it."""
    if not folder.decodes_files:
        return folder.frame_size_px
    sizes = [first_frame_size(folder.path(int(i))) for i in picks]
    return int(np.median([min(size) for size in sizes if size is not None]))


def _moving(clip: np.ndarray) -> tuple[float, np.ndarray]:
    """A clip (T, H, W, 3) uint8 -> the share of pixels that have changed, and how many spots of them in each frame."""
    usual = np.median(clip, axis=0)  # (H, W, 3)
    changed = (np.abs(clip - usual).max(3) > CHANGED_LEVELS).astype(np.uint8)  # (T, H, W)
    least = SMALLEST_SHARE * changed[0].size
    spots = [cv2.connectedComponentsWithStats(frame)[2][1:, cv2.CC_STAT_AREA] for frame in changed]
    return float(changed.mean()), np.array([(areas >= least).sum() for areas in spots])


def _uneven(clip: np.ndarray) -> float:
    """A clip (T, H, W, 3) uint8 -> of the pixels that stay as they are the share in other colours than the usual."""
    still = clip[0][np.ptp(clip, axis=0).max(2) <= CHANGED_LEVELS].astype(int)  # (N, 3)
    if not len(still):
        return 1.0
    return float((np.abs(still - np.median(still, axis=0)).max(1) > CHANGED_LEVELS).mean())
