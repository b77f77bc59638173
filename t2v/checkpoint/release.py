"""What a training leaves behind: the release folder that others load, and the state from which training goes on.

A release folder holds `config.json`, `generator.safetensors` (averaged weights as float16), `metrics.json`,
`samples.gif` and a model card, and may hold `discriminator.safetensors`. Nothing is loaded by unpickling classes. Files
are replaced in one move.
"""

import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from t2v import config as configs
from t2v.config import ModelConfig, TrainConfig
from t2v.data.grammar import GRAMMARS, Vocabulary
from t2v.evaluation.report import card_lines
from t2v.media.clips import TEMPORARY_NAME, atomic_path, contact_sheet, write_grid, write_picture
from t2v.models import make_discriminator, make_generator

FORMAT = 5  # raised when an older program could no longer read the folder, or this one an older folder
WEIGHTS = "generator.safetensors"
DISCRIMINATOR = "discriminator.safetensors"  # only the page's lesson asks for it; a folder may be without
SAMPLES_COLUMNS, SAMPLES_PX = 6, 128  # of the card's picture, and of a clip in it
HUB_NAME = r"[\w.-]+/[\w.-]+"
SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"
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


def save_release(
    folder: Path,
    release: Release,
    *,
    metrics: dict | None = None,
    samples: Path | None = None,
    discriminator: torch.nn.Module | None = None,
) -> None:
    """Write a release folder; one that stands there is replaced as a whole. OSError when it cannot be written."""
    new, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    config = {
        "format": FORMAT,
        "model": configs.to_json(release.model),
        "grammar": release.grammar,
        "vocabulary": list(release.vocabulary.words),
        "max_tokens": release.vocabulary.max_tokens,
        "weights_sha256": _save_half(new / WEIGHTS, release.generator),
        "training": release.training,
    }
    if discriminator is not None:
        config["discriminator_sha256"] = _save_half(new / DISCRIMINATOR, discriminator)
    write_json(new / "config.json", config | {"config_sha256": config_digest(config)})
    write_json(new / "metrics.json", metrics or {})
    (new / "README.md").write_text(model_card(release, metrics or {}), encoding="utf-8")
    if samples is not None:
        shutil.copyfile(samples, new / "samples.gif")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)


def _save_half(path: Path, network: torch.nn.Module) -> str:
    """The network's weights as float16; returns the file's SHA-256."""
    state = network.state_dict()
    weights = safetensors.torch.save({n: x.to("cpu", torch.float16).contiguous() for n, x in state.items()})
    path.write_bytes(weights)
    return hashlib.sha256(weights).hexdigest()


