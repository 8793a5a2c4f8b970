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
SPINE = """\
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
ALIGNMENT = "alignment"
LINE = re.compile(r"# (\w+) = (?:\"[^\"]*\"|[^ ]+)( *#.*)?")


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
        called = ", ".join(map(repr, twice))
        raise InputError(f"Several lesions are called {called}", "names that differ", "rename them at their source")
    facts = stated or {}
    head = HEAD + "\n" + _stating(SPINE, {ALIGNMENT: alignment})
    head += f"\npatient_id = {_quoted(patient_id)}\n" if patient_id else "\n"
    head += f"# level = {_quoted(record['protocol']['level'])}    # cohort level; a plan at another is then refused\n"
    return head + "".join(_entry(lesion, facts.get(lesion["id"], NO_FACTS)) for lesion in lesions)


def _entry(lesion: Mapping[str, Any], facts: Facts) -> str:
    site = lesion["site"] + (" (estimated)" if lesion["site_estimated"] else "")
    told = f"# {lesion['kind']}, {site}, {lesion['volume_ml']:.1f} ml"
    told += "" if lesion["suv_max"] is None else f", SUVmax {lesion['suv_max']:.1f}"
    review = lesion["needs_review"]
    given = {"accepted": TO_ACCEPT if review else ACCEPTED, "site": _quoted(lesion["site"])}
    lines = _stating(LINES, asdict(facts), given)
    place = ", ".join(f"{value:.1f}" for value in lesion["centroid_lps_mm"])
    table = f"[lesions.{_quoted(lesion['name'])}]\n{told}\n"
    return f"\n{table}" + (f"# {review}\n" if review else "") + f"at_lps_mm = [{place}]  # do not change\n{lines}"


def _stating(lines: str, facts: Mapping[str, bool | str | None], given: Mapping[str, str] | None = None) -> str:
    """Lines of a template with what is given filled in; those of stated facts with their value, no longer comments."""
    return "".join(_stated(line, facts) or f"{line.format(**(given or {}))}\n" for line in lines.splitlines())


def _stated(line: str, facts: Mapping[str, bool | str | None]) -> str:
    """Line that states a fact; "" where the fact is not stated."""
    found = LINE.fullmatch(line)
    value = None if found is None else facts[found[1]]
    # Who is not pinned has nothing stated by that.
    if found is None or value in (None, "") or (found[1] == "pinned" and not value):
        return ""
    written = _quoted(value) if isinstance(value, str) else str(value).lower()
    return f"{found[1]} = {written}{found[2] or ''}\n"


def _quoted(text: str) -> str:
    """Text as a TOML basic string, which is a JSON string."""
    return json.dumps(text, ensure_ascii=False)
