"""The errors that HimarsPlanner raises, each saying what was found, what was expected and what to do."""

from __future__ import annotations


class HimarsError(Exception):
    """Base of every error that a user can act on.

    Parameters
    ----------
    found
        What was found: the offending file, value or state, named.
    expected
        What was expected in its place.
    todo
        What the user can do about it.
    """

    def __init__(self, found: str, expected: str = "", todo: str = "") -> None:
        self.found = found
        self.expected = expected
        self.todo = todo
        # What was found may begin with a file's name, which keeps its case.
        parts = (found, f"Expected: {expected}" if expected else "", todo[:1].upper() + todo[1:])
        super().__init__(" ".join(_sentence(part.strip()) for part in parts if part))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else text + "."


class InputError(HimarsError):
    """A file or folder cannot be used: missing, unreadable, of the wrong kind, or ambiguous."""


class GeometryError(HimarsError):
    """Positions disagree: tilted or irregular slices, another frame of reference, no overlap."""


class SuvError(HimarsError):
    """A PET series does not carry what the standardised uptake value needs."""


class ProtocolError(HimarsError):
    """A protocol file or a protocol choice (level, rule, regimen) is not valid."""


class BoneError(HimarsError):
    """No usable bone can be segmented."""


class OutputError(HimarsError):
    """The result cannot be written."""


class SendError(HimarsError):
    """Another system cannot be reached, does not take what is sent, or does not confirm it."""


class TransientSendError(SendError):
    """A failure to send that another attempt may not meet: a busy peer, a dropped link, a late answer."""
