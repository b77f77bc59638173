"""What the Learn tab's buttons and fields do: functions of plain values, bound in `tab.wire`.

`figure` makes what each chapter shows.
"""

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import gradio as gr

from demo.learn.chapters.prose import PROSE
from demo.learn.chapters.tiny import SWITCHES
from demo.locale.translate import _, visitors_language
from demo.studio import clips
from demo.studio.clips import MAX_PAGE_SEED, find_sampler
from demo.studio.workspace import Folders, find_checkpoints
from demo.ui.errors import on_error
from t2v.config import raise_if, range_problem

if TYPE_CHECKING:
    from demo.learn.chapters.judge import Pair
    from demo.learn.tab import Widgets

LEARN = "learn"
CHAPTERS = tuple(PROSE)  # their numbers, from 1
ROUNDS = 10_000
LINKED = (
    *("chapter", "checkpoint", "prompt", "seed", "motion", "angle", "travel", "radius", "instant", "direction"),
    *SWITCHES,
)


def figure(folders: Folders, chapter: int, visit: Path, **s: Any) -> tuple[str, Path | None]:
    """The chapter's figure for settings `s` (named as in LINKED, and `number`), and the file that belongs to it.

    ValueError says what is wrong with the checkpoint, the prompt or a number.
    """
    from demo.learn import drawing
    from demo.learn.chapters import data, inside, judge, outlook, players, saving, story, tiny, tokens, unseen

    raise_if(range_problem("seed", s["seed"], 0, MAX_PAGE_SEED))
    if chapter == 6:
        return tiny.show(), None
    sampler = find_sampler(folders, s["checkpoint"])
    release = find_checkpoints(folders)[s["checkpoint"] or next(iter(find_checkpoints(folders)))]
    prompt, seed = s["prompt"], int(s["seed"])
    if chapter in (2, 3, 4, 5, 7, 8):
        prompt = sampler.normal_form(prompt)
    if chapter == 1:
        return players.show(sampler, s["number"]), None
    if chapter == 2:
        parts = [data.formulas(s["motion"] or data.motions()[2], seed)]
        parts += [data.by_hand(s["angle"], s["travel"], s["radius"])]
        return "".join(parts) + data.held_out(sampler, prompt), None
    if chapter == 3:
        return tokens.show(sampler, prompt), None
    if chapter == 4:
        return inside.show(sampler, prompt, seed, s["instant"], s["direction"]), None
    if chapter == 5:
        pair = critic(folders, s["checkpoint"])
        if pair is None:
            return drawing.paragraph(_(judge.NO_DISCRIMINATOR)), None
        return judge.show(pair, prompt, seed), None
    if chapter == 7:
        return saving.show(sampler, release, prompt, seed, visit)
    if chapter == 9:
        return outlook.show(sampler), None
    of_stories = sampler if sampler.grammar == story.CHECKPOINT else None
    if of_stories is None and story.CHECKPOINT in find_checkpoints(folders):
        of_stories = find_sampler(folders, story.CHECKPOINT)
    return unseen.show(sampler, release, prompt, seed) + story.show(of_stories, seed), None


def critic(folders: Folders, checkpoint: str | None) -> "Pair | None":
    """The checkpoint's networks, discriminator included; None where it holds none, or learned its own captions."""
    from demo.learn.chapters import judge
    from t2v.checkpoint.release import load_discriminator

    sampler = find_sampler(folders, checkpoint)
    release = find_checkpoints(folders)[checkpoint or next(iter(find_checkpoints(folders)))]
    discriminator = load_discriminator(release) if sampler.grammar is not None else None
    return None if discriminator is None else judge.pair_of(sampler.release, discriminator)


def from_link(query: dict[str, str], known: list[str]) -> dict:
    """The settings that a link names, each of its right kind; what makes no sense is left out."""
    settings: dict[str, Any] = {}
    for name in LINKED:
        text = query.get(name)
        if text is None:
            continue
        if name in ("prompt", "motion"):
            settings[name] = text[:200]
        elif name == "checkpoint":
            settings |= {name: text} if text in known else {}
        elif name in SWITCHES:
            settings[name] = text == "true"
        else:
            try:
                value = float(text)
            except ValueError:
                continue
            if range_problem(name, value, -1e15, 1e15):
                continue
            settings[name] = int(value) if name in ("chapter", "seed") else value
    if settings.get("chapter") not in (None, *CHAPTERS):
        del settings["chapter"]
    return settings


def link_to(page_address: str, settings: dict) -> str:
    """The address that opens the lesson with these settings, from that of the page as the browser has it."""
    parts = urlsplit(page_address if page_address.startswith(("http://", "https://")) else "http://127.0.0.1:7860/")
    query = urlencode({"chapter": 1} | {name: value for name, value in settings.items() if value not in (None, "")})
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def settings_from(values: tuple) -> dict:
    """The settings by their names, of `Widgets.settings`."""
    return dict(zip((*LINKED, "number"), values, strict=True))


