"""A damaged file is read or refused in words, whatever byte is wrong: never a traceback."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.errors import HimarsError
from HimarsPlannerLib.study.dicom_image import read_ct
from HimarsPlannerLib.study.pet import read_native_pet
from HimarsPlannerLib.study.rtstruct import read_structure_set
from HimarsPlannerLib.study.scan import scan_folders
from HimarsPlannerLib.study.segmentation_object import read_segmentation_object
from HimarsPlannerLib.study.study import CtImage

ROUNDS = 150
PREAMBLE = 132
REACH = 3000
SIGNS = b"\\-.x 9"

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def ct_folder(tmp_path, write_slices) -> Path:
    """CT of 3 slices."""
    stored = np.full((3, 12, 12), 1024, dtype=np.int16)
    stored[:, :3], stored[:, 8:] = 0, 2000
    return write_slices(tmp_path / "ct", stored)[0].parent


@pytest.fixture
def ct(ct_folder: Path) -> CtImage:
    """That CT, read."""
    return read_ct(scan_folders([ct_folder])[0])


def damaged(whole: bytes, rng: random.Random) -> bytes:
    """Bytes of a file with some of its first 3000 changed, made a sign that numbers have, or gone."""
    wrong = bytearray(whole)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(PREAMBLE, min(len(wrong), REACH))
        kind = rng.randrange(3)
        if kind == 2:
            del wrong[at : at + rng.choice((1, 2, 4, 8))]
        else:
            wrong[at] = rng.choice(SIGNS) if kind else rng.randrange(256)
    return bytes(wrong)


def outcomes(file: Path, read: Callable[[], object]) -> tuple[int, int]:
    """How often a file was read and refused, damaged in each round; any other error passes through."""
    whole, rng, refused = file.read_bytes(), random.Random(4), 0
    for _ in range(ROUNDS):
        file.write_bytes(damaged(whole, rng))
        try:
            read()
        except HimarsError:
            refused += 1
    file.write_bytes(whole)
    return ROUNDS - refused, refused


def test_a_ct(ct_folder: Path) -> None:
    read, refused = outcomes(ct_folder / "CT001.dcm", lambda: read_ct(scan_folders([ct_folder])[0]))
    assert read > 0
    assert refused > 0


def test_a_pet(tmp_path, write_slices, pet_tags) -> None:
    files = write_slices(tmp_path / "pet", np.full((3, 12, 12), 900), modality="PT", intercept=0, **pet_tags)
    read, refused = outcomes(files[1], lambda: read_native_pet(scan_folders([tmp_path / "pet"])[0]))
    assert read > 0
    assert refused > 0


def test_a_structure_set(tmp_path, write_rtstruct, ct: CtImage) -> None:
    square = np.array([(2.5, 2.5, 2), (7.5, 2.5, 2), (7.5, 7.5, 2), (2.5, 7.5, 2)])
    file = write_rtstruct(tmp_path / "rs" / "rs.dcm", {"GTV1": [square], "GTV2": [square + 1]})

    def read_it() -> None:
        scan_folders([file.parent])
        read_structure_set(file, ct)

    read, refused = outcomes(file, read_it)
    assert read > 0
    assert refused > 0


def test_a_real_segmentation(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "seg-dcmqi/segmentations"
    ct = read_ct(scan_folders([folder / "ct-3slice"])[0])
    file = tmp_path / "seg.dcm"
    file.write_bytes((folder / "liver.dcm").read_bytes())

    def read_it() -> None:
        scan_folders([tmp_path])
        read_segmentation_object(file, ct)

    read, refused = outcomes(file, read_it)
    assert read > 0
    assert refused > 0
