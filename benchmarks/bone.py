"""The bone stage against truths that it did not make: one table.

Made patients (12 seeds at four spacings), real CT with a network's labels, a vertebra with its core labelled by hand,
a whole body of 512 x 512 x 600 beside the fastest primitives in the same process, and time against slices. Each case
runs in a process of its own, so that peak memory is its own. Usage: ``python benchmarks/bone.py [PART ...]`` with
parts demo, real, vertebra, speed, slices (all by default); ``--seeds N`` for fewer patients. Real data are found by
the environment variable HIMARS_TEST_DATA, by default ../shared/data beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.primitives import components, distance, fill, hysteresis
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.bone.trabecular import remove_cortex
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.study.image_file import read_image_file
from HimarsPlannerLib.study.read import read_study

SPACINGS = ((1.0, 1.0, 1.0), (0.98, 0.98, 2.0), (0.98, 0.98, 3.27), (1.37, 1.37, 5.0))
WHOLE_BODY = (0.98, 0.98, 2.0)
NETWORK_BONES = (*range(25, 51), *range(69, 79), *range(91, 117))
CORD = 79
DATA = Path(os.environ.get("HIMARS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
REAL = {
    "3 mm, 30 slices": ("example_ct_sm.nii.gz", "example_seg.nii.gz", np.inf),
    "0.98x0.98x2 mm, 20 slices, contrast": ("example_ct_dicom", "example_seg_dicom.nii.gz", np.inf),
    "3 mm, 112 slices, vertebrae within 6 mm": (
        "example_ct.nii.gz",
        "spine_report/example_ct_report/totalseg.nii.gz",
        6.0,
    ),
}
Result = dict[str, Any]


def dice(first: np.ndarray, second: np.ndarray) -> float:
    return float(2 * np.count_nonzero(first & second) / max(1, np.count_nonzero(first) + np.count_nonzero(second)))


def demo(seed: str, number: str) -> Result:
    """One made patient at one spacing."""
    phantom = build_phantom(int(seed), SPACINGS[int(number)], "torso")
    bone = segment_bone(phantom.ct)
    truth, voxel_ml = phantom.labels, phantom.ct.grid.voxel_ml
    gtvs = np.zeros(truth.shape, dtype=bool)
    for name, region in phantom.structures.items():
        if name.startswith("GTV"):
            gtvs[region.box] |= region.mask
    outside = ~gtvs
    true_bone = np.isin(truth, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))
    mine, true = bone.trabecular, truth == BoneLabel.TRABECULAR
    canal = truth == BoneLabel.CANAL
    return {
        "trabecular_ml": np.count_nonzero(mine) * voxel_ml,
        "error": np.count_nonzero(mine) / np.count_nonzero(true) - 1,
        "bmr_error": np.count_nonzero(mine & outside) / np.count_nonzero(true & outside) - 1,
        "dice": dice(mine, true),
        "skeleton_dice": dice(bone.skeleton, true_bone),
        "canal_dice": dice(bone.canal, canal),
        "centreline_mm": off_centreline(bone, phantom),
        "organ_ml": worst_organ(bone.skeleton & ~true_bone, phantom),
        "outside_body_ml": np.count_nonzero(bone.skeleton & (phantom.ct.array < -300) & ~true_bone) * voxel_ml,
    }


def off_centreline(bone: BoneCompartments, phantom: Phantom) -> float:
    """Largest distance in mm between the canal's centroid and its true centreline, in any slice that has both."""
    line = np.asarray(phantom.truth["canal_centreline_lps_mm"])
    line = line[np.argsort(line[:, 2])]
    worst = 0.0
    for z in np.flatnonzero(bone.canal.any(axis=(1, 2))):
        centroid = np.argwhere(bone.canal[z]).mean(axis=0)
        height = bone.grid.origin[2] + z * bone.grid.spacing[2]
        if line[0, 2] <= height <= line[-1, 2]:
            here = np.asarray(bone.grid.origin[:2]) + centroid[::-1] * bone.grid.spacing[:2]
            there = [np.interp(height, line[:, 2], line[:, axis]) for axis in (0, 1)]
            worst = max(worst, float(np.hypot(*(here - there))))
    return worst


