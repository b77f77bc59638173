"""What the Generate tab does, as plain functions."""

import base64
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

pytest.importorskip("gradio")

from demo.generate import answers, builder, endpoints, reading, ready, series
from demo.generate import tab as generate
from demo.learn.chapters import data, unseen
from demo.studio import clip_files, clips
from demo.studio.sheets import enlarge, sheet_url
from demo.studio.workspace import Folders, find_checkpoints
from t2v.checkpoint.release import load_release, save_release
from t2v.data.grammar import GRAMMARS
from t2v.language.exact import read_exactly
from t2v.language.interpret import read_text
from t2v.media.clips import read_clip, read_recipe
from t2v.sampler import Sampler

SHAPES_PROMPT = "large red circle moving left"
ROOT = Path(__file__).resolve().parents[2]


def draw(folders, prompt=SHAPES_PROMPT, **settings):
    """The first clip of a prompt."""
    return next(clips.draw(folders, prompt=prompt, **settings))


def ask(folders, prompt=SHAPES_PROMPT, **fields):
    """What the stage is answered in the end: the large clip, the variations, the other model's clip."""
    plain = {"id": 1, "prompt": prompt, "seed": 0, "count": 3, "frames": 5, "seconds": 0.5, "checkpoint": None}
    wanted, newest = plain | {"other": None} | fields, answers.Newest()
    first = answers.answer_first(folders, newest, wanted)
    *_, (wall, other, _) = answers.answer_rest(folders, newest, wanted)
    return first, wall, other


def words_of(part) -> str:
    return " ".join(note["text"] for note in part["notes"])


def picture(url: str) -> np.ndarray:
    """The sheet (H, W, 3) in a data address."""
    data = base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


# --- Clips


@pytest.mark.parametrize("ending", [".gif", ".mp4", ".webp"])
def test_a_prompt_becomes_a_file_that_knows_its_recipe(folders, tmp_path, ending):
    clip = draw(folders, seed=3, frames=6, fps=12)
    path = clip_files.save(clip, tmp_path, ending)
    frames = read_clip(path)
    assert frames.shape[0] == 6 and min(frames.shape[1:3]) >= 256
    assert not np.array_equal(frames[0], frames[-1])
    recipe = read_recipe(path)
    assert (recipe["prompt"], recipe["seed"], recipe["fps"]) == (SHAPES_PROMPT, 3, 12)
    assert recipe["checkpoint"] == "shapes"


@pytest.mark.parametrize("ending", [".gif", ".avi", ".mp4", ".webp"])
def test_every_download_shows_the_same_clip(folders, tmp_path, ending):
    clip = draw(folders, frames=5)
    read = read_clip(clip_files.save(clip, tmp_path, ending), size=clip.frames.shape[2]).astype(int)
    assert read.shape == clip.frames.shape
    assert np.abs(read - clip.frames).mean() < 4  # of 255; AVI and MP4 lose a little
    other = draw(folders, frames=5, seed=9)
    assert np.abs(read - other.frames).mean() > np.abs(read - clip.frames).mean()


def test_a_zip_holds_frames_that_sort_and_nothing_else_stays(folders, tmp_path):
    clip = draw(folders, frames=12)
    with zipfile.ZipFile(clip_files.save(clip, tmp_path, ".zip")) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        archive.extractall(tmp_path / "out")
    assert len(names) == 12 and names == sorted(names)
    in_order = [cv2.cvtColor(cv2.imread(str(tmp_path / "out" / name)), cv2.COLOR_BGR2RGB) for name in sorted(names)]
    scale = in_order[0].shape[0] // clip.frames.shape[1]
    assert np.array_equal(np.stack(in_order)[:, ::scale, ::scale], clip.frames)
    assert {path.name for path in tmp_path.iterdir()} == {f"{clip.name}.zip", "out"}


def test_a_seed_means_one_clip_and_seeds_count_up(folders):
    first, second = clips.draw(folders, prompt=SHAPES_PROMPT, seed=1, count=2)
    assert (first.recipe["seed"], second.recipe["seed"]) == (1, 2)
    assert np.array_equal(first.frames, draw(folders, seed=1).frames)
    assert np.array_equal(second.frames, draw(folders, seed=2).frames)
    assert not np.array_equal(first.frames, second.frames)


