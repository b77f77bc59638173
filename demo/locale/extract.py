"""The words that files of the page hold, for Babel: text and labels in HTML, and what scripts say by `t('...')`."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import IO

READ_ALOUD = ("aria-label", "placeholder", "title")  # attributes
Found = tuple[int, str, str, list[str]]  # line, function, words, comments


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.kept = False  # as it stands: `translate="no"`

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.kept = given.get("translate") == "no"
        self.words += [value for name in READ_ALOUD if (value := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        self.kept = False

    def handle_data(self, data: str) -> None:
        if re.search("[A-Za-z]{2}", data) and not self.kept:
            self.words.append(data.strip())


def words_in(path: Path) -> list[str]:
    """All words of an HTML file or a script that are said in the visitor's language, each once."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return list(dict.fromkeys(re.findall(r"\bt\('([^']+)'", source)))
    parser = _Words()
    parser.feed(source)
    return list(dict.fromkeys(parser.words))


def extract(file: IO[bytes], keywords: object, comment_tags: object, options: object) -> Iterator[Found]:
    """Babel's interface to `words_in`."""
    for words in words_in(Path(file.name)):
        yield 1, "", words, []
