"""What the panel's lists offer: the value that is kept, and words for it."""

from __future__ import annotations

from slicer.i18n import tr as _

from ..dose.record import regimen_words
from ..protocol.protocol import Protocol
from .texts import level_words

Entries = list[tuple[str, str]]


def level_entries(protocol: Protocol) -> Entries:
    """Every level of the protocol, in its order."""
    return [(level.name, level_words(level.name, level.fraction)) for level in protocol.levels]


def alignment_entries() -> Entries:
    """Alignment of the spine as SINS asks for it."""
    return [
        ("", _("not stated")),
        ("normal", _("normal")),
        ("deformity", _("new kyphosis or scoliosis")),
        ("translation", _("subluxation or translation")),
    ]


def rule_entries() -> Entries:
    """Selection rules; "" is the protocol's."""
    return [
        ("", _("as the protocol says")),
        ("greedy-skip", _("in rank order, skipping what does not fit")),
        ("greedy-stop", _("in rank order, ending at the first that does not fit")),
        ("tier-then-optimum", _("tier by tier, the largest volume that fits")),
    ]


def regimen_entries(protocol: Protocol) -> Entries:
    """Every regimen of the protocol after none."""
    stated = ("", _("as stated for each lesion"))
    return [stated, *((regimen.name, regimen_words(regimen)) for regimen in protocol.regimens)]
