"""Dataset folders: what is written is read back, whatever happens in between; bad folders are named with their fix."""

import json
import os
import shutil
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from disks import full_disk

from t2v.config import FRAMES
from t2v.data import scenes
from t2v.data.clip_folder import ClipFolder
from t2v.data.folder import open_dataset
from t2v.data.grammar import GRAMMARS
from t2v.data.render import render
from t2v.data.writer import Portions, estimate, write_dataset
from t2v.media.clips import to_uint8, write_clip

SMALL = {"grammar": "shapes", "videos": 12, "frames": 3, "frame_size_px": 16, "seed": 5}
SMALL_CLIP_PIXELS = 3 * 16**2
# Progress is noted after every fifth clip, and clips are rendered two at a time.
FEW = Portions(chunk_pixels=5 * SMALL_CLIP_PIXELS, piece_pixels=2 * SMALL_CLIP_PIXELS)
LAYOUTS = ("frames", "packed")


def write(out, **changes):
    """A small dataset, without a bar; True when it is complete."""
    return write_dataset(out, **({"progress": lambda done, total: None, "portions": FEW} | SMALL | changes))


def rendered(i, *, grammar="shapes", frames=3, frame_size_px=16, seed=5):
    """Clip i and its caption, made one by one."""
    drawn, _, captions = scenes.sample(grammar, seed, torch.tensor([i]))
    return to_uint8(render(drawn, frames=frames, frame_size_px=frame_size_px))[0], captions[0]


