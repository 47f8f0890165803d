"""Receipts in the ledger: what a provider says settles what we believe, in any order, any number of times."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import select

from connectors.arrivals import Arrivals
from connectors.opening import Opened
from connectors.receipts.receipt import Incoming, Receipt, Said, Why
from connectors.receipts.sendgrid_events import read_events
from connectors.receipts.twilio_posts import TwilioSecrets, read_status
from connectors.sandbox.address import EVENT_KEY, TOKEN
from connectors.sandbox.course import Pace
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.hooks import Listeners
from connectors.sandbox.server import Sandbox, Ways
from connectors.store import schema
from connectors.store.claims import At, Claimed
from connectors.store.evidence import Receiving, Settled
from connectors.store.opening import SANDBOX
from pipelines.rules import people
from pipelines.rules.ledger import OPTED_OUT, State
from schemas.envelope import read_structured
from schemas.events import ReceiptReceived
from schemas.messages import Message
from schemas.times import SECOND

Say = Callable[..., Message]
Open = Callable[..., Opened]

T = 1_790_000_000_000
PACE = Pace(sent=2 * SECOND, final=5 * SECOND)
WINDOW = {"at": T, "valid_until": T + 10**9, "intervals": ((T, T + 10**9),)}


class Desk:
    """One who takes the sandbox's posts, as a gateway does."""

    def __init__(self, sandbox: Sandbox, opened: Opened) -> None:
        self.sandbox = sandbox
        self.delivery = opened.delivery
        self.ledger = opened.delivery.ledger
        self.receiving = Receiving(self.ledger)
        self.log: list[dict[str, Any]] = []

    def receipts(self) -> list[Receipt]:
        """What the sandbox has to say, read as it would be from the wire."""
        found: list[Any] = []
        for post in self.sandbox.hooks.waiting():
            incoming = Incoming(post.url, post.headers, post.body, post.at)
            if post.provider == "twilio":
                found += read_status(incoming, TwilioSecrets((TOKEN,)))
            else:
                found += read_events(incoming, [EVENT_KEY], post.at)
        return found

    def take(self, receipt: Receipt) -> Settled:
        settled = self.receiving.take(receipt, machine=receipt.at)
        self.log += settled.events
        return settled

    def rows(self) -> list[tuple[str, str, str]]:
        columns = schema.ledger.c
        with self.ledger.store.transaction() as connection:
            found = connection.execute(select(columns.channel, columns.state, columns.reason).order_by(columns.channel))
            return [(row.channel, row.state, row.reason) for row in found]

    def said(self) -> list[tuple[str, str, str]]:
        """The log's events without those that came twice."""
        read = {event["id"]: read_structured(json.dumps(event).encode()).data for event in self.log}
        assert all(isinstance(data, ReceiptReceived) for data in read.values())
        return [(data.channel, data.said, data.code) for data in read.values()]  # type: ignore[attr-defined]


@pytest.fixture
def desk_with(open_to: Open) -> Iterator[Callable[..., Desk]]:
    started: list[Sandbox] = []

    def start(*faults: Fault) -> Desk:
        ways = Ways(Listeners(events="http://127.0.0.1:9/events"), PACE)
        started.append(Sandbox.start(faults, ways=ways))
        return Desk(started[-1], open_to(started[-1]))

    yield start
    for sandbox in started:
        sandbox.close()


@pytest.fixture
def deliver(desk_with: Callable[..., Desk], say: Say) -> Callable[..., Desk]:
    def send(*messages: dict[str, Any], faults: tuple[Fault, ...] = ()) -> Desk:
        desk = desk_with(*faults)
        items = [say(**({"occurrence": str(place)} | WINDOW | each)) for place, each in enumerate(messages)]
        desk.delivery.deliver(items, until=T + SECOND)
        return desk

    return send


Deliver = Callable[..., Desk]


