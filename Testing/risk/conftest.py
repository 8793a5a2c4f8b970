"""A spine of plain shapes, with known heights, on any grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy

LEVELS = ("T11", "T12", "L1", "L2", "L3")
HEIGHT, PITCH, DEPTH = 24.0, 32.0, 32.0
Heights = Mapping[str, tuple[float, float]]
Inside = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Column:
    """Vertebrae, canal and CT of plain shapes; positions are LPS mm from the canal's front wall at L1's middle.

    Bodies are 40 mm wide and 32 mm deep and 24 mm high, 32 mm apart; the canal is 22 mm wide and 16 mm deep; pedicles
    lie 11 to 19 mm beside the midline, a spinous process behind it.
    """

    grid: Grid
    bones: Mapping[str, Region]
    canal: Region
    ct: Volume
    bone: BoneCompartments

    def region(self, inside: Inside) -> Region:
        """Voxels whose centres (x, y, z) are inside."""
        return Region.from_array(inside(*_places(self.grid)), self.grid)

    def ball(self, centre: tuple[float, float, float], radius: float) -> Region:
        """Voxels of a ball."""
        x, y, z = centre
        return self.region(lambda a, b, c: (a - x) ** 2 + (b - y) ** 2 + (c - z) ** 2 < radius**2)

    def anatomy(self, lesion: Region | None = None, hu: float | None = None, **changes: object) -> Anatomy:
        """The patient, with a lesion of some HU; keywords replace what else there is."""
        array = self.ct.array.copy()
        if lesion is not None and hu is not None:
            array[lesion.to_array() & self.bone.skeleton] = hu
        parts: dict[str, object] = {
            "ct": Volume(array, self.grid),
            "bone": self.bone,
            "gtv_total": lesion if lesion is not None else union((), self.grid),
            "canal": self.canal,
            "canal_contoured": True,
            "bones": self.bones,
        }
        return Anatomy(**(parts | changes))  # type: ignore[arg-type]


def _places(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, z = np.moveaxis(grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    return x, y, z


def _vertebra(x: np.ndarray, y: np.ndarray, z: np.ndarray, front: float, back: float) -> np.ndarray:
    """One vertebra around its body's middle; the body loses height from above."""
    top = -HEIGHT / 2 + back + (front - back) * np.clip(-y / DEPTH, 0, 1)
    body = (np.abs(x) < 20) & (y > -DEPTH) & (y < 0) & (z > -HEIGHT / 2) & (z < top)
    beside = np.abs(x)
    pedicle = (beside > 11) & (beside < 19) & (y >= 0) & (y < 16) & (z > -2) & (z < 10)
    lamina = (beside < 19) & (y >= 16) & (y < 22) & (np.abs(z) < 10)
    spinous = (beside < 4) & (y >= 22) & (y < 45) & (np.abs(z) < 6)
    return np.asarray(body | pedicle | lamina | spinous)


@pytest.fixture(scope="session")
def make_column() -> Callable[..., Column]:
    """Make a column: grid, and front and back heights of bodies that are not 24 mm high."""

    def make(grid: Grid | None = None, heights: Heights | None = None) -> Column:
        grid = grid or Grid((76, 90, 170), (1.0, 1.0, 1.0), (-37.5, -40.5, -84.5))
        x, y, z = _places(grid)
        bones = {}
        for number, level in enumerate(LEVELS):
            front, back = (heights or {}).get(level, (HEIGHT, HEIGHT))
            voxels = _vertebra(x, y, z - PITCH * (2 - number), front, back)
            bones[f"vertebrae_{level}"] = Region.from_array(voxels, grid)
        canal = (x / 11) ** 2 + ((y - 8) / 8) ** 2 < 1
        solid = union(bones.values(), grid).to_array()
        labels = np.zeros(grid.shape, dtype=np.uint8)
        labels[solid] = BoneLabel.CORTICAL
        labels[ndimage.binary_erosion(solid)] = BoneLabel.TRABECULAR
        labels[canal] = BoneLabel.CANAL
        noise = np.random.default_rng(3).normal(0, 12, grid.shape)
        array = np.where(labels == BoneLabel.CORTICAL, 700, np.where(solid, 150, 40)) + noise
        return Column(
            grid,
            bones,
            Region.from_array(canal, grid),
            Volume(array.astype(np.int16), grid),
            BoneCompartments(labels, grid, "plain-shapes/1", bones=bones),
        )

    return make


@pytest.fixture(scope="session")
def column(make_column: Callable[..., Column]) -> Column:
    """Make the column of sound vertebrae at 1 mm."""
    return make_column()
