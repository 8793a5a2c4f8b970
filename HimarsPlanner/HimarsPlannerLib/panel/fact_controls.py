"""The panel's clinical facts: what a physician states about lesions, by clicks and words in a table."""

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


class FactControls:
    """The facts table."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        table = desk.ui.factsTable
        tables.set_headers(table, tables.facts_headers(), tables.FACT_WIDTHS)
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
        session, table = self._desk.session, self._desk.ui.factsTable
        if session is None or session.plan is None or session.replanner is None:
            tables.clear(table)
            return
        counting = {one.ranked.lesion.id for one in session.plan.selection.decisions if one.ranked.lesion.counts}
        lesions = [lesion for lesion in session.replanner.lesions if lesion.id in counting]
        tables.fill_facts(table, lesions, session.facts)

    def state(self, lesions: Sequence[str], **changes: Any) -> None:
        """State something about lesions, of all or of none of them, and select again."""
        session = self._desk.session
        if session is not None and lesions:
            self._desk.guard(_("This cannot be stated."), lambda: session.state_facts(lesions, **changes))
            self._desk.show()

    def _clicked(self, row: int, column: int) -> None:
        session = self._desk.session
        if session is None:
            return
        lesion = tables.lesion_of_row(self._desk.ui.factsTable, row)
        facts = session.facts.get(lesion, NO_FACTS)
        if column in tables.TRUTH:
            name = tables.TRUTH[column]
            self.state([lesion], **{name: tables.next_truth(getattr(facts, name))})
        elif column == tables.FACT_PAIN:
            choices = (None, *tables.pains())
            self.state([lesion], pain=choices[(choices.index(facts.pain) + 1) % len(choices)])

    def _written(self, item: Any) -> None:
        lesion = tables.lesion_of_row(self._desk.ui.factsTable, item.row())
        if item.column() == tables.FACT_PINNED:
            self.state([lesion], pinned=item.checkState() == qt.Qt.Checked)
        elif item.column() == tables.FACT_SITE:
            self.state([lesion], site=item.text().strip())
        elif item.column() == tables.FACT_EXCLUDED:
            self.state([lesion], excluded=item.text().strip())
