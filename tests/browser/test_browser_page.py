"""The whole page in a real browser: widths, themes, and the ways from one tab to another."""

import json
import shutil
import time

import pytest

pytest.importorskip("gradio")

from browsing import PATIENCE_MS, choose, in_a_browser, moves, open_tab, slow_down, wait_for_text, wait_for_value

from t2v.data.writer import write_dataset

pytestmark = in_a_browser

# The answer to the request for the first clip waits until a stream of events has ended that began after it.
SLOW_ANSWERS = """(() => {
  const ask = window.fetch;
  let ended = 0;
  window.fetch = async (address, options) => {
    const answer = await ask(address, options);
    if (String(address?.url ?? address).includes('/queue/data'))
      answer.clone().text().catch(() => '').then(() => ended++);
    if (String(options?.body).includes('"event_data":"')) {
      const before = ended;
      for (let k = 0; k < 100 && ended < before + 2; k++) await new Promise(done => setTimeout(done, 100));
    }
    return answer;
  };
})()"""
# The end of a stream of events waits until a request has been answered that was made after it.
LATE_ENDS = """(() => {
  const ask = window.fetch, text = new TextDecoder(), bytes = new TextEncoder();
  let release = () => {};
  window.fetch = async (address, options) => {
    const answer = await ask(address, options), url = String(address?.url ?? address);
    if (url.includes('/queue/join')) setTimeout(() => release(), 300);
    if (!url.includes('/queue/data')) return answer;
    const reader = answer.body.getReader();
    const pull = async to => {
      const {done, value} = await reader.read();
      if (done) return to.close();
      const said = text.decode(value, {stream: true}), end = said.indexOf('data: {"msg":"close_stream"');
      if (end < 0) return to.enqueue(value);
      to.enqueue(bytes.encode(said.slice(0, end)));
      await new Promise(go => release = go);
      to.enqueue(bytes.encode(said.slice(end)));
    };
    return new Response(new ReadableStream({pull}), {status: answer.status, headers: answer.headers});
  };
})()"""
TABS = ("Generate", "Dataset", "Train", "Evaluate", "Learn")


def test_no_tab_is_wider_than_the_screen(page, open_page):
    phone = open_page(390)
    for visit, width_px in ((phone, 390), (page, 1280)):
        for tab in TABS:
            open_tab(visit, tab)
            if tab == "Dataset":
                visit.locator("#samples img").nth(11).wait_for()
            assert visit.evaluate("document.documentElement.scrollWidth") <= width_px
    phone.close()


