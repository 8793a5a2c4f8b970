"""NIfTI and NRRD files keep every voxel in its place, whatever their orientation."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.image_file import as_hu, is_image_file, load, read_image_file, scan_image_file, stem

RNG = np.random.default_rng(9)
VALUES = RNG.integers(-1000, 2000, (5, 6, 7)).astype(np.int16)


def write(file, values=VALUES, direction=(1, 0, 0, 0, 1, 0, 0, 0, 1), spacing=(1.5, 2.0, 3.0)):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing)
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetDirection([float(v) for v in direction])
    sitk.WriteImage(image, str(file))
    return image


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd"])
@pytest.mark.parametrize(
    "direction",
    [
        (1, 0, 0, 0, 1, 0, 0, 0, 1),
        (-1, 0, 0, 0, -1, 0, 0, 0, 1),
        (0, 0, -1, 1, 0, 0, 0, -1, 0),
        (0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1),
    ],
    ids=["LPS", "RAS", "permuted", "oblique"],
)
def test_every_voxel_stays_where_simpleitk_puts_it(tmp_path, suffix, direction):
    image = write(tmp_path / f"ct{suffix}", direction=direction)
    volume = read_image_file(tmp_path / f"ct{suffix}")
    for i, j, k in RNG.integers(0, (7, 6, 5), (20, 3)):
        place = image.TransformIndexToPhysicalPoint((int(i), int(j), int(k)))
        index = np.rint(volume.grid.to_index(place)).astype(int)
        assert np.allclose(volume.grid.to_lps(index), place, atol=1e-3)
        assert volume.array[tuple(index)] == VALUES[k, j, i]
    assert np.all(np.diag(volume.grid.axes) > 0.7)


def test_a_header_describes_its_file(tmp_path):
    write(tmp_path / "ct.nii.gz")
    found = scan_image_file(tmp_path / "ct.nii.gz")
    assert (found.modality, found.description, found.size) == ("image", "ct.nii.gz", (7, 6, 5))
    assert found.spacing == pytest.approx((1.5, 2.0, 3.0))


def test_names_tell_image_files_and_their_stems(tmp_path):
    names = {"a.nii": "a", "b.NII.GZ": "b", "c.seg.nrrd": "c", "d.nrrd": "d"}
    assert {name: stem(tmp_path / name) for name in names if is_image_file(tmp_path / name)} == names
    assert not is_image_file(tmp_path / "e.dcm")


def test_a_missing_file_and_a_broken_one_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.nii does not exist"):
        load(tmp_path / "none.nii")
    (tmp_path / "broken.nrrd").write_text("NRRD0004\nnothing")
    with pytest.raises(InputError, match=r"broken\.nrrd cannot be read"):
        load(tmp_path / "broken.nrrd")


def test_a_time_series_and_a_colour_image_are_refused(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((2, 3, 4, 5), np.int16), isVector=False), str(tmp_path / "t.nii"))
    with pytest.raises(InputError, match="4 dimensions"):
        read_image_file(tmp_path / "t.nii")
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4, 5, 3), np.uint8), isVector=True), str(tmp_path / "c.nrrd"))
    with pytest.raises(InputError, match="3 values in each voxel"):
        read_image_file(tmp_path / "c.nrrd")


def test_axes_that_are_not_at_right_angles_are_refused(tmp_path):
    header = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
        "space directions: (1,0,0) (0.5,1,0) (0,0,1)\nkinds: domain domain domain\nendian: little\nencoding: raw\n"
        "space origin: (0,0,0)\n\n"
    )
    (tmp_path / "sheared.nrrd").write_bytes(header.encode() + np.zeros(8, "<i2").tobytes())
    with pytest.raises((GeometryError, InputError), match="sheared"):
        load(tmp_path / "sheared.nrrd")


def volume(values) -> Volume:
    return Volume(np.asarray(values)[None, None], Grid((len(values), 1, 1), (1, 1, 1)))


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([-1000.0, 0.0, 1500.0]), np.int16),
        (np.array([-1000, 0, 1500], np.int32), np.int16),
        (np.array([-1000.0, 0.5, 1500.0]), np.float32),
        (np.array([-1000, 0, 40000]), np.float32),
    ],
)
def test_hu_are_kept_as_small_as_loses_nothing(values, dtype):
    kept = as_hu(volume(values), "ct").array
    assert kept.dtype == dtype
    assert np.array_equal(kept[0, 0], values)


@pytest.mark.parametrize(
    "values", [[0.0, 0.5, 1.0], [0, 1000, 3000], [-1.0, 0.0, 1.0], [-1000.0, np.nan, 500.0], [-50, 10, 100]], ids=str
)
def test_values_that_are_no_hu_are_refused(values):
    with pytest.raises(InputError, match=r"which are not HU.*(.|\n)*HU"):
        as_hu(volume(values), "ct")
