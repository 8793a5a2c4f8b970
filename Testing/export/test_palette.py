"""Tier colours, seen by every kind of eye and read on their own chip."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from HimarsPlannerLib.export.palette import TIERS, Rgb, css_colour, tier_colour

# Simulation of colour vision deficiency, linear RGB (Machado, IEEE TVCG 2009;15:1291-8, severity 1.0).
SIGHT = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colour: Rgb, sight: np.ndarray) -> np.ndarray:
    """CIE Lab (D65) of an sRGB colour as that sight sees it."""
    values = np.array(colour) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    ratio = TO_XYZ @ np.clip(sight @ linear, 0, 1) / (0.95047, 1.0, 1.08883)
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_tiers_stay_apart_for_every_sight(sight: str) -> None:
    seen = [lab(colour, np.array(SIGHT[sight])) for colour in TIERS.values()]
    # A difference of 2.3 is just noticeable; ten times that is told apart at a glance.
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 23


def test_a_tier_beyond_the_last_has_a_colour() -> None:
    assert tier_colour(9) == tier_colour(4)


def test_css_colour_is_hexadecimal() -> None:
    assert css_colour((1, 160, 255)) == "#01a0ff"
