"""What every connector does, held against the sandbox; and what is peculiar to each."""

import inspect
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from sendgrid.helpers.mail import exceptions as sendgrid_errors
from sendgrid.helpers.mail.exceptions import ApiKeyIncludedException, SendGridException
from twilio.base import exceptions as twilio_errors

from connectors import twilio_sms
from connectors.connector import Connector, Sent
from connectors.receipts.receipt import Incoming
from connectors.receipts.twilio_posts import TwilioSecrets, read_status
from connectors.refusals import Means, Scope, error_of
from connectors.sandbox.address import ACCOUNT, API_KEY, CALLBACK, TOKEN
from connectors.sandbox.course import Pace
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.sandbox.telling import status_posts
from connectors.sendgrid_email import LARGEST, SendGridEmail, mail_of
from connectors.sendgrid_email import meaning as sendgrid_meaning
from connectors.transport import Answer, Direct, Transport
from connectors.twilio_sms import REFUSALS, REMEDIES, SCOPES, TwilioSms, meaning
from schemas import errors
from schemas.errors import ConfigurationError, Permanent, SendError, Transient, Unknown
from schemas.messages import Message

Say = Callable[..., Message]
KEY = "0123456789abcdef0123456789abcdef"

OUTCOMES: list[tuple[str, str, type[Exception], str]] = [
    ("sms", "+48500021211", Permanent, "recipient"),
    ("sms", "+48500021614", Permanent, "recipient"),
    ("sms", "+48220000000", Permanent, "recipient"),  # a landline
    ("sms", "500", Permanent, "recipient"),
    ("sms", "+48500021610", Permanent, "opted_out"),
    ("sms", "+48500021617", Permanent, "message"),
    ("sms", "+48500020003", ConfigurationError, ""),
    ("sms", "+48500021408", ConfigurationError, ""),
    ("sms", "+48500021606", ConfigurationError, ""),
    ("sms", "+48500020429", Transient, ""),
    ("sms", "+48500021611", Transient, ""),
    ("sms", "+48500020500", Unknown, ""),
    ("sms", "+48500020503", Unknown, ""),
    ("sms", "+48500020408", Unknown, ""),
    ("sms", "+48500020409", Unknown, ""),
    ("email", "test-400@poczta.example", Permanent, "recipient"),
    ("email", "nobody", Permanent, "recipient"),
    ("email", "nobody@localhost", Permanent, "recipient"),
    ("email", "test-413@poczta.example", Permanent, "message"),
    ("email", "test-401@poczta.example", ConfigurationError, ""),
    ("email", "test-403@poczta.example", ConfigurationError, ""),
    ("email", "test-429@poczta.example", Transient, ""),
    ("email", "test-500@poczta.example", Unknown, ""),
    ("email", "test-taken-503@poczta.example", Unknown, ""),
    ("email", "test-cut@poczta.example", Unknown, ""),
    ("email", "test-taken-cut@poczta.example", Unknown, ""),
]


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport()
    yield opened
    opened.close()


@pytest.fixture
def connector_to(transport: Transport) -> Callable[[Sandbox, str], Connector]:
    def connect(sandbox: Sandbox, channel: str) -> Connector:
        line = sandbox.address.line(channel)
        if channel == "sms":
            return TwilioSms(ACCOUNT, TOKEN, line, transport, CALLBACK, realm="sandbox")
        return SendGridEmail(API_KEY, line, transport, realm="sandbox")

    return connect


Connect = Callable[[Sandbox, str], Connector]


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_what_is_sent_reaches_the_customer_as_it_was_written(
    sandbox: Sandbox, connector_to: Connect, say: Say, channel: str
) -> None:
    message = say(channel=channel, sender_name="Sowa", reply_to="pomoc@sowa.example")
    sent = connector_to(sandbox, channel).send(message, KEY, 3, 7_000)
    (taken,) = sandbox.accepted()
    assert sent == Sent({"sms": "twilio", "email": "sendgrid"}[channel], taken.provider_id)
    assert (taken.to, taken.text, taken.html, taken.subject) == (
        message.to,
        message.text,
        message.html,
        message.subject,
    )
    assert (taken.sender, taken.key, taken.attempt, taken.at) == (message.sender, KEY, 3, 7_000)


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_the_provider_is_told_the_opaque_key_and_nothing_else(
    sandbox: Sandbox, connector_to: Connect, say: Say, channel: str
) -> None:
    connector_to(sandbox, channel).send(say(channel=channel), KEY, 1, 7_000)
    (taken,) = sandbox.accepted()
    expected = {"sms": (("StatusCallback", f"{CALLBACK}?k={KEY}&a=1#rc=5&rp=all"),), "email": (("awizo_key", KEY),)}
    assert taken.arguments == expected[channel]


