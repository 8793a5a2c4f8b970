"""Uptake parted along its minima, against hills whose tops and passes are known and against plain climbing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from HimarsPlannerLib.lesions.uptake.basins import part_by_peaks

SHAPE = (9, 20, 30)


def hills(*tops: tuple[tuple[int, int, int], float, float]) -> np.ndarray:
    index = np.indices(SHAPE)
    suv = np.zeros(SHAPE, np.float32)
    for top, height, width in tops:
        distance2 = sum((index[a] - top[a]) ** 2 for a in range(3))
        suv = np.maximum(suv, height * np.exp(-0.5 * distance2 / width**2))
    return suv.astype(np.float32)


def climb(suv: np.ndarray, start: tuple[int, int, int]) -> tuple[int, int, int]:
    here = start
    while True:
        around = [
            tuple(np.add(here, step))
            for step in itertools.product((-1, 0, 1), repeat=3)
            if all(0 <= i < n for i, n in zip(np.add(here, step), SHAPE, strict=True))
        ]
        best = max(around, key=lambda i: suv[i])
        if suv[best] <= suv[here]:
            return here
        here = best  # type: ignore[assignment]


def test_every_voxel_belongs_to_the_peak_that_climbing_reaches() -> None:
    rng = np.random.default_rng(3)
    suv = (hills(((4, 8, 8), 20.0, 4.0), ((4, 10, 20), 12.0, 4.0)) + rng.random(SHAPE)).astype(np.float32)
    hot = np.ones(SHAPE, bool)
    basins = part_by_peaks(suv, hot, prominence=0.0)
    for place in rng.integers(0, SHAPE, size=(60, 3)):
        start = tuple(int(i) for i in place)
        assert basins.peaks[basins.labels[start] - 1] == climb(suv, start)  # type: ignore[arg-type]


def test_two_hills_are_two_where_the_pass_is_low_enough() -> None:
    suv = hills(((4, 10, 8), 20.0, 3.0), ((4, 10, 20), 10.0, 3.0))
    pass_height = suv[4, 10, 8:21].min()
    prominence = 1 - pass_height / 10.0
    hot = suv >= 1.0
    assert len(part_by_peaks(suv, hot, prominence - 0.01).peaks) == 2
    assert len(part_by_peaks(suv, hot, prominence + 0.01).peaks) == 1


def test_the_parts_are_all_of_the_uptake_and_each_holds_its_peak() -> None:
    suv = hills(((4, 10, 6), 9.0, 2.5), ((4, 10, 14), 8.0, 2.5), ((4, 10, 23), 30.0, 2.5))
    hot = suv >= 2.0
    basins = part_by_peaks(suv, hot, 0.2)
    assert np.array_equal(basins.labels > 0, hot)
    assert set(basins.peaks) == {(4, 10, 6), (4, 10, 14), (4, 10, 23)}
    for number, peak in enumerate(basins.peaks, start=1):
        assert basins.labels[peak] == number
        assert suv[peak] == suv[basins.labels == number].max()


def test_a_part_too_small_for_a_lesion_joins_its_neighbour() -> None:
    suv = hills(((4, 10, 8), 20.0, 3.0))
    suv[4, 10, 14:16] = (9.0, 12.0)
    hot = suv >= 1.0
    assert len(part_by_peaks(suv, hot, 0.2).peaks) == 2
    assert len(part_by_peaks(suv, hot, 0.2, minimum_voxels=200).peaks) == 1


def test_a_plateau_is_one_part() -> None:
    suv = np.zeros(SHAPE, np.float32)
    suv[2:7, 3:17, 3:27] = 5.0
    suv[3:6, 6:14, 10:20] = 0.0
    assert len(part_by_peaks(suv, suv > 0, prominence=0.0).peaks) == 1


@pytest.mark.parametrize("place", [(0, 0, 0), (8, 19, 29)])
def test_a_single_voxel_at_the_corner_is_a_part(place: tuple[int, int, int]) -> None:
    suv = np.zeros(SHAPE, np.float32)
    suv[place] = 4.0
    assert part_by_peaks(suv, suv > 0, 0.25).peaks == (place,)
