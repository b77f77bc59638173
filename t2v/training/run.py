"""One training on disk: what each step leaves in the run folder, and at which step and clip a resume goes on."""

import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from tqdm import tqdm

from t2v import config as configs
from t2v.checkpoint import release as checkpoint
from t2v.checkpoint.state import save_state
from t2v.checkpoint.tutorial import save_tutorial_weights
from t2v.config import TrainConfig
from t2v.data.batches import SceneStream
from t2v.data.folder_stream import FolderStream
from t2v.data.rehearsal import Rehearsal
from t2v.data.things import save_things
from t2v.evaluation.copying import say_copying
from t2v.evaluation.evaluate import evaluate
from t2v.evaluation.things import evaluate_thing
from t2v.gan.base import GAN
from t2v.media.grids import write_grid
from t2v.sampler import Sampler
from t2v.system import distributed
from t2v.system.files import write_json
from t2v.system.memory import OUT_OF_MEMORY, is_out_of_memory
from t2v.training import run_folder

CELL_PX = 64  # of a clip in a preview, at least
LOGGED = ("loss_g", "loss_d", "caption_g", "caption_d", "d_real", "d_fake", "penalty")
EARLY_SECONDS, EARLY_PREVIEW_SECONDS = 120.0, 10.0  # previews of the first two minutes come every ten seconds
THING_CLIPS, THING_PARTS = 56, ("shown", "never_shown")  # of each thing of one's own, and in which motions
# whose shares stand in the metrics
EVALUATED = ("all", "colour", "shape", "motion", "thing", "relation", "count", "ground", "binding")


