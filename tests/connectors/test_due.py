"""What is due comes back, whatever became of the worker that had it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.delivery import Delivery
from connectors.due import REST, Due
from connectors.opening import Opened
from connectors.outcomes import outcomes_since
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.store.claims import LEASE, At, Claimed, Deferred, Settled, Settlement, Taken
from connectors.store.opening import SANDBOX
from connectors.store.records import Records
from connectors.store.rows import Row
from pipelines.rules.doubt import LAG, SETTLE
from pipelines.rules.ledger import EXPIRED, Event, State
from schemas.errors import StoreDown
from schemas.messages import Message, Withdraw
from schemas.times import HOUR, MINUTE, SECOND

Say = Callable[..., Message]
Open = Callable[..., Opened]


class Live:
    """A live worker's day: one clock moves message time and machine time alike, nobody sleeps."""

    def __init__(self, delivery: Delivery, now: int = 1_000) -> None:
        self.now = now
        self.delivery = replace(delivery, machine=lambda: self.now)
        self.due = Due(self.delivery.ledger, lambda: At(self.now, self.now))
        self.taken_up: list[str] = []

    def at(self) -> At:
        return At(self.now, self.now)

    def hand_over(self, message: Message) -> None:
        claim = self.delivery.claim(message, self.at())
        if isinstance(claim, Claimed):
            self.delivery.attempt(claim, self.at())

    def run(self, span: int, step: int = SECOND) -> None:
        end = self.now + span
        while self.now < end:
            for row in self.due.poll():
                self.taken_up.append(row.leader)
                self.delivery.take_up(row.leader, row.channel, row.state, self.at())
            self.now += step


@pytest.fixture
def live(sandbox_with: Callable[..., Sandbox], open_to: Open) -> Callable[..., Live]:
    return lambda *faults: Live(open_to(sandbox_with(*faults)).delivery)


def test_what_waits_goes_when_it_is_due_and_not_before(live: Callable[..., Live], say: Say) -> None:
    worker = live()
    worker.hand_over(say(intervals=((5 * MINUTE, HOUR),)))
    worker.run(4 * MINUTE)
    assert worker.taken_up == []
    worker.run(2 * MINUTE)
    assert len(worker.taken_up) == 1
    assert worker.delivery.ledger.due(HOUR) == []


