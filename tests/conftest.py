"""Tiny real recipes that every test file may use: the whole machine, small enough for a second."""

import atexit
import os
import shutil
import tempfile
import time
from dataclasses import replace

# Before torch is there, and for the trainings that tests start: small networks lose more than they gain by a second
# thread, and where other tests want the cores as well, threads that wait for one another take four times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import tiny
from browsing import CHROMIUM, FLAGS, PATIENCE_MS

from t2v.config import ModelConfig, TrainConfig
from t2v.presets import preset


def pytest_configure():
    """Decoded clips go to a cache of the tests' own, also those of trainings that tests start."""
    os.environ["T2V_CACHE"] = tempfile.mkdtemp(prefix="t2v-cache-")
    atexit.register(shutil.rmtree, os.environ["T2V_CACHE"], ignore_errors=True)


def pytest_collection_modifyitems(items):
    """Marks by folder: `browser` for what needs a browser, `slow` for campaigns. What takes longest begins."""
    for item in items:
        folder = item.path.parent.name
        if folder == "browser":
            item.add_marker("browser")
        elif folder == "campaigns":
            item.add_marker("slow")
    items.sort(key=lambda item: not item.get_closest_marker("browser"))


@pytest.fixture(scope="session")
def tiny_config() -> TrainConfig:
    """The video GAN on the whole grammar at 16 px, with few channels."""
    return tiny.RECIPE


@pytest.fixture(scope="session")
def trained(tiny_config, tmp_path_factory):
    """The folder of a finished tiny run, to be read and not written to."""
    from t2v.training.loop import train

    run_dir = tmp_path_factory.mktemp("trained") / "run"
    train(replace(tiny_config, steps=2), run_dir, device="cpu")
    return run_dir


@pytest.fixture
def tiny_baseline() -> TrainConfig:
    """The tutorial's networks, which come in one size only, for a few steps."""
    return replace(preset("baseline"), batch_size=2, steps=2, log_every_steps=1)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """A folder of two barely trained checkpoints, `shapes` and `classic`, as the page finds them shipped."""
    from t2v.training.loop import train

    root = tmp_path_factory.mktemp("shipped")
    model = ModelConfig(frame_size_px=32, noise_size=4, text_size=8, code_size=16, hidden_size=16, decoder_channels=16)
    for name in ("shapes", "classic"):
        run_dir = tmp_path_factory.mktemp(name) / "run"
        train(replace(preset(name), model=model, batch_size=4, steps=1, frames=3), run_dir, device="cpu")
        (run_dir / "checkpoint").rename(root / name)
    return root


@pytest.fixture(scope="session")
def shipped_stories(shipped, tmp_path_factory):
    """The same with a third one, `stories`, of three layers."""
    from t2v.training.loop import train

    root, run_dir = tmp_path_factory.mktemp("stories") / "shipped", tmp_path_factory.mktemp("stories") / "run"
    shutil.copytree(shipped, root)
    sizes = {"frame_size_px": 32, "discriminator_size_px": 16, "discriminator_channels": 8, "decoder_channels": 16}
    sizes |= {"noise_size": 4, "text_size": 8, "code_size": 16, "hidden_size": 16}
    recipe = preset("stories")
    recipe = replace(recipe, model=replace(recipe.model, **sizes), batch_size=2, steps=1, frames=8)
    train(recipe, run_dir, device="cpu")
    (run_dir / "checkpoint").rename(root / "stories")
    return root


@pytest.fixture
def story_folders(shipped_stories, tmp_path):
    """The page's folders with a checkpoint of stories."""
    from demo.studio.workspace import Folders

    return Folders(shipped_stories, tmp_path / "runs", tmp_path / "datasets", tmp_path / "visits")


@pytest.fixture
def folders(shipped, tmp_path):
    """The page's folders for one test."""
    from demo.studio.workspace import Folders

    return Folders(shipped, tmp_path / "runs", tmp_path / "datasets", tmp_path / "visits")


@pytest.fixture
def events(folders):
    """Whatever calls a handler of the page."""
    pytest.importorskip("gradio")
    from serving import run_aside

    from demo.page import build_page

    async def build():  # outside of an event loop Gradio makes some of its own, and never closes them
        return build_page(folders)

    return [event for event in run_aside(build()).fns.values() if event.fn is not None]


@pytest.fixture
def handlers(events):
    """What the page calls, by name."""
    return {event.name: event.fn for event in events}


@pytest.fixture(scope="session")
def served_page(shipped, tmp_path_factory):
    """The whole page, served for this session: its address and its folders."""
    pytest.importorskip("gradio")
    from serving import served

    from demo.studio.workspace import Folders

    root = tmp_path_factory.mktemp("page")
    folders = Folders(shipped, root / "runs", root / "datasets", root / "visits")
    with served(folders) as address:
        yield address, folders


@pytest.fixture(scope="module")
def page_address(served_page):
    """The same, which each file of tests finds without runs and datasets."""
    from demo.train import processes

    yield served_page
    folders = served_page[1]
    while (name := processes.running(folders)) is not None:  # of a test that failed
        processes.stop(folders, name)
        time.sleep(1)
    for folder in (folders.runs, folders.datasets):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def complaints():
    """Errors on the console, and addresses elsewhere that were asked for; at the end there must be none."""
    result = []
    yield result
    assert result == []


@pytest.fixture(scope="module")
def open_page(browser, page_address, complaints):
    """Opens the page at a width; all are closed after the module, as moving pictures keep a processor busy."""
    address, _ = page_address
    visitor = browser.new_context(reduced_motion="reduce")  # clips that move keep a processor busy

    def open_page(width_px, query=""):
        page = visitor.new_page()
        page.set_viewport_size({"width": width_px, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(error.stack or str(error)))
        known = (address, "data:", "blob:")
        page.on("request", lambda sent: None if sent.url.startswith(known) else complaints.append(sent.url))
        page.goto(f"{address}?{query}")
        page.wait_for_selector("#hero[data-ready]", state="attached")  # the first clip comes with the page
        return page

    yield open_page
    visitor.close()


@pytest.fixture(scope="module")
def page(open_page):
    """One visit at a desk, of which each test goes on where it wants."""
    return open_page(1280)
