"""The hand-out: a worksheet of all chapters with their present figures, as one HTML file that needs nothing else.

It begins with a title, a link and its QR code; each question leaves lines to write on; the answers stand last.
"""

import html
from pathlib import Path
from re import sub

import segno

from demo.learn import code, drawing
from demo.learn.chapters.prose import PROSE
from demo.locale.translate import _, visitors_language
from t2v.system.files import atomic_path

LINES = 3  # to write an answer on
STYLE = """body { font: 15px/1.45 system-ui, sans-serif; max-width: 860px; margin: 24px auto; padding: 0 12px; }
header { display: flex; justify-content: space-between; gap: 24px; align-items: flex-start; }
header svg { flex: none; width: 120px; height: 120px; }
section { margin-bottom: 28px; } figure, .film, tr, .question { break-inside: avoid; }
code { background: #eee; padding: 0 3px; }
.written { border-bottom: 1px solid #999; height: 28px; }
.answers { break-before: page; }
@media print {
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { margin: 0; max-width: none; zoom: 0.78; }
  section { break-after: page; } h2, h3 { break-after: avoid; }
  section > :is(figure, .row, .film, .wide) { zoom: 0.72; }
  a { color: inherit; }
}
"""


def inline(words: str) -> str:
    """The little Markdown that the chapters use, as HTML: links, strong, emphasised, code, lists, paragraphs."""
    words = html.escape(words, quote=False)
    words = sub(r"\[([^\]]+)\]\((https://[^)]+)\)", r'<a href="\2">\1</a>', words)
    words = sub(r"`([^`]+)`", r"<code>\1</code>", words)
    words = sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", words)
    words = sub(r"\*(\S[^*]*)\*", r"<i>\1</i>", words)
    blocks = []
    for block in words.split("\n\n"):
        if block.startswith("- "):
            items = "".join(f"<li>{item.removeprefix('- ')}</li>" for item in block.split("\n"))
            blocks.append(f"<ul>{items}</ul>")
        else:
            blocks.append(f"<p>{block}</p>")
    return "".join(blocks)


def header(link: str, setting: str) -> str:
    """Title, lines for name and date, and the way to the page, which a telephone finds by the QR code."""
    title, name, date = _("Worksheet: how a network learns to draw moving pictures"), _("Your name"), _("Date")
    way, address = _("The page:"), html.escape(link, quote=True)
    square = segno.make(link, error="m").svg_inline(scale=3, border=2)
    return (
        f"<header><div><h1>{title}</h1><p>{name} ______________________ &nbsp; {date} ____________</p>"
        f'<p>{way} <a href="{address}">{address}</a><br><small>{html.escape(setting)}</small></p></div>'
        f"{square}</header>"
    )


def section(chapter: int, figure: str) -> str:
    """A chapter: its words, its figure, what to try, its question with lines to write on."""
    functions = ", ".join(f"<code>{p.file}:{p.first_line} {p.name}</code>" for p in code.places(chapter))
    figure = sub(r'href="\?chapter=(\d)[^"]*"', r'href="#chapter-\1"', figure)  # there is no page behind a file
    title, text, attempt, question, _answer = map(_, PROSE[chapter])
    return (
        f'<section class="lesson" id="chapter-{chapter}"><h2>{html.escape(title)}</h2>'
        f"{inline(text)}{figure}{inline(attempt)}"
        f'<div class="question">{inline(question)}' + '<div class="written"></div>' * LINES + "</div>"
        f"<p><small>{functions}</small></p></section>"
    )


def page(figures: dict[int, str], setting: str, link: str) -> str:
    """The hand-out's HTML; figures by chapter, `setting` says which checkpoint and prompt they were made with."""
    sections = "".join(section(chapter, figure) for chapter, figure in figures.items())
    chosen = [(_(PROSE[chapter].title), _(PROSE[chapter].answer)) for chapter in figures]
    answers = "".join(f"<h3>{html.escape(title)}</h3>{inline(answer)}" for title, answer in chosen)
    name, heading = _("Learn"), _("Answers")
    return (
        f'<!doctype html><html lang="{visitors_language()}"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}{drawing.CSS}</style></head>'
        f"<body>{header(link, setting)}{sections}"
        f'<div class="answers"><h2>{heading}</h2>{answers}</div></body></html>\n'
    )


def write(path: Path, figures: dict[int, str], setting: str, link: str) -> Path:
    """Write it, in one move."""
    with atomic_path(path) as temporary:
        temporary.write_text(page(figures, setting, link), encoding="utf-8")
    return path