def open_with(browser, address, script):
    """A visit that runs the script first; its first clips have come."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(script)
    page.goto(address)
    page.wait_for_selector("#hero[data-ready]")
    page.locator("#prompt").fill("red circle moving left")
    wait_for_text(page, "#wall", "seed 11")
    return page


def test_the_first_clip_comes_to_a_slow_visitor(browser, page_address):
    """Whose drawing comes, all of it at once, before the answer that says which event it belongs to."""
    open_with(browser, page_address[0], SLOW_ANSWERS).close()


def test_no_answer_is_lost_where_one_stream_of_events_ends(browser, page_address):
    page = open_with(browser, page_address[0], LATE_ENDS)
    for seed in (3, 5):
        page.get_by_role("button", name=f"seed {seed}", exact=True).click()
        wait_for_text(page, "#message", f"seed {seed}")
    page.close()


def test_a_clip_moves_before_gradio_is_there(browser, page_address):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.route("**/*.js", lambda route: None)  # of Gradio, which never come
    page.goto(page_address[0], wait_until="commit")
    page.wait_for_function("document.querySelector('#first-look img')?.complete")
    assert moves(page, "#first-look img")
    page.unroute("**/*.js")
    page.reload()
    page.wait_for_selector("#hero[data-ready]")
    assert page.locator("#first-look").is_hidden()
    page.close()


@pytest.mark.parametrize("way", ["clicked at once", "remembered in the address"])
def test_a_train_tab_opened_early_shows_news(browser, page_address, trained, way):
    address, folders = page_address
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    slow_down(page)
    page.goto(address if way == "clicked at once" else f"{address}?tab=train")
    page.get_by_role("tab", name="Train").wait_for()
    if way == "clicked at once":
        open_tab(page, "Train")
        page.wait_for_url("**/?tab=train")
    page.get_by_role("button", name="Start a new training").wait_for()
    shutil.copytree(trained, folders.runs / "r-early")  # a run that begins while the tab is open
    wait_for_text(page, "#train-progress", "r-early")
    page.close()
    shutil.rmtree(folders.runs / "r-early")


def test_a_reload_right_after_a_click_keeps_the_new_tab(browser, page_address):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    slow_down(page)
    page.goto(page_address[0])
    page.get_by_role("tab", name="Train").wait_for()
    for name in ("Train", "Learn", "Evaluate"):
        page.evaluate(
            "name => { document.getElementById(`tab-${name}-button`).click(); location.reload(); }", name.lower()
        )
        page.wait_for_load_state()
        page.locator(f"#tab-{name.lower()}-button[aria-selected=true]").wait_for()
    page.close()


def test_a_dataset_leads_to_its_training_with_one_click(page, page_address):
    folder = page_address[1].datasets / "mine"
    write_dataset(folder, grammar="classic", videos=2, frames=4, frame_size_px=16, seed=0, layout="packed")
    open_tab(page, "Dataset")
    choose(page, "Dataset", "mine")
    wait_for_text(page, "#dataset-holds", "2 clips of 4 frames")
    page.get_by_role("button", name="Train on it").click()
    page.get_by_role("button", name="Start a new training").wait_for()
    chosen = page.get_by_label("Dataset", exact=True).filter(visible=True)
    if not chosen.count():
        page.get_by_role("button", name="More settings").filter(visible=True).click()
    wait_for_value(chosen, "mine")
    shutil.rmtree(folder)


def test_a_run_leads_to_its_clips_with_one_click(page, page_address):
    folders = page_address[1]
    run_dir = folders.runs / "mine"
    shutil.copytree(folders.checkpoints / "classic", run_dir / "checkpoint")
    status = {"state": "stopped", "step": 1, "of": 5, "eta": None, "device": "cpu", "error": None, "pid": 1}
    (run_dir / "status.json").write_text(json.dumps(status | {"updated": time.time()}))
    open_tab(page, "Train")
    choose(page, "Run", "mine")
    wait_for_text(page, "#train-progress", "mine")
    page.get_by_role("button", name="Try it in Generate").click()
    wait_for_text(page, "#message", "model 'mine'")
    shutil.rmtree(run_dir)
    open_tab(page, "Generate")
    page.locator("#prompt").fill("circle moving right")
    wait_for_text(page, "#message .problem", "There is no checkpoint 'runs/mine'")


def test_text_can_be_read_in_both_themes(open_page):
    """Words and the ground behind them differ by at least 4.5 to 1, as WCAG AA asks."""
    page = open_page(1280)
    for tab in TABS:
        open_tab(page, tab)
        for dark in (True, False):  # as ?__theme=dark does for all but plots
            page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
            for _ in range(10):  # colours change by and by
                page.wait_for_timeout(500)
                if not (faint := page.evaluate(FAINT_WORDS)):
                    break
            assert faint == [], (tab, dark)


# Every visible word with the ground of the nearest ancestor that has one; disabled widgets may be faint.
FAINT_WORDS = """() => {
  const parse = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length == 3 || colour[3] == 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), faint = [];
  while (walker.nextNode()) {
    const words = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
    if (!words || !e.checkVisibility({opacityProperty: true}) || e.closest(':disabled, svg, script, style')) continue;
    const colour = parse(getComputedStyle(e).color), behind = ground(e);
    const [brighter, darker] = [light(colour), light(behind)].sort((x, y) => y - x);
    if ((brighter + 0.05) / (darker + 0.05) < 4.5) faint.push(`${words}: ${colour} on ${behind}`);
  }
  return [...new Set(faint)];
}"""
