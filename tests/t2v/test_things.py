"""Pictures of one's own: how they are cut out and named, and the clips, prompts and folders that they are part of."""

import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from t2v.__main__ import main
from t2v.data import scenes
from t2v.data.folder import open_dataset
from t2v.data.grammar import GRAMMARS, THING_MOTIONS, Attributes, combinations, contrasts, is_held_out
from t2v.data.render import render, render_frames
from t2v.data.sprites import SPRITE_PX
from t2v.data.things import cut_out, load_things, read_picture, sprites_of, thing_name
from t2v.data.vocabulary import grammar_vocabulary
from t2v.data.worlds import WORLDS
from t2v.language import interpret
from t2v.language.names import check_name

GRAMMAR = "shapes+monster"


def drawing(size_px=200, *, ground=(0, 0, 0, 0), eye=(255, 255, 255, 255)) -> Image.Image:
    """A purple monster with a white eye and green feet, away from the middle."""
    picture = Image.new("RGBA", (size_px, size_px), ground)
    pen, u = ImageDraw.Draw(picture), size_px / 100
    pen.ellipse([20 * u, 10 * u, 60 * u, 50 * u], fill=(110, 60, 170, 255))
    pen.rectangle([25 * u, 45 * u, 55 * u, 60 * u], fill=(40, 160, 80, 255))
    pen.ellipse([34 * u, 18 * u, 46 * u, 30 * u], fill=eye)
    return picture


@pytest.fixture
def monster(tmp_path):
    path = tmp_path / "monster.png"
    drawing().save(path)
    return path


def purple_share(rgba) -> float:
    solid = rgba[..., 3] > 128
    return (solid & (np.abs(rgba[..., :3].astype(int) - (110, 60, 170)).max(2) < 12)).sum() / solid.sum()


@pytest.mark.parametrize("ground", [(0, 0, 0, 0), (255, 255, 255, 255), (90, 200, 230, 255)])
def test_cut_out_finds_the_thing_on_any_ground(ground):
    cut = cut_out(np.asarray(drawing(ground=ground)))
    assert cut.shape == (SPRITE_PX, SPRITE_PX, 4)
    y, x = np.nonzero(cut[..., 3] > 128)
    middle, reach = SPRITE_PX / 2, np.hypot(x + 0.5 - SPRITE_PX / 2, y + 0.5 - SPRITE_PX / 2).max()
    assert (x.min() + x.max() + 1) / 2 == pytest.approx(middle, abs=2)
    assert (y.min() + y.max() + 1) / 2 == pytest.approx(middle, abs=2)
    assert reach == pytest.approx(middle, rel=0.05)  # it fills the circle
    assert cut[0, 0, 3] == 0 and purple_share(cut) == pytest.approx(0.6, abs=0.1)
    assert (cut[..., :3][cut[..., 3] > 128] > 245).all(1).sum() > 100  # white inside is no ground


@pytest.mark.parametrize(("shade", "corners", "noise"), [(0.2, 0.0, 3), (0.5, 0.0, 6), (0.6, 0.3, 8)])
def test_cut_out_finds_a_drawing_in_a_photo(shade, corners, noise):
    """Paper under a lamp at the left, darker towards the corners, with the grain of a telephone."""
    height, width = 240, 320
    y, x = np.mgrid[:height, :width]
    light = 1 - shade * (x / width + y / height) / 2 - corners * np.hypot(x / width - 0.5, y / height - 0.5) ** 2
    drawn = np.hypot(x - 150, y - 110) < 50
    colours = np.where(drawn[..., None], (200, 40, 60), (250, 246, 238)) * light[..., None]
    grain = np.random.default_rng(0).normal(0, noise, colours.shape)
    photo = np.dstack([(colours + grain).clip(0, 255), np.full((height, width), 255)]).astype(np.uint8)
    cut = cut_out(photo)
    solid, red = cut[..., 3] > 128, cut[..., 0].astype(int) - cut[..., 1] > 50
    assert solid.mean() == pytest.approx(np.pi / 4, abs=0.05)  # the disc fills its circle
    assert (solid & red).sum() / solid.sum() > 0.97


