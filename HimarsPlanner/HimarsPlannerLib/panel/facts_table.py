"""The panel's table of clinical facts: one row for each lesion, one column for each fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from ..clinical.facts import NO_FACTS, Facts
from ..lesions.lesion import Lesion
from . import tables

LESION, PINNED, REGIMEN = 0, "pinned", "regimen"
NOT_STATED = "?"
WRITTEN = ("site", "excluded")


@dataclass(frozen=True)
class FactColumn:
    """One fact.

    Parameters
    ----------
    fact
        Attribute of `Facts`.
    words, meaning
        Header and its tooltip.
    width
        Pixels.
    choices
        Values that a click offers, with words for them; none where it is written or ticked, or the protocol has them.
    """

    fact: str
    words: str
    meaning: str
    width: int
    choices: tuple[tuple[Any, str], ...] = ()


def fact_columns() -> list[FactColumn]:
    """Columns after the lesion's name; the first are those that most lesions need."""
    unknown = (None, _("not stated"))
    truth = (unknown, (True, _("yes")), (False, _("no")))
    return [
        FactColumn(
            "site", _("Site"), _("Double click to state where it is; stands in place of labels and estimates"), 104
        ),
        FactColumn(
            "pain",
            _("Pain"),
            _("Click to choose, as SINS asks (Fisher, Spine 2010;35:E1221-9); ? is not stated, which is never no"),
            70,
            (unknown, ("none", _("none")), ("occasional", _("occasional")), ("mechanical", _("mechanical"))),
        ),
        FactColumn("symptomatic", _("Symptoms"), _("Click to choose. Yes puts it into tier 1"), 64, truth),
        FactColumn(
            "neurological_deficit",
            _("Deficit"),
            _("Neurological deficit. Click to choose. Yes puts it into tier 1"),
            48,
            truth,
        ),
        FactColumn(PINNED, _("Pinned"), _("Goes before all others that are not"), 48),
        FactColumn(
            "excluded",
            _("Excluded because"),
            _("Double click to write why it is not to be irradiated; it still counts in GTV_total"),
            120,
        ),
        FactColumn(
            "pain_severity",
            _("Severity"),
            _("Of the pain. Click to choose, as Mirels asks (Mirels, Clin Orthop 1989;249:256-64)"),
            66,
            (unknown, ("mild", _("mild")), ("moderate", _("moderate")), ("functional", _("functional"))),
        ),
        FactColumn(
            "lesion_type",
            _("Type"),
            _("Click to choose; stands in place of what CT values (HU) tell"),
            60,
            (unknown, ("lytic", _("lytic")), ("mixed", _("mixed")), ("blastic", _("blastic"))),
        ),
        FactColumn(
            "alignment",
            _("Alignment"),
            _("Of the spine there, in place of that of the whole spine. Click to choose, as SINS asks"),
            70,
            (
                unknown,
                ("normal", _("normal")),
                ("deformity", _("new deformity")),
                ("translation", _("translation")),
            ),
        ),
        FactColumn(
            "prior_irradiation", _("Irradiated"), _("Whether it was irradiated before. Click to choose"), 66, truth
        ),
        FactColumn(
            REGIMEN,
            _("Regimen"),
            _("Gy/fractions. Click to choose among those of the protocol (NCT06978296)"),
            60,
        ),
    ]


class FactsTable:
    """The table of facts.

    Parameters
    ----------
    table
        QTableWidget.
    columns
        What `fact_columns` gives.
    """

    def __init__(self, table: Any, columns: Sequence[FactColumn]) -> None:
        self._table, self._columns = table, columns
        headers = [(_("Lesion"), _("Name in the source")), *((one.words, one.meaning) for one in columns)]
        tables.set_headers(table, headers, (70, *(one.width for one in columns)))

    def column(self, number: int) -> FactColumn | None:
        """Fact of a column of the table; None for the lesion's name."""
        return None if number == LESION else self._columns[number - 1]

    def number(self, fact: str) -> int:
        """Column of a fact."""
        return 1 + next(n for n, one in enumerate(self._columns) if one.fact == fact)

    def lesions_at(self, row: int) -> list[str]:
        """Lesions that a click on a row speaks of: those of all chosen rows, where it is among them."""
        chosen = sorted({index.row() for index in self._table.selectionModel().selectedRows()})
        rows = chosen if row in chosen else [row]
        return [tables.lesion_of_row(self._table, one) for one in rows]

    def fill(self, lesions: Sequence[Lesion], facts: Mapping[str, Facts]) -> None:
        """One row for each lesion, in the order in which they were found."""

        def rows() -> None:
            tables.set_rows(self._table, len(lesions))
            for row, lesion in enumerate(lesions):
                self._row(row, lesion, facts.get(lesion.id, NO_FACTS))

        tables.with_signals_blocked(self._table, rows)

    def _row(self, row: int, lesion: Lesion, facts: Facts) -> None:
        locked = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
        name = tables.cell(self._table, row, LESION)
        name.setText(lesion.name)
        name.setFlags(locked)
        name.setData(tables.LESION_ROLE, lesion.id)
        for number, column in enumerate(self._columns, start=1):
            item = tables.cell(self._table, row, number)
            value = getattr(facts, column.fact)
            if column.fact == PINNED:
                item.setFlags(locked | qt.Qt.ItemIsUserCheckable)
                item.setCheckState(qt.Qt.Checked if value else qt.Qt.Unchecked)
            elif column.fact in WRITTEN:
                item.setText(value or (lesion.site.name if column.fact == "site" else ""))
                item.setFlags(locked | qt.Qt.ItemIsEditable)
            elif column.fact == REGIMEN:
                item.setText(value or NOT_STATED)
                item.setFlags(locked)
            else:
                words = dict(column.choices)[value]
                item.setText(NOT_STATED if value is None else words)
                item.setToolTip(words)
                item.setFlags(locked)
