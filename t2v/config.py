"""Every default of the project: what a model is made of, and how it is trained. `presets.py` has the named recipes.

Both classes are frozen, checked once when they are made (all problems in one message), and saved as plain JSON.
Lengths named `_px` are pixels; times inside a clip are shares of its one second, in [0, 1].
"""

import dataclasses
import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from t2v.system.messages import Message, join

FRAMES = 10  # frames of a clip where nobody says otherwise; the tutorial's number
FPS = 10
SEED = 0  # of clips and datasets
TRUNCATION = 1.0  # of the noise when clips are drawn; less would vary less, and gain nothing
MAX_FRAMES = 240
MAX_FPS = 60
GRAMMAR_NAMES = ("classic", "shapes", "stories")
LAYOUTS = ("frames", "packed")  # of dataset folders
FITS = ("pad", "crop", "squeeze")  # how a clip that is not square becomes so
FRAME_SIZES_PX = (16, 32, 64, 128)  # what the networks can make: 4 pixels, doubled
MODEL_KINDS = ("layered", "baseline")
PICTURE_SIZES_PX = (4, 8, 16, 32, 64, 128)  # what a decoder can make
MAX_LAYERS = 3
FEW_CLIPS = 200  # fewer, and a GAN soon copies them (lightweight-gan #28: 90 to 150 pictures)
AUGMENTED_CLIPS = 1000  # fewer, and the discriminator sees them a little changed
MAX_KEYFRAMES = 16
MIN_FRAME_SIZE_PX = 8
MAX_FRAME_SIZE_PX = 1024  # what the renderer draws
MAX_VIDEOS = 1_000_000
MAX_STEPS = 100_000_000
MAX_BATCH = 4096
MAX_WORKERS = 64
MAX_COUNT = 1000  # clips of one command
MAX_SEED = 2**63 - 1


def range_problem(name: str, value: Any, low: float, high: float) -> list[str]:
    """One sentence when `value` is no number in [low, high]; an empty list when it is fine."""
    got = reprlib.repr(value)  # of hundreds of digits only some
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (isinstance(value, float) and math.isfinite(value)):
        return [Message("{setting} must be a number, got {got}", setting=name, got=got)]
    if isinstance(low, int) and isinstance(high, int) and not whole:
        return [Message("{setting} must be a whole number, got {got}", setting=name, got=got)]
    if value < low:
        return [Message("{setting} must be at least {low}, got {got}", setting=name, low=low, got=got)]
    if value > high:
        return [Message("{setting} must be at most {high}, got {got}", setting=name, high=high, got=got)]
    return []


def raise_if(problems: list[str]) -> None:
    """Raises ValueError with all problems on one line; does nothing when there are none."""
    if problems:
        raise ValueError(join(problems))


def check_frame_size(frame_size_px: object) -> list[str]:
    if frame_size_px in FRAME_SIZES_PX:
        return []
    return [one_of("frame_size_px", frame_size_px, FRAME_SIZES_PX)]


def one_of(name: str, value: object, known: Sequence[object]) -> Message:
    """`kind must be layered or baseline, got 'x'`; numbers are listed."""
    if not all(isinstance(one, str) for one in known):
        listed = ", ".join(map(str, known))
        return Message("{setting} must be one of {known}, got {got!r}", setting=name, known=listed, got=value)
    *first, either = known
    for one in reversed(first):
        either = Message("{one} or {other}", one=one, other=either)
    return Message("{setting} must be {known}, got {got!r}", setting=name, known=either, got=value)


def bounded(default: float, low: float, high: float) -> Any:
    """A field of a config: its default, and the numbers between which it may lie, whole ones where both are."""
    return field(default=default, metadata={"bounds": (low, high)})


def bound_problems(config: Any) -> list[str]:
    """A sentence for each field of a config that lies outside its bounds."""
    bounds = {one.name: one.metadata["bounds"] for one in dataclasses.fields(config) if "bounds" in one.metadata}
    return [
        problem for name, limits in bounds.items() for problem in range_problem(name, getattr(config, name), *limits)
    ]


