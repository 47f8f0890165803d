"""How a request is served: asked for trouble first, then read, taken and answered. Answers are cut on the socket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from aiohttp import web

from connectors.sandbox.book import Accepted, Book
from connectors.sandbox.course import Pace
from connectors.sandbox.exchange import Api, Asked, Reply, Request, Watch
from connectors.sandbox.faults import (
    FATES,
    HIDING,
    TAKES,
    TELLING,
    Fault,
    Trouble,
    outage_at,
    trouble_for,
)
from connectors.sandbox.sendgrid_words import listed_by
from schemas.times import SECOND, Millis

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answering = Callable[[Asked], Reply]
Tell = Callable[[Accepted, str], None]
"""Is given each message that was taken, and the trouble with telling of it ("" is none)."""

_PORTAL = Reply(200, b"<html><body>Please log in to the network.</body></html>", {"Content-Type": "text/html"})


class Script:
    """The faults that are in force; they may be changed while the sandbox runs."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self.faults = faults

    def add(self, *faults: Fault) -> None:
        """Put faults at the end of the script."""
        self.faults += faults


@dataclass(frozen=True)
class Counter:
    """What serves one provider. `concurrent`: how many requests at once it bears, 0 is any number."""

    book: Book
    script: Script
    clock: Callable[[], Millis]
    pace: Pace = field(default_factory=Pace)
    tell: Tell = lambda _message, _trouble: None
    call_off: Callable[[Accepted], None] = lambda _message: None
    watch: Watch = lambda _request, _reply: None
    concurrent: int = 0
    _here: list[int] = field(default_factory=lambda: [0])

    def asking(self, answer: Answering, api: Api) -> Handler:
        """A handler of calls that take no message."""

        async def handle(incoming: web.Request) -> web.StreamResponse:
            request = await self._read(incoming)
            outage = outage_at(self.script.faults, request.at, api.channel)
            reply = api.broken(503) if outage else answer(Asked(request, self.book, self.pace, self.call_off))
            self.watch(request, reply)
            return _response(reply)

        return handle

    def sending(self, api: Api) -> Handler:
        """A handler of the call that takes a message, troubles included."""

        async def handle(incoming: web.Request) -> web.StreamResponse:
            self._here[0] += 1
            try:
                return await self._send(incoming, api)
            finally:
                self._here[0] -= 1

        return handle

    async def _send(self, incoming: web.Request, api: Api) -> web.StreamResponse:
        request = await self._read(incoming)
        key = api.identify(request)
        attempt = request.attempt or self.book.ask(key)
        fault = request.fault or trouble_for(self.script.faults, key, attempt, request.at, api.channel)
        if fault is not None and fault.what == Trouble.OUTAGE:
            return self._said(request, api.broken(503))
        if fault is not None and fault.what == Trouble.WRONG_TYPE:
            return _response(_PORTAL)
        if self._is_too_much() or (fault is not None and fault.what == Trouble.LIMIT):
            return self._said(request, api.limited(request, fault.seconds if fault else 0.0))
        message = api.read(request, self.book)
        if isinstance(message, Reply):
            return self._said(request, message)
        fault = fault or api.trouble_of(message.to)
        if fault is None or fault.what in TAKES:
            message = self._take(message, attempt, request)
        return await self._answer(incoming, request, api, fault, message)

    def _is_too_much(self) -> bool:
        return 0 < self.concurrent < self._here[0]

    def _take(self, message: Accepted, attempt: int, request: Request) -> Accepted:
        """Write it down with its fate, and see to what is told of it."""
        met = (message.key, attempt, message.at, message.channel)
        fate, hide, telling = (trouble_for(self.script.faults, *met, among) for among in (FATES, HIDING, TELLING))
        message = self.book.take(fated(message, fate))
        if hide is not None:
            is_for_ever = not hide.seconds and not hide.looks
            span = Millis(1 << 60) if is_for_ever else Millis(hide.seconds * SECOND)
            self.book.hide(message, request.received + span, hide.looks)
        blocked = listed_by(message, self.pace)
        if blocked is not None:
            self.book.block(*blocked)
        self.tell(message, telling.what if telling else "")
        return message

    async def _answer(
        self, incoming: web.Request, request: Request, api: Api, fault: Fault | None, message: Accepted
    ) -> web.StreamResponse:
        taken = api.taken(message)
        if fault is None:
            return self._said(request, taken)
        if fault.what == Trouble.DELAY:
            await asyncio.sleep(fault.seconds)
            return self._said(request, taken)
        if fault.what in (Trouble.BREAK, Trouble.TAKE_AND_BREAK):
            return self._said(request, api.broken(fault.status))
        if fault.what == Trouble.TAKE_AND_WRONG_TYPE:
            return _response(_PORTAL)
        if fault.what == Trouble.CUT_AND_TAKE_LATER:
            asyncio.get_running_loop().call_later(fault.seconds, self._take, message, message.attempt, request)
        return _cut(incoming, fault.what, taken)

    def _said(self, request: Request, reply: Reply) -> web.Response:
        self.watch(request, reply)
        return _response(reply)

    async def _read(self, request: web.Request) -> Request:
        return Request(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            received=self.clock(),
        )


def fated(message: Accepted, fate: Fault | None) -> Accepted:
    """The message with what the script says becomes of it."""
    if fate is None:
        return message
    if fate.what == Trouble.VANISH:
        status = "sent" if message.channel == "sms" else "processed"
        return replace(message, status=status, reaches=False)
    if message.channel == "sms":
        return replace(message, status="undelivered", error_code=fate.code, reaches=False)
    return replace(message, status="bounced", reason="550 5.1.1 no such mailbox", reaches=False)


def _cut(incoming: web.Request, what: Trouble, taken: Reply) -> web.StreamResponse:
    """Close the connection with nothing, a piece of the headers, or all but the end of the answer written."""
    whole = _bytes(taken)
    pieces = {
        Trouble.TAKE_AND_CUT_HEADERS: whole[:30],
        Trouble.TAKE_AND_CUT_BODY: whole[:-5] if taken.body else _half(whole),
    }
    if incoming.transport is not None:
        incoming.transport.write(pieces.get(what, b""))
        incoming.transport.close()
    return web.Response()


def _half(whole: bytes) -> bytes:
    """An answer without a body, cut in the midst of the id that its header names."""
    return whole[: whole.index(b"X-Message-Id") + 25]


def _bytes(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines.append(f"Content-Length: {len(reply.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
