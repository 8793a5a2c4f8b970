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
ALLOWED = {
    **dict.fromkeys(BASE, BASE),
    **dict.fromkeys(STAGES, BASE | STAGES),
    **dict.fromkeys(("plan", "planner"), BASE | STAGES | {"plan"}),
    **dict.fromkeys(LEAVING, BASE | STAGES | LEAVING | {"plan"}),
    "phantom": BASE | STAGES | {"export", "phantom"},
    **dict.fromkeys(FACES, BASE | STAGES | LEAVING | FACES | {"plan", "planner", "phantom"}),
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


def test_importing_the_whole_library_leaves_slicer_out() -> None:
    modules = [
        ".".join(("HimarsPlannerLib", *file.relative_to(LIBRARY).with_suffix("").parts)).removesuffix(".__init__")
        for file in LIBRARY.rglob("*.py")
        if file.relative_to(LIBRARY).parts[0] != "mrml"
    ]
    program = (
        f"import importlib, sys; sys.path.insert(0, {str(LIBRARY.parent)!r})\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(sorted({'slicer', 'qt', 'ctk'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
