"""Captions as people write them down: tables of any spreadsheet, lines of JSON, two lists, text files, file names.

Every row says where it stands. What had to be mended, guessed or left out goes to `Findings`.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from t2v.data.encodings import decode
from t2v.data.grammar import MAX_PROMPT_CHARACTERS
from t2v.media.kinds import CLIP_ENDINGS
from t2v.system.messages import Message, join, of_error, value_error, with_texts

NAME_COLUMNS: tuple[str, ...] = ("file_name", "video", "video_path", "file", "filename", "path", "clip")
NAME_COLUMNS += ("имя_файла", "файл", "видео", "клип")
TEXT_COLUMNS = ("text", "caption", "prompt", "подпись", "описание", "текст")
TABLE_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".txt")
# `a.gif: it jumps`, in a text file
NAME_AND_TEXT = re.compile(
    rf"(?P<name>\S.*?(?:{'|'.join(map(re.escape, CLIP_ENDINGS))}))\s*[:;,|=\t ]\s*(?P<text>\S.*)", re.IGNORECASE
)
DELIMITERS = {  # what is said of a table whose columns they separate
    ",": Message("columns separated by commas"),
    ";": Message("columns separated by semicolons"),
    "\t": Message("columns separated by tabs"),
    "|": Message("columns separated by bars"),
}
MAX_CAPTION_WORDS = 60  # more slow each step down, and say more than a small model can draw
# What cameras, chats and programs call a file; no words about what it shows.
NAMES_OF_NOTHING = """
anim animation at camera clip clips copy data dataset dcim dsc download downloads file files final folder frame frames
gif gifs giphy image images img mov movie movies mp mvi new output pic pxl recording rec sample screen screenshot scene
snap telegram tenor test tmp train untitled version vid video videos whatsapp zip видео гифки данные загрузки запись
камера клип клипы копия новая папка файл файлы экрана
"""


class Finding(NamedTuple):
    """Where something stands, relative to the folder, "" where `what` says it, and what was mended there or why it was
    left out."""

    where: str
    what: str


@dataclass
class Findings:
    """What was mended and what was left out. `strict` refuses what would be guessed or left out instead."""

    folder: Path
    strict: bool = False
    mended: list[Finding] = field(default_factory=list)
    left_out: list[Finding] = field(default_factory=list)

    def mend(self, where: object, what: str) -> None:
        self.mended.append(Finding(self.relative(where), what))

    def guess(self, where: object, refusal: str, what: str) -> None:
        """A mending that may be wrong. ValueError with `refusal` when strict."""
        if self.strict:
            raise ValueError(f"{where}{refusal}")
        self.mend(where, what)

    def leave_out(self, where: object, why: str, *, after: str = " ") -> None:
        """ValueError when strict: nothing may be left out. `after` stands between `where` and `why` then."""
        if self.strict:
            raise ValueError(join([_text(where), why], after) if where else why)
        self.left_out.append(Finding(self.relative(where), self.relative(why)))

    def relative(self, text: object) -> str:
        """The text with paths as they are seen from the folder."""
        return with_texts(_text(text), lambda t: t.replace(f"{self.folder}/", "").replace(f"{self.folder}\\", ""))


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _line(path: Path, number: int) -> Message:
    """A place in a table."""
    return Message("{path} line {number}", path=str(path), number=number)


class Row(NamedTuple):
    """One line of a table: where it stands, the clip that it names, its captions, and its other cells."""

    where: str
    name: object
    texts: list
    others: dict[str, str]


def read_text(path: Path, findings: Findings | None = None) -> str:
    """A text file in whatever encoding it was saved (`encodings`); in UTF-8 or UTF-16 with its mark where nothing may
    be guessed, or no `findings` can tell. ValueError for what is no text."""
    data = path.read_bytes()
    try:
        text, guessed = decode(data)
    except UnicodeDecodeError as error:
        name = "UTF-16" if error.encoding.startswith("utf-16") else "UTF-8"
        values = {"path": str(path), "name": name, "reason": error.reason}
        raise value_error("{path} is not {name} text ({reason}); save it as UTF-8", **values) from None
    if guessed and guessed != "UTF-16" and (findings is None or findings.strict):
        raise value_error(
            "{path} is not {name} text ({reason}); save it as UTF-8",
            path=str(path),
            name="UTF-8",
            reason=Message("it looks like {name}", name=guessed),
        )
    if guessed and findings is not None:
        findings.mend(path, Message("read as {name}", name=guessed))
    return text


def read_rows(path: Path, findings: Findings) -> Iterator[Row]:
    """The lines of a table: `.jsonl`, `.json`, `.csv`, `.tsv`, or `.txt`. What cannot be read of it is left out."""
    try:
        text = read_text(path, findings)
    except ValueError as error:
        findings.leave_out("", of_error(error))
        return
    readers = {".jsonl": _json_lines, ".json": _json_lines, ".txt": _text_lines}
    cells = readers.get(path.suffix.lower(), _csv_lines)(path, text, findings)
    for where, row in cells:
        columns = {_column(name): name for name in row}
        names = [columns[name] for name in NAME_COLUMNS if name in columns]
        texts = [columns[name] for name in TEXT_COLUMNS if name in columns]
        others = {n: v for n, v in row.items() if isinstance(v, str) and n not in (*names, *texts)}
        captions: list = []
        for column in texts:
            captions += row[column] if isinstance(row[column], list) else [row[column]]
        yield Row(where, row[names[0]] if names else None, captions, others)


def speaks_of_clips(path: Path) -> bool:
    """Whether a file is a table with columns for clips and for captions."""
    row = next(read_rows(path, Findings(path.parent)), None)
    return row is not None and row.name is not None and bool(row.texts)


def _column(name: object) -> str:
    """`File Name`, `"file-name" ` and `FILE_NAME` as `file_name`."""
    return re.sub(r"[\s-]+", "_", str(name).strip().strip("\"'").strip().casefold())


def _json_lines(path: Path, text: str, findings: Findings) -> Iterator[tuple[str, dict]]:
    if not findings.strict and (entries := _one_json(text)) is not None:
        for number, entry in enumerate(entries, start=1):
            yield Message("{path} entry {number}", path=str(path), number=number), entry
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = _line(path, number)
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            findings.leave_out(where, Message("is not JSON ({error}); repair it", error=str(error)))
            continue
        if isinstance(row, dict):
            yield where, row
        else:
            wanted = '{"file_name": ..., "text": ...}'
            findings.leave_out(where, Message("must be {wanted}, got {got}", wanted=wanted, got=line[:40]))


def _one_json(text: str) -> list[dict] | None:
    """The entries of a text that is one JSON, `[{"file_name": ..., "text": ...}, ...]` or `{"a.gif": "it jumps"}`; None
    of another, such as one whose lines are JSON each."""
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    if isinstance(whole, dict) and all(name.casefold().endswith(CLIP_ENDINGS) for name in whole):
        return [{"file_name": name, "text": caption} for name, caption in whole.items()]
    return whole if isinstance(whole, list) and all(isinstance(entry, dict) for entry in whole) else None


def _text_lines(path: Path, text: str, findings: Findings) -> Iterator[tuple[str, dict]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if match := NAME_AND_TEXT.fullmatch(line.strip()):
            yield _line(path, number), {"file_name": match["name"], "text": match["text"]}
        else:
            why = Message("names no clip; write the clip's file and what it shows, such as a.gif: it jumps")
            findings.leave_out(_line(path, number), why)


def _csv_lines(path: Path, text: str, findings: Findings) -> Iterator[tuple[str, dict]]:
    lines_before = 0
    if re.match(r"sep=.\r?\n", text, re.IGNORECASE):  # Excel's own first line
        text, lines_before = text.partition("\n")[2], 1
    delimiter = _delimiter(text.partition("\n")[0], "\t" if path.suffix.lower() == ".tsv" else ",")
    if delimiter != ("\t" if path.suffix.lower() == ".tsv" else ","):
        findings.mend(path, DELIMITERS[delimiter])
    strict = findings.strict or not _loose_quotes(path, text, delimiter, findings)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    header: list[str] = []
    line_read = lines_before
    try:
        for cells in reader:
            line_read = reader.line_num + lines_before
            where = _line(path, line_read)
            if not any(cell.strip() for cell in cells):
                continue
            if not header and not findings.strict and _looks_like_a_clip(cells):
                header = ["file_name", "text", *(f"column {i}" for i in range(3, len(cells) + 1))]
                findings.mend(path, Message("no line with the names of columns; taken for file names and captions"))
            elif not header:
                header = cells
                if not findings.strict and (why := _columns_missing(header)):
                    findings.leave_out(path, why)
                    return
                if [name.strip() for name in header] != header:
                    findings.mend(path, Message("spaces around the names of columns"))
                continue
            if len(cells) != len(header):
                refusal = Message("has other cells than line 1; put texts with commas in quotes")
                last_is_text = _column(header[-1]) in TEXT_COLUMNS
                if len(cells) < len(header) or not last_is_text:
                    findings.leave_out(where, refusal)
                    continue
                findings.guess(where, f" {refusal}", Message("a caption with commas, without quotes"))
                cells = [*cells[: len(header) - 1], delimiter.join(cells[len(header) - 1 :])]
            yield where, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        findings.leave_out(_line(path, line_read + 1), Message("is not CSV ({error}); repair it", error=str(error)))


def _loose_quotes(path: Path, text: str, delimiter: str, findings: Findings) -> bool:
    """Whether quotes stand in a table as in `"it" jumps`, which is told; one that nothing closes is a mistake."""
    try:
        for _cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        if "expected after" in str(error):
            findings.mend(path, Message("quotes in the middle of a caption"))
            return True
    return False


def _looks_like_a_clip(cells: list[str]) -> bool:
    """Whether the first line of a table is no header: `monster.gif,a monster jumps`."""
    named = any(_column(cell) in (*NAME_COLUMNS, *TEXT_COLUMNS) for cell in cells)
    return len(cells) > 1 and not named and cells[0].strip().casefold().endswith(CLIP_ENDINGS)


def _columns_missing(header: list[str]) -> Message | None:
    """Why a table with such columns says nothing about clips."""
    columns = {_column(name) for name in header}
    if columns & set(NAME_COLUMNS) and columns & set(TEXT_COLUMNS):
        return None
    got = ", ".join(filter(None, map(str.strip, header)))[:100]
    return Message("has the columns {got}; call one file_name and one text", got=got)


def _delimiter(header: str, usual: str) -> str:
    """What separates the columns that are known; the usual one if none does."""
    known = {*NAME_COLUMNS, *TEXT_COLUMNS}

    def columns_known(delimiter: str) -> int:
        return sum(_column(name) in known for name in header.split(delimiter))

    best = max((usual, *DELIMITERS), key=columns_known)
    # no known column at all: the first line may be no header
    return best if columns_known(best) else max((usual, *DELIMITERS), key=header.count)


def read_lists(prompts: Path, videos: Path, findings: Findings) -> Iterator[Row]:
    """`prompts.txt` and `videos.txt`, whose lines belong together."""
    try:
        texts, names = (read_text(path, findings).rstrip().splitlines() for path in (prompts, videos))
    except ValueError as error:
        findings.leave_out("", of_error(error))
        return
    if len(texts) != len(names):
        why = Message(
            "{prompts} has {texts} lines, {videos} has {names}; give both one line for each clip",
            prompts=prompts.name,
            videos=videos.name,
            texts=len(texts),
            names=len(names),
        )
        findings.leave_out(prompts, why, after=": ")
        return
    for number, (text, name) in enumerate(zip(texts, names, strict=True), start=1):
        if text.strip() or name.strip():
            yield Row(_line(prompts, number), name, [text], {})


def clean_captions(texts: Iterable[object], where: object, findings: Findings) -> tuple[str, ...]:
    """Captions without doubled spaces, in Unicode's composed form, cut to their first words where they are long.

    None where there is nothing, or no word at all: that is left out.
    """
    captions: list[str] = []
    for text in texts:
        if not isinstance(text, str) or not re.search(r"\w", text):
            continue
        caption = " ".join(unicodedata.normalize("NFC", text).split())
        words = caption.split()
        if len(caption) > MAX_PROMPT_CHARACTERS or len(words) > MAX_CAPTION_WORDS:
            size = f"{len(caption):,} characters; make it at most {MAX_PROMPT_CHARACTERS:,}"
            cut = Message("a caption of {count} words, cut to {most}", count=len(words), most=MAX_CAPTION_WORDS)
            if len(caption) > MAX_PROMPT_CHARACTERS:
                findings.guess(where, f": the caption has {size}", cut)
            else:
                findings.mend(where, cut)
            caption = " ".join(words[:MAX_CAPTION_WORDS])[:MAX_PROMPT_CHARACTERS].strip()
        if caption not in captions:
            captions.append(caption)
    if not captions:
        findings.leave_out(where, Message("has no caption; write there, as text, what the clip shows"))
    return tuple(captions)


def caption_of_name(name: str) -> str:
    """What a file's or folder's name says about the clip: `03_red-ball going up (2)` -> `red ball going up`.

    "" for names that cameras and programs give.
    """
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", name))
    words = [word for word in words if len(word) > 1 or word.casefold() in ("a", "и", "в", "с")]
    telling = [word for word in words if len(word) > 1 and word.casefold() not in NAMES_OF_NOTHING.split()]
    return " ".join(words) if telling else ""