def config_digest(config: dict) -> str:
    """The hash of all that `config.json` says: the vocabulary in its order, and the weights by their own hash."""
    said = {key: value for key, value in config.items() if key != "config_sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


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
    if version < FORMAT:
        raise ValueError(f"{folder} has format {version}, made for networks of an earlier version; train it again.")
    if config.get("config_sha256", digest := config_digest(config)) != digest:  # older releases have none
        raise ValueError(f"{folder}/config.json is damaged: it does not say what was saved.")
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
        if grammar is not None and vocabulary.words != GRAMMARS[grammar].words:
            raise ValueError(f"its words are not those of the grammar {grammar!r} that it names")
        generator = _filled(make_generator, model, len(vocabulary.words), weights)
    except (KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder} cannot be loaded: {' '.join(str(error).split())[:300]}") from None
    generator = generator.to(device).eval().requires_grad_(False)
    return Release(_name(folder), model, grammar, vocabulary, training, generator, digest)


def _filled(make, model: ModelConfig, words: int, weights: bytes) -> torch.nn.Module:
    """The network that `make` builds, with these weights. ValueError when they are another network's."""
    state = {name: tensor.float() for name, tensor in safetensors.torch.load(weights).items()}
    with torch.device("meta"):  # takes no memory, whatever sizes a foreign config.json names
        wanted = make(model, words).state_dict()
    if {n: tensor.shape for n, tensor in wanted.items()} != {n: tensor.shape for n, tensor in state.items()}:
        raise ValueError("the weights are of another network than config.json describes, or of another version")
    network = make(model, words)
    network.load_state_dict(state)
    return network


def _name(folder: Path) -> str:
    """What a release is called: a run by its own name, one from the Hub by its repository's."""
    if folder.name.startswith("checkpoint"):
        return folder.parent.name
    return folder.parents[1].name.rpartition("--")[2] if folder.parent.name == "snapshots" else folder.name


def load_discriminator(folder: Path, *, device="cpu") -> torch.nn.Module | None:
    """The discriminator that a release folder may hold, else None. ValueError when it is damaged."""
    config = read_json(folder / "config.json")
    if "discriminator_sha256" not in config:
        return None
    try:
        weights = (folder / DISCRIMINATOR).read_bytes()
        if hashlib.sha256(weights).hexdigest() != config["discriminator_sha256"]:
            raise ValueError("it is not the file that config.json describes")
        model = configs.from_json(ModelConfig, config["model"])
        network = _filled(make_discriminator, model, len(config["vocabulary"]), weights)
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        said = " ".join(str(error).split())[:300]
        raise ValueError(f"{folder}/{DISCRIMINATOR} cannot be loaded: {said}") from None
    return network.to(device).eval().requires_grad_(False)


def find_release(path: str | os.PathLike | None = None) -> Path:
    """The release folder meant by a path, a run folder, a shipped name or `user/repo` on the Hugging Face Hub.

    Without a path the best that is shipped. A run that was killed while it replaced its release still has the one
    before. ValueError when there is none.
    """
    if path is None:
        for name in BEST_FIRST:
            if (SHIPPED / name / "config.json").is_file():
                return SHIPPED / name
        raise ValueError(f"No checkpoint is shipped in {SHIPPED}; train one or name one with --checkpoint.")
    folder = Path(path)
    for candidate in (folder, SHIPPED / folder) if len(folder.parts) == 1 else (folder,):
        for name in ("checkpoint", "checkpoint.old"):
            if (candidate / name / "config.json").is_file():
                return candidate / name
        if (candidate / "config.json").is_file() and not (candidate / "status.json").is_file():
            return candidate
    if (folder / "status.json").is_file():
        raise ValueError(f"The run {folder} has no checkpoint yet; the first one comes with its first save.")
    if isinstance(path, str) and re.fullmatch(HUB_NAME, path) and not folder.exists() and not folder.parent.is_dir():
        return _from_hub(path)
    return folder


def _from_hub(repository: str) -> Path:
    """The release folder of `user/repo`, from the Hub or from what of it is kept on this machine."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=["config.json", WEIGHTS]))
    except (OSError, ValueError) as error:  # the Hub's own are among these
        why = " ".join(str(error).split())[:300]
        raise ValueError(f"There is no folder {repository}, and it cannot be had from the Hub: {why}") from None


def clear_leftovers(run_dir: Path) -> None:
    """Put in order what a killed training has left in its run folder: a release half replaced, temporary files."""
    release, old = run_dir / "checkpoint", run_dir / "checkpoint.old"
    if old.is_dir() and not release.exists():
        os.replace(old, release)
    for folder in (old, run_dir / "checkpoint.new"):
        shutil.rmtree(folder, ignore_errors=True)
    for path in (*run_dir.glob(".*"), *run_dir.glob("samples/.*")):
        if path.is_file() and re.fullmatch(TEMPORARY_NAME, path.name):
            path.unlink()


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
        with zipfile.ZipFile(path) as archive:  # torch itself does not look at the checksums of its files
            if (broken := archive.testzip()) is not None:
                raise ValueError(f"the checksum of {broken} is wrong")
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
    if note := training.get("note"):
        lines.append(f"- Note: {note}")
    if metrics:
        lines += ["- Picture: prompts drawn at random, not chosen.", "", *card_lines(metrics)]
    return "\n".join(lines) + "\n"


def publish(folder: Path, metrics: dict, clips: np.ndarray, prompts: list[str]) -> None:
    """Put what `evaluate` found into a release folder: `metrics.json`, the card, and pictures.

    clips (N, T, H, W, 3) uint8 of these prompts stand side by side in `samples.gif`, frame by frame in `sheet.png`.
    """
    card = model_card(load_release(folder), metrics)
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"config_sha256": config_digest(config)})
    write_json(folder / "metrics.json", metrics)
    write_picture(folder / "sheet.png", contact_sheet(clips, prompts))
    write_grid(
        folder / "samples.gif", clips, labels=prompts, columns=SAMPLES_COLUMNS, scale=SAMPLES_PX // clips.shape[2]
    )
    with atomic_path(folder / "README.md") as temporary:
        temporary.write_text(card, encoding="utf-8")
