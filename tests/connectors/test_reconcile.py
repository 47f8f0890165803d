"""Looking up: what each provider lists, and what of it is ours."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.opening import Opened
from connectors.reconcile import NoLookUp, Wanted, look_up, look_ups_of
from connectors.reconcile_sendgrid import query_of
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.store.doubting import Doubted
from connectors.transport import Ambiguous, Answer, NotSent
from schemas.errors import ConfigurationError, Transient
from schemas.messages import Message
from schemas.times import HOUR, MINUTE
from tests.connectors.scripted import answer, sendgrid, twilio

Say = Callable[..., Message]

T = 1_790_000_000_000
CREATED = "Mon, 21 Sep 2026 14:13:20 +0000"  # T
SIDS = ["SM" + digit * 32 for digit in "123"]


def wanted(message: Message) -> Wanted:
    return Wanted(message, ("k1", "k2"), T - HOUR, T + 5 * MINUTE)


def sms(sid: str, say: Say, **changes: object) -> dict[str, object]:
    message = say()
    usual = {"sid": sid, "to": message.to, "from": message.sender, "body": message.text, "date_created": CREATED}
    return usual | {"direction": "outbound-api", "status": "sent", "messaging_service_sid": None} | changes


def test_an_sms_is_known_by_number_sender_time_and_its_very_words(say: Say) -> None:
    others = [
        sms(SIDS[1], say, body=say().text + " "),
        sms(SIDS[1], say, **{"from": "Lela"}),
        sms(SIDS[1], say, date_created="Mon, 21 Sep 2026 13:13:19 +0000"),
        sms(SIDS[1], say, date_created="Mon, 21 Sep 2026 14:18:22 +0000"),
        sms(SIDS[1], say, direction="inbound"),
        sms(SIDS[1], say, status="canceled"),
        sms(SIDS[1], say, to="+48500000999"),
    ]
    asking, transport = twilio(answer({"messages": [*others, sms(SIDS[0], say)], "next_page_uri": None}))
    assert asking.find(wanted(say())) == (("twilio", SIDS[0]),)
    ((method, url, _),) = transport.asked
    assert (method, urlsplit(url).path) == ("GET", "/2010-04-01/Accounts/AC1/Messages.json")
    assert parse_qs(urlsplit(url).query) == {"To": [say().to], "PageSize": ["1000"]}


def test_a_messaging_service_may_be_the_sender_and_all_pages_are_read_oldest_first(say: Say) -> None:
    service = sms(SIDS[1], say, **{"from": "+48500000000", "messaging_service_sid": say().sender})
    earlier = sms(SIDS[2], say, date_created="Mon, 21 Sep 2026 14:13:19 +0000")
    asking, transport = twilio(
        answer({"messages": [service], "next_page_uri": "/2010-04-01/more?Page=1"}),
        answer({"messages": [earlier], "next_page_uri": None}),
    )
    assert asking.find(wanted(say())) == (("twilio", SIDS[2]), ("twilio", SIDS[1]))
    assert transport.asked[1][1] == "https://api.twilio.com/2010-04-01/more?Page=1"


def test_a_list_that_does_not_end_is_no_answer(say: Say) -> None:
    asking, _ = twilio(*[answer({"messages": [], "next_page_uri": "/more"})] * 10)
    with pytest.raises(Transient):
        asking.find(wanted(say()))


def test_a_mail_is_known_by_the_key_that_it_carries_whichever_secret_made_it(say: Say) -> None:
    logs = [
        {"sg_message_id": f"X{number}.recvd-1", "sg_message_id_created_at": f"2026-0{number}"} for number in (3, 1, 2)
    ]
    asking, transport = sendgrid(
        answer({"messages": logs}),
        answer({"custom_args": {"awizo_key": "another"}}),
        answer({"custom_args": {"awizo_key": "k2"}}),
        answer({}),
    )
    assert asking.find(wanted(say(channel="email"))) == (("sendgrid", "X2"),)
    assert [url for _, url, _ in transport.asked][1:] == [
        f"https://api.sendgrid.com/v3/logs/X{number}.recvd-1" for number in (1, 2, 3)
    ]


def test_email_logs_are_asked_by_mailbox_and_time(say: Say) -> None:
    query = query_of(wanted(say(channel="email", to="o'hara@poczta.example")))
    assert query == (
        'to_email = "o\'hara@poczta.example" AND sg_message_id_created_at >= TIMESTAMP "2026-09-21T13:13:20Z"'
        ' AND sg_message_id_created_at <= TIMESTAMP "2026-09-21T14:18:20Z"'
    )


def test_a_full_page_of_logs_cannot_prove_that_nothing_is_there(say: Say) -> None:
    asking, _ = sendgrid(answer({"messages": [{"sg_message_id": f"X{number}"} for number in range(1_000)]}))
    with pytest.raises(NoLookUp):
        asking.find(wanted(say(channel="email")))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (NotSent("NewConnectionError"), Transient),
        (Ambiguous("ProtocolError"), Transient),
        (answer({}, 500), Transient),
        (answer({}, 429), Transient),
        (answer({"messages": "none"}), Transient),
        (answer([]), Transient),
        (Answer(200, {}, b"<html>"), Transient),
        (answer({}, 401), ConfigurationError),
        (answer({}, 403), NoLookUp),
    ],
)
@pytest.mark.parametrize("provider", [twilio, sendgrid])
def test_whatever_a_provider_says_is_one_of_three_errors_and_quotes_nobody(
    say: Say, provider: Callable[..., Any], said: object, error: type[Exception]
) -> None:
    asking, _ = provider(said)
    with pytest.raises(error) as raised:
        asking.find(wanted(say()))
    assert "500000123" not in repr(raised.value)


def test_a_channel_with_nobody_to_ask_can_never_be_looked_up(say: Say) -> None:
    row: Any = None
    sighting = look_up(Doubted(row, (), say(), ("k1",), 0, T), ())
    assert not sighting.possible


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_the_sandbox_lists_what_it_took(
    sandbox: Sandbox, open_to: Callable[..., Opened], say: Say, channel: str
) -> None:
    delivery = open_to(sandbox).delivery
    (outcome,) = delivery.deliver([say(channel=channel)])
    (asking,) = look_ups_of(delivery.connectors[channel])
    asked = Wanted(say(channel=channel), (outcome.key,), 0, MINUTE)
    assert asking.find(asked) == ((outcome.provider, outcome.provider_id),)


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    "faults",
    [
        (Fault(Trouble.TAKE_AND_CUT, count=1),),
        (Fault(Trouble.CUT, count=1),),
        (Fault(Trouble.TAKE_AND_CUT_BODY, count=1), Fault(Trouble.HIDE, looks=1)),
        (Fault(Trouble.TAKE_AND_WRONG_TYPE, count=1),),
        (Fault(Trouble.WRONG_TYPE, count=2),),
        (Fault(Trouble.BREAK, count=3),),
        (Fault(Trouble.OUTAGE, until=20 * MINUTE),),
    ],
    ids=lambda faults: "+".join(fault.what for fault in faults),
)
def test_what_ends_in_doubt_ends_with_one_message(
    sandbox_with: Callable[..., Sandbox],
    open_to: Callable[..., Opened],
    say: Say,
    faults: tuple[Fault, ...],
    channel: str,
) -> None:
    sandbox = sandbox_with(*faults)
    delivery = open_to(sandbox).delivery
    (outcome,) = delivery.deliver([say(channel=channel)])
    assert outcome.state == "sent"
    assert [taken.provider_id for taken in sandbox.accepted()] == [outcome.provider_id]
    assert delivery.deliver([say(channel=channel)]) == [outcome]
    assert delivery.ledger.incidents() == {}
