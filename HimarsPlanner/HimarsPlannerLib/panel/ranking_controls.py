"""The panel's ranking and selection: one table, the cohort level, the gauge, and what matters on top."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from ..clinical.facts import NO_FACTS
from ..mrml.look import look_at, worst_point
from . import tables
from .choice_box import ChoiceBox
from .desk import Desk
from .entries import level_entries, rule_entries
from .fact_controls import FactControls
from .texts import empty_gauge, gauge_html, lesion_html, notices_html, outdated_html, what_the_choice_hangs_on

SETTLE_MS = 300
UNTICKED = "unticked in the ranking"


class RankingControls:
    """The ranking table and what stands around it."""

    def __init__(self, desk: Desk, facts: FactControls) -> None:
        self._desk, self._facts = desk, facts
        ui = desk.ui
        self._level = ChoiceBox(desk, ui.levelComboBox, "level", (), self._select)
        self._rule = ChoiceBox(desk, ui.ruleComboBox, "rule", rule_entries(), desk.choose_again)
        self._settle = qt.QTimer()
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.connect("timeout()", self.settle)
        tables.set_headers(ui.rankingTable, tables.ranking_headers(), tables.RANKING_WIDTHS)
        ui.irradiatedLineEdit.connect("editingFinished()", desk.choose_again)
        ui.crossCheckBox.connect("clicked(bool)", lambda *_: desk.choose_again())
        ui.rankingTable.connect("itemChanged(QTableWidgetItem*)", self._ticked)
        ui.rankingTable.connect("cellClicked(int,int)", self._clicked)

    def list_levels(self) -> None:
        """List the levels of the plan's protocol; where it cannot be read, none of another one is left to choose.

        Raises
        ------
        ProtocolError
            See `Session.trial`.
        """
        session = self._desk.session
        self._level.fill(())
        if session is not None:
            self._level.fill(level_entries(session.trial))
            self._level.show()

    def show_choices(self) -> None:
        """Show what is chosen for the whole plan, and what the plan does not follow."""
        self._level.show()
        self._rule.show()
        self._show_gauge()

    def fill(self) -> None:
        """Show the plan, or that there is none."""
        ui, session = self._desk.ui, self._desk.session
        plan = None if session is None else session.plan
        self._show_notices("" if plan is None else notices_html(plan))
        ui.detailBrowser.html = ""
        if plan is None:
            tables.clear(ui.rankingTable)
        else:
            tables.fill_ranking(ui.rankingTable, plan)
            self._settle.start()

    def settle(self) -> None:
        """Add what takes a moment longer: what the choice hangs on, and the table node."""
        session = self._desk.session
        self._settle.stop()
        if session is not None and session.plan is not None:
            session.settle()
            self._show_notices(notices_html(session.plan, what_the_choice_hangs_on(session.plan)))

    def _show_gauge(self) -> None:
        session, label = self._desk.session, self._desk.ui.gaugeLabel
        if session is None or session.plan is None:
            label.text = empty_gauge()
        else:
            label.text = outdated_html(session.changed, session.follows or self._desk.runner.busy) + gauge_html(
                session.plan
            )

    def _show_notices(self, words: str) -> None:
        browser = self._desk.ui.noticesBrowser
        browser.html = words
        browser.visible = bool(words)

    def look_at_row(self, row: int) -> None:
        """Look at the lesion of a row."""
        self.look(tables.lesion_of_row(self._desk.ui.rankingTable, row))

    def look(self, lesion: str) -> None:
        """Look at a lesion in the views, and tell about it."""
        session = self._desk.session
        decisions = () if session is None or session.plan is None else session.plan.selection.decisions
        for decision in decisions:
            if decision.ranked.lesion.id == lesion and session is not None:
                session.highlighted = lesion
                session.refresh()
                look_at(self._desk.scene, worst_point(decision.ranked.lesion))
                self._desk.ui.detailBrowser.html = lesion_html(decision)

    def _select(self) -> None:
        session = self._desk.session
        if session is not None:
            self._desk.guard(_("The level could not be applied."), session.select)
            self._desk.show()

    def _ticked(self, item: Any) -> None:
        session = self._desk.session
        if item.column() != tables.TREAT or session is None:
            return
        lesion = tables.lesion_of_row(self._desk.ui.rankingTable, item.row())
        if item.checkState() == qt.Qt.Checked:
            excluded = session.facts.get(lesion, NO_FACTS).excluded
            changes: dict[str, Any] = {"excluded": ""} if excluded else {"pinned": True}
        else:
            changes = {"excluded": UNTICKED, "pinned": False}
        self._facts.state([lesion], **changes)

    def _clicked(self, row: int, column: int) -> None:
        if column != tables.TREAT:
            self.look_at_row(row)
