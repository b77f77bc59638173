"""Own captions to words: punctuation and case make no other word, and inflections may be joined by their stems.

Scripts that are written without spaces (Chinese, Japanese, Thai, ...) are cut into characters.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import snowballstemmer

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# accents and vowel signs: parts of the word they stand in
MARKS = "\u0300-\u036f\u0483-\u0489\u0590-\u05ff\u0610-\u061a\u064b-\u065f\u0900-\u0dff"
# not seen, but kept by an editor or a web page: soft hyphens, joiners, stress marks of Russian textbooks
UNSEEN = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]|(?<=[а-яё])[\u0300\u0301]"
)
WORD = re.compile(rf"[{UNSPACED}]|(?:[^\W_{UNSPACED}]|[{MARKS}])+(?:['’](?:[^\W_{UNSPACED}])+)*")


def caption_words(caption: str) -> list[str]:
    """The words of a caption, lower-case: `A cat, jumping!` -> [a, cat, jumping]. [] where there are none."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", caption).casefold())
    return WORD.findall(UNSEEN.sub("", plain).replace("’", "'"))


@lru_cache(maxsize=2)
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(language)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """An English or Russian word without its inflection; of other languages the word itself."""
    if re.fullmatch("[a-z']+", word):
        return _stemmer("english").stemWord(word)
    if re.fullmatch("[а-яё]+", word):
        return _stemmer("russian").stemWord(word.replace("ё", "е"))
    return word
