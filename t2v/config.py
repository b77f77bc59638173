"""Every default of the project: what a model is made of, and how it is trained.

Both classes are frozen, checked once when they are made (all problems in one message), and saved as plain JSON.
Lengths named `_px` are pixels; times inside a clip are shares of its one second, in [0, 1].
"""

import dataclasses
import math
import reprlib
from dataclasses import dataclass, field

FRAMES = 10  # frames of a clip where nobody says otherwise; the tutorial's number
FPS = 10
SEED = 0  # of clips and datasets
TRUNCATION = 0.5  # of the noise when clips are drawn; in training there is none
MAX_FRAMES = 240
MAX_FPS = 60
GRAMMAR_NAMES = ("classic", "shapes")
LAYOUTS = ("frames", "packed")  # of dataset folders
FRAME_SIZES_PX = (16, 32, 64, 128)  # what the networks can make: 4 pixels, doubled
MIN_FRAME_SIZE_PX = 8
MAX_FRAME_SIZE_PX = 1024  # what the renderer draws
MAX_VIDEOS = 1_000_000
MAX_STEPS = 100_000_000
MAX_BATCH = 4096
MAX_COUNT = 1000  # clips of one command
MAX_SEED = 2**63 - 1


def problem_if_outside(name: str, value, low, high) -> list[str]:
    """One sentence when `value` is no number in [low, high]; an empty list when it is fine."""
    got = reprlib.repr(value)  # of hundreds of digits only some
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (isinstance(value, float) and math.isfinite(value)):
        return [f"{name} must be a number, got {got}"]
    if isinstance(low, int) and isinstance(high, int) and not whole:
        return [f"{name} must be a whole number, got {got}"]
    if value < low:
        return [f"{name} must be at least {low}, got {got}"]
    if value > high:
        return [f"{name} must be at most {high}, got {got}"]
    return []


def refuse(problems: list[str]) -> None:
    """Raises ValueError with all problems on one line; does nothing when there are none."""
    if problems:
        raise ValueError("; ".join(problems))


def check_frame_size(frame_size_px) -> list[str]:
    if frame_size_px in FRAME_SIZES_PX:
        return []
    return [f"frame_size_px must be one of {', '.join(map(str, FRAME_SIZES_PX))}, got {frame_size_px!r}"]


@dataclass(frozen=True)
class ModelConfig:
    """The shape of the networks. `kind` is `video` (the video GAN) or `baseline` (the tutorial's three networks)."""

    kind: str = "video"
    frame_size_px: int = 64
    noise_size: int = 32
    text_size: int = 128
    code_size: int = 256  # of a clip, and of what the discriminator sees in one
    time_octaves: int = 5  # sines and cosines of pi * 2**j * time
    outline_harmonics: int = 24  # of the generator's outlines
    discriminator_channels: int = 32  # of its first layer, doubled in the second
    discriminator_frames: int = 8  # frames of a clip that the discriminator sees at once

    def __post_init__(self):
        problems = check_frame_size(self.frame_size_px)
        if self.kind not in ("video", "baseline"):
            problems.append(f"kind must be video or baseline, got {self.kind!r}")
        elif self.kind == "baseline" and self.frame_size_px != 64:
            problems.append(f"the baseline makes frames of 64 px only, got frame_size_px {self.frame_size_px}")
        for name in ("noise_size", "text_size", "code_size", "outline_harmonics", "discriminator_channels"):
            problems += problem_if_outside(name, getattr(self, name), 1, 4096)
        problems += problem_if_outside("time_octaves", self.time_octaves, 0, 16)
        problems += problem_if_outside("discriminator_frames", self.discriminator_frames, 2, 64)
        refuse(problems)


