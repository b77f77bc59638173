"""The training loop: it reads like the algorithm, and everything it learns goes into the run folder."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from t2v.checkpoint.release import Release
from t2v.checkpoint.state import clear_leftovers
from t2v.config import AUGMENTED_CLIPS, TrainConfig
from t2v.data.archive import opened
from t2v.data.batches import SceneStream, preview_prompts, words_of
from t2v.data.clip_folder import ClipFolder
from t2v.data.folder import open_dataset
from t2v.data.folder_stream import FolderStream
from t2v.data.grammar import things_of
from t2v.data.rehearsal import Rehearsal
from t2v.data.suitability import suitability
from t2v.data.things import sprites_of, with_things_of
from t2v.data.vocabulary import Vocabulary
from t2v.evaluation.copying import copying
from t2v.gan.cuda_graph import fast_updates
from t2v.gan.make import make_gan
from t2v.presets import TEACH
from t2v.sampler import Sampler
from t2v.system import distributed
from t2v.system.device import pick_device, use_fast_arithmetic
from t2v.system.files import read_json, write_json
from t2v.system.lock import sole_writer
from t2v.system.memory import keep_freed_memory
from t2v.system.messages import join
from t2v.system.threads import Threads, crowding, fit_threads
from t2v.training import own
from t2v.training.resume import check_new, recipe_of_run, state_to_resume
from t2v.training.run import Run
from t2v.training.run_folder import stop_requested
from t2v.training.teach import Start, begin_from, find_things, own_words

DATA_REPORT = "data.json"  # in the run's folder: how somebody's own clips were understood


def train(
    config: TrainConfig,
    run_dir: str | os.PathLike,
    *,
    data: str | os.PathLike | None = None,
    device: str = "auto",
    max_minutes: float | None = None,
    resume: bool = False,
    adapt_threads: bool = False,
    start: Start | None = None,
    chosen: Collection[str] = (),
) -> str:
    """Train until `config.steps`, a stop file, Ctrl-C or `max_minutes`; returns the final state's name.

    The state is `finished` or `stopped`; both are saved completely. With `resume` the run in `run_dir` goes on as if
    it had never stopped, but for last bits on a GPU or with another number of threads, and on a device of another kind
    with new noise; its config must be the same except for `RESUME_MAY_CHANGE`. `data` is a dataset folder; without one,
    scenes are rendered endlessly. With a `start` training begins with its networks, which keep what they know of the
    config's grammar or of `data`; new words are added. Preset `own` takes size, layers, keyframes and steps from the
    clips, where they are as the preset has them and not among the settings that somebody has `chosen`. With
    `adapt_threads` a training on processors computes on as many threads as have one each at the moment: faster beside
    other programs, with other last bits.

    Raises ValueError for bad input before anything is written (for a clip of `data` that cannot be read when it is met,
    with everything saved), OSError when the folder cannot be written, FloatingPointError when a loss is no number any
    more: the last good state is kept. Refused while another training writes to `run_dir`.
    """
    if max_minutes is not None and not (math.isfinite(max_minutes) and max_minutes > 0):
        raise ValueError(f"max_minutes must be more than 0, got {max_minutes}")
    if config.preset == "own" and data is None:
        raise ValueError("Preset 'own' has no scenes of its own; name a folder of clips with --data.")
    fit_threads()
    run_dir, picked = Path(run_dir), distributed.join(pick_device(device))
    if run_dir.exists() and not run_dir.is_dir():
        raise ValueError(f"{run_dir} is a file; name a folder for the run.")
    with sole_writer(run_dir) if distributed.rank() == 0 else nullcontext():
        crowded = crowding()
        keep_freed_memory()
        use_fast_arithmetic(picked)
        run, notes, report = _prepare(config, run_dir, data, picked, resume=resume, start=start, chosen=chosen)
        # ranks also wait for one another, which looks like having no processor
        adapts = adapt_threads and picked.type == "cpu" and distributed.ranks() == 1
        threads: AbstractContextManager = Threads(run.log) if adapts else nullcontext()
        deadline = math.inf if max_minutes is None else time.monotonic() + 60 * max_minutes
        with closing(run.stream), _signals_as_stop() as interrupted, run:
            if run.writes and report is not None:
                write_json(run_dir / DATA_REPORT, report)
            for message in (crowded, *notes):
                if run.writes and message:
                    run.log(message)
            run.stream.tell = run.tell
            _take_steps(run, threads, is_over=lambda: interrupted.is_set() or time.monotonic() > deadline)
        return run.state


def _prepare(
    config: TrainConfig,
    run_dir: Path,
    data: str | os.PathLike | None,
    device: torch.device,
    *,
    resume: bool,
    start: Start | None,
    chosen: Collection[str],
) -> tuple[Run, list[str | None], dict | None]:
    """The run with its first weights, or those that it goes on from; what to log; and how somebody's own clips were
    understood, None where that is known. Nothing is written yet: other ranks may still look at the folder."""
    if distributed.rank() == 0:
        clear_leftovers(run_dir)
    folder = None if data is None else _open_folder(data, config)
    config, prospect = _suit(config, folder, recipe_of_run(run_dir), chosen)
    config = config if data is None or start is not None else with_things_of(opened(data), config)
    if folder is not None or config.model.layers < 2:
        config = replace(config, alone_until_step=0)  # nobody can draw these scenes anew with one thing
    state = state_to_resume(run_dir, config, device) if resume else None
    if not resume:
        check_new(run_dir)
    notes = _compare_with_before(run_dir, folder, resume=resume)

    grammar, vocabulary = words_of(config, folder)
    if start is not None and folder is not None and (words := own_words(start, grammar, config, folder)):
        grammar, vocabulary = None, words
    given = () if start is None else (start.things, start.release.things)
    pictures = find_things(config.grammar, *given, folders=(data, run_dir))
    gan = make_gan(config, vocabulary, device=device)
    stream = _make_stream(config, vocabulary, folder, grammar, pictures, teach=start is not None, device=device)
    stream.tell = notes.append  # until there is a log
    kept = {name: pictures[name] for name in (things_of(grammar) if grammar else ())}
    release = Release(config.preset, config.model, grammar, vocabulary, {}, gan.generator_ema, things=kept)
    run = Run(run_dir, config, gan, stream, Sampler(release, device=device), preview_prompts(grammar, folder))
    _begin(run, state, start)
    notes += _augment_few(run, folder) + _read_first(run)
    report = None if folder is None or folder.survey is None or resume else folder.survey.to_json()
    return run, [prospect, *notes], report


def _augment_few(run: Run, folder: ClipFolder | None) -> list[str]:
    """Where clips are few, change them a little for the discriminator and measure copies; returns what to log."""
    if folder is None or len(folder) >= AUGMENTED_CLIPS or run.config.model.kind != "layered":
        return []
    run.gan.augments, run.copying = True, partial(copying, run.sampler, folder)
    return [f"{len(folder)} clips: so few that the discriminator sees them a little changed each time (DiffAugment)"]


def _read_first(run: Run) -> list[str]:
    """How long the discriminator learns alone; returns what to log."""
    config, together = run.config, run.config.alone_until_step
    alone, again = config.reading_steps, config.reading_until(together)
    messages = []
    if together and config.steps <= again:
        messages.append(f"take more than {again} steps: before, all layers but the first learn nothing")
    if run.gan.step < alone and config.steps <= alone:
        return [f"the discriminator reads captions alone to the end; take more than {alone} steps to train a generator"]
    if run.gan.step < alone:
        messages.append(f"until step {alone} the discriminator reads captions alone, and previews stand still")
    if together and run.gan.step < again:
        messages.append(
            f"until step {together} scenes show one thing alone; then captions are read again until {again}"
        )
    return messages


def _begin(run: Run, state: dict | None, start: Start | None) -> None:
    """Go on from a saved state, from another model's weights, or from nothing."""
    if state is not None:
        if state["data"] != run.stream.identity:
            raise ValueError(f"{run.dir} was trained on other data; resume it with the same --data as before.")
        run.load(state)
    elif start is not None:
        begin_from(run.gan, start, run.sampler.release.vocabulary)
        run.begun_from = {"name": start.release.name, "grammar": str(start.release.grammar)}
    else:
        run.gan.initialize_from(next(run.stream))
        run.stream.position = 0  # training begins with that batch


