"""The hand-out: a worksheet of all chapters with their present figures, as one HTML file that needs nothing else.

`handout.html` lays it out: a title, a link and its QR code; chapters whose questions leave lines to write on; the
answers last.
"""

import re
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from markupsafe import Markup

from demo.learn import code, drawing
from demo.learn.chapters.prose import PROSE
from demo.locale.translate import _, visitors_language
from t2v.system.files import write_text

LINES = 3  # to write an answer on
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
MARKDOWN = MarkdownIt("commonmark", {"html": False})


def page(figures: dict[int, str], setting: str, link: str) -> str:
    """The hand-out's HTML; figures by chapter, `setting` says which checkpoint and prompt they were made with."""
    return TEMPLATES.get_template("handout.html").render(
        _=_,
        markdown=lambda words: Markup(MARKDOWN.render(words)),
        language=visitors_language(),
        css=Markup(drawing.CSS),
        setting=setting,
        link=link,
        square=Markup(segno.make(link, error="m").svg_inline(scale=3, border=2)),
        lines=LINES,
        prose={chapter: PROSE[chapter] for chapter in figures},
        figures={chapter: Markup(lead_inside(figure)) for chapter, figure in figures.items()},
        places={chapter: code.places(chapter) for chapter in figures},
    )


def lead_inside(figure: str) -> str:
    """The figure with links to chapters of the file: there is no page behind it."""
    return re.sub(r'href="\?chapter=(\d)[^"]*"', r'href="#chapter-\1"', figure)


def write(path: Path, figures: dict[int, str], setting: str, link: str) -> Path:
    """Write it, in one move."""
    write_text(path, page(figures, setting, link))
    return path
