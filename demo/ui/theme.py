"""How the page looks: theme, style sheet, and the pieces of HTML that it writes itself, with all text escaped."""

import html
from pathlib import Path

import gradio as gr

CSS = (Path(__file__).parent / "static" / "page.css").read_text(encoding="utf-8")


AMBER = gr.themes.Color(
    "#fff8e8", "#fdefcd", "#fde0a0", "#fbcd6b", "#f8ba3f", "#f6a821", "#b97309", "#92590a", "#6f430a", "#4f3009",
    "#332006", name="amber",
)  # fmt: skip
INK = gr.themes.Color(
    "#faf7f1", "#f3eee3", "#e6dfd0", "#d3cabb", "#a8a09a", "#6c6674", "#565062", "#403b4d", "#2b2738", "#201d2b",
    "#16141d", name="ink",
)  # fmt: skip
FONTS = ["Avenir Next", "Segoe UI Variable Display", "Inter", "Nunito Sans", "system-ui", "sans-serif"]


THEME = {  # Gradio's name of a part -> its colour by day, and in the dark
    "body_background_fill": ("#f7f3ea", "#16141d"),
    "body_text_color": ("#1e1b2e", "#f3efe6"),
    "body_text_color_subdued": ("#5d5767", "#b8b0bd"),
    "block_background_fill": ("#ffffff", "#211e2b"),
    "block_label_text_color": ("#5d5767", "#b8b0bd"),
    "block_info_text_color": ("#5d5767", "#b8b0bd"),
    "button_primary_background_fill": ("#1e1b2e", "#f6a821"),
    "button_primary_background_fill_hover": ("#3a3551", "#ffc04d"),
    "button_primary_text_color": ("#ffffff", "#1e1b2e"),
    "button_secondary_background_fill": ("#ffffff", "#2b2738"),
    "button_secondary_background_fill_hover": ("#fde7b8", "#403b4d"),
    "button_secondary_border_color": ("#d9d2c3", "#4a4557"),
    "checkbox_label_background_fill_selected": ("#fde7b8", "#5a3d05"),
    "checkbox_label_text_color_selected": ("#1e1b2e", "#f3efe6"),
    "color_accent_soft": ("#fdefcd", "#5a3d05"),
    "error_text_color": ("#b91c1c", "#ff9d8f"),
    "link_text_color": ("#1d4ed8", "#93b4ff"),
}


def make_theme() -> gr.themes.Base:
    """Ink on paper and amber, in fonts of the visitor's system: nothing is fetched from elsewhere."""
    base = gr.themes.Base(
        primary_hue=AMBER,
        secondary_hue=AMBER,
        neutral_hue=INK,
        radius_size=gr.themes.sizes.radius_lg,
        font=FONTS,
        font_mono=["ui-monospace", "monospace"],
    )
    by_day = {part: colours[0] for part, colours in THEME.items()}
    in_the_dark = {f"{part}_dark": colours[1] for part, colours in THEME.items()}
    return base.set(**by_day, **in_the_dark, button_border_width="1px", color_accent="#b97309")


def clip_gallery(label: str, elem_id: str, *, columns: int = 4) -> gr.Gallery:
    """Small moving pictures with their captions below, as text."""
    return gr.Gallery(
        label=label,
        columns=columns,
        height="auto",
        object_fit="contain",
        allow_preview=False,
        interactive=False,
        buttons=[],
        elem_id=elem_id,
        elem_classes="clips",
    )


def menu(choices: list, value: object, *, before: object) -> dict:
    """The update of a dropdown whose choices were looked up again. Its value is only set when that is another than
    `before`: an answer that comes late must not undo what a visitor has chosen meanwhile.

    Look up when the tab is chosen or the menu is left, not when it is opened: an open one that gets shorter breaks the
    whole page (gradio 6.31).
    """
    return gr.update(choices=choices) if value == before else gr.update(choices=choices, value=value)


def notice(text: str, style: str = "") -> str:
    """One line for `gr.HTML`: `text` is shown as it stands. `style` is `problem`, `remark`, `held-out` or nothing."""
    return f'<p class="notice {style}" role="status">{html.escape(text)}</p>' if text else ""


def bar(done: float, total: float, label: str) -> str:
    """A progress bar for `gr.HTML`."""
    label, total = html.escape(label), max(1, int(total))
    return f'<progress class="bar" value="{int(done)}" max="{total}" aria-label="{label}"></progress>'


def figures(pairs: list[tuple[str, str]]) -> str:
    """Large figures in a row for `gr.HTML`: (what, how much)."""
    rows = "".join(f"<div><dt>{html.escape(what)}</dt><dd>{html.escape(much)}</dd></div>" for what, much in pairs)
    return f'<dl class="figures">{rows}</dl>' if pairs else ""


def table(rows: list[tuple[str, str]]) -> str:
    """Two columns for `gr.HTML`: (what, which)."""
    body = "".join(f"<tr><th>{html.escape(what)}</th><td>{html.escape(which)}</td></tr>" for what, which in rows)
    return f'<table class="beside facts">{body}</table>'


def box(title: str, sentences: list[str], lines: list[str]) -> str:
    """A failure for `gr.HTML`: what happened in sentences, then the last lines of a log as they stand."""
    body = "".join(notice(sentence) for sentence in sentences)
    tail = f"<pre>{html.escape(chr(10).join(lines))}</pre>" if lines else ""
    return f'<div class="box" role="alert"><h3>{html.escape(title)}</h3>{body}{tail}</div>'
