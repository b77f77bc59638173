"""Things of one's own: from a drawing or photo to a sprite, and the word that it is called by.

A picture becomes (S, S, 4) uint8, RGBA: its ground transparent, the thing in the middle, as large as fits into the
circle. A name is one word of any language, lower-case. A folder keeps its things as `things/<name>.png`.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from t2v.config import TrainConfig
from t2v.data.captions import MARKS
from t2v.data.folder import read_state
from t2v.data.grammar import ARTICLES, FORGIVEN_WORDS, SHAPES_GRAMMAR, THINGS_AFTER, things_of
from t2v.data.sprites import SPRITE_PX, Sprites, make_sprites
from t2v.data.stories.grammar import STORIES_GRAMMAR
from t2v.media.decoders import DAMAGE
from t2v.media.shown import over_white
from t2v.system.files import atomic_path
from t2v.system.messages import value_error

FOLDER = "things"  # of a dataset, a run or a release
MAX_THINGS = 8
MAX_NAME_LETTERS = 24
MAX_PICTURE_BYTES = 30_000_000
MAX_PICTURE_PX = 8192  # a side
WORK_PX = 512  # longer side of a picture while its ground is looked for
SOLID = 128  # alpha from which a pixel counts as drawn
FEWEST_PIXELS = 12  # of WORK_PX**2, that are something
NOISE_FROM_PX = 128  # the shorter side of pictures whose single pixels count for nothing
EVEN_SHARE = 0.95  # of a border, whose colour is then that of the whole ground
UNEVEN_TOLERANCE = 110  # levels that one ground's colour may differ from itself where the light is uneven
FITS = 4  # of a ground to its border, each without what was off the one before
GROUND_TOLERANCE = 24  # levels of a channel that a ground's colour may differ from pixel to pixel of the border


def thing_name(name: str) -> str:
    """A name as the grammar has it, lower-case. ValueError unless it is one new word of letters and digits."""
    plain = unicodedata.normalize("NFKC", name).strip().lower()
    if not plain:
        raise value_error("The thing has no name; give it one word, such as monster.")
    if not re.fullmatch(rf"(?:[^\W_]|[{MARKS}])+", plain) or not any(c.isalpha() for c in plain):
        suggestion = re.sub(rf"[^\w{MARKS}]|_", "", plain)[:MAX_NAME_LETTERS]
        got = name.strip()[:40]
        if not any(c.isalpha() for c in suggestion):
            raise value_error("A thing's name is one word of letters, got {got!r}.", got=got)
        raise value_error(
            "A thing's name is one word of letters, got {got!r}; for example {suggestion}.",
            got=got,
            suggestion=suggestion,
        )
    if len(plain) > MAX_NAME_LETTERS:
        raise value_error(
            "The name {name!r} has {count} letters; at most {most} are taken.",
            name=plain[:40],
            count=len(plain),
            most=MAX_NAME_LETTERS,
        )
    if plain in (*SHAPES_GRAMMAR.words, *FORGIVEN_WORDS, *ARTICLES, "clockwise", "counter", "anti"):
        raise value_error("{name!r} is already a word of the prompts; choose another name.", name=plain)
    return plain


def named_paths(specs: Sequence[str]) -> dict[str, Path]:
    """`monster=monster.png`, ... -> {name: path}. ValueError for anything else, and for a name given twice."""
    paths: dict[str, Path] = {}
    for spec in specs:
        name, equals, path = spec.partition("=")
        if not equals or not path:
            raise ValueError(f"A thing is NAME=PICTURE, such as monster=monster.png, got {spec[:60]!r}.")
        name = thing_name(name)
        if name in paths:
            raise ValueError(f"The name {name!r} is given twice; each thing needs its own.")
        paths[name] = Path(path)
    if len(paths) > MAX_THINGS:
        raise ValueError(f"At most {MAX_THINGS} things are taken, got {len(paths)}.")
    return paths


def grammar_with_things(grammar: str, names: Sequence[str]) -> str:
    """The name of a grammar that also has these things: `shapes+monster`. ValueError where it cannot have any."""
    if not names:
        return grammar
    base, *things = grammar.split(THINGS_AFTER)
    if base not in (SHAPES_GRAMMAR.name, STORIES_GRAMMAR.name):
        raise ValueError(f"Things of one's own go into 'shapes' or 'stories', not into {grammar!r}.")
    words = STORIES_GRAMMAR.words if base == STORIES_GRAMMAR.name else SHAPES_GRAMMAR.words
    if known := sorted(set(names) & {*words, *things}):
        raise value_error(
            "{name!r} is already a word of {grammar!r}; choose another name.", name=known[0], grammar=grammar
        )
    return THINGS_AFTER.join((grammar, *names))


def things_written_in(folder: Path, grammar: str) -> list[str]:
    """The things that a dataset written here shows besides those of a grammar; none where it is of another one."""
    base, *names = str((read_state(folder) or {}).get("grammar", "")).split(THINGS_AFTER)
    # of stories the captions themselves say what is there: they are learned as anybody's are
    same = base == grammar.partition(THINGS_AFTER)[0] == SHAPES_GRAMMAR.name
    return [name for name in names if same and name not in things_of(grammar)]


def with_things_of(folder: Path, config: TrainConfig) -> TrainConfig:
    """A recipe whose grammar has the things too that a dataset written here shows."""
    grammar = grammar_with_things(config.grammar, things_written_in(folder, config.grammar))
    return replace(config, grammar=grammar)


def read_picture(path: str | os.PathLike) -> np.ndarray:
    """The thing in a picture file, (S, S, 4) uint8. ValueError says in one line what is wrong with the file."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"There is no picture {path}.")
    if path.stat().st_size > MAX_PICTURE_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size / 1e6:.0f} MB; at most {MAX_PICTURE_BYTES / 1e6:.0f} fit.")
    try:
        with Image.open(path) as picture:
            if max(picture.size) > MAX_PICTURE_PX:
                width, height = picture.size
                raise ValueError(f"it is {width} x {height} px; at most {MAX_PICTURE_PX} a side are read")
            picture.draft("RGB", (WORK_PX, WORK_PX))
            upright = ImageOps.exif_transpose(picture)
            deep = upright.mode.startswith(("I", "F"))  # 16 bits a pixel, of which Pillow would keep the lowest
            upright = (Image.fromarray(over_white(np.asarray(upright))) if deep else upright).convert("RGBA")
    except (*DAMAGE, Image.DecompressionBombError, ValueError) as error:
        raise ValueError(f"{path} cannot be used: {' '.join(str(error).split())[:200]}.") from None
    try:
        return cut_out(np.asarray(upright))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def cut_out(rgba: np.ndarray) -> np.ndarray:
    """A picture (H, W, 4) uint8 -> the thing on it, (S, S, 4) uint8. ValueError where nothing is drawn.

    What is transparent is ground; in a picture without transparency, what has the colour of the border and reaches it.
    A photo on a canvas that is wider or higher than it counts as one without transparency.
    """
    picture = Image.fromarray(rgba)
    picture.thumbnail((WORK_PX, WORK_PX), Image.Resampling.BOX)
    rgba = _without_bars(np.array(picture))
    if rgba[..., 3].min() >= SOLID:
        rgba[..., 3] = _without_ground(rgba[..., :3])
    solid = rgba[..., 3] >= SOLID
    if solid.sum() < FEWEST_PIXELS:
        raise value_error("The picture is empty: nothing is drawn on its ground.")
    y, x = np.nonzero(solid)
    middle_x, middle_y = (x.min() + x.max() + 1) / 2, (y.min() + y.max() + 1) / 2
    radius = np.hypot(x + 0.5 - middle_x, y + 0.5 - middle_y).max() + 1  # a pixel of room for soft edges
    room = int(radius) + 1
    canvas = Image.new("RGBA", (rgba.shape[1] + 2 * room, rgba.shape[0] + 2 * room))
    canvas.paste(Image.fromarray(rgba), (room, room))
    left, top = room + middle_x - radius, room + middle_y - radius
    box = (left, top, left + 2 * radius, top + 2 * radius)
    return np.array(canvas.resize((SPRITE_PX, SPRITE_PX), Image.Resampling.HAMMING, box))


