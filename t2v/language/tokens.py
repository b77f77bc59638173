"""Text to tokens: words, signs, and the stops between them, each with its place in the text.

Words come out as dictionaries spell them: NFKC, lower-case, one alphabet (`rеd` with a Cyrillic `е` is `red`).
"""

import re
import unicodedata
from typing import NamedTuple

from t2v.language.dictionary import plain, signs

LATIN = "aeopcxykmhtbiju"
CYRILLIC = "аеорсхукмнтвіји"  # looks like the letter of LATIN at the same place
TO_LATIN = str.maketrans(CYRILLIC, LATIN)
TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
ARROW = re.compile(r"<?[-=–—]+>+|>{2,}|<+[-=–—]+|<{2,}|\^+")
UNSEEN = re.compile("[\u0301\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
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
    """The text that places refer to: accents composed with their letters, no stress marks or unseen characters."""
    return UNSEEN.sub("", unicodedata.normalize("NFC", text))


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


def script(word: str) -> str | None:
    """The language whose dictionary a word is looked up in, by its letters; None for other scripts and numbers."""
    first = next((c for c in word if c.isalpha()), "")
    if "a" <= first <= "z":
        return "en"
    return "ru" if "а" <= first <= "я" or first == "ё" else None


def tokenize(text: str) -> list[Token]:
    """The tokens of `normal_text(text)`, in order."""
    tokens, at = [], 0
    while at < len(text):
        if match := WORD.match(text, at):
            word = unicodedata.normalize("NFKC", match[0]).lower()
            tokens.append(Token(at, match.end(), "word", plain(one_alphabet(word))))
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
