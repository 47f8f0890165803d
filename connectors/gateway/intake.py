"""The way into the log for all doors: who comes while one batch is being written shares the next one.

One thread writes; the event loop never waits for it. What is answered with 2xx is durable.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from connectors.log.publisher import Entry, Publisher
from schemas.errors import LogDown

BUSY = "too many wait for the log"


class Busy(LogDown):
    """More wait for the log than it can soon take: whoever sent it comes again."""


@dataclass
class Intake:
    """`most`: entries that may wait at once, beyond it Busy is raised. Used from one event loop."""

    publisher: Publisher
    most: int = 5_000
    _waiting: list[tuple[Sequence[Entry], asyncio.Future[None]]] = field(default_factory=list)
    _number: int = 0
    _writing: asyncio.Task[None] | None = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "intake"))

    async def take(self, entries: Sequence[Entry]) -> None:
        """The entries are durable, all of them, when this returns. Raises LogDown: some may be in the log then; whoever
        sent them sends them again, and the same event twice is one event."""
        if not entries:
            return
        if self._number + len(entries) > self.most and self._number:
            raise Busy(BUSY)
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entries, taken))
        self._number += len(entries)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(taken)  # a sender who hangs up does not take back what he sent

    async def _write(self) -> None:
        """Batch after batch, until nobody waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                entries = [entry for its, _ in batch for entry in its]
                error = await loop.run_in_executor(self._thread, self._publish, entries)
                self._number -= len(entries)
                for _, taken in batch:
                    _answer(taken, error)
        finally:
            self._writing = None

    def _publish(self, entries: Sequence[Entry]) -> str | None:
        """Why the log did not take them, None if it did."""
        try:
            self.publisher.publish(entries)
        except LogDown as error:
            return error.reason
        except Exception as error:  # a publisher's bug must not leave anyone waiting; its words may quote an event
            return type(error).__name__
        return None


def _answer(taken: asyncio.Future[None], error: str | None) -> None:
    if taken.done():
        return
    if error is None:
        taken.set_result(None)
    else:
        taken.set_exception(LogDown(error))
        taken.exception()  # whoever hung up does not ask for it