def contents(folder):
    """Every file of a folder with its bytes, and every folder."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in Path(folder).rglob("*")}


def times_changed(folder):
    return {path: path.stat().st_mtime_ns for path in (Path(folder), *Path(folder).rglob("*"))}


def red_disc_going_left(frames=10, height=32, width=32):
    y, x = np.mgrid[:height, :width] + 0.5
    clip = np.full((frames, height, width, 3), 255, np.uint8)
    for k in range(frames):
        clip[k][np.hypot(x - width * (0.75 - 0.5 * k / (frames - 1)), y - height / 2) < 5] = (220, 40, 40)
    return clip


def centres_x(clip):
    """Where the middle of what is not white lies in each frame, as a share of the width."""
    ink = 255.0 - clip[..., 1]
    return (ink.sum(1) * (np.arange(clip.shape[2]) + 0.5)).sum(1) / ink.sum((1, 2)) / clip.shape[2]


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """One complete dataset of each layout; copy it before changing it."""
    folder = tmp_path_factory.mktemp("written")
    for layout in LAYOUTS:
        assert write(folder / layout, layout=layout, portions=Portions())
    return folder


# Writing


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_read_is_the_rendered_clip_bit_for_bit(written, layout):
    folder = open_dataset(written / layout)
    assert (len(folder), folder.frames, folder.frame_size_px) == (12, 3, 16)
    for i in range(12):
        clip, caption = rendered(i)
        assert folder[i].dtype == np.uint8
        np.testing.assert_array_equal(folder[i], clip)
        assert folder.captions[i] == caption


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("piece_pixels", [1, 2 * 16**2, 2 * SMALL_CLIP_PIXELS])
def test_pieces_of_a_frame_or_of_two_clips_give_the_same_bytes(written, tmp_path, layout, piece_pixels):
    write(tmp_path / "again", layout=layout, portions=FEW._replace(piece_pixels=piece_pixels))
    assert contents(tmp_path / "again") == contents(written / layout)


def test_red_stays_red_in_png_files_that_others_read(tmp_path):
    write(tmp_path / "d", grammar="classic", videos=3, frame_size_px=64)
    for i in range(3):
        frame = cv2.imread(str(tmp_path / f"d/video_{i}/frame_0.png"))[..., ::-1]  # BGR -> RGB
        assert tuple(frame.reshape(-1, 3)[frame[..., 1].argmin()]) == (220, 40, 40)


def test_frames_layout_is_the_tutorials_with_metadata(written):
    _, shown, captions = scenes.sample("shapes", 5, torch.arange(12))
    lines = [json.loads(line) for line in (written / "frames" / "metadata.jsonl").read_text().splitlines()]
    assert lines == [json.loads(line) for line in (written / "packed" / "metadata.jsonl").read_text().splitlines()]
    for i, (line, a, caption) in enumerate(zip(lines, shown, captions, strict=True)):
        names = sorted(path.name for path in (written / "frames" / f"video_{i}").iterdir())
        assert names == ["frame_0.png", "frame_1.png", "frame_2.png", "prompt.txt"]
        assert (written / "frames" / f"video_{i}" / "prompt.txt").read_text() == caption
        expected = {name: getattr(a, name) for name in ("shape", "motion", "size", "colour", "speed")}
        assert line == {"file_name": f"video_{i}", "text": caption, **expected}
        assert GRAMMARS["shapes"].parse(line["text"]).motion == line["motion"]
    assert any(line["size"] is None for line in lines) and all(line["colour"] for line in lines)


def test_metadata_of_classic_know_that_all_is_red(tmp_path):
    write(tmp_path / "d", grammar="classic", videos=2, layout="packed")
    lines = [json.loads(line) for line in (tmp_path / "d" / "metadata.jsonl").read_text().splitlines()]
    assert [line["colour"] for line in lines] == ["red", "red"]


def test_packed_is_one_numpy_file(written):
    videos = np.load(written / "packed" / "videos.npy")
    assert (videos.dtype, videos.shape) == (np.uint8, (12, 3, 16, 16, 3))


def test_fewer_videos_are_the_first_of_many(written, tmp_path):
    write(tmp_path / "few", videos=3, layout="packed")
    few, many = open_dataset(tmp_path / "few"), open_dataset(written / "packed")
    assert few.captions == many.captions[:3]
    np.testing.assert_array_equal(few[2], many[2])


def test_progress_counts_clips_off_standard_output(tmp_path, capsys):
    reports = []
    write(tmp_path / "a", progress=lambda done, total: reports.append((done, total)))
    assert reports == [(0, 12), (5, 12), (10, 12), (12, 12)]
    assert capsys.readouterr().err == ""
    write(tmp_path / "b", progress=None)
    out, err = capsys.readouterr()
    assert out == "" and "12/12" in err and "clips/s" in err


# Interruptions


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_stopped_write_goes_on_to_the_same_bytes(written, tmp_path, layout):
    stop, reports = threading.Event(), []
    stop.set()
    assert not write(tmp_path / "d", layout=layout, stop=stop)
    with pytest.raises(ValueError, match=r"unfinished \(5 of 12 clips\); run the same command again"):
        open_dataset(tmp_path / "d")
    assert not write(tmp_path / "d", layout=layout, stop=lambda: True)
    assert write(tmp_path / "d", layout=layout, progress=lambda done, total: reports.append(done))
    assert reports == [10, 12]
    assert contents(tmp_path / "d") == contents(written / layout)


class Killed(BaseException):
    pass


class Killer:
    """Ends the process's work at its n-th opening, making or renaming of a file under `folder`."""

    def __init__(self):
        self.folder, self.left = None, 0
        sys.addaudithook(self)  # cannot be taken off again, only be silent

    def __call__(self, event, args):
        if self.folder and event in ("open", "os.mkdir", "os.rename") and str(args[0]).startswith(self.folder):
            self.left -= 1
            if self.left == 0:
                self.folder = None
                raise Killed


@pytest.fixture(scope="session")
def killer():
    return Killer()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_killed_write_goes_on_to_the_same_bytes(tmp_path, killer, layout):
    portions = Portions(chunk_pixels=2 * 2 * 16**2, piece_pixels=2 * 16**2)
    settings = {"videos": 3, "frames": 2, "layout": layout, "portions": portions}
    write(tmp_path / "whole", **settings)
    whole = contents(tmp_path / "whole")
    deaths = 0
    while True:
        folder = tmp_path / f"killed_{deaths}"
        killer.folder, killer.left = str(folder), deaths + 1
        try:
            write(folder, **settings)
            break
        except Killed:
            deaths += 1
        finally:
            killer.folder = None
        with pytest.raises(ValueError, match=r"unfinished|There is no folder|holds no clips"):
            open_dataset(folder)
        assert write(folder, **settings)
        assert contents(folder) == whole, f"killed at file operation {deaths}"
    assert deaths > 10


