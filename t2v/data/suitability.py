"""How far clips are from what the layered model can draw: a few things that move over a ground that stays.

Measured on a sample of clips before training, so that nobody waits an hour to find out.
"""

from typing import NamedTuple

import cv2
import numpy as np

from t2v.config import MAX_LAYERS, ModelConfig, with_layers
from t2v.data.folder import ClipFolder
from t2v.system.messages import Counted, Message

SAMPLE_CLIPS = 40
CHANGED_LEVELS = 25  # of 255, in some channel: a pixel that differs so much from the clip's usual picture has changed
SMALLEST_SHARE = 0.004  # of the frame: smaller spots are noise
STILL, RESTLESS = 0.002, 0.5  # shares of changed pixels below and above which layers do not help


class Suitability(NamedTuple):
    """What a sample of clips is like."""

    moving_share: float  # of the pixels that differ from what is usually there, mean over frames
    things: int  # how many separate spots move at once, in the usual frame

    def model(self, config: ModelConfig) -> ModelConfig:
        """The model for such clips: as many layers as things move at once."""
        layers = min(MAX_LAYERS, max(1, self.things))
        return with_layers(config, layers)

    def sentence(self) -> Message:
        """What will come of it, for the person who waits."""
        if self.moving_share < STILL:
            return Message("hardly anything moves in these clips: the model will learn still pictures")
        if self.moving_share > RESTLESS:
            return Message(
                "{share:.0%} of the picture moves. The model draws up to {most} things over a ground that stays, so it "
                "will blur these clips; clips from a camera that stands still suit it",
                **{"share": self.moving_share, "most": MAX_LAYERS},
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
    measured = [_moving(clip) for clip in folder.readable(picks)]
    if not measured:
        where = str(folder.path(0).parent)
        raise ValueError(
            Message("None of {count} clips taken from {folder} can be read", count=len(picks), folder=where)
        )
    shares, counts = zip(*measured, strict=True)
    return Suitability(float(np.mean(shares)), round(float(np.median(np.concatenate(counts)))))


def _moving(clip: np.ndarray) -> tuple[float, np.ndarray]:
    """A clip (T, H, W, 3) uint8 -> the share of pixels that have changed, and how many spots of them in each frame."""
    usual = np.median(clip, axis=0)  # (H, W, 3)
    changed = (np.abs(clip - usual).max(3) > CHANGED_LEVELS).astype(np.uint8)  # (T, H, W)
    least = SMALLEST_SHARE * changed[0].size
    spots = [cv2.connectedComponentsWithStats(frame)[2][1:, cv2.CC_STAT_AREA] for frame in changed]
    return float(changed.mean()), np.array([(areas >= least).sum() for areas in spots])
