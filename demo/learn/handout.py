"""The hand-out: all chapters with their present figures as one HTML file that needs nothing else, ready to print."""

import html
import re
from pathlib import Path

from demo.learn import code, drawing
from demo.learn.speech import say

STYLE = """body { font: 15px/1.45 system-ui, sans-serif; max-width: 860px; margin: 24px auto; }
section { break-inside: avoid-page; margin-bottom: 28px; } code { background: #eee; padding: 0 3px; }
@media print { section { break-after: page; } }
"""


def inline(words: str) -> str:
    """The little Markdown that the chapters use, as HTML: links, strong, emphasised, code, lists, paragraphs."""
    words = html.escape(words, quote=False)
    words = re.sub(r"\[([^\]]+)\]\((https://[^)]+)\)", r'<a href="\2">\1</a>', words)
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", words)
    words = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", words)
    words = re.sub(r"\*(\S[^*]*)\*", r"<i>\1</i>", words)
    blocks = []
    for block in words.split("\n\n"):
        if block.startswith("- "):
            items = "".join(f"<li>{item.removeprefix('- ')}</li>" for item in block.split("\n"))
            blocks.append(f"<ul>{items}</ul>")
        else:
            blocks.append(f"<p>{block}</p>")
    return "".join(blocks)


def page(figures: dict[int, str], setting: str, language: str) -> str:
    """The hand-out's HTML; figures by chapter, `setting` says which checkpoint and prompt they were made with."""
    sections = []
    for chapter, figure in figures.items():
        functions = ", ".join(f"<code>{p.file}:{p.first_line} {p.name}</code>" for p in code.places(chapter))
        sections.append(
            f'<section class="lesson" id="chapter-{chapter}"><h2>{html.escape(say(language, f"title_{chapter}"))}</h2>'
            + inline(say(language, f"text_{chapter}"))
            + re.sub(r'href="\?chapter=(\d)[^"]*"', r'href="#chapter-\1"', figure)  # there is no page behind a file
            + "".join(inline(say(language, f"{part}_{chapter}")) for part in ("try", "question", "answer"))
            + f"<p><small>{functions}</small></p></section>"
        )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{say(language, "learn")}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}{drawing.CSS}</style></head>'
        f"<body><p>{html.escape(setting)}</p>{''.join(sections)}</body></html>\n"
    )


def write(path: Path, figures: dict[int, str], setting: str, language: str) -> Path:
    """Write it, in one move."""
    from t2v.system.files import atomic_path

    with atomic_path(path) as temporary:
        temporary.write_text(page(figures, setting, language), encoding="utf-8")
    return path
