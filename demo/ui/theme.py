"""How the page looks: theme, style sheet, and the pieces of HTML that it writes itself, with all text escaped."""

import html

import gradio as gr

CSS = """
.gradio-container { width: 100%; max-width: 1120px !important; margin: 0 auto !important; }
.headline h1 { margin: 0; }
.headline p { margin: 0; color: var(--body-text-color-subdued); }
button[role=tab].selected { color: var(--primary-600); }
.dark button[role=tab].selected { color: var(--primary-300); }
.ask { flex-wrap: nowrap !important; }
.ask > :first-child { flex: 1 1 0 !important; min-width: 0 !important; }
.ask > button { flex: 0 0 auto !important; width: auto; min-width: 0 !important; align-self: center; }
.ask > button { white-space: nowrap; }
#clip { max-width: 480px; }
#clip .image-frame { padding-top: 0; }
.downloads { gap: 6px !important; }
.downloads::before { content: "Download"; align-self: center; color: var(--body-text-color-subdued); }
:lang(ru) .downloads::before { content: "Скачать"; }
.downloads button { min-width: 52px !important; white-space: nowrap; }
.builder { gap: 0 !important; border: 1px solid var(--border-color-primary); border-radius: var(--block-radius); }
.slot { border: 0 !important; padding: 5px 12px !important; }
fieldset.slot, .slot .container { display: grid; grid-template-columns: 78px 1fr; align-items: center; }
.slot [data-testid=block-info] { margin: 0; }
fieldset.slot > .wrap:not([data-testid]) { gap: 5px; }
.slot label { position: relative; padding: 3px 10px; min-height: 30px; }
.slot label input { position: absolute; opacity: 0; }
.slot label span { margin: 0; }
.slot label.selected { border-color: var(--color-accent); box-shadow: 0 0 0 1px var(--color-accent); }
.slot label:focus-within { outline: 2px solid var(--color-accent); outline-offset: 1px; }
#colour label:not(:first-child) span::before, #shape label span::before { margin-right: 5px; }
#colour label span::before { content: "\\25CF"; }
#colour label:first-child span::before { content: none; }
#colour label:has([value=red]) span::before { color: rgb(220 40 40); }
#colour label:has([value=orange]) span::before { color: rgb(245 140 30); }
#colour label:has([value=yellow]) span::before { color: rgb(245 210 40); }
#colour label:has([value=green]) span::before { color: rgb(40 160 80); }
#colour label:has([value=blue]) span::before { color: rgb(45 90 220); }
#colour label:has([value=purple]) span::before { color: rgb(145 60 190); }
#shape label:has([value=circle]) span::before { content: "\\25CF"; }
#shape label:has([value=square]) span::before { content: "\\25A0"; }
#shape label:has([value=triangle]) span::before { content: "\\25B2"; }
#shape label:has([value=star]) span::before { content: "\\2605"; }
.seeds { align-items: center; }
.seeds button { flex-grow: 0 !important; align-self: center; }
#opened { font-weight: normal; white-space: normal; }
#others { flex-grow: 0; }
.strip { overflow-x: auto !important; }
.strip .image-frame img { width: 100%; min-width: 720px; height: auto; image-rendering: pixelated; }
.picture button { width: 100%; }
.picture .image-frame img { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; }
.picture .image-frame, .preview .image-frame { width: 100%; padding-top: 26px; }  /* below the label */
.preview .image-frame img { width: 100%; max-width: 480px; height: auto; object-fit: contain; }
.picture img, .clips img { image-rendering: pixelated; }
.notice { margin: 0; overflow-wrap: anywhere; }
.notice.problem { color: var(--error-text-color, #b91c1c); }
.notice.held-out { margin-top: 4px; padding-left: 8px; border-left: 3px solid var(--color-accent); }
.notice.remark { color: var(--body-text-color-subdued); }
.said:not(:has(.notice)) { display: none; }
.said:has(> .wrap:not(.hide)) { min-height: 96px; }  /* room for Gradio's progress, which covers the text */
.said:has(> .wrap:not(.hide)) .notice { visibility: hidden; }
.said .progress-text { display: none; }  /* it lies across the bar */
.bar { display: block; width: 100%; height: 8px; margin-top: 8px; appearance: none; border: 0; }
.bar, .bar::-webkit-progress-bar { background: var(--border-color-primary); border-radius: 4px; }
.bar::-webkit-progress-value { background: var(--color-accent); border-radius: 4px; }
.bar::-moz-progress-bar { background: var(--color-accent); border-radius: 4px; }
.tight .html-container { padding: 0 2px; }
.figures { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 8px 0 4px; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dt { font-size: var(--text-sm); color: var(--body-text-color-subdued); }
.figures dd { margin: 0; font-size: var(--text-xl); font-weight: 600; font-variant-numeric: tabular-nums; }
.box { margin: 8px 0; padding: 8px 12px; border-left: 4px solid #dc2626; background: var(--background-fill-secondary); }
.box h3 { margin: 0 0 4px; }
.box pre { margin: 6px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: var(--text-xs); }
.clips .grid-wrap { max-height: none !important; overflow: visible !important; padding-top: 34px; }
.clips .grid-container { grid-template-columns: repeat(max(var(--grid-cols), 3), minmax(0, 1fr)) !important; }
.clips .caption-label { position: static; max-width: none; border: 0; }
.clips .caption-label { white-space: normal; text-align: center; }
.clips .gallery-item, .clips .gallery-item button { height: auto; }
.log textarea { font-family: var(--font-mono); font-size: var(--text-xs); }
.bars { display: grid; gap: 2px 24px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
.bars h4 { margin: 8px 0 2px; font-size: var(--text-md); grid-column: 1 / -1; }
.bars.motions h4 { font-weight: normal; margin: 4px 0 0; font-size: var(--text-sm); }
.bars .row { display: grid; grid-template-columns: 96px 1fr 52px; align-items: center; gap: 8px; }
.bars .what { font-size: var(--text-sm); color: var(--body-text-color-subdued); line-height: 1.1; }
.bars .number { font-size: var(--text-sm); font-variant-numeric: tabular-nums; text-align: right; }
.bars .space { position: relative; display: block; height: 14px; background: var(--background-fill-secondary); }
.bars .space i { position: absolute; display: block; top: 0; bottom: 0; }
.bars .fill { left: 0; border-radius: 0 2px 2px 0; }
.bars .fill.seen { background: #6366f1; }
.bars .fill.held-out { background: #f59e0b; }
.bars .fill.new { background: #059669; }
.bars .interval { height: 2px; top: 6px !important; min-width: 2px; background: var(--body-text-color); }
.bars .ceiling { width: 2px; margin-left: -2px; background: var(--body-text-color-subdued); }
.beside { width: 100%; border: 0 !important; border-collapse: collapse; font-size: var(--text-sm); }
.beside th, .beside td { padding: 3px 8px !important; border: 0 !important; text-align: right; }
.beside tr { border: 0 !important; border-bottom: 1px solid var(--border-color-primary) !important; }
.beside th:first-child, .beside td:first-child { text-align: left; padding-left: 0; }
footer .divider { display: none; }
@media (max-width: 640px) {
  .downloads::before { flex-basis: 100%; }
  .downloads button { flex: 1 1 30% !important; }
  .gradio-container { padding: 8px !important; }
  .secondary-wrap input { margin-left: 0 !important; margin-right: 0 !important; }  /* or words touch the arrow */
  .tab-container button { padding: 0 5px !important; font-size: 13px; }  /* all side by side, none in a menu */
  .clips .grid-container { grid-template-columns: repeat(2, minmax(0, 1fr)) !important; }
}
"""


