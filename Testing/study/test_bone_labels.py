"""Bone labels of every kind become bones on the CT under their names, with their volume, or are refused or told."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.bone_labels import read_bone_labels
from HimarsPlannerLib.study.study import CtImage, Source

FRAME = "1.2.826.0.1.3680043.10.9000.1"
GRID = Grid((60, 56, 60), (1.0, 1.0, 2.0), (-30.0, -28.0, -60.0))
BOX_ML = 16 * 12 * 5 * 0.002


def ct_on(grid: Grid = GRID, frame: str = "", hu: int = 300) -> CtImage:
    return CtImage(Volume(np.full(grid.shape, hu, np.int16), grid), Source("CT", "ct", (), "", "", frame))


def write(file: Path, labels: np.ndarray, grid: Grid = GRID, **metadata: str) -> Path:
    image = sitk.GetImageFromArray(labels)
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection([float(v) for v in grid.direction])
    for key, value in metadata.items():
        image.SetMetaData(key, value)
    file.parent.mkdir(exist_ok=True)
    sitk.WriteImage(image, str(file), useCompression=True)
    return file


def column(values: Sequence[int]) -> np.ndarray:
    """Boxes above each other, the first value lowest, 14 mm apart."""
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    for number, value in enumerate(values):
        labels[2 + 7 * number : 7 + 7 * number, 20:32, 22:38] = value
    return labels


def ball(grid: Grid, radius: float, centre: Sequence[float] = (1.3, -2.2, 0.7)) -> np.ndarray:
    points = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    return np.linalg.norm(points - centre, axis=-1) < radius


def test_label_numbers_are_those_of_totalsegmentator_where_the_vertebrae_lie_in_that_order(tmp_path: Path) -> None:
    # 25 sacrum, 27 L5, 28 L4, 29 L3, 79 spinal cord, 117 costal cartilages, 5 liver
    labels = column([25, 27, 28, 29])
    labels[10:30, 36:40, 28:32] = 79
    labels[50:54, 2:20, 2:20] = 117
    labels[50:54, 30:50, 2:20] = 5
    found = read_bone_labels(write(tmp_path / "labels.nii.gz", labels), ct_on())
    assert {name: region.volume_ml for name, region in found.bones.items()} == pytest.approx(
        dict.fromkeys(("sacrum", "vertebrae_L5", "vertebrae_L4", "vertebrae_L3"), BOX_ML)
    )
    assert found.cord is not None
    assert found.cord.voxels == np.count_nonzero(labels == 79)
    assert "label number of TotalSegmentator v2" in found.taken
    assert found.notices == ()


def test_numbers_in_another_order_are_not_totalsegmentators_and_make_one_bone(tmp_path: Path) -> None:
    labels = column([29, 27, 28])
    found = read_bone_labels(write(tmp_path / "labels.nii.gz", labels), ct_on())
    assert list(found.bones) == ["bone"]
    assert found.bones["bone"].voxels == np.count_nonzero(labels)
    assert "3 labels together as one bone" in found.taken


@pytest.mark.parametrize("values", [[27, 28, 29], [29, 27, 28]], ids=["in order", "in another order"])
def test_numbers_without_names_on_soft_tissue_are_refused(tmp_path: Path, values: list[int]) -> None:
    ct = ct_on()
    ct.volume.array[9:14] = 60
    with pytest.raises(InputError, match=f"no bone by their HU: {values[1]}"):
        read_bone_labels(write(tmp_path / "labels.nii.gz", column(values)), ct)


def test_appendicular_bones_have_numbers_of_their_own(tmp_path: Path) -> None:
    found = read_bone_labels(write(tmp_path / "appendicular_bones.nii.gz", column([2, 3, 9])), ct_on())
    assert list(found.bones) == ["tibia", "fibula", "carpal bones"]


def test_names_in_the_header_come_before_numbers(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain.nii", column([1, 2, 3])).read_bytes()
    names = ("hip_left", "aorta", "rib_right_7")
    table = "".join(f'<Label Key="{n}" Red="0"><![CDATA[{name}]]></Label>' for n, name in enumerate(names, start=1))
    text = f"<CaretExtension><LabelTable>{table}</LabelTable></CaretExtension>".encode()
    size = (8 + len(text) + 15) // 16 * 16
    extension = size.to_bytes(4, "little") + b"\0\0\0\0" + text.ljust(size - 8, b"\0")
    header = bytearray(plain[:352])
    header[348] = 1
    header[108:112] = np.float32(352 + size).tobytes()
    file = tmp_path / "named.nii.gz"
    file.write_bytes(gzip.compress(bytes(header) + extension + plain[352:]))
    found = read_bone_labels(file, ct_on())
    assert {name: region.volume_ml for name, region in found.bones.items()} == pytest.approx(
        {"hip_left": BOX_ML, "rib_right_7": BOX_ML}
    )


def test_a_folder_of_one_structure_files_is_read_by_their_names(tmp_path: Path) -> None:
    for value, name in ((1, "vertebrae_L5"), (2, "rib_left_3"), (3, "spinal_cord"), (4, "liver")):
        write(tmp_path / "seg" / f"{name}.nii.gz", (column([1, 2, 3, 4]) == value).astype(np.uint8))
    write(tmp_path / "seg" / "costal_cartilages.nii.gz", column([1]))
    (tmp_path / "seg" / "statistics.json").write_text("{}")
    found = read_bone_labels(tmp_path / "seg", ct_on())
    assert {name: region.volume_ml for name, region in found.bones.items()} == pytest.approx(
        {"rib_left_3": BOX_ML, "vertebrae_L5": BOX_ML}
    )
    assert found.cord is not None
    assert [file.name for file in found.source.files] == [
        "rib_left_3.nii.gz",
        "spinal_cord.nii.gz",
        "vertebrae_L5.nii.gz",
    ]


def test_segments_of_a_slicer_file_are_read_by_their_names(tmp_path: Path) -> None:
    fields = {
        "Segment0_Name": "left hip bone",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment1_Name": "GTV L5",
        "Segment1_LabelValue": "2",
        "Segment1_Layer": "0",
        "Segment2_Name": "L5 vertebra",
        "Segment2_LabelValue": "3",
        "Segment2_Layer": "0",
    }
    found = read_bone_labels(write(tmp_path / "bones.seg.nrrd", column([1, 2, 3]), **fields), ct_on())
    assert list(found.bones) == ["hip_left", "vertebrae_L5"]


def test_an_rtstruct_gives_its_bones_and_not_its_targets(tmp_path: Path, write_rtstruct) -> None:
    square = [np.array([[-8, -8, z], [8, -8, z], [8, 8, z], [-8, 8, z]], float) for z in range(-20, 21, 2)]
    drawn = {"Bone_Pelvic": square, "GTV_ilium": square, "PTV": square, "Bladder": square}
    found = read_bone_labels(write_rtstruct(tmp_path / "rs.dcm", drawn), ct_on(frame=FRAME))
    assert list(found.bones) == ["bone"]
    assert found.taken.endswith("Bone_Pelvic")
    named = write_rtstruct(tmp_path / "named.dcm", {"Femur_L": square, "Sacrum": square, "PTV": square})
    assert list(read_bone_labels(named, ct_on(frame=FRAME)).bones) == ["femur_left", "sacrum"]


def test_a_single_mask_is_taken_whole_and_said(tmp_path: Path) -> None:
    found = read_bone_labels(write(tmp_path / "patient7.nii.gz", column([1])), ct_on())
    assert not found.named
    assert found.bones["bone"].volume_ml == pytest.approx(BOX_ML)
    assert found.taken == "Bone is taken from patient7.nii.gz: patient7"


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "PIR", "ASL"])
@pytest.mark.parametrize("spacing", [(3.0, 3.0, 3.0), (0.5, 0.5, 0.7), (1.5, 1.5, 5.0)], ids=["3", "0.5", "5"])
def test_labels_on_any_lattice_keep_volume_and_place(
    tmp_path: Path, orientation: str, spacing: tuple[float, float, float]
) -> None:
    size = tuple(int(54 / s) for s in spacing)
    grid = Grid((size[0], size[1], size[2]), spacing, (-26.0, -29.0, -27.5))
    image = sitk.GetImageFromArray(ball(grid, 15).astype(np.uint8))
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    sitk.WriteImage(sitk.DICOMOrient(image, orientation), str(tmp_path / "bone.nrrd"))
    (region,) = read_bone_labels(tmp_path / "bone.nrrd", ct_on()).bones.values()
    drawn_ml = np.count_nonzero(ball(grid, 15)) * grid.voxel_ml
    assert region.volume_ml == pytest.approx(drawn_ml, rel=0.005)
    truth = ball(GRID, 15)
    assert 2 * np.count_nonzero(region.to_array() & truth) / (region.voxels + truth.sum()) > 0.95


def test_labels_that_touch_do_not_overlap_on_another_lattice(tmp_path: Path) -> None:
    grid = Grid((20, 20, 40), (3.0, 3.0, 3.0), (-30.0, -28.0, -60.0))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[5:15, 5:14, 5:14], labels[15:24, 5:14, 5:14], labels[24:33, 5:14, 5:14] = 27, 28, 29
    found = read_bone_labels(write(tmp_path / "labels.nii.gz", labels, grid), ct_on())
    low, middle, _ = found.bones.values()
    assert low.overlap(middle) == 0
    assert sum(region.volume_ml for region in found.bones.values()) == pytest.approx(28 * 81 * 0.027, rel=0.01)


def test_labels_elsewhere_are_refused(tmp_path: Path) -> None:
    away = Grid(GRID.size, GRID.spacing, (500.0, 0.0, 0.0))
    with pytest.raises(GeometryError, match="lies elsewhere than the CT"):
        read_bone_labels(write(tmp_path / "labels.nii.gz", column([25, 27]), away), ct_on())


def test_labels_that_end_within_the_ct_are_told(tmp_path: Path) -> None:
    part = GRID.crop((10, 0, 0), (30, 56, 60))
    found = read_bone_labels(write(tmp_path / "bone.nii.gz", column([1, 1])[10:40], part), ct_on())
    (notice,) = found.notices
    assert notice.code == "labels-end-within-ct"
    assert "20 mm at the first and 40 mm at the last slices" in notice.message


@pytest.mark.parametrize("name", ["liver", "GTV_L3", "PTV", "aorta"])
def test_what_is_known_to_be_no_bone_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no structure that is known as bone"):
        read_bone_labels(write(tmp_path / f"{name}.nii.gz", column([1])), ct_on())


def test_an_image_a_text_and_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("bones")
    for path, words in ((tmp_path / "notes.txt", "no label image"), (tmp_path / "none.nrrd", "does not exist")):
        with pytest.raises(InputError, match=words):
            read_bone_labels(path, ct_on())
    values = np.random.default_rng(0).integers(-1000, 1000, GRID.shape).astype(np.int16)
    with pytest.raises(InputError, match="not labels"):
        read_bone_labels(write(tmp_path / "ct.nii.gz", values), ct_on())
    with pytest.raises(InputError, match="holds no labelled voxel"):
        read_bone_labels(write(tmp_path / "none.nii.gz", column([0])), ct_on())
    with pytest.raises(GeometryError, match="no bone inside"):
        read_bone_labels(
            write(tmp_path / "empty.seg.nrrd", column([1]), Segment0_Name="sacrum", Segment0_LabelValue="3"), ct_on()
        )
