"""The panel's clinical facts: what a physician states about lesions, by choosing and writing in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from ..clinical.facts import NO_FACTS
from . import tables
from .choice_box import ChoiceBox
from .desk import Desk
from .entries import alignment_entries
from .facts_table import PINNED, REGIMEN, WRITTEN, FactColumn, FactsTable, fact_columns
from .session import Session


class FactControls:
    """The facts table, and the alignment of the whole spine."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        table = desk.ui.factsTable
        self.table = FactsTable(table, fact_columns())
        self.menu: Any = None
        table.connect("itemChanged(QTableWidgetItem*)", self._written)
        table.connect("cellClicked(int,int)", self._clicked)
        self._alignment = ChoiceBox(
            desk, desk.ui.alignmentComboBox, "spineAlignment", alignment_entries(), desk.choose_again
        )

    def show_choices(self) -> None:
        """Show what is chosen for the whole plan."""
        self._alignment.show()

    def fill(self) -> None:
        """Show the facts of the lesions that count."""
        session = self._desk.session
        if session is None or session.plan is None or session.replanner is None:
            tables.clear(self._desk.ui.factsTable)
            return
        counting = {one.ranked.lesion.id for one in session.plan.selection.decisions if one.ranked.lesion.counts}
        lesions = [lesion for lesion in session.replanner.lesions if lesion.id in counting]
        self.table.fill(lesions, session.facts)

    def state(self, lesions: Sequence[str], **changes: Any) -> None:
        """State something about lesions, of all or of none of them, and select again."""
        session = self._desk.session
        if session is not None and lesions:
            self._desk.guard(_("This cannot be stated."), lambda: session.state_facts(lesions, **changes))
            self._desk.show()

    def _clicked(self, row: int, number: int) -> None:
        """Offer what can be stated in a menu: a click alone never changes a fact."""
        column, session = self.table.column(number), self._desk.session
        if column is None or session is None:
            return
        choices = _regimens(session) if column.fact == REGIMEN else column.choices
        if not choices:
            return
        lesions = self.table.lesions_at(row)
        clicked = session.facts.get(tables.lesion_of_row(self._desk.ui.factsTable, row), NO_FACTS)
        self.menu = qt.QMenu(self._desk.ui.factsTable)
        for value, words in choices:
            self._offer(column, value, words, lesions, getattr(clicked, column.fact) == value)
        self.menu.popup(qt.QCursor.pos())

    def _offer(self, column: FactColumn, value: Any, words: str, lesions: Sequence[str], chosen: bool) -> None:
        action = self.menu.addAction(words)
        action.checkable = True
        action.checked = chosen
        action.connect("triggered()", lambda: self.state(lesions, **{column.fact: value}))

    def _written(self, item: Any) -> None:
        column = self.table.column(item.column())
        lesion = tables.lesion_of_row(self._desk.ui.factsTable, item.row())
        if column is None:
            return
        if column.fact == PINNED:
            self.state([lesion], pinned=item.checkState() == qt.Qt.Checked)
        elif column.fact in WRITTEN:
            self.state([lesion], **{column.fact: item.text().strip()})


def _regimens(session: Session) -> tuple[tuple[str, str], ...]:
    return (("", _("open")), *((regimen.name, regimen.name) for regimen in session.trial.regimens))
