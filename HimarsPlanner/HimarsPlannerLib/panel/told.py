"""What a control last told of a plan, and tells no other plan's."""

from __future__ import annotations

from .desk import Desk
from .session import Session


class Told:
    """Words about one session.

    Parameters
    ----------
    desk
        The panel's common ground.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._of: Session | None = None
        self._words = ""

    def tell(self, words: str) -> None:
        """Keep words about the session that is shown."""
        self._of, self._words = self._desk.session, words

    @property
    def words(self) -> str:
        """Words about the session that is shown; "" where there are none."""
        return self._words if self._of is not None and self._of is self._desk.session else ""