class Run:
    """One training on disk: metrics, previews, saves and status. Leaving the `with` block saves everything.

    Under `torchrun` only rank 0 writes; the others keep count.
    """

    def __init__(
        self,
        run_dir: Path,
        config: TrainConfig,
        gan: GAN,
        stream: SceneStream | FolderStream | Rehearsal,
        sampler: Sampler,
        prompts: list[str],
    ):
        self.dir, self.config, self.gan, self.stream = run_dir, config, gan, stream
        self.sampler, self.prompts = sampler, prompts
        self.window: dict[str, list[torch.Tensor]] = {}  # statistics since the last log line
        self.window_began_seconds = self.seconds_before = 0.0
        self.window_began_cpu_seconds = time.process_time()
        self.next_early_preview_seconds = EARLY_PREVIEW_SECONDS
        self.processors: float | None = None  # that the last window had, of those that its threads could use
        self.first_step, self.began = 0, time.monotonic()
        self.devices = [str(gan.device)]  # one after the other
        self.begun_from: dict[str, str] | None = None  # name and grammar of the model whose weights it began with
        self.writes = distributed.rank() == 0
        self.copying: Callable[[], dict] | None = None  # how far clips copy a folder's few, asked at the end

    @property
    def seconds(self) -> float:
        """Training time of this run: sessions before a resume included, evaluations not."""
        return self.seconds_before + time.monotonic() - self.began

    def load(self, state: dict) -> None:
        """Go on where `save` was called. ValueError when the networks are of another version of this program."""
        try:
            self.gan.load_state_dict(state["gan"])
        except (RuntimeError, KeyError):
            reason = "holds other networks than this version trains; resume it with the version that began it"
            raise ValueError(f"{self.dir}/state.pt {reason}.") from None
        self.stream.position = state["position"]
        self.first_step = self.gan.step
        self.window_began_seconds = self.seconds_before = state["seconds"]
        before = state.get("devices", [])
        self.devices = before if before[-1:] == self.devices else before + self.devices
        self.begun_from = state.get("begun_from")

    def save(self, *, last: bool = False) -> None:
        """Preview, release folder, and last the state to resume from. FloatingPointError rather than save NaN."""
        self._means()
        samples = self.preview()
        training: dict[str, Any] = {
            "config": configs.to_json(self.config),
            "data": self.stream.description,
            "steps": self.gan.step,
            "clips_seen": self.stream.position,
            "seconds": round(self.seconds, 1),
            "device": ", then ".join(self.devices),
        }
        if self.begun_from is not None:
            training["begun_from"] = self.begun_from
        if last and self.copying is not None:
            training["copying"] = self.copying()
            self.log(say_copying(training["copying"]))
        release = replace(self.sampler.release, training=training)
        discriminator = self.gan.discriminator
        checkpoint.save_release(self.dir / "checkpoint", release, samples=samples, discriminator=discriminator)
        state = {"gan": self.gan.state_dict(), "position": self.stream.position, "seconds": self.seconds}
        state |= {"data": self.stream.identity, "devices": self.devices, "begun_from": self.begun_from}
        save_state(self.dir / "state.pt", state)
        if self.config.model.kind == "baseline":
            save_tutorial_weights(self.dir, self.gan)
        self.log(f"saved at step {self.gan.step}")

    def preview(self) -> Path:
        """The same prompts and the same noise each time, drawn by the averaged generator."""
        path = self.dir / "samples" / f"step_{self.gan.step}.gif"
        self.next_early_preview_seconds = self.seconds + EARLY_PREVIEW_SECONDS
        clips = self.sampler(self.prompts, frames=self.config.frames)  # (B, T, H, W, 3) uint8
        write_grid(path, clips, labels=self.prompts, scale=max(1, CELL_PX // self.config.model.frame_size_px))
        return path

    def evaluate(self) -> dict[str, float]:
        """What share of clips shows what its prompt says, for the metrics; the clock of training stands still.

        Always the same prompts and noise, from generators of their own: training goes on as if nothing had been.
        """
        began = time.monotonic()
        result = evaluate(self.sampler, clips=self.config.evaluate_clips)
        shares = {"blank_frames": result["seen"]["blank_frames"]}
        for part in ("seen", "held_out"):
            for name in filter(result[part]["accuracy"].__contains__, EVALUATED):
                share = result[part]["accuracy"][name]["share"]
                shares[f"accuracy_{part}" if name == "all" else f"accuracy_{part}_{name}"] = share
        if self.sampler.release.things:
            shares |= self._evaluate_things()
        self.log(
            f"right clips: {shares['accuracy_seen']:.0%} of trained prompts, {shares['accuracy_held_out']:.0%} new"
        )
        self.began += time.monotonic() - began
        return shares

    def _evaluate_things(self) -> dict[str, float]:
        """What share of clips shows each thing of one's own, moving as asked, in motions shown and never shown."""
        results = [evaluate_thing(self.sampler, thing, clips=THING_CLIPS) for thing in self.sampler.release.things]
        shares = {f"accuracy_thing_{part}": min(each[part]["both"] for each in results) for part in THING_PARTS}
        self.log(", ".join(f"{name} {share:.0%}" for name, share in shares.items()))
        return shares

    def _is_there(self) -> bool:
        """Whether nobody has removed the folder; writing would make a part of it again."""
        return (self.dir / "config.json").is_file()

    def _evaluation_is_due(self) -> bool:
        every = self.config.evaluate_every_steps
        return every > 0 and self.gan.step % every == 0 and self.sampler.grammar is not None

    def _early_preview_is_due(self) -> bool:
        """Whether the person who watches the first minutes should see something new."""
        return self.next_early_preview_seconds <= self.seconds <= EARLY_SECONDS

    def tell(self, message: str) -> None:
        """Say something in the log and on the screen."""
        if self.writes:
            self.log(message)
        tqdm.write(message, file=sys.stderr)

    def log(self, message: str) -> None:
        with open(self.dir / "train.log", "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {message}\n")

    def __enter__(self) -> "Run":
        distributed.all_reduce_any(False, self.gan.device)  # all have looked at the folder before one writes to it
        if not self.writes:
            return self
        self._write_status("running")  # first of all: the folder of a run that is killed at once is known as one
        (self.dir / "samples").mkdir(exist_ok=True)
        run_folder.forget_after(self.dir, self.gan.step)
        write_json(self.dir / "config.json", configs.to_json(self.config))
        save_things(self.dir, self.sampler.release.things)
        self.log(f"started at step {self.gan.step} of {self.config.steps} on {self.gan.device}")
        if self.gan.step == 0:
            self.preview()
        self.bar = tqdm(total=self.config.steps, initial=self.gan.step, unit="step", disable=None)
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.state = "finished" if self.gan.step >= self.config.steps else "stopped"
        if not self.writes:
            return
        self.bar.close()
        try:
            if error is None or isinstance(error, ValueError):  # a clip that cannot be read comes between two steps
                self.save(last=error is None)
        except (OSError, ValueError, FloatingPointError) as problem:
            error = problem
            raise
        finally:
            if error is not None and self._is_there():
                reason = OUT_OF_MEMORY if is_out_of_memory(error) else str(error)
                self._write_status("failed", error=reason or type(error).__name__)
        if error is not None:
            if self._is_there():
                self.log(f"failed at step {self.gan.step}: {error}")
            return
        self.log(f"{self.state} at step {self.gan.step}")
        self._write_status(self.state)

    def log_save_and_preview_when_due(self, stats: dict[str, torch.Tensor]) -> None:
        if not self.writes:
            return
        if not self._is_there():
            raise FileNotFoundError(f"{self.dir} was removed during the training; nothing of it is left to go on with.")
        step = self.gan.step
        self.bar.update()
        for name, value in stats.items():
            self.window.setdefault(name, []).append(value)
        if step % self.config.log_every_steps == 0 or step == self.config.steps or self._evaluation_is_due():
            self._log()
        if step % self.config.save_every_steps == 0 and step < self.config.steps:
            self.save()
        elif step % self.config.preview_every_steps == 0 or self._early_preview_is_due():
            self.preview()

    def _log(self) -> None:
        means = self._means()
        steps = max(map(len, self.window.values()))
        row = {"step": self.gan.step, **{name: means.get(name) for name in LOGGED}}
        row["clips_seen"] = self.stream.position
        clips = steps * self.config.batch_size * distributed.ranks()
        row["clips_per_second"] = round(clips / (self.seconds - self.window_began_seconds), 2)
        row["seconds"] = round(self.seconds, 2)
        elapsed = self.seconds - self.window_began_seconds
        self.processors = round((time.process_time() - self.window_began_cpu_seconds) / max(elapsed, 1e-6), 2)
        if self._evaluation_is_due():
            row |= self.evaluate()
        self.window, self.window_began_seconds = {}, self.seconds
        self.window_began_cpu_seconds = time.process_time()
        run_folder.append_metrics(self.dir, row)
        losses = {name: f"{means[name]:.3f}" for name in ("loss_g", "loss_d", "caption_d") if name in means}
        self.log(" ".join([f"step {row['step']}", *(f"{name} {loss}" for name, loss in losses.items())]))
        self.bar.set_postfix(losses, refresh=False)
        self._write_status("running")

    def _means(self) -> dict[str, float]:
        """The statistics since the last log line. FloatingPointError when one is no number any more."""
        means = {name: torch.stack(values).mean().item() for name, values in self.window.items()}
        if not all(math.isfinite(value) for value in means.values()):
            raise FloatingPointError(
                f"A loss is no number any more at step {self.gan.step}; the last save is kept. "
                "Start again with a lower learning rate or another seed."
            )
        return means

    def _write_status(self, state: str, *, error: str | None = None) -> None:
        done = self.gan.step - self.first_step
        eta = (time.monotonic() - self.began) / done * (self.config.steps - self.gan.step) if done else None
        status = {
            "state": state,
            "step": self.gan.step,
            "of": self.config.steps,
            "eta": None if eta is None else round(eta, 1),
            "device": str(self.gan.device),
            "error": error,
            "processors": self.processors,
            "threads": torch.get_num_threads(),
            "pid": os.getpid(),
            "updated": time.time(),
        }
        write_json(self.dir / "status.json", status)
