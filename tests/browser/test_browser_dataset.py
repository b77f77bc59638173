"""The Dataset tab in a real browser: what a visitor does, sees, and finds again."""

import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("gradio")

from browsing import (
    PATIENCE_MS,
    choose,
    draw_zigzag,
    in_a_browser,
    open_tab,
    wait_for_button,
    wait_for_text,
    wait_for_value,
)

from t2v.data.folder import open_dataset
from t2v.data.writer import write_dataset
from t2v.media.clips import write_clip

pytestmark = in_a_browser

WRITTEN = "shapes-40x10-64px-seed0-frames"
LONG = 20_000  # clips, which are cancelled long before the last


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_a_dataset_is_shown_in_advance_and_written(page, page_address):
    open_tab(page, "Dataset")
    page.locator("#samples img").nth(11).wait_for()
    page.get_by_label("Clips", exact=True).fill("5")
    wait_for_text(page, "#dataset-message", "57 files")
    page.wait_for_function("document.querySelectorAll('#samples img').length == 5")
    page.get_by_label("Clips", exact=True).fill("40")
    wait_for_text(page, "#dataset-message", "442 files")
    button(page, "Create dataset").click()
    wait_for_text(page, "#dataset-outcome", "is complete: 40 clips")
    wait_for_text(page, "#dataset-holds", "40 clips of 10 frames, 64 px")
    wait_for_value(page.get_by_label("Dataset", exact=True), WRITTEN)
    assert len(open_dataset(page_address[1].datasets / WRITTEN)) == 40
    button(page, "Create dataset").click()
    wait_for_text(page, "#dataset-outcome .problem", "there already")


def test_it_is_counted_browsed_and_filtered(page, page_address):
    for column in ("shape", "colour", "motion"):
        page.locator(f"#count-{column} canvas, #count-{column} svg").first.wait_for()
    wait_for_text(page, "#dataset-balance", "4 shapes")
    captions = open_dataset(page_address[1].datasets / WRITTEN).captions
    wait_for_text(page, "#dataset-matches", "Clips 1 to 12 of 40")
    button(page, "Next").click()
    wait_for_text(page, "#dataset-matches", "Clips 13 to 24 of 40")
    page.locator(f"#dataset-clips img[alt='{captions[12]}']").first.wait_for()
    page.get_by_label("Caption contains").fill("moving star")
    matching = [caption for caption in captions if "star" in caption and "moving" in caption]
    wait_for_text(page, "#dataset-matches", f"of {len(matching)} whose captions match, 40 in all")
    page.wait_for_function(f"document.querySelectorAll('#dataset-clips img').length == {len(matching[:12])}")
    assert page.locator("#dataset-clips .caption-label").all_inner_texts() == matching[:12]
    page.get_by_label("Caption contains").fill("")
    wait_for_text(page, "#dataset-matches", "Clips 1 to 12 of 40")


def test_it_is_downloaded_as_a_zip_that_can_be_read(page, page_address, tmp_path):
    wait_for_text(page, "#dataset-holds", " of data")
    with page.expect_download() as coming:
        button(page, "Download zip").click()
    assert coming.value.suggested_filename == f"{WRITTEN}.zip"
    with zipfile.ZipFile(coming.value.path()) as archive:
        archive.extractall(tmp_path)
    original = open_dataset(page_address[1].datasets / WRITTEN)
    copy = open_dataset(tmp_path / WRITTEN)
    assert copy.captions == original.captions and (copy[39] == original[39]).all()
    wait_for_button(page, "Train on it")


def test_cancel_removes_the_half_made_dataset_for_all_visitors(page, open_page, page_address):
    phone = open_page(390)
    page.get_by_label("Clips", exact=True).fill(str(LONG))
    wait_for_text(page, "#dataset-message", f"datasets/shapes-{LONG}x10-64px-seed0-frames")
    button(page, "Create dataset").click()
    wait_for_text(page, "#dataset-outcome", f"of {LONG:,} clips")
    page.locator("#dataset-outcome progress").wait_for()
    wait_for_button(page, "Create dataset", disabled=True)
    half_made = page_address[1].datasets / f"shapes-{LONG}x10-64px-seed0-frames"
    assert half_made.is_dir()
    open_tab(phone, "Dataset")
    wait_for_text(phone, "#dataset-outcome", f"of {LONG:,} clips")
    phone.locator("#dataset-clips img").nth(0).wait_for()
    phone.locator("#dataset-outcome progress").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    button(page, "Cancel").click()
    wait_for_text(page, "#dataset-outcome", "Nothing was kept")
    wait_for_text(phone, "#dataset-outcome", "Nothing was kept")
    wait_for_button(page, "Create dataset")
    wait_for_button(page, "Cancel", disabled=True)
    assert not half_made.exists()
    phone.close()


