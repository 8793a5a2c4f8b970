"""The panel: what each control shows and does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..clinical.facts import Facts
from ..errors import HimarsError
from ..mrml.identity import lesions_of_segments
from ..mrml.look import look_at, preview_threshold, worst_point
from ..mrml.volume import volume_of
from ..protocol.protocol import read_protocol
from . import tables
from .demo import DemoSize, demo_work, show_demo
from .edits import EditWatch
from .job import Job
from .levels import fill_levels, show_level
from .out_controls import OutControls
from .parameters import LesionsFrom, facts_of
from .preview import threshold_words
from .runner import Runner
from .session import Session
from .texts import bone_words, empty_gauge, gauge_html, lesion_html, notices_html
from .views import open_segment_editor, show_images

COUNT_DELAY_MS = 250
UNTICKED = "unticked in the ranking"


class Panel:
    """Controls of the .ui file brought together with one plan.

    Parameters
    ----------
    ui
        Its widgets by name.
    scene
        Slicer's.
    """

    def __init__(self, ui: Any, scene: Any) -> None:
        self.ui = ui
        self.scene = scene
        self.session: Session | None = None
        self.demo_size = DemoSize()
        self.runner = Runner(ui)
        self.edits = EditWatch(self.follow_edits_now, lambda: self.session is None or self.session.showing)
        self._previewed = False
        self._counting = qt.QTimer()
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNT_DELAY_MS)
        self._counting.connect("timeout()", self._count_uptake)
        fill_levels(ui.levelComboBox, read_protocol())
        tables.set_headers(ui.rankingTable, tables.ranking_headers(), tables.RANKING_WIDTHS)
        tables.set_headers(ui.factsTable, tables.facts_headers(), tables.FACT_WIDTHS)
        tables.set_headers(ui.candidatesTable, tables.candidate_headers(), tables.CANDIDATE_WIDTHS)
        self.out = OutControls(ui, lambda: self.session, self._guard, self._say, self._run)
        self._connect()
        self.show()

    def _connect(self) -> None:
        ui = self.ui
        ui.loadDemoButton.connect("clicked(bool)", self.load_demo)
        ui.boneButton.connect("clicked(bool)", self.segment_bone)
        ui.readRtstructButton.connect("clicked(bool)", self.read_rtstruct)
        ui.findButton.connect("clicked(bool)", self.find_lesions)
        ui.cancelButton.connect("clicked(bool)", self._cancel)
        ui.editButton.connect("clicked(bool)", self.edit_lesions)
        ui.acceptButton.connect("clicked(bool)", lambda *_: self._judge(True))
        ui.rejectButton.connect("clicked(bool)", lambda *_: self._judge(False))
        ui.previewCheckBox.connect("toggled(bool)", self._preview)
        ui.thresholdSlider.connect("valueChanged(double)", self._preview)
        ui.levelComboBox.connect("currentIndexChanged(int)", self._level_chosen)
        ui.rankingTable.connect("itemChanged(QTableWidgetItem*)", self._ticked)
        ui.rankingTable.connect("cellClicked(int,int)", self._row_clicked)
        ui.candidatesTable.connect("cellClicked(int,int)", self._candidate_clicked)
        ui.factsTable.connect("itemChanged(QTableWidgetItem*)", self._fact_written)
        ui.factsTable.connect("cellClicked(int,int)", self._fact_clicked)

    def set_session(self, session: Session | None) -> None:
        """Show another plan; None while the scene is closed."""
        self.runner.cancel()
        self.session = session
        self._previewed = False
        if session is not None:
            show_level(self.ui.levelComboBox, session.parameters.level)
            if session.parameters.planState is not None:
                self._guard(_("The plan of this scene could not be restored."), lambda: self._restore(session))
        self.show()

    def show(self) -> None:
        """Bring every control up to the plan and to what can be done now."""
        session, ui = self.session, self.ui
        plan = None if session is None else session.plan
        parameters = None if session is None else session.parameters
        self.edits.watch(None if plan is None or parameters is None else parameters.lesionSegmentation)
        for table in (ui.rankingTable, ui.factsTable, ui.candidatesTable):
            if plan is None:
                tables.with_signals_blocked(table, lambda table=table: table.setRowCount(0))
        words = "" if plan is None else notices_html(plan)
        ui.noticesBrowser.html = words
        ui.noticesBrowser.visible = bool(words)
        ui.gaugeLabel.text = empty_gauge() if plan is None else gauge_html(plan)
        ui.detailBrowser.html = ""
        ui.candidatesBox.visible = False
        if plan is not None and session is not None:
            self._fill_tables(session)
        bone = None if session is None else session.bone
        ui.boneLabel.text = (
            _("Not segmented yet")
            if bone is None
            else bone_words(_("Bone"), float(bone.trabecular.sum()) * bone.grid.voxel_ml, bone.definition)
        )
        self.show_possible()

    def show_possible(self) -> None:
        """Enable what can be done, and say in tooltips what is missing for the rest."""
        session, ui = self.session, self.ui
        idle = session is not None and not self.runner.busy
        has_ct = session is not None and session.parameters.ct is not None
        has_plan = session is not None and session.plan is not None
        ui.loadDemoButton.enabled = idle
        for button, words in (
            (ui.boneButton, _("Segment bone on the CT")),
            (ui.findButton, _("Find and rank lesions")),
        ):
            button.enabled = idle and has_ct
            button.toolTip = words if has_ct else _("Choose a CT under Patient first")
        for control in (ui.editButton, ui.acceptButton, ui.rejectButton):
            control.enabled = idle and has_plan
        self.out.enable(idle and has_plan)
        ui.readRtstructButton.enabled = idle and has_ct
        ui.levelComboBox.enabled = session is not None
        source = None if session is None else session.parameters.lesionsFrom
        ui.lesionSelector.enabled = source is not LesionsFrom.PET
        from_pet = source in (LesionsFrom.PET, LesionsFrom.BOTH)
        ui.thresholdSlider.enabled = from_pet
        ui.splitCheckBox.enabled = from_pet
        ui.previewCheckBox.enabled = from_pet and session is not None and session.parameters.suvPet is not None

    # Patient, bone, lesions

    def load_demo(self, *_args: Any) -> None:
        """Make the demo patient and choose its nodes."""
        folder = Path(tempfile.mkdtemp(prefix="himars-demo-", dir=slicer.app.temporaryPath))
        self._run(_("The demo patient could not be made."), demo_work(folder, self.demo_size), self._demo_made(folder))

    def _demo_made(self, folder: Path) -> Callable[[Any], None]:
        def show(study: Any) -> None:
            session = self.session
            if session is None:
                return
            nodes = show_demo(self.scene, study, folder)
            parameters = session.parameters
            parameters.ct, parameters.pet, parameters.petIsSuv = nodes.ct, nodes.pet, False
            parameters.structures, parameters.lesionSource = nodes.structures, nodes.lesions
            show_images(nodes.ct, nodes.pet)
            self.show()

        return show

    def segment_bone(self, *_args: Any) -> None:
        """Segment the bone in a thread, then show it."""
        self._start(_("The bone could not be segmented."), lambda s: s.bone_work(), lambda s: s.show_bone)

    def find_lesions(self, *_args: Any) -> None:
        """Find lesions, rank and select in a thread, then show the plan."""
        self._stop_preview()
        self._start(_("The lesions could not be planned."), lambda s: s.find_work(), lambda s: s.show_found)

    def read_rtstruct(self, *_args: Any) -> None:
        """Read the RTSTRUCT file that is named, in a thread, then choose its GTVs and structures."""
        file = Path(self.ui.rtstructPathLineEdit.currentPath)
        self._start(_("The RTSTRUCT could not be read."), lambda s: s.rtstruct_work(file), lambda s: s.show_structures)

    def _restore(self, session: Session) -> None:
        self._run(_("The plan of this scene could not be restored."), session.restore_work(), session.restored)

    def edit_lesions(self, *_args: Any) -> None:
        """Open the Segment Editor on the lesions, at the chosen one."""
        session = self.session
        if session is not None and session.parameters.lesionSegmentation is not None:
            lesion = tables.lesion_of_row(self.ui.rankingTable, self.ui.rankingTable.currentRow())
            open_segment_editor(session.parameters.lesionSegmentation, session.parameters.ct, self._segment(lesion))

    def _segment(self, lesion: str) -> str:
        assert self.session is not None
        segments = lesions_of_segments(self.session.parameters.lesionSegmentation, tuple(self.session.facts))
        return next((segment for segment, one in segments.items() if one == lesion), "")

    def follow_edits_now(self) -> None:
        """Measure again what was edited by hand."""
        session = self.session
        if session is not None and not self.runner.busy:
            self._guard(_("The edited lesions could not be measured."), session.take_edits)
            self.show()

    def _judge(self, accepted: bool) -> None:
        table = self.ui.candidatesTable
        rows = sorted({index.row() for index in table.selectionModel().selectedRows()})
        lesions = [tables.lesion_of_row(table, row) for row in rows]
        self._change_facts(lesions, accepted=accepted)

    def _stop_preview(self) -> None:
        self.ui.previewCheckBox.checked = False

    def _preview(self, *_args: Any) -> None:
        session = self.session
        if session is None or session.parameters.suvPet is None or session.parameters.ct is None:
            return
        shown = self.ui.previewCheckBox.checked
        if shown or self._previewed:
            threshold = self.ui.thresholdSlider.value if shown else None
            preview_threshold(self.scene, session.parameters.suvPet, session.parameters.ct, threshold)
        self._previewed = shown
        self.ui.previewLabel.text = "" if not shown else self.ui.previewLabel.text
        if shown:
            self._counting.start()

    def _count_uptake(self) -> None:
        session = self.session
        if session is not None and session.parameters.suvPet is not None and self.ui.previewCheckBox.checked:
            suv = volume_of(session.parameters.suvPet)
            minimum_ml = session.protocol.lesions.minimum_ml
            self.ui.previewLabel.text = threshold_words(suv, self.ui.thresholdSlider.value, minimum_ml)

    # Facts, ranking and selection

    def _fill_tables(self, session: Session) -> None:
        assert session.plan is not None
        assert session.replanner is not None
        tables.fill_ranking(self.ui.rankingTable, session.plan)
        tables.fill_candidates(self.ui.candidatesTable, session.plan)
        counting = [one.ranked.lesion.id for one in session.plan.selection.decisions if one.ranked.lesion.counts]
        lesions = [lesion for lesion in session.replanner.lesions if lesion.id in counting]
        tables.fill_facts(self.ui.factsTable, lesions, facts_of(session.parameters))
        self.ui.candidatesBox.visible = self.ui.candidatesTable.rowCount > 0

    def _level_chosen(self, *_args: Any) -> None:
        session = self.session
        if session is not None:
            session.parameters.level = self.ui.levelComboBox.currentData
            self._guard(_("The level could not be applied."), session.select)
            self.show()

    def _ticked(self, item: Any) -> None:
        if item.column() != tables.TREAT or self.session is None:
            return
        lesion = tables.lesion_of_row(self.ui.rankingTable, item.row())
        if item.checkState() == qt.Qt.Checked:
            excluded = self.session.facts.get(lesion, Facts()).excluded
            changes: dict[str, Any] = {"excluded": ""} if excluded else {"pinned": True}
        else:
            changes = {"excluded": UNTICKED, "pinned": False}
        self._change_facts([lesion], **changes)

    def _fact_clicked(self, row: int, column: int) -> None:
        if self.session is None:
            return
        lesion = tables.lesion_of_row(self.ui.factsTable, row)
        facts = self.session.facts.get(lesion, Facts())
        if column in tables.TRUTH:
            name = tables.TRUTH[column]
            self._change_facts([lesion], **{name: tables.next_truth(getattr(facts, name))})
        elif column == tables.FACT_PAIN:
            choices = (None, *tables.pains())
            self._change_facts([lesion], pain=choices[(choices.index(facts.pain) + 1) % len(choices)])

    def _fact_written(self, item: Any) -> None:
        lesion = tables.lesion_of_row(self.ui.factsTable, item.row())
        if item.column() == tables.FACT_PINNED:
            self._change_facts([lesion], pinned=item.checkState() == qt.Qt.Checked)
        elif item.column() == tables.FACT_SITE:
            self._change_facts([lesion], site=item.text().strip())
        elif item.column() == tables.FACT_EXCLUDED:
            self._change_facts([lesion], excluded=item.text().strip())

    def _change_facts(self, lesions: list[str], **changes: Any) -> None:
        session = self.session
        if session is not None and lesions:
            self._guard(_("This cannot be stated."), lambda: session.state_facts(lesions, **changes))
            self.show()

    def _row_clicked(self, row: int, column: int) -> None:
        if column != tables.TREAT:
            self.look_at_row(row)

    def look_at_row(self, row: int) -> None:
        """Look at the lesion of a row of the ranking."""
        self._look(tables.lesion_of_row(self.ui.rankingTable, row))

    def _candidate_clicked(self, row: int, _column: int) -> None:
        self._look(tables.lesion_of_row(self.ui.candidatesTable, row))

    def _look(self, lesion: str) -> None:
        session = self.session
        decisions = () if session is None or session.plan is None else session.plan.selection.decisions
        for decision in decisions:
            if decision.ranked.lesion.id == lesion and session is not None:
                session.highlighted = lesion
                session.refresh()
                look_at(self.scene, worst_point(decision.ranked.lesion))
                self.ui.detailBrowser.html = lesion_html(decision)

    # Long work and errors

    def _start(
        self,
        words: str,
        work: Callable[[Session], Callable[[Any], Any]],
        then: Callable[[Session], Callable[[Any], None]],
    ) -> None:
        session = self.session
        if session is not None and not self.runner.busy:
            self._guard(words, lambda: self._run(words, work(session), then(session)))

    def _run(self, words: str, work: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        session = self.session

        def done(result: Any) -> None:
            if self.session is session:
                self._guard(words, lambda: then(result))
                self.show()

        def failed(error: BaseException) -> None:
            self.show()
            self._error(words, error)

        self._say("")
        self.runner.run(Job(work), done, failed)
        self.show_possible()

    def _cancel(self, *_args: Any) -> None:
        self.runner.cancel()
        self._say(_("Cancelled; nothing was changed"))
        self.show()

    def _guard(self, words: str, act: Callable[[], None]) -> None:
        """Do something; what a user can act on is shown as a message, anything else as the fault that it is."""
        try:
            act()
        except HimarsError as error:
            self._error(words, error)

    def _error(self, words: str, error: BaseException) -> None:
        self._say(str(error))
        if isinstance(error, HimarsError):
            slicer.util.errorDisplay(f"{words}\n\n{error}")
            return
        with slicer.util.tryWithErrorDisplay(words):
            raise error

    def _say(self, words: str) -> None:
        self.ui.statusLabel.text = words
        self.ui.statusLabel.visible = bool(words)
