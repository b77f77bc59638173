"""The Train tab in a real browser: what a visitor does, sees, and finds again."""

import json
import re
import shutil
import time
from dataclasses import replace
from itertools import pairwise

import pytest

pytest.importorskip("gradio")

from browsing import (
    PATIENCE_MS,
    choose,
    in_a_browser,
    open_tab,
    slow_down,
    wait_for_button,
    wait_for_text,
    wait_for_value,
)

from demo.studio import about
from demo.train.plots import SHARES
from t2v.presets import preset
from t2v.training import run_folder
from t2v.training.loop import train

pytestmark = [*in_a_browser, pytest.mark.usefixtures("page_address")]  # which must stand before the browser

START = "Start a new training"
MANY_STEPS = "9000"  # so that it is still running when it is looked for


@pytest.fixture(scope="module")
def phone(open_page):
    return open_page(390)


def button(page, name):
    return page.get_by_role("button", name=name)


def unfold_settings(page):
    if not page.get_by_label("Batch size").is_visible():
        button(page, "More settings").last.click()


def unfold_command(page):
    if not page.locator("#command").is_visible():
        button(page, "Command line").click()


def ask_for_a_small_training(page):
    """Small steps, many of them: their readings come every second or two."""
    page.get_by_label("Steps", exact=True).fill(MANY_STEPS)
    unfold_settings(page)
    page.get_by_label("Batch size").fill("2")
    page.get_by_label("Batch size").blur()


def running_name(page) -> str:
    page.locator("#train-progress").get_by_text(re.compile(r"is running at step")).first.wait_for()
    return re.search(r"(lesson-\d+) is running at step", page.locator("#train-progress").inner_text())[1]


