"""The Dataset tab in a real browser: what a visitor does, sees, and finds again."""

import zipfile

import pytest

pytest.importorskip("gradio")

from browsing import in_a_browser, open_tab, wait_for_text

from t2v.dataset import open_dataset, write_dataset

pytestmark = in_a_browser

WRITTEN = "shapes-40x10-64px-seed0-frames"


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
    button(page, "Write").click()
    wait_for_text(page, "#dataset-outcome", "is complete: 40 clips")
    wait_for_text(page, "#dataset-holds", "40 clips of 10 frames, 64 px")
    assert page.get_by_label("Dataset", exact=True).input_value() == WRITTEN
    assert len(open_dataset(page_address[1].datasets / WRITTEN)) == 40
    button(page, "Write").click()
    wait_for_text(page, "#dataset-outcome .problem", "there already")


def test_it_is_counted_browsed_and_filtered(page, page_address):
    for column in ("shape", "colour", "motion"):
        page.locator(f"#count-{column} canvas, #count-{column} svg").first.wait_for()
    wait_for_text(page, "#dataset-balance", "4 shapes")
    captions = open_dataset(page_address[1].datasets / WRITTEN).captions
    wait_for_text(page, "#dataset-found", "Clips 1 to 12 of 40")
    button(page, "Next").click()
    wait_for_text(page, "#dataset-found", "Clips 13 to 24 of 40")
    page.locator(f"#look img[alt='{captions[12]}']").first.wait_for()
    page.get_by_label("Filter by caption").fill("moving star")
    found = [caption for caption in captions if "star" in caption and "moving" in caption]
    wait_for_text(page, "#dataset-found", f"of {len(found)} whose captions match, 40 in all")
    page.wait_for_function(f"document.querySelectorAll('#look img').length == {len(found[:12])}")
    assert page.locator("#look .caption-label").all_inner_texts() == found[:12]
    page.get_by_label("Filter by caption").fill("")
    wait_for_text(page, "#dataset-found", "Clips 1 to 12 of 40")


def test_it_is_downloaded_as_a_zip_that_can_be_read(page, page_address, tmp_path):
    wait_for_text(page, "#dataset-holds", "up to 200 MB can be downloaded")
    with page.expect_download() as coming:
        button(page, "Download zip").click()
    assert coming.value.suggested_filename == f"{WRITTEN}.zip"
    with zipfile.ZipFile(coming.value.path()) as archive:
        archive.extractall(tmp_path)
    original = open_dataset(page_address[1].datasets / WRITTEN)
    copy = open_dataset(tmp_path / WRITTEN)
    assert copy.captions == original.captions and (copy[39] == original[39]).all()
    assert button(page, "Train on it").is_enabled()


def test_cancel_removes_what_is_half_made_and_another_visitor_sees_it_too(page, open_page, page_address):
    phone = open_page(390)
    page.get_by_label("Clips", exact=True).fill("8000")
    page.get_by_role("button", name="More settings").filter(visible=True).click()
    page.get_by_label("packed").click()  # few files, so that it is removed at once
    wait_for_text(page, "#dataset-message", "datasets/shapes-8000x10-64px-seed0-packed")
    button(page, "Write").click()
    wait_for_text(page, "#dataset-outcome", "clips/s")
    assert page.locator("#dataset-outcome progress").is_visible() and button(page, "Write").is_disabled()
    half_made = page_address[1].datasets / "shapes-8000x10-64px-seed0-packed"
    assert half_made.is_dir()
    open_tab(phone, "Dataset")
    wait_for_text(phone, "#dataset-outcome", "clips/s")
    phone.locator("#look img").nth(0).wait_for()
    assert phone.locator("#dataset-outcome progress").is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    button(page, "Cancel").click()
    wait_for_text(page, "#dataset-outcome", "Nothing was kept")
    wait_for_text(phone, "#dataset-outcome", "Nothing was kept")
    assert not half_made.exists() and button(page, "Write").is_enabled() and button(page, "Cancel").is_disabled()
    phone.close()


def test_an_unfinished_one_is_listed_and_gone_on_with(page, page_address):
    settings = {"grammar": "classic", "videos": 110, "frames": 10, "frame_size_px": 64}
    write_dataset(
        page_address[1].datasets / "left", **settings, workers=1, progress=lambda *now: None, stop=lambda: True
    )
    open_tab(page, "Generate")
    open_tab(page, "Dataset")
    page.get_by_label("Dataset", exact=True).click()
    page.get_by_role("option", name="left").click()
    wait_for_text(page, "#dataset-holds", "of 110 clips are there")
    assert button(page, "Train on it").is_disabled() and button(page, "Download zip").is_disabled()
    button(page, "Go on writing").click()
    wait_for_text(page, "#dataset-holds", "110 clips of 10 frames")
    assert button(page, "Train on it").is_enabled() and len(open_dataset(page_address[1].datasets / "left")) == 110
