"""Which encoding a text was saved in: spreadsheets and zips of Windows do not say so."""

import re
from typing import NamedTuple

RUSSIAN = {"cp1251": "Windows-1251", "cp866": "DOS-866"}
COMMON_LETTERS = "оеаинтсрвлкмдпу"  # of Russian
ZEROS_OF_WIDE = 0.2  # of the bytes: UTF-16 without its mark; no other text holds any
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
REPLACED = "\ufffd"


class Decoded(NamedTuple):
    """A text, and what its encoding is called where it had to be found out."""

    text: str
    guessed: str = ""


def decode(data: bytes) -> Decoded:
    """A text of UTF-8 or UTF-16, with or without a mark; else of Windows or DOS in Russian, or of Windows in the west.
    UnicodeDecodeError for what is no text, and for UTF-8 with a few damaged bytes."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.count(0) > ZEROS_OF_WIDE * len(data)
    if wide and len(data) > 2:
        return Decoded(_wide(data), "UTF-16")
    try:
        return Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        mostly = data.decode("utf-8", errors="replace")
        if NO_TEXT.search(data) or sum(not c.isascii() for c in mostly) > 2 * mostly.count(REPLACED):
            raise
    encoding, name = guess_narrow(data)
    return Decoded(data.decode(encoding, errors="replace"), name)


def guess_narrow(data: bytes) -> tuple[str, str]:
    """Python's name of the encoding of a text of one byte a letter, and its usual one. Western words have some letters
    with accents among plain ones, Russian words nothing but letters beyond ASCII."""
    beyond = [word for word in re.findall(rb"[A-Za-z\x80-\xff]+", data) if not word.isascii()]
    mixed = sum(bool(re.search(rb"[A-Za-z]", word)) for word in beyond)
    if 2 * mixed > len(beyond):
        return "cp1252", "Windows-1252"

    def common_letters(encoding: str) -> int:
        text = data.decode(encoding, errors="replace").casefold()
        return sum(map(text.count, COMMON_LETTERS))

    best = max(RUSSIAN, key=common_letters)
    return best, RUSSIAN[best]


def _wide(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be")
