"""DVHs against analytic solids, against Eclipse, CERR and SlicerRT on real doses, and against the clock.

Usage: ``python benchmarks/dvh.py [REAL_DATA]``; the folder of real data defaults to HIMARS_TEST_DATA. dicompyler-core
needs pydicom below 3: name the Python of a virtual environment that has both as DICOMPYLER_PYTHON, and it is measured
on the same files. In each case contours are circles or rectangles on slices as far apart as the dose voxels, at four
phases of the slices, in a gradient of 0.151 Gy/mm along x, along the slices' normal and along the diagonal.
"""

from __future__ import annotations

import base64
import csv
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTDoseStorage, RTStructureSetStorage, generate_uid

from HimarsPlannerLib.dose.dvh import Dvh
from HimarsPlannerLib.dose.measure import measure_dose
from HimarsPlannerLib.dose.outline import Outline, with_step
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.roi import Roi
from HimarsPlannerLib.study.scanline import fill_planes

GRADIENT = 0.151
HALF_BIN_GY = {"CERR": 0.1}
"""CERR's tables name the lower edge of bins of 0.2 Gy less half a bin: all its doses are 0.1 Gy below both others."""
BASE_GY = 30.0
SHARES = (0.98, 0.95, 0.5, 0.02)
DIRECTIONS = ((1, 0, 0), (0, 0, 1), (1, 1, 1))
PHASES = (0.0, 0.25, 0.5, 0.75)
VOLUMES_ML = (0.5, 1, 5, 50)
GRIDS_MM = (1.0, 2.0, 3.0)
DICOMPYLER = """
import json, sys
import numpy as np
from dicompylercore import dvhcalc
fine = {"interpolation_resolution": 0.5, "interpolation_segments_between_planes": 2}
for name, options in (("default", {}), ("fine", fine)):
    results = []
    for case in json.load(open(sys.argv[1])):
        try:
            dvh = dvhcalc.get_dvh(case["rs"], case["rd"], 1, **options)
            share, dose = dvh.relative_volume.counts / 100, dvh.bincenters
            results.append([dvh.volume] + [float(np.interp(-s, -share, dose)) for s in case["shares"]])
        except Exception as error:
            results.append(str(error))
    print(json.dumps([name, results]))
"""


@dataclass(frozen=True)
class Case:
    """A solid in a gradient: its contours, the dose on a grid, its true volume and doses at `SHARES`."""

    contours: tuple[np.ndarray, ...]
    dose: Volume
    step: float
    volume_ml: float
    truth: np.ndarray


def circle(radius: float, z: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 128, endpoint=False)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(angle.size, z)])


def sphere(ml: float, step: float, phase: float) -> tuple[list[np.ndarray], np.ndarray, Callable]:
    radius = (3000 * ml / 4 / math.pi) ** (1 / 3)
    heights = [z for n in range(-99, 99) if abs(z := (n + phase) * step) < radius - 1e-6]
    contours = [circle(math.sqrt(radius**2 - z * z), z) for z in heights]
    return contours, np.full(3, radius), lambda x, y, z: x * x + y * y + z * z <= radius**2


def upright(ml: float, step: float, phase: float) -> tuple[list[np.ndarray], np.ndarray, Callable]:
    """Cylinder along the slices' normal that ends half a slice beyond its contours; the phase moves the dose grid."""
    count = max(round(2 * (1000 * ml / 2 / math.pi) ** (1 / 3) / step), 1)
    height = count * step
    radius = math.sqrt(1000 * ml / math.pi / height)
    shift = phase * step
    contours = [circle(radius, (n - (count - 1) / 2) * step + shift) for n in range(count)]
    half = np.array([radius, radius, height / 2 + step])
    return contours, half, lambda x, y, z: (x * x + y * y <= radius**2) & (np.abs(z - shift) <= height / 2)


