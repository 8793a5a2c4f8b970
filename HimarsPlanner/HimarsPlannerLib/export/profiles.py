"""What treatment planning systems are known to need of an RTSTRUCT, each difference with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .drawing import Drawing
from .roi import LABEL_LENGTH, NAME_LENGTH

TG263_LENGTH = 16


class ProfileName(StrEnum):
    """Planning systems that have a profile."""

    GENERIC = "generic"
    ECLIPSE = "eclipse"
    RAYSTATION = "raystation"
    MONACO = "monaco"


@dataclass(frozen=True)
class Profile:
    """How an RTSTRUCT is written for a planning system.

    Parameters
    ----------
    name
        Of the planning system.
    name_length
        Longest ROI name.
    label_length
        Longest Structure Set Label.
    drawing
        How contours are drawn.
    sources
        Where each difference from the generic profile comes from, by field; empty where none is known.
    """

    name: ProfileName
    name_length: int = NAME_LENGTH
    label_length: int = LABEL_LENGTH
    drawing: Drawing = field(default_factory=Drawing)
    sources: Mapping[str, str] = field(default_factory=dict)


PROFILES: Mapping[ProfileName, Profile] = {
    ProfileName.GENERIC: Profile(ProfileName.GENERIC),
    ProfileName.ECLIPSE: Profile(
        ProfileName.ECLIPSE,
        name_length=TG263_LENGTH,
        sources={
            "name_length": "AAPM TG-263: at most 16 characters; no document of the vendor could be read that states "
            "a limit, so this is caution, not proof"
        },
    ),
    ProfileName.RAYSTATION: Profile(ProfileName.RAYSTATION),
    ProfileName.MONACO: Profile(ProfileName.MONACO),
}
"""No source was found by which RayStation or Monaco needs another file than the generic one: so theirs equal it."""
