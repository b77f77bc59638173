"""Pictures of a measurement: bars with their intervals as HTML, which fits every width, and confusion tables as PNG.

A share is {right, of, share, low, high}, as `t2v.evaluation.accuracy.share_of` gives it. Pictures are (H, W, 3) uint8.
"""

import html

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from demo.ui.theme import figures
from t2v.data.grammar import MOTIONS
from t2v.evaluation.accuracy import ATTRIBUTES

PARTS = {  # part of a result -> (what the page calls it, its class)
    "seen": ("trained", "seen"),
    "held_out": ("held out", "held-out"),
    "held_out_motion": ("new motion", "new"),
}
CELL_PX, FONT_PX, MARGIN_PX = 44, 15, 10  # of a confusion table
NONE, NOTHING = "none", "–"  # of a reading, and how a picture says it in every language
INK, GROUND, RIGHT_RGB, WRONG_RGB = (31, 41, 55), (255, 255, 255), (79, 70, 229), (217, 119, 6)


def headline(result: dict) -> str:
    """The few figures to be read from afar."""
    found = []
    for part, (title, _) in PARTS.items():
        if part in result:
            found.append((f"{title}: all right", f"{result[part]['accuracy']['all']['share']:.1%}"))
    found.append(("blank frames", f"{result['seen']['blank_frames']:.2%}"))
    if "agreement" in result["seen"]:
        found.append(("readers agree", f"{result['seen']['agreement']['all']['share']:.1%}"))
    return figures(found)


def attribute_bars(result: dict) -> str:
    """For every attribute a bar of each part and reader, with its 95% interval and a tick at the reader's ceiling."""
    groups = []
    for name in ("all", *ATTRIBUTES):
        rows = []
        for part, (title, kind) in PARTS.items():
            found = result.get(part)
            if not found or not found["accuracy"][name]["of"]:
                continue
            readers = [("geometric", found)] + ([("network", found["network"])] if "network" in found else [])
            for reader, counted in readers:
                label = title if reader == "geometric" else ""
                ceiling = counted["ceiling"][name]["share"]
                rows.append(_bar(label, counted["accuracy"][name], f"{kind} {reader}", f"{title}, {reader}", ceiling))
        if rows:
            title = html.escape("everything the prompt says" if name == "all" else name)
            groups.append(f"<div><h4>{title}</h4>{''.join(rows)}</div>")
    return f'<div class="bars">{"".join(groups)}</div>'


def motion_bars(result: dict) -> str:
    """For every motion the share of clips that show it, of trained prompts and of held-out ones (geometric reader)."""
    tables = {part: result[part].get("per_motion", {}) for part in ("seen", "held_out") if part in result}
    motions = [motion for motion in MOTIONS if any(motion in table for table in tables.values())]
    groups = []
    for motion in motions:
        rows = []
        for part, table in tables.items():
            if motion in table:
                title, kind = PARTS[part]
                rows.append(_bar(title, table[motion]["motion"], f"{kind} geometric", f"{motion}, {title}", None))
        groups.append(f"<div><h4>{html.escape(motion)}</h4>{''.join(rows)}</div>")
    return f'<div class="bars motions">{"".join(groups)}</div>'


def _bar(label: str, share: dict, kind: str, title: str, ceiling: float | None) -> str:
    """One row: what, the bar with its interval, the percentage. Screen readers get it as a sentence."""
    said = f"{title}: {share['share']:.1%} of {share['of']:,} clips, 95% from {share['low']:.1%} to {share['high']:.1%}"
    tick = "" if ceiling is None else f'<i class="ceiling" style="left:{100 * ceiling:.1f}%"></i>'
    width, low, high = (100 * share[name] for name in ("share", "low", "high"))
    return (
        f'<div class="row" title="{html.escape(said)}"><span class="what">{html.escape(label)}</span>'
        f'<span class="space" role="img" aria-label="{html.escape(said)}">'
        f'<i class="fill {kind}" style="width:{width:.1f}%"></i>{tick}'
        f'<i class="interval" style="left:{low:.1f}%;width:{high - low:.1f}%"></i></span>'
        f'<span class="number">{share["share"]:.1%}</span></div>'
    )


def beside_real(rows: list[tuple[str, str, str]]) -> str:
    """What generated clips are like beside real ones, as a table of HTML."""
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    head = "<tr><th>beside real clips of the same prompts</th><th>generated</th><th>real</th></tr>"
    return f'<table class="beside"><thead>{head}</thead><tbody>{body}</tbody></table>' if rows else ""


def confusions(result: dict, part: str, reader: str) -> dict[str, dict]:
    """Attribute -> {asked: {read: clips}}; empty where a measurement has none, such as one of an older version."""
    found = result.get(part) or {}
    found = found.get("network", {}) if reader == "network" else found
    return found.get("confusion", {}) if result.get("format", 1) >= 2 else {}


def heat_map(name: str, table: dict[str, dict[str, int]]) -> np.ndarray:
    """A confusion table as a picture (H, W, 3): a row for each word asked for, a column for each word read.

    Depth of colour is the share of the row: blue where the reading is what was asked for, amber elsewhere.
    """
    from t2v.evaluation.learned.network import ANSWERS

    order = [word for word in ANSWERS[name] if word is not None]
    asked = [word for word in order if word in table]
    read = [word for word in order if word in table or any(word in row for row in table.values())]
    read += [NONE] * any(NONE in row for row in table.values())
    font, small = ImageFont.load_default(FONT_PX), ImageFont.load_default(FONT_PX - 3)
    cell_px = CELL_PX if len(asked) <= 8 else 32
    left = max(int(font.getlength(word)) for word in (*asked, NOTHING)) + 2 * MARGIN_PX
    top = max(int(font.getlength(word)) for word in (*read, NOTHING)) + 2 * MARGIN_PX
    width, height = left + cell_px * len(read) + MARGIN_PX, top + cell_px * len(asked) + MARGIN_PX
    picture = Image.new("RGB", (max(width, left + 60), height), GROUND)
    pen = ImageDraw.Draw(picture)
    for column, word in enumerate(read):
        x, said = left + cell_px * column + cell_px // 2, NOTHING if word == NONE else word
        _draw_upwards(picture, said, x, top - MARGIN_PX // 2, font)
    for row, word in enumerate(asked):
        y, total = top + cell_px * row, sum(table[word].values())
        pen.text((left - MARGIN_PX, y + cell_px // 2), word, INK, font, anchor="rm")
        for column, other in enumerate(read):
            share = table[word].get(other, 0) / total
            x, full = left + cell_px * column, RIGHT_RGB if word == other else WRONG_RGB
            depth = share**0.6  # rare mistakes are still seen
            fill = tuple(round(g + (f - g) * depth) for g, f in zip((247, 247, 250), full, strict=True))
            pen.rectangle((x + 1, y + 1, x + cell_px - 2, y + cell_px - 2), fill)
            if share >= 0.005:
                ink = (255, 255, 255) if depth > 0.55 else INK
                pen.text((x + cell_px // 2, y + cell_px // 2), f"{100 * share:.0f}", ink, small, anchor="mm")
    return np.array(picture)


def _draw_upwards(picture: Image.Image, word: str, x: int, bottom: int, font: ImageFont.FreeTypeFont) -> None:
    """The word turned by a quarter, centred at x, its beginning at the bottom."""
    length, height = int(font.getlength(word)) + 2, sum(font.getmetrics())
    strip = Image.new("RGB", (length, height), GROUND)
    ImageDraw.Draw(strip).text((0, 0), word, INK, font)
    picture.paste(strip.rotate(90, expand=True), (x - height // 2, bottom - length))