def test_half_written_files_are_written_again(tmp_path):
    """What a real kill leaves: files cut off in the middle."""
    for layout in LAYOUTS:
        folder = tmp_path / layout
        write(folder, layout=layout, stop=lambda: True)
        (folder / "dataset.json.part").write_text("{")
        (folder / "metadata.jsonl.part").write_text('{"file')
        if layout == "frames":
            (folder / "video_5").mkdir()
            (folder / "video_5" / "frame_0.png").write_bytes(b"\x89PNG")
            (folder / "video_5" / "frame_1.png").write_bytes(bytes(1000))
        else:
            with open(folder / "videos.npy.part", "r+b") as file:
                file.seek(-3 * SMALL_CLIP_PIXELS, os.SEEK_END)
                file.write(b"rubbish")
        write(folder, layout=layout)
        write(tmp_path / f"{layout} at once", layout=layout)
        assert contents(folder) == contents(tmp_path / f"{layout} at once")


@pytest.mark.parametrize("linked", ["video_9", "video_9/frame_1.png"])
def test_no_link_in_an_unfinished_dataset_is_written_through(tmp_path, linked):
    folder, outside = tmp_path / "d", tmp_path / "outside"
    write(folder, stop=lambda: True)
    outside.mkdir()
    (folder / linked).parent.mkdir(exist_ok=True)
    (folder / linked).symlink_to(outside if linked == "video_9" else outside / "frame.png")
    with pytest.raises(OSError):
        write(folder)
    assert not list(outside.iterdir())


def test_a_disk_that_takes_half_a_picture_is_full(tmp_path):
    settings = {"videos": 2, "frame_size_px": 256}
    with pytest.raises(OSError), full_disk(1024):
        write(tmp_path / "d", **settings)
    with pytest.raises(ValueError, match="unfinished"):
        open_dataset(tmp_path / "d")
    assert write(tmp_path / "d", **settings)
    write(tmp_path / "at once", **settings)
    assert contents(tmp_path / "d") == contents(tmp_path / "at once")


# Refusals


def test_bad_arguments_are_told_together_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError) as error:
        bad = {"grammar": "cubes", "videos": 0, "frames": 241, "frame_size_px": 4, "seed": -1, "layout": "zip"}
        write_dataset(tmp_path / "new" / "d", **bad)
    for words in (
        "grammar must be classic or shapes or stories, got 'cubes'", "layout must be frames or packed, got 'zip'",
        "videos must be at least 1, got 0", "frames must be at most 240, got 241",
        "frame_size_px must be at least 8, got 4", "seed must be at least 0, got -1",
    ):  # fmt: skip
        assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "new").exists()


def test_a_dataset_larger_than_the_disk_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"needs about 75497\d\.\d GB and .* GB free; choose fewer videos"):
        write(tmp_path / "d", videos=1_000_000, frames=240, frame_size_px=1024, layout="packed")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("there", "changes", "message"),
    [
        ("complete", {}, "holds a complete dataset of 12 clips; choose a new folder"),
        ("complete", {"seed": 6}, "holds a complete dataset of 12 clips; choose a new folder"),
        ("unfinished", {"seed": 6, "frames": 4}, r"other settings \(frames 3, seed 5\); go on with those"),
        ("unfinished", {"layout": "packed"}, r"other settings \(layout frames\)"),
        ("foreign", {}, "is not empty and holds no dataset written here; choose a new folder"),
        ("somebody's dataset.json", {}, "is not empty and holds no dataset written here"),
        ("broken dataset.json", {}, "dataset.json is broken"),
        ("a file", {}, "is a file; choose another name"),
    ],
)
def test_what_stands_there_is_refused_and_left_alone(written, tmp_path, there, changes, message):
    folder = tmp_path / "d"
    if there == "complete":
        shutil.copytree(written / "frames", folder)
    elif there == "unfinished":
        write(folder, stop=lambda: True)
    elif there == "a file":
        folder.write_text("a")
    else:
        folder.mkdir()
        name = "holiday.png" if there == "foreign" else "dataset.json"
        (folder / name).write_text("{" if there == "broken dataset.json" else '{"labels": []}')
    before, times = contents(folder), times_changed(folder)
    with pytest.raises(ValueError, match=message) as error:
        write(folder, **changes)
    assert "\n" not in str(error.value)
    assert (contents(folder), times_changed(folder)) == (before, times)


