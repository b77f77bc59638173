"""The Train tab: start a training, watch it, stop it, go on with it. What it shows of a run is in `run_view.py`."""

import hashlib
import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import gradio as gr
import pandas as pd
from gradio.processing_utils import save_file_to_cache

from demo.studio import about
from demo.studio.workspace import Folders, find_datasets
from demo.train import estimate, processes
from demo.train.diagnosis import is_baseline
from demo.train.estimate import Speed
from demo.train.run_view import NO_OTHER, PLOTS, SHOWN, view
from demo.ui import about as about_fold
from demo.ui.errors import explain
from demo.ui.handlers import bind
from demo.ui.theme import notice
from t2v.config import PRESETS, TrainConfig, preset

FIRST_PRESET = "lesson"  # the one that is made to be watched
NO_DATASET = "None: make new clips as it trains"
LOOK_EVERY_SECONDS = 2  # while the tab is open: a look costs a third of a second, mostly of the browser's
RUNS_ASKED = 10  # for their speed
TICK_WHILE_OPEN = "async () => ({__type__: 'update', active: await window.studioPage.openTab() === 'train'})"


def asked(name: str, steps: int, batch_size: int, learning_rate: float, seed: int) -> TrainConfig:
    """The recipe of these settings. ValueError with all that is wrong with them."""
    changes = {"steps": steps, "batch_size": batch_size, "learning_rate": learning_rate, "seed": seed}
    return replace(preset(name), **changes)


def dataset_choices(folders: Folders) -> list[tuple[str, str]]:
    """(what the menu says, the dataset's name), none at all first."""
    known = [(about.label(folders.datasets, name), name) for name in find_datasets(folders)]
    return [(NO_DATASET, NO_DATASET), *known]


def say_recipe(recipe: TrainConfig, device: str) -> str:
    """What would be trained, and on what."""
    made = "The tutorial's three networks" if is_baseline(recipe) else "Video GAN"
    side_px = recipe.model.frame_size_px
    return f"{made}, all {recipe.grammar}, {side_px}x{side_px} pixels; on {device}."


def find_speed(folders: Folders, recipe: TrainConfig, measured: dict[tuple, Speed]) -> Speed | None:
    """The best figure there is for this recipe: of the run in progress, then measured here, then of earlier runs."""
    names, busy = processes.run_names(folders)[:RUNS_ASKED], processes.running(folders)
    of_runs = {name: estimate.speed_of_run(processes.look(folders, name), recipe) for name in names}
    return of_runs.get(busy) or measured.get(estimate.likeness(recipe)) or next(filter(None, of_runs.values()), None)


def measure_speed(folders: Folders, recipe: TrainConfig) -> Speed:
    """Some real training steps, now. ValueError while a training runs, which would spoil both, or when they fail."""
    folders.limits.check_training(recipe.batch_size, None)
    if (busy := processes.running(folders)) is not None:
        raise ValueError(f"{busy} is being trained; a measurement now would slow it down and come out wrong.")
    return estimate.measure(recipe)


def digest(shown: object) -> str:
    """A short stand-in for a property of a widget."""
    said = shown.to_csv() if isinstance(shown, pd.DataFrame) else repr(shown)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def news(parts: dict[str, dict], before: dict) -> tuple[dict[str, dict], dict]:
    """Of all widgets' properties those that the visitor does not see yet, and what to remember of it."""
    parts, lines = {n: dict(part) for n, part in parts.items()}, {n: list(parts[n]["color_map"]) for n in PLOTS}
    for n in PLOTS:
        if lines[n] != before.get("lines", {}).get(n):  # Gradio takes colours only for lines that it has already,
            parts[n] = {"value": parts[n]["value"]}  # so they follow at the next look
    digests = {f"{n}.{key}": digest(value) for n, part in parts.items() for key, value in part.items()}
    known = before.get("digests", {}).items()
    sent = {}
    for n, part in parts.items():
        sent[n] = {key: value for key, value in part.items() if (f"{n}.{key}", digests[f"{n}.{key}"]) not in known}
    return sent, {"lines": lines, "digests": digests}


