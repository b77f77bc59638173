"""What each chapter shows, as it stands in the package: the source of the functions, read live."""

import importlib
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {  # chapter -> module:name, or file.js:name
    1: ("t2v.training.loop:train",),
    2: ("t2v.data.scenes:trajectory", "t2v.data.render:render", "t2v.data.grammar:is_held_out"),
    3: (
        "t2v.data.vocabulary:Vocabulary.encode",
        "t2v.models.text:TextEncoder",
        "t2v.models.text:Attention",
        "t2v.models.baseline:TextEmbedding",
    ),
    4: ("t2v.models.generator:Generator", "t2v.models.compositing:visibility", "t2v.models.baseline:Generator"),
    5: (
        "t2v.models.discriminator:Discriminator",
        "t2v.models.glimpses:salient_places",
        "t2v.models.matching:fit",
        "t2v.models.baseline:Discriminator",
    ),
    6: ("demo/learn/static/tiny/gan.js:Training", "t2v.gan.layered:LayeredGAN", "t2v.gan.losses:gradient_penalty"),
    7: ("t2v.checkpoint.release:save_release", "t2v.sampler:Sampler"),
    8: ("t2v.data.grammar:is_held_out", "t2v.data.stories.grammar:held_out_part", "t2v.evaluation.evaluate:evaluate"),
    9: ("t2v.training.loop:train",),
}


@dataclass(frozen=True)
class Place:
    """Where a function or a class stands, and its lines there."""

    file: str  # from the project's root
    first_line: int
    name: str
    source: str


def in_script(file: str, name: str) -> Place:
    """A function or a class of a JavaScript module: from its first line to the brace that closes it."""
    lines = (ROOT / file).read_text(encoding="utf-8").split("\n")
    first = next(k for k, line in enumerate(lines) if re.match(rf"(export )?(class|function) {name}\b", line))
    last = lines.index("}", first)
    return Place(file, first + 1, name, "\n".join(lines[first : last + 1]) + "\n")


def places(chapter: int) -> list[Place]:
    """The functions that the chapter shows."""
    listings = []
    for shown in SHOWN[chapter]:
        module, _, name = shown.partition(":")
        if module.endswith(".js"):
            listings.append(in_script(module, name))
            continue
        thing: Any = importlib.import_module(module)
        for part in name.split("."):
            thing = getattr(thing, part)
        lines, first = inspect.getsourcelines(thing)
        file = Path(str(inspect.getsourcefile(inspect.unwrap(thing)))).resolve().relative_to(ROOT).as_posix()
        listings.append(Place(file, first, name, "".join(lines)))
    return listings


def source(chapter: int) -> str:
    """The chapter's functions with the file and line where they stand."""
    return "\n\n".join(f"# {p.file}, line {p.first_line}: {p.name}\n{p.source}" for p in places(chapter))
