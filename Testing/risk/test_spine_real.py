"""Vertebral bodies and their heights on real CT against what other programs made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.bone.from_labels import segment_labelled_bone
from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.cord import score_cord
from HimarsPlannerLib.risk.sins import score_sins
from HimarsPlannerLib.risk.spine.spine import Spine
from HimarsPlannerLib.study.bone_labels import BoneLabels, read_bone_labels
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.study import Source

SETTINGS = read_protocol().risk
# TotalSegmentator's class numbers; TPTBox's.
TOTALSEGMENTATOR = {27: "L5", 28: "L4", 29: "L3", 30: "L2", 31: "L1", 32: "T12"}
TPTBOX = {21: "L2", 22: "L3", 23: "L4"}


def load(file: Path) -> tuple[np.ndarray, Grid]:
    image = sitk.ReadImage(str(file))
    grid = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    return sitk.GetArrayFromImage(image), grid


def spine_of(ct: Path, labels: Path, names: dict[int, str]) -> Spine:
    (hu, grid), (numbers, _) = load(ct), load(labels)
    bones = {f"vertebrae_{name}": Region.from_array(numbers == number, grid) for number, name in names.items()}
    given = BoneLabels(bones, Source("image", labels.name, (labels,)), "")
    bone = segment_labelled_bone(Volume(hu.astype(np.int16), grid), given)
    return Spine.of(bones, Region.from_array(bone.canal, grid))


@pytest.fixture(scope="module")
def lumbar(real_data: Path) -> Spine:
    folder = real_data / "totalseg-example"
    labels = folder / "spine_report/example_ct_report/totalseg.nii.gz"
    return spine_of(folder / "example_ct.nii.gz", labels, TOTALSEGMENTATOR)


def overlap(spine: Spine, level: str, body: np.ndarray) -> float:
    """Dice coefficient of the body, which is what lies in front of the canal, with another program's."""
    label, frame = spine.labels[level], spine.frames[level]
    place = frame.coordinates(label.grid.to_lps(np.argwhere(label.mask) + np.asarray(label.start)))
    mine = np.zeros(label.mask.shape, bool)
    mine[label.mask] = place[:, 1] < 0
    theirs = body[label.box] & label.mask
    return float(2 * np.count_nonzero(mine & theirs) / (mine.sum() + theirs.sum()))


def test_bodies_are_those_of_totalsegmentator(lumbar: Spine, real_data: Path) -> None:
    body, _ = load(real_data / "totalseg-example/spine_report/example_ct_report/totalseg_vertebrae_body.nii.gz")
    for level in ("L1", "L2", "L3", "L4", "L5"):
        assert overlap(lumbar, level, body == 1) > 0.94


def test_heights_are_those_of_the_spine_report(lumbar: Spine, real_data: Path) -> None:
    report = json.loads((real_data / "totalseg-example/spine_report/example_ct_report/spine_report.json").read_text())
    for level in ("L1", "L2", "L3", "L4", "L5"):
        for position in ("anterior", "middle", "posterior"):
            theirs = report["results"][f"vertebrae_{level}_height_{position}_mm"]
            # Theirs is a count of voxels of 1.5 mm on labels of 3 mm: a voxel of either is 3 mm.
            assert getattr(lumbar.heights[level], position) == pytest.approx(theirs, abs=4.0)


def test_no_vertebra_of_that_patient_is_called_collapsed(lumbar: Spine) -> None:
    losses = lumbar.collapse(SETTINGS.sins.collapse_percent)
    assert sorted(losses) == ["L1", "L2", "L3", "L4", "L5"]
    assert max(losses.values(), key=lambda loss: loss.percent).percent < 15


def test_bodies_are_those_of_tptbox_and_cut_ones_are_not_measured(real_data: Path) -> None:
    stem = real_data / "tptbox-L3"
    vertebrae = stem / "sub-ct_seg-vert_label-22_msk.nii.gz"
    spine = spine_of(stem / "sub-ct_label-22_ct.nii.gz", vertebrae, TPTBOX)
    parts, _ = load(stem / "sub-ct_seg-subreg_label-22_msk.nii.gz")
    for level in spine.labels:
        assert overlap(spine, level, np.isin(parts, (49, 50))) > 0.98
    assert list(spine.heights) == ["L3"]
    assert spine.collapse(SETTINGS.sins.collapse_percent) == {}


@pytest.mark.parametrize(
    ("centre", "radius", "posterolateral", "reached", "filled"),
    [
        ((3, -6, 0), 12, "none", True, (0.1, 0.35)),
        ((15, 6, 3), 8, "left", True, (0.02, 0.2)),
        ((0, -24, 0), 8, "none", False, (0.0, 0.0)),
        ((0, 35, -8), 7, "none", False, (0.0, 0.0)),
    ],
    ids=["through the posterior wall", "left pedicle", "front of the body", "spinous process"],
)
def test_made_lesions_in_a_real_vertebra_have_plausible_scores(
    real_data: Path,
    centre: tuple[float, float, float],
    radius: float,
    posterolateral: str,
    reached: bool,
    filled: tuple[float, float],
) -> None:
    folder = real_data / "totalseg-example"
    study = read_study([folder / "example_ct_dicom"])
    ct = study.ct.volume
    labels = read_bone_labels(folder / "example_seg_dicom.nii.gz", study.ct)
    bone = segment_labelled_bone(ct, labels)
    canal = Region.from_array(bone.canal, bone.grid)
    empty = Anatomy(ct, bone, union((), bone.grid), canal, cord=labels.cord, bones=labels.bones)
    frame = empty.spine.frames["T12"]
    at = ct.grid.to_lps(np.moveaxis(np.indices(ct.grid.shape), 0, -1))
    middle = frame.origin + np.asarray(centre, dtype=float) @ frame.axes
    region = Region.from_array(np.linalg.norm(at - middle, axis=-1) < radius, ct.grid)
    lesion = Lesion(
        id="L01",
        name="made",
        kind="bone",
        site=Site("T12", False, ("vertebrae_T12",)),
        origin=Origin("structure", "made"),
        region=region,
        volume_ml=region.volume_ml,
        centroid_lps_mm=region.centroid_lps,
        diameter_mm=2.0 * radius,
        suv_max=None,
        suv_mean=None,
        tl_psma=None,
        mean_hu=None,
        in_bone=1.0,
        facts=Facts(pain="none", alignment="normal"),
    )
    anatomy = replace(empty, gtv_total=region)
    sins, cord = score_sins(lesion, anatomy, SETTINGS.sins), score_cord(lesion, anatomy, SETTINGS.cord)
    assert sins is not None
    assert sins.parts["posterolateral"] == posterolateral
    # The scan is 40 mm long and cuts both vertebrae: no height can be compared.
    assert (sins.parts["location high"], sins.parts["collapse high"]) == (3, 3)
    assert cord.high is not None
    assert filled[0] <= cord.high <= filled[1]
    assert cord.parts["posterior wall reached"] is reached
    assert "the sac, not the cord" in str(cord.parts["cord"])