def make_theme() -> gr.themes.Base:
    """Gradio's default with the fonts of the visitor's system: nothing is fetched from elsewhere."""
    return gr.themes.Default(
        primary_hue="indigo",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(  # Gradio's own grey and indigo are too light to read
        body_text_color_subdued="*neutral_500",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
    )


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


def menu(choices: list, value, *, before) -> dict:
    """The update of a dropdown whose choices were looked up again. Its value is only set when that is another than
    `before`: an answer that comes late must not undo what a visitor has chosen meanwhile.

    Look up when the tab is chosen or the menu is left, not when it is opened: an open one that gets shorter breaks the
    whole page (gradio 6.31).
    """
    return gr.update(choices=choices, **({} if value == before else {"value": value}))


def notice(text: str, kind: str = "") -> str:
    """One line for `gr.HTML`: `text` is shown as it stands. `kind` is `problem`, `remark`, `held-out` or nothing."""
    return f'<p class="notice {kind}" role="status">{html.escape(text)}</p>' if text else ""


def bar(done: int, total: int, label: str) -> str:
    """A progress bar for `gr.HTML`."""
    label, total = html.escape(label), max(1, int(total))
    return f'<progress class="bar" value="{int(done)}" max="{total}" aria-label="{label}"></progress>'


def figures(found: list[tuple[str, str]]) -> str:
    """Large figures in a row for `gr.HTML`: (what, how much)."""
    rows = "".join(f"<div><dt>{html.escape(what)}</dt><dd>{html.escape(much)}</dd></div>" for what, much in found)
    return f'<dl class="figures">{rows}</dl>' if found else ""


def box(title: str, sentences: list[str], lines: list[str]) -> str:
    """A failure for `gr.HTML`: what happened in sentences, then the last lines of a log as they stand."""
    said = "".join(notice(sentence) for sentence in sentences)
    tail = f"<pre>{html.escape(chr(10).join(lines))}</pre>" if lines else ""
    return f'<div class="box" role="alert"><h3>{html.escape(title)}</h3>{said}{tail}</div>'
