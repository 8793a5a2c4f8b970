"""Structures read from contours have the volume that was drawn, on whichever lattice, or are refused or told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.dicom_image import read_ct
from HimarsPlannerLib.study.rtstruct import read_rtstruct, read_structure_set
from HimarsPlannerLib.study.scan import scan_folders
from HimarsPlannerLib.study.study import CtImage, Source

FRAME = "1.2.826.0.1.3680043.10.9000.1"
GRID = Grid((80, 70, 40), (1.0, 1.0, 2.0), (-40.0, -35.0, -40.0))
ANGLES = np.linspace(0, 2 * np.pi, 181)[:-1]


def ct_on(grid: Grid = GRID, frame: str = FRAME) -> CtImage:
    return CtImage(Volume(np.zeros(grid.shape, np.int16), grid), Source("CT", "ct", (), "1.1", "1.2", frame))


def circle(radius: float, z: float, centre=(0.3, 0.2), turn: int = 1) -> np.ndarray:
    x, y = centre[0] + radius * np.cos(ANGLES), centre[1] + radius * np.sin(ANGLES)
    return np.column_stack([x, y, np.full(len(ANGLES), z)])[::turn]


def sphere(radius: float, positions, centre=(0.3, 0.2)) -> list[np.ndarray]:
    return [circle(np.sqrt(radius**2 - z**2), z, centre) for z in positions if abs(z) < radius]


def ml(radius: float) -> float:
    return 4 / 3 * np.pi * radius**3 / 1000


def codes(found) -> list[str]:
    return [notice.code for notice in found.notices]


def test_names_types_and_numbers_are_kept_in_the_files_order(tmp_path, write_rtstruct):
    drawn = {"GTV_b": sphere(10, range(-10, 11, 2)), "Cord": sphere(5, range(-6, 7, 2)), "GTV_a": []}
    file = write_rtstruct(tmp_path / "rs.dcm", drawn, kinds={"Cord": "ORGAN"})
    found = read_structure_set(file, ct_on())
    assert [(s.name, s.interpreted_type, s.number) for s in found.structures] == [
        ("GTV_b", "GTV", 1),
        ("Cord", "ORGAN", 2),
        ("GTV_a", "GTV", 3),
    ]
    assert found.source.files == (file,)
    assert read_rtstruct(file, ct_on())[0].region.volume_ml == found.structures[0].region.volume_ml


@pytest.mark.parametrize(
    ("step", "shift"),
    [(2.0, 0.0), (2.0, 0.02), (2.0, 0.9), (2.0, 1.0), (3.27, 0.4), (5.0, 0.3), (1.0, 0.25), (0.7, 0.1)],
)
def test_a_sphere_drawn_on_any_lattice_has_its_volume_and_place(tmp_path, write_rtstruct, step, shift):
    positions = shift + step * np.arange(-30, 31)
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": sphere(22, positions, (3.0, -4.0))})
    (structure,) = read_rtstruct(file, ct_on())
    assert structure.region.volume_ml == pytest.approx(ml(22), rel=0.02)
    assert structure.region.centroid_lps == pytest.approx((3, -4, 0), abs=1.01)
    assert not structure.outside_ct


def test_contours_off_the_slices_are_told(tmp_path, write_rtstruct):
    for shift, expected in ((0.02, []), (0.5, ["structure-off-slices"])):
        drawn = {"GTV": sphere(12, shift + np.arange(-20, 21, 2.0))}
        assert codes(read_structure_set(write_rtstruct(tmp_path / "rs.dcm", drawn), ct_on())) == expected


ORIENTATIONS = {
    "feet-first": Grid((80, 70, 40), (1.0, 1.0, 2.0), (40.0, -35.0, 40.0), (-1, 0, 0, 0, 1, 0, 0, 0, -1)),
    "prone": Grid((80, 70, 40), (1.0, 1.0, 2.0), (40.0, 35.0, -40.0), (-1, 0, 0, 0, -1, 0, 0, 0, 1)),
    "decubitus": Grid((80, 70, 40), (1.0, 1.0, 2.0), (35.0, -40.0, -40.0), (0, -1, 0, 1, 0, 0, 0, 0, 1)),
}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_the_patients_position_does_not_move_a_structure(tmp_path, write_rtstruct, name):
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": sphere(15, np.arange(-20, 21, 2.0), (8.0, -5.0))})
    (structure,) = read_rtstruct(file, ct_on(ORIENTATIONS[name]))
    assert structure.region.volume_ml == pytest.approx(ml(15), rel=0.02)
    assert structure.region.centroid_lps == pytest.approx((8, -5, 0), abs=0.4)


def test_contours_on_the_slices_of_an_oblique_ct_are_read(tmp_path, write_rtstruct):
    c, s = np.cos(0.3), np.sin(0.3)
    oblique = Grid((80, 70, 40), (1.0, 1.0, 2.0), (-40.0, -20.0, -48.0), (1, 0, 0, 0, c, -s, 0, s, c))
    centre = oblique.to_lps(((20, 35, 40),))[0]
    drawn = [centre + points @ oblique.axes.T for points in sphere(15, np.arange(-20, 21, 2.0), (0.0, 0.0))]
    (structure,) = read_rtstruct(write_rtstruct(tmp_path / "rs.dcm", {"GTV": drawn}), ct_on(oblique))
    assert structure.region.volume_ml == pytest.approx(ml(15), rel=0.02)
    assert structure.region.centroid_lps == pytest.approx(tuple(centre), abs=0.2)


@pytest.mark.parametrize("how", ["nested", "nested-opposite", "xor", "keyhole"])
def test_a_hole_is_a_hole_however_it_is_drawn(tmp_path, write_rtstruct, how):
    drawn = []
    for z in (-2.0, 0.0, 2.0):
        outer, inner = circle(20, z), circle(8, z, turn=-1 if how == "nested-opposite" else 1)
        if how == "keyhole":
            drawn.append(np.vstack([outer, outer[:1], inner[::-1], inner[-1:]]))
        else:
            drawn += [outer, inner]
    kind = "CLOSEDPLANAR_XOR" if how == "xor" else "CLOSED_PLANAR"
    file = write_rtstruct(tmp_path / "rs.dcm", {"shell": drawn}, geometric_type=kind)
    (structure,) = read_rtstruct(file, ct_on())
    assert structure.region.volume_ml == pytest.approx(np.pi * (20**2 - 8**2) * 6 / 1000, rel=0.01)
    assert not structure.region.to_array()[20, 35, 40]


def test_an_even_odd_reading_of_one_voxel_edge_contour_gives_back_its_voxels(tmp_path, write_rtstruct):
    corners = np.array([(-0.5, -0.5), (2.5, -0.5), (2.5, 1.5), (0.5, 1.5), (0.5, 3.5), (-0.5, 3.5)]) + 20
    points = GRID.to_lps(np.column_stack([np.full(6, 7), corners[:, 1], corners[:, 0]]))
    (structure,) = read_rtstruct(write_rtstruct(tmp_path / "rs.dcm", {"L": [points]}), ct_on())
    assert np.array_equal(structure.region.mask[0], [[1, 1, 1], [1, 1, 1], [1, 0, 0], [1, 0, 0]])
    assert structure.region.start == (7, 20, 20)


def test_a_contour_that_is_in_the_file_twice_does_not_cancel_out(tmp_path, write_rtstruct):
    once = sphere(10, range(-8, 9, 2))
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": [*once, *once]})
    assert read_rtstruct(file, ct_on())[0].region.volume_ml == pytest.approx(ml(10), rel=0.03)


def test_an_empty_structure_is_kept_empty_and_told(tmp_path, write_rtstruct):
    found = read_structure_set(write_rtstruct(tmp_path / "rs.dcm", {"GTV": [], "B": sphere(9, (0, 2))}), ct_on())
    assert found.structures[0].region.voxels == 0
    assert "structure-empty" in codes(found)
    assert "GTV" in found.notices[0].message


def test_points_and_open_contours_are_told(tmp_path, write_rtstruct):
    drawn = {"isocentre": [np.array([[0.0, 0.0, 0.0]])]}
    found = read_structure_set(write_rtstruct(tmp_path / "rs.dcm", drawn, geometric_type="POINT"), ct_on())
    assert found.structures[0].region.voxels == 0
    assert codes(found) == ["structure-not-closed"]


def test_missing_planes_between_others_stay_empty_and_are_told(tmp_path, write_rtstruct):
    drawn = [circle(10, z) for z in (-8, -6, -4, 4, 6, 8)]
    found = read_structure_set(write_rtstruct(tmp_path / "rs.dcm", {"GTV": drawn}), ct_on())
    assert found.structures[0].region.volume_ml == pytest.approx(np.pi * 100 * 12 / 1000, rel=0.01)
    assert codes(found) == ["structure-gap"]


def test_a_structure_on_every_second_slice_is_filled_in_between(tmp_path, write_rtstruct):
    found = read_structure_set(
        write_rtstruct(tmp_path / "rs.dcm", {"GTV": [circle(10, z) for z in range(-8, 9, 4)]}), ct_on()
    )
    assert found.structures[0].region.volume_ml == pytest.approx(np.pi * 100 * 20 / 1000, rel=0.01)
    assert codes(found) == []


def test_a_structure_partly_or_wholly_outside_the_ct_is_marked_and_told(tmp_path, write_rtstruct):
    drawn = {
        "above": sphere(10, range(-8, 9, 2)),
        "border": [circle(10, z) for z in (36, 38, 40)],
        "beside": [circle(10, 0, (38.0, 0.0))],
        "away": [circle(10, z) for z in (60, 62)],
    }
    found = read_structure_set(write_rtstruct(tmp_path / "rs.dcm", drawn), ct_on())
    assert [s.outside_ct for s in found.structures] == [False, True, True, True]
    assert [bool(s.region.voxels) for s in found.structures] == [True, True, True, False]
    assert codes(found) == ["structure-outside-ct"]


def test_contours_at_the_edge_of_the_outermost_voxels_are_inside(tmp_path, write_rtstruct):
    corners = np.array([(-0.5, -0.5), (79.5, -0.5), (79.5, 69.5), (-0.5, 69.5)])
    drawn = [GRID.to_lps(np.column_stack([np.full(4, k), corners[:, ::-1]])) for k in range(40)]
    (body,) = read_rtstruct(write_rtstruct(tmp_path / "rs.dcm", {"BODY": drawn}), ct_on())
    assert body.region.mask.all()
    assert body.region.voxels == 80 * 70 * 40
    assert not body.outside_ct


def test_a_structure_thinner_than_a_voxel_is_told_not_dropped_silently(tmp_path, write_rtstruct):
    tiny = circle(0.2, 0.0, (0.5, 0.5))
    found = read_structure_set(write_rtstruct(tmp_path / "rs.dcm", {"dot": [tiny]}), ct_on())
    assert codes(found) == ["structure-too-small"]


@pytest.mark.parametrize("degrees", [5, 30, 90])
def test_tilted_contours_are_refused_with_the_angle(tmp_path, write_rtstruct, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    tilted = circle(12, 0) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": [tilted]})
    with pytest.raises(GeometryError, match=rf"'GTV' has contours tilted by {degrees}\.0 degrees"):
        read_rtstruct(file, ct_on())


def test_another_frame_of_reference_is_refused_with_both_uids(tmp_path, write_rtstruct):
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": sphere(9, (0, 2))}, frame="9.9.9")
    with pytest.raises(GeometryError, match=rf"9\.9\.9.*{FRAME}"):
        read_rtstruct(file, ct_on())


def test_structures_of_another_frame_beside_those_of_the_ct_are_left_out_and_told(tmp_path, write_rtstruct):
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": sphere(9, (0, 2)), "MR_GTV": sphere(9, (0, 2))})
    dataset = pydicom.dcmread(file)
    dataset.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "9.9.9"
    dataset.save_as(file)
    found = read_structure_set(file, ct_on())
    assert [s.name for s in found.structures] == ["GTV"]
    assert codes(found) == ["structure-of-other-frame"]


def test_structures_on_an_image_file_without_frame_of_reference_are_read(tmp_path, write_rtstruct):
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": sphere(10, range(-8, 9, 2))})
    assert read_rtstruct(file, ct_on(frame=""))[0].region.volume_ml == pytest.approx(ml(10), rel=0.03)


def test_files_that_are_no_structure_set_are_refused(tmp_path, write_slices, write_rtstruct):
    (image, *_) = write_slices(tmp_path, np.zeros((2, 4, 4), dtype=np.int16))
    with pytest.raises(InputError, match="is CT"):
        read_rtstruct(image, ct_on())
    text = tmp_path / "notes.txt"
    text.write_text("hello " * 40)
    with pytest.raises(InputError, match=r"notes\.txt"):
        read_rtstruct(text, ct_on())
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": sphere(9, (0, 2))})
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"rs\.dcm"):
        read_rtstruct(file, ct_on())


@pytest.mark.parametrize("patient", ["STS_001", "STS_004"])
def test_real_structures_equal_the_published_masks(real_data, patient):
    folder = real_data / "ibsi-sts/dicom" / patient / "CT"
    ct = read_ct(scan_folders([folder / "image"])[0])
    (structure,) = read_rtstruct(folder / "mask/RS.dcm", ct)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(real_data / "ibsi-sts/nifti" / patient / "CT_mask.nii.gz"))) > 0
    assert structure.region.voxels == pytest.approx(mask.sum(), rel=0.001)
    assert np.count_nonzero(structure.region.to_array() != mask) < 0.001 * mask.sum()


def test_real_structures_drawn_on_the_pet_lattice_have_their_volume_on_the_ct(real_data):
    ct = read_ct(scan_folders([real_data / "ibsi-sts/dicom/STS_001/CT/image"])[0])
    mass, oedema = read_rtstruct(real_data / "sts001-rawpet/FDG_PET/mask/1-1.dcm", ct)
    (on_ct,) = read_rtstruct(real_data / "ibsi-sts/dicom/STS_001/CT/mask/RS.dcm", ct)
    assert mass.region.volume_ml == pytest.approx(on_ct.region.volume_ml, rel=0.001)
    assert mass.region.overlap(oedema.region) > 0.99 * mass.region.voxels


def test_real_breast_plan_with_an_empty_structure_is_read(real_data):
    folder = Path(real_data / "dicompyler/example_data")
    header = pydicom.dcmread(folder / "ct.0.dcm")
    grid = Grid((512, 512, 200), (1.074219, 1.074219, 3.0), (-275.0, -524.0, 168.5593 - 300.0))
    found = read_structure_set(folder / "rtss.dcm", ct_on(grid, str(header.FrameOfReferenceUID)))
    names = [str(item.ROIName) for item in pydicom.dcmread(folder / "rtss.dcm").StructureSetROISequence]
    assert [structure.name for structure in found.structures] == names
    assert sum(structure.region.voxels == 0 for structure in found.structures) >= 1
    assert "structure-empty" in codes(found)


@pytest.mark.parametrize(("good", "bad"), [(b"9.294517", b"9.2x4517"), (b"9.294517", b"9.29\\517")])
def test_a_corrupt_contour_is_refused_with_its_file(tmp_path, write_rtstruct, good, bad):
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": [circle(9.0, 0.0)]})
    assert good in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(good, bad, 1))
    with pytest.raises(InputError, match=r"rs\.dcm cannot be read"):
        read_rtstruct(file, ct_on())


def test_contours_of_one_structure_in_two_items_are_all_read(tmp_path, write_rtstruct):
    file = write_rtstruct(tmp_path / "rs.dcm", {"GTV": [circle(10, 0)], "rest": [circle(10, 2)]})
    dataset = pydicom.dcmread(file)
    dataset.ROIContourSequence[1].ReferencedROINumber = 1
    dataset.save_as(file)
    gtv, rest = read_rtstruct(file, ct_on())
    assert gtv.region.mask.shape[0] == 2
    assert rest.region.voxels == 0