def test_an_unfinished_one_is_listed_and_gone_on_with(page, page_address):
    settings = {"grammar": "classic", "videos": 110, "frames": 10, "frame_size_px": 64}
    write_dataset(page_address[1].datasets / "left", **settings, progress=lambda *now: None, stop=lambda: True)
    open_tab(page, "Generate")
    open_tab(page, "Dataset")
    choose(page, "Dataset", "left")
    wait_for_text(page, "#dataset-holds", "of 110 clips are there")
    wait_for_button(page, "Train on it", disabled=True)
    wait_for_button(page, "Download zip", disabled=True)
    button(page, "Go on writing").click()
    wait_for_text(page, "#dataset-holds", "110 clips of 10 frames")
    wait_for_button(page, "Train on it")
    assert len(open_dataset(page_address[1].datasets / "left")) == 110


def test_a_menu_outlives_what_it_lists(page, page_address):
    """A menu that gets shorter while it is open breaks Gradio's page; the error would fail this module as well."""
    shutil.rmtree(page_address[1].datasets / "left")
    choose(page, "Dataset", WRITTEN)
    wait_for_text(page, "#dataset-holds", "40 clips of 10 frames")
    open_tab(page, "Generate")
    open_tab(page, "Dataset")
    page.get_by_label("Dataset", exact=True).click()
    page.get_by_role("option", name=WRITTEN).wait_for()
    assert page.get_by_role("option", name="left").count() == 0
    page.get_by_role("option", name=WRITTEN).click()


def test_captions_are_shown_as_text(page, page_address):
    """What somebody writes into a dataset runs in nobody's browser; an error on the console would fail this module."""
    folder = page_address[1].datasets / "hostile"
    write_dataset(folder, grammar="classic", videos=1, frames=2, frame_size_px=16)
    caption = "<img src=x onerror=console.error(1)><b>bold</b>"
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "video_0", "text": caption}) + "\n")
    open_tab(page, "Generate")
    open_tab(page, "Dataset")
    choose(page, "Dataset", "hostile")
    wait_for_text(page, "#dataset-holds", "1 clip of 2 frames")
    page.locator("#dataset-clips .caption-label").get_by_text(caption).wait_for()
    assert page.locator("#dataset-clips b").count() == 0
    assert page.locator("#dataset-clips img").first.bounding_box()["width"] < 300  # one clip is as small as one of many


def test_a_drawing_is_seen_moving_before_it_is_taught(page):
    open_tab(page, "Dataset")
    page.locator("#own-thing button").first.click()
    draw_zigzag(page)
    page.locator("#thing-clips img").nth(3).wait_for()
    wait_for_text(page, "#thing-clips", "monster shrinking")
    page.locator("#thing-name input, #thing-name textarea").first.fill("ball")
    page.locator("#thing-teach").click()
    wait_for_text(page, "#thing-trouble .problem", "already a word")


def test_an_uploaded_picture_moves_and_becomes_a_dataset(page, page_address, tmp_path):
    picture = np.zeros((80, 60, 4), np.uint8)
    picture[10:70, 10:50] = (220, 40, 40, 255)
    picture[10:30, 10:50] = (45, 90, 220, 255)
    Image.fromarray(picture).save(tmp_path / "robot.png")
    page.locator("#thing-picture button[aria-label='Clear canvas']").click()
    for source in ("Upload", "Paste", "Webcam"):  # from a file, the clipboard, the camera
        page.locator(f"#thing-picture button[aria-label='{source}']").wait_for()
    page.locator("#thing-picture input[type=file]").set_input_files(tmp_path / "robot.png")
    page.locator("#thing-name input, #thing-name textarea").first.fill("robot")
    page.locator("#thing-name input, #thing-name textarea").first.blur()
    wait_for_text(page, "#thing-clips", "robot shrinking")
    page.get_by_label("Clips", exact=True).first.fill("6")
    page.locator("#thing-create").click()
    wait_for_text(page, "#thing-trouble", "every second clip shows robot")
    wait_for_text(page, "#dataset-holds", "6 clips of 10 frames")
    written = page.get_by_label("Dataset", exact=True).input_value()
    assert written.startswith("shapes+robot-6x10-64px-seed0-frames-")
    clips = open_dataset(page_address[1].datasets / written)
    shown = next(i for i, caption in enumerate(clips.captions) if "robot" in caption)
    frames = clips[shown].astype(int)
    for colour in ((220, 40, 40), (45, 90, 220)):
        assert (np.abs(frames - colour).max(-1) < 40).any()


