"""The official clients, unchanged and on their own transports, against the sandbox."""

import json
import logging
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import BatchId, CustomArg, Mail, SendAt
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from connectors.sandbox.address import ACCOUNT, API_KEY, TOKEN, TWILIO_KEY, TWILIO_SECRET
from connectors.sandbox.server import Sandbox, Ways
from schemas.times import HOUR, SECOND, from_millis

NOW = 1_790_000_000_000
PHONE, SERVICE = "+48500000123", "MG" + "0" * 32


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(ways=Ways(clock=lambda: NOW)) as started:
        yield started


@pytest.fixture
def twilio(sandbox: Sandbox) -> Iterator[Client]:
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = sandbox.address.url
    yield client
    client.http_client.session.close()


@pytest.fixture
def sendgrid(sandbox: Sandbox) -> Iterator[Any]:
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the client never closes what it opens
        yield SendGridAPIClient(API_KEY, host=sandbox.address.url)


def sends(client: Client, **changes: Any) -> Any:
    return client.messages.create(**({"to": PHONE, "from_": "Sowa", "body": "paczka"} | changes))


def scheduled(client: Client, seconds: float) -> Any:
    at = from_millis(NOW) + timedelta(seconds=seconds)
    service = {"from_": None, "messaging_service_sid": SERVICE, "schedule_type": "fixed"}
    return sends(client, send_at=at, **service)


def mail(to: str = "jan@poczta.example", **changes: Any) -> Mail:
    made = Mail("sowa@sowa.example", to, "W drodze", plain_text_content="paczka")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


# --- Twilio


