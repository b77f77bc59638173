"""The Learn tab: its frame, its nine chapters, and what joins them to their figures."""

import json
import random
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit, urlunsplit

import gradio as gr

from demo.learn.chapters import classroom
from demo.learn.chapters.classroom import BUTTONS, RUN_EVERY_SECONDS, SWITCHES, Classroom
from demo.learn.present import KEYS, PRESENT
from demo.learn.speech import language_of, say, t
from demo.studio import clips
from demo.studio.clips import HEAVY, MAX_PAGE_SEED, find_sampler
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.errors import explain
from t2v.config import SEED, raise_if, range_problem

LEARN = "learn"
CHAPTERS = range(1, 10)
CONTROLLED, REACTING = (2, 4, 6, 8), (1, 7)  # chapters with widgets above their figure, and below it
ROUNDS = 10_000
PROMPT = "circle moving left"
LINKED = ("chapter", "checkpoint", "prompt", "seed", "motion", "angle", "travel", "radius", "instant", "direction")
LINKED += SWITCHES
MAKE_LINK = """(...values) => {
  const query = new URLSearchParams(), names = NAMES;
  names.forEach((name, k) => { if (values[k] !== null && values[k] !== '') query.set(name, values[k]); });
  return location.origin + location.pathname + '?' + query;
}"""


def build() -> SimpleNamespace:
    """Lay the tab out: which chapter, the settings that all share, then one chapter at a time."""
    with gr.Column(elem_id="learn"):
        with gr.Row(elem_classes="ask"):
            chapter = gr.Dropdown(
                label=t("chapter"),
                choices=[(t(f"title_{n}"), n) for n in CHAPTERS],
                value=1,
                filterable=False,
                min_width=180,
                elem_id="learn-chapter",
            )
            back = gr.Button(t("back"), size="sm", min_width=70, elem_id="learn-back")
            forward = gr.Button(t("next"), size="sm", min_width=70, elem_id="learn-next")
        with gr.Row(elem_id="learn-settings"):
            checkpoint = gr.Dropdown(label=t("checkpoint"), choices=[], filterable=False, min_width=200)
            prompt = gr.Textbox(label=t("prompt"), value=PROMPT, max_length=200, min_width=220, elem_id="learn-prompt")
            seed = gr.Number(label=t("seed"), value=SEED, precision=0, min_width=80, elem_id="learn-seed")
        message = gr.HTML(elem_id="learn-message", elem_classes=["said", "tight"])
        pages, figures, shelves, codes, inner = {}, {}, {}, {}, {}
        for n in CHAPTERS:
            with gr.Column(visible=n == 1, elem_classes="lesson-page") as pages[n]:
                gr.Markdown("## " + t(f"title_{n}"), elem_classes="chapter-title")
                gr.Markdown(t(f"text_{n}"), elem_classes="lesson-words")
                with gr.Column(elem_classes="lesson-controls", visible=n in CONTROLLED):
                    inner |= controls(n)
                figures[n] = gr.HTML(elem_id=f"figure-{n}", elem_classes="lesson")
                with gr.Column(elem_classes="lesson-reactions", visible=n in REACTING):
                    inner |= reactions(n)
                gr.Markdown(t(f"try_{n}"), elem_classes="lesson-words")
                gr.Markdown(t(f"question_{n}"), elem_classes="lesson-words")
                with gr.Accordion(t("answer"), open=False, elem_classes="lesson-words"):
                    gr.Markdown(t(f"answer_{n}"))
                with gr.Accordion(t("code"), open=False, elem_classes="shelf") as shelves[n]:
                    codes[n] = gr.Code(
                        language=None, interactive=False, lines=4, max_lines=30
                    )  # its colours are too pale
        with gr.Row():
            present = gr.Button(t("present"), size="sm", min_width=140, elem_id="learn-present")
            link = gr.Button(t("link"), size="sm", min_width=140, elem_id="learn-link")
            handout = gr.Button(t("handout"), size="sm", min_width=140, elem_id="learn-handout")
        address = gr.Textbox(label=t("link_label"), interactive=False, visible=False, elem_id="learn-address")
        handout_file = gr.File(label=t("handout_file"), visible=False, interactive=False)
    number = gr.State(0)  # of the pair in chapter 1
    pace = gr.State(None)  # of the visitor's training: run, slow, "" at rest; None where there is none
    timer = gr.Timer(RUN_EVERY_SECONDS, active=False)
    return SimpleNamespace(**inner, **{k: v for k, v in locals().items() if k not in ("inner", "n")})


