"""Spine scores of made patients against their truth: collapse, canal encroachment, lesion type.

For each patient: loss of height of the collapsed vertebra against its neighbours, the largest loss found in a sound
one, the canal's share in the GTV with the contoured and with the segmented canal, and by how much each stated interval
misses the truth. Usage: ``python benchmarks/risk_spine.py [--seeds 1 2 3] [--spacing 0.98 0.98 3]``; by default seeds
1 to 12 at 1 and at 3 mm slices (a torso each: half a minute).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from HimarsPlannerLib.bone.compartments import BoneCompartments
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.cord import score_cord
from HimarsPlannerLib.risk.sins import score_sins

SETTINGS = read_protocol().risk
ASKED = {"collapse, %": 5.0, "encroachment, contoured canal, %": 5.0, "false collapse, %": 20.0}
POINTS = {"blastic": 0, "mixed": 1, "lytic": 2}
Row = tuple[str, float, float]


def rows(phantom: Phantom, segmented: BoneCompartments | None = None) -> list[Row]:
    """What was measured, its true and its found value.

    Parameters
    ----------
    phantom
        A made patient that has a thoracic spine.
    segmented
        Bone of its CT without labels, for the canal that goes with it; segmented here where it is not given.
    """
    given = anatomy_of(phantom, BoneCompartments(phantom.labels, phantom.ct.grid, "truth/1"), phantom.bones)
    bone = segmented or segment_bone(phantom.ct)
    found = anatomy_of(phantom, bone, {})
    lesions = list(spine_lesions(phantom))
    return [
        *_collapse(phantom.truth, given, lesions),
        *_encroachment(phantom.truth, given, lesions, "contoured"),
        *_encroachment(phantom.truth, found, lesions, "segmented"),
        *_types(phantom.truth, given, lesions, "labels"),
        *_types(phantom.truth, found, lesions, "no labels"),
    ]


def anatomy_of(phantom: Phantom, bone: BoneCompartments, bones: Mapping[str, Region]) -> Anatomy:
    """Patient of a phantom: with labelled bones and a contoured canal, or with what the CT alone tells."""
    gtvs = [region for name, region in phantom.structures.items() if name.startswith("GTV")]
    canal = phantom.structures["SpinalCanal"] if bones else Region.from_array(bone.canal, bone.grid)
    return Anatomy(phantom.ct, bone, union(gtvs, bone.grid), canal, bool(bones), bones=bones)


def spine_lesions(phantom: Phantom) -> Iterator[Lesion]:
    """Lesions of the spine and the sacrum, their sites as labels tell them."""
    for number, one in enumerate(phantom.truth["lesions"], 1):
        if one["bone"].startswith("vertebrae") or one["bone"] == "sacrum":
            region = phantom.structures[one["name"]]
            yield Lesion(
                id=f"L{number:02d}",
                name=one["name"],
                kind="bone",
                site=Site(one["bone"].removeprefix("vertebrae_"), estimated=False, bones=(one["bone"],)),
                origin=Origin("structure", "truth", (one["name"],)),
                region=region,
                volume_ml=region.volume_ml,
                centroid_lps_mm=region.centroid_lps,
                diameter_mm=20.0,
                suv_max=None,
                suv_mean=None,
                tl_psma=None,
                mean_hu=None,
                in_bone=1.0,
            )


def _collapse(truth: Mapping[str, Any], anatomy: Anatomy, lesions: Sequence[Lesion]) -> Iterator[Row]:
    percent = SETTINGS.sins.collapse_percent
    losses = anatomy.spine.collapse(percent)
    collapsed = {}
    for lesion in lesions:
        true = truth["risks"]["collapse"].get(lesion.name)
        score = score_sins(lesion, anatomy, SETTINGS.sins)
        if true is None or score is None:
            continue
        collapsed[lesion.site.name] = true["percent_of_neighbours"]
        found, error = (float(score.parts[name]) for name in ("collapse percent", "collapse error percent"))
        yield "collapse, %", true["percent_of_neighbours"], found
        yield "collapse beyond its stated error, %", 0.0, max(abs(found - true["percent_of_neighbours"]) - error, 0.0)
    sound = [loss.percent for level, loss in losses.items() if level not in collapsed]
    yield "false collapse, %", 0.0, max(sound, default=np.nan)


def _encroachment(truth: Mapping[str, Any], anatomy: Anatomy, lesions: Sequence[Lesion], canal: str) -> Iterator[Row]:
    for lesion in lesions:
        true = truth["risks"]["canal_encroachment"].get(lesion.name)
        if true is None:
            continue
        score = score_cord(lesion, anatomy, SETTINGS.cord)
        share = 100 * true["worst_area_fraction"]
        low, high = (100 * value if value is not None else np.nan for value in (score.low, score.high))
        yield f"encroachment, {canal} canal, %", share, high
        yield f"encroachment outside its interval, {canal} canal, %", 0.0, max(low - share, share - high, 0.0)


def _types(truth: Mapping[str, Any], anatomy: Anatomy, lesions: Sequence[Lesion], way: str) -> Iterator[Row]:
    kinds = {one["name"]: POINTS[one["type"]] for one in truth["lesions"] if one["type"] in POINTS}
    for lesion in lesions:
        score = score_sins(lesion, anatomy, SETTINGS.sins)
        if score is not None:
            low, high = (float(score.parts[f"bone lesion {end}"]) for end in ("low", "high"))
            true = kinds[lesion.name]
            yield f"type outside its interval, {way}, points", 0.0, max(low - true, true - high, 0.0)
            yield f"width of the type's interval, {way}, points", 0.0, high - low


def report(found: Mapping[str, Sequence[Row]]) -> None:
    """Print every case that is off, and the worst of each figure beside what is asked."""
    errors: dict[str, list[tuple[float, str]]] = {}
    for case, several in found.items():
        for what, true, value in several:
            errors.setdefault(what, []).append((abs(value - true), case))
    for what, values in errors.items():
        worst, case = max(values)
        off = sum(error > 0 for error, _ in values)
        asked = f", asked {ASKED[what]:g}" if what in ASKED else ""
        print(f"  {what}: worst {worst:.1f} ({case}), above 0 in {off} of {len(values)}{asked}")
        if what in ASKED:
            print("    " + " ".join(f"{error:.1f}" for error, _ in values))


def main() -> None:
    """Run the seeds at each spacing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 13)))
    parser.add_argument("--spacing", type=float, nargs=3, action="append")
    options = parser.parse_args()
    for x, y, z in options.spacing or [(0.98, 0.98, 1.0), (0.98, 0.98, 3.0)]:
        print(f"{x} x {y} x {z} mm")
        report({f"seed {seed}": rows(build_phantom(seed, (x, y, z), "torso")) for seed in options.seeds})


if __name__ == "__main__":
    main()