def answer(folders: Folders, w: "Widgets", s: dict, *, visitor: str) -> dict:
    """Everything that the chapter of these settings shows."""
    from demo.learn import code

    n = s["chapter"] if s["chapter"] in CHAPTERS else 1
    answered = {w.pages[k]: gr.update(visible=k == n) for k in CHAPTERS} | {w.chapter: n, w.message: ""}
    answered |= {w.codes[n]: code.source(n), w.verdict: ""}
    return answered | shown_in(w, folders, n, s, visitor=visitor)


@on_error(lambda line, w, *_: {w.message: line})
def shown_in(w: "Widgets", folders: Folders, n: int, s: dict, *, visitor: str) -> dict:
    """The figure of chapter `n`, and the choices that go with it."""
    from demo.learn.chapters import data, unseen

    drawn, file = figure(folders, n, folders.visit(visitor), **{k: v for k, v in s.items() if k != "chapter"})
    shown: dict[Any, Any] = {w.figures[n]: drawn} | ({} if file is None else {w.avi: str(file)})
    if n == 2:
        shown[w.motion] = gr.update(choices=data.motions(), value=s["motion"] or data.motions()[2])
    if n == 8:
        shown[w.examples] = gr.update(choices=unseen.examples(find_sampler(folders, s["checkpoint"])))
    return shown


def on_settings(folders: Folders, w: "Widgets", *values: Any, visitor: str) -> dict:
    """The chapter with these settings."""
    return answer(folders, w, settings_from(values), visitor=visitor)


def on_turn(folders: Folders, w: "Widgets", by: int, *values: Any, visitor: str) -> dict:
    """The chapter that comes so many on."""
    s = settings_from(values)
    s["chapter"] = min(max(s["chapter"] + by, 1), len(CHAPTERS))
    return answer(folders, w, s, visitor=visitor)


def on_another(folders: Folders, w: "Widgets", *values: Any, visitor: str) -> dict:
    """Another pair in chapter 1."""
    s = settings_from(values) | {"number": random.randrange(ROUNDS)}
    return answer(folders, w, s, visitor=visitor) | {w.number: s["number"]}


def on_open(folders: Folders, w: "Widgets", *values: Any, visitor: str, query: dict) -> dict:
    """The first look at the tab: which checkpoints there are. A link's chapter is `on_load`'s affair."""
    if "chapter" in query:
        return gr.skip()
    s = settings_from(values)
    names = clips.menu(folders)
    if s["checkpoint"] not in [name for _, name in names]:
        s["checkpoint"] = names[0][1] if names else None
    answered = answer(folders, w, s, visitor=visitor)
    return answered | {w.checkpoint: gr.update(choices=names, value=s["checkpoint"])}


def on_load(folders: Folders, w: "Widgets", tabs: gr.Tabs, *values: Any, visitor: str, query: dict) -> dict:
    """A link names a chapter: the tab opens there, with the settings that it names."""
    names = list(find_checkpoints(folders))
    linked = from_link(query, names)
    if "chapter" not in linked:
        return gr.skip()
    s = settings_from(values) | {"checkpoint": next(iter(names), None)} | linked
    updates = {getattr(w, name): value for name, value in linked.items()}
    updates |= {w.checkpoint: gr.update(choices=clips.menu(folders), value=s["checkpoint"])}
    updates[w.shelves[linked["chapter"]]] = gr.update(open="code" in query)
    return {tabs: gr.Tabs(selected=LEARN)} | updates | answer(folders, w, s, visitor=visitor)


@on_error(lambda line, *_: line)
def on_guess(folders: Folders, picked: str, checkpoint: str, number: int) -> str:
    """Whether `picked`, A or B, is the real one."""
    from demo.learn.chapters import players

    pair = critic(folders, checkpoint)
    return players.answer(find_sampler(folders, checkpoint), pair, number, picked)


def on_example(prompt: str) -> str:
    """The example becomes the prompt."""
    return prompt


def on_link() -> dict:
    """The link that the browser has made is shown."""
    return gr.update(visible=True)


def on_handout(folders: Folders, *values: Any, visitor: str, address: str) -> dict:
    """All chapters with the figures as they would be shown now."""
    from demo.learn import handout
    from demo.learn.chapters import tiny

    s, visit = settings_from(values), folders.visit(visitor)
    rest = {k: v for k, v in s.items() if k != "chapter"}

    @on_error(lambda line, *_: line)
    def printed(n: int) -> str:
        return tiny.printed() if n == 6 else figure(folders, n, visit, **rest)[0]

    drawn = {n: printed(n) for n in CHAPTERS}
    setting = f"{s['checkpoint']} · {s['prompt']} · {s['seed']}"
    link = link_to(address, {name: s[name] for name in ("checkpoint", "prompt", "seed")})
    file = handout.write(visit / f"handout-{visitors_language()}.html", drawn, setting, link)
    return gr.update(value=str(file), visible=True)
