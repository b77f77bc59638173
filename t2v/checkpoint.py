"""What a training leaves behind: the release folder that others load, and the state from which training goes on.

A release folder holds `config.json`, `generator.safetensors` (averaged weights as float16), `metrics.json`,
`samples.gif` and a model card. Nothing is loaded by unpickling classes. Files are replaced in one move.
"""

import hashlib
import io
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from t2v import config as configs
from t2v.config import ModelConfig, TrainConfig
from t2v.models import make_generator
from t2v.prompts import GRAMMARS, Vocabulary
from t2v.video import atomic_path, write_picture

FORMAT = 1  # raised when an older program could no longer read the folder
WEIGHTS = "generator.safetensors"
SHIPPED = Path(__file__).resolve().parent.parent / "checkpoints"
BEST_FIRST = ("shapes", "classic", "lesson", "baseline")


@dataclass(frozen=True)
class Release:
    """A generator with all that is needed to use it. `grammar` is None for a model trained on its own captions."""

    name: str
    model: ModelConfig
    grammar: str | None
    vocabulary: Vocabulary
    training: dict  # how it was trained: preset, steps, clips seen, seconds, seed, ...
    generator: torch.nn.Module = field(repr=False)
    weights_sha256: str = ""


def write_json(path: Path, data) -> None:
    """Indented JSON, replaced in one move."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict:
    """A JSON object. ValueError names the file when it is missing or broken."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} is missing.") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not readable JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} must hold a JSON object, not a {type(data).__name__}.")
    return data


def save_release(folder: Path, release: Release, *, metrics: dict | None = None, samples: Path | None = None) -> None:
    """Write a release folder; one that stands there is replaced as a whole. OSError when it cannot be written."""
    new, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    state = release.generator.state_dict()
    half = {name: tensor.to("cpu", torch.float16).contiguous() for name, tensor in state.items()}
    weights = safetensors.torch.save(half)
    (new / WEIGHTS).write_bytes(weights)
    write_json(
        new / "config.json",
        {
            "format": FORMAT,
            "model": configs.to_json(release.model),
            "grammar": release.grammar,
            "vocabulary": list(release.vocabulary.words),
            "max_tokens": release.vocabulary.max_tokens,
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
            "training": release.training,
        },
    )
    write_json(new / "metrics.json", metrics or {})
    (new / "README.md").write_text(model_card(release, metrics or {}), encoding="utf-8")
    if samples is not None:
        shutil.copyfile(samples, new / "samples.gif")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)


def load_release(folder: Path, *, device="cpu") -> Release:
    """The release in `folder`. ValueError says what is wrong: missing, empty, damaged, foreign or too new."""
    if not folder.is_dir():
        raise ValueError(f"There is no checkpoint folder {folder}.")
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} is not a checkpoint: it holds no config.json.")
    config = read_json(folder / "config.json")
    version = config.get("format")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ValueError(f"{folder}/config.json has no format number; it was not written by this project.")
    if version > FORMAT:
        raise ValueError(
            f"{folder} has format {version}, this program reads up to {FORMAT}; please update the project."
        )
    try:
        weights = (folder / WEIGHTS).read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{folder} holds no {WEIGHTS}.") from None
    digest = hashlib.sha256(weights).hexdigest()
    if digest != config.get("weights_sha256"):
        raise ValueError(f"{folder}/{WEIGHTS} is damaged: it is not the file that config.json describes.")
    try:
        model = configs.from_json(ModelConfig, config["model"])
        vocabulary = Vocabulary(tuple(config["vocabulary"]), config["max_tokens"])
        grammar, training = config["grammar"], dict(config["training"])
        configs.from_json(TrainConfig, training["config"])
        if grammar is not None and grammar not in GRAMMARS:
            raise ValueError(f"unknown grammar {grammar!r}")
        generator = make_generator(model, len(vocabulary.words))
        state = {name: tensor.float() for name, tensor in safetensors.torch.load(weights).items()}
        generator.load_state_dict(state)
    except (KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder} cannot be loaded: {' '.join(str(error).split())[:300]}") from None
    generator = generator.to(device).eval().requires_grad_(False)
    name = folder.parent.name if folder.name == "checkpoint" else folder.name  # a run is known by its own name
    return Release(name, model, grammar, vocabulary, training, generator, digest)


def find_release(path: str | os.PathLike | None = None) -> Path:
    """The release folder meant by a path, a run folder or a shipped name; without one the best that is shipped."""
    if path is None:
        for name in BEST_FIRST:
            if (SHIPPED / name / "config.json").is_file():
                return SHIPPED / name
        raise ValueError(f"No checkpoint is shipped in {SHIPPED}; train one or name one with --checkpoint.")
    folder = Path(path)
    for candidate in (folder, SHIPPED / folder) if len(folder.parts) == 1 else (folder,):
        if (candidate / "checkpoint" / "config.json").is_file():
            return candidate / "checkpoint"
        if (candidate / "config.json").is_file() and not (candidate / "status.json").is_file():
            return candidate
    if (folder / "status.json").is_file():
        raise ValueError(f"The run {folder} has no checkpoint yet; the first one comes with its first save.")
    return folder


