"""What each chapter shows, as it stands in the package: the source of the functions, read live."""

import importlib
import inspect
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {  # chapter -> module:name
    1: ("t2v.train:train",),
    2: ("t2v.scenes:trajectory", "t2v.scenes:render", "t2v.prompts:is_held_out"),
    3: ("t2v.prompts:Vocabulary.encode", "t2v.models.video_gan:Words", "t2v.models.baseline:TextEmbedding"),
    4: ("t2v.models.video_gan:Generator", "t2v.models.video_gan:Course", "t2v.models.baseline:Generator"),
    5: ("t2v.models.video_gan:Discriminator", "t2v.models.baseline:Discriminator"),
    6: ("t2v.gan:VideoGAN", "t2v.losses:gradient_penalty"),
    7: ("t2v.checkpoint:save_release", "t2v.generate:Sampler"),
    8: ("t2v.prompts:is_held_out", "t2v.evaluate:evaluate"),
    9: ("t2v.train:train",),
}


def source(chapter: int) -> str:
    """The chapter's functions with the file and line where they stand."""
    parts = []
    for place in SHOWN[chapter]:
        module, _, name = place.partition(":")
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        lines, first = inspect.getsourcelines(found)
        file = Path(inspect.getsourcefile(found)).resolve().relative_to(ROOT).as_posix()
        parts.append(f"# {file}, line {first}: {name}\n" + "".join(lines))
    return "\n\n".join(parts)
