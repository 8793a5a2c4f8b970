"""What the panel says of a plan, in words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from slicer.i18n import tr as _

from ..bone.compartments import BoneCompartments, BoneLabel
from ..export.palette import SELECTED, TRABECULAR, css_colour
from ..lesions.lesion import Lesion
from ..plan import Plan
from ..report.gauge import share
from ..risk.score import Score
from ..selection.selection import Decision
from ..selection.sensitivity import flips
from .option_words import panel_words

SHOWN_FIRST = 4
NAMED = ("SINS", "Mirels")
SHORT_UNITS = {"percent": "%", "points": ""}
RESERVE_COLOUR = (226, 220, 245)
OUTDATED_COLOUR = "#b3261e"
EMPTY_COLOUR = (205, 210, 218)


def gauge_html(plan: Plan) -> str:
    """Selected volume, budget and bone marrow reserve as one bar to scale, with the numbers below it."""
    reserve_ml = plan.reserve.bone_marrow_reserve_ml
    selected_ml, budget_ml = plan.selection.selected_ml, plan.selection.budget_ml
    if reserve_ml <= 0:
        return _("There is no bone marrow reserve: nothing can be selected.")
    parts = (
        (selected_ml, SELECTED),
        (max(budget_ml - selected_ml, 0.0), TRABECULAR),
        (max(reserve_ml - budget_ml, 0.0), RESERVE_COLOUR),
    )
    widths = [round(100 * ml / reserve_ml) for ml, _colour in parts[:2]]
    widths.append(100 - sum(widths))
    cells = "".join(
        f'<td width="{width}%" bgcolor="{css_colour(colour)}">&nbsp;</td>'
        for width, (_ml, colour) in zip(widths, parts, strict=True)
        if width > 0
    )
    words = _("<b>Selected {selected} ml</b> ({share} of BMR) of a budget of {budget} ml; BMR {reserve} ml").format(
        selected=f"{selected_ml:.1f}",
        share=f"{100 * selected_ml / reserve_ml:.1f}%",
        budget=f"{budget_ml:.1f}",
        reserve=f"{reserve_ml:.1f}",
    )
    return f'<table width="100%" cellspacing="0" cellpadding="1"><tr>{cells}</tr></table>{words}'


def outdated_html(changed: Sequence[str], follows: bool) -> str:
    """What is chosen now and is not what the plan was made with; "" where it is.

    Parameters
    ----------
    changed
        Words for inputs that only finding the lesions again follows.
    follows
        Whether level, facts and choices are the plan's.
    """
    told = []
    if changed:
        words = _("This plan was made with another choice of: {what}. Find the lesions again; nothing leaves before")
        told.append(words.format(what=", ".join(changed)))
    if not follows:
        told.append(_("This plan does not follow what is chosen; correct the choice. Nothing leaves before"))
    return "".join(f'<font color="{OUTDATED_COLOUR}"><b>{escape(one)}</b></font><br>' for one in told)


def notices_html(plan: Plan, also: Sequence[str] = ()) -> str:
    """What matters first, then how much more there is to know; "" where there is nothing.

    Parameters
    ----------
    also
        What else matters, shown after the most urgent notices.
    """
    messages = [*(panel_words(notice.message) for notice in plan.notices[:SHOWN_FIRST]), *also]
    if not messages:
        return ""
    shown = "".join(f"<li>{escape(message)}</li>" for message in messages)
    more = len(plan.notices) - SHOWN_FIRST
    rest = "<i>" + _("{count} more in the report").format(count=more) + "</i>" if more > 0 else ""
    return f'<b>{_("Know before you decide")}</b><ul style="margin:0 0 0 -24px">{shown}</ul>{rest}'


def what_the_choice_hangs_on(plan: Plan) -> list[str]:
    """Lesions whose verdict is another with a tenth of the bone, a voxel of the contours, or the cross-check's bone."""
    told = []
    names = [
        one.ranked.lesion.name for one in plan.selection.decisions if flips(plan.sensitivity, one.ranked.lesion.id)
    ]
    if names:
        words = _(
            "Decided otherwise with 10 % more or less trabecular bone, or GTVs one voxel larger or smaller: {names}"
        )
        told.append(words.format(names=", ".join(names)))
    if plan.cross_check is not None:
        other = set(plan.cross_check.differs(plan.selection))
        named = [one.ranked.lesion.name for one in plan.selection.decisions if one.ranked.lesion.id in other]
        words = _("Cross-check by {source}: reserve {reserve} ml; decided otherwise: {names}")
        reserve = f"{plan.cross_check.reserve.bone_marrow_reserve_ml:.0f}"
        names_or_none = ", ".join(named) or _("none")
        told.append(words.format(source=plan.cross_check.source, reserve=reserve, names=names_or_none))
    return told


def bone_words(bone: BoneCompartments | None) -> str:
    """What was segmented, in one line."""
    if bone is None:
        return _("Not segmented yet")
    return _("Bone: {volume} ml of trabecular bone (definition {definition})").format(
        volume=f"{bone.volume_ml(BoneLabel.TRABECULAR):.0f}", definition=bone.definition
    )


def score_words(score: Score | None) -> str:
    """A score as short as a table cell: its interval, or why there is none."""
    if score is None:
        return ""
    if score.status == "not-applicable":
        return "–"
    if score.low is None or score.high is None:
        return _("unknown")
    if score.unit == "stated":
        return _("yes") if score.high else _("no")
    is_share = score.unit.startswith("fraction")
    low, high = (f"{value:.0%}" if is_share else f"{value:.3g}" for value in (score.low, score.high))
    text = low if low == high else f"{low}–{high}"
    if score.name in NAMED:
        text = f"{score.name} {text}"
    unit = SHORT_UNITS.get(score.unit, score.unit)
    return text if is_share or not unit else f"{text} {unit}"


def decision_word(decision: Decision) -> str:
    """Verdict in one word."""
    if not decision.ranked.lesion.counts:
        return _("review") if decision.ranked.lesion.facts.accepted is None else _("rejected")
    return {"selected": _("selected"), "skipped": _("no room"), "excluded": _("excluded")}[decision.verdict]


def lesion_html(decision: Decision) -> str:
    """All that the plan says of a lesion, for the lines below the table."""
    ranked, lesion = decision.ranked, decision.ranked.lesion
    scores = "".join(
        f"<li>{escape(score.sentence)}{f' <i>({escape(score.source)})</i>' if score.source else ''}</li>"
        for score in ranked.scores
    )
    return f"<b>{ranked.rank} {escape(lesion.name)}</b>, {_site(lesion)}: {escape(decision.reason)}<ul>{scores}</ul>"


def level_words(name: str, fraction: float) -> str:
    """A cohort level in the list of levels."""
    return _("Level {name}: {share} of BMR").format(name=name, share=share(fraction))


def _site(lesion: Lesion) -> str:
    return escape(lesion.site.name) + (" " + _("(estimated)") if lesion.site.estimated else "")


def empty_gauge() -> str:
    """The gauge before there is a plan."""
    words = _("No plan yet")
    return (
        f'<table width="100%" cellspacing="0" cellpadding="1"><tr><td bgcolor="{css_colour(EMPTY_COLOUR)}">&nbsp;</td>'
        f"</tr></table>{words}"
    )
