"""The tracer of a phantom's PET: nuclide, dose, weight and times, and the decay between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from pydicom.dataset import Dataset

_NUCLIDES = {
    "Ga-68": (4062.6, 0.8914, "35337001", "^68^Gallium", 150e6),
    "F-18": (6586.2, 0.9673, "77004003", "^18^Fluorine", 280e6),
}


@dataclass(frozen=True)
class Injection:
    """One injection and its scan; activity in the images is corrected to the scan's start.

    Parameters
    ----------
    dose_bq
        Activity injected, at the time of injection.
    half_life_s
        Of the nuclide, seconds.
    """

    nuclide: str
    half_life_s: float
    dose_bq: float
    weight_kg: float
    injected: datetime
    ct_time: datetime
    pet_time: datetime
    bed_seconds: float = 150.0

    def decay(self, first: datetime, second: datetime) -> float:
        """Factor that corrects activity at `second` back to `first`."""
        return float(2 ** ((second - first).total_seconds() / self.half_life_s))

    @property
    def suv_per_bqml(self) -> float:
        """SUVbw of 1 Bq/ml: weight in g over the dose left at the scan's start."""
        return self.weight_kg * 1000 / (self.dose_bq / self.decay(self.injected, self.pet_time))

    def frame_reference_ms(self, taken: datetime) -> float:
        """Time from the scan's start at which a bed's mean activity was reached, ms."""
        x = np.log(2) / self.half_life_s * self.bed_seconds
        mean = self.half_life_s / np.log(2) * np.log(x / (1 - np.exp(-x)))
        return 1000 * ((taken - self.pet_time).total_seconds() + float(mean))

    def item(self) -> Dataset:
        """Item of the Radiopharmaceutical Information Sequence."""
        _, positrons, code, meaning, _ = _NUCLIDES[self.nuclide]
        item = Dataset()
        item.Radiopharmaceutical = f"{self.nuclide} PSMA"
        item.RadiopharmaceuticalStartTime = f"{self.injected:%H%M%S}"
        item.RadiopharmaceuticalStartDateTime = f"{self.injected:%Y%m%d%H%M%S}"
        item.RadionuclideTotalDose = f"{self.dose_bq:.0f}"
        item.RadionuclideHalfLife = f"{self.half_life_s:.1f}"
        item.RadionuclidePositronFraction = f"{positrons}"
        nuclide = Dataset()
        nuclide.CodeValue, nuclide.CodingSchemeDesignator, nuclide.CodeMeaning = code, "SCT", meaning
        item.RadionuclideCodeSequence = [nuclide]
        return item


def injection_of(seed: int) -> Injection:
    """Injection of a phantom's seed; even seeds get F-18, odd ones Ga-68."""
    rng = np.random.default_rng([seed, 6])
    nuclide = ("F-18", "Ga-68")[seed % 2]
    half_life, _, _, _, dose = _NUCLIDES[nuclide]
    injected = datetime(2025, 3, 3, 9, 0) + timedelta(days=int(rng.integers(0, 200)), minutes=int(rng.integers(0, 240)))
    scan = injected + timedelta(minutes=int(rng.integers(55, 75)))
    return Injection(
        nuclide=nuclide,
        half_life_s=half_life,
        dose_bq=float(round(dose * rng.uniform(0.85, 1.15), -5)),
        weight_kg=float(round(rng.uniform(68, 98), 1)),
        injected=injected,
        ct_time=scan - timedelta(minutes=2),
        pet_time=scan,
    )
