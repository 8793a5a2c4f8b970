"""How contours are drawn in an RTSTRUCT."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OutputError
from .contours import Holes
from .split import STANDARD_POINTS

_FEWEST_POINTS = 12
_COARSEST_MM = 5.0


@dataclass(frozen=True)
class Drawing:
    """How contours are drawn.

    Parameters
    ----------
    holes
        "keyhole" writes CLOSED_PLANAR contours joined to their holes; "separate" writes every contour of a structure
        with holes as CLOSEDPLANAR_XOR.
    simplify_mm
        Corners may be left out where the contour stays within this distance of them; 0 keeps every corner.
    maximum_points
        Longer contours are parted into several.
    """

    holes: Holes = "keyhole"
    simplify_mm: float = 0.0
    maximum_points: int = STANDARD_POINTS


EXACT = Drawing()
"""Every voxel comes back: keyholes, no corner left out."""


def check_drawing(drawing: Drawing) -> None:
    """Refuse what cannot be drawn.

    Raises
    ------
    OutputError
        A number makes no sense.
    """
    if not 0 <= drawing.simplify_mm <= _COARSEST_MM:
        raise OutputError(
            f"Contours cannot be simplified by {drawing.simplify_mm:g} mm", f"0 to {_COARSEST_MM:g} mm", "correct it"
        )
    if drawing.maximum_points < _FEWEST_POINTS:
        raise OutputError(
            f"{drawing.maximum_points} points are too few for a contour", f"{_FEWEST_POINTS} or more", "correct it"
        )
