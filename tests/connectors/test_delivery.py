"""Delivery as one recipient sees it: what arrives, when, and what does not."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.connector import Connector, Sent
from connectors.delivery import LEASE_SHORT
from connectors.flow import Account
from connectors.opening import Opened
from connectors.retries import Patience
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.store.claims import GUARD, LEASE, READ_TIMEOUT, At, Claimed
from connectors.store.opening import SANDBOX
from pipelines.rules.ledger import EXPIRED, OPTED_OUT, SUPERSEDED, Backoff
from schemas.errors import Transient
from schemas.messages import Message, Outcome, Withdraw
from schemas.times import HOUR, MINUTE, SECOND

Say = Callable[..., Message]
Undo = Callable[..., Withdraw]
Open = Callable[..., Opened]
Start = Callable[..., Sandbox]

OTHER_PHONE = "+48500000456"


def told(outcomes: list[Outcome]) -> list[tuple[str, str, str, int]]:
    """What one reads first of outcomes."""
    return [(o.channel, o.state, o.reason, o.at) for o in outcomes]


def test_a_message_is_sent_once_however_often_it_comes(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    delivery = open_to(sandbox).delivery
    first = delivery.deliver([say(), say(), say("b", "email")])
    assert sorted(told(first)) == [("email", "sent", "", 1_000), ("sms", "sent", "", 1_000)]
    assert delivery.deliver([say("b", "email"), say()]) == first
    assert open_to(sandbox).delivery.deliver([say(), say("b", "email")]) == first
    assert len(sandbox.accepted()) == 2


def test_an_outcome_tells_what_it_cost_and_where_it_is(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    (outcome,) = open_to(sandbox).delivery.deliver([say(segments=2, currency="PLN")])
    (taken,) = sandbox.accepted()
    assert (outcome.provider, outcome.provider_id, outcome.key) == ("twilio", taken.provider_id, taken.key)
    assert (outcome.segments, outcome.country, outcome.attempts) == (2, "PL", 1)


def test_a_limited_message_goes_later_by_message_time(sandbox_with: Start, open_to: Open, say: Say) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=80 * SECOND))
    (outcome,) = open_to(sandbox).delivery.deliver([say()])
    (taken,) = sandbox.accepted()
    assert (outcome.state, outcome.attempts) == ("sent", 3)  # after about 30 and 90 seconds
    assert 90 * SECOND <= taken.at == outcome.at <= 101 * SECOND


def test_a_refused_connection_is_tried_again(sandbox_with: Start, open_to: Open, say: Say) -> None:
    sandbox = sandbox_with(Fault(Trouble.REFUSE, count=1))
    (outcome,) = open_to(sandbox).delivery.deliver([say()])
    assert (outcome.state, outcome.attempts) == ("sent", 2)
    assert len(sandbox.accepted()) == 1


def test_what_still_waits_at_the_end_is_deferred_and_goes_in_the_next_run(
    sandbox_with: Start, open_to: Open, say: Say
) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=20 * SECOND))
    delivery = open_to(sandbox).delivery
    (waiting,) = delivery.deliver([say()], until=10 * SECOND)
    assert (waiting.state, waiting.reason) == ("deferred", "20429")
    assert delivery.deliver([say()], until=10 * SECOND) == [waiting]
    assert sandbox.accepted() == []
    (sent,) = delivery.deliver([say()], until=HOUR)
    assert sent.state == "sent"


def test_what_waits_in_the_ledger_goes_though_it_is_not_handed_over_again(
    sandbox_with: Start, open_to: Open, say: Say
) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=20 * SECOND))
    delivery = open_to(sandbox).delivery
    delivery.deliver([say("a")], until=10 * SECOND)
    outcomes = delivery.deliver([say("b", at=50 * SECOND)], until=HOUR)
    assert [(o.slots[0].occurrence, o.state) for o in outcomes] == [("a", "sent"), ("b", "sent")]


def test_a_retry_that_falls_into_the_night_waits_for_the_morning(sandbox_with: Start, open_to: Open, say: Say) -> None:
    evening, morning = 20 * HOUR, 32 * HOUR
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=evening))
    open_hours = ((8 * HOUR, evening), (morning, 44 * HOUR))
    message = say(at=evening - SECOND, intervals=open_hours, valid_until=44 * HOUR)
    (outcome,) = open_to(sandbox).delivery.deliver([message])
    assert (outcome.state, outcome.at) == ("sent", morning)
    assert [taken.at for taken in sandbox.accepted()] == [morning]


def test_a_retry_past_validity_is_not_sent(sandbox_with: Start, open_to: Open, say: Say) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=HOUR))
    valid = MINUTE
    (outcome,) = open_to(sandbox).delivery.deliver([say(valid_until=valid, intervals=((1_000, valid),))])
    assert (outcome.state, outcome.reason) == ("failed", EXPIRED)
    assert sandbox.accepted() == []


def test_a_status_that_overtakes_a_message_waiting_for_its_retry_leaves_it_unsent(
    sandbox_with: Start, open_to: Open, say: Say, undo: Undo
) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=20 * SECOND))
    (outcome,) = open_to(sandbox).delivery.deliver([say(), undo(at=10 * SECOND)])
    assert (outcome.state, outcome.reason, outcome.at) == ("failed", SUPERSEDED, 10 * SECOND)
    assert sandbox.accepted() == []


def test_a_withdrawal_after_the_sending_changes_nothing(sandbox: Sandbox, open_to: Open, say: Say, undo: Undo) -> None:
    (outcome,) = open_to(sandbox).delivery.deliver([say(), undo()])
    assert outcome.state == "sent"


def test_a_withdrawal_of_the_same_moment_comes_first(sandbox: Sandbox, open_to: Open, say: Say, undo: Undo) -> None:
    (outcome,) = open_to(sandbox).delivery.deliver([say(at=2_000), undo(at=2_000)])
    assert (outcome.state, outcome.reason) == ("failed", SUPERSEDED)


def test_a_changed_phone_is_written_to_once_and_only_the_new_one(
    sandbox_with: Start, open_to: Open, say: Say, undo: Undo
) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=20 * SECOND))
    items = [say(), undo(at=10 * SECOND), say(generation=1, at=10 * SECOND, to=OTHER_PHONE, cause="readdressed")]
    delivery = open_to(sandbox).delivery
    outcomes = delivery.deliver(items)
    assert [(o.generation, o.state) for o in outcomes] == [(0, "failed"), (1, "sent")]
    assert [taken.to for taken in sandbox.accepted()] == [OTHER_PHONE]
    assert delivery.deliver(list(reversed(items))) == outcomes
    assert len(sandbox.accepted()) == 1


def test_a_phone_that_changed_after_the_sending_is_not_written_to_again(
    sandbox: Sandbox, open_to: Open, say: Say, undo: Undo
) -> None:
    outcomes = open_to(sandbox).delivery.deliver([say(), undo(), say(generation=1, at=2_000, to=OTHER_PHONE)])
    assert [(o.generation, o.state, o.reason) for o in outcomes] == [(0, "sent", ""), (1, "failed", "told_before")]
    assert len(sandbox.accepted()) == 1


@pytest.mark.parametrize("bad", ["+48500021614", "+48220000000", "+4850"])
def test_a_refused_address_lets_the_next_channel_take_over_at_once(
    sandbox: Sandbox, open_to: Open, say: Say, bad: str
) -> None:
    outcomes = open_to(sandbox).delivery.deliver([say(to=bad, otherwise=say(channel="email"))])
    assert {(o.channel, o.state, o.at) for o in outcomes} == {("sms", "failed", 1_000), ("email", "sent", 1_000)}
    assert [taken.channel for taken in sandbox.accepted()] == ["email"]


def test_what_takes_over_waits_for_its_own_hours(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    mail = say(channel="email", intervals=((HOUR, 2 * HOUR),), valid_until=2 * HOUR)
    outcomes = open_to(sandbox).delivery.deliver([say(to="+48500021614", otherwise=mail)])
    assert told(outcomes)[1] == ("email", "sent", "", HOUR)


def test_a_fault_of_ours_does_not_fall_back(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    outcomes = open_to(sandbox).delivery.deliver([say(text="a" * 1_601, otherwise=say(channel="email"))])
    assert told(outcomes) == [("sms", "failed", "21617", 1_000)]


def test_a_stop_holds_before_the_next_message(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    sandbox.stop_phone("+48500000123", since=1_000)
    items = [say("a"), say("b", at=2_000), say("c", "email", at=3_000)]
    delivery = open_to(sandbox).delivery
    outcomes = delivery.deliver(items)
    assert [(o.channel, o.state, o.reason) for o in outcomes] == [
        ("sms", "failed", OPTED_OUT),
        ("sms", "failed", OPTED_OUT),
        ("email", "sent", ""),
    ]
    assert [o.attempts for o in outcomes] == [1, 0, 1]
    assert sandbox.book.requests(outcomes[1].key) == 0


def test_what_ends_in_doubt_is_said_so_and_not_sent_again(
    sandbox_with: Start, open_to: Open, say: Say, undo: Undo
) -> None:
    sandbox = sandbox_with(Fault(Trouble.TAKE_AND_CUT))
    delivery = open_to(sandbox).delivery
    (outcome,) = delivery.deliver([say()], until=2_000)
    assert (outcome.state, outcome.reason, outcome.segments) == ("unknown", "ProtocolError", 0)
    assert delivery.deliver([say(), undo()], until=2_000) == [outcome]
    assert len(sandbox.accepted()) == 1


def test_a_generation_waits_behind_one_in_doubt(sandbox_with: Start, open_to: Open, say: Say, undo: Undo) -> None:
    sandbox = sandbox_with(Fault(Trouble.TAKE_AND_CUT, until=2_000))
    delivery = open_to(sandbox).delivery
    items = [say(), undo(), say(generation=1, at=2_000)]
    assert [(o.generation, o.state) for o in delivery.deliver(items, until=MINUTE)] == [(0, "unknown"), (1, "deferred")]
    assert [(o.generation, o.state) for o in delivery.deliver(items, until=HOUR)] == [(0, "sent"), (1, "failed")]
    assert len(sandbox.accepted()) == 1


def test_a_worker_that_died_with_a_claim_leaves_doubt_and_not_a_second_message(
    sandbox: Sandbox, open_to: Open, say: Say
) -> None:
    opened = open_to(sandbox)
    assert isinstance(opened.delivery.ledger.claim(say(), At(1_000, 0), SANDBOX), Claimed)
    early = replace(opened.delivery, machine=lambda: LEASE - 1).deliver([say()])
    assert [(o.state, o.reason) for o in early] == [("unknown", "")]
    late = replace(opened.delivery, machine=lambda: LEASE).deliver([say()], until=1_000)
    assert [(o.state, o.reason) for o in late] == [("unknown", "lease_over")]
    assert sandbox.accepted() == []
    looked_up = replace(opened.delivery, machine=lambda: LEASE).deliver([say()])
    assert [(o.state, o.attempts) for o in looked_up] == [("sent", 2)]
    assert len(sandbox.accepted()) == 1


def test_a_configuration_error_closes_the_channel_and_loses_nothing(
    sandbox: Sandbox, open_to: Open, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = open_to(sandbox).delivery
    flow: Any = delivery.connectors["sms"]
    broken = Account("twilio", replace(flow.accounts[0].connector, token="wrong"))
    wrong = replace(delivery, connectors={**delivery.connectors, "sms": replace(flow, accounts=(broken,))})
    items = [say("a"), say("b", at=2_000), say("c", "email", at=2_000)]
    with caplog.at_level(logging.ERROR):
        outcomes = wrong.deliver(items)
    assert {(o.slots[0].occurrence, o.state, o.reason) for o in outcomes} == {
        ("a", "deferred", "20003"),
        ("b", "deferred", "20003"),
        ("c", "sent", ""),
    }
    assert "breaker twilio is open: 20003" in caplog.text
    flow.breakers.close("twilio")
    assert [o.state for o in delivery.deliver(items)] == ["sent", "sent", "sent"]


def test_a_channel_without_a_connector_waits(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    outcomes = open_to(sandbox, channels=("sms",)).delivery.deliver([say("a"), say("b", "email")])
    assert {(o.channel, o.state, o.reason) for o in outcomes} == {
        ("sms", "sent", ""),
        ("email", "deferred", "no_connector"),
    }


def test_a_merged_message_gives_one_outcome_for_its_slots(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    (outcome,) = open_to(sandbox).delivery.deliver([say("abc")])
    assert [slot.occurrence for slot in outcome.slots] == ["a", "b", "c"]
    assert len(sandbox.accepted()) == 1


def test_a_merged_message_one_slot_of_which_is_withdrawn_goes_anew_without_it(
    sandbox_with: Start, open_to: Open, say: Say, undo: Undo
) -> None:
    sandbox = sandbox_with(Fault(Trouble.LIMIT, until=20 * SECOND))
    items = [say("ab"), undo("a", at=10 * SECOND), say("b", at=10 * SECOND, generation=1, text="only b")]
    outcomes = open_to(sandbox).delivery.deliver(items)
    assert [(len(o.slots), o.state, o.reason) for o in outcomes] == [(2, "failed", SUPERSEDED), (1, "sent", "")]
    assert [taken.text for taken in sandbox.accepted()] == ["only b"]


def test_two_runs_on_two_stores_give_the_same_outcomes(
    sandbox_with: Start, open_to: Open, say: Say, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from connectors.opening import SandboxDelivery

    faults = (Fault(Trouble.LIMIT, until=HOUR, share=0.5), Fault(Trouble.TAKE_AND_BREAK, share=0.2))
    items = [say(name, at=1_000 + number) for number, name in enumerate("abcdefghij")]
    runs = []
    for _ in range(2):
        sandbox = sandbox_with(*faults)
        opened = SandboxDelivery(f"sqlite:///{tmp_path_factory.mktemp('run')}/a.db", sandbox.address)()
        runs.append((opened.delivery.deliver(items), sandbox.accepted()))
        opened.close()
    assert runs[0] == runs[1]
    assert [o.state for o in runs[0][0]] == ["sent"] * 10
    assert len({taken.key for taken in runs[0][1]}) == len(runs[0][1]) == 10


def test_short_trouble_is_waited_for_only_where_someone_lets_it(sandbox_with: Start, open_to: Open, say: Say) -> None:
    slept: list[float] = []
    sandbox = sandbox_with(Fault(Trouble.LIMIT, count=2))
    delivery = open_to(sandbox).delivery
    patient = replace(delivery, patience=Patience(tries=3, sleep=slept.append), backoff=Backoff(first=1_000))
    (outcome,) = patient.deliver([say()])
    assert outcome.state == "sent"
    assert len(slept) == 4  # two within each of the first two claims; the third claim goes through at once


def test_patience_ends_with_the_lease() -> None:
    tried: list[int] = []

    def post() -> None:
        tried.append(1)
        raise Transient("20429", retry_after=1_000)

    slept: list[float] = []
    with pytest.raises(Transient):
        Patience(tries=5, sleep=slept.append).send(post, lambda: len(tried) < 2)  # type: ignore[arg-type]
    assert len(tried) == 2
    assert slept == [1.0]


@dataclass
class Stalling:
    """A connector that stands still before it writes: a name that is looked up, a store that is asked."""

    way: Connector
    stall: Callable[[], None]
    realm: str = SANDBOX
    channel: str = "sms"

    def send(self, message: Message, key: str, attempt: int, message_time: int) -> Sent:
        self.stall()
        return self.way.send(message, key, attempt, message_time)


@pytest.mark.parametrize(("stall", "state"), [(LEASE - READ_TIMEOUT - 1, "sent"), (LEASE - READ_TIMEOUT, "deferred")])
def test_nothing_is_written_once_its_answer_could_come_after_the_lease(
    sandbox: Sandbox, open_to: Open, say: Say, stall: int, state: str
) -> None:
    delivery, machine = open_to(sandbox).delivery, [5_000]
    way = Stalling(delivery.connectors["sms"], lambda: machine.append(machine[-1] + stall))
    delivery = replace(delivery, connectors={"sms": way}, machine=lambda: machine[-1])
    claimed = delivery.claim(say(), At(2_000, machine[-1]))
    assert isinstance(claimed, Claimed)
    after = delivery.attempt(claimed, At(2_000, machine[-1])).row
    assert after is not None
    assert (after.state, len(sandbox.accepted())) == (state, state == "sent")


@pytest.mark.parametrize(("paused", "reason"), [(LEASE - GUARD - 1, ""), (LEASE - GUARD, LEASE_SHORT)])
def test_no_post_begins_that_could_outlast_the_lease(
    sandbox: Sandbox, open_to: Open, say: Say, paused: int, reason: str
) -> None:
    machine = [5_000]
    delivery = replace(open_to(sandbox).delivery, machine=lambda: machine[-1])
    claimed = delivery.claim(say(), At(2_000, machine[-1]))
    assert isinstance(claimed, Claimed)
    machine.append(machine[-1] + paused)
    after = delivery.attempt(claimed, At(2_000, machine[-1])).row
    assert after is not None
    assert (after.reason, len(sandbox.accepted())) == (reason, 0 if reason else 1)


def test_no_words_and_no_address_are_logged_or_raised(
    sandbox_with: Start, open_to: Open, say: Say, undo: Undo, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = sandbox_with(Fault(Trouble.TAKE_AND_CUT, share=0.3), Fault(Trouble.LIMIT, until=HOUR, share=0.5))
    numbers = ["+48500000123", "+48500021614", "+48500021610", "+48500020503", "+48500021606"]
    items: list[Message | Withdraw] = [say(str(place), to=to) for place, to in enumerate(numbers)]
    items += [say("m", "email"), say("n", "email", to="test-400@poczta.example"), undo("m")]
    with caplog.at_level(logging.DEBUG):
        outcomes = open_to(sandbox).delivery.deliver(items)
    said = caplog.text + repr(outcomes)
    for personal in (*(number[1:] for number in numbers), "poczta.example", "paczka", "Dzień"):
        assert personal not in said


def test_nothing_in_the_environment_leads_out_of_the_sandbox(
    sandbox: Sandbox, open_to: Open, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = {
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_REGION": "ie1",
        "TWILIO_EDGE": "dublin",
        "SENDGRID_API_KEY": "SG.secret",
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "http_proxy": "http://proxy.example:3128",
    }
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    asked: list[object] = []
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: (asked.append(to), real(self, to))[1])
    outcomes = open_to(sandbox).delivery.deliver([say("a"), say("b", "email")])
    assert [o.state for o in outcomes] == ["sent", "sent"]
    assert {to[0] for to in asked if isinstance(to, tuple)} == {"127.0.0.1"}
