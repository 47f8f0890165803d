"""The sandbox's traffic, with the official clients and with our connectors, against the providers' specifications."""

import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import pytest
from openapi_schema_validator import OAS30Validator, OAS31Validator, oas30_format_checker, oas31_format_checker
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from connectors.opening import Opened
from connectors.sandbox.address import ACCOUNT, API_KEY, TOKEN
from connectors.sandbox.exchange import Reply, Request
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox, Ways
from schemas.messages import Message
from schemas.times import from_millis

SPECS = Path(__file__).parent / "specs"
NOW = 1_790_000_000_000
PHONE = "+48500000123"


class Wrong(NamedTuple):
    """A place where a specification is known to be wrong: what it says, and what the provider does."""

    place: str
    says: str
    really: str


KNOWN_WRONG = (
    Wrong("POST /v3/mail/send request custom_args", "a string", "an object of strings"),
    Wrong("POST /v3/mail/send answer 202", "no headers", "X-Message-Id"),
    Wrong("POST /v3/mail/send answer 429", "nothing", "an error body as of 400"),
    Wrong("POST /v3/mail/send answer 413", "JSON", "a web server's page"),
    Wrong("POST /v3/mail/send answer 503", "nothing", "an error body as of 500"),
    Wrong("* answer errors.help", "an object", "null, or a string"),
    Wrong("* answer errors.field", "nullable, a word that OpenAPI 3.1 does not know", "null, or a string"),
    Wrong("* Twilio answer 4xx and 5xx", "nothing", "code, message, more_info, status"),
    Wrong("GET Messages.json answer *_page_uri", "format uri", "a path"),
    Wrong("POST Messages.json request From", "format phone-number", "a name of up to 11 letters, too"),
    Wrong("POST Messages.json request MessageIntent", "nothing", "the official client sends it"),
)
"""What the tests here let pass, and nothing else. `test_each_known_mistake_is_one_still` looks at each."""

TWILIO_ERROR = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string"},
        "status": {"type": "integer"},
    },
}


class Spec:
    """A specification with its operations."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = json.loads((SPECS / name).read_text("utf-8"))
        is_30 = self.document["openapi"].startswith("3.0")
        self._validator: Any = OAS30Validator if is_30 else OAS31Validator
        self._formats = oas30_format_checker if is_30 else oas31_format_checker
        self.is_twilio = "twilio_api" in name

    def operation(self, request: Request) -> dict[str, Any] | None:
        """The operation that a request is; None if it is of another specification."""
        for path, methods in self.document["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            if re.fullmatch(pattern, request.path) and request.method.lower() in methods:
                found: dict[str, Any] = methods[request.method.lower()]
                return found
        return None

    def resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        """A part, or what it refers to."""
        while "$ref" in part:
            found = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def findings(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What is wrong with a value."""
        whole = {**schema, "components": self.document.get("components", {})}
        return [
            f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in self._validator(whole, format_checker=self._formats).iter_errors(value)
        ]


ALL = [Spec(name) for name in ("twilio_api_v2010.json", "tsg_mail_v3.json", "tsg_logs_v3.json")]


def spec_of(request: Request) -> tuple[Spec, dict[str, Any]] | None:
    for spec in ALL:
        operation = spec.operation(request)
        if operation is not None:
            return spec, operation
    return None


def wrong_with(request: Request, reply: Reply) -> list[str]:
    """Every way in which an exchange is not as its specification says; [] for calls that have none here."""
    found = spec_of(request)
    if found is None:
        return []
    spec, operation = found
    asked = [] if reply.status >= 400 else _wrong_request(spec, operation, request)
    return asked + _wrong_reply(spec, operation, reply)


def _wrong_request(spec: Spec, operation: dict[str, Any], request: Request) -> list[str]:
    known = {one["name"]: one for one in map(spec.resolve, operation.get("parameters", [])) if one["in"] == "query"}
    wrong = [f"query {name}: unknown" for name in request.query if name not in known]
    for name, value in request.query.items():
        schema = known.get(name, {}).get("schema", {})
        wrong += spec.findings(schema, _typed(value, schema))
    content = spec.resolve(operation.get("requestBody", {})).get("content", {})
    for kind, part in content.items():
        wrong += _wrong_body(spec, spec.resolve(part["schema"]), kind, request)
    return wrong


def _wrong_body(spec: Spec, schema: dict[str, Any], kind: str, request: Request) -> list[str]:
    if not request.headers.get("content-type", "").startswith(kind):
        return [f"content type: not {kind}"]
    if kind == "application/json":
        return spec.findings(schema, json.loads(request.body))
    form = parse_qs(request.body.decode(), keep_blank_values=True)
    fields = schema["properties"]
    wrong = [f"{name}: unknown" for name in form if name not in fields]
    return wrong + spec.findings(schema, {name: _typed(form[name][0], fields[name]) for name in form if name in fields})


