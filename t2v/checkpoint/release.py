"""The release folder, which others load: networks, vocabulary and how they were trained, written and read.

A release folder holds `config.json`, `generator.safetensors` (averaged weights as float16), `metrics.json`,
`samples.gif` and a model card, and may hold `discriminator.safetensors`. Nothing is loaded by unpickling classes. Files
are replaced in one move.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch

from t2v import config as configs
from t2v.checkpoint.card import model_card
from t2v.checkpoint.state import half_weights
from t2v.config import ModelConfig, TrainConfig
from t2v.data.grammar import THINGS_AFTER
from t2v.data.things import load_things, save_things
from t2v.data.vocabulary import Vocabulary
from t2v.data.worlds import WORLDS, is_world
from t2v.models import make_discriminator, make_generator
from t2v.system.files import read_json, write_json

FORMAT = 6  # raised when an older program could no longer read the folder, or this one an older folder
WEIGHTS = "generator.safetensors"
DISCRIMINATOR = "discriminator.safetensors"  # only the page's lesson asks for it; a folder may be without


@dataclass(frozen=True)
class Release:
    """A generator with all that is needed to use it. `grammar` is None for a model trained on its own captions."""

    name: str
    model: ModelConfig
    grammar: str | None
    vocabulary: Vocabulary
    training: dict  # how it was trained: preset, steps, clips seen, seconds, seed, ...
    generator: Any = field(repr=False)  # a generator of `t2v.models`; as a plain Module its methods would be unknown
    weights_sha256: str = ""
    things: Mapping[str, np.ndarray] = field(
        default_factory=dict, repr=False
    )  # pictures that the grammar has words for


def first_world(grammar: str | None, training: Mapping) -> str | None:
    """The grammar of another world that the weights were trained in first, and that may show what their own one holds
    out. None where there was none."""
    first = (training.get("begun_from") or {}).get("grammar")
    if grammar is None or first is None or first.partition(THINGS_AFTER)[0] == grammar.partition(THINGS_AFTER)[0]:
        return None
    return first


def save_release(
    folder: Path, release: Release, *, samples: Path | None = None, discriminator: torch.nn.Module | None = None
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
    if release.things:
        save_things(new, release.things)
    write_json(new / "metrics.json", {})  # until somebody evaluates it
    (new / "README.md").write_text(model_card(release.name, release.grammar, release.training), encoding="utf-8")
    if samples is not None:
        shutil.copyfile(samples, new / "samples.gif")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)


def _save_half(path: Path, network: torch.nn.Module) -> str:
    """The network's weights as float16; returns the file's SHA-256."""
    weights = half_weights(network)
    path.write_bytes(weights)
    return hashlib.sha256(weights).hexdigest()


def config_digest(config: dict) -> str:
    """The hash of all that `config.json` says: the vocabulary in its order, and the weights by their own hash."""
    reason = {key: value for key, value in config.items() if key != "config_sha256"}
    return hashlib.sha256(json.dumps(reason, sort_keys=True).encode()).hexdigest()


def load_release(folder: Path, *, device: torch.device | str = "cpu") -> Release:
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
        if (begun := training.get("begun_from")) is not None and not (is_world(begun["grammar"]) and begun["name"]):
            raise ValueError(f"begun from {begun!r}")
        if grammar is not None and not is_world(grammar):
            raise ValueError(f"unknown grammar {grammar!r}")
        if grammar is not None and vocabulary.words != WORLDS[grammar].grammar.words:
            raise ValueError(f"its words are not those of the grammar {grammar!r} that it names")
        things = load_things(folder, grammar) if grammar is not None else {}
        generator = _filled(make_generator, model, len(vocabulary.words), weights)
    except (KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder} cannot be loaded: {' '.join(str(error).split())[:300]}") from None
    generator = generator.to(device).eval().requires_grad_(False)
    return Release(_name(folder), model, grammar, vocabulary, training, generator, digest, things)


def _filled(make: Callable[..., torch.nn.Module], model: ModelConfig, words: int, weights: bytes) -> torch.nn.Module:
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


def load_discriminator(folder: Path) -> torch.nn.Module | None:
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
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"{folder}/{DISCRIMINATOR} cannot be loaded: {reason}") from None
    return network.eval().requires_grad_(False)
