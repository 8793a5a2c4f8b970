"""The plan's folder: written apart and moved into place at the end, so that a failure leaves no half plan."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError

PLAN_FILE = "plan.json"


def check_destination(out: Path, force: bool, mark: str = PLAN_FILE) -> None:
    """Refuse a destination that must not or cannot be written, before any work is done.

    Parameters
    ----------
    out
        The folder to make.
    force
        Whether a folder made by an earlier run may be replaced.
    mark
        File by which a folder of an earlier run is known; another non-empty folder is never replaced.

    Raises
    ------
    OutputError
        `out` exists and may not be replaced, or its parent is not a folder that can be written to.
    """
    if out.exists() or out.is_symlink():
        if out.is_dir() and not any(out.iterdir()):
            pass
        elif not force:
            raise OutputError(f"{out} exists", "a new folder", "choose another, or replace it with --force")
        elif out.is_symlink() or not (out / mark).is_file():
            raise OutputError(f"{out} is not a folder with {mark} of an earlier run", "", "choose another folder")
    parent = _nearest_existing(out.absolute().parent)
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"{out} cannot be made: {parent} is not a writable folder", "", "choose another place")


@contextmanager
def new_folder(out: Path, force: bool, mark: str = PLAN_FILE) -> Iterator[Path]:
    """Give a temporary folder beside `out` that becomes `out` when the block ends well and vanishes when it fails.

    Raises
    ------
    OutputError
        See `check_destination`; also when the disk is full or another system error stops the writing.
    """
    check_destination(out, force, mark)
    out = out.absolute()
    temporary: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(out)
        temporary.mkdir()
        yield temporary
        _replace(temporary, out)
    except OSError as error:
        cause = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
        found = f"{out} could not be written: {cause}"
        raise OutputError(found, "", "nothing was kept; make room or go elsewhere") from error
    finally:
        if temporary is not None and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)


def _nearest_existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _replace(temporary: Path, out: Path) -> None:
    if not out.exists():
        temporary.rename(out)
        return
    old = _beside(out)
    out.rename(old)
    try:
        temporary.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(out: Path) -> Path:
    return out.with_name(f".{out.name}-{uuid.uuid4().hex[:12]}")
