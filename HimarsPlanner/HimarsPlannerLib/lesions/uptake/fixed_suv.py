"""Fixed SUV: a lesion is all uptake of at least a stated SUVbw."""

from __future__ import annotations

from ...protocol.protocol import LesionSettings
from .rule import PetMethod, Rule


def fixed_suv(settings: LesionSettings) -> Rule:
    """Uptake of at least `settings.suv_threshold`.

    SUVbw >= 3 in bone is qPSMA's rule (Gafita, J Nucl Med 2019;60:1277-83) and that of the LuPSMA and TheraP trials;
    4 is common for F-18 tracers.
    """
    threshold = settings.suv_threshold
    return Rule(PetMethod.FIXED_SUV, threshold, f"SUVbw >= {threshold:g}")
