"""The section *Your own thing*: a picture and a name, the preview, and the training that the button starts."""

import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("gradio")

import gradio as gr

from demo.dataset import tab as dataset
from demo.dataset import thing, writing
from demo.page import teach_clips, teach_thing
from demo.train import processes, runs, teach
from demo.train.run_view import copies, never_shown
from t2v.checkpoint.find import find_release
from t2v.checkpoint.release import load_release
from t2v.data.folder import open_dataset
from t2v.data.things import cut_out
from t2v.data.writer import write_dataset
from t2v.media.clips import read_clip, write_clip
from t2v.system.files import write_json
from t2v.training.loop import train


def editor(*, ground=0) -> dict:
    """What the editor hands over: a red block with a blue half on a ground of this alpha."""
    picture = np.full((60, 80, 4), 255, np.uint8)
    picture[..., 3] = ground
    picture[10:40, 20:60] = (220, 40, 40, 255)
    picture[10:40, 40:60] = (45, 90, 220, 255)
    return {"background": None, "layers": [], "composite": picture}


def wait_for_the_end(folders, name, seconds=120):
    deadline = time.monotonic() + seconds
    while (run := runs.read_run(folders, name)).busy:
        assert time.monotonic() < deadline, run
        time.sleep(0.1)
    return run


def test_preview_shows_the_thing_in_its_own_colours(folders):
    _, shown, error = thing.on_picture(folders, editor(), thing.Known(name="robot"), visitor="me")
    assert error == "" and [caption for _, caption in shown] == [f"robot {motion}" for motion in thing.SHOWN]
    clip = read_clip(shown[0][0], size=64).astype(int)  # moving right
    places = []
    for colour in ((220, 40, 40), (45, 90, 220)):
        pixels = np.abs(clip - colour).max(-1) < 60  # (T, H, W)
        assert pixels.sum((1, 2)).min() > 10
        places.append([np.nonzero(frame)[1].mean() for frame in pixels])
    assert all(red < blue for red, blue in zip(*places, strict=True))  # red is the left half
    assert places[0][-1] - places[0][0] > 12


def test_nothing_drawn_yet_is_no_mistake_but_teaches_nothing(folders):
    blank = editor() | {"composite": np.zeros((60, 80, 4), np.uint8)}
    known, *answered = thing.on_picture(folders, blank, thing.Known(name="robot"), visitor="me")
    assert answered == [[], ""] and known.picture is None
    for drawn in (None, blank):
        *_, error = teach_thing(folders, "shapes", drawn, "robot", visitor="me")
        assert "no picture yet" in error or "nothing is drawn" in error
    assert not folders.runs.exists()


@pytest.mark.parametrize(("name", "reason"), [("", "no name"), ("ball", "already a word"), ("my cat", "one word")])
def test_bad_names_are_said_beside_the_button(folders, name, reason):
    *_, error = thing.on_picture(folders, editor(), thing.Known(name=name), visitor="me")
    assert reason in error
    *_, error = teach_thing(folders, "shapes", editor(), name, visitor="me")
    assert reason in error and not folders.runs.exists()


def test_a_name_and_a_picture_may_come_in_any_order(folders):
    """What comes first is kept until the other is there."""
    known, *nothing = thing.on_name(folders, "robot", thing.Known(), visitor="me")
    assert nothing == [gr.skip()] * 2
    known, shown, error = thing.on_picture(folders, editor(), known, visitor="me")
    assert error == "" and shown[0][1] == "robot moving right"
    known, shown, error = thing.on_name(folders, "my cat", known, visitor="me")
    assert "one word" in error
    _, shown, error = thing.on_name(folders, "cat", known, visitor="me")
    assert error == "" and shown[0][1] == "cat moving right"


def test_a_picture_on_its_way_takes_nothing_away(folders):
    known, *_ = thing.on_picture(folders, editor(), thing.Known(name="robot"), visitor="me")
    for drawn in (None, {"background": None, "layers": [], "composite": None}):
        assert thing.on_picture(folders, drawn, known, visitor="me") == [gr.skip()] * 3
    assert thing.on_clear(known) == (thing.Known(None, "robot"), [], "")


def test_a_name_does_not_wait_for_the_canvas(events):
    """Gradio asks the editor for its picture before it sends an event; what is sent later than the next is old."""
    about = [event for event in events if event.name in ("on_picture", "on_name")]
    assert len(about) == 2
    assert {of for _, of in about[0].targets} == {"change", "upload"}
    for event in about:
        editors = [widget for widget in event.inputs if isinstance(widget, gr.ImageEditor)]
        names = [widget for widget in event.inputs if isinstance(widget, gr.Textbox)]
        assert len(editors) + len(names) == 1
        assert (event.concurrency_id, event.concurrency_limit) == ("in_turn", 1)


def test_only_models_of_shapes_are_offered(folders):
    assert thing.teachable(folders) == ["shapes"]
    assert thing.on_open(folders, "classic")["value"] == "shapes"