@pytest.mark.parametrize(
    ("message", "state", "reason", "said"),
    [
        ({}, State.DELIVERED, "", ("sms", "delivered", "")),
        ({"to": "+48500030003"}, State.UNDELIVERED, "30003", ("sms", "undelivered", "30003")),
        ({"to": "+48500030036"}, State.UNDELIVERED, "30036", ("sms", "failed", "30036")),
        ({"to": "+48500030000"}, State.SENT, "", None),
        ({"channel": "email"}, State.DELIVERED, "", ("email", "delivered", "")),
        (
            {"channel": "email", "to": "test-bounce@poczta.example"},
            State.UNDELIVERED,
            "5.1.1",
            ("email", "undelivered", "5.1.1"),
        ),
        (
            {"channel": "email", "to": "test-block@poczta.example"},
            State.UNDELIVERED,
            "4.7.0",
            ("email", "undelivered", "4.7.0"),
        ),
        (
            {"channel": "email", "to": "test-invalid@poczta.example"},
            State.UNDELIVERED,
            "invalid",
            ("email", "failed", "invalid"),
        ),
        ({"channel": "email", "to": "test-deferred@poczta.example"}, State.DELIVERED, "", ("email", "delivered", "")),
        ({"channel": "email", "to": "test-lost@poczta.example"}, State.SENT, "", None),
    ],
)
def test_what_became_of_a_message_is_known_and_told(
    deliver: Deliver, message: dict[str, str], state: str, reason: str, said: tuple[str, str, str] | None
) -> None:
    desk = deliver(message)
    for receipt in desk.receipts():
        desk.take(receipt)
    assert desk.rows() == [(message.get("channel", "sms"), state, reason)]
    assert desk.said() == ([said] if said else [])


@pytest.mark.parametrize("to", ["+48500000123", "+48500030005"])
def test_disorder_and_doubles_change_nothing(deliver: Deliver, to: str) -> None:
    for order in itertools.permutations(range(2)):
        desk = deliver({"to": to, "occurrence": f"o{order[0]}"})
        receipts = [desk.receipts()[place] for place in order]
        for receipt in [*receipts, *receipts, receipts[0]]:
            desk.take(receipt)
        expected = State.UNDELIVERED if to.endswith("30005") else State.DELIVERED
        assert {state for _, state, _ in desk.rows()} == {expected}
        assert len({event["id"] for event in desk.log}) == 1
        assert desk.ledger.incidents() == {}


def test_each_message_that_arrives_or_does_not_is_counted_once_for_its_provider(deliver: Deliver) -> None:
    desk = deliver({}, {"to": "+48500030005"}, {"channel": "email"}, {"to": "+48500030000"})
    arrivals = mock.Mock(spec=Arrivals)
    receiving = Receiving(desk.ledger, arrivals)
    for number, receipt in enumerate(desk.receipts() * 2):
        receiving.take(receipt, machine=T + number)
    expected = [mock.call("sendgrid", True), mock.call("twilio", False), mock.call("twilio", True)]
    assert sorted(arrivals.saw.call_args_list, key=repr) == expected


def test_a_failure_that_comes_after_a_delivery_is_not_told(deliver: Deliver) -> None:
    desk = deliver({})
    delivered = desk.receipts()[-1]
    failed = Receipt("twilio", delivered.provider_id, delivered.key, "x", Said.UNDELIVERED, T, "undelivered", "30008")
    desk.take(delivered)
    assert desk.take(failed).events == ()
    assert desk.rows() == [("sms", State.DELIVERED, "")]


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("trouble", [Trouble.TAKE_AND_BREAK, Trouble.TAKE_AND_CUT, Trouble.TAKE_AND_CUT_HEADERS])
def test_a_callback_settles_what_was_in_doubt(deliver: Deliver, channel: str, trouble: Trouble) -> None:
    desk = deliver({"channel": channel}, faults=(Fault(trouble),))
    assert desk.rows()[0][:2] == (channel, State.UNKNOWN)
    settled = desk.take(desk.receipts()[0])
    assert settled.row is not None
    assert (settled.row.state, settled.row.provider_id) == (State.SENT, desk.sandbox.accepted()[0].provider_id)
    assert settled.row.sealed is None


def test_a_callback_overtakes_the_answer_and_the_answer_changes_nothing(
    say: Say, desk_with: Callable[..., Desk]
) -> None:
    desk = desk_with()
    at = At(T, desk.delivery.machine())
    claimed = desk.ledger.claim(say(**WINDOW), at, SANDBOX)
    assert isinstance(claimed, Claimed)
    key = claimed.row.leader
    desk.take(Receipt("twilio", "SM" + "7" * 32, key, "x", Said.DELIVERED, T + 1, "delivered"))
    desk.delivery.attempt(claimed, at)
    assert desk.rows() == [("sms", State.DELIVERED, "")]
    assert desk.ledger.incidents() == {"two_ids_for_one_key": 1}  # the sandbox gave another id: sent twice, and counted


