"""The Generate tab: a prompt becomes a moving picture while it is typed."""

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import gradio as gr

from demo.generate import compare
from demo.generate.builder import (
    ANY,
    build_prompt,
    builder_choices,
    read_slots,
    say_next_words,
    surprise,
    wrong_words,
)
from demo.studio import clips
from demo.studio.clips import ENDINGS, HEAVY, MAX_CLIPS, MAX_PAGE_SEED, Clip
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.errors import explain
from demo.ui.theme import clip_gallery, menu, notice
from t2v.config import FPS, FRAMES, SEED, problem_if_outside, refuse
from t2v.data.grammar import SLOTS

COUNT = 7  # clips of a prompt: the large one and two rows of others
NEW_SEEDS = 10_000  # few digits, so that a class can say them
HELD_OUT_REMARK = "Never seen in training: this combination was held out."
# A browser saves what a link points to; Gradio has such a link only inside its own button.
SAVE_NOW = "() => setTimeout(() => document.querySelector('#ready').click(), 100)"
# A file that is dropped anywhere on the page is handed to the button that opens clips.
DROP_ANYWHERE = """() => {
  document.addEventListener('dragover', event => event.preventDefault());
  document.addEventListener('drop', event => {
    const input = document.querySelector('#opened')?.previousElementSibling;
    if (event.defaultPrevented || !event.dataTransfer.files.length || !input) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', {bubbles: true}));
  });
}"""


def first_sentence(words: str) -> str:
    """What is wrong and what was probably meant, without the list of all that would fit."""
    end = min((at for at in (words.find("? "), words.find(". ")) if at >= 0), default=len(words))
    return words[: end + 1]


def build() -> SimpleNamespace:
    """Lay the tab out: the prompt and the picture come first on every width."""
    with gr.Row(elem_classes="ask", equal_height=True):
        prompt = gr.Textbox(
            label="Prompt",
            placeholder="what moves, and how",
            autofocus=True,
            max_length=200,
            scale=6,
            min_width=280,
            elem_id="prompt",
        )
        lucky = gr.Button("Surprise me", scale=1, min_width=110, size="md")
    message = gr.HTML(elem_id="message")
    with gr.Row():
        with gr.Column(scale=4, min_width=320):
            picture = gr.Image(
                label="Clip",
                show_label=False,
                type="filepath",
                interactive=False,
                buttons=["fullscreen"],
                alt_text="The generated clip, moving",
                elem_id="clip",
                elem_classes="picture",
            )
            with gr.Row(elem_classes="downloads"):
                downloads = {
                    ending: gr.Button(label, size="sm", min_width=60, interactive=False)
                    for label, ending in ENDINGS.items()
                }
            ready = gr.DownloadButton("Ready", visible="hidden", elem_id="ready")
            opened = gr.UploadButton(
                "Open a clip made here, or drop it anywhere: the same clip again",
                size="sm",
                elem_id="opened",
            )
            remark = gr.HTML(elem_id="remark", elem_classes="said")
            with gr.Row(elem_classes="seeds", equal_height=True):
                seed = gr.Number(label="Seed", value=SEED, precision=0, min_width=90)
                fresh = gr.Checkbox(label="new each time", value=False, min_width=130)
                reseed = gr.Button("New seed", size="sm", min_width=90)
        with gr.Column(scale=5, min_width=320):
            with gr.Column(elem_id="builder", elem_classes="builder"):
                slots = {
                    "size": gr.Radio([ANY], label="Size", value=ANY, elem_id="size", elem_classes="slot"),
                    "colour": gr.Radio([ANY], label="Colour", value=ANY, elem_id="colour", elem_classes="slot"),
                    "shape": gr.Radio([], label="Shape", elem_id="shape", elem_classes="slot"),
                    "motion": gr.Dropdown([], label="Motion", elem_id="motion", elem_classes="slot"),
                    "speed": gr.Radio([ANY], label="Speed", value=ANY, elem_id="speed", elem_classes="slot"),
                }
            gallery = clip_gallery("Other seeds: choose one to see it large", "others", columns=3)
            prompts = gr.Dataset(label="Examples", components=["textbox"], samples=[], type="values")
    strip = gr.Image(
        label="Film strip",
        show_label=False,
        type="filepath",
        interactive=False,
        buttons=["fullscreen"],
        alt_text="The frames of the clip, one after the other",
        elem_id="strip",
        elem_classes="strip",
    )
    with gr.Accordion("Settings: checkpoint, clips, frames, duration", open=False):
        with gr.Row():
            checkpoint = gr.Dropdown(label="Checkpoint", choices=[], filterable=False, min_width=300)
            count = gr.Slider(label="Clips at once", minimum=1, maximum=MAX_CLIPS, step=1, value=COUNT, min_width=200)
        with gr.Row():
            frames = gr.Slider(
                label="Frames: more are smoother",
                minimum=clips.FRAMES_BOUNDS[0],
                maximum=clips.FRAMES_BOUNDS[1],
                step=1,
                value=FRAMES,
                min_width=200,
            )
            seconds = gr.Slider(
                label="Duration, seconds: longer is slower",
                minimum=clips.SECONDS_BOUNDS[0],
                maximum=clips.SECONDS_BOUNDS[1],
                step=0.1,
                value=FRAMES / FPS,
                min_width=200,
            )
    shown = gr.State([])  # the clips of this visitor, the large one first
    return SimpleNamespace(**locals(), **vars(compare.build()))


