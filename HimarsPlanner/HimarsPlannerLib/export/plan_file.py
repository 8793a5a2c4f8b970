"""Read plan.json back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import InputError
from .folder import PLAN_FILE


def read_plan_file(plan: Path) -> dict[str, Any]:
    """Read the record of a plan.

    Parameters
    ----------
    plan
        A plan's folder, or its plan.json.

    Raises
    ------
    InputError
        There is no plan.json, or it is none.
    """
    file = plan / PLAN_FILE if plan.is_dir() else plan
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})", "a plan folder or its plan.json") from error
    except ValueError as error:
        raise InputError(f"{file} is not JSON", "plan.json of a plan", "name the plan's folder") from error
    if not isinstance(record, dict) or not str(record.get("schema", "")).startswith("himars-plan/"):
        raise InputError(f"{file} is no plan", "plan.json of a plan", "name the plan's folder")
    return record
