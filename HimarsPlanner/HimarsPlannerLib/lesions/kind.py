"""Whether a lesion is in bone, a node or neither."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..anatomy import is_node
from ..bone.compartments import BoneCompartments
from ..region import Region
from .candidate import Candidate
from .lesion import Kind
from .sites.labelled import Labels
from .uptake.envelope import Envelope

BONE_FRACTION = 0.25
GAP_FRACTION = 0.5


@dataclass(frozen=True)
class KindFinder:
    """What tells lesions in bone from others.

    Parameters
    ----------
    bone
        Compartments of the planning CT.
    labels
        Labelled bones on the same grid.
    """

    bone: BoneCompartments
    labels: Labels

    def kind(self, candidate: Candidate) -> Kind:
        """What PET finding said, else the name (GTVn), else "bone" where enough of it is in bone or in a gap of it."""
        if candidate.kind is not None:
            return candidate.kind
        if is_node(candidate.name):
            return "node"
        return "bone" if self._in_bone(candidate.region) or self._in_gap(candidate.region) else "other"

    def is_in_gap(self, candidate: Candidate) -> bool:
        """Whether a drawn lesion is in bone only because it fills a gap of it, as lytic ones do."""
        return candidate.kind is None and self.kind(candidate) == "bone" and not self._in_bone(candidate.region)

    @cached_property
    def _envelope(self) -> Envelope:
        return Envelope.of(self.bone.skeleton | self.bone.canal, self.bone.grid)

    def _in_bone(self, region: Region) -> bool:
        labelled = sum(region.overlap(one) for _, regions in self.labels.values() for one in regions)
        in_skeleton = float(np.mean(region.values(self.bone.skeleton)))
        return max(in_skeleton, labelled / region.voxels) >= BONE_FRACTION

    def _in_gap(self, region: Region) -> bool:
        held = self._envelope.holds(region.mask, region.start)
        return float(np.mean(held[region.mask])) >= GAP_FRACTION
