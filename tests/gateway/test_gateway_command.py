"""`awizo gateway`: what it checks, what it refuses; and the document that describes its doors."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openapi_schema_validator import OAS31Validator
from starlette.routing import BaseRoute

from connectors.gateway.app import create_app
from connectors.gateway.opening import open_reception
from connectors.gateway.reception import Reception
from pipelines.cli import awizo
from schemas.errors import ConfigurationError
from tests.gateway.asking import URL, client_of
from tests.gateway.genuine import SETTINGS, WORD

Receive = Callable[..., Reception]

WHOLE = {
    "AWIZO_GATEWAY_URL": URL,
    "AWIZO_PERSON_KEY": "sixteen-characters-or-more",
    "AWIZO_TWILIO_ACCOUNT": "AC" + "0" * 32,
    "AWIZO_TWILIO_TOKEN": "a token",
    "AWIZO_TWILIO_CALLBACK": f"{URL}/providers/twilio/status",
    "AWIZO_SENDGRID_API_KEY": "SG.x",
    "AWIZO_SENDGRID_EVENT_KEYS": "key",
    "AWIZO_SENDGRID_PARSE_KEYS": "key",
}


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def run(**changes: str) -> Result:
        import os

        for name in [name for name in os.environ if name.startswith("AWIZO_")]:
            monkeypatch.delenv(name)
        store = {"AWIZO_STORE": f"sqlite:///{tmp_path}/awizo.db"}
        for name, value in (WHOLE | SETTINGS | store | changes).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(awizo, ["gateway", "--check"])

    return run


def test_what_is_whole_passes_and_says_which_addresses_to_enter(check: Callable[..., Result]) -> None:
    done = check()
    assert done.exit_code == 0, done.output
    for said in (
        f"POST {URL}/couriers/fedex",
        f"POST {URL}/couriers/dhl/<secret>",
        f"callbacks come to {URL}/providers/twilio/status",
        f"{URL}/providers/twilio/replies#rc=5&rp=all",
        f"events come to {URL}/providers/sendgrid/events",
    ):
        assert said in done.output
    assert WORD not in done.output


@pytest.mark.parametrize(
    ("changes", "level", "says"),
    [
        ({"AWIZO_GATEWAY_URL": ""}, "wrong", "AWIZO_GATEWAY_URL is not set"),
        ({"AWIZO_GATEWAY_URL": "https://my_host.example"}, "wrong", "underscore"),
        ({"AWIZO_GATEWAY_URL": "https://h.example/?a=b"}, "wrong", "query"),
        ({"AWIZO_GATEWAY_URL": "http://h.example"}, "note", "not https"),
        ({"AWIZO_STORE": ""}, "wrong", "AWIZO_STORE is not set"),
        ({"AWIZO_PERSON_KEY": "short"}, "wrong", "AWIZO_PERSON_KEY is too short"),
        ({"AWIZO_GATEWAY_PROXIES": "-1"}, "wrong", "AWIZO_GATEWAY_PROXIES is not a number"),
        ({"AWIZO_FEDEX_SECRETS": ""}, "wrong", "AWIZO_FEDEX_SECRETS is not set"),
        ({"AWIZO_COURIER_WEBHOOKS": ""}, "note", "no courier's posts are taken"),
        ({"AWIZO_TWILIO_TOKEN": ""}, "wrong", "AWIZO_TWILIO_TOKEN is not set"),
        ({"AWIZO_TWILIO_CALLBACK": ""}, "note", f"set AWIZO_TWILIO_CALLBACK to {URL}/providers/twilio/status"),
        ({"AWIZO_TWILIO_CALLBACK": "https://other.example/x"}, "note", "callbacks go to https://other.example/x"),
        ({"AWIZO_TWILIO_SHARED_KEYS": "one two"}, "wrong", "AWIZO_TWILIO_SHARED_KEYS has a word"),
        ({"AWIZO_SENDGRID_EVENT_KEYS": ""}, "note", "AWIZO_SENDGRID_EVENT_KEYS is empty"),
        ({"AWIZO_SENDGRID_PARSE_KEYS": ""}, "note", "AWIZO_SENDGRID_PARSE_KEYS is empty"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    check: Callable[..., Result], changes: dict[str, str], level: str, says: str
) -> None:
    done = check(**changes)
    (line, *_) = [line for line in done.output.splitlines() if says in line]
    assert line.startswith(level)
    assert done.exit_code == (1 if level == "wrong" else 0)
    assert WORD not in done.output


def test_a_gateway_with_another_person_key_than_the_store_s_is_refused(tmp_path: Path) -> None:
    settings = WHOLE | {"AWIZO_STORE": f"sqlite:///{tmp_path}/awizo.db"}
    open_reception(settings).store.close()
    open_reception(settings).store.close()
    with pytest.raises(ConfigurationError, match="not the one that this store was made with"):
        open_reception(settings | {"AWIZO_PERSON_KEY": "another-of-sixteen-characters"})
    with pytest.raises(ConfigurationError, match="is not set"):
        open_reception(settings | {"AWIZO_PERSON_KEY": "a-new-one-of-its-own-id", "AWIZO_PERSON_KEY_ID": "2"})


def test_a_port_that_is_taken_is_bad_input(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = CliRunner().invoke(awizo, ["gateway", "--sandbox", "--port", str(taken.getsockname()[1])])
    assert type(done.exception).__name__ == "BadInput"


def test_the_openapi_document_is_valid_and_every_machine_s_post_has_an_example(receive: Receive) -> None:
    with client_of(receive(**SETTINGS)) as client:
        document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    posts = {path: calls["post"] for path, calls in document["paths"].items() if "post" in calls}
    assert len(posts) >= 6
    for path, post in posts.items():
        if path in ("/couriers/ups/token", "/u/{code}"):  # what they are sent is a standard's: RFC 6749, RFC 8058
            continue
        for media in post["requestBody"]["content"].values():
            assert media.get("example") or media.get("examples"), path
            OAS31Validator.check_schema(media.get("schema", {}))


def test_every_door_is_in_the_document(receive: Receive) -> None:
    app = create_app(receive(**SETTINGS))
    described = set(app.openapi()["paths"])
    routes: list[BaseRoute] = list(app.routes)
    assert routes
    assert described >= {"/couriers/{courier}", "/providers/{account}/status", "/providers/{account}/mail", "/healthz"}


def test_no_word_and_no_secret_of_a_customer_is_logged(receive: Receive, caplog: pytest.LogCaptureFixture) -> None:
    from tests.gateway.asking import Wire
    from tests.gateway.genuine import ALL

    with caplog.at_level("DEBUG"), Wire(receive(**SETTINGS)) as wire:
        for genuine in ALL:
            wire.ask(genuine.asked)
    said = caplog.text
    assert not [word for word in (WORD, "Gdzie jest", "+48500000123", "jan@poczta") if word in said]
