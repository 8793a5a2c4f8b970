"""Whom to send to: application entity title, host and port."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import InputError

AE_TITLE_LENGTH = 16
LAST_PORT = 65535
CALLING_AE_TITLE = "HIMARSPLANNER"
_FORM = "AET@HOST:PORT, for example ECLIPSE@10.1.2.3:104 or TPS@[fe80::1]:11112"
_ADDRESS = re.compile(r"(?P<title>[^@]*)@(?P<host>\[[^\]]+\]|[^:\[\]]+):(?P<port>\d+)")


@dataclass(frozen=True)
class PeerAddress:
    """An application entity in the network."""

    ae_title: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.ae_title}@{host}:{self.port}"


def parse_address(text: str) -> PeerAddress:
    """Read an address.

    Parameters
    ----------
    text
        AET@HOST:PORT; an IPv6 host stands in brackets.

    Raises
    ------
    InputError
        The form, the title or the port is not valid.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no address of an application entity", _FORM, "ask the peer's administrator")
    return PeerAddress(check_ae_title(found["title"]), found["host"].strip("[]"), _port(found["port"]))


def parse_listening(text: str) -> tuple[str, int]:
    """Read where to listen, PORT or HOST:PORT, as (host, port); an empty host means every interface.

    Raises
    ------
    InputError
        The form or the port is not valid.
    """
    host, _, port = text.strip().rpartition(":")
    if not port.isdecimal():
        raise InputError(f"{text!r} is no place to listen at", "PORT or HOST:PORT, for example 11113")
    return host.strip("[]"), _port(port)


def check_ae_title(title: str) -> str:
    """Give a title without surrounding spaces, which are not significant (PS3.5, value representation AE).

    Raises
    ------
    InputError
        The title is empty, longer than 16 characters or holds a backslash, a control or a non-ASCII character.
    """
    kept = title.strip(" ")
    if not 0 < len(kept) <= AE_TITLE_LENGTH or "\\" in kept or not (kept.isascii() and kept.isprintable()):
        raise InputError(
            f"{title!r} is no application entity title",
            f"1 to {AE_TITLE_LENGTH} ASCII characters without backslash",
            "titles are case sensitive; ask the peer's administrator",
        )
    return kept


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port <= LAST_PORT:
        raise InputError(f"Port {text} does not exist", f"1 to {LAST_PORT}")
    return port
