"""How a request is served: asked for trouble first, then read, taken and answered. Answers are cut on the socket."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from connectors.sandbox.book import Book
from connectors.sandbox.exchange import Api, Reply, Request
from connectors.sandbox.faults import TAKES, Fault, Trouble, trouble_for

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answering = Callable[[Request, Book], Reply]


def asking(answer: Answering, book: Book) -> Handler:
    """A handler of calls that take no message."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return _response(answer(await _read(request), book))

    return handle


def sending(api: Api, book: Book, faults: tuple[Fault, ...]) -> Handler:
    """A handler of the call that takes a message, troubles included."""

    async def handle(incoming: web.Request) -> web.StreamResponse:
        request = await _read(incoming)
        key = api.identify(request)
        attempt = request.attempt or book.ask(key)
        scripted = trouble_for(faults, key, attempt, request.at, api.channel)
        if scripted is not None and scripted.what == Trouble.LIMIT:
            return _response(api.limited())
        message = api.read(request, book)
        if isinstance(message, Reply):
            return _response(message)
        fault = scripted or api.trouble_of(message.to)
        if fault is None or fault.what in TAKES:
            message = book.take(message)
        return await _answer(incoming, api, fault, api.taken(message))

    return handle


async def _answer(incoming: web.Request, api: Api, fault: Fault | None, taken: Reply) -> web.StreamResponse:
    if fault is None:
        return _response(taken)
    if fault.what == Trouble.DELAY:
        await asyncio.sleep(fault.seconds)
        return _response(taken)
    if fault.what in (Trouble.BREAK, Trouble.TAKE_AND_BREAK):
        return _response(api.broken(fault.status))
    return _cut(incoming, fault.what, taken)


def _cut(incoming: web.Request, what: Trouble, taken: Reply) -> web.StreamResponse:
    """Close the connection with nothing, a piece of the headers, or all but the end of the answer written."""
    whole = _bytes(taken)
    pieces = {
        Trouble.TAKE_AND_CUT_HEADERS: whole[:30],
        Trouble.TAKE_AND_CUT_BODY: whole[:-5] if taken.body else whole[:30],
    }
    if incoming.transport is not None:
        incoming.transport.write(pieces.get(what, b""))
        incoming.transport.close()
    return web.Response()


def _bytes(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines.append(f"Content-Length: {len(reply.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


async def _read(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read(),
        received=int(time.time() * 1000),
    )