def wire(page: gr.Blocks, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> Callable:
    """Join the widgets of `build` to the handlers. Nothing here is public.

    Returns what another tab calls with its own event that has put another name into `checkpoint`.
    """
    w = widgets
    # Handlers return {widget: value} for what they change. What a visitor may be typing into is not among it: an
    # answer that comes late would undo it.
    drawn = [w.picture, w.strip, w.message, w.gallery, w.shown, w.seed, *w.slots.values(), *w.downloads.values()]
    drawn += compare.beside(w)
    on_compare = compare.wire(tab, w, folders)

    def show(large: Clip, said: str, checkpoint: str | None, visit: Path) -> dict:
        """The large clip, its strip, and the builder as its prompt says."""
        slots = read_slots(folders, large.recipe["prompt"], checkpoint)
        return {
            w.picture: clips.save(large, visit, ".gif"),
            w.strip: clips.save(large, visit / "strip", ".png", scale=clips.small_scale(large.frames)),
            w.message: said + notice(HELD_OUT_REMARK if large.never_trained else "", "held-out"),
            **{w.slots[slot]: word for slot, word in slots.items()},
            **{button: gr.update(interactive=True) for button in w.downloads.values()},
        }

    def show_others(others: list[Clip], visit: Path) -> dict:
        made = [(clips.save_thumbnail(clip, visit), f"seed {clip.recipe['seed']}") for clip in others]
        return {w.gallery: gr.update(value=made, visible=bool(made), selected_index=None)}

    def on_typing(prompt, seed, fresh, count, frames, seconds, checkpoint, other, request: gr.Request):
        """As `on_prompt`, but while words are missing it says what may come next instead of what is wrong."""
        try:
            hint = say_next_words(folders, prompt, checkpoint) or wrong_words(folders, prompt, checkpoint)
        except ValueError:  # there is no such checkpoint, which `on_prompt` says
            hint = ""
        if hint:
            yield {w.message: notice(first_sentence(hint), "remark")}
        else:
            yield from on_prompt(prompt, seed, fresh, count, frames, seconds, checkpoint, other, request)

    def on_prompt(
        prompt, seed, fresh, count, frames, seconds, checkpoint, other, request: gr.Request
    ) -> Iterator[dict]:
        """First the large clip, then the others, then the other checkpoint's."""
        visit = folders.visit(request.session_hash)
        try:
            if fresh:
                seed = random.randrange(NEW_SEEDS)
            refuse(problem_if_outside("seed", seed, 0, MAX_PAGE_SEED))
            frames, fps = clips.pace(frames, seconds)
            count = min(max(count or 1, 1), MAX_CLIPS)
            began = time.perf_counter()
            coming = clips.draw(
                folders, prompt=prompt, seed=seed, count=count, frames=frames, fps=fps, checkpoint=checkpoint
            )
            large = next(coming)
            said = notice(clips.describe(large, 1000 * (time.perf_counter() - began)))
            new_seed = {w.seed: seed} if fresh else {}
            yield show(large, said, checkpoint, visit) | {w.shown: [large]} | new_seed
            others = list(coming)
            yield show_others(others, visit) | {w.shown: [large, *others]}
            if other:
                yield on_compare(other, [large], request)
        except Exception as error:
            yield {w.message: explain(error)}

    def on_seed(prompt, seed, fresh, count, frames, seconds, checkpoint, other, shown: list[Clip], request: gr.Request):
        """Draw with the seed in the field, unless it stands there because its clip is shown."""
        if shown and shown[0].recipe["seed"] == seed:
            yield gr.skip()
        else:
            yield from on_prompt(prompt, seed, False, count, frames, seconds, checkpoint, other, request)

    def on_choose(shown: list[Clip], checkpoint, request: gr.Request, picked: gr.SelectData):
        """The thumbnail that was chosen and the large clip change places."""
        if not 0 <= picked.index + 1 < len(shown):  # one of the clips before
            return gr.skip()
        large, visit = shown[picked.index + 1], folders.visit(request.session_hash)
        others = sorted((clip for clip in shown if clip is not large), key=lambda clip: clip.recipe["seed"])
        said = notice(clips.describe(large, large.milliseconds))
        changed = {w.shown: [large, *others], w.seed: large.recipe["seed"]}
        return show(large, said, checkpoint, visit) | show_others(others, visit) | changed

    def saving(ending: str):
        """The handler of one download button."""

        def on_download(shown: list[Clip], request: gr.Request):
            try:
                if not shown:  # so many have visited since that Gradio has forgotten this one's
                    raise ValueError("This clip is not kept any more; draw it again.")
                return clips.save(shown[0], folders.visit(request.session_hash), ending), gr.skip()
            except Exception as error:
                return gr.skip(), explain(error)

        return on_download

    def on_slots(checkpoint, *words):
        try:
            return build_prompt(folders, checkpoint, **dict(zip(SLOTS, words, strict=True)))
        except ValueError:  # of a checkpoint that is gone, which drawing says
            return gr.skip()

    def on_checkpoint(checkpoint, prompt):
        """What fits this checkpoint: its examples, its builder, and a prompt that it understands."""
        nothing = [gr.skip()] * (2 + len(SLOTS))
        try:
            found, choices = clips.examples(folders, checkpoint), builder_choices(folders, checkpoint)
            known = bool(read_slots(folders, prompt, checkpoint))
        except Exception as error:
            return *nothing, explain(error)
        labels = [f"{prompt} (never trained)" if held_out else prompt for prompt, held_out in found]
        shown = gr.update(samples=[[prompt] for prompt, _ in found], sample_labels=labels, visible=bool(found))
        slots = []
        for slot in SLOTS:
            words = choices[slot] if slot in ("shape", "motion") else [ANY, *choices[slot]]
            slots.append(gr.update(choices=words, visible=len(words) > 1))
        return shown, prompt if known else found[0][0] if found else "", *slots, ""

    def on_load(prompt):
        names = clips.menu(folders)
        first = names[0][1] if names else None
        return gr.update(choices=names, value=first), *on_checkpoint(first, prompt)

    def on_menu(checkpoint):
        names = list(find_checkpoints(folders))
        return menu(
            clips.menu(folders), checkpoint if checkpoint in names else next(iter(names), None), before=checkpoint
        )

    def on_file(file: str, checkpoint):
        """Every field as the recipe in the file says."""
        try:
            fields, remark = clips.fields_of(folders, Path(file))
        except Exception as error:
            return *[gr.skip()] * 6, explain(error)
        known = gr.update(choices=clips.menu(folders), value=fields["checkpoint"] or checkpoint)
        seconds = fields["frames"] / fields["fps"]
        said = f"{Path(file).name}: {remark or 'all fields were set as its recipe says.'}"
        return fields["prompt"], fields["seed"], fields["frames"], seconds, known, False, notice(said, "remark")

    # Without Gradio's own checks, which would pop up; `clips` checks everything and its words are shown in the page.
    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    ours = {"preprocess": False, **quiet}
    fields = [w.prompt, w.seed, w.fresh, w.count, w.frames, w.seconds, w.checkpoint, w.other]
    latest = {**HEAVY, **ours, "trigger_mode": "always_last"}
    generating = {"fn": on_prompt, "inputs": fields, "outputs": drawn, **latest}
    comparing = {"fn": on_compare, "inputs": [w.other, w.shown], "outputs": drawn, **latest}
    fitting = {
        "fn": on_checkpoint,
        "inputs": [w.checkpoint, w.prompt],
        "outputs": [w.prompts, w.prompt, *w.slots.values(), w.message],
        **ours,
    }

    # `change` and not `input`, which Gradio does not send for the first key after it has filled a field itself
    w.prompt.change(**generating | {"fn": on_typing})
    w.seed.change(**generating | {"fn": on_seed, "inputs": [*fields, w.shown]})
    gr.on([w.prompt.submit, w.count.change, w.frames.change, w.seconds.change], **generating)
    for slot in w.slots.values():
        slot.input(on_slots, [w.checkpoint, *w.slots.values()], w.prompt, **ours)
    w.lucky.click(partial(surprise, folders, rng=random.Random()), w.checkpoint, w.prompt, **ours)
    w.prompts.click(lambda sample: sample[0], w.prompts, w.prompt, **quiet)
    w.reseed.click(lambda: random.randrange(NEW_SEEDS), None, w.seed, **ours)
    w.gallery.select(on_choose, [w.shown, w.checkpoint], drawn, **quiet).then(**comparing)
    for ending, button in w.downloads.items():
        button.click(saving(ending), w.shown, [w.ready, w.message], **ours).success(None, js=SAVE_NOW)

    def show_checkpoint(event):
        event.then(**fitting).then(**generating)

    w.checkpoint.input(**fitting).then(**generating)
    gr.on([tab.select, w.checkpoint.blur], on_menu, w.checkpoint, w.checkpoint, **ours)
    remade = [w.prompt, w.seed, w.frames, w.seconds, w.checkpoint, w.fresh, w.remark]
    w.opened.upload(on_file, [w.opened, w.checkpoint], remade, **quiet).then(**fitting).then(**generating)
    page.load(on_load, w.prompt, [w.checkpoint, *fitting["outputs"]], **ours)
    return show_checkpoint
