"""Imports go one way: read from the syntax trees, so that an import inside a function counts as well."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A package may import from the lines above its own, and from itself.
T2V_LAYERS = (
    ("system",),
    ("config",),
    ("presets",),
    ("settings",),
    ("options",),
    ("models", "media"),
    ("data",),
    ("language", "gan", "checkpoint"),
    ("sampler",),
    ("evaluation",),
    ("training",),
    ("benchmark",),
    ("__main__",),
)
LEVELS = {name: level for level, names in enumerate(T2V_LAYERS) for name in names}
TABS = ("generate", "dataset", "train", "evaluate", "learn")
SHARED = ("ui", "studio", "gradio_patches", "locale")
LONGEST_FUNCTION, LONGEST_TEST_NAME = 60, 60  # lines, characters
# names that each meant several things
DIALECT = {"said", "heard", "told", "asked", "seen", "found", "kind", "look", "looks", "place"}
ALLOWED = {
    "t2v/config.py": {"kind"},  # a field of every config.json
    "t2v/evaluation/stories/network.py": {"look"},  # a part of the weights
}


def packages_imported(path: Path) -> set[tuple[str, str]]:
    """(top package, what it takes from there) of every import in a file: ("t2v", "data"), ("numpy", "")."""
    result = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        result |= {(*name.split("."), "")[:2] for name in names}
    return result


def files_of(package: str) -> Iterator[tuple[str, Path]]:
    """(part of the package, file) of each of its files: ("data", t2v/data/png.py)."""
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT / package).with_suffix("").parts
        if parts != ("__init__",):  # the package's own door
            yield parts[0], path


@pytest.mark.parametrize("path", [p for _, p in files_of("t2v")], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_t2v_imports_go_one_way(path):
    own = path.relative_to(ROOT / "t2v").with_suffix("").parts[0]
    for top, part in packages_imported(path):
        assert top not in ("demo", "gradio", "app"), "t2v runs without the page"
        if top == "t2v" and part not in (own, "__version__"):
            assert own in LEVELS, f"t2v.{own} has no place in T2V_LAYERS yet"
            assert part in LEVELS, f"t2v.{part} has no place in T2V_LAYERS yet"
            assert LEVELS[part] < LEVELS[own], f"t2v.{own} must not import t2v.{part}"


def test_tabs_import_no_other_tab():
    parts = {(own, part) for own, path in files_of("demo") for top, part in packages_imported(path) if top == "demo"}
    crossed = {(own, part) for own, part in parts if own in TABS + SHARED and part in TABS and own != part}
    assert crossed == set()


def names_bound(path: Path) -> set[str]:
    """The names that a file gives to functions, classes, arguments, variables and fields."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return names


CODE = [ROOT / "app.py", *(path for package in ("t2v", "demo") for _, path in files_of(package))]


TESTS = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", CODE + TESTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_names_are_the_fields_own_words(path):
    allowed = {
        name
        for start, names in ALLOWED.items()
        if path.relative_to(ROOT).as_posix().startswith(start)
        for name in names
    }
    assert names_bound(path) & DIALECT - allowed == set(), "name a value after what it holds"


def test_scripts_use_the_same_words():
    for path in (ROOT / "demo").rglob("*.js"):
        text = re.sub(r"//.*|'[^'\n]*'|`[^`]*`", "", path.read_text(encoding="utf-8"))  # no comments, no strings
        assert re.findall(r"\b(?:said|heard|found|place)\b", text) == [], path.name


@pytest.mark.parametrize("path", CODE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_functions_fit_on_a_screen(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


def test_packages_say_what_they_must_not_know():
    for path in sorted(path for name in ("t2v", "demo") for path in (ROOT / name).rglob("__init__.py")):
        purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert "must not" in purpose, f"{path.relative_to(ROOT)}: say what the package must not know"


def test_packages_name_their_files():
    for path in sorted(path for name in ("t2v", "demo") for path in (ROOT / name).rglob("__init__.py")):
        purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        named = set(re.findall(r"`(\w+)(?:\.py)?`", purpose))
        missing = {file.stem for file in path.parent.glob("*.py") if not file.stem.startswith("__")} - named
        assert missing == set(), f"{path.relative_to(ROOT)}: say what these files are for"


def anchors_of(markdown: Path) -> set[str]:
    """The anchors that GitHub gives to a file's headings."""
    headings = re.findall(r"^#+ (.+)$", markdown.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document):
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


def test_contributing_names_what_exists():
    """Files by their paths or the ends of these, constants by their names."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = [path for folder in ("t2v", "demo", "tests", "docs") for path in (ROOT / folder).rglob("*")]
    ends = [f"/{path.relative_to(ROOT).as_posix()}{'/' * path.is_dir()}" for path in [*paths, ROOT / "SECURITY.md"]]
    named = re.findall(r"`([a-z][\w/]*(?:/|\.(?:py|po|ini|md)))`", text)
    assert len(named) > 30 and [name for name in named if not any(end.endswith(f"/{name}") for end in ends)] == []
    code = "".join(path.read_text(encoding="utf-8") for path in CODE)
    assert [name for name in re.findall(r"`([A-Z_]{6,})`", text) if not re.search(rf"^{name}\b", code, re.M)] == []


def test_log_entries_cited_in_code_exist():
    anchors = anchors_of(ROOT / "docs" / "LOG.md")
    for path in (*(ROOT / "t2v").rglob("*.py"), *(ROOT / "demo").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        for anchor in re.findall(r"LOG\.md#([\w-]+)", path.read_text(encoding="utf-8")):
            assert anchor in anchors, f"{path.relative_to(ROOT)} cites docs/LOG.md#{anchor}"


def test_security_promises_name_tests_that_exist():
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = set(re.findall(r"test_\w+\.py", (ROOT / "SECURITY.md").read_text(encoding="utf-8")))
    assert named and named <= files


def test_log_entries_are_short():
    entries = re.split(r"^## ", (ROOT / "docs" / "LOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[2:]
    long = [entry.splitlines()[0] for entry in entries if len(entry.strip().splitlines()) > 17]  # heading, blank, 15
    assert entries and long == []


def test_names_of_tests_are_short():
    for path in (ROOT / "tests").rglob("test_*.py"):
        names = re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert [name for name in names if len(name) >= LONGEST_TEST_NAME] == [], path.name
