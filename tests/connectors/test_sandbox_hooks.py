"""What the sandbox tells: signed posts to a listener, in order of message time, well or badly."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from twilio.request_validator import RequestValidator

from connectors.opening import Opened
from connectors.receipts.receipt import Incoming, Receipt
from connectors.receipts.sendgrid_events import read_events
from connectors.receipts.twilio_posts import TwilioSecrets, read_reply, read_status
from connectors.sandbox.address import CALLBACK, EVENT_KEY, SHARED_KEY, TIME_HEADER, TOKEN
from connectors.sandbox.book import Accepted
from connectors.sandbox.course import Pace
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.hooks import Listeners
from connectors.sandbox.server import Sandbox, Ways
from schemas.errors import BadInput
from schemas.messages import Message
from schemas.times import SECOND

Say = Callable[..., Message]
Open = Callable[..., Opened]
T = 1_790_000_000_000
WINDOW = {"at": T, "valid_until": T + 10**9, "intervals": ((T, T + 10**9),)}
PHONE, NUMBER = "+48500000123", "+48500900900"


class Listener:
    """A web server that keeps what is posted to it, and answers with the next of `answers` (204 when they are over)."""

    def __init__(self) -> None:
        self.got: list[Incoming] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                at = int(self.headers[TIME_HEADER])
                listener.got.append(Incoming(self.path, dict(self.headers.items()), body, at))
                self.send_response(listener.answers.pop(0) if listener.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def statuses(self) -> list[str]:
        """Every status and event, in the order in which they came."""
        found = []
        for post in self.got:
            is_events = post.body.startswith(b"[")
            found += [e["event"] for e in json.loads(post.body)] if is_events else [_form(post)["MessageStatus"]]
        return found


def _form(post: Incoming) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(post.body.decode()).items()}


@pytest.fixture
def listener() -> Iterator[Listener]:
    started = Listener()
    yield started
    started.close()


@pytest.fixture
def start(listener: Listener) -> Iterator[Callable[..., Sandbox]]:
    started: list[Sandbox] = []

    def begin(*faults: Fault, pace: Pace | None = None, **where: Any) -> Sandbox:
        to = {"status": f"{listener.url}/status", "events": f"{listener.url}/events", "replies": f"{listener.url}/in"}
        ways = Ways(Listeners(**(to | where)), pace or Pace(2 * SECOND, 5 * SECOND))
        started.append(Sandbox.start(faults, ways=ways))
        return started[-1]

    yield begin
    for sandbox in started:
        sandbox.close()


Start = Callable[..., Sandbox]


def test_callbacks_come_in_order_of_message_time_across_messages(
    start: Start, listener: Listener, open_to: Open, say: Say
) -> None:
    sandbox = start()
    later = {"at": T + 3 * SECOND, "intervals": ((T + 3 * SECOND, T + 10**9),)}
    open_to(sandbox).delivery.deliver([say("a", **WINDOW), say("b", "email", **(WINDOW | later))])
    assert [len(sandbox.tell(until=T + at * SECOND)) for at in (1, 2, 5, 99)] == [0, 1, 2, 1]
    assert listener.statuses() == ["sent", "delivered", "processed", "delivered"]
    assert [post.at - T for post in listener.got] == [2_000, 5_000, 5_000, 8_000]
    assert sandbox.tell() == []


def test_the_url_that_is_signed_is_the_senders_and_keeps_its_query(
    start: Start, listener: Listener, open_to: Open, say: Say
) -> None:
    sandbox = start()
    (outcome,) = open_to(sandbox).delivery.deliver([say(**WINDOW)])
    sandbox.tell()
    (post, _) = listener.got
    assert post.url == f"/status?k={outcome.key}&a=1"
    public = f"{CALLBACK}?k={outcome.key}&a=1"
    assert RequestValidator(TOKEN).validate(public, _form(post), post.header("x-twilio-signature"))
    (receipt,) = read_status(Incoming(public, post.headers, post.body, post.at), TwilioSecrets((TOKEN,)))
    assert (receipt.key, receipt.provider_id) == (outcome.key, outcome.provider_id)


def test_posts_can_be_signed_with_a_key_of_our_own(start: Start, listener: Listener, open_to: Open, say: Say) -> None:
    sandbox = start(by_shared_key=True)
    (outcome,) = open_to(sandbox).delivery.deliver([say(**WINDOW)])
    sandbox.tell()
    post = listener.got[0]
    incoming = Incoming(f"{CALLBACK}?k={outcome.key}&a=1", post.headers, post.body, post.at)
    assert read_status(incoming, TwilioSecrets(shared=dict([SHARED_KEY])))


def test_events_come_signed_and_several_in_one_post(start: Start, listener: Listener, open_to: Open, say: Say) -> None:
    sandbox = start()
    mails = [say(name, "email", to=f"{name}@poczta.example", **WINDOW) for name in "abc"]
    outcomes = open_to(sandbox).delivery.deliver(mails)
    assert len(sandbox.tell(batch=4)) == 2
    read = [read_events(post, [EVENT_KEY], post.at) for post in listener.got]
    assert [len(each) for each in read] == [4, 2]
    keys = {receipt.key for each in read for receipt in each if isinstance(receipt, Receipt)}
    assert keys == {outcome.key for outcome in outcomes}


@pytest.mark.parametrize(
    ("trouble", "statuses"),
    [
        (Trouble.SILENT, []),
        (Trouble.DOUBLE, ["sent", "sent", "delivered", "delivered"]),
        (Trouble.SHUFFLE, ["delivered", "sent"]),
    ],
)
def test_callbacks_come_badly_by_script(
    start: Start, listener: Listener, open_to: Open, say: Say, trouble: Trouble, statuses: list[str]
) -> None:
    sandbox = start(Fault(trouble))
    open_to(sandbox).delivery.deliver([say(**WINDOW)])
    sandbox.tell()
    assert listener.statuses() == statuses


@pytest.mark.parametrize(
    ("to", "channel", "statuses"),
    [
        ("+48500030005", "sms", ["sent", "undelivered"]),
        ("+48500030001", "sms", ["sent", "failed"]),
        ("+48500030000", "sms", ["sent"]),
        ("test-bounce@poczta.example", "email", ["processed", "bounce"]),
        ("test-block@poczta.example", "email", ["processed", "bounce"]),
        ("test-invalid@poczta.example", "email", ["dropped"]),
        ("test-deferred@poczta.example", "email", ["processed", "deferred", "delivered"]),
        ("test-lost@poczta.example", "email", ["processed"]),
        ("test-spam@poczta.example", "email", ["processed", "delivered", "spamreport"]),
        ("test-open@poczta.example", "email", ["processed", "delivered", "open"]),
    ],
)
def test_each_address_on_demand_tells_its_story(
    start: Start, listener: Listener, open_to: Open, say: Say, to: str, channel: str, statuses: list[str]
) -> None:
    sandbox = start()
    open_to(sandbox).delivery.deliver([say(channel=channel, to=to, **WINDOW)])
    sandbox.tell()
    assert listener.statuses() == statuses


def test_who_bounced_or_complained_is_dropped_the_next_time(
    start: Start, listener: Listener, open_to: Open, say: Say
) -> None:
    sandbox = start()
    later = {"at": T + 60 * SECOND, "intervals": ((T + 60 * SECOND, T + 10**9),)}
    items = [say("a", "email", to="test-spam@poczta.example", **WINDOW)]
    items.append(say("b", "email", to="test-spam@poczta.example", **(WINDOW | later)))
    open_to(sandbox).delivery.deliver(items)
    sandbox.tell()
    assert listener.statuses()[-1] == "dropped"
    assert [one.reason for one in sandbox.accepted()] == ["", "Spam Reporting Address"]
    assert len(sandbox.reached("test-spam@poczta.example")) == 1


def test_a_listener_that_fails_is_tried_again(start: Start, listener: Listener, open_to: Open, say: Say) -> None:
    sandbox = start()
    open_to(sandbox).delivery.deliver([say("m", "email", **WINDOW)])
    listener.answers = [500, 500]
    assert [posted.answer for posted in sandbox.tell()] == ["500", "500"]
    assert [posted.answer for posted in sandbox.tell()] == ["204", "204"]
    assert sandbox.tell() == []


@pytest.mark.parametrize(("fragment", "tries"), [("rc=3&rp=all", 4), ("rc=9&rp=4xx,5xx", 6), ("rc=3", 1), ("", 1)])
def test_twilio_tries_as_often_as_the_urls_fragment_says(
    start: Start, listener: Listener, fragment: str, tries: int
) -> None:
    sandbox = start()
    callback = f"https://hooks.sandbox.example/s?k=1#{fragment}"
    arguments = (("StatusCallback", callback),)
    sandbox.hooks.tell(Accepted("sms", "SM1", PHONE, "Sowa", "x", "k", T, arguments=arguments, status="sent"))
    listener.answers = [503] * 9
    assert [posted.answer for posted in sandbox.tell()] == ["503"]
    assert [post.url for post in listener.got] == ["/status?k=1"] * tries


def test_nobody_is_posted_to_who_was_not_named(start: Start, listener: Listener, open_to: Open, say: Say) -> None:
    sandbox = start(status="", events="", replies="")
    open_to(sandbox).delivery.deliver([say("a", **WINDOW), say("b", "email", **WINDOW)])
    sandbox.reply(PHONE, NUMBER, "STOP", T)
    assert sandbox.tell() == []
    named = start(status="", events="", replies=f"{listener.url}/in")
    open_to(named).delivery.deliver([say("c", **WINDOW), say("d", "email", **WINDOW)])
    assert {posted.answer for posted in named.tell()} == {"nobody_listens"}
    assert listener.got == []


def test_a_callback_to_this_machine_needs_no_naming(start: Start, listener: Listener) -> None:
    sandbox = start(status="")
    arguments = (("StatusCallback", f"{listener.url}/mine?k=1"),)
    sandbox.hooks.tell(Accepted("sms", "SM1", PHONE, "Sowa", "x", "k", T, arguments=arguments, status="sent"))
    sandbox.tell()
    assert [post.url for post in listener.got] == ["/mine?k=1"]


def test_what_was_called_off_tells_only_that(start: Start, listener: Listener) -> None:
    sandbox = start()
    arguments = (("StatusCallback", f"{CALLBACK}?k=1"),)
    message = Accepted("sms", "SM1", PHONE, "MG1", "x", "k", T, arguments=arguments, send_at=T + 600 * SECOND)
    sandbox.hooks.tell(message)
    from connectors.sandbox.course import called_off

    sandbox.hooks.call_off(called_off(message, T + SECOND))
    sandbox.tell()
    assert listener.statuses() == ["canceled"]


@pytest.mark.parametrize(("advanced", "told"), [(False, ""), (True, "STOP")])
def test_a_stop_is_posted_signed_and_binds_at_once(
    start: Start, listener: Listener, open_to: Open, say: Say, advanced: bool, told: str
) -> None:
    sandbox = start()
    sandbox.reply(PHONE, NUMBER, "Stop", T, advanced=advanced)
    sandbox.tell()
    (post,) = listener.got
    incoming = Incoming(f"{listener.url}/in", post.headers, post.body, post.at)
    reply = read_reply(incoming, TwilioSecrets((TOKEN,)))
    assert (reply.phone, reply.to, reply.text, reply.opt) == (PHONE, NUMBER, "Stop", "stop")
    assert _form(post).get("OptOutType", "") == told
    (outcome,) = open_to(sandbox).delivery.deliver([say(sender=NUMBER, **WINDOW)])
    assert (outcome.state, outcome.reason) == ("failed", "opted_out")
    sandbox.reply(PHONE, NUMBER, "START", T)
    assert not sandbox.book.has_stopped(PHONE, NUMBER, T)


def test_a_sender_that_is_a_name_takes_no_replies(start: Start) -> None:
    with pytest.raises(BadInput, match="takes no replies"):
        start().reply(PHONE, "Sowa", "STOP", T)