@pytest.mark.parametrize(
    ("callback", "asked"),
    [
        ("https://h.example/s", f"https://h.example/s?k={KEY}&a=1#rc=5&rp=all"),
        ("https://h.example/s?x=1", f"https://h.example/s?x=1&k={KEY}&a=1#rc=5&rp=all"),
        ("https://h.example/s#rc=2&rp=5xx", f"https://h.example/s?k={KEY}&a=1#rc=2&rp=5xx"),
    ],
)
def test_twilio_is_asked_to_repeat_callbacks_and_the_key_stands_before_that(
    sandbox: Sandbox, say: Say, callback: str, asked: str
) -> None:
    sms = TwilioSms(ACCOUNT, TOKEN, sandbox.address.line("sms"), Transport(1), callback)
    sms.send(say(), KEY, 1, 7_000)
    assert dict(sandbox.accepted()[0].arguments) == {"StatusCallback": asked}
    (post, *_) = status_posts(sandbox.accepted()[0], Pace())
    read = read_status(Incoming(post.url, post.headers, post.body, 7_000), TwilioSecrets((TOKEN,)))
    assert [receipt.key for receipt in read] == [KEY]
    assert "#" not in post.url


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_ids_are_the_same_for_the_same_key_and_attempt(
    sandbox_with: Callable[..., Sandbox], connector_to: Connect, say: Say, channel: str
) -> None:
    first, second = (connector_to(sandbox_with(), channel).send(say(channel=channel), KEY, 1, 7_000) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("channel", "to", "kind", "whom"), OUTCOMES)
def test_each_answer_means_what_the_table_says(
    sandbox: Sandbox, connector_to: Connect, say: Say, channel: str, to: str, kind: type[Exception], whom: str
) -> None:
    with pytest.raises(kind) as raised:
        connector_to(sandbox, channel).send(say(channel=channel, to=to), KEY, 1, 7_000)
    assert type(raised.value) is kind
    assert getattr(raised.value, "whom", "") == whom
    assert to not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("trouble", "kind", "taken"),
    [
        (Trouble.LIMIT, Transient, 0),
        (Trouble.REFUSE, Transient, 0),
        (Trouble.BREAK, Unknown, 0),
        (Trouble.CUT, Unknown, 0),
        (Trouble.TAKE_AND_BREAK, Unknown, 1),
        (Trouble.TAKE_AND_CUT, Unknown, 1),
        (Trouble.TAKE_AND_CUT_HEADERS, Unknown, 1),
        (Trouble.TAKE_AND_CUT_BODY, Unknown, 1),
    ],
)
def test_each_trouble_is_told_apart(
    sandbox_with: Callable[..., Sandbox],
    connector_to: Connect,
    say: Say,
    channel: str,
    trouble: Trouble,
    kind: type[Exception],
    taken: int,
) -> None:
    sandbox = sandbox_with(Fault(trouble, until=5_000))
    connector = connector_to(sandbox, channel)
    with pytest.raises(kind):
        connector.send(say(channel=channel), KEY, 1, 4_999)
    assert len(sandbox.accepted()) == taken
    assert connector.send(say(channel=channel), KEY, 2, 5_000).provider_id


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_wrong_secret_is_the_operators_to_mend(
    sandbox: Sandbox, connector_to: Connect, say: Say, channel: str
) -> None:
    connector: Any = connector_to(sandbox, channel)
    wrong = replace(connector, **{"sms": {"token": "no"}, "email": {"api_key": "no"}}[channel])
    with pytest.raises(ConfigurationError, match="doctor"):
        wrong.send(say(channel=channel), KEY, 1, 7_000)
    assert "no" not in repr(wrong).replace("nobody", "")


