"""The panel's three tables: candidates, facts, ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import qt
from slicer.i18n import tr as _

from ..clinical.facts import NO_FACTS, Facts, Pain
from ..export.palette import css_colour, lesion_colour
from ..lesions.lesion import Lesion
from ..plan import Plan
from ..risk.score import Domain, Score
from ..selection.selection import Decision
from .texts import decision_word, score_words

LESION_ROLE = 256  # Qt.UserRole: the identifier of the row's lesion
DOMAINS: tuple[Domain, ...] = ("fracture", "cord", "vascular", "symptoms", "bulk")
TREAT, RANK, NAME, SITE, VOLUME = range(5)
FIRST_SCORE = 5
TIER, DECISION, REASON = FIRST_SCORE + len(DOMAINS), FIRST_SCORE + len(DOMAINS) + 1, FIRST_SCORE + len(DOMAINS) + 2
FACT_NAME, FACT_SITE, FACT_PAIN, FACT_SYMPTOMATIC, FACT_DEFICIT, FACT_PINNED, FACT_EXCLUDED = range(7)
RANKING_WIDTHS = (26, 38, 78, 96, 44, 66, 62, 62, 70, 62, 36, 66)
FACT_WIDTHS = (78, 90, 74, 84, 74, 50)
CANDIDATE_WIDTHS = (78, 120, 44, 56)
TRUTH = {FACT_SYMPTOMATIC: "symptomatic", FACT_DEFICIT: "neurological_deficit"}


def set_headers(table: Any, headers: Sequence[tuple[str, str]], widths: Sequence[int]) -> None:
    """Give a table its columns: words, what they mean with units and sources, and widths in pixels."""
    table.setColumnCount(len(headers))
    for column, (words, meaning) in enumerate(headers):
        item = qt.QTableWidgetItem(words)
        item.setToolTip(meaning)
        table.setHorizontalHeaderItem(column, item)
    for column, width in enumerate(widths):
        table.setColumnWidth(column, width)


def ranking_headers() -> list[tuple[str, str]]:
    """Columns of the ranking."""
    return [
        ("✓", _("Untick to exclude a lesion, tick to pin it before all others or to undo an exclusion")),
        (_("Rank"), _("Place in the order of treatment: pinned first, then tier, then severity")),
        (_("Lesion"), _("Name in the source; click a row to look at its widest axial slice")),
        (_("Site"), _("Where it is; (e) is estimated from geometry, not from labels or a person")),
        (_("ml"), _("GTV volume in ml: voxels of the planning CT times voxel volume")),
        (_("Fracture"), _("Structural risk (SINS: Fisher 2010; Mirels 1989); the report has the parts")),
        (_("Cord"), _("Largest part of the spinal canal that is filled, %")),
        (_("Vessels"), _("Contact with contoured vessels")),
        (_("Symptoms"), _("As the physician states under Clinical facts")),
        (_("Bulk"), _("Largest diameter, mm")),
        (_("Tier"), _("1 is treated first; thresholds and their sources are in himars.toml")),
        (_("Decision"), _("Within the budget of the cohort level, in rank order, skipping what no longer fits")),
        (_("Reason"), _("Why")),
    ]


def facts_headers() -> list[tuple[str, str]]:
    """Columns of the clinical facts."""
    return [
        (_("Lesion"), _("Name in the source")),
        (_("Site"), _("Double click to state where it is; stands in place of labels and estimates")),
        (_("Pain"), _("As SINS asks: none, occasional or mechanical (Fisher, Spine 2010;35:E1221-9)")),
        (_("Symptomatic"), _("Click: not stated, yes, no. Yes puts it into tier 1")),
        (_("Deficit"), _("Neurological deficit. Click: not stated, yes, no. Yes puts it into tier 1")),
        (_("Pinned"), _("Goes before all others that are not")),
        (
            _("Excluded because"),
            _("Double click to write why it is not to be irradiated; it still counts in GTV_total"),
        ),
    ]


def candidate_headers() -> list[tuple[str, str]]:
    """Columns of the candidates."""
    return [
        (_("Candidate"), _("Uptake outside bone: counts nowhere until it is accepted")),
        (_("Site"), _("Where it is")),
        (_("ml"), _("Volume on the planning CT, ml")),
        (_("SUVmax"), _("Highest SUVbw, g/ml")),
        (_("Why"), _("Why a physician must look first")),
    ]


def fill_ranking(table: Any, plan: Plan) -> None:
    """One row for each lesion, in rank order."""
    with_signals_blocked(table, lambda: _fill(table, plan.selection.decisions, _ranking_row))


def fill_candidates(table: Any, plan: Plan) -> None:
    """One row for each lesion that needed review."""
    waiting = [one for one in plan.selection.decisions if one.ranked.lesion.needs_review]
    with_signals_blocked(table, lambda: _fill(table, waiting, _candidate_row))


def fill_facts(table: Any, lesions: Sequence[Lesion], facts: Mapping[str, Facts]) -> None:
    """One row for each lesion, in the order in which they were found."""

    def fill() -> None:
        table.setRowCount(len(lesions))
        for row, lesion in enumerate(lesions):
            _facts_row(table, row, lesion, facts.get(lesion.id, NO_FACTS))

    with_signals_blocked(table, fill)


def clear(table: Any) -> None:
    """Leave no row."""
    with_signals_blocked(table, lambda: table.setRowCount(0))


def with_signals_blocked(table: Any, fill: Any) -> None:
    """Fill a table without its changes being taken for the user's."""
    blocked = table.blockSignals(True)
    try:
        fill()
    finally:
        table.blockSignals(blocked)


