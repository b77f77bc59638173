"""Faults, made on purpose: `make faults` runs each as often as the project promises and prints a tally.

`test_faults.py` runs the same a few times. A check that fails is an AssertionError.
"""

import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import tiny
import torch

from t2v import load
from t2v.checkpoint.release import load_discriminator, load_release
from t2v.checkpoint.state import load_state
from t2v.config import TrainConfig
from t2v.data.folder import open_dataset
from t2v.data.writer import write_dataset
from t2v.media.clips import read_clip, read_recipe, write_clip
from t2v.system.lock import LOCK, InUseError
from t2v.training import run_folder
from t2v.training.loop import train

TINY = replace(tiny.RECIPE, preview_every_steps=100)
STEPS = TINY.steps
CHILDREN = multiprocessing.get_context("forkserver")  # quick to begin, and free of this process's threads
CHILDREN.set_forkserver_preload(["t2v.training.loop", "torch._dynamo"])  # torch imports the latter late, and slowly
WRITES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")  # what Python's audit calls them


# --- Trainings that are killed


def train_and_die(run_dir: str, recipe: TrainConfig, resume: bool, deadly_operation: int | None) -> None:
    """Train, in a child process, up to file operation number `deadly_operation` in the run folder."""
    torch.set_num_threads(1)
    done = 0

    def watch(event: str, args: tuple) -> None:
        nonlocal done
        if event in WRITES and str(args[0]).startswith(run_dir):
            done += 1
            if done == deadly_operation:
                os.kill(os.getpid(), signal.SIGKILL)

    if deadly_operation is not None:
        sys.addaudithook(watch)
    try:
        train(recipe, run_dir, device="cpu", resume=resume)
    except FileNotFoundError:  # as `python -m t2v` ends
        sys.exit(2)


def begin(run_dir: Path, *, recipe: TrainConfig = TINY, resume: bool = False, deadly_operation: int | None = None):
    child = CHILDREN.Process(target=train_and_die, args=(str(run_dir), recipe, resume, deadly_operation))
    child.start()
    return child


def leftovers(run_dir: Path) -> list[Path]:
    """What should not stay: temporary files, half a release, a lock."""
    return [p for p in run_dir.rglob("*") if p.name.startswith(".") or p.name in ("checkpoint.new", "checkpoint.old")]


def check_after_death(run_dir: Path, whole: str) -> str:
    """Open what a killed training has left, go on with it, and compare its end with an undisturbed training's."""
    inside = "inside a write" if any(path.name != LOCK for path in leftovers(run_dir)) else "between writes"
    saved = (run_dir / "state.pt").is_file()
    if saved:
        before = load_state(run_dir / "state.pt")["gan"]["step"]
        assert load(run_dir)(["red circle moving left"]).shape == (1, 10, 16, 16, 3)
        assert load(run_dir).release.training["steps"] >= before  # the release is written first
        run_folder.read_status(run_dir), run_folder.read_metrics(run_dir)
        if before == STEPS:  # it died after its last save
            train(replace(TINY, steps=STEPS + 1), run_dir, device="cpu", resume=True)
            assert leftovers(run_dir) == []
            return f"{inside}, at the end"
    train(TINY, run_dir, device="cpu", resume=saved)
    assert load_release(run_dir / "checkpoint").weights_sha256 == whole, "the training went another way"
    assert leftovers(run_dir) == []
    assert [row["step"] for row in run_folder.read_metrics(run_dir)] == list(range(1, STEPS + 1))
    return f"{inside}, {'resumed' if saved else 'begun again'}"


