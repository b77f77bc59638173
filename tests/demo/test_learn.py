"""What the Learn tab shows, as plain functions: each figure is made by the package from the chosen checkpoint."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("gradio")

from demo.learn import code, drawing, handlers, handout
from demo.learn.chapters import data, players, tiny, unseen
from demo.learn.chapters.prose import PROSE
from demo.locale.__main__ import read
from demo.locale.translate import _, language_of, speaking
from demo.studio.clips import find_sampler
from t2v.data.grammar import combinations

PROMPT = "large red circle moving left"
SETTINGS = {
    "checkpoint": "shapes", "prompt": PROMPT, "seed": 3, "motion": None, "angle": 0, "travel": 0.5, "radius": 0.2,
    "instant": 0.5, "direction": 0.0, "number": 5,
}  # fmt: skip


def figure(folders, chapter, **changed):
    return handlers.figure(folders, chapter, folders.visit("me"), **SETTINGS | changed)[0]


# --- Every chapter


@pytest.mark.parametrize("chapter", [1, 2, 3, 4, 5, 7, 8, 9])  # chapter 6 trains its own
def test_another_checkpoint_gives_another_figure(folders, chapter):
    changed = figure(folders, chapter, checkpoint="classic", prompt="circle moving left")
    assert figure(folders, chapter, prompt="circle moving left") != changed


@pytest.mark.parametrize(
    "name, value", [("seed", 4), ("instant", 0.9), ("direction", 2.0), ("prompt", "star shrinking")]
)
def test_the_generators_stages_follow_every_setting(folders, name, value):
    assert figure(folders, 4) != figure(folders, 4, **{name: value})


def test_a_mistake_is_said_and_not_drawn(folders):
    with pytest.raises(ValueError, match="Not known here"):
        figure(folders, 3, prompt="purple elephant moving left")
    with pytest.raises(ValueError, match="seed must be"):
        figure(folders, 1, seed=-1)


def test_the_browser_is_asked_for_its_language():
    assert language_of("ru-RU,ru;q=0.9,en;q=0.8") == "ru" and language_of("en,ru") == "en"
    assert language_of(None) == "en"


@pytest.mark.parametrize("chapter", handlers.CHAPTERS)
def test_russian_figures_say_nothing_in_english(folders, chapter):
    """But prompts, names of files, parts and other systems, and units."""
    with speaking("ru"):
        drawn = re.sub(r"<code>.*?</code>|<a href=.https[^>]*>.*?</a>", " ", figure(folders, chapter))
    text = re.sub(r"<[^>]*>|\b\w+\.[a-z]+\b", " ", drawn).lower()
    english = {word for message in read("ru") for word in str(message.id).lower().split() if word.isalpha()}
    generator = find_sampler(folders, "shapes").release.generator
    names = [name for name, _ in (*generator.named_children(), *generator.named_parameters(recurse=False))]
    parts = {"python", "evaluate", "gan", *(word for name in names for word in name.split("_"))}
    known = {*" ".join(tiny.CAPTIONS).split(), *find_sampler(folders, "shapes").release.vocabulary.words}
    assert set(re.findall(r"[a-z]{3,}", text)) & english - known - parts == set()


def test_the_code_that_is_shown_stands_in_the_package():
    for chapter in handlers.CHAPTERS:
        for file, line, name in re.findall(r"# (\S+), line (\d+): (\S+)", code.source(chapter)):
            lines = Path(code.ROOT, file).read_text().split("\n")[int(line) - 1 :]
            assert re.search(rf"(def|class) {name.split('.')[-1]}\b", "\n".join(lines[:3]))


def test_the_last_chapter_links_the_code_of_each(folders):
    result = figure(folders, 9)
    for chapter in handlers.CHAPTERS:
        assert f'href="?chapter={chapter}&amp;code=true"' in result
        for position in code.places(chapter):
            assert f"{position.file}:{position.first_line} {position.name}<" in result
            line = Path(code.ROOT, position.file).read_text().split("\n")[position.first_line - 1]
            assert line == position.source.split("\n")[0]


def test_the_table_of_unseen_prompts_is_the_checkpoints_own(folders, tmp_path):
    messages = {"share": 0.123, "low": 0.1, "high": 0.2, "of": 9}
    (tmp_path / "metrics.json").write_text(json.dumps({"seen": {"accuracy": {"motion": messages}}}))
    assert "12.3% (10%–20%)" in unseen.accuracy(tmp_path)


def test_a_link_restores_settings_and_ignores_nonsense():
    query = {"chapter": "4", "checkpoint": "shapes", "instant": "0.25", "seed": "7", "prompt": PROMPT, "other": "x"}
    query |= {"deaf": "true", "hasty": "false"}
    assert handlers.from_link(query, ["shapes"]) == {
        "chapter": 4, "checkpoint": "shapes", "instant": 0.25, "seed": 7, "prompt": PROMPT,
        "deaf": True, "hasty": False,
    }  # fmt: skip
    assert handlers.from_link({"chapter": "12", "checkpoint": "../x", "angle": "nan", "seed": "one"}, ["shapes"]) == {}


def test_the_hand_out_holds_all_chapters_and_needs_nothing_else(folders, tmp_path):
    figures = {n: figure(folders, n) for n in handlers.CHAPTERS}
    link = "https://class.example/?chapter=1&prompt=star"
    with speaking("ru"):
        page = handout.write(tmp_path / "handout.html", figures, "shapes", link).read_text(encoding="utf-8")
        titles = [_(PROSE[n].title) for n in handlers.CHAPTERS]
    assert '<html lang="ru">' in page and all(title in page for title in titles)
    assert titles[0] == "1. Что такое GAN"
    addresses = re.findall(r'(?:src|href)="(?!data:|https://arxiv|#chapter-[1-9]")([^"]*)"', page)
    assert page.count("data:image/") > 10 and set(addresses) == {link.replace("&", "&amp;")}


def test_a_worksheet_has_a_qr_code_and_its_answers_last():
    page = handout.page({1: "<p>figure</p>", 8: ""}, "shapes", "https://class.example/?chapter=1")
    assert "Worksheet: how a network" in page and "<svg" in page.split("</header>")[0]
    before, answers = page.split('<div class="answers">')
    for n in (1, 8):
        first_words = PROSE[n].answer[:20]
        assert first_words in answers and first_words not in before
    assert before.count('class="written"') == 2 * handout.LINES


def test_a_link_names_the_page_and_its_settings():
    settings = {"checkpoint": "shapes", "prompt": "star moving up", "seed": None}
    link = handlers.link_to("https://class.example/t2v/?chapter=6&seed=4", settings)
    assert link == "https://class.example/t2v/?chapter=1&checkpoint=shapes&prompt=star+moving+up"
    assert handlers.link_to("javascript:alert(1)", {}).startswith("http://127.0.0.1")


# --- 1 and 2


def test_the_real_clip_is_sometimes_first_and_the_answer_knows(folders):
    assert {players.real_is_first(n) for n in range(20)} == {True, False}
    sampler = find_sampler(folders, "shapes")
    right = "A" if players.real_is_first(5) else "B"
    assert "Right" in players.answer(sampler, None, 5, right)
    assert "No:" in players.answer(sampler, None, 5, "AB".replace(right, ""))


def test_the_tutorials_formulas_lose_the_circle():
    assert data.count_tutorial() == {"frames": 180, "blank": 56, "clips": 18, "distinct": 12}
    assert (
        data.blank_frames(data.tutorial_clip("moving left")) > 0 == data.blank_frames(data.tutorial_clip("shrinking"))
    )
    assert data.tutorial_centre("moving left", 1) == (32 + 59, 32)


@pytest.mark.parametrize(
    "angle, travel, caption",
    [
        (0, 0.5, "large red circle moving right"),
        (90, 0.7, "large red circle moving up quickly"),
        (200, 0.05, "none: this"),
    ],
)
def test_a_motion_made_by_hand_gets_the_caption_that_it_shows(angle, travel, caption):
    assert caption in data.by_hand(angle, travel, 0.2)


def test_the_held_out_cells_are_those_of_the_grammar(folders):
    drawn = data.held_out(find_sampler(folders, "shapes"), "red circle moving left")
    assert drawn.count('fill="rgb') == len(combinations("shapes", held_out=True))
    assert drawn.count('stroke="#dc2626"') == 1
    of_any_colour = data.held_out(find_sampler(folders, "shapes"), "circle moving left")
    assert of_any_colour.count('stroke="#dc2626"') == 6


def test_names_of_lines_do_not_overlap():
    names = ["1 large", "2 blue", "3 star", "4 moving", "5 up", "6 then", "7 right"]
    drawn = drawing.curves({name: [(0, 0), (1, 1)] for name in names}, label="attention")
    places = [float(re.search(rf'<text x="([\d.]+)"[^>]*>{name}<', drawn)[1]) for name in names]
    for name, here, following in zip(names, places, places[1:], strict=False):
        assert here + drawing.LETTER_PX * len(name) + 8 <= following, name  # and a dot before the next


def test_bars_and_curves_escape_what_they_are_told():
    assert "<script" not in drawing.bars([("<script>", 1.0)]) + drawing.curves({"<script>": [(0, 1)]}, label="<script>")
