"""Tensors into frames and files, and back. Clips here are a red disc on white whose centre goes right."""

import json
import struct
import subprocess
import sys
import zipfile
import zlib

import av
import numpy as np
import pytest
import torch
from disks import full_disk
from PIL import GifImagePlugin, Image, ImageFont

from t2v.media import clips as video
from t2v.media.codecs import FORMATS, tile
from t2v.media.grids import CAPTION_PX, _wrap, contact_sheet, write_grid, write_picture
from t2v.system.files import atomic_path

RED = (220, 40, 40)
MOVING_FORMATS = [".gif", ".avi", ".mp4", ".webp", ""]
RECIPE = {"prompt": "large red circle moving right", "seed": 7, "note": "größer"}


def disc_clip(frames=10, height=48, width=48, colour=RED, step_px=2):
    """A disc of radius 9 that travels right, (T, H, W, 3) uint8, edges anti-aliased."""
    y, x = np.mgrid[:height, :width]
    clip = []
    for k in range(frames):
        cover = np.clip(9.5 - np.hypot(x - 12 - step_px * k, y - height / 2), 0, 1)[..., None]
        clip.append((255 * (1 - cover) + np.array(colour) * cover).round().astype(np.uint8))
    return np.stack(clip)


def centres_x(clip):
    """Horizontal centre of what is not white, per frame, as a share of the width."""
    ink = np.clip(225.0 - clip[..., 1], 0, None)  # the disc has little green; a codec's white is not quite white
    return (ink.sum(axis=1) * np.arange(clip.shape[2])).sum(axis=1) / ink.sum(axis=(1, 2)) / clip.shape[2]


def shown_ms(path):
    with Image.open(path) as image:
        durations = []
        for k in range(image.n_frames):
            image.seek(k)
            image.load()
            durations.append(image.info["duration"])
    return durations


# Tensors


def test_all_256_levels_survive_the_way_to_a_tensor_and_back():
    frames = np.arange(2 * 2 * 8 * 8 * 3).reshape(2, 2, 8, 8, 3).astype(np.uint8)
    clips = video.to_tensor(frames)
    assert set(frames.ravel()) == set(range(256))
    assert clips.shape == (2, 2, 3, 8, 8) and clips.dtype == torch.float32
    assert clips.min() == -1 and clips.max() == 1
    np.testing.assert_array_equal(video.to_uint8(clips), frames)


def test_channels_keep_their_colour_and_values_are_clipped():
    clip = torch.tensor([3.0, -0.2, -7.0]).view(1, 3, 1, 1).expand(2, 3, 4, 4)  # (T, 3, H, W)
    assert video.to_uint8(clip)[1, 2, 2].tolist() == [255, 102, 0]
    assert video.to_uint8(clip.half())[1, 2, 2].tolist() == [255, 102, 0]


def test_read_only_frames_become_a_tensor_that_can_be_changed():
    frames = disc_clip()
    frames.flags.writeable = False  # as a memory-mapped dataset is
    video.to_tensor(frames).zero_()
    assert frames.max() == 255


@pytest.mark.parametrize(
    ("clips", "text"),
    [
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), "uint8"),
        (torch.zeros(2, 4, 4, 3), "(2, 4, 4, 3)"),
        (torch.full((1, 3, 2, 2), torch.nan), "NaN"),
    ],
)
def test_to_uint8_refuses_what_is_no_clip(clips, text):
    with pytest.raises(ValueError) as error:
        video.to_uint8(clips)
    assert text in str(error.value)


def test_to_tensor_refuses_floats():
    with pytest.raises(ValueError, match="float64"):
        video.to_tensor(np.zeros((2, 4, 4, 3)))


# Every format


@pytest.mark.parametrize("ending", MOVING_FORMATS)
def test_red_stays_red_and_goes_right_in_every_format(tmp_path, ending):
    clip = disc_clip()
    video.write_clip(tmp_path / f"clip{ending}", clip, scale=2)
    back = video.read_clip(tmp_path / f"clip{ending}")
    assert back.shape == (10, 96, 96, 3)
    np.testing.assert_allclose(centres_x(back), centres_x(clip), atol=0.02)
    first_centre = back[0, 44:52, 20:28].reshape(-1, 3)
    np.testing.assert_allclose(np.median(first_centre, axis=0), RED, atol=6)


