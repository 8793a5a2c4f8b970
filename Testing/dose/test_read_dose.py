"""RTDOSE of any vendor's form comes out as Gy at the right place; what cannot be trusted is refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from HimarsPlannerLib.dose.read import read_dose
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid

HEAD_FIRST_PRONE = (-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0)
FEET_FIRST_SUPINE = (-1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0)
FEET_FIRST_PRONE = (1.0, 0, 0, 0, -1.0, 0, 0, 0, -1.0)


@pytest.fixture
def made(grid: Grid) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 40, grid.shape).astype(np.float32)


@pytest.mark.parametrize(("bits", "tolerance"), [(16, 4e-4), (32, 4e-6)])
def test_scaled_values_are_gy(write_dose, made, grid, bits: int, tolerance: float) -> None:
    # Half a step of 16 bits is 40 Gy / 65535 / 2; 32 bits leave the rounding of float32.
    dose = read_dose(write_dose(made, bits=bits))
    assert dose.volume.grid.same_as(grid)
    assert np.abs(dose.volume.array - made).max() < tolerance
    assert (dose.kind, dose.summation) == ("PHYSICAL", "PLAN")


@pytest.mark.parametrize("direction", [HEAD_FIRST_PRONE, FEET_FIRST_SUPINE, FEET_FIRST_PRONE])
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("downwards", [False, True])
def test_every_patient_position_and_frame_order_keeps_its_place(
    write_dose, made, grid, direction: tuple[float, ...], absolute: bool, downwards: bool
) -> None:
    turned = replace(grid, direction=direction, origin=(30.0, 20.0, 80.0))
    up = np.sign(turned.axes[2, 2])
    steps = np.arange(grid.size[2]) * grid.spacing[2] * (-1 if downwards else 1)
    offsets = turned.origin[2] + up * steps if absolute else steps
    read = read_dose(write_dose(made, turned, GridFrameOffsetVector=[float(v) for v in offsets])).volume
    frame = np.array(turned.origin) + 4 * (-1 if downwards else 1) * grid.spacing[2] * turned.axes[:, 2]
    where = frame + 7 * grid.spacing[1] * turned.axes[:, 1] + 9 * grid.spacing[0] * turned.axes[:, 0]
    index = tuple(np.rint(read.grid.to_index(where)).astype(int))
    assert read.array[index] == pytest.approx(made[4, 7, 9], abs=1e-4)
    assert np.linalg.det(read.grid.axes) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"DoseGridScaling": None}, "no usable DoseGridScaling .none"),
        ({"DoseGridScaling": "0"}, "no usable DoseGridScaling .0"),
        ({"DoseUnits": "RELATIVE"}, "dose units RELATIVE.*GY"),
        ({"DoseType": "ERROR"}, "dose type ERROR"),
        ({"DoseSummationType": None}, "does not say what it sums up"),
        ({"FrameOfReferenceUID": None}, "no frame of reference"),
        ({"Modality": "CT"}, "is CT.*an RTDOSE"),
        ({"PixelSpacing": None}, "no PixelSpacing"),
    ],
)
def test_what_has_no_sure_meaning_is_refused(write_dose, made, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_dose(write_dose(made, **changes))


def test_frames_must_make_a_regular_lattice(write_dose, made, grid) -> None:
    uneven = [n * 2.5 + (0.5 if n > 5 else 0) for n in range(grid.size[2])]
    with pytest.raises(GeometryError, match="uneven distances"):
        read_dose(write_dose(made, GridFrameOffsetVector=uneven))
    with pytest.raises(GeometryError, match=r"30 frame.*29 frame offsets"):
        read_dose(write_dose(made, GridFrameOffsetVector=[n * 2.5 for n in range(29)]))
    with pytest.raises(GeometryError, match=r"begin with 12 mm while its first frame is at -36\.25"):
        read_dose(write_dose(made, GridFrameOffsetVector=[12 + n * 2.5 for n in range(grid.size[2])]))