def controls(chapter: int) -> dict:
    """What a chapter's figure listens to, laid out above it."""
    if chapter == 2:
        with gr.Row():
            motion = gr.Dropdown(label=t("motion"), choices=[], filterable=False, min_width=200, elem_id="motion-2")
            angle = gr.Slider(label=t("angle"), minimum=0, maximum=359, step=1, value=0, min_width=150)
            travel = gr.Slider(label=t("travel"), minimum=0.0, maximum=0.75, step=0.01, value=0.5, min_width=150)
            radius = gr.Slider(label=t("radius"), minimum=0.06, maximum=0.22, step=0.01, value=0.2, min_width=150)
    elif chapter == 4:
        with gr.Row():
            instant = gr.Slider(label=t("instant"), minimum=0, maximum=1, step=0.01, value=0.5, elem_id="instant")
            direction = gr.Slider(label=t("direction"), minimum=-3, maximum=3, step=0.1, value=0, elem_id="direction")
    elif chapter == 6:
        with gr.Row(elem_classes="downloads-free"):
            found = {name: gr.Button(t(name), size="sm", min_width=90, elem_id=f"do-{name}") for name in BUTTONS}
        with gr.Row():
            for name in SWITCHES:
                found[name] = gr.Checkbox(label=t(f"switch_{name}"), min_width=150, elem_id=f"switch-{name}")
        return found
    elif chapter == 8:
        examples = gr.Dropdown(label=t("examples"), choices=[], filterable=False)
    return {name: widget for name, widget in locals().items() if name != "chapter"}


def reactions(chapter: int) -> dict:
    """What stands below a chapter's figure."""
    if chapter == 1:
        with gr.Row():
            is_a = gr.Button(t("is_a"), size="sm", min_width=90, elem_id="is-a")
            is_b = gr.Button(t("is_b"), size="sm", min_width=90, elem_id="is-b")
            another = gr.Button(t("another"), size="sm", min_width=90)
        verdict = gr.HTML(elem_id="verdict", elem_classes="lesson")
    elif chapter == 7:
        avi = gr.File(label=t("avi"), interactive=False)
    return {name: widget for name, widget in locals().items() if name != "chapter"}


def figure(folders: Folders, chapter: int, visit: Path, language: str, *, pupil=None, **s) -> tuple[str, Path | None]:
    """The chapter's figure for settings `s` (named as in LINKED, and `number`), and the file that belongs to it.

    ValueError says what is wrong with the checkpoint, the prompt or a number.
    """
    from demo.learn import players
    from demo.learn.chapters import data, inside, judge, outlook, saving, steps, tokens, unseen

    raise_if(range_problem("seed", s["seed"], 0, MAX_PAGE_SEED))
    if chapter == 6:
        return steps.show(pupil or steps.Pupil(), language), None
    sampler = find_sampler(folders, s["checkpoint"])
    release = find_checkpoints(folders)[s["checkpoint"] or next(iter(find_checkpoints(folders)))]
    prompt, seed = s["prompt"], int(s["seed"])
    if chapter in (2, 3, 4, 5, 7, 8):
        prompt = sampler.normal_form(prompt)
    if chapter == 1:
        return players.show(sampler, s["number"], language), None
    if chapter == 2:
        parts = [data.formulas(s["motion"] or data.motions()[2], seed, language)]
        parts += [data.by_hand(s["angle"], s["travel"], s["radius"], language)]
        return "".join(parts) + data.held_out(sampler, prompt, language), None
    if chapter == 3:
        return tokens.show(sampler, prompt, language), None
    if chapter == 4:
        return inside.show(sampler, prompt, seed, s["instant"], s["direction"], language), None
    if chapter == 5:
        pair, said = critic(folders, s["checkpoint"], pupil, language)
        if pair is None:
            return said, None
        return said + judge.show(pair, steps.CAPTIONS[0] if said else prompt, seed, language), None
    if chapter == 7:
        return saving.show(sampler, release, prompt, seed, visit, language)
    if chapter == 9:
        return outlook.show(sampler, language), None
    return unseen.show(sampler, release, prompt, seed, language), None