def lesion_of_row(table: Any, row: int) -> str:
    """Identifier of the lesion in a row; "" where there is none."""
    item = table.item(row, 0)
    return "" if item is None else str(item.data(LESION_ROLE))


def row_of_lesion(table: Any, lesion: str) -> int:
    """Row of a lesion; -1 where it has none."""
    return next((row for row in range(table.rowCount) if lesion_of_row(table, row) == lesion), -1)


def next_truth(value: bool | None) -> bool | None:
    """What a click makes of a fact: not stated, yes, no, not stated."""
    return {None: True, True: False, False: None}[value]


def pains() -> tuple[str, ...]:
    """Words of SINS for pain."""
    return get_args(Pain)


def _fill(table: Any, decisions: Sequence[Decision], row_of: Any) -> None:
    table.setRowCount(len(decisions))
    for row, decision in enumerate(decisions):
        for column, text in enumerate(row_of(decision)):
            item = _cell(table, row, column)
            item.setText(text)
            item.setToolTip(decision.reason)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
        first = table.item(row, 0)
        first.setData(LESION_ROLE, decision.ranked.lesion.id)
        if row_of is _ranking_row:
            _decorate(table, row, decision)


def _decorate(table: Any, row: int, decision: Decision) -> None:
    """Tick of the verdict, colour of the tier."""
    tick = table.item(row, TREAT)
    tick.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
    tick.setCheckState(qt.Qt.Checked if decision.verdict == "selected" else qt.Qt.Unchecked)
    colour = lesion_colour(decision.ranked.tier, decision.ranked.lesion.counts)
    ink = "white" if sum(colour) < 3 * 128 else "black"
    for column in (RANK, TIER):
        table.item(row, column).setBackground(qt.QBrush(qt.QColor(css_colour(colour))))
        table.item(row, column).setForeground(qt.QBrush(qt.QColor(ink)))


def _ranking_row(decision: Decision) -> list[str]:
    ranked, lesion = decision.ranked, decision.ranked.lesion
    scores: dict[Domain, Score] = {}
    for score in ranked.scores:
        # Of several scores of a domain the first that has a value.
        if score.domain not in scores or (scores[score.domain].low is None and score.low is not None):
            scores[score.domain] = score
    site = lesion.site.name + (" (e)" if lesion.site.estimated else "")
    return [
        "",
        str(ranked.rank),
        lesion.name,
        site,
        f"{lesion.volume_ml:.1f}",
        *(score_words(scores.get(domain)) for domain in DOMAINS),
        str(ranked.tier) if lesion.counts else "",
        decision_word(decision),
        decision.reason,
    ]


def _candidate_row(decision: Decision) -> list[str]:
    lesion = decision.ranked.lesion
    suv = _("not known") if lesion.suv_max is None else f"{lesion.suv_max:.1f}"
    return [lesion.name, lesion.site.name, f"{lesion.volume_ml:.1f}", suv, lesion.needs_review]


def _facts_row(table: Any, row: int, lesion: Lesion, facts: Facts) -> None:
    locked = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
    truths = {None: _("not stated"), True: _("yes"), False: _("no")}
    texts = [
        lesion.name,
        facts.site or lesion.site.name,
        "",
        truths[facts.symptomatic],
        truths[facts.neurological_deficit],
        "",
        facts.excluded,
    ]
    for column, text in enumerate(texts):
        item = _cell(table, row, column)
        item.setText(text)
        editable = column in (FACT_SITE, FACT_EXCLUDED)
        item.setFlags(locked | qt.Qt.ItemIsEditable if editable else locked)
    table.item(row, 0).setData(LESION_ROLE, lesion.id)
    pinned = table.item(row, FACT_PINNED)
    pinned.setFlags(locked | qt.Qt.ItemIsUserCheckable)
    pinned.setCheckState(qt.Qt.Checked if facts.pinned else qt.Qt.Unchecked)
    table.item(row, FACT_PAIN).setText(facts.pain or _("not stated"))


def _cell(table: Any, row: int, column: int) -> Any:
    """Item of a cell, made where there is none: items that stay keep selection and scroll position."""
    item = table.item(row, column)
    if item is None:
        item = qt.QTableWidgetItem("")
        table.setItem(row, column, item)
    return item