def build() -> SimpleNamespace:
    """Lay the tab out: what is asked for beside what comes of it."""
    first = preset(FIRST_PRESET)
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            recipe = gr.Radio(label="Preset", choices=list(PRESETS), value=FIRST_PRESET)
            dataset = gr.Dropdown(label="Dataset", choices=[NO_DATASET], value=NO_DATASET, filterable=False)
            with gr.Row():
                steps = gr.Number(label="Steps", value=first.steps, precision=0, min_width=120)
                minutes = gr.Number(label="Stop after (minutes; empty: never)", value=None, min_width=120)
            with gr.Accordion("More settings", open=False):
                batch_size = gr.Number(label="Batch size", value=first.batch_size, precision=0)
                learning_rate = gr.Number(label="Learning rate", value=first.learning_rate, info="of both networks")
                seed = gr.Number(label="Seed", value=first.seed, precision=0)
            expected = gr.HTML(elem_id="train-estimate", elem_classes="tight")
            measure = gr.Button(f"Estimate the time (about {estimate.USUAL_SECONDS} s)", size="sm")
            start = gr.Button("Start a new training", variant="primary")
            blocked = gr.HTML(elem_id="train-blocked", elem_classes=["said", "tight"])
            message = gr.HTML(elem_id="train-message", elem_classes=["said", "tight"])
            with gr.Accordion("Command line", open=False):
                command = gr.Code(
                    label="Type this in the project's folder",
                    language=None,  # its colours are too pale to read
                    lines=1,
                    interactive=False,
                    wrap_lines=True,
                    show_line_numbers=False,
                    buttons=["copy"],
                    elem_id="command",
                )
        with gr.Column(scale=2, min_width=320):
            with gr.Row():
                run = gr.Dropdown(label="Run", choices=[], filterable=False, min_width=140)
                other = gr.Dropdown(
                    label="Compare with", choices=[NO_OTHER], value=NO_OTHER, filterable=False, min_width=140
                )
            progress = gr.HTML(elem_id="train-progress", elem_classes="tight")
            with gr.Row():
                stop = gr.Button("Stop and save", interactive=False, size="md", min_width=120)
                resume = gr.Button("Resume", interactive=False, size="md", min_width=120)
                try_it = gr.Button("Try it in Generate", interactive=False, size="md", min_width=120)
            with gr.Row(visible=False) as stop_asked:
                stop_sure = gr.Button("Stop it all the same", variant="stop", size="md", min_width=120)
                stop_not = gr.Button("Let it run", size="md", min_width=120)
            with gr.Column(visible=False) as losses_shown:
                losses = plot("Losses", "loss")
                losses_said = gr.HTML(elem_classes="tight")
            with gr.Column(visible=False) as previews_shown:
                over_steps = gr.HTML(elem_id="over-steps", elem_classes="tight")
                preview = gr.Image(
                    label="Preview",
                    type="filepath",
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_id="preview",
                    elem_classes="preview",
                )
                place = gr.Slider(label="Previews", minimum=1, maximum=2, step=1, value=1, buttons=[])
            with gr.Column(visible=False) as shares_shown:
                shares = plot("Clips that show their prompt", "percent")
            shares_said = gr.HTML(elem_classes=["said", "tight"])
            with gr.Column(visible=False) as scores_shown:
                scores = plot("What the discriminator thinks", "score")
                scores_said = gr.HTML(elem_classes="tight")
            fold = about_fold.build("About this run", "about-run")
            settings = fold.settings
            with gr.Accordion("Log", open=False):
                log = gr.Textbox(label="Last lines", lines=8, max_lines=16, interactive=False, elem_classes="log")
    heard = gr.State("")  # which run is in progress and whether it has told its speed
    seen = gr.Textbox(visible=False)  # what the page shows now; it must survive a restart of the server
    timer = gr.Timer(LOOK_EVERY_SECONDS, active=False)
    return SimpleNamespace(**locals())


def plot(title: str, measured: str) -> gr.LinePlot:
    """A plot over the steps, as `curves` gives its points."""
    return gr.LinePlot(
        label=title,
        show_label=False,  # Gradio leaves it no room, and would cut the legend off
        title=title,
        x="step",
        x_axis_format=",d",
        y=measured,
        color="line",
        color_title=" ",
        height=250,
        buttons=[],
        elem_id=f"plot-{measured}",
    )


