"""The section *Your own thing* of the Dataset tab: a drawing or photo with a name, a preview of it moving, and the
button that teaches it to a trained model. What the button does is bound in `demo/page.py`."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np

from demo.dataset.gallery import write_gifs
from demo.gradio_patches.editor import keep_little
from demo.locale.translate import N_, _
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.errors import explain, explained
from demo.ui.events import IN_TURN, LATEST, PRIVATE, READ_BY_GRADIO
from demo.ui.handlers import bind, gather
from demo.ui.theme import clip_gallery, notice
from t2v.system.messages import value_error

SIDE_PX = 320  # of the canvas
FRAME_PX = 64  # of the preview's clips
FIRST_NAME = "monster"
SHOWN = ("moving right", "moving up-left", "shrinking", "expanding")  # of the motions that training will show
LEAD = N_(
    "Draw something, or drop, paste or photograph it, and give it a name of one word. A model that knows shapes learns "
    "it in minutes: it is shown moving straight, shrinking and expanding. Spinning, bouncing, zigzagging and turning "
    "a corner it has to work out by itself."
)


class Known(NamedTuple):
    """What the server has heard of a visitor's thing by now."""

    picture: np.ndarray | None = None  # (S, S, 4)
    name: str = FIRST_NAME


@dataclass(frozen=True)
class Widgets:
    """What the section is made of."""

    fold: gr.Accordion
    picture: gr.ImageEditor
    name: gr.Textbox
    checkpoint: gr.Dropdown
    teach: gr.Button
    create: gr.Button  # a dataset, with the settings at the top of the tab
    trouble: gr.HTML
    gallery: gr.Gallery
    remark: gr.HTML


def build() -> Widgets:
    """Lay the section out, folded."""
    with gr.Accordion(_("Your own thing"), open=False, elem_id="own-thing") as fold:
        gr.HTML(notice(_(LEAD), "remark"))
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                picture = gr.ImageEditor(
                    label=_("Picture"),
                    type="numpy",
                    image_mode="RGBA",
                    sources=["upload", "webcam", "clipboard"],
                    canvas_size=(SIDE_PX, SIDE_PX),
                    fixed_canvas=True,  # a photo of millions of pixels is made as small as the canvas, in the browser
                    height=SIDE_PX + 120,
                    elem_id="thing-picture",
                )
                keep_little(picture)
                name = gr.Textbox(label=_("Its name"), value=FIRST_NAME, max_lines=1, elem_id="thing-name")
                checkpoint = gr.Dropdown(
                    label=_("Begin from"), choices=[], filterable=False, elem_id="thing-checkpoint"
                )
                teach = gr.Button(_("Teach"), variant="primary", elem_id="thing-teach")
                create = gr.Button(_("Create dataset with it"), size="md", elem_id="thing-create")
                trouble = gr.HTML(elem_id="thing-trouble", elem_classes="message-line")
            with gr.Column(scale=2, min_width=320):
                gallery = clip_gallery(_("How it will move"), "thing-clips")
                remark = gr.HTML(elem_id="thing-remark")
    return gather(Widgets, locals())


def thing_of(drawn: dict | None, name: str) -> tuple[str, np.ndarray]:
    """The thing's name and picture (S, S, 4) of what the editor holds. ValueError says what is wrong with either."""
    from t2v.data.things import cut_out

    name = checked_name(name)
    picture = (drawn or {}).get("composite")
    if picture is None:
        raise value_error("There is no picture yet: draw one, or drop one on the canvas.")
    return name, cut_out(np.asarray(picture))


def checked_name(name: str) -> str:
    """The name as the grammar has it. ValueError says what is wrong with it."""
    from t2v.data.things import thing_name
    from t2v.language.names import check_name

    name = thing_name(name or "")
    check_name(name)
    return name