def lying(ml: float, step: float, phase: float) -> tuple[list[np.ndarray], np.ndarray, Callable]:
    radius = (1000 * ml / 2 / math.pi) ** (1 / 3)
    half = radius
    heights = [z for n in range(-99, 99) if abs(z := (n + phase) * step) < radius - 1e-6]
    contours = []
    for z in heights:
        y = math.sqrt(radius**2 - z * z)
        contours.append(np.array([(-half, -y, z), (half, -y, z), (half, y, z), (-half, y, z)]))
    return contours, np.full(3, radius), lambda x, y, z: (y * y + z * z <= radius**2) & (np.abs(x) <= half)


SOLIDS = {"sphere": sphere, "cylinder, upright": upright, "cylinder, lying": lying}


def case(solid: str, ml: float, step: float, phase: float, direction: tuple[int, ...], seed: int) -> Case:
    rng = np.random.default_rng(seed)
    contours, half, inside = SOLIDS[solid](ml, step, phase)
    centre = rng.uniform(-step / 2, step / 2, 3)
    along = np.array(direction) / np.linalg.norm(direction)
    # Stratified sampling: a random place in each of 200^3 boxes.
    n = 200
    x, y, z = (
        ((np.arange(n).reshape(np.roll((n, 1, 1), a)) + rng.random((n, n, n))) / n * 2 - 1) * half[a] for a in range(3)
    )
    ramp = (GRADIENT * (along[0] * x + along[1] * y + along[2] * z))[inside(x, y, z)]
    truth = BASE_GY + np.quantile(ramp, [1 - share for share in SHARES])
    reach = int(half.max() / step) + 5
    grid = Grid((2 * reach + 1,) * 3, (step,) * 3, (-reach * step,) * 3)
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)) - centre
    dose = Volume((BASE_GY + GRADIENT * (place @ along)).astype(np.float32), grid)
    return Case(tuple(contour + centre for contour in contours), dose, step, ml, truth)


def by_shape(one: Case) -> Dvh:
    (outline,) = with_step([Outline.of(Roi(1, "solid", "", one.contours, 0), one.dose.grid)], one.step)
    return measure_dose(outline, one.dose).dvh


def by_slabs(one: Case, divided: int = 5) -> Dvh:
    """Each contour a slab of one slice, its area supersampled in the plane."""
    grid = one.dose.grid
    samples = []
    for contour in one.contours:
        index = grid.to_index(contour)[:, ::-1]
        size = (grid.size[1] * divided, grid.size[0] * divided)
        mask, (row, column) = fill_planes([[(index[:, :2] + 0.5) * divided - 0.5]], size)
        y, x = np.nonzero(mask[0])
        for layer in range(divided):
            z = index[0, 2] + (layer + 0.5) / divided - 0.5
            samples.append(
                np.stack([np.full(y.size, z), (y + row + 0.5) / divided - 0.5, (x + column + 0.5) / divided - 0.5])
            )
    return _of_places(np.concatenate(samples, axis=1), one, grid.voxel_ml / divided**3)


def by_centres(one: Case) -> Dvh:
    """Dose voxels whose centre is inside the contour of the nearest slice."""
    grid = one.dose.grid
    rows = []
    for contour in one.contours:
        index = grid.to_index(contour)[:, ::-1]
        mask, (row, column) = fill_planes([[index[:, :2]]], grid.shape[1:])
        y, x = np.nonzero(mask[0])
        rows.append(np.stack([np.full(y.size, np.rint(index[0, 2])), y + row, x + column]))
    return _of_places(np.concatenate(rows, axis=1), one, grid.voxel_ml)


def _of_places(places: np.ndarray, one: Case, voxel_ml: float) -> Dvh:
    from scipy.ndimage import map_coordinates

    values = map_coordinates(one.dose.array, places, order=1, mode="nearest")
    volume = np.full(values.shape, voxel_ml, np.float32)
    return Dvh.of_samples(values, volume, (float(values.min()), float(values.max())))


WAYS = {"voxel centres": by_centres, "slabs, 5 x 5 x 5 cells": by_slabs, "shape-based (ours)": by_shape}


def figures(dvh: Dvh) -> np.ndarray:
    return np.array([dvh.volume_ml, *(dvh.dose_at_share(share) for share in SHARES)])


