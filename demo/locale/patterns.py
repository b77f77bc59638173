"""Russian for tabs whose messages are not marked yet: their finished sentences, by patterns. It goes with the last."""

import html
import re
from functools import lru_cache

import gradio as gr
from gradio.i18n import I18nData

from demo.locale.russian import RUSSIAN

PAGE = "page "  # before the keys of labels, which are the English words: Gradio has words of its own
SAID = ("label", "info", "placeholder", "title", "x_title", "y_title", "alt_text")  # properties that are read by people
LISTS = ("sample_labels", "colors_in_legend")
PIECES = tuple(map(re.compile, (r"(; )", r"((?<=[.?]) )", r"(, )")))  # what is put together is translated in pieces


def _pattern(template: str) -> re.Pattern:
    field = "((?:(?!; ).)+?)"  # what stands between semicolons is a sentence of its own
    return re.compile(field.join(map(re.escape, template.split("{}"))), re.DOTALL)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern, str]]:
    """Those with fields, the most telling ones first."""
    filled = sorted((t for t in RUSSIAN if "{}" in t), key=lambda t: -len(t.replace("{}", "")))
    return [(_pattern(template), RUSSIAN[template]) for template in filled]


@lru_cache(maxsize=4096)
def in_russian(said: str) -> str:
    """The sentence in Russian, what fills it too; as it stands where the page has no words for it."""
    if said in RUSSIAN:
        return RUSSIAN[said]
    if re.fullmatch(r"\d{1,3}(,\d{3})+", said):  # where a comma begins the decimals
        return said.replace(",", "\u202f")
    for pattern, russian in _patterns():
        if found := pattern.fullmatch(said):
            return russian.format(*map(in_russian, found.groups()))
    pieces = next((pieces for between in PIECES if len(pieces := between.split(said)) > 1), [])
    pieces[::2] = map(in_russian, pieces[::2])  # every second one is what stands between them
    return "".join(pieces) or said


def html_in_russian(markup: str) -> str:
    """The same for all text in a piece of HTML, and for its titles and labels."""

    def text(found: re.Match) -> str:
        before, said, after = found.groups()
        return before + html.escape(in_russian(html.unescape(said.strip()))) + after if said.strip() else found[0]

    markup = re.sub(r"(^|>)([^<]+)(<|$)", text, markup)
    return re.sub(r'((?:title|aria-label)=")([^"]+)(")', text, markup)


def translate(block: gr.blocks.Block, answer):
    """What goes to the browser for this widget, a value or an update, in Russian."""
    if isinstance(answer, dict) and answer.get("__type__") == "update":
        return answer | _properties(answer) | _value(block, answer.get("value"))
    return {"__type__": "update", **found} if (found := _value(block, answer)) else answer


def _properties(update: dict) -> dict:
    """Those of an update that are read by people."""
    found = {name: in_russian(update[name]) for name in SAID if isinstance(update.get(name), str)}
    found |= {name: [in_russian(word) for word in update[name]] for name in LISTS if update.get(name)}
    if "choices" in update:
        pairs = [pair if isinstance(pair, list | tuple) else (pair, pair) for pair in update["choices"]]
        found["choices"] = [[in_russian(str(label)), value] for label, value in pairs]
    if "color_map" in update:
        found["color_map"] = {in_russian(line): colour for line, colour in update["color_map"].items()}
    return found


def _value(block: gr.blocks.Block, value) -> dict:
    """The value and what belongs to it; {} where it is none of the page's own words."""
    if isinstance(value, str) and isinstance(block, gr.HTML):
        return {"value": html_in_russian(value)}
    if isinstance(value, str) and isinstance(block, gr.Markdown | gr.Button):
        return {"value": in_russian(value)}
    if isinstance(value, list) and isinstance(block, gr.Gallery):
        return {"value": [item | {"caption": in_russian(item.get("caption") or "")} for item in value]}
    if isinstance(value, dict) and isinstance(block, gr.LinePlot | gr.BarPlot):
        rows = [[in_russian(cell) if isinstance(cell, str) else cell for cell in row] for row in value["data"]]
        titles = {"x_title": in_russian(block.x_title or block.x), "y_title": in_russian(block.y_title or block.y)}
        return {"value": value | {"data": rows}, **titles}
    return {}


def label_everything(page: gr.Blocks, words: dict[str, dict[str, str]]) -> None:
    """Make keys of all labels that are none yet; their words go to `words`."""

    def key(said, russian):
        if not isinstance(said, str) or (turned := russian(said)) == said:
            return said
        words["en"][PAGE + said], words["ru"][PAGE + said] = said, turned
        return I18nData(PAGE + said)

    for block in page.blocks.values():
        worded = isinstance(block, gr.HTML | gr.Markdown | gr.Button)
        for name in (*SAID, "value") if worded else SAID:
            russian = html_in_russian if isinstance(block, gr.HTML) and name == "value" else in_russian
            if hasattr(block, name):
                setattr(block, name, key(getattr(block, name), russian))
        if getattr(block, "choices", None):
            block.choices = [(key(label, in_russian), value) for label, value in block.choices]


def answers_in(language: str, block_fn, answers: list) -> list:
    """The answers of a handler whose tab speaks English alone."""
    if language != "ru" or block_fn.api_visibility == "public":
        return answers
    return [translate(block, answer) for block, answer in zip(block_fn.outputs, answers, strict=False)]