def _take_steps(run: Run, threads: AbstractContextManager, *, is_over: Callable[[], bool]) -> None:
    """The algorithm: until `config.steps`, or until one of the processes wishes to stop."""
    gan, update = run.gan, fast_updates(run.gan)

    def must_stop() -> bool:
        # the stop file counts for the one process that also removes an old one
        wish = (run.writes and stop_requested(run.dir)) or is_over()
        return distributed.all_reduce_any(wish, gan.device)

    while gan.step < run.config.steps and not must_stop():
        batch = next(run.stream)  # clips (B, k, 3, H, W) with their times and captions
        with threads:
            stats = update(batch)  # the discriminator, then the generator
        gan.update_ema()
        run.log_save_and_preview_when_due(stats)


def _make_stream(
    config: TrainConfig,
    vocabulary: Vocabulary,
    folder: ClipFolder | None,
    grammar: str | None,
    pictures: Mapping[str, np.ndarray],
    *,
    teach: bool,
    device: torch.device,
) -> SceneStream | FolderStream | Rehearsal:
    """Scenes, the clips of a folder, or where a model is taught clips with captions of their own, both."""
    half = replace(config, batch_size=max(1, config.batch_size // 2)) if teach and grammar is None else config
    if folder is None or half is not config:
        scenes = SceneStream(half, vocabulary, things=sprites_of(pictures), device=device)
        if folder is None:
            return scenes
    clips = FolderStream(half, vocabulary, folder, grammar, device=device)
    return clips if half is config else Rehearsal(clips, scenes)


def _open_folder(data: str | os.PathLike, config: TrainConfig) -> ClipFolder:
    """A dataset's folder or zip; of somebody's own clips those that can be used."""
    return open_dataset(opened(data), frame_size_px=config.model.training_size_px, fit=config.fit, leave_out=True)


def _suit(
    config: TrainConfig, folder: ClipFolder | None, before: TrainConfig | None, chosen: Collection[str]
) -> tuple[TrainConfig, str | None]:
    """The recipe for a folder's clips, preset `own` as they are or as the run had it `before`; and what to log."""
    if folder is None:
        return config, None
    measured = suitability(folder)
    messages: list[str] = [measured.sentence()]
    if config.preset == "own" and before is not None:
        config = own.take(config, before, kept=chosen)
    elif config.preset == "own":
        config, choices = own.suit(config, measured, kept=chosen)
        messages += [choices] if choices else []
    elif config.preset == TEACH.preset and folder.survey is not None:
        config = own.keep_plain(config, measured, before, kept=chosen)
    return config, f"clips: {join(messages)}"


def _compare_with_before(run_dir: Path, folder: ClipFolder | None, *, resume: bool) -> list[str]:
    """What to log about somebody's own clips; with `resume` they are again those of the run's begin."""
    if folder is None or folder.survey is None:
        return []
    if resume and (run_dir / DATA_REPORT).is_file():
        try:
            return folder.restore(read_json(run_dir / DATA_REPORT)["clips"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{run_dir} was trained on other data ({error}); resume it with the same.") from None
    return folder.survey.report().splitlines()


@contextmanager
def _signals_as_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C and a polite kill set, so that the step in hand is finished and saved."""
    interrupted_event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted_event  # only the main thread may change what a signal does
        return
    before = {s: signal.signal(s, lambda *_: interrupted_event.set()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted_event
    finally:
        if distributed.ranks() == 1:  # torchrun ends all ranks when one has died, and may not cut off their last words
            for number, handler in before.items():
                signal.signal(number, handler)