def cases(solid: str, ml: float, step: float) -> Iterator[Case]:
    for number, phase in enumerate(PHASES):
        for other, direction in enumerate(DIRECTIONS):
            yield case(solid, ml, step, phase, direction, 10 * number + other)


def analytic() -> None:
    python = os.environ.get("DICOMPYLER_PYTHON")
    for solid in SOLIDS:
        worst: dict[str, list[float]] = {}
        print(f"\n{solid}: worst volume error %, worst error of D98, D95, D50, D2 in Gy, median ms")
        for ml in VOLUMES_ML:
            for step in GRIDS_MM:
                several = list(cases(solid, ml, step))
                cells = []
                for name, way in WAYS.items():
                    begin = time.perf_counter()
                    found = [figures(way(one)) for one in several]
                    spent = (time.perf_counter() - begin) / len(several) * 1000
                    cells.append(_shown(name, found, several, worst) + f" {spent:5.1f} ms")
                if python:
                    cells += [_shown(f"dicompyler {n}", f, several, worst) for n, f in dicompyler(several, python)]
                print(f"{ml:5g} ml {step:g} mm | " + " | ".join(cells))
        print(f"worst of all, {solid}:", end=" ")
        print("; ".join(f"{name} {volume:.2f} %, {dose:.3f} Gy" for name, (volume, dose) in worst.items()))


def _shown(name: str, found: list[np.ndarray], several: list[Case], worst: dict[str, list[float]]) -> str:
    volume = max(abs(f[0] / one.volume_ml - 1) * 100 for f, one in zip(found, several, strict=True))
    dose = max(np.abs(f[1:] - one.truth).max() for f, one in zip(found, several, strict=True))
    seen = worst.setdefault(name, [0.0, 0.0])
    worst[name] = [max(seen[0], volume), max(seen[1], dose)]
    return f"{name} {volume:6.2f} % {dose:.3f}"


def dicompyler(several: list[Case], python: str) -> list[tuple[str, list[np.ndarray]]]:
    """Figures of dicompyler-core by its defaults and at 0.5 mm with two segments between planes."""
    with tempfile.TemporaryDirectory() as folder:
        listed = []
        for number, one in enumerate(several):
            rs, rd = Path(folder) / f"rs{number}.dcm", Path(folder) / f"rd{number}.dcm"
            write_structures(one, rs)
            write_dose(one.dose, rd)
            listed.append({"rs": str(rs), "rd": str(rd), "shares": SHARES})
        file = Path(folder) / "cases.json"
        file.write_text(json.dumps(listed))
        done = subprocess.run([python, "-W", "ignore", "-c", DICOMPYLER, str(file)], capture_output=True, text=True)
        found = []
        for line in done.stdout.splitlines():
            if line.startswith("["):
                name, results = json.loads(line)
                rows = [np.array(r) if isinstance(r, list) else np.full(5, np.nan) for r in results]
                found.append((name, rows))
        if not found:
            print(done.stderr[-500:])
        return found


def _dataset(modality: str, sop_class: str) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = generate_uid()
    ds.Modality, ds.PatientID, ds.FrameOfReferenceUID = modality, "B1", "1.2.3.4"
    return ds


def write_structures(one: Case, file: Path) -> None:
    ds = _dataset("RTSTRUCT", RTStructureSetStorage)
    roi, contour_item, observation = Dataset(), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = 1, "solid", "1.2.3.4"
    contour_item.ReferencedROINumber, contour_item.ROIDisplayColor = 1, [255, 0, 0]
    contour_item.ContourSequence = []
    for points in one.contours:
        item = Dataset()
        item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
        item.ContourData = [f"{value:.4f}" for value in points.ravel()]
        contour_item.ContourSequence.append(item)
    observation.ObservationNumber = observation.ReferencedROINumber = 1
    observation.RTROIInterpretedType = "GTV"
    ds.StructureSetLabel = "B"
    ds.StructureSetROISequence, ds.ROIContourSequence = [roi], [contour_item]
    ds.RTROIObservationsSequence = [observation]
    ds.save_as(file, enforce_file_format=True)