def test_teach_trains_a_model_that_knows_the_thing(folders):
    tabs, shown, error = teach_thing(folders, None, editor(), "робот", visitor="me")  # before the menu is there
    assert error == "" and tabs.selected == "train" and shown["value"] == "робот-1"
    with pytest.raises(ValueError, match="is being trained"):
        teach.start(folders, "shapes", "other", cut_out(editor()["composite"]), visitor="me")
    run = wait_for_a_step_and_stop(folders, "робот-1")
    assert run.state == "stopped", run
    release = load_release(find_release(folders.runs / "робот-1"))
    assert release.grammar == "shapes+робот" and "робот" in release.things
    assert "Never shown: spinning" in never_shown(run) and "робот" in never_shown(run)
    assert run.resumable


def wait_for_a_step_and_stop(folders, name, *, beyond=0):
    deadline = time.monotonic() + 120
    while runs.read_run(folders, name).step <= beyond and time.monotonic() < deadline:
        time.sleep(0.1)
    processes.stop(folders, name)
    return wait_for_the_end(folders, name)


@pytest.mark.slow
def test_clips_with_own_captions_are_taught_and_resumed(folders):
    data = folders.datasets / "gonks"
    data.mkdir(parents=True)
    for way, step in (("wanders", 2), ("hurries", 4)):
        clip = np.full((6, 32, 32, 3), 255, np.uint8)
        for i in range(6):
            clip[i, 10:16, 2 + step * i : 8 + step * i] = (220, 40, 40)
        write_clip(data / f"gonk {way}.gif", clip)
    tabs, shown, error = teach_clips(folders, "gonks", visitor="me")
    assert error == "" and tabs.selected == "train" and shown["value"] == "gonks-1"
    run = wait_for_a_step_and_stop(folders, "gonks-1")
    release = load_release(find_release(folders.runs / "gonks-1"))
    assert {"star", "gonk", "hurries"} <= set(release.vocabulary.words)
    processes.resume(folders, "gonks-1", steps=run.of, visitor="me")
    assert wait_for_a_step_and_stop(folders, "gonks-1", beyond=run.step).state == "stopped"


def test_page_says_when_a_model_copies_its_few_clips(folders):
    checkpoint = folders.runs / "mine" / "checkpoint"
    checkpoint.mkdir(parents=True)
    run = runs.Run("mine", "finished", has_checkpoint=True)
    for share, text in ((0.9, "90% of its clips copy"), (0.0, "Its clips are its own")):
        result = {"clips": 30, "copies": share, "distance": 0.1, "usual": 0.3}
        write_json(checkpoint / "config.json", {"training": {"copying": result}})
        assert text in copies(folders, run)
        assert ("problem" in copies(folders, run)) == (share > 0.5)
    write_json(checkpoint / "config.json", {"training": {}})
    assert copies(folders, run) == "" == copies(folders, None)


def write_with_thing(folders, drawn, name="robot", **changes):
    """The dataset that the button writes, and what is said beside the drawing."""
    writer = writing.Writer(folders)
    settings = dict(zip(dataset.SETTINGS, ("classic", 12, 3, 16, 0, "frames"), strict=True)) | changes
    *_, begun, text = dataset.on_create_with_thing(writer, drawn, name, *settings.values())
    while writer.now is not None and writer.now.busy:
        time.sleep(0.01)
    return begun, text, writer


def test_dataset_with_a_thing_is_written_and_trained_on(folders, tiny_config):
    begun, text, _ = write_with_thing(folders, editor())
    assert "every second clip shows robot" in text and begun.startswith("shapes+robot-12x3-16px-seed0-frames-")
    clips = open_dataset(folders.datasets / begun)
    assert sum("robot" in caption for caption in clips.captions) == 6
    recipe = replace(tiny_config, steps=1)
    train(recipe, folders.runs / "it", data=folders.datasets / begun, device="cpu")
    assert "robot" in load_release(find_release(folders.runs / "it")).things
    *_, text, _ = write_with_thing(folders, editor())
    assert "is there already" in text
    other, text, _ = write_with_thing(folders, editor(ground=255))
    assert other.startswith("shapes+robot-") and "problem" not in text  # its ink is the same, its pixels are not


def test_stories_take_a_thing_too(folders):
    begun, text, _ = write_with_thing(folders, editor(), grammar="stories")
    assert "every second clip shows robot" in text and begun.startswith("stories+robot-12x3-16px-seed0-frames-")
    assert sum("robot" in caption for caption in open_dataset(folders.datasets / begun).captions) == 6


def test_unfinished_dataset_with_a_thing_is_gone_on_with(folders):
    picture = cut_out(editor()["composite"])
    settings = {"grammar": "shapes", "videos": 40, "frames": 20, "frame_size_px": 128, "seed": 0, "layout": "packed"}
    write_dataset(
        folders.datasets / "half", **settings, things={"robot": picture}, progress=lambda *_: None, stop=lambda: True
    )
    writer = writing.Writer(folders)
    writer.go_on("half")
    while writer.now.busy:
        time.sleep(0.01)
    assert writer.now.state == "complete", writer.now
    assert any("robot" in caption for caption in open_dataset(folders.datasets / "half").captions)


@pytest.mark.parametrize(
    ("drawn", "name", "reason"), [(None, "robot", "no picture yet"), (editor(), "ball", "already")]
)
def test_dataset_without_a_thing_is_not_begun(folders, drawn, name, reason):
    _, text, writer = write_with_thing(folders, drawn, name)
    assert reason in text and "problem" in text and writer.now is None and not folders.datasets.exists()