def test_a_claim_whose_worker_died_is_looked_up_and_sent(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    worker = Live(open_to(sandbox).delivery)
    worker.delivery.ledger.claim(say(), worker.at(), SANDBOX)
    worker.run(LEASE - SECOND)
    assert worker.taken_up == []
    worker.run(SETTLE + 3 * LAG)
    assert len(sandbox.accepted()) == 1
    assert sandbox.accepted()[0].at >= LEASE + SETTLE + 2 * LAG


@pytest.mark.parametrize(("channel", "trouble"), [("sms", Trouble.TAKE_AND_CUT), ("email", Trouble.TAKE_AND_BREAK)])
def test_an_answer_that_was_lost_is_adopted(
    sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say, channel: str, trouble: Trouble
) -> None:
    sandbox = sandbox_with(Fault(trouble))
    worker = Live(open_to(sandbox).delivery)
    worker.hand_over(say(channel=channel))
    worker.run(SETTLE + 3 * LAG)
    (taken,) = sandbox.accepted()
    settled = worker.delivery.claim(say(channel=channel), worker.at())
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert (settled.row.state, settled.row.provider_id) == (State.SENT, taken.provider_id)


def test_a_row_is_not_handed_out_again_while_it_rests(live: Callable[..., Live], say: Say) -> None:
    worker = live()
    worker.delivery.ledger.claim(say(intervals=((2_000, HOUR),)), worker.at(), SANDBOX)
    worker.now = 2_000
    assert len(worker.due.poll()) == 1
    assert worker.due.poll() == []
    worker.now += REST
    assert len(worker.due.poll()) == 1  # whoever had it has died


def test_what_is_worth_little_longer_does_not_wait_for_an_earlier_one_until_it_is_worth_nothing(
    sandbox: Sandbox, open_to: Open, say: Say, undo: Callable[..., Withdraw]
) -> None:
    worker = Live(open_to(sandbox).delivery)
    first = worker.delivery.claim(say(), worker.at())  # in flight when it is withdrawn and said anew
    assert isinstance(first, Claimed)
    worker.delivery.ledger.withdraw(undo(), worker.at())
    worker.hand_over(say(generation=1, to="+48500000456", valid_until=10 * MINUTE))
    worker.delivery.ledger.settle(first, Settlement(Event.NOT_SENT, "20429", due_at=2_000), worker.at())
    worker.run(9 * MINUTE)
    assert [taken.to for taken in sandbox.accepted()] == ["+48500000456"]


def test_many_that_are_due_come_in_pieces_and_none_starves(live: Callable[..., Live], say: Say) -> None:
    worker = live()
    for name in "abcdefg":
        worker.delivery.ledger.claim(say(name, intervals=((2_000, HOUR),)), worker.at(), SANDBOX)
    worker.now = 3_000
    worker.due.most = 3
    assert [len(worker.due.poll()) for _ in range(4)] == [3, 3, 1, 0]


def test_a_backlog_does_not_keep_doubts_from_being_looked_up(live: Callable[..., Live], say: Say) -> None:
    worker = live()
    ledger = worker.delivery.ledger
    for name in "abcdefg":
        ledger.claim(say(name, intervals=((2_000, HOUR),)), worker.at(), SANDBOX)
    flying = ledger.claim(say("z"), worker.at(), SANDBOX)
    worker.now, worker.due.most = 1_000 + LEASE, 2
    first = worker.due.poll()
    assert flying.row is not None
    assert [row.leader == flying.row.leader for row in first] == [True, False]


def test_a_source_goes_on_after_the_store_was_down_and_sleeps_between(
    live: Callable[..., Live], say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = live()
    worker.hand_over(say(intervals=((2_000, HOUR),)))
    slept: list[float] = []
    real, answers = worker.due.poll, iter([True, False, False])

    def poll() -> list[Row]:
        if next(answers):
            raise StoreDown("OperationalError")
        return real()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        worker.now += int(seconds * SECOND)

    monkeypatch.setattr(worker.due, "poll", poll)
    rows = list(worker.due.watch(sleep, lambda: len(slept) < 3))
    assert [row.state for row in rows] == [State.DEFERRED]
    assert slept == [1.0, 1.0, 1.0]


def test_an_outage_of_an_hour_ends_with_each_message_sent_once_but_what_is_stale(
    sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say
) -> None:
    sandbox = sandbox_with(Fault(Trouble.OUTAGE, until=HOUR))
    worker = Live(open_to(sandbox).delivery)
    for number, name in enumerate("abcdef"):
        valid = 30 * MINUTE if name == "f" else 10 * HOUR
        worker.hand_over(say(name, text=f"paczka {name}", valid_until=valid, intervals=((1_000, valid),)))
        worker.run(number * MINUTE, 10 * SECOND)
    worker.run(3 * HOUR, 10 * SECOND)
    assert sorted(taken.text[-1] for taken in sandbox.accepted()) == list("abcde")
    stale = worker.delivery.claim(say("f", valid_until=30 * MINUTE), worker.at())
    assert isinstance(stale, Settled)
    assert stale.row is not None
    assert (stale.row.state, stale.row.reason) == (State.FAILED, EXPIRED)
    assert worker.delivery.ledger.incidents() == {}


def test_a_backlog_of_the_evening_and_a_retry_due_at_night_wait_for_the_morning(
    sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say
) -> None:
    evening, stopped, back, morning = 20 * HOUR, 20 * HOUR, 23 * HOUR + 30 * MINUTE, 32 * HOUR
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=stopped))
    worker = Live(open_to(sandbox).delivery, now=evening - 10 * SECOND)
    hours = {"intervals": ((8 * HOUR, evening), (morning, 44 * HOUR)), "valid_until": 44 * HOUR}
    for name in "abc":
        worker.hand_over(say(name, text=f"paczka {name}", at=evening - 20 * SECOND, **hours))
    worker.now = back  # the worker was stopped meanwhile
    late = Live(worker.delivery, now=back)
    late.hand_over(say("d", text="paczka d", at=evening - SECOND, **hours))
    late.run(2 * HOUR + 30 * MINUTE, MINUTE)  # 02:00
    assert sandbox.accepted() == []
    late.run(morning - late.now + 10 * MINUTE, MINUTE)
    assert sorted(taken.text[-1] for taken in sandbox.accepted()) == list("abcd")
    assert all(morning <= taken.at for taken in sandbox.accepted())