def kill_trainings(root: Path, times: int, rng: random.Random) -> Counter:
    """Half of them at a random moment, half at a random file operation, where saves are much likelier to be hit."""
    began = time.monotonic()
    begin(root / "whole").join()
    seconds, whole = time.monotonic() - began, load_release(root / "whole" / "checkpoint").weights_sha256
    tally = Counter()
    while tally.total() < times:
        run_dir = root / "killed"
        deadly = rng.randrange(1, 91) if tally.total() % 2 else None  # a whole training makes 90
        child = begin(run_dir, deadly_operation=deadly)
        if deadly is None:
            child.join(rng.uniform(0, seconds))
            child.kill()
        child.join()
        if child.exitcode:  # it had not ended before
            tally[check_after_death(run_dir, whole)] += 1
        shutil.rmtree(run_dir, ignore_errors=True)
    return tally


def share_a_folder(root: Path) -> Counter:
    """A second training in a run folder is refused, until the first one is dead."""
    run_dir, tally = root / "shared", Counter()
    first = begin(run_dir, recipe=replace(TINY, steps=10_000))
    wait_until(lambda: (run_dir / "state.pt").is_file())
    try:
        train(replace(TINY, steps=10_000), run_dir, device="cpu", resume=True)
    except InUseError:
        tally["second training refused"] += 1
    first.kill()
    first.join()
    saved = load_state(run_dir / "state.pt")["gan"]["step"]
    train(replace(TINY, steps=saved + 1), run_dir, device="cpu", resume=True)
    tally["resumed after the first was killed"] += 1
    data = root / "shared data"
    write = partial(write_dataset, data, grammar="classic", videos=3, frames=3, frame_size_px=16)

    def meanwhile(done: int, total: int) -> None:
        try:
            write()
        except InUseError:
            tally["second writing of a dataset refused"] += 1

    assert write(progress=meanwhile) and leftovers(data) == []
    assert len(tally) == 3, tally
    return tally


def remove_under_a_training(root: Path) -> Counter:
    """It ends by itself, and does not make a part of its folder again."""
    run_dir = root / "removed"
    child = begin(run_dir, recipe=replace(TINY, steps=100_000))
    wait_until(lambda: (run_dir / "state.pt").is_file())
    while run_dir.exists():
        shutil.rmtree(run_dir, ignore_errors=True)
    child.join(60)
    assert child.exitcode == 2 and not run_dir.exists()
    return Counter({"ended, nothing made again": 1})


def make_nan(root: Path) -> Counter:
    """The training stops with a message, and the last good state stays."""
    run_dir = root / "nan"
    train(replace(TINY, steps=2), run_dir, device="cpu")
    good, weights = (run_dir / "state.pt").read_bytes(), load(run_dir).release.weights_sha256
    poisoned = load_state(run_dir / "state.pt")
    for weights_of_a_layer in poisoned["gan"]["generator"].values():
        weights_of_a_layer.fill_(torch.nan)
    torch.save(poisoned, run_dir / "state.pt")
    bad = (run_dir / "state.pt").read_bytes()
    try:
        train(TINY, run_dir, device="cpu", resume=True)
    except FloatingPointError as error:
        assert "last save is kept" in str(error)
    assert (run_dir / "state.pt").read_bytes() == bad and load(run_dir).release.weights_sha256 == weights
    (run_dir / "state.pt").write_bytes(good)
    assert train(TINY, run_dir, device="cpu", resume=True) == "finished"
    return Counter({"stopped in words, last state kept": 1})


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


# --- Disks that are full, and folders that cannot be written


