"""What the risk scores look at besides the lesion itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from ..anatomy import Kind, Part, recognise
from ..bone.compartments import BoneCompartments
from ..grid import Volume
from ..lesions.lesion import Lesion
from ..region import Region, union
from ..study.study import Structure
from .joints import Joints, find_joints
from .longbone.pairs import LongBones
from .spine.marrow import SpineMarrow
from .spine.spine import Spine


@dataclass(frozen=True)
class Anatomy:
    """A patient as the risk scores see him; everything is on the planning CT's grid.

    Parameters
    ----------
    ct
        HU.
    bone
        Skeleton, cortical and trabecular bone, segmented canal.
    gtv_total
        Union of all metastases.
    canal
        Spinal canal: the contoured one where there is one, else the segmented one; None where neither is in view.
    canal_contoured
        Whether a person drew it.
    cord
        Contoured or labelled spinal cord (or cauda equina); None without one.
    vessels, ureters
        Contoured or labelled ones; empty means that they cannot be assessed.
    bones
        Single bones by TotalSegmentator's class names ("vertebrae_L3", "femur_left"), from structures or bone labels.
    """

    ct: Volume
    bone: BoneCompartments
    gtv_total: Region
    canal: Region | None = None
    canal_contoured: bool = False
    cord: Region | None = None
    vessels: tuple[Structure, ...] = ()
    ureters: tuple[Structure, ...] = ()
    bones: Mapping[str, Region] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def joints(self) -> Joints:
        """Joints of the labelled bones."""
        return find_joints(self.bones)

    @cached_property
    def long_bones(self) -> LongBones:
        """Femora and humeri, each found and matched with its partner once."""
        return LongBones(self.ct, self.bone, self.bones, self.gtv_total)

    @classmethod
    def of(
        cls, ct: Volume, structures: Sequence[Structure], bone: BoneCompartments, lesions: Iterable[Lesion]
    ) -> Anatomy:
        """Anatomy of a study."""
        known = [(part, s) for s in structures if s.region.voxels and (part := recognise(s.name)) is not None]
        drawn = _regions(known, "canal")
        cord = union(_regions(known, "cord"), bone.grid)
        canal = union(drawn, bone.grid) if drawn else Region.from_array(bone.canal, bone.grid)
        return cls(
            ct=ct,
            bone=bone,
            gtv_total=union((lesion.region for lesion in lesions if lesion.counts), bone.grid),
            canal=canal if canal.voxels else None,
            canal_contoured=bool(drawn),
            cord=cord if cord.voxels else None,
            vessels=tuple(s for part, s in known if part.kind == "vessel"),
            ureters=tuple(s for part, s in known if part.name.endswith("ureter")),
            bones=_bones(known, bone),
        )

    @cached_property
    def spine(self) -> Spine:
        """Levels, canal line and heights, measured when first asked for."""
        return Spine.of(self.bones, self.canal)

    @cached_property
    def spine_marrow(self) -> SpineMarrow:
        """Uninvolved marrow of the vertebral bodies."""
        return SpineMarrow.of(self.ct, self.bone, self.spine.line, self.gtv_total)


def _regions(known: Iterable[tuple[Part, Structure]], kind: Kind) -> list[Region]:
    return [structure.region for part, structure in known if part.kind == kind]


def _bones(known: Iterable[tuple[Part, Structure]], bone: BoneCompartments) -> Mapping[str, Region]:
    """Bones by class name; the labels that the skeleton was made of go before structures."""
    found: dict[str, list[Region]] = {}
    for part, structure in known:
        if part.kind == "bone" and part.bone:
            found.setdefault(part.bone, []).append(structure.region)
    merged = {name: union(regions, bone.grid) for name, regions in found.items()}
    return MappingProxyType({**merged, **bone.bones})
