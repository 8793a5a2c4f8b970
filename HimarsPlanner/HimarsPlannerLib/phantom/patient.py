"""One seeded patient: proportions, spinal curve, bone density and fat, all in body coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from .frame import Frame

Arms = Literal["sides", "raised"]

LEVELS = (
    *(f"L{n}" for n in range(5, 0, -1)),
    *(f"T{n}" for n in range(12, 0, -1)),
    *(f"C{n}" for n in range(7, 0, -1)),
)
_INDEX = {name: i for i, name in enumerate(LEVELS)}

# fmt: off
# Adult male vertebrae, mm, at some levels; the others are interpolated.
_SIZES: dict[str, dict[str, float]] = {
    "width": {
        "L5": 50, "L3": 46, "L1": 42, "T12": 41, "T9": 33, "T6": 29, "T3": 27, "T1": 29, "C7": 28, "C5": 25,
        "C1": 20,
    },
    "depth": {"L5": 35, "L3": 34, "L1": 32, "T12": 31, "T9": 29, "T6": 26, "T3": 20, "T1": 17, "C5": 16.5, "C1": 15},
    "height": {
        "L5": 27, "L3": 28, "L1": 27, "T12": 25, "T9": 22, "T6": 20, "T3": 18, "T1": 17, "C7": 14.5,
        "C5": 13, "C1": 13,
    },
    "disc": {
        "L5": 10, "L4": 11, "L1": 8.5, "T12": 7, "T9": 5, "T6": 4.5, "T3": 4.2, "T1": 4.5, "C7": 5,
        "C5": 5.5, "C1": 4.5,
    },
    "canal_width": {
        "L5": 26, "L3": 23, "T12": 22, "T9": 18, "T6": 17.5, "T3": 18, "T1": 21, "C7": 23, "C4": 25,
        "C1": 28,
    },
    "canal_depth": {"L5": 17, "L1": 17, "T6": 16, "T1": 15.5, "C5": 15.5, "C3": 16.5, "C1": 21},
    "pedicle_width": {
        "L5": 15, "L3": 10, "L1": 8, "T12": 8.5, "T9": 6.5, "T6": 6, "T3": 6.5, "T1": 8.5, "C7": 7, "C1": 6,
    },
    "pedicle_height": {"L5": 14, "L1": 15, "T12": 16, "T6": 12, "T1": 10, "C7": 8, "C1": 8},
    "transverse": {
        "L5": 44, "L3": 47, "L1": 39, "T12": 27, "T11": 29, "T6": 32, "T1": 38, "C7": 34, "C3": 27, "C1": 36,
    },
    "transverse_back": {"L5": 3, "L1": 3, "T12": 8, "T6": 13, "T1": 10, "C7": 4, "C5": -3, "C1": -3},
    "spinous": {
        "L5": 24, "L3": 32, "L1": 30, "T12": 26, "T8": 30, "T6": 32, "T1": 36, "C7": 34, "C5": 20, "C3": 16,
        "C2": 18, "C1": 3,
    },
    "droop": {
        "L5": 0.15, "L1": 0.15, "T12": 0.3, "T9": 0.7, "T6": 0.9, "T3": 0.7, "T1": 0.4, "C7": 0.35,
        "C5": 0.3, "C1": 0.1,
    },
}
# Forward lean of the spine in degrees, going up, at these levels.
_LEAN = {
    "L5": 34, "L4": 20, "L3": 5, "L2": -8, "L1": -15, "T12": -18, "T10": -14, "T7": 0, "T4": 14, "T1": 24, "C6": 14,
    "C4": 2, "C2": -4, "C1": -4,
}
# fmt: on


@dataclass(frozen=True)
class Level:
    """One vertebra: its place and sizes in mm.

    Parameters
    ----------
    centre
        Centre of the vertebral body, (x, y, z).
    lean
        Forward lean of its axis, radians.
    collapse
        Fraction of the anterior height lost.
    """

    name: str
    centre: tuple[float, float, float]
    lean: float
    size: dict[str, float]
    collapse: float = 0.0
    marrow: float = 160.0

    def to_body(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Body position of a point given to the left, to the back and upwards of the vertebral body's centre."""
        s, c = np.sin(self.lean), np.cos(self.lean)
        cx, cy, cz = self.centre
        return float(cx + x), float(cy + y * c - z * s), float(cz + y * s + z * c)