@pytest.mark.parametrize("ending", [".gif", ".webp", ""])
def test_few_colours_come_back_exactly_and_size_undoes_scale(tmp_path, ending):
    clip = disc_clip()
    video.write_clip(tmp_path / f"clip{ending}", clip, scale=3)
    np.testing.assert_array_equal(video.read_clip(tmp_path / f"clip{ending}", size=48), clip)


@pytest.mark.parametrize("ending", MOVING_FORMATS)
def test_equal_frames_are_all_kept(tmp_path, ending):
    clip = np.concatenate([disc_clip(frames=2), disc_clip(frames=1).repeat(4, axis=0)])
    video.write_clip(tmp_path / f"clip{ending}", clip, fps=12)
    assert len(video.read_clip(tmp_path / f"clip{ending}")) == 6


@pytest.mark.parametrize("ending", [*MOVING_FORMATS, ".png"])
def test_one_frame_of_one_pixel_is_a_clip(tmp_path, ending):
    video.write_clip(tmp_path / f"clip{ending}", np.full((1, 1, 1, 3), 200, np.uint8), fps=60)
    assert (tmp_path / f"clip{ending}").exists()


@pytest.mark.parametrize("ending", [".gif", ".avi", ".mp4", ".webp", ".png", ""])
def test_recipe_travels_in_the_file(tmp_path, ending):
    recipe = RECIPE | {"prompts": ["circle moving up"] * 50}  # longer than one block of a GIF comment
    video.write_clip(tmp_path / f"clip{ending}", disc_clip(), recipe=recipe)
    assert video.read_recipe(tmp_path / f"clip{ending}") == recipe
    video.write_clip(tmp_path / f"bare{ending}", disc_clip())
    assert video.read_recipe(tmp_path / f"bare{ending}") is None


@pytest.mark.parametrize(
    "comment", [b"made by hand", b"[1, 2]", b"[" * 5000, b'{"a": "' + b"x" * 70_000 + b'"}', b"\xff"]
)
def test_comments_that_are_no_recipe_count_as_none(tmp_path, comment):
    Image.new("RGB", (4, 4)).save(tmp_path / "other.gif", comment=comment)
    assert video.read_recipe(tmp_path / "other.gif") is None


# GIF and WebP


