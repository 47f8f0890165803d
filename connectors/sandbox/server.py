"""The sandbox: Twilio and SendGrid on a port of this machine, to whom nothing is real.

with Sandbox.start(faults=(Fault(Trouble.LIMIT, until=...),)) as sandbox:
    ... speak to sandbox.address ...
    sandbox.accepted()
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType

from aiohttp import web

from connectors.sandbox.address import SandboxAddress
from connectors.sandbox.book import Accepted, Blocked, Book, Said
from connectors.sandbox.course import Pace, has_reached
from connectors.sandbox.exchange import Watch
from connectors.sandbox.faults import Fault
from connectors.sandbox.hooks import Hooks, Listeners, Posted
from connectors.sandbox.page.serving import Desk
from connectors.sandbox.replies import reply
from connectors.sandbox.routes import provider_routes
from connectors.sandbox.serving import Counter, Script
from connectors.transport import Transport
from schemas.times import Millis

_LARGEST = 32 * 1024 * 1024  # SendGrid's own limit is 30 MB
_START_SECONDS = 10.0
_PATIENCE = 15.0  # seconds that Twilio waits for a listener's answer
_FOR_EVER: Millis = 1 << 60


def machine_time() -> Millis:
    """The machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Ways:
    """How a sandbox behaves when all is well. `concurrent`: requests at once that a provider bears, 0 is any number."""

    listeners: Listeners = field(default_factory=Listeners)
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], Millis] = machine_time
    concurrent: int = 0
    zone: str = "Europe/Warsaw"  # of the times on the page
    refresh: int = 0  # seconds after which a page that is looked at asks again; 0: never
    gateway: str = ""  # where links of customers open that look at the page: its public URL; "" nowhere
    watch: Watch = lambda _request, _reply: None


class Sandbox:
    """A running stand-in. Made by `start`; `close` it, or use it as a context."""

    def __init__(
        self,
        faults: tuple[Fault, ...] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        ways: Ways | None = None,
        book: Book | None = None,
    ) -> None:
        self.ways = ways or Ways()
        self.book = book or Book()
        self.script = Script(faults)
        self.hooks = Hooks(self.ways.listeners, self.ways.pace)
        self._loop = asyncio.new_event_loop()
        self._runner = web.AppRunner(self._application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        self._nobody = socket.socket()
        self._nobody.bind((host, 0))  # bound, but never listening: who connects is refused
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        try:
            opened = asyncio.run_coroutine_threadsafe(self._open(host, port), self._loop).result(_START_SECONDS)
        except OSError:
            self.close()
            raise
        nobody = self._nobody.getsockname()[1]
        self.address = SandboxAddress(f"http://{host}:{opened}", f"http://{host}:{nobody}", faults)

    @classmethod
    def start(
        cls,
        faults: tuple[Fault, ...] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        ways: Ways | None = None,
        book: Book | None = None,
    ) -> "Sandbox":
        """Listen on a port (0: a free one) of this machine. `book`: one that was filled before."""
        return cls(faults, host, port, ways, book)

    def accepted(self) -> list[Accepted]:
        """What the providers took, in order of message time."""
        return self.book.taken()

    def reached(self, to: str = "", until: Millis = _FOR_EVER) -> list[Accepted]:
        """What this customer really got by a message time ("": all customers), whatever anybody believes."""
        return [one for one in self.book.taken() if to in ("", one.to) and has_reached(one, until)]

    # --- customers

    def stop_phone(self, phone: str, sender: str = "", since: Millis = 0) -> None:
        """A customer answers STOP: from message time `since` on, this sender's messages are refused (21610)."""
        self.book.stop(phone, sender, since)

    def reply(self, phone: str, to: str, text: str, at: Millis, advanced: bool = False) -> Said:
        """A customer writes to one of our numbers; see `replies.reply`."""
        return reply(self.book, self.hooks, Said(phone, to, text, at), advanced)

    def block_mailbox(self, email: str, tool: str = "unsubscribes", since: Millis = 0) -> None:
        """Put an address on one of SendGrid's lists: later mail to it is taken, and dropped."""
        self.book.block(tool, Blocked(email, since))

    # --- what is told

    def tell(self, until: Millis | None = None, batch: int = 1) -> list[Posted]:
        """Post callbacks and events that are due by a message time (None: all), in order."""
        if not self.hooks.waiting():
            return []
        return self.hooks.flush(self.transport, until, batch)

    @cached_property
    def transport(self) -> Transport:
        """What posts; made when there is something to post: most sandboxes have nothing."""
        return Transport(connections=2, read_seconds=_PATIENCE)

    def close(self) -> None:
        """Stop listening; what was taken can still be asked."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(_START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        self._loop.close()
        self._nobody.close()
        if "transport" in vars(self):
            self.transport.close()

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
        ways = self.ways
        counter = Counter(
            self.book,
            self.script,
            ways.clock,
            ways.pace,
            self.hooks.tell,
            self.hooks.call_off,
            ways.watch,
            ways.concurrent,
        )
        application = web.Application(client_max_size=_LARGEST)
        application.add_routes([*provider_routes(counter), *Desk(self, ways.zone).routes()])
        return application
