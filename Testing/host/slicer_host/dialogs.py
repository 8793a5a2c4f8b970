"""File dialogs, answered by the test: the used part of QFileDialog as PythonQt gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class FileDialogs:
    """Static functions of QFileDialog; each gives the next answer of the test as plain text, "" for cancelled.

    PythonQt gives the text alone, not a pair with the chosen filter as PySide6 does.
    """

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.asked: list[tuple[str, str]] = []

    def getOpenFileName(self, parent: Any, caption: str, folder: str, filters: str) -> str:
        """File that exists."""
        answer = self._ask(parent, caption, folder, filters)
        if answer and not Path(answer).is_file():
            raise ValueError(f"a dialog for opening cannot give {answer}, which is no file")
        return answer

    def getSaveFileName(self, parent: Any, caption: str, folder: str, filters: str) -> str:
        """File to be written; the dialog has asked before it gives one that exists."""
        return self._ask(parent, caption, folder, filters)

    def getOpenFileNames(self, parent: Any, caption: str, folder: str, filters: str) -> tuple[str, ...]:
        """Files that exist, which the test's answer separates by line breaks; PythonQt gives them as a tuple."""
        answers = tuple(filter(None, self._ask(parent, caption, folder, filters).split("\n")))
        if missing := [answer for answer in answers if not Path(answer).is_file()]:
            raise ValueError(f"a dialog for opening cannot give {missing[0]}, which is no file")
        return answers

    def forget(self) -> None:
        """Begin a test with no answers."""
        self.answers, self.asked = [], []

    def _ask(self, parent: Any, caption: str, folder: str, filters: str) -> str:
        if parent is not None or not all(isinstance(one, str) for one in (caption, folder, filters)):
            raise TypeError("a file dialog takes no parent, a caption, a folder and filters as text")
        if not self.answers:
            raise RuntimeError(f"the test has no answer to {caption!r}")
        self.asked.append((caption, folder))
        return self.answers.pop(0)


FILES = FileDialogs()