def _typed(text: str, schema: dict[str, Any]) -> Any:
    """A form's text as the type that is meant."""
    kind = schema.get("type")
    if kind == "integer" and text.isdigit():
        return int(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _wrong_reply(spec: Spec, operation: dict[str, Any], reply: Reply) -> list[str]:
    told = operation["responses"].get(str(reply.status))
    if spec.is_twilio and reply.status >= 400:
        return spec.findings(TWILIO_ERROR, json.loads(reply.body))
    if reply.status == 413:
        return [] if reply.headers["Content-Type"] == "text/html" else ["413: SendGrid answers with a page"]
    if told is None and reply.status in (429, 503):
        told = operation["responses"]["400"]
    if told is None:
        return [f"answer {reply.status}: not in the specification"]
    content = spec.resolve(told).get("content", {})
    if not content:
        return ["a body where there is none"] if reply.body else []
    schema = next(iter(content.values()))["schema"]
    return spec.findings(schema, _spared(json.loads(reply.body)))


def _spared(body: Any) -> Any:
    """An error body without its `help`, and without a `field` that is null: see KNOWN_WRONG."""
    if not isinstance(body, dict) or "errors" not in body:
        return body
    errors = [
        {name: value for name, value in error.items() if name != "help" and (name, value) != ("field", None)}
        for error in body["errors"]
    ]
    return body | {"errors": errors}


# --- traffic


class Traffic:
    """A sandbox whose exchanges are kept."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[Request, Reply]] = []
        self._started: list[Sandbox] = []

    def start(self, *faults: Fault) -> Sandbox:
        ways = Ways(clock=lambda: NOW, watch=lambda request, reply: self.exchanges.append((request, reply)))
        self._started.append(Sandbox.start(faults, ways=ways))
        return self._started[-1]

    def close(self) -> None:
        for sandbox in self._started:
            sandbox.close()

    def check(self, *operations: str) -> None:
        """Every exchange is as specified, and each of these operations (method, end of path, status) is among them."""
        seen = {f"{request.method} {request.path} {reply.status}" for request, reply in self.exchanges}
        for operation in operations:
            assert any(re.search(operation, one) for one in seen), (operation, sorted(seen))
        wrong = [
            f"{request.method} {request.path} {reply.status}: {finding}"
            for request, reply in self.exchanges
            for finding in wrong_with(request, reply)
        ]
        assert wrong == []


@pytest.fixture
def traffic() -> Iterator[Traffic]:
    kept = Traffic()
    yield kept
    kept.close()


def test_the_official_twilio_clients_traffic_is_as_specified(traffic: Traffic) -> None:
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = traffic.start().address.url
    now = from_millis(NOW)
    made = client.messages.create(
        to=PHONE, from_="+48500900900", body="paczka", status_callback="https://h.example/s", validity_period=600
    )
    later = client.messages.create(
        to=PHONE,
        messaging_service_sid="MG" + "0" * 32,
        body="paczka później",
        schedule_type="fixed",
        send_at=now + timedelta(hours=1),
        smart_encoded=False,
    )
    client.messages.list(to=PHONE, from_="+48500900900", date_sent_after=now - timedelta(days=1), page_size=1)
    client.messages(made.sid).fetch()
    client.messages(later.sid).fetch()
    client.messages(later.sid).update(status="canceled")
    client.messages(made.sid).update(body="")
    client.messages(made.sid).delete()
    for number in ("500", "+48500021610", "+48500020429", "+48500020500"):
        with pytest.raises(TwilioRestException):
            client.messages.create(to=number, from_="Sowa", body="x")
    client.http_client.session.close()
    traffic.check(
        r"POST .*Messages.json 201",
        r"GET .*Messages.json 200",
        r"GET .*/SM\w+.json 200",
        r"POST .*/SM\w+.json 200",
        r"DELETE .* 204",
        r"POST .* 400",
        r"POST .* 429",
        r"POST .* 500",
    )


def test_the_official_sendgrid_clients_traffic_is_as_specified(traffic: Traffic) -> None:
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the client never closes what it opens
        _mail_and_logs(SendGridAPIClient(API_KEY, host=traffic.start().address.url))
    traffic.check(
        r"POST /v3/mail/send 202",
        r"POST /v3/mail/send 400",
        r"POST /v3/mail/send 413",
        r"POST /v3/mail/send 429",
        r"POST /v3/mail/send 500",
        r"POST /v3/logs 200",
        r"POST /v3/logs 400",
        r"GET /v3/logs/.* 200",
        r"GET /v3/logs/.* 404",
        r"POST /v3/mail/batch 201",
        r"GET /v3/mail/batch/.* 200",
    )


def _mail_and_logs(client: Any) -> None:
    for mailbox in ("jan", "test-bounce", "test-block", "test-invalid", "test-deferred", "test-spam", "test-lost"):
        client.send(Mail("sowa@sowa.example", f"{mailbox}@poczta.example", "W drodze", plain_text_content="x"))
    for mailbox in ("test-400", "test-413", "test-429", "test-500"):
        with pytest.raises(HTTPError):
            client.send(Mail("sowa@sowa.example", f"{mailbox}@poczta.example", "W drodze", plain_text_content="x"))
    found = json.loads(client.client.logs.post(request_body={"limit": 100}).body)["messages"]
    for row in found:
        client.client.logs._(row["sg_message_id"]).get()
    for ask in (lambda: client.client.logs.post(request_body={"limit": 0}), lambda: client.client.logs._("x").get()):
        with pytest.raises(HTTPError):
            ask()
    batch = json.loads(client.client.mail.batch.post().body)["batch_id"]
    client.client.mail.batch._(batch).get()


def test_our_connectors_traffic_is_as_specified(
    traffic: Traffic, open_to: Callable[..., Opened], say: Callable[..., Message]
) -> None:
    sandbox = traffic.start(Fault(Trouble.LIMIT, count=1, share=0.5), Fault(Trouble.BREAK, count=1, share=0.7))
    items = [say(name, channel) for name in "abcdefgh" for channel in ("sms", "email")]
    open_to(sandbox).delivery.deliver(items)
    traffic.check(r"POST .*Messages.json 201", r"POST /v3/mail/send 202", r"POST .* 429", r"POST .* 503")


# --- the checking itself


def test_a_wrong_exchange_would_be_seen() -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    headers = {"content-type": "application/x-www-form-urlencoded"}

    def ask(body: bytes, reply: bytes = b"{}", query: dict[str, str] | None = None, method: str = "POST") -> list[str]:
        status = 201 if method == "POST" else 200
        return wrong_with(Request(method, path, query or {}, headers, body, NOW), Reply(status, reply))

    assert ask(b"To=%2B48500000123&Body=x") == []
    assert ask(b"Body=x") == [": 'To' is a required property"]
    assert ask(b"To=x&Colour=red") == ["Colour: unknown"]
    assert len(ask(b"To=x&MessagingServiceSid=MG1")) == 2
    assert len(ask(b"To=x&SendAt=tomorrow")) == 1
    assert len(ask(b"To=x&ValidityPeriod=long")) == 1
    assert len(ask(b"To=x", b'{"sid": "XX1", "status": "flying", "to": null}')) == 3
    assert len(ask(b"", b'{"messages": 7}', {"PageSize": "5000", "Colour": "red"}, "GET")) == 3


def test_each_known_mistake_is_one_still() -> None:
    """Should a newer specification have mended one, its line can go."""
    twilio, mail, _ = (spec.document for spec in ALL)
    create = twilio["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    listing = twilio["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]
    form = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    pages = listing["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    send = mail["paths"]["/v3/mail/send"]["post"]
    body = mail["components"]["requestBodies"]["PostMailSend"]["content"]["application/json"]["schema"]["properties"]
    error = mail["components"]["schemas"]["ErrorResponse"]["properties"]["errors"]["items"]["properties"]
    mistakes = {
        "POST /v3/mail/send request custom_args": body["custom_args"] == {"type": "string"},
        "POST /v3/mail/send answer 202": "headers" not in send["responses"]["202"],
        "POST /v3/mail/send answer 429": "429" not in send["responses"],
        "POST /v3/mail/send answer 413": "application/json" in ALL[1].resolve(send["responses"]["413"])["content"],
        "POST /v3/mail/send answer 503": "503" not in send["responses"],
        "* answer errors.help": error["help"] == {"type": "object"},
        "* Twilio answer 4xx and 5xx": set(create["responses"]) == {"201"},
        "* answer errors.field": "nullable" in error["field"] and error["field"]["type"] == "string",
        "GET Messages.json answer *_page_uri": pages["first_page_uri"]["format"] == "uri",
        "POST Messages.json request From": form["From"]["format"] == "phone-number",
        "POST Messages.json request MessageIntent": "MessageIntent" not in form,
    }
    assert mistakes == {wrong.place: True for wrong in KNOWN_WRONG}
