"""The Generate tab: the stage, which lives in the browser (`static/`), and what Gradio's widgets do below it."""

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from demo.generate import series
from demo.generate.answers import Newest, answer_rest
from demo.generate.builder import catalogue
from demo.generate.direct import first_answers
from demo.generate.ready import SCENES, ready
from demo.locale.translate import Page, _, words_of
from demo.studio import clip_files, clips
from demo.studio.clip_files import ENDINGS
from demo.studio.clips import FPS_BOUNDS
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.errors import explained
from demo.ui.events import HEAVY, LATEST, PRIVATE, READ_BY_GRADIO
from demo.ui.handlers import bind
from demo.ui.theme import notice
from t2v.data.grammar import BOUNCING, things_of
from t2v.system.files import read_json
from t2v.system.messages import Message

STATIC = Path(__file__).parent / "static"
# In this order they are one function in the browser.
SCRIPTS = tuple(
    STATIC / f"{name}.js" for name in ("grammar", "story", "player", "fields", "builder", "history", "shown", "stage")
)
MORPH_STEPS, GRID_SEEDS = 5, 4
# A browser saves what a link points to; Gradio has such a link only inside its own button.
CSS = (STATIC / "stage.css").read_text(encoding="utf-8")
SAVE_NOW = "() => setTimeout(() => document.querySelector('#ready').click(), 100)"


@dataclass(frozen=True)
class Widgets:
    stage: gr.HTML  # its value is what the visitor asks for
    wall: gr.HTML  # and these are the parts of the answer that take longer
    other: gr.HTML
    fine: gr.HTML
    catalogue: gr.HTML  # which models there are
    command: gr.HTML  # fields to set, because the visitor has asked for it elsewhere
    ready: gr.DownloadButton
    opened: gr.UploadButton
    opened_as: gr.HTML  # what is to be said about a file
    remark: gr.HTML  # what went wrong with a download or a file
    target: gr.Textbox
    steps: gr.Slider
    morph: gr.Button
    morphed: gr.Image
    morph_error: gr.HTML
    prompts: gr.Textbox
    models: gr.CheckboxGroup
    seeds: gr.Slider
    grid: gr.Button
    gridded: gr.Image
    grid_files: gr.File
    grid_error: gr.HTML


def stage() -> gr.HTML:
    markup = (STATIC / "stage.html").read_text(encoding="utf-8").replace('"PROMPT"', f'"{html.escape(SCENES[0])}"')
    return gr.HTML(
        html_template=markup,
        js_on_load="\n".join(script.read_text(encoding="utf-8") for script in SCRIPTS),
        ready=ready() | {"wall": "ready/wall.webp", "hero": "ready/hero.webp", "fps": FPS_BOUNDS},
        russian=words_of("ru", STATIC / "stage.html", *SCRIPTS),
        apply_default_css=False,
        elem_id="stage",
    )


def receiver(part: str) -> gr.HTML:
    """A widget that nobody sees: what comes into it is handed to the stage."""
    script = f"watch('value', () => window.studio.take{part.capitalize()}(props.value ?? {{}}))"
    return gr.HTML(html_template="<i></i>", js_on_load=script, elem_id=f"answer-{part}", elem_classes="unseen")


def build() -> Widgets:
    """Lay the tab out."""
    parts: dict[str, Any] = {"stage": stage()}
    parts["ready"] = gr.DownloadButton(_("Ready"), visible="hidden", elem_id="ready")
    parts |= {part: receiver(part) for part in ("wall", "other", "fine", "catalogue", "command")}
    parts["opened"] = gr.UploadButton(
        _("Open a saved clip, or drop it here, to get its settings back"), size="sm", elem_id="opened"
    )
    parts["opened_as"] = gr.HTML(elem_id="opened-as", elem_classes="message-line")
    parts["remark"] = gr.HTML(elem_id="remark", elem_classes="message-line")
    with gr.Accordion(_("Morph into another prompt"), open=False):
        parts |= build_morph()
    with gr.Accordion(_("Grid: seeds by prompts or by models"), open=False):
        parts |= build_grid()
    return Widgets(**parts)


def build_morph() -> dict:
    with gr.Row(equal_height=True):
        target = gr.Textbox(
            label=_("Turn into"), placeholder=_("another prompt"), scale=4, min_width=240, elem_id="target"
        )
        steps = gr.Slider(
            label=_("In-between clips"), minimum=3, maximum=9, step=1, value=MORPH_STEPS, scale=2, min_width=140
        )
        morph = gr.Button(_("Morph"), scale=1, min_width=100)
    morph_error = gr.HTML(elem_id="morph-error", elem_classes="message-line")
    morphed = gr.Image(
        label=_("From one prompt to the other"), type="filepath", interactive=False, visible=False,
        buttons=["download", "fullscreen"], elem_id="morphed", elem_classes="strip",
        alt_text=_("Clips side by side that lead from one prompt to the other"),
    )  # fmt: skip
    return locals()


