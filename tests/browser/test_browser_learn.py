"""The Learn tab in a real browser: leafing, reacting figures, links, languages, and trainings of one's own."""

from contextlib import suppress
from itertools import pairwise

import pytest

pytest.importorskip("gradio")
pytest.importorskip("playwright")

from browsing import PATIENCE_MS, in_a_browser, moves, open_tab
from playwright.sync_api import TimeoutError

from demo.learn.chapters.prose import PROSE
from demo.learn.handlers import CHAPTERS
from demo.locale.translate import catalogue

pytestmark = in_a_browser


def visit(browser, address, language="en-US", width_px=1280):
    context = browser.new_context(locale=language, viewport={"width": width_px, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    return page


def shown(page, chapter):
    """The chapter's title and, but for the last one, its figure are to be seen."""
    page.locator("#learn .block.chapter-title", has_text=f"{chapter}.").filter(visible=True).wait_for()
    page.locator(f"#figure-{chapter} :is(img, svg, table, .film)").first.wait_for()


# In Present mode what is shown ends above the buttons and before the right edge, and no letters are smaller than 20 px,
# also those of a plot, which are not cut off. Returns what breaks this.
UNFIT = """() => {
  const page = [...document.querySelectorAll('#learn .lesson-page')].find(e => e.checkVisibility()), found = [];
  for (const e of page.querySelectorAll('*')) {
    if (!e.checkVisibility()) continue;
    const box = e.getBoundingClientRect();
    if (box.width && (box.bottom > innerHeight - 50 || box.right > innerWidth)) found.push(e.outerHTML.slice(0, 80));
  }
  const walker = document.createTreeWalker(document.querySelector('#learn'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, words = walker.currentNode.data.trim();
    if (!words || !e.checkVisibility() || e.closest('sup')) continue;
    const plot = e.closest('svg'), shrunk = plot ? plot.getBoundingClientRect().width / plot.viewBox.baseVal.width : 1;
    const zoom = plot ? shrunk : e.currentCSSZoom, box = e.getBoundingClientRect();
    if (parseFloat(getComputedStyle(e).fontSize) * zoom < 19.9) found.push(words);
    const frame = plot?.closest('.wide')?.getBoundingClientRect() ?? {left: 0, right: innerWidth};
    if (plot && (box.left < frame.left - 1 || box.right > frame.right + 1)) found.push(`${words} is cut off`);
  }
  return found;
}"""
ONE_LINE = """() => {
  const boxes = [...document.querySelectorAll('#learn-settings .form > .block')].map(e => e.getBoundingClientRect());
  return boxes.length == 3 && Math.max(...boxes.map(b => b.bottom)) - Math.min(...boxes.map(b => b.top)) < 48;
}"""
WHERE = """() => [...document.querySelectorAll('#learn .chapter-title h2')].find(e => e.checkVisibility())?.innerText
  + ', ' + document.body.dataset.slide"""


def test_a_link_of_the_last_chapter_opens_the_code(browser, page_address):
    page = visit(browser, f"{page_address[0]}?chapter=9", "ru-RU", width_px=390)
    shown(page, 9)
    page.locator("#figure-9 a", has_text="6.").click()
    shown(page, 6)
    page.locator("#learn .shelf .cm-content").filter(visible=True).get_by_text("class Training").first.wait_for()
    page.context.close()


CUT_NAMES = """() => [...document.querySelectorAll('#learn .bars b')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth).map(e => e.textContent)"""


def test_every_chapter_has_its_figure_and_fits_the_screen(browser, page_address):
    page = visit(browser, page_address[0])
    open_tab(page, "Learn")
    for chapter in CHAPTERS:
        shown(page, chapter)
        for width_px in (390, 1280):
            page.set_viewport_size({"width": width_px, "height": 900})
            page.wait_for_function("w => document.documentElement.scrollWidth <= w", arg=width_px)
            assert page.evaluate(CUT_NAMES) == []
        if chapter != 9:
            page.locator("#learn-next").click()
    page.context.close()


def test_a_link_opens_a_chapter_and_keys_turn_its_pages(browser, page_address):
    page = visit(browser, f"{page_address[0]}?chapter=4&prompt=large+blue+star+moving+up&instant=0.25")
    shown(page, 4)
    assert page.locator("#learn-prompt textarea").input_value() == "large blue star moving up"
    before = page.locator("#figure-4").inner_html()
    page.locator("#instant input[type=number]").fill("0.9")
    page.locator("#instant input[type=number]").press("Enter")
    page.wait_for_function("before => document.querySelector('#figure-4').innerHTML != before", arg=before)
    page.locator("#learn-link").click()
    page.locator("#learn-address textarea").wait_for()
    page.wait_for_function("document.querySelector('#learn-address textarea').value.includes('instant=0.9')")
    page.context.close()


def test_a_chapter_is_presented_in_slides_that_fit(browser, page_address):
    page = visit(browser, f"{page_address[0]}?chapter=1")
    page.set_viewport_size({"width": 1280, "height": 720})
    shown(page, 1)
    page.locator("#learn-present").click()
    page.wait_for_function("document.body.dataset.slide")
    met = []
    while True:
        met.append(page.evaluate(WHERE))
        with suppress(TimeoutError):  # then the next line says what does not fit
            page.wait_for_function(f"() => ({UNFIT})().length == 0 && ({ONE_LINE})()", timeout=10_000)
        assert (page.evaluate(UNFIT), page.evaluate(ONE_LINE)) == ([], True), met[-1]
        if met[-1].startswith("9.") and met[-1].endswith(f"/ {len([s for s in met if s.startswith('9.')])}"):
            break
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"before => ({WHERE})() != before", arg=met[-1])
        chapter = page.evaluate(WHERE).split(".")[0]
        if chapter != met[-1].split(".")[0]:
            page.locator(f"#figure-{chapter} :is(img, svg, table, .film)").first.wait_for(state="attached")
    for chapter in CHAPTERS:
        slides = [where for where in met if where.startswith(f"{chapter}.")]
        assert len(slides) >= 2 and slides[0].endswith(f"1 / {len(slides)}"), met
    page.keyboard.press("Escape")
    assert page.locator("body.presenting").count() == 0
    page.context.close()


# Where each frame of a strip begins and ends, from left to right.
FRAMES = """film => [...film.querySelectorAll('.frames i')].map(e => e.getBoundingClientRect())
  .map(box => [box.left, box.right])"""


def test_frames_of_a_strip_stand_apart_and_are_scrubbed(browser, page_address):
    page = visit(browser, f"{page_address[0]}?chapter=1")
    film = page.locator("#figure-1 .film").first
    film.wait_for()
    for width_px in (390, 1280):
        page.set_viewport_size({"width": width_px, "height": 900})
        frames = film.evaluate(FRAMES)
        gaps = [later[0] - sooner[1] for sooner, later in pairwise(frames)]
        assert len(gaps) == 9 and min(gaps) >= 1 and max(gaps) - min(gaps) < 0.5, gaps
    assert moves(page, "#figure-1 .film .screen >> nth=0")
    film.locator(".frames i").nth(3).hover()
    position = film.locator(".screen").evaluate("screen => getComputedStyle(screen).backgroundPositionX")
    assert float(position.removesuffix("%")) == pytest.approx(100 * 3 / 9, abs=0.1)
    page.context.close()


# What the figure of chapter 6 says: steps of D and of G, and the share of right clips in percent.
TOLD = "() => (document.querySelector('#figure-6 [data-tiny=status]')?.textContent.match(/\\d+/g) ?? []).map(Number)"


def trained(page, steps):
    """The share of right clips once so many steps are taken."""
    page.wait_for_function(f"steps => ({TOLD})()[1] >= steps", arg=steps)
    return page.evaluate(TOLD)[2] / 100


def test_a_training_in_the_browser_succeeds_until_broken(browser, page_address):
    page = visit(browser, f"{page_address[0]}?chapter=6")
    page.wait_for_function(f"() => ({TOLD})().length > 2")
    page.locator("#do-run").click()
    assert trained(page, 80) > 0.8
    page.locator("#switch-deaf input").check()
    page.wait_for_function(f"() => ({TOLD})()[1] < 80")  # it begins anew, and runs
    assert trained(page, 80) < 0.3  # luck gives 0.06
    assert page.locator("#figure-6 [data-line=healthy]").get_attribute("points")
    page.context.close()


def test_single_steps_count_and_russian_is_russian(browser, page_address):
    mine = visit(browser, f"{page_address[0]}?chapter=6")
    yours = visit(browser, f"{page_address[0]}?chapter=6", "ru-RU")
    for page in (mine, yours):
        page.wait_for_function(f"() => ({TOLD})().length > 2")
    for _ in range(2):
        mine.locator("#do-d_step").click()
    mine.locator("#figure-6").get_by_text("D steps 2, G steps 0").wait_for()
    yours.locator("#do-g_step").click()
    yours.locator("#figure-6").get_by_text("Шагов D: 0, шагов G: 1").wait_for()
    text = yours.locator("#learn").inner_text()
    assert catalogue("ru").gettext(PROSE[6].title) in text
    mine.context.close(), yours.context.close()
