"""What a control last told of a plan, and tells no other plan's."""

from __future__ import annotations

from collections.abc import Callable

from .session import Session


class Told:
    """Words about one session.

    Parameters
    ----------
    session
        Gives the one that is shown.
    """

    def __init__(self, session: Callable[[], Session | None]) -> None:
        self._session = session
        self._of: Session | None = None
        self._words = ""

    def tell(self, words: str) -> None:
        """Keep words about the session that is shown."""
        self._of, self._words = self._session(), words

    @property
    def words(self) -> str:
        """Words about the session that is shown; "" where there are none."""
        return self._words if self._of is not None and self._of is self._session() else ""
