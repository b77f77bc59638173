"""The whole page: a headline and one tab for each thing that the project does."""

import shutil
from functools import partial
from pathlib import Path

import gradio as gr
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from demo.dataset import tab as dataset
from demo.evaluate import charts
from demo.evaluate import tab as evaluate
from demo.generate import tab as generate
from demo.generate.endpoints import open_endpoints
from demo.generate.ready import FOLDER as READY_FOLDER
from demo.generate.ready import facts
from demo.gradio_patches.guard import Guard, refuse_body
from demo.gradio_patches.head import OwnHead
from demo.gradio_patches.idle import rest_when_free
from demo.gradio_patches.stream import one_stream
from demo.learn import drawing, present, speech
from demo.learn import tab as learn
from demo.learn.handlers import LEARN
from demo.locale.cookie import ChosenLanguage
from demo.locale.translate import Page
from demo.studio.workspace import Folders
from demo.train import tab as train
from demo.train.handlers import dataset_choices
from demo.train.processes import data_in_use
from demo.ui.events import PRIVATE
from demo.ui.handlers import bind
from demo.ui.masthead import LEAD, NAME, masthead
from demo.ui.theme import CSS, make_theme, notice

GENERATE, TRAIN = "generate", "train"  # tabs that others lead to
PAGE_JS = Path(__file__).parent / "ui" / "static" / "page.js"
KEEP_FILES_SECONDS = 3600
LOOK_FOR_OLD_FILES_SECONDS = 600
OPEN_REMEMBERED_TAB = "() => ({__type__: 'update', selected: window.studioPage.rememberedTab()})"
REMEMBER_TAB = "() => window.studioPage.rememberTab()"
MAX_UPLOAD = "20mb"  # a clip that was made here is far smaller
MAX_WAITING = 200  # events of all visitors together; a class of thirty makes some 60 at once
MAX_SESSIONS = 200  # whose clips are kept in memory, 12 MB at most each


def train_on(folders: Folders, dataset: str) -> tuple[gr.Tabs, dict]:
    """The Train tab, with this dataset chosen."""
    return gr.Tabs(selected=TRAIN), gr.update(choices=dataset_choices(folders), value=dataset)


def try_run(folders: Folders, run: str) -> tuple[gr.Tabs, dict]:
    """The Generate tab, with this run's checkpoint chosen."""
    return gr.Tabs(selected=GENERATE), generate.command_to_try(folders, run)


def forget_visit(folders: Folders, *, visitor: str) -> None:
    """Remove what was made for a visitor who leaves."""
    shutil.rmtree(folders.visit(visitor), ignore_errors=True)


def build_page(folders: Folders) -> gr.Blocks:
    """The page over these folders, ready for `launch(**launch_options())`."""
    with Page(
        title=NAME,
        analytics_enabled=False,
        delete_cache=(LOOK_FOR_OLD_FILES_SECONDS, KEEP_FILES_SECONDS),
    ) as page:
        gr.HTML(masthead(facts()), elem_classes="headline")
        if said := folders.limits.in_words():
            gr.HTML(notice(said, "remark"), elem_id="limits")
            gr.DuplicateButton("Duplicate this Space", size="sm")
        with gr.Tabs() as tabs:
            with gr.Tab("Generate", id=GENERATE, elem_id="tab-generate") as generate_tab:
                drawing = generate.build()
            with gr.Tab("Dataset", id="dataset", elem_id="tab-dataset") as dataset_tab:
                data = dataset.build()
            with gr.Tab("Train", id=TRAIN, elem_id="tab-train") as train_tab:
                training = train.build()
            with gr.Tab("Evaluate", id="evaluate", elem_id="tab-evaluate") as evaluate_tab:
                measured = evaluate.build()
            with gr.Tab(speech.t("learn"), id=LEARN, elem_id="tab-learn") as learn_tab:
                lessons = learn.build()
        generate.wire(page, generate_tab, drawing, folders)
        dataset.wire(page, dataset_tab, data, folders, in_use=partial(data_in_use, folders))
        train.wire(page, tabs, train_tab, training, folders)
        evaluate.wire(page, evaluate_tab, measured, folders)
        learn.wire(page, tabs, learn_tab, lessons, folders)
        open_endpoints(folders)

        library = data.library
        library.train_on_it.click(bind(train_on, folders), library.existing, [tabs, training.dataset], **PRIVATE)
        training.try_it.click(bind(try_run, folders), training.run, [tabs, drawing.command], **PRIVATE)
        page.unload(bind(forget_visit, folders))
        page.load(None, None, tabs, js=OPEN_REMEMBERED_TAB)
        gr.on([tab.select for tab in tabs.children], None, js=REMEMBER_TAB, trigger_mode="multiple")
    page.queue(max_size=MAX_WAITING, api_open=False)
    rest_when_free(page)
    return page


def launch_options() -> dict:
    """What Gradio 6 wants to be told at the launch and not before."""
    return {
        "theme": make_theme(),
        "css": CSS + generate.CSS + charts.CSS + drawing.CSS + present.CSS,
        "head": f"<script>{PAGE_JS.read_text(encoding='utf-8')}</script>" + one_stream(),
        "footer_links": ["api"],
        "run_history": False,
        "max_file_size": MAX_UPLOAD,
        "state_session_capacity": MAX_SESSIONS,
        "enable_monitoring": False,
        # Gradio asks for its own page once more and gives up after three seconds, too few for a busy machine;
        # that the page answers it knows already, from its start-up events.
        "_frontend": False,
        "app_kwargs": {
            "middleware": [
                Middleware(Guard),
                Middleware(ChosenLanguage),
                Middleware(OwnHead, title=NAME, description=LEAD),
            ],
            "routes": [Mount("/ready", StaticFiles(directory=READY_FOLDER, check_dir=False))],
            "exception_handlers": {RequestValidationError: refuse_body},
        },
    }
