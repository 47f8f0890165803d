"""The sandbox: the official clients work against it unchanged, and it does the same in every run."""

import json
import logging
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from python_http_client.exceptions import HTTPError
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from connectors.opening import Opened
from connectors.sandbox.address import ACCOUNT, API_KEY, TOKEN
from connectors.sandbox.faults import Fault, Trouble, trouble_for
from connectors.sandbox.outcomes import REFUSALS
from connectors.sandbox.server import Sandbox
from connectors.transport import Answer, Transport
from schemas.messages import Message

Say = Callable[..., Message]
Open = Callable[..., Opened]


@pytest.fixture
def twilio(sandbox: Sandbox) -> Client:
    client = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(pool_connections=False, timeout=5))
    client.api.base_url = sandbox.address.url
    return client


def test_the_official_twilio_client_creates_lists_and_fetches(twilio: Client, sandbox: Sandbox) -> None:
    made = [
        twilio.messages.create(
            to="+48500000123",
            from_="Sowa",
            body=f"paczka {number}",
            status_callback=f"https://h.example/s?k={number:032}",
        )
        for number in range(3)
    ]
    assert all(message.status == "queued" and message.date_created is not None for message in made)
    listed = twilio.messages.list(to="+48500000123", page_size=2)
    assert sorted(message.sid for message in listed) == sorted(message.sid for message in made)
    assert twilio.messages.list(to="+48500000999") == []
    fetched = twilio.messages(made[0].sid).fetch()
    assert (fetched.body, fetched.status, fetched.direction) == ("paczka 0", "delivered", "outbound-api")
    assert len(sandbox.accepted()) == 3


def test_the_official_twilio_client_schedules_cancels_and_redacts(twilio: Client) -> None:
    made = twilio.messages.create(
        to="+48500000123",
        messaging_service_sid="MG" + "0" * 32,
        body="paczka",
        schedule_type="fixed",
        send_at=(datetime.now(UTC) + timedelta(minutes=6)).isoformat(),
    )
    assert made.status == "scheduled"
    assert twilio.messages(made.sid).update(status="canceled").status == "canceled"
    assert twilio.messages(made.sid).update(body="").body == ""


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "500"}, 21211),
        ({"body": ""}, 21602),
        ({"body": "a" * 1_601}, 21617),
        ({"from_": "a name that is too long"}, 21212),
        *(({"to": f"+485000{code}"}, code) for code in REFUSALS),
    ],
)
def test_an_invalid_request_gets_twilios_own_error(twilio: Client, wrong: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as raised:
        twilio.messages.create(**({"to": "+48500000123", "from_": "Sowa", "body": "x"} | wrong))
    assert (raised.value.code, raised.value.status) == (code, REFUSALS[code][0])


def test_a_message_that_will_not_arrive_says_so_later(twilio: Client) -> None:
    made = twilio.messages.create(to="+48500030005", from_="Sowa", body="x")
    fetched = twilio.messages(made.sid).fetch()
    assert (made.status, fetched.status, fetched.error_code) == ("queued", "undelivered", 30005)


def test_the_official_sendgrid_client_sends(sandbox: Sandbox) -> None:
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers.mail import Mail

    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    client = SendGridAPIClient(API_KEY, host=sandbox.address.url)
    mail = Mail("sowa@sowa.example", "jan@poczta.example", "W drodze", plain_text_content="paczka")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the client never closes what it opens
        answer = client.send(mail)
        assert (answer.status_code, len(answer.headers["X-Message-Id"])) == (202, 22)
        with pytest.raises(HTTPError, match="401"):
            SendGridAPIClient("SG.wrong", host=sandbox.address.url).send(mail)
    assert [taken.subject for taken in sandbox.accepted()] == ["W drodze"]


def test_mail_can_be_looked_up_by_address_and_then_by_key(sandbox: Sandbox, open_to: Open, say: Say) -> None:
    opened = open_to(sandbox)
    opened.delivery.deliver([say(channel="email"), say("b", channel="email", to="ola@poczta.example")])
    headers = {"Authorization": f"Bearer {API_KEY}"}
    transport = Transport()
    query = json.dumps({"query": "to_email = 'jan@poczta.example'", "limit": 10}).encode()
    found = transport.request("POST", f"{sandbox.address.url}/v3/logs", headers, query)
    assert isinstance(found, Answer)
    (mail,) = json.loads(found.body)["messages"]
    detail = transport.request("GET", f"{sandbox.address.url}/v3/logs/{mail['sg_message_id']}", headers)
    assert isinstance(detail, Answer)
    key = json.loads(detail.body)["custom_args"]["awizo_key"]
    assert key in {taken.key for taken in sandbox.accepted() if taken.to == "jan@poczta.example"}
    missing = transport.request("GET", f"{sandbox.address.url}/v3/logs/nothing", headers)
    assert isinstance(missing, Answer)
    assert missing.status == 404
    transport.close()


def test_a_fault_strikes_by_hour_channel_attempt_and_share() -> None:
    fault = Fault(Trouble.LIMIT, since=10, until=20, count=2, channel="sms")
    assert fault.strikes("k", 1, 10, "sms")
    assert not fault.strikes("k", 1, 9, "sms")
    assert not fault.strikes("k", 1, 20, "sms")
    assert not fault.strikes("k", 3, 10, "sms")
    assert not fault.strikes("k", 1, 10, "email")


def test_a_share_strikes_the_same_keys_each_time() -> None:
    keys = [f"{number:032}" for number in range(1_000)]
    struck = [key for key in keys if Fault(Trouble.CUT, share=0.3).strikes(key, 1, 0, "sms")]
    assert struck == [key for key in keys if Fault(Trouble.CUT, share=0.3).strikes(key, 2, 5, "email")]
    assert 250 < len(struck) < 350


def test_the_first_fault_of_the_script_wins() -> None:
    script = (Fault(Trouble.LIMIT, until=10), Fault(Trouble.BREAK))
    assert trouble_for(script, "k", 1, 5, "sms") == script[0]
    assert trouble_for(script, "k", 1, 10, "sms") == script[1]
    assert trouble_for((), "k", 1, 5, "sms") is None


def test_a_delayed_message_arrives(sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say) -> None:
    sandbox = sandbox_with(Fault(Trouble.DELAY, seconds=0.01))
    (outcome,) = open_to(sandbox).delivery.deliver([say()])
    assert outcome.state == "sent"


def test_a_closed_sandbox_can_still_be_asked_and_closed_again(open_to: Open, say: Say) -> None:
    with Sandbox.start() as sandbox:
        open_to(sandbox).delivery.deliver([say()])
    sandbox.close()
    assert len(sandbox.accepted()) == 1
