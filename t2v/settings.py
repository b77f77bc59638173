"""Every field of a recipe by its name: with its comment as help, and set from text, for the command line and the page.

The fields, their defaults and their comments stand in `config.py` alone. A field of the model is written `model.NAME`.
"""

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from t2v import config as configs
from t2v.config import ModelConfig, TrainConfig
from t2v.presets import preset

CHOSEN_OTHERWISE = ("preset", "model")  # the recipe's own name, and the other fields together
OPTIONS = {"steps": "N", "batch_size": "N", "learning_rate": "X", "seed": "N"}  # settings with an option of their own


@dataclass(frozen=True)
class Setting:
    """One field of a recipe: `name` as `--set` takes it, its value there, its comment in `config.py` ("" for none)."""

    name: str
    value: Any
    help: str


def settings_of(config: TrainConfig) -> list[Setting]:
    """All that can be set of a recipe, in the order of `config.py`, the model's fields last."""
    return list(_settings(config, "")) + list(_settings(config.model, "model."))


def _settings(config: TrainConfig | ModelConfig, prefix: str) -> Iterator[Setting]:
    comments = field_comments(type(config))  # type: ignore[arg-type]  # a class is hashable
    for field in dataclasses.fields(config):
        if field.name not in CHOSEN_OTHERWISE:
            yield Setting(prefix + field.name, getattr(config, field.name), comments.get(field.name, ""))


@lru_cache(maxsize=8)
def field_comments(dataclass_type: type) -> dict[str, str]:
    """Field name -> the comment lines right above it and the comment beside it, of a dataclass of `config.py`."""
    source = Path(configs.__file__).read_text(encoding="utf-8")
    (body,) = re.findall(rf"^class {dataclass_type.__name__}:\n(.*?)^\S", source, re.MULTILINE | re.DOTALL)
    comments: dict[str, str] = {}
    above: list[str] = []
    for line in body.splitlines():
        code, _, comment = line.partition("# ")
        if field := re.match(r"    (\w+): ", code):
            comments[field[1]] = " ".join(filter(None, [*above, comment]))
        above = [*above, comment] if comment and not code.strip() else []
    return comments


def with_settings(config: TrainConfig, assignments: Iterable[str]) -> TrainConfig:
    """The recipe with each `name=value` set. ValueError for an unknown name, and for what the recipe refuses."""
    changed: dict[str, Any] = {}
    of_model: dict[str, Any] = {}
    known = {setting.name: setting.value for setting in settings_of(config)}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not text.strip():
            raise ValueError(f"a setting is written NAME=VALUE, got {assignment!r}")
        if name in CHOSEN_OTHERWISE:
            raise ValueError(f"{name} cannot be set; choose a recipe with --preset or --config")
        if name not in known:
            near = next(iter(difflib.get_close_matches(name, known, n=1)), None)
            hint = f"; did you mean {near!r}?" if near else f". Known: {', '.join(known)}."
            raise ValueError(f"Unknown setting {name!r}{hint}")
        value = value_from_text(text.strip(), known[name])
        if name.startswith("model."):
            of_model[name.removeprefix("model.")] = value
        else:
            changed[name] = value
    if of_model:
        changed["model"] = dataclasses.replace(config.model, **of_model)
    return dataclasses.replace(config, **changed)


def value_from_text(text: str, like: Any) -> Any:
    """The value that a text means for a field that now holds `like`; text that means none stays text, to be refused."""
    if isinstance(like, str):
        return text
    if isinstance(like, bool):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower(), text)
    if isinstance(like, tuple):
        return tuple(value_from_text(part.strip(), 0.0) for part in text.strip("()[]").split(","))
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def text_from_value(value: Any) -> str:
    """What `value_from_text` makes the value of."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def changed_settings(config: TrainConfig) -> dict[str, str]:
    """Name -> value, as text, of all in which the recipe differs from its preset. ValueError for no known preset."""
    usual = {setting.name: setting.value for setting in settings_of(preset(config.preset))}
    return {s.name: text_from_value(s.value) for s in settings_of(config) if s.value != usual[s.name]}


def command_words(config: TrainConfig) -> list[str]:
    """What one types after `train` for this recipe: its preset, and each setting that differs from it."""
    words = ["--preset", config.preset]
    for name, text in changed_settings(config).items():
        words += [f"--{name.replace('_', '-')}", text] if name in OPTIONS else ["--set", f"{name}={text}"]
    return words
