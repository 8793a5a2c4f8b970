"""The posterior wall of the vertebral bodies, which is the front wall of the canal."""

from __future__ import annotations

import numpy as np

from ...region import Region
from ..spine.canal_line import CanalLine, half_voxel

CENTRAL = 0.8
"""Share of the canal's half width in which its front wall is the body's and not a pedicle's."""


def reaches_wall(lesion: Region, line: CanalLine, wall_mm: float) -> bool:
    """Whether a lesion reaches the posterior wall from the front, or has gone through it.

    Parameters
    ----------
    lesion
        Its voxels.
    line
        The canal.
    wall_mm
        Thickness of the wall: a lesion whose edge is nearer to the canal lies in it.
    """
    points = lesion.grid.to_lps(np.argwhere(lesion.mask) + np.asarray(lesion.start))
    points = points[(points[:, 2] >= line.z[0]) & (points[:, 2] <= line.z[-1])]
    z = points[:, 2]
    beside = np.abs(points[:, 0] - line.at(z, line.x)) <= CENTRAL * line.at(z, line.half_width)
    edge = points[:, 1] + half_voxel(lesion.grid.axes, lesion.grid.spacing)[1]
    in_front = points[:, 1] < line.at(z, line.y)
    return bool((beside & in_front & (line.at(z, line.front) - edge <= wall_mm)).any())
