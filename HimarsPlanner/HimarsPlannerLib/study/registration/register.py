"""PET/CT onto the planning CT: by the study's own DICOM REG, else by registering the PET/CT's CT rigidly."""

from __future__ import annotations

from ...grid import Volume
from ...notice import Notice
from ...progress import Progress, silent
from ..bridge import Bridge
from ..dicom_image import read_ct, source_of
from ..motion import rotation_deg
from ..series import Series
from ..study import CtImage, Registration, Source
from .bone_surface import surface_distance
from .rigid import register_rigidly
from .spatial_registration import read_motion

WORST_MM = 5.0


def register_pet(bridge: Bridge, pet: Series, ct: CtImage, progress: Progress = silent) -> Registration:
    """Find the motion from the PET's frame of reference to the planning CT's, and how well bones then match.

    Parameters
    ----------
    bridge
        REG objects and the PET/CT's own CT.
    pet
        The PET.
    ct
        The planning CT.
    progress
        Told how far it is.

    Raises
    ------
    InputError, GeometryError
        The REG cannot be used, or the two CTs cannot be registered.
    """
    own = None if bridge.pet_ct is None else read_ct(bridge.pet_ct, progress).volume
    sources = tuple(source_of(series) for series in bridge.series)
    if own is not None and not bridge.links:
        return register_by_bone(ct.volume, own, sources, progress)
    files = [series.files[0] for series in bridge.links]
    matrix = read_motion(files, pet.frame_of_reference_uid, ct.source.frame_of_reference_uid)
    quality = None if own is None else surface_distance(ct.volume, own, matrix)
    return Registration(matrix, "dicom-reg", sources, quality, own)


def register_by_bone(
    ct: Volume, pet_ct: Volume, sources: tuple[Source, ...], progress: Progress = silent
) -> Registration:
    """Register the PET/CT's own CT to the planning CT, and measure how well bones then match.

    Parameters
    ----------
    ct, pet_ct
        Both in HU.
    sources
        Where the PET/CT's own CT comes from.
    progress
        Told how far it is.

    Raises
    ------
    GeometryError
        The two cannot be registered.
    """
    matrix = register_rigidly(ct, pet_ct, progress)
    return Registration(matrix, "rigid", sources, surface_distance(ct, pet_ct, matrix), pet_ct)


def registration_notices(registration: Registration) -> list[Notice]:
    """What a physician must know of a registration: that there was one, and whether bones match."""
    by = "the study's DICOM REG" if registration.method == "dicom-reg" else "a rigid registration of bone"
    told = (
        f"The PET was brought onto the planning CT by {by} (turned by {rotation_deg(registration.matrix):.1f} degrees)"
    )
    quality = registration.quality
    if quality is None:
        message = f"{told}. Without the PET/CT's own CT nothing tells how good it is: check uptake against anatomy."
        return [Notice("registration-unchecked", message)]
    figures = f"bone surfaces lie {quality.median_mm:.1f} mm apart (median; 95th percentile {quality.p95_mm:.1f} mm)"
    if quality.p95_mm > WORST_MM:
        limit = f"More than {WORST_MM:g} mm in places: either arms or legs lie otherwise, or the registration is wrong"
        todo = "look at the pictures of both CTs before trusting uptake"
        return [Notice("registration-poor", f"{told}, but {figures}. {limit}; {todo}.")]
    return [Notice("registered", f"{told}; {figures}. Look at the pictures of both CTs.")]