def write_dose(dose: Volume, file: Path) -> None:
    grid = dose.grid
    scaling = float(dose.array.max()) / (2**32 - 2)
    ds = _dataset("RTDOSE", RTDoseStorage)
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 32
    ds.HighBit, ds.PixelRepresentation = 31, 0
    ds.Columns, ds.Rows, ds.NumberOfFrames = grid.size
    ds.PixelSpacing = [grid.spacing[1], grid.spacing[0]]
    ds.ImagePositionPatient, ds.ImageOrientationPatient = list(grid.origin), [1, 0, 0, 0, 1, 0]
    ds.GridFrameOffsetVector = [n * grid.spacing[2] for n in range(grid.size[2])]
    ds.FrameIncrementPointer = 0x3004000C
    ds.DoseUnits, ds.DoseType, ds.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    ds.DoseGridScaling = f"{scaling:.9e}"
    ds.PixelData = np.rint(dose.array.astype(np.float64) / float(ds.DoseGridScaling)).astype("<u4").tobytes()
    ds.save_as(file, enforce_file_format=True)


def surface_contours(file: Path) -> tuple[str, tuple[np.ndarray, ...]]:
    """Name and planar contours (LPS mm) of a structure as SlicerRT keeps it in a VTK file."""
    root = ET.parse(file).getroot()  # noqa: S314 - a local file of the data set
    kinds = {"Float32": "<f4", "Float64": "<f8", "Int64": "<i8"}

    def values(element: ET.Element) -> np.ndarray:
        return np.frombuffer(_inflate("".join((element.text or "").split())), kinds[element.attrib["type"]])

    points = values(root.find(".//Points/DataArray")).reshape(-1, 3) * (-1, -1, 1)
    name = next(a for a in root.iter("Array") if a.get("Name") == "Segment_Name")
    lines = {a.get("Name"): values(a) for a in root.find(".//Lines").iter("DataArray")}
    contours = [points[part] for part in np.split(lines["connectivity"], lines["offsets"][:-1])]
    closed = [c[:-1] if np.allclose(c[0], c[-1]) else c for c in contours]
    label = _inflate("".join((name.text or "").split())).split(b"\0")[0].decode()
    return label, tuple(c for c in closed if len(c) > 2)


