"""The lower half of the Dataset tab: a menu of the datasets that are there, what they hold, what to do with them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
import pandas as pd

from demo.dataset import library
from demo.dataset.writing import Writer
from demo.locale.translate import N_, _
from demo.studio import about
from demo.studio.limits import Limits
from demo.studio.workspace import Folders, find_datasets
from demo.ui import about as about_fold
from demo.ui.amounts import say_bytes
from demo.ui.errors import explain, on_error
from demo.ui.events import HEAVY, LATEST, PRIVATE
from demo.ui.handlers import bind, gather
from demo.ui.theme import bar, clip_gallery, menu, notice, table

SETTINGS = {  # in `dataset.json` -> what the page calls it
    "grammar": N_("Preset"),
    "videos": N_("Clips"),
    "frames": N_("Frames"),
    "frame_size_px": N_("Size of a frame"),
    "seed": N_("Seed"),
    "layout": N_("Layout"),
}
SAY_EVERY_SECONDS = 1  # how far a zip is
# for itself: it must not keep pictures waiting
ZIPPING: dict[str, Any] = {"concurrency_id": "zipping", "concurrency_limit": 1}
SAVE_IT = "() => setTimeout(() => document.querySelector('#zip-file')?.click(), 300)"  # when the button has its file


@dataclass(frozen=True)
class Widgets:
    """What the lower half of the tab is made of, from top to bottom."""

    nothing: gr.HTML  # that there is none yet
    shelf: gr.Column  # all that follows
    existing: gr.Dropdown
    holds: gr.HTML
    train_on_it: gr.Button
    teach_it: gr.Button  # to a trained model
    zip_it: gr.Button
    go_on: gr.Button
    zip_file: gr.DownloadButton
    zip_message: gr.HTML
    fold: about_fold.AboutWidgets
    plots: gr.Column
    balance: gr.HTML
    shapes: gr.BarPlot
    colours: gr.BarPlot
    clips: gr.Column
    wanted: gr.Textbox
    count: gr.HTML
    page_of_clips: gr.Gallery
    previous: gr.Button
    following: gr.Button
    wide_plots: gr.Column
    motions: gr.BarPlot
    word_plot: gr.Column
    common_words: gr.BarPlot
    first: gr.State  # the number, among those found, of the first clip shown

    @property
    def plotted(self) -> dict[str, gr.BarPlot]:
        """Attribute -> its plot."""
        return dict(zip(library.COUNTED, (self.shapes, self.colours, self.motions), strict=True))

    @property
    def described(self) -> list[gr.blocks.Block]:
        """What `on_dataset` fills."""
        buttons = [self.train_on_it, self.teach_it, self.zip_it, self.go_on, self.zip_file, self.zip_message]
        plots = [self.plots, self.wide_plots, self.balance, *self.plotted.values(), self.word_plot, self.common_words]
        return [self.holds, *buttons, self.clips, *plots]

    @property
    def paged(self) -> list[gr.blocks.Block]:
        """What `on_page` fills."""
        return [self.count, self.page_of_clips, self.first, self.previous, self.following]


def turn(first: int, step: int, clips_found: int) -> int:
    """The first clip of the page that lies `step` pages on, kept within the `found` clips."""
    last = max(0, (clips_found - 1) // library.SHOWN * library.SHOWN)
    return min(max(0, first + step * library.SHOWN), last)


def say_found(first: int, clips_found: int, clips: int, wanted: str) -> str:
    """Which clips are shown, of how many that match."""
    if not clips_found:
        return _("No caption contains {words!r}.", words=wanted.strip())
    values = {"first": first + 1, "last": min(first + library.SHOWN, clips_found), "found": clips_found}
    if str(wanted or "").strip():
        return _(
            "Clips {first:,} to {last:,} of {found:,} whose captions match, {clips:,} in all", clips=clips, **values
        )
    return _("Clips {first:,} to {last:,} of {found:,}", **values)


def count_plot(column: str, title: str, *, height_px: int = 240, **options: Any) -> gr.BarPlot:
    """Bars: how many clips for each of the words in `column`."""
    return gr.BarPlot(
        label=title,
        show_label=False,  # Gradio leaves it no room
        title=title,
        x=column,
        y="clips",
        x_title=" ",
        x_label_angle=-90,
        y_lim=[0, None],
        height=height_px,
        buttons=[],
        elem_id=f"count-{column}",
        **options,
    )


def bars(table: pd.DataFrame) -> dict:
    """The update for a plot of how many clips."""
    return gr.update(value=table, y_title=_("clips"))


def shown_if(wanted: object) -> dict:
    """The update for a column of plots. It stays in the page when hidden: a plot that goes while it is drawn fails."""
    return gr.update(visible=True if wanted else "hidden")


def build(limits: Limits) -> Widgets:
    """Lay it out: the menu beside the clips, the plots below."""
    gr.Markdown(_("## Your datasets"))
    nothing = gr.HTML(notice(_("None yet. Choose settings above and create one."), "remark"), elem_id="no-dataset")
    with gr.Column(visible=False) as shelf:
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                made = build_menu(limits)
            with gr.Column(scale=2, min_width=320, visible=False) as clips:
                wanted = gr.Textbox(label=_("Caption contains"), placeholder="star left")
                count = gr.HTML(elem_id="dataset-matches")
                page_of_clips = clip_gallery(_("Clips"), "dataset-clips")
                with gr.Row():
                    previous = gr.Button(_("Previous"), interactive=False, size="md", min_width=100)
                    following = gr.Button(_("Next"), interactive=False, size="md", min_width=100)
        with gr.Column(visible="hidden") as wide_plots:
            motions = count_plot("motion", _("Motions"), height_px=380)
        with gr.Column(visible="hidden") as word_plot:
            common_words = count_plot("word", _("Commonest words of the captions"), sort="-y")
    first = gr.State(0)
    return gather(Widgets, made | locals())


def build_menu(limits: Limits) -> dict:
    """Which dataset, what it holds, and what to do with it."""
    existing = gr.Dropdown(label=_("Dataset"), choices=[], filterable=False, elem_id="existing")
    holds = gr.HTML(elem_id="dataset-holds")
    with gr.Row():
        train_on_it = gr.Button(_("Train on it"), interactive=False, size="md", min_width=100)
        zip_it = gr.Button(_("Download zip"), interactive=False, size="md", min_width=100)
    teach_it = gr.Button(_("Teach it to a trained model"), visible=False, size="md")
    go_on = gr.Button(_("Go on writing"), visible=False, size="md")
    zip_file = gr.DownloadButton(_("Save the zip"), visible=False, size="md", elem_id="zip-file")
    zip_message = gr.HTML(elem_id="dataset-zip-message", elem_classes="message-line")
    fold = about_fold.build(_("About this dataset"), "about-dataset", deletable=limits.clips is None)
    with gr.Column(visible="hidden") as plots:
        balance = gr.HTML(elem_id="dataset-balance")
        shapes = count_plot("shape", _("Shapes"))
        colours = count_plot("colour", _("Colours"))
    return locals()


@on_error(lambda line, *_: (gr.skip(), gr.update(value=line, visible=True), gr.skip(), ""))
def on_names(folders: Folders, writer: Writer, name: str | None, mine: str) -> tuple:
    """The menu anew; what this page has just written is chosen."""
    names = list(find_datasets(folders))
    at_rest = [known for known in names if not writer.busy_with(known)]
    chosen = next((known for known in (mine, name, *at_rest, *names) if known in names), None)
    labelled = [(about.label(folders.datasets, known), known) for known in names]
    return menu(labelled, chosen, before=name), gr.update(visible=not names), gr.update(visible=bool(names)), ""


def on_dataset(folders: Folders, writer: Writer, w: Widgets, name: str) -> dict:
    """What a dataset holds, and what can be done with it."""
    usable, small, resumable, tables, common = False, False, False, {}, None
    try:
        dataset = library.read_dataset(folders, name)
        usable, small = dataset.clips is not None, dataset.fits_a_zip
        if writer.busy_with(name):
            holds = notice(_("It is being written now."))
        else:
            resumable = dataset.unfinished
            holds = notice(library.describe(dataset), "" if usable or resumable else "problem")
            holds += notice(library.describe_zip(dataset), "remark")
        if usable:
            tables = library.counts(dataset)
            common = None if tables else library.words(dataset)
    except Exception as error:
        holds = explain(error)
    return {
        w.holds: holds,
        w.train_on_it: gr.update(interactive=usable),
        w.teach_it: gr.update(visible=usable and library.is_made_elsewhere(folders, name)),
        w.zip_it: gr.update(interactive=small),
        w.go_on: gr.update(visible=resumable),
        w.zip_file: gr.update(value=None, visible=False),
        w.zip_message: "",
        w.clips: gr.update(visible=usable),
        w.plots: shown_if(tables),
        w.wide_plots: shown_if(tables),
        w.balance: notice(library.describe_counts(tables), "remark"),
        **{widget: bars(tables[column]) for column, widget in w.plotted.items() if column in tables},
        w.word_plot: shown_if(common is not None),
        **({} if common is None else {w.common_words: bars(common)}),
    }


@on_error(lambda line, *_: (["", ""], line, gr.update(visible=False)))
def on_about(folders: Folders, name: str | None) -> tuple:
    """The name and the note of the dataset that was just chosen, and its settings."""
    known = about.read(folders.datasets, name) if name else about.About()
    state = (library.read_dataset(folders, name).state or {}) if name else {}
    rows = [(_(title), str(state[key])) for key, title in SETTINGS.items() if key in state]
    return [known.title, known.note], table(rows) if rows else "", gr.update(visible=False)


@on_error(lambda line, *_: (line, *[gr.skip()] * 4))
def on_page(folders: Folders, step: int, name: str, wanted: str, first: int, *, visitor: str) -> tuple | list:
    """The clips `step` pages on; 0 shows the first page."""
    dataset = library.read_dataset(folders, name)
    if dataset.clips is None:  # on_dataset says so
        return [gr.skip()] * 5
    numbers = library.find_clips(dataset.clips.captions, wanted)
    first = turn(first, step, len(numbers)) if step else 0
    shown = library.draw_clips(dataset, numbers[first : first + library.SHOWN], folders.visit(visitor))
    return (
        notice(say_found(first, len(numbers), len(dataset.clips), wanted), "remark"),
        shown,
        first,
        gr.update(interactive=first > 0),
        gr.update(interactive=first + library.SHOWN < len(numbers)),
    )


@on_error(lambda line, *_: (gr.update(visible=False), line, gr.update(interactive=True)))
def on_zip(folders: Folders, name: str, *, visitor: str) -> Iterator[tuple]:
    """Pack a dataset, saying how far; then hand the file over."""
    dataset = library.read_dataset(folders, name)
    path = folders.visit(visitor) / f"{name}.zip"
    last_said = 0.0
    for done in library.zip_up(dataset, path):
        if time.monotonic() - last_said > SAY_EVERY_SECONDS:
            last_said = time.monotonic()
            percent = 100 * done // max(1, dataset.size_bytes)
            packing = notice(_("Packing {name}: {percent} %.", name=name, percent=percent))
            packing += bar(done, dataset.size_bytes, _("bytes packed"))
            yield gr.update(visible=False), packing, gr.update(interactive=False)
    size = say_bytes(path.stat().st_size)
    ready = gr.update(value=path, visible=True, label=_("Save the zip ({size})", size=size))
    yield ready, notice(_("The zip is ready, and your browser saves it.")), gr.update(interactive=True)
    path.unlink(missing_ok=True)  # Gradio serves a copy of it


def on_choice() -> str:
    """What was found in another dataset goes."""
    return ""


def wire(tab: gr.Tab, w: Widgets, folders: Folders, writer: Writer, *, mine: gr.State, ended: gr.State) -> None:
    """Join the widgets of `build` to the handlers. `mine` and `ended` are those of `tab.Widgets`. Nothing is public."""
    naming = {
        "fn": bind(on_names, folders, writer),
        "inputs": [w.existing, mine],
        "outputs": [w.existing, w.nothing, w.shelf, mine],
        **PRIVATE,
    }
    paging = {"inputs": [w.existing, w.wanted, w.first], "outputs": w.paged, **PRIVATE, **HEAVY, **LATEST}
    first_page = bind(on_page, folders, 0)

    def show(event: gr.events.Dependency) -> None:
        described = event.then(bind(on_dataset, folders, writer, w), w.existing, w.described, **PRIVATE, **HEAVY)
        described.then(first_page, **paging)

    show(gr.on([tab.select, ended.change], **naming))
    w.existing.blur(**naming)
    about_fold.note_choices(w.fold, w.existing, "dataset")
    show(w.existing.input(on_choice, None, w.count, **PRIVATE))
    shown = [w.fold.answer, w.fold.settings, w.fold.asking]
    known = w.existing.change(bind(on_about, folders), w.existing, shown, **PRIVATE)
    about_fold.fill_in(w.fold, known, "dataset")
    write = partial(about.write, folders.datasets)
    for event in about_fold.wire(w.fold, w.existing, write=write, remove=writer.delete):
        show(event.then(**naming))
    w.wanted.change(first_page, **paging)
    w.previous.click(bind(on_page, folders, -1), **paging)
    w.following.click(bind(on_page, folders, 1), **paging)
    zipped = [w.zip_file, w.zip_message, w.zip_it]
    w.zip_it.click(bind(on_zip, folders), w.existing, zipped, **PRIVATE, **ZIPPING).then(js=SAVE_IT)
