"""Contact and narrowing of the vein beside the made patient's node against its truth: one row for each patient.

Usage: ``python benchmarks/risk_vessels.py [--seeds N] [--spacing MM ...]``: seeds 1 to N (12 by default), pelvis size,
at slices of 1 and 3 mm by default. The truth is in ``truth["risks"]["vein"]``, its definition beside it.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.risk.vessel.encounter import meet
from HimarsPlannerLib.study.study import Structure

ASKED = {"contact, degrees": 15.0, "contact length, mm": None, "narrowing, points": None}


def rows(phantom: Phantom) -> list[tuple[str, float, float]]:
    """What was measured, its truth and what was found, for every node with a known vein."""
    settings = read_protocol().risk.vessels
    result = []
    for lesion, truth in phantom.truth["risks"]["vein"].items():
        vein = Structure(truth["vessel"], "", phantom.structures[truth["vessel"]])
        found = meet(phantom.structures[lesion], vein, phantom.ct, settings)
        if found is None:
            raise SystemExit(f"seed {phantom.seed}: {lesion} is not beside {vein.name}")
        narrowing = found.narrowing.low if found.narrowing else float("nan")
        values = (found.degrees or 0.0, found.length_mm, narrowing)
        true = (truth["contact_degrees"], truth["contact_length_mm"], truth["narrowing_percent"])
        result += list(zip(ASKED, true, values, strict=True))
    return result


def seconds(phantom: Phantom) -> float:
    """Time for all lesions of a patient against all his vessels."""
    settings = read_protocol().risk.vessels
    vessels = [Structure(n, "", r) for n, r in phantom.structures.items() if n.startswith(("A_", "V_"))]
    begin = time.perf_counter()
    for lesion in phantom.truth["lesions"]:
        for vessel in vessels:
            meet(phantom.structures[lesion["name"]], vessel, phantom.ct, settings)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--spacing", type=float, nargs="+", default=[1.0, 3.0])
    options = parser.parse_args()
    for spacing in options.spacing:
        errors: dict[str, list[float]] = {name: [] for name in ASKED}
        taken = []
        for seed in range(1, options.seeds + 1):
            phantom = build_phantom(seed, (0.98, 0.98, spacing), "pelvis")
            found = rows(phantom)
            taken.append(seconds(phantom))
            for name, true, value in found:
                errors[name].append(value - true)
            print(f"{spacing:g} mm, seed {seed:2}: " + "; ".join(f"{n} {v:.0f} ({t:.0f})" for n, t, v in found))
        for name, values in errors.items():
            asked = ASKED[name]
            told = f", asked {asked:g}" if asked else ""
            worst, mean = np.max(np.abs(values)), np.mean(values)
            print(f"{spacing:g} mm, {name}: worst error {worst:.1f}{told}; mean {mean:+.1f}")
        print(f"{spacing:g} mm: all lesions against all vessels in {np.mean(taken):.2f} s a patient")


if __name__ == "__main__":
    main()
