"""Nothing that the page says stays English for those who read Russian. Grammar, names of code and figures do."""

import ast
import re
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import gradio as gr
from serving import run_aside

import demo
from demo.generate.ready import SCENES
from demo.locale.russian import RUSSIAN
from demo.locale.russian.studio import STAGE
from demo.locale.translate import Page, html_in_russian, in_russian
from demo.ui.errors import by_labels, in_words
from demo.ui.masthead import NAME
from demo.ui.theme import FONTS
from t2v.config import preset
from t2v.data.grammar import GRAMMARS

DEMO = Path(demo.__file__).parent
SILENT = {"generate/endpoints.py", "gradio_patches/guard.py", "ui/film.py"}  # they speak to programs
OWN_WORDS = {"learn", "locale"}  # packages that carry both languages
SPOKEN = {path.relative_to(DEMO).as_posix() for path in DEMO.rglob("*.py")} - SILENT
NO_PROSE = (
    "() =>", "[a|an|the]", "must be", "Traceback", "out of memory", "allocate memory", "The page could not answer",
    "moving ", "star left",
)  # fmt: skip
NAMES = re.compile("English|[A-Z_]+(?:4|P)?|SPACES?_.*")  # GIF, RGB, SIGKILL, SPACE_ID


def literals(tree: ast.AST) -> list[str]:
    """All strings but docstrings, each field of an f-string as {}."""
    ours = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documented = [node for node in ast.walk(tree) if isinstance(node, ours) and ast.get_docstring(node)]
    skipped = {id(node.body[0].value) for node in documented}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values))
            skipped |= {id(v) for v in ast.walk(node) if isinstance(v, ast.Constant)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            found.append(node.value)
    return found


def sentences(path: Path) -> list[str]:
    """What of a file's strings is meant for people: it has a space or a capital, and no markup."""
    prose = [s for s in literals(ast.parse(path.read_text(encoding="utf-8"))) if re.search("[A-Za-z]{2}", s)]
    return [s for s in prose if (" " in s.strip() or s[0].isupper()) and not re.search("[<>]|{ |;}", s)]


@pytest.mark.parametrize("file", sorted(f for f in SPOKEN if f.split("/")[0] not in OWN_WORDS))
def test_whatever_a_tab_says_has_its_russian(file):
    """Pieces of a sentence stand in the catalogue inside of the whole."""
    known = "\n".join(RUSSIAN)
    for said in sentences(DEMO / file):
        if any(mark in said for mark in NO_PROSE) or said in {*SCENES, *FONTS, NAME}:
            continue
        pieces = [piece.strip() for piece in re.split(r"{[^}]*}", said)]
        wanted = [piece for piece in pieces if re.search("[A-Za-z]{3}", piece) and not NAMES.fullmatch(piece)]
        assert [piece for piece in wanted if piece not in known] == [], said


def test_whatever_the_stage_says_has_its_russian():
    """Its text, what stands in its attributes, and what its script says by `t`."""
    static = DEMO / "generate" / "static"
    markup = re.sub(r'value="PROMPT"', "", (static / "stage.html").read_text(encoding="utf-8"))
    said = [text.strip() for text in re.findall(r">([^<>]+)<", markup)]
    said += re.findall(r'(?:aria-label|placeholder|title)="([^"]+)"', markup)
    said += re.findall(r"\bt\('([^']+)'", (static / "stage.js").read_text(encoding="utf-8"))
    wanted = {words for words in said if re.search("[a-z]{3}", words)} - {"WebP"}
    assert len(wanted) > 40 and wanted - STAGE.keys() == set()


def test_every_translation_fills_the_same_fields():
    for english, russian in RUSSIAN.items():
        fields = {int(number) for number in re.findall(r"{(\d)}", russian)}
        assert fields <= set(range(english.count("{}"))), english
        assert re.search("[а-яА-Я]", russian) or not re.search("[A-Za-z]", russian), english


@pytest.mark.parametrize(
    "english, russian",
    [
        ("run-1 is running at step 5 of 20, on cpu.", "run-1 идёт: шаг 5 из 20, процессор."),
        (
            "Clips 1 to 12 of 40 whose captions match, 60 in all",
            "Ролики с 1 по 12 из 40 с подходящими подписями, всего 60",
        ),
        ("Steps must be at least 1, got 0; Seed must be a number; the field is empty", "Слишком мало: Шаги, а дано 0"),
        ("large red circle moving left", "large red circle moving left"),
        ("shapes (step 7,400, 95.5% right)", "shapes (шаг 7\u202f400, верно 95.5%)"),
    ],
)
def test_sentences_are_translated_with_what_fills_them(english, russian):
    assert in_russian(english).startswith(russian)


def problem(grammar: str, prompt: str) -> str:
    with pytest.raises(ValueError) as raised:
        GRAMMARS[grammar].parse(prompt)
    return str(raised.value)


@pytest.mark.parametrize(
    "grammar, prompt",
    [
        ("shapes", ""),
        ("shapes", "purpel circle moving left"),
        ("shapes", "xylophone"),
        ("shapes", "circle red moving left"),
        ("shapes", "red blue circle moving left"),
        ("shapes", "red moving left"),
        ("shapes", "circle"),
        ("shapes", "circle moving sideways left"),
        ("shapes", "circle shrinking quickly"),
        ("shapes", "the"),
        ("classic", "blue circle moving left"),
        ("classic", "star moving left"),
    ],
)
def test_what_is_wrong_with_a_prompt_is_said_in_russian(grammar, prompt):
    said = in_russian(problem(grammar, prompt))
    known = {*GRAMMARS["shapes"].words, "counter", *prompt.split(), "shapes", "classic"}
    assert set(re.findall("[A-Za-z]{2,}", said)) - known == set(), said


def test_bad_settings_are_refused_in_russian():
    from dataclasses import replace

    with pytest.raises(ValueError) as raised:
        replace(preset("lesson"), steps=0, learning_rate=9.0, seed=None, batch_size=1.5)
    said = in_russian(by_labels(in_words(raised.value)))
    assert re.findall("[A-Za-z]{2,}", said) == []


def test_markup_and_what_visitors_wrote_survive():
    said = html_in_russian('<p class="notice" role="status">Unknown word &#x27;&lt;b&gt;&#x27;</p><img alt="Prompt">')
    assert said == '<p class="notice" role="status">Незнакомое слово &#x27;&lt;b&gt;&#x27;</p><img alt="Prompt">'


def test_labels_become_keys_of_both_languages():
    async def lay_out():
        with Page() as page:
            box = gr.Textbox(label="Prompt", value="Prompt")
            menu = gr.Dropdown(choices=["any", "red"], value="any", label="Colour")
            gr.Button("Estimate the time (about 15 s)")
        return page, box, menu

    page, box, menu = run_aside(lay_out())
    words = page.label_everything().translations_dict
    assert words["ru"]["page Prompt"] == "Запрос" and words["en"]["page Prompt"] == "Prompt"
    assert "page Estimate the time (about 15 s)" in words["ru"]
    assert box.label.key == "page Prompt" and box.value == "Prompt"
    assert menu.choices[0][0].key == "page any" and menu.choices[0][1] == "any" and menu.choices[1][0] == "red"
