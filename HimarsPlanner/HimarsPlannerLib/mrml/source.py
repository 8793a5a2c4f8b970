"""Sources of inputs as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..study.study import Source


def source_record(source: Source) -> dict[str, Any]:
    """Source as JSON values."""
    return {**asdict(source), "files": [str(file) for file in source.files]}


def read_source(state: Mapping[str, Any]) -> Source:
    """Source of what `source_record` gave."""
    return Source(**{**state, "files": tuple(Path(file) for file in state["files"])})
