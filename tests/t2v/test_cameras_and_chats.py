"""Files as telephones, cameras and chats make them: read as players show them, on files made here."""

import struct

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from films import BLUE, GREY, RED, filled, write_animation, write_film, write_sticker
from PIL import Image

from t2v.data.check import check
from t2v.media.clips import measure_clip, read_clip

WHITE = (255, 255, 255)
HDR = {"smpte2084": 0.58, "arib-std-b67": 0.75}  # signal of the reference white (ITU-R BT.2408)


def test_stickers_of_chats_keep_their_alpha(tmp_path):
    """VP8 and VP9, whose alpha is a second film inside the first."""
    frame = np.zeros((48, 64, 4), np.uint8)
    frame[:, :32] = (*RED, 255)
    for codec in ("libvpx", "libvpx-vp9"):
        path = write_sticker(tmp_path / f"{codec}.webm", [frame] * 3, codec=codec)
        clip = read_clip(path)
        np.testing.assert_allclose(clip[1, 10, 10], RED, atol=8)
        assert clip.shape == (3, 48, 64, 3) and clip[1, 10, 50].tolist() == list(WHITE)
        assert measure_clip(path).seconds == pytest.approx(0.3, abs=0.01)


def write_hdr(path, colour, transfer):
    """A 10-bit film in BT.2020, as telephones make them; `colour` as its signal in [0, 1]."""
    with av.open(str(path), "w") as film:
        colours = {"color_primaries": "bt2020", "color_trc": transfer, "colorspace": "bt2020nc"}
        stream = film.add_stream("libx264", rate=10, options=colours | {"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        for _ in range(2):
            levels = (np.tile(np.array(colour), (48, 64, 1)) * 65535).astype(np.uint16)
            frame = av.VideoFrame.from_ndarray(levels, format="rgb48le")
            film.mux(stream.encode(frame.reformat(format="yuv420p10le", dst_colorspace=Colorspace.BT2020)))
        film.mux(stream.encode())
    return path


@pytest.mark.parametrize("transfer", HDR)
def test_wide_range_is_brought_to_the_screens(tmp_path, transfer):
    """Read as if it were of usual range, paper is grey and all is pale."""
    paper, highlight, red = (HDR[transfer],) * 3, (0.95,) * 3, (HDR[transfer], 0.1, 0.1)
    read = [read_clip(write_hdr(tmp_path / "a.mp4", colour, transfer))[0, 24, 32] for colour in (paper, highlight, red)]
    assert read[0].min() >= 225 and np.ptp(read[0]) < 6
    assert read[1].min() > read[0].max() and read[1].min() > 245
    assert read[2][0] > 200 and read[2][1:].max() < 40  # BT.2020's red is beyond any screen's


def test_high_definition_that_says_no_colours_is_bt709(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        frame = av.VideoFrame.from_ndarray(filled(RED, 720, 1280), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
        frame.colorspace, frame.color_range = 2, 0  # not said
        film.mux(stream.encode(frame))
        film.mux(stream.encode())
    np.testing.assert_allclose(read_clip(tmp_path / "a.mp4")[0, 300, 300], RED, atol=6)


def test_the_film_is_read_and_not_its_small_picture(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as film:
        cover, stream = film.add_stream("mjpeg", rate=10), film.add_stream("libx264", rate=10)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        film.mux(cover.encode(av.VideoFrame.from_ndarray(filled(BLUE, 32, 32), format="rgb24")))
        film.mux(cover.encode())
        for _ in range(3):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(filled(RED), format="rgb24")))
        film.mux(stream.encode())
    assert measure_clip(tmp_path / "a.mkv")[:3] == (3, 64, 48)


SWAPPED = {
    "WebP called GIF": (".webp", ".gif"),
    "MP4 called GIF": (".mp4", ".gif"),
    "MP4 called AVI": (".mp4", ".avi"),
    "GIF called MP4": (".gif", ".mp4"),
    "APNG called WebP": (".apng", ".webp"),
    "MKV called MP4": (".mkv", ".mp4"),
}


@pytest.mark.parametrize("case", SWAPPED)
def test_clips_under_another_kinds_name_are_read(tmp_path, case):
    """As web pages and chats save them; players look at what is inside, too."""
    ending, name = SWAPPED[case]
    frames = [filled(RED), filled(BLUE), filled(GREY)]
    if ending in (".webp", ".gif", ".apng"):
        settings = {"format": "PNG"} if ending == ".apng" else {}
        path = write_animation(tmp_path / f"it jumps{ending}", [Image.fromarray(f) for f in frames], 100, **settings)
    else:
        path = write_film(tmp_path / f"it jumps{ending}", frames)
    path = path.rename(path.with_suffix(name))
    clip = read_clip(path)
    np.testing.assert_allclose(clip[:, 24, 32], [RED, BLUE, GREY], atol=12)
    mended = check(tmp_path).mended
    assert (
        len(mended) == 1 and mended[0].where == path.name and "whatever its name says; read as that" in mended[0].what
    )


def gif_of_parts(path, parts, size_px=8):
    """A GIF of frames (left, top, width, height, colour, disposal) over RED, BLUE, GREY and WHITE; background RED."""

    def packed(count, colour):
        codes, bits, filled_bits = [], 0, 0
        for code in [4, *(c for _ in range(count) for c in (colour, 4)), 5]:  # 4 clears the table, 5 ends
            bits |= code << filled_bits
            filled_bits += 3
            while filled_bits >= 8:
                codes.append(bits & 255)
                bits, filled_bits = bits >> 8, filled_bits - 8
        data = bytes([*codes, bits & 255])
        return (
            b"\2"
            + b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
            + b"\0"
        )

    data = b"GIF89a" + struct.pack("<HHBBB", size_px, size_px, 0x91, 0, 0) + bytes([*RED, *BLUE, *GREY, *WHITE])
    for left, top, width, height, colour, disposal in parts:
        data += b"!\xf9\x04" + bytes([disposal << 2]) + struct.pack("<H", 10) + b"\0\0"
        data += b"," + struct.pack("<HHHHB", left, top, width, height, 0) + packed(width * height, colour)
    path.write_bytes(data + b";")
    return path


def test_parts_of_a_gif_are_put_together(tmp_path):
    """Disposal 1 keeps a frame, 2 clears it, 3 brings back what was before."""
    parts = [(0, 0, 8, 8, 0, 1), (0, 0, 4, 4, 1, 3), (4, 4, 4, 4, 2, 2), (0, 0, 2, 2, 1, 1)]
    clip = read_clip(gif_of_parts(tmp_path / "a.gif", parts))
    assert [frame[3, 3].tolist() for frame in clip] == [list(c) for c in (RED, BLUE, RED, RED)]
    assert [frame[6, 6].tolist() for frame in clip] == [list(c) for c in (RED, RED, GREY, WHITE)]
    assert [frame[1, 1].tolist() for frame in clip] == [list(c) for c in (RED, BLUE, RED, BLUE)]


def test_what_a_gif_never_draws_is_transparent(tmp_path):
    """Browsers ignore the background colour, here red."""
    clip = read_clip(gif_of_parts(tmp_path / "a.gif", [(2, 2, 4, 4, 1, 1), (4, 4, 4, 4, 2, 1)]))
    assert [frame[0, 0].tolist() for frame in clip] == [list(WHITE)] * 2
    assert [frame[7, 7].tolist() for frame in clip] == [list(WHITE), list(GREY)]
    assert [frame[3, 3].tolist() for frame in clip] == [list(BLUE)] * 2


@pytest.mark.parametrize("ending", [".gif", ".webp", ".mp4", ".png"])
def test_clips_of_one_frame_are_said_to_stand_still(tmp_path, ending):
    path = tmp_path / f"it stands{ending}"
    if ending == ".mp4":
        write_film(path, [filled(RED)])
    else:
        pictures = [Image.fromarray(filled(RED))]
        write_animation(path, pictures * 2 if ending == ".png" else pictures, 0)
    note = "1 with a single frame: nothing moves in them"
    if ending == ".png":  # a still picture is no clip, and one frame of an animation is none either
        with pytest.raises(ValueError, match="a clip is a"):
            check(tmp_path)
    else:
        assert note in check(tmp_path).report() and read_clip(path, frames=4).shape == (4, 48, 64, 3)


def test_damage_is_told_without_error_numbers(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", options={"movflags": "frag_keyframe+empty_moov"}) as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(filled(RED), format="rgb24")))
        film.mux(stream.encode())
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(ValueError, match=r"a\.mp4: Invalid data found when processing input$"):
        read_clip(path)
