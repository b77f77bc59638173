"""The Dataset tab: see what a dataset would hold, write it to `datasets/<name>`, cancel; below it `thing.py`,
`own_clips.py` and `library_tab.py`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.dataset import library, library_tab, own_clips, thing, writing
from demo.dataset.gallery import write_gifs
from demo.locale.translate import N_, _, ngettext
from demo.studio.limits import Limits
from demo.studio.workspace import Folders
from demo.ui.amounts import say_bytes
from demo.ui.errors import explain, explained, on_error
from demo.ui.events import HEAVY, LATEST, PRIVATE, READ_BY_GRADIO
from demo.ui.handlers import bind, gather
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
FIRST_GRAMMAR = "shapes"
DRAWN = ("grammar", "videos", "frames", "frame_size_px", "seed")  # the settings that the preview depends on
SETTINGS = (*DRAWN, "layout")
WITH_THINGS = ("shapes", "stories")  # grammars that take things of one's own
HELD_OUT = {  # by preset; the grammars' `held_out_rule` says it to programs
    "classic": N_("Left out: circle moving up, and circle moving up-right."),
    "shapes": N_("Left out: one in eight combinations of shape, colour and motion, and every moving up then right."),
    "stories": N_(
        "Left out: one in eight combinations of thing, motion and ground; one in eight ordered pairs of each relation, "
        "such as dog chasing mouse; creatures that circle creatures; three at once of some kinds."
    ),
}


@dataclass(frozen=True)
class Widgets:
    """What the tab is made of, from top to bottom."""

    grammar: gr.Radio
    videos: gr.Number
    frames: gr.Slider
    frame_size_px: gr.Radio
    seed: gr.Number
    layout: gr.Radio
    message: gr.HTML
    create: gr.Button
    cancel: gr.Button
    outcome: gr.HTML
    trouble: gr.HTML
    gallery: gr.Gallery
    mine: gr.State  # what this page has begun to write
    ended: gr.State  # counts the ends of writes that this page has seen
    timer: gr.Timer
    thing: thing.Widgets
    own_clips: own_clips.Widgets
    library: library_tab.Widgets

    @property
    def drawn(self) -> list[Any]:
        return [getattr(self, name) for name in DRAWN]

    @property
    def settings(self) -> list[gr.blocks.Block]:
        return [getattr(self, name) for name in SETTINGS]

    @property
    def watched(self) -> list[gr.blocks.Block]:
        """What `watch` fills."""
        return [self.outcome, self.create, self.cancel, self.timer]


def plan(folders: Folders, **settings: Any) -> str:
    """One line: how many files, how much disk, and where. ValueError for settings that are bad or not allowed here."""
    from t2v.data.writer import estimate

    writing.check(**settings)
    writing.check_allowed(folders, **settings)
    files, size_bytes = estimate(settings["videos"], settings["frames"], settings["frame_size_px"], settings["layout"])
    return ngettext(
        "{n:,} file, about {size}, in datasets/{name}",
        "{n:,} files, about {size}, in datasets/{name}",
        files,
        size=say_bytes(size_bytes),
        name=writing.dataset_name(**settings),
    )


def say_held_out(grammar: str) -> str:
    """What no clip of a preset shows, as HTML."""
    rule = HELD_OUT.get(grammar.partition("+")[0])
    return notice(_(rule), "remark") if rule else ""


def draw_samples(
    out_dir: Path, *, grammar: str, videos: int, frames: int, frame_size_px: int, seed: int
) -> list[tuple[Path, str]]:
    """The first clips that the dataset would hold, a dozen at most, as GIFs in `out_dir`, with their captions."""
    import torch

    from t2v.data.scenes import times_of
    from t2v.data.worlds import WORLDS

    writing.check(
        grammar=grammar, videos=videos, frames=frames, frame_size_px=frame_size_px, seed=seed, layout=LAYOUTS[0]
    )
    raise_if(check_frame_size(frame_size_px))
    world = WORLDS[grammar]
    drawn, _, captions = world.sample(seed, torch.arange(min(videos, library.SHOWN)))

    def clip(i: int) -> np.ndarray:  # one after the other: all at once would take gigabytes
        return world.render_frames(drawn[i : i + 1], times=times_of(frames)[None], frame_size_px=frame_size_px)[0]

    return write_gifs(((clip(i), caption) for i, caption in enumerate(captions)), out_dir, "sample")


def say_writing(now: writing.Writing | None) -> str:
    """A write as HTML: words and a bar; what was wrong, if it failed."""
    if now is None:
        return ""
    if now.error is not None:
        return explain(now.error)
    text = notice(writing.describe(now))
    return text + bar(now.done, now.videos, _("clips written")) if now.busy and now.done is not None else text


def build(limits: Limits) -> Widgets:
    """Lay the tab out: what could be written, then what is there."""
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            made = build_settings(limits)
        with gr.Column(scale=2, min_width=320):
            made["gallery"] = clip_gallery(_("Preview"), "samples")
    made["mine"] = gr.State("")
    made["ended"] = gr.State(0)
    made["timer"] = gr.Timer(LOOK_EVERY_SECONDS, active=False)
    made["thing"] = thing.build()
    made["own_clips"] = own_clips.build()
    made["library"] = library_tab.build(limits)
    return gather(Widgets, made)


def build_settings(limits: Limits) -> dict:
    """What is to be written, and what becomes of it."""
    grammar = gr.Radio(label=_("Preset"), choices=list(GRAMMAR_NAMES), value=FIRST_GRAMMAR)
    label = _("Clips") if limits.clips is None else _("Clips (at most {most:,})", most=limits.clips)
    videos = gr.Number(label=label, value=VIDEOS, precision=0)
    with gr.Accordion(_("More settings"), open=False):
        frames = gr.Slider(label=_("Frames of a clip"), minimum=1, maximum=MAX_FRAMES, step=1, value=FRAMES)
        sizes = list(FRAME_SIZES_PX)
        frame_size_px = gr.Radio(label=_("Size of a frame, pixels"), choices=sizes, value=ModelConfig.frame_size_px)
        seed = gr.Number(label=_("Seed"), value=SEED, precision=0, info=_("other seeds give other clips"))
        layout = gr.Radio(
            label=_("Layout"), choices=list(LAYOUTS), value=LAYOUTS[0], info=_("PNG files, or one videos.npy")
        )
    message = gr.HTML(elem_id="dataset-message")
    with gr.Row():
        create = gr.Button(_("Create dataset"), variant="primary", min_width=100)
        cancel = gr.Button(_("Cancel"), interactive=False, min_width=100)
    outcome = gr.HTML(elem_id="dataset-outcome", elem_classes="message-line")
    trouble = gr.HTML(elem_id="dataset-trouble", elem_classes="message-line")
    return locals()


@on_error(lambda line, *_: (line, gr.skip()))
def on_setting(folders: Folders, writer: writing.Writer, *values: Any) -> tuple:
    """The plan of new settings, or what is wrong with them."""
    settings = dict(zip(SETTINGS, values, strict=True))
    planned = notice(plan(folders, **settings), "remark") + say_held_out(settings["grammar"])
    busy = writer.now is not None and writer.now.busy
    return planned, gr.skip() if busy else ""  # what was wrong before is right now


@explained(outputs=2)
def on_scene(folders: Folders, *values: Any, visitor: str) -> Any:
    """The preview of new settings."""
    try:
        return draw_samples(folders.visit(visitor), **dict(zip(DRAWN, values, strict=True)))
    except ValueError:  # on_setting says so
        return gr.skip()


def watch(writer: writing.Writer) -> tuple:
    """The write as it stands, for `Widgets.watched`."""
    now = writer.now
    busy = now is not None and now.busy
    cancel = gr.update(interactive=now is not None and now.state == "writing")
    return say_writing(now), gr.update(interactive=not busy), cancel, gr.Timer(active=busy)


def on_open(writer: writing.Writer) -> tuple | list:
    """Watch a write that is going on."""
    return watch(writer) if writer.now is not None and writer.now.busy else [gr.skip()] * 4


def on_tick(writer: writing.Writer, ended: int) -> tuple:
    """The write as it stands; its end is counted."""
    watched = watch(writer)
    return *watched, gr.skip() if watched[-1].active else ended + 1


def begin(writer: writing.Writer, start: Callable[[], str]) -> tuple:
    """Write, or go on; what is wrong is said, also that another write is going on, which is then watched."""
    try:
        name = start()
    except Exception as error:
        return explain(error), *watch(writer)[1:], gr.skip()
    return *watch(writer), name


def on_create(writer: writing.Writer, *values: Any) -> tuple:
    """Begin to write a dataset."""
    return begin(writer, lambda: writer.start(**dict(zip(SETTINGS, values, strict=True))))


@on_error(lambda line, *_: (*[gr.skip()] * 5, line))
def on_create_with_thing(writer: writing.Writer, drawn: dict | None, name: str, *values: Any) -> tuple:
    """Begin to write a dataset of shapes or stories and the visitor's own thing; what is said stands beside the
    drawing."""
    settings = dict(zip(SETTINGS, values, strict=True))
    if settings["grammar"] not in WITH_THINGS:
        settings["grammar"] = FIRST_GRAMMAR
    name, picture = thing.thing_of(drawn, name)
    begun = writer.start(things={name: picture}, **settings)
    words = _(
        "{name} is being written, with the settings at the top of this tab: every second clip shows {thing}. It will "
        "stand below, among your datasets.",
        name=begun,
        thing=name,
    )
    return *watch(writer), begun, notice(words)


def on_go_on(writer: writing.Writer, name: str) -> tuple:
    """Go on with an unfinished one."""
    return begin(writer, lambda: writer.go_on(name))


@on_error(lambda line, *_: (line, gr.update(interactive=False)))
def on_cancel(writer: writing.Writer) -> tuple:
    """End the write."""
    writer.cancel()
    return say_writing(writer.now), gr.update(interactive=False)


def wire(
    page: gr.Blocks, tab: gr.Tab, w: Widgets, folders: Folders, in_use: Callable[[], Collection[str]] = tuple
) -> None:
    """Join the widgets of `build` to the handlers; `in_use` names datasets that are read. Nothing here is public."""
    writer = writing.Writer(folders, in_use)
    changed = [tab.select, *(widget.change for widget in w.drawn)]
    planned = [w.message, w.outcome]
    gr.on([*changed, w.layout.change], bind(on_setting, folders, writer), w.settings, planned, **PRIVATE)
    gr.on(changed, bind(on_scene, folders), w.drawn, [w.gallery, w.trouble], **PRIVATE, **HEAVY, **LATEST)
    tab.select(bind(on_open, writer), None, w.watched, **PRIVATE)
    w.create.click(bind(on_create, writer), w.settings, [*w.watched, w.mine], **PRIVATE)
    w.library.go_on.click(bind(on_go_on, writer), w.library.existing, [*w.watched, w.mine], **PRIVATE)
    w.cancel.click(bind(on_cancel, writer), None, [w.outcome, w.cancel], **PRIVATE)
    w.timer.tick(bind(on_tick, writer), w.ended, [*w.watched, w.ended], **PRIVATE)
    thing.wire(tab, w.thing, folders)
    drawn = [w.thing.picture, w.thing.name, *w.settings]
    with_thing = [*w.watched, w.mine, w.thing.trouble]
    w.thing.create.click(bind(on_create_with_thing, writer), drawn, with_thing, **READ_BY_GRADIO)
    own_clips.wire(w.own_clips, folders, in_use, mine=w.mine, ended=w.ended)
    library_tab.wire(tab, w.library, folders, writer, mine=w.mine, ended=w.ended)