def worst_organ(wrong: np.ndarray, phantom: Phantom) -> dict[str, float]:
    """Millilitres of each vessel or organ in bone, above 0.5 ml."""
    found = {}
    for name, region in phantom.structures.items():
        if not name.startswith("GTV") and name not in ("SpinalCanal", "ThecalSac", "SpinalCord"):
            ml = float(np.count_nonzero(wrong[region.box] & region.mask) * region.grid.voxel_ml)
            if ml > 0.5:
                found[name] = round(ml, 1)
    return found


def real(name: str) -> Result:
    """A real CT beside the labels of TotalSegmentator."""
    image, labels_file, reach = REAL[name]
    ct = read_ct(DATA / "totalseg-example" / image)
    labels = read_image_file(DATA / "totalseg-example" / labels_file)
    if not ct.grid.same_as(labels.grid):
        raise SystemExit(f"{labels_file} is not on the grid of {image}")
    begin = time.perf_counter()
    bone = segment_bone(ct)
    seconds = time.perf_counter() - begin
    spacing = ct.grid.spacing_zyx
    reference = np.isin(labels.array, NETWORK_BONES)
    mine = bone.skeleton
    if np.isfinite(reach):
        mine = mine & (ndimage.distance_transform_edt(~reference, sampling=spacing) <= reach)
    cord = labels.array == CORD
    return {
        "dice": dice(mine, reference),
        "surface_mm": mean_surface_distance(mine, reference, spacing),
        "cord": float(np.count_nonzero(bone.canal & cord) / np.count_nonzero(cord)) if cord.any() else None,
        "seconds": seconds,
    }


def read_ct(path: Path) -> Volume:
    return read_study([path]).ct.volume if path.is_dir() else read_image_file(path)


def mean_surface_distance(first: np.ndarray, second: np.ndarray, spacing: tuple[float, float, float]) -> float:
    rims = [mask & ~ndimage.binary_erosion(mask) for mask in (first, second)]
    far = [ndimage.distance_transform_edt(~rim, sampling=spacing) for rim in rims]
    return float(np.concatenate([far[1][rims[0]], far[0][rims[1]]]).mean())


def vertebra() -> Result:
    """Trabecular bone inside a vertebral body whose core was labelled by hand."""
    folder = DATA / "tptbox-L3"
    ct = read_image_file(folder / "sub-ct_label-22_ct.nii.gz")
    labels = read_image_file(folder / "sub-ct_seg-subreg_label-22_msk.nii.gz").array
    trabecular = remove_cortex((labels >= 41) & (labels <= 50), ct.array, ct.grid)
    return {"dice": dice(trabecular & np.isin(labels, (49, 50)), labels == 50)}


def patient(file: str) -> Result:
    """Make the whole body in a process of its own, so that its memory and threads are not the bone stage's."""
    ct = build_phantom(1, WHOLE_BODY, "whole-body").ct
    np.save(file, ct.array)
    return {"origin": list(ct.grid.origin)}


def speed(file: str, *origin: str) -> Result:
    """The whole body as read from a disk, and the fastest primitives on the same CT."""
    array = np.load(file)
    z, y, x = array.shape
    left, front, low = map(float, origin)
    ct = Volume(array, Grid((x, y, z), WHOLE_BODY, (left, front, low)))
    steps: list[float] = []
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    segment_bone(ct, lambda _, done: steps.append(done))
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    run_primitives(ct)
    return {
        "shape": list(ct.array.shape),
        "seconds": seconds,
        "primitives_s": time.perf_counter() - begin,
        "peak_gb": peak / 1e6,
        "patient_gb": base / 1e6,
        "progress_steps": len(steps),
    }


def run_primitives(ct: Volume) -> None:
    """Threshold, hysteresis, 3 mm closing, 3D fill, components and distance transform, as a naive method needs them."""
    spacing = ct.grid.spacing_zyx
    bright = ct.array > 200
    components(hysteresis(bright, ct.array > 300))
    box = ndimage.find_objects(bright.astype(np.uint8))[0]
    grown = distance(~bright[box], spacing) <= 3.0
    closed = distance(grown, spacing) > 3.0
    distance(fill(closed), spacing)


