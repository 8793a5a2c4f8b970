"""Write a file whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import OutputError


def write_whole(file: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write `parts` one after the other; the file appears, or replaces an older one, once it is complete.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left of it.
    """
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as stream:
            stream.writelines(parts)
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"{file} could not be written: {error.strerror or error}", "", "make room or choose another place"
        ) from error
