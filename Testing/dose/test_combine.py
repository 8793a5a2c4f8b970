"""Doses are added once, wholly, and on the finest grid; a part is never taken for the whole."""

from __future__ import annotations

import numpy as np
import pytest

from HimarsPlannerLib.dose.combine import combine_doses
from HimarsPlannerLib.dose.read import read_dose
from HimarsPlannerLib.dose.rtplan import read_rtplan
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid

COARSE = Grid((12, 12, 12), (5.0, 5.0, 5.0), (-20.0, -20.0, -20.0))


def ramp(grid: Grid) -> np.ndarray:
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    return (20 + 0.1 * place[..., 0] - 0.05 * place[..., 2]).astype(np.float32)


def test_doses_on_different_grids_add_up_on_the_finest(write_dose, grid) -> None:
    files = [
        read_dose(write_dose(ramp(grid), name="a.dcm", plan_uid="1.1")),
        read_dose(write_dose(ramp(COARSE), COARSE, name="b.dcm", plan_uid="1.2")),
    ]
    dose = combine_doses(files)
    assert dose.volume.grid.spacing == grid.spacing
    index = np.rint(dose.volume.grid.to_index((5.0, 5.0, 6.25))).astype(int)
    assert dose.volume.grid.to_lps(index) == pytest.approx((5.0, 5.0, 6.25))
    # A linear dose survives trilinear resampling; what is left is the rounding of the file.
    assert dose.volume.array[tuple(index)] == pytest.approx(2 * (20 + 0.5 - 0.3125), abs=1e-4)
    (notice,) = {one.code for one in dose.notices}
    assert notice == "dose-grid-ends"
    assert "b.dcm does not reach as far as the sum" in " ".join(one.message for one in dose.notices)


def test_a_beam_is_not_the_whole_plan(write_dose, write_plan, grid) -> None:
    beam = {"DoseSummationType": "BEAM", "groups": [1]}
    first = read_dose(write_dose(ramp(grid), name="a.dcm", beams=[1], **beam))
    second = read_dose(write_dose(ramp(grid), name="b.dcm", beams=[2], **beam))
    plan = read_rtplan(write_plan())
    with pytest.raises(InputError, match=r"is a BEAM dose, a part of its plan's.*--plan"):
        combine_doses([first])
    with pytest.raises(InputError, match=r"a\.dcm lacks beam 2 of .*A single beam is not the whole plan"):
        combine_doses([first], [plan])
    total = combine_doses([first, second], [plan])
    assert total.volume.array == pytest.approx(2 * ramp(grid), abs=1e-3)


def test_fraction_groups_must_all_be_there(write_dose, write_plan, grid) -> None:
    plan = read_rtplan(write_plan(groups=((1,), (2,))))
    parts = [
        read_dose(write_dose(ramp(grid), name=f"{n}.dcm", DoseSummationType="FRACTION", groups=[n])) for n in (1, 2)
    ]
    with pytest.raises(InputError, match="lacks fraction group 2"):
        combine_doses(parts[:1], [plan])
    assert combine_doses(parts, [plan]).volume.array == pytest.approx(2 * ramp(grid), abs=1e-3)


def test_nothing_counts_twice(write_dose, write_plan, grid) -> None:
    whole = read_dose(write_dose(ramp(grid), name="a.dcm"))
    beam = read_dose(write_dose(ramp(grid), name="b.dcm", DoseSummationType="BEAM", beams=[1], groups=[1]))
    again = read_dose(write_dose(ramp(grid), name="c.dcm"))
    with pytest.raises(InputError, match="given 2 times"):
        combine_doses([whole, whole])
    with pytest.raises(InputError, match="BEAM and PLAN doses of one plan, which would count twice"):
        combine_doses([whole, beam], [read_rtplan(write_plan())])
    with pytest.raises(InputError, match="2 total doses of one plan"):
        combine_doses([whole, again])


def test_what_does_not_belong_together_is_refused(write_dose, write_plan, grid) -> None:
    one = read_dose(write_dose(ramp(grid), name="a.dcm", plan_uid="1.1"))
    other = {"name": "b.dcm", "plan_uid": "1.2"}
    with pytest.raises(GeometryError, match=r"frame of reference 9\.9"):
        combine_doses([one, read_dose(write_dose(ramp(grid), FrameOfReferenceUID="9.9", **other))])
    with pytest.raises(InputError, match=r"EFFECTIVE dose, .* is PHYSICAL"):
        combine_doses([one, read_dose(write_dose(ramp(grid), DoseType="EFFECTIVE", **other))])
    with pytest.raises(InputError, match="patient 'X'"):
        combine_doses([one, read_dose(write_dose(ramp(grid), PatientID="X", **other))])
    with pytest.raises(InputError, match="calculated for another plan"):
        combine_doses([one], [read_rtplan(write_plan())])
    with pytest.raises(InputError, match="BEAM_SESSION is not a whole plan's"):
        combine_doses([read_dose(write_dose(ramp(grid), DoseSummationType="BEAM_SESSION"))])


def test_effective_dose_is_said(write_dose, grid) -> None:
    dose = combine_doses([read_dose(write_dose(ramp(grid), DoseType="EFFECTIVE"))])
    assert [notice.code for notice in dose.notices] == ["dose-effective"]
