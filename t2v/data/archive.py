"""Zips of clips, unpacked with care: bounded in size, number and place, once for each content."""

import hashlib
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from t2v.data.encodings import guess_narrow
from t2v.data.find_clips import NO_CLIPS, SIDECARS
from t2v.data.tables import TABLE_ENDINGS
from t2v.media.kinds import CLIP_ENDINGS, is_hidden
from t2v.system.cache import cache_folder, keep_within
from t2v.system.files import add_file, atomic_path
from t2v.system.messages import value_error

MAX_BYTES = 500 * 10**6  # of the zip, and of what is in it
MAX_FILES = 100_000
MAX_RATIO = 100  # of text; pictures and films are packed already
RATIO_FROM_BYTES = 10**6
# NO_CLIPS, too, so that the report says of them why they are left out
TAKEN = (*CLIP_ENDINGS, *TABLE_ENDINGS, *NO_CLIPS, *SIDECARS, ".npy")
MAX_NAME_BYTES = 240  # of a file; file systems take 255
COPIED_BYTES = 2**20
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, RuntimeError,
)  # fmt: skip


def opened(data: str | os.PathLike) -> Path:
    """A folder itself; of a `.zip` the folder that it is unpacked to, in the cache. ValueError for a bad zip."""
    path = Path(data)
    if path.suffix.lower() != ".zip" or path.is_dir():
        return path
    if not path.exists():
        raise ValueError(f"There is no file {path}")
    check_zip(path)
    digest = hashlib.sha256()
    add_file(digest, path)
    target = cache_folder("unpacked") / digest.hexdigest()[:32]
    if not target.is_dir():
        unpack(path, target)
    os.utime(target)
    keep_within(target.parent)
    return _without_wrapping(target)


def _without_wrapping(folder: Path) -> Path:
    """The one folder in a folder that holds nothing else, as most programs pack."""
    inside = [path for path in folder.iterdir() if not is_hidden(path.name)]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and inside[0].name != "video_0" else folder


def check_zip(path: Path) -> list[zipfile.ZipInfo]:
    """The entries that matter. ValueError for what is no zip, is too large, or says that it would become so."""
    if path.stat().st_size > MAX_BYTES:
        raise value_error(
            "{name} has {size:,.0f} MB, at most {most:.0f} are taken; send fewer or shorter clips",
            name=path.name,
            size=path.stat().st_size / 1e6,
            most=MAX_BYTES / 1e6,
        )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise value_error("{name} is no zip that can be read: {reason}", name=path.name, reason=reason) from None
    if len(entries) > MAX_FILES:
        raise value_error(
            "{name} holds {count:,} files, at most {most:,} are taken",
            name=path.name,
            count=len(entries),
            most=MAX_FILES,
        )
    taken = [entry for entry in entries if _is_taken(entry)]
    if any(entry.flag_bits & 0x1 for entry in taken):
        raise value_error("{name} is locked with a password; pack it without one", name=path.name)
    unpacked_bytes = sum(entry.file_size for entry in taken)
    if unpacked_bytes > MAX_BYTES:
        raise value_error(
            "{name} would be {size:,.0f} MB when unpacked, at most {most:.0f} are taken",
            name=path.name,
            size=unpacked_bytes / 1e6,
            most=MAX_BYTES / 1e6,
        )
    for entry in taken:
        if entry.file_size > max(RATIO_FROM_BYTES, MAX_RATIO * entry.compress_size):
            raise value_error(
                "{name}: {file} would grow to {size:,} bytes; it looks like a bomb",
                name=path.name,
                file=entry.filename,
                size=entry.file_size,
            )
    if not taken:
        raise value_error("{name} holds no clips; pack the files or the folder of clips", name=path.name)
    return taken


def _is_taken(entry: zipfile.ZipInfo) -> bool:
    """Whether it is a file that a dataset may hold; no folder, no link, nothing hidden."""
    parts = PureWindowsPath(entry.filename).parts
    is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    hidden = any(is_hidden(part) for part in parts if part not in ("..", "."))
    return not entry.is_dir() and not is_link and not hidden and entry.filename.lower().endswith(TAKEN)


def unpack(path: Path, target: Path) -> None:
    """Unpack what matters of a zip to a new folder, all or nothing. ValueError as `check_zip`, and for names that lead
    out of the folder, files that are damaged, or more bytes than the zip may hold."""
    entries = check_zip(path)
    left_bytes = MAX_BYTES
    with atomic_path(target) as folder, zipfile.ZipFile(path) as archive:
        folder.mkdir()
        for entry in entries:
            parts = PureWindowsPath(_readable_name(entry)).parts
            if ".." in parts or PureWindowsPath(entry.filename).anchor:
                raise value_error(
                    "{name}: {file!r} leads out of the folder; pack it without such names",
                    name=path.name,
                    file=entry.filename,
                )
            unpacked = folder.joinpath(*(_file_name(part) for part in parts))
            try:
                unpacked.parent.mkdir(parents=True, exist_ok=True)
                with open(unpacked, "wb") as file:
                    for piece in _pieces(archive, entry):
                        left_bytes -= len(piece)
                        if left_bytes < 0:
                            raise value_error(
                                "{name}: {file!r} is larger than it says", name=path.name, file=entry.filename
                            )
                        file.write(piece)
            except (FileExistsError, IsADirectoryError, NotADirectoryError):
                raise value_error(
                    "{name}: {file!r} is a file and a folder at once", name=path.name, file=entry.filename
                ) from None


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is packed in an entry, piece by piece. ValueError when it is damaged."""
    try:
        with archive.open(entry) as source:
            yield from iter(lambda: source.read(COPIED_BYTES), b"")
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise value_error(
            "{name}: {file!r} is damaged: {reason}",
            name=Path(str(archive.filename)).name,
            file=entry.filename,
            reason=reason,
        ) from None


def _readable_name(entry: zipfile.ZipInfo) -> str:
    """The name as its maker wrote it: macOS packs UTF-8, and Windows in Russian DOS-866, without saying so."""
    says_unicode = 0x800
    if entry.flag_bits & says_unicode or entry.filename.isascii():
        return entry.filename
    try:
        name = entry.filename.encode("cp437")
    except UnicodeEncodeError:  # Python has read it elsewhere in the zip
        return entry.filename
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        encoding, _ = guess_narrow(name)
        return entry.filename if encoding == "cp1252" else name.decode(encoding, errors="replace")


def _file_name(part: str) -> str:
    """A part of a path that every file system takes; a long one loses its middle, not its ending."""
    name = re.sub(r'[<>:"|?*\x00-\x1f]', "_", part)
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    rest = hashlib.sha256(name.encode()).hexdigest()[:8] + PureWindowsPath(name).suffix[:16]
    begin = name.encode()[: MAX_NAME_BYTES - len(rest.encode())].decode(errors="ignore")
    return f"{begin}{rest}"
