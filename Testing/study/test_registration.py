"""A PET/CT in another frame of reference comes onto the planning CT by a REG or by bone, and says how well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.gather import LesionSource, gather_lesions
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.study.image_file import as_hu
from HimarsPlannerLib.study.pet import read_native_pet
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.registration.bone_surface import surface_distance
from HimarsPlannerLib.study.registration.rigid import register_rigidly
from HimarsPlannerLib.study.registration.spatial_registration import read_motion
from HimarsPlannerLib.study.scan import scan_folders
from HimarsPlannerLib.study.study import Study

OTHER_FRAME = "1.2.826.0.1.3680043.10.9000.77"
SPACING = (1.9, 1.9, 3.27)
WriteReg = Callable[..., Path]


@dataclass(frozen=True)
class Moved:
    """A PET/CT on disk, and the matrix from planning CT to it that it was made with (LPS mm)."""

    folder: Path
    truth: np.ndarray


def motion(about: np.ndarray, axis: tuple[float, ...], degrees: float, shift: tuple[float, ...]) -> np.ndarray:
    """Matrix of a turn about an axis through a point, followed by a shift."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, about - turn @ about + shift
    return matrix


def resample(volume: Volume, matrix: np.ndarray, spacing: tuple[float, ...], beyond: float) -> tuple[np.ndarray, tuple]:
    """Values of a volume after a motion by SimpleITK, on a lattice around it, and that lattice's origin."""
    image = sitk.GetImageFromArray(volume.array.astype(np.float32))
    image.SetSpacing(volume.grid.spacing)
    image.SetOrigin(volume.grid.origin)
    middle = volume.grid.to_lps((np.array(volume.grid.shape) - 1) / 2)
    extent = np.array(volume.grid.size) * volume.grid.spacing
    origin = tuple(float(v) for v in matrix[:3, :3] @ middle + matrix[:3, 3] - extent / 2)
    size = [int(n) for n in extent / spacing]
    back = np.linalg.inv(matrix)
    transform = sitk.AffineTransform(back[:3, :3].ravel().tolist(), back[:3, 3].tolist())
    axes = np.eye(3).ravel().tolist()
    moved = sitk.Resample(image, size, transform, sitk.sitkLinear, origin, spacing, axes, beyond)
    return sitk.GetArrayFromImage(moved), origin


def middle_of(grid: Grid) -> np.ndarray:
    return grid.to_lps((np.array(grid.shape) - 1) / 2)


def error(found: np.ndarray, truth: np.ndarray, grid: Grid) -> tuple[float, float]:
    """Largest distance in mm over the corners' inner half of a grid, and the angle, between two motions."""
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * (np.array(grid.shape) - 1) / 2 + np.array(grid.shape) / 4
    points = np.column_stack([grid.to_lps(corners), np.ones(8)])
    turn = found[:3, :3] @ truth[:3, :3].T
    apart = np.linalg.norm((points @ found.T - points @ truth.T)[:, :3], axis=1).max()
    return float(apart), float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


@pytest.fixture(scope="module")
def moved(demo_phantom: Phantom, tmp_path_factory, write_slices, pet_tags) -> Moved:
    """PET/CT of the demo patient, turned by 8 degrees, shifted by 15 mm, on a table of its own, with more noise."""
    folder = tmp_path_factory.mktemp("petct")
    shift = np.array([9.0, -10.0, 6.6])
    assert np.linalg.norm(shift) == pytest.approx(15, abs=0.1)
    turn = motion(middle_of(demo_phantom.ct.grid), (1.0, -2.0, 1.5), 8.0, tuple(shift + np.array([3.0, -140.0, 700.0])))
    whose = {"FrameOfReferenceUID": OTHER_FRAME, "PatientID": "DEMO-0001"}
    hu, origin = resample(demo_phantom.ct, turn, SPACING, -1024.0)
    hu += np.random.default_rng(4).normal(scale=20.0, size=hu.shape)
    stored = np.rint(hu.clip(-1024, 3000) + 1024).astype(np.int16)
    write_slices(folder / "ct", stored, origin=origin, spacing=SPACING, SeriesDescription="low dose", **whose)
    suv, origin = resample(demo_phantom.pet, turn, demo_phantom.pet.grid.spacing, 0.0)
    factor = 80_000 / (2e8 * 2 ** (-3600 / 4062.6))
    write_slices(
        folder / "pet", np.rint(suv / factor / 5).astype(np.int16), modality="PT", origin=origin, slope=5.0,
        intercept=0.0, spacing=demo_phantom.pet.grid.spacing, **whose, **pet_tags,
    )  # fmt: skip
    return Moved(folder, turn)


