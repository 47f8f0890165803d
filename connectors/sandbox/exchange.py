"""A request to the sandbox and its reply, free of any web framework."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.sandbox.address import ATTEMPT_HEADER, TIME_HEADER
from connectors.sandbox.book import Accepted, Book
from connectors.sandbox.faults import Fault
from schemas.times import Millis

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Request:
    """What came in. Header names are in lower case; `received` is the machine's time."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received: Millis

    @property
    def at(self) -> Millis:
        """Message time, if the sender told it."""
        told = self.headers.get(TIME_HEADER.lower(), "")
        return int(told) if told.isdigit() else self.received

    @property
    def attempt(self) -> int | None:
        """Which attempt the sender says this is."""
        told = self.headers.get(ATTEMPT_HEADER.lower(), "")
        return int(told) if told.isdigit() else None


@dataclass(frozen=True)
class Reply:
    """What goes out."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Api(Protocol):
    """A provider's way to take one message."""

    channel: str

    def read(self, request: Request, book: Book) -> Accepted | Reply:
        """The message that this request asks to send, or the refusal that it deserves."""

    def identify(self, request: Request) -> str:
        """The key that the sender attached; "" if none can be read."""

    def taken(self, message: Accepted) -> Reply:
        """The answer that says: taken."""

    def limited(self) -> Reply:
        """The answer that says: too many."""

    def broken(self, status: int) -> Reply:
        """The answer of a provider that is not well."""

    def trouble_of(self, to: str) -> Fault | None:
        """What always happens to this address, see `outcomes`."""


def as_json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    return Reply(status, json.dumps(body).encode(), {**JSON, **(headers or {})})
