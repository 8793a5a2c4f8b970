"""Lesions found in the PET of made patients against their truth: what is found, what is asked about, what is wrong.

For each patient and method: bone metastases found, put up for review and missed; lesions in bone that are none; the
median of found over true volume; and how many sites name the true bone, alone or as one of two.
Usage: ``python benchmarks/lesions.py [SEED ...]`` (by default 21 22 23).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from HimarsPlannerLib.bone.compartments import BoneCompartments
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.lesions.gather import LesionSource, gather_lesions
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.phantom.dicom import write_phantom
from HimarsPlannerLib.protocol.protocol import LesionSettings, read_protocol
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.study import Study

SIZES = ("pelvis", "torso", "whole-body")
SPACING = (1.5, 1.5, 3.0)
WORDS = {
    "femur": ("femur",),
    "hip": ("pelvis", "acetabulum"),
    "sacrum": ("sacrum", "pelvis"),
    "rib": ("rib",),
    "sternum": ("sternum",),
    "scapula": ("shoulder girdle",),
    "clavicula": ("shoulder girdle",),
    "humerus": ("humerus", "upper limb"),
    "skull": ("skull",),
}
PARTS = {"C": "cervical", "T": "thoracic", "L": "lumbar"}


@dataclass(frozen=True)
class Way:
    """One way to look for lesions."""

    name: str
    settings: LesionSettings
    split: bool = False
    labels: bool = True


def ways() -> Iterator[Way]:
    settings = read_protocol().lesions
    yield Way("SUV >= 3, organ labels", settings)
    yield Way("SUV >= 3, no labels", settings, labels=False)
    yield Way("SUV >= 3, split", settings, split=True)
    yield Way("SUV >= 4, split", replace(settings, suv_threshold=4.0), split=True)
    for percent in (41, 50):
        yield Way(f"{percent} % of SUVmax", replace(settings, pet_method="percent-of-max", percent_of_max=percent))
    yield Way("liver-based, split", replace(settings, pet_method="liver-based"), split=True)


def names_the_bone(bone: str, site: str) -> bool:
    if any(side in bone and other in site for side, other in (("left", "right"), ("right", "left"))):
        return False
    if bone.startswith("vertebrae"):
        return site.startswith("spine") or ("spine" in site and PARTS[bone.removeprefix("vertebrae_")[0]] in site)
    return any(word in site for word in WORDS[bone.split("_")[0]])


def row(made: Phantom, study: Study, bone: BoneCompartments, way: Way) -> str:
    organs = [one for one in study.structures if one.interpreted_type != "GTV"]
    study = replace(study, structures=tuple(organs) if way.labels else ())
    begin = time.perf_counter()
    lesions = gather_lesions(study, bone, way.settings, LesionSource.PET, split=way.split).lesions
    seconds = time.perf_counter() - begin
    true = [one for one in made.truth["lesions"] if one["kind"] == "bone"]
    holders = {one["name"]: holding(made, one, lesions) for one in true}
    found = [one for one in true if holders[one["name"]] and holders[one["name"]][0].counts]
    asked = [one for one in true if holders[one["name"]] and not holders[one["name"]][0].counts]
    missed = [f"{one['site']} {one['suv']:.0f}" for one in true if not holders[one["name"]]]
    false = [one for one in lesions if one.counts and not any(touches(made, one, name) for name in holders)]
    ratios = [holders[one["name"]][0].volume_ml / one["volume_ml"] for one in found if alone(made, one, lesions, true)]
    placed = [(one["bone"], holders[one["name"]][0].site.name) for one in found if alone(made, one, lesions, true)]
    right = [site for bone_name, site in placed if names_the_bone(bone_name, site)]
    ratio = f"{statistics.median(ratios):.2f}" if ratios else "-"
    return (
        f"{way.name:<24}{len(true):>5}{len(found):>6}{len(asked):>6}{len(missed):>7}{len(false):>6}"
        f"{sum(not one.counts for one in lesions):>8}{ratio:>7}{len(right):>5}/{len(placed):<3}"
        f"{sum(' or ' in site for site in right):>5}{seconds:>7.1f}  {', '.join(missed)}"
    )


def touches(made: Phantom, lesion: Lesion, name: str) -> bool:
    return lesion.region.overlap(made.structures[name]) > 0


def holding(made: Phantom, true: dict[str, Any], lesions: Sequence[Lesion]) -> list[Lesion]:
    """Lesions that hold a fifth of a true one or more, the one that holds most first."""
    region = made.structures[true["name"]]
    shares = [(one.region.overlap(region), number) for number, one in enumerate(lesions)]
    return [lesions[n] for share, n in sorted(shares, reverse=True) if share >= 0.2 * region.voxels]


def alone(made: Phantom, true: dict[str, Any], lesions: Sequence[Lesion], others: Sequence[dict[str, Any]]) -> bool:
    """Whether the lesion that holds a true one holds no other."""
    lesion = holding(made, true, lesions)[0]
    return sum(lesion.region.overlap(made.structures[one["name"]]) > 100 for one in others) == 1


def main(seeds: Sequence[int]) -> None:
    for size in SIZES:
        for seed in seeds:
            made = build_phantom(seed, SPACING, size)  # type: ignore[arg-type]
            with tempfile.TemporaryDirectory() as folder:
                write_phantom(made, Path(folder) / "patient")
                study = read_study([Path(folder) / "patient"])
            bone = segment_bone(study.ct.volume)
            print(f"\n{size}, seed {seed}, {SPACING[0]} x {SPACING[1]} x {SPACING[2]} mm")
            print(f"{'':<24} true found asked missed false  review volume  site    two  sec  missed (site, SUV)")
            has_liver = any(one.name == "Liver" for one in study.structures)
            for way in ways():
                if way.settings.pet_method == "liver-based" and not has_liver:
                    continue
                print(row(made, study, bone, way), flush=True)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [21, 22, 23])
