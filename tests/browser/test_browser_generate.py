"""The Generate tab in a real browser: what a visitor does, sees, and finds again; also with quick hands."""

import json
import random
import re
from pathlib import Path

import pytest

pytest.importorskip("gradio")

from browsing import PATIENCE_MS, in_a_browser, moves, say, slow_down, wait_for_text
from continuations import continuations, next_words

from demo.generate import builder, ready
from t2v.data.grammar import GRAMMARS
from t2v.language.wording import in_russian
from t2v.media.clips import read_clip, read_recipe

pytestmark = in_a_browser

PROMPT = "#prompt"
CHIPS = "all => all.map(e => e.firstChild.data + e.querySelector('select').selectedOptions[0].textContent)"
STATIC = Path(__file__).resolve().parents[2] / "demo" / "generate" / "static"


def download(page, name, folder):
    """Press a download button; the file, under the name it came with."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def unfold(page, words):
    page.get_by_text(words, exact=False).filter(visible=True).first.click()


def wait_for_clip(page, prompt, seed=0):
    """Until the large clip is that of this prompt and seed."""
    page.wait_for_function("name => document.querySelector('#hero')?.ariaLabel === name", arg=f"{prompt}, seed {seed}")


def wait_for_wall(page, prompt):
    """Until the variations are those of this prompt, seeds 0 to 11."""
    page.locator(f"#wall button[title='{prompt}, seed 11']").wait_for()


def choose(page, slot, word):
    page.locator(f"[data-slot={slot}] input[value={word}]").check()


def value(page, selector=PROMPT):
    return page.locator(selector).input_value()


@pytest.fixture
def quick(browser, page_address):
    """A visit over a long line, of which the first answers have not come."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    slow_down(page)
    page.goto(page_address[0])
    page.wait_for_selector("#hero[data-ready]")
    yield page
    page.close()


# --- The first look


def test_prompt_and_wall_are_in_the_page_as_served(browser, page_address):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.route(re.compile("/queue/join|/draw$"), lambda route: None)  # a server that never answers
    page.goto(page_address[0])
    page.wait_for_selector("#hero[data-ready]")
    assert value(page) == ready.SCENES[0]
    wait_for_clip(page, ready.SCENES[0])
    page.locator("#hero[data-px='256']").wait_for()
    assert page.locator("#wall canvas[data-ready]").count() == 12
    assert page.locator("#message").inner_text() == "Type, and all these clips follow."
    for cell in (0, 5, 11):
        assert moves(page, f"#wall button:nth-child({cell + 1}) canvas")
    assert page.locator("#builder label:has(:checked)").all_inner_texts() == ["large", "red", "star", "any"]
    page.close()