def test_a_chain_is_one_clip_after_another(folders, tmp_path):
    chain = f"{SHAPES_PROMPT}, then blue star shrinking"
    clip = draw(folders, chain, seed=4, frames=5)
    parts = [draw(folders, prompt, seed=4, frames=5).frames for prompt in (SHAPES_PROMPT, "blue star shrinking")]
    assert np.array_equal(clip.frames, np.concatenate(parts))
    assert clip_files.fields_of(folders, clip_files.save(clip, tmp_path, ".gif"))[0]["prompt"] == chain
    with pytest.raises(ValueError, match="at most 4 parts"):
        draw(folders, ", then ".join([SHAPES_PROMPT] * 5))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prompt": "a purple elephant moving left"}, "Not known here: “elephant”"),
        ({"prompt": ""}, "empty"),
        ({"prompt": None}, "must be text"),
        ({"seed": None}, "seed must be a number"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"frames": 0}, "frames must be at least 1"),
        ({"fps": 10**9}, "fps must be at most"),
        ({"fps": "fast"}, "fps must be a number"),
        ({"count": 17}, "count must be at most 16"),
        ({"checkpoint": "best"}, "no checkpoint 'best'. Known: shapes, classic"),
        ({"checkpoint": "../shapes"}, "no checkpoint '../shapes'"),
        ({"checkpoint": ["shapes"]}, "no checkpoint"),
    ],
)
def test_what_is_wrong_is_said(folders, settings, message):
    with pytest.raises(ValueError, match=message):
        draw(folders, **settings)


def test_own_runs_follow_and_replaced_weights_are_used(folders):
    release = folders.runs / "mine" / "checkpoint"
    shutil.copytree(folders.checkpoints / "shapes", release)
    assert list(find_checkpoints(folders)) == ["shapes", "classic", "runs/mine"]
    before = draw(folders, checkpoint="runs/mine")
    assert before.recipe["checkpoint"] == "mine"
    shutil.rmtree(release)
    shutil.copytree(folders.checkpoints / "classic", release)
    os.utime(release / "generator.safetensors", (0, 0))
    with pytest.raises(ValueError, match="This model has no star"):
        draw(folders, "star moving left", checkpoint="runs/mine")


