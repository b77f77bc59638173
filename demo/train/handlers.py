"""What the Train tab's buttons and fields do: functions of the page's folders and plain values, bound in `tab.wire`."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import gradio as gr
import pandas as pd
from gradio.processing_utils import save_file_to_cache

from demo.locale.translate import N_, _, translate
from demo.studio import about
from demo.studio.workspace import Folders, find_datasets
from demo.train import estimate, processes, runs
from demo.train.diagnosis import is_baseline
from demo.train.estimate import Speed
from demo.train.run_view import PLOTS, SHOWN, view
from demo.train.suited import OWN, suited
from demo.ui.errors import explained, on_error
from demo.ui.theme import notice
from t2v.config import TrainConfig
from t2v.presets import preset
from t2v.settings import OPTIONS, settings_of, text_from_value, with_settings
from t2v.system.messages import value_error

NO_DATASET = N_("None: make new clips as it trains")
RUNS_ASKED = 10  # for their speed
PROMPTS_OF = {  # by grammar
    "classic": N_("the tutorial's 18 prompts"),
    "shapes": N_("all shapes"),
    "stories": N_("all stories"),
}


def recipe_from(
    name: str, steps: int, batch_size: int, learning_rate: float, seed: int, others: str = "", *, fit: str | None = None
) -> TrainConfig:
    """The recipe of these settings; `others` has lines NAME=VALUE. `fit` is how the dataset's maker wants its clips to
    become square. ValueError says what is wrong with the settings."""
    changes: dict[str, Any] = {"steps": steps, "batch_size": batch_size, "learning_rate": learning_rate, "seed": seed}
    changes |= {} if fit is None else {"fit": fit}
    return with_settings(replace(preset(name), **changes), assignments(others))


def assignments(others: str) -> list[str]:
    """The lines of a text that say something."""
    return [line for line in (others or "").splitlines() if line.strip()]


def dataset_choices(folders: Folders) -> list[tuple[str, str]]:
    """(what the menu says, the dataset's name), none at all first."""
    known = [(about.label(folders.datasets, name), name) for name in find_datasets(folders)]
    return [(_(NO_DATASET), NO_DATASET), *known]


def chosen(dataset: str) -> str | None:
    """The dataset's name, None for scenes that are drawn as it trains."""
    return None if dataset == NO_DATASET else dataset


def fit_of_dataset(folders: Folders, dataset: str) -> str | None:
    """How the clips of the chosen dataset become square, None where nobody chose."""
    from t2v.data.collect import fit_of

    folder = find_datasets(folders).get(dataset)
    return None if folder is None else fit_of(folder)


def say_recipe(recipe: TrainConfig, device: str) -> str:
    """What would be trained, and on what."""
    prompts = _(PROMPTS_OF[recipe.grammar]) if recipe.grammar in PROMPTS_OF else str(recipe.grammar)
    prompts = _("what your clips show") if recipe.preset == OWN else prompts
    values = {"prompts": prompts, "side": recipe.model.frame_size_px, "device": device}
    if is_baseline(recipe):
        return _("The tutorial's three networks, {prompts}, {side}x{side} pixels; on {device}.", **values)
    return _("Video GAN, {prompts}, {side}x{side} pixels; on {device}.", **values)


def find_speed(folders: Folders, recipe: TrainConfig, measured: dict[TrainConfig, Speed]) -> Speed | None:
    """The best figure there is for this recipe: of the run in progress, then measured here, then of earlier runs."""
    names, busy = runs.run_names(folders)[:RUNS_ASKED], runs.running(folders)
    of_runs = {name: estimate.speed_of_run(runs.read_run(folders, name), recipe) for name in names}
    now = of_runs.get(busy) if busy else None
    return now or measured.get(estimate.likeness(recipe)) or next(filter(None, of_runs.values()), None)


def measure_speed(folders: Folders, recipe: TrainConfig) -> Speed:
    """Some real training steps, now. ValueError while a training runs, which would spoil both, or when they fail."""
    folders.limits.check_training(recipe, None)
    if (busy := runs.running(folders)) is not None:
        raise value_error(
            "{name} is being trained; a measurement now would slow it down and come out wrong.", name=busy
        )
    return estimate.measure(recipe)


def digest(shown: object) -> str:
    """A short stand-in for a property of a widget."""
    text = shown.to_csv() if isinstance(shown, pd.DataFrame) else repr(shown)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def news(parts: dict[str, dict], before: dict) -> tuple[dict[str, dict], dict]:
    """Of all widgets' properties those that the visitor does not see yet, and what to remember of it."""
    parts, lines = {n: dict(part) for n, part in parts.items()}, {n: list(parts[n]["color_map"]) for n in PLOTS}
    for n in PLOTS:
        if lines[n] != before.get("lines", {}).get(n):
            # Gradio takes colours only for lines that it has already, so they follow at the next refresh
            parts[n] = {key: parts[n][key] for key in ("value", "x_title", "y_title")}
    digests = {f"{n}.{key}": digest(value) for n, part in parts.items() for key, value in part.items()}
    known = before.get("digests", {}).items()
    sent = {}
    for n, part in parts.items():
        sent[n] = {key: value for key, value in part.items() if (f"{n}.{key}", digests[f"{n}.{key}"]) not in known}
    return sent, {"lines": lines, "digests": digests}


@on_error(lambda line, *_: [gr.update(value=line) if n == "progress" else gr.skip() for n in SHOWN] + [gr.skip()] * 2)
def on_refresh(
    folders: Folders, cache_dir: str, name: str | None, other: str | None, number: int | None, sent_before: str
) -> Any:
    """Everything anew from disk; nothing is sent where nothing has changed, so pictures go on moving.

    The run to be shown comes last, with what the menus offer: the browser takes it where the visitor has chosen none
    since, and the menus while neither is open.
    """
    before = json.loads(sent_before or "{}")
    parts, now = view(folders, name, other, number, before)
    sent, memory = news(parts, before)
    now |= memory
    if now == before:
        return gr.skip()
    if sent["preview"].get("value") is not None:
        sent["preview"]["value"] = save_file_to_cache(sent["preview"]["value"], cache_dir=cache_dir)
    menus, given = {n: parts[n]["choices"] for n in ("run", "other")}, gr.skip()
    if "value" in sent["run"] or any("choices" in sent[n] for n in menus):
        given = {"name": sent["run"].pop("value", None)} | menus
        for n in menus:
            sent[n].pop("choices", None)
    return [gr.update(**sent[n]) if sent[n] else gr.skip() for n in SHOWN] + [json.dumps(now), given]


def on_tick(
    folders: Folders,
    cache_dir: str,
    name: str | None,
    other: str | None,
    number: int | None,
    sent_before: str,
    awaited: str | None,
) -> list:
    """As `on_refresh`, but nothing while another run was just chosen: the choice has a refresh of its own, and one more
    would come late and set the slider back that a quick hand has moved by then.

    Only until the next tick, when that run is the one `awaited`: a late answer about the run before may have come after
    those of the choice, which nothing else would then show. It comes last, to be handed in at the next tick.
    """
    nothing = [gr.skip()] * (len(SHOWN) + 2)
    if json.loads(sent_before or "{}").get("run") not in (None, name) and awaited != name:
        return [*nothing, name]
    answer = on_refresh(folders, cache_dir, name, other, number, sent_before)
    return [*(answer if isinstance(answer, list) else nothing), None]


def on_datasets(folders: Folders, dataset: str) -> dict:
    """The menu of datasets anew; what is chosen stays, also where it was chosen since the server was asked."""
    known = dataset_choices(folders)
    if dataset in [name for _label, name in known]:
        return gr.update(choices=known)
    return gr.update(choices=known, value=NO_DATASET)


def on_preset(name: str) -> tuple | list:
    """The preset's own numbers: steps, batch size, learning rate, seed."""
    try:
        recipe = preset(name)
    except ValueError:  # on_plan says so
        return [gr.skip()] * 4
    return recipe.steps, recipe.batch_size, recipe.learning_rate, recipe.seed


def more_settings() -> list[str]:
    """Names of the settings that have no field of their own on the page."""
    return [setting.name for setting in settings_of(preset("lesson")) if setting.name not in OPTIONS]


def on_setting(name: str, others: str, chosen_setting: str | None) -> dict:
    """The field of a setting: what it is now, and what it does."""
    if chosen_setting is None:
        return gr.update(value="", info="", interactive=False)
    try:
        recipe = with_settings(preset(name), assignments(others))
        setting = next(setting for setting in settings_of(recipe) if setting.name == chosen_setting)
    except (ValueError, StopIteration):  # on_plan says so
        return gr.skip()
    return gr.update(value=text_from_value(setting.value), info=setting.help, interactive=True)


def on_value(others: str, chosen_setting: str | None, value: str) -> str:
    """The lines of the changed settings with this one; without it where the value is empty."""
    if chosen_setting is None:
        return others
    rest = [line for line in assignments(others) if line.partition("=")[0].strip() != chosen_setting]
    return "\n".join(rest + [f"{chosen_setting}={value.strip()}"] * bool(value.strip()))


@on_error(lambda line, *_: (line, ""))
def on_plan(folders: Folders, speeds: dict[TrainConfig, Speed], *plan: Any) -> tuple[str, str]:
    """What these settings would train and how long that takes, or what is wrong with them; and the command line."""
    *settings, minutes, dataset = plan
    recipe, minutes = recipe_from(*settings, fit=fit_of_dataset(folders, dataset)), minutes or None
    command = processes.command_line(folders, recipe, minutes=minutes, dataset=chosen(dataset))
    recipe, taken = suited(folders, recipe, chosen(dataset))
    expected = estimate.say_estimate(recipe, minutes=minutes, speed=find_speed(folders, recipe, speeds))
    about_recipe = say_recipe(recipe, estimate.device_in_words(folders.limits.device))
    return notice(about_recipe, "remark") + notice(translate(taken or ""), "remark") + notice(expected), command


def on_edit(folders: Folders, speeds: dict[TrainConfig, Speed], before: str, *plan: Any) -> tuple:
    """The plan of new settings; when it is right and was not `before`, the error of the old ones goes."""
    expected, command = on_plan(folders, speeds, *plan)
    return expected, command, "" if command and not before else gr.skip()


def on_timing() -> str:
    """What is said while a speed is measured."""
    return notice(_("Timing a few steps …"))


@explained(outputs=1)
def on_measure(folders: Folders, speeds: dict[TrainConfig, Speed], *plan: Any) -> None:
    """Measure the speed of these settings, for all visitors."""
    *settings, _minutes, dataset = plan
    recipe, _taken = suited(folders, recipe_from(*settings, fit=fit_of_dataset(folders, dataset)), chosen(dataset))
    speeds[estimate.likeness(recipe)] = measure_speed(folders, recipe)


@explained(outputs=2)
def on_start(folders: Folders, *plan: Any, visitor: str) -> dict:
    """Start a training, which is then the run that is shown."""
    *settings, minutes, dataset = plan
    recipe = recipe_from(*settings, fit=fit_of_dataset(folders, dataset))
    begun = processes.start(folders, recipe, minutes=minutes or None, dataset=chosen(dataset), visitor=visitor)
    return gr.update(choices=runs.run_names(folders), value=begun)


def on_stop(folders: Folders, name: str, *, visitor: str) -> tuple:
    """Stop a training of this visitor's; of another's, ask first."""
    if runs.is_of(folders, name, visitor):
        return on_stop_sure(folders, name)
    asking = notice(_("Somebody else has started {name}, or you have since reloaded the page.", name=name))
    return gr.update(visible=True), asking


@explained(outputs=2, otherwise=gr.update(visible=False))
def on_stop_sure(folders: Folders, name: str) -> dict:
    """Stop it, whoever's it is."""
    processes.stop(folders, name)
    return gr.update(visible=False)


def on_stop_not() -> tuple[dict, str]:
    """It goes on."""
    return gr.update(visible=False), ""


def on_about(folders: Folders, name: str | None) -> tuple[list[str], dict]:
    """The name and the note of the run that was just chosen."""
    known = about.read(folders.runs, name) if name else about.About()
    return [known.title, known.note], gr.update(visible=False)


@explained(outputs=1)
def on_resume(folders: Folders, name: str, steps: int, minutes: float | None, *, visitor: str) -> None:
    """Go on with a run."""
    processes.resume(folders, name, steps=steps, minutes=minutes or None, visitor=visitor)
