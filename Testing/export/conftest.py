"""Small CT series of any orientation, and readers of polygons that share nothing with the writer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.study.study import DicomReference

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class CtSeries:
    """A CT series on disk, the grid of its voxels and what an RTSTRUCT must repeat of it."""

    def __init__(
        self,
        folder: Path,
        size: tuple[int, int, int] = (24, 20, 6),
        spacing: tuple[float, float, float] = (0.9766, 1.25, 2.5),
        orientation: Sequence[float] = AXIAL,
        origin: Sequence[float] = (-113.4, 57.25, -321.125),
        along_normal: Sequence[float] | None = None,
        position: str = "HFS",
        name: str = "Phantom^Board",
        character_set: str = "ISO_IR 100",
    ) -> None:
        row, column = np.reshape(orientation, (2, 3))
        normal = np.cross(row, column)
        offsets = spacing[2] * np.arange(size[2]) if along_normal is None else np.asarray(along_normal)
        self.folder = folder
        self.positions = np.round(np.asarray(origin) + offsets[:, np.newaxis] * normal, 6)
        folder.mkdir(parents=True)
        datasets = [self._slice(number, size, spacing, orientation, position) for number in range(size[2])]
        study = {
            keyword: generate_uid(None) for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
        }
        for number, dataset in enumerate(datasets):
            dataset.SpecificCharacterSet = character_set
            dataset.PatientName = name
            dataset.update(study_attributes())
            for keyword, uid in study.items():
                setattr(dataset, keyword, uid)
            dataset.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)
        self.files = sorted(folder.iterdir())
        headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in self.files]
        self.reference = DicomReference(
            header=headers[0],
            sop_class_uid=CTImageStorage,
            sop_instance_uids=tuple(str(header.SOPInstanceUID) for header in headers),
            positions_lps=self.positions,
        )
        direction = np.stack([row, column, normal], axis=1).ravel().tolist()
        self.grid = Grid(size, spacing, tuple(self.positions[0].tolist()), tuple(direction))

    def _slice(
        self,
        number: int,
        size: tuple[int, int, int],
        spacing: tuple[float, float, float],
        orientation: Sequence[float],
        position: str,
    ) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = generate_uid(None)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.Modality = "CT"
        dataset.Manufacturer = "Test"
        dataset.SeriesNumber = 3
        dataset.InstanceNumber = number + 1
        dataset.AcquisitionNumber = 1
        dataset.PatientPosition = position
        dataset.PositionReferenceIndicator = "XY"
        dataset.KVP = "120"
        dataset.SliceThickness = str(spacing[2])
        dataset.PixelSpacing = [spacing[1], spacing[0]]
        dataset.ImageOrientationPatient = [round(float(value), 9) for value in orientation]
        dataset.ImagePositionPatient = self.positions[number].tolist()
        dataset.Rows, dataset.Columns = size[1], size[0]
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit = 15
        dataset.PixelRepresentation = 1
        dataset.RescaleIntercept, dataset.RescaleSlope = "0", "1"
        dataset.RescaleType = "HU"
        dataset.PixelData = np.zeros((size[1], size[0]), np.int16).tobytes()
        return dataset


def study_attributes() -> Dataset:
    """Patient and study attributes that every file of one study shares."""
    dataset = Dataset()
    dataset.PatientID = "HIMARS-7"
    dataset.PatientBirthDate = "19480203"
    dataset.PatientSex = "M"
    dataset.PatientAge = "077Y"
    dataset.PatientWeight = "81"
    dataset.StudyDate = "20250914"
    dataset.StudyTime = "101500"
    dataset.StudyID = "7"
    dataset.StudyDescription = "Planning CT"
    dataset.AccessionNumber = "A7"
    dataset.ReferringPhysicianName = "Referrer^R"
    return dataset


@pytest.fixture(scope="session")
def dicom3tools() -> Callable[..., list[str]]:
    """Run a validator of dicom3tools and give what it complains of."""
    if shutil.which("dciodvfy") is None or shutil.which("dcentvfy") is None:
        pytest.skip("dciodvfy and dcentvfy are not installed (Debian package dicom3tools)")

    def run(tool: str, *files: Path) -> list[str]:
        done = subprocess.run([tool, *map(str, files)], capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        return [line for line in lines if "Error" in line or "Warning" in line]

    return run


@pytest.fixture
def make_ct(tmp_path: Path) -> Callable[..., CtSeries]:
    """Make a CT series on disk; see `CtSeries`."""

    def make(**how: object) -> CtSeries:
        return CtSeries(tmp_path / "ct", **how)  # type: ignore[arg-type]

    return make


Crossings = tuple[np.ndarray, np.ndarray]


def fill(polygons: Sequence[np.ndarray], shape: tuple[int, int]) -> Crossings:
    """Fill polygons at voxel centres, edge by edge.

    Parameters
    ----------
    polygons
        Vertices (y, x) in fractional voxel indices, shape (n, 2) each.
    shape
        Rows and columns.

    Returns
    -------
    parity, winding
        Whether an odd number of edges lies to the right of each centre, and the turns around it.
    """
    crossings = np.zeros(shape, int)
    winding = np.zeros(shape, int)
    rows, columns = np.arange(shape[0]), np.arange(shape[1])
    for polygon in polygons:
        for (y0, x0), (y1, x1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            crossed = rows[(rows >= min(y0, y1)) & (rows < max(y0, y1))]
            at = x0 + (crossed - y0) * (x1 - x0) / (y1 - y0)
            left_of_edge = columns < at[:, np.newaxis]
            crossings[crossed] += left_of_edge
            winding[crossed] += left_of_edge * (1 if y1 > y0 else -1)
    return crossings % 2 == 1, winding


def polygon_area(polygon: np.ndarray) -> float:
    """Signed area inside a polygon (y, x)."""
    y, x = np.asarray(polygon, dtype=float).T
    return float(np.sum(y * np.roll(x, -1) - x * np.roll(y, -1)) / 2)


class StrictReader:
    """Reads an RTSTRUCT by each slice's own position: point by point, no tolerance beyond 1e-4 mm."""

    def __init__(self, structures: Path, ct: CtSeries) -> None:
        self.dataset = pydicom.dcmread(structures)
        self.slices = {str(h.SOPInstanceUID): h for h in (pydicom.dcmread(f) for f in ct.files)}
        self.order = {uid: z for z, uid in enumerate(ct.reference.sop_instance_uids)}
        self.shape = ct.grid.shape

    def polygons(self, name: str) -> list[tuple[int, np.ndarray]]:
        """Slice and fractional voxel indices (y, x) of each contour of a structure."""
        numbers = {roi.ROIName: roi.ROINumber for roi in self.dataset.StructureSetROISequence}
        [item] = [roi for roi in self.dataset.ROIContourSequence if roi.ReferencedROINumber == numbers[name]]
        return [self._in_pixels(contour) for contour in item.ContourSequence]

    def _in_pixels(self, contour: Dataset) -> tuple[int, np.ndarray]:
        [image] = contour.ContourImageSequence
        header = self.slices[image.ReferencedSOPInstanceUID]
        row, column = np.reshape([float(v) for v in header.ImageOrientationPatient], (2, 3))
        points = np.array([float(v) for v in contour.ContourData]).reshape(-1, 3)
        assert len(points) == contour.NumberOfContourPoints
        offset = points - [float(v) for v in header.ImagePositionPatient]
        assert np.abs(offset @ np.cross(row, column)).max() < 1e-4, "a contour must lie on its slice"
        row_spacing, column_spacing = (float(v) for v in header.PixelSpacing)
        pixels = np.stack([offset @ column / row_spacing, offset @ row / column_spacing], axis=1)
        return self.order[image.ReferencedSOPInstanceUID], pixels

    def mask(self, name: str) -> np.ndarray:
        """Voxels of a structure by the even-odd rule, (z, y, x)."""
        full = np.zeros(self.shape, bool)
        for z, polygon in self.polygons(name):
            full[z] ^= fill([polygon], self.shape[1:])[0]
        return full

    def area(self, name: str) -> float:
        """Sum of the contours' signed areas in voxels."""
        return sum(polygon_area(polygon) for _, polygon in self.polygons(name))


@pytest.fixture(scope="session")
def read_strictly() -> type[StrictReader]:
    """Open an RTSTRUCT against its CT series, see `StrictReader`."""
    return StrictReader


@pytest.fixture(scope="session")
def fill_polygons() -> Callable[[Sequence[np.ndarray], tuple[int, int]], Crossings]:
    """Fill polygons at voxel centres by the even-odd rule, and count windings."""
    return fill


@pytest.fixture(scope="session")
def area_of() -> Callable[[np.ndarray], float]:
    """Signed area of a polygon."""
    return polygon_area
