"""The section *Your own clips* of the Dataset tab: drop clips or a zip, fill in captions, read the report, and keep
them as a dataset to train on."""

import html
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np

from demo.dataset.gallery import write_gifs
from demo.locale.translate import N_, _, translate
from demo.studio.workspace import Folders
from demo.ui.errors import explained
from demo.ui.events import HEAVY, LATEST, READ_BY_GRADIO
from demo.ui.handlers import bind, gather
from demo.ui.theme import clip_gallery, notice
from t2v.config import FRAMES
from t2v.media.kinds import CLIP_ENDINGS
from t2v.system.messages import Message, of_error, value_error, with_texts

if TYPE_CHECKING:
    from t2v.data.survey import Survey

COLUMNS = [N_("clip"), N_("caption")]
FIRST_NAME = "my-clips"
FOLDER = "own-clips"  # in that of the visit
TABLE = "metadata.csv"  # in that folder, written from the table of the page
KEPT = [*CLIP_ENDINGS, ".png", ".zip", ".csv", ".tsv", ".jsonl", ".json", ".txt", ".caption"]
SHOWN, SEEN_PX = 8, 64  # clips as the model will see them
FITTED = {  # how clips that are not square become so, as `t2v.media.fit` calls it
    "pad": N_("Pad with the border's colour"),
    "crop": N_("Crop to the middle"),
    "squeeze": N_("Squeeze"),
}
LEAD = N_(
    "Drop clips or a zip, with captions or without. The table has a line for each clip: say there what it shows. "
    "Then look through them, and keep them as a dataset."
)


@dataclass(frozen=True)
class Widgets:
    """What the section is made of."""

    files: gr.File
    fit: gr.Radio
    name: gr.Textbox
    check: gr.Button
    keep: gr.Button
    trouble: gr.HTML
    captions: gr.Dataframe
    gallery: gr.Gallery  # the clips as the model will see them
    report: gr.HTML


def build() -> Widgets:
    """Lay the section out, folded."""
    with gr.Accordion(_("Your own clips"), open=False, elem_id="own-clips"):
        gr.HTML(notice(_(LEAD), "remark"))
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                files = gr.File(label=_("Files"), file_count="multiple", file_types=KEPT, elem_id="own-files")
                fit = gr.Radio(
                    label=_("Clips that are not square"),
                    choices=[(_(label), name) for name, label in FITTED.items()],
                    value=next(iter(FITTED)),
                    elem_id="own-fit",
                )
                name = gr.Textbox(label=_("Its name"), value=FIRST_NAME, max_lines=1, elem_id="own-name")
                with gr.Row():
                    check = gr.Button(_("Look through them"), min_width=100, elem_id="own-check")
                    keep = gr.Button(_("Keep as a dataset"), variant="primary", min_width=100, elem_id="own-keep")
                trouble = gr.HTML(elem_id="own-trouble", elem_classes="message-line")
            with gr.Column(scale=2, min_width=320):
                captions = gr.Dataframe(
                    label=_("Captions"),
                    headers=[_(column) for column in COLUMNS],
                    type="array",
                    column_count=2,
                    column_widths=["45%", "55%"],  # the captions are seen whole on a telephone, too
                    interactive=True,
                    wrap=True,
                    max_height=320,
                    elem_id="own-captions",
                    visible=False,  # until there are files
                )
                gallery = clip_gallery(_("As the model will see them"), "own-clips-shown")
                report = gr.HTML(elem_id="own-report", elem_classes="message-line")
    return gather(Widgets, locals())


@explained(outputs=3)
def on_files(folders: Folders, files: list[str] | None, *, visitor: str) -> tuple:
    """The table of new files, and the report on the texts among them."""
    from t2v.data.collect import captions_table, gather_files

    if not files:
        return gr.update(value=[], visible=False), ""
    folder = gather_files([Path(file) for file in files], folders.visit(visitor) / FOLDER)
    rows, report = captions_table(folder)
    if not rows:
        raise value_error(
            "There is no clip among these files; a clip is a {kinds} file.", kinds=", ".join(CLIP_ENDINGS)
        )
    # headers again, since the browser looks up none of them in another language
    table = gr.update(value=rows, headers=[_(column) for column in COLUMNS], visible=True)
    return table, say_report(translate(report)) if report else ""


