"""The page in English or Russian, as the visitor's browser asks: gettext for sentences, `gr.I18n` for labels.

Code says English: `_("{name} is deleted.", name=name)`, `ngettext("{n} clip", "{n} clips", n)`. Both look the words up
in `<language>/page.po` when they make a sentence for a visitor. Labels are made once, for all visitors: so the page is
laid out once in each language, and where two layouts differ, `Page` lets the browser look up the visitor's words.
What the package and background threads say is a `Message`, which `translate` turns into the visitor's language.
"""

import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.i18n import I18nData
from starlette.routing import Route

from demo.gradio_patches.visits import LeanBlocks
from demo.locale.extract import words_in
from t2v.system.messages import Counted, Message

HERE = Path(__file__).resolve().parent
LANGUAGES = {"en": "English", "ru": "Русский"}  # the first stands in the code
PAGE = "page "  # before the keys of labels: Gradio has words of its own
SAID = (
    "label",
    "info",
    "placeholder",
    "title",
    "alt_text",
    "value",
)  # read by people; Gradio looks up no titles of axes
language: ContextVar[str] = ContextVar("language", default="en")  # of the request that is being answered


def path_of(code: str) -> Path:
    """The words of a language. `python -m demo.locale` brings it up to date with the code."""
    return HERE / code / "page.po"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> NullTranslations:
    """The words of a language; none for English, which stands in the code."""
    if code == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path_of(code).open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_of(accepted: str | None) -> str:
    """One of LANGUAGES, as the browser's header `Accept-Language` asks: `ru-RU,ru;q=0.9` -> `ru`."""
    code = (accepted or "").strip().lower()[:2]
    return code if code in LANGUAGES else "en"


def visitors_language() -> str:
    """One of LANGUAGES, of the request that is being answered."""
    return language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """What is said meanwhile is said in this language."""
    before = language.set(code)
    try:
        yield
    finally:
        language.reset(before)


def _(message: str, /, **values: object) -> str:
    """The message in the visitor's language, with the values in it."""
    return _fill(catalogue(language.get()).gettext(message), values)


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """The same where words depend on a number, which is `{n}` in them."""
    return _fill(catalogue(language.get()).ngettext(one, many, n), {"n": n, **values})


def N_(message: str) -> str:
    """The message as it stands: it is looked up later, by `_`."""
    return message


def grouped(number: int) -> str:
    """7400 -> 7,400"""
    return _fill("{n:,}", {"n": number})


def translate(message: str) -> str:
    """A message of the package in the visitor's language, with all messages in it; any other text looked up whole."""
    if isinstance(message, Message):
        values = {name: translate(v) if isinstance(v, Message) else v for name, v in message.values.items()}
        if isinstance(message, Counted):
            return ngettext(message.one, message.many, message.n, **{n: v for n, v in values.items() if n != "n"})
        return _(message.template, **values)
    return _(message) if message else message


def words_of(code: str, *files: Path) -> dict[str, str]:
    """What HTML files and scripts say, and how a language says it."""
    known = catalogue(code)
    return {words: known.gettext(words) for path in files for words in words_in(path)}


class _Formatter(string.Formatter):
    """`{steps:,}` is 7,400; in Russian with a narrow space, because a comma begins the decimals there."""

    def format_field(self, value: object, format_spec: str) -> str:
        text = super().format_field(value, format_spec)
        return text.replace(",", "\u202f") if "," in format_spec and language.get() != "en" else text


def _fill(message: str, values: dict[str, object]) -> str:
    return _Formatter().vformat(message, (), values) if values else message


class Page(LeanBlocks):
    """Blocks that speak the visitor's language."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.own_routes: list[Route] = []  # past Gradio
        self.words: dict[str, dict[str, str]] = {code: {} for code in LANGUAGES}  # that the browser looks up, by key

    def launch(self, *args: Any, app_kwargs: dict[str, Any] | None = None, **options: Any) -> Any:
        known = app_kwargs or {}
        known |= {"routes": [*known.get("routes", ()), *self.own_routes]}
        return super().launch(*args, i18n=gr.I18n(**self.words), app_kwargs=known, **options)

    def learn_words(self, layouts: dict[str, gr.Blocks]) -> None:
        """Let the browser look up whatever the layouts, the same widgets in each other language, say otherwise."""
        rows = zip(self.blocks.values(), *(layout.blocks.values() for layout in layouts.values()), strict=False)
        for mine, *theirs in rows:
            if any(type(other) is not type(mine) for other in theirs):
                raise ValueError(f"{mine} and {theirs} stand at the same place of the page")
            for name in SAID:
                if hasattr(mine, name):
                    others = [getattr(other, name) for other in theirs]
                    setattr(mine, name, self._key(getattr(mine, name), dict(zip(layouts, others, strict=True))))
            if getattr(mine, "choices", None):
                labels = zip(*([label for label, _value in other.choices] for other in theirs), strict=True)
                pairs = zip(mine.choices, labels, strict=True)
                mine.choices = [
                    (self._key(label, dict(zip(layouts, others, strict=True))), value)
                    for (label, value), others in pairs
                ]

    def _key(self, english: Any, others: dict[str, Any]) -> object:
        """What stands for all languages in the page; `english` itself where they are the same."""
        spoken = [english, *others.values()]
        if not all(isinstance(words, str) for words in spoken) or len(set(spoken)) == 1:
            return english
        self.words["en"][PAGE + english] = english
        for code, other in others.items():
            self.words.setdefault(code, {})[PAGE + english] = other
        return I18nData(PAGE + english)

    async def process_api(
        self, block_fn: Any, inputs: Any, state: Any = None, request: Any = None, *args: Any, **options: Any
    ) -> Any:
        public = block_fn.api_visibility == "public"  # for programs
        language.set("en" if public else language_of(request and request.headers.get("accept-language")))
        return await super().process_api(block_fn, inputs, state, request, *args, **options)
