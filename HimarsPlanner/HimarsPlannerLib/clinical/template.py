"""A clinical file to fill in, one table for each lesion of a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

HEAD = """\
# Clinical facts for HimarsPlanner. Take the # away from a line and correct its value; what stays a comment is not
# stated, which is never "no". Use it with: himars-planner plan STUDY --clinical THIS_FILE ...
"""
SPINE = """
# alignment = "normal"            # of the whole spine: normal | deformity | translation (SINS)
"""
LINES = """\
# accepted = {accepted}
# symptomatic = true              # true | false; true puts it into tier 1
# pain = "none"                   # none | occasional | mechanical        (SINS)
# pain_severity = "mild"          # mild | moderate | functional          (Mirels)
# neurological_deficit = false    # true | false; true puts it into tier 1
# alignment = "deformity"         # here alone: normal | deformity | translation     (SINS)
# lesion_type = "lytic"           # lytic | mixed | blastic              (in place of what CT values tell)
# site = {site}
# prior_irradiation = false       # true | false
# pinned = true                   # goes before all that are not pinned
# regimen = "27/3"                # dose in Gy / fractions, one of the protocol's
# excluded = "reason"             # never irradiated; counts in GTV_total all the same
"""
ACCEPTED = "true                 # a metastasis; false: none, counts nowhere"
TO_ACCEPT = "true                 # NEEDS REVIEW: true makes it a metastasis, false dismisses it"


def clinical_template(record: Mapping[str, Any]) -> str:
    """Clinical file for the lesions of a plan.

    Parameters
    ----------
    record
        plan.json.

    Returns
    -------
    str
        TOML in which nothing is stated yet but where each lesion lies.
    """
    patient_id = record["inputs"]["patient_id"]
    lesions: Sequence[Mapping[str, Any]] = record["lesions"]
    head = HEAD + SPINE + (f"\npatient_id = {_quoted(patient_id)}\n" if patient_id else "\n")
    head += f"# level = {_quoted(record['protocol']['level'])}    # cohort level; a plan at another is then refused\n"
    return head + "".join(_entry(lesion) for lesion in lesions)


def _entry(lesion: Mapping[str, Any]) -> str:
    site = lesion["site"] + (" (estimated)" if lesion["site_estimated"] else "")
    told = f"# {lesion['kind']}, {site}, {lesion['volume_ml']:.1f} ml"
    told += "" if lesion["suv_max"] is None else f", SUVmax {lesion['suv_max']:.1f}"
    review = lesion["needs_review"]
    lines = LINES.format(accepted=TO_ACCEPT if review else ACCEPTED, site=_quoted(lesion["site"]))
    place = ", ".join(f"{value:.1f}" for value in lesion["centroid_lps_mm"])
    table = f"[lesions.{_quoted(lesion['name'])}]\n{told}\n"
    return f"\n{table}" + (f"# {review}\n" if review else "") + f"at_lps_mm = [{place}]  # do not change\n{lines}"


def _quoted(text: str) -> str:
    """Text as a TOML basic string, which is a JSON string."""
    return json.dumps(text, ensure_ascii=False)