def _inflate(text: str) -> bytes:
    (blocks,) = struct.unpack("<I", base64.b64decode(text[:8])[:4])
    head = 4 * (3 + blocks)
    end = -(-head // 3) * 4
    sizes = struct.unpack(f"<{3 + blocks}I", base64.b64decode(text[:end])[:head])[3:]
    body, parts, start = base64.b64decode(text[end:]), [], 0
    for size in sizes:
        parts.append(zlib.decompress(body[start : start + size]))
        start += size
    return b"".join(parts)


def read_table(file: Path) -> dict[str, tuple[float, np.ndarray]]:
    """Volume in ml and curve (Gy, %) of each structure of a DVH table."""
    rows = list(csv.reader(file.open()))
    tables = {}
    for column in range(0, len(rows[0]) - 1, 2):
        name = plain(re.sub(r"(_DvhArray)? Dose \((Gy|GY)\)$", "", rows[0][column]))
        volume = float(re.search(r"of ([\d.]+) ?cc", rows[0][column + 1]).group(1))
        pairs = [(row[column], row[column + 1]) for row in rows[1:] if len(row) > column + 1 and row[column].strip()]
        tables[name] = volume, np.array([(float(d), float(v)) for d, v in pairs if v.strip()])
    return tables


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def table_figures(volume: float, curve: np.ndarray, shift_gy: float) -> np.ndarray:
    """Volume, mean, D95, D50, D2 of a table, without what pads its end; its doses are moved by `shift_gy`."""
    end = next((n for n, (_, share) in enumerate(curve) if share == 0), len(curve) - 1)
    dose, share = curve[: end + 1].T
    dose = np.concatenate([dose[:1], dose[1:] + shift_gy])
    mean = dose[0] + np.sum((share[1:] + share[:-1]) / 2 * np.diff(dose)) / 100
    return np.array([volume, mean, *(np.interp(-100 * s, -share, dose) for s in (0.95, 0.5, 0.02))])


def real(folder: Path) -> None:
    for name in ("Prostate", "Ent"):
        image = sitk.ReadImage(str(folder / f"Eclipse{name}_Dose.nrrd"))
        dose = Volume(
            sitk.GetArrayFromImage(image),
            Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()),
        )
        files = {kind: folder / f"Eclipse{name}_DvhTable_{kind}.csv" for kind in ("Eclipse", "CERR", "SlicerRT")}
        tables = {kind: read_table(file) for kind, file in files.items() if file.exists()}
        print(f"\nEclipse{name}: ml, mean, D95, D50, D2 in Gy; differences of ours from each")
        for file in sorted((folder / f"Eclipse{name}_Structures.seg").glob("*.vtp")):
            label, contours = surface_contours(file)
            (outline,) = with_step([Outline.of(Roi(1, label, "", contours, 0), dose.grid)], 2.5)
            dvh = measure_dose(outline, dose).dvh
            ours = np.array([dvh.volume_ml, dvh.mean_gy, *(dvh.dose_at_share(s) for s in (0.95, 0.5, 0.02))])
            print(f"{label:16s} ours {np.array2string(ours, precision=3, suppress_small=True)}")
            for kind, table in tables.items():
                if plain(label) in table:
                    other = table_figures(*table[plain(label)], HALF_BIN_GY.get(kind, 0.0))
                    parts = [f"{100 * (ours[0] / other[0] - 1):+6.2f} %", f"{100 * (ours[1] / other[1] - 1):+6.2f} %"]
                    parts += [f"{a - b:+7.3f} Gy" for a, b in zip(ours[2:], other[2:], strict=True)]
                    print(f"{'':16s}   {kind:9s} " + " ".join(parts))


def speed() -> None:
    """40 structures on a 2.5 mm dose grid of a whole torso: body, lungs, organs, vertebrae, small targets."""
    grid = Grid((200, 120, 240), (2.5, 2.5, 2.5), (-248.75, -148.75, -298.75))
    rng = np.random.default_rng(3)
    dose = Volume(rng.uniform(0, 30, grid.shape).astype(np.float32), grid)
    sizes = [(200, 120, 295), *[(60, 80, 120)] * 2, (90, 70, 80), *[(12, 12, 250)] * 2]
    sizes += [tuple(rng.uniform(15, 60, 3)) for _ in range(14)] + [tuple(rng.uniform(5, 25, 3)) for _ in range(20)]
    rois = []
    for number, (a, b, c) in enumerate(sizes):
        centre = rng.uniform(-1, 1, 3) * np.maximum(np.array([230, 130, 295]) - (a, b, c), 0)
        planes = np.arange(math.ceil((centre[2] - c) / 2), math.floor((centre[2] + c) / 2) + 1) * 2.0
        planes = planes[np.abs(planes - centre[2]) < c]
        contours = []
        for z in planes:
            scale = math.sqrt(1 - ((z - centre[2]) / c) ** 2)
            points = circle(1.0, z)
            contours.append(points * (a * scale, b * scale, 1) + (centre[0], centre[1], 0))
        rois.append(Roi(number, f"S{number}", "", tuple(contours), 0))
    spent, busy = [], []
    for _ in range(3):
        begin, started = time.perf_counter(), time.process_time()
        for outline in with_step([Outline.of(roi, grid) for roi in rois]):
            measure_dose(outline, dose)
        spent.append(time.perf_counter() - begin)
        busy.append(time.process_time() - started)
    print(f"\n40 structures on 200 x 120 x 240 voxels of 2.5 mm: {sorted(spent)[1]:.2f} s, median of 3", end=" ")
    print(f"({min(spent):.2f} to {max(spent):.2f} s; processor time {sorted(busy)[1]:.2f} s)")


if __name__ == "__main__":
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HIMARS_TEST_DATA", "../shared/data"))
    speed()
    analytic()
    real(data / "slicerrt-eclipse")
