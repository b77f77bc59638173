"""Nonsense for every public entry: `make fuzz` tries 2,000 inputs each and prints a tally.

`test_fuzz.py` tries a few. An input may give a result or one clear error: a ValueError of one line, or an answer of the
server that is no traceback. Hypothesis makes the inputs, from nothing and from a corpus of real ones, and fails what
takes more than five seconds.
"""

import contextlib
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from t2v.checkpoint.release import load_release
from t2v.data.folder import open_dataset
from t2v.data.grammar import GRAMMARS
from t2v.data.writer import write_dataset
from t2v.media.clips import write_clip

SLOWEST = timedelta(seconds=5)
TRAPS = [  # a corpus of what has hurt others
    *("", " ", "\0", "\n", "../../etc/passwd", "/etc/passwd", "C:\\x", "~", "%00", "<script>alert(1)</script>", "{}"),
    *("NaN", "null", "-", "--", "circle" * 100, "круг", "\u202e", "\ud800", "a" * 10_000, "${7*7}", "'; DROP TABLE"),
]
NUMBERS = [0, -1, 1, 2**31, 2**53, 2**63, 2**64, 10**400, 0.5, 1e308, float("nan"), float("inf"), True, None]
TEXT = st.one_of(st.sampled_from(TRAPS), st.text(max_size=300))
SCALAR = st.one_of(st.sampled_from(NUMBERS), st.integers(), st.floats(), st.booleans(), st.none(), TEXT)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=8
)
WORDS = sorted({word for grammar in GRAMMARS.values() for word in grammar.words})
CAPTIONS = st.sampled_from(GRAMMARS["classic"].captions) | st.sampled_from(GRAMMARS["shapes"].captions)
PROMPT = st.one_of(TEXT, CAPTIONS, st.lists(st.sampled_from(WORDS) | TEXT, max_size=10).map(" ".join))


