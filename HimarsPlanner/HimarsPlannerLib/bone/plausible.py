"""Whether the bone found is plausible for what the scan covers: warnings, never corrections."""

from __future__ import annotations

from ..notice import Notice
from ..protocol.protocol import ReferenceSettings
from ..study.structure_set import listed
from .coverage import SPINE, Coverage


def coverage_notices(coverage: Coverage, trabecular_ml: float, reference: ReferenceSettings) -> tuple[Notice, ...]:
    """What must be said of the scan's coverage and of the volume found in it.

    Parameters
    ----------
    coverage
        What part of the skeleton is in view.
    trabecular_ml
        Total trabecular bone found there, ml.
    reference
        Range of adult men's whole skeleton, and the share of each region.
    """
    if not coverage.known:
        return (
            Notice(
                "coverage-unknown",
                "What part of the skeleton the scan covers could not be told: neither bone labels nor femoral heads, "
                f"the ends of lungs nor a skull are in view{_canal(coverage)}. The bone marrow reserve holds only what "
                "is in view and is a lower bound.",
            ),
        )
    low, high = coverage.share(reference.marrow_share)
    notices = []
    if not coverage.complete:
        notices.append(Notice("skeleton-partly-in-view", _lower_bound(coverage, low, high)))
    if all(name not in SPINE for name in (*coverage.names("whole"), *coverage.names("partly"))):
        notices.append(
            Notice(
                "no-spine-in-view",
                "No cervical, thoracic or lumbar spine is in view: the spinal canal and with it the risk to the cord "
                "are not assessed there, and the bone marrow reserve is that of the bones in view alone. Lesions, "
                "volumes and the other risks hold.",
            )
        )
    expected = low * reference.full_skeleton_low_ml, high * reference.full_skeleton_high_ml
    if not expected[0] <= trabecular_ml <= expected[1]:
        notices.append(Notice("trabecular-bone-implausible", _implausible(trabecular_ml, expected)))
    return tuple(notices)


def _canal(coverage: Coverage) -> str:
    return f"; of the spinal canal, {coverage.canal_mm:.0f} mm are" if coverage.canal_mm else ""


def _lower_bound(coverage: Coverage, low: float, high: float) -> str:
    share = f"{high:.0%}" if high - low < 0.02 else f"{low:.0%} to {high:.0%}"
    told = "estimated from landmarks" if coverage.estimated else "by the bone labels"
    none = "not at all" if coverage.estimated else "without a label"
    parts = [
        f"{words}: {listed(names)}"
        for words, names in (("partly", coverage.names("partly")), (none, coverage.names("not in view")))
        if names
    ]
    covers = "The scan covers" if coverage.estimated else "Scan and labels cover"
    return (
        f"{covers} regions with {share} of an adult's active marrow ({told}); {'; '.join(parts)}. Bone that is missing "
        "there is not counted: the bone marrow reserve is a lower bound, and the ratio to it an upper bound."
    )


def _implausible(found: float, expected: tuple[float, float]) -> str:
    return (
        f"Total trabecular bone is {found:.0f} ml; adult men have about {expected[0]:.0f} to {expected[1]:.0f} ml in "
        "the regions in view, by their share of active marrow. Check the segmentation in bone.seg.nrrd; nothing was "
        "corrected."
    )
