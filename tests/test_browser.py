"""The page in a real browser: what a visitor types, sees, and finds again."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("gradio")
playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 180_000  # the machine may be busy; nothing waits longer than it must

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore:::gradio.queueing"),  # it is behind pandas' news
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def complaints():
    """Errors on the console, and addresses elsewhere that were asked for; at the end there must be none."""
    found = []
    yield found
    assert found == []


@pytest.fixture(scope="module")
def open_page(browser, page_address, complaints):
    """Opens the page at a width."""
    address, _ = page_address

    def open_page(width_px):
        page = browser.new_page(viewport={"width": width_px, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        known = (address, "data:", "blob:")
        page.on("request", lambda sent: None if sent.url.startswith(known) else complaints.append(sent.url))
        page.goto(address)
        page.wait_for_selector("#clip img")  # the first clip comes by itself
        return page

    return open_page


@pytest.fixture(scope="module")
def page(open_page):
    """One visit at a desk, of which each test goes on where it wants."""
    return open_page(1280)


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def say(page, prompt):
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_label("Prompt").press("Enter")


def wait_for_text(page, selector, text):
    page.locator(selector).get_by_text(text).first.wait_for()


def moves(page, selector) -> bool:
    """Whether the picture changes by itself within some seconds."""
    first = page.locator(selector).screenshot()
    for _ in range(20):
        page.wait_for_timeout(150)
        if page.locator(selector).screenshot() != first:
            return True
    return False


def test_a_prompt_changes_the_picture_and_it_moves(page):
    before = page.locator("#clip img").get_attribute("src")
    say(page, "small blue star moving up")
    wait_for_text(page, "#message", "small blue star moving up: 10 frames in")
    assert page.locator("#clip img").get_attribute("src") != before
    assert page.locator("#clip img").evaluate("image => image.naturalWidth") >= 256
    assert moves(page, "#clip img")
    for ending, magic in ((".gif", b"GIF8"), (".mp4", b"ftyp"), (".avi", b"RIFF")):
        with page.expect_download() as coming:
            page.get_by_role("button", name=ending[1:].upper(), exact=True).click()
        assert coming.value.suggested_filename == f"small-blue-star-moving-up_0{ending}"
        assert magic in Path(coming.value.path()).read_bytes()[:16]


def test_a_wrong_prompt_is_answered_in_the_page_as_text_and_the_clip_stays(page):
    before = page.locator("#clip img").get_attribute("src")
    say(page, "purpel circle moving left")
    wait_for_text(page, "#message .problem", "did you mean 'purple'?")
    say(page, "<b>circle</b> moving left")
    wait_for_text(page, "#message .problem", "<b>circle<")
    assert page.locator("#message b").count() == 0
    say(page, "${1+1} circle moving left")
    wait_for_text(page, "#message .problem", "${1+1}")
    assert page.locator("#clip img").get_attribute("src") == before
    assert page.locator(".toast-body").count() == 0


def test_an_example_and_another_checkpoint_are_one_click_each(page):
    page.get_by_role("button", name="never trained").click()
    wait_for_text(page, "#message .held-out", "Never seen in training")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Checkpoint").click()
    page.get_by_role("option", name="classic").click()
    wait_for_text(page, "#message", "by classic")
    assert page.get_by_label("Prompt").input_value().startswith("circle ")


@pytest.mark.parametrize("width_px", [1280, 390])
def test_no_tab_is_wider_than_the_screen(page, open_page, width_px):
    page = page if width_px == 1280 else open_page(width_px)
    for tab in ("Dataset", "Train", "Generate"):
        open_tab(page, tab)
        if tab == "Dataset":
            page.locator("#samples img").nth(11).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px


def test_a_dataset_is_shown_written_and_listed(page, page_address):
    open_tab(page, "Dataset")
    page.locator("#samples img").nth(11).wait_for()
    page.get_by_label("Clips", exact=True).fill("5")
    wait_for_text(page, "#dataset-message", "57 files")
    page.get_by_role("button", name="Write").click()
    wait_for_text(page, "#dataset-outcome", "is complete")
    page.get_by_text("5 clips").filter(visible=True).first.wait_for()
    assert (page_address[1].datasets / "shapes-5x10-64px-seed0-frames" / "video_4" / "prompt.txt").is_file()


def test_a_training_is_started_watched_found_again_and_stopped(page, page_address, complaints):
    open_tab(page, "Train")
    page.get_by_role("button", name="Start a new training").click()
    wait_for_text(page, "#train-progress", "lesson-1 is")
    wait_for_text(page, "#train-progress", "is running at step")
    page.locator("#losses canvas, #losses svg").first.wait_for()
    said_before = len(complaints)
    page.reload()
    page.wait_for_selector("#clip img")
    del complaints[said_before:]  # Gradio logs that the reload has cut off its own requests
    open_tab(page, "Train")
    wait_for_text(page, "#train-progress", "lesson-1 is running at step")
    assert page.get_by_role("button", name="Start a new training").is_disabled()
    page.get_by_role("button", name="Stop and save").click()
    wait_for_text(page, "#train-progress", "lesson-1 stopped at step")
    page.wait_for_selector("#preview img")
    assert page.get_by_role("button", name="Resume").is_enabled()
    assert (page_address[1].runs / "lesson-1" / "checkpoint" / "config.json").is_file()
    open_tab(page, "Generate")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Checkpoint").click()
    page.get_by_role("option", name="runs/lesson-1").wait_for()
