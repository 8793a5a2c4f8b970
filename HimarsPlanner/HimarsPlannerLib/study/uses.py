"""What a plan would use each series of a study as, were nothing chosen by hand."""

from __future__ import annotations

from collections.abc import Sequence

from .bridge import in_other_frame, is_link
from .candidates import OPTIONS, TITLES, Role, candidates, why_not
from .series import Series

LINK_USE = "registration of the PET to the CT"


def planned_uses(series: Sequence[Series]) -> tuple[str, ...]:
    """What a plan without further choice would use each series as, in the order given."""
    fit = {role: candidates(series, role) for role in TITLES}
    ct = fit["ct"][0] if len(fit["ct"]) == 1 else None
    links = [one for one in series if ct is not None and any(is_link(one, ct, pet) for pet in fit["pet"])]
    return tuple(LINK_USE if one in links else _use(one, fit, ct, links) for one in series)


def _use(one: Series, fit: dict[Role, list[Series]], ct: Series | None, links: Sequence[Series]) -> str:
    role = next((role for role, group in fit.items() if one in group), None)
    if role is None:
        return f"not used: {why_not(one)}"
    rivals = fit[role] if ct is None else in_frame_of(ct, fit[role])
    if one not in rivals or (
        ct is not None and in_other_frame(one, ct) and not any(is_link(r, ct, one) for r in links)
    ):
        way = "; a DICOM REG or --register rigid brings it there" if role == "pet" and one in rivals else ""
        return f"not used: another frame of reference than the CT{way}"
    return TITLES[role] if len(rivals) == 1 else f"one of {len(rivals)} for {TITLES[role]}: choose with {OPTIONS[role]}"


def in_frame_of(ct: Series, group: Sequence[Series]) -> list[Series]:
    """Series in the CT's frame of reference; all of them where none is, so that the refusal can name them."""
    return [one for one in group if not in_other_frame(one, ct)] or list(group)


def listing(series: Sequence[Series]) -> str:
    """Series of a study and what a plan would use them as, one a line, for a message."""
    return "".join(f"\n  {one.label} ({use})" for one, use in zip(series, planned_uses(series), strict=True)) + "\n"
