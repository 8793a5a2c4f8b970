"""How near the fracture scores of long bones come to the truth of made patients.

Cortical involvement in mm and degrees, loss of axial, bending and torsional rigidity in percentage points, of the
lesion below the right trochanters: with bone labels, without them, and with the other leg turned about its hip. Usage:
``python benchmarks/risk_bones.py [--seeds 12] [--spacing 3 1] [--turn DEGREES]``; asked: 3 mm, 10 degrees, 5 points.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from HimarsPlannerLib.bone.compartments import BoneCompartments
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.fracture import score_fracture

IN_PLANE_MM = 0.98
ASKED = {
    "axial involvement, mm": 3.0,
    "circumference, degrees": 10.0,
    "axial rigidity, points": 5.0,
    "bending rigidity, points": 5.0,
    "torsion rigidity, points": 5.0,
}
SITE = "right femur below the trochanters"
Row = tuple[str, float, float]


def rows(phantom: Phantom, ways: tuple[str, ...] = ("labels", "no labels", "same bone")) -> list[Row]:
    """What, true and found, for each way of seeing a patient.

    "same bone" is a patient of whom only one femur is labelled, so that the lesion's own bone is the reference.
    """
    return [row for way in ways for row in _found(phantom, way)]


def _found(phantom: Phantom, way: str) -> list[Row]:
    name = next(row["name"] for row in phantom.truth["lesions"] if row["site"] == SITE)
    gtvs = {n: region for n, region in phantom.structures.items() if n.startswith("GTV")}
    bone, bones = BoneCompartments(phantom.labels, phantom.ct.grid, "truth/1"), dict(phantom.bones)
    if way == "no labels":
        bone, bones = segment_bone(phantom.ct), {}
    if way == "same bone":
        del bones["femur_left"]
    lesion = _lesion(name, gtvs[name], labelled=way != "no labels")
    anatomy = Anatomy(phantom.ct, bone, union(gtvs.values(), phantom.ct.grid), bones=bones)
    parts: dict[str, float] = {}
    for score in score_fracture(lesion, anatomy, read_protocol().risk):
        parts.update({k: v for k, v in score.parts.items() if isinstance(v, float)})
    risks = phantom.truth["risks"]
    cortex, rigidity = risks["cortical_involvement"][name], risks["rigidity_reduction"][name]
    true = (
        cortex["axial_mm"],
        cortex["circumference_degrees"],
        *(rigidity[f"{mode}_percent"] for mode in ("axial", "bending", "torsion")),
    )
    keys = ("axial_mm", "circumference_degrees", "axial_percent", "bending_percent", "torsion_percent")
    return [
        (f"{what}, {way}", value, parts.get(key, float("nan")))
        for what, value, key in zip(ASKED, true, keys, strict=True)
    ]


def _lesion(name: str, region: Region, *, labelled: bool) -> Lesion:
    site = Site(SITE, bones=("femur_right",)) if labelled else Site("femur, right")
    return Lesion(
        id=name,
        name=name,
        kind="bone",
        site=site,
        origin=Origin("structure", "made patient", (name,)),
        region=region,
        volume_ml=region.volume_ml,
        centroid_lps_mm=region.centroid_lps,
        diameter_mm=40.0,
        suv_max=None,
        suv_mean=None,
        tl_psma=None,
        mean_hu=None,
        in_bone=1.0,
    )


def turn_left_leg(phantom: Phantom, degrees: float) -> Phantom:
    """The same patient with the left half below the hip turned outwards about the thigh, and bent by a third of it."""
    femur = phantom.bones["femur_left"]
    grid = phantom.ct.grid
    pivot = np.asarray(femur.centroid_lps)
    turn = Rotation.from_euler("zx", [degrees, degrees / 3], degrees=True).as_matrix()
    points = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    left = points[..., 0] > 0
    index = np.moveaxis(grid.to_index((points[left] - pivot) @ turn + pivot), -1, 0)
    ct = phantom.ct.array.copy()
    ct[left] = ndimage.map_coordinates(ct.astype(np.float32), index, order=1, mode="nearest")

    def turned(region: Region) -> Region:
        if region.centroid_lps[0] < 0:
            return region
        mask = np.zeros(grid.shape, dtype=bool)
        mask[left] = ndimage.map_coordinates(region.to_array().astype(np.float32), index, order=1) >= 0.5
        return Region.from_array(mask, grid)

    names = [name for name in phantom.structures if name.startswith("GTV")]
    moved: Mapping[str, Region] = {name: turned(phantom.structures[name]) for name in names}
    bones = {**phantom.bones, "femur_left": turned(femur)}
    return replace(phantom, ct=Volume(ct, grid), structures={**phantom.structures, **moved}, bones=bones)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--spacing", type=float, nargs="+", default=[1.0, 3.0])
    parser.add_argument("--turn", type=float, default=0.0, help="turn the other leg by this angle (labels only)")
    chosen = parser.parse_args()
    for thickness in chosen.spacing:
        errors: dict[str, list[float]] = {}
        seconds = 0.0
        for seed in range(1, chosen.seeds + 1):
            phantom = build_phantom(seed, (IN_PLANE_MM, IN_PLANE_MM, thickness), "pelvis")
            if chosen.turn:
                phantom = turn_left_leg(phantom, chosen.turn)
            begin = time.perf_counter()
            found = rows(phantom, ("labels",)) if chosen.turn else rows(phantom)
            seconds += time.perf_counter() - begin
            for what, true, value in found:
                errors.setdefault(what, []).append(value - true)
            print(f"seed {seed}, {thickness:g} mm: " + "; ".join(f"{w} {v - t:+.1f}" for w, t, v in found), flush=True)
        print(
            f"\n| {thickness:g} mm slices, {chosen.seeds} seeds | asked | median error | worst error |\n"
            "|---|---|---|---|"
        )
        for what, values in errors.items():
            asked = ASKED[what.rsplit(", ", 1)[0]]
            worst = max(values, key=abs) if not np.isnan(values).any() else float("nan")
            print(f"| {what} | {asked:g} | {np.median(values):+.1f} | {worst:+.1f} |")
        print(f"{seconds / chosen.seeds:.1f} s a patient, bone segmentation of the way without labels included\n")


if __name__ == "__main__":
    main()