def on_look(folders: Folders, rows: list[list[str]], fit: str, *, visitor: str) -> dict:
    """The first clips as the model will see them, as GIFs with their captions; those that break are passed over, and
    the report says so."""
    from t2v.media.clips import read_clip

    folder = folders.visit(visitor) / FOLDER
    fitted: list[tuple[np.ndarray, str]] = []
    known = {row[0]: row[1] for row in reversed(rows or [])}
    for name, caption in reversed(known.items()):
        path = folder / str(name)
        if len(fitted) == SHOWN or not path.resolve().is_relative_to(folder.resolve()):
            continue
        with suppress(ValueError):
            clip = read_clip(path, frames=FRAMES, size=SEEN_PX, fit=fit)  # (T, H, W, 3)
            fitted.append((clip, caption or str(name)))
    shown = write_gifs(fitted, folders.visit(visitor), "own")
    return gr.update(value=shown, visible=bool(shown))


@explained(outputs=2)
def on_check(folders: Folders, rows: list[list[str]], fit: str, *, visitor: str) -> str:
    """The report on the clips with the captions of the table: every clip is decoded."""
    return say_report(_report(_check(_with_captions(folders, rows, visitor), fit)))


def _report(findings: "Survey") -> str:
    """What was found, in the visitor's language; the file that the table of captions was written to is that table."""
    table = Message("the table above")
    return translate(with_texts(findings.report(), lambda text: table if text == TABLE else text))


def _check(folder: Path, fit: str) -> "Survey":
    """What `t2v.data.check` finds, with a reason that names no folder of this machine where nothing can be used."""
    from t2v.data.check import check

    try:
        return check(folder, fit=fit)
    except ValueError as error:
        own = Message("Among these files")
        paths = {f"{folder}/": "", str(folder): own}
        raise ValueError(with_texts(of_error(error), lambda text: _shortened(text, paths))) from error


def _shortened(text: str, paths: dict[str, str]) -> str:
    """A text without these paths; the message of a path where the text is nothing else."""
    for path, instead in paths.items():
        text = instead if text == path else text.replace(path, str(instead))
    return text


@explained(outputs=4)
def on_keep(
    folders: Folders,
    in_use: Callable[[], Collection[str]],
    rows: list[list[str]],
    name: str,
    fit: str,
    ended: int,
    *,
    visitor: str,
) -> tuple:
    """Keep what can be used of the clips as a dataset; then the report, the dataset's name and the count."""
    from t2v.data.collect import save_dataset

    folder = _with_captions(folders, rows, visitor)
    findings = _check(folder, fit)
    size_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    folders.limits.check_dataset(len(findings.clips), size_bytes)
    folders.limits.make_room(folders.datasets, needed_bytes=size_bytes, keep=tuple(in_use()))
    saved = save_dataset(folder, name, folders.datasets, fit=fit)
    kept = _(
        "Kept as {name}. It is below, among your datasets: choose there to teach it to a trained model, "
        "which a few clips of one thing need, or to train on it.",
        name=saved.name,
    )
    return (say_report(f"{kept}\n{_report(findings)}"), saved.name, ended + 1)


def _with_captions(folders: Folders, rows: list[list[str]], visitor: str) -> Path:
    """The visit's clips, with the captions of the table alone."""
    from t2v.data.collect import write_captions

    folder = folders.visit(visitor) / FOLDER
    if not folder.is_dir():
        raise value_error("There are no files yet: drop some.")
    write_captions(folder, [row[:2] for row in rows])
    return folder


def say_report(report: str) -> str:
    """A report of several lines for `gr.HTML`."""
    return f'<pre class="notice report" role="status" style="white-space: pre-wrap">{html.escape(report)}</pre>'


def wire(
    w: Widgets, folders: Folders, in_use: Callable[[], Collection[str]], *, mine: gr.State, ended: gr.State
) -> None:
    """Join the section to its handlers; `mine` and `ended` are those of `tab.Widgets`."""
    quiet = READ_BY_GRADIO | HEAVY
    table = [w.captions, w.report, w.trouble]
    looking = {"fn": bind(on_look, folders), "inputs": [w.captions, w.fit], "outputs": w.gallery, **quiet}
    dropped = gr.on([w.files.upload, w.files.clear], bind(on_files, folders), w.files, table, **quiet)
    dropped.then(**looking)
    w.fit.change(**looking | LATEST)
    w.check.click(bind(on_check, folders), [w.captions, w.fit], [w.report, w.trouble], **quiet).then(**looking)
    kept = [w.report, mine, ended, w.trouble]
    w.keep.click(bind(on_keep, folders, in_use), [w.captions, w.name, w.fit, ended], kept, **quiet)
