"""Clips as files for a visitor, and the settings inside such a file, from which the same clip is made again."""

import shlex
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from demo.locale.translate import _
from demo.studio.clips import MAX_PAGE_SEED, Clip
from demo.studio.workspace import Folders, find_checkpoints
from t2v.config import MAX_FPS, MAX_FRAMES, MAX_SEED, range_problem
from t2v.system.messages import value_error

ENDINGS = (".gif", ".avi", ".mp4", ".webp", ".zip", ".png")  # of downloads


def save(clip: Clip, out_dir: Path, ending: str, *, scale: int | None = None) -> Path:
    """Write the clip into `out_dir`; `.zip` holds its PNG frames. Returns the file."""
    from t2v.media.clips import write_clip

    settings = {"fps": clip.recipe["fps"], "scale": clip.scale if scale is None else scale, "recipe": clip.recipe}
    path = out_dir / f"{clip.name}{ending}"
    if ending != ".zip":
        write_clip(path, clip.frames, **settings)
        return path
    with tempfile.TemporaryDirectory(dir=out_dir) as folder:
        write_clip(Path(folder, clip.name), clip.frames, **settings)
        pad_numbers(Path(folder, clip.name))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:  # in their order: `make_archive` takes any
            for frame in sorted(Path(folder, clip.name).iterdir()):
                archive.write(frame, f"{clip.name}/{frame.name}")
    return path


def pad_numbers(folder: Path) -> None:
    """`frame_1.png` -> `frame_001.png`, so that every program sorts them in their order."""
    for path in folder.glob("*_*.png"):
        stem, _, number = path.stem.rpartition("_")
        path.rename(path.with_name(f"{stem}_{int(number):03d}.png"))


def save_thumbnail(clip: Clip, out_dir: Path) -> Path:
    """The clip as a GIF of its own size, for a grid that the browser enlarges."""
    return save(clip, out_dir / "grid", ".gif", scale=1)


def fields_of(folders: Folders, file: Path) -> tuple[dict, str]:
    """What the recipe inside a file asks for, and a remark where the clip cannot be the same ("" where it is).

    The checkpoint is found by the hash of its weights, else by its name; None where it is not here. ValueError when the
    file carries no recipe of ours.
    """
    from t2v.data.grammar import MAX_PROMPT_CHARACTERS
    from t2v.media.clips import read_recipe
    from t2v.system.files import read_json

    try:
        recipe = read_recipe(file) or {}
    except ValueError:
        recipe = {}
    fields: dict[str, Any] = {name: recipe.get(name) for name in ("prompt", "seed", "frames", "fps")}
    bounds = {"seed": (0, MAX_SEED), "frames": (1, MAX_FRAMES), "fps": (1, MAX_FPS)}
    wrong = [problem for name, limits in bounds.items() for problem in range_problem(name, fields[name], *limits)]
    if not isinstance(fields["prompt"], str) or len(fields["prompt"]) > MAX_PROMPT_CHARACTERS or wrong:
        raise value_error("This file carries no recipe; a GIF, PNG, MP4 or WebP that was downloaded here does.")
    if fields["seed"] > MAX_PAGE_SEED:
        command = f"python -m t2v generate {shlex.quote(fields['prompt'])} --seed {fields['seed']} --out again.gif"
        raise value_error("A browser cannot hold this clip's seed; make it again with: {command}", command=command)
    hashes = {}
    for name, release in find_checkpoints(folders).items():
        try:
            hashes[name] = read_json(release / "config.json").get("weights_sha256")
        except ValueError:
            continue
    wanted = recipe.get("checkpoint")
    same = [name for name, digest in hashes.items() if digest == recipe.get("weights_sha256")]
    alike = [name for name in hashes if name.removeprefix("runs/") == wanted]
    fields["checkpoint"] = next(iter(same + alike), None)
    if same:
        return fields, ""
    if alike:
        return fields, _(
            "The weights of {model} have changed since this clip was made, so it may look different.", model=wanted
        )
    return fields, _(
        "This clip was made by {model!r}, which is not here; another checkpoint draws it now.", model=str(wanted)[:80]
    )