def try_inputs(strategy: st.SearchStrategy, entry: Callable[[object], None], times: int) -> Counter:
    """How many inputs gave a result and how many an error; AssertionError, or what `entry` raised, for any other."""
    tally = Counter()

    @seed(0)
    @settings(max_examples=times, deadline=SLOWEST, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def check(value) -> None:
        try:
            entry(value)
            tally["result"] += 1
        except ValueError as error:
            text = str(error)
            assert text and "\n" not in text and "Traceback" not in text, text
            tally["error"] += 1

    check()
    return tally


@st.composite
def changed_json(draw, whole: dict) -> str:
    """A real JSON object with one value, at any depth, replaced or removed; or no JSON at all."""
    data = json.loads(json.dumps(whole))
    inside = data
    while True:
        key = draw(st.sampled_from(sorted(inside)))
        if not (isinstance(inside[key], dict) and inside[key]) or draw(st.booleans()):
            break
        inside = inside[key]
    if draw(st.booleans()):
        inside[key] = draw(JSON)
    else:
        del inside[key]
    return draw(st.sampled_from([json.dumps(data)] * 9 + ["", "[]", "{", "[" * 5_000]))


@st.composite
def changed_bytes(draw, corpus: list[bytes]) -> bytes:
    """A real file with a stretch of it replaced, and perhaps cut off; or anything."""
    whole = draw(st.sampled_from([*corpus, b""]))
    position = draw(st.integers(0, len(whole)))
    removed = draw(st.integers(0, 8))
    return (
        whole[:position]
        + draw(st.binary(max_size=16))
        + whole[position + removed : draw(st.integers(0, len(whole) + 99))]
    )


def parse(times: int) -> Counter:
    """Prompts and their beginnings, in both grammars."""
    tally = Counter()
    for grammar in GRAMMARS.values():

        def entry(prompt: str, grammar=grammar) -> None:
            grammar.parse(prompt)

        tally += try_inputs(PROMPT, entry, -(-times // len(GRAMMARS)))
    return tally


def load(root: Path, release: Path, times: int) -> Counter:
    """Release folders whose config or weights are not what they were."""
    folder = root / "release"
    shutil.copytree(release, folder)
    config, weights = json.loads((folder / "config.json").read_text()), (folder / "generator.safetensors").read_bytes()
    del config["config_sha256"]  # with it, each change would be found by the hash alone

    def with_config(text: str) -> None:
        (folder / "config.json").write_text(text)
        load_release(folder)

    def with_weights(data: bytes) -> None:
        (folder / "generator.safetensors").write_bytes(data)
        load_release(folder)

    tally = try_inputs(changed_json(config), with_config, times // 2)
    (folder / "config.json").write_text(json.dumps(config))
    return tally + try_inputs(changed_bytes([weights]), with_weights, times // 2)


def read_dataset(root: Path, times: int) -> Counter:
    """Folders with a changed file: metadata, state, frames, the packed clips."""
    made = {"grammar": "classic", "videos": 2, "frames": 2, "frame_size_px": 16}
    for layout in ("frames", "packed"):
        write_dataset(root / layout, layout=layout, progress=lambda *_: None, **made)
    films = root / "films"
    films.mkdir()
    for number in range(2):
        write_clip(films / f"{number}.gif", open_dataset(root / "frames")[number])
    (films / "metadata.csv").write_text("file_name,text\n0.gif,a cat\n1.gif,a dog\n")
    names = st.lists(st.tuples(TEXT, TEXT), max_size=3)
    rows = names.map(
        lambda message: "".join(json.dumps({"file_name": n, "text": t}) + "\n" for n, t in message).encode()
    )
    csv = names.map(
        lambda message: ("file_name,text\n" + "".join(f"{n},{t}\n" for n, t in message)).encode("utf-8", "replace")
    )
    paths = [root / "frames" / name for name in ("metadata.jsonl", "dataset.json", "video_0/frame_1.png")]
    paths += [root / "packed" / name for name in ("metadata.jsonl", "videos.npy")]
    paths += [films / "metadata.csv", films / "0.gif"]
    tally = Counter()
    for path in paths:
        folder = next(one for one in path.parents if one.parent == root)
        whole = path.read_bytes()

        def entry(data: bytes, path=path, folder=folder) -> None:
            path.write_bytes(data)
            clips = open_dataset(folder)
            for i in range(len(clips)):
                clips[i]

        made_up = {".jsonl": rows, ".csv": csv}.get(path.suffix, st.binary(max_size=100))
        tally += try_inputs(changed_bytes([whole]) | made_up, entry, -(-times // len(paths)))
        path.write_bytes(whole)
    return tally


def restore_recipe(root: Path, folders, times: int) -> Counter:
    """Uploads: any bytes under any known ending, and real files with any recipe inside."""
    from demo.studio import clip_files, clips

    clip = next(clips.draw(folders, prompt="red circle moving left", frames=2))
    corpus = [clip_files.save(clip, root, ending).read_bytes() for ending in (".gif", ".png", ".mp4", ".webp", ".zip")]
    endings = st.sampled_from([".gif", ".png", ".mp4", ".webp", ".avi", ".zip", ".txt", ""])

    def bytes_of(value: tuple[bytes, str]) -> None:
        path = root / f"upload{value[1]}"
        path.write_bytes(value[0])
        clip_files.fields_of(folders, path)

    def recipe_of(text: str) -> None:
        with contextlib.suppress(ValueError, RecursionError):  # no JSON, so it can be in no file of ours either
            write_clip(root / "recipe.gif", clip.frames, recipe=json.loads(text))
        fields, _ = clip_files.fields_of(folders, root / "recipe.gif")
        assert fields["frames"] / fields["fps"] > 0

    tally = try_inputs(st.tuples(changed_bytes(corpus), endings), bytes_of, times // 2)
    write_clip(root / "recipe.gif", clip.frames, recipe=clip.recipe)
    return tally + try_inputs(changed_json(clip.recipe), recipe_of, times - times // 2)


def call_endpoint(address: str, name: str, times: int) -> Counter:
    """A running server's endpoint: any JSON as its arguments, and any JSON as the whole request."""
    said_by_server = io.StringIO()
    arguments = st.tuples(PROMPT | JSON, *[JSON] * 4).map(list) if name == "generate" else st.tuples(JSON).map(list)
    bodies = st.one_of(
        arguments.map(lambda data: {"data": data}), st.lists(JSON).map(lambda data: {"data": data}), JSON
    )
    with httpx.Client(base_url=f"{address.rstrip('/')}/gradio_api", timeout=60) as client:

        def entry(body) -> None:
            requests = client.post(
                f"/call/{name}", content=json.dumps(body), headers={"Content-Type": "application/json"}
            )
            assert requests.status_code < 500 and "Traceback" not in requests.text, requests.text
            if requests.status_code != 200:
                raise ValueError(f"refused with {requests.status_code}")
            answer = client.get(f"/call/{name}/{requests.json()['event_id']}").text
            assert "Traceback" not in answer and "not foreseen" not in answer, (body, answer)
            if "event: error" in answer:
                raise ValueError("refused in words")

        with contextlib.redirect_stderr(said_by_server):
            tally = try_inputs(bodies, entry, times)
    ours = [line for line in said_by_server.getvalue().splitlines() if re.search(r'File ".*/(demo|t2v)/', line)]
    ours = [line for line in ours if not line.endswith("in process_api")]  # every call of the page passes through that
    assert ours == [], ours  # Gradio logs each call with the wrong number of arguments, which no code of ours sees
    return tally


def main(times: int = 2000) -> None:
    import faults

    from t2v.training.loop import train

    torch.set_num_threads(1)
    random.seed(0)
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        train(faults.TINY, root / "run", device="cpu")
        os.environ["GRADIO_TEMP_DIR"] = str(root / "served")
        from serving import served

        from demo.studio.workspace import Folders

        (root / "shipped").mkdir()
        shutil.copytree(root / "run" / "checkpoint", root / "shipped" / "shapes")
        folders = Folders(root / "shipped", root / "runs", root / "datasets", root / "visits")
        with served(folders) as address:
            campaign = {
                "parse": lambda: parse(times),
                "load": lambda: load(root, root / "run" / "checkpoint", times),
                "read a dataset": lambda: read_dataset(root / "data", times),
                "restore a recipe": lambda: restore_recipe(root, folders, times),
                "endpoint /generate": lambda: call_endpoint(address, "generate", times),
                "endpoint /vocabulary": lambda: call_endpoint(address, "vocabulary", times),
            }
            (root / "data").mkdir()
            for name, work in campaign.items():
                tally = work()
                print(
                    f"{name}: {sum(tally.values())} inputs, {tally['result']} results, {tally['error']} errors",
                    flush=True,
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
