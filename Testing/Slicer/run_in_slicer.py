"""Run the tests in this folder inside Slicer and end it with what they came to.

    Slicer --testing --no-splash --additional-module-paths HimarsPlanner --python-script Testing/Slicer/run_in_slicer.py

Fails closed: no test collected, only skipped tests, an error while importing or an unexpected success are failures, and
so is a runner that ends in any other way than by its last line.
"""

import os
import sys
import traceback
import unittest
from pathlib import Path

PATTERN = "HimarsPlannerInSlicer.py"
SUCCESS, FAILURE = 0, 1


def verdict(result):
    """Exit code and sentence of a test result."""
    skipped = len(result.skipped)
    passed = result.testsRun - skipped - len(result.failures) - len(result.errors) - len(result.unexpectedSuccesses)
    if result.testsRun == 0:
        return FAILURE, "no test was collected"
    if not result.wasSuccessful():
        return FAILURE, f"{len(result.failures)} failed, {len(result.errors)} in error, of {result.testsRun}"
    if passed - len(result.expectedFailures) <= 0:
        return FAILURE, f"no test passed: {skipped} skipped of {result.testsRun}"
    return SUCCESS, f"{passed} passed, {skipped} skipped"


def run(folder, pattern=PATTERN, stream=sys.stderr):
    """Exit code of the tests in a folder."""
    try:
        suite = unittest.TestLoader().discover(str(folder), pattern=pattern)
        code, words = verdict(unittest.TextTestRunner(stream=stream, verbosity=2).run(suite))
    except BaseException:
        stream.write(traceback.format_exc())
        code, words = FAILURE, "the tests could not be run"
    stream.write(f"HimarsPlanner in Slicer: {words}\n")
    stream.flush()
    return code


def main():
    """Run, then end the application with the result; the file named by HIMARS_RESULT is written only on success."""
    code = run(Path(__file__).parent)
    proof = os.environ.get("HIMARS_RESULT")
    if proof and code == SUCCESS:
        Path(proof).write_text("passed\n", encoding="utf-8")
    import slicer

    slicer.util.exit(code)


if __name__ == "__main__":
    main()
