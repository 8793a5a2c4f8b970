"""Addresses of application entities, by the rules of value representation AE (PS3.5, 6.2)."""

from __future__ import annotations

import pytest

from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.export.send.address import PeerAddress, check_ae_title, parse_address, parse_listening


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ECLIPSE@10.1.2.3:104", PeerAddress("ECLIPSE", "10.1.2.3", 104)),
        (" TPS 1 @tps.example.org:11112", PeerAddress("TPS 1", "tps.example.org", 11112)),
        ("TPS@[fe80::1]:4242", PeerAddress("TPS", "fe80::1", 4242)),
        ("A" * 16 + "@h:1", PeerAddress("A" * 16, "h", 1)),
    ],
)
def test_an_address_is_read_and_shown_the_same_way(text: str, address: PeerAddress) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "TPS", "TPS@host", "host:104", "@host:104", "TPS@:104", "TPS@host:0", "TPS@host:65536", "T@h:1x", "T@::1:2"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_address(text)


@pytest.mark.parametrize("title", ["", " ", "A" * 17, "A\\B", "Ä", "A\tB"])
def test_what_is_no_title_is_refused(title: str) -> None:
    with pytest.raises(InputError, match="no application entity title"):
        check_ae_title(title)


def test_where_to_listen_may_name_an_interface() -> None:
    assert parse_listening("11113") == ("", 11113)
    assert parse_listening("127.0.0.1:11113") == ("127.0.0.1", 11113)
    assert parse_listening("[::1]:11113") == ("::1", 11113)
    with pytest.raises(InputError):
        parse_listening("here")
