"""What a dose check found, as the panel tells it: verdicts first, then figures, organs, marrow, method."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from slicer.i18n import tr as _

from ..dose.check import DoseCheck
from ..dose.target_check import TargetCheck
from ..dose.verdict import MARKS, Criterion, Verdict, worst
from ..dose.words import FIGURES, dose_words, figure_words, hottest_words, marrow_words, method_words
from .send_words import BAD, GOOD, OPEN

COLOURS: dict[Verdict, str] = {
    "pass": GOOD,
    "acceptable deviation": OPEN,
    "not assessable": OPEN,
    "unacceptable": BAD,
}


def verdict_word(verdict: Verdict) -> str:
    """Verdict in the user's language."""
    return {
        "pass": _("pass"),
        "acceptable deviation": _("acceptable deviation"),
        "not assessable": _("not assessable"),
        "unacceptable": _("unacceptable"),
    }[verdict]


def dose_html(check: DoseCheck) -> str:
    """The whole check, as wide as the panel."""
    warnings = "".join(f"<li>{escape(notice.message)}</li>" for notice in check.notices)
    listed = f'<ul style="margin:0 0 0 -24px">{warnings}</ul>' if warnings else ""
    targets = "".join(map(_target, check.targets))
    schedule = _group(_("Schedule"), [("", one) for one in check.schedule])
    organs = _group(
        _("Organs, limits of {fractions} fractions").format(fractions=check.organ_fractions),
        [(", ".join(one.structures), one.criterion) for one in check.organs],
    )
    sentences = (marrow_words(check), hottest_words(check), dose_words(check), method_words(check))
    more = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
    result = _("Targets and schedule: {verdict}").format(verdict=_marked(check.verdict))
    table = f'<table width="98%" cellspacing="0" cellpadding="2">{targets}{schedule}{organs}</table>'
    return f"<b>{result}</b>{listed}{table}{more}"


def _target(one: TargetCheck) -> str:
    figures = ", ".join(
        f"{escape(name)} {escape(value)}" for name, value in zip(FIGURES, figure_words(one.figures), strict=True)
    )
    head = _head(f"{one.target.name}, {one.regimen.name}", one.verdict)
    return f'{head}{"".join(_criterion("", each) for each in one.criteria)}<tr><td colspan="4">{figures}</td></tr>'


def _group(title: str, rows: Sequence[tuple[str, Criterion]]) -> str:
    if not rows:
        return ""
    head = _head(title, worst(criterion.verdict for _name, criterion in rows))
    return head + "".join(_criterion(name, criterion) for name, criterion in rows)


def _head(title: str, verdict: Verdict) -> str:
    return f'<tr bgcolor="#e8ebf0"><td colspan="3"><b>{escape(title)}</b></td><td>{_marked(verdict)}</td></tr>'


def _criterion(name: str, one: Criterion) -> str:
    words = (f"{name} {one.name}".strip(), one.found, one.limit)
    cells = "".join(f"<td>{escape(word)}</td>" for word in words)
    note = f'<tr><td colspan="4"><i>{escape(one.note)}</i></td></tr>' if one.note else ""
    return f"<tr>{cells}<td>{_marked(one.verdict)}</td></tr>{note}"


def _marked(verdict: Verdict) -> str:
    return f'<font color="{COLOURS[verdict]}">{MARKS[verdict]} {escape(verdict_word(verdict))}</font>'