def refused_one(*visits):
    """The visit that is told of the other's training."""
    for _ in range(PATIENCE_MS // 100):
        for visit in visits:
            if "is being trained; stop it first" in visit.locator("#train-message").inner_text():
                return visit
            visit.wait_for_timeout(100)
    raise AssertionError("two trainings were started at once, or none")


def line_lengths(page) -> list[int]:
    """How much there is of each line of the losses."""
    paths = page.locator("#plot-loss svg .mark-line path")
    paths.first.wait_for()
    return [len(path.get_attribute("d") or "") for path in paths.all()]


def wait_for_longer_lines(page, before):
    for _ in range(200):
        after = line_lengths(page)
        if len(after) == len(before) and all(a > b for a, b in zip(after, before, strict=True)):
            return
        page.wait_for_timeout(500)
    raise AssertionError("the curves do not grow")


def reload(page, complaints):
    said_before = len(complaints)
    page.reload()
    page.wait_for_selector("#hero[data-ready]", state="attached")
    del complaints[said_before:]  # Gradio logs that the reload has cut off its own requests
    open_tab(page, "Train")


@pytest.fixture(scope="module")
def tiny_run(page_address, tiny_config):
    """A finished run of some previews among the page's runs, and another to compare it with."""
    folders = page_address[1]
    train(replace(tiny_config, steps=6), folders.runs / "tiny-1", device="cpu")
    train(replace(tiny_config, steps=4, seed=3), folders.runs / "tiny-2", device="cpu")
    return folders.runs / "tiny-1"


def test_a_training_is_started_watched_stopped_and_resumed(open_page, page_address, complaints):
    folders = page_address[1]
    first, second = open_page(1280), open_page(1280)
    for visit in (first, second):
        open_tab(visit, "Train")
        ask_for_a_small_training(visit)
    button(first, START).click()
    button(second, START).click()  # at once, while it still may
    if refused_one(first, second) is first:  # on a busy machine the later click may be the first to arrive
        first, second = second, first
    assert first.locator("#train-message .notice").count() == 0

    name = running_name(first)
    before = line_lengths(first)
    assert len(before) == 4  # of each network the readings and the smoothed line
    wait_for_longer_lines(first, before)
    wait_for_text(first, "#train-progress", "clips a second")
    wait_for_text(first, "#train-progress", "remaining")
    wait_for_text(first, "#train-estimate", f"measured now in {name}")

    reload(first, complaints)
    assert running_name(first) == name
    wait_for_button(first, START, disabled=True)
    wait_for_text(first, "#train-blocked", f"{name} is being trained; stop it first, or wait (")
    assert running_name(second) == name  # nobody has told the second visitor

    step_then = run_folder.read_status(folders.runs / name)["step"]
    first.close()
    second.wait_for_timeout(4000)
    deadline = time.monotonic() + 120
    while run_folder.read_status(folders.runs / name)["step"] <= step_then:
        assert time.monotonic() < deadline, "training ended with its visitor"
        second.wait_for_timeout(500)

    button(second, "Stop and save").click()  # of a training that somebody else has started
    wait_for_text(second, "#run-message", f"Somebody else has started {name}")
    between = [second.get_by_role("button", name=name).bounding_box()["y"] for name in ("Stop and save", "Let it run")]
    assert between[0] < second.locator("#run-message").bounding_box()["y"] < between[1]  # not far up, on a phone
    button(second, "Let it run").click()
    second.locator("#run-message .notice").wait_for(state="detached")
    assert run_folder.read_status(folders.runs / name)["state"] == "running"
    button(second, "Stop and save").click()
    button(second, "Stop it all the same").click()
    wait_for_text(second, "#train-progress", f"{name} stopped at step")
    second.wait_for_selector("#preview img")
    stopped_at = run_folder.read_status(folders.runs / name)["step"]
    wait_for_button(second, "Resume")
    wait_for_button(second, "Try it in Generate")
    button(second, "Resume").click()
    wait_for_text(second, "#train-progress", re.compile(rf"{name} is running at step"))
    button(second, "Stop and save").click()
    wait_for_text(second, "#train-progress", f"{name} stopped at step")
    assert run_folder.read_status(folders.runs / name)["step"] > stopped_at
    second.close()


def test_previews_slide_back_by_keyboard_and_stay(page, tiny_run):
    open_tab(page, "Train")
    loaded = []
    steps = [run_folder.step_of(sample) for sample in run_folder.samples(tiny_run)]  # at least 0, 2, 4 and 6
    count, position = len(steps), steps.index(4) + 1
    choose(page, "Run", tiny_run.name)
    wait_for_text(page, "#train-progress", "tiny-1 finished at step 6")
    page.get_by_text(f"Preview {count} of {count}: step 6, the newest").wait_for()
    page.locator("input[type=range]:visible").focus()
    for before in range(count - 1, position - 1, -1):
        page.keyboard.press("ArrowLeft")
        page.get_by_text(f"Preview {before} of {count}: ").wait_for()
    page.locator("#preview").get_by_text("Preview at step 4").wait_for()
    page.locator("#preview img[alt*='tiny-1 at step 4']").wait_for()
    page.on("request", lambda sent: loaded.append(sent.url) if "file=" in sent.url else None)
    page.wait_for_timeout(5000)  # two looks at the folder
    assert loaded == [] and page.get_by_text(f"Preview {position} of {count}: step 4").is_visible()


def test_an_open_menu_keeps_still_until_it_is_closed(open_page, page_address, tiny_run):
    """Where a run came in on top, a click that was meant for the run beneath would choose it."""
    page = open_page(1280)
    open_tab(page, "Train")
    choose(page, "Run", tiny_run.name)
    wait_for_text(page, "#train-progress", "tiny-1 finished")
    field, options = page.get_by_label("Run", exact=True), page.locator("#run").get_by_role("option")
    field.click()
    before = options.all_inner_texts()
    shutil.copytree(tiny_run, newer := page_address[1].runs / "newer")
    (newer / "status.json").touch()
    page.wait_for_timeout(5000)  # two looks at the folder
    assert before and options.all_inner_texts() == before
    choose(page, "Run", "newer")
    wait_for_text(page, "#train-progress", "newer finished")
    page.close()
    shutil.rmtree(newer)


def test_another_run_is_laid_over_the_losses(page, tiny_run):
    open_tab(page, "Train")
    choose(page, "Run", tiny_run.name)
    wait_for_text(page, "#train-progress", "tiny-1 finished")
    choose(page, "Compare with", "tiny-2")
    page.locator("#plot-loss").get_by_text("tiny-2: G").wait_for()
    paths = page.locator("#plot-loss svg .mark-line path")
    paths.nth(5).wait_for(state="attached")
    assert len({path.get_attribute("stroke") for path in paths.all()}) == 6
    choose(page, "Compare with", "no other run")
    page.locator("#plot-loss").get_by_text("tiny-2: G").wait_for(state="detached")
    paths.nth(4).wait_for(state="detached")


def test_a_run_is_named_and_deleted_which_stays_said(page, page_address, tiny_run):
    shutil.copytree(tiny_run, doomed := page_address[1].runs / "doomed")
    about.write(page_address[1].runs, "doomed", title="Evening", note="")
    page.reload()
    open_tab(page, "Train")
    page.locator("#train-progress .notice").first.wait_for()
    choose(page, "Run", "Evening (doomed)")
    wait_for_text(page, "#train-progress", "doomed finished")
    button(page, "About this run").click()
    title = page.locator("#about-run-title").get_by_role("textbox")
    wait_for_value(title, "Evening")
    title.fill("Night")
    button(page, "Save name and note").filter(visible=True).click()
    wait_for_value(page.get_by_label("Run", exact=True), "Night (doomed)")
    button(page, "Delete …").filter(visible=True).click()
    button(page, "Delete for good").filter(visible=True).click()
    wait_for_text(page, "#about-run-message", "doomed is deleted.")
    page.wait_for_function("title => title.value !== 'Night'", arg=title.element_handle())  # another run is shown now
    assert page.locator("#about-run-message").inner_text().strip() == "doomed is deleted."
    assert not doomed.exists()
    field = page.get_by_label("Run", exact=True)
    page.wait_for_function("field => /^tiny-[12]$/.test(field.value)", arg=field.element_handle())
    choose(page, "Run", "tiny-2" if field.input_value() == "tiny-1" else "tiny-1")
    page.locator("#about-run-message .notice").wait_for(state="detached")


def test_a_name_typed_before_the_answer_stays(page, page_address, tiny_run):
    shutil.copytree(tiny_run, page_address[1].runs / "other")
    about.write(page_address[1].runs, "other", title="Evening", note="under the moon")
    slow_down(page, 1000)
    page.reload()
    open_tab(page, "Train")
    choose(page, "Run", tiny_run.name)
    wait_for_text(page, "#train-progress", f"{tiny_run.name} finished")
    button(page, "About this run").click()
    choose(page, "Run", "Evening (other)")
    page.locator("#about-run-title").get_by_role("textbox").fill("Night")
    wait_for_value(page.locator("#about-run-note").get_by_role("textbox"), "under the moon")
    assert page.locator("#about-run-title").get_by_role("textbox").input_value() == "Night"


# Of each plot: the labels of its axis of steps as [left, right, words], and the names of its lines.
AXES = """() => [...document.querySelectorAll('[id^=plot-] svg')].map(svg => {
  const labels = [...svg.querySelectorAll('.role-axis-label')].find(e => e.childElementCount).querySelectorAll('text');
  const shown = [...labels].filter(e => e.getAttribute('opacity') !== '0');
  return {
    labels: shown.map(e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right, e.textContent]),
    lines: [...svg.querySelectorAll('.role-legend text')].map(e => e.textContent.trim()).filter(Boolean),
    legend_beyond_px: Math.max(...[...svg.querySelectorAll('.role-legend text')].map(e =>
      e.getBoundingClientRect().right - svg.getBoundingClientRect().right)),
  };
})"""
LEGENDS = [["generator", "discriminator"], ["real clips", "drawn clips"]]
LEGENDS.append(["trained", "unseen", "colour", "shape", "motion"])
DRAWN = f"() => ({AXES})().filter(a => a.lines.length && a.labels.at(-1)[1] <= innerWidth).length === 3"


@pytest.mark.parametrize("last_step", [1045, 1990, 118_000])
def test_labels_of_axes_stand_apart(page, page_address, tiny_run, last_step):
    run = page_address[1].runs / f"long-{last_step}"
    shutil.copytree(tiny_run, run)
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    losses = next(row for row in rows if "loss_g" in row) | dict.fromkeys(SHARES.values(), 0.5)
    every = [losses | {"step": last_step * k // 10} for k in range(1, 11)]
    (run / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in every))
    page.reload()
    open_tab(page, "Train")
    choose(page, "Run", run.name)
    wait_for_text(page, "#train-progress", run.name)
    for width_px, scheme in ((1280, "light"), (800, "dark"), (390, "light")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width_px, "height": 900})
        page.wait_for_function(DRAWN)
        for plot in page.evaluate(AXES):
            gaps = [later[0] - sooner[1] for sooner, later in pairwise(plot["labels"])]
            assert gaps and min(gaps) >= 6, plot["labels"]
            assert plot["lines"] in LEGENDS and plot["legend_beyond_px"] <= 0
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_preset_fills_the_settings_and_mistakes_are_told(page):
    open_tab(page, "Train")
    unfold_settings(page)
    page.get_by_label("baseline", exact=True).check()
    unfold_command(page)
    page.locator("#command").get_by_text("--preset baseline").wait_for()
    wait_for_value(page.get_by_label("Steps", exact=True), "18750")
    wait_for_value(page.get_by_label("Batch size"), "16")
    wait_for_value(page.get_by_label("Learning rate"), "0.0002")
    wait_for_text(page, "#train-estimate", "The tutorial's three networks")
    page.get_by_label("Steps", exact=True).fill("0")
    wait_for_text(page, "#train-estimate", "Steps must be at least 1, got 0")
    button(page, START).click()
    wait_for_text(page, "#train-message", "Steps must be at least 1, got 0")
    page.get_by_label("Steps", exact=True).fill("5")
    page.locator("#train-message .notice").wait_for(state="detached")
    page.locator("#command").get_by_text("--steps 5").wait_for()


def test_any_setting_is_looked_up_and_changed(page):
    open_tab(page, "Train")
    unfold_settings(page)
    unfold_command(page)
    page.get_by_label("lesson", exact=True).check()
    page.get_by_label("Another setting").fill("penalty_weight")
    page.get_by_label("Another setting").press("Enter")
    page.get_by_text("gamma of R1 + R2").wait_for()
    page.get_by_label("Its value").fill("5")
    page.get_by_label("Its value").blur()
    page.locator("#command").get_by_text("--set penalty_weight=5").wait_for()
    wait_for_value(page.get_by_label("Changed settings"), "penalty_weight=5")
    page.get_by_label("Changed settings").fill("penalty_wait=5")
    page.get_by_label("Changed settings").blur()
    wait_for_text(page, "#train-estimate", "did you mean 'penalty_weight'")
    page.get_by_label("Changed settings").fill("")
    page.get_by_label("Changed settings").blur()
    wait_for_text(page, "#train-estimate", "Video GAN")


def test_the_time_is_measured_when_asked(page):
    open_tab(page, "Train")
    unfold_settings(page)
    page.get_by_label("lesson", exact=True).check()
    page.get_by_label("Batch size").fill("3")
    wait_for_text(page, "#train-estimate", "Time unknown")
    button(page, "Estimate the time").click()
    steps = f"{preset('lesson').steps:,} steps"
    wait_for_text(page, "#train-estimate", re.compile(rf"^About .* for {steps} \(\d+ clips/s, measured here"))
    page.get_by_label("Stop after (minutes; empty: never)").fill("1")
    wait_for_text(page, "#train-estimate", re.compile(r"^Stops after 1 min 0 s, at about step"))


def test_a_failure_is_told_in_words_with_its_exit_code(phone, page_address):
    (page_address[1].datasets / "nothing-in-it").mkdir(parents=True)
    open_tab(phone, "Train")
    choose(phone, "Dataset", "nothing-in-it")
    button(phone, START).click()
    box = phone.get_by_role("alert").filter(has_text="failed")
    box.get_by_text("Exit code 2").wait_for()
    assert "nothing-in-it" in box.inner_text() and "Traceback" not in phone.content()


def test_nothing_is_wider_than_the_screen(page, phone, tiny_run):
    for visit in (page, phone):
        open_tab(visit, "Train")
        choose(visit, "Run", tiny_run.name)
        visit.locator("#plot-score svg").wait_for()
        assert visit.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
