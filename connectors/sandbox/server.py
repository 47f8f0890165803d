"""The sandbox: Twilio and SendGrid on a port of this machine, to whom nothing is real.

with Sandbox.start(faults=(Fault(Trouble.LIMIT, until=...),)) as sandbox:
    ... speak to sandbox.address ...
    sandbox.accepted()
"""

import asyncio
import socket
import threading
from types import TracebackType

from aiohttp import web

from connectors.sandbox import sendgrid_api, twilio_api
from connectors.sandbox.address import SandboxAddress
from connectors.sandbox.book import Accepted, Book
from connectors.sandbox.faults import Fault
from connectors.sandbox.serving import asking, sending
from schemas.times import Millis

_LARGEST = 32 * 1024 * 1024  # SendGrid's own limit is 30 MB
_START_SECONDS = 10.0
_MESSAGES = "/2010-04-01/Accounts/{account}/Messages"


class Sandbox:
    """A running stand-in. Made by `start`; `close` it, or use it as a context."""

    def __init__(self, faults: tuple[Fault, ...] = (), host: str = "127.0.0.1", port: int = 0) -> None:
        self.book = Book()
        self._faults = faults
        self._loop = asyncio.new_event_loop()
        self._runner = web.AppRunner(self._application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        self._nobody = socket.socket()
        self._nobody.bind((host, 0))  # bound, but never listening: who connects is refused
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        opened = asyncio.run_coroutine_threadsafe(self._open(host, port), self._loop).result(_START_SECONDS)
        nobody = self._nobody.getsockname()[1]
        self.address = SandboxAddress(f"http://{host}:{opened}", f"http://{host}:{nobody}", faults)

    @classmethod
    def start(cls, faults: tuple[Fault, ...] = (), host: str = "127.0.0.1", port: int = 0) -> "Sandbox":
        """Listen on a port (0: a free one) of this machine."""
        return cls(faults, host, port)

    def accepted(self) -> list[Accepted]:
        """What really reached the customers, in order of message time."""
        return self.book.taken()

    def stop_phone(self, phone: str, sender: str = "", since: Millis = 0) -> None:
        """A customer answers STOP: from message time `since` on, this sender's messages are refused (21610)."""
        self.book.stop(phone, sender, since)

    def close(self) -> None:
        """Stop listening; what was taken can still be asked."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(_START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        self._loop.close()
        self._nobody.close()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the wiring

    async def _open(self, host: str, port: int) -> int:
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        return int(self._runner.addresses[0][1])

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST)
        book, faults = self.book, self._faults
        application.add_routes(
            [
                web.post(f"{_MESSAGES}.json", sending(twilio_api.TwilioApi(), book, faults)),
                web.get(f"{_MESSAGES}.json", asking(twilio_api.listed, book)),
                web.get(_MESSAGES + "/{sid}.json", asking(twilio_api.fetched, book)),
                web.post(_MESSAGES + "/{sid}.json", asking(twilio_api.changed, book)),
                web.post("/v3/mail/send", sending(sendgrid_api.SendGridApi(), book, faults)),
                web.post("/v3/logs", asking(sendgrid_api.searched, book)),
                web.get("/v3/logs/{id}", asking(sendgrid_api.looked_up, book)),
            ]
        )
        return application
