"""A clinical file to fill in, one table for each lesion of a plan, with what is stated already."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..errors import InputError
from .facts import NO_FACTS, Alignment, Facts

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
LINE = re.compile(r"# (\w+) = (\"[^\"]*\"|[^ ]+)( *#.*)?$")


def clinical_template(
    record: Mapping[str, Any], stated: Mapping[str, Facts] | None = None, alignment: Alignment | None = None
) -> str:
    """Clinical file for the lesions of a plan.

    Parameters
    ----------
    record
        plan.json.
    stated
        Facts by the identifiers of lesions; what is not stated stays a comment.
    alignment
        Of the whole spine; None where it is not stated.

    Returns
    -------
    str
        TOML that states where each lesion lies, and what was given.

    Raises
    ------
    InputError
        Two lesions have one name, by which the file could not tell them apart.
    """
    patient_id = record["inputs"]["patient_id"]
    lesions: Sequence[Mapping[str, Any]] = record["lesions"]
    names = [lesion["name"] for lesion in lesions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            f"Several lesions are called {', '.join(map(repr, twice))}",
            "names that differ",
            "rename them at their source",
        )
    facts = stated or {}
    head = (
        HEAD
        + _stating(SPINE, {"alignment": alignment})
        + (f"\npatient_id = {_quoted(patient_id)}\n" if patient_id else "\n")
    )
    head += f"# level = {_quoted(record['protocol']['level'])}    # cohort level; a plan at another is then refused\n"
    return head + "".join(_entry(lesion, facts.get(lesion["id"], NO_FACTS)) for lesion in lesions)


def _entry(lesion: Mapping[str, Any], facts: Facts) -> str:
    site = lesion["site"] + (" (estimated)" if lesion["site_estimated"] else "")
    told = f"# {lesion['kind']}, {site}, {lesion['volume_ml']:.1f} ml"
    told += "" if lesion["suv_max"] is None else f", SUVmax {lesion['suv_max']:.1f}"
    review = lesion["needs_review"]
    lines = LINES.format(accepted=TO_ACCEPT if review else ACCEPTED, site=_quoted(lesion["site"]))
    place = ", ".join(f"{value:.1f}" for value in lesion["centroid_lps_mm"])
    table = f"[lesions.{_quoted(lesion['name'])}]\n{told}\n"
    return (
        f"\n{table}"
        + (f"# {review}\n" if review else "")
        + f"at_lps_mm = [{place}]  # do not change\n{_stating(lines, asdict(facts))}"
    )


def _stating(lines: str, facts: Mapping[str, bool | str | None]) -> str:
    """Lines of a template, those of stated facts with their value and no longer comments."""
    return "".join(_stated(line, facts) + "\n" for line in lines.splitlines())


def _stated(line: str, facts: Mapping[str, bool | str | None]) -> str:
    found = LINE.match(line)
    name = found[1] if found else ""
    value = facts.get(name)
    # Whoever pins nothing has stated nothing: "not pinned" has no line of its own.
    if found is None or value in (None, "") or (name == "pinned" and not value):
        return line
    written = _quoted(value) if isinstance(value, str) else str(value).lower()
    return f"{name} = {written}{found[3] or ''}"


def _quoted(text: str) -> str:
    """Text as a TOML basic string, which is a JSON string."""
    return json.dumps(text, ensure_ascii=False)