def test_a_message_is_created_listed_and_fetched(twilio: Client) -> None:
    made = sends(twilio, status_callback="https://h.example/s?k=1", validity_period=14_400, smart_encoded=False)
    assert (made.status, made.direction, made.num_segments, made.error_code) == ("queued", "outbound-api", "1", None)
    assert made.date_created == datetime.fromtimestamp(NOW // SECOND, UTC)
    assert made.date_sent is None
    (found,) = twilio.messages.list(to=PHONE)
    assert (found.sid, found.status, found.date_sent) == (made.sid, "delivered", made.date_created)
    fetched = twilio.messages(made.sid).fetch()
    assert (fetched.body, fetched.to, fetched.from_, fetched.uri) == ("paczka", PHONE, "Sowa", made.uri)


def test_a_list_is_paged_and_filtered_by_sender_and_time(twilio: Client, sandbox: Sandbox) -> None:
    sids = {sends(twilio, body=f"paczka {number}").sid for number in range(7)}
    sends(twilio, from_="Inny")
    assert {one.sid for one in twilio.messages.list(to=PHONE, from_="Sowa", page_size=3)} == sids
    assert len(twilio.messages.list(to=PHONE, limit=2)) == 2
    day, now = from_millis(NOW).date(), from_millis(NOW)
    for asked, count in (
        ({"date_sent": day}, 8),
        ({"date_sent": day - timedelta(days=1)}, 0),
        ({"date_sent_after": now - timedelta(seconds=5)}, 8),
        ({"date_sent_after": now + timedelta(seconds=5)}, 0),
        ({"date_sent_before": now + timedelta(seconds=5), "date_sent_after": now - timedelta(seconds=5)}, 8),
    ):
        assert len(twilio.messages.list(**asked)) == count
    assert len(sandbox.reached(PHONE)) == 8


def test_who_looks_whether_the_accounts_may_send_finds_that_they_may(twilio: Client, sandbox: Sandbox) -> None:
    found = twilio.api.accounts(ACCOUNT).fetch()
    assert (found.sid, found.status, found.type) == (ACCOUNT, "active", "Full")
    assert [each.phone_number for each in twilio.incoming_phone_numbers.list(phone_number=PHONE)] == [PHONE]
    mail = SendGridAPIClient(API_KEY, host=sandbox.address.url)
    assert "mail.send" in json.loads(mail.client.scopes.get().body)["scopes"]


def test_what_is_not_sent_yet_has_no_time_by_which_it_could_be_found(twilio: Client) -> None:
    scheduled(twilio, 3_600)
    assert len(twilio.messages.list(to=PHONE)) == 1
    assert twilio.messages.list(to=PHONE, date_sent_before=from_millis(NOW) + timedelta(days=2)) == []


@pytest.mark.parametrize("seconds", [300, 3_600, 35 * 86_400])
def test_a_message_is_scheduled_within_the_window_and_cancelled(twilio: Client, sandbox: Sandbox, seconds: int) -> None:
    made = scheduled(twilio, seconds)
    assert (made.status, made.from_, made.messaging_service_sid) == ("scheduled", None, SERVICE)
    assert sandbox.reached(until=NOW + seconds * SECOND) == sandbox.accepted()
    assert sandbox.reached(until=NOW + seconds * SECOND - 1) == []
    assert twilio.messages(made.sid).update(status="canceled").status == "canceled"
    assert twilio.messages(made.sid).fetch().status == "canceled"
    assert sandbox.reached() == []


@pytest.mark.parametrize("seconds", [-60, 0, 299, 35 * 86_400 + 1])
def test_a_time_outside_the_window_is_refused_and_nothing_created(
    twilio: Client, sandbox: Sandbox, seconds: int
) -> None:
    with pytest.raises(TwilioRestException) as raised:
        scheduled(twilio, seconds)
    assert (raised.value.status, raised.value.code) == (400, 35114)
    assert sandbox.accepted() == []


def test_without_a_service_a_message_goes_at_once_whatever_its_time(twilio: Client) -> None:
    made = sends(twilio, schedule_type="fixed", send_at=from_millis(NOW) + timedelta(hours=1))
    assert made.status == "queued"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"schedule_type": "fixed", "from_": None, "messaging_service_sid": SERVICE}, 35111),
        ({"status_callback": "https://my_host.example/s"}, 21609),
        ({"status_callback": "hooks"}, 21609),
        ({"validity_period": 36_001}, 21624),
        ({"from_": "12345"}, 21212),
        ({"from_": None}, 21603),
        ({"to": "+48220000000"}, 21614),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(twilio: Client, changes: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as raised:
        sends(twilio, **changes)
    assert raised.value.code == code


def test_what_has_gone_cannot_be_cancelled_but_redacted_and_deleted(twilio: Client, sandbox: Sandbox) -> None:
    made = sends(twilio)
    with pytest.raises(TwilioRestException) as raised:
        twilio.messages(made.sid).update(status="canceled")
    assert raised.value.code == 30409
    assert twilio.messages(made.sid).update(body="").body == ""
    assert twilio.messages(made.sid).delete()
    assert twilio.messages.list() == []
    assert len(sandbox.reached(PHONE)) == 1


def test_a_service_sends_from_its_pool(twilio: Client) -> None:
    made = sends(twilio, from_=None, messaging_service_sid=SERVICE)
    assert (made.status, made.num_segments) == ("accepted", "0")
    fetched = twilio.messages(made.sid).fetch()
    assert (fetched.from_, fetched.num_segments) == ("+48500900900", "1")


def test_keys_and_tokens_open_and_others_do_not(sandbox: Sandbox, twilio: Client) -> None:
    key = Client(TWILIO_KEY, TWILIO_SECRET, account_sid=ACCOUNT)
    wrong = Client(ACCOUNT, "wrong")
    for client in (key, wrong):
        client.api.base_url = sandbox.address.url
    assert sends(key).status == "queued"
    with pytest.raises(TwilioException, match="20003"):
        wrong.messages.list()
    for ask in (sends, lambda client: client.messages("SM" + "1" * 32).fetch()):
        with pytest.raises(TwilioRestException) as raised:
            ask(wrong)
        assert (raised.value.status, raised.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as missing:
        twilio.messages("SM" + "1" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    for client in (key, wrong):
        client.http_client.session.close()


# --- SendGrid


def test_a_mail_is_sent_and_found_in_the_logs(sendgrid: Any, sandbox: Sandbox) -> None:
    made = mail()
    made.add_custom_arg(CustomArg("awizo_key", "f" * 32))
    answer = sendgrid.send(made)
    assert (answer.status_code, answer.body) == (202, b"")
    number = answer.headers["X-Message-Id"]
    query = (
        "to_email = 'jan@poczta.example' AND sg_message_id_created_at >= TIMESTAMP \"2026-09-21T00:00:00Z\" "
        "AND sg_message_id_created_at < TIMESTAMP \"2026-09-22T00:00:00Z\" AND status IN ('delivered', 'processed')"
    )
    found = json.loads(sendgrid.client.logs.post(request_body={"query": query, "limit": 5}).body)
    (row,) = found["messages"]
    assert row["sg_message_id"].startswith(number)
    detail = json.loads(sendgrid.client.logs._(row["sg_message_id"]).get().body)
    assert detail["custom_args"] == {"awizo_key": "f" * 32}
    assert [event["event"] for event in detail["events"]] == ["processed", "delivered"]
    assert [one.key for one in sandbox.reached("jan@poczta.example")] == ["f" * 32]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("to_email = 'ola@poczta.example'", 1),
        ("to_email = 'OLA@poczta.example'", 0),  # letters count, as SendGrid says
        ("subject = 'W drodze' AND to_email = 'jan@poczta.example'", 1),
        ("sg_message_id_created_at > TIMESTAMP '2027-01-01T00:00:00Z'", 0),
        ("status IN ('bounced')", 0),
    ],
)
def test_logs_are_searched_by_conditions(sendgrid: Any, query: str, count: int) -> None:
    for to in ("jan@poczta.example", "ola@poczta.example"):
        sendgrid.send(mail(to))
    found = json.loads(sendgrid.client.logs.post(request_body={"query": query}).body)
    assert len(found["messages"]) == count


@pytest.mark.parametrize(
    "body",
    [{"query": "to_email LIKE 'x'"}, {"query": "to_email > 'x'"}, {"query": "x"}, {"limit": 0}, {"limit": 1_001}],
)
def test_a_question_that_logs_do_not_understand_is_refused(sendgrid: Any, body: dict[str, Any]) -> None:
    with pytest.raises(HTTPError) as raised:
        sendgrid.client.logs.post(request_body=body)
    assert raised.value.status_code == 400


def test_a_mail_is_scheduled_in_a_batch_and_called_off(sendgrid: Any, sandbox: Sandbox) -> None:
    batch = json.loads(sendgrid.client.mail.batch.post().body)["batch_id"]
    assert json.loads(sendgrid.client.mail.batch._(batch).get().body) == {"batch_id": batch}
    at = (NOW + HOUR) // SECOND
    assert sendgrid.send(mail(send_at=SendAt(at), batch_id=BatchId(batch))).status_code == 202
    assert (sandbox.reached(until=NOW), len(sandbox.reached(until=NOW + HOUR))) == ([], 1)
    off = sendgrid.client.user.scheduled_sends.post(request_body={"batch_id": batch, "status": "cancel"})
    assert off.status_code == 201
    assert json.loads(sendgrid.client.user.scheduled_sends.get().body) == [{"batch_id": batch, "status": "cancel"}]
    assert sandbox.reached() == []


def test_it_is_too_late_to_call_off_within_ten_minutes(sendgrid: Any, sandbox: Sandbox) -> None:
    batch = json.loads(sendgrid.client.mail.batch.post().body)["batch_id"]
    sendgrid.send(mail(send_at=SendAt(NOW // SECOND + 599), batch_id=BatchId(batch)))
    sendgrid.client.user.scheduled_sends.post(request_body={"batch_id": batch, "status": "cancel"})
    assert len(sandbox.reached()) == 1


def test_a_suppressed_address_is_taken_and_dropped_until_it_is_released(sendgrid: Any, sandbox: Sandbox) -> None:
    suppressions = sendgrid.client.asm.suppressions._("global")
    emails = {"recipient_emails": ["jan@poczta.example"]}
    assert json.loads(suppressions.post(request_body=emails).body) == emails
    assert json.loads(suppressions._("jan@poczta.example").get().body) == {"recipient_email": "jan@poczta.example"}
    assert json.loads(suppressions._("ola@poczta.example").get().body) == {}
    listed = json.loads(sendgrid.client.suppression.unsubscribes.get().body)
    assert listed == [{"created": NOW // SECOND, "email": "jan@poczta.example"}]
    assert sendgrid.send(mail()).status_code == 202
    assert [one.reason for one in sandbox.accepted()] == ["Unsubscribed Address"]
    assert suppressions._("jan@poczta.example").delete().status_code == 204
    sendgrid.send(mail(subject="Doszło"))
    assert [one.subject for one in sandbox.reached()] == ["Doszło"]


def test_who_bounced_stands_on_the_list_of_bounces(sendgrid: Any, sandbox: Sandbox) -> None:
    to = "test-bounce@poczta.example"
    sendgrid.send(mail(to))
    (row,) = json.loads(sendgrid.client.suppression.bounces.get().body)
    assert (row["email"], row["reason"][:3]) == (to, "550")
    assert len(json.loads(sendgrid.client.suppression.bounces._(to).get().body)) == 1
    assert sendgrid.client.suppression.bounces.delete(request_body={"emails": [to]}).status_code == 204
    assert json.loads(sendgrid.client.suppression.bounces.get().body) == []
    with pytest.raises(HTTPError) as raised:
        sendgrid.client.suppression.bounces._(to).delete()
    assert raised.value.status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"personalizations": []}, None),
        ({"personalizations": [{"to": [{"email": "x@localhost"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [{"email": "a@b.example"}, {"email": "A@b.example"}]}]}, "personalizations"),
        ({"from": {"email": "x"}}, "from.email"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content.0.value"),
        ({"custom_args": {"k": 1}}, None),
        ({"custom_args": {"k": "x" * 10_000}}, "custom_args"),
        ({"categories": [str(number) for number in range(11)]}, "categories"),
        ({"headers": {"Reply-To": "x@y.example"}}, "headers"),
        ({"send_at": NOW // SECOND + 72 * 3_600 + 1}, "send_at"),
        ({"batch_id": "unknown"}, "batch_id"),
    ],
)
def test_what_sendgrid_refuses_is_refused_with_its_field(
    sendgrid: Any, sandbox: Sandbox, change: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(HTTPError) as raised:
        sendgrid.client.mail.send.post(request_body=mail().get() | change)
    assert raised.value.status_code == 400
    assert json.loads(raised.value.body)["errors"][0]["field"] == field
    assert sandbox.accepted() == []


def test_sendgrids_own_sandbox_mode_takes_nothing(sendgrid: Any, sandbox: Sandbox) -> None:
    trial = mail().get() | {"mail_settings": {"sandbox_mode": {"enable": True}}}
    assert sendgrid.client.mail.send.post(request_body=trial).status_code == 200
    assert sandbox.accepted() == []


CALLS: list[Callable[[Any], Any]] = [
    lambda one: one.send(mail()),
    lambda one: one.client.logs.post(request_body={}),
    lambda one: one.client.logs._("x").get(),
    lambda one: one.client.mail.batch.post(),
    lambda one: one.client.mail.batch._("x").get(),
    lambda one: one.client.user.scheduled_sends.post(request_body={}),
    lambda one: one.client.user.scheduled_sends.get(),
    lambda one: one.client.asm.suppressions._("global").post(request_body={}),
    lambda one: one.client.asm.suppressions._("global")._("x@y.example").get(),
    lambda one: one.client.asm.suppressions._("global")._("x@y.example").delete(),
    lambda one: one.client.suppression.bounces.get(),
    lambda one: one.client.suppression.bounces._("x@y.example").get(),
    lambda one: one.client.suppression.bounces.delete(request_body={"delete_all": True}),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_key_opens_nothing(sandbox: Sandbox, sendgrid: Any, call: Callable[[Any], Any]) -> None:
    with pytest.raises(HTTPError) as raised:
        call(SendGridAPIClient("SG.wrong", host=sandbox.address.url))
    assert raised.value.status_code == 401
