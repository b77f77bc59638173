"""The Learn tab: its frame and its nine chapters. What it does is in `handlers.py`, each figure in `chapters/`."""

import json
from dataclasses import dataclass

import gradio as gr

from demo.learn import handlers
from demo.learn.chapters import tiny
from demo.learn.chapters.prose import PROSE
from demo.learn.chapters.tiny import BUTTONS, SWITCHES
from demo.learn.handlers import CHAPTERS, LINKED
from demo.learn.present import KEYS, PRESENT
from demo.locale.translate import _
from demo.studio.workspace import Folders
from demo.ui.events import HEAVY, LATEST, PRIVATE
from demo.ui.handlers import bind, gather
from t2v.config import SEED

CONTROLLED, REACTING = (2, 4, 6, 8), (1, 7)  # chapters with widgets above their figure, and below it
PROMPT = "circle moving left"
MAKE_LINK = """(...values) => {
  const query = new URLSearchParams(), names = NAMES;
  names.forEach((name, k) => { if (values[k] !== null && values[k] !== '') query.set(name, values[k]); });
  return location.origin + location.pathname + '?' + query;
}"""


@dataclass(frozen=True)
class Widgets:
    """What the tab is made of: what all chapters share, then what one chapter has, by its number or by name."""

    chapter: gr.Dropdown
    back: gr.Button
    forward: gr.Button
    checkpoint: gr.Dropdown
    prompt: gr.Textbox
    seed: gr.Number
    message: gr.HTML
    pages: dict[int, gr.Column]
    figures: dict[int, gr.HTML]
    shelves: dict[int, gr.Accordion]  # with the code
    codes: dict[int, gr.Code]
    is_a: gr.Button  # chapter 1
    is_b: gr.Button
    another: gr.Button
    verdict: gr.HTML
    number: gr.State  # of the pair
    motion: gr.Dropdown  # chapter 2
    angle: gr.Slider
    travel: gr.Slider
    radius: gr.Slider
    instant: gr.Slider  # chapter 4
    direction: gr.Slider
    d_step: gr.Button  # chapter 6
    g_step: gr.Button
    both_step: gr.Button
    run: gr.Button
    slow: gr.Button
    halt: gr.Button
    reset: gr.Button
    deaf: gr.Checkbox
    restless: gr.Checkbox
    unpenalised: gr.Checkbox
    hasty: gr.Checkbox
    avi: gr.File  # chapter 7
    examples: gr.Dropdown  # chapter 8
    present: gr.Button
    link: gr.Button
    handout: gr.Button
    address: gr.Textbox
    handout_file: gr.File

    @property
    def linked(self) -> list[gr.blocks.Block]:
        """What a link names."""
        return [getattr(self, name) for name in LINKED]

    @property
    def settings(self) -> list[gr.blocks.Block]:
        """What `handlers.settings_from` takes."""
        return [*self.linked, self.number]

    @property
    def shown(self) -> list[gr.blocks.Block]:
        """What `handlers.answer` fills."""
        pages = [*self.pages.values(), *self.figures.values(), *self.codes.values()]
        return [*pages, self.chapter, self.message, self.avi, self.examples, self.motion, self.number, self.verdict]


def build() -> Widgets:
    """Lay the tab out: which chapter, the settings that all share, then one chapter at a time."""
    with gr.Column(elem_id="learn"):
        made = build_settings()
        made |= {"pages": {}, "figures": {}, "shelves": {}, "codes": {}}
        for n in CHAPTERS:
            made |= build_chapter(n, made)
        made |= build_end()
    made["number"] = gr.State(0)
    return gather(Widgets, made)


def build_settings() -> dict:
    """Which chapter, and what all chapters share."""
    with gr.Row(elem_classes="ask"):
        chapter = gr.Dropdown(
            label=_("Chapter"),
            choices=[(_(PROSE[n].title), n) for n in CHAPTERS],
            value=1,
            filterable=False,
            min_width=180,
            elem_id="learn-chapter",
        )
        back = gr.Button(_("Back"), size="sm", min_width=70, elem_id="learn-back")
        forward = gr.Button(_("Next"), size="sm", min_width=70, elem_id="learn-next")
    with gr.Row(elem_id="learn-settings"):
        checkpoint = gr.Dropdown(label=_("Checkpoint"), choices=[], filterable=False, min_width=200)
        prompt = gr.Textbox(label=_("Prompt"), value=PROMPT, max_length=200, min_width=220, elem_id="learn-prompt")
        seed = gr.Number(label=_("Seed"), value=SEED, precision=0, min_width=80, elem_id="learn-seed")
    message = gr.HTML(elem_id="learn-message", elem_classes=["message-line", "tight"])
    return locals()


def build_chapter(n: int, made: dict) -> dict:
    """Lay out chapter `n`: its parts go by number into `made`; returns its widgets by name."""
    title, text, attempt, question, answer = map(_, PROSE[n])
    with gr.Column(visible=n == 1, elem_classes="lesson-page") as made["pages"][n]:
        gr.Markdown(f"## {title}", elem_classes="chapter-title")
        gr.Markdown(text, elem_classes="lesson-words")
        with gr.Column(elem_classes="lesson-controls", visible=n in CONTROLLED):
            named = controls(n)
        made["figures"][n] = gr.HTML(elem_id=f"figure-{n}", elem_classes="lesson")
        with gr.Column(elem_classes="lesson-reactions", visible=n in REACTING):
            named |= reactions(n)
        gr.Markdown(attempt, elem_classes="lesson-words")
        gr.Markdown(question, elem_classes="lesson-words")
        with gr.Accordion(_("Answer"), open=False, elem_classes="lesson-words"):
            gr.Markdown(answer)
        with gr.Accordion(_("The code of this chapter"), open=False, elem_classes="shelf") as made["shelves"][n]:
            pale = None  # the colours of a language are too pale to read
            made["codes"][n] = gr.Code(language=pale, interactive=False, lines=4, max_lines=30)
    return named


