"""DICOM SEG on the CT's own slices, read back by this program's reader and by highdicom's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.export.codes import BONE, METASTASIS, VERTEBRAL_CANAL
from HimarsPlannerLib.export.dicom_seg import layers_to_send, on_slices, seg_dataset, write_seg
from HimarsPlannerLib.export.read_seg_nrrd import SegNrrd, read_seg_nrrd
from HimarsPlannerLib.export.seg_nrrd import SegmentHeader, write_seg_nrrd
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.segmentation_object import read_segmentation_object
from HimarsPlannerLib.study.study import CtImage, Source

BLOCK_START = (1, 3, 5)
SEGMENTS = (
    SegmentHeader("Trabecular bone", (128, 174, 128), 2, 0, BONE),
    SegmentHeader("Spinal canal", (80, 180, 220), 7, 0, VERTEBRAL_CANAL),
)


def block() -> np.ndarray:
    labels = np.zeros((4, 9, 11), np.uint8)
    labels[:3, 2:7, 1:6] = 2
    labels[1:, 4:, 7:] = 7
    labels[0, 0, 0] = 5  # a value that is no segment
    return labels


def write(ct: Any, folder: Path, segments: Sequence[SegmentHeader] = SEGMENTS) -> Path:
    """Write the block above as a DICOM SEG on a CT series."""
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in ct.files]
    own = ct.grid.crop(BLOCK_START, block().shape)
    labels = on_slices(block(), own, ct.grid, "block")
    file = folder / "seg.dcm"
    uids = {"series_uid": str(generate_uid(None)), "sop_uid": str(generate_uid(None))}
    write_seg(seg_dataset(labels, segments, headers, description="HIMARS bone", **uids), file)
    return file


def expected(ct: Any, value: int) -> np.ndarray:
    full = np.zeros(ct.grid.shape, bool)
    z, y, x = (slice(start, start + size) for start, size in zip(BLOCK_START, block().shape, strict=True))
    full[z, y, x] = block() == value
    return full


ORIENTATIONS = {
    "head first supine": {},
    "feet first": {"orientation": (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0), "position": "FFS"},
    "prone": {"orientation": (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0), "position": "HFP"},
    "oblique": {"orientation": (0.96592583, 0.25881905, 0.0, -0.25881905, 0.96592583, 0.0)},
}


@pytest.mark.parametrize("how", ORIENTATIONS.values(), ids=ORIENTATIONS.keys())
def test_both_readers_give_back_every_voxel(make_ct: Callable[..., Any], tmp_path: Path, how: dict[str, Any]) -> None:
    ct = make_ct(**how)
    file = write(ct, tmp_path)
    image = CtImage(
        Volume(np.zeros(ct.grid.shape, np.int16), ct.grid),
        Source("CT", "", (), frame_of_reference_uid=str(ct.reference.header.FrameOfReferenceUID)),
    )
    mine = read_segmentation_object(file, image).structures
    theirs = hd.seg.segread(file)
    for number, (segment, structure) in enumerate(zip(SEGMENTS, mine, strict=True), start=1):
        np.testing.assert_array_equal(structure.region.to_array(), expected(ct, segment.label))
        frames = theirs.get_pixels_by_source_instance(
            list(ct.reference.sop_instance_uids), segment_numbers=[number], assert_missing_frames_are_empty=True
        )
        np.testing.assert_array_equal(frames[..., 0] > 0, expected(ct, segment.label))


@pytest.mark.parametrize("how", ORIENTATIONS.values(), ids=ORIENTATIONS.keys())
def test_the_validators_find_nothing(
    make_ct: Callable[..., Any], tmp_path: Path, dicom3tools: Callable[..., list[str]], how: dict[str, Any]
) -> None:
    ct = make_ct(**how)
    file = write(ct, tmp_path)
    assert dicom3tools("dciodvfy", file) == []
    assert dicom3tools("dcentvfy", *ct.files, file) == []


def test_it_stands_on_the_ct_and_says_what_it_is(make_ct: Callable[..., Any], tmp_path: Path) -> None:
    ct = make_ct(name="Ångström^Åsa")
    seg = pydicom.dcmread(write(ct, tmp_path))
    header = ct.reference.header
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID", "AccessionNumber"):
        assert seg[keyword].value == header[keyword].value
    assert seg.SegmentationType == "BINARY"
    [series] = seg.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == header.SeriesInstanceUID
    assert {item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence} <= set(
        ct.reference.sop_instance_uids
    )
    for item, segment in zip(seg.SegmentSequence, SEGMENTS, strict=True):
        assert item.SegmentLabel == segment.name
        kind = item.SegmentedPropertyTypeCodeSequence[0]
        assert (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning) == segment.property.type
        colour = hd.color.CIELabColor(*[0] * 3).from_dicom_value(item.RecommendedDisplayCIELabValue)
        assert np.abs(np.subtract(colour.to_rgb(), segment.colour)).max() <= 1


def test_labels_off_the_cts_voxels_are_refused(make_ct: Callable[..., Any]) -> None:
    ct = make_ct()
    own = ct.grid.crop(BLOCK_START, block().shape)
    for other in (
        replace(own, origin=(own.origin[0] + 0.3, *own.origin[1:])),
        replace(own, spacing=(own.spacing[0] * 1.01, *own.spacing[1:])),
        ct.grid.crop((4, 3, 5), block().shape),
        ct.grid.crop((-1, 3, 5), block().shape),
    ):
        with pytest.raises(GeometryError, match="--ct"):
            on_slices(block(), other, ct.grid, "block")


def test_without_a_frame_of_reference_there_is_no_seg(make_ct: Callable[..., Any]) -> None:
    ct = make_ct()
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in ct.files]
    for header in headers:
        header.FrameOfReferenceUID = ""
    uid = str(generate_uid(None))
    with pytest.raises(GeometryError, match="FrameOfReferenceUID"):
        seg_dataset(np.zeros(ct.grid.shape, np.uint8), [], headers, description="", series_uid=uid, sop_uid=uid)


def test_a_seg_nrrd_comes_back_as_it_was_written(tmp_path: Path) -> None:
    grid = Grid((11, 9, 4), (0.9, 0.8, 2.0), (-10.0, 5.0, 7.5))
    segments = (*SEGMENTS, replace(SEGMENTS[0], name="Uptake-1", label=1, layer=1, property=None))
    second = np.zeros_like(block())
    second[2, 3, 4] = 1
    write_seg_nrrd([block(), second], (0, 0, 0), segments, grid, tmp_path / "a.seg.nrrd")
    back = read_seg_nrrd(tmp_path / "a.seg.nrrd")
    assert back.segments == segments
    assert back.grid.same_as(grid)
    np.testing.assert_array_equal(back.layers[0], block())
    np.testing.assert_array_equal(back.layers[1], second)


def test_only_what_has_voxels_and_a_code_is_chosen() -> None:
    lesion = SegmentHeader("1 GTV1 (selected)", (255, 0, 0), 1, 1, METASTASIS)
    waiting = SegmentHeader("9 Uptake-3 (needs review)", (200, 200, 200), 2, 1)
    empty = replace(lesion, name="empty", label=3)
    second = np.zeros_like(block())
    second[0, 0, :2] = (1, 2)
    segmentation = SegNrrd((block(), second), Grid((11, 9, 4), (1, 1, 1)), (*SEGMENTS, lesion, waiting, empty))
    assert layers_to_send(segmentation) == [(0, list(SEGMENTS)), (1, [lesion])]


def test_an_image_is_no_segmentation(tmp_path: Path) -> None:
    (tmp_path / "a.seg.nrrd").write_bytes(b"nothing")
    with pytest.raises(InputError):
        read_seg_nrrd(tmp_path / "a.seg.nrrd")