@pytest.fixture(scope="module")
def planning(demo_folder: Path) -> dict[str, object]:
    """Paths of the planning CT and structures, and what names the CT."""
    one = pydicom.dcmread(next((demo_folder / "CT").iterdir()), stop_before_pixels=True)
    folders = [demo_folder / "CT", demo_folder / "RTSTRUCT"]
    return {"folders": folders, "ct": str(one.SeriesInstanceUID), "frame": str(one.FrameOfReferenceUID)}


@pytest.fixture(scope="module")
def registered(moved: Moved, planning) -> Study:
    """The moved PET/CT, registered to the planning CT."""
    return read_study([*planning["folders"], moved.folder], ct=planning["ct"], register="rigid")


@pytest.fixture
def write_reg(tmp_path: Path) -> WriteReg:
    """Write a Spatial Registration of matrices by frame of reference into the frame of `own`."""

    def write(own: str, *items: tuple[str, np.ndarray], name: str = "reg.dcm", **tags: object) -> Path:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.1"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.Modality, dataset.PatientID, dataset.SeriesInstanceUID = "REG", "DEMO-0001", generate_uid()
        dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = generate_uid(), own
        dataset.RegistrationSequence = []
        for frame, *matrices in items:
            item, part = Dataset(), Dataset()
            part.MatrixSequence = []
            for matrix in matrices:
                one = Dataset()
                one.FrameOfReferenceTransformationMatrixType = "RIGID"
                one.FrameOfReferenceTransformationMatrix = [f"{value:.9f}"[:16] for value in np.ravel(matrix)]
                part.MatrixSequence.append(one)
            item.FrameOfReferenceUID, item.MatrixRegistrationSequence = frame, [part]
            dataset.RegistrationSequence.append(item)
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
        file = tmp_path / "reg" / name
        file.parent.mkdir(exist_ok=True)
        dataset.save_as(file, enforce_file_format=True)
        return file

    return write


def test_a_pet_ct_moved_by_15_mm_and_8_degrees_is_found(registered: Study, moved: Moved) -> None:
    found = registered.registration
    assert found is not None
    assert found.method == "rigid"
    apart_mm, apart_deg = error(np.linalg.inv(found.matrix), moved.truth, registered.ct.volume.grid)
    assert apart_mm < 1.0
    assert apart_deg < 1.0
    assert [source.description for source in found.sources] == ["low dose"]


def test_bones_then_match_and_it_is_told(registered: Study) -> None:
    assert registered.registration is not None
    quality = registered.registration.quality
    assert quality is not None
    assert quality.median_mm < 2.0
    assert quality.p95_mm < 5.0
    assert quality.compared > 0.9
    (notice,) = [notice for notice in registered.notices if notice.code.startswith("regist")]
    assert notice.code == "registered"
    assert f"{quality.median_mm:.1f} mm" in notice.message


