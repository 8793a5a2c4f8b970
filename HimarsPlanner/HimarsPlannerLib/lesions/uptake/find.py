"""Uptake in PET, sorted: in bone, outside bone, in healthy organs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import ndimage

from ...grid import Grid, Volume
from ...protocol.protocol import LesionSettings
from ...region import BoolArray, Region, Slices
from .basins import Basins, Index, ScalarArray, part_by_peaks
from .blocks import highest, pieces, start_of, widen
from .envelope import Envelope
from .found import Found, Organ, Uptake
from .percent_of_max import outline
from .rule import Rule

CORE = 0.5
CORE_IN_BONE = 0.25
CORE_IN_GAP = 0.5
IN_ORGAN = 0.5
HALO_MM = 8.0


def find_uptake(
    suv: Volume,
    skeleton: BoolArray,
    canal: BoolArray,
    organs: Sequence[Organ],
    rule: Rule,
    settings: LesionSettings,
    split: bool = False,
) -> Uptake:
    """Find uptake and tell bone, soft tissue and healthy organs apart.

    Uptake is parted by its peaks, and each part judged by its core, the voxels above half its peak: a quarter of the
    core in the skeleton makes it bone's, unless it peaks outside bone and half of the core lies in the label of an
    organ that is lit in health. So a bladder that lights up the acetabulum is no bone lesion, and a lesion that has
    broken out of its bone is one. What of a part in bone lies further out of it than the point spread explains is a
    region of its own.

    Parameters
    ----------
    suv
        SUVbw on the CT's grid, (z, y, x); NaN where the PET does not reach.
    skeleton, canal
        Filled bone and spinal canal on the same grid, (z, y, x).
    organs
        Labelled organs on the same grid; may be empty.
    rule
        What counts as uptake and where a lesion ends.
    settings
        Minimum volume, prominence of a peak, point spread.
    split
        Keep touching lesions in bone apart along the minima between them; "percent-of-max" always does.

    Returns
    -------
    Uptake
        Regions in the order of their first voxel.
    """
    values = np.asarray(suv.array, dtype=np.float32)
    hot = values >= rule.detection_suv
    split = split or rule.fraction_of_max is not None
    search = _Search(values, suv.grid, skeleton, canal, organs, rule, settings, split)
    for span, mask in pieces((slice(0, hot.shape[0]), slice(0, hot.shape[1]), slice(0, hot.shape[2])), hot):
        search.add(span, mask)
    return search.result()


@dataclass
class _Search:
    values: ScalarArray
    grid: Grid
    skeleton: BoolArray
    canal: BoolArray
    organs: Sequence[Organ]
    rule: Rule
    settings: LesionSettings
    split: bool
    bone: list[Found] = field(default_factory=list)
    outside: list[Found] = field(default_factory=list)
    healthy: Counter[str] = field(default_factory=Counter)
    spilt: int = 0
    specks: list[int] = field(default_factory=list)

    @cached_property
    def envelope(self) -> Envelope:
        return Envelope.of(self.skeleton | self.canal, self.grid)

    @cached_property
    def smallest(self) -> int:
        """Voxels of the smallest lesion."""
        return int(np.ceil(self.settings.minimum_ml / self.grid.voxel_ml * (1 - 1e-9)))

    def result(self) -> Uptake:
        voxel_ml = self.grid.voxel_ml
        return Uptake(
            bone=tuple(self.bone),
            outside=tuple(self.outside),
            healthy_ml={name: voxels * voxel_ml for name, voxels in self.healthy.items()},
            spill_ml=self.spilt * voxel_ml,
            specks=len(self.specks),
            specks_ml=sum(self.specks) * voxel_ml,
        )

    def add(self, span: Slices, mask: BoolArray) -> None:
        """Sort one connected uptake."""
        size = int(np.count_nonzero(mask))
        if size < self.smallest:
            self.specks.append(size)
            return
        basins = part_by_peaks(self.values[span], mask, self.settings.peak_prominence, self.smallest)
        in_bone = [n for n, peak in enumerate(basins.peaks, 1) if self._is_bone(span, basins.labels == n, peak)]
        self._add_bone(span, basins, in_bone)

    def _is_bone(self, span: Slices, part: BoolArray, peak: Index) -> bool:
        """Whether a part is bone's; where it is not, it is put where it belongs."""
        values = self.values[span]
        core = part & (values >= CORE * values[peak])
        in_bone = float(np.mean(self.skeleton[span][core]))
        if in_bone >= CORE_IN_BONE and self.skeleton[span][peak]:
            return True
        organ = self._organ_of(span, core)
        if organ is not None and organ.has_uptake:
            self.healthy[organ.name] += int(np.count_nonzero(part))
            self.spilt += int(np.count_nonzero(part & self.skeleton[span]))
            return False
        if in_bone >= CORE_IN_BONE:
            return True
        in_gap = np.count_nonzero(self.envelope.holds(core, start_of(span))) >= CORE_IN_GAP * np.count_nonzero(core)
        outer = part if in_gap else part & ~self.skeleton[span]
        self.spilt += int(np.count_nonzero(part & ~outer))
        name = "" if organ is None else organ.name
        self.outside += [Found(region, organ=name, in_gap=bool(in_gap)) for region in self._regions(span, outer)]
        return False

    def _organ_of(self, span: Slices, mask: BoolArray) -> Organ | None:
        """Organ whose label holds half of the voxels outside bone or more, those that are lit in health first."""
        soft = mask & ~self.skeleton[span] & ~self.canal[span]
        here = Region(self.grid, start_of(span), soft)
        shares = [(organ.region.overlap(here) / np.count_nonzero(mask), organ) for organ in self.organs]
        holding = [one for one in shares if one[0] >= IN_ORGAN]
        return max(holding, key=lambda one: (one[1].has_uptake, one[0]))[1] if holding else None

    def _add_bone(self, span: Slices, basins: Basins, numbers: Sequence[int]) -> None:
        groups = [[number] for number in numbers] if self.split else [list(numbers)] if numbers else []
        for group in groups:
            part = np.isin(basins.labels, group)
            first = len(self.bone)
            self.bone += [Found(region) for region in self._regions(span, part & self.skeleton[span])]
            if len(self.bone) > first:
                self._add_outgrowth(span, part, first)

    def _add_outgrowth(self, span: Slices, part: BoolArray, first: int) -> None:
        """What lies further outside bone than the halo that the point spread makes around a hot lesion."""
        wide, here = widen(span, part, self.grid, HALO_MM)
        bone = self.skeleton[wide]
        far = here & (ndimage.distance_transform_edt(~bone, self.grid.spacing_zyx) > HALO_MM)
        if np.count_nonzero(far) < self.smallest:
            return
        near_far = ndimage.distance_transform_edt(~far, self.grid.spacing_zyx) <= HALO_MM
        for region in self._regions(wide, here & near_far & ~bone):
            organ = self._organ_of(region.box, region.mask)
            if organ is not None and organ.has_uptake:
                self.healthy[organ.name] += region.voxels
            else:
                name = "" if organ is None else organ.name
                self.outside.append(Found(region, part_of=self._nearest_lesion(region, first), organ=name))

    def _nearest_lesion(self, region: Region, first: int) -> int:
        """Index of the lesion in bone, among those from `first` on, whose centre is nearest."""
        centre = np.asarray(region.centroid_lps)
        gaps = [np.linalg.norm(np.asarray(found.region.centroid_lps) - centre) for found in self.bone[first:]]
        return first + int(np.argmin(gaps))

    def _regions(self, span: Slices, mask: BoolArray) -> Iterator[Region]:
        """Connected regions of at least the minimum volume, each ended by the rule; the others are specks."""
        for where, piece in pieces(span, mask):
            if self.rule.fraction_of_max is not None and np.count_nonzero(piece) >= self.smallest:
                where, piece = self._ended(where, piece, self.rule.fraction_of_max)
            size = int(np.count_nonzero(piece))
            if size >= self.smallest:
                yield Region.from_array(piece, self.grid, start_of(where))
            else:
                self.specks.append(size)

    def _ended(self, span: Slices, piece: BoolArray, fraction: float) -> tuple[Slices, BoolArray]:
        """A piece ended at a fraction of its maximum, on its own side of the bone's surface."""
        reach = self.settings.point_spread_mm
        wide, here = widen(span, piece, self.grid, reach)
        values = np.nan_to_num(self.values[wide], nan=-np.inf)
        peak = highest(values, here)
        bone = self.skeleton[wide]
        allowed = (bone if bone[peak] else ~bone) & (values < self.rule.detection_suv)
        return wide, outline(values, here, peak, allowed, fraction, reach, self.grid.spacing_zyx)
