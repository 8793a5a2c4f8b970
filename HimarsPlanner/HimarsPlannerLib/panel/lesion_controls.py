"""The panel's lesions: read, previewed, found, accepted or rejected, edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..lesions.edited import made_by_hand
from ..mrml.identity import lesions_of_segments
from ..mrml.look import preview_threshold
from ..mrml.volume import volume_of
from ..replan import Replanner
from . import tables
from .desk import Desk
from .edits import EditWatch
from .fact_controls import FactControls
from .parameters import LesionsFrom, UptakeEnd
from .planned import BY_THRESHOLD
from .preview import threshold_words
from .ranking_controls import RankingControls
from .session import Found
from .views import open_segment_editor

COUNT_DELAY_MS = 250


class LesionControls:
    """Controls under Lesions."""

    def __init__(self, desk: Desk, facts: FactControls, ranking: RankingControls) -> None:
        self._desk, self._facts, self._ranking = desk, facts, ranking
        self._edits = EditWatch(
            desk.show_possible, self.follow_edits_now, lambda: desk.session is None or desk.session.showing
        )
        self._bone_edits = EditWatch(
            desk.show_possible, desk.show_possible, lambda: desk.session is None or desk.session.showing
        )
        self._previewed = False
        self._counting = qt.QTimer()
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNT_DELAY_MS)
        self._counting.connect("timeout()", self._count_uptake)
        ui = desk.ui
        tables.set_headers(ui.candidatesTable, tables.candidate_headers(), tables.CANDIDATE_WIDTHS)
        ui.readRtstructButton.connect("clicked(bool)", self.read_rtstruct)
        ui.findButton.connect("clicked(bool)", self.find)
        ui.editButton.connect("clicked(bool)", self.edit)
        ui.acceptButton.connect("clicked(bool)", lambda *_: self._judge(True))
        ui.rejectButton.connect("clicked(bool)", lambda *_: self._judge(False))
        ui.previewCheckBox.connect("toggled(bool)", self._preview)
        ui.thresholdSlider.connect("valueChanged(double)", self._preview)
        ui.candidatesTable.connect("cellClicked(int,int)", self._candidate_clicked)

    @property
    def edited(self) -> bool:
        """Whether contours were edited that the plan does not have yet."""
        return self._edits.pending

    def follow_later(self) -> None:
        """Measure edits that the plan does not have yet, after a moment."""
        self._edits.later()

    def forget_preview(self) -> None:
        """Another plan is shown: whatever the views preview is not its own."""
        self._previewed = False

    def fill(self) -> None:
        """Show the candidates, and watch the segmentation for edits."""
        session, ui = self._desk.session, self._desk.ui
        plan = None if session is None else session.plan
        self._edits.watch(None if plan is None or session is None else session.parameters.lesionSegmentation)
        self._bone_edits.watch(None if plan is None or session is None else session.parameters.boneSegmentation)
        if plan is None:
            tables.clear(ui.candidatesTable)
        else:
            tables.fill_candidates(ui.candidatesTable, plan)
        ui.candidatesBox.visible = ui.candidatesTable.rowCount > 0

    def enable(self, idle: bool) -> None:
        """Enable what can be done now."""
        session, ui = self._desk.session, self._desk.ui
        has_ct = session is not None and session.parameters.ct is not None
        has_plan = session is not None and session.plan is not None
        for control in (ui.acceptButton, ui.rejectButton):
            control.enabled = idle and has_plan
        segmentation = None if session is None else session.parameters.lesionSegmentation
        ui.editButton.enabled = idle and has_plan and segmentation is not None
        ui.readRtstructButton.enabled = idle and has_ct
        source = None if session is None else session.parameters.lesionsFrom
        ui.lesionSelector.enabled = source is not LesionsFrom.PET
        from_pet = source in (LesionsFrom.PET, LesionsFrom.BOTH)
        method = UptakeEnd.FIXED_SUV if session is None else session.parameters.petMethod
        by_threshold = method in BY_THRESHOLD
        ui.thresholdSlider.enabled = from_pet and by_threshold
        ui.petMethodComboBox.enabled = from_pet
        ui.percentSpinBox.enabled = from_pet and method is UptakeEnd.PERCENT_OF_MAX
        ui.lesionRoiLineEdit.enabled = source is not LesionsFrom.PET
        ui.splitCheckBox.enabled = from_pet
        ui.previewCheckBox.enabled = (
            from_pet and by_threshold and session is not None and session.parameters.suvPet is not None
        )

    def find(self, *_args: Any) -> None:
        """Find, rank and select in a thread, then show the plan; contours made by hand go only when one says so."""
        names = self._made_by_hand()
        words = _("Contours edited or drawn by hand will be replaced by those that are found: {names}. Go on?")
        if names and not slicer.util.confirmOkCancelDisplay(words.format(names=", ".join(names))):
            return
        self._desk.ui.previewCheckBox.checked = False
        self._desk.start(_("The lesions could not be planned."), lambda s: s.find_work(), lambda _s: self._found)

    def _made_by_hand(self) -> list[str]:
        session = self._desk.session
        lesions = () if session is None or session.replanner is None else session.replanner.lesions
        names = [lesion.name for lesion in lesions if made_by_hand(lesion)]
        return [*names, _("an edit that is not measured yet")] if self._edits.pending else names

    def _found(self, found: Found) -> None:
        session = self._desk.session
        if session is not None:
            session.show_found(found)
        if found.lost:
            words = _("Facts are gone with the lesions they were stated about: {names}")
            self._desk.say(words.format(names=", ".join(found.lost)))

    def read_rtstruct(self, *_args: Any) -> None:
        """Read the RTSTRUCT file that is named, in a thread, then choose its GTVs and structures."""
        file = Path(self._desk.ui.rtstructPathLineEdit.currentPath)
        words = _("The RTSTRUCT could not be read.")
        self._desk.start(words, lambda s: s.rtstruct_work(file), lambda s: s.show_structures)

    def edit(self, *_args: Any) -> None:
        """Open the Segment Editor on the lesions, at the chosen one."""
        session, table = self._desk.session, self._desk.ui.rankingTable
        if session is not None and session.parameters.lesionSegmentation is not None:
            lesion = tables.lesion_of_row(table, table.currentRow())
            segments = lesions_of_segments(session.parameters.lesionSegmentation, tuple(session.facts))
            segment = next((segment for segment, one in segments.items() if one == lesion), "")
            open_segment_editor(session.parameters.lesionSegmentation, session.ct, segment)

    def follow_edits_now(self) -> None:
        """Measure again what was edited by hand."""
        if self._desk.runner.busy:
            self._edits.later()
            return
        self._edits.copied()
        words = _("The edited lesions could not be measured.")
        self._desk.start(words, lambda s: s.edits_work(), lambda _s: self._take_edits)

    def _take_edits(self, measured: Replanner | None) -> None:
        session = self._desk.session
        if session is not None:
            session.take_edits(measured)
            self._edits.followed()

    def _judge(self, accepted: bool) -> None:
        table = self._desk.ui.candidatesTable
        rows = sorted({index.row() for index in table.selectionModel().selectedRows()})
        self._facts.state([tables.lesion_of_row(table, row) for row in rows], accepted=accepted)

    def _candidate_clicked(self, row: int, _column: int) -> None:
        self._ranking.look(tables.lesion_of_row(self._desk.ui.candidatesTable, row))

    def _preview(self, *_args: Any) -> None:
        session, ui = self._desk.session, self._desk.ui
        if session is None or session.parameters.suvPet is None or session.parameters.ct is None:
            return
        shown = ui.previewCheckBox.checked
        if shown or self._previewed:
            threshold = ui.thresholdSlider.value if shown else None
            preview_threshold(self._desk.scene, session.parameters.suvPet, session.parameters.ct, threshold)
        self._previewed = shown
        ui.previewLabel.text = "" if not shown else ui.previewLabel.text
        if shown:
            self._counting.start()

    def _count_uptake(self) -> None:
        session, ui = self._desk.session, self._desk.ui
        if session is not None and session.parameters.suvPet is not None and ui.previewCheckBox.checked:
            suv = volume_of(session.parameters.suvPet)
            minimum_ml = session.protocol.lesions.minimum_ml
            ui.previewLabel.text = threshold_words(suv, ui.thresholdSlider.value, minimum_ml)
