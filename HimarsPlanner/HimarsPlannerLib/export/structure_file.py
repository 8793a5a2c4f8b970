"""The RTSTRUCT of a plan: chosen, written, read back, recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..plan import Plan
from .read_back import WrittenRoi, read_back
from .roi import LABEL_LENGTH, fit_names
from .rtstruct import write_rtstruct
from .structures import SELECTED_GTVS, StructureOptions, rois_to_write

LABEL = "HIMARS"


@dataclass(frozen=True)
class StructureFile:
    """An RTSTRUCT that was written and read back.

    Parameters
    ----------
    name
        Of the file.
    options
        What was asked for.
    label
        Structure Set Label.
    rois
        Its structures.
    left_out
        Names of structures that were asked for and are empty.
    """

    name: str
    options: StructureOptions
    label: str
    rois: tuple[WrittenRoi, ...]
    left_out: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Plain JSON values for plan.json and the report."""
        profile = self.options.profile
        return {
            "file": self.name,
            "label": self.label,
            "profile": profile.name.value,
            "profile_sources": dict(profile.sources),
            "holes": self.options.drawing.holes,
            "simplify_mm": self.options.simplify_mm,
            "left_out": list(self.left_out),
            "rois": [_roi(written) for written in self.rois],
        }


def write_structure_file(plan: Plan, file: Path, options: StructureOptions = SELECTED_GTVS) -> StructureFile | None:
    """Write the RTSTRUCT of a plan and read it back.

    Parameters
    ----------
    plan
        The plan.
    file
        Where to write.
    options
        What to write, and for which planning system.

    Returns
    -------
    StructureFile or None
        None where there is nothing to write, or no DICOM CT to draw on.

    Raises
    ------
    OutputError
        The options cannot be met, the file cannot be written, or it does not give every structure back.
    GeometryError
        The CT series has no frame of reference.
    """
    reference = plan.study.ct.reference
    asked = rois_to_write(plan, options)
    rois = fit_names([roi for roi in asked if roi.region.voxels], options.profile.name_length)
    if reference is None or not rois:
        return None
    label = f"{LABEL} level {plan.level.name}"[: min(options.profile.label_length, LABEL_LENGTH)]
    write_rtstruct(rois, reference, file, label=label, drawing=options.drawing, role_codes=options.role_codes)
    written = read_back(file, rois, plan.study.ct, options.simplify_mm)
    left_out = tuple(roi.name for roi in asked if not roi.region.voxels)
    return StructureFile(file.name, options, label, tuple(written), left_out)


def _roi(written: WrittenRoi) -> dict[str, Any]:
    roi = written.roi
    return {
        "number": written.number,
        "name": roi.name,
        "interpreted_type": roi.interpreted_type,
        "description": roi.description,
        "lesion": roi.lesion or None,
        "notes": list(roi.notes),
        "slices": written.slices,
        "slices_read_back": written.slices_read,
        "volume_ml": round(written.volume_ml, 4),
        "volume_read_back_ml": round(written.volume_read_ml, 4),
        "voxels_different": written.voxels_different,
    }
