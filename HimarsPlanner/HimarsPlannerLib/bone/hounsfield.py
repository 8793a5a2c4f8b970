"""Whether an image is a CT in Hounsfield units, judged by its values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import BoneError

LOWEST_HU, HIGHEST_HU = -1024, 4000
SAMPLES = 2_000_000
NOTHING_WITHOUT = "nothing can be planned without HU, not even on bone labels, whose cortex is measured in HU"


def to_hounsfield(array: npt.NDArray[np.generic]) -> npt.NDArray[np.int16]:
    """CT values as int16, clipped to [-1024, 4000].

    Raises
    ------
    BoneError
        The values are not Hounsfield units: not finite, no air or fat, no soft tissue, or an offset left in.
    """
    if array.ndim != 3 or 0 in array.shape:
        raise BoneError(f"The CT has the shape {array.shape}", "a volume with three axes")
    step = max(1, round((array.size / SAMPLES) ** (1 / 3)))
    sample = np.asarray(array[::step, ::step, ::step], dtype=np.float32)
    if not np.isfinite(sample).all():
        raise BoneError(
            "The CT holds values that are not finite", "Hounsfield units", f"export the series again; {NOTHING_WITHOUT}"
        )
    low, high = float(sample.min()), float(sample.max())
    dense = float(np.mean((sample > 700) & (sample < 1400)))
    soft = float(np.mean(np.abs(sample) < 200))
    if low > -50 or dense > 0.15:
        raise BoneError(
            f"The CT's values go from {low:g} to {high:g} with {dense:.0%} between 700 and 1400",
            "Hounsfield units: air at -1000, fat at -100, soft tissue at 0 to 80",
            f"check that this series is a CT and that rescale slope and intercept were applied; {NOTHING_WITHOUT}",
        )
    if soft < 0.002:
        raise BoneError(
            f"Only {soft:.2%} of the CT lies between -200 and 200 HU; its values go from {low:g} to {high:g}",
            "a CT with a patient in it, in Hounsfield units",
            "check that this series is the planning CT (himars-planner info lists what there is); without a body in it "
            "nothing can be planned",
        )
    clipped = np.clip(array, LOWEST_HU, HIGHEST_HU)
    whole = clipped if np.issubdtype(clipped.dtype, np.integer) else np.rint(clipped)
    return np.asarray(whole, dtype=np.int16)