def _without_bars(rgba: np.ndarray) -> np.ndarray:
    """What of a picture (H, W, 4) lies between two transparent bars, where all of it is opaque; else the picture."""
    solid = rgba[..., 3] >= SOLID
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        return rgba
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    spans = solid[box].shape[0] == solid.shape[0] or solid[box].shape[1] == solid.shape[1]
    return rgba[box] if spans and solid[box].all() else rgba


def _without_ground(rgb: np.ndarray) -> np.ndarray:
    """The alpha (H, W) uint8 of a picture (H, W, 3) whose ground has the colour that most of its border has."""
    if min(rgb.shape[:2]) >= NOISE_FROM_PX:
        rgb = cv2.medianBlur(rgb, 5)
    like_ground = (np.abs(rgb - _ground_of(rgb)).max(2) <= GROUND_TOLERANCE).astype(np.uint8)
    count, parts = cv2.connectedComponents(like_ground, connectivity=4)
    touching = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    reaches_border = np.zeros(count, bool)
    reaches_border[touching] = True
    reaches_border[0] = False  # of what is not like the ground
    ground = cv2.dilate(reaches_border[parts].astype(np.uint8), np.ones((3, 3), np.uint8))  # and the soft edge
    return np.where(ground, 0, 255).astype(np.uint8)


