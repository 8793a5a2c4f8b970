"""What the bone stage hands on: one label for each voxel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ..grid import Grid
from ..notice import Notice
from ..region import BoolArray, Region
from .definition import WITH_SHAFTS


class BoneLabel(IntEnum):
    """Compartments; skeleton is cortical and trabecular bone together."""

    BACKGROUND = 0
    CORTICAL = 1
    TRABECULAR = 2
    CANAL = 3
    METAL = 4
    SHAFT_CAVITY = 5


@dataclass(frozen=True)
class BoneVolumes:
    """Volumes of one bone in ml; skeleton is cortical and trabecular bone and the shaft's cavity."""

    skeleton_ml: float
    cortical_ml: float
    trabecular_ml: float


@dataclass(frozen=True)
class BoneCompartments:
    """Bone on the planning CT's grid.

    Parameters
    ----------
    labels
        uint8, (z, y, x), values of `BoneLabel`.
    grid
        The planning CT's grid.
    definition
        Name and version of the mask definition, e.g. "classical/2"; the protocol depends on it.
    notices
        What a physician must know of this segmentation.
    bones
        Voxels of single bones by TotalSegmentator's class names, where bone labels told them.
    source
        Where bone labels came from; "" without them.
    """

    labels: npt.NDArray[np.uint8]
    grid: Grid
    definition: str
    notices: tuple[Notice, ...] = ()
    bones: Mapping[str, Region] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""

    @property
    def skeleton(self) -> BoolArray:
        """Cortical and trabecular bone and the cavities of long-bone shafts, (z, y, x)."""
        return np.isin(self.labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))

    @property
    def trabecular(self) -> BoolArray:
        """Trabecular bone, (z, y, x)."""
        return np.equal(self.labels, BoneLabel.TRABECULAR)

    @property
    def canal(self) -> BoolArray:
        """Spinal canal, (z, y, x)."""
        return np.equal(self.labels, BoneLabel.CANAL)

    def volume_ml(self, *labels: BoneLabel) -> float:
        """Volume of the given compartments in ml."""
        return sum(int(np.count_nonzero(self.labels == label)) for label in labels) * self.grid.voxel_ml

    def with_shaft_cavities(self) -> BoneCompartments:
        """The same with the cavities of long-bone shafts as trabecular bone, under a name that says so."""
        labels = np.where(self.labels == BoneLabel.SHAFT_CAVITY, np.uint8(BoneLabel.TRABECULAR), self.labels)
        return replace(self, labels=labels, definition=self.definition + WITH_SHAFTS)

    def bone_volumes(self) -> dict[str, BoneVolumes]:
        """Volumes of each bone that labels told apart, ml."""
        return {name: self._volumes_of(region) for name, region in self.bones.items()}

    def _volumes_of(self, region: Region) -> BoneVolumes:
        counts = np.bincount(region.values(self.labels), minlength=len(BoneLabel)) * self.grid.voxel_ml
        cortical, trabecular = float(counts[BoneLabel.CORTICAL]), float(counts[BoneLabel.TRABECULAR])
        return BoneVolumes(cortical + trabecular + float(counts[BoneLabel.SHAFT_CAVITY]), cortical, trabecular)