def slices(count: str) -> Result:
    """Time and memory for the first slices of a whole body stacked to any height."""
    ct = build_phantom(1, (0.98, 0.98, 2.0), "pelvis").ct
    number = int(count)
    array = np.concatenate([ct.array, ct.array[::-1]] * (number // len(ct.array) // 2 + 1))[:number]
    grid = Grid((ct.grid.size[0], ct.grid.size[1], number), ct.grid.spacing, ct.grid.origin)
    begin = time.perf_counter()
    segment_bone(Volume(np.ascontiguousarray(array), grid))
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


PARTS = ["demo", "real", "vertebra", "speed", "slices"]
CASES: dict[str, Callable[..., Result]] = {
    "demo": demo,
    "real": real,
    "vertebra": vertebra,
    "patient": patient,
    "speed": speed,
    "slices": slices,
}


def measure(part: str, *arguments: str) -> Result:
    """Run one case in a process of its own."""
    command = [sys.executable, __file__, "--case", part, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part} {' '.join(arguments)} failed:\n{done.stderr}")
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def show_demo(seeds: int) -> None:
    for number, spacing in enumerate(SPACINGS):
        found = [measure("demo", str(seed), str(number)) for seed in range(1, seeds + 1)]
        errors = np.asarray([case["error"] for case in found]) * 100
        reserve = np.asarray([case["bmr_error"] for case in found]) * 100
        organs = [f"{name} {ml}" for case in found for name, ml in case["organ_ml"].items() if ml > 1]
        print(
            f"| demo, {seeds} seeds, {'x'.join(f'{s:g}' for s in spacing)} mm "
            f"| error median {np.median(np.abs(errors)):.1f} %, worst {errors[np.abs(errors).argmax()]:+.1f} %; "
            f"BMR median {np.median(reserve):+.1f} %, worst {reserve[np.abs(reserve).argmax()]:+.1f} %; "
            f"Dice {min(c['dice'] for c in found):.3f}-{max(c['dice'] for c in found):.3f}; "
            f"canal {min(c['canal_dice'] for c in found):.3f}, {max(c['centreline_mm'] for c in found):.1f} mm; "
            f"table {max(c['outside_body_ml'] for c in found):.1f} ml; above 1 ml: {', '.join(organs) or 'none'} |",
            flush=True,
        )


def show(parts: list[str], seeds: int) -> None:
    print("| case | result |\n|---|---|", flush=True)
    if "demo" in parts:
        show_demo(seeds)
    if "real" in parts:
        for name in REAL:
            found = measure("real", name)
            cord = "no cord label" if found["cord"] is None else f"canal holds {found['cord']:.1%} of the cord"
            print(f"| real, {name} | Dice {found['dice']:.3f}, surfaces {found['surface_mm']:.2f} mm apart, {cord} |")
    if "vertebra" in parts:
        print(f"| L3, core labelled by hand | Dice {measure('vertebra')['dice']:.3f} |", flush=True)
    if "speed" in parts:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "ct.npy")
            found = measure("speed", file, *map(str, measure("patient", file)["origin"]))
        print(
            f"| whole body {found['shape']} | {found['seconds']:.1f} s, {found['peak_gb']:.1f} GB peak, "
            f"{found['seconds'] / found['primitives_s']:.1f} times the primitives ({found['primitives_s']:.1f} s) |",
            flush=True,
        )
    if "slices" in parts:
        for count in (100, 200, 400, 800):
            found = measure("slices", str(count))
            print(f"| {count} slices | {found['seconds']:.1f} s, {found['peak_gb']:.2f} GB |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(CASES[sys.argv[2]](*sys.argv[3:])))
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("parts", nargs="*", default=PARTS)
        parser.add_argument("--seeds", type=int, default=12)
        chosen = parser.parse_args()
        show(chosen.parts, chosen.seeds)
