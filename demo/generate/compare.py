"""Below the clip in the Generate tab: another checkpoint beside it, and the way from its prompt to another one."""

from collections.abc import Callable
from types import SimpleNamespace

import gradio as gr

from demo.studio import clips
from demo.studio.clips import HEAVY, Clip
from demo.studio.workspace import Folders
from demo.ui.errors import explain
from demo.ui.theme import menu

MORPH_STEPS = 5
NOBODY = ""  # the value of a menu in which nothing is chosen


def build() -> SimpleNamespace:
    """Lay both out, folded."""
    with gr.Accordion("Compare with another checkpoint", open=False):
        other = gr.Dropdown(
            label="The same prompt and seed drawn by",
            choices=[("nobody", NOBODY)],
            value=NOBODY,
            filterable=False,
            elem_id="other",
        )
        compared = gr.HTML(elem_id="compared", elem_classes="said")
        with gr.Row(visible=False) as pair:
            left = gr.Image(
                label="This", type="filepath", interactive=False, buttons=[], elem_classes="picture", min_width=140,
                alt_text="The clip of the chosen checkpoint", elem_id="left",
            )  # fmt: skip
            right = gr.Image(
                label="Other", type="filepath", interactive=False, buttons=[], elem_classes="picture", min_width=140,
                alt_text="The clip of the other checkpoint", elem_id="right",
            )  # fmt: skip
    with gr.Accordion("Morph into another prompt", open=False):
        with gr.Row(equal_height=True):
            target = gr.Textbox(label="Into", placeholder="another prompt", scale=4, min_width=240, elem_id="target")
            steps = gr.Slider(label="Steps", minimum=3, maximum=9, step=1, value=MORPH_STEPS, scale=2, min_width=140)
            start_morph = gr.Button("Morph", scale=1, min_width=100)
        morphed = gr.HTML(elem_id="morphed", elem_classes="said")
        chain = gr.Image(
            label="From one prompt to the other",
            type="filepath",
            interactive=False,
            buttons=["download", "fullscreen"],
            visible=False,
            alt_text="Clips side by side that lead from one prompt to the other",
            elem_id="chain",
            elem_classes="strip",
        )
    return SimpleNamespace(**locals())


def wire(tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> Callable:
    """Join the widgets, those of the Generate tab among them, to the handlers. Nothing here is public.

    Returns the handler that shows the large clip beside the other checkpoint's; it changes `beside(widgets)`.
    """
    w = widgets

    def on_compare(other, shown: list[Clip], request: gr.Request) -> dict:
        """The large clip beside the other checkpoint's."""
        if not other or not shown:
            return {w.pair: gr.update(visible=False), w.compared: ""}
        visit, mine = folders.visit(request.session_hash), shown[0]
        asked = {name: mine.recipe[name] for name in ("prompt", "seed", "frames", "fps")}
        try:
            theirs = next(clips.draw(folders, **asked, checkpoint=other))
            left, right = clips.save(mine, visit / "left", ".gif"), clips.save(theirs, visit / "right", ".gif")
        except Exception as error:
            return {w.pair: gr.update(visible=False), w.compared: explain(error)}
        return {
            w.pair: gr.update(visible=True),
            w.left: gr.update(value=left, label=mine.recipe["checkpoint"]),
            w.right: gr.update(value=right, label=theirs.recipe["checkpoint"]),
            w.compared: "",
        }

    def on_morph(prompt, target, steps, seed, frames, seconds, checkpoint, request: gr.Request):
        try:
            frames, fps = clips.pace(frames, seconds)
            gif = clips.morph(
                folders,
                folders.visit(request.session_hash),
                first=prompt,
                last=target,
                steps=steps,
                seed=seed,
                frames=frames,
                fps=fps,
                checkpoint=checkpoint,
            )
        except Exception as error:
            return gr.skip(), explain(error)
        return gr.update(value=gif, visible=True), ""

    def on_other_menu(other, checkpoint):
        choices = [("nobody", NOBODY), *((label, name) for label, name in clips.menu(folders) if name != checkpoint)]
        return menu(choices, other if other in dict(choices).values() else NOBODY, before=other)

    ours = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    gr.on([tab.select, w.other.blur], on_other_menu, [w.other, w.checkpoint], w.other, **ours)
    w.other.input(on_compare, [w.other, w.shown], beside(w), trigger_mode="always_last", **HEAVY, **ours)
    for listener in (w.start_morph.click, w.target.submit):
        listener(
            on_morph,
            [w.prompt, w.target, w.steps, w.seed, w.frames, w.seconds, w.checkpoint],
            [w.chain, w.morphed],
            **HEAVY,
            **ours,
        )
    return on_compare


def beside(widgets: SimpleNamespace) -> list[gr.components.Component]:
    """The widgets that `on_compare` changes."""
    return [widgets.pair, widgets.left, widgets.right, widgets.compared]
