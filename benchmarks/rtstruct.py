"""Write 40 structures on a CT of 512 x 512 x 600 as RTSTRUCT: seconds, peak memory, and what strict readers get back.

Each writer runs in a process of its own. Seconds begin when its masks exist and end when the file is on disk; reading
the CT's headers, reading the file back and `check-rtstruct` are shown apart. Small series of irregular slices,
oblique, feet first and prone follow. rt-utils and plastimatch take part where they are installed; plastimatch puts
slices on a regular lattice, so scikit-image's polygons are the second reader of irregular ones.
Usage: ``python benchmarks/rtstruct.py [FOLDER]``; the folder (by default a temporary one) gets 300 MB of CT.
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
from made_ct import reference_of, write_ct
from pydicom.dataset import Dataset

from HimarsPlannerLib.export.conformance.check import check_rtstruct
from HimarsPlannerLib.export.read_back import read_back
from HimarsPlannerLib.export.rtstruct import RoiToWrite, write_rtstruct
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import CtImage, DicomReference, Source

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


def even_odd(item: Dataset, slices: dict[str, int], reference: DicomReference, grid: Grid) -> Region:
    """Voxels of an ROI: parity of the contour sides to the right of each voxel centre, in its bounding rows."""
    crossings = []
    for contour in item.ContourSequence:
        z = slices[contour.ContourImageSequence[0].ReferencedSOPInstanceUID]
        points = np.array(contour.get_item("ContourData").value.split(b"\\"), float).reshape(-1, 3)
        x, y, _ = (((points - reference.positions_lps[z]) @ grid.axes) / grid.spacing).T
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
    return Region.from_array(inside, grid, (int(low[0]), int(low[1]), int(low[2])))


def compare(found: Region, region: Region) -> tuple[float, float]:
    """Dice and volume error in per cent of a region as it was read back."""
    dice = 2 * found.overlap(region) / (found.voxels + region.voxels)
    return dice, 100 * (found.voxels - region.voxels) / region.voxels


Masks = dict[str, Region]


def read_strictly(file: Path, ct: Path, masks: Masks) -> dict[str, tuple[float, float]]:
    reference = reference_of(ct)
    slices = {uid: z for z, uid in enumerate(reference.sop_instance_uids)}
    dataset = pydicom.dcmread(file)
    names = {roi.ROINumber: roi.ROIName for roi in dataset.StructureSetROISequence}
    grid = next(iter(masks.values())).grid
    found = {
        names[item.ReferencedROINumber]: even_odd(item, slices, reference, grid) for item in dataset.ROIContourSequence
    }
    return {name: compare(region, masks[name]) for name, region in found.items()}


def read_by_plastimatch(file: Path, ct: Path, masks: Masks) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["plastimatch", "convert", "--input", str(file), "--referenced-ct", str(ct)]
        command += ["--output-prefix", folder, "--prefix-format", "nrrd"]
        subprocess.run(command, check=True, capture_output=True)
        results = {}
        for name, region in masks.items():
            array = sitk.GetArrayFromImage(sitk.ReadImage(Path(folder) / f"{name}.nrrd"))
            results[name] = compare(Region.from_array(array, region.grid), region)
    return results


def read_by_skimage(file: Path, ct: Path, masks: Masks) -> dict[str, tuple[float, float]]:
    """Slices by the image that each contour names, voxels by scikit-image's polygon test, contours by XOR."""
    from skimage.draw import polygon2mask

    reference, dataset = reference_of(ct), pydicom.dcmread(file)
    results = {}
    for (name, region), item in zip(masks.items(), dataset.ROIContourSequence, strict=True):
        grid, full = region.grid, np.zeros(region.grid.shape, bool)
        for contour in item.ContourSequence:
            z = reference.sop_instance_uids.index(contour.ContourImageSequence[0].ReferencedSOPInstanceUID)
            points = np.reshape([float(value) for value in contour.ContourData], (-1, 3)) - reference.positions_lps[z]
            full[z] ^= polygon2mask(grid.shape[1:], (points @ grid.axes / grid.spacing)[:, 1::-1])
        results[name] = compare(Region.from_array(full, grid), region)
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


def show_readers(file: Path, ct: Path, masks: Masks, regular: bool = True) -> None:
    print(f"  dciodvfy: {complaints('dciodvfy', file)}; dcentvfy: {complaints('dcentvfy', file, *ct.iterdir())}")
    show_fidelity("strict even-odd reader", read_strictly(file, ct, masks))
    if regular and shutil.which("plastimatch"):
        show_fidelity("plastimatch", read_by_plastimatch(file, ct, masks))