def build_end() -> dict:
    """What is below every chapter."""
    with gr.Row():
        present = gr.Button(_("Present (Esc to leave)"), size="sm", min_width=140, elem_id="learn-present")
        link = gr.Button(_("Link to this chapter with its settings"), size="sm", min_width=140, elem_id="learn-link")
        handout = gr.Button(_("Printable hand-out"), size="sm", min_width=140, elem_id="learn-handout")
    address = gr.Textbox(label=_("Link"), interactive=False, visible=False, elem_id="learn-address")
    handout_file = gr.File(label=_("Hand-out"), visible=False, interactive=False)
    return locals()


def controls(chapter: int) -> dict:
    """What a chapter's figure follows, laid out above it."""
    if chapter == 2:
        with gr.Row():
            motion = gr.Dropdown(label=_("Motion"), choices=[], filterable=False, min_width=200, elem_id="motion-2")
            angle = gr.Slider(label=_("Direction (degrees)"), minimum=0, maximum=359, step=1, value=0, min_width=150)
            travel = gr.Slider(label=_("Travel"), minimum=0.0, maximum=0.75, step=0.01, value=0.5, min_width=150)
            radius = gr.Slider(label=_("Radius"), minimum=0.06, maximum=0.22, step=0.01, value=0.2, min_width=150)
    elif chapter == 4:
        with gr.Row():
            instant = gr.Slider(
                label=_("Time, from 0 to 1"), minimum=0, maximum=1, step=0.01, value=0.5, elem_id="instant"
            )
            direction = gr.Slider(
                label=_("Along a direction of the noise"), minimum=-3, maximum=3, step=0.1, value=0, elem_id="direction"
            )
    elif chapter == 6:
        with gr.Row(elem_classes="downloads-free"):
            made: dict[str, gr.Button | gr.Checkbox] = {
                name: gr.Button(_(label), size="sm", min_width=90, elem_id=f"do-{name}")
                for name, label in BUTTONS.items()
            }
        with gr.Row():
            for name, label in SWITCHES.items():
                made[name] = gr.Checkbox(label=_(label), min_width=150, elem_id=f"switch-{name}")
        return made
    elif chapter == 8:
        examples = gr.Dropdown(label=_("Unseen prompts"), choices=[], filterable=False)
    return {name: widget for name, widget in locals().items() if name != "chapter"}


def reactions(chapter: int) -> dict:
    """What stands below a chapter's figure."""
    if chapter == 1:
        with gr.Row():
            is_a = gr.Button(_("A is real"), size="sm", min_width=90, elem_id="is-a")
            is_b = gr.Button(_("B is real"), size="sm", min_width=90, elem_id="is-b")
            another = gr.Button(_("Another pair"), size="sm", min_width=90)
        verdict = gr.HTML(elem_id="verdict", elem_classes="lesson")
    elif chapter == 7:
        avi = gr.File(label=_("AVI file"), interactive=False, elem_id="avi")
    return {name: widget for name, widget in locals().items() if name != "chapter"}


def wire(page: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab, w: Widgets, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    heavy = {**HEAVY, **PRIVATE, **LATEST}
    anew = {"inputs": w.settings, "outputs": w.shown, **heavy}
    refresh = bind(handlers.on_settings, folders, w)
    tab.select(bind(handlers.on_open, folders, w), w.settings, [*w.shown, w.checkpoint], **heavy)
    loaded = list(dict.fromkeys([*w.shown, *w.linked, *w.shelves.values(), tabs]))
    page.load(bind(handlers.on_load, folders, w, tabs), w.settings, loaded, **PRIVATE)
    page.load(None, js=KEYS)
    changed = [w.chapter.input, w.checkpoint.input, w.prompt.submit, w.prompt.blur, w.seed.change, w.motion.input]
    changed += [widget.change for widget in (w.angle, w.travel, w.radius, w.instant, w.direction)]
    gr.on(changed, refresh, **anew)
    w.examples.input(handlers.on_example, w.examples, w.prompt, **PRIVATE).then(refresh, **anew)
    w.back.click(bind(handlers.on_turn, folders, w, -1), **anew)
    w.forward.click(bind(handlers.on_turn, folders, w, 1), **anew)
    w.another.click(bind(handlers.on_another, folders, w), **anew)
    for button, name in ((w.is_a, "A"), (w.is_b, "B")):
        button.click(bind(handlers.on_guess, folders, name), [w.checkpoint, w.number], w.verdict, **heavy)
    tiny.wire(page, w)
    w.present.click(None, js=PRESENT)
    w.link.click(None, w.linked, w.address, js=MAKE_LINK.replace("NAMES", json.dumps(LINKED)))
    w.link.click(handlers.on_link, None, w.address, **PRIVATE)
    w.handout.click(bind(handlers.on_handout, folders), w.settings, w.handout_file, **HEAVY, **PRIVATE)
