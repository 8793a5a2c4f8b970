"""The panel's ranking and selection: one table, the cohort level, the gauge, and what matters on top."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from ..clinical.facts import NO_FACTS
from ..mrml.look import look_at, worst_point
from ..protocol.protocol import read_protocol
from . import tables
from .desk import Desk
from .fact_controls import FactControls
from .levels import fill_levels, show_choice
from .texts import empty_gauge, gauge_html, lesion_html, notices_html

UNTICKED = "unticked in the ranking"


class RankingControls:
    """The ranking table and what stands around it."""

    def __init__(self, desk: Desk, facts: FactControls) -> None:
        self._desk, self._facts = desk, facts
        ui = desk.ui
        fill_levels(ui.levelComboBox, read_protocol())
        tables.set_headers(ui.rankingTable, tables.ranking_headers(), tables.RANKING_WIDTHS)
        ui.levelComboBox.connect("currentIndexChanged(int)", self._level_chosen)
        ui.rankingTable.connect("itemChanged(QTableWidgetItem*)", self._ticked)
        ui.rankingTable.connect("cellClicked(int,int)", self._clicked)

    def show_level(self) -> None:
        """Choose the plan's level without telling anybody."""
        if self._desk.session is not None:
            show_choice(self._desk.ui.levelComboBox, self._desk.session.parameters.level)

    def fill(self) -> None:
        """Show the plan, or that there is none."""
        ui, session = self._desk.ui, self._desk.session
        plan = None if session is None else session.plan
        words = "" if plan is None else notices_html(plan)
        ui.noticesBrowser.html = words
        ui.noticesBrowser.visible = bool(words)
        ui.gaugeLabel.text = empty_gauge() if plan is None else gauge_html(plan)
        ui.detailBrowser.html = ""
        if plan is None:
            tables.clear(ui.rankingTable)
        else:
            tables.fill_ranking(ui.rankingTable, plan)

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

    def _level_chosen(self, *_args: Any) -> None:
        session = self._desk.session
        if session is not None:
            session.parameters.level = self._desk.ui.levelComboBox.currentData
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
