"""What a provider took and said no more of is asked about once, and its answer counts as a callback's would."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.delivery import Delivery
from connectors.due import ASKED_ABOUT, REST, Due
from connectors.log.publisher import Entry, MemoryPublisher
from connectors.metering import Counts
from connectors.opening import Opened
from connectors.receipts.receipt import Said
from connectors.receipts.twilio_posts import receipt_of
from connectors.reconcile import NoLookUp
from connectors.sandbox.course import Pace
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox, Ways
from connectors.store.claims import At
from connectors.store.evidence import Receiving
from connectors.unheard import Taken, Unheard
from pipelines.rules.ledger import State
from pipelines.rules.unheard import PATIENCE, UNHEARD, ask_again
from schemas.envelope import read_structured
from schemas.errors import ConfigurationError, LogDown, Transient
from schemas.messages import Message
from schemas.metrics import ASKED
from schemas.times import HOUR, MINUTE, SECOND, Millis
from tests.connectors.scripted import answer, sendgrid, twilio

Say = Callable[..., Message]
Open = Callable[..., Opened]
Said3 = list[tuple[str, str, str]]

T: Millis = 1_790_000_000_000
WINDOW = {"at": T, "valid_until": T + 10**9, "intervals": ((T, T + 10**9),)}
ENDS: dict[str, tuple[dict[str, str], State, Said3]] = {
    "an SMS that came": ({}, State.DELIVERED, [("sms", "delivered", "")]),
    "an SMS that did not": ({"to": "+48500030003"}, State.UNDELIVERED, [("sms", "undelivered", "30003")]),
    "an SMS that nobody knows of": ({"to": "+48500030000"}, State.SENT, []),
    "a mail that came": ({"channel": "email"}, State.DELIVERED, [("email", "delivered", "")]),
    "a mail that bounced": (
        {"channel": "email", "to": "test-bounce@poczta.example"},
        State.UNDELIVERED,
        [("email", "undelivered", "5.1.1")],
    ),
    "a mail that nobody knows of": ({"channel": "email", "to": "test-lost@poczta.example"}, State.SENT, []),
}


class Shut:
    """A log that takes nothing."""

    def publish(self, entries: Sequence[Entry]) -> None:
        raise LogDown(f"{len(entries)} events")


class Worker:
    """A live worker whose one clock moves message time and machine time alike; no callback ever comes."""

    def __init__(self, sandbox: Sandbox, opened: Opened) -> None:
        self.now = T
        self.sandbox = sandbox
        self.delivery: Delivery = replace(opened.delivery, machine=lambda: self.now)
        self.log = MemoryPublisher()
        self.due = Due(self.delivery.ledger, self.at)
        self.meter = Counts()
        self.unheard = Unheard(Receiving(self.delivery.ledger), self.delivery.connectors, self.log, self.meter)
        self.asked: list[str] = []

    def at(self) -> At:
        return At(self.now, self.now)

    def send(self, *messages: Message) -> None:
        for message in messages:
            self.delivery.hand_over(message, self.at())

    def pass_by(self, span: Millis) -> None:
        """Let time go by, and take up what is due by then."""
        self.now += span
        for row in self.due.poll():
            assert row.state == State.SENT
            self.asked.append(row.leader)
            self.unheard.ask(row.leader, self.at())

    def states(self) -> list[str]:
        return [rows[0].state for rows in self.delivery.ledger.changed(0)]

    def said(self) -> Said3:
        read: list[Any] = [read_structured(entry.event).data for entry in self.log.entries]
        return [(data.channel, data.said, data.code) for data in read]


@pytest.fixture
def work(open_to: Open) -> Any:
    started: list[Sandbox] = []

    def start(*faults: Fault) -> Worker:
        started.append(Sandbox.start(faults, ways=Ways(pace=Pace(sent=2 * SECOND, final=5 * SECOND))))
        return Worker(started[-1], open_to(started[-1]))

    yield start
    for sandbox in started:
        sandbox.close()


Work = Callable[..., Worker]


@pytest.mark.parametrize(("changes", "state", "said"), ENDS.values(), ids=ENDS)
def test_what_became_of_it_is_asked_once(work: Work, say: Say, changes: Any, state: State, said: Said3) -> None:
    worker = work()
    worker.send(say(**WINDOW, **changes))
    worker.pass_by(UNHEARD - SECOND)
    assert worker.asked == []
    worker.pass_by(SECOND)
    assert len(worker.asked) == 1
    assert (worker.states(), worker.said()) == ([state], said)
    channel = changes.get("channel", "sms")
    assert worker.meter.total(ASKED, channel, "told" if said else "silent") == 1
    worker.pass_by(UNHEARD)
    assert len(worker.asked) == 1


def test_what_a_callback_told_of_is_not_asked_about(work: Work, say: Say) -> None:
    worker = work()
    worker.send(say(**WINDOW))
    (accepted,) = worker.sandbox.accepted()
    worker.unheard.receiving.take(
        receipt_of(accepted.provider_id, "delivered", "", accepted.key, worker.now), worker.now
    )
    worker.pass_by(UNHEARD)
    assert (worker.asked, worker.states()) == ([], [State.DELIVERED])


def test_a_log_that_does_not_take_the_answer_hears_it_at_the_next_try(work: Work, say: Say) -> None:
    worker = work()
    worker.send(say(to="+48500030003", **WINDOW))
    worker.unheard = replace(worker.unheard, publisher=Shut())
    with pytest.raises(LogDown):
        worker.pass_by(UNHEARD)
    worker.unheard = replace(worker.unheard, publisher=worker.log)
    worker.pass_by(REST)
    assert (worker.states(), worker.said()) == ([State.UNDELIVERED], [("sms", "undelivered", "30003")])


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_what_was_adopted_after_a_doubt_is_asked_about_too(work: Work, say: Say, channel: str) -> None:
    worker = work(Fault(Trouble.TAKE_AND_CUT, count=1))
    worker.send(say(channel=channel, **WINDOW))
    for _ in range(5):
        worker.now += MINUTE
        for row in worker.due.poll():
            worker.delivery.take_up(row.leader, row.channel, row.state, worker.at())
    assert worker.states() == [State.SENT]
    worker.pass_by(UNHEARD)
    assert (len(worker.asked), worker.states()) == (1, [State.DELIVERED])


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_provider_that_does_not_answer_is_asked_an_hour_later(work: Work, say: Say, channel: str) -> None:
    worker = work(Fault(Trouble.OUTAGE, since=T + HOUR, until=T + UNHEARD + HOUR))
    worker.send(say(channel=channel, **WINDOW))
    worker.pass_by(UNHEARD)
    worker.pass_by(HOUR - SECOND)
    assert (len(worker.asked), worker.states()) == (1, [State.SENT])
    assert worker.meter.total(ASKED, channel, "unreachable") == 1
    worker.pass_by(SECOND)
    assert (len(worker.asked), worker.states()) == (2, [State.DELIVERED])


def test_a_provider_that_never_answers_is_given_up() -> None:
    times = [ask_again(T, asked) for asked in range(1, PATIENCE + 5)]
    assert times == [T + HOUR] * (PATIENCE - 1) + [0] * 5


def test_a_day_without_callbacks_is_asked_about_little_by_little(work: Work, say: Say) -> None:
    worker = work()
    worker.send(*(say(str(place), recipient=f"c{place}", **WINDOW) for place in range(2 * ASKED_ABOUT + 1)))
    worker.pass_by(UNHEARD)
    worker.pass_by(SECOND)
    assert len(worker.asked) == 2 * ASKED_ABOUT
    worker.pass_by(SECOND)
    assert worker.states() == [State.DELIVERED] * (2 * ASKED_ABOUT + 1)


# --- what providers may answer


def taken(provider_id: str) -> Taken:
    return Taken(provider_id, "k" * 32, T - MINUTE, T + MINUTE, T + UNHEARD)


def test_an_sms_is_asked_by_its_sid() -> None:
    way, transport = twilio(answer({"status": "undelivered", "error_code": 30005}))
    (receipt,) = way.last_words(taken("SM1"))
    assert transport.asked == [("GET", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/SM1.json", None)]
    assert (receipt.said, receipt.code, receipt.provider_id) == (Said.UNDELIVERED, "30005", "SM1")


def test_a_mail_is_found_by_when_it_was_taken_and_how_its_id_begins() -> None:
    logs = [{"sg_message_id": each, "sg_message_id_created_at": "2026"} for each in ("X1.a", "X12.a", "Y.X1.a")]
    delivered = {"event": "delivered", "sg_message_id": "X1.a", "sg_event_id": "e2", "timestamp": T // SECOND}
    events = [{**delivered, "custom_args": {"awizo_key": "k" * 32}}, "no event", {"event": "seen", "timestamp": 1}]
    way, transport = sendgrid(answer({"messages": logs}), answer({"events": events}))
    (receipt,) = way.last_words(taken("X1"))
    assert (receipt.said, receipt.provider_id, receipt.at) == (Said.DELIVERED, "X1", T)
    (_, _, asked), (_, url, _) = transport.asked
    assert "to_email" not in json.loads(asked)["query"]
    assert url == "https://api.sendgrid.com/v3/logs/X1.a"


@pytest.mark.parametrize("provider", [twilio, sendgrid])
@pytest.mark.parametrize(
    ("status", "error"), [(503, Transient), (500, Transient), (403, NoLookUp), (401, ConfigurationError)]
)
def test_an_answer_that_says_nothing_of_it_is_an_error_of_three(
    provider: Callable[..., Any], status: int, error: type[Exception]
) -> None:
    way, _ = provider(answer({}, status))
    with pytest.raises(error):
        way.last_words(taken("SM1"))


@pytest.mark.parametrize(("way", "_"), [twilio(answer({}, 404)), sendgrid(answer({"messages": []}))])
def test_what_a_provider_does_not_know_it_says_nothing_of(way: Any, _: object) -> None:
    assert way.last_words(taken("SM1")) == ()
