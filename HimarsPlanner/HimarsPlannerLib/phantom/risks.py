"""True risk figures of the spine and of long bones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray
from .lesions import Mass
from .sample import cortical_hu
from .skeleton import MARROW_STRIDE, STEP, Skeleton, interpolate
from .spine import Canal
from .truth import View, mass_block

DEFINITIONS = {
    "canal_encroachment": "largest share of the canal's area covered by the GTV over axial planes 1 mm apart",
    "cortical_involvement": "of a lesion in a shaft: rays every degree from the centre of the bone's section, in axial"
    " planes 1 mm apart; a ray is involved where the GTV meets the cortical shell; circumference: largest involved "
    "angle of a plane; axial: longest run of planes with an involved ray in one sector of 30 degrees",
    "rigidity_reduction": "of a lesion in a shaft: against the same bone without it, largest of axial planes 1 mm "
    "apart; density 131 + 1.067 HU kg/m3 (Rho 1995), modulus 6850 density^1.49 MPa (Morgan 2003, g/cm3), shear modulus "
    "in proportion; bending by the smaller principal axis",
}
_HALF_MM = 32.0
_STEP_MM = 0.25

Section = npt.NDArray[Any]


def canal_encroachment(mass: Mass, canal: Canal, skeleton: Skeleton, view: View) -> dict[str, float] | None:
    """Worst share of the canal's area covered by a lesion; None where it does not reach the canal."""
    z, y, x = view.samples(skeleton.grid, mass_block(mass, skeleton))
    at = z[::2], y, x
    if not all(len(p) for p in at):
        return None
    gtv = mass.distance(skeleton, at, interpolate(skeleton.outer, at))
    covered = (np.maximum(gtv, canal.tube().distance(*skeleton.coordinates(at))) < 0).sum(axis=(1, 2))
    if not covered.any():
        return None
    # The whole lumen, also where it reaches out of the lesion's box: the ellipse in the axial plane.
    lps_z = skeleton.grid.origin[2] + STEP * at[0]
    _, _, a, b, cosine = canal.section((lps_z / skeleton.frame.scale).astype(np.float32))
    area = np.pi * a * b / cosine * skeleton.frame.scale**2
    fraction = covered * (STEP / 2) ** 2 / area
    worst = int(np.argmax(fraction))
    return {"worst_area_fraction": float(fraction[worst]), "at_z_mm": float(lps_z[worst])}


def shaft_risks(mass: Mass, skeleton: Skeleton, view: View) -> dict[str, dict[str, float]]:
    """Cortical involvement and loss of rigidity by a lesion in a shaft."""
    sections = _sections(mass, skeleton, view)
    rays = np.array([_involved_rays(section) for section in sections])
    sectors = np.asarray(rays.reshape(len(rays), 12, 30).max(axis=2))
    kept = np.array([_rigidity(section, lesion=True) / _rigidity(section, lesion=False) for section in sections])
    loss = 100 * (1 - kept.min(axis=0))
    return {
        "cortical_involvement": {
            "axial_mm": float(max(longest_run(sectors[:, s]) for s in range(12))),
            "circumference_degrees": float(rays.sum(axis=1).max()),
        },
        "rigidity_reduction": {
            "axial_percent": float(loss[0]),
            "bending_percent": float(loss[1]),
            "torsion_percent": float(loss[2]),
        },
    }


def longest_run(flags: Any) -> int:
    """Length of the longest run of true values."""
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def _sections(mass: Mass, skeleton: Skeleton, view: View) -> list[dict[str, Section]]:
    """Fine axial planes of a bone around its centre: GTV, outer and inner distance, HU without and with the lesion."""
    block, own = skeleton.bones[mass.bone]
    result = []
    for plane in view.samples(skeleton.grid, mass_block(mass, skeleton))[0][::2]:
        inside = np.argwhere(own[round(float(plane)) - block[0].start] < 0)
        cy, cx = np.add(inside.mean(axis=0), [block[1].start, block[2].start])
        across = np.arange(-_HALF_MM, _HALF_MM, _STEP_MM)
        at = np.array([plane]), cy + across, cx + across
        outer, inner = interpolate(skeleton.outer, at), interpolate(skeleton.inner, at)
        own_outer = skeleton.own_distance(mass.bone, at)
        gtv = mass.distance(skeleton, at, outer) < 0
        marrow = interpolate(skeleton.marrow, (at[0] / MARROW_STRIDE, at[1] / MARROW_STRIDE, at[2] / MARROW_STRIDE))
        sound = np.where(inner < 0, marrow, cortical_hu(inner - outer))
        in_marrow, in_cortex, _ = mass.values(*skeleton.coordinates(at))
        ill = np.where(inner < 0, in_marrow, sound if in_cortex is None else in_cortex)
        section = {"bone": own_outer < 0, "shell": (own_outer < 0) & (inner >= 0), "gtv": gtv}
        section |= {"sound": sound, "ill": np.where(gtv, ill, sound)}
        result.append({name: values[0] for name, values in section.items()})
    return result


def _involved_rays(section: dict[str, Section]) -> FloatArray:
    hit = np.logical_and(section["gtv"], section["shell"])
    angle = np.deg2rad(np.arange(360) + 0.5)
    r = np.arange(1, _HALF_MM - 1, 0.2)[:, None]
    iy = np.rint((_HALF_MM + r * np.sin(angle)) / _STEP_MM).astype(int)
    ix = np.rint((_HALF_MM + r * np.cos(angle)) / _STEP_MM).astype(int)
    return np.asarray(hit[iy, ix].any(axis=0), dtype=np.float64)


def _rigidity(section: dict[str, Section], *, lesion: bool) -> FloatArray:
    """Axial, bending and torsional rigidity of a section, each up to a constant."""
    hu = section["ill" if lesion else "sound"].astype(np.float64)
    density = np.maximum(131 + 1.067 * hu, 1.0) / 1000
    modulus = np.where(section["bone"], 6850 * density**1.49, 0.0)
    y, x = np.indices(modulus.shape) * _STEP_MM
    axial = modulus.sum()
    dy, dx = y - (modulus * y).sum() / axial, x - (modulus * x).sum() / axial
    second = np.array([[(modulus * dy * dy).sum(), (modulus * dx * dy).sum()], [0, (modulus * dx * dx).sum()]])
    return np.array([axial, np.linalg.eigvalsh(second, UPLO="U")[0], second[0, 0] + second[1, 1]])
