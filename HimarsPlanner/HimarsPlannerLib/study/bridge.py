"""Which series of a study lead from the PET's frame of reference to the planning CT's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import GeometryError
from .candidates import candidates
from .series import Series


@dataclass(frozen=True)
class Bridge:
    """What a PET in another frame of reference can be brought onto the planning CT by.

    Parameters
    ----------
    links
        REG objects between the two frames of reference; where there is one, it is used.
    pet_ct
        The PET/CT's own CT, in the PET's frame of reference; registers where there is no link, and else checks it.
    """

    links: tuple[Series, ...]
    pet_ct: Series | None

    @property
    def series(self) -> tuple[Series, ...]:
        """All of them."""
        return self.links if self.pet_ct is None else (*self.links, self.pet_ct)


def in_other_frame(other: Series, ct: Series) -> bool:
    """Whether two DICOM series cannot be said to share a frame of reference; image files have none to compare."""
    if other.is_file or ct.is_file:
        return False
    return not ct.frame_of_reference_uid or other.frame_of_reference_uid != ct.frame_of_reference_uid


def is_link(one: Series, ct: Series, pet: Series) -> bool:
    """Whether a series is a REG between the frames of reference of a CT and a PET that is in another one."""
    frames = {ct.frame_of_reference_uid, pet.frame_of_reference_uid}
    return len(frames) == 2 and "" not in frames and frames <= set(one.linked_frames)


def find_bridge(series: Sequence[Series], ct: Series, pet: Series, rigid: bool) -> Bridge:
    """Find how a PET gets onto a CT of another frame of reference.

    Parameters
    ----------
    series
        All of the study.
    ct, pet
        The planning CT, and the PET that is in another frame of reference.
    rigid
        Whether the PET/CT's own CT may be registered.

    Raises
    ------
    GeometryError
        Nothing leads there, or it was not asked for.
    """
    start, end = pet.frame_of_reference_uid, ct.frame_of_reference_uid
    links = tuple(one for one in series if is_link(one, ct, pet))
    own = [one for one in candidates(series, "ct") if start and one.frame_of_reference_uid == start]
    # Reconstructions of one scan share its frame of reference; any would do, the longest holds most bone.
    pet_ct = max(own, key=lambda one: one.size[2] * one.spacing[2], default=None)
    if links or (rigid and pet_ct is not None):
        return Bridge(links, pet_ct)
    if pet_ct is None:
        todo = "add a DICOM REG, or the PET/CT's own CT and --register rigid; or choose series that belong together"
    else:
        todo = f"add a DICOM REG, or state --register rigid to register the PET/CT's own CT, {pet_ct.label}"
    raise GeometryError(
        f"{pet.label} is in frame of reference {start or '(none)'}, the CT {ct.label} in {end or '(none)'}",
        "one frame of reference for both, or a way from the one to the other",
        todo,
    )