def test_the_menu_says_how_far_and_how_good_each_checkpoint_is(folders):
    release = folders.runs / "mine" / "checkpoint"
    shutil.copytree(folders.checkpoints / "shapes", release)
    rows = [{"step": 1, "accuracy_seen": 0.25}, {"step": 2, "accuracy_seen": 0.5}, {"step": 3}]
    (folders.runs / "mine" / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shutil.copytree(release, folders.runs / "broken" / "checkpoint")
    (folders.runs / "broken" / "checkpoint" / "config.json").write_text("{")
    labels = {name: label for label, name in clips.menu(folders)}
    assert labels["shapes"] == "shapes (step 1)"
    assert labels["runs/mine"].startswith("runs/mine (step 1, ") and labels["runs/mine"].endswith(", 50.0% right)")
    assert labels["runs/broken"] == "runs/broken (cannot be read)"
    known = {model["name"]: model["grammar"] for model in builder.catalogue(folders)["models"]}
    assert known == {"shapes": "shapes", "classic": "classic", "runs/mine": "shapes", "runs/broken": None}


def test_without_a_checkpoint_the_page_says_what_to_do(folders, tmp_path):
    empty = Folders(tmp_path / "none", folders.runs, folders.datasets, folders.visits)
    with pytest.raises(ValueError, match="train one"):
        draw(empty)
    assert builder.catalogue(empty) == {"models": [], "grammars": {}}
    hero, wall, _ = ask(empty)
    assert "train one" in words_of(hero) and "sheet" not in hero and "sheet" not in wall


def test_a_visit_cannot_name_its_folder(folders):
    assert folders.visit("../../etc").parent == folders.visits


@pytest.mark.parametrize(
    ("requests", "paced"),
    [
        ((10, 1.0), (10, 10)),
        ((20, 1.0), (20, 20)),  # smoother, not longer
        ((20, 2.0), (20, 10)),  # slower
        ((60, 0.5), (15, 30)),  # as long as asked: no more frames fit
        ((5, 6.0), (30, 5)),  # and no fewer do
        ((10, 0), (10, 20)),
        ((None, None), (10, 10)),
        ((1000, 1.0), (30, 30)),
    ],
)
def test_a_clip_lasts_as_long_as_asked(requests, paced):
    assert clips.pace(*requests) == paced


# --- Pictures for the browser


def test_a_sheet_has_a_row_a_clip_and_a_column_a_frame():
    made = np.full((2, 3, 16, 16, 3), 255, np.uint8)
    made[1, 2] = (220, 40, 40)
    sheet = picture(sheet_url(made))
    assert sheet.shape == (32, 48, 3)
    assert np.abs(sheet[16:, 32:].astype(int) - (220, 40, 40)).max() < 12 and sheet[:16].min() > 240


def test_enlarged_edges_are_sharp_and_have_no_halo():
    frame = np.full((16, 16, 3), 255, np.uint8)
    frame[:, :8] = (220, 40, 40)
    large = enlarge(frame, 4)
    assert large.shape == (64, 64, 3) and np.array_equal(large.min((0, 1)), frame.min((0, 1)))
    cubic = cv2.resize(frame, (64, 64), interpolation=cv2.INTER_CUBIC)
    blurred = [((row[:, 1] > 60) & (row[:, 1] < 235)).sum() for row in (large[32], cubic[32])]
    assert 0 < blurred[0] < blurred[1], blurred


# --- Answers to the stage


def test_an_answer_shows_the_clip_and_its_variations(folders):
    hero, wall, other = ask(folders, seed=4)
    assert (hero["prompt"], hero["seed"], hero["whole"], hero["frames"]) == (SHAPES_PROMPT, 4, True, 5)
    assert hero["slots"] == {"size": "large", "colour": "red", "shape": "circle", "motion": "moving left"}
    assert [cell["seed"] for cell in wall["cells"]] == [3, 4, 5]  # a page of seeds, so that none moves when chosen
    clip, side = draw(folders, seed=4, frames=5, fps=10).frames, 32
    row = picture(wall["sheet"])[side : 2 * side].reshape(side, 5, side, 3).swapaxes(0, 1)
    assert np.abs(row.astype(int) - clip).mean() < 4
    assert other == {"id": 1}


TWO = {"id": 7, "prompt": SHAPES_PROMPT, "seed": 0, "count": 2, "frames": 5, "seconds": 0.5, "checkpoint": None}
TWO["visit"] = "one"


def test_every_answer_holds_what_came_before(folders):
    wanted = TWO | {"other": "classic"}
    nothing, sharp, first, second, third = answers.answer_rest(folders, answers.Newest(), wanted)
    assert nothing == ({}, {}, {})
    assert sharp[2] == first[2] == second[2] and picture(sharp[2]["sheet"]).shape == (128, 5 * 128, 3)
    assert first[0] == second[0] == third[0] and second[1] == third[1]
    assert "sheet" not in first[1] and picture(third[2]["sheet"]).shape == (256, 5 * 256, 3)


def test_the_large_clip_comes_again_in_more_pixels(folders):
    newest = answers.Newest()
    quick = answers.answer_first(folders, newest, TWO)
    *_, (_, _, fine) = answers.answer_rest(folders, newest, TWO)
    few, many = (picture(part["sheet"]) for part in (quick, fine))
    assert few.shape == (64, 5 * 64, 3) and many.shape == (256, 5 * 256, 3)
    assert np.abs(cv2.resize(many, few.shape[1::-1], interpolation=cv2.INTER_AREA).astype(int) - few).mean() < 4


def test_variations_that_nobody_waits_for_are_not_drawn(folders):
    newest = answers.Newest()
    rest = answers.answer_rest(folders, newest, TWO | {"count": 12})
    assert next(rest) == ({}, {}, {})
    answers.answer_first(folders, newest, TWO | {"id": 8, "visit": "another"})
    assert next(rest)[0] == {} and "sheet" in next(rest)[0]
    rest = answers.answer_rest(folders, newest, TWO | {"count": 12})
    next(rest)
    answers.answer_first(folders, newest, TWO | {"id": 8})
    assert [wall for wall, _, _ in rest] == [{}]
    assert len(list(answers.answer_rest(folders, newest, TWO | {"id": 8}))) == 5


def test_all_scenes_follow_a_prompt_that_is_begun(folders):
    hero, wall, _ = ask(folders, "blue st", count=12)
    assert not hero["whole"] and hero["prompt"] == wall["cells"][0]["prompt"]
    read = [GRAMMARS["shapes"].parse(cell["prompt"]) for cell in wall["cells"]]
    assert {(one.colour, one.shape) for one in read} == {("blue", "star")}
    assert len({one.motion for one in read}) > 8  # what is not said stays as each scene has it
    assert reading.follow("shapes", "", ready.SCENES) == list(ready.SCENES)
    moved = reading.follow("shapes", "circle moving up ", ready.SCENES)
    assert all("circle moving up" in prompt for prompt in moved)


def test_ones_own_words_are_read_with_an_account(folders):
    hero, _, _ = ask(folders, "большой красный шар летит влево")
    assert hero["prompt"] == SHAPES_PROMPT and hero["slots"]["shape"] == "circle"
    ball = {"text": "шар → circle", "meaning": "circle", "kind": "", "typed": "шар", "slot": "shape"}
    assert ball in hero["words"]
    hero, wall, _ = ask(folders, "синий шар", count=12)  # begun: how it moves stays as each scene has it
    assert {GRAMMARS["shapes"].parse(cell["prompt"]).colour for cell in wall["cells"]} == {"blue"}
    assert "How should it move?" in words_of(hero) and not hero["whole"]
    assert "words" in hero and ask(folders)[0]["words"] == []


def test_a_russian_prompt_that_is_begun_is_followed(folders):
    hero, wall, _ = ask(folders, "синяя зв", count=12)
    assert not hero["whole"] and not words_of(hero)  # half-typed words do not scold
    read = [GRAMMARS["shapes"].parse(cell["prompt"]) for cell in wall["cells"]]
    assert {(one.colour, one.shape) for one in read} == {("blue", "star")}


def test_a_reading_is_said_in_the_visitors_language(folders):
    sampler = clips.find_sampler(folders, "shapes")
    russian = reading.read_prompt(sampler, "red ball going up, then a blue star shrinks", language="ru")
    assert russian.prompt == "red circle moving up, then blue star shrinking"
    assert russian.wording == "красный круг движется вверх, затем синяя звезда уменьшается"
    assert reading.read_prompt(sampler, russian.wording).prompt == russian.prompt
    assert reading.read_prompt(sampler, russian.wording).wording == russian.prompt


def test_a_story_is_read_on_the_page():
    sampler = Sampler(SimpleNamespace(grammar="stories", training={}))  # reading asks for no more
    read = reading.read_prompt(sampler, "мышку ловит кошка, затем падает звезда", language="ru")
    assert read.prompt == "cat catching mouse, then star falling" and read.slots == {}
    assert read.wording == "кошка ловит мышку, затем звезда падает"
    refused = reading.read_prompt(sampler, "the cat chases")
    assert not refused.prompt and "Try: cat chasing mouse" in refused.problem
    assert "at most 1,000" in reading.read_prompt(sampler, "cat " * 300).problem


def test_own_things_among_stories_are_read():
    sampler = Sampler(SimpleNamespace(grammar="stories+monster", training={}))
    read = reading.read_prompt(sampler, "the monster chasing a cat on grass", language="ru")
    assert (read.prompt, read.wording) == ("monster chasing cat on grass", "monster гонится за кошкой на траве")
    in_other_words = reading.read_prompt(sampler, "a kitten is running right", language="ru")
    assert (in_other_words.prompt, in_other_words.wording) == ("cat moving right", "кошка движется вправо")
    assert "Try: " in reading.read_prompt(sampler, "the monster").problem
    assert builder.data_of("stories+monster")["motions"]


@pytest.mark.parametrize(
    "prompt, looked_up", [("large purple star shrinking", 0), ("a huge violet star that shrinks", 1)]
)
def test_a_text_is_read_once_a_keystroke(folders, prompt, looked_up):
    for cached in (read_exactly, read_text):
        cached.cache_clear()
    hero, wall, _ = ask(folders, prompt, count=12)
    assert hero["prompt"] == "large purple star shrinking" and len(wall["cells"]) == 12
    assert read_exactly.cache_info().misses == 1 + looked_up  # the text, and what it was read as
    assert read_text.cache_info().misses == looked_up


def test_a_direction_after_then_makes_no_chain(folders):
    hero, _, _ = ask(folders, "red circle moving up, then right", frames=5)
    assert hero["whole"] and hero["prompt"] == "red circle moving up then right" and hero["frames"] == 5


def test_a_thousand_characters_are_read_and_no_more(folders):
    hero, _, _ = ask(folders, f"{'please ' * 139}red star moving left")
    assert hero["whole"] and hero["prompt"] == "red star moving left"
    refused, _, _ = ask(folders, "so " * 334 + SHAPES_PROMPT)
    (note,) = refused["notes"]
    assert note["kind"] == "problem" and "characters; at most 1,000 are read" in note["text"]


def test_a_prompt_is_reduced_to_what_a_model_knows(folders):
    hero, _, other = ask(folders, "large red star moving up then right", other="classic")
    assert hero["whole"] and hero["prompt"] == "large red star moving up then right"
    assert other["prompt"] == "circle moving up" and "it draws: circle moving up" in words_of(other)
    hero, _, _ = ask(folders, "large blue star moving left slowly", checkpoint="classic")
    assert hero["prompt"] == "circle moving left" and "knows fewer words" in words_of(hero)


def test_a_held_out_prompt_is_marked(folders):
    hero, _, _ = ask(folders, "circle moving up", checkpoint="classic")
    assert "never shown this combination" in words_of(hero)
    assert "never shown" not in words_of(ask(folders, "circle moving down", checkpoint="classic")[0])


def test_what_another_world_has_shown_is_not_called_unseen(folders):
    release = load_release(folders.checkpoints / "classic")
    training = release.training | {"begun_from": {"name": "shapes", "grammar": "shapes"}}
    save_release(folders.runs / "mine" / "checkpoint", replace(release, training=training))
    assert "never shown" not in words_of(ask(folders, "circle moving up", checkpoint="runs/mine")[0])
    worlds = {model["name"]: model["first_world"] for model in builder.catalogue(folders)["models"]}
    assert worlds == {"shapes": None, "classic": None, "runs/mine": "shapes"}
    assert endpoints.vocabulary(folders, "runs/mine")["held_out"] == ""
    sampler = clips.find_sampler(folders, "runs/mine")
    assert unseen.examples(sampler) == []
    assert "may show what is unseen" in data.held_out(sampler, "circle moving up")
    config = folders.runs / "mine" / "checkpoint" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"training": []}))
    assert [model["name"] for model in builder.catalogue(folders)["models"]] == ["shapes", "classic", "runs/mine"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prompt": "a cat jumps"}, "What should move?"),
        ({"prompt": ", then ".join(["red circle moving left"] * 5)}, "at most 4 parts"),
        ({"prompt": 3}, "must be text"),
        ({"seed": None}, "Seed must be a number; the field is empty"),
        ({"seed": -1}, "Seed must be at least 0"),
        ({"count": 99}, "Variations must be at most 16"),
        ({"frames": "many"}, "Frames must be a number"),
        ({"checkpoint": "/etc"}, "no checkpoint '/etc'"),
        ({"checkpoint": {}}, "no checkpoint"),
    ],
)
def test_a_wrong_request_is_answered_in_words(folders, fields, message):
    hero, wall, _ = ask(folders, **fields)
    assert message in words_of(hero) and hero["id"] == 1 and "sheet" not in wall


