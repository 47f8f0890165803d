"""A request to the sandbox and its reply, free of any web framework."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.sandbox.address import ATTEMPT_HEADER, FAULT_HEADER, TIME_HEADER
from connectors.sandbox.book import Accepted, Book
from connectors.sandbox.course import Pace, called_off
from connectors.sandbox.faults import Fault, Trouble
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

    @property
    def fault(self) -> Fault | None:
        """The trouble that this request asks for itself: `take_and_cut`, or `delay 0.2` with seconds."""
        name, _, seconds = self.headers.get(FAULT_HEADER.lower(), "").partition(" ")
        return Fault(Trouble(name), seconds=float(seconds or 0)) if name in set(Trouble) else None


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

    def limited(self, request: Request, seconds: float) -> Reply:
        """The answer that says: too many; ask again after `seconds` (0: it does not say when)."""

    def broken(self, status: int) -> Reply:
        """The answer of a provider that is not well."""

    def trouble_of(self, to: str) -> Fault | None:
        """What always happens to this address, see `outcomes`."""


def as_json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    return Reply(status, json.dumps(body).encode(), {**JSON, **(headers or {})})


Watch = Callable[[Request, Reply], None]
"""Is shown each exchange, for those who want to check the traffic."""


@dataclass(frozen=True)
class Asked:
    """What a call that takes no message may look at."""

    request: Request
    book: Book
    pace: Pace
    call_off: Callable[[Accepted], None]

    def cancel(self, message: Accepted) -> Accepted:
        """Call a message off, and see that nothing else is told of it."""
        after = self.book.change(message, called_off(message, self.request.at))
        self.call_off(after)
        return after
