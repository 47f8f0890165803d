"""The threshold before every door: who comes too often, sends too much, or sends too slowly gets no further.

A body is read here, whole, so that no door can forget its limits: behind it, `await request.body()` waits for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from connectors.gateway.allowances import MIB, Allowance, allowance_of
from connectors.gateway.answers import problem
from connectors.gateway.rates import Rates
from connectors.gateway.sources import SOURCE, neighbourhood, seen_by_proxy
from connectors.metering import Meter
from schemas.metrics import GATEWAY_REFUSED

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Refused(Exception):
    """Not let in. `reason`: a word for metrics."""

    def __init__(self, status: int, reason: str, words: str, again: int = 0) -> None:
        super().__init__(status, reason, words, again)
        self.status, self.reason, self.words, self.again = status, reason, words, again


@dataclass
class Threshold:
    """`at_once`: requests inside at once; `held`: bytes of all bodies together; `proxies`: see `sources`; `words`: how
    whoever is not let in is told."""

    app: App
    rates: Rates
    meter: Meter
    proxies: int = 0
    at_once: int = 1_000
    held: int = 256 * MIB
    allowance: Callable[[str], Allowance] = allowance_of
    words: "Callable[[Refused, Allowance, Scope], Response]" = field(default_factory=lambda: as_problem)
    _inside: int = field(default=0, init=False)
    _bytes: int = field(default=0, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to its door, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        allowance = self.allowance(scope["path"])
        scope[SOURCE] = seen_by_proxy(scope, self.proxies)
        body = bytearray()
        self._inside += 1
        try:
            self._check(scope, allowance)
            await self._read_in_time(body, receive, allowance)
            await self.app(scope, _again(bytes(body), receive), send)
        except Refused as refused:
            await self._refuse(refused, allowance, scope, receive, send)
        except _HungUp:
            pass
        finally:
            self._inside -= 1
            self._bytes -= len(body)

    def _check(self, scope: Scope, allowance: Allowance) -> None:
        """All that can be said before the body came."""
        if self._inside > self.at_once:
            raise Refused(503, "busy", "too many requests at once: send it again", 1)
        wait = self.rates.wait(
            allowance.door, neighbourhood(scope[SOURCE]), allowance.each_second, float(allowance.burst)
        )
        if wait:
            raise Refused(429, "rate", "too many requests from this address: slow down", wait)
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Refused(415, "encoding", "bodies are taken as they are: send it without Content-Encoding")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > allowance.most:
            raise _too_large(allowance.most)

    async def _read_in_time(self, body: bytearray, receive: Receive, allowance: Allowance) -> None:
        try:
            async with asyncio.timeout(allowance.seconds):
                await self._read(body, receive, allowance.most)
        except TimeoutError:
            raise Refused(408, "slow", f"the body did not come within {allowance.seconds:g} seconds") from None

    async def _read(self, body: bytearray, receive: Receive, most: int) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _HungUp
            chunk = message.get("body", b"")
            if len(body) + len(chunk) > most:
                raise _too_large(most)
            if self._bytes + len(chunk) > self.held:
                raise Refused(503, "busy", "too much is being sent at once: send it again", 5)
            body += chunk
            self._bytes += len(chunk)
            more = message.get("more_body", False)

    async def _refuse(self, refused: Refused, allowance: Allowance, scope: Scope, receive: Receive, send: Send) -> None:
        self.meter.count(GATEWAY_REFUSED, allowance.door, refused.reason)
        answer = self.words(refused, allowance, scope)
        answer.headers["Connection"] = "close"  # whatever else of the body comes is not waited for
        await answer(scope, receive, send)


def as_problem(refused: Refused, _allowance: Allowance, _scope: Scope) -> Response:
    """What a machine is told that is not let in."""
    return problem(refused.status, refused.words, again=refused.again)


class _HungUp(Exception):
    """The sender has gone; nobody hears an answer."""


def _too_large(most: int) -> Refused:
    return Refused(413, "size", f"more than {most:,} bytes")


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body once more, whole; then whatever else comes."""
    is_given = False

    async def given() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return given
