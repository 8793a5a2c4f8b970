"""Write 40 structures on a CT of 512 x 512 x 600 as RTSTRUCT: seconds, peak memory, and what strict readers get back.

Each writer runs in a process of its own. Seconds begin when its masks exist and end when the file is on disk; reading
the CT's headers is shown apart. rt-utils is measured where it is installed; plastimatch reads the files back where it
is. Usage: ``python benchmarks/rtstruct.py [FOLDER]``; the folder (by default a temporary one) gets 300 MB of CT.
"""

from __future__ import annotations

import importlib.util
import json
import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from HimarsPlannerLib.export.rtstruct import RoiToWrite, write_rtstruct
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import DicomReference

GRID = Grid((512, 512, 600), (0.9766, 0.9766, 2.0), (-249.5213, -249.5213, -600.0))
Shape = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def solid(centre: np.ndarray, half_mm: float, inside: Shape) -> Region:
    """Region of a shape given around its centre (z, y, x in mm)."""
    spacing, origin = np.array(GRID.spacing_zyx), np.array(GRID.origin[::-1])
    low = np.maximum(np.floor((centre - half_mm - origin) / spacing).astype(int) - 1, 0)
    high = np.minimum(np.ceil((centre + half_mm - origin) / spacing).astype(int) + 2, GRID.shape)
    axes = [origin[a] + spacing[a] * np.arange(low[a], high[a]) - centre[a] for a in range(3)]
    z, y, x = (axis.astype(np.float32).reshape(np.roll((-1, 1, 1), n)) for n, axis in enumerate(axes))
    mask = np.concatenate([inside(z[k : k + 20], y, x) for k in range(0, z.size, 20)])
    return Region.from_array(mask, GRID, (int(low[0]), int(low[1]), int(low[2])))


def ellipsoid(a: float, b: float, c: float) -> Shape:
    return lambda z, y, x: (z / a) ** 2 + (y / b) ** 2 + (x / c) ** 2 <= 1


