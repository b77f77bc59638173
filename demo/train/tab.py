"""The Train tab: start a training, watch it, stop it, go on with it. What it does is in `handlers.py`, what it shows of
a run in `run_view.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from demo.locale.translate import _
from demo.studio import about
from demo.studio.limits import Limits
from demo.studio.workspace import Folders
from demo.train import estimate, handlers, processes
from demo.train.estimate import Speed
from demo.train.run_view import NO_OTHER, SHOWN
from demo.ui import about as about_fold
from demo.ui.events import LATEST, PRIVATE
from demo.ui.handlers import bind, gather
from t2v.config import TrainConfig
from t2v.presets import PRESETS, preset

FIRST_PRESET = "lesson"  # the one that is made to be watched
REFRESH_EVERY_SECONDS = 2  # while the tab is open: a refresh costs a third of a second, mostly of the browser's
# In the browser: what was chosen since the server was asked stays, and no menu moves under a hand that points at it.
CHOOSE = "name => { window.chosenRun = name; }"
TAKE_GIVEN = """(given, now) => {
  if (!given) return [];
  const { name, run, other } = given;
  const open = document.querySelector("#run [role=option], #other-run [role=option]");
  const menu = choices => ({ __type__: "update", ...(open ? {} : { choices }) });
  const stays = !name || (window.chosenRun === now && run.some(([, each]) => each === now));
  return [{ ...menu(run), ...(stays ? {} : { value: name }) }, menu(other), open ? { ...given, name: null } : null];
}"""
TICK_WHILE_OPEN = "async () => ({__type__: 'update', active: await window.studioPage.openTab() === 'train'})"


@dataclass(frozen=True)
class Widgets:
    """What the tab is made of: what is asked for, then what comes of it, from top to bottom."""

    recipe: gr.Radio
    dataset: gr.Dropdown
    steps: gr.Number
    minutes: gr.Number
    batch_size: gr.Number
    learning_rate: gr.Number
    seed: gr.Number
    setting: gr.Dropdown  # another one, to be looked at or changed
    value: gr.Textbox  # of that
    others: gr.Textbox  # all that were changed
    expected: gr.HTML
    measure: gr.Button
    start: gr.Button
    blocked: gr.HTML
    message: gr.HTML
    command: gr.Code
    run: gr.Dropdown
    other: gr.Dropdown
    progress: gr.HTML
    stop: gr.Button
    resume: gr.Button
    try_it: gr.Button
    run_message: gr.HTML  # what these buttons have to say
    stop_question: gr.Row
    stop_sure: gr.Button
    stop_not: gr.Button
    losses_shown: gr.Column
    losses: gr.LinePlot
    losses_note: gr.HTML
    previews_shown: gr.Column
    over_steps: gr.HTML
    preview: gr.Image
    preview_number: gr.Slider
    shares_shown: gr.Column
    shares: gr.LinePlot
    shares_note: gr.HTML
    scores_shown: gr.Column
    scores: gr.LinePlot
    scores_note: gr.HTML
    fold: about_fold.AboutWidgets
    settings: gr.HTML
    log: gr.Textbox
    in_progress: gr.State  # which run is in progress and whether it has told its speed
    given: gr.JSON  # the run that the server shows where nobody has chosen one, and what the menus offer; never shown
    sent_before: gr.Textbox  # what the page shows now; it must survive a restart of the server
    awaited: gr.State  # the run that was chosen before the last tick and not shown yet
    timer: gr.Timer

    @property
    def plan(self) -> list[gr.blocks.Block]:
        """All that is asked for: what `handlers.recipe_from` takes, then the limit and the dataset."""
        recipe = [self.recipe, self.steps, self.batch_size, self.learning_rate, self.seed, self.others]
        return [*recipe, self.minutes, self.dataset]


def build(limits: Limits) -> Widgets:
    """Lay the tab out: what is asked for beside what comes of it."""
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            made = build_plan(limits)
        with gr.Column(scale=2, min_width=320):
            made |= build_run(limits)
    made["in_progress"], made["awaited"] = gr.State(""), gr.State(None)
    made["sent_before"], made["given"] = gr.Textbox(visible=False), gr.JSON(visible="hidden")
    made["timer"] = gr.Timer(REFRESH_EVERY_SECONDS, active=False)
    return gather(Widgets, made)


def build_plan(limits: Limits) -> dict:
    """What is asked for, and its command line."""
    first = preset(FIRST_PRESET)
    recipe = gr.Radio(label=_("Preset"), choices=list(PRESETS), value=FIRST_PRESET)
    no_dataset = handlers.NO_DATASET
    dataset = gr.Dropdown(label=_("Dataset"), choices=[(_(no_dataset), no_dataset)], value=no_dataset, filterable=False)
    with gr.Row():
        steps = gr.Number(label=_("Steps"), value=first.steps, precision=0, min_width=120)
        if limits.minutes is None:
            label = _("Stop after (minutes; empty: never)")
        else:
            label = _("Stop after (minutes; at most {most:.0f})", most=limits.minutes)
        empty: Any = "" if limits.minutes is None else limits.minutes  # Gradio 6.31 shows None as 0
        minutes = gr.Number(label=label, value=empty, placeholder=_("no limit"), min_width=120, elem_id="minutes")
    with gr.Accordion(_("More settings"), open=False):
        batch_size = gr.Number(label=_("Batch size"), value=first.batch_size, precision=0)
        learning_rate = gr.Number(label=_("Learning rate"), value=first.learning_rate, info=_("of both networks"))
        seed = gr.Number(label=_("Seed"), value=first.seed, precision=0)
        setting = gr.Dropdown(
            label=_("Another setting"), choices=handlers.more_settings(), value=None, elem_id="setting"
        )
        value = gr.Textbox(label=_("Its value"), interactive=False, elem_id="setting-value")
        how = _("NAME=VALUE, one a line")
        others = gr.Textbox(label=_("Changed settings"), info=how, lines=2, elem_id="changed-settings")
    expected = gr.HTML(elem_id="train-estimate", elem_classes="tight")
    measure = gr.Button(_("Estimate the time (about {seconds} s)", seconds=estimate.USUAL_SECONDS), size="sm")
    start = gr.Button(_("Start a new training"), variant="primary")
    blocked = gr.HTML(elem_id="train-blocked", elem_classes=["message-line", "tight"])
    message = gr.HTML(elem_id="train-message", elem_classes=["message-line", "tight"])
    with gr.Accordion(_("Command line"), open=False):
        command = gr.Code(
            label=_("Type this in the project's folder"),
            language=None,  # its colours are too pale to read
            lines=1,
            interactive=False,
            wrap_lines=True,
            show_line_numbers=False,
            buttons=["copy"],
            elem_id="command",
        )
    return locals()


def build_run(limits: Limits) -> dict:
    """What there is to see of a run, and the buttons for it."""
    with gr.Row():
        menu, none = partial(gr.Dropdown, filterable=False, min_width=140), [(_(NO_OTHER), NO_OTHER)]
        run = menu(label=_("Run"), choices=[], elem_id="run")
        other = menu(label=_("Compare with"), choices=none, value=NO_OTHER, elem_id="other-run")
    progress = gr.HTML(elem_id="train-progress", elem_classes="tight")
    button = partial(gr.Button, size="md", min_width=120)
    with gr.Row():
        stop = button(_("Stop and save"), interactive=False)
        resume = button(_("Resume"), interactive=False)
        try_it = button(_("Try it in Generate"), interactive=False)
    run_message = gr.HTML(elem_id="run-message", elem_classes=["message-line", "tight"])
    with gr.Row(visible=False) as stop_question:
        stop_sure = button(_("Stop it all the same"), variant="stop")
        stop_not = button(_("Let it run"))
    with gr.Column(visible=False) as losses_shown:
        losses = plot(_("Losses"), "loss")
        losses_note = gr.HTML(elem_classes="tight")
    with gr.Column(visible=False) as previews_shown:
        over_steps = gr.HTML(elem_id="over-steps", elem_classes="tight")
        preview = gr.Image(
            label=_("Preview"),
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            elem_id="preview",
            elem_classes="preview",
        )
        preview_number = gr.Slider(label=_("Previews"), minimum=1, maximum=2, step=1, value=1, buttons=[])
    with gr.Column(visible=False) as shares_shown:
        shares = plot(_("Clips that show their prompt"), "percent")
    shares_note = gr.HTML(elem_classes=["message-line", "tight"])
    with gr.Column(visible=False) as scores_shown:
        scores = plot(_("What the discriminator thinks"), "score")
        scores_note = gr.HTML(elem_classes="tight")
    fold = about_fold.build(_("About this run"), "about-run", deletable=limits.minutes is None)
    settings = fold.settings
    with gr.Accordion(_("Log"), open=False):
        log = gr.Textbox(label=_("Last lines"), lines=8, max_lines=16, interactive=False, elem_classes="log")
    return locals()


def plot(title: str, measured: str) -> gr.LinePlot:
    """A plot over the steps, as `plots` gives its points."""
    return gr.LinePlot(
        label=title,
        show_label=False,  # Gradio leaves it no room, and would cut the legend off
        title=title,
        x="step",
        x_axis_format=",d",
        y_axis_format="~g",
        y=measured,
        color="line",
        color_title=" ",
        height=250,
        buttons=[],
        elem_id=f"plot-{measured}",
    )


def wire(page: gr.Blocks, tabs: list[gr.Tab], tab: gr.Tab, w: Widgets, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    speeds: dict[TrainConfig, Speed] = {}  # measured since the server stands, for all visitors
    refreshing: dict[str, Any] = {
        "fn": bind(handlers.on_refresh, folders, w.preview.GRADIO_CACHE),
        "inputs": [w.run, w.other, w.preview_number, w.sent_before],
        "outputs": [*(getattr(w, name) for name in SHOWN), w.sent_before, w.given],
        "concurrency_limit": 4,
        **PRIVATE,
    }
    # one at a time, so that of several answers about the same settings the newest is the last to arrive
    in_turn = {"concurrency_id": "plan", "concurrency_limit": 1, **PRIVATE}
    plan_outputs = [w.expected, w.command]
    planning = {"fn": bind(handlers.on_plan, folders, speeds), "inputs": w.plan, "outputs": plan_outputs, **in_turn}
    # in the browser: on the way through the server two turns of the tabs could change places
    gr.on([each.select for each in tabs], None, None, w.timer, js=TICK_WHILE_OPEN, trigger_mode="multiple")

    def refresh(event: Callable, **changes: Any) -> gr.events.Dependency:
        return event(**refreshing | changes).then(None, [w.given, w.run], [w.run, w.other, w.given], js=TAKE_GIVEN)

    refresh(tab.select)
    refresh(
        w.timer.tick,
        fn=bind(handlers.on_tick, folders, w.preview.GRADIO_CACHE),
        inputs=[*refreshing["inputs"], w.awaited],
        outputs=[*refreshing["outputs"], w.awaited],
    )
    w.run.input(None, w.run, None, js=CHOOSE)
    about_fold.note_choices(w.fold, w.run, "run")
    refresh(refresh(partial(gr.on, [w.run.change, w.other.change, w.preview_number.input]), **LATEST).then)
    refresh(refresh(page.load).then).then(**planning)
    gr.on([tab.select, w.dataset.blur], bind(handlers.on_datasets, folders), w.dataset, w.dataset, **PRIVATE)
    tab.select(**planning)
    w.in_progress.change(**planning)
    wire_plan(w, folders, speeds, planning, in_turn)
    wire_run(w, folders, refresh, planning)


def wire_plan(w: Widgets, folders: Folders, speeds: dict[TrainConfig, Speed], planning: dict, in_turn: dict) -> None:
    """Join what is asked for: the fields and the measurement."""
    editing = {
        "fn": bind(handlers.on_edit, folders, speeds),
        "inputs": [w.command, *w.plan],
        "outputs": [w.expected, w.command, w.message],
        **LATEST,
        **in_turn,
    }
    numbers = [w.steps, w.batch_size, w.learning_rate, w.seed]
    looking_up = {"inputs": [w.recipe, w.others, w.setting], "outputs": w.value, **PRIVATE}
    w.recipe.input(handlers.on_preset, w.recipe, numbers, **PRIVATE).then(handlers.on_setting, **looking_up).then(
        **editing
    )
    w.setting.input(handlers.on_setting, **looking_up)
    changing = [w.others, w.setting, w.value]
    gr.on([w.value.submit, w.value.blur], handlers.on_value, changing, w.others, **PRIVATE).then(**editing)
    w.others.blur(handlers.on_setting, **looking_up).then(**editing)
    # only what a visitor edits: the numbers of a preset come all at once, and would each ask for the same
    gr.on([*(widget.input for widget in [*numbers, w.minutes]), w.dataset.change], **editing)
    measuring = {"concurrency_id": "measuring", "concurrency_limit": 1, **PRIVATE}
    timed = w.measure.click(handlers.on_timing, None, w.expected, **PRIVATE).then(
        bind(handlers.on_measure, folders, speeds), w.plan, w.message, **measuring
    )
    timed.then(**planning)


def wire_run(w: Widgets, folders: Folders, refresh: Callable, planning: dict) -> None:
    """Join the buttons that lead a run, and the fold about it."""
    control = {"concurrency_id": "training", "concurrency_limit": 1, **PRIVATE}  # so that two starts cannot cross
    started = w.start.click(bind(handlers.on_start, folders), w.plan, [w.run, w.message], **control)
    refresh(started.then).then(**planning)
    stopped = [w.stop_question, w.run_message]
    refresh(w.stop.click(bind(handlers.on_stop, folders), w.run, stopped, **control).then)
    refresh(w.stop_sure.click(bind(handlers.on_stop_sure, folders), w.run, stopped, **control).then)
    w.stop_not.click(handlers.on_stop_not, None, stopped, **control)
    resuming = [w.run, w.steps, w.minutes]
    refresh(w.resume.click(bind(handlers.on_resume, folders), resuming, w.run_message, **control).then)
    w.run.input(handlers.on_stop_not, None, stopped, **control)  # what was said of another run goes
    known = w.run.change(bind(handlers.on_about, folders), w.run, [w.fold.answer, w.fold.asking], **PRIVATE)
    about_fold.fill_in(w.fold, known, "run")
    write, remove = partial(about.write, folders.runs), partial(processes.delete, folders)
    for event in about_fold.wire(w.fold, w.run, write=write, remove=remove):
        refresh(event.then)
