"""The panel: its parts brought together with one plan."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from .bone_line import BoneLine
from .check_controls import CheckControls
from .demo import DemoSize, demo_work, show_demo
from .desk import Desk
from .dose_controls import DoseControls
from .fact_controls import FactControls
from .facts_file_controls import FactsFileControls
from .folder import FolderChoice
from .lesion_controls import LesionControls
from .out_controls import OutControls
from .protocol_controls import ProtocolControls
from .ranking_controls import RankingControls
from .registration_controls import RegistrationControls
from .send_controls import SendControls
from .session import Session
from .structure_choices import StructureChoices
from .surface_maker import SurfaceMaker
from .suv_controls import SuvControls
from .views import show_images


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
        self.demo_size = DemoSize()
        self.desk = Desk(ui, scene, self.show, self.show_possible)
        self.runner = self.desk.runner
        self.bone = BoneLine()
        self.facts = FactControls(self.desk)
        self.ranking = RankingControls(self.desk, self.facts)
        self.lesions = LesionControls(self.desk, self.facts, self.ranking)
        self.surfaces = SurfaceMaker(self.desk)
        self.facts_file = FactsFileControls(self.desk)
        self.suv = SuvControls(self.desk)
        self.registration = RegistrationControls(self.desk)
        self.protocol = ProtocolControls(self.desk, self._list_offers)
        desk = self.desk
        self.folder = FolderChoice(desk)
        self.structures = StructureChoices(desk)
        self.check = CheckControls(desk)
        self.out = OutControls(desk, self.check.hold)
        self.send = SendControls(desk)
        self.dose = DoseControls(desk)
        ui.loadDemoButton.connect("clicked(bool)", self.load_demo)
        ui.boneButton.connect("clicked(bool)", self.segment_bone)
        ui.cancelButton.connect("clicked(bool)", self._cancel)
        self.show()

    @property
    def session(self) -> Session | None:
        """The plan that is shown."""
        return self.desk.session

    def set_session(self, session: Session | None) -> None:
        """Show another plan; None while the scene is closed."""
        self.runner.cancel()
        self.desk.session = session
        self.desk.say("")
        self.lesions.forget_preview()
        if session is not None:
            self.desk.guard(_("The protocol of this plan cannot be used."), lambda: self._take_up(session))
        self.show()

    def abandon(self) -> None:
        """Forget the plan where the widgets are gone already: what is put off must not touch them."""
        self.desk.session = None

    def show(self) -> None:
        """Bring every control up to the plan and to what can be done now."""
        self.ranking.fill()
        self.facts.fill()
        self.lesions.fill()
        self.surfaces.begin()
        for part in (self.check, self.send, self.dose):
            part.fill()
        self.show_possible()

    def show_possible(self) -> None:
        """Enable what can be done, and say in tooltips what is missing for the rest."""
        session, ui = self.session, self.ui
        idle = session is not None and not self.runner.busy
        has_ct = session is not None and session.parameters.ct is not None
        ui.boneLabel.text = self.bone.words(session)
        ui.loadDemoButton.enabled = idle
        for button, words in (
            (ui.boneButton, _("Segment bone on the CT")),
            (ui.findButton, _("Find and rank lesions")),
        ):
            button.enabled = idle and has_ct
            button.toolTip = words if has_ct else _("Choose a CT under Patient first")
        parts = (self.suv, self.registration, self.protocol, self.lesions, self.facts_file, self.check, self.dose)
        for part in parts:
            part.enable(idle)
        for choices in (self.folder, self.facts, self.ranking, self.structures):
            choices.show_choices()
        # What leaves the panel must have every edit and choice.
        complete = idle and session is not None and session.current and not self.lesions.edited
        self.out.enable(complete)
        self.send.enable(complete)

    def load_demo(self, *_args: Any) -> None:
        """Make the demo patient and choose its nodes."""
        folder = Path(tempfile.mkdtemp(prefix="himars-demo-", dir=slicer.app.temporaryPath))
        words = _("The demo patient could not be made.")
        self.desk.run(words, demo_work(folder, self.demo_size), self._demo_made(folder))

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
        self.desk.start(_("The bone could not be segmented."), lambda s: s.bone_work(), lambda s: self._bone_made(s))

    def _bone_made(self, session: Session) -> Callable[[Any], None]:
        def show(bone: Any) -> None:
            had_plan = session.plan is not None
            session.show_bone(bone)
            if had_plan:
                self.desk.say(_("Find the lesions again: the plan was made with other bone"))

        return show

    def _take_up(self, session: Session) -> None:
        self._list_offers()
        if session.parameters.planState is not None:
            self._restore(session)

    def _list_offers(self) -> None:
        self.ranking.list_levels()
        self.dose.list_regimens()

    def _restore(self, session: Session) -> None:
        words = _("The plan of this scene could not be restored.")
        self.desk.guard(words, lambda: self.desk.run(words, session.restore_work(), session.taken_up))

    def _cancel(self, *_args: Any) -> None:
        self.runner.cancel()
        self.desk.say(_("Cancelled; nothing in the scene was changed"))
        self.lesions.follow_later()
        self.show()
