"""Clips are read as players show them, from files that the tests write with FFmpeg and Pillow themselves."""

from fractions import Fraction

import av
import numpy as np
import pytest
from films import BLUE, CODECS, GREY, RED, filled, write_animation, write_film
from PIL import Image

from t2v.data.check import describe_measures
from t2v.media.clips import measure_clip, read_clip


def mean_colours(clip):
    """(T, 3) of the middle quarter of each frame."""
    height, width = clip.shape[1:3]
    return clip[:, height // 4 : -(height // 4), width // 4 : -(width // 4)].mean((1, 2))


def assert_colours(clip, colours, atol=12):
    np.testing.assert_allclose(mean_colours(clip), colours, atol=atol)


@pytest.mark.parametrize("ending", CODECS)
def test_videos_of_every_kind_keep_colours_and_order(tmp_path, ending):
    film = write_film(tmp_path / f"a{ending}", [filled(RED)] * 3 + [filled(GREY)] * 3 + [filled(BLUE)] * 3)
    clip = read_clip(film, frames=3)
    assert clip.shape == (3, 48, 64, 3)
    assert_colours(clip, [RED, GREY, BLUE])
    assert len(read_clip(film)) == 9


@pytest.mark.parametrize(
    ("ending", "lossless"), [(".gif", {}), (".webp", {"lossless": True}), (".png", {}), (".apng", {})]
)
def test_animations_of_every_kind_keep_colours(tmp_path, ending, lossless):
    pictures = [Image.fromarray(filled(colour)) for colour in (RED, GREY, BLUE)]
    if ending == ".apng":
        lossless = {"format": "PNG"}
    path = write_animation(tmp_path / f"a{ending}", pictures, 100, **lossless)
    assert_colours(read_clip(path), [RED, GREY, BLUE], atol=2)


@pytest.mark.parametrize("ending", [".gif", ".webp", ".png"])
def test_pause_in_an_animation_is_as_long_as_shown(tmp_path, ending):
    """Five of ten parts of the time are blue, though one frame of six is."""
    pictures = [Image.fromarray(filled(tuple(np.add(RED, k)))) for k in range(5)] + [Image.fromarray(filled(BLUE))]
    path = write_animation(tmp_path / f"a{ending}", pictures, [100] * 5 + [500])
    blue = read_clip(path, frames=10)[:, 24, 32, 2] > 150
    assert blue.tolist() == [False] * 5 + [True] * 5


def test_gif_frames_without_a_delay_are_shown_as_browsers_do(tmp_path):
    """A delay of 0 or 1 hundredths means a tenth of a second."""
    pictures = [Image.fromarray(filled(c)) for c in (RED, BLUE, GREY, RED)]
    path = write_animation(tmp_path / "a.gif", pictures, [0, 100, 10, 100])
    assert_colours(read_clip(path, frames=4), [RED, BLUE, GREY, RED], atol=2)


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm"])
def test_variable_frame_rate_is_read_by_time_stamps(tmp_path, ending):
    """Red for 800 ms, then four quick frames; FFmpeg's muxers give the last one 50 or 100 ms."""
    frames = [filled(RED), filled(BLUE), filled(GREY), filled(BLUE), filled(GREY)]
    film = write_film(tmp_path / f"a{ending}", frames, [0, 800, 850, 900, 950])
    red = read_clip(film, frames=10)[:, 24, 32, 0] > 150
    assert red[:7].all() and not red[8:].any()


@pytest.mark.parametrize(("turned", "corner"), [(90, "left below"), (-90, "right above"), (180, "right below")])
def test_rotation_flag_is_applied(tmp_path, turned, corner):
    frame = filled(GREY)
    frame[:16, :16] = RED  # left above
    clip = read_clip(write_film(tmp_path / "a.mp4", [frame] * 3, turned=turned))
    assert clip.shape == ((3, 48, 64, 3) if turned == 180 else (3, 64, 48, 3))
    rows = slice(-12, -4) if "below" in corner else slice(4, 12)
    columns = slice(-12, -4) if "right" in corner else slice(4, 12)
    np.testing.assert_allclose(clip[1, rows, columns].mean((0, 1)), RED, atol=20)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_pixel_aspect_is_applied(tmp_path, ending):
    film = write_film(tmp_path / f"a{ending}", [filled(RED)] * 3, aspect=Fraction(4, 3))
    assert read_clip(film).shape == (3, 48, 85, 3)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "source"),
    [("ffv1", "gray16le", "gray16le"), ("ffv1", "rgb48le", "rgb48le"), ("ffv1", "gray", "gray")],
)
def test_deep_and_grey_videos_keep_their_levels(tmp_path, codec, pix_fmt, source):
    level = 25700 if "16" in source or "48" in source else 100
    shape = (48, 64, 3) if "rgb" in source else (48, 64)
    frame = np.full(shape, level, np.uint16 if level > 255 else np.uint8)
    film = write_film(tmp_path / "a.mkv", [frame] * 2, codec=codec, pix_fmt=pix_fmt, source=source)
    np.testing.assert_allclose(read_clip(film), 100, atol=2)