def save_state(path: Path, state: dict) -> None:
    """Training state (networks, optimizers, random numbers, counters), replaced in one move."""
    _save_torch(path, state)


def _save_torch(path: Path, data) -> None:
    """In memory first: torch reports a full disk as RuntimeError, Python's own files as OSError."""
    buffer = io.BytesIO()
    torch.save(data, buffer)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def load_state(path: Path, *, device="cpu") -> dict:
    """The state that `save_state` wrote. ValueError when there is none or it is damaged."""
    if not path.is_file():
        raise ValueError(f"There is nothing to resume: {path} does not exist.")
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file, and each means just that
        raise ValueError(f"{path} is damaged and cannot be resumed: {str(error).splitlines()[0][:200]}") from None


def save_tutorial_weights(folder: Path, gan) -> None:
    """The baseline's networks as the tutorial saves them: plain `generator.pth` and `discriminator.pth`."""
    for name, network in (("generator", gan.generator.frame), ("discriminator", gan.discriminator)):
        _save_torch(folder / f"{name}.pth", network.state_dict())


def load_tutorial_weights(folder: Path, gan) -> None:
    """Fill a baseline from the tutorial's `generator.pth` and `discriminator.pth`. ValueError when they do not fit."""
    for name, network in (("generator", gan.generator.frame), ("discriminator", gan.discriminator)):
        path = folder / f"{name}.pth"
        try:
            network.load_state_dict(load_state(path, device=gan.device))
        except (RuntimeError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} does not fit the baseline: {' '.join(str(error).split())[:200]}") from None


def model_card(release: Release, metrics: dict) -> str:
    """The release folder's README with the front matter that the Hugging Face Hub reads."""
    training = release.training
    config: TrainConfig = configs.from_json(TrainConfig, training["config"])
    vocabulary = f"the `{release.grammar}` grammar" if release.grammar else "its own captions"
    lines = [
        "---",
        "license: mit",
        "pipeline_tag: text-to-video",
        "tags: [text-to-video, gan, pytorch]",
        "---",
        f"# {release.name}",
        "",
        f"Draws clips of {config.model.frame_size_px} px from prompts in {vocabulary}.",
        "",
        "![samples](samples.gif)",
        "",
        f"- Recipe: preset `{config.preset}`, model `{config.model.kind}`, seed {config.seed}.",
        f"- Data: {training['data']}.",
        f"- Training: {training['steps']:,} steps, {training['clips_seen']:,} "
        f"{'frames' if config.model.kind == 'baseline' else 'clips'}, {training['seconds'] / 60:.0f} minutes on "
        f"{training['device']}.",
        f"- Weights: averaged generator, float16, `{WEIGHTS}`.",
        "- Limits: one synthetic shape on white; it knows no words beyond its grammar.",
    ]
    if metrics:
        lines += ["", *accuracy_table(metrics)]
    return "\n".join(lines) + "\n"


def accuracy_table(metrics: dict) -> list[str]:
    """What `evaluate` found, as lines of Markdown: right clips in percent with their 95% interval."""
    lines = [
        f"Measured with `python -m t2v evaluate --clips {metrics['clips']} --seed {metrics['seed']}`. Ceiling: real",
        "clips through the same reader. Everything is in `metrics.json`.",
        "",
        "| prompts | attribute | right | 95% interval | ceiling | clips |",
        "|---|---|---|---|---|---|",
    ]
    for part in ("seen", "held_out"):
        for name, share in metrics[part]["accuracy"].items():
            if share["of"]:
                interval = f"{share['low']:.1%} to {share['high']:.1%}"
                ceiling = metrics[part]["ceiling"][name]["share"]
                row = (part.replace("_", " "), name, f"{share['share']:.1%}", interval, f"{ceiling:.1%}", share["of"])
                lines.append(f"| {' | '.join(map(str, row))} |")
        lines.append(f"| {part.replace('_', ' ')} | blank frames | {metrics[part]['blank_frames']:.2%} | | | |")
    return lines


def publish(folder: Path, metrics: dict, sheet: np.ndarray) -> None:
    """Put what `evaluate` found into a release folder: `metrics.json`, the card, a sheet (H, W, 3) uint8 of frames."""
    card = model_card(load_release(folder), metrics)
    write_json(folder / "metrics.json", metrics)
    write_picture(folder / "sheet.png", sheet)
    with atomic_path(folder / "README.md") as temporary:
        temporary.write_text(card, encoding="utf-8")
