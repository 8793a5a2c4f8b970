"""Register a whole-body PET/CT's CT that was moved by 15 mm and 8 degrees: error, quality figure and seconds by seed.

The made patient is built twice, with his arms raised in the planning CT and at his sides in the PET/CT, which has
noise of a low dose, other voxels and another table. Errors are those of points in bone. Usage:
``python benchmarks/registration.py [SEEDS]``, by default 3; a patient takes a minute or two to build.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import SimpleITK as sitk

from HimarsPlannerLib.grid import FloatArray, Grid, Volume
from HimarsPlannerLib.phantom.build import LOW_DOSE_NOISE_HU, build_phantom
from HimarsPlannerLib.study.motion import inverse, moved, rotation_deg
from HimarsPlannerLib.study.registration.bone_surface import surface_distance
from HimarsPlannerLib.study.registration.rigid import register_rigidly

SPACING = (0.98, 0.98, 3.0)
OTHER_SPACING = (1.37, 1.37, 3.27)
SHIFT_MM, ANGLE_DEG = 15.0, 8.0
TABLE_MM = np.array([3.0, -140.0, 900.0])


def random_motion(seed: int, about: FloatArray) -> FloatArray:
    """Turn about a random axis through a point and a shift in a random direction, after the table's own place."""
    rng = np.random.default_rng(seed)
    axis, shift = (vector / np.linalg.norm(vector) for vector in rng.normal(size=(2, 3)))
    transform = sitk.VersorRigid3DTransform()
    transform.SetCenter(about.tolist())
    transform.SetRotation(axis.tolist(), np.radians(ANGLE_DEG))
    transform.SetTranslation((SHIFT_MM * shift).tolist())
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(transform.GetMatrix(), (3, 3))
    matrix[:3, 3] = np.array(transform.TransformPoint((0.0, 0.0, 0.0))) + TABLE_MM
    return matrix


def scan_again(ct: Volume, matrix: FloatArray) -> Volume:
    """CT of the moved patient on another scanner's lattice."""
    image = sitk.GetImageFromArray(ct.array)
    image.SetSpacing(ct.grid.spacing)
    image.SetOrigin(ct.grid.origin)
    extent = np.array(ct.grid.size) * ct.grid.spacing
    middle = ct.grid.to_lps((np.array(ct.grid.shape) - 1) / 2)
    origin = tuple(float(v) for v in moved(middle, matrix) - extent / 2)
    grid = Grid(tuple(int(n) for n in extent / OTHER_SPACING), OTHER_SPACING, origin)
    back = inverse(matrix)
    transform = sitk.AffineTransform(back[:3, :3].ravel().tolist(), back[:3, 3].tolist())
    found = sitk.Resample(image, grid.size, transform, sitk.sitkLinear, origin, OTHER_SPACING, grid.direction, -1024)
    return Volume(sitk.GetArrayFromImage(found), grid)


def main(seeds: int) -> None:
    print(
        "seed  planning CT        PET/CT's CT        error mm (mean, max)  deg    bone mm (median, p95)  seconds (CPU)"
    )
    for seed in range(1, seeds + 1):
        patient = build_phantom(seed, SPACING, "whole-body", arms="raised")
        ct, bone = patient.ct, np.argwhere(patient.labels > 0)[::500]
        other = build_phantom(seed, SPACING, "whole-body", arms="sides", noise_hu=LOW_DOSE_NOISE_HU).ct
        truth = random_motion(seed, ct.grid.to_lps((np.array(ct.grid.shape) - 1) / 2))
        moving = scan_again(other, truth)
        start, cpu = time.perf_counter(), time.process_time()
        matrix = register_rigidly(ct, moving)
        quality = surface_distance(ct, moving, matrix)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        points = ct.grid.to_lps(bone)
        error = np.linalg.norm(moved(points, inverse(matrix)) - moved(points, truth), axis=1)
        sizes = ("{} x {} x {}".format(*volume.grid.size) for volume in (ct, moving))
        errors = f"{error.mean():8.2f} {error.max():6.2f}      {rotation_deg(matrix @ truth):6.3f}"
        figures = f"{quality.median_mm:8.2f} {quality.p95_mm:8.2f}       {seconds:6.1f} ({cpu:.1f})"
        print(f"{seed:4}  {next(sizes):17}  {next(sizes):17}  {errors} {figures}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
