"""What a check of an RTSTRUCT found, as the panel tells it."""

from __future__ import annotations

from html import escape

from slicer.i18n import tr as _

from ..export.conformance.check import Conformance
from .send_words import BAD, OPEN

COLOURS = {"error": BAD, "warning": OPEN, "note": "gray"}


def verdict_words(found: Conformance) -> str:
    """Numbers of errors, warnings and notes."""
    return _("Checked against the CT's {slices} slices: {errors} errors, {warnings} warnings, {notes} notes").format(
        slices=found.slices, errors=found.errors, warnings=found.count("warning"), notes=found.count("note")
    )


def conformance_html(name: str, found: Conformance) -> str:
    """Verdict, findings with what to do, and volumes of the structures."""
    severities = {"error": _("error"), "warning": _("warning"), "note": _("note")}
    findings = "".join(
        f'<li><font color="{COLOURS[one.severity]}"><b>{severities[one.severity]}</b></font> '
        f"{escape(one.where)}: {escape(one.what)}. <i>{escape(one.todo)}</i></li>"
        for one in found.findings
    )
    listed = f'<ul style="margin:0 0 0 -24px">{findings}</ul>' if findings else ""
    headings = (_("Structure"), _("Contours"), _("Planes"), _("ml"), _("stated ml"))
    rows = "".join(
        _row(
            one.name,
            str(one.contours),
            str(one.planes),
            f"{one.volume_ml:.2f}",
            "–" if one.stated_ml is None else f"{one.stated_ml:.2f}",
        )
        for one in found.volumes
    )
    head = "".join(f'<th align="left">{escape(one)}&nbsp;</th>' for one in headings)
    table = f'<table cellspacing="0" cellpadding="1"><tr>{head}</tr>{rows}</table>'
    return f"<b>{escape(name)}</b> {escape(verdict_words(found))}{listed}{table}"


def _row(name: str, *numbers: str) -> str:
    cells = "".join(f'<td align="right">{number}&nbsp;</td>' for number in numbers)
    return f"<tr><td>{escape(name)}&nbsp;</td>{cells}</tr>"