def draw_moving(name: str, picture: np.ndarray, out_dir: Path) -> list[tuple[Path, str]]:
    """Clips of the thing in motions that training will show, as GIFs in `out_dir`, with their captions."""
    from t2v.data.grammar import SHAPES_GRAMMAR, Attributes
    from t2v.data.render import render_frames
    from t2v.data.scenes import from_attributes
    from t2v.data.things import sprites_of

    grammar = SHAPES_GRAMMAR.with_things(name)
    wanted = [Attributes(name, motion) for motion in SHOWN]
    drawn = from_attributes(grammar.name, wanted)
    clips = render_frames(drawn, frame_size_px=FRAME_PX, things=sprites_of({name: picture}))  # (B, T, H, W, 3)
    return write_gifs(zip(clips, map(grammar.caption, wanted), strict=True), out_dir, "thing")


def teachable(folders: Folders) -> list[str]:
    """The names of checkpoints that can be taught a thing: those whose prompts are of the shapes."""
    from t2v.system.files import read_json

    names = []
    for name, folder in find_checkpoints(folders).items():
        try:
            config = read_json(folder / "config.json")
        except ValueError:
            continue
        if str(config.get("grammar")).split("+")[0] == "shapes" and "discriminator_sha256" in config:
            names.append(name)
    return names


def on_picture(folders: Folders, drawn: dict | None, known: Known, *, visitor: str) -> tuple | list:
    """The preview of a new picture, under the name that is known by now."""
    from t2v.data.things import cut_out

    picture = (drawn or {}).get("composite")
    if picture is None:  # it is on its way
        return [gr.skip()] * 3
    if not np.asarray(picture)[..., 3].any():
        return on_clear(known)  # all is rubbed out, which is no mistake
    try:
        thing = cut_out(np.asarray(picture))
    except ValueError as error:
        return known._replace(picture=None), gr.skip(), explain(error)
    return known._replace(picture=thing), *preview(folders, known.name, thing, visitor)


def on_clear(known: Known) -> tuple:
    """Nothing is drawn any more."""
    return known._replace(picture=None), [], ""


def on_name(folders: Folders, name: str, known: Known, *, visitor: str) -> tuple:
    """The preview of the picture that is known by now, under a new name."""
    known = known._replace(name=name)
    if known.picture is None:
        return known, gr.skip(), gr.skip()
    return known, *preview(folders, name, known.picture, visitor)


@explained(outputs=2)
def preview(folders: Folders, name: str, picture: np.ndarray, visitor: str) -> list[tuple[Path, str]]:
    """Clips of a thing (S, S, 4) of this name."""
    return draw_moving(checked_name(name), picture, folders.visit(visitor))


def on_open(folders: Folders, chosen: str | None) -> dict:
    """The menu of checkpoints anew."""
    names = teachable(folders)
    return gr.update(choices=names, value=chosen if chosen in names else next(iter(names), None))


def wire(tab: gr.Tab, w: Widgets, folders: Folders) -> None:
    """Join the preview to its handlers.

    Gradio asks the editor for its picture before it sends an event, which takes a while, and answers may come in any
    order: so each event brings what has changed and nothing else, and they are answered one after the other.
    """
    known = gr.State(Known())
    shown = [known, w.gallery, w.trouble]
    # `change` comes before the editor has taken in a photo or a file, and finds none on a busy machine; `upload` after
    drawn = [w.picture.change, w.picture.upload]
    gr.on(drawn, bind(on_picture, folders), [w.picture, known], shown, **READ_BY_GRADIO, **IN_TURN, **LATEST)
    w.picture.clear(bind(on_clear), known, shown, **READ_BY_GRADIO, **IN_TURN)
    named = [w.name.blur, w.name.submit]
    gr.on(named, bind(on_name, folders), [w.name, known], shown, **READ_BY_GRADIO, **IN_TURN, **LATEST)
    # what comes while the fold is closed is lost: its widgets are not there yet
    gr.on([tab.select, w.fold.expand], bind(on_open, folders), w.checkpoint, w.checkpoint, **PRIVATE)