@contextmanager
def small_disk(root: Path, *, size: str = "64m") -> Iterator[Path]:
    """A file system of its own. PermissionError where this process may not mount one."""
    target = root / "disk"
    target.mkdir(exist_ok=True)
    if shutil.which("mount") is None:
        raise PermissionError("there is no mount")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", target], capture_output=True)
    if done.returncode:
        raise PermissionError("only root mounts file systems")
    try:
        yield target
    finally:
        subprocess.run(["umount", target], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room that is left."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return filler


def refused_for_want_of_room(work: Callable[[], object]) -> None:
    """`work` must fail, and the page must have words for it."""
    from demo.ui.errors import in_words

    try:
        work()
    except (OSError, ValueError) as error:
        assert "disk" in in_words(error) and ("full" in in_words(error) or "GB free" in str(error)), error
    else:
        raise AssertionError("it fitted after all")


def fill_disks(root: Path) -> Counter:
    """During a dataset, a training and a generation: what was there before is intact, and all goes on with room."""
    tally = Counter()
    with small_disk(root) as disk:
        for layout in ("frames", "packed"):
            data = disk / layout
            write = partial(write_dataset, data, grammar="classic", videos=40, frames=3, frame_size_px=16)
            write = partial(write, layout=layout)
            fillers = []
            refused_for_want_of_room(lambda: write(progress=lambda done, total: fillers.append(fill(disk))))  # noqa: B023
            fillers[0].unlink()
            assert write(progress=lambda done, total: None) and len(open_dataset(data)) == 40
            tally[f"dataset, {layout}: told, then gone on with"] += 1
            shutil.rmtree(data)
        run_dir = disk / "run"
        train(replace(TINY, steps=2), run_dir, device="cpu")
        before = (run_dir / "state.pt").read_bytes()
        filler = fill(disk)
        refused_for_want_of_room(lambda: train(TINY, run_dir, device="cpu", resume=True))
        assert (run_dir / "state.pt").read_bytes() == before and load(run_dir) is not None
        sampler = load(run_dir)
        clip = sampler(["red circle moving left"])[0]
        for ending in (".gif", ".avi", ".mp4", ".webp", ".png", ""):
            refused_for_want_of_room(lambda: write_clip(disk / f"clip{ending}", clip, scale=8))  # noqa: B023
            tally["generation: told, nothing half-made"] += 1
        assert sorted(path.name for path in disk.iterdir()) == ["filler", "run"]
        filler.unlink()
        assert train(TINY, run_dir, device="cpu", resume=True) == "finished" and leftovers(run_dir) == []
        tally["training: told, state intact, resumed"] += 1
    return tally


def forbid_writing(root: Path) -> Counter:
    """Checkpoints that cannot be written are used all the same; a training into such a folder is refused."""
    from demo.studio import clips
    from demo.studio.workspace import Folders

    train(replace(TINY, steps=1), root / "run", device="cpu")
    with small_disk(root) as disk:
        shutil.copytree(root / "run" / "checkpoint", disk / "shapes")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        folders = Folders(disk, root / "runs", root / "datasets", root / "visits")
        assert len(clips.menu(folders)) == 1
        assert next(clips.draw(folders, prompt="red circle moving left")).frames.shape == (10, 16, 16, 3)
        try:
            train(TINY, disk / "new", device="cpu")
        except OSError as error:
            assert error.errno == errno.EROFS
    return Counter({"generated, training refused": 1})


# --- Files that are damaged


def damaged(data: bytes, places: int, rng: random.Random) -> Iterator[bytes]:
    """`data` with one bit changed, and `data` cut off, at so many random places each."""
    for _ in range(places):
        position = rng.randrange(len(data))
        yield data[:position] + bytes([data[position] ^ 1 << rng.randrange(8)]) + data[position + 1 :]
        yield data[: rng.randrange(len(data))]


def same(a, b) -> bool:
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def read_release(folder: Path) -> list:
    release = load_release(folder)
    return [release.generator.state_dict(), release.vocabulary.words, release.grammar, release.training]


def read_dataset(folder: Path) -> None:
    """All of it; clips of other colours or other captions are harmless, as nobody can tell what was meant."""
    clips = open_dataset(folder)
    [clips[i] for i in range(len(clips))]


def look_at_run(folders, name: str) -> None:
    """What the page shows of a run and of its checkpoint."""
    from demo.studio import clips
    from demo.train import run_view

    run_view.view(folders, name, None, None, {})
    clips.menu(folders)


def read_discriminator(release: Path) -> dict:
    network = load_discriminator(release)
    return {} if network is None else network.state_dict()


def damage_files(root: Path, places: int, rng: random.Random) -> Counter:
    """Each artefact at so many places: refused with a ValueError, or harmless."""
    from demo.studio.workspace import Folders
    from demo.train import processes

    data, folders = root / "data", Folders(root / "none", root / "runs", root / "datasets", root / "visits")
    run_dir, release = root / "runs" / "run", root / "runs" / "run" / "checkpoint"
    train(replace(TINY, steps=2), run_dir, device="cpu")
    for layout in ("frames", "packed"):
        made = {"grammar": "classic", "videos": 2, "frames": 3, "frame_size_px": 16}
        write_dataset(data / layout, layout=layout, progress=lambda *_: None, **made)
    clip = load(run_dir)(["red circle moving left"])[0]
    for ending in (".gif", ".png", ".mp4", ".webp", ".avi"):
        write_clip(root / f"clip{ending}", clip, recipe={"prompt": "red circle moving left"})
    artefacts = [(release / name, lambda: read_release(release), True) for name in ("config.json", WEIGHTS)]
    artefacts.append((release / "discriminator.safetensors", lambda: read_discriminator(release), True))
    artefacts.append((run_dir / "state.pt", lambda: load_state(run_dir / "state.pt"), True))
    launches = run_dir.parent / ".launches"  # what the page notes of a training that it has begun
    launches.mkdir()
    for name, note in (
        ("run.json", {"pid": os.getpid(), "began": time.time(), "data": None, "minutes": 9.5}),
        ("run.exit", {"pid": os.getpid(), "exit_code": -9}),
    ):
        (launches / name).write_text(json.dumps(note))
        artefacts.append((launches / name, lambda: processes.read_run(folders, "run"), False))
    for name in ("status.json", "metrics.jsonl", "config.json", "checkpoint/config.json", "checkpoint/metrics.json"):
        artefacts.append((run_dir / name, lambda: look_at_run(folders, "run"), False))
    for name in ("metadata.jsonl", "dataset.json", "video_0/frame_1.png", "video_0/prompt.txt"):
        artefacts.append((data / "frames" / name, lambda: read_dataset(data / "frames"), False))
    for name in ("metadata.jsonl", "videos.npy"):
        artefacts.append((data / "packed" / name, lambda: read_dataset(data / "packed"), False))
    for ending in (".gif", ".png", ".mp4", ".webp"):
        artefacts.append((root / f"clip{ending}", partial(read_recipe, root / f"clip{ending}"), False))
    for ending in (".gif", ".mp4", ".webp", ".avi"):
        artefacts.append((root / f"clip{ending}", partial(read_clip, root / f"clip{ending}"), False))
    tally = Counter()
    for path, read, exact in artefacts:
        whole = path.read_bytes()
        meant = read()
        for broken in damaged(whole, places, rng):
            path.write_bytes(broken)
            try:
                got = read()
                assert not exact or same(got, meant), f"{path} was read wrong in silence"
                tally["harmless"] += 1
            except ValueError as error:
                assert "\n" not in str(error), error
                tally["refused"] += 1
        path.write_bytes(whole)
    return Counter({f"{len(artefacts)} artefacts": 1}) + tally


WEIGHTS = "generator.safetensors"


def main() -> None:
    torch.set_num_threads(1)
    rng = random.Random(0)
    campaign = {
        "killed at 30 random moments": lambda root: kill_trainings(root, 30, rng),
        "two writers": share_a_folder,
        "folder removed": remove_under_a_training,
        "NaN": make_nan,
        "disk full": fill_disks,
        "read-only checkpoints": forbid_writing,
        "damaged at 200 places": lambda root: damage_files(root, 200, rng),
    }
    failed = 0
    for name, work in campaign.items():
        with tempfile.TemporaryDirectory() as root:
            try:
                tally = ", ".join(f"{what} {times}" for what, times in sorted(work(Path(root)).items()))
            except PermissionError as error:
                tally = f"left out: {error}"
            except AssertionError as error:
                failed += 1
                tally = f"FAILED: {error}"
        print(f"{name}: {tally}", flush=True)
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
