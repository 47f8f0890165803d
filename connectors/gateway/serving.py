"""Serving: uvicorn, with what it leaves out: how long headers may take to come, and how large they may be."""

import gc
import socket
from asyncio import TimerHandle
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
HEADER_BYTES = 32 * 1024
_BACKLOG = 2_048
IDLE_SECONDS = 65
"""Longer than the usual 60 s of balancers, so that it is they who close an idle connection."""


class Patient(HttpToolsProtocol):
    """A connection whose headers must be there soon, and be of a usual size. A body has its own limits inside."""

    _deadline: TimerHandle | None = None
    _header_bytes = 0
    _in_headers = True

    def connection_made(self, transport: Any) -> None:
        """Wait for headers."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of the headers, or of the body."""
        if self._in_headers:
            if self._deadline is None:
                self._deadline = self.loop.call_later(HEADER_SECONDS, self._give_up)
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > HEADER_BYTES:
            self._give_up()

    def on_headers_complete(self) -> None:
        """All headers are there."""
        self._in_headers, self._header_bytes = False, 0
        self._wait_no_more()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next thing to come is another request's headers."""
        self._in_headers = True
        super().on_message_complete()

    def _give_up(self) -> None:
        self._wait_no_more()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def listening_at(host: str, port: int) -> socket.socket:
    """A socket that listens already (port 0: a free one). Raises OSError if it cannot."""
    return socket.create_server((host, port), backlog=_BACKLOG)


def server_of(app: Any) -> uvicorn.Server:
    """A server for sockets that listen already: `run(sockets=[...])`. It stops on SIGTERM, once all were answered."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Patient,
        ws="none",
        lifespan="off",
        access_log=False,  # paths hold links and tokens
        log_level="warning",
        proxy_headers=False,  # `sources` reads them, for proxies of ours alone
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=20,
        backlog=_BACKLOG,
    )
    return uvicorn.Server(config)


def serve(app: Any, listening: socket.socket) -> None:
    """Serve until stopped. What was loaded to get here lives as long as the process: the collector need not look at it
    again and again (it took a quarter of the time of a post)."""
    server = server_of(app)
    gc.collect()
    gc.freeze()
    server.run(sockets=[listening])