def critic(folders: Folders, checkpoint: str | None, pupil, language: str):
    """(pair, what to say): the checkpoint's discriminator, else that of the visitor's own training, else None."""
    from demo.learn import drawing
    from demo.learn.chapters import judge, steps
    from t2v.checkpoint.release import load_discriminator

    sampler = find_sampler(folders, checkpoint)
    release = find_checkpoints(folders)[checkpoint or next(iter(find_checkpoints(folders)))]
    discriminator = load_discriminator(release) if sampler.grammar is not None else None
    if discriminator is not None:
        return judge.pair_of(sampler.release, discriminator), ""
    if pupil is not None:
        said = say(language, "tiny_discriminator", captions=steps.KNOWN)
        return pupil.pair(), drawing.paragraph(said)
    return None, drawing.paragraph(say(language, "no_discriminator"))


def from_link(query: dict[str, str], known: list[str]) -> dict:
    """The settings that a link names, each of its right kind; what makes no sense is left out."""
    found = {}
    for name in LINKED:
        said = query.get(name)
        if said is None:
            continue
        if name in ("prompt", "motion"):
            found[name] = said[:200]
        elif name == "checkpoint":
            found |= {name: said} if said in known else {}
        elif name in SWITCHES:
            found[name] = said == "true"
        else:
            try:
                value = float(said)
            except ValueError:
                continue
            if range_problem(name, value, -1e15, 1e15):
                continue
            found[name] = int(value) if name in ("chapter", "seed") else value
    if found.get("chapter") not in (None, *CHAPTERS):
        del found["chapter"]
    return found


