"""Registration of images that a program has loaded already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.loaded import LoadedImage
from HimarsPlannerLib.study.loaded_registration import register_loaded

OTHER_FRAME = "1.2.826.0.1.3680043.10.9000.77"
SPACING = (1.9, 1.9, 3.27)
WriteReg = Callable[..., Path]


def loaded(folder: Path, modality: str, stored: np.ndarray, write_slices, **tags: object) -> LoadedImage:
    """Image of a series on disk as an application has it."""
    files = write_slices(folder, stored, modality=modality, **tags)
    grid = Grid((stored.shape[2], stored.shape[1], stored.shape[0]), (1.0, 1.0, 2.0), (0.0, 0.0, 0.0))
    return LoadedImage(folder.name, Volume(stored - 1024, grid), tuple(files))


@pytest.mark.parametrize(
    ("own", "pet", "words"),
    [
        ({"FrameOfReferenceUID": "1.2.7", "PatientID": "ONE"}, {"FrameOfReferenceUID": OTHER_FRAME}, "the CT that the"),
        (
            {"FrameOfReferenceUID": OTHER_FRAME, "PatientID": "TWO"},
            {"FrameOfReferenceUID": OTHER_FRAME},
            "of 2 patients: ONE, TWO",
        ),
        ({"FrameOfReferenceUID": "1.2.3", "PatientID": "ONE"}, {"FrameOfReferenceUID": "1.2.3"}, "nothing needs to be"),
    ],
)
def test_loaded_images_that_do_not_belong_together_are_not_registered(
    tmp_path: Path, write_slices, pet_tags, own: dict, pet: dict, words: str
) -> None:
    stored = np.full((4, 6, 6), 1024, dtype=np.int16)
    ct = loaded(tmp_path / "ct", "CT", stored, write_slices, FrameOfReferenceUID="1.2.3", PatientID="ONE")
    pet_ct = loaded(tmp_path / "own", "CT", stored, write_slices, **own)
    petted = loaded(tmp_path / "pet", "PT", stored, write_slices, **{**pet_tags, "PatientID": "ONE", **pet})
    with pytest.raises((InputError, GeometryError), match=words):
        register_loaded(ct, pet_ct, petted)
