"""The recipe of preset `own`: size, layers, keyframes and steps follow from the clips, unless somebody chose them."""

from collections.abc import Collection
from dataclasses import replace

from t2v.config import TrainConfig
from t2v.data.suitability import Suitability
from t2v.presets import preset, with_layers
from t2v.settings import settings_of, text_from_value, with_settings
from t2v.system.messages import Message

# What is chosen from the clips, as `--set` names it, and what goes with it.
CHOSEN = {
    "model.frame_size_px": (),
    "model.layers": (
        "model.glimpses",
        "model.sentence_in_layers",
        "model.first_speed",
        "model.longest_path",
        "model.identity_noise",
        "model.chosen_place",
        "model.level_forms",
        "model.nearby_contrast",
        "model.word_competition",
        "model.start_candidates",
        "model.following_lag",
        "model.matching_contrast",
    ),
    "model.first_size": (),
    "model.keyframes": (),
    "plain_until_step": (),
    "steps": ("decay_from_step", "decay_until_step", "mirrors_from_step"),
}


def lasting(config: TrainConfig, steps: int) -> TrainConfig:
    """The recipe of `own` over so many steps."""
    return replace(config, steps=steps, decay_from_step=4 * steps // 5, decay_until_step=steps, mirrors_from_step=steps)


def suit(config: TrainConfig, clips: Suitability, *, kept: Collection[str] = ()) -> tuple[TrainConfig, Message | None]:
    """The recipe for clips such as were measured, and what was chosen, None for nothing. Settings that are to be
    `kept`, or are not as the preset has them, stay as they are."""
    values = {choice.setting: choice.value for choice in clips.choices()}
    steps, keyframes = int(values["steps"]), min(int(values["model.keyframes"]), config.frames)
    model = with_layers(preset("own").model, int(values["model.layers"]))
    model = replace(model, frame_size_px=int(values["model.frame_size_px"]), keyframes=keyframes)
    model = replace(model, first_size=values["model.first_size"])
    wished = lasting(replace(preset("own"), model=model), steps)
    wished = replace(wished, plain_until_step=int(values["plain_until_step"]))
    taken = _free(config, kept)
    return take(config, wished, kept=kept), clips.say_choices(taken) if taken else None


def keep_plain(
    config: TrainConfig, clips: Suitability, before: TrainConfig | None, *, kept: Collection[str] = ()
) -> TrainConfig:
    """The recipe, whose backgrounds keep to one colour as long as those of `own` for clips such as were measured, or as
    the run had it `before`; settings that are to be `kept` stay."""
    if {"plain_weight", "plain_until_step"} & set(kept):
        return config
    if before is not None:
        return replace(config, plain_weight=before.plain_weight, plain_until_step=before.plain_until_step)
    return replace(config, plain_weight=preset("own").plain_weight, plain_until_step=clips.plain_until(config.steps))


def take(config: TrainConfig, other: TrainConfig, *, kept: Collection[str] = ()) -> TrainConfig:
    """The recipe with what is chosen from clips as another has it, such as that of a run which goes on."""
    free, values = _free(config, kept), {setting.name: setting.value for setting in settings_of(other)}
    names = [name for leader in free for name in (leader, *CHOSEN[leader])]
    return with_settings(config, [f"{name}={text_from_value(values[name])}" for name in names])


def _free(config: TrainConfig, kept: Collection[str]) -> list[str]:
    """Of the settings that are chosen from clips those that nobody has chosen."""
    usual = {setting.name: setting.value for setting in settings_of(preset("own"))}
    now = {setting.name: setting.value for setting in settings_of(config)}
    return [
        name
        for name, others in CHOSEN.items()
        if all(each not in kept and now[each] == usual[each] for each in (name, *others))
    ]