def build_grid() -> dict:
    with gr.Row():
        prompts = gr.Textbox(
            label=_("Prompts, one a line"), lines=3, max_lines=6, scale=3, min_width=240, elem_id="grid-prompts",
            info=_("empty: the prompt above, by each of these models"),
        )  # fmt: skip
        models = gr.CheckboxGroup(label=_("Models"), choices=[], scale=2, min_width=200, elem_id="grid-models")
        seeds = gr.Slider(
            label=_("Seeds"), minimum=1, maximum=series.MOST_SEEDS, step=1, value=GRID_SEEDS, scale=1, min_width=140
        )
    grid = gr.Button(_("Make the grid"), size="sm")
    grid_error = gr.HTML(elem_id="grid-error", elem_classes="message-line")
    gridded = gr.Image(
        label=_("Grid"), type="filepath", interactive=False, visible=False, buttons=["download", "fullscreen"],
        elem_id="gridded", elem_classes="strip", alt_text=_("Clips of several seeds, a row for each prompt or model"),
    )  # fmt: skip
    grid_files = gr.File(label=_("Grid as files"), visible=False, interactive=False, elem_id="grid-files")
    return locals()


# --- Handlers


@explained(outputs=2)
def on_save(folders: Folders, fields: dict, *, visitor: str) -> str:
    """The file of the clip that is shown."""
    fields = fields if isinstance(fields, dict) else {}
    shown, ending = fields.get("shown"), fields.get("ending")
    if not isinstance(shown, dict) or ending not in ENDINGS:
        raise ValueError(Message("There is no clip to save yet."))
    frames, fps = clips.pace(shown.get("frames"), shown.get("seconds"))
    wanted: list = [(shown.get("prompt"), shown.get("seed"))]
    clip = next(clips.draw_each(folders, wanted, frames=frames, fps=fps, checkpoint=shown.get("checkpoint")))
    return str(clip_files.save(clip, folders.visit(visitor), ending))


@explained(outputs=3)
def on_file(folders: Folders, file: str) -> tuple[dict, str]:
    """Every field as the recipe in the file says, and what is to be said about it."""
    fields, remark = clip_files.fields_of(folders, Path(file))
    fields["seconds"] = fields["frames"] / fields.pop("fps")
    as_recipe = _("all fields were set as its recipe says.")
    text = f"{Path(file).name}: {remark or as_recipe}"
    return {"set": fields, **catalogue(folders)}, notice(text, "remark")


def on_models(folders: Folders) -> tuple[dict, dict]:
    """Which models there are, for the stage's menus and for the grid."""
    known = catalogue(folders)
    return known, gr.update(choices=[model["name"] for model in known["models"]])


@explained(outputs=2)
def on_morph(folders: Folders, fields: dict, target: str, steps: int, *, visitor: str) -> dict:
    gif = series.draw_morph(folders, folders.visit(visitor), fields, target, steps)
    return gr.update(value=str(gif), visible=True)


@explained(outputs=3)
def on_grid(folders: Folders, fields: dict, prompts: str, models: list[str], seeds: int, *, visitor: str) -> tuple:
    gif, png = series.draw_grid(folders, folders.visit(visitor), fields, prompts, models, seeds)
    return gr.update(value=str(gif), visible=True), gr.update(value=[str(gif), str(png)], visible=True)


def command_to_try(folders: Folders, run: str) -> dict:
    """What sets the stage to the checkpoint of a run; where it was taught a thing, to that thing in a motion that it
    was never shown."""
    name = f"runs/{run}"
    folder = find_checkpoints(folders).get(name)
    if folder is None:
        return {"set": {}, **catalogue(folders)}
    things = things_of(str(read_json(folder / "config.json").get("grammar")))
    prompt = {"prompt": f"{things[-1]} {BOUNCING[0]}"} if things else {}
    return {"set": {"checkpoint": name, **prompt}, **catalogue(folders)}


def wire(page: Page, tab: gr.Tab, widgets: Widgets, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    heavy = {**HEAVY, **PRIVATE}
    newest = Newest()
    page.own_routes.append(first_answers(folders, newest))
    w.stage.vary(bind(answer_rest, folders, newest), w.stage, [w.wall, w.other, w.fine], **heavy, **LATEST)
    w.stage.save(bind(on_save, folders), w.stage, [w.ready, w.remark], **heavy).success(None, js=SAVE_NOW)
    gr.on([page.load, tab.select], bind(on_models, folders), None, [w.catalogue, w.models], **PRIVATE)
    w.opened.upload(bind(on_file, folders), w.opened, [w.command, w.opened_as, w.remark], **READ_BY_GRADIO)
    for listener in (w.morph.click, w.target.submit):
        fields = [w.stage, w.target, w.steps]
        listener(bind(on_morph, folders), fields, [w.morphed, w.morph_error], **heavy)
    fields = [w.stage, w.prompts, w.models, w.seeds]
    w.grid.click(bind(on_grid, folders), fields, [w.gridded, w.grid_files, w.grid_error], **heavy)
