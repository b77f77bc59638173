"""The whole page: a headline and one tab for each thing that the project does."""

import shutil

import gradio as gr

from demo import dataset, generate, train
from demo.folders import Folders
from demo.theme import CSS, make_theme

KEEP_FILES_SECONDS = 24 * 3600
LOOK_FOR_OLD_FILES_SECONDS = 3600


def build_page(folders: Folders) -> gr.Blocks:
    """The page over these folders, ready for `launch(**launch_options())`."""
    with gr.Blocks(
        title="Text to video studio",
        analytics_enabled=False,
        delete_cache=(LOOK_FOR_OLD_FILES_SECONDS, KEEP_FILES_SECONDS),
    ) as page:
        gr.Markdown("# Text to video studio\nA small network draws the whole clip at once.", elem_classes="headline")
        parts = {"Generate": generate, "Dataset": dataset, "Train": train}
        built = []
        with gr.Tabs():
            for label, part in parts.items():
                with gr.Tab(label) as tab:
                    built.append((part, tab, part.build()))
        for part, tab, widgets in built:
            part.wire(page, tab, widgets, folders)

        def forget_visit(request: gr.Request) -> None:
            shutil.rmtree(folders.visit(request.session_hash), ignore_errors=True)

        page.unload(forget_visit)
    return page


def launch_options() -> dict:
    """What Gradio 6 wants to be told at the launch and not before."""
    return {"theme": make_theme(), "css": CSS, "footer_links": ["api"], "run_history": False}
