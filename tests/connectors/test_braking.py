"""The brake in a live run: shared, parked, released; and a withdrawal's own reason in the outcome."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.braking import FRESH, Brake, announce, release
from connectors.metering import Counts
from connectors.opening import Opened
from connectors.sandbox.server import Sandbox
from connectors.store.claims import At
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.parked import DROPPED, MAY_HAVE_BEEN_SENT, Filter, Parking
from connectors.store.shared import Flag, Shared
from pipelines.rules.brake import BRAKED, RELEASED, Measure, Peak
from pipelines.rules.ledger import IN_DOUBT, SUPERSEDED_IN_DOUBT
from schemas.messages import Message, Withdraw
from schemas.metrics import BRAKED as BRAKED_TOTAL
from schemas.times import HOUR

Say = Callable[..., Message]
Undo = Callable[..., Withdraw]
Open = Callable[..., Opened]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/shared.db", SANDBOX)
    yield opened
    opened.close()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_workers_count_together_and_all_stop_when_one_trips(store: Store, say: Say) -> None:
    shared, clock, meter = Shared(store), Clock(), Counts()
    one, other = (Brake(shared, Measure(5.0, 10), clock, meter) for _ in range(2))
    for worker in (one, other) * 5:
        worker.sync()
        assert not worker.holds(say(), HOUR)
        clock.now += FRESH
    one.sync()
    other.sync()
    clock.now += FRESH
    one.sync()
    assert one.holds(say(), HOUR)
    clock.now += FRESH
    one.sync()
    other.sync()
    assert other.holds(say(), 5 * HOUR)
    assert not other.holds(say(kind="order_received"), 5 * HOUR)
    assert not other.holds(say(shop="lela"), HOUR)
    (flag,) = shared.flags("brake/")
    assert (flag.name, flag.reason) == ("brake/sowa", "10 messages in this hour, usual: unknown")
    assert meter.total(BRAKED_TOTAL, "sowa") == 2
    assert shared.volume("sowa", 0) == {1: 10}


def test_a_released_shop_may_send_for_a_while(store: Store, say: Say) -> None:
    shared, clock = Shared(store), Clock()
    brake = Brake(shared, Measure(5.0, 1), clock)
    assert [brake.holds(say(), HOUR) for _ in range(3)] == [False, True, True]
    brake.flush()
    assert release(shared, "sowa", HOUR)
    assert not release(shared, "sowa", HOUR)
    clock.now += FRESH
    brake.sync()
    assert not any(brake.holds(say(), HOUR) for _ in range(100))


def test_an_announced_peak_is_known_to_every_worker(store: Store, say: Say) -> None:
    shared, clock = Shared(store), Clock()
    announce(shared, "sowa", Peak(0, 10 * HOUR, 50.0))
    brake = Brake(shared, Measure(5.0, 1), clock)
    brake.sync()
    held = [brake.holds(say(), HOUR) for _ in range(3)]
    assert held == [False, True, True]  # fifty times nothing is nothing
    announce(shared, "lela", Peak(0, 10 * HOUR))
    clock.now += FRESH
    brake.sync()
    assert not any(brake.holds(say(shop="lela"), HOUR) for _ in range(100))


def test_what_the_brake_holds_is_parked_and_goes_once_when_it_is_released(
    sandbox: Sandbox, open_to: Open, say: Say
) -> None:
    opened = open_to(sandbox)
    held = [True]
    ledger = replace(opened.delivery.ledger, brake=lambda message, now: held[0] and message.kind == "shipped")
    delivery = replace(opened.delivery, ledger=ledger)
    items = [say("a"), say("b", kind="order_received")]
    outcomes = delivery.deliver(items)
    assert {(o.kind, o.state, o.reason) for o in outcomes} == {
        ("shipped", "parked", BRAKED),
        ("order_received", "sent", ""),
    }
    assert delivery.deliver(items) == outcomes
    parking = Parking(ledger)
    rows = parking.find(Filter(shop="sowa", reason=BRAKED))
    assert parking.find(Filter(shop="lela")) == parking.find(Filter(since=10**12)) == []
    assert parking.release(rows, At(5_000, 5_000)) == 1
    assert parking.release(rows, At(5_000, 5_000)) == 0
    assert [row.reason for row in ledger.due(5_000)] == [RELEASED]
    sent = delivery.deliver([say("a", at=5_000)])  # held[0] still holds: a released one is not asked about again
    assert [o.state for o in sent] == ["sent"]
    assert len(sandbox.accepted()) == 2


def test_what_is_released_too_late_expires(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    opened = open_to(sandbox)
    ledger = replace(opened.delivery.ledger, brake=lambda *_: True)
    message = say(valid_until=10_000, intervals=((1_000, 10_000),))
    replace(opened.delivery, ledger=ledger).deliver([message])
    parking = Parking(ledger)
    parking.release(parking.find(Filter()), At(20_000, 20_000))
    (outcome,) = opened.delivery.deliver([message])
    assert (outcome.state, outcome.reason) == ("failed", "expired")
    assert sandbox.accepted() == []


@pytest.mark.parametrize(("why", "reason"), [(BRAKED, DROPPED), (IN_DOUBT, SUPERSEDED_IN_DOUBT)])
def test_what_is_dropped_never_goes_and_what_may_have_been_sent_keeps_saying_so(
    sandbox: Sandbox, open_to: Open, say: Say, why: str, reason: str
) -> None:
    from connectors.store.schema import ledger as rows

    opened = open_to(sandbox)
    ledger = replace(opened.delivery.ledger, brake=lambda *_: True)
    replace(opened.delivery, ledger=ledger).deliver([say()])
    with opened.store.transaction() as connection:
        connection.execute(rows.update().values(reason=why))
    assert (why in MAY_HAVE_BEEN_SENT) == (why == IN_DOUBT)
    parking = Parking(ledger)
    assert parking.drop(parking.find(Filter()), At(5_000, 5_000)) == 1
    (outcome,) = opened.delivery.deliver([say()])
    assert (outcome.state, outcome.reason) == ("failed", reason)
    assert sandbox.accepted() == []


@pytest.mark.parametrize("first", ["message", "withdrawal"])
def test_an_outcome_says_why_a_message_was_taken_back(
    sandbox: Sandbox, open_to: Open, say: Say, undo: Undo, first: str
) -> None:
    from msgspec.structs import replace as changed

    later = ((HOUR, 2 * HOUR),)
    message = say(intervals=later, valid_until=2 * HOUR)
    withdrawal: Any = changed(undo(), reason="erased")
    items = [message, withdrawal] if first == "message" else [changed(withdrawal, at=500), message]
    delivery = open_to(sandbox).delivery
    outcomes = delivery.deliver(items)
    assert [(o.state, o.reason) for o in outcomes] == [("failed", "erased")]
    assert delivery.deliver(items) == outcomes
    merged = delivery.deliver([say("ab", intervals=later, valid_until=2 * HOUR)])
    assert [(o.state, o.reason) for o in merged] == [("failed", "erased")]
    assert sandbox.accepted() == []


def test_flags_are_found_by_how_their_names_begin(store: Store) -> None:
    shared = Shared(store)
    for name in ("brake/a", "brake/b", "breaker/a", "halt"):
        shared.raise_flag(Flag(name, "x"))
    assert [flag.name for flag in shared.flags("brake/")] == ["brake/a", "brake/b"]
    assert len(shared.flags()) == 4