@pytest.mark.parametrize("fields", [None, [], "x", 7, {"id": "x"}])
def test_a_request_of_another_kind_is_answered(folders, fields):
    newest = answers.Newest()
    answered = answers.answer_first(folders, newest, fields)
    assert "problem" in [note["kind"] for note in answered["notes"]]
    assert list(answers.answer_rest(folders, newest, fields)) == [({}, {}, {})]


def test_a_download_is_drawn_again_as_it_was_shown(folders):
    shown = {"prompt": SHAPES_PROMPT, "seed": 3, "frames": 6, "seconds": 0.5, "checkpoint": "shapes"}
    path, text = generate.on_save(folders, {"shown": shown, "ending": ".gif"}, visitor="visitor")
    recipe = read_recipe(path)
    assert text == "" and (recipe["prompt"], recipe["seed"], recipe["frames"], recipe["fps"]) == (
        SHAPES_PROMPT,
        3,
        6,
        12,
    )
    for fields in (None, {}, {"shown": shown, "ending": "/etc"}, {"shown": shown | {"seed": "x"}, "ending": ".gif"}):
        assert "problem" in generate.on_save(folders, fields, visitor="visitor")[1]


# --- Series


def test_a_morph_begins_and_ends_with_the_two_clips(folders, tmp_path):
    ends = ("circle moving down", "circle expanding")
    fields = {"prompt": ends[0], "seed": 4, "count": 1, "frames": 5, "seconds": 0.5, "checkpoint": "classic"}
    strip = read_clip(series.draw_morph(folders, tmp_path, fields, ends[1], 3))  # (5, H, W, 3)
    side_px = (strip.shape[2] - 2) // 3
    for k, prompt in ((0, ends[0]), (2, ends[1])):
        left = k * (side_px + 1)
        cell = strip[:, :side_px, left : left + side_px].astype(int)
        clip = draw(folders, prompt, seed=4, frames=5, checkpoint="classic").frames
        assert np.abs(cell - clip.repeat(4, 1).repeat(4, 2)).mean() < 8
    with pytest.raises(ValueError, match="Nothing here that this model can show"):
        series.draw_morph(folders, tmp_path, fields, "nothing", 3)


