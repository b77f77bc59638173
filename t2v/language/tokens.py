"""Text to tokens: words, signs, and the stops between them, each with its place in the text.

Words come out as dictionaries spell them: NFKC, lower-case, one alphabet (`rеd` with a Cyrillic `е` is `red`).
"""

import re
import unicodedata
from typing import NamedTuple

from t2v.language.dictionary import dictionary, plain, signs

LATIN = "aeopcxykmhtbiju"
CYRILLIC = "аеорсхукмнтвіји"  # looks like the letter of LATIN at the same place
TO_LATIN = str.maketrans(CYRILLIC, LATIN)
TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
ARROW = re.compile(r"<?[-=–—]+>+|>{2,}|<+[-=–—]+|<{2,}|\^+")
UNSEEN = re.compile("[\u0301\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")  # of a terminal
COLOUR_CODE = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})(?!\w)|(?:rgb|hsl)a?\([^)]*\)", re.IGNORECASE)
LATIN_LETTER = re.compile("[a-z]")
CYRILLIC_LETTER = re.compile("[а-яё]", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
STOPS = {".": "stop", ";": "stop", "!": "stop", "?": "stop", "…": "stop", "\n": "stop", ",": "comma", ":": "comma",
         "(": "comma", ")": "comma", "/": "comma", "|": "comma", "。": "stop", "，": "comma"}  # fmt: skip


class Token(NamedTuple):
    """`type` is word, sign, stop (of a sentence) or comma; `text` is what is looked up."""

    start: int
    end: int
    type: str
    text: str


def normal_text(text: str) -> str:
    """The text that places refer to: accents composed with their letters; no stress marks, no escape codes."""
    return UNSEEN.sub("", unicodedata.normalize("NFC", ESCAPE.sub("", text)))


def one_alphabet(word: str) -> str:
    """A word of Latin and Cyrillic letters in the alphabet that it was meant in."""
    latin = [c for c in word if "a" <= c <= "z"]
    cyrillic = [c for c in word if "а" <= c <= "я" or c == "ё"]
    if not latin or not cyrillic:
        return word
    foreign_latin = sum(c not in LATIN for c in latin)
    foreign_cyrillic = sum(c not in CYRILLIC for c in cyrillic)
    to_latin = foreign_latin > foreign_cyrillic or (foreign_latin == foreign_cyrillic and len(latin) >= len(cyrillic))
    return word.translate(TO_LATIN if to_latin else TO_CYRILLIC)


def _spelled(word: str, *, among_russian: bool) -> str:
    """A word in the alphabet that it was meant in: the one in which the dictionaries know it, where its letters look
    like those of both (`ввepx`, and `BBEPX` in a Russian text)."""
    if word.isascii() and not (among_russian and len(word) > 2 and set(word) <= set(LATIN)):
        return word
    for language, table in (("en", TO_LATIN), ("ru", TO_CYRILLIC)):
        meant = plain(word.translate(table))
        if (meant.isascii() == (language == "en")) and dictionary(language).look_up(meant):
            return meant
    return plain(one_alphabet(word))


def script(word: str) -> str | None:
    """The language whose dictionary a word is looked up in, by its letters; None for other scripts and numbers."""
    first = next((c for c in word if c.isalpha()), "")
    if "a" <= first <= "z":
        return "en"
    return "ru" if "а" <= first <= "я" or first == "ё" else None


def tokenize(text: str) -> list[Token]:
    """The tokens of `normal_text(text)`, in order."""
    tokens, at = [], 0
    russian = CYRILLIC_LETTER.search(text) is not None
    while at < len(text):
        if match := COLOUR_CODE.match(text, at):
            tokens.append(Token(at, match.end(), "word", match[0].lower()))
            at = match.end()
        elif match := WORD.match(text, at):
            word = plain(unicodedata.normalize("NFKC", match[0]))
            word = _spelled(word, among_russian=russian) if LATIN_LETTER.search(word) else word
            tokens.append(Token(at, match.end(), "word", word))
            at = match.end()
        elif match := ARROW.match(text, at):
            tokens.append(Token(at, match.end(), "sign", _arrow(match[0])))
            at = match.end()
        else:
            if text[at] in STOPS:
                tokens.append(Token(at, at + 1, STOPS[text[at]], text[at]))
            elif text[at] in signs() or unicodedata.category(text[at]) == "So" or text[at] == "&":
                tokens.append(Token(at, at + 1, "word" if text[at] == "&" else "sign", text[at]))
            at += 1
    return tokens


def _arrow(drawn: str) -> str:
    """The one-character arrow that an arrow of several characters stands for."""
    if "^" in drawn:
        return "↑"
    if drawn.startswith("<"):
        return "↔" if drawn.endswith(">") else "←"
    return "→"
