"""A fold in which a run or a dataset has its settings, a name, a note, and is deleted, once that was confirmed."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from demo.locale.translate import _
from demo.ui.errors import on_error
from demo.ui.events import PRIVATE
from demo.ui.handlers import bind
from demo.ui.theme import notice

# Both run in the browser. What was typed since a choice stays when the server has answered it: a text is filled in
# where there still is what stood there at the choice, or what was filled in last.
AT_CHOICE = """(...now) => { ((window.about ??= {}).FOLD ??= {}).before = now; }"""
FILL_IN = """(answer, ...now) => {
  const { before = [], known = [] } = window.about?.FOLD ?? {};
  (window.about ??= {}).FOLD = { known: answer };
  const same = (one, other) => (one || "") === (other || "");
  return now.map((text, i) => same(text, before[i]) || same(text, known[i]) ? answer[i] : text);
}"""


@dataclass(frozen=True)
class AboutWidgets:
    """From top to bottom."""

    settings: gr.HTML
    title: gr.Textbox
    note: gr.Textbox
    answer: gr.JSON  # name and note as the server knows them; never shown
    save: gr.Button
    delete: gr.Button
    asking: gr.Row  # whether it shall really be deleted
    sure: gr.Button
    keep: gr.Button
    message: gr.HTML


def build(label: str, elem_id: str, *, deletable: bool) -> AboutWidgets:
    """Lay the fold out; on a public Space nothing is `deletable`."""
    with gr.Accordion(label, open=False, elem_id=elem_id):
        settings = gr.HTML(elem_classes="tight")
        title = gr.Textbox(label=_("Name"), max_length=60, elem_id=f"{elem_id}-title")
        note = gr.Textbox(label=_("Note"), lines=2, max_length=2000, elem_id=f"{elem_id}-note")
        answer = gr.JSON(visible="hidden")
        with gr.Row():
            save = gr.Button(_("Save name and note"), size="md", min_width=120)
            delete = gr.Button(_("Delete …"), size="md", min_width=120, visible=deletable, elem_id=f"{elem_id}-delete")
        with gr.Row(visible=False) as asking:
            sure = gr.Button(_("Delete for good"), variant="stop", size="md", min_width=120)
            keep = gr.Button(_("Keep it"), size="md", min_width=120)
        message = gr.HTML(elem_id=f"{elem_id}-message", elem_classes=["message-line", "tight"])
    return AboutWidgets(settings, title, note, answer, save, delete, asking, sure, keep, message)


def note_choices(w: AboutWidgets, menu: gr.Dropdown, key: str) -> None:
    """Remember what stands in the fields at each choice; `key` names the fold. To be joined before all else that a
    choice does: Gradio 6.31 lets the browser's part of an event wait for the server's that was joined earlier."""
    leaving = [menu.input, w.save.click, w.sure.click]  # what stands there then is done with
    gr.on(leaving, None, [w.title, w.note], None, js=AT_CHOICE.replace("FOLD", key))


def fill_in(w: AboutWidgets, answered: gr.events.Dependency, key: str) -> None:
    """Show what the server has `answered`, where nobody has typed since the choice."""
    fields = [w.title, w.note]
    answered.then(None, [w.answer, *fields], fields, js=FILL_IN.replace("FOLD", key))


def ask() -> tuple[dict, str]:
    """Whether it shall really be deleted."""
    return gr.update(visible=True), ""


def put_off() -> tuple[dict, str]:
    """It stays."""
    return gr.update(visible=False), ""


@on_error(lambda line, *_: line)
def on_choice() -> tuple[dict, str]:
    """What was asked and said of another one goes."""
    return put_off()


def on_save(write: Callable[..., object], name: str, title: str, note: str) -> str:
    """Keep name and note."""
    write(name, title=title, note=note)
    return notice(_("Saved."))


@on_error(lambda line, *_: (gr.update(visible=False), line))
def on_delete(remove: Callable[[str], None], name: str) -> tuple[dict, str]:
    """Delete it; what is wrong is said."""
    remove(name)
    return gr.update(visible=False), notice(_("{name} is deleted.", name=name))


def wire(
    w: AboutWidgets, menu: gr.Dropdown, *, write: Callable[..., object], remove: Callable[[str], None]
) -> list[gr.events.Dependency]:
    """Join the buttons; returns the events after which menus must be looked up anew."""
    w.delete.click(bind(ask), None, [w.asking, w.message], **PRIVATE)
    w.keep.click(bind(put_off), None, [w.asking, w.message], **PRIVATE)
    menu.input(bind(on_choice), None, [w.asking, w.message], **PRIVATE)
    saved = w.save.click(bind(on_save, write), [menu, w.title, w.note], w.message, **PRIVATE)
    removed = w.sure.click(bind(on_delete, remove), menu, [w.asking, w.message], **PRIVATE)
    return [saved, removed]
