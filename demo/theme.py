"""How the page looks: theme, style sheet, and the two pieces of HTML that it writes itself, with all text escaped."""

import html

import gradio as gr

CSS = """
.gradio-container { width: 100%; max-width: 1120px !important; margin: 0 auto !important; }
.headline h1 { margin: 0; }
.headline p { margin: 0; color: var(--body-text-color-subdued); }
#prompt .submit-button { background: var(--button-primary-background-fill); color: var(--button-primary-text-color); }
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
.clips .grid-wrap { max-height: none !important; overflow: visible !important; }
.clips .caption-label { position: static; max-width: none; border: 0; white-space: normal; text-align: center; }
.clips .gallery-item, .clips .gallery-item button { height: auto; }
.log textarea { font-family: var(--font-mono); font-size: var(--text-xs); }
footer .divider { display: none; }
@media (max-width: 640px) {
  .gradio-container { padding: 8px !important; }
  .clips .grid-container { grid-template-columns: repeat(2, minmax(0, 1fr)) !important; }
}
"""


def make_theme() -> gr.themes.Base:
    """Gradio's default with the fonts of the visitor's system: nothing is fetched from elsewhere."""
    return gr.themes.Default(
        primary_hue="indigo",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(body_text_color_subdued="*neutral_500")  # Gradio's own grey is too light to read on white


def notice(text: str, kind: str = "") -> str:
    """One line for `gr.HTML`: `text` is shown as it stands. `kind` is `problem`, `remark`, `held-out` or nothing."""
    return f'<p class="notice {kind}" role="status">{html.escape(text)}</p>' if text else ""


def bar(done: int, total: int, label: str) -> str:
    """A progress bar for `gr.HTML`."""
    label, total = html.escape(label), max(1, int(total))
    return f'<progress class="bar" value="{int(done)}" max="{total}" aria-label="{label}"></progress>'