def test_an_empty_folder_may_be_written_to(tmp_path):
    assert write(tmp_path, videos=1)
    assert len(open_dataset(tmp_path)) == 1


@pytest.mark.parametrize("frame_size_px", [16, 600])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_estimate_is_right_within_a_third(tmp_path, layout, frame_size_px):
    write(tmp_path / "d", layout=layout, frame_size_px=frame_size_px, videos=4)
    result = [path.stat().st_size if path.is_file() else 1 for path in (tmp_path / "d").rglob("*")]
    on_disk_bytes = sum(-(-size // 4096) * 4096 for size in result)
    files, size_bytes = estimate(4, 3, frame_size_px, layout)
    assert files == sum(path.is_file() for path in (tmp_path / "d").rglob("*"))
    assert size_bytes == pytest.approx(on_disk_bytes, rel=0.3)


# Reading


def test_a_folder_of_the_tutorials_is_read_in_natural_order(tmp_path):
    clip = red_disc_going_left()
    for i in range(11):
        (tmp_path / f"video_{i}").mkdir()
        (tmp_path / f"video_{i}" / "prompt.txt").write_text(f"circle number {i}\n")
        for k, frame in enumerate(clip):
            cv2.imwrite(str(tmp_path / f"video_{i}" / f"frame_{k}.png"), frame[..., ::-1])  # RGB -> BGR
    folder = open_dataset(tmp_path)
    assert folder.captions == [f"circle number {i}" for i in range(11)]
    np.testing.assert_array_equal(folder[10], clip)


def test_sizes_are_converted_alike_in_both_layouts(written):
    frames, packed = (open_dataset(written / layout, frame_size_px=8) for layout in LAYOUTS)
    original = open_dataset(written / "packed")
    assert (frames.frames, frames.frame_size_px) == (packed.frames, packed.frame_size_px) == (3, 8)
    for i in range(12):
        np.testing.assert_array_equal(frames[i], packed[i])
        blocks = original[i].reshape(3, 8, 2, 8, 2, 3).mean((2, 4))
        np.testing.assert_allclose(packed[i], blocks, atol=1)


@pytest.fixture
def films(tmp_path):
    """Video files of different length and size, with captions in metadata.csv."""
    folder = tmp_path / "films"
    (folder / "more").mkdir(parents=True)
    write_clip(folder / "a.gif", red_disc_going_left(10))
    write_clip(folder / "b.mp4", red_disc_going_left(16, width=48))
    write_clip(folder / "c.avi", red_disc_going_left(8, height=40), scale=2)
    write_clip(folder / "more" / "d.webp", red_disc_going_left(12))
    lines = ["file_name,text,by", 'a.gif,"red circle, small",me', "more/d.webp,four,", "c.avi,three,", "b.mp4, two ,"]
    (folder / "metadata.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")  # as a spreadsheet saves it
    return folder


def test_a_folder_of_video_files_is_read(films):
    folder = open_dataset(films, frame_size_px=16)
    assert folder.captions == ["red circle, small", "four", "three", "two"]
    for i in range(4):
        assert folder[i].shape == (FRAMES, 16, 16, 3)
        assert (np.diff(centres_x(folder[i])) <= 0).all()  # still goes left
        r, g, b = folder[i].reshape(-1, 3)[folder[i][..., 1].argmin()].astype(int)
        assert r > 190 and g < 90 and b < 90  # still red, whatever the codec


def test_metadata_in_json_lines_serve_as_well(films):
    (films / "metadata.csv").unlink()
    rows = [{"file_name": name, "text": name} for name in ("b.mp4", "a.gif", "c.avi")]
    (films / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    assert open_dataset(films, frame_size_px=16).captions == ["b.mp4", "a.gif", "c.avi"]


def test_films_of_any_length_become_clips_of_the_usual_one(films):
    folder = open_dataset(films)
    assert folder.frames == FRAMES and {folder[i].shape[0] for i in (0, 1)} == {FRAMES}


def test_films_of_another_size_are_refused_unless_converted(films):
    with pytest.raises(ValueError, match=r"c.avi has 10 frames of 64 x 80 px, .*a.gif has 10 frames of 32 x 32 px"):
        open_dataset(films)[2]


def test_clips_count_from_the_end_and_end(written):
    folder = open_dataset(written / "frames")
    np.testing.assert_array_equal(folder[-1], folder[11])
    with pytest.raises(IndexError):
        folder[12]
    assert len(list(folder)) == 12


@pytest.mark.parametrize("layout", LAYOUTS)
def test_clips_cannot_be_changed_by_mistake(written, layout):
    folder = open_dataset(written / layout)
    with pytest.raises(ValueError, match="read-only"):
        folder[0][0] = 0


def test_memory_for_decoded_clips_is_bounded():
    requests = []

    def read(i):
        requests.append(i)
        return np.full((2, 8, 8, 3), i, np.uint8)  # 384 bytes

    folder = ClipFolder(["a", "b", "c"], [Path("x")] * 3, read, cache_bytes=800)
    requests.clear()
    for _ in range(3):
        assert [int(folder[i].max()) for i in range(3)] == [0, 1, 2]
    assert requests == [0, 1, 2, 2, 2]  # two fit, the third is read each time


# Bad folders


def remove(name):
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def text(name, content):
    return lambda folder: (folder / name).write_text(content)


def cut_off(name, keep_bytes=60):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:keep_bytes])


def overwrite(name, position, byte):
    """Put one byte in the place of another."""

    def edit(folder):
        damaged = bytearray((folder / name).read_bytes())
        damaged[position] = byte
        (folder / name).write_bytes(damaged)

    return edit


def edit_line(name, number, line):
    """Replace a line (from 1), or take it out with None."""

    def edit(folder):
        lines = (folder / name).read_text(encoding="utf-8-sig").splitlines()
        lines[number - 1 : number] = [] if line is None else [line]
        (folder / name).write_text("\n".join(lines) + "\n")

    return edit


def array(value):
    return lambda folder: np.save(folder / "videos.npy", value)


def picture(name, height, width):
    return lambda folder: cv2.imwrite(str(folder / name), np.zeros((height, width, 3), np.uint8))


def both(*breaks):
    return lambda folder: [b(folder) for b in breaks]


def link(name, target):
    def replace(folder):
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return replace


TUTORIAL = both(remove("metadata.jsonl"), remove("dataset.json"))
BAD_FRAMES = {
    "frame missing": (remove("video_3/frame_1.png"), r"video_3/frame_1.png is missing; put it back"),
    "last frame missing": (remove("video_3/frame_2.png"), r"video_3/frame_2.png is missing; put it back"),
    "clip missing": (remove("video_3"), r"metadata.jsonl line 4: there is no .*video_3; put the clip there"),
    "png cut off": (cut_off("video_0/frame_1.png"), r"video_0: frame_1.png: .*; replace this clip"),
    "no png": (text("video_0/frame_1.png", "hello"), r"video_0: frame_1.png: .*; replace this clip"),
    "line missing": (edit_line("metadata.jsonl", 3, None), r"video_2 has no caption in metadata.jsonl; add one"),
    "line twice": (edit_line("metadata.jsonl", 3, '{"file_name": "video_0", "text": "a"}'), "names video_0 twice"),
    "no json": (edit_line("metadata.jsonl", 2, "{"), r"metadata.jsonl line 2 is not JSON .*; repair it"),
    "no object": (edit_line("metadata.jsonl", 2, "[1]"), r"metadata.jsonl line 2 must be .*, got \[1\]"),
    "no text": (edit_line("metadata.jsonl", 2, '{"file_name": "video_1"}'), r"metadata.jsonl line 2 has no caption"),
    "text no text": (edit_line("metadata.jsonl", 2, '{"file_name": "video_1", "text": 7}'), r"line 2 has no caption"),
    "no file_name": (edit_line("metadata.jsonl", 2, '{"text": "a"}'), r"metadata.jsonl line 2 has no file_name"),
    "metadata empty": (text("metadata.jsonl", ""), r"video_0 has no caption in metadata.jsonl"),
    "metadata no text": (lambda f: (f / "metadata.jsonl").write_bytes(b"\xff\xfe"), "is not UTF-8 text"),
    "metadata twice": (text("metadata.csv", "file_name,text"), "has both metadata.jsonl and metadata.csv; keep one"),
    "state broken": (text("dataset.json", "{"), "dataset.json is broken"),
    "tutorial, no prompt": (both(TUTORIAL, remove("video_10/prompt.txt")), "prompt.txt is missing; write into"),
    "tutorial, prompt too long": (
        both(TUTORIAL, text("video_10/prompt.txt", "a" * 1001)),
        r"video_10/prompt.txt: the caption has 1,001 characters; make it at most 1,000",
    ),
    "tutorial, prompt empty": (both(TUTORIAL, text("video_10/prompt.txt", " \n")), r"0/prompt.txt has no caption"),
    "tutorial, frame missing": (both(TUTORIAL, remove("video_3/frame_0.png")), r"video_3/frame_0.png is missing"),
    "tutorial, shorter": (
        both(TUTORIAL, remove("video_3/frame_2.png")),
        r"video_3 has 2 frames, .*video_0 has 3; make all clips equally long",
    ),
    "tutorial, no frames": (
        both(TUTORIAL, *(remove(f"video_3/frame_{k}.png") for k in range(3))),
        r"video_3/frame_0.png is missing",
    ),
    "oblong": (
        both(*(picture(f"video_0/frame_{k}.png", 16, 20) for k in range(3))),
        r"video_0 has 3 frames of 20 x 16 px, not square; give frame_size_px",
    ),
    "sizes mixed in a clip": (picture("video_0/frame_1.png", 20, 20), r"video_0: frame 1 has \(20, 20\) px"),
    "clip linked away": (link("video_3", "/tmp"), r"video_3 is a link that leads out of the dataset; copy"),
    "frame linked away": (link("video_3/frame_1.png", "/etc/hostname"), r"3/frame_1.png is a link that leads out"),
    "only text": (
        both(*(remove(f"video_{i}") for i in range(12)), TUTORIAL, text("a.txt", "")),
        "holds no clips; a dataset is",
    ),
}  # fmt: skip
BAD_PACKED = {
    "videos cut off": (cut_off("videos.npy", 5000), r"Cannot read .*videos.npy: .*; write the dataset again"),
    "videos empty": (cut_off("videos.npy", 0), r"Cannot read .*videos.npy"),
    "videos no array": (text("videos.npy", "hello, this is no array"), r"Cannot read .*videos.npy"),
    "videos with a broken header": (overwrite("videos.npy", 10, 0xFB), r"Cannot read .*videos.npy"),
    "float": (array(np.zeros((12, 3, 16, 16, 3))), r"videos.npy must be uint8 \(N, T, H, W, 3\), got float64 \(12"),
    "objects": (array(np.array([None])), r"Cannot read .*videos.npy"),
    "axes": (array(np.zeros((12, 3, 3, 16, 16), np.uint8)), r"got uint8 \(12, 3, 3, 16, 16\)"),
    "no clips": (array(np.zeros((0, 3, 16, 16, 3), np.uint8)), r"got uint8 \(0, 3, 16, 16, 3\)"),
    "oblong": (array(np.zeros((12, 3, 16, 20, 3), np.uint8)), r"20 x 16 px, not square; give frame_size_px"),
    "no captions": (remove("metadata.jsonl"), r"has no captions; write metadata.jsonl"),
    "line missing": (edit_line("metadata.jsonl", 3, None), r"metadata.jsonl has 11 captions for the 12 clips"),
    "line too many": (edit_line("metadata.jsonl", 3, '{"text": "a"}\n{"text": "a"}'), "has 13 captions for the 12"),
    "malformed line": (edit_line("metadata.jsonl", 12, "red circle"), r"metadata.jsonl line 12 is not JSON"),
    "caption empty": (edit_line("metadata.jsonl", 12, '{"text": ""}'), r"metadata.jsonl line 12 has no caption"),
    "caption too long": (
        edit_line("metadata.jsonl", 12, '{"text": "' + "a" * 1001 + '"}'),
        r"metadata.jsonl line 12: the caption has 1,001 characters; make it at most 1,000",
    ),
}  # fmt: skip
BAD_FILMS = {
    "no captions": (remove("metadata.csv"), r"a.gif has no caption; write metadata.csv with the columns"),
    "absolute": (edit_line("metadata.csv", 2, "/etc/a.gif,a,"), r"line 2: file_name '/etc/a.gif' must name a clip"),
    "upwards": (edit_line("metadata.csv", 2, "more/../../a.gif,a,"), r"line 2: file_name .* must name a clip"),
    "another drive": (edit_line("metadata.csv", 2, "C:\\a.gif,a,"), r"line 2: file_name .* must name a clip"),
    "upwards on Windows": (edit_line("metadata.csv", 2, "..\\a.gif,a,"), r"line 2: file_name .* must name a clip"),
    "linked away": (link("a.gif", __file__), r"a.gif is a link that leads out of the dataset; copy"),
    "linked folder": (link("more", Path(__file__).parent), r"line 3: there is no .*more/d.webp"),
    "linked folder of clips": (
        lambda folder: (folder / "more").symlink_to((folder / "more").rename(folder.parent / "away")),
        r"more/d.webp is a link that leads out of the dataset",
    ),
    "file missing": (remove("c.avi"), r"line 4: there is no .*c.avi; put the clip there or take out"),
    "line missing": (edit_line("metadata.csv", 4, None), r"c.avi has no caption in metadata.csv; add one"),
    "comma": (edit_line("metadata.csv", 4, "c.avi,red, small,,"), r"metadata.csv line 4 has other cells than line 1"),
    "too few cells": (edit_line("metadata.csv", 4, "c.avi"), r"metadata.csv line 4 has other cells than line 1"),
    "quote": (edit_line("metadata.csv", 5, 'b.mp4,"two'), r"metadata.csv line 5 is not CSV .*; repair it"),
    "no header": (edit_line("metadata.csv", 1, None), r"metadata.csv line 2 has no caption"),
    "other columns": (edit_line("metadata.csv", 1, "name,text,by"), r"metadata.csv line 2 has no file_name"),
    "no clip": (both(text("x.txt", "x"), edit_line("metadata.csv", 2, "x.txt,a,")), r"line 2: 'x.txt' is no clip; a"),
    "the folder itself": (edit_line("metadata.csv", 2, ".,a,"), r"line 2: file_name '.' must name a clip inside"),
    "film cut off": (cut_off("b.mp4", 900), r"b.mp4: .*; replace this clip or take it out"),
}  # fmt: skip


def refuses(folder, message, **conversion):
    with pytest.raises(ValueError, match=message) as error:
        list(open_dataset(folder, **conversion))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_bad_folder_of_frames(written, tmp_path, case):
    shutil.copytree(written / "frames", tmp_path / "d")
    BAD_FRAMES[case][0](tmp_path / "d")
    refuses(tmp_path / "d", BAD_FRAMES[case][1])


@pytest.mark.parametrize("case", BAD_PACKED)
def test_bad_packed_folder(written, tmp_path, case):
    shutil.copytree(written / "packed", tmp_path / "d")
    BAD_PACKED[case][0](tmp_path / "d")
    refuses(tmp_path / "d", BAD_PACKED[case][1])


@pytest.mark.parametrize("case", BAD_FILMS)
def test_bad_folder_of_video_files(films, case):
    BAD_FILMS[case][0](films)
    refuses(films, BAD_FILMS[case][1], frame_size_px=16)


def test_no_folder_no_clips_or_bad_wishes(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    refuses(tmp_path / "nowhere", r"There is no folder .*nowhere")
    refuses(tmp_path / "empty", r"empty holds no clips; a dataset is videos.npy, folders video_0")
    refuses(tmp_path / "file", r"file is a file; a dataset is a folder")
    refuses(tmp_path, "frame_size_px must be at most", frame_size_px=2000)
