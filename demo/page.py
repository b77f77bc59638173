"""The whole page: a headline and one tab for each thing that the project does."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from demo.dataset import tab as dataset
from demo.dataset import thing
from demo.dataset.library import is_made_elsewhere
from demo.evaluate import charts
from demo.evaluate import tab as evaluate
from demo.generate import tab as generate
from demo.generate.endpoints import open_endpoints
from demo.generate.ready import FOLDER as READY_FOLDER
from demo.generate.ready import facts
from demo.gradio_patches.accessible import ACCESSIBLE
from demo.gradio_patches.camera import PHOTO_WAITS
from demo.gradio_patches.guard import Guard, refuse_body
from demo.gradio_patches.head import OwnHead
from demo.gradio_patches.idle import rest_when_free
from demo.gradio_patches.plots import MEASURED_WHILE_THERE
from demo.gradio_patches.stream import one_stream
from demo.learn import drawing, present
from demo.learn import tab as learn
from demo.learn.chapters import tiny
from demo.learn.handlers import LEARN
from demo.locale.cookie import ChosenLanguage
from demo.locale.translate import LANGUAGES, Page, _, speaking
from demo.studio.limits import NO_LIMITS, Limits
from demo.studio.workspace import Folders
from demo.train import tab as train
from demo.train import teach
from demo.train.handlers import OWN, dataset_choices, on_preset
from demo.train.runs import data_in_use, run_names
from demo.ui.errors import explained
from demo.ui.events import PRIVATE, READ_BY_GRADIO
from demo.ui.handlers import bind
from demo.ui.masthead import LEAD, NAME, masthead
from demo.ui.theme import CSS, make_theme, notice

GENERATE, TRAIN = "generate", "train"  # tabs that others lead to
PAGE_JS = Path(__file__).parent / "ui" / "static" / "page.js"
KEEP_FILES_SECONDS = 3600
LOOK_FOR_OLD_FILES_SECONDS = 600
OPEN_REMEMBERED_TAB = "() => ({__type__: 'update', selected: window.studioPage.rememberedTab()})"
REMEMBER_TAB = "() => window.studioPage.rememberTab()"
MAX_SESSIONS = 200  # whose clips are kept in memory, 12 MB at most each


def train_on(folders: Folders, dataset: str) -> tuple:
    """The Train tab, with this dataset chosen; for clips of one's own also the preset for such clips, and its numbers:
    those for shapes would not suit them."""
    own = is_made_elsewhere(folders, dataset)
    recipe = (OWN, *on_preset(OWN)) if own else [gr.skip()] * 5
    return gr.Tabs(selected=TRAIN), gr.update(choices=dataset_choices(folders), value=dataset), *recipe


def try_run(folders: Folders, run: str) -> tuple[gr.Tabs, dict]:
    """The Generate tab, with this run's checkpoint chosen."""
    return gr.Tabs(selected=GENERATE), generate.command_to_try(folders, run)


@explained(outputs=3)
def teach_thing(
    folders: Folders, checkpoint: str | None, drawn: dict | None, name: str, *, visitor: str
) -> tuple[gr.Tabs, dict]:
    """Begin to teach a thing, and show how that goes in the Train tab. Without a choice it begins from the first
    checkpoint that can be taught: a quick hand is before the menu."""
    checkpoint = checkpoint or next(iter(thing.teachable(folders)), "")
    run = teach.start(folders, checkpoint, *thing.thing_of(drawn, name), visitor=visitor)
    return gr.Tabs(selected=TRAIN), gr.update(choices=run_names(folders), value=run)


@explained(outputs=3)
def teach_clips(folders: Folders, dataset: str, *, visitor: str) -> tuple[gr.Tabs, dict]:
    """Begin to teach the first checkpoint that can be taught a dataset's clips, and show that in the Train tab."""
    run = teach.start_on_clips(folders, next(iter(thing.teachable(folders)), ""), dataset, visitor=visitor)
    return gr.Tabs(selected=TRAIN), gr.update(choices=run_names(folders), value=run)


def forget_visit(folders: Folders, *, visitor: str) -> None:
    """Remove what was made for a visitor who leaves."""
    shutil.rmtree(folders.visit(visitor), ignore_errors=True)


@dataclass(frozen=True)
class Layout:
    """All widgets of the page."""

    tabs: gr.Tabs
    each: dict[str, gr.Tab]
    generate: generate.Widgets
    dataset: dataset.Widgets
    train: train.Widgets
    evaluate: evaluate.Widgets
    learn: learn.Widgets


