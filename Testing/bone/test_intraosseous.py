"""The intra-osseous volume of discs of bone whose cut-off and area follow from their two HU values."""

from __future__ import annotations

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.intraosseous import find_intraosseous
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.orient import Orientation

GRID = Grid((40, 40, 6), (1.0, 1.0, 3.0))


def square(inner_hu: tuple[float, ...]) -> tuple[Volume, BoneCompartments]:
    """A square of 20 pixels in each slice, its outer pixel 900 HU, the next 500 HU, its inside as stated by slice."""
    ct = np.full(GRID.shape, 40, np.int16)
    labels = np.zeros(GRID.shape, np.uint8)
    ct[:, 10:30, 10:30], ct[:, 11:29, 11:29] = 900, 500
    ct[:, 12:28, 12:28] = np.reshape(inner_hu, (-1, 1, 1))
    labels[:, 10:30, 10:30], labels[:, 12:28, 12:28] = BoneLabel.CORTICAL, BoneLabel.TRABECULAR
    return Volume(ct, GRID), BoneCompartments(labels, GRID, "square")


def test_each_slice_has_the_mean_of_its_own_ring_as_cut_off() -> None:
    # The ring's mean is (76 x 900 + 68 x 500) / 144 = 711 HU: its inner pixel lies below it.
    inside = find_intraosseous(*square((100, 700, 720, -80, 300, 711)))
    with_inner_ring, ring_alone = 18 * 18, 68
    assert inside.sum(axis=(1, 2)).tolist() == [with_inner_ring, with_inner_ring, ring_alone] + [with_inner_ring] * 3


def test_canal_and_metal_are_outside_and_cavities_inside() -> None:
    ct, bone = square((100,) * 6)
    bone.labels[0, 15:20, 15:20] = BoneLabel.CANAL
    bone.labels[1, 15:20, 15:20] = BoneLabel.METAL
    bone.labels[2, 15:20, 15:20] = BoneLabel.SHAFT_CAVITY
    inside = find_intraosseous(ct, bone)
    assert not inside[:2, 15:20, 15:20].any()
    assert inside[2, 15:20, 15:20].all()


def test_bone_at_the_edge_of_the_image_goes_on_there() -> None:
    ct = np.full(GRID.shape, 100, np.int16)
    ct[:, :, :2] = 900
    labels = np.full(GRID.shape, BoneLabel.CORTICAL, np.uint8)
    labels[:, :, 20:] = BoneLabel.BACKGROUND
    ct[:, :, 18:20] = 900
    inside = find_intraosseous(Volume(ct, GRID), BoneCompartments(labels, GRID, "half"))
    assert inside[:, :, 2:18].all()


@pytest.mark.parametrize("flips", [(True, False, True), (False, True, False)])
def test_orientation_of_the_array_does_not_matter(flips: tuple[bool, bool, bool]) -> None:
    ct, bone = square((100, 700, 720, -80, 300, 711))
    turned = Orientation((2, 0, 1), flips)
    grid = turned.apply_to_grid(GRID)
    volume = Volume(np.ascontiguousarray(turned.apply(ct.array)), grid)
    other = BoneCompartments(np.ascontiguousarray(turned.apply(bone.labels)), grid, "square")
    np.testing.assert_array_equal(turned.undo(find_intraosseous(volume, other)), find_intraosseous(ct, bone))
