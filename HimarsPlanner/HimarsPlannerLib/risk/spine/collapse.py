"""Loss of height of a vertebral body against its neighbours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .heights import POSITIONS, BodyHeights
from .levels import ORDER

# Posterior heights of adults, mm: how heights change from level to level where neighbours lie on one side only.
# Panjabi, Spine 1991;16:861-9 and 888-901 and 1992;17:299-306 (C2, L6 and the gaps filled in).
TYPICAL_MM = {
    **dict(zip(("C2", "C3", "C4", "C5", "C6", "C7"), (11.6, 11.6, 11.4, 11.4, 10.9, 12.8), strict=True)),
    **dict(zip([f"T{n}" for n in range(1, 7)], (14.1, 15.6, 15.7, 16.2, 16.2, 17.4), strict=True)),
    **dict(zip([f"T{n}" for n in range(7, 13)], (18.2, 18.7, 19.3, 20.2, 21.3, 22.7), strict=True)),
    **dict(zip([f"L{n}" for n in range(1, 7)], (23.8, 24.3, 23.8, 24.1, 22.9, 22.9), strict=True)),
}
FARTHEST_LEVELS = 4


@dataclass(frozen=True)
class Collapse:
    """Loss of height of a body.

    Parameters
    ----------
    percent
        100 (1 - height / what the neighbours let expect), at the position where it is largest; 0 for none.
    position
        "anterior", "middle" or "posterior".
    expected_mm
        Height expected there.
    neighbours
        Levels that it was compared with.
    """

    percent: float
    position: str
    expected_mm: float
    neighbours: tuple[str, ...]


def find_collapse(heights: Mapping[str, BodyHeights], from_percent: float) -> dict[str, Collapse]:
    """Loss of height of each measured body that has neighbours.

    Each of the three heights is compared with the same height of the nearest bodies above and below, so that neither
    the hollow middle nor the wedge of a healthy body counts. Collapsed bodies are no reference: the worst is left out
    and all are compared anew until none is left that is collapsed and serves as one.

    Parameters
    ----------
    heights
        Measured bodies by level.
    from_percent
        Loss from which on a body is collapsed.
    """
    sound = set(heights)
    while True:
        found = {level: loss for level in heights if (loss := _against(level, heights, sound)) is not None}
        worst = max((level for level in found if level in sound), key=lambda level: found[level].percent, default=None)
        if worst is None or found[worst].percent < from_percent:
            return found
        sound.discard(worst)


def _against(level: str, heights: Mapping[str, BodyHeights], sound: Collection[str]) -> Collapse | None:
    place = ORDER.index(level)
    near = sorted((abs(ORDER.index(other) - place), other) for other in sound if other != level)
    above = next(((gap, other) for gap, other in near if ORDER.index(other) < place), None)
    below = next(((gap, other) for gap, other in near if ORDER.index(other) > place), None)
    used = [one for one in (above, below) if one is not None and one[0] <= FARTHEST_LEVELS]
    if not used:
        return None
    weights = [1 / gap for gap, _ in used]
    losses = []
    for position in POSITIONS:
        scales = [getattr(heights[other], position) / TYPICAL_MM[other] for _, other in used]
        scale = sum(w * s for w, s in zip(weights, scales, strict=True)) / sum(weights)
        expected = TYPICAL_MM[level] * scale
        losses.append((100 * (1 - getattr(heights[level], position) / expected), position, expected))
    percent, position, expected = max(losses)
    return Collapse(max(percent, 0.0), position, expected, tuple(other for _, other in used))