def test_gif_has_one_palette_for_all_frames(tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(-6, 7, (6, 32, 32, 3))
    clip = (disc_clip(frames=6, height=32, width=32).clip(6, 249) + noise).astype(np.uint8)
    video.write_clip(tmp_path / "clip.gif", clip)
    # With this strategy Pillow stays in palette mode for as long as a frame brings no palette of its own.
    monkeypatch.setattr(
        GifImagePlugin, "LOADING_STRATEGY", GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
    )
    with Image.open(tmp_path / "clip.gif") as image:
        assert image.info["loop"] == 0
        palettes = set()
        for k in range(image.n_frames):
            image.seek(k)
            assert image.mode == "P"
            palettes.add(bytes(image.getpalette()))
    assert len(palettes) == 1
    assert np.abs(video.read_clip(tmp_path / "clip.gif").astype(int) - clip).max() < 24


def test_small_shape_keeps_its_colour_in_a_gif_full_of_others(tmp_path):
    rng = np.random.default_rng(0)
    noisy_red = rng.integers(-20, 21, (4, 64, 200, 3)) + np.array((220, 60, 60))
    clip = noisy_red.clip(0, 255).astype(np.uint8)
    clip[:, 30:34, 30:34] = (45, 90, 220)
    video.write_clip(tmp_path / "clip.gif", clip)
    blue = video.read_clip(tmp_path / "clip.gif")[:, 30:34, 30:34].reshape(-1, 3)
    assert np.abs(blue - np.array((45, 90, 220))).max() < 10


def test_another_decoder_reads_the_same_gif(tmp_path):
    clip = disc_clip()
    clip[4] = clip[3]
    video.write_clip(tmp_path / "clip.gif", clip)
    with av.open(str(tmp_path / "clip.gif")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    np.testing.assert_array_equal(np.stack(frames), clip)


@pytest.mark.parametrize(("fps", "total_ms"), [(10, 3000), (30, 1000), (7, 4290), (50, 600), (60, 600)])
def test_gif_lasts_as_long_as_it_should_in_browsers(tmp_path, fps, total_ms):
    video.write_clip(tmp_path / "clip.gif", disc_clip(frames=30, step_px=0), fps=fps)
    durations = shown_ms(tmp_path / "clip.gif")
    assert len(durations) == 30
    assert sum(durations) == total_ms
    assert min(durations) >= 20 and max(durations) - min(durations) <= 10


def test_webp_lasts_as_long_as_it_should_and_loops(tmp_path):
    video.write_clip(tmp_path / "clip.webp", disc_clip(frames=30), fps=30)
    assert sum(shown_ms(tmp_path / "clip.webp")) == 1000
    with Image.open(tmp_path / "clip.webp") as image:
        assert image.is_animated and image.info["loop"] == 0


# MP4, AVI, PNG, folder


def test_mp4_is_what_browsers_play(tmp_path):
    video.write_clip(tmp_path / "clip.mp4", disc_clip(), fps=30, recipe=RECIPE)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.average_rate, stream.frames) == (30, 10)
        assert json.loads(container.metadata["comment"]) == RECIPE
    content = (tmp_path / "clip.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("ending", [".mp4", ".avi"])
def test_odd_sides_get_one_more_row_and_column_of_the_edge(tmp_path, ending):
    video.write_clip(tmp_path / f"clip{ending}", disc_clip(height=33, width=47))
    back = video.read_clip(tmp_path / f"clip{ending}")
    assert back.shape == (10, 34, 48, 3)
    assert back[0, -1].min() > 245 and back[0, :, -1].min() > 245


def test_avi_has_the_tutorials_codec_and_speed(tmp_path):
    video.write_clip(tmp_path / "clip.avi", disc_clip(), fps=15)
    with av.open(str(tmp_path / "clip.avi")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name in ("mpeg4", "mjpeg") and stream.average_rate == 15


def test_png_shows_all_frames_in_rows_of_ten(tmp_path):
    clip = disc_clip(frames=12, height=20, width=30)
    video.write_clip(tmp_path / "clip.png", clip)
    sheet = np.array(Image.open(tmp_path / "clip.png"))
    assert sheet.shape == (2 * 20 + 1, 10 * 30 + 9, 3)
    np.testing.assert_array_equal(sheet[21:, 31:61], clip[11])
    assert set(sheet[20].ravel()) == {211}


def test_folder_holds_a_png_a_frame_read_in_number_order(tmp_path):
    clip = disc_clip(frames=12)
    video.write_clip(f"{tmp_path}/clip.v1/", clip)
    assert {file.name for file in (tmp_path / "clip.v1").iterdir()} == {f"frame_{k}.png" for k in range(12)}
    np.testing.assert_array_equal(video.read_clip(tmp_path / "clip.v1"), clip)


# Refusals and atomic writing


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fps": 0}, "fps must be a whole number from 1 to 60, got 0"),
        ({"fps": 61}, "61"),
        ({"fps": 12.5}, "12.5"),
        ({"scale": 17}, "scale must be a whole number from 1 to 16, got 17"),
        ({"frames": np.zeros((2, 4, 4, 3))}, "float64"),
        ({"frames": np.zeros((2, 4, 4), np.uint8)}, "(2, 4, 4)"),
        ({"frames": np.zeros((0, 4, 4, 3), np.uint8)}, "(0, 4, 4, 3)"),
        ({"frames": np.zeros((1, 4, 600, 3), np.uint8), "scale": 16}, "9600"),
        ({"path": "clip.mov"}, "'.mov'"),
        ({"recipe": {"a": "x" * 70_000}}, "65536"),
    ],
)
def test_write_clip_refuses_with_the_value_and_leaves_nothing(tmp_path, changes, text):
    arguments = {"path": "clip.gif", "frames": disc_clip()} | changes
    path = tmp_path / "new" / arguments.pop("path")
    with pytest.raises(ValueError) as error:
        video.write_clip(path, arguments.pop("frames"), **arguments)
    assert text in str(error.value) and "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_check_output_accepts_new_names_and_makes_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in (*(f"new/deep/clip{ending}" for ending in FORMATS), "clip.GIF", "folder", "folder.v2/", "empty"):
        video.check_output(f"{tmp_path}/{name}")
    assert [file.name for file in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("clip.mov", "use .gif, .avi, .mp4, .webp, .png"),
        ("there.gif", "exists already; choose another name"),
        ("full", "exists already"),
        ("full/", "exists already"),
        ("there.gif/clip.gif", "is a file"),
    ],
)
def test_check_output_refuses(tmp_path, name, text):
    (tmp_path / "there.gif").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    with pytest.raises(ValueError) as error:
        video.check_output(f"{tmp_path}/{name}")
    assert text in str(error.value)


