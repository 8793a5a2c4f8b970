"""What the report's pictures are drawn from: CT, bone and lesions along the patient's axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..export.palette import Rgb, lesion_colour
from ..grid import Grid
from ..orient import region_to_lps_axes, to_lps_axes
from ..plan import Plan
from ..region import BoolArray, Region
from ..selection.selection import Decision
from .views import View


@dataclass(frozen=True)
class DrawnLesion:
    """A lesion with its verdict, and its voxels along the patient's axes."""

    decision: Decision
    region: Region

    @property
    def rank(self) -> int:
        """Place in the order of treatment, 1 is first."""
        return self.decision.ranked.rank

    @property
    def selected(self) -> bool:
        """Whether it is to be treated."""
        return self.decision.verdict == "selected"

    @property
    def colour(self) -> Rgb:
        """Its tier's colour; grey for what is no metastasis, or not yet one."""
        ranked = self.decision.ranked
        return lesion_colour(ranked.tier, ranked.lesion.counts)

    @property
    def title(self) -> str:
        """Rank, name, site, volume, tier and verdict in one line."""
        ranked, lesion = self.decision.ranked, self.decision.ranked.lesion
        what = f"{ranked.rank} · {lesion.name} · {lesion.site.name} · {lesion.volume_ml:.1f} ml · "
        return what + (f"tier {ranked.tier} · {self.decision.verdict}" if lesion.counts else ranked.reason)

    def extents(self, view: View) -> npt.NDArray[np.float64]:
        """Voxels in each plane of `view`, as a fraction of the plane that has most; shape (planes of the block,)."""
        others = tuple(axis for axis in range(3) if axis != view.axis)
        counts = self.region.mask.sum(axis=others)
        return np.asarray(counts / counts.max())

    def largest(self, view: View) -> int:
        """Plane of `view` in which the lesion is largest."""
        return self.region.start[view.axis] + int(self.extents(view).argmax())

    def start(self, view: View) -> npt.NDArray[np.int64]:
        """Row and column at which the lesion's block begins in a plane of `view`, in array order."""
        return np.array([self.region.start[view.rows], self.region.start[view.columns]])

    def cut(self, view: View, index: int) -> BoolArray:
        """Lesion's block in plane `index` of `view`, in array order."""
        return view.cut(self.region.mask, index - self.region.start[view.axis])

    def silhouette(self, view: View) -> BoolArray:
        """Lesion's block projected along `view`, in array order."""
        return np.asarray(self.region.mask.any(axis=view.axis))

    def crosses(self, view: View, index: int) -> bool:
        """Whether plane `index` of `view` cuts the lesion."""
        offset = index - self.region.start[view.axis]
        return 0 <= offset < self.region.mask.shape[view.axis] and bool(self.extents(view)[offset] > 0)


@dataclass(frozen=True)
class Scene:
    """CT, bone labels and lesions on one grid whose axes are the patient's; lesions in rank order."""

    ct: npt.NDArray[np.generic]
    labels: npt.NDArray[np.uint8]
    grid: Grid
    lesions: tuple[DrawnLesion, ...]

    @classmethod
    def of(cls, plan: Plan) -> Scene:
        """Scene of a plan; arrays are views, nothing is copied."""
        ct, grid = to_lps_axes(plan.study.ct.volume.array, plan.study.ct.volume.grid)
        labels, _ = to_lps_axes(plan.bone.labels, plan.bone.grid)
        lesions = tuple(
            DrawnLesion(decision, region_to_lps_axes(decision.ranked.lesion.region))
            for decision in plan.selection.decisions
        )
        return cls(ct, labels, grid, lesions)

    @property
    def focus(self) -> tuple[DrawnLesion, ...]:
        """Lesions that the overview must show: the selected ones, or all metastases where none is selected."""
        counted = tuple(lesion for lesion in self.lesions if lesion.decision.ranked.lesion.counts)
        return tuple(lesion for lesion in counted if lesion.selected) or counted

    def best_plane(self, view: View) -> int:
        """Plane of `view` that shows most of the lesions in focus, urgent tiers first; the middle without lesions."""
        shown = np.zeros(self.grid.shape[view.axis])
        for lesion in self.focus:
            start = lesion.region.start[view.axis]
            extents = lesion.extents(view)
            shown[start : start + extents.size] += extents / lesion.decision.ranked.tier
        return int(shown.argmax()) if shown.any() else shown.size // 2

    def first_planes(self, view: View, most: int) -> list[int]:
        """Planes through the lesions in focus, in rank order, skipping those that an earlier plane cuts already."""
        planes: list[int] = []
        for lesion in self.focus:
            if not any(lesion.crosses(view, index) for index in planes):
                planes.append(lesion.largest(view))
            if len(planes) == most:
                break
        return planes or [self.best_plane(view)]

    def through(self, view: View, index: int) -> Sequence[DrawnLesion]:
        """Lesions that plane `index` of `view` cuts, in rank order."""
        return [lesion for lesion in self.lesions if lesion.crosses(view, index)]
