"""Chapter 6: a tiny GAN that trains in the visitor's browser (`static/tiny/`), and what the switches break in it.

The server only lays out the figure and serves the modules; each visitor's training is their own and costs it nothing.
"""

import html
import json
from pathlib import Path

import gradio as gr

from demo.learn import drawing
from demo.learn.speech import say

STATIC = Path(__file__).resolve().parents[1] / "static" / "tiny"
ADDRESS = "lesson"  # where the page serves STATIC, below its own address
BUTTONS = ("d_step", "g_step", "both_step", "run", "slow", "halt", "reset")
SWITCHES = ("deaf", "restless", "unpenalised", "hasty")
CAPTIONS = ("red disc moving left", "yellow disc moving right", "green disc moving up", "blue disc moving down")
PLOT_WIDTH, PLOT_HEIGHT = 252, 152
LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 34, 22, 206, 110  # as in static/tiny/figure.js
FAINT = "#9ca3af"
PLOTS = {  # title -> line -> what it is called: a name of `speech`, or None for that of the line
    "measured": {"right": "steps_right"},
    "losses": {"d": None, "g": None},
    "scores": {"real": "real", "fake": "generated"},
}
# The modules come when the chapter is first looked at; a press before that waits for them.
SCRIPT = """() => {
  if (window.tinyGan) return;
  let modules;
  const load = () => modules ??= import(new URL('ADDRESS/figure.js', document.baseURI).href);
  window.tinyGan = {press: async name => { (await load()).press(name); }};
  let shown = null;
  setInterval(async () => {
    const now = document.querySelector('#figure-6 [data-tiny]');
    if (!now?.checkVisibility()) shown = null;
    else if (now !== shown) { shown = now; (await load()).refresh(); }
  }, 100);
}""".replace("ADDRESS", ADDRESS)


def show(language: str) -> str:
    """Four clips, how far the training is, and three plots, all to be filled by `static/tiny/figure.js`."""
    clips = [
        drawing.captioned(f'<canvas width="32" height="32" role="img" aria-label="{caption}"></canvas>', caption)
        for caption in CAPTIONS
    ]
    template = say(language, "steps_said", d="[d]", g="[g]", right="[right]", jitter="[jitter]")
    status = (
        f'<p data-tiny="status" data-template="{html.escape(template, quote=True)}">{say(language, "steps_wait")}</p>'
    )
    ended = f'<p data-tiny="ended" hidden>{html.escape(say(language, "steps_ended"))}</p>'
    plots = [drawing.captioned(plot(name, language), say(language, f"steps_{name}")) for name in PLOTS]
    return drawing.row(*clips) + status + ended + drawing.row(*plots)


def plot(name: str, language: str) -> str:
    """An empty plot: axes and lines; behind that of right clips a faint one, which is recorded."""
    bottom, right = TOP + INNER_HEIGHT, LEFT + INNER_WIDTH
    parts = [drawing.line([(LEFT, TOP), (LEFT, bottom), (right, bottom)], "#888")]
    for axis, x, y in (("high", LEFT - 4, TOP + 8), ("low", LEFT - 4, bottom)):
        parts.append(f'<text data-axis="{axis}" x="{x}" y="{y}" text-anchor="end"> </text>')
    parts.append(f'<text data-axis="last" x="{right}" y="{bottom + 14}" text-anchor="end"> </text>')
    parts.append(drawing.text(LEFT, bottom + 14, "0"))
    for k, (line, words) in enumerate(PLOTS[name].items()):
        colour, at = drawing.PALETTE[k], LEFT + 8 + k * INNER_WIDTH / 2
        parts.append(empty_line(line, colour))
        parts += [drawing.dot(at, 8, colour), drawing.text(at + 8, 12, say(language, words) if words else line.upper())]
    if name == "measured":
        at = LEFT + 8 + INNER_WIDTH / 4
        parts.insert(0, empty_line("healthy", FAINT))
        parts += [drawing.dot(at, 8, FAINT), drawing.text(at + 8, 12, say(language, "steps_healthy"))]
    drawn = drawing.svg("".join(parts), width=PLOT_WIDTH, height=PLOT_HEIGHT, label=say(language, f"steps_{name}"))
    return drawn.replace("<svg ", f'<svg data-plot="{name}" ', 1)


def empty_line(name: str, colour: str) -> str:
    return f'<polyline data-line="{name}" points="" fill="none" stroke="{colour}" stroke-width="2"/>'


def recorded() -> list[dict]:
    """What was measured of a training in which nothing is broken: rows of step, right and jitter (shares)."""
    return json.loads((STATIC / "healthy.json").read_text(encoding="utf-8"))


def printed(language: str) -> str:
    """The chapter on paper: the recorded curve, into which one's own are to be drawn."""
    points = [(row["step"], row["right"]) for row in recorded()]
    unbroken = say(language, "steps_healthy")
    curve = drawing.curves({unbroken: points}, label=say(language, "steps_measured"), faint=(unbroken,))
    return drawing.captioned(curve, say(language, "steps_printed"))


def wire(page: gr.Blocks, widgets) -> None:
    """Join the buttons and switches of chapter 6 to the training in the browser; the server is asked for nothing."""
    page.load(None, js=SCRIPT)
    for name in BUTTONS:
        getattr(widgets, name).click(None, js=f"() => {{ window.tinyGan.press('{name}'); }}")
    for name in SWITCHES:
        getattr(widgets, name).input(None, js="() => { window.tinyGan.press('switch'); }")
