"""Colours that mean something, the same in RTSTRUCT, segmentations and report.

Tier colours stay apart for protan, deutan and tritan sight and in lightness; the tier's number stands beside them
wherever they are used.
"""

from __future__ import annotations

Rgb = tuple[int, int, int]

TIERS: dict[int, Rgb] = {1: (214, 47, 47), 2: (249, 184, 16), 3: (79, 155, 238), 4: (179, 236, 212)}
TRABECULAR: Rgb = (142, 107, 214)
SELECTED: Rgb = (62, 36, 122)
UNCOUNTED: Rgb = (150, 156, 168)
RESERVE: Rgb = (240, 200, 60)
CANAL: Rgb = (80, 180, 220)


def tier_colour(tier: int) -> Rgb:
    """Colour of a tier, RGB 0 to 255; tiers beyond the last share its colour."""
    return TIERS[min(tier, max(TIERS))]


def lesion_colour(tier: int, counts: bool) -> Rgb:
    """Colour of a lesion: its tier's, or grey where it is no metastasis or not yet one."""
    return tier_colour(tier) if counts else UNCOUNTED


def lighter(colour: Rgb, steps: int) -> Rgb:
    """Colour one quarter of the way to white for each step: CTV and PTV stay apart from their GTV."""
    r, g, b = (value + round((255 - value) * steps / 4) for value in colour)
    return r, g, b


def css_colour(colour: Rgb) -> str:
    """Colour in the form #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
