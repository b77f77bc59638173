"""Several things of which nobody said how many: `red circles`, `звёзды падают`.

The endings that tell it, and the words that say a number, are in section `plural` of `en.ini` and `ru.ini`.
"""

from functools import lru_cache

from t2v.language.dictionary import dictionary, plain
from t2v.language.find import Phrase
from t2v.language.tokens import script

SINGULAR_ENDINGS = ("ss", "us", "is")  # English words that end in s and are one thing
OF_A_THING = {"shape", "kind"}
SHORTEST = 3  # letters of a plural


def several(phrases: list[Phrase]) -> list[Phrase]:
    """The things that are said in the plural, without a number before them."""
    plurals, numbered = [], False
    for item in phrases:
        numbered = numbered or item.value("count") is not None or _is_number(item)
        if item.slots & OF_A_THING:
            plurals += [item] if not numbered and _is_plural(item, phrases) else []
            numbered = False
    return plurals


@lru_cache(maxsize=16)
def _words(language: str, line: str) -> tuple[str, ...]:
    return tuple(plain(word.strip()) for word in dictionary(language).file["plural"][line].split(","))


def _last_word(item: Phrase) -> str:
    return item.typed.lower().split()[-1].split("-")[-1]


def _is_number(item: Phrase) -> bool:
    language = script(plain(item.typed)) or ""
    return item.typed.isdigit() or (bool(language) and plain(item.typed) in _words(language, "numbers"))


def _is_plural(item: Phrase, phrases: list[Phrase]) -> bool:
    typed = _last_word(item)
    if "'" in typed or "’" in typed or len(typed) < SHORTEST:  # `the circle's moving left`
        return False
    word = plain(typed)
    if script(word) == "en":
        ends = word.endswith("s") and not word.endswith(SINGULAR_ENDINGS)
        return ends or word in _words("en", "irregular")
    return script(word) == "ru" and _is_russian_plural(word, phrases)


def _is_russian_plural(word: str, phrases: list[Phrase]) -> bool:
    """`круги` is plural, `звезды` only beside a plural verb or adjective: it is said of one as well."""
    if word.endswith(_words("ru", "nouns_always")):
        return True
    if not word.endswith(_words("ru", "nouns")):
        return False
    forms = dictionary("ru").forms
    if word[:-1] in forms and word[:-1] + "а" not in forms:
        return True
    words = [(item, plain(_last_word(item))) for item in phrases if item.typed.strip()]
    deeds = [item for item, _ in words if item.slots & {"motion", "relation", "undergone"}]
    verbs = (w.endswith(_words("ru", "verbs")) for item in deeds for w in plain(item.typed).split())  # `гонятся за`
    adjectives = (w.endswith(_words("ru", "adjectives")) for item, w in words if item.slots & {"size", "colour"})
    return any(verbs) or any(adjectives)