@dataclass(frozen=True)
class ModelConfig:
    """The shape of the networks. `kind` is `layered` (the layered video GAN) or `baseline` (the tutorial's three
    networks). Lengths without a unit are shares of half a frame."""

    kind: str = "layered"
    frame_size_px: int = 64  # side of the frames that are drawn
    noise_size: int = bounded(32, 1, 4096)  # numbers of each layer that words leave open
    word_size: int = bounded(64, 4, 4096)  # of a word by itself
    text_size: int = bounded(128, 1, 4096)  # of a word in its context, and of a sentence
    code_size: int = bounded(256, 1, 4096)  # of a layer, and of what the discriminator makes of a clip
    hidden_size: int = bounded(128, 4, 4096)  # of the small networks for velocities, places and glimpses
    time_octaves: int = bounded(5, 0, 16)  # sines and cosines of pi * 2**j * time
    # Things that move over the background; 0: the background is the whole picture.
    layers: int = bounded(1, 0, MAX_LAYERS)
    texture_size_px: int = 16  # side of a layer's appearance; about as many pixels as a thing has on the screen
    keyframes: int = bounded(1, 1, MAX_KEYFRAMES)  # of a layer's appearance; more let forms change
    background_size_px: int = 4  # side of the background before it is enlarged
    background_keyframes: int = bounded(1, 1, MAX_KEYFRAMES)
    decoder_channels: int = bounded(96, 4, 4096)  # of a layer's decoder at 4 x 4 pixels
    background_channels: int = bounded(32, 4, 4096)
    time_bins: int = bounded(16, 1, 256)  # at which velocities are asked for; in between things move in straight lines
    temporal_basis_size: int = 8  # functions of time and noise that velocities are made of, the first constant
    attention_heads: int = bounded(2, 1, 16)  # words attended to at once by a layer's motion
    attention_size: int = bounded(32, 4, 4096)  # of queries and keys
    attention_contrast: float = 6.0  # cosines are multiplied by it: the larger, the fewer words share attention
    # How narrowly each of several layers looks for its words about one place of the caption (`text.CaptionPlaces`).
    place_contrast: float = bounded(12.0, 0.0, 1000.0)
    # How much fainter words are to each of several layers, and how much less they say about how it moves, the further
    # they stand from those that it attends to (`text.nearness`).
    nearby_contrast: float = bounded(0.0, 0.0, 1000.0)
    # How much several layers compete for the caption's words, so that none hears what is said of another.
    word_competition: float = bounded(0.0, 0.0, 100.0)
    presence_slope: float = bounded(20.0, 0.1, 1000.0)  # of how much each of several layers is shown, by its logit
    # Whether what a layer is follows from the whole sentence too, not only from the words that it attends to: of
    # several layers that would make the same thing (docs/LOG.md#several-things-over-grounds).
    sentence_in_layers: bool = True
    following_weight: float = bounded(1.2, 0.1, 4.0)  # how far a layer may follow another; 1 is fully
    following_lag: float = bounded(0.4, 0.0, 4.0)  # share of a clip by which a layer may be behind another, or ahead
    # x, y, log of the size, radians, all a second. Units say how fast each is learned: turns that are learned as fast
    # as the rest run away, as nobody sees how a circle turns. Tops are bounds.
    velocity_units: tuple[float, ...] = (1.5, 1.5, 1.0, 1.0)
    velocity_tops: tuple[float, ...] = (4.0, 4.0, 2.0, 12.0)
    # Of an untrained layer; less lets things that stand be learned before they hide.
    first_speed: float = bounded(1.0, 0.0, 10.0)
    # Across or down, approached and never passed; the frame is 2 wide.
    longest_path: float = bounded(1000.0, 0.1, 1000.0)
    # How far words may decide where a path begins, in deviations of its own noise.
    chosen_place: float = bounded(1000.0, 0.01, 1000.0)
    # Of so many places that several layers may begin at, those are taken with which they lie least over one another.
    start_candidates: int = bounded(1, 1, 64)
    first_size: float = 0.27  # radius of an untrained layer
    first_disc: float = 0.6  # its disc's radius in its texture
    identity_noise: float = bounded(1.0, 0.0, 10.0)  # how much a layer's noise says what it is, beside words
    # Whether a layer's code says its colour as a whole too, beside its texture's (docs/LOG.md#letters-of-one-ink).
    tint: bool = False
    colour_gain: float = bounded(1.0, 0.0, 10.0)  # how fast a texture's colours are learned; less keeps things plain
    # Pixels of a texture, a side, that share a colour, as video keeps colours coarser than light: more keeps edges from
    # being drawn in colours (docs/LOG.md#letters-that-look-embossed).
    coarse_colours: int = bounded(1, 1, 16)
    level_forms: bool = False  # a form that covers less of its texture is drawn larger: only sizes tell how large it is
    # Of such a form, at most; little of a texture drawn very large is blurred.
    largest_growth: float = bounded(6.0, 1.0, 100.0)
    texture_margin: float = 1.4  # a texture reaches so many radii from the middle
    edge_sharpness: float = 4.0  # slope of coverage at an edge, per pixel of the frame
    edge_gain: float = 3.0  # how fast edges move, against colours
    discriminator_size_px: int = 32  # side of the frames in training; the generator draws any size
    closeups: int = bounded(3, 2, 16)  # frames of a clip in which the discriminator takes glimpses
    glimpses: int = bounded(1, 1, 8)  # of each of them
    # Side of a glimpse, in sides of a frame: it should hold a whole thing, else spots beside large ones stay.
    glimpse_share: float = bounded(0.5, 0.25, 1.0)
    # Words look for the glimpses that they are about, cosines times so much (`matching`); 0: the
    # discriminator has no such head.
    matching_contrast: float = bounded(0.0, 0.0, 100.0)
    # Of how far a glimpse goes until the next frame, in cells, beside its other numbers.
    step_gain: float = bounded(4.0, 0.0, 100.0)
    discriminator_channels: int = bounded(32, 1, 4096)  # of its first layer, doubled in the second
    discriminator_frames: int = bounded(8, 2, 64)  # frames of a clip that the discriminator sees at once

    def __post_init__(self) -> None:
        problems = bound_problems(self) + check_frame_size(self.frame_size_px)
        if self.kind not in MODEL_KINDS:
            problems.append(one_of("kind", self.kind, MODEL_KINDS))
        elif self.kind == "baseline" and self.frame_size_px != 64:
            problems.append(f"the baseline makes frames of 64 px only, got frame_size_px {self.frame_size_px}")
        if self.kind == "layered":
            problems += self._layered_problems()
        raise_if(problems)

    @property
    def training_size_px(self) -> int:
        """Side of the frames that a training sees. Edges of layers are sharp in any size, so it may be small."""
        return self.discriminator_size_px if self.kind == "layered" else self.frame_size_px

    def _layered_problems(self) -> list[str]:
        """What the layered networks cannot be made of."""
        problems: list[str] = []
        for name in ("texture_size_px", "background_size_px"):
            if getattr(self, name) not in PICTURE_SIZES_PX or getattr(self, name) > self.frame_size_px:
                sizes = ", ".join(str(side) for side in PICTURE_SIZES_PX if side <= self.frame_size_px)
                problems.append(f"{name} must be one of {sizes}, got {getattr(self, name)!r}")
        for name in ("sentence_in_layers", "tint", "level_forms"):
            if not isinstance(getattr(self, name), bool):
                problems.append(f"{name} must be true or false, got {getattr(self, name)!r}")
        if not problems and self.texture_size_px % self.coarse_colours:
            problems.append(
                f"coarse_colours must divide texture_size_px {self.texture_size_px}, got {self.coarse_colours!r}"
            )
        if self.discriminator_size_px not in FRAME_SIZES_PX:
            sizes = ", ".join(map(str, FRAME_SIZES_PX))
            problems.append(f"discriminator_size_px must be one of {sizes}, got {self.discriminator_size_px!r}")
        if self.discriminator_frames != 8:
            problems.append(f"discriminator_frames must be 8 for kind layered, got {self.discriminator_frames!r}")
        return problems


