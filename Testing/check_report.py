"""Fail where a pytest report (JUnit XML) holds no test that passed: a run that only skips proves nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def passed(report: Path) -> int:
    """Number of tests in a report that passed."""
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - pytest wrote it just before
    count = 0
    for suite in suites:
        tests, *others = (int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped"))
        count += tests - sum(others)
    return count


def main(arguments: list[str]) -> str | int:
    """Exit code, or a sentence that says why it is not zero."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        return "there is no test report: pytest did not run"
    count = passed(Path(arguments[0]))
    return 0 if count > 0 else "no test passed: none was collected, or all were skipped"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