@pytest.mark.parametrize("ending", [*MOVING_FORMATS, ".png"])
def test_failed_write_leaves_nothing_behind(tmp_path, ending):
    with pytest.raises(OSError), full_disk(300):
        video.write_clip(tmp_path / "new" / f"clip{ending}", disc_clip())
    assert not list(tmp_path.iterdir())


def test_failed_write_leaves_the_old_file_alone(tmp_path):
    video.write_clip(tmp_path / "clip.gif", disc_clip())
    before = (tmp_path / "clip.gif").read_bytes()
    with pytest.raises(OSError), full_disk(300):
        video.write_clip(tmp_path / "clip.gif", disc_clip(colour=(45, 90, 220)))
    assert [file.name for file in tmp_path.iterdir()] == ["clip.gif"]
    assert (tmp_path / "clip.gif").read_bytes() == before


def test_atomic_path_shows_a_file_only_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "weights.bin"
    with atomic_path(target) as temporary:
        assert temporary.parent == target.parent and temporary.suffix == ".bin"
        temporary.write_bytes(b"half")
        assert not target.exists()
    assert target.read_bytes() == b"half"
    with pytest.raises(KeyboardInterrupt), atomic_path(target) as temporary:
        temporary.write_bytes(b"other")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"half" and list(target.parent.iterdir()) == [target]


def test_atomic_path_never_replaces_a_folder_with_files(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    with pytest.raises(OSError), atomic_path(tmp_path / "full") as temporary:
        temporary.mkdir()
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*")] == ["full", "full/notes.txt"]


# Grids and sheets


def test_grid_has_each_clip_moving_above_its_caption(tmp_path):
    clips = np.stack([disc_clip(), disc_clip(colour=(45, 90, 220)), disc_clip(colour=(40, 160, 80))])
    write_grid(tmp_path / "grid.gif", clips, labels=["red", "blue", "green"], columns=2, scale=2)
    grid = video.read_clip(tmp_path / "grid.gif")
    assert len(grid) == 10 and grid.shape[2] == 2 * 96 + 1
    caption_px = (grid.shape[1] - 1) // 2 - 96
    np.testing.assert_array_equal(grid[:, :96, :96], clips[0].repeat(2, axis=1).repeat(2, axis=2))
    np.testing.assert_array_equal(grid[:, :96, 97:], clips[1].repeat(2, axis=1).repeat(2, axis=2))
    captions = grid[:, 96 : 96 + caption_px, :96]
    assert captions.min() < 20 and captions.max() == 255
    assert (captions == captions[:1]).all()
    assert (grid[:, 96 + caption_px] == 211).all()


def test_grid_without_labels_is_as_square_as_it_can_be(tmp_path):
    write_grid(tmp_path / "grid.gif", disc_clip()[None].repeat(5, axis=0))
    assert video.read_clip(tmp_path / "grid.gif").shape == (10, 2 * 48 + 1, 3 * 48 + 2, 3)


def test_long_captions_wrap_and_end_in_an_ellipsis():
    font = ImageFont.load_default(CAPTION_PX)
    short = _wrap("large red circle moving up then right", 60, font)
    long = _wrap("large red circle moving up " * 5 + "supercalifragilistic", 60, font)
    assert " ".join(short) == "large red circle moving up then right" and 1 < len(short) <= 4
    assert len(long) == 4 and long[-1].endswith("…")
    assert all(font.getlength(line) <= 60 for line in short + long)
    assert _wrap("", 60, font) == []


def test_contact_sheet_has_clips_as_rows_and_frames_as_columns(tmp_path):
    clips = np.stack([disc_clip(), disc_clip(colour=(45, 90, 220))])
    sheet = contact_sheet(clips, ["large red circle", "large blue circle"])
    row_px = (len(sheet) - 1) // 2
    assert sheet.shape[1] == 10 * 48 + 9
    np.testing.assert_array_equal(sheet[row_px - 48 : row_px], tile(clips[0], 10))
    np.testing.assert_array_equal(sheet[-48:], tile(clips[1], 10))
    assert sheet[: row_px - 48].min() < 20  # the caption
    write_picture(tmp_path / "sheet.png", sheet, recipe=RECIPE)
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "sheet.png")), sheet)
    assert video.read_recipe(tmp_path / "sheet.png") == RECIPE


