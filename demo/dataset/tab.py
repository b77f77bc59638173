"""The Dataset tab: see what a dataset would hold, write it to `datasets/<name>`, cancel; below it `library_tab.py`."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr

from demo.dataset import library, library_tab, writing
from demo.studio.clips import HEAVY
from demo.studio.workspace import Folders
from demo.ui.amounts import say_bytes
from demo.ui.errors import explain
from demo.ui.theme import bar, clip_gallery, notice
from t2v.config import (
    FRAME_SIZES_PX,
    FRAMES,
    GRAMMAR_NAMES,
    LAYOUTS,
    MAX_FRAMES,
    SEED,
    ModelConfig,
    check_frame_size,
    raise_if,
)

VIDEOS = 1000  # enough to see a model learn, written within a minute
LOOK_EVERY_SECONDS = 1  # at a write


def plan(folders: Folders, **settings) -> str:
    """One line: how many files, how much disk, and where. ValueError for settings that are bad or not allowed here."""
    from t2v.data.writer import estimate

    writing.check(**settings)
    writing.check_allowed(folders, **settings)
    files, size_bytes = estimate(settings["videos"], settings["frames"], settings["frame_size_px"], settings["layout"])
    size = f"about {say_bytes(size_bytes)}"
    return f"{files:,} files, {size}, in datasets/{writing.dataset_name(**settings)}"


def draw_samples(
    out_dir: Path, *, grammar: str, videos: int, frames: int, frame_size_px: int, seed: int
) -> list[tuple[Path, str]]:
    """The first clips that the dataset would hold, a dozen at most, as GIFs in `out_dir`, with their captions."""
    import torch

    from t2v.data import scenes
    from t2v.data.render import render
    from t2v.media.clips import to_uint8, write_clip

    writing.check(
        grammar=grammar, videos=videos, frames=frames, frame_size_px=frame_size_px, seed=seed, layout=LAYOUTS[0]
    )
    raise_if(check_frame_size(frame_size_px))
    drawn, _, captions = scenes.sample(grammar, seed, torch.arange(min(videos, library.SHOWN)))
    shown = []
    for i, caption in enumerate(captions):  # one after the other: all at once would take gigabytes
        times = scenes.times_of(frames)[None]  # (1, T)
        clip = to_uint8(render(drawn[i : i + 1], times=times, frame_size_px=frame_size_px))[0]  # (T, H, W, 3)
        path = out_dir / f"sample_{i}.gif"
        write_clip(path, clip, scale=max(1, library.SHOWN_PX // frame_size_px))
        shown.append((path, caption))
    return shown


def say_writing(now: writing.Writing | None) -> str:
    """A write as HTML: words and a bar; what was wrong, if it failed."""
    if now is None:
        return ""
    if now.error is not None:
        return explain(now.error)
    said = notice(writing.describe(now))
    return said + bar(now.done, now.videos, "clips written") if now.busy and now.done is not None else said


def build() -> SimpleNamespace:
    """Lay the tab out: what could be written, then what is there."""
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            grammar = gr.Radio(label="Preset", choices=list(GRAMMAR_NAMES), value=GRAMMAR_NAMES[-1])
            videos = gr.Number(label="Clips", value=VIDEOS, precision=0)
            with gr.Accordion("More settings", open=False):
                frames = gr.Slider(label="Frames of a clip", minimum=1, maximum=MAX_FRAMES, step=1, value=FRAMES)
                frame_size_px = gr.Radio(
                    label="Size of a frame, pixels", choices=list(FRAME_SIZES_PX), value=ModelConfig.frame_size_px
                )
                seed = gr.Number(label="Seed", value=SEED, precision=0, info="other seeds give other clips")
                layout = gr.Radio(
                    label="Layout", choices=list(LAYOUTS), value=LAYOUTS[0], info="PNG files, or one videos.npy"
                )
            message = gr.HTML(elem_id="dataset-message")
            with gr.Row():
                button = gr.Button("Create dataset", variant="primary", min_width=100)
                cancel = gr.Button("Cancel", interactive=False, min_width=100)
            outcome = gr.HTML(elem_id="dataset-outcome", elem_classes="said")
            trouble = gr.HTML(elem_id="dataset-trouble", elem_classes="said")
        with gr.Column(scale=2, min_width=320):
            gallery = clip_gallery("Preview", "samples")
    mine = gr.State("")  # what this page has begun to write
    ended = gr.State(0)  # counts the ends of writes that this page has seen
    timer = gr.Timer(LOOK_EVERY_SECONDS, active=False)
    return SimpleNamespace(**locals(), **vars(library_tab.build()))


def wire(page: gr.Blocks, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    writer = writing.Writer(folders)
    drawn = {name: getattr(w, name) for name in ("grammar", "videos", "frames", "frame_size_px", "seed")}
    settings = {**drawn, "layout": w.layout}

    def on_setting(*values):
        try:
            said = notice(plan(folders, **dict(zip(settings, values, strict=True))), "remark")
        except Exception as error:
            return explain(error), gr.skip()
        busy = writer.now is not None and writer.now.busy
        return said, gr.skip() if busy else ""  # what was wrong before is right now

    def on_scene(request: gr.Request, *values):
        try:
            visit = folders.visit(request.session_hash)
            return draw_samples(visit, **dict(zip(drawn, values, strict=True))), ""
        except ValueError:  # said by on_setting
            return gr.skip(), ""
        except Exception as error:
            return gr.skip(), explain(error)

    def watch():
        """The write as it stands, for `watched`."""
        now = writer.now
        busy = now is not None and now.busy
        cancel = gr.update(interactive=busy and now.state == "writing")
        return say_writing(now), gr.update(interactive=not busy), cancel, gr.Timer(active=busy)

    def on_open():
        return watch() if writer.now is not None and writer.now.busy else [gr.skip()] * len(watched)

    def on_tick(ended):
        said = watch()
        return *said, gr.skip() if said[-1].active else ended + 1

    def begin(start):
        """Write, or go on; what is wrong is said, also that another write is going on, which is then watched."""
        try:
            name = start()
        except Exception as error:
            return explain(error), *watch()[1:], gr.skip()
        return *watch(), name

    def on_write(*values):
        return begin(lambda: writer.start(**dict(zip(settings, values, strict=True))))

    def on_go_on(name):
        return begin(lambda: writer.go_on(name))

    def on_cancel():
        try:
            writer.cancel()
        except Exception as error:
            return explain(error), gr.update(interactive=False)
        return say_writing(writer.now), gr.update(interactive=False)

    watched = [w.outcome, w.button, w.cancel, w.timer]
    quiet = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    newest = {**quiet, **HEAVY, "trigger_mode": "always_last"}
    changed = [tab.select, *(widget.change for widget in drawn.values())]
    gr.on([*changed, w.layout.change], on_setting, list(settings.values()), [w.message, w.outcome], **quiet)
    gr.on(changed, on_scene, list(drawn.values()), [w.gallery, w.trouble], **newest)
    tab.select(on_open, None, watched, **quiet)
    w.button.click(on_write, list(settings.values()), [*watched, w.mine], **quiet)
    w.go_on.click(on_go_on, w.existing, [*watched, w.mine], **quiet)
    w.cancel.click(on_cancel, None, [w.outcome, w.cancel], **quiet)
    w.timer.tick(on_tick, w.ended, [*watched, w.ended], **quiet)
    library_tab.wire(tab, w, folders, writer)
