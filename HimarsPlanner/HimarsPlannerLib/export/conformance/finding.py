"""What a check can find, how grave it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]

_EXPORT = "have the writer corrected and export again"
_REDRAW = "redraw the contour"
_CT = "give the CT that it was drawn on, or export again"


class Rule(NamedTuple):
    """How grave a kind of finding is, and the way out of it."""

    severity: Severity
    todo: str


RULES: Mapping[str, Rule] = {
    "attribute-type-1": Rule("error", _EXPORT),
    "attribute-type-2": Rule("error", _EXPORT),
    "value": Rule("error", _EXPORT),
    "value-representation": Rule("error", _EXPORT),
    "file-meta": Rule("error", _EXPORT),
    "uid-shared": Rule("error", "give file and series identifiers of their own"),
    "patient": Rule("error", "make sure that file and CT are of one patient"),
    "study": Rule("warning", _CT),
    "frame-missing": Rule("error", _EXPORT),
    "frame": Rule("error", _CT),
    "reference-missing": Rule("warning", "planning systems find the CT by it: export again"),
    "series": Rule("error", _CT),
    "image-unknown": Rule("error", _CT),
    "image-class": Rule("error", _EXPORT),
    "images-unlisted": Rule("warning", "export again with every slice of the CT"),
    "roi-number-twice": Rule("error", _EXPORT),
    "roi-name-twice": Rule("error", "rename one: planning systems tell structures by name"),
    "roi-name-empty": Rule("warning", "name it"),
    "roi-name-long": Rule("note", "shorten it to 16 characters (AAPM TG-263)"),
    "roi-empty": Rule("note", "draw it or leave it out"),
    "roi-unobserved": Rule("error", _EXPORT),
    "roi-observed-twice": Rule("warning", _EXPORT),
    "roi-orphan": Rule("error", _EXPORT),
    "roi-type": Rule("warning", "set a defined term such as GTV, PTV or ORGAN"),
    "external-twice": Rule("error", "keep one EXTERNAL structure"),
    "contour-type": Rule("error", _EXPORT),
    "contour-open": Rule("note", "points and open contours have no volume"),
    "contour-count": Rule("error", _EXPORT),
    "contour-number": Rule("error", _EXPORT),
    "contour-few-points": Rule("error", _REDRAW),
    "contour-no-area": Rule("error", _REDRAW),
    "contour-repeated-first": Rule("warning", "leave out the last point: a closed contour closes itself"),
    "contour-duplicate-point": Rule("warning", "leave out the second of both"),
    "contour-crossing": Rule("warning", _REDRAW),
    "contour-twice": Rule("error", "leave one out: read by the even-odd rule they cancel"),
    "contour-nested": Rule("warning", "write holes as keyholes or CLOSEDPLANAR_XOR: some systems fill nested contours"),
    "contour-tilted": Rule("error", "draw in the planes of the CT"),
    "contour-off-plane": Rule("warning", "draw in the planes of the CT"),
    "contour-outside": Rule("error", "draw inside the CT, or give the whole CT"),
    "contour-gap": Rule("warning", "make sure that the slices between are meant to be empty"),
    "contour-unreferenced": Rule("warning", "planning systems find the slice by it: export again"),
    "contour-other-image": Rule("error", _EXPORT),
    "roi-volume": Rule("warning", "find out which of both is right"),
}
"""Every kind of finding."""


@dataclass(frozen=True)
class Finding:
    """One fault, or many alike in one place.

    Parameters
    ----------
    kind
        A key of `RULES`.
    where
        Attribute or structure.
    what
        What was found, one sentence.
    """

    kind: str
    where: str
    what: str

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return RULES[self.kind].severity

    @property
    def todo(self) -> str:
        """The way out."""
        return RULES[self.kind].todo


def counted(kind: str, where: str, found: Sequence[str], noun: str = "contour") -> Iterator[Finding]:
    """One finding for many alike: how many, and the first."""
    if found:
        more = f"{len(found)} {noun}s, first: " if len(found) > 1 else ""
        yield Finding(kind, where, more + found[0])
