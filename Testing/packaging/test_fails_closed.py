"""Runners that fail closed: nothing collected, only skips, broken imports are failures."""

from __future__ import annotations

import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType

import pytest

TESTING = Path(__file__).parents[1]
TOP = TESTING.parent
PASSES = "def test_one(self):\n        self.assertTrue(True)"
FAILS = "def test_two(self):\n        self.assertTrue(False)"
SKIPS = "def test_three(self):\n        self.skipTest('not today')"


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("tests", "code", "words"),
    [
        ([PASSES], 0, "1 passed, 0 skipped"),
        ([PASSES, SKIPS], 0, "1 passed, 1 skipped"),
        ([PASSES, FAILS], 1, "1 failed"),
        ([SKIPS], 1, "no test passed: 1 skipped"),
        ([], 1, "no test was collected"),
    ],
)
def test_the_runner_in_slicer(tmp_path: Path, tests: list[str], code: int, words: str) -> None:
    body = "\n\n    ".join(tests) or "pass"
    name = f"made_{abs(hash((tmp_path, words)))}"
    (tmp_path / f"{name}.py").write_text(
        f"import unittest\n\n\nclass Made(unittest.TestCase):\n    {body}\n", encoding="utf-8"
    )
    said = io.StringIO()
    assert load(TESTING / "Slicer" / "run_in_slicer.py").run(tmp_path, f"{name}.py", said) == code
    assert words in said.getvalue()


@pytest.mark.parametrize("text", ["import does_not_exist_at_all", "def broken(:"])
def test_a_file_that_cannot_be_imported_is_a_failure(tmp_path: Path, text: str) -> None:
    name = f"broken_{len(text)}"
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    said = io.StringIO()
    assert load(TESTING / "Slicer" / "run_in_slicer.py").run(tmp_path, f"{name}.py", said) == 1


def test_the_tests_in_slicer_are_where_the_runner_and_ctest_look() -> None:
    runner = load(TESTING / "Slicer" / "run_in_slicer.py")
    assert (TESTING / "Slicer" / runner.PATTERN).is_file()
    assert f"SCRIPT {runner.PATTERN}" in (TESTING / "Slicer" / "CMakeLists.txt").read_text(encoding="utf-8")
    assert "add_subdirectory(Slicer)" in (TESTING / "CMakeLists.txt").read_text(encoding="utf-8")
    assert "slicer_add_python_unittest" in (TOP / "HimarsPlanner" / "CMakeLists.txt").read_text(encoding="utf-8")


REPORT = '<testsuites><testsuite tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"/></testsuites>'


@pytest.mark.parametrize(
    ("tests", "failures", "skipped", "good"), [(9, 0, 3, True), (3, 0, 3, False), (0, 0, 0, False), (2, 1, 1, False)]
)
def test_a_report_without_a_passed_test_is_a_failure(
    tmp_path: Path, tests: int, failures: int, skipped: int, good: bool
) -> None:
    check = load(TESTING / "check_report.py")
    file = tmp_path / "report.xml"
    file.write_text(REPORT.format(tests=tests, failures=failures, skipped=skipped), encoding="utf-8")
    assert (check.main([str(file)]) == 0) is good
    assert check.main([str(tmp_path / "none.xml")]) != 0


def test_the_workflow_runs_on_three_systems_and_in_slicer_and_trusts_only_proofs() -> None:
    text = (TOP / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    assert {"ubuntu-latest", "windows-latest", "macos-latest"} <= set(re.findall(r"[a-z]+-latest", text))
    assert "--testing" in text
    assert "xvfb-run" in text
    assert "Testing/Slicer/run_in_slicer.py" in text
    assert 'test -s "$HIMARS_RESULT"' in text
    assert "Testing/check_report.py report.xml" in text
    assert "continue-on-error" not in text
    assert "|| true" not in text