def _ground_of(rgb: np.ndarray) -> np.ndarray:
    """What a picture (H, W, 3) would be without the thing, (H, W, 3) or (1, 1, 3) float: the colour that most of its
    border has; of a photo, whose light is uneven, a surface of second degree through most of its border."""
    height_px, width_px = rgb.shape[:2]
    y, x = (axis.ravel() / max(height_px, width_px) for axis in np.mgrid[:height_px, :width_px])
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)  # (H * W, 6)
    pixels = rgb.reshape(-1, 3).astype(float)
    at_border = np.zeros((height_px, width_px), bool)
    at_border[[0, -1]] = at_border[:, [0, -1]] = True
    border, border_terms = pixels[at_border.ravel()], terms[at_border.ravel()]
    colours, counts = np.unique(border // 8, axis=0, return_counts=True)
    usual = border[(border // 8 == colours[counts.argmax()]).all(1)].mean(0)
    off_usual = np.abs(border - usual).max(1)
    like = off_usual <= GROUND_TOLERANCE
    if like.mean() > EVEN_SHARE:
        return usual[None, None]
    fitted = off_usual <= UNEVEN_TOLERANCE
    surface = np.zeros((6, 3))
    for _ in range(FITS):
        surface = np.linalg.lstsq(border_terms[fitted], border[fitted], rcond=None)[0]
        fitted = np.abs(border - border_terms @ surface).max(1) <= GROUND_TOLERANCE
        if fitted.mean() <= like.mean():  # no photo of a ground of one colour
            return usual[None, None]
    return (terms @ surface).reshape(rgb.shape)


def save_things(folder: Path, pictures: Mapping[str, np.ndarray]) -> None:
    """Keep pictures (S, S, 4) under their names in `folder/things`."""
    for name, picture in pictures.items():
        with atomic_path(kept_path(folder, name)) as temporary:
            Image.fromarray(picture).save(temporary)


def kept_path(folder: Path, name: str) -> Path:
    """Where a folder keeps the picture of a thing."""
    return folder / FOLDER / f"{name}.png"


def load_things(folder: Path, grammar: str) -> dict[str, np.ndarray]:
    """The pictures (S, S, 4) of a grammar's things that `folder` keeps, in the order of the grammar."""
    return {name: read_kept(kept_path(folder, name)) for name in things_of(grammar)}


def read_kept(path: Path) -> np.ndarray:
    """A picture that `save_things` wrote. ValueError when it is missing or damaged."""
    try:
        with Image.open(path) as picture:
            rgba = np.asarray(picture.convert("RGBA"))
    except FileNotFoundError:
        raise ValueError(f"{path} is missing: the picture of a thing that the prompts name.") from None
    except (*DAMAGE, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is damaged: {' '.join(str(error).split())[:200]}.") from None
    if rgba.shape != (SPRITE_PX, SPRITE_PX, 4):
        raise ValueError(f"{path} must be {SPRITE_PX} x {SPRITE_PX} px, got {rgba.shape[1]} x {rgba.shape[0]}.")
    return rgba


def sprites_of(pictures: Mapping[str, np.ndarray]) -> Sprites | None:
    """What is drawn in the place of these things; None where there are none."""
    return make_sprites(list(pictures.values())) if pictures else None


def digest(pictures: Mapping[str, np.ndarray]) -> str:
    """The hash of names and pictures, "" of none."""
    hashed = hashlib.sha256()
    for name, picture in pictures.items():
        hashed.update(name.encode() + picture.tobytes())
    return hashed.hexdigest() if pictures else ""