def lay_out(folders: Folders) -> Layout:
    """The widgets, in the language that is spoken now."""
    gr.HTML(masthead(facts()), elem_classes="headline")
    names = {GENERATE: _("Generate"), "dataset": _("Dataset"), TRAIN: _("Train"), "evaluate": _("Evaluate")}
    names[LEARN] = _("Learn")
    limits, built, each = folders.limits, [], {}
    limited = {dataset: limits.dataset_in_words(), train: limits.training_in_words()}
    with gr.Tabs(overflow_behavior="wrap") as tabs:  # none is hidden in a menu
        for tab, (name, label) in zip((generate, dataset, train, evaluate, learn), names.items(), strict=True):
            with gr.Tab(label, id=name, elem_id=f"tab-{name}") as each[name]:
                say_limits(limited.get(tab, ""))
                built.append(tab.build(limits) if tab in limited else tab.build())
    return Layout(tabs, each, *built)


def build_page(folders: Folders) -> gr.Blocks:
    """The page over these folders, ready for `launch(**launch_options(limits))`."""
    with Page(
        title=NAME, analytics_enabled=False, delete_cache=(LOOK_FOR_OLD_FILES_SECONDS, KEEP_FILES_SECONDS)
    ) as page:
        w = lay_out(folders)
        generate.wire(page, w.each[GENERATE], w.generate, folders)
        dataset.wire(page, w.each["dataset"], w.dataset, folders, in_use=partial(data_in_use, folders))
        train.wire(page, list(w.each.values()), w.each[TRAIN], w.train, folders)
        evaluate.wire(page, w.each["evaluate"], w.evaluate, folders)
        learn.wire(page, w.tabs, w.each[LEARN], w.learn, folders)
        open_endpoints(folders)

        library = w.dataset.library
        recipe = [w.train.recipe, w.train.steps, w.train.batch_size, w.train.learning_rate, w.train.seed]
        trained_on = [w.tabs, w.train.dataset, *recipe]
        library.train_on_it.click(bind(train_on, folders), library.existing, trained_on, **PRIVATE)
        taught = [w.tabs, w.train.run, library.zip_message]
        library.teach_it.click(bind(teach_clips, folders), library.existing, taught, **PRIVATE)
        own = w.dataset.thing
        shown = [w.tabs, w.train.run, own.trouble]
        own.teach.click(bind(teach_thing, folders), [own.checkpoint, own.picture, own.name], shown, **READ_BY_GRADIO)
        w.train.try_it.click(bind(try_run, folders), w.train.run, [w.tabs, w.generate.command], **PRIVATE)
        page.unload(bind(forget_visit, folders))
        page.load(None, None, w.tabs, js=OPEN_REMEMBERED_TAB)
        gr.on([tab.select for tab in w.each.values()], None, js=REMEMBER_TAB, trigger_mode="multiple")
    layouts: dict[str, gr.Blocks] = {}
    for code in list(LANGUAGES)[1:]:
        with speaking(code), gr.Blocks() as layouts[code]:
            lay_out(folders)
    page.learn_words(layouts)
    page.queue(max_size=folders.limits.waiting, api_open=False)
    rest_when_free(page)
    return page


def say_limits(words: str) -> None:
    """What is limited in a tab of a public Space, and the way to a page without limits."""
    if words:
        gr.HTML(notice(words, "remark"), elem_classes="limits")
        gr.DuplicateButton(_("Duplicate this Space"), size="sm", min_width=200)


def files_at(address: str, folder: Path) -> Route:
    """The files of the folder at `/address/NAME`. A `Mount` of `StaticFiles` (starlette 1.10) finds none behind a proxy
    that takes a part of the path off."""

    async def send_file(request: Request) -> Response:
        known = {path.name: path for path in folder.glob("*") if path.is_file()}
        path = known.get(request.path_params["name"])
        return FileResponse(path) if path else Response(status_code=404)

    return Route(f"/{address}/{{name}}", send_file)


def launch_options(limits: Limits = NO_LIMITS) -> dict:
    """What Gradio 6 wants to be told at the launch and not before."""
    return {
        "theme": make_theme(),
        "css": CSS + generate.CSS + charts.CSS + drawing.CSS + present.CSS,
        "head": f"<script>{PAGE_JS.read_text(encoding='utf-8')}</script>"
        + one_stream()
        + MEASURED_WHILE_THERE
        + PHOTO_WAITS
        + ACCESSIBLE,
        "footer_links": ["api"],
        "run_history": False,
        "max_file_size": limits.upload_bytes,
        "state_session_capacity": MAX_SESSIONS,
        "enable_monitoring": False,
        # Gradio asks for its own page once more and gives up after three seconds, too few for a busy machine;
        # that the page answers it knows already, from its start-up events.
        "_frontend": False,
        "app_kwargs": {
            "middleware": [
                Middleware(Guard, free_bytes=limits.free_bytes),
                Middleware(ChosenLanguage),
                Middleware(OwnHead, title=NAME, description=LEAD),
            ],
            "routes": [files_at("ready", READY_FOLDER), files_at(tiny.ADDRESS, tiny.STATIC)],
            "exception_handlers": {RequestValidationError: refuse_body},
        },
    }
