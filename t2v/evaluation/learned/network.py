"""A second reader: a small network, trained on real clips, says what a clip shows. It shares no code with `geometric/`.

Clips are (B, T, H, W, 3) uint8, RGB, square frames. Every clip is looked at in ten of its instants and in one working
size, as floats in [-1, 1]. `train.py` makes the weights; a release folder of them is `config.json` and
`reader.safetensors`.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

from t2v.data.grammar import COLOURS, MOTIONS, SHAPES

FORMAT = 1  # goes up when the network or its answers change
WEIGHTS = "reader.safetensors"
SHIPPED_READER = Path(__file__).resolve().parent / "weights"
WORKING_PX = 64  # side of the frames that the network looks at
INSTANTS = 10  # frames that it looks at
BATCH_CLIPS = 50  # at a time
ANSWERS = {  # the words of each head; the last is for a clip that shows none of them
    "colour": (*COLOURS, None),
    "shape": (*SHAPES, None),
    "size": ("small", "between", "large", None),
    "motion": (*MOTIONS, None),
    "speed": ("slowly", "between", "quickly", None),
}
CHANNELS, FRAME_HIDDEN = (16, 32, 64, 96), 128  # of the network that reads frames
CLIP_HIDDEN, FEATURES = 256, 96  # of the one that reads clips; all its answers are made of the features
POSE_PREDICTIONS = 5  # of a frame: centre x and y, radius, the wedge's direction as cosine and sine
PREDICTIONS = 1 + POSE_PREDICTIONS + len(COLOURS) + len(SHAPES)  # numbers that the first network predicts of a frame
CHANGE_SCALE = 10.0  # of the differences from frame to frame, which are small and say most
RADIUS_SCALE, WEDGE_SCALE = 4.0, 0.5  # of radii and of the wedge's direction in the predictions, so that all are near 1


@dataclass(frozen=True)
class NetworkReading:
    """What a clip shows in the grammar's words; size and speed may also be `between`, anything None."""

    colour: str | None
    shape: str | None
    size: str | None
    motion: str | None
    speed: str | None