def test_two_ids_for_one_key_are_counted_once_and_never_hidden(deliver: Deliver) -> None:
    desk = deliver({})
    first = desk.receipts()[0]
    second = Receipt("twilio", "SM" + "8" * 32, first.key, "x", Said.UNDELIVERED, T, "undelivered", "30008")
    for receipt in (first, second, second, *desk.receipts()):
        desk.take(receipt)
    assert desk.ledger.incidents() == {"two_ids_for_one_key": 1}
    assert desk.rows() == [("sms", State.DELIVERED, "")]


def test_a_receipt_of_a_message_that_is_none_of_ours_is_nobodys(deliver: Deliver) -> None:
    desk = deliver({})
    stranger = Receipt("twilio", "SM" + "9" * 32, "f" * 32, "x", Said.DELIVERED, T, "delivered")
    assert desk.take(stranger) == Settled(None)
    assert desk.rows() == [("sms", State.SENT, "")]


def test_a_receipt_without_our_key_is_known_by_the_providers_id(deliver: Deliver) -> None:
    desk = deliver({})
    sid = desk.sandbox.accepted()[0].provider_id
    settled = desk.take(Receipt("twilio", sid, "", "x", Said.DELIVERED, T, "delivered"))
    assert settled.row is not None
    assert settled.row.state == State.DELIVERED


@pytest.mark.parametrize("mailbox", ["test-spam", "test-unsubscribe", "test-bounce"])
def test_who_wants_no_more_or_does_not_exist_is_not_written_to_again(deliver: Deliver, say: Say, mailbox: str) -> None:
    to = f"{mailbox}@poczta.example"
    desk = deliver({"channel": "email", "to": to})
    for receipt in desk.receipts():
        desk.take(receipt)
    words = [said for _, said, _ in desk.said()]
    assert words == (["undelivered"] if mailbox == "test-bounce" else ["delivered", "opted_out"])
    later = say("later", "email", to=to, **WINDOW)
    other = say("other", "email", to="ola@poczta.example", **WINDOW)
    outcomes = desk.delivery.deliver([later, other])
    assert {(o.slots[0].occurrence, o.state) for o in outcomes} == {("l", "failed"), ("o", "sent")}


def test_an_opt_out_that_twilio_tells_later_closes_the_number(deliver: Deliver, say: Say) -> None:
    desk = deliver({})
    first = desk.receipts()[0]
    desk.take(
        Receipt("twilio", first.provider_id, first.key, "x", Said.FAILED, T, "failed", "63033", Why.OPTED_OUT, True)
    )
    assert [said for _, said, _ in desk.said()] == ["failed", "opted_out"]
    (outcome,) = desk.delivery.deliver([say("z", **WINDOW)])
    assert (outcome.state, outcome.reason) == ("failed", OPTED_OUT)


def test_events_name_shop_recipient_order_and_slot_and_nothing_personal(deliver: Deliver) -> None:
    desk = deliver({"channel": "email"})
    for receipt in desk.receipts():
        desk.take(receipt)
    (event,) = desk.log
    data = event["data"]
    assert (data["shop"], data["recipient"], data["order"], data["kind"]) == ("sowa", "c1", "o1", "shipped")
    assert (data["subject"], data["occurrence"], data["final"]) == ("inpost/1", "0", False)
    assert event["time"].startswith("2026-09-21")
    assert "poczta" not in json.dumps(event)


def test_the_log_s_event_is_what_plan_takes_as_a_receipt(deliver: Deliver) -> None:
    desk = deliver({"to": "+48500030005"})
    for receipt in desk.receipts():
        desk.take(receipt)
    (event,) = desk.log
    taken = people.receipt(read_structured(json.dumps(event).encode()))
    assert (taken.shop, taken.recipient, taken.order, taken.kind, taken.channel) == (
        "sowa",
        "c1",
        "o1",
        "shipped",
        "sms",
    )
    assert (taken.said, taken.final, taken.code, taken.subject, taken.occurrence) == (
        "undelivered",
        True,
        "30005",
        "inpost/1",
        "0",
    )


def test_the_same_receipt_gives_the_same_events_so_that_none_is_lost_before_it_is_published(deliver: Deliver) -> None:
    desk = deliver({})
    last = desk.receipts()[-1]
    once, again = desk.take(last), desk.take(last)
    assert once.events == again.events
    assert once.events