def test_words_too_long_for_twilio_are_refused_before_they_are_sent(
    sandbox: Sandbox, connector_to: Connect, say: Say
) -> None:
    with pytest.raises(Permanent) as raised:
        connector_to(sandbox, "sms").send(say(text="a" * 1_601), KEY, 1, 7_000)
    assert (raised.value.reason, raised.value.whom) == ("21617", "message")
    assert sandbox.book.requests(KEY) == 0


def test_a_mail_one_can_leave_says_how_in_one_click(say: Say) -> None:
    headers = mail_of(say(channel="email"), KEY)["personalizations"][0]["headers"]
    assert headers == {
        "List-Unsubscribe": "<https://sowa.example/p/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert "headers" not in mail_of(say(channel="email", unsubscribe=""), KEY)["personalizations"][0]


def test_a_mail_is_neither_tracked_nor_added_to(say: Say) -> None:
    tracking = mail_of(say(channel="email"), KEY)["tracking_settings"]
    assert {name: setting["enable"] for name, setting in tracking.items()} == {
        "click_tracking": False,
        "open_tracking": False,
        "subscription_tracking": False,
    }


@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        (429, 20429, Means.LATER),
        (429, 429, Means.DOUBT),  # a proxy's: the SDK puts the status where there was no code
        (429, None, Means.DOUBT),
        (400, 99999, Means.MESSAGE),
        (400, 400, Means.DOUBT),
        (403, 70051, Means.CONFIGURATION),
        (500, 20500, Means.DOUBT),
        (503, 20003, Means.DOUBT),
    ],
)
def test_only_twilios_own_words_prove_anything(status: int, code: int | None, means: Means) -> None:
    assert meaning(status, code) == means


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (429, b'{"errors":[{"field":null,"message":"too many requests"}]}', Means.LATER),
        (429, b"<html>slow down</html>", Means.DOUBT),
        (200, b"", Means.DOUBT),
        (202, b"", Means.DOUBT),  # without an id
        (400, b'{"errors":[{"field":"content","message":"x"}]}', Means.MESSAGE),
        (400, b'{"errors":"x"}', Means.DOUBT),
        (413, b"<html></html>", Means.MESSAGE),
        (418, b'{"errors":[]}', Means.DOUBT),
        (503, b'{"errors":[]}', Means.DOUBT),
    ],
)
def test_only_sendgrids_own_words_prove_anything(status: int, body: bytes, means: Means) -> None:
    assert sendgrid_meaning(Answer(status, {}, body)) == means


def test_every_error_of_the_sdk_ends_in_ours(say: Say) -> None:
    made = {
        "TwilioException": twilio_errors.TwilioException("quotes +48500000123"),
        "TwilioRestException": twilio_errors.TwilioRestException(400, "/x", "+48500000123", 21211),
        "TwilioServiceException": twilio_errors.TwilioServiceException("t", "x", 400, 21211),
    }
    assert set(made) == {name for name, _ in inspect.getmembers(twilio_errors, inspect.isclass)}
    for error in (*made.values(), ValueError("json"), KeyError("sid"), TypeError("x")):
        client = mock.Mock()
        client.messages.create.side_effect = error
        connector = TwilioSms(ACCOUNT, TOKEN, mock.Mock(), mock.Mock())
        with mock.patch.object(twilio_sms, "Client", return_value=client), pytest.raises(SendError) as raised:
            connector._create(client, say(), None)
        assert "500000123" not in str(raised.value)


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "3"}, 3_000),
        ({"x-ratelimit-reset": "1795341610", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 10_000),
        ({}, None),
    ],
)
def test_a_limit_says_how_long_the_provider_asks_us_to_wait(
    say: Say, channel: str, headers: dict[str, str], wait: int | None
) -> None:
    body = {
        "sms": b'{"code": 20429, "message": "Too Many Requests", "status": 429}',
        "email": b'{"errors":[{"field":null,"message":"too many requests"}]}',
    }[channel]
    with pytest.raises(Transient) as raised:
        speaking(channel, Answer(429, headers, body)).send(say(channel=channel), KEY, 1, 0)
    assert raised.value.retry_after == wait


def speaking(channel: str, answer: Any, name: str = "") -> Connector:
    """A connector to whom the network always says this."""
    transport = mock.Mock()
    transport.request.return_value = answer
    line = Direct("https://api.example")
    if channel == "sms":
        return TwilioSms(ACCOUNT, TOKEN, line, transport, name=name or "twilio")
    return SendGridEmail(API_KEY, line, transport, name=name or "sendgrid")