@dataclass(frozen=True)
class Patient:
    """Everything that differs between two patients.

    Parameters
    ----------
    density
        Factor on the HU of trabecular bone.
    cortex
        Factor on cortical thickness.
    fat
        Subcutaneous fat in mm at the belly.
    sacral_lean
        Forward lean of the sacral axis at S1, radians.
    """

    seed: int
    frame: Frame
    density: float
    cortex: float
    fat: float
    girth: float
    pelvis: float
    femur_version: float
    sacral_lean: float
    levels: tuple[Level, ...]
    arms: Arms

    def level(self, name: str) -> Level:
        """The vertebra of that name, e.g. "L3"."""
        return self.levels[_INDEX[name]]


def make_patient(seed: int, arms: Arms = "sides", collapse: dict[str, float] | None = None) -> Patient:
    """Patient of a seed; the same seed gives the same patient.

    Parameters
    ----------
    seed
        Any non-negative integer.
    arms
        Where the arms lie.
    collapse
        Fraction of the anterior height lost by vertebrae of these names.
    """
    rng = np.random.default_rng([seed, 1])
    frame = Frame(scale=rng.uniform(0.93, 1.01), yaw=rng.uniform(-0.025, 0.025), roll=rng.uniform(-0.015, 0.015))
    density = rng.uniform(0.65, 1.25)
    levels = _make_levels(rng, density, collapse or {})
    return Patient(
        seed=seed,
        frame=frame,
        density=density,
        cortex=rng.uniform(0.88, 1.12),
        fat=rng.uniform(14, 30),
        girth=rng.uniform(0.97, 1.05),
        pelvis=rng.uniform(0.97, 1.03),
        femur_version=np.deg2rad(rng.uniform(8, 16)),
        sacral_lean=levels[0].lean + np.deg2rad(4),
        levels=levels,
        arms=arms,
    )


def _make_levels(rng: np.random.Generator, density: float, collapse: dict[str, float]) -> tuple[Level, ...]:
    n = len(LEVELS)
    size = {
        key: PchipInterpolator([_INDEX[k] for k in knots], list(knots.values()))(np.arange(n))
        for key, knots in _SIZES.items()
    }
    for key in ("width", "depth", "height", "disc"):
        size[key] = size[key] * rng.uniform(0.96, 1.04) * rng.uniform(0.985, 1.015, n)
    curve = rng.uniform(0.85, 1.15, 2)
    lean = PchipInterpolator([_INDEX[k] for k in _LEAN], list(_LEAN.values()))(np.arange(n))
    lean = np.deg2rad(np.where(lean > 0, lean * curve[0], lean * curve[1]))
    sway, phase = rng.uniform(0, 5), rng.uniform(0, 2 * np.pi)
    bend = CubicSpline([-8, 0, 6, 12, 18, 24, 30], np.r_[0, 0, sway * np.sin(phase + np.arange(4) * 1.7), 0])
    marrow = (
        165 * density * np.interp(np.arange(n), [0, 5, 16, 24], [0.85, 0.95, 1.15, 1.5]) * rng.uniform(0.93, 1.07, n)
    )
    levels = []
    position = np.zeros(2)
    for i, name in enumerate(LEVELS):
        half = np.array([-np.sin(lean[i]), np.cos(lean[i])])
        reach = (size["disc"][i] / 2 if i == 0 else size["disc"][i]) + size["height"][i] / 2
        position = position + half * reach
        levels.append(
            Level(
                name=name,
                centre=(float(bend(i)), float(position[0]), float(position[1])),
                lean=float(lean[i]),
                size={key: float(values[i]) for key, values in size.items()},
                collapse=collapse.get(name, 0.0),
                marrow=float(marrow[i]),
            )
        )
        position = position + half * size["height"][i] / 2
    return tuple(levels)
