"""The page on a phone, 390 x 844 px: what must be on its first screen, in both languages."""

import pytest

pytest.importorskip("gradio")

from browsing import PATIENCE_MS, in_a_browser, open_tab

pytestmark = in_a_browser

OWN_WORDS = {
    "en-US": ("a big crimson box is gliding towards the top left", "large red square moving up-left"),
    "ru-RU": ("громадный алый ящик летит вверх налево", "большой красный квадрат движется вверх-влево"),
}
TABS = {
    "en-US": ("Generate", "Dataset", "Train", "Evaluate", "Learn"),
    "ru-RU": ("Создание", "Данные", "Обучение", "Оценка", "Учебник"),
}
TOPS = "all => all.map(e => Math.round(e.getBoundingClientRect().top + e.getBoundingClientRect().height / 2))"
EDGES = "e => [e.getBoundingClientRect().top, e.getBoundingClientRect().bottom]"


@pytest.fixture(params=["en-US", "ru-RU"])
def phone(browser, page_address, request):
    """A visit, in either language, and which."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale=request.param, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(page_address[0])
    page.wait_for_selector("#hero[data-ready]")
    yield page, request.param
    page.close()


def test_the_whole_clip_stays_on_a_phones_first_screen(phone):
    page, language = phone
    typed, understood = OWN_WORDS[language]
    page.locator("#prompt").fill(typed)
    page.wait_for_function("text => document.querySelector('#caption').textContent.startsWith(text)", arg=understood)
    chips = page.locator("#reading > *")
    assert chips.count() == 4
    assert len(set(chips.evaluate_all(TOPS))) == 1  # a row, which scrolls
    assert page.locator("#hero").evaluate(EDGES)[1] <= 844
    assert page.locator("#builder").evaluate(EDGES)[0] < page.locator("#wall").evaluate(EDGES)[0]


def test_all_tabs_are_seen_on_a_phone(phone):
    page, language = phone
    assert page.get_by_role("tab").all_inner_texts() == list(TABS[language])
    assert page.locator(".overflow-menu").is_hidden()
    ends = page.get_by_role("tab").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert max(ends) <= 390


def test_arrows_of_folds_stand_at_their_words(phone):
    page, language = phone
    open_tab(page, TABS[language][3])
    folds = page.locator("button.label-wrap:visible")
    folds.first.wait_for()
    words, arrow = folds.first.locator("> *").evaluate_all(TOPS)
    assert abs(words - arrow) <= 2
    assert folds.first.evaluate("e => e.lastElementChild.getBoundingClientRect().right") <= 390 - 12


def test_no_limit_of_a_training_is_said_in_words(phone):
    page, language = phone
    open_tab(page, TABS[language][2])
    field = page.locator("#minutes input")
    assert field.input_value() == ""
    assert field.get_attribute("placeholder") == {"en-US": "no limit", "ru-RU": "без лимита"}[language]
