"""Options of `himars-planner plan` for what goes into the RTSTRUCT, and how."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ..export.contours import Holes
from ..export.margins import read_margin
from ..export.profiles import PROFILES, ProfileName
from ..export.structures import RoiChoice, StructureOptions


class HolesOption(StrEnum):
    """Keyholes in one contour, or contours of their own by the XOR rule."""

    KEYHOLE = "keyhole"
    XOR = "xor"


_HOLES: dict[HolesOption, Holes] = {HolesOption.KEYHOLE: "keyhole", HolesOption.XOR: "separate"}

Rtstruct = Annotated[
    list[RoiChoice] | None,
    typer.Option(
        "--rtstruct",
        help="What goes into the RTSTRUCT: selected GTVs (default), all GTVs, CTVs or PTVs of the selected lesions, "
        "trabecular bone, bone marrow reserve, spinal canal; more than once.",
    ),
]
ProfileOption = Annotated[
    ProfileName, typer.Option("--profile", help="Planning system that the RTSTRUCT is for; see docs/rtstruct.md.")
]
HoleStyle = Annotated[
    HolesOption | None, typer.Option("--holes", help="How holes are written, in place of the profile's way.")
]
PtvMargin = Annotated[
    str | None,
    typer.Option(
        "--ptv-margin",
        help="In place of the protocol's margins, mm: 3, or left-right,front-back,head-foot such as 3,3,5.",
    ),
]
CtvMargin = Annotated[
    str | None, typer.Option("--ctv-margin", help="From GTV to CTV, in place of the protocol's, mm; as --ptv-margin.")
]
PtvCrop = Annotated[
    list[str] | None,
    typer.Option("--ptv-crop", help="Structure of the study that no PTV may lie in, by name; more than once."),
]
DoseGy = Annotated[
    float | None, typer.Option("--dose-gy", help="Prescribed dose for the names of PTVs: 27 gives PTV1_2700.")
]
SimplifyMm = Annotated[
    float,
    typer.Option("--simplify-mm", help="Leave out contour points within this tolerance; 0 keeps the voxel edges."),
]
RoleCodes = Annotated[
    bool, typer.Option("--role-codes", help="Also write Therapeutic Role codes of targets; see docs/rtstruct.md.")
]


def structure_options(
    choices: list[RoiChoice] | None,
    profile: ProfileName,
    holes: HolesOption | None,
    ptv_margin: str | None,
    ctv_margin: str | None,
    ptv_crop: list[str] | None,
    dose_gy: float | None,
    simplify_mm: float,
    role_codes: bool,
) -> StructureOptions:
    """Options as the library takes them.

    Raises
    ------
    OutputError
        A margin is not one or three numbers.
    """
    return StructureOptions(
        choices=tuple(choices or (RoiChoice.SELECTED,)),
        profile=PROFILES[profile],
        holes=None if holes is None else _HOLES[holes],
        simplify_mm=simplify_mm,
        ctv_margin=None if ctv_margin is None else read_margin(ctv_margin),
        ptv_margin=None if ptv_margin is None else read_margin(ptv_margin),
        ptv_crop=tuple(ptv_crop or ()),
        dose_gy=dose_gy,
        role_codes=role_codes,
    )