def test_a_grid_has_a_row_a_prompt_or_model_and_a_column_a_seed(folders, tmp_path):
    fields = {"prompt": SHAPES_PROMPT, "seed": 4, "count": 1, "frames": 5, "seconds": 0.5, "checkpoint": None}
    gif, png = series.draw_grid(folders, tmp_path, fields, "red star shrinking\nblue square expanding", [], 3)
    frames, side = read_clip(gif), 128
    assert frames.shape[0] == 5 and frames.shape[2] // side == 3 and frames.shape[1] // side == 2
    assert cv2.imread(str(png)).shape == frames.shape[1:]
    rows = series.grid_rows(folders, answers.read_request(fields), "", ["classic", "shapes", "gone"])
    assert rows == [("circle moving left", "classic", "classic"), (SHAPES_PROMPT, "shapes", "shapes")]
    with pytest.raises(ValueError, match="rows must be at most"):
        series.draw_grid(folders, tmp_path, fields, "\n".join([SHAPES_PROMPT] * 9), [], 3)
    with pytest.raises(ValueError, match="not finished"):
        series.draw_grid(folders, tmp_path, fields, "red star", [], 3)


# --- Recipes


@pytest.mark.parametrize("ending", [".gif", ".png", ".mp4", ".webp"])
def test_a_downloaded_clip_fills_every_field_again(folders, tmp_path, ending):
    clip = draw(folders, "circle moving down", seed=7, frames=6, fps=12, checkpoint="classic")
    path = clip_files.save(clip, tmp_path, ending)
    fields, remark = clip_files.fields_of(folders, path)
    assert fields == {"prompt": "circle moving down", "seed": 7, "frames": 6, "fps": 12, "checkpoint": "classic"}
    assert remark == ""
    assert np.array_equal(draw(folders, **fields).frames, clip.frames)
    command, text, problem = generate.on_file(folders, str(path))
    assert command["set"]["seconds"] == 0.5 and "all fields were set" in text and problem == ""


