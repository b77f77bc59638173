"""The Evaluate tab: how well a checkpoint obeys, in one sentence; behind it figures, failures, a new measurement.

Handlers are functions of the page's folders, the tab's widgets, and plain values; `wire` binds the first two.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from demo.evaluate import charts, jobs
from demo.locale.translate import N_, _, ngettext, translate
from demo.studio import clips
from demo.studio.clips import MAX_PAGE_SEED, NO_CHECKPOINT
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.amounts import say_duration
from demo.ui.errors import on_error
from demo.ui.events import HEAVY, PRIVATE
from demo.ui.handlers import bind, gather
from demo.ui.theme import bar, clip_gallery, menu, notice
from t2v.config import raise_if, range_problem
from t2v.evaluation.report import say_known_before
from t2v.system.messages import value_error

SEED = 1  # of a new measurement: other prompts and noise than those of the shipped figures
READERS = (N_("geometric"), N_("network"))
TWO_READERS = N_(
    "Two readers that share no code judge every clip: geometry, and a small network trained on real clips."
)
NOT_MEASURED = N_("No measurement comes with this checkpoint yet. Measure it below.")
ONE_READER = N_("Only the geometric reader was asked: no failed clips, and no comparison with real ones.")
NOTHING_WRONG = N_("Both readers found every clip right.")
TIMED_AFTER = 8  # clips, of a measurement: the first ones load the networks


@dataclass(frozen=True)
class Widgets:
    """What the tab is made of, from top to bottom."""

    checkpoint: gr.Dropdown
    verdict: gr.HTML  # one sentence
    headline: gr.HTML
    origin: gr.HTML
    measuring: gr.Accordion
    count: gr.Slider
    seed: gr.Number
    start: gr.Button
    stop: gr.Button
    progress: gr.HTML
    failing: gr.Accordion
    failed_note: gr.HTML
    failed: gr.Gallery
    by_attribute: gr.Accordion
    attributes: gr.HTML
    by_motion: gr.Accordion
    motions: gr.HTML
    mistaken: gr.Accordion
    part: gr.Radio
    reader: gr.Radio
    confusions: gr.HTML
    fidelity: gr.Accordion
    beside: gr.HTML
    result: gr.State  # what is shown

    @property
    def folds(self) -> tuple[gr.Accordion, ...]:
        """What a measurement fills, and what is hidden without one."""
        return self.failing, self.by_attribute, self.by_motion, self.mistaken, self.fidelity

    @property
    def shown(self) -> list[gr.blocks.Block]:
        """What `show` fills."""
        texts = [self.verdict, self.headline, self.origin, self.attributes, self.motions, self.confusions, self.beside]
        return [*texts, *self.folds, self.measuring, self.result, self.progress, self.checkpoint]


def build() -> Widgets:
    """Lay the tab out: the sentence first, all else folded."""
    checkpoint = gr.Dropdown(label=_("Checkpoint"), choices=[], filterable=False, elem_id="measured")
    verdict = gr.HTML(elem_id="measured-verdict", elem_classes="tight")
    headline = gr.HTML(elem_id="measured-headline", elem_classes="tight")
    origin = gr.HTML(elem_id="measured-origin", elem_classes="tight")
    with gr.Accordion(_("Failed clips"), open=False, visible=False) as failing:
        failed_note = gr.HTML(elem_id="failed-note", elem_classes="message-line")
        failed = clip_gallery(_("What was asked, and what was read"), "failed", columns=4)
    with gr.Accordion(_("By attribute"), open=False, visible=False) as by_attribute:
        attributes = gr.HTML(elem_id="measured-attributes")
    with gr.Accordion(_("By motion"), open=False, visible=False) as by_motion:
        motions = gr.HTML(elem_id="measured-motions")
    with gr.Accordion(_("Confusion tables"), open=False, visible=False) as mistaken:
        with gr.Row():
            parts = [(_(title), key) for key, (title, _kind) in charts.PARTS.items()]
            part = gr.Radio(label=_("Prompts"), choices=parts, value="seen", min_width=200)
            reader = gr.Radio(
                label=_("Reader"), choices=[(_(reader), reader) for reader in READERS], value=READERS[0], min_width=200
            )
        confusions = gr.HTML(elem_id="confusions")
    with gr.Accordion(_("Compared with real clips"), open=False, visible=False) as fidelity:
        beside = gr.HTML(elem_id="measured-beside")
    with gr.Accordion(_("Measure again"), open=False, elem_id="measure-again") as measuring:
        with gr.Row(equal_height=True):
            count = gr.Slider(
                label=_("Number of clips (seen and unseen prompts, each)"),
                minimum=jobs.CLIPS_BOUNDS[0],
                maximum=jobs.CLIPS_BOUNDS[1],
                step=20,
                value=jobs.CLIPS,
                scale=3,
                min_width=280,
            )
            seed = gr.Number(label=_("Seed"), value=SEED, precision=0, min_width=100)
        with gr.Row():
            start = gr.Button(_("Measure"), variant="primary", min_width=100)
            stop = gr.Button(_("Stop"), interactive=False, min_width=100)
        progress = gr.HTML(elem_id="measuring", elem_classes="message-line")
    result = gr.State(None)
    return gather(Widgets, locals())


def say_origin(result: dict, origin: str) -> str:
    """Where the figures come from, in one line."""
    source = ngettext(
        "{origin}: {n:,} clip of trained prompts, as many of unseen ones, seed {seed}.",
        "{origin}: {n:,} clips of trained prompts, as many of unseen ones, seed {seed}.",
        result["clips"],
        origin=origin,
        seed=result["seed"],
    )
    readers = TWO_READERS if "network" in result["seen"] else ONE_READER
    lines = (charts.own_words(result), source, translate(say_known_before(result.get("first_world"))), _(readers))
    return "".join(notice(line, "remark") for line in lines if line)


def show(w: Widgets, result: dict | None, origin: str) -> dict:
    """Everything but the failed clips, which follow."""
    from t2v.evaluation.report import fidelity_rows

    if result is None:
        empty = {widget: "" for widget in (w.verdict, w.headline, w.attributes, w.motions, w.confusions, w.beside)}
        hidden = {fold: gr.update(visible=False) for fold in w.folds}
        return {w.origin: notice(_(NOT_MEASURED)), w.measuring: gr.update(open=True), w.result: None, **empty, **hidden}
    rows = fidelity_rows(result)
    return {
        w.verdict: notice(charts.verdict(result)),
        w.headline: charts.headline(result),
        w.origin: say_origin(result, origin),
        w.attributes: charts.legend(result) + charts.attribute_bars(result),
        w.by_attribute: gr.update(visible=True),
        w.motions: charts.motion_bars(result),
        w.by_motion: gr.update(
            visible=True, label=_("By relation") if charts.is_of_stories(result) else _("By motion")
        ),
        w.confusions: charts.heat_maps(result, "seen", "geometric"),
        w.mistaken: gr.update(visible=bool(charts.confusions(result, "seen", "geometric"))),
        w.beside: charts.beside_real(rows),
        w.fidelity: gr.update(visible=bool(rows)),
        w.failing: gr.update(visible="failures" in result["seen"]),
        w.result: result,
    }


def on_open(folders: Folders, w: Widgets, name: str | None) -> dict:
    """The menu anew; the figures of the one that is chosen."""
    names = clips.menu(folders)
    known = [key for _label, key in names]
    chosen = name if name in known else next(iter(known), None)
    renewed = {w.checkpoint: menu(names, chosen, before=name)}
    if chosen is None:
        return renewed | show(w, None, "") | {w.origin: notice(_(NO_CHECKPOINT), "remark")}
    return renewed | (on_checkpoint(folders, w, chosen) if chosen != name else {})


@on_error(lambda line, _folders, w, *_: show(w, None, "") | {w.origin: line})
def on_checkpoint(folders: Folders, w: Widgets, name: str) -> dict:
    """The figures that come with it."""
    return show(w, jobs.published(folders, name), _("Shipped with the checkpoint")) | {w.progress: ""}


def on_table(result: dict | None, part: str, reader: str) -> str:
    """The confusion tables of one part by one reader."""
    return charts.heat_maps(result, part, reader) if result else ""


@on_error(lambda line, *_: (line, []))
def on_failures(folders: Folders, result: dict | None, name: str, *, visitor: str) -> tuple:
    """Some of the failed clips, made again."""
    if not result or "failures" not in result["seen"]:
        return gr.skip(), gr.skip()
    shown = jobs.failed_clips(folders, name, result, folders.visit(visitor))
    return notice("" if shown else _(NOTHING_WRONG)), gr.update(value=shown, visible=bool(shown))


def say_progress(done: int, of: int, seconds: float) -> str:
    """How far a measurement is and how long it takes from here, as HTML."""
    text = ngettext("{done:,} of {n:,} clip drawn and read.", "{done:,} of {n:,} clips drawn and read.", of, done=done)
    if done >= TIMED_AFTER:
        text += " " + _("About {time} left.", time=say_duration(seconds * (of - done) / done))
    return notice(text) + bar(done, of, _("clips measured"))


def start_and_stop(w: Widgets, *, busy: bool) -> dict:
    """Which of the two buttons can be pressed."""
    return {w.start: gr.update(interactive=not busy), w.stop: gr.update(interactive=busy)}


@on_error(lambda line, _folders, w, *_: {w.progress: line, **start_and_stop(w, busy=False)})
def on_start(
    folders: Folders, w: Widgets, stops: dict[str, threading.Event], name: str, count: int, seed: int, *, visitor: str
) -> Iterator[dict]:
    """Measure until the end or the stop button, saying how far; then show it."""
    stop = stops[visitor] = threading.Event()
    try:
        raise_if(range_problem("seed", seed, 0, MAX_PAGE_SEED))
        if name not in find_checkpoints(folders):
            raise value_error(NO_CHECKPOINT)
        busy = start_and_stop(w, busy=True)  # in each part: a browser may see the last one only
        idle = start_and_stop(w, busy=False)
        yield {w.progress: notice(_("Loading the checkpoint and the readers.")), **busy}
        result, began = None, None
        for done, of, result in jobs.measure(folders, name, clips=count, seed=seed, stop=stop.is_set):
            if result is None:
                began = began or (done and time.monotonic())
                waited = time.monotonic() - (began or time.monotonic())
                yield {w.progress: say_progress(done, of, waited), **busy}
        if result is None:
            yield {w.progress: notice(_("Stopped; nothing was measured.")), **idle}
        else:
            yield {**show(w, result, _("Measured just now")), w.progress: "", w.checkpoint: name, **idle}
    finally:
        stops.pop(visitor, None)


def end_measurement(stops: dict[str, threading.Event], *, visitor: str) -> None:
    """End the measurement of a visitor who leaves."""
    if visitor in stops:
        stops[visitor].set()


def on_stop(stops: dict[str, threading.Event], *, visitor: str) -> dict:
    """End it as the visitor asks."""
    end_measurement(stops, visitor=visitor)
    return gr.update(interactive=False)


def wire(page: gr.Blocks, tab: gr.Tab, w: Widgets, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    stops: dict[str, threading.Event] = {}  # of the measurements that visitors have begun
    heavy = {**PRIVATE, **HEAVY, "trigger_mode": "always_last"}
    failures = {"inputs": [w.result, w.checkpoint], "outputs": [w.failed_note, w.failed], **heavy}
    for event in (
        tab.select(bind(on_open, folders, w), w.checkpoint, w.shown, **PRIVATE),
        w.checkpoint.input(bind(on_checkpoint, folders, w), w.checkpoint, w.shown, **PRIVATE),
        w.start.click(
            bind(on_start, folders, w, stops),
            [w.checkpoint, w.count, w.seed],
            [*w.shown, w.start, w.stop],
            **PRIVATE,
            **HEAVY,
        ),
    ):
        event.then(bind(on_failures, folders), **failures)
    gr.on([w.part.input, w.reader.input], on_table, [w.result, w.part, w.reader], w.confusions, **PRIVATE)
    w.stop.click(bind(on_stop, stops), None, w.stop, **PRIVATE)
    page.unload(bind(end_measurement, stops))
