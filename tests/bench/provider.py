"""A provider for the bench, in a process of its own: takes everything, `latency` seconds later, and keeps nothing.

python -m tests.bench.provider --latency 0.1 [--tls FILE]

Prints its port when it listens. It speaks as much HTTP as the connectors and the official client ask for; a framework
would cost more than what is measured.
"""

import argparse
import asyncio
import itertools
import ssl

_numbers = itertools.count(1)


class Provider(asyncio.Protocol):
    """One connection: a request is answered with an id when its time is over."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._heard = b""
        answer = _mail() if b"/v3/mail/send" in head.split(b"\r\n")[0] else _text()
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((int(value) for name, _, value in lines if name.lower() == b"content-length"), 0)


def _mail() -> bytes:
    return b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nX-Message-Id: bench%d\r\n\r\n" % next(_numbers)


def _text() -> bytes:
    body = b'{"sid": "SM%032x", "status": "queued"}' % next(_numbers)
    head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


async def serve(latency: float, tls: str) -> None:
    """Listen on a free port, and say which."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Provider(latency), "127.0.0.1", 0, ssl=context, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests.bench.provider")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--tls", default="")
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.latency, chosen.tls))
