"""Who may import whom (design.md), read from the sources and proven in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "HimarsPlanner" / "HimarsPlannerLib"
BASE = {"errors", "grid", "region", "notice", "progress", "orient", "anatomy"}
STAGES = {"study", "bone", "lesions", "risk", "selection", "protocol", "clinical"}
LEAVING = {"export", "dose", "report", "trial"}
FACES = {"mrml", "cli", "panel"}
IN_SLICER = {"mrml", "panel"}
APPLICATION = {"slicer", "qt", "ctk"}
ALLOWED = {
    **dict.fromkeys(BASE, BASE),
    **dict.fromkeys(STAGES, BASE | STAGES),
    **dict.fromkeys(("plan", "planner", "replan"), BASE | STAGES | {"plan", "planner"}),
    **dict.fromkeys(LEAVING, BASE | STAGES | LEAVING | {"plan"}),
    "phantom": BASE | STAGES | {"export", "phantom"},
    **dict.fromkeys(FACES, BASE | STAGES | LEAVING | FACES | {"plan", "planner", "replan", "phantom"}),
}


def imported_parts(file: Path) -> set[str]:
    """Top-level parts of the library that a file imports with relative imports."""
    depth = len(file.relative_to(LIBRARY).parts)
    parts: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            parts |= {node.module.split(".")[0]} if node.module else {name.name for name in node.names}
    return parts - {"__version__"}


@pytest.mark.parametrize("file", sorted(LIBRARY.rglob("*.py")), ids=lambda f: str(f.relative_to(LIBRARY)))
def test_a_file_imports_only_what_its_layer_may(file: Path) -> None:
    part = file.relative_to(LIBRARY).parts[0].removesuffix(".py")
    allowed = ALLOWED.get(part, set()) | {part}
    assert imported_parts(file) <= allowed


@pytest.mark.parametrize("file", sorted(LIBRARY.rglob("*.py")), ids=lambda f: str(f.relative_to(LIBRARY)))
def test_no_file_passes_400_lines(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


def absolute_imports(file: Path) -> set[str]:
    """Top-level names of all absolute imports of a file, in functions too."""
    tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    names: set[str] = set()
    for node in tree:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_mrml_and_panel_import_slicer_and_only_panel_qt_and_ctk() -> None:
    for file in LIBRARY.rglob("*.py"):
        part = file.relative_to(LIBRARY).parts[0]
        allowed = {"mrml": {"slicer"}, "panel": APPLICATION}.get(part, set())
        assert absolute_imports(file) & APPLICATION <= allowed, file


@pytest.mark.parametrize("module", ["export.deliver", "planner", "replan", "phantom.dicom"])
def test_what_slicer_needs_imports_without_the_packages_that_it_lacks(module: str) -> None:
    """Slicer 5.12 has no jinja2, typer, rich or pynetdicom."""
    program = (
        f"import importlib, sys; sys.path.insert(0, {str(LIBRARY.parent)!r})\n"
        "sys.modules |= dict.fromkeys(('jinja2', 'typer', 'rich', 'pynetdicom'))\n"
        f"importlib.import_module('HimarsPlannerLib.{module}')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_the_whole_library_leaves_slicer_out() -> None:
    modules = [
        ".".join(("HimarsPlannerLib", *file.relative_to(LIBRARY).with_suffix("").parts)).removesuffix(".__init__")
        for file in LIBRARY.rglob("*.py")
        if file.relative_to(LIBRARY).parts[0] not in IN_SLICER
    ]
    program = (
        f"import importlib, sys; sys.path.insert(0, {str(LIBRARY.parent)!r})\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(sorted({'slicer', 'qt', 'ctk'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
