"""The panel's tables of candidates and of the ranking, and what all tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from ..export.palette import css_colour, lesion_colour
from ..plan import Plan
from ..risk.score import Domain, Score
from ..selection.selection import Decision
from .texts import decision_word, score_words

ROW_PX, FRAME_PX, FEWEST_ROWS, MOST_ROWS = 20, 44, 3, 14
LESION_ROLE = 256  # Qt.UserRole: the identifier of the row's lesion
DOMAINS: tuple[Domain, ...] = ("fracture", "cord", "vascular", "symptoms", "bulk")
TREAT, RANK, NAME, SITE, VOLUME, TIER, DECISION = range(7)
FIRST_SCORE = 7
REASON = FIRST_SCORE + len(DOMAINS)
RANKING_WIDTHS = (22, 28, 62, 88, 40, 32, 58, 92, 44, 62, 70, 54)
CANDIDATE_WIDTHS = (78, 120, 44, 56)


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
        ("#", _("Rank: place in the order of treatment: pinned first, then tier, then severity")),
        (_("Lesion"), _("Name in the source; click a row to look at its widest axial slice")),
        (_("Site"), _("Where it is; ≈ is estimated from geometry, not from labels or a person")),
        (_("ml"), _("GTV volume in ml: voxels of the planning CT times voxel volume")),
        (_("Tier"), _("1 is treated first; thresholds and their sources are in himars.toml")),
        (_("Decision"), _("Within the budget of the cohort level, in rank order, skipping what no longer fits")),
        (_("Fracture"), _("Structural risk (SINS: Fisher 2010; Mirels 1989); the report has the parts")),
        (_("Cord"), _("Largest part of the spinal canal that is filled, %")),
        (_("Vessels"), _("Contact with contoured vessels")),
        (_("Symptoms"), _("As the physician states under Clinical facts")),
        (_("Bulk"), _("Largest diameter, mm")),
        (_("Reason"), _("Why")),
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


def clear(table: Any) -> None:
    """Leave no row."""
    set_rows(table, 0)


def set_rows(table: Any, count: int) -> None:
    """Give a table its rows, and room for as many as one can look at without scrolling in it."""
    with_signals_blocked(table, lambda: table.setRowCount(count))
    shown = min(max(count, FEWEST_ROWS), MOST_ROWS)
    table.minimumHeight = table.maximumHeight = FRAME_PX + ROW_PX * shown


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


def _fill(table: Any, decisions: Sequence[Decision], row_of: Any) -> None:
    set_rows(table, len(decisions))
    for row, decision in enumerate(decisions):
        for column, text in enumerate(row_of(decision)):
            item = cell(table, row, column)
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
    site = ("≈ " if lesion.site.estimated else "") + lesion.site.name
    return [
        "",
        str(ranked.rank),
        lesion.name,
        site,
        f"{lesion.volume_ml:.1f}",
        str(ranked.tier) if lesion.counts else "",
        decision_word(decision),
        *(score_words(scores.get(domain)) for domain in DOMAINS),
        decision.reason,
    ]


def _candidate_row(decision: Decision) -> list[str]:
    lesion = decision.ranked.lesion
    suv = _("not known") if lesion.suv_max is None else f"{lesion.suv_max:.1f}"
    return [lesion.name, lesion.site.name, f"{lesion.volume_ml:.1f}", suv, lesion.needs_review]


def cell(table: Any, row: int, column: int) -> Any:
    """Item of a cell, made where there is none: items that stay keep selection and scroll position."""
    item = table.item(row, column)
    if item is None:
        item = qt.QTableWidgetItem("")
        table.setItem(row, column, item)
    return item