@pytest.mark.parametrize(
    ("channel", "status", "body", "scope", "setting"),
    [
        ("sms", 401, b'{"code": 20003, "message": "x", "status": 401}', "", "AWIZO_TWILIO_2_TOKEN"),
        ("sms", 400, b'{"code": 21606, "message": "x", "status": 400}', "sender", "shop's bundle"),
        ("sms", 400, b'{"code": 21408, "message": "x", "status": 400}', "country", "geographic permissions"),
        ("email", 401, b'{"errors":[{"field":null,"message":"x"}]}', "", "AWIZO_SENDGRID_2_API_KEY"),
        ("email", 403, b'{"errors":[{"field":"from","message":"x"}]}', "sender", "shop's bundle"),
        ("email", 403, b'{"errors":[{"field":null,"message":"x"}]}', "", "AWIZO_SENDGRID_2_API_KEY"),
    ],
)
def test_a_configuration_error_says_how_much_it_stops_and_which_setting_to_mend(
    say: Say, channel: str, status: int, body: bytes, scope: str, setting: str
) -> None:
    name = {"sms": "twilio_2", "email": "sendgrid_2"}[channel]
    with pytest.raises(ConfigurationError) as raised:
        speaking(channel, Answer(status, {}, body), name).send(say(channel=channel), KEY, 1, 0)
    assert raised.value.scope == scope
    assert setting in raised.value.remedy


def test_words_that_cannot_be_written_down_are_refused_before_anything_is_sent(say: Say) -> None:
    connector = speaking("sms", None)
    with pytest.raises(Permanent) as raised:
        connector.send(say(text="half a pair \ud83d"), KEY, 1, 0)
    assert raised.value.whom == "message"
    assert connector.transport.request.call_count == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "error", [SendGridException("x"), ApiKeyIncludedException(), ValueError("x"), TypeError("x"), KeyError("x")]
)
def test_every_error_of_the_mail_helpers_is_a_message_that_cannot_be_built(say: Say, error: Exception) -> None:
    assert {name for name, _ in inspect.getmembers(sendgrid_errors, inspect.isclass)} == {
        "SendGridException",
        "ApiKeyIncludedException",
    }
    with mock.patch("connectors.sendgrid_email.mail_of", side_effect=error), pytest.raises(Permanent) as raised:
        speaking("email", None).send(say(channel="email"), KEY, 1, 0)
    assert raised.value.reason == f"cannot_be_built:{type(error).__name__}"
    assert raised.value.__context__ is None


def test_a_mail_over_the_limit_is_refused_before_it_is_sent(say: Say) -> None:
    connector = speaking("email", None)
    with pytest.raises(Permanent) as raised:
        connector.send(say(channel="email", html="a" * LARGEST), KEY, 1, 0)
    assert (raised.value.reason, raised.value.whom) == ("413", "message")
    assert connector.transport.request.call_count == 0  # type: ignore[attr-defined]


def test_every_scope_has_a_remedy_and_only_configuration_has_a_scope() -> None:
    assert set(REMEDIES) == set(Scope)
    assert {REFUSALS[code] for code in SCOPES} == {Means.CONFIGURATION}


def test_every_code_of_the_table_has_an_error() -> None:
    for code, means in REFUSALS.items():
        error = error_of(means, str(code), "remedy")
        assert isinstance(error, SendError | ConfigurationError)
    assert {type(error_of(means, "x")) for means in Means} == {Transient, Permanent, Unknown, ConfigurationError}


@pytest.mark.parametrize(
    "error",
    [
        Transient("20429", 5_000),
        Permanent("21614", "recipient"),
        Unknown("ProtocolError", "twilio_2"),
        ConfigurationError("20003", "mend it", "sender"),
        errors.BadBundle("sowa", ("shop.yaml: name: too long",)),
        errors.BadEvent("missing", "data/order"),
        errors.StoreDown("locked"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_a_pickle_whole(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_no_error_of_ours_is_left_out_of_the_pickling() -> None:
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)}
    for kind in kinds:
        parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
        named = [p for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD]
        made = kind(*(("a", "b") if p.annotation is tuple or "tuple" in str(p.annotation) else "x" for p in named))
        again = pickle.loads(pickle.dumps(made))
        assert (type(again), vars(again), str(again)) == (kind, vars(made), str(made))
