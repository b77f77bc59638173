"""Nothing that the page says stays English for those who read Russian. Grammar, names of code and figures do."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import gradio as gr
from serving import run_aside

import demo
from demo.generate.ready import SCENES
from demo.generate.tab import SCRIPTS
from demo.learn.chapters.outlook import OTHERS
from demo.locale.__main__ import in_sources, read
from demo.locale.extract import words_in
from demo.locale.translate import Page, _, ngettext, speaking, translate
from demo.studio.workspace import pick
from demo.ui.errors import in_visitors_words
from demo.ui.masthead import NAME
from demo.ui.theme import FONTS
from t2v.data.grammar import GRAMMARS
from t2v.language import interpret
from t2v.presets import preset
from t2v.system.messages import Message, join

DEMO = Path(demo.__file__).parent
SILENT = {"generate/endpoints.py", "ui/film.py", "learn/code.py"}  # they speak to programs, or show them
PROGRAMS = {"locale", "gradio_patches"}  # they speak to programs
SPOKEN = {path.relative_to(DEMO).as_posix() for path in DEMO.rglob("*.py")} - SILENT
SPOKEN = {file for file in SPOKEN if file.split("/")[0] not in PROGRAMS}
MARKS = {"_", "N_", "ngettext", "Message", "value_error"}
NO_PROSE = (
    "() =>", "[a|an|the]", "python -m t2v", "must be", "Traceback", "out of memory", "allocate memory",
    "moving ", " chasing ", "star left", ", then ", "{} geometric", "uint8", " | None", "The page could not answer",
)  # fmt: skip
NAMES = re.compile("English|None|Widgets|[A-Z_]+(?:4|P)?|SPACES?_.*")  # GIF, RGB, SIGKILL, SPACE_ID


def literals(tree: ast.AST) -> list[str]:
    """All strings but docstrings, annotations and what is marked, each field of an f-string as {}."""
    ours = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documented = [node for node in ast.walk(tree) if isinstance(node, ours) and ast.get_docstring(node)]
    skipped = {id(node.body[0].value) for node in documented}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            skipped |= {id(argument) for argument in node.args}
        skipped |= {id(getattr(node, name, None)) for name in ("annotation", "returns")}
    result = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            result.append("".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values))
            skipped |= {id(v) for v in ast.walk(node) if isinstance(v, ast.Constant)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            result.append(node.value)
    return result


def sentences(path: Path) -> list[str]:
    """What of a file's strings is meant for people: it has a space or a capital, and no markup."""
    prose = [s for s in literals(ast.parse(path.read_text(encoding="utf-8"))) if re.search("[A-Za-z]{2}", s)]
    prose = [s for s in prose if (" " in s.strip() or s[0].isupper()) and not re.search('[<>]|{ |;}|="', s)]
    return [
        s
        for s in prose
        if not any(mark in s for mark in NO_PROSE)
        and s not in {*SCENES, *FONTS, NAME, *(name for name, *_weights in OTHERS)}
    ]


def english_pieces(text: str) -> list[str]:
    """The words of a sentence without what fills it, and without names."""
    pieces = [piece.strip() for piece in re.split(r"{[^}]*}", text)]
    return [piece for piece in pieces if re.search("[A-Za-z]{3}", piece) and not NAMES.fullmatch(piece)]


@pytest.mark.parametrize("file", sorted(SPOKEN))
def test_whatever_a_tab_says_is_marked(file):
    assert [text for text in sentences(DEMO / file) if english_pieces(text)] == []


def test_the_mark_of_a_message_is_no_variable():
    """A function that uses `_` for what it does not need could not call it."""
    for path in sorted(DEMO.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)):
            names = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == "_"]
            stored = [node for node in names if isinstance(node.ctx, ast.Store)]
            assert not stored or len(stored) == len(names), f"{path}:{stored[0].lineno}"