@dataclass(frozen=True)
class TrainConfig:
    """One training recipe. Presets are in `presets.PRESETS`; `dataclasses.replace` changes a field and checks again."""

    preset: str
    grammar: str  # one of GRAMMAR_NAMES: which prompts and scenes, unless a folder of clips has captions of its own
    model: ModelConfig = field(default_factory=ModelConfig)
    frames: int = bounded(FRAMES, 1, MAX_FRAMES)
    batch_size: int = bounded(16, 1, MAX_BATCH)  # clips; for the baseline single frames, as in the tutorial
    # Updates of each network. More do not slow the fall of the learning rate: that has steps of its own, below.
    steps: int = bounded(12_000, 1, MAX_STEPS)
    # Of both networks (Adam, Kingma & Ba 2015); higher learns faster, then explodes.
    learning_rate: float = bounded(1e-3, 1e-8, 1.0)
    betas: tuple[float, float] = (0.0, 0.99)  # Adam's; no momentum, as GANs swing with it (Karras et al. 2018)
    # The discriminator begins alone, for so many steps, with telling captions of real clips: three times as fast as
    # both, and what it cannot tell the generator cannot learn (docs/LOG.md#captions-about-things).
    reading_steps: int = bounded(0, 0, MAX_STEPS)
    # Until this step scenes show one thing, drawn by the first layer; then, once the discriminator has read again, the
    # other layers begin as it is by then: who cannot draw one thing does not learn which words belong to which of two
    # (docs/LOG.md#one-thing-first). Only where scenes of several things are drawn.
    alone_until_step: int = bounded(0, 0, MAX_STEPS)
    # From this step on it is learned which of several layers a caption needs; before, all are shown, or the first.
    presence_from_step: int = bounded(2000, 0, MAX_STEPS)
    generator_warmup_steps: int = bounded(300, 0, MAX_STEPS)  # the generator's learning rate rises from 0
    # From the first of these steps the learning rate falls in a straight line, which ends at the second.
    # They are fixed, so that a shorter run equals the longer one's start.
    decay_from_step: int = bounded(3000, 0, MAX_STEPS)
    decay_until_step: int = bounded(12_000, 0, MAX_STEPS)
    decay_to: float = bounded(0.05, 0.0, 1.0)  # share of the learning rate that is left
    # Gamma of R1 + R2 (R3GAN); more calms the discriminator and blurs what it tells.
    penalty_weight: float = bounded(3.0, 0.0, 1000.0)
    penalty_every_steps: int = bounded(4, 1, MAX_STEPS)
    # The discriminator sees clips, real and generated, under noise of up to this standard deviation, another for each
    # (instance noise, Sønderby et al. 2017): more keeps it from getting ahead, and hides what is small.
    instance_noise: float = bounded(0.0, 0.0, 10.0)
    caption_weight: float = bounded(1.0, 0.0, 1000.0)  # of telling a clip's caption from wrong ones
    # Of a generated clip's fitting its caption, in that unit. Less lets clips of one caption differ, and keeps the
    # discriminator from getting ahead (docs/LOG.md#letters-of-one-ink).
    generator_caption_weight: float = bounded(1.0, 0.0, 1000.0)
    # Logits of captions are so many times the inner products, as 1 / temperature in CLIP (Radford et al. 2021): more
    # lets captions be told by features that the penalty keeps small.
    caption_scale: float = bounded(1.0, 0.0, 1000.0)
    # Of beating each negative caption by itself, beside InfoNCE over the batch.
    hard_negative_weight: float = bounded(5.0, 0.0, 1000.0)
    # Of two clips of one caption differing as real clips of it do, from that step on; more varies clips more.
    energy_weight: float = bounded(0.0, 0.0, 1000.0)
    energy_from_step: int = bounded(2000, 0, MAX_STEPS)
    # Of a background's having one colour, until this step: else it draws what moves as a smear, which is learned sooner
    # than a thing, and things hide it (docs/LOG.md#letters-that-hide).
    plain_weight: float = bounded(0.0, 0.0, 1000.0)
    plain_until_step: int = bounded(0, 0, MAX_STEPS)
    appearance_weight: float = bounded(0.0, 0.0, 1000.0)  # of a thing of one's own looking the same however it moves
    # Of captions without new words giving the clips that they gave before a teaching; more forgets less.
    keep_weight: float = bounded(0.0, 0.0, 1000.0)
    # Of a real clip's beating itself played backwards; tells senses of turning apart.
    reversal_weight: float = bounded(5.0, 0.0, 1000.0)
    # From this step on the discriminator takes glimpses: before, while things do not move as they should, it would win
    # by their looks, and no motion would be learned (docs/LOG.md#glimpses-and-when-they-join).
    glimpses_from_step: int = bounded(700, 0, MAX_STEPS)
    flip_every_steps: int = bounded(4, 0, MAX_BATCH)  # how often it is asked which motions may be flipped; 0: never
    # From this step on ways are asked about too, not turns alone, and clips are compared with themselves backwards:
    # before motions are known, that lets the discriminator win (docs/LOG.md#flips-and-clips-played-backwards).
    mirrors_from_step: int = bounded(2000, 0, MAX_STEPS)
    caption_group: int = bounded(16, 1, MAX_BATCH)  # so many clips of a batch are negatives for one another's captions
    # Further ones for each clip, each with the words of one slot exchanged.
    negative_captions: int = bounded(10, 0, MAX_BATCH)
    fit: str = "pad"  # how clips of a folder become square: pad with their border's colour, crop, squeeze
    # Whether combinations that the grammar holds out are left out of a folder that was not written here.
    hold_out: bool = False
    # Processes that decode a folder's clips ahead; -1: as many as the work is worth.
    decode_workers: int = bounded(-1, -1, MAX_WORKERS)
    # One in so many rendered scenes turns in place, whatever is drawn; 0: none more than others.
    turning_every: int = bounded(4, 0, MAX_BATCH)
    ema_decay: float = bounded(0.998, 0.0, 1.0)  # of the averaged generator a step; higher is smoother and lags behind
    seed: int = bounded(SEED, 0, MAX_SEED)  # of weights, scenes and noise
    log_every_steps: int = bounded(10, 1, MAX_STEPS)
    preview_every_steps: int = bounded(250, 1, MAX_STEPS)
    save_every_steps: int = bounded(250, 1, MAX_STEPS)
    evaluate_every_steps: int = bounded(1000, 0, MAX_STEPS)  # 0: never
    evaluate_clips: int = bounded(200, 1, MAX_VIDEOS)  # of trained prompts, and as many of held-out ones

    def __post_init__(self) -> None:
        problems = bound_problems(self)
        if self.grammar.partition("+")[0] not in GRAMMAR_NAMES:
            problems.append(one_of("grammar", self.grammar, GRAMMAR_NAMES))
        if self.fit not in FITS:
            problems.append(one_of("fit", self.fit, FITS))
        if not isinstance(self.hold_out, bool):
            problems.append(f"hold_out must be true or false, got {self.hold_out!r}")
        for name in ("keyframes", "background_keyframes"):
            if self.model.kind == "layered" and not problems:
                problems += range_problem(f"model.{name}", getattr(self.model, name), 1, self.frames)
        if 0 < self.alone_until_step <= self.reading_steps:
            problems.append("alone_until_step must be 0 or more than reading_steps, or no thing is drawn alone")
        if len(self.betas) != 2:
            problems.append(f"betas must be two numbers, got {self.betas!r}")
        for beta in self.betas:
            problems += range_problem("betas", beta, 0.0, 0.9999)
        if not problems and self.energy_weight > 0 and self.batch_size < 4:
            problems.append(f"energy_weight needs a batch_size of at least 4, got {self.batch_size}")
        raise_if(problems)

    def reading_until(self, step: int) -> int:
        """Until which step the discriminator reads alone, of the part that `step` lies in: of one thing, or of all."""
        return self.reading_steps + (self.alone_until_step if step >= self.alone_until_step else 0)

    @property
    def usual_from_step(self) -> int:
        """The first step from which on both networks learn, with glimpses and of all scenes."""
        return max(self.glimpses_from_step, self.reading_until(self.alone_until_step))

    def learning_rate_at(self, step: int) -> float:
        """The learning rate of update number `step` (from 0): flat, a straight line down, flat again."""
        length = max(1, self.decay_until_step - self.decay_from_step)
        done = min(1.0, max(0.0, (step - self.decay_from_step) / length))
        return self.learning_rate * (1 - (1 - self.decay_to) * done)


