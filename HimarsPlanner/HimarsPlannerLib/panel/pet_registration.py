"""The PET brought onto the planning CT by the CT that it was taken with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slicer.i18n import tr as _

from ..errors import InputError
from ..mrml.inputs import image_of, suv_image_of
from ..mrml.registration import check_free, is_moved_by, put_under_motion, read_registration, registration_record
from ..mrml.volume import volume_of
from ..progress import Progress
from ..study.loaded_registration import register_loaded
from ..study.study import Registration


def register_work(parameters: Any, database: Any) -> Callable[[Progress], Registration]:
    """Work that registers the CT of the PET to the planning CT.

    Raises
    ------
    InputError, GeometryError
        One of the three images is not chosen, or a transform moves PET or its CT already.
    """
    ct, pet, pet_ct = parameters.ct, parameters.pet, parameters.petCt
    if None in (ct, pet, pet_ct) or pet_ct is ct:
        raise InputError(
            _("Planning CT, PET and the CT of the PET are not all chosen"),
            _("three images"),
            _("choose them under Patient"),
        )
    check_free((pet, pet_ct), parameters.petMotion)
    images = image_of(ct, database), image_of(pet_ct, database), suv_image_of(pet, database, parameters.petIsSuv)
    return lambda progress: register_loaded(*images, progress)


def show_registration(scene: Any, parameters: Any, registration: Registration, name: str) -> None:
    """Move PET and its CT in the scene, and keep how that was found."""
    nodes = parameters.pet, parameters.petCt
    parameters.petMotion = put_under_motion(
        scene, nodes, registration.matrix, parameters.petMotion, _("{name} PET to planning CT").format(name=name)
    )
    parameters.registeredPetCt = parameters.petCt
    parameters.registration = json.dumps(registration_record(registration))


def registration_of(parameters: Any) -> Registration | None:
    """How the chosen PET was registered, without voxels; None where it was not, or where it was moved since."""
    if not parameters.registration or parameters.pet is None:
        return None
    found = read_registration(json.loads(parameters.registration), None)
    return found if is_moved_by(parameters.pet, parameters.petMotion, found.matrix) else None


def registration_with_ct(parameters: Any) -> Registration | None:
    """The same with a copy of the CT that the PET was registered by, where the scene still has it."""
    found, own = registration_of(parameters), parameters.registeredPetCt
    return found if found is None or own is None else replace(found, pet_ct=volume_of(own))
