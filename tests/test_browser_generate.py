"""The Generate tab in a real browser: what a visitor does, sees, and finds again."""

from pathlib import Path

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, moves, say, wait_for_text

pytestmark = in_a_browser


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
