"""A PET in another frame of reference, registered by its own CT in the panel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import vtk
from slicer_host import Host

from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.mrml.volume import add_volume
from HimarsPlannerLib.study.motion import inverse, moved_grid
from HimarsPlannerLib.study.study import Study

DEGREES, SHIFT = 6.0, (9.0, -14.0, 21.0)


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


def turn() -> np.ndarray:
    """A turn about the body's length and a shift, LPS mm."""
    a = np.deg2rad(DEGREES)
    return np.array(
        [[np.cos(a), -np.sin(a), 0, SHIFT[0]], [np.sin(a), np.cos(a), 0, SHIFT[1]], [0, 0, 1, SHIFT[2]], [0, 0, 0, 1]]
    )


@pytest.fixture
def apart(host: Host, demo: Any, demo_study: Study) -> Any:
    """The demo patient with PET and its CT in a frame of reference of their own, away by a known motion."""
    assert demo_study.pet is not None
    back = inverse(turn())
    native, ct, parameters = demo_study.pet.native, demo_study.ct.volume, demo.panel.session.parameters
    parameters.pet = add_volume(host.scene, Volume(native.array, moved_grid(native.grid, back)), "PET elsewhere")
    parameters.petIsSuv = True
    noise = np.random.default_rng(2).normal(scale=15.0, size=ct.array.shape)
    hu = np.rint(ct.array + noise).astype(np.int16)
    parameters.petCt = add_volume(host.scene, Volume(hu, moved_grid(ct.grid, back)), "low-dose CT")
    return demo


def register(widget: Any) -> None:
    widget.ui.registerButton.click()
    wait(widget)


def test_a_pet_elsewhere_is_brought_onto_the_ct_by_a_transform_over_it_and_its_ct(host: Host, apart: Any) -> None:
    register(apart)
    assert not host.errors
    parameters = apart.panel.session.parameters
    transform = parameters.petMotion
    assert parameters.pet.GetParentTransformNode() is transform
    assert parameters.petCt.GetParentTransformNode() is transform
    assert parameters.ct.GetParentTransformNode() is None
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    # RAS is LPS with x and y turned round: where the corner of the planning CT lay, it must lie again.
    x, y, z = (float(value) for value in parameters.ct.GetOrigin())
    a = np.deg2rad(DEGREES)
    dx, dy, dz = -x - SHIFT[0], -y - SHIFT[1], z - SHIFT[2]
    loaded = [-(np.cos(a) * dx + np.sin(a) * dy), -(-np.sin(a) * dx + np.cos(a) * dy), dz, 1.0]
    assert matrix.MultiplyPoint(loaded)[:3] == pytest.approx((x, y, z), abs=1.0)
    assert "bone surfaces lie" in apart.ui.registrationLabel.text


def test_the_plan_says_how_the_pet_was_registered_also_when_it_is_made_again(host: Host, apart: Any) -> None:
    register(apart)
    apart.panel.session.parameters.lesionsFrom = type(apart.panel.session.parameters.lesionsFrom).PET
    apart.ui.findButton.click()
    wait(apart)
    assert not host.errors
    plan = apart.panel.session.plan
    assert np.allclose(plan.study.registration.matrix, turn(), atol=0.5)
    assert plan.study.registration.pet_ct.array.shape == plan.study.ct.volume.array.shape
    told = [notice for notice in plan.notices if notice.code.startswith("regist")]
    assert [notice.code for notice in told] == ["registered"]
    apart.onReload()
    wait(host.widget)
    again = host.widget.panel.session.plan
    assert np.array_equal(again.study.registration.matrix, plan.study.registration.matrix)
    assert again.study.registration.quality == plan.study.registration.quality
    assert again.study.registration.pet_ct is not None
    assert [notice for notice in again.notices if notice.code.startswith("regist")] == told


def test_lesions_in_a_registered_pet_lie_where_those_of_the_pet_in_place_lie(
    host: Host, apart: Any, demo_study: Study
) -> None:
    parameters = apart.panel.session.parameters
    register(apart)
    parameters.lesionsFrom = type(parameters.lesionsFrom).PET
    apart.ui.findButton.click()
    wait(apart)
    found = apart.panel.session.plan.study.pet.on_ct.array
    assert demo_study.pet is not None
    true = demo_study.pet.on_ct.array
    hot = np.nan_to_num(true) > 6
    assert hot.any()
    assert np.nanmean(found[hot]) == pytest.approx(float(true[hot].mean()), rel=0.1)
    assert not host.errors


def test_a_transform_that_was_changed_by_hand_is_told_as_unchecked(host: Host, apart: Any) -> None:
    register(apart)
    parameters = apart.panel.session.parameters
    matrix = vtk.vtkMatrix4x4()
    parameters.petMotion.GetMatrixTransformToParent(matrix)
    matrix.SetElement(0, 3, matrix.GetElement(0, 3) + 10.0)
    parameters.petMotion.SetMatrixTransformToParent(matrix)
    apart.ui.findButton.click()
    wait(apart)
    assert not host.errors
    plan = apart.panel.session.plan
    assert plan.study.registration is None
    assert [one.code for one in plan.notices if one.code.startswith("regist")] == ["registration-unchecked"]
    assert apart.ui.registrationLabel.text == ""


def test_registering_says_what_is_missing_or_not_needed(host: Host, demo: Any, demo_study: Study) -> None:
    parameters = demo.panel.session.parameters
    assert not demo.ui.registerButton.enabled
    assert "CT of the PET" in demo.ui.registerButton.toolTip
    own = add_volume(host.scene, demo_study.ct.volume, "own CT")
    parameters.petCt = own
    register(demo)
    assert "in one frame of reference already" in host.errors.pop()
    other = host.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "mine")
    parameters.pet.SetAndObserveTransformNodeID(other.GetID())
    register(demo)
    assert "under the transform 'mine' already" in host.errors.pop()
    assert parameters.registration == ""
    parameters.petCt = parameters.ct
    register(demo)
    assert "are not all chosen" in host.errors.pop()
