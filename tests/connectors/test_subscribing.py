"""Reading subscriptions for a runner with checkpoints: what is ours, for how long, and when it is acknowledged."""

import threading
from typing import Any

import pytest
from emulator import made

from connectors.log.publisher import Entry
from connectors.log.pubsub import Place, Pulled
from connectors.log.subscribing import HELD, SLACK, UNREAD, Acknowledger, Subscriber, Watermark
from schemas.errors import LogDown
from schemas.streams import ORDERS
from schemas.times import SECOND

NOW = 1_000 * SECOND


class Hands:
    """A clock that is set by hand."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


class Told:
    """A subscription that gives what it is told to, and remembers what is asked of it."""

    def __init__(self) -> None:
        self.next: list[Pulled] | LogDown = []
        self.acknowledged: list[str] = []
        self.held: list[str] = []

    def pull(self, *_: Any) -> list[Pulled]:
        if isinstance(self.next, LogDown):
            raise self.next
        return self.next

    def acknowledge(self, _: Any, ack_ids: list[str]) -> None:
        self.acknowledged += ack_ids

    def hold(self, _: Any, ack_ids: list[str], seconds: int) -> None:
        self.held = ack_ids


def at(*moments: int) -> list[Pulled]:
    return [Pulled(f"ack-{moment}", f"{moment}", moment, b"event") for moment in moments]


def reading(clock: Hands) -> tuple[Subscriber, Told]:
    told = Told()
    return Subscriber(told, ORDERS, clock), told  # type: ignore[arg-type]


def test_a_mark_is_acknowledged_when_one_that_was_made_after_its_end_has_ended_too() -> None:
    order = Acknowledger()
    first, second = order.made(), order.made()
    assert order.finalized(first, ["a"]) == []
    assert order.finalized(second, ["b"]) == []  # it was made before the first had ended: the same checkpoint, perhaps
    third = order.made()
    assert order.finalized(third, []) == ["a", "b"]
    assert order.finalized(order.made(), []) == []


def test_the_watermark_follows_the_clock_when_nothing_waits_and_never_goes_back() -> None:
    clock = Hands()
    watermark = Watermark(clock)
    watermark.came([])
    assert watermark.at(None) == NOW - SLACK
    clock.at += SECOND
    assert watermark.at(None) == NOW - SLACK + SECOND
    assert watermark.at(NOW - 60 * SECOND) == NOW - SLACK + SECOND


def test_the_watermark_does_not_run_past_what_waits_or_lies_behind() -> None:
    clock = Hands()
    subscription, told = reading(clock)
    assert subscription.watermark() == 0  # nobody knows what there is
    told.next = at(NOW - 60 * SECOND, NOW - 50 * SECOND)
    subscription.pull()
    assert subscription.watermark() == NOW - 60 * SECOND
    assert [subscription.take(), subscription.take(), subscription.take()] == [*told.next, None]
    assert subscription.watermark() == NOW - 60 * SECOND  # a backlog may go on behind it
    told.next = at(NOW - SECOND)
    subscription.pull()
    assert subscription.watermark() == NOW - SLACK  # it has caught up
    subscription.take()
    clock.at += 10 * SECOND
    assert subscription.watermark() == NOW + 10 * SECOND - SLACK


def test_the_watermark_stands_while_pubsub_does_not_answer() -> None:
    clock = Hands()
    subscription, told = reading(clock)
    subscription.pull()
    before = subscription.watermark()
    told.next = LogDown("ServiceUnavailable")
    with pytest.raises(LogDown):
        subscription.pull()
    clock.at += 60 * SECOND
    assert subscription.watermark() == before
    told.next = []
    subscription.pull()
    assert subscription.watermark() == clock.at - SLACK


def test_what_was_pulled_is_held_for_a_minute_and_then_comes_again() -> None:
    clock = Hands()
    subscription, told = reading(clock)
    told.next = at(NOW, NOW + 1)
    subscription.pull()
    assert subscription.take() == told.next[0]
    subscription.extend()
    assert told.held == [f"ack-{NOW}", f"ack-{NOW + 1}"]
    subscription.acknowledge([f"ack-{NOW}"])
    subscription.extend()
    assert (told.acknowledged, told.held) == ([f"ack-{NOW}"], [f"ack-{NOW + 1}"])
    clock.at += HELD
    subscription.extend()
    assert told.held == []
    assert subscription.take() is None  # it is not ours any more: whoever has it next reads it


def test_what_nobody_reads_here_is_left_to_whoever_reads_elsewhere() -> None:
    clock = Hands()
    subscription, told = reading(clock)
    told.next = at(NOW, NOW + 1)
    subscription.pull()
    assert subscription.take() is not None
    clock.at += UNREAD - 1
    subscription.extend()
    assert told.held == [f"ack-{NOW}", f"ack-{NOW + 1}"]
    clock.at += 1
    reached = subscription.watermark()
    subscription.extend()
    assert told.held == [f"ack-{NOW}"]  # what was read may be in a checkpoint yet
    assert subscription.take() is None
    clock.at += 5 * SECOND
    assert subscription.watermark() == reached  # what came meanwhile is not known here
    told.next = []
    subscription.pull()
    assert subscription.watermark() == clock.at - SLACK


def test_a_process_that_is_not_read_pulls_no_more_until_it_is_read_again() -> None:
    clock, pulled = Hands(), threading.Event()

    class Telling(Told):
        def pull(self, *how: Any) -> list[Pulled]:
            pulled.set()
            return super().pull(*how)

    subscription = Subscriber(Telling(), ORDERS, clock)  # type: ignore[arg-type]
    clock.at += UNREAD
    subscription.start()
    assert not pulled.wait(0.2)
    subscription.take()
    assert pulled.wait(30)
    subscription.close()


def test_what_was_not_acknowledged_is_pulled_again_from_the_emulator(place: Place) -> None:
    pubsub = made(place)
    pubsub.publish([Entry(ORDERS, b"a"), Entry(ORDERS, b"b")])
    dead = Subscriber(pubsub, ORDERS)
    assert dead.pull() == 2
    a = dead.take()
    assert a is not None
    dead.acknowledge([a.ack_id])
    other = Subscriber(pubsub, ORDERS)
    assert other.pull(30.0) == 1
    b = other.take()
    assert b is not None
    assert (a.event, b.event) == (b"a", b"b")
