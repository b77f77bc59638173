"""The Train tab: start a training, watch it, stop it, go on with it. All it shows is read from the run's folder."""

import hashlib
from types import SimpleNamespace

import gradio as gr
import pandas as pd
from gradio.processing_utils import save_file_to_cache

from demo import training
from demo.folders import Folders, find_datasets
from demo.theme import bar, notice
from demo.training import Run
from t2v.config import PRESETS, preset

FIRST_PRESET = "lesson"  # the one that is made to be watched
NO_DATASET = "none: draw scenes endlessly"
NO_RUN = "There is no training yet. Choose a preset and start one."
LOOK_EVERY_SECONDS = 2
PLOTTED_STEPS = 300  # a curve with more points looks the same


def losses(run: Run | None) -> pd.DataFrame:
    """Both networks' losses in long form (step, loss, network), averaged down to at most `PLOTTED_STEPS` steps."""
    rows = [row for row in run.metrics if row.get("loss_g") is not None] if run else []
    table = pd.DataFrame(rows, columns=["step", "loss_g", "loss_d"], dtype=float)
    table = table.groupby(table.index // -(-max(1, len(table)) // PLOTTED_STEPS)).mean()
    table = table.rename(columns={"loss_g": "generator", "loss_d": "discriminator"})
    return table.melt("step", var_name="network", value_name="loss")


def describe(run: Run | None) -> str:
    """How far the training is, in one line."""
    if run is None:
        return NO_RUN
    if run.state == "starting":
        return f"{run.name} is starting; the first step takes some seconds."
    said = [f"{run.name} is {run.state}" if run.busy else f"{run.name} {run.state}"]
    if run.of:
        said[0] += f" at step {run.step:,} of {run.of:,}"
    if run.state == "running" and run.eta_seconds is not None:
        said.append(f"{say_duration(run.eta_seconds)} to go")
    if run.metrics:
        said.append(f"{run.metrics[-1].get('clips_per_second', 0):.0f} clips/s")
    return ", ".join([*said, *([run.device] if run.device else [])]) + "."


def say_duration(seconds: float) -> str:
    """95 -> 1 min 35 s"""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def build() -> SimpleNamespace:
    """Lay the tab out: what is asked for beside what comes of it."""
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            recipe = gr.Radio(label="Preset", choices=list(PRESETS), value=FIRST_PRESET)
            steps = gr.Number(label="Steps", value=preset(FIRST_PRESET).steps, precision=0)
            with gr.Accordion("More settings", open=False):
                dataset = gr.Dropdown(label="Dataset", choices=[NO_DATASET], value=NO_DATASET, filterable=False)
                seed = gr.Number(label="Seed", value=preset(FIRST_PRESET).seed, precision=0)
            start = gr.Button("Start a new training", variant="primary")
            message = gr.HTML(elem_id="train-message", elem_classes="said")
            run = gr.Dropdown(
                label="Run",
                choices=[],
                filterable=False,
                info="which training is shown",
            )
            with gr.Row():
                stop = gr.Button("Stop and save", interactive=False, size="md", min_width=120)
                resume = gr.Button("Resume", interactive=False, size="md", min_width=120)
        with gr.Column(scale=2, min_width=320):
            progress = gr.HTML(elem_id="train-progress")
            with gr.Column(visible=False) as curves:
                plot = gr.LinePlot(
                    label="Losses",
                    show_label=False,  # Gradio leaves it no room, and would cut the legend off
                    title="Losses",
                    x="step",
                    y="loss",
                    color="network",
                    color_map={"generator": "#6366f1", "discriminator": "#f59e0b"},
                    height=280,
                    color_title=" ",
                    buttons=[],
                    elem_id="losses",
                )
            with gr.Column(visible=False) as pictures:
                preview = gr.Image(
                    label="Latest preview",
                    type="filepath",
                    interactive=False,
                    buttons=["fullscreen"],
                    alt_text="Clips that the model in training draws now",
                    elem_id="preview",
                    elem_classes="preview",
                )
    with gr.Accordion("Log", open=False):
        log = gr.Textbox(label="Last lines", lines=8, max_lines=16, interactive=False, elem_classes="log")
    seen = gr.Textbox(visible=False)  # what the page shows now; it must survive a restart of the server
    timer = gr.Timer(LOOK_EVERY_SECONDS)
    return SimpleNamespace(**locals())


def wire(page: gr.Blocks, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    shown = [w.progress, w.curves, w.plot, w.pictures, w.preview, w.log, w.start, w.stop, w.resume, w.seen]

    def on_look(name, seen):
        """Everything anew from disk; nothing is sent where nothing has changed, so pictures go on moving."""
        busy = training.running(folders)
        run = training.look(folders, name) if name in training.run_names(folders) else None
        now = hashlib.sha256(repr((run, busy)).encode()).hexdigest()
        if seen == now:
            return gr.skip()
        said = notice(describe(run), "" if run else "remark")
        if run is not None and run.of:
            said += bar(run.step, run.of, "steps made")
        if run is not None and run.error:
            said += notice(run.error, "problem")
        if busy is not None and busy != name:
            said += notice(f"{busy} is being trained at the moment.", "remark")
        preview = run.preview if run else None
        if preview is not None:
            preview = save_file_to_cache(preview, cache_dir=w.preview.GRADIO_CACHE)
        return (
            said,
            gr.update(visible=bool(run and run.metrics)),
            losses(run),
            gr.update(visible=preview is not None),
            preview,
            run.log if run else "",
            gr.update(interactive=busy is None),
            gr.update(interactive=run is not None and run.state in ("starting", "running")),
            gr.update(interactive=busy is None and run is not None and run.resumable),
            now,
        )

    def on_names(name):
        names = training.run_names(folders)
        chosen = name if name in names else training.running(folders) or next(iter(names), None)
        return gr.update(choices=names, value=chosen)

    def on_datasets(dataset):
        names = [NO_DATASET, *find_datasets(folders)]
        return gr.update(choices=names, value=dataset if dataset in names else NO_DATASET)

    def on_start(recipe, steps, seed, dataset):
        try:
            data = None if dataset == NO_DATASET else dataset
            name = training.start(folders, preset=recipe, steps=steps, seed=seed, dataset=data)
        except (ValueError, OSError) as error:
            return notice(str(error), "problem"), gr.skip()
        return "", on_names(name)

    def told(act):
        """`act` on the chosen run; what is wrong is said in the page."""

        def handler(name, steps):
            try:
                act(name, steps)
            except (ValueError, OSError) as error:
                return notice(str(error), "problem")
            return ""

        return handler

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    ours = {"preprocess": False, **quiet}
    looking = {"fn": on_look, "inputs": [w.run, w.seen], "outputs": shown, "concurrency_limit": 4, **ours}
    control = {"concurrency_id": "training", "concurrency_limit": 1, **ours}  # so that two starts cannot cross
    w.timer.tick(**looking)
    w.run.change(**looking)
    page.load(on_names, w.run, w.run, **ours).then(**looking)
    w.run.focus(on_names, w.run, w.run, **ours)
    gr.on([tab.select, w.dataset.focus], on_datasets, w.dataset, w.dataset, **ours)
    w.recipe.change(lambda name: preset(name).steps, w.recipe, w.steps, **ours)
    w.start.click(on_start, [w.recipe, w.steps, w.seed, w.dataset], [w.message, w.run], **control).then(**looking)
    w.stop.click(told(lambda name, _: training.stop(folders, name)), [w.run, w.steps], w.message, **control).then(
        **looking
    )
    w.resume.click(
        told(lambda name, steps: training.resume(folders, name, steps=steps)), [w.run, w.steps], w.message, **control
    ).then(**looking)
