"""How the chosen PET becomes SUVbw, shown before anything is planned."""

from __future__ import annotations

from html import escape
from typing import Any

from slicer.i18n import tr as _

from ..study.pet import NativePet
from ..study.suv_words import suv_words
from .desk import Desk


class SuvControls:
    """The button, and the decisions that it shows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown_of: object = None
        desk.ui.suvBrowser.visible = False
        desk.ui.suvButton.connect("clicked(bool)", self.explain)

    def enable(self, idle: bool) -> None:
        """Enable what can be done now, and hide what was shown of another PET or with other overrides."""
        session, ui = self._desk.session, self._desk.ui
        ui.suvButton.enabled = idle and session is not None and session.parameters.pet is not None
        if self._shown_of != self._chosen():
            ui.suvBrowser.visible = False

    def explain(self, *_args: Any) -> None:
        """Read the PET as a plan would, in a thread, then show every decision."""
        self._desk.ui.suvBrowser.visible = False
        self._desk.start(_("SUVbw cannot be computed from this PET."), lambda s: s.suv_work(), lambda _s: self._show)

    def _show(self, native: NativePet) -> None:
        ui = self._desk.ui
        self._shown_of = self._chosen()
        ui.suvBrowser.html = suv_html(native)
        ui.suvBrowser.visible = True

    def _chosen(self) -> object:
        """What the decisions rest on."""
        if self._desk.session is None:
            return None
        one = self._desk.session.parameters
        return one.pet, one.petIsSuv, one.weightKg, one.injectedMbq, one.injectionTime


def suv_html(native: NativePet) -> str:
    """Warnings first, then each decision in its order, and what they lead to."""
    words = suv_words(native)
    steps = "".join(f"<li>{escape(step)}</li>" for step in words.steps)
    warnings = "".join(f"<b>{_('Warning')}:</b> {escape(warning)}<br>" for warning in words.warnings)
    sums = "<br>".join(map(escape, words.sums))
    return f'{warnings}<ol style="margin:0 0 0 -16px">{steps}</ol>{sums}'