def test_what_is_typed_is_drawn_while_the_queue_is_full(browser, page_address):
    page = browser.new_page(reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    page.route("**/queue/join*", lambda route: None)  # which answers nothing
    page.goto(page_address[0])
    page.wait_for_selector("#hero[data-ready]")
    page.locator(PROMPT).fill("green star shrinking")
    wait_for_clip(page, "green star shrinking")
    wait_for_text(page, "#message", "green star shrinking · seed 0")
    page.route("**/draw", lambda route: route.abort())
    page.locator(PROMPT).fill("green star expanding")
    wait_for_text(page, "#message", "The server does not answer")
    page.unroute("**/draw")
    page.locator(PROMPT).press("Enter")
    wait_for_clip(page, "green star expanding")
    page.close()


# --- Quick hands


def test_what_is_typed_at_once_is_never_overwritten(quick):
    prompt = quick.locator(PROMPT)
    prompt.fill("")
    typed = "small blue square moving down"
    prompt.press_sequentially(typed, delay=20)
    wait_for_clip(quick, typed)
    assert value(quick) == typed
    prompt.press_sequentially(" slowly", delay=20)
    assert value(quick) == f"{typed} slowly"
    wait_for_clip(quick, f"{typed} slowly")
    assert value(quick) == f"{typed} slowly"


def test_quick_choices_in_the_builder_all_count(quick):
    for slot, word in (("size", "small"), ("colour", "green"), ("shape", "circle"), ("speed", "quickly")):
        choose(quick, slot, word)
    quick.locator("#motion").select_option("moving left")
    wanted = "small green circle moving left quickly"
    assert value(quick) == wanted  # at once
    wait_for_clip(quick, wanted)
    assert value(quick) == wanted
    for direction in ("up", "down", "left", "right", "up-left"):
        quick.locator("#motion").select_option(f"moving {direction}")
    wait_for_clip(quick, "small green circle moving up-left quickly")


def test_typing_builder_and_tabs_mixed_end_as_meant(quick):
    rng = random.Random(3)
    for round_ in range(4):
        colour, seed = rng.choice(["red", "blue", "purple"]), str(rng.randrange(100))
        quick.locator(PROMPT).fill(f"{colour} star expanding")
        quick.get_by_role("tab", name="Train" if round_ % 2 else "Learn").click()
        quick.get_by_role("tab", name="Generate").click()
        choose(quick, "size", "large")
        quick.locator("#seed").fill(seed)
    wait_for_clip(quick, f"large {colour} star expanding", seed)
    assert (value(quick), value(quick, "#seed")) == (f"large {colour} star expanding", seed)
    quick.reload()
    wait_for_clip(quick, f"large {colour} star expanding", seed)


def test_what_stands_in_the_fields_outlives_a_reload(quick):
    quick.locator(PROMPT).fill("green sq")  # no whole prompt, so no link shows it
    quick.locator("#seed").fill("12")
    quick.reload()
    quick.wait_for_selector("#hero[data-ready]")
    wait_for_text(quick, "#wall", "green square")
    assert (value(quick), value(quick, "#seed")) == ("green sq", "12")


# --- The prompt


def test_all_clips_follow_while_the_prompt_is_typed(page):
    page.locator(PROMPT).fill("blue st")
    wait_for_text(page, "#next", "star")
    page.wait_for_function(
        "[...document.querySelectorAll('#wall button span')].every(e => e.textContent.includes('blue star'))"
    )
    page.locator(PROMPT).press("Tab")  # takes the first of the next words
    assert value(page) == "blue star "
    page.locator("#next").get_by_text("shrinking").click()
    assert value(page) == "blue star shrinking"
    wait_for_clip(page, "blue star shrinking")
    wait_for_text(page, "#message", "blue star shrinking · seed 0 · 30 frames at 30 fps")
    wait_for_text(page, "#wall", "seed 11")


def test_another_clip_is_put_after_a_whole_prompt(page):
    page.locator(PROMPT).fill("blue star shrink")
    assert page.locator("#next").get_by_text("then", exact=True).count() == 0
    page.locator(PROMPT).fill("blue star shrinking")
    page.locator("#next").get_by_text("then", exact=True).click()
    assert value(page) == "blue star shrinking, then "
    page.locator(PROMPT).press_sequentially("red circle expanding")
    wait_for_clip(page, "blue star shrinking, then red circle expanding")


def test_ones_own_words_are_shown_as_they_were_read(page):
    page.locator(PROMPT).fill("big purple box going up")
    wait_for_clip(page, "large purple square moving up")
    assert value(page) == "big purple box going up"  # which nobody but the visitor writes
    assert page.locator("#reading label").evaluate_all(CHIPS) == ["big → large", "box → square", "going up → moving up"]
    assert page.locator("#builder label:has(:checked)").all_inner_texts() == ["large", "purple", "square", "any"]


def test_a_word_that_was_misread_is_changed_by_its_chip(page):
    page.locator(PROMPT).fill("a star falls, then a big purple box going up")
    wait_for_clip(page, "star moving down, then large purple square moving up")
    assert page.locator("#reading > *").count() == 4
    page.locator("#reading label", has_text="box").locator("select").select_option("triangle")
    assert value(page) == "star moving down, then large purple triangle moving up"
    wait_for_clip(page, "star moving down, then large purple triangle moving up")
    assert page.locator("#reading > *").count() == 0


def test_a_long_prompt_is_counted_and_told(page):
    page.locator(PROMPT).fill("red circle moving left" + " please" * 112)
    wait_for_clip(page, "red circle moving left")
    assert page.locator("#letters").inner_text() == "806 of 1000 characters"
    page.locator(PROMPT).fill("red circle moving left" + " please" * 140)
    wait_for_text(page, "#message", "at most 1,000")
    page.locator(PROMPT).fill("red circle moving left")
    assert page.locator("#letters").inner_text() == ""


def test_a_wrong_prompt_is_answered_as_text_and_the_clip_stays(page):
    say(page, "large red circle moving left")
    wait_for_clip(page, "large red circle moving left")
    page.locator(PROMPT).fill("<b>qqq</b> ${1+1} {{1}}")
    wait_for_text(page, "#message", "Nothing here")
    assert page.locator("#message b").count() == 0
    assert page.locator("#hero").get_attribute("aria-label") == "large red circle moving left, seed 0"
    assert page.locator(".toast-body").count() == 0


def test_the_grammar_in_the_browser_is_that_of_the_package(browser):
    page = browser.new_page()
    page.add_script_tag(content=(STATIC / "grammar.js").read_text(encoding="utf-8"))
    for name, grammar in GRAMMARS.items():
        captions = random.Random(0).sample(grammar.captions, min(300, len(grammar.captions)))
        data = json.loads(json.dumps(builder.grammar_data(name)))
        again = page.evaluate("([g, all]) => all.map(p => writePrompt(g, readPrompt(g, p)))", [data, captions])
        assert again == captions
        starts = [caption[: random.Random(caption).randrange(len(caption))] for caption in captions]
        starts += ["", "the ", "purpel", "circle moving up "]
        offered = page.evaluate("([g, all]) => all.map(p => nextWords(g, p))", [data, starts])
        for start, words in zip(starts, offered, strict=True):
            typed = start.rpartition(" ")[2]
            known = set(continuations(grammar, start)) - {typed}
            known = known or set(continuations(grammar, f"{start} "))  # its last word is whole
            assert set(words) == known - {grammar.implied_colour}, start
    page.close()


def test_the_browsers_russian_grammar_is_the_packages(browser):
    page = browser.new_page()
    page.add_script_tag(content=(STATIC / "grammar.js").read_text(encoding="utf-8"))
    for name, grammar in GRAMMARS.items():
        captions = random.Random(0).sample(grammar.captions, min(200, len(grammar.captions)))
        prompts = [in_russian(grammar.parse(caption)) for caption in captions]
        data = json.loads(json.dumps(builder.grammar_data(name)))
        read = page.evaluate("([g, all]) => all.map(p => writePrompt(g, readPrompt(g, p), 'en'))", [data, prompts])
        assert read == captions
        page.evaluate("() => { pageTongue = 'ru'; }")
        assert page.evaluate("([g, all]) => all.map(p => inPageTongue(g, p))", [data, captions]) == prompts
        begun = [russian[: random.Random(russian).randrange(1, len(russian))] for russian in prompts]
        offered = page.evaluate("([g, all]) => all.map(p => nextWords(g, p))", [data, begun])
        for start, words in zip(begun, offered, strict=True):
            known = {word for word in next_words(start, name) if not start.endswith(word)}
            assert set(words) == (known or set(next_words(f"{start} ", name))), start
        page.evaluate("() => { pageTongue = 'en'; }")
    page.close()


def test_a_chain_in_the_browser_is_cut_where_a_prompt_begins(browser):
    page = browser.new_page()
    page.add_script_tag(content=(STATIC / "grammar.js").read_text(encoding="utf-8"))
    data = json.loads(json.dumps(builder.grammar_data("shapes")))
    for typed, last in (
        ("red circle moving up, then right", "red circle moving up, then right"),
        ("red circle moving up, then blue st", "blue st"),
        ("круг движется вверх, затем вправо", "круг движется вверх, затем вправо"),
        ("круг движется вверх, затем зв", "зв"),
    ):
        assert page.evaluate("([g, text]) => splitChain(g, text)[1]", [data, typed]) == last
    page.close()


# --- What is done with a clip


def test_downloads_hold_the_clip_that_is_shown(page, tmp_path):
    say(page, "small blue star moving up")
    wait_for_clip(page, "small blue star moving up")
    for name, ending in (("GIF", ".gif"), ("AVI", ".avi"), ("MP4", ".mp4"), ("WebP", ".webp")):
        path = download(page, name, tmp_path)
        assert path.name == f"small-blue-star-moving-up_0{ending}"
        assert len(read_clip(path)) == 30
    assert read_recipe(download(page, "Film strip (PNG)", tmp_path))["seed"] == 0
    assert download(page, "Frames (zip)", tmp_path).read_bytes().startswith(b"PK")


def test_a_variation_is_seen_large_when_it_is_chosen(page, tmp_path):
    say(page, "large red circle moving left")
    wait_for_clip(page, "large red circle moving left")
    wait_for_wall(page, "large red circle moving left")
    page.get_by_role("button", name="seed 3", exact=True).click()
    wait_for_clip(page, "large red circle moving left", 3)
    assert value(page, "#seed") == "3"
    assert page.locator("#wall [aria-pressed=true]").inner_text() == "seed 3"
    assert read_recipe(download(page, "GIF", tmp_path))["seed"] == 3
    page.locator("#seed").fill("0")


def test_a_saved_clip_dropped_on_the_page_fills_the_fields(page, tmp_path):
    page.locator(PROMPT).fill("green square shrinking")
    page.locator("#seed").fill("7")
    wait_for_clip(page, "green square shrinking", 7)
    gif = download(page, "GIF", tmp_path)
    page.locator(PROMPT).fill("red star expanding")
    page.locator("#seed").fill("0")
    wait_for_clip(page, "red star expanding", 0)
    page.evaluate(
        """([name, bytes]) => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/gif'}));
            document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));
        }""",
        [gif.name, list(gif.read_bytes())],
    )
    wait_for_clip(page, "green square shrinking", 7)
    assert value(page) == "green square shrinking"
    bare = tmp_path / "bare.gif"
    bare.write_bytes(b"GIF89a")
    page.locator("input[type=file]:has(+ #opened)").set_input_files(bare)
    wait_for_text(page, "#remark .problem", "carries no recipe")


def test_the_address_shows_the_same_clip_again(page, open_page):
    page.locator(PROMPT).fill("yellow star rotating clockwise")
    page.locator("#seed").fill("5")
    wait_for_clip(page, "yellow star rotating clockwise", 5)
    page.wait_for_url("**prompt=yellow+star+rotating+clockwise&seed=5**")
    again = open_page(1280, query=page.url.partition("?")[2])
    wait_for_clip(again, "yellow star rotating clockwise", 5)
    again.close()
    page.locator("#seed").fill("0")


# So many clips that an earlier visit has left, of which the last one is kept.
LEFT = """count => {
  const clip = {prompt: 'red circle shrinking', frames: 30, seconds: 1, checkpoint: 'shapes', thumb: ''};
  const clips = Array.from({length: count}, (_, k) => ({...clip, seed: k, star: k === count - 1}));
  localStorage.setItem('t2v-past', JSON.stringify(clips));
}"""


def past(page) -> list[str]:
    """What the history shows, newest first."""
    return page.locator("#past button").evaluate_all("all => all.map(e => e.title)")


def wait_for_past(page, newest, count):
    page.locator(f"#past button[title='{newest}']:first-child").wait_for(state="attached")
    assert len(past(page)) == count


def test_a_history_outlives_reloads_and_other_pages(browser, page_address):
    visitor = browser.new_context(reduced_motion="reduce")
    one, other = visitor.new_page(), visitor.new_page()
    for page in (one, other):
        page.set_default_timeout(PATIENCE_MS)
        page.goto(page_address[0])
        page.wait_for_selector("#hero[data-ready]")
    one.evaluate(LEFT, 31)
    one.reload()
    one.wait_for_selector("#hero[data-ready]")
    one.locator(PROMPT).fill("blue star shrinking")
    wait_for_past(one, "blue star shrinking, seed 0", 31)  # thirty and the one that is kept
    kept = "red circle shrinking, seed 30"
    assert past(one)[-1] == kept and "red circle shrinking, seed 29" not in past(one)
    wait_for_past(other, "blue star shrinking, seed 0", 31)
    other.locator(PROMPT).fill("green square expanding")
    wait_for_past(other, "green square expanding, seed 0", 31)
    wait_for_past(one, "green square expanding, seed 0", 31)
    assert past(one)[1:] == [
        "blue star shrinking, seed 0",
        *(f"red circle shrinking, seed {k}" for k in range(28)),
        kept,
    ]
    visitor.close()


def test_a_kept_clip_is_marked_and_returned_to(page):
    page.locator(PROMPT).fill("purple square bouncing vertically")
    wait_for_clip(page, "purple square bouncing vertically")
    keep = page.get_by_role("button", name="Keep", exact=True)
    keep.click()
    assert keep.get_attribute("aria-pressed") == "true"
    page.locator(PROMPT).fill("red star expanding")
    wait_for_clip(page, "red star expanding")
    assert keep.get_attribute("aria-pressed") == "false"
    unfold(page, "History:")
    page.locator("#past button").get_by_text("★ purple square bouncing vertically").click()
    wait_for_clip(page, "purple square bouncing vertically")
    assert keep.get_attribute("aria-pressed") == "true" and value(page) == "purple square bouncing vertically"
    keep.click()
    page.locator("#past button").get_by_text("★").wait_for(state="detached")
    unfold(page, "History:")


def test_too_many_frames_for_the_time_are_told_and_keep_it(page):
    def slide(name, value):
        page.locator(f"#{name}").evaluate(
            "(e, value) => { e.value = value; e.dispatchEvent(new Event('input')) }", str(value)
        )

    page.locator(PROMPT).fill("circle moving left")
    slide("frames", 60), slide("seconds", 0.5)
    wait_for_text(page, "#message", "15 frames at 30 fps")
    assert page.locator("#pace").text_content() == "15 are drawn: at most 30 a second."
    slide("frames", 30), slide("seconds", 1)
    wait_for_text(page, "#message", "30 frames at 30 fps")
    assert page.locator("#pace").text_content() == ""


def test_another_model_draws_what_it_knows_beside_it(page):
    prompt = "large red star moving up then right"
    page.locator(PROMPT).fill(prompt)
    wait_for_clip(page, prompt)
    unfold(page, "Settings:")
    page.get_by_label("Compare with model").select_option("classic")
    page.locator("#other #hero-other[data-ready]").wait_for()
    wait_for_text(page, "#compared", "it draws: circle moving up")
    page.get_by_label("Compare with model").select_option("")
    page.locator("#other").wait_for(state="hidden")
    page.get_by_label("Model", exact=True).select_option("classic")
    wait_for_clip(page, "circle moving up")
    assert value(page) == prompt and page.locator("[data-slot=colour]").is_hidden()
    page.get_by_label("Model", exact=True).select_option("shapes")
    wait_for_clip(page, prompt)
    unfold(page, "Settings:")


def test_morphs_and_grids_are_made_of_the_prompt_above(page):
    page.locator(PROMPT).fill("red circle moving left")
    wait_for_clip(page, "red circle moving left")
    unfold(page, "Morph into another prompt")
    page.get_by_label("Turn into", exact=True).fill("blue sta")
    page.get_by_role("button", name="Morph", exact=True).click()
    page.locator("#morph-error .problem").wait_for()
    page.get_by_label("Turn into", exact=True).fill("blue star moving right")
    page.get_by_role("button", name="Morph", exact=True).click()
    page.locator("#morphed img").wait_for()
    page.locator("#morph-error .problem").wait_for(state="detached")
    unfold(page, "Grid: seeds by prompts")
    page.get_by_role("button", name="Make the grid").click()
    page.locator("#gridded img").wait_for()


# --- Fullscreen, keyboard, names


def test_fullscreen_fills_the_screen_and_arrows_change_seeds(page):
    page.locator(PROMPT).fill("red circle moving left")
    wait_for_clip(page, "red circle moving left")
    page.locator("[data-do=fullscreen]").click()
    page.wait_for_function("document.fullscreenElement?.id === 'clip'")
    page.wait_for_function("document.querySelector('#hero').clientHeight > 0.7 * innerHeight")
    assert page.locator("#caption").is_visible()
    page.keyboard.press("ArrowRight")
    wait_for_clip(page, "red circle moving left", 1)
    page.keyboard.press("ArrowLeft")
    wait_for_clip(page, "red circle moving left", 0)
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("!document.fullscreenElement")


def test_the_film_strip_lights_the_frame_that_is_shown(page):
    page.locator(PROMPT).fill("blue circle moving left")
    wait_for_clip(page, "blue circle moving left")
    page.locator("#hero[data-px='256']").wait_for()  # after this the picture stays
    page.locator("#strip canvas").nth(3).hover()
    page.wait_for_function("document.querySelectorAll('#strip canvas')[3].classList.contains('lit')")
    assert page.locator("#strip canvas.lit").count() == 1
    pictures = set()
    for _ in range(10):  # read without scrolling, which would take the strip away from under the mouse
        pictures.add(page.locator("#hero").evaluate("canvas => canvas.toDataURL()"))
        page.wait_for_timeout(150)
    assert len(pictures) == 1
    gaps = page.locator("#strip canvas").evaluate_all(
        "all => all.slice(1).map((e, k) => e.getBoundingClientRect().left - all[k].getBoundingClientRect().right)"
    )
    assert len(gaps) == 11 and all(gap >= 2 for gap in gaps)
    page.locator(PROMPT).hover()
    page.get_by_role("button", name="Play").click()
    assert moves(page, "#hero")
    page.get_by_role("button", name="Pause").click()


def test_keyboard_alone_is_enough(page):
    prompt = page.locator(PROMPT)
    prompt.fill("red circle moving left")
    wait_for_clip(page, "red circle moving left")
    prompt.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Surprise me"
    page.keyboard.press("Enter")
    assert value(page) != "red circle moving left"
    prompt.fill("red circle moving left")
    page.locator("[data-slot=colour] input[value=red]").focus()
    page.keyboard.press("ArrowRight")
    assert value(page) == "orange circle moving left"
    wait_for_clip(page, "orange circle moving left")


def test_never_taught_shows_what_no_training_saw(page):
    page.get_by_role("button", name="Never taught").click()
    wait_for_text(page, "#message .held-out", "never shown this combination")
    wait_for_clip(page, value(page))


def test_every_picture_and_field_has_a_name(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('img, canvas, input:not([type=file]), select, textarea, button')].filter(
            e => e.checkVisibility() && !e.closest('[aria-hidden=true]') && !e.closest('#strip') && !(e.alt
            || e.ariaLabel || e.title || e.textContent.trim() || e.labels?.length || e.getAttribute('aria-labelledby')
            || e.querySelector('img')?.alt)).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []
    for picture in ("#hero", "#hero-other"):  # also one that is not there yet
        assert page.locator(picture).get_attribute("aria-label")


def test_a_random_seed_each_time_stands_in_its_field(page):
    page.locator("#fresh").check()
    seeds = set()
    for prompt in ("blue square shrinking", "red square shrinking", "green square shrinking"):
        page.locator(PROMPT).fill(prompt)
        seed = value(page, "#seed")
        wait_for_clip(page, prompt, seed)
        seeds.add(int(seed))
    assert len(seeds) > 1 and max(seeds) < 10_000
    page.locator("#fresh").uncheck()
    page.locator("#seed").fill("0")