@pytest.mark.parametrize("place", ["deferred", "unknown", "parked"])
def test_what_is_superseded_while_it_waits_for_anything_is_never_sent(
    sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say, undo: Callable[..., object], place: str
) -> None:
    troubles = {"deferred": Trouble.LIMIT, "unknown": Trouble.CUT, "parked": Trouble.CUT}
    sandbox = sandbox_with(Fault(troubles[place], until=MINUTE))
    worker = Live(open_to(sandbox).delivery)
    worker.hand_over(say(on_unknown="never_resend" if place == "parked" else "reconcile"))
    if place == "parked":
        worker.run(10 * MINUTE)
    states = {"deferred": Deferred, "unknown": Taken, "parked": Settled}
    assert isinstance(worker.delivery.claim(say(), worker.at()), states[place])
    worker.delivery.ledger.withdraw(undo(at=worker.now), worker.at())  # type: ignore[arg-type]
    worker.run(HOUR, 10 * SECOND)
    assert sandbox.accepted() == []


def test_a_store_that_is_down_after_the_post_is_told_within_the_lease(
    sandbox: Sandbox, open_to: Open, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Live(open_to(sandbox).delivery)
    ledger, failures = worker.delivery.ledger, iter([True] * 20)
    real = type(ledger).settle

    def settle(self: object, *arguments: object) -> object:
        if next(failures, False):
            raise StoreDown("OperationalError")
        return real(self, *arguments)  # type: ignore[arg-type]

    def sleep(seconds: float) -> None:
        worker.now += int(seconds * SECOND)

    monkeypatch.setattr(type(ledger), "settle", settle)
    patient = replace(worker.delivery, sleep=sleep)
    claimed = patient.claim(say(), worker.at())
    assert isinstance(claimed, Claimed)
    settled = patient.attempt(claimed, worker.at())
    assert isinstance(settled, Settled)
    assert worker.now == 1_000 + 20 * SECOND
    assert len(sandbox.accepted()) == 1


def test_a_store_that_stays_down_is_given_up_with_the_lease_and_the_message_is_adopted_later(
    sandbox: Sandbox, open_to: Open, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Live(open_to(sandbox).delivery)

    def settle(*arguments: object) -> object:
        raise StoreDown("OperationalError")

    def sleep(seconds: float) -> None:
        worker.now += int(seconds * SECOND)

    patient = replace(worker.delivery, sleep=sleep)
    claimed = patient.claim(say(), worker.at())
    assert isinstance(claimed, Claimed)
    with monkeypatch.context() as down:
        down.setattr(type(worker.delivery.ledger), "settle", settle)
        with pytest.raises(StoreDown):
            patient.attempt(claimed, worker.at())
    assert worker.now < claimed.row.lease_until
    worker.run(10 * MINUTE, SECOND)
    assert len(sandbox.accepted()) == 1
    settled = worker.delivery.claim(say(), worker.at())
    assert isinstance(settled, Settled)


def test_who_was_handed_nothing_in_a_run_is_served_at_its_end(
    sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say
) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=MINUTE))
    delivery = open_to(sandbox).delivery
    for who in ("c1", "c2", "c3"):
        delivery.deliver([say(recipient=who)], until=2_000)
    outcomes = delivery.sweep(HOUR, lambda shop, recipient: recipient == "c2")
    assert [(outcome.recipient, outcome.state) for outcome in outcomes] == [("c1", "sent"), ("c3", "sent")]
    assert delivery.sweep(HOUR, lambda shop, recipient: recipient == "c2") == []


def test_what_was_settled_and_never_told_is_told_again(live: Callable[..., Live], say: Say) -> None:
    worker = live()
    views = Records(worker.delivery.ledger.store)
    early, late = say("a", intervals=((5 * MINUTE, HOUR),)), say("b", intervals=((20 * MINUTE, HOUR),))
    views.write([early, late])
    for message in (early, late):
        worker.hand_over(message)
    worker.run(10 * MINUTE)
    mark = worker.now - 6 * MINUTE
    (told,) = outcomes_since(worker.delivery.ledger, views, mark)
    assert (told.state, told.order, told.slots, told.cost) == ("sent", early.order, early.slots, early.cost)
    assert list(outcomes_since(worker.delivery.ledger, views, worker.now)) == []
    views.write([told])
    assert told in views.all()


def test_what_was_in_flight_is_told_to_be_in_doubt(live: Callable[..., Live], say: Say) -> None:
    worker = live()
    views = Records(worker.delivery.ledger.store)
    views.write([say("a")])
    worker.delivery.claim(say("a"), worker.at())
    assert [told.state for told in outcomes_since(worker.delivery.ledger, views, 0)] == [State.UNKNOWN]
