"""The Evaluate tab: how well a checkpoint obeys, as shipped or measured anew while one watches, and where it fails."""

import threading
from pathlib import Path
from types import SimpleNamespace

import gradio as gr

from demo.evaluate import charts, jobs
from demo.studio import clips
from demo.studio.clips import HEAVY, MAX_PAGE_SEED, NO_CHECKPOINT
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.errors import explain
from demo.ui.theme import bar, clip_gallery, menu, notice
from t2v.config import problem_if_outside, refuse

SEED = 1  # of a new measurement: other prompts and noise than those of the shipped figures
READERS = ("geometric", "network")
READERS_SAID = (
    "Two readers that share no code look at every clip: dark bars are the geometric reader, light ones a small network "
    "trained on real clips. Whiskers: 95% intervals. Ticks: what the reader makes of real clips, its ceiling."
)
NOT_MEASURED = "No measurement comes with this checkpoint yet. Measure it below."
ONE_READER = "Only the geometric reader was asked: no failed clips, and nothing beside real ones."
NOTHING_WRONG = "Both readers found every clip right."


def say_what(result: dict, origin: str) -> str:
    """Where the figures come from, in one line."""
    said = f"{origin}: {result['clips']:,} clips of trained prompts and as many held out, seed {result['seed']}."
    if "diversity" not in result:
        return notice(said) + notice(ONE_READER, "remark")
    return notice(said)


def draw_confusions(result: dict, part: str, reader: str, out_dir: Path) -> tuple[list[tuple[Path, str]], Path | None]:
    """The confusion tables as pictures in `out_dir`: of all but the motions, with names, and that of the motions."""
    from t2v.media.grids import write_picture

    made = {}
    for name, table in charts.confusions(result, part, reader).items():
        made[name] = out_dir / f"confusion_{part}_{reader}_{name}.png"
        write_picture(made[name], charts.heat_map(name, table))
    motion = made.pop("motion", None)
    return [(path, name) for name, path in made.items()], motion


def build() -> SimpleNamespace:
    """Lay the tab out: the figures first, then a new measurement, the failed clips, what was mistaken for what."""
    with gr.Row(equal_height=True):
        checkpoint = gr.Dropdown(
            label="Checkpoint", choices=[], filterable=False, min_width=280, scale=2, elem_id="measured"
        )
        origin = gr.HTML(elem_id="measured-origin", min_width=280)
    headline = gr.HTML(elem_id="measured-headline")
    attributes = gr.HTML(elem_id="measured-attributes")
    with gr.Row(equal_height=True):
        count = gr.Slider(
            label="Clips to measure anew: of trained prompts, and as many held out",
            minimum=jobs.CLIPS_BOUNDS[0],
            maximum=jobs.CLIPS_BOUNDS[1],
            step=20,
            value=jobs.CLIPS,
            scale=3,
            min_width=280,
        )
        seed = gr.Number(label="Seed", value=SEED, precision=0, min_width=100)
        start = gr.Button("Measure", variant="primary", min_width=100)
        stop = gr.Button("Stop", interactive=False, min_width=100)
    progress = gr.HTML(elem_id="measuring", elem_classes="said")
    with gr.Column(visible=False) as failing:
        failed_said = gr.HTML(elem_id="failed-said", elem_classes="said")
        failed = clip_gallery("Clips that failed: what was asked, what was read", "failed", columns=4)
    with gr.Accordion("By motion", open=True) as by_motion:
        motions = gr.HTML(elem_id="measured-motions")
    with gr.Accordion("What was taken for what", open=True, visible=False) as mistaken:
        with gr.Row():
            part = gr.Radio(
                label="Prompts",
                choices=[(title, key) for key, (title, _) in charts.PARTS.items()],
                value="seen",
                min_width=200,
            )
            reader = gr.Radio(label="Reader", choices=list(READERS), value=READERS[0], min_width=200)
        with gr.Row():
            motion_map = gr.Image(
                label="Motions: rows asked, columns read, percent of the row",
                type="filepath",
                interactive=False,
                buttons=["fullscreen"],
                alt_text="Confusion table of the motions",
                elem_id="motion-map",
                elem_classes="heat",
                scale=3,
                min_width=320,
            )
            maps = gr.Gallery(
                label="The other attributes",
                columns=2,
                height="auto",
                object_fit="contain",
                interactive=False,
                buttons=["fullscreen"],
                elem_id="maps",
                elem_classes="heat",
                scale=2,
                min_width=320,
            )
    with gr.Accordion("Beside real clips", open=True, visible=False) as fidelity:
        beside = gr.HTML(elem_id="measured-beside")
    result = gr.State(None)  # what is shown
    return SimpleNamespace(**locals())