def test_uptake_lies_where_the_true_motion_puts_it(registered: Study, moved: Moved) -> None:
    """The moved PET brought back by SimpleITK through the motion that it was moved by."""
    assert registered.pet is not None
    native, grid = read_native_pet(scan_folders([moved.folder / "pet"])[0]).volume, registered.ct.volume.grid
    image = sitk.GetImageFromArray(native.array)
    image.SetSpacing(native.grid.spacing)
    image.SetOrigin(native.grid.origin)
    there = sitk.AffineTransform(moved.truth[:3, :3].ravel().tolist(), moved.truth[:3, 3].tolist())
    placed = sitk.Resample(image, grid.size, there, sitk.sitkLinear, grid.origin, grid.spacing, grid.direction, np.nan)
    expected = sitk.GetArrayFromImage(placed)
    lesions = [
        one.region for one in registered.structures if one.interpreted_type == "GTV" and one.region.volume_ml > 1
    ]
    assert len(lesions) > 3
    for region in lesions:
        assert region.values(registered.pet.on_ct.array) == pytest.approx(region.values(expected), rel=0.1, abs=0.2)


def test_the_pets_own_voxels_lie_where_the_motion_puts_them(registered: Study, moved: Moved) -> None:
    assert registered.pet is not None
    there = read_native_pet(scan_folders([moved.folder / "pet"])[0]).volume
    assert np.array_equal(registered.pet.native.array, there.array)
    ends = np.indices((2, 2, 2)).reshape(3, -1).T * (np.array(there.grid.shape) - 1)
    back = np.column_stack([there.grid.to_lps(ends), np.ones(8)]) @ np.linalg.inv(moved.truth).T
    apart = np.linalg.norm(registered.pet.native.grid.to_lps(ends) - back[:, :3], axis=1)
    assert apart.max() < 1.5


def test_lesions_found_in_a_registered_pet_have_their_volume_on_its_own_lattice(registered: Study) -> None:
    """The same uptake counted in voxels of the PET, which the CT-grid volume follows closely for large lesions."""
    bone = segment_bone(registered.ct.volume)
    found = gather_lesions(registered, bone, read_protocol().lesions, LesionSource.PET)
    large = [one for one in found.lesions if one.volume_ml > 8]
    assert len(large) > 3
    for lesion in large:
        assert lesion.pet_volume_ml == pytest.approx(lesion.volume_ml, rel=0.15)
    assert "uptake-outside-ct" not in [notice.code for notice in found.notices]


def test_without_asking_it_is_refused_with_both_ways_out(moved: Moved, planning) -> None:
    with pytest.raises(GeometryError, match="--register rigid") as refusal:
        read_study([*planning["folders"], moved.folder], ct=planning["ct"])
    told = str(refusal.value)
    assert all(part in told for part in (OTHER_FRAME, planning["frame"], "DICOM REG", "low dose"))


def test_without_the_pets_own_ct_it_cannot_be_registered(moved: Moved, planning) -> None:
    with pytest.raises(GeometryError, match="Add a DICOM REG, or the PET/CT's own CT"):
        read_study([*planning["folders"], moved.folder / "pet"], register="rigid")


def test_asking_where_nothing_is_to_be_registered_is_told(demo_folder: Path) -> None:
    study = read_study([demo_folder / "CT"], register="rigid")
    assert "registration-not-needed" in [notice.code for notice in study.notices]
    assert study.registration is None


# ---- DICOM REG ----


@pytest.mark.parametrize("form", ["into the CT's frame", "both into a third frame", "into the PET's frame"])
def test_a_dicom_reg_is_used_as_it_stands(moved: Moved, planning, write_reg: WriteReg, form: str) -> None:
    back, frame = np.linalg.inv(moved.truth), planning["frame"]
    aside = motion(np.array([5.0, 7.0, -3.0]), (0.0, 1.0, 1.0), 20.0, (50.0, 0.0, -8.0))
    if form == "into the CT's frame":
        reg = write_reg(frame, (frame, np.eye(4)), (OTHER_FRAME, back))
    elif form == "into the PET's frame":
        reg = write_reg(OTHER_FRAME, (frame, moved.truth))
    else:
        reg = write_reg("1.2.9.9", (frame, aside), (OTHER_FRAME, aside @ back))
    study = read_study([planning["folders"][0], moved.folder / "pet", reg])
    assert study.registration is not None
    assert study.registration.method == "dicom-reg"
    assert np.allclose(study.registration.matrix, back, atol=1e-5)
    assert study.registration.quality is None
    assert "registration-unchecked" in [notice.code for notice in study.notices]


