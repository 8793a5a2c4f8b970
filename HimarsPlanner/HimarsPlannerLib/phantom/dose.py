"""A made treatment: PTVs, an RTPLAN and an RTDOSE whose dose follows a formula of the distance from each PTV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage
from scipy import ndimage

from ..errors import InputError
from ..export.rtstruct import RoiToWrite, write_rtstruct
from ..grid import Grid, Volume
from ..region import Region
from ..study.place import sample_on
from ..study.study import DicomReference
from .build import Phantom
from .images import general, save, uid
from .tracer import injection_of

MARGIN_MM = 3.0
REACH_MM = 60.0
SPACING_MM = 2.5
PEAK, RISE_MM = 1.22, 7.0
NEAR, NEAR_MM, FAR_MM = 0.85, 9.0, 35.0
EDGE = 1.12
LOW_COVERAGE, LOW_COVERAGE_OF = 0.87, 1
FORMULA = (
    "the largest over all PTVs of a function of the distance s in mm from the PTV's surface, negative inside: "
    f"prescription x (edge + ({PEAK:g} - edge) (1 - exp(s / {RISE_MM:g}))) inside, "
    f"prescription x edge x ({NEAR:g} exp(-s / {NEAR_MM:g}) + {1 - NEAR:g} exp(-s / {FAR_MM:g})) outside, "
    f"0 beyond {REACH_MM:g} mm"
)
PTV_COLOUR = (220, 60, 160)


def write_treatment(
    phantom: Phantom, reference: DicomReference, gtvs: Sequence[str], dose_gy: float, fractions: int, folder: Path
) -> None:
    """Write structures.dcm (the phantom's, with a PTV around each treated GTV), plan.dcm, dose.dcm, treatment.json.

    The plan has a prescription but no beams: nothing was calculated, the dose is a formula.

    Parameters
    ----------
    phantom
        The patient.
    reference
        Its CT series as written.
    gtvs
        Names of the GTVs to treat; the second gets the prescription in 87 % of its PTV only, an acceptable
        deviation.
    dose_gy, fractions
        Prescription.
    folder
        Where to write.

    Raises
    ------
    InputError
        The phantom has no GTV of that name.
    """
    if unknown := [name for name in gtvs if phantom.interpreted_types.get(name) != "GTV"]:
        raise InputError(f"The made patient has no lesion {unknown[0]!r}", "names of its GTVs")
    distances = {name: _distance(phantom.structures[name]) for name in gtvs}
    edges = {
        name: _edge_of(distances[name], LOW_COVERAGE) if number == LOW_COVERAGE_OF else EDGE
        for number, name in enumerate(gtvs)
    }
    ptvs = {_ptv(name): _grown(distance, phantom.ct.grid) for name, distance in distances.items()}
    _write_structures(phantom, reference, ptvs, folder / "structures.dcm")
    _write_plan(phantom, dose_gy, fractions, folder / "plan.dcm")
    dose = _dose(phantom.ct.grid, distances, {name: dose_gy * edge for name, edge in edges.items()}, dose_gy)
    _write_dose(phantom, dose, folder / "dose.dcm")
    truth: dict[str, Any] = {
        "made": "This dose was not calculated by a planning system; it follows the formula.",
        "dose": FORMULA,
        "prescription_gy": dose_gy,
        "fractions": fractions,
        "ptv": f"GTV grown by {MARGIN_MM:g} mm",
        "targets": [
            {"gtv": name, "ptv": _ptv(name), "edge": edges[name], "v100": _coverage(distances[name], edges[name])}
            for name in gtvs
        ],
    }
    (folder / "treatment.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def _ptv(gtv: str) -> str:
    return gtv.replace("GTV", "PTV", 1)


def _distance(gtv: Region) -> Volume:
    """Distance in mm from the PTV's surface in a block of the CT around a GTV, negative inside."""
    margin = [int(np.ceil((REACH_MM + MARGIN_MM) / s)) for s in gtv.grid.spacing_zyx]
    low = [max(s - m, 0) for s, m in zip(gtv.start, margin, strict=True)]
    high = [
        min(s + n + m, size) for s, n, m, size in zip(gtv.start, gtv.mask.shape, margin, gtv.grid.shape, strict=True)
    ]
    z, y, x = (h - lo for lo, h in zip(low, high, strict=True))
    start = (low[0], low[1], low[2])
    block = Region(gtv.grid, start, np.ones((z, y, x), dtype=bool))
    inside = gtv.cut(block)
    spacing = gtv.grid.spacing_zyx
    signed = ndimage.distance_transform_edt(~inside, spacing) - ndimage.distance_transform_edt(inside, spacing)
    return Volume((signed - MARGIN_MM).astype(np.float32), gtv.grid.crop(start, (z, y, x)))


def _grown(distance: Volume, ct: Grid) -> Region:
    index = np.rint(ct.to_index(distance.grid.origin)).astype(int)
    return Region.from_array(distance.array <= 0, ct, (int(index[0]), int(index[1]), int(index[2])))


def profile(distance_mm: npt.NDArray[np.float32], edge_gy: float, dose_gy: float) -> npt.NDArray[np.float32]:
    """Dose in Gy at a distance from a PTV's surface, see `FORMULA`; `edge_gy` is the dose at the surface."""
    outward = np.maximum(distance_mm, 0)
    fall = NEAR * np.exp(-outward / NEAR_MM) + (1 - NEAR) * np.exp(-outward / FAR_MM)
    rise = (PEAK * dose_gy - edge_gy) * (1 - np.exp(np.minimum(distance_mm, 0) / RISE_MM))
    dose = np.where(distance_mm > REACH_MM, 0, edge_gy * fall + rise)
    return np.asarray(dose, dtype=np.float32)


def _within(distance: Volume) -> npt.NDArray[np.float32]:
    """Distance at 27 places in every voxel of the PTV, whose contours run along voxel edges."""
    voxels = np.argwhere(distance.array <= 0)
    thirds = np.stack(np.meshgrid(*[(-1 / 3, 0, 1 / 3)] * 3), axis=-1).reshape(-1, 3)
    places = (voxels[:, None] + thirds).reshape(-1, 3).T
    return np.asarray(ndimage.map_coordinates(distance.array, places, order=1, mode="nearest"), dtype=np.float32)


def _edge_of(distance: Volume, coverage: float) -> float:
    """Dose at the PTV's surface, as a fraction of the prescription, that gives it a coverage."""
    level = float(np.quantile(_within(distance), coverage))
    if level < 0:
        return round(PEAK - (PEAK - 1) * float(np.exp(-level / RISE_MM)), 4)
    return round(1 / float(NEAR * np.exp(-level / NEAR_MM) + (1 - NEAR) * np.exp(-level / FAR_MM)), 4)


def _coverage(distance: Volume, edge: float) -> float:
    """Share of the PTV that gets the prescription by the formula."""
    return round(float(np.mean(profile(_within(distance), edge, 1.0) >= 1.0)), 4)


def _dose(ct: Grid, distances: dict[str, Volume], edges_gy: dict[str, float], dose_gy: float) -> Volume:
    extent = np.array(ct.size) * ct.spacing
    i, j, k = (max(int(e / SPACING_MM), 1) for e in extent)
    offset = (extent - np.array([i, j, k]) * SPACING_MM - ct.spacing + SPACING_MM) / 2
    x, y, z = (float(value) for value in np.array(ct.origin) + offset)
    grid = Grid((i, j, k), (SPACING_MM,) * 3, (x, y, z))
    total = np.zeros(grid.shape, dtype=np.float32)
    for name, distance in distances.items():
        corners = np.array([[0, 0, 0], np.array(distance.grid.shape) - 1])
        ends = grid.to_index(distance.grid.to_lps(corners))
        low = np.maximum(np.ceil(ends[0]).astype(int), 0)
        high = np.minimum(np.floor(ends[1]).astype(int) + 1, grid.shape)
        first, shape = (int(low[0]), int(low[1]), int(low[2])), tuple(int(n) for n in high - low)
        near = sample_on(distance, grid.crop(first, (shape[0], shape[1], shape[2]))).array
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        np.maximum(total[box], profile(near, edges_gy[name], dose_gy), out=total[box])
    return Volume(total, grid)


def _write_structures(phantom: Phantom, reference: DicomReference, ptvs: dict[str, Region], file: Path) -> None:
    colour = {"GTV": (255, 64, 64), "ORGAN": (64, 160, 255)}
    rois = [RoiToWrite(name, "PTV", PTV_COLOUR, region) for name, region in ptvs.items()]
    for name, region in phantom.structures.items():
        kind = phantom.interpreted_types[name]
        rois.append(RoiToWrite(name, kind, colour[kind], region))
    write_rtstruct(
        rois,
        reference,
        file,
        label="DEMO TREATMENT",
        created=injection_of(phantom.seed).pet_time + timedelta(days=1),
        series_uid=uid(phantom, "treatment", "RTSTRUCT", "series"),
        sop_uid=uid(phantom, "treatment", "RTSTRUCT"),
    )


def _write_plan(phantom: Phantom, dose_gy: float, fractions: int, file: Path) -> None:
    ds = _header(phantom, "RTPLAN")
    made = injection_of(phantom.seed).pet_time + timedelta(days=1)
    ds.RTPlanLabel, ds.RTPlanDate, ds.RTPlanTime = "DEMO", f"{made:%Y%m%d}", f"{made:%H%M%S}"
    ds.RTPlanDescription = "made: prescription without beams"
    ds.RTPlanGeometry = "PATIENT"
    ds.ApprovalStatus = "UNAPPROVED"
    prescribed = Dataset()
    prescribed.DoseReferenceNumber = 1
    prescribed.DoseReferenceStructureType = "SITE"
    prescribed.DoseReferenceDescription = "all PTVs"
    prescribed.DoseReferenceType = "TARGET"
    prescribed.TargetPrescriptionDose = f"{dose_gy:g}"
    ds.DoseReferenceSequence = [prescribed]
    group = Dataset()
    group.FractionGroupNumber = 1
    group.NumberOfFractionsPlanned = fractions
    group.NumberOfBeams = group.NumberOfBrachyApplicationSetups = 0
    ds.FractionGroupSequence = [group]
    ds.ReferencedStructureSetSequence = [_reference(RTStructureSetStorage, uid(phantom, "treatment", "RTSTRUCT"))]
    save(ds, file, RTPlanStorage, uid(phantom, "treatment", "RTPLAN"))


def _write_dose(phantom: Phantom, dose: Volume, file: Path) -> None:
    grid = dose.grid
    scaling = f"{float(dose.array.max()) / 65535:.9g}"
    ds = _header(phantom, "RTDOSE")
    ds.InstanceNumber = 1
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.Columns, ds.Rows, ds.NumberOfFrames = grid.size
    ds.PixelSpacing = [f"{grid.spacing[1]:.6g}", f"{grid.spacing[0]:.6g}"]
    ds.SliceThickness = f"{grid.spacing[2]:.6g}"
    ds.ImagePositionPatient = [f"{value:.8g}" for value in grid.origin]
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.FrameIncrementPointer = 0x3004000C
    ds.GridFrameOffsetVector = [f"{number * grid.spacing[2]:.8g}" for number in range(grid.size[2])]
    ds.DoseUnits, ds.DoseType, ds.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    ds.DoseComment = "made by a formula, not calculated"
    ds.DoseGridScaling = scaling
    ds.ReferencedRTPlanSequence = [_reference(RTPlanStorage, uid(phantom, "treatment", "RTPLAN"))]
    ds.PixelData = np.clip(np.rint(dose.array / float(scaling)), 0, 65535).astype("<u2").tobytes()
    save(ds, file, RTDoseStorage, uid(phantom, "treatment", "RTDOSE"))


def _header(phantom: Phantom, modality: str) -> Dataset:
    ds = general(phantom, modality, injection_of(phantom.seed))
    for keyword in ("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit"):
        del ds[keyword]
    del ds.BodyPartExamined
    ds.SeriesNumber = {"RTPLAN": 11, "RTDOSE": 12}[modality]
    ds.SeriesInstanceUID = uid(phantom, "treatment", modality, "series")
    ds.SeriesDescription = f"demo patient, made {modality}"
    ds.OperatorsName = ""
    return ds


def _reference(sop_class: str, sop_instance: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = sop_instance
    return item