def test_labels_must_be_as_many_as_clips(tmp_path):
    clips = disc_clip()[None].repeat(2, axis=0)
    with pytest.raises(ValueError, match="got 1 for 2 clips"):
        contact_sheet(clips, ["one"])
    with pytest.raises(ValueError, match="got 1 for 2 clips"):
        write_grid(tmp_path / "grid.gif", clips, labels=["one"])


def test_a_picture_is_a_png(tmp_path):
    with pytest.raises(ValueError, match=r"written as \.png"):
        write_picture(tmp_path / "sheet.gif", disc_clip()[0])


# Reading


def test_frames_are_taken_evenly_from_first_to_last(tmp_path):
    clip = np.arange(30, dtype=np.uint8)[:, None, None, None] * np.full((1, 8, 8, 3), 8, np.uint8)
    video.write_clip(tmp_path / "clip", clip)
    assert video.read_clip(tmp_path / "clip", frames=4)[:, 0, 0, 0].tolist() == [0, 80, 152, 232]
    assert len(video.read_clip(tmp_path / "clip", frames=40)) == 40


def test_crop_cuts_the_middle_square_and_averages(tmp_path):
    wide = np.zeros((1, 8, 24, 3), np.uint8)
    wide[:, :, 8:16:2] = 200  # stripes in the middle; the sides stay black
    video.write_clip(tmp_path / "clip", wide)
    middle = video.read_clip(tmp_path / "clip", size=4, fit="crop")
    np.testing.assert_array_equal(middle, np.full((1, 4, 4, 3), 100, np.uint8))


def test_what_is_transparent_becomes_white(tmp_path):
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "frame_0.png")
    assert video.read_clip(tmp_path).min() == 255


@pytest.mark.parametrize("ending", [".gif", ".avi", ".mp4", ".webp"])
def test_broken_files_are_refused_in_one_line_with_their_name(tmp_path, ending):
    whole, broken = tmp_path / f"whole{ending}", tmp_path / f"broken{ending}"
    video.write_clip(whole, disc_clip())
    content = whole.read_bytes()
    for damaged in (b"", b"no clip at all", content[: len(content) // 2], content[: len(content) - 100], b"\0" * 999):
        broken.write_bytes(damaged)
        with pytest.raises(ValueError) as error:
            video.read_clip(broken)
        assert str(broken) in str(error.value) and "\n" not in str(error.value)


def break_folder(folder, how):
    if how == "missing":
        (folder / "frame_3.png").unlink()
    elif how == "twice":
        (folder / "frame_03.png").write_bytes((folder / "frame_3.png").read_bytes())
    elif how == "truncated":
        (folder / "frame_3.png").write_bytes((folder / "frame_3.png").read_bytes()[:-40])
    elif how == "other size":
        Image.new("RGB", (8, 8)).save(folder / "frame_3.png")
    elif how == "empty":
        for file in folder.iterdir():
            file.unlink()


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("missing", "frame 3"),
        ("twice", "frame 4"),
        ("truncated", "frame_3.png"),
        ("other size", "frame 3 has (8, 8) px"),
        ("empty", "no frames"),
    ],
)
def test_damaged_folders_are_refused(tmp_path, how, text):
    folder = tmp_path / "clip"
    video.write_clip(folder, disc_clip(frames=5))
    break_folder(folder, how)
    with pytest.raises(ValueError) as error:
        video.read_clip(folder)
    assert text in str(error.value) and str(folder) in str(error.value)


