"""Which files are clips, pictures of clips, or nobody's: by their names, and by their first bytes."""

import re
from pathlib import Path

from t2v.system.messages import value_error

# Ending -> (where the magic number stands, what it may be). No file is opened that begins otherwise.
_FTYP = (4, (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"))  # QuickTime's older files begin with any atom
_EBML = (0, (b"\x1a\x45\xdf\xa3",))
_PNG = (0, (b"\x89PNG\r\n\x1a\n",))
MAGIC: dict[str, tuple[int, tuple[bytes, ...]]] = {
    ".gif": (0, (b"GIF8",)),
    ".png": _PNG,
    ".apng": _PNG,
    ".webp": (8, (b"WEBP",)),
    ".jpg": (0, (b"\xff\xd8\xff",)),
    ".jpeg": (0, (b"\xff\xd8\xff",)),
    ".mp4": _FTYP,
    ".m4v": _FTYP,
    ".mov": _FTYP,
    ".webm": _EBML,
    ".mkv": _EBML,
    ".avi": (8, (b"AVI ",)),
}
# Ending -> FFmpeg's demuxer, by name, so that no playlist that calls itself a video leads FFmpeg to other files.
DEMUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".webm": "webm", ".mkv": "matroska", ".avi": "avi"}
ANIMATIONS = (".gif", ".webp", ".apng")
CLIP_ENDINGS = (*ANIMATIONS, *DEMUXERS)
PICTURES = (".png", ".jpg")
FRAME_FILE = re.compile(r"(|.*\D)(\d+)\.(png|jpe?g)", re.IGNORECASE)  # frame_0.png, clip2_0001.jpg, 12.png
HIDDEN = ("thumbs.db", "desktop.ini", "__macosx")  # and whatever begins with a dot


def is_hidden(name: str) -> bool:
    """Whether a file is none of the user's: `.DS_Store`, `._clip.gif`, `Thumbs.db`."""
    return name.startswith(".") or name.lower() in HIDDEN


def kind_of(path: Path) -> str:
    """The ending that a file deserves: its own, or that of the kind of clip, or of picture, that it is instead. Chats
    and web pages call a WebP or an MP4 a GIF. ValueError for what is none, before anything takes it apart."""
    ending = path.suffix.lower()
    if _begins_as(path, ending):
        return ending
    for other in CLIP_ENDINGS if ending in CLIP_ENDINGS else PICTURES:
        if _begins_as(path, other) and (other != ".apng" or is_animated_png(path)):
            return other
    raise value_error("it is no {ending} file, whatever its name says", ending=ending)


def _begins_as(path: Path, ending: str) -> bool:
    offset, known = MAGIC.get(ending, (0, (b"",)))
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(max(map(len, known))).startswith(known)


def is_animated_png(path: Path) -> bool:
    """Whether a PNG file has its animation chunk, which stands before the pixels."""
    with open(path, "rb") as file:
        head = file.read(2**16)
    return head.startswith(_PNG[1]) and b"acTL" in head.partition(b"IDAT")[0]