PUT_IN_CLIPBOARD = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 80, height: 80});
  const pen = canvas.getContext('2d');
  pen.fillStyle = 'rgb(45, 90, 220)';
  pen.fillRect(10, 10, 60, 40);
  const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
  await navigator.clipboard.write([new ClipboardItem({'image/png': blob})]);
}"""


def name_thing(page, name):
    page.locator("#thing-name input, #thing-name textarea").first.fill(name)
    page.locator("#thing-name input, #thing-name textarea").first.blur()


def wait_for_colour(page, rgb):
    """Until the first clip of the thing shows this colour; the picture comes after its name at times."""
    for _ in range(PATIENCE_MS // 500):
        with Image.open(io.BytesIO(page.locator("#thing-clips img").first.screenshot())) as shot:
            pixels = np.asarray(shot.convert("RGB")).astype(int)
        if (np.abs(pixels - rgb).max(2) < 60).mean() > 0.01:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"no clip shows {rgb}")


def take_photo(page):
    page.locator("#thing-picture button[aria-label='Webcam']").click()
    access = page.get_by_text("Click to Access Webcam")
    capture = page.locator("#thing-picture button[aria-label='capture photo']")
    access.or_(capture).first.wait_for()
    if access.count():
        access.click()
    capture.click()


# A camera before which something green stands on white; its pictures come while `cameraShows`. Chromium's own false
# one shows a clock whose hand covers nothing at times, and on a busy machine gives no picture for minutes.
PUT_UP_CAMERA = """shows => {
  window.cameraShows = shows;
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 240});
    const pen = canvas.getContext('2d'), stream = canvas.captureStream(0), [track] = stream.getVideoTracks();
    const shutter = setInterval(() => {
      if (track.readyState === 'ended') return clearInterval(shutter);
      if (!window.cameraShows) return;
      pen.fillStyle = 'white';
      pen.fillRect(0, 0, 320, 240);
      pen.fillStyle = 'rgb(40, 160, 80)';
      pen.fillRect(100, 60, 120, 120);
      track.requestFrame();
    }, 50);
    return stream;
  };
}"""


def test_a_thing_comes_from_the_camera(page):
    page.evaluate(PUT_UP_CAMERA, True)
    page.locator("#thing-picture button[aria-label='Clear canvas']").click()
    take_photo(page)
    name_thing(page, "selfie")
    wait_for_text(page, "#thing-clips", "selfie shrinking")
    wait_for_colour(page, (40, 160, 80))


def test_a_thing_comes_from_the_clipboard(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(PUT_IN_CLIPBOARD)
    page.locator("#thing-picture button[aria-label='Clear canvas']").click()
    page.locator("#thing-picture button[aria-label='Paste']").click()
    name_thing(page, "sticker")
    wait_for_text(page, "#thing-clips", "sticker shrinking")
    wait_for_colour(page, (45, 90, 220))


def test_a_photo_is_taken_however_early_the_click(page):
    page.evaluate(PUT_UP_CAMERA, False)
    page.locator("#thing-picture button[aria-label='Clear canvas']").click()
    page.locator("#thing-clips img").first.wait_for(state="detached")
    take_photo(page)
    assert page.locator("#thing-picture video").evaluate("video => video.readyState") < 2  # it has given no picture yet
    page.evaluate("() => { window.cameraShows = true; }")
    page.locator("#thing-clips img").first.wait_for()
    wait_for_colour(page, (40, 160, 80))


def test_dropped_clips_are_checked_and_kept(page, page_address, tmp_path):
    for name in ("a cat jumps", "a dog runs"):
        write_clip(tmp_path / f"{name}.gif", np.random.default_rng(0).integers(0, 256, (6, 32, 64, 3), np.uint8))
    open_tab(page, "Dataset")
    page.get_by_role("button", name="Your own clips").click()
    page.locator("#own-files input[type=file]").set_input_files(sorted(tmp_path.glob("*.gif")))
    page.locator("#own-captions").get_by_text("a cat jumps").locator("visible=true").first.wait_for()
    wait_for_text(page, "#own-clips-shown", "a dog runs")
    page.locator("#own-fit").get_by_text("Crop to the middle").click()
    page.locator("#own-check").click()
    wait_for_text(page, "#own-report", "2 not square: cut to their middle square")
    page.locator("#own-keep").click()
    wait_for_text(page, "#own-report", "It is below, among your datasets")
    wait_for_text(page, "#dataset-holds", "2 clips")
    wait_for_value(page.get_by_label("Dataset", exact=True), "my-clips")
    kept = open_dataset(page_address[1].datasets / "my-clips", frame_size_px=32)
    assert kept.captions == ["a cat jumps", "a dog runs"]
    button(page, "Train on it").click()
    page.get_by_role("radio", name="own", checked=True).wait_for()
    wait_for_text(page, "#train-estimate", "preset own takes for these clips: 32 px (files: 32)")
    wait_for_text(page, "#train-estimate", "4,000 steps for 2 clips")