def link_to(page_address: str, settings: dict) -> str:
    """The address that opens the lesson with these settings, from that of the page as the browser has it."""
    parts = urlsplit(page_address if page_address.startswith(("http://", "https://")) else "http://127.0.0.1:7860/")
    query = urlencode({"chapter": 1} | {name: value for name, value in settings.items() if value not in (None, "")})
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def wire(page: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers. Nothing here is public."""
    w = widgets
    room = Classroom()
    settings = [getattr(w, name) for name in LINKED] + [w.number]
    shown = [*w.pages.values(), *w.figures.values(), *w.codes.values(), w.chapter, w.message, w.avi, w.examples]
    shown += [w.motion, w.number, w.verdict]

    def asked(values: tuple) -> dict:
        return dict(zip((*LINKED, "number"), values, strict=True))

    def answer(s: dict, request: gr.Request) -> dict:
        """Everything that the chapter of these settings shows."""
        from demo.learn import code
        from demo.learn.chapters import data, unseen

        n = s["chapter"] if s["chapter"] in CHAPTERS else 1
        language = language_of(request.headers.get("accept-language"))
        answered = {w.pages[k]: gr.update(visible=k == n) for k in CHAPTERS} | {w.chapter: n, w.message: ""}
        answered |= {w.codes[n]: code.source(n), w.verdict: ""}
        try:
            visit = folders.visit(request.session_hash)
            rest = {k: v for k, v in s.items() if k != "chapter"}
            drawn, file = figure(folders, n, visit, language, pupil=room.of(request.session_hash), **rest)
            answered[w.figures[n]] = drawn
            if file is not None:
                answered[w.avi] = str(file)
            if n == 2:
                answered[w.motion] = gr.update(choices=data.motions(), value=s["motion"] or data.motions()[2])
            if n == 8:
                found = unseen.examples(find_sampler(folders, s["checkpoint"]), language)
                answered[w.examples] = gr.update(choices=found)
        except Exception as error:
            answered[w.message] = explain(error)
        return answered

    def on_settings(request: gr.Request, *values):
        return answer(asked(values), request)

    def turning(by: int):
        """The handler that leafs so many chapters on."""

        def on_turn(request: gr.Request, *values):
            s = asked(values)
            return answer(s | {"chapter": min(max(s["chapter"] + by, 1), len(CHAPTERS))}, request)

        return on_turn

    def on_another(request: gr.Request, *values):
        s = asked(values) | {"number": random.randrange(ROUNDS)}
        return answer(s, request) | {w.number: s["number"]}

    def on_open(request: gr.Request, *values):
        """The first look at the tab: which checkpoints there are. A link's chapter is `on_load`'s affair."""
        if "chapter" in request.query_params:
            return gr.skip()
        s = asked(values)
        names = clips.menu(folders)
        if s["checkpoint"] not in [name for _, name in names]:
            s["checkpoint"] = names[0][1] if names else None
        return answer(s, request) | {w.checkpoint: gr.update(choices=names, value=s["checkpoint"])}

    def on_load(request: gr.Request, *values):
        """A link names a chapter: the tab opens there, with the settings that it names."""
        names = list(find_checkpoints(folders))
        found = from_link(dict(request.query_params), names)
        if "chapter" not in found:
            return gr.skip()
        s = asked(values) | {"checkpoint": next(iter(names), None)} | found
        told = {getattr(w, name): value for name, value in found.items()}
        told |= {w.checkpoint: gr.update(choices=clips.menu(folders), value=s["checkpoint"])}
        told[w.shelves[found["chapter"]]] = gr.update(open="code" in request.query_params)
        return {tabs: gr.Tabs(selected=LEARN)} | told | answer(s, request)

    def guessing(picked: str):
        """The handler that says whether this one is real."""

        def on_guess(checkpoint, number, request: gr.Request):
            from demo.learn import players

            language = language_of(request.headers.get("accept-language"))
            try:
                pair, _ = critic(folders, checkpoint, None, language)
                return players.answer(find_sampler(folders, checkpoint), pair, number, picked, language)
            except Exception as error:
                return explain(error)

        return on_guess

    def on_handout(request: gr.Request, *values):
        """All chapters with the figures as they would be shown now."""
        from demo.learn import handout

        s, language = asked(values), language_of(request.headers.get("accept-language"))
        visit, found = folders.visit(request.session_hash), {}
        rest = {k: v for k, v in s.items() if k != "chapter"}
        for n in CHAPTERS:
            try:
                found[n] = figure(folders, n, visit, language, pupil=room.of(request.session_hash), **rest)[0]
            except Exception as error:
                found[n] = explain(error)
        setting = f"{s['checkpoint']} · {s['prompt']} · {s['seed']}"
        link = link_to(request.headers.get("referer", ""), {name: s[name] for name in ("checkpoint", "prompt", "seed")})
        file = handout.write(visit / f"handout-{language}.html", found, setting, link, language)
        return gr.update(value=str(file), visible=True)

    quiet = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    heavy = {**HEAVY, **quiet, "trigger_mode": "always_last"}
    tab.select(on_open, settings, [*shown, w.checkpoint], **heavy)
    page.load(on_load, settings, list(dict.fromkeys([*shown, *settings[:-1], *w.shelves.values(), tabs])), **quiet)
    page.load(None, js=KEYS)
    changed = [w.chapter.input, w.checkpoint.input, w.prompt.submit, w.prompt.blur, w.seed.change, w.motion.input]
    changed += [getattr(w, name).change for name in ("angle", "travel", "radius", "instant", "direction")]
    gr.on(changed, on_settings, settings, shown, **heavy)
    w.examples.input(lambda said: said, w.examples, w.prompt, **quiet).then(on_settings, settings, shown, **heavy)
    w.back.click(turning(-1), settings, shown, **heavy)
    w.forward.click(turning(1), settings, shown, **heavy)
    w.another.click(on_another, settings, shown, **heavy)
    for button, name in ((w.is_a, "A"), (w.is_b, "B")):
        button.click(guessing(name), [w.checkpoint, w.number], w.verdict, **heavy)
    classroom.wire(page, w, room)
    w.present.click(None, js=PRESENT)
    w.link.click(None, settings[:-1], w.address, js=MAKE_LINK.replace("NAMES", json.dumps(LINKED)))
    w.link.click(lambda: gr.update(visible=True), None, w.address, **quiet)
    w.handout.click(on_handout, settings, w.handout_file, **HEAVY, **quiet)
