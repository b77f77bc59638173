"""Train the second reader (`network.py`) on real clips that no model was trained on and no figure is made of.

First the network that reads single rendered frames. Then the one that reads the predictions of ten frames together:
from predictions made up from the scenes' own tracks, with errors, which cost hardly anything, and from those that the
first one makes of rendered clips.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch.nn import functional as F
from tqdm import tqdm

from t2v.checkpoint.state import half_weights, load_state, save_state
from t2v.data.grammar import COLOURS, SHAPES
from t2v.evaluation.learned.lessons import UNKNOWN, ReaderConfig, draw_clips, draw_frames, made_up_predictions
from t2v.evaluation.learned.network import (
    FORMAT,
    INSTANTS,
    POSE_PREDICTIONS,
    PREDICTIONS,
    WEIGHTS,
    ReaderNetwork,
    finish_predictions,
)
from t2v.system.files import atomic_path, write_json
from t2v.system.memory import keep_freed_memory

POSE_WEIGHT = 30.0  # of squared errors of places and radii beside the cross-entropies
SETTLING_BATCHES = 40
RENDERED_AT_ONCE = 50
SAVE_EVERY_STEPS = 100

Answers = dict[str, torch.Tensor]  # attribute -> (B,) places in its answers


def rng_of(config: ReaderConfig, number: int) -> torch.Generator:
    """Everything random about a step follows from its number alone."""
    return torch.Generator().manual_seed(config.seed * 1_000_003 + number)


def frame_loss(network: ReaderNetwork, config: ReaderConfig, step: int) -> torch.Tensor:
    """How wrong the predictions of single frames are."""
    frames, visible, places, right = draw_frames(config, step, rng_of(config, step))
    logit, pose, colour, shape = network.frames(frames).split((1, POSE_PREDICTIONS, len(COLOURS), len(SHAPES)), 1)
    loss = F.binary_cross_entropy_with_logits(logit[:, 0], visible.float())
    loss = loss + POSE_WEIGHT * (pose - places)[visible].square().mean()
    return (
        loss
        + F.cross_entropy(colour[visible], right["colour"][visible])
        + F.cross_entropy(shape[visible], right["shape"][visible])
    )


@torch.no_grad()
def settle_statistics(network: ReaderNetwork, config: ReaderConfig) -> None:
    """Batch norm's running means lag behind weights that change: take them anew when the weights stand still."""
    norms = [layer for layer in network.frames.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
    for number in range(min(SETTLING_BATCHES, config.frame_steps)):
        network.frames(draw_frames(config, number, rng_of(config, -1 - number))[0])


@torch.no_grad()
def real_predictions(network: ReaderNetwork, config: ReaderConfig) -> tuple[torch.Tensor, Answers]:
    """The first network's predictions (B, T, PREDICTIONS) of rendered clips, and what is right."""
    predictions, answers = [], []
    for number in range(0, config.rendered_clips, RENDERED_AT_ONCE):
        count = min(RENDERED_AT_ONCE, config.rendered_clips - number)
        clips, right = draw_clips(config, count, number // RENDERED_AT_ONCE, rng_of(config, 10**6 + number))
        raw = network.frames(clips.flatten(0, 1))
        predictions.append(finish_predictions(raw).view(count, INSTANTS, PREDICTIONS))
        answers.append(right)
    return torch.cat(predictions), {name: torch.cat([right[name] for right in answers]) for name in answers[0]}


def clip_loss(
    network: ReaderNetwork, predictions: torch.Tensor, right: Answers
) -> tuple[torch.Tensor, dict[str, float]]:
    """Cross-entropy of all answers together, and for each the share that is right."""
    loss, shares = torch.zeros(()), {}
    for name, logits in network.clips(predictions)[1].items():
        loss = loss + F.cross_entropy(logits, right[name], ignore_index=UNKNOWN)
        shares[name] = (logits.argmax(1) == right[name])[right[name] != UNKNOWN].float().mean().item()
    return loss, shares


def frame_lessons(network: ReaderNetwork, config: ReaderConfig, steps: range) -> Iterator[tuple[torch.Tensor, str]]:
    """For each step the loss of the first network, and words for the log."""
    for step in steps:
        loss = frame_loss(network, config, step)
        yield loss, f"frames {loss.item():.3f}"


def clip_lessons(network: ReaderNetwork, config: ReaderConfig, steps: range) -> Iterator[tuple[torch.Tensor, str]]:
    """For each step the loss of the second network, and words for the log: the shares right of real clips."""
    network.frames.eval()
    predictions, right = real_predictions(network, config)
    for step in steps:
        rng = rng_of(config, 2 * 10**6 + step)
        made_up, _ = clip_loss(network, *made_up_predictions(config, config.made_up_clips, rng))
        rows = torch.randint(len(predictions), (config.real_clips,), generator=rng)
        real, shares = clip_loss(network, predictions[rows], {name: words[rows] for name, words in right.items()})
        summary = " ".join(f"{name} {share:.3f}" for name, share in shares.items())
        yield made_up + real, f"made-up {made_up.item():.3f} real {real.item():.3f} {summary}"


def train_reader(out_dir: str | os.PathLike, config: ReaderConfig | None = None) -> None:
    """Train until the last step and write the reader into `out_dir`; called again it goes on where it was interrupted.

    Raises ValueError when the folder holds something else or another recipe, OSError when it cannot be written.
    """
    out_dir, config = Path(out_dir), config or ReaderConfig()
    keep_freed_memory()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = ReaderNetwork().train()
    run = ReaderRun(out_dir, config, network)
    run.resume()
    run.run_stage("frames", network.frames, config.frame_steps, frame_lessons)
    if run.stage == "frames":
        settle_statistics(network, config)
    run.run_stage("clips", network.clips, config.clip_steps, clip_lessons)
    save_reader(out_dir, network, config)


class ReaderRun:
    """One training on disk, in two stages, `frames` and `clips`: what to resume from, and the log."""

    def __init__(self, out_dir: Path, config: ReaderConfig, network: ReaderNetwork):
        self.dir, self.config, self.network = out_dir, config, network
        self.stage, self.step, self.optimizer_state = "frames", 0, None

    def resume(self) -> None:
        """Fill everything from the unfinished training in the folder, if there is one."""
        if self.dir.exists() and not self.dir.is_dir():
            raise ValueError(f"{self.dir} is a file; name a folder for the reader.")
        self.dir.mkdir(parents=True, exist_ok=True)
        if not (self.dir / "state.pt").is_file():
            if any(self.dir.iterdir()):
                raise ValueError(f"{self.dir} is not empty and holds no training of a reader; name another folder.")
            return
        state = load_state(self.dir / "state.pt")
        if not isinstance(state, dict) or state.get("config") != json.dumps(asdict(self.config)):
            raise ValueError(f"{self.dir} was begun with another recipe; name another folder.")
        self.network.load_state_dict(state["network"])
        self.stage, self.step, self.optimizer_state = state["stage"], state["step"], state["optimizer"]

    def run_stage(self, stage: str, learner: torch.nn.Module, steps: int, lessons: Callable[..., Iterator]) -> None:
        """The steps of one stage that are still to be made."""
        first = self.step if self.stage == stage else 0
        if first >= steps or (stage == "frames" and self.stage == "clips"):
            return
        optimizer = torch.optim.AdamW(learner.parameters(), weight_decay=1e-3)
        if self.stage == stage and self.optimizer_state is not None:
            optimizer.load_state_dict(self.optimizer_state)
        with tqdm(total=steps, initial=first, unit="step", desc=stage, disable=None) as bar:
            for step, (loss, summary) in enumerate(lessons(self.network, self.config, range(first, steps)), first):
                for group in optimizer.param_groups:
                    group["lr"] = self.config.learning_rate_at(step, steps)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(learner.parameters(), 5.0)
                optimizer.step()
                bar.update()
                if (step + 1) % SAVE_EVERY_STEPS == 0 or step + 1 == steps:
                    self.save(stage, step + 1, optimizer, summary)

    def save(self, stage: str, step: int, optimizer: torch.optim.Optimizer, summary: str) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "stage": stage,
            "step": step,
        }
        save_state(self.dir / "state.pt", state | {"config": json.dumps(asdict(self.config))})
        with open(self.dir / "train.log", "a", encoding="utf-8") as log:
            log.write(f"{stage} {step} {summary}\n")


def save_reader(out_dir: Path, network: ReaderNetwork, config: ReaderConfig) -> None:
    """Write `config.json` and the weights, as float16."""
    weights = half_weights(network)
    with atomic_path(out_dir / WEIGHTS) as temporary:
        temporary.write_bytes(weights)
    digest = hashlib.sha256(weights).hexdigest()
    trained = {"command": "python -m t2v train-reader", "torch": torch.__version__, **asdict(config)}
    write_json(out_dir / "config.json", {"format": FORMAT, "weights_sha256": digest, "trained": trained})