def wire(page: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    speeds: dict[tuple, Speed] = {}  # measured since the server stands, for all visitors
    settings = [w.recipe, w.steps, w.batch_size, w.learning_rate, w.seed]
    plan = [*settings, w.minutes, w.dataset]

    def on_look(name, other, place, seen):
        """Everything anew from disk; nothing is sent where nothing has changed, so pictures go on moving."""
        before = json.loads(seen or "{}")
        try:
            parts, now = view(folders, name, other, place, before)
        except Exception as error:
            return [gr.update(value=explain(error)) if n == "progress" else gr.skip() for n in SHOWN] + [gr.skip()]
        sent, memory = news(parts, before)
        now |= memory
        if now == before:
            return gr.skip()
        if sent["preview"].get("value") is not None:
            sent["preview"]["value"] = save_file_to_cache(sent["preview"]["value"], cache_dir=w.preview.GRADIO_CACHE)
        return [gr.update(**sent[n]) if sent[n] else gr.skip() for n in SHOWN] + [json.dumps(now)]

    def on_datasets(dataset):
        known = dataset_choices(folders)
        return gr.update(choices=known, value=dataset if dataset in [name for _, name in known] else NO_DATASET)

    def on_recipe(name):
        try:
            recipe = preset(name)
        except ValueError:  # said by on_plan
            return [gr.skip()] * len(settings[1:])
        return recipe.steps, recipe.batch_size, recipe.learning_rate, recipe.seed

    def chosen(dataset):
        return None if dataset == NO_DATASET else dataset

    def on_plan(name, steps, batch_size, learning_rate, seed, minutes, dataset):
        try:
            recipe = asked(name, steps, batch_size, learning_rate, seed)
            minutes = minutes or None
            command = processes.command_line(folders, recipe, minutes=minutes, dataset=chosen(dataset))
            expected = estimate.say_estimate(recipe, minutes=minutes, speed=find_speed(folders, recipe, speeds))
            return notice(say_recipe(recipe, estimate.device_in_words(folders.limits.device)), "remark") + notice(
                expected
            ), command
        except Exception as error:
            return explain(error), ""

    def on_edit(before, *plan):
        """The plan of new settings; when it is right and was not `before`, the error of the old ones goes."""
        expected, command = on_plan(*plan)
        return expected, command, "" if command and not before else gr.skip()

    def on_measure(*settings):
        try:
            recipe = asked(*settings)
            speeds[estimate.likeness(recipe)] = measure_speed(folders, recipe)
        except Exception as error:
            return explain(error)
        return ""

    def on_start(name, steps, batch_size, learning_rate, seed, minutes, dataset, *, visitor):
        try:
            recipe = asked(name, steps, batch_size, learning_rate, seed)
            begun = processes.start(folders, recipe, minutes=minutes or None, dataset=chosen(dataset), visitor=visitor)
        except Exception as error:
            return explain(error), gr.skip()
        return "", gr.update(choices=processes.run_names(folders), value=begun)

    def on_stop(name, *, visitor):
        """Stop a training of this visitor's; of another's, ask first."""
        if processes.is_of(folders, name, visitor):
            return on_stop_sure(name)
        return notice(f"Somebody else has started {name}, or you have since reloaded the page."), gr.update(
            visible=True
        )

    def on_stop_sure(name):
        try:
            processes.stop(folders, name)
        except Exception as error:
            return explain(error), gr.update(visible=False)
        return "", gr.update(visible=False)

    def on_stop_not():
        return "", gr.update(visible=False)

    def on_about(name):
        """The name and the note of the run that was just chosen."""
        known = about.read(folders.runs, name) if name else about.About()
        return known.title, known.note, gr.update(visible=False), ""

    def on_resume(name, steps, minutes, *, visitor):
        try:
            processes.resume(folders, name, steps=steps, minutes=minutes or None, visitor=visitor)
        except Exception as error:
            return explain(error)
        return ""

    ours = {"api_visibility": "private", "show_progress": "hidden", "preprocess": False}
    looking = {
        "fn": on_look,
        "inputs": [w.run, w.other, w.place, w.seen],
        "outputs": [*(getattr(w, name) for name in SHOWN), w.seen],
        "concurrency_limit": 4,
        **ours,
    }
    # one at a time, so that of several answers about the same settings the newest is the last to arrive
    in_turn = {"concurrency_id": "plan", "concurrency_limit": 1, **ours}
    planning = {"fn": on_plan, "inputs": plan, "outputs": [w.expected, w.command], **in_turn}
    editing = {
        "fn": on_edit,
        "inputs": [w.command, *plan],
        "outputs": [w.expected, w.command, w.message],
        "trigger_mode": "always_last",
        **in_turn,
    }
    control = {"concurrency_id": "training", "concurrency_limit": 1, **ours}  # so that two starts cannot cross
    # in the browser: on the way through the server two turns of the tabs could change places
    gr.on([tab.select for tab in tabs.children], None, None, w.timer, js=TICK_WHILE_OPEN, trigger_mode="multiple")
    tab.select(**looking)
    w.timer.tick(**looking)
    gr.on([w.run.change, w.other.change, w.place.input], trigger_mode="always_last", **looking).then(**looking)
    page.load(**looking).then(**looking).then(**planning)
    gr.on([tab.select, w.dataset.blur], on_datasets, w.dataset, w.dataset, **ours)
    tab.select(**planning)
    w.recipe.input(on_recipe, w.recipe, settings[1:], **ours).then(**editing)
    w.heard.change(**planning)
    # only what a visitor edits: the numbers of a preset come all at once, and would each ask for the same
    gr.on([*(widget.input for widget in [*settings[1:], w.minutes]), w.dataset.change], **editing)
    w.measure.click(lambda: notice("Timing a few steps …"), None, w.expected, **ours).then(
        on_measure, settings, w.message, concurrency_id="measuring", concurrency_limit=1, **ours
    ).then(**planning)
    w.start.click(bind(on_start), plan, [w.message, w.run], **control).then(**looking).then(**planning)
    stopping = {"inputs": w.run, "outputs": [w.message, w.stop_asked], **control}
    w.stop.click(bind(on_stop), **stopping).then(**looking)
    w.stop_sure.click(on_stop_sure, **stopping).then(**looking)
    w.stop_not.click(on_stop_not, None, [w.message, w.stop_asked], **control)
    w.run.change(on_about, w.run, [w.fold.title, w.fold.note, w.fold.asking, w.fold.message], **ours)
    for event in about_fold.wire(
        w.fold, w.run, write=partial(about.write, folders.runs), remove=partial(processes.delete, folders)
    ):
        event.then(**looking)
    w.resume.click(bind(on_resume), [w.run, w.steps, w.minutes], w.message, **control).then(**looking)