def test_a_dicom_reg_is_checked_by_the_pets_own_ct_and_goes_before_an_own_registration(
    moved: Moved, planning, write_reg: WriteReg
) -> None:
    off = np.linalg.inv(moved.truth)
    off[:3, 3] += (12.0, 0.0, -9.0)
    reg = write_reg(planning["frame"], (OTHER_FRAME, off))
    study = read_study([planning["folders"][0], moved.folder, reg], ct=planning["ct"], register="rigid")
    assert study.registration is not None
    assert study.registration.method == "dicom-reg"
    assert np.allclose(study.registration.matrix, off, atol=1e-5)
    assert study.registration.quality is not None
    assert study.registration.quality.p95_mm > 5
    assert "registration-poor" in [notice.code for notice in study.notices]


def test_a_reg_of_other_frames_is_no_way(moved: Moved, planning, write_reg: WriteReg) -> None:
    reg = write_reg(planning["frame"], ("1.2.3.4.5", np.eye(4)))
    with pytest.raises(GeometryError, match="one frame of reference for both"):
        read_study([planning["folders"][0], moved.folder / "pet", reg])


def test_a_reg_that_scales_is_refused(write_reg: WriteReg) -> None:
    reg = write_reg("1.2.1", ("1.2.2", np.diag([1.01, 1.01, 1.01, 1.0])))
    with pytest.raises(GeometryError, match="not rigid"):
        read_motion([reg], "1.2.2", "1.2.1")


def test_a_mirror_is_refused(write_reg: WriteReg) -> None:
    reg = write_reg("1.2.1", ("1.2.2", np.diag([-1.0, 1.0, 1.0, 1.0])))
    with pytest.raises(GeometryError, match="not rigid"):
        read_motion([reg], "1.2.2", "1.2.1")


def test_a_chain_of_matrices_is_refused(write_reg: WriteReg) -> None:
    reg = write_reg("1.2.1", ("1.2.2", np.eye(4), np.eye(4)))
    with pytest.raises(InputError, match="2 matrices"):
        read_motion([reg], "1.2.2", "1.2.1")


def test_two_regs_that_disagree_are_refused_and_two_that_agree_are_one(write_reg: WriteReg) -> None:
    one = write_reg("1.2.1", ("1.2.2", np.eye(4)), name="a.dcm")
    same = write_reg("1.2.2", ("1.2.1", np.eye(4)), name="b.dcm")
    shifted = motion(np.zeros(3), (0, 0, 1), 0.0, (0.0, 2.0, 0.0))
    other = write_reg("1.2.1", ("1.2.2", shifted), name="c.dcm")
    assert np.array_equal(read_motion([one, same], "1.2.2", "1.2.1"), np.eye(4))
    with pytest.raises(GeometryError, match=r"a\.dcm(.|\n)*c\.dcm(.|\n)*2\.0 mm apart"):
        read_motion([one, other], "1.2.2", "1.2.1")


def test_a_truncated_reg_is_refused_by_name(write_reg: WriteReg) -> None:
    reg = write_reg("1.2.1", ("1.2.2", np.eye(4)))
    reg.write_bytes(reg.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"reg\.dcm"):
        read_motion([reg], "1.2.2", "1.2.1")


# ---- The registration itself ----