@pytest.mark.parametrize("ending", MOVING_FORMATS)
@pytest.mark.parametrize(
    ("bound", "text"), [({"max_frames": 9}, "10 frames"), ({"max_pixels": 10 * 48 * 48 - 1}, "48 x 48")]
)
def test_bounds_on_reading(tmp_path, ending, bound, text):
    path = tmp_path / f"clip{ending}"
    video.write_clip(path, disc_clip())
    with pytest.raises(ValueError) as error:
        video.read_clip(path, **bound)
    assert text in str(error.value) and str(path) in str(error.value)


def test_declared_size_is_checked_before_anything_is_decoded(tmp_path):
    video.write_clip(tmp_path / "clip.gif", disc_clip(frames=1))
    content = bytearray((tmp_path / "clip.gif").read_bytes())
    content[6:10] = b"\x00\x20\x00\x20"  # a screen of 8192 x 8192 px, and no pixels to follow
    (tmp_path / "clip.gif").write_bytes(content[:1100])
    with pytest.raises(ValueError, match="8192 x 8192"):
        video.read_clip(tmp_path / "clip.gif", max_pixels=10**7)


@pytest.mark.parametrize("name", ["missing.gif", "notes.txt", "sheet.png"])
def test_what_is_no_clip_is_refused(tmp_path, name):
    if name != "missing.gif":
        (tmp_path / name).write_text("not a clip")
    with pytest.raises(ValueError, match=name):
        video.read_clip(tmp_path / name)


@pytest.mark.parametrize(("wanted", "text"), [({"frames": 0}, "frames"), ({"size": 0}, "size")])
def test_read_clip_refuses_impossible_wishes(tmp_path, wanted, text):
    video.write_clip(tmp_path / "clip.gif", disc_clip())
    with pytest.raises(ValueError, match=text):
        video.read_clip(tmp_path / "clip.gif", **wanted)


def test_read_recipe_names_a_broken_file(tmp_path):
    (tmp_path / "clip.gif").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"clip\.gif"):
        video.read_recipe(tmp_path / "clip.gif")


def gif_header(side_px):
    """A hundred bytes of GIF whose one frame claims that size."""
    size = struct.pack("<HH", side_px, side_px)
    return (b"GIF89a" + size + b"\0\0\0" + b"," + b"\0\0\0\0" + size + b"\0\x02\x01\0\0;").ljust(100, b"\0")


def png_header(side_px):
    """A PNG of that size whose pixels would be many times as large as the file."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(10**6))),
    ]
    chunks = [
        struct.pack(">I", len(b)) + t + b + struct.pack(">I", zlib.crc32(t + b)) for t, b in [*parts, (b"IEND", b"")]
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def webp_header(side_px):
    """A WebP that says so in its first chunk, and has one small frame."""
    size = (side_px - 1).to_bytes(3, "little")
    frame = b"ANMF" + struct.pack("<I", 16) + bytes(16)
    body = (
        b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\x02\0\0\0"
        + size * 2
        + b"ANIM"
        + struct.pack("<I", 6)
        + bytes(6)
        + frame
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded as Linux does it")
def test_what_claims_to_be_huge_is_refused_without_its_memory(tmp_path):
    (tmp_path / "clip.gif").write_bytes(gif_header(60_000))
    (tmp_path / "clip.webp").write_bytes(webp_header(16_384))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "frame_0.png").write_bytes(png_header(60_000))
    code = """
import resource, sys
from t2v.media.clips import read_clip, read_recipe
with open("/proc/self/statm") as file:
    now = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 2**28,) * 2)
for path in sys.argv[1:]:
    for read in (read_clip, read_recipe):
        try:
            read(path)
        except ValueError as error:
            print(error)
"""
    names = [str(tmp_path / name) for name in ("clip.gif", "clip.webp", "folder")]
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.count("Cannot read") >= 3


@pytest.mark.parametrize("ending", [".gif", ".png", ".webp", ".mp4", ".avi"])
def test_a_file_must_be_a_clip_as_its_name_says(tmp_path, ending):
    path = tmp_path / f"clip{ending}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:  # expands a thousand times; nobody unpacks it
        archive.writestr("../../outside", bytes(10**7))
    with pytest.raises(ValueError, match=f"it is no {ending} file"):
        video.read_recipe(path)
    if ending != ".png":
        with pytest.raises(ValueError, match=f"it is no {ending} file"):
            video.read_clip(path)
    assert [position.name for position in tmp_path.iterdir()] == [path.name]
