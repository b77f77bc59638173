"""What the browser tests share: which browser, and what a visitor does with hands and eyes."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a camera for pages that ask for one: green, with a clock
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MS = 90_000  # the machine may be busy; nothing waits longer than it must

STATIC = Path(__file__).resolve().parents[1] / "demo" / "generate" / "static"
OPEN_STAGE = """([code, ready]) => {
  window.asked = [];
  const props = {ready, russian: {}, value: null}, trigger = () => {};
  window.fetch = async (address, {body}) => {
    asked.push(JSON.parse(body).prompt);
    throw new Error('no server');
  };
  new Function('element', 'props', 'trigger', 'watch', code)(document.body, props, trigger);
}"""

in_a_browser = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore:::gradio.queueing"),  # it is behind pandas' news
]


def slow_down(page, delay_ms=300):
    """Every request of the page, which is not open yet, for an answer leaves so much later, as over a long line."""
    page.add_init_script(
        """const ask = window.fetch;
        window.fetch = async (address, options) => {
          const url = String(address?.url ?? address);
          if (/join$|draw$/.test(url.split('?')[0])) await new Promise(go => setTimeout(go, DELAY));
          return ask(address, options);
        };""".replace("DELAY", str(delay_ms))
    )


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def choose(page, label, option):
    """From a menu, which is opened again until it offers that: what it offers comes with the server's answers. Also
    where the field says so already: a visitor's choice stays, what the page has proposed does not."""
    field = page.get_by_label(label, exact=True).filter(visible=True)
    field.click()
    menu = page.locator(f"#{field.get_attribute('aria-controls')}")  # another one may still be fading away
    offered = menu.get_by_role("option", name=option, exact=True)
    for _ in range(PATIENCE_MS // 500):
        if offered.count():
            break
        field.blur()
        page.wait_for_timeout(500)
        field.click()
    offered.click()
    wait_for_value(field, option)


def unfold_all(page):
    """All folds that can be seen; clicked at once, as an answer of the server may hide one meanwhile."""
    folded = page.locator("button.label-wrap:not(.open):visible")
    for _ in range(3):  # folds within folds
        folded.evaluate_all("all => all.forEach(fold => fold.click())")
        page.wait_for_timeout(300)  # until they are open, and show those within
    assert folded.count() == 0


def say(page, prompt):
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_label("Prompt", exact=True).press("Enter")


def wait_for_text(page, selector, text):
    page.locator(selector).get_by_text(text).first.wait_for()


def wait_for_button(page, name, *, disabled=False):
    """Until the button may be pressed, or no longer: an answer sets one part of the page after the other."""
    page.get_by_role("button", name=name, exact=True, disabled=disabled).filter(visible=True).wait_for()


def wait_for_value(field, value: str):
    """Until the field, which the server fills, holds the value."""
    field.page.wait_for_function("([field, value]) => field.value === value", arg=[field.element_handle(), value])


def moves(page, selector) -> bool:
    """Whether the picture changes by itself within some seconds."""
    first = page.locator(selector).screenshot()
    for _ in range(20):
        page.wait_for_timeout(150)
        if page.locator(selector).screenshot() != first:
            return True
    return False


def draw_zigzag(page):
    """With the brush, in the middle of the canvas for a thing."""
    page.locator("#thing-picture button[aria-label='Brush']").click()
    canvas = page.locator("#thing-picture canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 40, y - 40)
    page.mouse.down()
    for k in range(8):
        page.mouse.move(x - 40 + 10 * k, y - 40 + k % 3 * 15)
    page.mouse.up()


def open_stage(page, prompt: str, grammar: str, words: dict):
    """The stage alone, with this prompt, over one model of a grammar, whose server never answers. `asked` holds the
    prompts of its requests."""
    page.set_content((STATIC / "stage.html").read_text(encoding="utf-8").replace("PROMPT", prompt))
    from demo.generate.tab import SCRIPTS
    from demo.studio.clips import FPS_BOUNDS

    ready = {"fps": FPS_BOUNDS, "models": [{"name": grammar, "label": grammar, "grammar": grammar, "words": []}]}
    code = "\n".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    page.evaluate(OPEN_STAGE, [code, ready | {"grammars": {grammar: words}}])