def show_checks(file: Path, ct: Path, masks: Masks) -> None:
    """Seconds of reading back and of `check-rtstruct`, beyond what a writer does."""
    reference = reference_of(ct)
    source = Source("CT", "benchmark", (), frame_of_reference_uid=str(reference.header.FrameOfReferenceUID))
    image = CtImage(Volume(np.zeros((0,), np.int16), GRID), source, reference)
    rois = [RoiToWrite(name, "GTV", (255, 0, 0), region) for name, region in masks.items()]
    start = time.perf_counter()
    written = read_back(file, rois, image)
    middle = time.perf_counter()
    found = check_rtstruct(file, ct)
    end = time.perf_counter()
    different = sum(one.voxels_different for one in written)
    print(f"  read back: {middle - start:.2f} s, {different} voxels different; ", end="")
    print(f"check-rtstruct: {end - middle:.2f} s, {found.errors} errors, {len(found.findings)} findings")


def odd_series() -> Iterator[tuple[str, Grid, np.ndarray | None, str]]:
    """Series that writers stumble over: name, grid, slice offsets, patient position."""
    size, spacing = (96, 80, 24), (0.9766, 1.25, 2.5)
    steps = np.random.default_rng(2).choice([2.0, 2.5, 3.1], size[2] - 1)
    yield "irregular slices", Grid(size, spacing, (-50, -50, -30)), np.concatenate([[0], np.cumsum(steps)]), "HFS"
    turned = np.linalg.qr(np.array([[1.0, 0.2, 0.1], [-0.15, 1.0, 0.2], [0.1, -0.3, 1.0]]))[0]
    turned *= np.sign(np.linalg.det(turned))
    yield "oblique", Grid(size, spacing, (-50, -50, -30), tuple(turned.ravel().tolist())), None, "HFS"
    yield "feet first", Grid(size, spacing, (50, -50, 30), (-1, 0, 0, 0, 1, 0, 0, 0, -1)), None, "FFS"
    yield "prone", Grid(size, spacing, (50, 50, -30), (-1, 0, 0, 0, -1, 0, 0, 0, 1)), None, "HFP"


def small_structures(grid: Grid) -> Masks:
    z, y, x = np.indices(grid.shape)
    far = np.sqrt(((z - 12) * 2.0) ** 2 + (y - 40) ** 2 + (x - 48) ** 2)
    masks = {
        "sphere": far < 3,
        "shell": (far < 22) & (far > 19),
        "torus": (np.hypot(y - 40, x - 48) - 20) ** 2 + (2 * (z - 12)) ** 2 < 36,
        "plate": (z == 7) & (np.abs(y - 40) < 20),
        "rod": (y == 11) & (x == 17),
        "voxel": (z == 3) & (y == 70) & (x == 80),
        "noise": np.random.default_rng(1).random(grid.shape) < 0.5,
    }
    return {name: Region.from_array(mask, grid) for name, mask in masks.items()}


def show_odd_series(folder: Path) -> None:
    for name, grid, offsets, position in odd_series():
        ct = folder / name.replace(" ", "_")
        shutil.rmtree(ct, ignore_errors=True)
        write_ct(ct, grid, offsets, position)
        masks = small_structures(grid)
        rois = [RoiToWrite(name, "GTV", (255, 0, 0), region) for name, region in masks.items()]
        write_rtstruct(rois, reference_of(ct), folder / "odd.dcm")
        print(f"{name}, {len(masks)} structures")
        show_readers(folder / "odd.dcm", ct, masks, regular=offsets is None)
        show_fidelity("scikit-image", read_by_skimage(folder / "odd.dcm", ct, masks))
        print(f"  check-rtstruct: {check_rtstruct(folder / 'odd.dcm', ct).errors} errors")


def main(folder: Path) -> None:
    ct = folder / "ct"
    if not ct.exists():
        write_ct(ct, GRID)
    masks = dict(structures())
    for writer in WRITERS:
        if writer == "rt-utils" and importlib.util.find_spec("rt_utils") is None:
            print("rt-utils: not installed")
            continue
        file = folder / f"{writer}.dcm"
        runs = [measure(writer, ct, file) for _ in range(3)]
        writing, reading, masks_mb, peak = (
            sorted(run[key] for run in runs) for key in ("writing", "reading", "masks_mb", "peak_mb")
        )
        print(
            f"{writer}: writing {writing[1]:.2f} s ({writing[0]:.2f} to {writing[-1]:.2f} of {len(runs)}), "
            f"reading the CT {reading[1]:.2f} s, peak {peak[-1]:.0f} MB (making the masks {masks_mb[-1]:.0f}), "
            f"file {file.stat().st_size / 1e6:.1f} MB"
        )
        show_readers(file, ct, masks)
        if writer == "HimarsPlanner":
            show_checks(file, ct, masks)
    show_odd_series(folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        timing = WRITERS[sys.argv[2]](Path(sys.argv[3]), Path(sys.argv[4]))
        print(json.dumps({**timing, "peak_mb": peak_mb()}))
    elif len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
