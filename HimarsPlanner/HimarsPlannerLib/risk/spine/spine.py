"""What the spine scores measure once for a patient: canal line, frames and heights of all labelled vertebrae."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...region import Region
from .canal_line import CanalLine
from .collapse import Collapse, find_collapse
from .frame import Frame, find_frame
from .heights import BodyHeights, measure_heights
from .levels import ORDER

WITHOUT_BODY = ("C1", "C2")
BODY_AND_DISC_MM = 44.0


@dataclass(frozen=True)
class Spine:
    """A patient's spine.

    Parameters
    ----------
    labels
        Labelled vertebrae by level, e.g. "L3".
    canal
        Spinal canal; None where none is known.
    """

    labels: Mapping[str, Region]
    canal: Region | None

    @classmethod
    def of(cls, bones: Mapping[str, Region], canal: Region | None) -> Spine:
        """Spine of bones by TotalSegmentator's class names."""
        levels = {name.removeprefix("vertebrae_"): bone for name, bone in bones.items() if name.startswith("vertebrae")}
        return cls({level: levels[level] for level in ORDER if level in levels and levels[level].voxels}, canal)

    @cached_property
    def line(self) -> CanalLine | None:
        """The canal as a line; None without a canal."""
        return CanalLine.of(self.canal) if self.canal is not None and self.canal.voxels else None

    @cached_property
    def frames(self) -> Mapping[str, Frame]:
        """Frame of each labelled vertebra beside which the canal is known."""
        if self.line is None:
            return {}
        found = {level: find_frame(label, self.line) for level, label in self.labels.items()}
        return {level: frame for level, frame in found.items() if frame is not None}

    @cached_property
    def heights(self) -> Mapping[str, BodyHeights]:
        """Heights of each body that the scan holds whole."""
        whole = {level: frame for level, frame in self.frames.items() if not _is_cut(self.labels[level])}
        found = {
            level: measure_heights(self.labels[level], frame)
            for level, frame in whole.items()
            if level not in WITHOUT_BODY and not level.startswith("S")
        }
        return {level: heights for level, heights in found.items() if heights is not None}

    def level_at(self, height: float) -> str:
        """Labelled level whose body's middle is nearest to a height of the canal (LPS z, mm); "" for none near."""
        gaps = {level: abs(float(frame.origin[2]) - height) for level, frame in self.frames.items()}
        nearest = min(gaps, key=lambda level: gaps[level], default="")
        return nearest if nearest and gaps[nearest] <= BODY_AND_DISC_MM / 2 else ""

    def collapse(self, from_percent: float) -> Mapping[str, Collapse]:
        """Loss of height of each measured body that has neighbours; see `find_collapse`."""
        return find_collapse(self.heights, from_percent)


def _is_cut(label: Region) -> bool:
    """Whether the scan's end cuts a bone."""
    return any(
        first == 0 or first + n == whole
        for first, n, whole in zip(label.start, label.mask.shape, label.grid.shape, strict=True)
    )
