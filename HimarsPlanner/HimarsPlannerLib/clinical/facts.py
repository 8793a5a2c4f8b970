"""What a physician states about a lesion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pain = Literal["none", "occasional", "mechanical"]
PainSeverity = Literal["mild", "moderate", "functional"]
Alignment = Literal["normal", "deformity", "translation"]
LesionType = Literal["lytic", "mixed", "blastic"]


@dataclass(frozen=True)
class Facts:
    """Facts about one lesion; None is "not stated", never "no".

    Parameters
    ----------
    accepted
        Whether it is a metastasis. What is none counts nowhere; what is one counts in GTV_total.
    symptomatic
        Whether it gives symptoms.
    pain
        As SINS asks: "none", "occasional" (not mechanical) or "mechanical".
    pain_severity
        As Mirels asks: "mild", "moderate" or "functional".
    neurological_deficit
        Whether it causes one.
    alignment
        As SINS asks of the spine there: "normal", "deformity" (new kyphosis or scoliosis) or "translation"
        (subluxation too).
    lesion_type
        "lytic", "mixed" or "blastic"; stands in place of what CT values tell.
    site
        Where it is; stands in place of labels and estimates.
    prior_irradiation
        Whether it was irradiated before.
    pinned
        Whether it goes before all others that are not.
    excluded
        Why it is not to be irradiated; "" where it may be. An excluded metastasis still counts in GTV_total.
    regimen
        How it is to be irradiated, one of the protocol's, e.g. "27/3"; "" where it is left open.
    """

    accepted: bool | None = None
    symptomatic: bool | None = None
    pain: Pain | None = None
    pain_severity: PainSeverity | None = None
    neurological_deficit: bool | None = None
    alignment: Alignment | None = None
    lesion_type: LesionType | None = None
    site: str = ""
    prior_irradiation: bool | None = None
    pinned: bool = False
    excluded: str = ""
    regimen: str = ""

    @property
    def gives_symptoms(self) -> bool:
        """Whether it gives symptoms: as stated, or because it is stated to hurt or to cause a deficit."""
        if self.symptomatic is not None:
            return self.symptomatic
        hurts = self.pain in ("occasional", "mechanical") or self.pain_severity in ("moderate", "functional")
        return hurts or bool(self.neurological_deficit)


NO_FACTS = Facts()
