"""Damaged files of every kind that clips and captions come in: a reason of one line, never a traceback or a hang.

`PYTHONPATH=.:tests python tests/campaigns/damaged_clips.py [2000]` prints a tally for each kind; `test_fuzz.py` tries a
few. Damage is bytes that are replaced, put in or taken out at several places, often in the header, and files cut off.
"""

import os
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from films import BLUE, CODECS, GREY, RED, filled, write_animation, write_film, write_sticker
from fuzz import try_inputs
from hypothesis import strategies as st
from PIL import Image

from t2v.data.archive import unpack
from t2v.data.check import check
from t2v.media.clips import measure_clip, read_clip, read_recipe, write_clip

HEADER_BYTES = 96


@st.composite
def damaged(draw, whole: bytes) -> bytes:
    """A file with one to three damages, or cut off."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        last = draw(st.sampled_from([min(HEADER_BYTES, len(data)), len(data), len(data)]))
        position = draw(st.integers(0, last))
        removed = draw(st.sampled_from([0, 1, 1, 2, 4, 64]))
        data[position : position + removed] = draw(st.binary(min_size=0, max_size=8))
    return bytes(data[: draw(st.sampled_from([len(data), len(data), len(data) // 2, draw(st.integers(0, len(data)))]))])


def write_corpus(folder: Path) -> list[Path]:
    """A whole file of every kind."""
    frames = [filled(colour, 24, 32) for colour in (RED, GREY, BLUE, RED)]
    pictures = [Image.fromarray(frame) for frame in frames]
    corpus = [write_film(folder / f"video{ending}", frames) for ending in CODECS]
    opaque = np.full((24, 32, 1), 255, np.uint8)
    corpus.append(write_sticker(folder / "sticker.webm", [np.dstack([frame, opaque]) for frame in frames]))
    for ending, settings in ((".gif", {}), (".webp", {"lossless": True}), (".png", {}), (".apng", {"format": "PNG"})):
        corpus.append(write_animation(folder / f"animation{ending}", pictures, 100, **settings))
    for ending in (".gif", ".webp", ".avi", ".mp4"):
        corpus.append(folder / f"ours{ending}")
        write_clip(corpus[-1], np.stack(frames), recipe={"prompt": "circle moving up"})
    corpus[-1] = corpus[-1].rename(folder / "called.gif")  # as chats do with an MP4
    return corpus


def read_clips(root: Path, times: int) -> Counter:
    """Clips alone: read, measured, and asked for their recipe."""
    (root / "corpus").mkdir()
    corpus, tally = write_corpus(root / "corpus"), Counter()
    for path in corpus:
        target = root / path.name

        def entry(data: bytes, target=target) -> None:
            target.write_bytes(data)
            read_clip(target, frames=4, size=16)
            measure_clip(target)
            read_recipe(target)

        tally += _tally(path.name, damaged(path.read_bytes()), entry, -(-times // len(corpus)))
    return tally


def read_folders(root: Path, times: int) -> Counter:
    """Folders with damaged captions, zips, and frames."""
    folder = root / "mine"
    (folder / "frames").mkdir(parents=True)
    clip = np.full((2, 8, 8, 3), 99, np.uint8)
    write_clip(folder / "a.gif", clip)
    write_clip(folder / "b.webp", clip)
    for k, ending in enumerate((".png", ".jpg", ".png")):
        Image.new("RGB", (8, 8)).save(folder / "frames" / f"frame_{k}{ending}")
    texts = {
        "metadata.csv": '\ufefffile_name;text\r\na.gif;it jumps\r\nb.webp;"it; runs"\r\nframes;it sleeps\r\n',
        "captions.jsonl": '{"file": "a.gif", "caption": ["it jumps", "up"]}\n{"file": "b.webp", "text": "it runs"}\n',
        "videos.txt": "a.gif\nb.webp\n",
        "prompts.txt": "it jumps\nit runs\n",
        "a.txt": "it jumps",
        "captions.csv": "файл;подпись\r\na.gif;она прыгает\r\nb.webp;бежит\r\n",
    }
    tally = Counter()
    for name, text in texts.items():

        def entry(data: bytes, name=name) -> None:
            (folder / name).write_bytes(data)
            assert check(folder).report()

        for other in ("videos.txt", "prompts.txt") if name in ("videos.txt", "prompts.txt") else ():
            (folder / other).write_text(texts[other])
        encoding = "cp1251" if name == "captions.csv" else "utf-8"
        tally += _tally(name, damaged(text.encode(encoding)), entry, times // 8)
        for other in texts:
            (folder / other).unlink(missing_ok=True)
    (folder / "frames.txt").write_text("it sleeps")
    for picture in ("frame_0.png", "frame_1.jpg"):
        whole = (folder / "frames" / picture).read_bytes()

        def entry(data: bytes, picture=picture) -> None:
            (folder / "frames" / picture).write_bytes(data)
            assert check(folder).report()

        tally += _tally(picture, damaged(whole), entry, times // 8)
        (folder / "frames" / picture).write_bytes(whole)
    with zipfile.ZipFile(root / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))

    def unpacked(data: bytes) -> None:
        (root / "damaged.zip").write_bytes(data)
        with tempfile.TemporaryDirectory() as position:
            unpack(root / "damaged.zip", Path(position) / "out")

    return tally + _tally("zip", damaged((root / "whole.zip").read_bytes()), unpacked, times // 8)


def _tally(name: str, strategy: st.SearchStrategy, entry: Callable[[bytes], None], times: int) -> Counter:
    tally = try_inputs(strategy, entry, max(1, times))
    print(f"{name}: {tally['result']} results, {tally['error']} errors", flush=True)
    return tally


def main(times: int = 2000) -> None:
    av.logging.set_level(av.logging.PANIC)
    with tempfile.TemporaryDirectory() as root:
        os.environ["T2V_CACHE"] = str(Path(root) / "cache")
        tally = read_clips(Path(root), times) + read_folders(Path(root), times)
    print(f"{sum(tally.values()):,} files: {tally['result']:,} results, {tally['error']:,} errors")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