def torus(ring: float, tube: float, sagittal: bool) -> Shape:
    def inside(z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        across, axis = (z, x) if sagittal else (x, z)
        return (np.hypot(across, y) - ring) ** 2 + axis**2 <= tube**2

    return inside


def shell(radius: float, wall: float) -> Shape:
    return lambda z, y, x: ((r2 := z * z + y * y + x * x) <= radius**2) & (r2 >= (radius - wall) ** 2)


def plate(pixels: int) -> Shape:
    return lambda z, y, x: (np.abs(x + 0.3 * y) < 0.49 * pixels) & (np.abs(y) < 30) & (np.abs(z) < 30)


def rod(pixels: int) -> Shape:
    return lambda z, y, x: (np.abs(x - 0.2 * z) < 0.6 * pixels) & (np.abs(y) < 0.6 * pixels) & (np.abs(z) < 35)


def gyroid(z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    waves = np.sin(x / 6) * np.cos(y / 6) + np.sin(y / 6) * np.cos(z / 6) + np.sin(z / 6) * np.cos(x / 6)
    return (np.abs(waves) < 0.35) & (x * x + y * y + z * z < 75**2)


def body(z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    width = 1 + 0.1 * np.sin(z / 60)
    trunk = ((x / (115 * width)) ** 2 + (y / (78 * width)) ** 2 <= 1) & (np.abs(z) < 595)
    lung = ((np.abs(x) - 52) / 34) ** 2 + (y / 50) ** 2 + ((z - 250) / 120) ** 2 < 1
    return trunk & ~lung


def structures() -> Iterator[tuple[str, Region]]:
    """40 deterministic structures: spheres, ellipsoids, tori, shells, plates, rods, a voxel, a disc, a net, a body."""
    rng = np.random.default_rng(7)

    def anywhere() -> np.ndarray:
        return rng.uniform([-500, -90, -110], [500, 90, 110])

    for ml in (0.1, 0.5, 1, 2, 5, 10, 50):
        radius = (ml * 1000 * 0.75 / math.pi) ** (1 / 3)
        yield f"sphere_{ml:g}ml".replace(".", "p"), solid(anywhere(), radius, ellipsoid(radius, radius, radius))
    for number in range(10):
        half_axes = rng.uniform(8, 40, 3)
        yield f"ellipsoid_{number}", solid(anywhere(), half_axes.max(), ellipsoid(*half_axes))
    for number in range(8):
        ring, tube = rng.uniform(15, 50), rng.uniform(4, 10)
        yield f"torus_{number}", solid(anywhere(), ring + tube, torus(ring, tube, sagittal=number >= 5))
    for number in range(5):
        radius, wall = rng.uniform(15, 50), rng.uniform(2, 5)
        yield f"shell_{number}", solid(anywhere(), radius, shell(radius, wall))
    for pixels in (1, 2, 3):
        yield f"plate_{pixels}px", solid(anywhere(), 40, plate(pixels))
        yield f"rod_{pixels}px", solid(anywhere(), 40, rod(pixels))
    yield "voxel", Region(GRID, (300, 200, 200), np.ones((1, 1, 1), bool))
    yield "disc", solid(np.zeros(3), 20, lambda z, y, x: (np.abs(z) < 1) & (x * x + y * y < 400))
    yield "gyroid", solid(np.zeros(3), 80, gyroid)
    yield "body", solid(np.zeros(3), 600, body)


def write_ct(folder: Path) -> None:
    folder.mkdir(parents=True)
    common = {
        keyword: generate_uid(None) for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    }
    pixels = np.zeros(GRID.shape[1:], np.int16).tobytes()
    for number in range(GRID.size[2]):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        for keyword, value in {
            **common,
            "SOPClassUID": CTImageStorage,
            "SOPInstanceUID": generate_uid(None),
            "Modality": "CT",
            "PatientName": "Benchmark^RTSTRUCT",
            "PatientID": "B1",
            "PatientBirthDate": "",
            "PatientSex": "M",
            "StudyDate": "20250101",
            "StudyTime": "120000",
            "StudyID": "1",
            "StudyDescription": "Benchmark",
            "AccessionNumber": "",
            "ReferringPhysicianName": "",
            "SeriesNumber": 1,
            "InstanceNumber": number + 1,
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "PixelSpacing": [GRID.spacing[1], GRID.spacing[0]],
            "SliceThickness": GRID.spacing[2],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "ImagePositionPatient": [*GRID.origin[:2], GRID.origin[2] + number * GRID.spacing[2]],
            "Rows": GRID.size[1],
            "Columns": GRID.size[0],
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "BitsAllocated": 16,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 1,
            "RescaleIntercept": 0,
            "RescaleSlope": 1,
            "PixelData": pixels,
        }.items():
            setattr(dataset, keyword, value)
        dataset.save_as(folder / f"{number:04}.dcm", enforce_file_format=True)


def reference_of(ct: Path) -> DicomReference:
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in sorted(ct.iterdir())]
    return DicomReference(
        header=headers[0],
        sop_class_uid=CTImageStorage,
        sop_instance_uids=tuple(str(header.SOPInstanceUID) for header in headers),
        positions_lps=np.array([[float(v) for v in header.ImagePositionPatient] for header in headers]),
    )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_himars(ct: Path, file: Path) -> dict[str, float]:
    masks = dict(structures())
    masks_mb = peak_mb()
    start = time.perf_counter()
    reference = reference_of(ct)
    read = time.perf_counter()
    write_rtstruct([RoiToWrite(name, "GTV", (255, 0, 0), region) for name, region in masks.items()], reference, file)
    return {"reading": read - start, "writing": time.perf_counter() - read, "masks_mb": masks_mb}


def run_rt_utils(ct: Path, file: Path) -> dict[str, float]:
    from rt_utils import RTStructBuilder

    start = time.perf_counter()
    builder = RTStructBuilder.create_new(dicom_series_path=str(ct))
    reading, writing = time.perf_counter() - start, 0.0
    masks = dict(structures())
    masks_mb = peak_mb()
    for name, region in masks.items():
        # Rows, columns, slices as it asks, in the memory order that is fastest for it.
        mask = region.to_array().transpose(1, 2, 0)
        start = time.perf_counter()
        builder.add_roi(mask=mask, name=name)
        writing += time.perf_counter() - start
    start = time.perf_counter()
    builder.save(str(file))
    return {"reading": reading, "writing": writing + time.perf_counter() - start, "masks_mb": masks_mb}


WRITERS = {"HimarsPlanner": run_himars, "rt-utils": run_rt_utils}


def measure(writer: str, ct: Path, file: Path) -> dict[str, float]:
    """Run a writer in a process of its own; seconds, peak MB."""
    command = [sys.executable, __file__, "--run", writer, str(ct), str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def even_odd(item: Dataset, slices: dict[str, int]) -> Region:
    """Voxels of an ROI: parity of the contour sides to the right of each voxel centre, in its bounding rows."""
    crossings = []
    for contour in item.ContourSequence:
        z = slices[contour.ContourImageSequence[0].ReferencedSOPInstanceUID]
        points = np.array(contour.get_item("ContourData").value.split(b"\\"), float).reshape(-1, 3)[:, :2]
        x, y = ((points - GRID.origin[:2]) / GRID.spacing[:2]).T
        x2, y2 = np.roll(x, -1), np.roll(y, -1)
        first, last = np.ceil(np.minimum(y, y2)).astype(int), np.ceil(np.maximum(y, y2)).astype(int)
        count = last - first
        side = np.repeat(np.arange(x.size), count)
        row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[side]
        at = x[side] + (row - y[side]) * (x2 - x)[side] / np.where(y2 == y, 1, y2 - y)[side]
        crossings.append(np.stack([np.full(row.size, z), row, np.ceil(at).astype(int)], axis=1))
    places = np.concatenate(crossings)
    low, high = (places.min(axis=0), places.max(axis=0) + 1) if places.size else (np.zeros(3, int), np.ones(3, int))
    toggles = np.zeros(high - low, np.uint8)
    np.bitwise_xor.at(toggles, tuple((places - low).T), 1)
    # A crossing at column c toggles every column before it.
    inside = np.bitwise_xor.accumulate(toggles[:, :, ::-1], axis=2)[:, :, ::-1][:, :, 1:]
    return Region.from_array(inside, GRID, (int(low[0]), int(low[1]), int(low[2])))


def compare(found: Region, region: Region) -> tuple[float, float]:
    """Dice and volume error in per cent of a region as it was read back."""
    dice = 2 * found.overlap(region) / (found.voxels + region.voxels)
    return dice, 100 * (found.voxels - region.voxels) / region.voxels


def read_strictly(file: Path, ct: Path) -> dict[str, tuple[float, float]]:
    slices = {uid: z for z, uid in enumerate(reference_of(ct).sop_instance_uids)}
    dataset = pydicom.dcmread(file)
    names = {roi.ROINumber: roi.ROIName for roi in dataset.StructureSetROISequence}
    masks = dict(structures())
    found = {names[item.ReferencedROINumber]: even_odd(item, slices) for item in dataset.ROIContourSequence}
    return {name: compare(region, masks[name]) for name, region in found.items()}


def read_by_plastimatch(file: Path, ct: Path) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["plastimatch", "convert", "--input", str(file), "--referenced-ct", str(ct)]
        command += ["--output-prefix", folder, "--prefix-format", "nrrd"]
        subprocess.run(command, check=True, capture_output=True)
        results = {}
        for name, region in structures():
            array = sitk.GetArrayFromImage(sitk.ReadImage(Path(folder) / f"{name}.nrrd"))
            results[name] = compare(Region.from_array(array, GRID), region)
    return results


def complaints(tool: str, *files: Path) -> str:
    if shutil.which(tool) is None:
        return "not installed"
    done = subprocess.run([tool, *map(str, files)], check=False, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    return f"{sum('Error' in line for line in lines)} errors, {sum('Warning' in line for line in lines)} warnings"


def show_fidelity(reader: str, results: dict[str, tuple[float, float]]) -> None:
    dice, volume = ([result[n] for result in results.values()] for n in (0, 1))
    worst = min(results, key=lambda name: results[name][0])
    print(f"  {reader}: Dice mean {np.mean(dice):.4f}, least {min(dice):.4f} ({worst});", end=" ")
    print(f"volume error {min(volume):+.2f} to {max(volume):+.2f} %")


def main(folder: Path) -> None:
    ct = folder / "ct"
    if not ct.exists():
        write_ct(ct)
    for writer in WRITERS:
        if writer == "rt-utils" and importlib.util.find_spec("rt_utils") is None:
            print("rt-utils: not installed")
            continue
        file = folder / f"{writer}.dcm"
        runs = [measure(writer, ct, file) for _ in range(3)]
        writing, reading, masks, peak = (
            sorted(run[key] for run in runs) for key in ("writing", "reading", "masks_mb", "peak_mb")
        )
        print(
            f"{writer}: writing {writing[1]:.2f} s ({writing[0]:.2f} to {writing[-1]:.2f} of {len(runs)}), "
            f"reading the CT {reading[1]:.2f} s, peak {peak[-1]:.0f} MB (making the masks {masks[-1]:.0f}), "
            f"file {file.stat().st_size / 1e6:.1f} MB"
        )
        print(f"  dciodvfy: {complaints('dciodvfy', file)}; dcentvfy: {complaints('dcentvfy', file, *ct.iterdir())}")
        show_fidelity("strict even-odd reader", read_strictly(file, ct))
        if shutil.which("plastimatch"):
            show_fidelity("plastimatch", read_by_plastimatch(file, ct))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        timing = WRITERS[sys.argv[2]](Path(sys.argv[3]), Path(sys.argv[4]))
        print(json.dumps({**timing, "peak_mb": peak_mb()}))
    elif len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