def test_the_orientation_in_which_a_ct_is_stored_does_not_matter(demo_phantom: Phantom) -> None:
    """The same moved CT stored from feet to head and from head to feet, front to back and back to front."""
    planning = demo_phantom.ct
    truth = motion(middle_of(planning.grid), (0.3, 0.5, -1.0), 8.0, (100.0, -15.0, -300.0))
    hu, origin = resample(planning, truth, (3.0, 3.0, 4.0), -1024.0)
    size = hu.shape[::-1]
    corner = tuple(o + (n - 1) * s for o, n, s in zip(origin, size, (3.0, 3.0, 4.0), strict=True))
    turned = Grid(size, (3.0, 3.0, 4.0), corner, (-1, 0, 0, 0, -1, 0, 0, 0, -1))
    found = register_rigidly(planning, Volume(np.ascontiguousarray(hu[::-1, ::-1, ::-1]), turned))
    apart_mm, apart_deg = error(np.linalg.inv(found), truth, planning.grid)
    assert apart_mm < 1.0
    assert apart_deg < 1.0


def test_a_ct_without_bone_is_refused() -> None:
    water = Volume(np.zeros((20, 40, 40), dtype=np.int16), Grid((40, 40, 20), (5.0, 5.0, 5.0)))
    with pytest.raises(GeometryError, match="no bone"):
        register_rigidly(water, water)


def slab(z_mm: float, extra: bool = False) -> Volume:
    """Plate of bone 12 mm thick that begins at a height, and perhaps a block that nothing corresponds to."""
    grid = Grid((100, 100, 60), (2.0, 2.0, 2.0))
    z, y, x = np.moveaxis(grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)[::-1]
    # The share of a voxel that lies inside, so that the surface is where it is said to be.
    inside = np.clip((z - z_mm) / 2 + 0.5, 0, 1) * np.clip((z_mm + 12 - z) / 2 + 0.5, 0, 1)
    hu = np.where((x > 20) & (x < 180) & (y > 20) & (y < 180), -200 + 800 * inside, -200.0)
    if extra:
        hu[(z > 95) & (z < 113) & (x > 60) & (x < 100) & (y > 60) & (y < 100)] = 600
    return Volume(hu.astype(np.float32), grid)


@pytest.mark.parametrize("shift", [0.0, 3.0, 5.0])
def test_surfaces_are_as_far_apart_as_they_were_put(shift: float) -> None:
    found = surface_distance(slab(40.0), slab(40.0 + shift), np.eye(4))
    assert found.median_mm == pytest.approx(shift, abs=0.5)
    back = np.eye(4)
    back[2, 3] = -shift
    assert surface_distance(slab(40.0), slab(40.0 + shift), back).median_mm == pytest.approx(0.0, abs=0.5)


def test_what_has_no_counterpart_is_left_out_and_the_share_is_told() -> None:
    whole = surface_distance(slab(40.0), slab(40.0), np.eye(4))
    more = surface_distance(slab(40.0, extra=True), slab(40.0), np.eye(4))
    assert more.p95_mm == pytest.approx(whole.p95_mm, abs=0.2)
    assert whole.compared == 1.0
    assert 0.8 < more.compared < 0.97


def test_bones_that_never_meet_cannot_be_compared() -> None:
    away = np.eye(4)
    away[0, 3] = 900.0
    with pytest.raises(GeometryError, match="hardly any bone"):
        surface_distance(slab(40.0), slab(40.0), away)


def test_a_real_ct_moved_by_15_mm_and_8_degrees_is_found(real_data: Path) -> None:
    image = sitk.ReadImage(str(real_data / "ibsi-sts/nifti/STS_001/CT_image.nii.gz"))
    grid = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    ct = as_hu(Volume(sitk.GetArrayFromImage(image), grid), "STS_001")
    truth = motion(middle_of(grid), (2.0, 1.0, -1.0), 8.0, (15.0 - 60.0, 20.0, 400.0))
    hu, origin = resample(ct, truth, (1.2, 1.2, 3.0), -1024.0)
    moved = Volume(hu, Grid(hu.shape[::-1], (1.2, 1.2, 3.0), origin))
    apart_mm, apart_deg = error(np.linalg.inv(register_rigidly(ct, moved)), truth, grid)
    assert apart_mm < 1.0
    assert apart_deg < 1.0
