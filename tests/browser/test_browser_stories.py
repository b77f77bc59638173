"""The builder of stories in a real browser: the stage alone, as it is before any answer of a server has come."""

import pytest

pytest.importorskip("gradio")

from browsing import PATIENCE_MS, in_a_browser, open_stage

from demo.generate import builder
from demo.generate import tab as generate

pytestmark = in_a_browser


def open_stories(browser, locale: str):
    """The stage over one model of stories, whose server never answers."""
    page = browser.new_page(locale=locale)
    page.set_default_timeout(PATIENCE_MS)
    open_stage(page, "three stars falling", "stories", builder.story_data())
    return page


@pytest.fixture(scope="module")
def stage(browser):
    page = open_stories(browser, "en-US")
    yield page
    page.close()


def value(stage, selector="#prompt"):
    return stage.locator(selector).input_value()


def test_a_story_is_composed_and_swapped_by_the_builder(stage):
    assert stage.locator("#builder").is_hidden() and value(stage) == "three stars falling"
    assert stage.locator("[data-do=swap]").is_hidden()
    stage.locator("#story-first").select_option("cat")
    assert value(stage) == "three cats falling"
    stage.locator("#story-does").select_option("chasing")
    stage.locator("#story-second").select_option("mouse")
    stage.locator("#story [data-part=ground] input[value=grass]").check()
    assert value(stage) == "cat chasing mouse on grass"
    assert stage.locator("#story-moves").is_hidden()
    stage.get_by_role("button", name="Swap the two").click()
    assert value(stage) == "mouse chasing cat on grass"
    assert (value(stage, "#story-first"), value(stage, "#story-second")) == ("mouse", "cat")
    assert stage.evaluate("asked.at(-1)") == "mouse chasing cat on grass"


def test_a_typed_story_sets_the_builder_and_other_words_do_not(stage):
    stage.locator("#prompt").fill("red circle moving up and bee moving left at night")
    chosen = [value(stage, f"#story-{part}") for part in ("first", "does", "second", "moves")]
    assert chosen == ["circle", "moving up", "bee", "moving left"]
    assert value(stage, "[data-part=first] select >> nth=0") == "red"
    stage.locator("#prompt").fill("kitty hunts a mousie")
    assert value(stage, "#story-first") == "circle" and value(stage) == "kitty hunts a mousie"
    stage.locator("#prompt").fill("two c")
    assert stage.locator("#next button").all_inner_texts() == ["cats", "circles"]


def test_another_clip_is_put_after_a_whole_story(stage):
    stage.locator("#prompt").fill("cat chasing mouse")
    stage.locator("#next").get_by_text("then", exact=True).click()
    stage.locator("#prompt").press_sequentially("bee circling balloon")
    assert value(stage) == "cat chasing mouse, then bee circling balloon"
    assert (value(stage, "#story-first"), value(stage, "#story-does")) == ("bee", "circling")
    stage.get_by_role("button", name="Swap the two").click()
    assert value(stage) == "cat chasing mouse, then balloon circling bee"


def test_what_is_not_there_yet_takes_no_room_and_no_focus(stage):
    stage.add_style_tag(content=generate.CSS)
    stage.locator("#prompt").fill("xyzzy")
    stage.locator("#prompt").blur()
    lines = [stage.locator(at).bounding_box() for at in ("#message", ".stage-columns")]
    assert lines[1]["y"] - lines[0]["y"] - lines[0]["height"] <= 12
    assert stage.locator("#strip").is_hidden()  # a slider without frames
    assert stage.get_by_role("img", name="Clip", exact=True).count() == 1


def test_surprises_and_held_out_stories_fill_the_prompt(stage):
    data = builder.story_data()
    stage.get_by_role("button", name="Never taught").click()
    assert value(stage) in data["unseen"]
    stage.get_by_role("button", name="Surprise me").click()
    assert stage.evaluate("asked.at(-1)") == value(stage) != ""
    stage.locator("[data-part=example]").select_option("cat chasing mouse on grass")
    assert value(stage) == "cat chasing mouse on grass"


def test_of_a_model_from_another_world_nothing_is_never_taught(stage):
    button = stage.get_by_role("button", name="Never taught")
    assert button.is_visible()
    model = {"name": "stories", "label": "stories", "grammar": "stories", "words": [], "first_world": "shapes"}
    news = {"models": [model], "grammars": {"stories": builder.story_data()}}
    stage.evaluate("news => studio.takeCatalogue(news)", news)
    assert button.is_hidden()
    del model["first_world"]
    stage.evaluate("news => studio.takeCatalogue(news)", news)
    assert button.is_visible()


def test_no_news_from_the_server_sets_a_composed_story(stage):
    stage.locator("#prompt").fill("bee circling balloon in the sky")
    data = builder.story_data() | {"examples": ["three stars falling"]}
    model = {"name": "stories", "label": "stories, better now", "grammar": "stories", "words": []}
    stage.evaluate("news => studio.takeCatalogue(news)", {"models": [model], "grammars": {"stories": data}})
    assert value(stage) == "bee circling balloon in the sky"
    assert (value(stage, "#story-first"), value(stage, "#story-does")) == ("bee", "circling")
    assert stage.locator("[data-part=example] option").all_inner_texts()[1:] == data["examples"]


def test_a_linked_story_sets_the_builder_once_it_is_known(browser):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    open_stage(page, "green circle moving up and snail moving left at night", "shapes", builder.data_of("shapes"))
    model = {"name": "shapes", "label": "of stories after all", "grammar": "stories", "words": []}
    page.evaluate(
        "news => studio.takeCatalogue(news)", {"models": [model], "grammars": {"stories": builder.story_data()}}
    )
    chosen = [value(page, f"#story-{part}") for part in ("first", "does", "second", "moves")]
    assert chosen == ["circle", "moving up", "snail", "moving left"]
    page.close()


def test_a_russian_page_composes_stories_in_russian(browser):
    stage = open_stories(browser, "ru-RU")
    stage.locator("#prompt").fill("две кошки падают")
    assert value(stage, "#story-first") == "cat" and value(stage, "#story-does") == "falling"
    stage.locator("#story-does").select_option("chasing")
    stage.locator("#story-second").select_option(label="мышка")
    stage.locator("#story [data-part=ground]").get_by_text("на траве").check()
    assert value(stage) == "кошка гонится за мышкой на траве"
    assert "cat" not in stage.locator("#story").inner_text()
    stage.close()


def test_the_nearest_prompt_is_a_button(stage):
    refused = {"text": "What should move? Try: cat falling", "kind": "problem", "nearest": "cat falling"}
    stage.evaluate("note => { window.fetch = async () => ({json: async () => ({notes: [note]})}); }", refused)
    stage.locator("#prompt").fill("two hundred elephants")
    assert stage.locator("#message .notice").inner_text() == refused["text"]
    stage.locator("#message button").click()
    assert value(stage) == "cat falling"
