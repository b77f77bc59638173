"""The Dataset tab: see what a dataset would hold, write it to `datasets/<name>`, cancel, go on later."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import gradio as gr

from demo.folders import Folders, find_datasets
from demo.generate import HEAVY
from demo.theme import notice
from t2v.config import FRAME_SIZES_PX, FRAMES, GRAMMAR_NAMES, LAYOUTS, MAX_FRAMES, SEED, ModelConfig, refuse

VIDEOS = 1000  # enough to see a model learn, written within a minute
SHOWN = 12
SHOWN_PX = 128  # at least


def dataset_name(*, grammar: str, videos: int, frames: int, frame_size_px: int, seed: int, layout: str) -> str:
    """The folder's name; the same settings lead to the same folder, so an unfinished one is gone on with."""
    return f"{grammar}-{videos}x{frames}-{frame_size_px}px-seed{seed}-{layout}"


def check(**settings) -> None:
    """ValueError with all that is wrong with the settings of a dataset."""
    from t2v.dataset import Settings

    refuse(Settings(**settings).problems())


def plan(**settings) -> str:
    """One line: how many files, how much disk, and where. ValueError for bad settings."""
    from t2v.dataset import estimate

    check(**settings)
    files, size_bytes = estimate(settings["videos"], settings["frames"], settings["frame_size_px"], settings["layout"])
    return f"{files:,} files, about {say_bytes(size_bytes)}, in datasets/{dataset_name(**settings)}"


def say_bytes(count: float) -> str:
    """12345678 -> 12 MB"""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def draw_samples(out_dir: Path, *, grammar: str, frames: int, frame_size_px: int, seed: int) -> list[tuple[Path, str]]:
    """The first dozen clips that the dataset would hold, as GIFs in `out_dir`, with their captions."""
    import torch

    from t2v import scenes
    from t2v.video import to_uint8, write_clip

    check(grammar=grammar, videos=SHOWN, frames=frames, frame_size_px=frame_size_px, seed=seed, layout=LAYOUTS[0])
    drawn, _, captions = scenes.sample(grammar, seed, torch.arange(SHOWN))
    times = scenes.times_of(frames).expand(SHOWN, -1)  # (B, T)
    clips = to_uint8(scenes.render(drawn, times=times, frame_size_px=frame_size_px))  # (B, T, H, W, 3)
    paths = [out_dir / f"sample_{i}.gif" for i in range(SHOWN)]
    for path, clip in zip(paths, clips, strict=True):
        write_clip(path, clip, scale=max(1, SHOWN_PX // frame_size_px))
    return list(zip(paths, captions, strict=True))


def write(folders: Folders, *, progress: Callable[[int, int], None], stop: Callable[[], bool], **settings) -> str:
    """Write the dataset, or go on with it; returns one line on how it ended. Raises what `write_dataset` raises."""
    from t2v.dataset import write_dataset

    name = dataset_name(**settings)
    check(**settings)
    if write_dataset(folders.datasets / name, **settings, progress=progress, stop=stop):
        return f"datasets/{name} is complete; choose it in the Train tab."
    return f"Stopped; write datasets/{name} again to go on where it ended."


def table(folders: Folders) -> list[list[str]]:
    """A row for each dataset: its name, and what it holds, as far as that is known."""
    from t2v.clip_folder import read_state

    rows = []
    for name, folder in find_datasets(folders).items():
        try:
            state = read_state(folder)
        except ValueError:
            rows.append([name, "broken"])
            continue
        if state is None:
            said = "of another maker"
        elif state["complete"]:
            said = f"{state['videos']:,} clips"
        else:
            said = f"{state['clips_done']:,} of {state['videos']:,} clips; write it again to go on"
        rows.append([name, said])
    return rows


def build() -> SimpleNamespace:
    """Lay the tab out: settings beside what they give."""
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
                button = gr.Button("Write", variant="primary", min_width=100)
                cancel = gr.Button("Cancel", interactive=False, min_width=100)
            outcome = gr.HTML(elem_id="dataset-outcome", elem_classes="said")
        with gr.Column(scale=2, min_width=320):
            gallery = gr.Gallery(
                label="The first clips of it",
                columns=4,
                height="auto",
                object_fit="contain",
                allow_preview=False,
                interactive=False,
                buttons=[],
                elem_id="samples",
                elem_classes="clips",
            )
    existing = gr.Dataframe(
        label="Datasets",
        headers=["name", "holds"],
        column_widths=["60%", "40%"],
        wrap=True,
        interactive=False,
        buttons=[],
        visible=False,
    )
    return SimpleNamespace(**locals())


def wire(page: gr.Blocks, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    drawn = [w.grammar, w.frames, w.frame_size_px, w.seed]
    names = ("grammar", "frames", "frame_size_px", "seed", "videos", "layout")

    def stop_file(request: gr.Request) -> Path:
        return folders.visit(request.session_hash) / "stop-writing"

    def on_setting(*values):
        try:
            return notice(plan(**dict(zip(names, values, strict=True))), "remark")
        except ValueError as error:
            return notice(str(error), "problem")

    def on_scene(grammar, frames, frame_size_px, seed, request: gr.Request):
        out_dir = folders.visit(request.session_hash)
        try:
            return draw_samples(out_dir, grammar=grammar, frames=frames, frame_size_px=frame_size_px, seed=seed)
        except ValueError:  # said by on_setting
            return gr.skip()

    def on_table():
        rows = table(folders)
        return gr.update(value=rows, visible=bool(rows))

    def on_begin(request: gr.Request):
        stop_file(request).unlink(missing_ok=True)
        return gr.update(interactive=False), gr.update(interactive=True), notice("Beginning.", "remark")

    def on_write(
        grammar,
        frames,
        frame_size_px,
        seed,
        videos,
        layout,
        request: gr.Request,
        show=gr.Progress(),  # noqa: B008
    ):
        try:
            said = write(
                folders,
                grammar=grammar,
                videos=videos,
                frames=frames,
                frame_size_px=frame_size_px,
                seed=seed,
                layout=layout,
                progress=lambda done, total: show((done, total), unit="clips"),
                stop=stop_file(request).exists,
            )
        except (ValueError, OSError) as error:
            return notice(str(error), "problem")
        return notice(said)

    def on_end():
        return gr.update(interactive=True), gr.update(interactive=False), on_table()

    def on_cancel(request: gr.Request):
        stop_file(request).touch()
        return gr.update(interactive=False)

    quiet = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    heavy = {**HEAVY, "trigger_mode": "always_last"}
    settings = [*drawn, w.videos, w.layout]
    gr.on([tab.select, *(widget.change for widget in settings)], on_setting, settings, w.message, **quiet)
    gr.on([tab.select, *(widget.change for widget in drawn)], on_scene, drawn, w.gallery, **quiet, **heavy)
    tab.select(on_table, None, w.existing, **quiet)
    w.button.click(on_begin, None, [w.button, w.cancel, w.outcome], **quiet).then(
        on_write,
        settings,
        w.outcome,
        concurrency_id="writing",  # for itself: it may take minutes, and must not keep pictures waiting
        concurrency_limit=1,
        preprocess=False,
        api_visibility="private",
    ).then(on_end, None, [w.button, w.cancel, w.existing], **quiet)
    w.cancel.click(on_cancel, None, w.cancel, **quiet)
