"""Workers that die: a process that forks one worker a line of its input, each killed (SIGKILL) at a chosen instant.

An instant is any moment at which the world outside can tell whether the worker got there: before and after each commit,
before a request, when it is written, and when its answer has come. Between two of them it makes no difference where a
worker dies, so killing at each of them in turn is killing at every line that matters.

In: {"store" (migrated), "address", "faults", "items" (packed, base 64), "machine", "until", "die_at", "log"}.
Out: {"died", "failed", "instants"}.
"""

import base64
import gc
import json
import os
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from twilio.rest import Client
from urllib3.connection import HTTPConnection

from connectors import bounded, reconcile_sendgrid, reconcile_twilio  # noqa: F401 - once, before any worker is forked
from connectors.opening import SandboxDelivery
from connectors.sandbox.address import SandboxAddress
from connectors.sandbox.faults import Fault, Trouble
from connectors.store import opening
from connectors.store.opening import Store
from connectors.transport import Transport
from schemas.wire import unpack_items


class Instants:
    """Counts instants, writes their names down, and dies at one of them."""

    def __init__(self, log: Path, die_at: int) -> None:
        self._log, self._die_at, self._passed = log.open("ab", buffering=0), die_at, 0

    def reach(self, name: str) -> None:
        self._passed += 1
        self._log.write(f"{name}\n".encode())
        if self._passed == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(instants: Instants) -> None:
    """Let commits and requests report to `instants`."""
    commit, request, answered = Store.transaction, Transport.request, HTTPConnection.getresponse

    @contextmanager
    def transaction(self: Store) -> Iterator[Any]:
        with commit(self) as connection:
            yield connection
            instants.reach("before a commit")
        instants.reach("after a commit")

    def asking(self: Transport, method: str, *arguments: Any, **named: Any) -> Any:
        instants.reach(f"before a {method}")
        answer = request(self, method, *arguments, **named)
        instants.reach(f"after a {method}")
        return answer

    def waiting(self: HTTPConnection) -> Any:
        instants.reach("request written")
        return answered(self)

    Store.transaction = transaction  # type: ignore[method-assign]
    Transport.request = asking  # type: ignore[method-assign, assignment]
    HTTPConnection.getresponse = waiting  # type: ignore[method-assign]


def work(asked: dict[str, Any]) -> None:
    """One worker's life."""
    faults = tuple(Fault(**{**fault, "what": Trouble(fault["what"])}) for fault in asked["faults"])
    address = SandboxAddress(asked["address"]["url"], asked["address"]["nobody"], faults)
    opened = SandboxDelivery(asked["store"], address)()
    watch(Instants(Path(asked["log"]), asked["die_at"]))
    delivery = replace(opened.delivery, machine=lambda: asked["machine"])
    delivery.deliver(unpack_items(base64.b64decode(asked["items"])), asked["until"])  # type: ignore[arg-type]


def prepare() -> None:
    """What each worker would otherwise do anew: load certificates, look whether a migrated store is migrated."""
    context = ssl.create_default_context()
    ssl.create_default_context = lambda *_, **__: context
    opening.upgrade = lambda engine: None
    _ = Client("AC", "token").messages  # imports a hundred modules
    gc.freeze()


def main() -> None:
    prepare()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                work(asked)
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        log = Path(asked["log"])
        instants = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        answer = {"died": os.WIFSIGNALED(status), "failed": os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0}
        print(json.dumps(answer | {"instants": instants}), flush=True)


if __name__ == "__main__":
    main()