@dataclass(frozen=True)
class TrainConfig:
    """One training recipe. Presets are in `PRESETS`; `dataclasses.replace` changes a field and checks again."""

    preset: str
    grammar: str  # "classic" or "shapes": which prompts and scenes
    model: ModelConfig = field(default_factory=ModelConfig)
    frames: int = FRAMES
    batch_size: int = 16  # clips; for the baseline single frames, as in the tutorial
    steps: int = 20_000
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.0, 0.99)
    generator_warmup_steps: int = 300  # the generator's learning rate rises from 0
    # From here on, when ways are known, it is learned what prompts leave open: scenes come in pairs of one caption, so
    # that the discriminator sees it, and words are asked whether they allow ways to be mirrored.
    pairs_from_step: int = 8000
    # From the first of these steps the learning rate falls in a straight line, which ends at the second.
    # They are fixed, so that a shorter run equals the longer one's start.
    decay_from_step: int = 4000
    decay_until_step: int = 20_000
    decay_to: float = 0.05  # share of the learning rate that is left
    penalty_weight: float = 10.0  # gamma of R1 + R2; smaller frames need less, as a pixel of theirs weighs more
    penalty_every_steps: int = 4
    caption_weight: float = 1.0  # of telling a clip's caption from wrong ones
    rival_weight: float = 5.0  # of beating each wrong caption by itself
    mixed_weight: float = 1.0  # of telling how much of either caption lies between two clips
    backwards_weight: float = 5.0  # of a clip's fitting its caption better than it does played backwards
    mirror_every_steps: int = 4  # how often words are asked what may be mirrored; 0: never
    caption_group: int = 16  # so many clips of a batch are rivals for one another's captions
    wrong_captions: int = 10  # more rivals for each clip, each with the words of one slot exchanged
    turning_every: int = 4  # one in so many rendered scenes turns in place, whatever is drawn; 0: none more than others
    ema_decay: float = 0.998
    seed: int = SEED
    log_every_steps: int = 10
    preview_every_steps: int = 250
    save_every_steps: int = 250
    evaluate_every_steps: int = 1000  # 0: never
    evaluate_clips: int = 200  # of trained prompts, and as many of held-out ones

    def __post_init__(self):
        problems = []
        if self.grammar not in GRAMMAR_NAMES:
            problems.append(f"grammar must be classic or shapes, got {self.grammar!r}")
        problems += problem_if_outside("frames", self.frames, 1, MAX_FRAMES)
        problems += problem_if_outside("batch_size", self.batch_size, 1, MAX_BATCH)
        problems += problem_if_outside("steps", self.steps, 1, MAX_STEPS)
        problems += problem_if_outside("learning_rate", self.learning_rate, 1e-8, 1.0)
        for name in ("log_every_steps", "preview_every_steps", "save_every_steps", "penalty_every_steps"):
            problems += problem_if_outside(name, getattr(self, name), 1, MAX_STEPS)
        problems += problem_if_outside("evaluate_every_steps", self.evaluate_every_steps, 0, MAX_STEPS)
        problems += problem_if_outside("evaluate_clips", self.evaluate_clips, 1, MAX_VIDEOS)
        for name in ("penalty_weight", "caption_weight", "rival_weight", "mixed_weight", "backwards_weight"):
            problems += problem_if_outside(name, getattr(self, name), 0.0, 1000.0)
        problems += problem_if_outside("caption_group", self.caption_group, 1, MAX_BATCH)
        for name in ("wrong_captions", "turning_every", "mirror_every_steps"):
            problems += problem_if_outside(name, getattr(self, name), 0, MAX_BATCH)
        for name in ("generator_warmup_steps", "pairs_from_step", "decay_from_step", "decay_until_step"):
            problems += problem_if_outside(name, getattr(self, name), 0, MAX_STEPS)
        for name in ("ema_decay", "decay_to"):
            problems += problem_if_outside(name, getattr(self, name), 0.0, 1.0)
        problems += problem_if_outside("seed", self.seed, 0, MAX_SEED)
        refuse(problems)

    def learning_rate_at(self, step: int) -> float:
        """The learning rate of update number `step` (from 0): flat, a straight line down, flat again."""
        length = max(1, self.decay_until_step - self.decay_from_step)
        done = min(1.0, max(0.0, (step - self.decay_from_step) / length))
        return self.learning_rate * (1 - (1 - self.decay_to) * done)


PRESETS = {
    "baseline": TrainConfig(
        preset="baseline",
        grammar="classic",
        model=ModelConfig(kind="baseline", noise_size=100, text_size=10),
        batch_size=16,
        steps=18_750,  # three of the tutorial's epochs of 100,000 frames
        learning_rate=2e-4,
        generator_warmup_steps=0,
        betas=(0.5, 0.999),
        decay_to=1.0,
        penalty_weight=0.0,
        caption_weight=0.0,
        mixed_weight=0.0,
        backwards_weight=0.0,
        mirror_every_steps=0,
        wrong_captions=0,
        turning_every=0,
        ema_decay=0.0,
        log_every_steps=25,
    ),
    "classic": TrainConfig(
        preset="classic",
        grammar="classic",
        steps=8000,
        pairs_from_step=6000,
        decay_from_step=2000,
        decay_until_step=8000,
    ),
    "shapes": TrainConfig(preset="shapes", grammar="shapes", model=ModelConfig(discriminator_channels=64)),
    "lesson": TrainConfig(
        preset="lesson",
        grammar="shapes",
        model=ModelConfig(frame_size_px=32),
        steps=9300,
        pairs_from_step=5000,
        decay_from_step=2800,
        decay_until_step=9300,
        penalty_weight=3.0,
        ema_decay=0.995,  # a class watches: its previews are to lag less behind
    ),
}


def preset(name: str) -> TrainConfig:
    """The named recipe; ValueError names the known ones."""
    if name not in PRESETS:
        raise ValueError(f"Unknown preset {name!r}; known: {', '.join(PRESETS)}.")
    return PRESETS[name]


# What recipes have come to say: where one does not, it was written before, and trained without.
LATER = {"mixed_weight": 0.0, "backwards_weight": 0.0, "mirror_every_steps": 0}


def to_json(config) -> dict:
    """A config as plain data, ready for `json.dumps`."""
    return dataclasses.asdict(config)


def from_json(kind, data: dict):
    """A `ModelConfig` or `TrainConfig` from plain data. ValueError for unknown or missing fields and bad values."""
    if not isinstance(data, dict):
        raise ValueError(f"{kind.__name__} must be a JSON object, got {type(data).__name__}")
    known = {f.name for f in dataclasses.fields(kind)}
    if unknown := sorted(set(data) - known):
        names = ", ".join(map(repr, unknown))
        raise ValueError(f"{kind.__name__} does not know {names}; was it written by another version?")
    data = (LATER if kind is TrainConfig else {}) | data
    try:
        if "model" in data:
            data["model"] = from_json(ModelConfig, data["model"])
        if "betas" in data:
            data["betas"] = tuple(data["betas"])
        return kind(**data)
    except TypeError as error:
        raise ValueError(f"{kind.__name__} cannot be read: {error}") from None
