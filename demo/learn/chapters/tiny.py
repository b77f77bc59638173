"""Chapter 6: a tiny GAN that trains in the visitor's browser (`static/tiny/`), and what the switches break in it.

The server only lays out the figure and serves the modules; each visitor's training is their own and costs it nothing.
"""

import html
import json
from pathlib import Path

import gradio as gr

from demo.learn import drawing
from demo.locale.translate import N_, _

STATIC = Path(__file__).resolve().parents[1] / "static" / "tiny"
ADDRESS = "lesson"  # where the page serves STATIC, below its own address
BUTTONS = {
    "d_step": N_("One D step"),
    "g_step": N_("One G step"),
    "both_step": N_("Both"),
    "run": N_("Start"),
    "slow": N_("Slow"),
    "halt": N_("Stop"),
    "reset": N_("Reset"),
}
SWITCHES = {
    "deaf": N_("no text in D"),
    "restless": N_("new noise each frame"),
    "unpenalised": N_("no gradient penalty"),
    "hasty": N_("learning rate x10"),
}
CAPTIONS = ("red disc moving left", "yellow disc moving right", "green disc moving up", "blue disc moving down")
PLOT_WIDTH, PLOT_HEIGHT = 264, 152
LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 46, 22, 206, 110  # as in static/tiny/figure.js
FAINT = "#9ca3af"
PLOTS = {  # plot -> its title, and what each of its lines is called
    "measured": (N_("share of right clips"), {"right": N_("right")}),
    "losses": (N_("losses"), {"d": "D", "g": "G"}),
    "scores": (N_("mean scores"), {"real": N_("real"), "fake": N_("generated")}),
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


def show() -> str:
    """Four clips, how far the training is, and three plots, all to be filled by `static/tiny/figure.js`."""
    clips = [
        drawing.captioned(f'<canvas width="32" height="32" role="img" aria-label="{caption}"></canvas>', caption)
        for caption in CAPTIONS
    ]
    template = _(
        "D steps {d}, G steps {g}. Right clips: {right} of 64 (chance 6%). Jitter: {jitter} of the frame.",
        d="[d]",
        g="[g]",
        right="[right]",
        jitter="[jitter]",
    )
    wait, ended = _("The networks are on their way."), _("500 steps are done. Reset begins again.")
    status = f'<p data-tiny="status" data-template="{html.escape(template, quote=True)}">{wait}</p>'
    status += f'<p data-tiny="ended" hidden>{html.escape(ended)}</p>'
    plots = [drawing.captioned(plot(name), _(title)) for name, (title, lines) in PLOTS.items()]
    return drawing.row(*clips) + status + drawing.row(*plots)


def plot(name: str) -> str:
    """An empty plot: axes and lines; behind that of right clips a faint one, which is recorded."""
    title, lines = PLOTS[name]
    bottom, right = TOP + INNER_HEIGHT, LEFT + INNER_WIDTH
    parts = [drawing.line([(LEFT, TOP), (LEFT, bottom), (right, bottom)], "#888")]
    for axis, x, y in (("high", LEFT - 4, TOP + 8), ("low", LEFT - 4, bottom)):
        parts.append(f'<text data-axis="{axis}" x="{x}" y="{y}" text-anchor="end"> </text>')
    parts.append(f'<text data-axis="last" x="{right}" y="{bottom + 14}" text-anchor="end"> </text>')
    parts.append(drawing.text(LEFT, bottom + 14, "0"))
    for k, (line, words) in enumerate(lines.items()):
        colour, at = drawing.PALETTE[k], LEFT + 8 + k * INNER_WIDTH / 2
        parts.append(empty_line(line, colour))
        parts += [drawing.dot(at, 8, colour), drawing.text(at + 8, 12, _(words))]
    if name == "measured":
        at = LEFT + 8 + INNER_WIDTH / 4
        parts.insert(0, empty_line("healthy", FAINT))
        parts += [drawing.dot(at, 8, FAINT), drawing.text(at + 8, 12, _("recorded: nothing broken"))]
    drawn = drawing.svg("".join(parts), width=PLOT_WIDTH, height=PLOT_HEIGHT, label=_(title))
    return drawn.replace("<svg ", f'<svg data-plot="{name}" ', 1)


def empty_line(name: str, colour: str) -> str:
    return f'<polyline data-line="{name}" points="" fill="none" stroke="{colour}" stroke-width="2"/>'


def recorded() -> list[dict]:
    """What was measured of a training in which nothing is broken: rows of step, right and jitter (shares)."""
    return json.loads((STATIC / "healthy.json").read_text(encoding="utf-8"))


def printed() -> str:
    """The chapter on paper: the recorded curve, into which one's own are to be drawn."""
    points = [(row["step"], row["right"]) for row in recorded()]
    unbroken = _("recorded: nothing broken")
    curve = drawing.curves({unbroken: points}, label=_("share of right clips"), faint=(unbroken,))
    return drawing.captioned(
        curve, _("Recorded with nothing broken. Set one switch and draw the curve that you see into the plot.")
    )


def wire(page: gr.Blocks, widgets: object) -> None:
    """Join the buttons and switches of chapter 6 to the training in the browser; the server is asked for nothing."""
    page.load(None, js=SCRIPT)
    for name in BUTTONS:
        getattr(widgets, name).click(None, js=f"() => {{ window.tinyGan.press('{name}'); }}")
    for name in SWITCHES:
        getattr(widgets, name).input(None, js="() => { window.tinyGan.press('switch'); }")