def test_other_weights_and_unknown_checkpoints_are_said(folders, tmp_path):
    clip = draw(folders, checkpoint="shapes")
    changed = clips.Clip(clip.frames, clip.recipe | {"weights_sha256": "0"}, 1.0, False)
    fields, remark = clip_files.fields_of(folders, clip_files.save(changed, tmp_path, ".gif"))
    assert fields["checkpoint"] == "shapes" and "have changed" in remark
    gone = clips.Clip(clip.frames, clip.recipe | {"weights_sha256": "0", "checkpoint": "gone"}, 1.0, False)
    fields, remark = clip_files.fields_of(folders, clip_files.save(gone, tmp_path, ".gif"))
    assert fields["checkpoint"] is None and "'gone', which is not here" in remark


@pytest.mark.parametrize("recipe", [None, {"prompt": 7}, {"prompt": "x", "seed": "1", "frames": 5, "fps": 10}])
def test_a_file_without_a_whole_recipe_is_refused(folders, tmp_path, recipe):
    from t2v.media.clips import write_clip

    clip = draw(folders, frames=5)
    path = tmp_path / "clip.gif"
    write_clip(path, clip.frames, recipe=recipe)
    with pytest.raises(ValueError, match="carries no recipe"):
        clip_files.fields_of(folders, path)
    path.write_bytes(b"GIF89a nonsense")
    with pytest.raises(ValueError, match="carries no recipe"):
        clip_files.fields_of(folders, path)


