"""Packages that Slicer comes without, asked for at the moment of need."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess

import slicer.packaging
from packaging.requirements import Requirement
from slicer.i18n import tr as _

from ..errors import InputError

REQUESTER = "HIMARS Planner"


def need(requirement: str, purpose: str) -> None:
    """Have a package installed, by asking the user where it is missing.

    Parameters
    ----------
    requirement
        As pip takes it, its name that of the package to import.
    purpose
        What it is needed for, as the beginning of a sentence.

    Raises
    ------
    InputError
        It is missing, and could not or may not be installed; everything else works without it.
    """
    name = Requirement(requirement).name
    if _present(name):
        return
    try:
        slicer.packaging.pip_ensure([Requirement(requirement)], requester=REQUESTER)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        raise _missing(requirement, purpose, str(error)) from error
    if not _present(name):
        raise _missing(requirement, purpose, "")


def _present(name: str) -> bool:
    importlib.invalidate_caches()
    return importlib.util.find_spec(name) is not None


def _missing(requirement: str, purpose: str, reason: str) -> InputError:
    found = _("{purpose} needs the Python package {package}, which this Slicer does not have").format(
        purpose=purpose, package=requirement
    )
    return InputError(
        f"{found} ({reason})" if reason else found,
        _("a connection to the internet, once"),
        _('connect and try again, or install it with: PythonSlicer -m pip install "{package}"').format(
            package=requirement
        ),
    )
