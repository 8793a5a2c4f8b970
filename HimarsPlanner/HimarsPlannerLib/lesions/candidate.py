"""A lesion before it is measured."""

from __future__ import annotations

from dataclasses import dataclass

from ..region import Region
from .lesion import Kind, Origin


@dataclass(frozen=True)
class Candidate:
    """What one or several sources say is a lesion.

    Parameters
    ----------
    kind
        None where name and place decide.
    organ
        Labelled organ that holds it; "" for none.
    needs_review
        Why it does not count yet; "" where it does.
    uptake
        Its uptake as found in PET; None for what was not found there.
    """

    name: str
    region: Region
    origin: Origin
    kind: Kind | None = None
    organ: str = ""
    needs_review: str = ""
    uptake: Region | None = None

    @property
    def drawn(self) -> bool:
        """Whether a person or another program drew it, rather than it being found in PET here."""
        return self.origin.method == "structure"
