"""axe-core, the checker that accessibility audits use, finds nothing serious on any tab."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("gradio")
pytest.importorskip("playwright")

from browsing import in_a_browser, open_stage, open_tab, unfold_all
from playwright.sync_api import expect

from demo.evaluate import charts
from demo.generate import builder
from demo.generate import tab as generate
from demo.ui.theme import CSS, make_theme

pytestmark = in_a_browser

AXE = Path("node_modules", "axe-core", "axe.min.js")
THEIRS = [".tab-container.visually-hidden"]  # copies of its tabs by which Gradio measures them, without names
SERIOUS = """where => axe.run(where, {resultTypes: ['violations']}).then(result =>
  result.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(
    v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')}`))"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> Path:
    """Its script, of the repository's own node_modules or fetched by npm."""
    installed = Path(__file__).resolve().parents[2] / AXE
    if installed.is_file():
        return installed
    if not (npm := shutil.which("npm")):
        pytest.skip("no npm on this machine")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--no-save", "--silent", "--prefix", str(folder), "axe-core@4"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm could not fetch axe-core")
    return folder / AXE


@pytest.mark.parametrize("tab", ["Generate", "Dataset", "Train", "Evaluate", "Learn"])
def test_axe_finds_nothing_serious(page, axe, tab):
    open_tab(page, tab)
    if tab == "Generate":  # with all that can stand under a prompt
        page.locator("#prompt").fill("a big crimson box is gliding towards the top left")
        page.locator("#reading > *").nth(3).wait_for()
    unfold_all(page)
    page.wait_for_timeout(1500)  # until the tab has filled itself
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(axe))
    for dark in (False, True):
        page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
        page.wait_for_timeout(500)  # colours change over a moment
        assert page.evaluate(SERIOUS, {"exclude": [[one] for one in THEIRS]}) == [], f"dark: {dark}"
    page.evaluate("document.body.classList.remove('dark')")


def test_pictures_bear_their_captions(page):
    """And are no buttons, as a click on one would do nothing."""
    open_tab(page, "Dataset")
    page.locator("#samples img").nth(11).wait_for()
    captions = page.locator("#samples .caption-label").all_inner_texts()
    for caption in captions:
        page.get_by_role("img", name=caption, exact=True).first.wait_for()
    page.locator("#samples .thumbnail-item").first.click()
    assert page.locator("#samples .thumbnail-item.selected").count() == 0
    assert page.locator("#samples").get_by_role("button").count() == 0


CONFUSION_CSS = "body { width: 340px; background: var(--background-fill-primary); color: var(--body-text-color); }"
SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_confusion_tables(browser, axe, theme):
    page = browser.new_page()
    result = json.loads((SHIPPED / "shapes" / "metrics.json").read_text())
    page.set_content(f'<body class="{theme}">{charts.heat_maps(result, "seen", "geometric")}</body>')
    page.add_style_tag(content=make_theme()._get_theme_css() + CSS + charts.CSS + CONFUSION_CSS)
    page.add_script_tag(path=str(axe))
    assert page.evaluate(SERIOUS, {"include": [[".confusion"]]}) == []
    page.close()


def test_a_table_that_goes_on_beside_fades_until_its_end(browser):
    page = browser.new_page()
    result = json.loads((SHIPPED / "shapes" / "metrics.json").read_text())
    page.set_content(charts.heat_maps(result, "seen", "geometric"))
    page.add_style_tag(content=charts.CSS + CONFUSION_CSS)
    small, large = page.locator(".confusion").first, page.locator(".confusion").last
    for table, mask in ((small, "none"), (large, "linear-gradient")):
        expect(table).to_have_css("mask-image", re.compile(f"^{mask}"))
    large.evaluate("e => e.scrollTo(9999, 0)")
    expect(large).to_have_css("mask-image", "none")
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_builder_of_stories(browser, axe, theme):
    page = browser.new_page()
    open_stage(page, "three stars falling", "stories", builder.story_data())
    page.locator("#prompt").fill("red circle moving up and bee moving left at night")
    page.add_style_tag(content=make_theme()._get_theme_css() + CSS + generate.CSS)
    page.evaluate("theme => { document.body.className = theme; }", theme)
    page.add_script_tag(path=str(axe))
    assert page.locator("#story-moves").is_visible()
    assert page.evaluate(SERIOUS, {"include": [[".prompt-line"], [".stage > .chips"], ["#story"]]}) == []
    page.close()
