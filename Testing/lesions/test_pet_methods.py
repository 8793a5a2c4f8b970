"""The PET methods against closed forms: isocontours of a Gaussian, a liver of known mean and spread."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.uptake.find import find_uptake
from HimarsPlannerLib.lesions.uptake.found import Organ, Uptake
from HimarsPlannerLib.lesions.uptake.methods import choose_rule
from HimarsPlannerLib.protocol.protocol import LesionSettings, read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import PetImage, Source, SuvFactor

GRID = Grid((60, 60, 60), (1.0, 1.0, 1.0))
SETTINGS = read_protocol().lesions
BONE = np.ones(GRID.shape, bool)
NOTHING = np.zeros(GRID.shape, bool)


def gaussian(centre: tuple[int, int, int], height: float, width_mm: float) -> np.ndarray:
    index = np.indices(GRID.shape)
    distance2 = sum((index[a] - centre[a]) ** 2 for a in range(3))
    return (height * np.exp(-0.5 * distance2 / width_mm**2)).astype(np.float32)


def pet(suv: np.ndarray, description: str = "PSMA", native: Volume | None = None) -> PetImage:
    volume = Volume(suv, GRID)
    return PetImage(volume, Source("PT", description, ()), SuvFactor(1.0, ()), native or volume)


def search(suv: np.ndarray, settings: LesionSettings) -> Uptake:
    rule = choose_rule(settings, pet(suv), ())
    return find_uptake(Volume(suv, GRID), BONE, NOTHING, (), rule, settings)


def ball_ml(radius_mm: float) -> float:
    return 4 / 3 * math.pi * radius_mm**3 / 1000


@pytest.mark.parametrize("threshold", [3.0, 4.0])
def test_fixed_suv_ends_at_the_isocontour_of_the_threshold(threshold: float) -> None:
    settings = replace(SETTINGS, suv_threshold=threshold)
    (found,) = search(gaussian((30, 30, 30), 20.0, 8.0), settings).bone
    assert found.region.volume_ml == pytest.approx(ball_ml(8.0 * math.sqrt(2 * math.log(20 / threshold))), rel=0.03)


@pytest.mark.parametrize("percent", [41, 45, 50])
@pytest.mark.parametrize("height", [30.0, 4.5])
def test_percent_of_max_ends_at_the_isocontour_of_the_fraction_for_hot_and_faint_lesions(
    percent: float, height: float
) -> None:
    settings = replace(SETTINGS, pet_method="percent-of-max", percent_of_max=percent)
    (found,) = search(gaussian((30, 30, 30), height, 8.0), settings).bone
    assert found.region.volume_ml == pytest.approx(ball_ml(8.0 * math.sqrt(2 * math.log(100 / percent))), rel=0.03)


def test_percent_of_max_grows_past_the_detected_uptake_by_the_point_spread_at_most() -> None:
    suv = gaussian((30, 30, 30), 3.3, 4.0) + np.float32(2.0) * (gaussian((30, 30, 30), 1.0, 60.0) > 0.1)
    settings = replace(SETTINGS, pet_method="percent-of-max", percent_of_max=41, point_spread_mm=5.0)
    (found,) = search(suv, settings).bone
    detected = np.argwhere(suv >= 3.0)
    gaps = np.linalg.norm(np.argwhere(found.region.to_array())[:, None] - detected[None], axis=2).min(axis=1)
    assert gaps.max() <= 5.0


def test_percent_of_max_keeps_a_faint_lesion_beside_a_hot_one() -> None:
    suv = gaussian((30, 30, 18), 40.0, 5.0) + gaussian((30, 30, 38), 8.0, 5.0)
    settings = replace(SETTINGS, pet_method="percent-of-max")
    peaks = [found.region.centroid_lps[0] for found in search(suv, settings).bone]
    assert peaks == pytest.approx([18, 38], abs=1.5)


def liver(mean: float, deviation: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(mean, deviation, GRID.shape)
    return np.where(gaussian((30, 30, 30), 1.0, 20.0) > 0.5, noise, 0.4).astype(np.float32)


def organ(name: str = "liver") -> Organ:
    return Organ(name, Region.from_array(gaussian((30, 30, 30), 1.0, 20.0) > 0.5, GRID), has_uptake=True)


@pytest.mark.parametrize(("method", "name"), [("liver-based", "liver"), ("spleen-based", "spleen")])
@pytest.mark.parametrize(("mean", "deviation"), [(5.0, 0.5), (8.0, 1.6)])
def test_organ_based_threshold_is_430_times_one_plus_the_variation(
    method: str, name: str, mean: float, deviation: float
) -> None:
    settings = replace(SETTINGS, pet_method=method)
    rule = choose_rule(settings, pet(liver(mean, deviation)), (organ(name),))
    assert rule.detection_suv == pytest.approx(4.30 / mean * (mean + deviation), rel=0.01)
    assert name in rule.detail


def test_the_organ_is_measured_on_the_pets_own_voxels() -> None:
    coarse = Grid((15, 15, 15), (4.0, 4.0, 4.0), (1.5, 1.5, 1.5))
    values = np.full(coarse.shape, 5.0, np.float32)
    values[::2] = 6.0
    smooth = np.full(GRID.shape, 5.5, np.float32)
    settings = replace(SETTINGS, pet_method="liver-based")
    rule = choose_rule(settings, pet(smooth, native=Volume(values, coarse)), (organ(),))
    assert rule.detection_suv == pytest.approx(4.30 * (1 + 0.5 / 5.5), rel=0.02)


def test_what_another_organs_label_claims_is_not_measured() -> None:
    suv = liver(5.0, 0.5)
    kidney = Region(GRID, (20, 20, 20), np.ones((12, 12, 12), bool))
    suv[kidney.box] = 40.0
    settings = replace(SETTINGS, pet_method="liver-based")
    rule = choose_rule(settings, pet(suv), (organ(), Organ("right kidney", kidney, has_uptake=True)))
    assert rule.detection_suv == pytest.approx(4.30 * 1.1, rel=0.01)


TINY = replace(organ(), region=Region(GRID, (30, 30, 30), np.ones((9, 9, 9), bool)))


@pytest.mark.parametrize(
    ("method", "organs", "deviation", "description", "message"),
    [
        ("liver-based", (), 0.5, "PSMA", "needs a liver label"),
        ("spleen-based", (organ("liver"),), 0.5, "PSMA", "needs a spleen label"),
        ("liver-based", (organ(),), 0.5, "18F-PSMA-1007 WB", "liver excretes"),
        ("liver-based", (organ(),), 4.0, "PSMA", "variation"),
        ("liver-based", (TINY,), 0.5, "PSMA", "0.0 ml"),
    ],
)
def test_a_reference_organ_that_cannot_serve_is_refused(
    method: str, organs: tuple[Organ, ...], deviation: float, description: str, message: str
) -> None:
    settings = replace(SETTINGS, pet_method=method)
    with pytest.raises(InputError, match=message):
        choose_rule(settings, pet(liver(5, deviation), description), organs)