def test_transparent_video_lies_on_white(tmp_path):
    frame = np.zeros((48, 64, 4), np.uint8)
    frame[:, :32] = (*RED, 255)
    film = write_film(tmp_path / "a.mov", [frame] * 2, codec="png", pix_fmt="rgba", source="rgba")
    clip = read_clip(film)
    assert clip[0, 10, 50].tolist() == [255, 255, 255] and clip[0, 10, 10].tolist() == list(RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_depth_keep_their_levels(tmp_path, mode):
    level = 255 if mode == "1" else 100
    if mode == "I;16":
        picture = Image.fromarray(np.full((8, 8), 100 * 257, np.uint16))
    else:
        picture = Image.new("RGBA" if mode == "RGBA" else "RGB", (8, 8), (level,) * 3)
        picture = picture.quantize(2) if mode == "P" else picture.convert(mode)
    assert picture.mode == mode
    picture.save(tmp_path / "frame_0.png")
    np.testing.assert_array_equal(read_clip(tmp_path), level)


@pytest.mark.parametrize("ending", [".gif", ".webp", ".png"])
def test_transparent_animation_lies_on_white(tmp_path, ending):
    pictures = [Image.new("RGBA", (8, 8), (0, 0, 0, 0)) for _ in range(2)]
    for k, picture in enumerate(pictures):
        picture.paste((*RED, 255), (2 * k, 0, 2 * k + 2, 8))
    settings = {"disposal": 2} if ending == ".gif" else {"lossless": True} if ending == ".webp" else {"disposal": 1}
    clip = read_clip(write_animation(tmp_path / f"a{ending}", pictures, 100, **settings))
    assert clip[0, 4, 6].tolist() == [255, 255, 255] == clip[1, 4, 0].tolist()
    assert clip[1, 4, 2].tolist() == list(RED)


def test_photographs_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(filled(RED)).save(tmp_path / "1.jpg", exif=exif, quality=95)
    assert read_clip(tmp_path).shape == (1, 64, 48, 3)


@pytest.mark.parametrize("names", ["frame_{}.png", "frame_{:04}.png", "{}.jpg", "IMG_{:03}.JPG", "shot-{}.jpeg"])
@pytest.mark.parametrize("first", [0, 1])
def test_frames_may_be_numbered_and_called_otherwise(tmp_path, names, first):
    for k in range(12):
        level = np.full((8, 8, 3), 20 * k, np.uint8)
        Image.fromarray(level).save(tmp_path / names.format(first + k), quality=95)
    for hidden in ("._frame_1.png", ".DS_Store", "Thumbs.db"):
        (tmp_path / hidden).write_bytes(b"no picture")
    np.testing.assert_allclose(read_clip(tmp_path)[:, 4, 4, 0], np.arange(12) * 20, atol=3)


def test_frames_of_two_names_are_refused(tmp_path):
    for name in ("a_0.png", "b_0.png"):
        Image.fromarray(filled(RED)).save(tmp_path / name)
    with pytest.raises(ValueError, match="called 'a_', 'b_'"):
        read_clip(tmp_path)


def test_wide_clips_are_padded_cut_or_squeezed(tmp_path):
    frame = filled(GREY, 36, 64)
    frame[:, :8] = RED  # at the left end
    frame[10:26, 24:40] = BLUE
    film = write_film(tmp_path / "a.mp4", [frame] * 3)
    padded, cut, squeezed = (read_clip(film, size=64, fit=fit)[0].astype(int) for fit in ("pad", "crop", "squeeze"))
    np.testing.assert_allclose(padded[:13].mean((0, 1)), GREY, atol=8)  # the border's own colour, above
    np.testing.assert_allclose(padded[15:49, 1:7].mean((0, 1)), RED, atol=20)
    blue_height = [int((np.abs(clip - BLUE).sum(-1) < 90)[:, 30].sum()) for clip in (padded, cut, squeezed)]
    np.testing.assert_allclose(blue_height, [16, 28, 28], atol=2)
    assert np.abs(cut[:, :6] - RED).sum(-1).min() > 100 and np.abs(squeezed[30, 4] - RED).sum() < 60
    np.testing.assert_array_equal(read_clip(film, size=64), padded[None].repeat(3, 0))
    with pytest.raises(ValueError, match="fit must be pad, crop or squeeze, got 'stretch'"):
        read_clip(film, size=64, fit="stretch")


def test_long_clips_are_thinned_evenly(tmp_path):
    """More frames than are kept at once, their levels rising all the time."""
    pictures = [Image.fromarray(np.full((8, 8), k // 2, np.uint8)) for k in range(500)]
    path = write_animation(tmp_path / "a.gif", pictures, 20)
    levels = read_clip(path, frames=6, max_frames=60)[:, 4, 4, 0]
    np.testing.assert_allclose(levels, np.linspace(0, 249, 6), atol=8)
    with pytest.raises(ValueError, match="250 frames, at most 60 are read"):
        read_clip(path, max_frames=60)


def test_large_frames_are_reduced_one_by_one(tmp_path):
    film = write_film(tmp_path / "a.mp4", [filled(RED, 480, 640)] * 6)
    assert read_clip(film, frames=4, size=16, max_pixels=10**5).shape == (4, 16, 16, 3)
    with pytest.raises(ValueError, match="480"):
        read_clip(film, frames=4, max_pixels=10**5)


def test_more_than_can_be_decoded_is_read_from_the_begin(tmp_path):
    film = write_film(tmp_path / "a.mp4", [filled(RED)] * 5 + [filled(BLUE)] * 5)
    assert_colours(read_clip(film, frames=3, max_decoded_pixels=5 * 48 * 64), [RED] * 3)
    begin, whole = measure_clip(film, max_decoded_pixels=5 * 48 * 64), measure_clip(film)
    assert begin.frames == 5 and whole.frames == 10
    note = "1 too long for frames of their size: only the begin is used"
    assert note in describe_measures([begin], "pad") and note not in describe_measures([whole], "pad")


def test_files_of_half_a_gigabyte_are_refused(tmp_path):
    with open(tmp_path / "a.mp4", "wb") as file:
        file.truncate(500 * 10**6 + 1)
    with pytest.raises(ValueError, match=r"a\.mp4: it has 500 MB, at most 500 are read"):
        read_clip(tmp_path / "a.mp4")


def test_sound_without_pictures_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as film:
        stream = film.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        film.mux(stream.encode(sound))
        film.mux(stream.encode())
    with pytest.raises(ValueError, match="no video that can be decoded"):
        read_clip(tmp_path / "a.mp4")


def test_still_pictures_are_no_clips(tmp_path):
    Image.fromarray(filled(RED)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"an animated \.png"):
        read_clip(tmp_path / "a.png")