def test_a_seed_that_no_browser_holds_is_refused(folders, tmp_path):
    clip = draw(folders, seed=2**60)
    with pytest.raises(ValueError, match=f"--seed {2**60} --out"):
        clip_files.fields_of(folders, clip_files.save(clip, tmp_path, ".gif"))


# --- What ships with the page


def test_the_ready_page_knows_the_grammars_as_they_are():
    made = ready.ready()
    assert [cell["prompt"] for cell in made["cells"]] == list(ready.SCENES)
    nowhere = ROOT / "no-such-folder"
    shipped = builder.catalogue(Folders(ROOT / "checkpoints", nowhere, nowhere, nowhere))
    assert {name: made[name] for name in shipped} == shipped  # else: python -m demo.generate.ready
    wall = cv2.imread(str(ready.FOLDER / "wall.webp"))
    assert wall.shape == (len(ready.SCENES) * ready.CELL_PX, ready.FRAMES * ready.CELL_PX, 3)
    hero = cv2.imread(str(ready.FOLDER / "hero.webp"))
    assert hero.shape == (ready.LARGE_PX, ready.FRAMES * ready.LARGE_PX, 3)
    small = cv2.resize(hero, (wall.shape[1], ready.CELL_PX), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - wall[: ready.CELL_PX]).mean() < 4  # the same clip
    assert sum(path.stat().st_size for path in ready.FOLDER.iterdir()) < 500_000


def test_the_ready_clips_move_and_have_their_colours():
    wall = cv2.cvtColor(cv2.imread(str(ready.FOLDER / "wall.webp")), cv2.COLOR_BGR2RGB)
    cells = wall.reshape(len(ready.SCENES), ready.CELL_PX, ready.FRAMES, ready.CELL_PX, 3).swapaxes(1, 2)
    for clip, prompt in zip(cells.astype(int), ready.SCENES, strict=True):
        assert np.abs(clip[0] - clip[-1]).mean() > 1, prompt
    red = cells[0][15][(cells[0][15].min(-1) < 128)].mean(0)
    assert red[0] > red[1] + 80 and red[0] > red[2] + 80


# --- The vocabulary


@pytest.mark.parametrize("checkpoint", ["shapes", "classic"])
def test_the_vocabulary_is_plain_data(folders, checkpoint):
    plain = json.loads(json.dumps(endpoints.vocabulary(folders, checkpoint)))
    assert plain["grammar"] == checkpoint and "moving up" in plain["slots"]["motion"]
    assert GRAMMARS[checkpoint].parse(plain["example"]) and "never shown" in plain["held_out"]


def test_the_vocabulary_of_stories_has_its_plurals(story_folders):
    words = endpoints.vocabulary(story_folders, "stories")["words"]
    assert {"star", "stars", "mouse", "mice", "chasing"} <= set(words) and len(words) == len(set(words))


def test_what_was_never_taught_is_held_out():
    from t2v.data.grammar import is_held_out

    for name, grammar in GRAMMARS.items():
        assert all(is_held_out(name, grammar.parse(prompt)) for prompt in builder.grammar_data(name)["unseen"])
