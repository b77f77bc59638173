"""The words of a language and what they mean, from `en.ini`, `ru.ini` and `signs.ini`.

A concept is a (slot, value) pair such as ("shape", "circle") or ("direction", "up"). A word may mean several at once:
`rises` is moving and up. Words are looked up as they are spelled, then by their stem.
"""

from collections import defaultdict
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import snowballstemmer

from t2v.data.grammar import ARTICLES

FOLDER = Path(__file__).parent
LANGUAGES = {"en": "english", "ru": "russian"}
PLAIN = ("silent", "aside", "common")  # sections of words that fill no slot
CASES = ("subject", "object")  # sections of things in a case that tells who acts
NO_WORDS = ("prefixes", "wording", "plural", "sentences")  # sections of what is no word of a prompt
NO_CONCEPTS = ("several", "colours", "side", "place", "along", "origin", *PLAIN, *NO_WORDS)
IRREGULAR = {"goes": "go"}  # the stemmer makes `goe` of it
FIRST_LETTERS = 2  # that a word shares with its stem: only words that begin alike are stemmed, so a start is quick
PICTURED = ("size", "colour", "shape", "motion", "speed", "direction", "shade", "kind", "ground")  # what may be guessed
MOST_KEPT = 20_000  # words that a dictionary remembers
SHORTEST_HEAD, SHORTEST_TAIL = 3, 2  # letters of words that were written as one

Concept = tuple[str, str]


class Meaning(NamedTuple):
    """What a word or phrase means. No concepts: it is passed over, with a remark when `remarked`."""

    concepts: tuple[Concept, ...]
    weak: bool = False  # counts only where nothing better is said
    remarked: bool = True
    rgb: tuple[int, int, int] | None = None  # of a colour that a grammar may not have
    headword: bool = False  # the first word of its line: preferred where a misspelt word is as near to another


class Entry(NamedTuple):
    """A word or phrase of the dictionary, lower-case."""

    words: tuple[str, ...]
    meaning: Meaning
    as_spelled: bool  # not by its stem


def plain(word: str) -> str:
    """As words are compared: lower-case, no apostrophes, `е` for `ё`."""
    return word.lower().replace("ё", "е").replace("’", "").replace("'", "")


