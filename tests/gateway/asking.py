"""Speaking to the whole application in this process, and looking at what it gave the log."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.testclient import TestClient

from connectors.gateway.allowances import Allowance, allowance_of
from connectors.gateway.app import guarded
from connectors.gateway.reception import Reception
from connectors.log.publisher import Entry, MemoryPublisher
from connectors.metering import Counts

URL = "https://hooks.awizo.example"
NOW = 1_790_000_000_000


def client_of(reception: Reception, clock: Callable[[], float] = lambda: 0.0) -> TestClient:
    """Speaks to the application, threshold and all."""
    return TestClient(guarded(reception, clock), base_url=URL, raise_server_exceptions=False)


def published(reception: Reception) -> list[Entry]:
    """What the log was given."""
    assert isinstance(reception.intake.publisher, MemoryPublisher)
    return reception.intake.publisher.entries


def events(reception: Reception) -> list[Any]:
    """The same as CloudEvents."""
    return [json.loads(entry.event) for entry in published(reception)]


def counts(reception: Reception) -> Counts:
    """What was counted."""
    assert isinstance(reception.meter, Counts)
    return reception.meter


@dataclass(frozen=True)
class Asked:
    """One request, as its sender would write it. `query` and `path` are as they stand on the wire."""

    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    method: str = "POST"
    source: str = "203.0.113.9"


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """The application spoken to without any client between: bytes in, bytes out, nothing made better on the way."""

    def __init__(self, reception: Reception, allowance: Callable[[str], Allowance] = allowance_of) -> None:
        self._seconds = 0.0
        self._app = guarded(reception, self._tick, allowance)
        self._loop = asyncio.new_event_loop()

    def _tick(self) -> float:
        """Time enough between any two requests that no rate is met."""
        self._seconds += 10.0
        return self._seconds

    def ask(self, asked: Asked) -> Answered:
        """One request and its answer."""
        return self._loop.run_until_complete(self._answer(asked))

    def ask_slowly(self, asked: Asked, receive: Callable[[], Any]) -> Answered:
        """One request whose body comes as `receive` gives it."""
        return self._loop.run_until_complete(self._answer(asked, receive))

    async def _answer(self, asked: Asked, receive: Callable[[], Any] | None = None) -> Answered:
        headers = [(name.lower().encode(), value.encode("utf-8", "replace")) for name, value in asked.headers.items()]
        if receive is None:
            headers.append((b"content-length", str(len(asked.body)).encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "path": asked.path,
            "raw_path": asked.path.encode("utf-8", "replace"),
            "query_string": asked.query.encode("utf-8", "replace"),
            "root_path": "",
            "headers": headers,
            "client": (asked.source, 40_000),
            "server": ("10.0.0.1", 8080),
            "state": {},
        }
        sent: list[Any] = []

        async def whole() -> Any:
            return {"type": "http.request", "body": asked.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive or whole, send)
        if not sent:
            return Answered(0, {}, b"")
        answered = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:]))

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
