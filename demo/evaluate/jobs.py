"""Measurements of checkpoints: what their folders say, and new ones, which can be watched and stopped."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from demo.locale.translate import _
from demo.studio.clips import find_sampler
from demo.studio.workspace import Folders, find_checkpoints, pick
from t2v.config import MAX_SEED, raise_if, range_problem
from t2v.system.messages import value_error

CLIPS_BOUNDS = (20, 1000)  # of trained prompts, and as many of held-out ones; the command line takes more
CLIPS = 60  # some seconds on two cores
SHOWN_FAILURES = 12
LISTEN_SECONDS = 0.5


class Stopped(Exception):
    """The visitor has had enough."""


def published(folders: Folders, checkpoint: str) -> dict | None:
    """What `evaluate --publish` put into the folder, None where nothing. ValueError when it cannot be read."""
    from t2v.system.files import read_json

    path = pick(find_checkpoints(folders), checkpoint, "checkpoint") / "metrics.json"
    metrics = read_json(path) if path.is_file() else {}
    if not metrics:
        return None
    if not isinstance(metrics.get("seen"), dict) or "accuracy" not in metrics["seen"]:
        raise value_error("metrics.json of {checkpoint} holds no measurement of this project.", checkpoint=checkpoint)
    return metrics


def measure(
    folders: Folders, checkpoint: str, *, clips: int, seed: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, int, dict | None]]:
    """Evaluate a checkpoint with both readers: yields (done, of, None) again and again, and (of, of, result) at last.

    It ends early, without a result, soon after `stop()` says so or the caller closes the iterator. ValueError for bad
    settings, and for a checkpoint that cannot be measured.
    """
    from t2v.evaluation.evaluate import evaluate
    from t2v.evaluation.learned.network import load_reader

    raise_if(range_problem("clips", clips, *CLIPS_BOUNDS) + range_problem("seed", seed, 0, MAX_SEED))
    sampler, network = find_sampler(folders, checkpoint, device=folders.limits.device), load_reader()
    reports: queue.SimpleQueue = queue.SimpleQueue()
    left = threading.Event()

    def progress(done: int, of: int) -> None:
        if left.is_set() or stop():
            raise Stopped
        reports.put((done, of, None))

    def work() -> None:
        try:
            result = evaluate(sampler, clips=clips, seed=seed, network=network, progress=progress)
            reports.put((1, 1, result))
        except Exception as error:
            reports.put(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    done, of = 0, 1
    try:
        while True:
            try:
                report = reports.get(timeout=LISTEN_SECONDS)
            except queue.Empty:
                if stop():
                    return
                report = (done, of, None)
            if isinstance(report, Stopped):
                return
            if isinstance(report, Exception):
                raise report
            done, of, result = report
            yield report
            if result is not None:
                return
    finally:
        left.set()
        worker.join()  # it ends after the clips in hand; a process that ends under it would crash


def failed_clips(folders: Folders, checkpoint: str, result: dict, out_dir: Path) -> list[tuple[Path, str]]:
    """Some of the clips that a reader found wrong, made again as GIFs in `out_dir`, with what was asked and read."""
    from demo.studio import clip_files, clips

    failures = [failure for part in ("seen", "held_out") for failure in result[part].get("failures", [])]
    step = max(1, -(-len(failures) // SHOWN_FAILURES))
    shown = []
    for failure in failures[::step]:
        drawn = next(clips.draw(folders, prompt=failure["prompt"], seed=failure["seed"], checkpoint=checkpoint))
        shown.append((clip_files.save_thumbnail(drawn, out_dir / "failures"), say_failure(failure)))
    return shown


def say_failure(failure: dict) -> str:
    """`large red circle moving left (seed 3): geometric reader: moving right; network reader: moving up`"""
    words = {
        reader: ", ".join(
            _("no {name} found", name=_(name)) if word == "none" else word for name, word in wrong.items()
        )
        for reader, wrong in failure["wrong"].items()
    }
    if len(set(words.values())) == 1 and len(words) == 2:
        read = _("both readers: {words}", words=next(iter(words.values())))
    elif len(words) == 2:
        read = _("geometric reader: {geometric}; network reader: {network}", **words)
    else:
        reader, words_read = next(iter(words.items()))
        if reader == "geometric":
            read = _("geometric reader: {words} (network reader agrees with the prompt)", words=words_read)
        else:
            read = _("network reader: {words} (geometric reader agrees with the prompt)", words=words_read)
    return _("{prompt} (seed {seed}): {read}", prompt=failure["prompt"], seed=failure["seed"], read=read)