class FrameReader(nn.Module):
    """Frames (N, 3, WORKING_PX, WORKING_PX) -> raw predictions (N, PREDICTIONS) of each frame alone.

    Columns: whether a shape is seen (logit), its centre x and y, radius, the wedge's direction as cosine and sine, and
    the logits of the colours and of the shapes.
    """

    def __init__(self) -> None:
        super().__init__()
        layers, before = [], 3
        for after in CHANNELS:
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
            before = after
        side_px = WORKING_PX >> len(CHANNELS)
        layers += [
            nn.Flatten(),
            nn.Linear(before * side_px**2, FRAME_HIDDEN),
            nn.ReLU(inplace=True),
            nn.Linear(FRAME_HIDDEN, PREDICTIONS),
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.layers(frames)


class ClipReader(nn.Module):
    """Predictions of ten frames (B, INSTANTS, PREDICTIONS) -> features (B, F), and the logits of every answer."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(INSTANTS * PREDICTIONS + (INSTANTS - 1) * POSE_PREDICTIONS, CLIP_HIDDEN),
            nn.ReLU(inplace=True),
            nn.Linear(CLIP_HIDDEN, CLIP_HIDDEN),
            nn.ReLU(inplace=True),
            nn.Linear(CLIP_HIDDEN, FEATURES),
            nn.ReLU(inplace=True),
        )
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, len(words)) for name, words in ANSWERS.items()})

    def forward(self, predictions: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        poses = predictions[..., 1 : 1 + POSE_PREDICTIONS]
        changes = CHANGE_SCALE * poses.diff(dim=1)  # (B, INSTANTS - 1, POSE_PREDICTIONS)
        features = self.layers(torch.cat([predictions.flatten(1), changes.flatten(1)], 1))  # (B, F)
        return features, {name: head(features) for name, head in self.heads.items()}


class ReaderNetwork(nn.Module):
    """The two networks one after the other: every frame is read alone, then the ten predictions together."""

    def __init__(self) -> None:
        super().__init__()
        self.frames, self.clips = FrameReader(), ClipReader()

    def forward(self, clips: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Clips (B, INSTANTS, 3, WORKING_PX, WORKING_PX) in [-1, 1] -> features (B, F) and the answers' logits."""
        B, T = clips.shape[:2]
        return self.clips(finish_predictions(self.frames(clips.flatten(0, 1))).view(B, T, PREDICTIONS))


def finish_predictions(raw: torch.Tensor) -> torch.Tensor:
    """Raw predictions (..., PREDICTIONS) with probabilities for logits; all are near 0 where a frame shows nothing."""
    visible, pose, colour, shape = raw.split((1, POSE_PREDICTIONS, len(COLOURS), len(SHAPES)), -1)
    visible = visible.sigmoid()
    return torch.cat([visible, visible * pose, visible * colour.softmax(-1), visible * shape.softmax(-1)], -1)


class NetworkReader:
    """A trained reader, ready to be asked. `version` says which, for the records."""

    def __init__(self, network: ReaderNetwork, version: dict):
        self.network, self.version = network.eval().requires_grad_(False), version

    def read(self, clips: np.ndarray) -> list[NetworkReading]:
        """What each of the clips (B, T, H, W, 3) uint8 shows. Raises ValueError for another shape or dtype."""
        return self.read_with_features(clips)[0]

    @torch.inference_mode()
    def read_with_features(self, clips: np.ndarray) -> tuple[list[NetworkReading], np.ndarray]:
        """What the clips (B, T, H, W, 3) uint8 show, and the features (B, F) from which the network says so."""
        if clips.dtype != np.uint8 or clips.ndim != 5 or clips.shape[-1] != 3 or clips.shape[2] != clips.shape[3]:
            raise ValueError(f"Clips must be uint8 (B, T, H, W, 3) with square frames, got {clips.dtype} {clips.shape}")
        readings, features = [], [np.zeros((0, FEATURES), np.float32)]
        for start in range(0, len(clips), BATCH_CLIPS):
            batch_features, answers = self.network(prepare(clips[start : start + BATCH_CLIPS]))  # (b, F)
            words = [[ANSWERS[name][row] for row in logits.argmax(1).tolist()] for name, logits in answers.items()]
            readings += [NetworkReading(**dict(zip(ANSWERS, row, strict=True))) for row in zip(*words, strict=True)]
            features.append(batch_features.numpy())
        return readings, np.concatenate(features)


def prepare(clips: np.ndarray) -> torch.Tensor:
    """Clips (B, T, H, W, 3) uint8 as the network sees them: (B, INSTANTS, 3, WORKING_PX, WORKING_PX) in [-1, 1]."""
    instants = np.linspace(0, clips.shape[1] - 1, INSTANTS).round().astype(int)
    return resize(torch.from_numpy(clips[:, instants]).permute(0, 1, 4, 2, 3).float() / 127.5 - 1)


def resize(clips: torch.Tensor) -> torch.Tensor:
    """Clips (B, T, 3, H, W) with frames of the working size."""
    B, T, _, side_px, _ = clips.shape
    if side_px == WORKING_PX:
        return clips
    size = (WORKING_PX, WORKING_PX)
    frames = nn.functional.interpolate(
        clips.flatten(0, 1), size, mode="bilinear", align_corners=False, antialias=side_px > WORKING_PX
    )
    return frames.view(B, T, 3, *size)


@lru_cache(maxsize=2)
def load_reader(folder: Path = SHIPPED_READER) -> NetworkReader:
    """The reader of a folder. ValueError says what is wrong with it: missing, damaged, or of another format."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        weights = (folder / WEIGHTS).read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"The reader in {folder} is not complete: {Path(error.filename).name} is missing.") from None
    except ValueError as error:
        raise ValueError(f"{folder}/config.json is not readable JSON: {error}") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        batch_features = config.get("format") if isinstance(config, dict) else None
        raise ValueError(f"The reader in {folder} has format {batch_features!r}; this program reads {FORMAT}.")
    digest = hashlib.sha256(weights).hexdigest()
    if digest != config.get("weights_sha256"):
        raise ValueError(f"{folder}/{WEIGHTS} is damaged: it is not the file that config.json describes.")
    network = ReaderNetwork()
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in safetensors.torch.load(weights).items()})
    except (RuntimeError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder} cannot be loaded: {' '.join(str(error).split())[:300]}") from None
    return NetworkReader(network, {"format": FORMAT, "weights_sha256": digest, "trained": config.get("trained")})