def read_file(name: str) -> ConfigParser:
    """One of the data files; sections of `words = a, b, c`."""
    parser = ConfigParser(delimiters=("=",), comment_prefixes=("#",), interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # as configparser's own manual has it
    parser.read(FOLDER / name, encoding="utf-8")
    return parser


@lru_cache(maxsize=1)
def concept_slots() -> dict[str, str]:
    """Value of a concept -> its slot, as the English file has them."""
    file = dictionary("en").file
    return {value: slot for slot in file.sections() if slot not in NO_CONCEPTS for value in file[slot]}


def concepts_of(names: str, slots: dict[str, str]) -> tuple[Concept, ...]:
    """`moving up` -> (motion, moving), (direction, up)."""
    return tuple((slots[value], value) for value in names.split())


class Dictionary:
    """One language: single words as they are spelled, their stems, and phrases of several words. What a world's own
    file says of a word goes before what it means elsewhere."""

    def __init__(self, language: str, world: str = ""):
        self.language = language
        self.file = read_file(f"{language}.ini")
        self.world = read_file(f"{world}_{language}.ini") if world else ConfigParser()
        self._stemmer = snowballstemmer.stemmer(LANGUAGES[language])
        self._begun: dict[str, list[tuple[str, Entry]]] = {}  # first letters -> phrases and how they begin
        self._stemmed: dict[str, str] = {}
        self._known: dict[str, Meaning | None] = {}
        # first letters -> what the first word of each stem means, and how words of these stems begin
        self._stems: dict[str, tuple[dict[str, Meaning], tuple[str, ...]]] = {}

    def stem(self, word: str) -> str:
        """The word without its inflection."""
        if word not in self._stemmed:
            _forget_if_full(self._stemmed)
            self._stemmed[word] = plain(self._stemmer.stemWord(IRREGULAR.get(word, word)))
        return self._stemmed[word]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every word and phrase, in the order of the files."""
        own = _entries_of(self.world)
        known = {entry.words for entry in own}
        return tuple(own + [entry for entry in _entries_of(self.file) if entry.words not in known])

    @cached_property
    def forms(self) -> dict[str, Meaning]:
        """Single words as they are spelled."""
        return {entry.words[0]: entry.meaning for entry in reversed(self.entries) if len(entry.words) == 1}

    @cached_property
    def _inflected(self) -> dict[str, list[Entry]]:
        """First letters -> single words that may be inflected; not of those that carry no picture."""
        by_first_letters = defaultdict(list)
        for entry in self.entries:
            if len(entry.words) == 1 and not entry.as_spelled and (entry.meaning.concepts or entry.meaning.remarked):
                by_first_letters[entry.words[0][:FIRST_LETTERS]].append(entry)
        return by_first_letters

    @cached_property
    def _phrases(self) -> dict[str, list[Entry]]:
        """First letters -> phrases, the longest first."""
        by_first_letters = defaultdict(list)
        for entry in sorted(self.entries, key=lambda entry: -len(entry.words)):
            if len(entry.words) > 1:
                by_first_letters[entry.words[0][:FIRST_LETTERS]].append(entry)
        return by_first_letters

    def by_stem(self, word: str) -> Meaning | None:
        """What the first word of the same stem means."""
        letters = word[:FIRST_LETTERS]
        if letters not in self._stems:
            _forget_if_full(self._stems)
            near = self._inflected.get(letters, ())
            stems = {self.stem(entry.words[0]): entry.meaning for entry in reversed(near)}
            self._stems[letters] = stems, tuple(map(_start, stems))
        stems, starts = self._stems[letters]
        if not word.startswith(starts):  # stemming is slow, and most words are no inflection
            return None
        return stems.get(self.stem(word))

    def _inflects(self, word: str, known: str) -> bool:
        stem = self.stem(known)
        return word.startswith(_start(stem)) and self.stem(word) == stem

    def phrases(self, run: list[str]) -> Iterator[tuple[int, Meaning]]:
        """(number of words, meaning) of the phrases that a run of words begins with, the longest first."""
        letters = run[0][:FIRST_LETTERS]
        if letters not in self._begun:
            _forget_if_full(self._begun)
            near = self._phrases.get(letters, ())
            starts = (e.words[0] if e.as_spelled else _start(self.stem(e.words[0])) for e in near)
            self._begun[letters] = list(zip(starts, near, strict=True))
        for start, entry in self._begun[letters]:
            if run[0].startswith(start) and (used := self._words_used(run, entry.words, entry.as_spelled)):
                yield used, entry.meaning

    def _words_used(self, run: list[str], phrase: tuple[str, ...], as_spelled: bool) -> int:
        """How many words of a run say a phrase, articles between them included; 0 where they do not."""
        at = 0
        for known in phrase:
            while 0 < at < len(run) and run[at] in ARTICLES and known not in ARTICLES:
                at += 1
            if at == len(run) or not (run[at] == known or (not as_spelled and self._inflects(run[at], known))):
                return 0
            at += 1
        return at

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """What may stand before a verb, the longest first."""
        words = self.file["prefixes"]["words"] if self.file.has_section("prefixes") else ""
        return tuple(sorted((word.strip() for word in words.split(",") if word.strip()), key=len, reverse=True))

    def run_together(self, word: str) -> list[str]:
        """The words that were written as one: `bigredball` -> [big, red, ball]; [] where it is none of them."""
        for end in range(len(word) - SHORTEST_TAIL, SHORTEST_HEAD - 1, -1):
            head, tail = word[:end], word[end:]
            if not _shows(self.forms.get(head)):
                continue
            if _shows(self.forms.get(tail) or self.by_stem(tail)):
                return [head, tail]
            if rest := self.run_together(tail):
                return [head, *rest]
        return []

    def look_up(self, word: str) -> Meaning | None:
        """What a single word means: as it is spelled, by its stem, then without a prefix."""
        if word not in self._known:
            _forget_if_full(self._known)
            self._known[word] = self._look_up(word)
        return self._known[word]

    def _look_up(self, word: str) -> Meaning | None:
        if meaning := self.forms.get(word) or self.by_stem(word):
            return meaning
        for prefix in self.prefixes:
            if word.startswith(prefix) and len(word) >= len(prefix) + 5:
                rest = word[len(prefix) :]
                meaning = self.forms.get(rest) or self.by_stem(rest)
                if meaning and meaning.concepts and meaning.concepts[0][0] == "motion":
                    return meaning
        return None


def _start(stem: str) -> str:
    """What every word of a stem begins with: `fli` is that of `fly`, `hope` that of `hoping`."""
    return stem[:-1] if stem[-1:] in ("i", "e", "y") else stem


def _forget_if_full(kept: dict) -> None:
    """Empty what is kept of the words that people typed: a page runs for months."""
    if len(kept) > MOST_KEPT:
        kept.clear()


def _shows(meaning: Meaning | None) -> bool:
    """Whether a word says for certain what is seen, so that another one may be written on to it."""
    return meaning is not None and not meaning.weak and any(slot in PICTURED for slot, _ in meaning.concepts)


def _entries_of(file: ConfigParser) -> list[Entry]:
    slots, entries = concept_slots(), []
    if file.has_section("ground"):
        slots = slots | dict.fromkeys(file["ground"], "ground")
    for section in file.sections():
        if section == "colours":
            entries += [Entry((plain(name),), _colour(code), False) for name, code in file[section].items()]
        elif section not in NO_WORDS:
            for concept, words in file[section].items():
                entries += _entries(words, _meaning_of(section, concept, slots))
    return entries


def _meaning_of(section: str, concept: str, slots: dict[str, str]) -> Meaning:
    """What the words of a line mean."""
    if section in PLAIN:
        return Meaning((), remarked=section != "silent")
    if section == "several":
        return Meaning(concepts_of(concept, slots))
    if section in CASES:
        return Meaning((("kind", concept), ("case", section)))
    return Meaning(((section, concept),))


def _entries(words: str, meaning: Meaning) -> list[Entry]:
    entries = []
    weak = meaning._replace(weak=True)
    for word in plain(words).split(","):
        marked = word.strip()
        if parts := tuple(marked.removeprefix("~").removeprefix("=").split()):
            entries.append(Entry(parts, weak if marked.startswith("~") else meaning, marked.startswith("=")))
    if entries:
        entries[0] = entries[0]._replace(meaning=entries[0].meaning._replace(headword=True))
    return entries


def _colour(code: str) -> Meaning:
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return Meaning((("colour", ""),), rgb=(red, green, blue))


@lru_cache(maxsize=2 * len(LANGUAGES))
def dictionary(language: str, world: str = "") -> Dictionary:
    """The dictionary of `en` or `ru`, read once; with the words of a world that has a file of its own."""
    return Dictionary(language, world)


@lru_cache(maxsize=2)
def signs(world: str = "") -> dict[str, Meaning]:
    """Emoji and other single signs -> what they mean; in a world that has signs of its own, those before the others."""
    file, slots = read_file("signs.ini"), concept_slots()
    meanings = {s: Meaning(concepts_of(names, slots)) for names, row in file["signs"].items() for s in row.split()}
    own = file[world].items() if file.has_section(world) else ()
    return meanings | {sign: Meaning((("kind", noun),)) for noun, row in own for sign in row.split()}
