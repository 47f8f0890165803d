"""Every fault, as the connectors see it, and what the customer really got."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.sandbox.address import ACCOUNT, API_KEY, FAULT_HEADER, TIME_HEADER, TOKEN
from connectors.sandbox.book import Accepted
from connectors.sandbox.faults import FATES, HIDING, REQUESTS, TELLING, Fault, Trouble, outage_at, trouble_for
from connectors.sandbox.server import Sandbox, Ways
from connectors.transport import Ambiguous, Answer, NotSent, Sent, Transport

KEY = "0123456789abcdef0123456789abcdef"
BASIC = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport(connections=4, read_seconds=10)
    yield opened
    opened.close()


class Caller:
    """One who speaks to both providers, over the wire."""

    def __init__(self, sandbox: Sandbox, transport: Transport) -> None:
        self.sandbox = sandbox
        self._transport = transport

    def send(self, channel: str, at: int = 1_000, fault: str = "", key: str = KEY, to: str = "") -> Sent:
        told = {TIME_HEADER: str(at)} | ({FAULT_HEADER: fault} if fault else {})
        if channel == "sms":
            callback = f"https%3A%2F%2Fh.example%2Fs%3Fk%3D{key}"
            body = f"To={to or '%2B48500000123'}&From=Sowa&Body=paczka&StatusCallback={callback}"
            return self._ask("POST", LIST, body.encode(), told | {"Authorization": BASIC})
        mail = {
            "personalizations": [{"to": [{"email": to or "jan@poczta.example"}], "custom_args": {"awizo_key": key}}],
            "from": {"email": "sowa@sowa.example"},
            "subject": "W drodze",
            "content": [{"type": "text/plain", "value": "paczka"}],
        }
        return self._ask("POST", "/v3/mail/send", json.dumps(mail).encode(), told | BEARER)

    def look(self, channel: str, at: int = 1_000) -> int:
        """How many messages a look-up lists; minus the status, if it is refused."""
        told = {TIME_HEADER: str(at)}
        if channel == "sms":
            answer = self._ask("GET", f"{LIST}?To=%2B48500000123", None, told | {"Authorization": BASIC})
        else:
            query = json.dumps({"query": "to_email = 'jan@poczta.example'"}).encode()
            answer = self._ask("POST", "/v3/logs", query, told | BEARER)
        assert isinstance(answer, Answer)
        return len(json.loads(answer.body)["messages"]) if answer.status == 200 else -answer.status

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Sent:
        kind = "application/x-www-form-urlencoded" if path == LIST else "application/json"
        return self._transport.request(method, self.sandbox.address.url + path, {"Content-Type": kind} | headers, body)


BEARER = {"Authorization": f"Bearer {API_KEY}"}


@pytest.fixture
def caller(transport: Transport) -> Iterator[Callable[..., Caller]]:
    started: list[Sandbox] = []

    def call(*faults: Fault, ways: Ways | None = None) -> Caller:
        started.append(Sandbox.start(faults, ways=ways))
        return Caller(started[-1], transport)

    yield call
    for sandbox in started:
        sandbox.close()


Call = Callable[..., Caller]
BOTH = pytest.mark.parametrize("channel", ["sms", "email"])

SEEN: dict[Trouble, tuple[type, int, int]] = {
    Trouble.LIMIT: (Answer, 429, 0),
    Trouble.BREAK: (Answer, 503, 0),
    Trouble.TAKE_AND_BREAK: (Answer, 503, 1),
    Trouble.OUTAGE: (Answer, 503, 0),
    Trouble.CUT: (Ambiguous, 0, 0),
    Trouble.TAKE_AND_CUT: (Ambiguous, 0, 1),
    Trouble.DELAY: (Answer, 201, 1),
    Trouble.WRONG_TYPE: (Answer, 200, 0),
    Trouble.TAKE_AND_WRONG_TYPE: (Answer, 200, 1),
}
"""A fault -> what is seen on the wire, and how many messages the customer got."""


@BOTH
@pytest.mark.parametrize("how", ["by script", "by the request"])
@pytest.mark.parametrize("what", SEEN)
def test_a_fault_is_seen_as_it_says_and_the_customer_gets_what_it_says(
    caller: Call, channel: str, what: Trouble, how: str
) -> None:
    is_script = how == "by script"
    calling = caller(*([Fault(what)] if is_script else []))
    answer = calling.send(channel, fault="" if is_script else f"{what} 0.01")
    kind, status, got = SEEN[what]
    assert isinstance(answer, kind)
    if isinstance(answer, Answer):
        assert answer.status in ((201, 202) if status == 201 else (status,))
        assert answer.headers.get("content-type", "").startswith("text/html") == (status == 200)
    assert len(calling.sandbox.reached()) == got


@BOTH
@pytest.mark.parametrize("what", [Trouble.TAKE_AND_CUT_HEADERS, Trouble.TAKE_AND_CUT_BODY])
def test_an_answer_that_ends_early_names_no_message(caller: Call, channel: str, what: Trouble) -> None:
    calling = caller(Fault(what))
    answer = calling.send(channel)
    if isinstance(answer, Answer):
        assert b'"sid"' not in answer.body
        assert "x-message-id" not in answer.headers
    assert len(calling.sandbox.reached()) == 1


@BOTH
def test_a_refused_connection_reaches_nobody(caller: Call, transport: Transport, channel: str) -> None:
    sandbox = caller(Fault(Trouble.REFUSE)).sandbox
    base, _ = sandbox.address.line(channel).reach(KEY, 1, 1_000)
    assert isinstance(transport.request("POST", base, {}), NotSent)


@BOTH
def test_an_outage_has_hours_and_stops_look_ups_too(caller: Call, channel: str) -> None:
    calling = caller(Fault(Trouble.OUTAGE, since=2_000, until=3_000))
    calling.send(channel, at=1_000)
    assert [calling.look(channel, at) for at in (1_999, 2_000, 2_999, 3_000)] == [1, -503, -503, 1]


@BOTH
def test_an_outage_of_one_provider_leaves_the_other(caller: Call, channel: str) -> None:
    calling = caller(Fault(Trouble.OUTAGE, channel="sms"))
    answer = calling.send(channel)
    assert isinstance(answer, Answer)
    assert (answer.status == 503) == (channel == "sms")


@BOTH
def test_lists_lag_for_some_looks_and_for_some_time(caller: Call, channel: str) -> None:
    calling = caller(Fault(Trouble.HIDE, looks=2))
    calling.send(channel)
    assert [calling.look(channel) for _ in range(3)] == [0, 0, 1]
    now = [10_000]
    late = caller(Fault(Trouble.HIDE, seconds=60), ways=Ways(clock=lambda: now[0]))
    late.send(channel)
    assert late.look(channel) == 0
    now[0] += 60_000
    assert late.look(channel) == 1
    never = caller(Fault(Trouble.HIDE))
    never.send(channel)
    assert [never.look(channel) for _ in range(5)] == [0] * 5
    assert len(never.sandbox.reached()) == 1


@BOTH
def test_what_was_cut_may_be_taken_later_all_the_same(caller: Call, channel: str) -> None:
    taken = threading.Event()
    calling = caller(Fault(Trouble.CUT_AND_TAKE_LATER, seconds=0.01))
    calling.sandbox.book.write_to(lambda _what, _data: taken.set())
    assert isinstance(calling.send(channel), Ambiguous)
    assert taken.wait(10)
    assert len(calling.sandbox.reached()) == 1


@BOTH
def test_some_accepted_messages_never_arrive_and_nobody_says_so(caller: Call, channel: str) -> None:
    calling = caller(Fault(Trouble.VANISH, keys=(KEY,)))
    answer, other = calling.send(channel), calling.send(channel, key="f" * 32)
    assert isinstance(answer, Answer)
    assert isinstance(other, Answer)
    assert answer.status == other.status
    assert [one.key for one in calling.sandbox.reached()] == ["f" * 32]
    assert calling.look(channel) == 2


@BOTH
def test_some_fail_and_it_is_told(caller: Call, channel: str) -> None:
    calling = caller(Fault(Trouble.FAIL, code=30003))
    calling.send(channel)
    (taken,) = calling.sandbox.accepted()
    expected = ("undelivered", 30003) if channel == "sms" else ("bounced", None)
    assert (taken.status, taken.error_code, calling.sandbox.reached()) == (*expected, [])


def test_a_limit_says_when_to_come_again_if_it_is_told_to(caller: Call) -> None:
    calling = caller(Fault(Trouble.LIMIT, seconds=7), ways=Ways(clock=lambda: 100_000))
    sms, mail = calling.send("sms"), calling.send("email")
    assert isinstance(sms, Answer)
    assert isinstance(mail, Answer)
    assert sms.headers["retry-after"] == "7"
    assert (mail.headers["x-ratelimit-remaining"], mail.headers["x-ratelimit-reset"]) == ("0", "107")


def test_a_provider_bears_only_so_many_requests_at_once(caller: Call) -> None:
    calling = caller(Fault(Trouble.DELAY, seconds=0.5), ways=Ways(concurrent=1))
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(calling.send("sms"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [201, 429, 429]


def test_faults_name_attempts_and_keys() -> None:
    fault = Fault(Trouble.CUT, attempts=(2,), keys=("k",))
    assert [fault.strikes("k", attempt, 0, "sms") for attempt in (1, 2, 3)] == [False, True, False]
    assert not fault.strikes("other", 2, 0, "sms")
    assert hash(Fault(Trouble.CUT, keys=["k"])) == hash(Fault(Trouble.CUT, keys=("k",)))  # type: ignore[arg-type]


def test_a_fault_of_each_group_may_strike_the_same_message() -> None:
    script = (Fault(Trouble.CUT), Fault(Trouble.VANISH), Fault(Trouble.HIDE), Fault(Trouble.DOUBLE))
    found = [trouble_for(script, "k", 1, 0, "sms", group) for group in (REQUESTS, FATES, HIDING, TELLING)]
    assert found == list(script)
    assert set(Trouble) == REQUESTS | FATES | HIDING | TELLING
    assert outage_at(script, 0, "sms") is None


def test_an_id_is_never_given_twice_and_the_record_outlives_its_deletion(caller: Call, transport: Transport) -> None:
    calling = caller()
    for _ in range(3):
        calling.send("sms", to="%2B48500000123")
    taken = calling.sandbox.accepted()
    assert len({one.provider_id for one in taken}) == 3
    url = calling.sandbox.address.url + LIST.replace(".json", f"/{taken[0].provider_id}.json")
    answer = transport.request("DELETE", url, {"Authorization": BASIC})
    assert isinstance(answer, Answer)
    assert answer.status == 204
    assert calling.look("sms") == 2
    assert len(calling.sandbox.reached("+48500000123")) == 3


def test_what_is_called_by_an_id_keeps_it() -> None:
    message = Accepted("sms", "SM1", "+48500000123", "Sowa", "x", "k", 1)
    with Sandbox.start() as sandbox, pytest.raises(ValueError, match="keeps its id"):
        sandbox.book.change(message, Accepted("sms", "SM2", "+48500000123", "Sowa", "x", "k", 1))
