"""Customers' links in what the sandbox took: their hosts are nowhere, so a gateway of this machine opens them."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from templates.links import LENGTH

_LINK = rf"https://[\w.:-]+(/[pu]/[0-9A-Za-z]{{{LENGTH}}})(?![0-9A-Za-z])"
_IN_WORDS, _IN_HTML = re.compile(_LINK), re.compile(rf'href="{_LINK}"')


class Piece(NamedTuple):
    """Words of a message, and what a click on them opens; "" for nothing."""

    words: str
    opens: str = ""


def pieces(words: str, gateway: str) -> tuple[Piece, ...]:
    """The words as they were sent, in pieces, so that their links open at the gateway; without one nothing opens."""
    return tuple(_pieces(words, gateway)) if gateway else (Piece(words),)


def _pieces(words: str, gateway: str) -> Iterator[Piece]:
    end = 0
    for found in _IN_WORDS.finditer(words):
        yield Piece(words[end : found.start()])
        yield Piece(found[0], gateway + found[1])
        end = found.end()
    yield Piece(words[end:])


def opened_at(gateway: str, letter: str) -> str:
    """A letter's HTML whose links to customers' pages open at the gateway, in a window of their own."""
    return _IN_HTML.sub(lambda found: f'href="{gateway}{found[1]}" target="_blank" rel="noreferrer"', letter)


def way_out(headers: Mapping[str, str], gateway: str) -> str:
    """Where a mailbox provider posts its one click (RFC 8058) for a letter with these headers; "" if nowhere."""
    found = _IN_WORDS.search(headers.get("List-Unsubscribe", ""))
    is_one_click = headers.get("List-Unsubscribe-Post") == ONE_CLICK
    return gateway + found[1] if gateway and found and is_one_click else ""


ONE_CLICK = "List-Unsubscribe=One-Click"
"""What is posted there."""
