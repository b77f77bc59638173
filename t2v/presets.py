"""The named recipes of training, `PRESETS` and `TEACH`: what of the defaults in `config.py` each changes, and why."""

from dataclasses import replace

from t2v.config import ModelConfig, TrainConfig


def level(model: ModelConfig) -> ModelConfig:
    """The same, whose layers cannot hide while they are wrong: they begin slowly, stay in the frame, begin where noise
    says more than words do, and are drawn as large as their size says, however little of a texture their form covers
    (docs/LOG.md#forms-that-fill-their-textures)."""
    return replace(model, first_speed=0.2, longest_path=2.0, identity_noise=0.5, chosen_place=0.7, level_forms=True)


def with_layers(model: ModelConfig, layers: int) -> ModelConfig:
    """The same with so many layers. Several are to differ: each follows from its own words alone
    (docs/LOG.md#layers-that-differ), they keep apart (docs/LOG.md#layers-that-keep-apart), and they compete for
    words (docs/LOG.md#words-divided-among-layers); one may follow another at a distance, and words look for the
    glimpses that they are about (docs/LOG.md#words-that-look-for-glimpses)."""
    if layers < 2:
        return replace(model, layers=layers, glimpses=layers)
    model = replace(model, layers=layers, glimpses=layers + 1)  # one more, for specks beside things
    model = replace(model, sentence_in_layers=False, nearby_contrast=5.0, word_competition=1.0, matching_contrast=8.0)
    return level(replace(model, start_candidates=16, following_lag=1.5))


def layered_recipe(preset: str, grammar: str, *, frame_size_px: int, steps: int, layers: int = 1) -> TrainConfig:
    """The one recipe of the layered video GAN: worlds, frame sizes, layers and lengths differ, and nothing else."""
    model = with_layers(ModelConfig(frame_size_px=frame_size_px), layers)
    return TrainConfig(preset, grammar, model, steps=steps, decay_from_step=steps // 4, decay_until_step=steps)


def with_light_captions(recipe: TrainConfig) -> TrainConfig:
    """The same against a discriminator that gets ahead, so that things hide: captions are read first and then weigh
    little for the generator, and networks learn more slowly (docs/LOG.md#letters-of-one-ink)."""
    return replace(
        recipe,
        learning_rate=5e-4,
        reading_steps=800,
        caption_scale=8.0,
        generator_caption_weight=0.05,
        energy_from_step=0,
    )


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
        hard_negative_weight=0.0,
        reversal_weight=0.0,
        negative_captions=0,
        flip_every_steps=0,
        turning_every=0,
        ema_decay=0.0,
        log_every_steps=25,
    ),
    # where all is one red circle the discriminator soon knows what is real
    # (docs/LOG.md#classic-with-captions-that-weigh-little)
    "classic": replace(
        with_light_captions(layered_recipe("classic", "classic", frame_size_px=64, steps=6000)),
        model=replace(level(ModelConfig(frame_size_px=64)), coarse_colours=2),
        decay_from_step=3000,
        glimpses_from_step=1500,
        mirrors_from_step=3000,
        reversal_weight=0.0,
        energy_weight=1.0,
        penalty_weight=15.0,
        instance_noise=0.1,
    ),
    "shapes": layered_recipe("shapes", "shapes", frame_size_px=64, steps=12_000),
    "lesson": layered_recipe("lesson", "shapes", frame_size_px=32, steps=6000),
    # first of one thing, where forms and motions are learned, then of all (docs/LOG.md#one-thing-first); the scenes
    # themselves decide what turns, and much has to be read (docs/LOG.md#captions-about-things)
    "stories": replace(
        layered_recipe("stories", "stories", frame_size_px=64, steps=22_000, layers=3),
        decay_from_step=12_000,
        reading_steps=2000,
        alone_until_step=11_000,
        presence_from_step=11_000,
        glimpses_from_step=2000,
        mirrors_from_step=22_000,  # never: with them all was lost after 2,000 steps
        penalty_weight=10.0,  # lets one thing alone go on getting better
        caption_scale=8.0,
        negative_captions=18,
        turning_every=0,
    ),
    # of a folder of clips, of which nothing is known: against all that lets things hide
    # (docs/LOG.md#letters-that-hide); `t2v.training.own` chooses from the clips
    "own": replace(
        with_light_captions(layered_recipe("own", "shapes", frame_size_px=64, steps=4000)),
        model=replace(
            level(ModelConfig(frame_size_px=64)),
            identity_noise=1.0,
            tint=True,
            colour_gain=0.1,
            coarse_colours=2,
            glimpse_share=0.75,
        ),
        decay_from_step=3200,
        glimpses_from_step=800,
        mirrors_from_step=4000,  # never, as in stories
        energy_weight=3.0,
        penalty_weight=40.0,
        instance_noise=0.5,
        plain_weight=100.0,
        plain_until_step=2000,
    ),
}

# Something new for a trained model, in about ten minutes of two cores (`python -m t2v train --from`). Its networks and
# words are the trained one's, with more words or a smaller world's.
TEACH = replace(
    layered_recipe("teach", "shapes", frame_size_px=64, steps=2500),
    learning_rate=5e-4,
    generator_warmup_steps=100,
    decay_from_step=1250,
    glimpses_from_step=0,
    mirrors_from_step=0,
    energy_from_step=0,
    appearance_weight=10.0,
    keep_weight=30.0,
    ema_decay=0.995,
    preview_every_steps=100,
)


def preset(name: str) -> TrainConfig:
    """The named recipe, `TEACH` too; ValueError names the known ones of `PRESETS`."""
    if name == TEACH.preset:
        return TEACH
    if name not in PRESETS:
        raise ValueError(f"Unknown preset {name!r}; known: {', '.join(PRESETS)}.")
    return PRESETS[name]
