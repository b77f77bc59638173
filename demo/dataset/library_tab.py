"""The lower half of the Dataset tab: a menu of the datasets that are there, what they hold, what to do with them."""

import time
from functools import partial
from types import SimpleNamespace

import gradio as gr

from demo.dataset import library
from demo.dataset.writing import Writer
from demo.studio import about
from demo.studio.clips import HEAVY
from demo.studio.workspace import Folders, find_datasets
from demo.ui import about as about_fold
from demo.ui.amounts import say_bytes
from demo.ui.errors import explain
from demo.ui.theme import bar, clip_gallery, menu, notice, table

SETTINGS = {  # in `dataset.json` -> what the page calls it
    "grammar": "Preset",
    "videos": "Clips",
    "frames": "Frames",
    "frame_size_px": "Size of a frame",
    "seed": "Seed",
    "layout": "Layout",
}
SAY_EVERY_SECONDS = 1  # how far a zip is
ZIPPING = {"concurrency_id": "zipping", "concurrency_limit": 1}  # for itself: it must not keep pictures waiting
SAVE_IT = "() => setTimeout(() => document.querySelector('#zip-file')?.click(), 300)"  # when the button has its file


def turn(first: int, step: int, found: int) -> int:
    """The first clip of the page that lies `step` pages on, kept within the `found` clips."""
    last = max(0, (found - 1) // library.SHOWN * library.SHOWN)
    return min(max(0, first + step * library.SHOWN), last)


def say_found(first: int, found: int, clips: int, wanted: str) -> str:
    """Which clips are shown, of how many that match."""
    if not found:
        return f"No caption contains {wanted.strip()!r}."
    shown = f"Clips {first + 1:,} to {min(first + library.SHOWN, found):,} of {found:,}"
    return f"{shown} whose captions match, {clips:,} in all" if str(wanted or "").strip() else shown


def count_plot(column: str, title: str, *, height_px: int = 240, **options) -> gr.BarPlot:
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


def shown_if(wanted) -> dict:
    """The update for a column of plots. It stays in the page when hidden: a plot that goes while it is drawn fails."""
    return gr.update(visible=True if wanted else "hidden")


def build() -> SimpleNamespace:
    """Lay it out: the menu beside the clips, the plots below."""
    gr.Markdown("## Your datasets")
    nothing = gr.HTML(notice("None yet. Choose settings above and create one.", "remark"), elem_id="no-dataset")
    with gr.Column(visible=False) as shelf:
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                existing = gr.Dropdown(label="Dataset", choices=[], filterable=False, elem_id="existing")
                holds = gr.HTML(elem_id="dataset-holds")
                with gr.Row():
                    train_on_it = gr.Button("Train on it", interactive=False, size="md", min_width=100)
                    zip_it = gr.Button("Download zip", interactive=False, size="md", min_width=100)
                go_on = gr.Button("Go on writing", visible=False, size="md")
                zip_file = gr.DownloadButton("Save the zip", visible=False, size="md", elem_id="zip-file")
                said = gr.HTML(elem_id="dataset-said", elem_classes="said")
                fold = about_fold.build("About this dataset", "about-dataset")
                with gr.Column(visible="hidden") as plots:
                    balance = gr.HTML(elem_id="dataset-balance")
                    shapes = count_plot("shape", "Shapes")
                    colours = count_plot("colour", "Colours")
            with gr.Column(scale=2, min_width=320, visible=False) as clips:
                wanted = gr.Textbox(label="Caption contains", placeholder="star left")
                found = gr.HTML(elem_id="dataset-found")
                page_of_clips = clip_gallery("Clips", "look")
                with gr.Row():
                    previous = gr.Button("Previous", interactive=False, size="md", min_width=100)
                    following = gr.Button("Next", interactive=False, size="md", min_width=100)
        with gr.Column(visible="hidden") as wide_plots:
            motions = count_plot("motion", "Motions", height_px=380)
        with gr.Column(visible="hidden") as spoken:
            common = count_plot("word", "Commonest words of the captions", sort="-y")
    first = gr.State(0)  # the number, among those found, of the first clip shown
    return SimpleNamespace(**locals())


def wire(tab: gr.Tab, widgets: SimpleNamespace, folders: Folders, writer: Writer) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    plotted = dict(zip(library.COUNTED, (w.shapes, w.colours, w.motions), strict=True))

    def on_names(name, mine):
        """The menu anew; what this page has just written is chosen."""
        try:
            names = list(find_datasets(folders))
        except Exception as error:
            return gr.skip(), gr.update(value=explain(error), visible=True), gr.skip(), ""
        at_rest = [known for known in names if not writer.busy_with(known)]
        chosen = next((known for known in (mine, name, *at_rest, *names) if known in names), None)
        labelled = [(about.label(folders.datasets, known), known) for known in names]
        return menu(labelled, chosen, before=name), gr.update(visible=not names), gr.update(visible=bool(names)), ""

    def on_look(name):
        usable, small, resumable, tables, common = False, False, False, {}, None
        try:
            dataset = library.look(folders, name)
            usable, small = dataset.clips is not None, dataset.fits_a_zip
            if writer.busy_with(name):
                said = notice("It is being written now.")
            else:
                resumable = dataset.unfinished
                said = notice(library.describe(dataset), "" if usable or resumable else "problem")
                said += notice(library.describe_zip(dataset), "remark")
            if usable:
                tables = library.counts(dataset)
                common = None if tables else library.words(dataset)
        except Exception as error:
            said = explain(error)
        return (
            said,
            gr.update(interactive=usable),
            gr.update(interactive=small),
            gr.update(visible=resumable),
            gr.update(value=None, visible=False),
            "",
            gr.update(visible=usable),
            shown_if(tables),
            shown_if(tables),
            notice(library.describe_counts(tables), "remark"),
            *(tables.get(column, gr.skip()) for column in plotted),
            shown_if(common is not None),
            gr.skip() if common is None else common,
        )

    def on_about(name):
        """The name and the note of the dataset that was just chosen, and its settings."""
        try:
            known, state = about.read(folders.datasets, name), (library.look(folders, name).state or {}) if name else {}
        except Exception as error:
            return "", "", explain(error), gr.update(visible=False), ""
        rows = [(title, str(state[key])) for key, title in SETTINGS.items() if key in state]
        return known.title, known.note, table(rows) if rows else "", gr.update(visible=False), ""

    def turning(step):
        """The handler that shows the clips `step` pages on; 0 shows the first page."""

        def on_page(name, wanted, first, request: gr.Request):
            try:
                dataset = library.look(folders, name)
                if dataset.clips is None:  # said by on_look
                    return [gr.skip()] * len(paged)
                numbers = library.find_clips(dataset.clips.captions, wanted)
                first = turn(first, step, len(numbers)) if step else 0
                now = numbers[first : first + library.SHOWN]
                shown = library.draw_clips(dataset, now, folders.visit(request.session_hash))
            except Exception as error:
                return explain(error), *[gr.skip()] * (len(paged) - 1)
            return (
                notice(say_found(first, len(numbers), len(dataset.clips), wanted), "remark"),
                shown,
                first,
                gr.update(interactive=first > 0),
                gr.update(interactive=first + library.SHOWN < len(numbers)),
            )

        return on_page

    def on_zip(name, request: gr.Request):
        try:
            dataset = library.look(folders, name)
            path = folders.visit(request.session_hash) / f"{name}.zip"
            told = 0.0
            for done in library.zip_up(dataset, path):
                if time.monotonic() - told > SAY_EVERY_SECONDS:
                    told = time.monotonic()
                    percent = 100 * done // max(1, dataset.size_bytes)
                    said = notice(f"Packing {name}: {percent} %.") + bar(done, dataset.size_bytes, "bytes packed")
                    yield gr.update(visible=False), said, gr.update(interactive=False)
            size = say_bytes(path.stat().st_size)
            ready = gr.update(value=path, visible=True, label=f"Save the zip ({size})")
            yield ready, notice("The zip is ready, and your browser saves it."), gr.update(interactive=True)
            path.unlink(missing_ok=True)  # Gradio serves a copy of it
        except Exception as error:
            yield gr.update(visible=False), explain(error), gr.update(interactive=True)

    named = [w.existing, w.nothing, w.shelf, w.mine]
    looked = [w.holds, w.train_on_it, w.zip_it, w.go_on, w.zip_file, w.said, w.clips, w.plots, w.wide_plots]
    looked += [w.balance, *plotted.values(), w.spoken, w.common]
    paged = [w.found, w.page_of_clips, w.first, w.previous, w.following]

    quiet = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    chosen = [w.existing, w.wanted, w.first]
    paging = {"inputs": chosen, "outputs": paged, "trigger_mode": "always_last", **quiet, **HEAVY}

    def show(event):
        event.then(on_look, w.existing, looked, **quiet, **HEAVY).then(turning(0), **paging)

    show(gr.on([tab.select, w.ended.change], on_names, [w.existing, w.mine], named, **quiet))
    w.existing.blur(on_names, [w.existing, w.mine], named, **quiet)
    show(w.existing.input(lambda: "", None, w.found, **quiet))
    fold = w.fold
    told = [fold.title, fold.note, fold.settings, fold.asking, fold.message]
    w.existing.change(on_about, w.existing, told, **quiet)
    for event in about_fold.wire(fold, w.existing, write=partial(about.write, folders.datasets), remove=writer.delete):
        show(event.then(on_names, [w.existing, w.mine], named, **quiet))
    w.wanted.change(turning(0), **paging)
    w.previous.click(turning(-1), **paging)
    w.following.click(turning(1), **paging)
    w.zip_it.click(on_zip, w.existing, [w.zip_file, w.said, w.zip_it], **quiet, **ZIPPING).then(js=SAVE_IT)
