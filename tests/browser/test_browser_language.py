"""A visitor whose browser asks for Russian sees no English on any tab, but for the grammar and names of code."""

import re
import shutil

import pytest

pytest.importorskip("gradio")

from browsing import PATIENCE_MS, in_a_browser, unfold_all

from demo.learn.handlers import CHAPTERS
from demo.locale.__main__ import read
from demo.locale.translate import catalogue
from t2v.data.grammar import SHAPES_GRAMMAR
from t2v.data.writer import write_dataset
from t2v.presets import PRESETS

pytestmark = in_a_browser

# All that can be seen now: text, what stands in empty fields, menus, names of pictures, and words of the style sheet.
SEEN = """() => {
  const seen = [], visible = e => e?.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (visible(e) && !e.closest('script, style, code, .cm-editor, .languages')) seen.push(walker.currentNode.data);
  }
  for (const e of document.querySelectorAll('input, textarea, img, .downloads')) {
    if (!visible(e)) continue;
    seen.push(e.placeholder ?? '', e.alt ?? '', getComputedStyle(e, '::before').content.replace(/^none$/, ''));
    if (e.role == 'listbox') seen.push(e.value);
  }
  return seen;
}"""
LAYOUTS = {"frames", "packed"}
# names in the package
PARTS = {"network", "text", "frame", "mapping", "texture", "pace", "start", "visibility", "background", "flip"}


def in_russian(message: str) -> str:
    return catalogue("ru").gettext(message)


def words(sentences) -> set[str]:
    """Of messages or translations, but not the names of what fills them."""
    flat = [form for one in sentences if one for form in (one if isinstance(one, list | tuple) else (one,))]
    return set(re.findall(r"[a-z]{3,}", re.sub(r"{[^}]*}", " ", " ".join(flat)).lower()))


def english_on(page) -> list[str]:
    """What is seen and has a word that the page says in English, but neither in Russian nor in a prompt."""
    messages = read("ru")
    names = words(m.string for m in messages if m.id) | PRESETS.keys() | LAYOUTS | PARTS
    ours = words(m.id for m in messages)
    telling = ours - names - set(SHAPES_GRAMMAR.words)
    texts = page.evaluate(SEEN)
    return [text for text in texts if "__i18n__" in text or words([re.sub(r"\S*[./_-]\S*", " ", text)]) & telling]


@pytest.fixture(scope="module")
def russian(browser, page_address, trained):
    """A Russian visit to a page that has a dataset and a run to show."""
    folders = page_address[1]
    write_dataset(
        folders.datasets / "two", grammar="shapes", videos=2, frames=2, frame_size_px=16, seed=0, layout="packed"
    )
    shutil.copytree(trained, folders.runs / "r-1")
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(page_address[0])
    page.wait_for_selector("#hero[data-ready]")
    yield page
    context.close()
    shutil.rmtree(folders.datasets / "two")
    shutil.rmtree(folders.runs / "r-1")


@pytest.mark.parametrize(
    "tab, ready",
    [
        ("Generate", "#wall canvas"),
        ("Dataset", "#count-motion :is(svg, canvas)"),
        ("Train", "#preview img"),
        ("Evaluate", "#measured-origin p"),
    ],
)
def test_a_tab_is_russian(russian, tab, ready):
    russian.get_by_role("tab", name=in_russian(tab)).click()
    russian.locator(ready).first.wait_for()
    unfold_all(russian)
    russian.wait_for_timeout(1000)
    assert english_on(russian) == []


def test_prompts_and_their_words_are_russian(russian):
    russian.get_by_role("tab", name=in_russian("Generate")).click()
    russian.locator("#prompt").fill("синяя зв")
    russian.get_by_role("button", name="звезда", exact=True).click()  # the next word
    assert "движется" in russian.locator("#next button").all_inner_texts()
    russian.locator("#prompt").fill("a blue star going up and left")
    russian.wait_for_function(
        "document.querySelector('#hero').ariaLabel.startsWith('синяя звезда движется вверх-влево')"
    )
    russian.locator("#message").get_by_text("синяя звезда движется вверх-влево · зерно").wait_for()
    assert russian.locator("#reading label").inner_text().startswith("going up left → ")
    assert russian.locator("#reading option:checked").inner_text() == "движется вверх-влево"
    checked = russian.locator("#builder label:has(:checked)").all_inner_texts()
    assert checked == ["неважно", "синий", "звезда", "неважно"]
    russian.locator("#prompt").fill("синяя звезда движется вверх-влево")
    russian.locator("[data-slot=colour] input[value=red]").check()
    assert russian.locator("#prompt").input_value() == "красная звезда движется вверх-влево"
    assert russian.locator("#motion option:checked").inner_text() == "движется вверх-влево"


def test_what_goes_wrong_is_said_in_russian(russian):
    russian.get_by_role("tab", name=in_russian("Generate")).click()
    russian.locator("#prompt").fill("qqq")
    russian.locator("#message").get_by_text("Здесь нет ничего").wait_for()
    russian.locator("#prompt").fill("circle moving left")
    russian.locator("#message").get_by_text("мс · модель").wait_for()


def test_every_chapter_is_russian(russian):
    russian.goto(f"{russian.url.split('?')[0]}?chapter=1")
    for chapter in CHAPTERS:
        russian.locator("#learn .chapter-title", has_text=f"{chapter}.").filter(visible=True).first.wait_for()
        russian.locator(f"#figure-{chapter} :is(img, svg, p, table)").first.wait_for()
        for width_px in (390, 1280):
            russian.set_viewport_size({"width": width_px, "height": 900})
            assert english_on(russian) == []
            russian.wait_for_function("w => document.documentElement.scrollWidth <= w", arg=width_px)
        russian.locator("#learn-next").click()