def marked(tree: ast.AST) -> set[str]:
    """The first text of each mark, wherever it stands: Babel sees none inside an f-string."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    first = [call.args[0] for call in calls if call.func.id in MARKS and call.args]
    return {argument.value for argument in first if isinstance(argument, ast.Constant)}


def test_the_catalogue_holds_the_messages_of_the_sources():
    """`python -m demo.locale` brings it up to date."""
    ids = {message.id for message in read("ru") if message.id}
    assert ids == {message.id for message in in_sources() if message.id}
    first = {one if isinstance(one, str) else one[0] for one in ids}
    for path in sorted(DEMO.rglob("*.py")):
        assert marked(ast.parse(path.read_text(encoding="utf-8"))) <= first, path


def test_no_message_lacks_its_russian():
    catalog = read("ru")
    for message in catalog:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert not message.id or (all(forms) and not message.fuzzy), message.id
        assert not isinstance(message.id, tuple) or len(forms) == 3, message.id


def test_every_translation_fills_the_same_fields():
    for message in read("ru"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        for answer in forms if message.id else ():
            fields = [set(re.findall(r"{[^}]*}", text)) for text in (answer, ids[0])]
            assert fields[0] <= fields[1], message.id
            words = re.sub(r"{[^}]*}|GPU", "", answer)
            assert re.search("[а-яА-Я]", words) or not re.search("[A-Za-z]", words), message.id


def test_the_words_of_the_stage_are_found():
    static = DEMO / "generate" / "static"
    assert {"Prompt", "e.g. large red star moving up then right", "Pause", "Next words"} <= set(
        words_in(static / "stage.html")
    )
    assert "GIF" not in words_in(static / "stage.html")
    scripts = {words for script in SCRIPTS for words in words_in(script)}
    assert {"seed {}", "any", "Play", "Link copied"} <= scripts


def test_amounts_follow_the_language():
    with speaking("ru"):
        amounts = [ngettext("{n:,} clip", "{n:,} clips", n) for n in (1, 3, 5, 21, 1200)]
        assert amounts == ["1 ролик", "3 ролика", "5 роликов", "21 ролик", "1\u202f200 роликов"]
        assert _("step {step:,}", step=7400) == "шаг 7\u202f400"
    assert _("step {step:,}", step=7400) == "step 7,400" and ngettext("{n:,} clip", "{n:,} clips", 1) == "1 clip"


def test_a_message_of_the_package_is_translated_with_its_values():
    inner = Message("step {step:,}", step=7400)
    text = join([inner, "as it stands", Message("{share} right", share=Message("Shapes"))])
    assert text == "step 7,400; as it stands; Shapes right"
    with speaking("ru"):
        assert translate(text) == "шаг 7\u202f400; as it stands; верно Фигуры"


def problem(grammar: str, prompt: str) -> Exception:
    with pytest.raises(ValueError) as raised:
        interpret(prompt, GRAMMARS[grammar]).require()
    return raised.value


@pytest.mark.parametrize(
    "grammar, prompt",
    [
        ("shapes", ""),
        ("shapes", "xylophone"),
        ("shapes", "red blue circle moving left"),
        ("shapes", "red moving left"),
        ("shapes", "circle"),
        ("shapes", "circle stays"),
        ("shapes", "red " * 300),
        ("shapes", "the"),
        ("classic", "blue circle moving left"),
        ("classic", "star moving left"),
    ],
)
def test_what_is_wrong_with_a_prompt_is_said_in_russian(grammar, prompt):
    with speaking("ru"):
        text = in_visitors_words(problem(grammar, prompt))
    known = {*GRAMMARS["shapes"].words, "counter", *prompt.split(), "shapes", "classic"}
    assert set(re.findall("[A-Za-z]{2,}", text)) - known == set(), text


def test_bad_settings_are_refused_in_russian():
    with pytest.raises(ValueError) as raised:
        replace(preset("lesson"), steps=0, learning_rate=9.0, seed=None, batch_size=1.5)
    with speaking("ru"):
        text = in_visitors_words(raised.value)
    assert re.findall("[A-Za-z]{2,}", text) == []


def test_an_unknown_name_is_refused_in_russian():
    with pytest.raises(ValueError) as raised:
        pick({}, "nobody", "checkpoint")
    with speaking("ru"):
        assert in_visitors_words(raised.value) == "Нет такого: 'nobody'. Есть: пока ничего."


def test_labels_that_differ_become_keys_of_all_languages():
    german = {"Prompt": "Eingabe", "any": "any", "Colour": "Farbe"}.get

    async def lay_out():
        def widgets(say):
            gr.HTML(f"<p>{say('Prompt')}</p>")
            box = gr.Textbox(label=say("Prompt"), value="Prompt")
            return box, gr.Dropdown(choices=[(say("any"), "any"), ("red", "red")], value="any", label=say("Colour"))

        with Page() as page:
            box, menu = widgets(_)
        with speaking("ru"), gr.Blocks() as russian:
            widgets(_)
        with gr.Blocks() as other:
            widgets(german)
        page.learn_words({"ru": russian, "de": other})
        return page.words, box, menu

    words, box, menu = run_aside(lay_out())
    assert words["ru"]["page Prompt"] == "Запрос" and words["en"]["page Prompt"] == "Prompt"
    assert (
        words["ru"]["page <p>Prompt</p>"] == "<p>Запрос</p>" and words["de"]["page <p>Prompt</p>"] == "<p>Eingabe</p>"
    )
    assert words["ru"].keys() == words["en"].keys() == words["de"].keys() and words["de"]["page any"] == "any"
    assert box.label.key == "page Prompt" and box.value == "Prompt"
    assert menu.choices[0][0].key == "page any" and menu.choices[0][1] == "any" and menu.choices[1][0] == "red"