def test_pictures_of_16_bits_keep_their_levels(tmp_path):
    grey = np.full((64, 64), 60_000, np.uint16)
    grey[20:44, 20:44] = 100 * 257
    Image.fromarray(grey).save(tmp_path / "deep.png")
    assert read_picture(tmp_path / "deep.png")[SPRITE_PX // 2, SPRITE_PX // 2].tolist() == [100, 100, 100, 255]


@pytest.mark.parametrize("bars", [((40, 40), (0, 0)), ((0, 0), (25, 25))])
def test_cut_out_takes_no_bars_for_the_ground(bars):
    """A photo that an editor has fitted into its square canvas."""
    photo = np.full((120, 160, 4), (40, 130, 60, 255), np.uint8)
    photo[30:90, 50:110] = (220, 40, 40, 255)
    assert np.array_equal(cut_out(np.pad(photo, (*bars, (0, 0)))), cut_out(photo))
    assert cut_out(photo)[128, 128].tolist() == [220, 40, 40, 255] and cut_out(photo)[4, 128, 3] == 0


def test_cut_out_of_a_large_picture_has_smooth_edges():
    cut = cut_out(np.asarray(drawing(2000)))
    soft = ((cut[..., 3] > 10) & (cut[..., 3] < 245)).sum()
    assert 100 < soft < 3000


@pytest.mark.parametrize("picture", [Image.new("RGBA", (50, 50)), Image.new("RGB", (50, 50), "white")])
def test_empty_picture_is_refused(tmp_path, picture):
    picture.save(tmp_path / "nothing.png")
    with pytest.raises(ValueError, match="nothing is drawn"):
        read_picture(tmp_path / "nothing.png")


def test_bad_picture_files_are_refused_in_one_line(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "half.png").write_bytes(b"")
    Image.new("L", (9000, 20)).save(tmp_path / "wide.png")
    with open(tmp_path / "huge.png", "wb") as file:
        file.truncate(500_000_000)
    for name, reason in [("text", "cannot be used"), ("half", "cannot be used"), ("wide", "9000 x 20"), ("huge", "MB")]:
        with pytest.raises(ValueError, match=reason) as problem:
            read_picture(tmp_path / f"{name}.png")
        assert "\n" not in str(problem.value)
    with pytest.raises(ValueError, match="no picture"):
        read_picture(tmp_path / "missing.png")


def test_names_are_single_new_words_of_any_language():
    names = (" Monster ", "дракон", "小怪物", "राक्षस")
    assert [thing_name(name) for name in names] == ["monster", *names[1:]]
    for bad in ("", "fire dragon", "../x", "a+b", "12", "red", "Star", "the", "x" * 25):
        with pytest.raises(ValueError):
            thing_name(bad)
    for taken in ("ball", "мяч", "salmon", "spinning"):
        with pytest.raises(ValueError, match="already a word"):
            check_name(taken)
    check_name("monster")
    check_name("cat")  # the dictionary knows it as a word that nothing here can show


def test_grammar_with_a_thing_reads_and_refuses():
    grammar = GRAMMARS[GRAMMAR]
    assert grammar.parse("A large monster moving up quickly.").shape == "monster"
    with pytest.raises(ValueError, match="no prompt of shapes"):
        grammar.parse("red monster moving up")
    assert all(grammar.caption(grammar.parse(caption)) == caption for caption in grammar.captions[::37])
    assert not any("red monster" in caption for caption in grammar.captions)
    assert grammar.words == (*GRAMMARS["shapes"].words, "monster")  # last: a model of the shapes can learn it
    with pytest.raises(KeyError):
        GRAMMARS["nothing+monster"]


def test_thing_is_shown_in_some_motions_only():
    shown = {a.motion for a in combinations(GRAMMAR) if a.shape == "monster"}
    held_out = {a.motion for a in combinations(GRAMMAR, held_out=True) if a.shape == "monster"}
    assert shown == set(THING_MOTIONS) and held_out == set(GRAMMARS[GRAMMAR].motions) - shown
    assert is_held_out(GRAMMAR, Attributes("monster", "rotating clockwise"))
    for a in [*combinations(GRAMMAR)[:40], Attributes("monster", "moving up", size="large")]:
        for other in (one for row in contrasts(GRAMMAR, a) for one in row):
            assert not is_held_out(GRAMMAR, other)
            GRAMMARS[GRAMMAR].parse(GRAMMARS[GRAMMAR].caption(other))  # no coloured monster


def test_every_second_scene_shows_the_thing_where_the_track_is():
    drawn, shown, captions = scenes.sample(GRAMMAR, 3, torch.arange(40))
    assert [a.shape == "monster" for a in shown] == [i % 2 == 1 for i in range(40)]
    assert all(GRAMMARS[GRAMMAR].parse(caption) for caption in captions)
    plain, *_ = scenes.sample("shapes", 3, torch.arange(40))
    assert torch.equal(drawn.knots[::2], plain.knots[::2])  # the others stay what they were
    pictures = {"monster": cut_out(np.asarray(drawing()))}
    clips = render(drawn, frames=4, frame_size_px=48, things=sprites_of(pictures))
    centre, radius, _ = scenes.trajectory(drawn, scenes.times_of(4).expand(40, -1))
    line = (torch.arange(48) + 0.5) / 48
    ink = 1 - clips.mean(2)  # (B, T, H, W)
    for i in range(1, 40, 2):
        x = (ink[i].sum(1) @ line) / ink[i].sum((1, 2))  # (T,)
        y = (ink[i].sum(2) @ line) / ink[i].sum((1, 2))
        inside = ((centre[i] - radius[i, :, None] > 0) & (centre[i] + radius[i, :, None] < 1)).all(1)
        middle = torch.stack([x, y], 1)[inside]
        assert (middle - centre[i][inside]).abs().max() < 0.06
    as_bytes = render_frames(drawn, frames=4, frame_size_px=48, things=sprites_of(pictures))
    assert np.abs(as_bytes - ((clips.permute(0, 1, 3, 4, 2) + 1) * 127.5).numpy()).max() <= 1


@pytest.mark.parametrize("layout", ["frames", "packed"])
def test_dataset_command_writes_clips_of_a_thing(tmp_path, capsys, monster, layout):
    out = tmp_path / "data"
    request = ["dataset", "--preset", "shapes", "--thing", f"Monster={monster}", "--videos", "6", "--size", "32"]
    assert main([*request, "--layout", layout, "--out", str(out)]) == 0
    folder = open_dataset(out)
    state = json.loads((out / "dataset.json").read_text())
    assert state["grammar"] == GRAMMAR and sum("monster" in caption for caption in folder.captions) == 3
    purple = np.abs(folder[1][0].astype(int) - (110, 60, 170)).max(2) < 40
    assert purple.sum() > 8
    kept = load_things(out, GRAMMAR)["monster"]
    assert np.array_equal(kept, read_picture(monster))
    assert grammar_vocabulary(GRAMMAR).encode(folder.captions).shape == (6, 8)


def test_dataset_of_stories_has_a_thing_too(tmp_path, capsys, monster):
    out = tmp_path / "data"
    request = ["dataset", "--preset", "stories", "--thing", f"monster={monster}", "--videos", "24", "--size", "64"]
    assert main([*request, "--layout", "packed", "--out", str(out)]) == 0
    folder, world = open_dataset(out), WORLDS["stories+monster"]
    assert json.loads((out / "dataset.json").read_text())["grammar"] == "stories+monster"
    assert ["monster" in caption for caption in folder.captions] == [i % 2 == 1 for i in range(24)]
    purple = [(np.abs(folder[i].astype(int) - (110, 60, 170)).max(3) < 30).sum(2).sum(1) for i in range(24)]
    assert all(pixels.max() > 20 for pixels in purple[1::2])
    for caption in folder.captions:
        story = world.grammar.parse(caption)
        assert world.grammar.caption(story) == caption and not world.is_held_out(story)
    assert main(["dataset", "--preset", "stories", "--thing", f"cat={monster}", "--videos", "2", "--out", "x"]) == 2
    assert "already a word" in capsys.readouterr().err


def test_dataset_command_refuses_bad_things_in_one_line(tmp_path, capsys, monster):
    cases = {
        "monster": "NAME=PICTURE",
        f"ball={monster}": "already a word",
        f"red={monster}": "already a word",
        "monster=none.png": "no picture",
        f"two words={monster}": "one word",
    }
    for spec, reason in cases.items():
        out = tmp_path / "data"
        assert main(["dataset", "--preset", "shapes", "--thing", spec, "--videos", "2", "--out", str(out)]) == 2
        output = capsys.readouterr().err
        assert reason in output and output.count("\n") == 1 and not out.exists()
    assert main(["dataset", "--preset", "classic", "--thing", f"m={monster}", "--videos", "2", "--out", "x"]) == 2
    assert "go into 'shapes' or 'stories'" in capsys.readouterr().err


def test_prompts_about_a_thing_are_read_in_own_words():
    grammar = GRAMMARS["shapes+monster+дракон"]
    message = {
        "big Monster spinning": "large monster rotating clockwise",
        "red monster flying up": "monster moving up",
        "the monsters go left then up": "monster moving left then up",
        "вижу дракона, он прыгает": "дракон bouncing vertically",
        "красный круг летит вверх": "red circle moving up",
    }
    for text, caption in message.items():
        read = interpret(text, grammar)
        assert read.caption == caption and read.line("ru") and read.line("en")
    assert "“red” left aside" in interpret("red monster flying up", grammar).line()
