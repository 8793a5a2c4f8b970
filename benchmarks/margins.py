"""Grow spheres of known radius by known margins on CT lattices: radius error, and seconds for a large lesion.

Usage: ``python benchmarks/margins.py``.
"""

from __future__ import annotations

import itertools
import math
import time

import numpy as np

from HimarsPlannerLib.export.margins import grow
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region

SPACINGS = ((1.0, 1.0, 1.0), (0.98, 0.98, 2.0), (0.98, 0.98, 3.27), (1.37, 1.37, 5.0))
RADII, MARGINS, PLACES = (5.0, 10.0, 20.0), (2.0, 3.0, 5.0), 4


def sphere(radius: float, margin: float, spacing: tuple[float, float, float], centre: np.ndarray) -> Region:
    """Voxels whose centres lie in a sphere, with room for its margin."""
    size = [2 * math.ceil((radius + margin + 6) / step) + 1 for step in spacing]
    first = [-(n // 2) * step for n, step in zip(size, spacing, strict=True)]
    grid = Grid((size[0], size[1], size[2]), spacing, (first[0], first[1], first[2]))
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)) - centre
    return Region.from_array((place**2).sum(axis=-1) < radius**2, grid)


def main() -> None:
    rng = np.random.default_rng(4)
    for spacing in SPACINGS:
        for margin in MARGINS:
            errors = []
            for radius, _ in itertools.product(RADII, range(PLACES)):
                region = sphere(radius, margin, spacing, rng.uniform(-1, 1, 3))
                grown = grow(region, (margin, margin, margin)).region
                errors.append((grown.volume_ml * 750 / math.pi) ** (1 / 3) - radius - margin)
            print(f"{spacing} mm, margin {margin:g} mm: radius error {np.mean(errors):+.2f} mm", end="")
            print(f" ({min(errors):+.2f} to {max(errors):+.2f} of {len(errors)})")
    region = sphere(30, 3, SPACINGS[1], np.zeros(3))
    start = time.perf_counter()
    grow(region, (3.0, 3.0, 3.0))
    print(f"3 mm around {region.volume_ml:.0f} ml on {SPACINGS[1]} mm: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
