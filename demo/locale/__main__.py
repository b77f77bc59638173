"""`python -m demo.locale` brings each language's `page.po` up to date with the sources: new messages come in without a
translation, changed ones are marked fuzzy, and those that nobody says any more go."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from demo.locale.extract import extract
from demo.locale.translate import LANGUAGES, path_of

ROOT = Path(__file__).resolve().parents[2]
SOURCES: Any = [
    ("**.py", "python"),
    ("learn/handout.html", "jinja2"),
    ("**/static/*.html", extract),
    ("**/static/*.js", extract),
]
KEYWORDS = {**DEFAULT_KEYWORDS, "Message": None, "value_error": None, "Counted": (1, 2)}
UNDATED = datetime(2026, 1, 1, tzinfo=timezone.utc)  # the history of the file is in git
WIDTH = 120


def in_sources() -> Catalog:
    """All messages of the code, without translations."""
    catalog = Catalog(project="t2v", charset="utf-8", creation_date=UNDATED, revision_date=UNDATED)
    for package in ("demo", "t2v"):
        for *_place, message, _comments, context in extract_from_dir(ROOT / package, SOURCES, keywords=KEYWORDS):
            catalog.add(message, context=context)
    return catalog


def read(code: str) -> Catalog:
    """A language's messages as its file holds them."""
    with path_of(code).open("rb") as file:
        return read_po(file, locale=code)


def write(code: str, catalog: Catalog) -> None:
    """The language's file, sorted, so that two changes of the code rarely meet in it."""
    catalog.creation_date = catalog.revision_date = UNDATED
    catalog.header_comment, catalog.fuzzy = f"# What the page says, in {Locale.parse(code).english_name}.", False
    with path_of(code).open("wb") as file:
        write_po(file, catalog, width=WIDTH, no_location=True, sort_output=True, ignore_obsolete=True)


def update() -> None:
    """Every language's file, from the sources."""
    messages = in_sources()
    for code in list(LANGUAGES)[1:]:
        catalog = read(code)
        catalog.update(messages)
        write(code, catalog)


if __name__ == "__main__":
    update()
