"""The Generate tab in a real browser: what a visitor does, sees, and finds again."""

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, moves, say, wait_for_text

from t2v.media.clips import read_clip, read_recipe

pytestmark = in_a_browser


def source(page, selector="#clip img"):
    return page.locator(selector).get_attribute("src")


def download(page, name, folder):
    """Press a download button; the file, under the name it came with."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def choose(page, label, option):
    """Choose it, again where a late answer to what was done before has put the field back."""
    field = page.get_by_label(label, exact=True)
    for _ in range(3):
        field.click()
        page.get_by_role("option", name=option).click()
        page.wait_for_timeout(500)
        if option in field.input_value():
            return


def unfold(page, name):
    page.get_by_role("button", name=name).click()


def test_the_picture_answers_while_the_prompt_is_typed_and_it_moves(page):
    before = source(page)
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("small blue st")
    wait_for_text(page, "#message", "Go on with: star")
    assert source(page) == before
    prompt.press("End")
    prompt.press_sequentially("ar moving up")  # no Enter
    wait_for_text(page, "#message", "small blue star moving up · seed 0 · 10 frames, 10 a second")
    page.wait_for_function("before => document.querySelector('#clip img').src != before", arg=before)
    page.wait_for_function("document.querySelector('#clip img').naturalWidth >= 256")  # once it has come
    assert moves(page, "#clip img")
    assert page.locator("#builder label.selected").all_inner_texts() == ["small", "blue", "star", "any"]


def test_downloads_hold_the_clip_that_is_shown(page, tmp_path):
    say(page, "small blue star moving up")
    wait_for_text(page, "#message", "small blue star moving up")
    for name, ending in (("GIF", ".gif"), ("AVI", ".avi"), ("MP4", ".mp4"), ("WebP", ".webp")):
        path = download(page, name, tmp_path)
        assert path.name == f"small-blue-star-moving-up_0{ending}"
        assert len(read_clip(path)) == 10
    assert read_recipe(download(page, "Sheet", tmp_path))["seed"] == 0
    assert download(page, "PNG zip", tmp_path).read_bytes().startswith(b"PK")


def test_another_seed_is_seen_large_when_it_is_chosen(page, tmp_path):
    say(page, "large red circle moving left")
    wait_for_text(page, "#message", "large red circle moving left · seed 0")
    page.locator("#others img[src*=large-red-circle-moving-left_6]").wait_for()
    page.locator("#others").get_by_text("seed 3").click()
    wait_for_text(page, "#message", "seed 3")
    wait_for_text(page, "#others", "seed 0")
    assert read_recipe(download(page, "GIF", tmp_path))["seed"] == 3


def test_a_file_made_here_fills_the_fields_again(page, tmp_path):
    page.get_by_label("Seed", exact=True).fill("7")
    wait_for_text(page, "#message", "seed 7")
    gif = download(page, "GIF", tmp_path)
    say(page, "green square shrinking")
    wait_for_text(page, "#message", "green square shrinking")
    page.get_by_label("Seed", exact=True).fill("1")
    wait_for_text(page, "#message", "seed 1 ·")
    page.evaluate(
        """([name, bytes]) => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/gif'}));
            document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));
        }""",
        [gif.name, list(gif.read_bytes())],
    )
    wait_for_text(page, "#remark", "all fields were set as its recipe says")
    wait_for_text(page, "#message", "large red circle moving left · seed 7")
    assert page.get_by_label("Prompt", exact=True).input_value() == "large red circle moving left"
    assert read_recipe(download(page, "GIF", tmp_path)) == read_recipe(gif)
    bare = tmp_path / "bare.gif"
    bare.write_bytes(b"GIF89a")
    page.locator("input[type=file]:has(+ #opened)").set_input_files(bare)
    wait_for_text(page, "#remark .problem", "carries no recipe")


def test_the_builder_and_a_surprise_write_the_prompt(page):
    say(page, "large red circle moving left")
    page.locator("#colour").get_by_text("green").click()
    wait_for_text(page, "#message", "large green circle moving left")
    assert page.get_by_label("Prompt", exact=True).input_value() == "large green circle moving left"
    choose(page, "Motion", "shrinking")
    wait_for_text(page, "#message", "large green circle shrinking")
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_function(
        "document.querySelector('#prompt input, #prompt textarea').value != 'large green circle shrinking'"
    )
    wait_for_text(page, "#message", page.get_by_label("Prompt", exact=True).input_value() + " ·")


def test_a_wrong_prompt_is_answered_in_the_page_as_text_and_the_clip_stays(page):
    say(page, "large red circle moving left")
    wait_for_text(page, "#message", "large red circle moving left")
    page.wait_for_timeout(1000)
    before = source(page)
    say(page, "purpel circle moving left")
    wait_for_text(page, "#message .problem", "did you mean 'purple'?")
    say(page, "<b>circle</b> moving left")
    wait_for_text(page, "#message .problem", "<b>circle<")
    assert page.locator("#message b").count() == 0
    say(page, "${1+1} circle moving left")
    wait_for_text(page, "#message .problem", "${1+1}")
    assert source(page) == before
    assert page.locator(".toast-body").count() == 0


def test_an_example_and_another_checkpoint_are_one_click_each(page):
    page.get_by_role("button", name="never trained").click()
    wait_for_text(page, "#message .held-out", "Never seen in training")
    unfold(page, "Settings")
    choose(page, "Checkpoint", "classic")
    wait_for_text(page, "#message", " by classic")
    assert page.get_by_label("Prompt", exact=True).input_value().startswith("circle ")
    assert page.locator("#colour").count() == 0  # classic has no words for it
    choose(page, "Checkpoint", "shapes")
    wait_for_text(page, "#message", " by shapes")
    page.locator("#colour").wait_for()


def test_two_checkpoints_are_compared(page):
    say(page, "circle moving down")
    wait_for_text(page, "#message", "circle moving down")
    unfold(page, "Compare")
    choose(page, "The same prompt and seed drawn by", "classic")
    page.locator("#right img").wait_for()
    left, right = source(page, "#left img"), source(page, "#right img")
    assert left != right
    say(page, "circle expanding")  # both follow the prompt
    page.wait_for_function("before => document.querySelector('#right img').src != before", arg=right)
    say(page, "star expanding")
    wait_for_text(page, "#compared .problem", "not in the classic grammar")
    choose(page, "The same prompt and seed drawn by", "nobody")
    page.locator("#right").wait_for(state="hidden")


def test_one_prompt_morphs_into_another(page):
    say(page, "red circle moving left")
    unfold(page, "Morph")
    page.get_by_label("Into", exact=True).fill("blue sta")
    page.get_by_role("button", name="Morph", exact=True).click()
    wait_for_text(page, "#morphed .problem", "Unknown word 'sta'")
    page.get_by_label("Into", exact=True).fill("blue star moving right")
    page.get_by_role("button", name="Morph", exact=True).click()
    page.locator("#chain img").wait_for()
    assert moves(page, "#chain img")


def test_a_file_of_frames_can_be_made_smoother_and_slower(page, tmp_path):
    say(page, "red circle moving left")
    wait_for_text(page, "#message", "red circle moving left")
    unfold(page, "Settings") if not page.get_by_label("Duration", exact=False).first.is_visible() else None
    slider = page.get_by_role("slider", name="Duration")
    for _ in range(10):  # a tenth of a second each
        slider.press("ArrowRight")
    wait_for_text(page, "#message", "10 frames, 5 a second")
    path = download(page, "GIF", tmp_path)
    assert len(read_clip(path)) == 10 and read_recipe(path)["fps"] == 5
    frames = page.get_by_role("slider", name="Frames")
    for _ in range(10):
        frames.press("ArrowRight")
    wait_for_text(page, "#message", "20 frames, 10 a second")  # as long as before


def test_keyboard_alone_is_enough(page):
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("red circle moving left")
    wait_for_text(page, "#message", "red circle moving left")
    prompt.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Surprise me"
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('#prompt input, #prompt textarea').value != 'red circle moving left'"
    )


def test_every_picture_and_field_has_a_name(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('img, input:not([type=file]), textarea, button')].filter(e =>
            e.checkVisibility() && !(e.alt || e.ariaLabel || e.title || e.textContent.trim() || e.labels?.length
            || e.getAttribute('aria-labelledby') || e.querySelector('img')?.alt)).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []


def test_a_new_seed_each_time_is_drawn_once_and_can_be_said(page):
    say(page, "red circle moving left")
    wait_for_text(page, "#message", "red circle moving left")
    page.get_by_label("new each time").check()
    seen = set()
    page.on("request", lambda sent: seen.add(sent.url) if "blue-square-shrinking" in sent.url else None)
    page.get_by_label("Prompt", exact=True).fill("blue square shrinking")
    wait_for_text(page, "#message", "blue square shrinking")
    page.locator("#others img[src*=blue-square-shrinking]").nth(5).wait_for()
    page.wait_for_timeout(1000)  # for a second drawing, which must not come
    assert len(seen) <= 8  # large, strip and six thumbnails
    assert int(page.get_by_label("Seed", exact=True).input_value()) < 10_000
    page.get_by_label("new each time").uncheck()