def wire(page: gr.Blocks, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    stops: dict[str, threading.Event] = {}  # of the measurements that visitors have begun

    def show(result: dict | None, origin: str) -> dict:
        """Everything but the pictures, which follow."""
        from t2v.evaluation.report import fidelity_rows

        if result is None:
            empty = {widget: "" for widget in (w.headline, w.attributes, w.motions, w.beside)}
            hidden = {panel: gr.update(visible=False) for panel in (w.failing, w.mistaken, w.fidelity, w.by_motion)}
            return {w.origin: notice(NOT_MEASURED, "remark"), w.result: None, **empty, **hidden}
        rows = fidelity_rows(result)
        return {
            w.origin: say_what(result, origin),
            w.headline: charts.headline(result),
            w.attributes: charts.attribute_bars(result) + notice(READERS_SAID, "remark"),
            w.motions: charts.motion_bars(result),
            w.by_motion: gr.update(visible=True),
            w.beside: charts.beside_real(rows),
            w.fidelity: gr.update(visible=bool(rows)),
            w.mistaken: gr.update(visible=bool(charts.confusions(result, "seen", "geometric"))),
            w.failing: gr.update(visible="failures" in result["seen"]),
            w.result: result,
        }

    def on_open(name):
        """The menu anew; the figures of the one that is chosen."""
        names = clips.menu(folders)
        known = [key for _, key in names]
        chosen = name if name in known else next(iter(known), None)
        renewed = {w.checkpoint: menu(names, chosen, before=name)}
        if chosen is None:
            return renewed | show(None, "") | {w.origin: notice(NO_CHECKPOINT, "remark")}
        return renewed | (on_checkpoint(chosen) if chosen != name else {})

    def on_checkpoint(name):
        try:
            return show(jobs.published(folders, name), "Shipped with the checkpoint") | {w.progress: ""}
        except Exception as error:
            return show(None, "") | {w.origin: explain(error)}

    def on_pictures(result, part, reader, request: gr.Request):
        if not result:
            return gr.skip(), gr.skip(), gr.skip()
        try:
            drawn = draw_confusions(result, part, reader, folders.visit(request.session_hash) / "measured")
        except Exception as error:
            return gr.skip(), gr.skip(), explain(error)
        return *drawn, gr.skip()

    def on_failures(result, name, request: gr.Request):
        try:
            if not result or "failures" not in result["seen"]:
                return gr.skip(), gr.skip()
            shown = jobs.failed_clips(folders, name, result, folders.visit(request.session_hash))
        except Exception as error:
            return explain(error), []
        return notice("" if shown else NOTHING_WRONG), gr.update(value=shown, visible=bool(shown))

    def on_start(name, count, seed, request: gr.Request):
        """Measure until the end or the stop button, saying how far; then show it."""
        stop = stops[request.session_hash] = threading.Event()
        idle = {w.start: gr.update(interactive=True), w.stop: gr.update(interactive=False)}
        try:
            refuse(problem_if_outside("seed", seed, 0, MAX_PAGE_SEED))
            if name not in find_checkpoints(folders):
                raise ValueError(NO_CHECKPOINT)
            busy = {w.start: gr.update(interactive=False), w.stop: gr.update(interactive=True)}
            yield {w.progress: notice("Loading the checkpoint and the readers."), **busy}
            result = None
            for done, of, result in jobs.measure(folders, name, clips=count, seed=seed, stop=stop.is_set):
                if result is None:
                    said = notice(f"{done:,} of {of:,} clips drawn and read.")
                    yield {w.progress: said + bar(done, of, "clips measured")}
            if result is None:
                yield {w.progress: notice("Stopped; nothing was measured."), **idle}
            else:
                yield {**show(result, "Measured just now"), w.progress: "", w.checkpoint: name, **idle}
        except Exception as error:
            yield {w.progress: explain(error), **idle}
        finally:
            stops.pop(request.session_hash, None)

    def on_leave(request: gr.Request) -> None:
        if request.session_hash in stops:
            stops[request.session_hash].set()

    def on_stop(request: gr.Request):
        on_leave(request)
        return gr.update(interactive=False)

    quiet = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    shown = [w.origin, w.headline, w.attributes, w.motions, w.by_motion, w.beside, w.fidelity, w.mistaken, w.failing]
    shown += [w.result, w.progress, w.checkpoint]
    mapping = {"fn": on_pictures, "inputs": [w.result, w.part, w.reader], "outputs": [w.maps, w.motion_map, w.progress]}
    failing = {"fn": on_failures, "inputs": [w.result, w.checkpoint], "outputs": [w.failed_said, w.failed]}
    heavy = {**quiet, **HEAVY, "trigger_mode": "always_last"}

    def with_pictures(event):
        event.then(**mapping, **heavy).then(**failing, **heavy)

    with_pictures(tab.select(on_open, w.checkpoint, shown, **quiet))
    with_pictures(w.checkpoint.input(on_checkpoint, w.checkpoint, shown, **quiet))
    with_pictures(w.start.click(on_start, [w.checkpoint, w.count, w.seed], [*shown, w.start, w.stop], **quiet, **HEAVY))
    gr.on([w.part.input, w.reader.input], **mapping, **heavy)
    w.stop.click(on_stop, None, w.stop, **quiet)
    page.unload(on_leave)
