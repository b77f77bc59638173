"""Imports go one way: read from the syntax trees, so that an import inside a function counts as well."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A package may import from the lines above its own, and from itself.
T2V_LAYERS = (
    ("config", "system"),
    ("models", "media"),
    ("data",),
    ("gan", "checkpoint"),
    ("sampler",),
    ("evaluation",),
    ("training",),
    ("benchmark",),
    ("__main__",),
)
LEVELS = {name: level for level, names in enumerate(T2V_LAYERS) for name in names}
TABS = ("generate", "dataset", "train", "evaluate", "learn")
SHARED = ("ui", "studio", "gradio_patches", "locale")
STILL_CROSSED = {  # to become empty
    ("dataset", "train"),  # which data a training uses, and how a duration is said
    ("locale", "learn"),  # the words of the Learn tab have a home of their own
}


def packages_imported(path: Path) -> set[tuple[str, str]]:
    """(top package, what it takes from there) of every import in a file: ("t2v", "data"), ("numpy", "")."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {(*name.split("."), "")[:2] for name in names}
    return found


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
            assert part in LEVELS, f"t2v.{part} has no place in T2V_LAYERS yet"
            assert LEVELS[part] < LEVELS[own], f"t2v.{own} must not import t2v.{part}"


def test_tabs_import_no_other_tab():
    parts = {(own, part) for own, path in files_of("demo") for top, part in packages_imported(path) if top == "demo"}
    crossed = {(own, part) for own, part in parts if own in TABS + SHARED and part in TABS and own != part}
    assert crossed == STILL_CROSSED


def test_packages_say_what_they_must_not_know():
    for path in sorted(path for name in ("t2v", "demo") for path in (ROOT / name).glob("*/__init__.py")):
        purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert "must not" in purpose, f"{path.relative_to(ROOT)}: say what the package must not know"