Config = TypeVar("Config", ModelConfig, TrainConfig)
RETIRED = ("following_contrast", "following_alone")  # of folders from before, where one layer made no use of them


def to_json(config: ModelConfig | TrainConfig) -> dict:
    """A config as plain data, ready for `json.dumps`."""
    return dataclasses.asdict(config)


def from_json(config_type: type[Config], data: dict) -> Config:
    """A `ModelConfig` or `TrainConfig` from plain data. ValueError for unknown or missing fields and bad values."""
    if not isinstance(data, dict):
        raise ValueError(f"{config_type.__name__} must be a JSON object, got {type(data).__name__}")
    data = {name: value for name, value in data.items() if name not in RETIRED}
    known = {f.name for f in dataclasses.fields(config_type)}
    if unknown := sorted(set(data) - known):
        names = ", ".join(map(repr, unknown))
        raise ValueError(f"{config_type.__name__} does not know {names}; was it written by another version?")
    try:
        if "model" in data:
            data["model"] = from_json(ModelConfig, data["model"])
        for name in ("betas", "velocity_units", "velocity_tops"):
            if name in data:
                data[name] = tuple(data[name])
        return config_type(**data)
    except TypeError as error:
        raise ValueError(f"{config_type.__name__} cannot be read: {error}") from None
