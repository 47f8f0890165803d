"""The way into the log: who comes while a batch is written shares the next; nobody is told yes too early."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from connectors.gateway.intake import Busy, Intake
from connectors.log.publisher import Entry, MemoryPublisher
from schemas.errors import LogDown
from schemas.streams import COURIERS

ONE = Entry(COURIERS, b"{}")


class Slow(MemoryPublisher):
    """Writes a batch when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []
        self.begun, self.let = threading.Semaphore(0), threading.Semaphore(0)

    def publish(self, entries: Sequence[Entry]) -> None:
        self.begun.release()
        self.let.acquire()
        self.batches.append(len(entries))
        super().publish(entries)


def test_those_who_wait_share_a_batch_and_none_is_answered_before_it_is_written() -> None:
    slow = Slow()

    async def all_of_them() -> None:
        intake = Intake(slow)
        first = asyncio.create_task(intake.take([ONE]))
        await asyncio.to_thread(slow.begun.acquire)
        others = [asyncio.create_task(intake.take([ONE, ONE])) for _ in range(5)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in (first, *others))
        slow.let.release()
        await first
        await asyncio.to_thread(slow.begun.acquire)
        assert not any(task.done() for task in others)
        slow.let.release()
        await asyncio.gather(*others)

    asyncio.run(all_of_them())
    assert slow.batches == [1, 10]


def test_whoever_hangs_up_does_not_take_back_what_he_sent() -> None:
    slow = Slow()

    async def hang_up() -> None:
        intake = Intake(slow)
        gone = asyncio.create_task(intake.take([ONE]))
        await asyncio.to_thread(slow.begun.acquire)
        gone.cancel()
        slow.let.release()
        slow.let.release()
        await intake.take([ONE])

    asyncio.run(hang_up())
    assert slow.batches == [1, 1]


class Broken:
    """A publisher that fails in its own way, once."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error

    def publish(self, entries: Sequence[Entry]) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error


@pytest.mark.parametrize("error", [LogDown("away"), ValueError("with the words of a customer")])
def test_a_failure_is_told_to_all_of_its_batch_and_the_next_goes_on(error: Exception) -> None:
    async def try_twice() -> None:
        intake = Intake(Broken(error))
        with pytest.raises(LogDown) as told:
            await intake.take([ONE])
        assert "words" not in str(told.value)
        await intake.take([ONE])

    asyncio.run(try_twice())


def test_more_than_may_wait_is_sent_away_but_a_large_batch_alone_is_taken() -> None:
    slow = Slow()

    async def too_many() -> None:
        intake = Intake(slow, most=2)
        first = asyncio.create_task(intake.take([ONE] * 5))
        await asyncio.to_thread(slow.begun.acquire)
        with pytest.raises(Busy):
            await intake.take([ONE])
        slow.let.release()
        await first
        slow.let.release()
        await intake.take([ONE])

    asyncio.run(too_many())
    assert slow.batches == [5, 1]


def test_nothing_is_taken_at_once() -> None:
    asyncio.run(Intake(Broken(LogDown("away"))).take([]))
