"""Couriers' doors: what is genuine is in the log as it came."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.gateway.reception import Reception
from connectors.gateway.webhooks import webhooks
from connectors.log.publisher import entry_of
from couriers.registry import COURIERS
from couriers.seals import SEALS
from schemas.envelope import Reported, read_structured
from schemas.errors import ConfigurationError, LogDown
from schemas.settings import COURIER_SECRETS
from tests.gateway.asking import NOW, Asked, Wire, events, published
from tests.gateway.genuine import BODY, PEM, SETTINGS, WORD, Genuine, couriers, digest, in_base64

Receive = Callable[..., Reception]

GENUINE = couriers()
NAMES = [one.name for one in GENUINE]

EASYPOST = (
    b'{"result":{"id":"batch_123...","object":"Batch","mode":"test","state":"created","num_shipments":0,'
    b'"reference":null,"created_at":"2022-07-26T17:22:32Z","updated_at":"2022-07-26T17:22:32Z","scan_form":null,'
    b'"shipments":[],"status":{"created":0,"queued_for_purchase":0,"creation_failed":0,"postage_purchased":0,'
    b'"postage_purchase_failed":0},"pickup":null,"label_url":null},"description":"batch.created","mode":"test",'
    b'"previous_attributes":null,"completed_urls":null,"user_id":"user_123...","status":"pending",'
    b'"object":"Event","id":"evt_123..."}'
)
"""By which EasyPost's own libraries are tested."""


@pytest.mark.parametrize("genuine", GENUINE, ids=NAMES)
def test_a_genuine_post_is_in_the_log_byte_for_byte(genuine: Genuine, receive: Receive) -> None:
    reception = receive(**SETTINGS)
    with Wire(reception) as wire:
        answered = wire.ask(genuine.asked)
    assert (answered.status, answered.body) == (200, b"")
    (entry,) = published(reception)
    read = read_structured(entry.event)
    courier, _, seal = genuine.name.partition("-")
    assert read.data == Reported(courier, "push", BODY)
    assert (read.source, read.occurred_at, entry.stream.name) == (f"/couriers/{courier}", NOW, "couriers")
    assert entry_of(entry.event) == entry
    (event,) = events(reception)
    assert (event["seal"], event["id"]) == (seal, read.id)
    assert WORD not in json.dumps({name: value for name, value in event.items() if name != "data_base64"})


def test_published_vectors_are_taken_over_http(receive: Receive) -> None:
    known = "hmac-sha256-hex=e93977c8ccb20363d51a62b3fe1fc402b7829be1152da9e88cf9e8d07115a46b"
    reception = receive(
        AWIZO_COURIER_WEBHOOKS="easypost fedex", AWIZO_EASYPOST_SECRETS="sécret", AWIZO_FEDEX_SECRETS="Jefe"
    )
    rfc_4231 = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    signed = {"fdx-signature": base64.b64encode(rfc_4231).decode()}
    with Wire(reception) as wire:
        assert wire.ask(Asked("/couriers/easypost", EASYPOST, {"X-Hmac-Signature": known})).status == 200
        assert wire.ask(Asked("/couriers/fedex", b"what do ya want for nothing?", signed)).status == 200
    assert [event["subject"] for event in events(reception)] == ["easypost", "fedex"]


def test_some_headers_are_kept_and_no_signature_is(receive: Receive) -> None:
    reception = receive(**SETTINGS)
    headers = {"X-InPost-Signature": in_base64(BODY), "X-InPost-Event-Id": "e-1\x01ż", "X-InPost-Topic": "T" * 500}
    asked = Asked("/couriers/inpost", BODY, headers | {"Content-Type": "application/json; charset=utf-8"})
    with Wire(reception) as wire:
        wire.ask(asked)
    (event,) = events(reception)
    assert (event["deliveryid"], event["topic"], event["datacontenttype"]) == ("e-1", "T" * 128, "application/json")
    assert in_base64(BODY) not in json.dumps(event)


def test_both_secrets_hold_while_one_is_being_changed(receive: Receive) -> None:
    reception = receive(**SETTINGS)
    with Wire(reception) as wire:
        for secret in (WORD, "the-former-one"):
            asked = Asked("/couriers/fedex", BODY, {"fdx-signature": in_base64(BODY, secret)})
            assert wire.ask(asked).status == 200
        assert wire.ask(replace(asked, headers={"fdx-signature": in_base64(BODY, "the-next-one")})).status == 403


@pytest.mark.parametrize("key", [PEM, PEM.strip(), PEM.replace("\n", "\\n")])
def test_a_public_key_never_passes_for_a_secret(receive: Receive, key: str) -> None:
    reception = receive(AWIZO_COURIER_WEBHOOKS="inpost:hmac inpost:rsa", AWIZO_INPOST_SECRETS=f"{WORD} {key}")
    with Wire(reception) as wire:
        for secret in (PEM, PEM.strip(), key):
            asked = Asked("/couriers/inpost", BODY, {"X-InPost-Signature": in_base64(BODY, secret)})
            assert wire.ask(asked).status == 403


def test_a_courier_that_is_not_opened_is_not_found_and_a_get_says_which_is(receive: Receive) -> None:
    reception = receive(AWIZO_COURIER_WEBHOOKS="fedex", AWIZO_FEDEX_SECRETS=WORD)
    with Wire(reception) as wire:
        assert wire.ask(Asked("/couriers/inpost", BODY)).status == 404
        assert wire.ask(Asked("/couriers/inpost", method="GET")).status == 404
        assert wire.ask(Asked("/couriers/fedex", method="GET")).status == 200
        assert wire.ask(Asked("/couriers/ups/token", b"grant_type=client_credentials")).status in (403, 404)
    assert published(reception) == []


def test_a_network_is_that_of_the_sender_as_our_own_proxy_saw_it(receive: Receive) -> None:
    settings = {"AWIZO_COURIER_WEBHOOKS": "inpost:shipx_network", "AWIZO_GATEWAY_PROXIES": "1"}
    reception = receive(**settings)
    with Wire(reception) as wire:
        for forwarded, status in (("91.216.25.7", 200), ("91.216.25.7, 6.6.6.6", 403), ("", 403)):
            asked = Asked("/couriers/inpost", BODY, {"X-Forwarded-For": forwarded})
            assert wire.ask(asked).status == status


def test_ups_gets_a_bearer_for_its_credentials_and_posts_with_it(receive: Receive) -> None:
    reception = receive(AWIZO_COURIER_WEBHOOKS="ups:oauth", AWIZO_UPS_SECRETS="awizo:hush")
    form = b"grant_type=client_credentials"

    def asked(words: str, body: bytes = form) -> Asked:
        basic = base64.b64encode(words.encode()).decode()
        return Asked("/couriers/ups/token", body, {"Authorization": f"Basic {basic}"})

    with Wire(reception) as wire:
        for wrong in (
            asked("awizo:hush", b""),
            asked("awizo:hus"),
            asked(""),
            replace(asked("awizo:hush"), headers={}),
        ):
            assert wire.ask(wrong).status == 401
        given = json.loads(wire.ask(asked("awizo:hush")).body)
        assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
        post = Asked("/couriers/ups", BODY, {"Authorization": f"Bearer {given['access_token']}"})
        assert wire.ask(post).status == 200
    assert len(published(reception)) == 1


def test_a_genuine_but_empty_post_is_refused(receive: Receive) -> None:
    reception = receive(**SETTINGS)
    with Wire(reception) as wire:
        answered = wire.ask(Asked("/couriers/fedex", b"", {"fdx-signature": in_base64(b"")}))
    assert answered.status == 400
    assert json.loads(answered.body)["place"] == "body"


class Down:
    """A log that does not answer."""

    def publish(self, _entries: object) -> None:
        raise LogDown("nobody there")


def test_while_the_log_is_down_the_courier_is_asked_to_come_again(receive: Receive) -> None:
    with Wire(receive(publisher=Down(), **SETTINGS)) as wire:
        answered = wire.ask(GENUINE[0].asked)
    assert (answered.status, answered.headers["retry-after"]) == (503, "10")
    assert b"nobody there" not in answered.body


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"AWIZO_COURIER_WEBHOOKS": "wax"}, "AWIZO_COURIER_WEBHOOKS"),
        ({"AWIZO_COURIER_WEBHOOKS": "fedex:wax"}, "no seal 'wax'"),
        ({"AWIZO_COURIER_WEBHOOKS": "fedex"}, "AWIZO_FEDEX_SECRETS is not set"),
        ({"AWIZO_COURIER_WEBHOOKS": "gls:address"}, "a secret of gls"),
        ({"AWIZO_COURIER_WEBHOOKS": "inpost:rsa", "AWIZO_INPOST_SECRETS": WORD}, "none that fits the seal rsa"),
        ({"AWIZO_COURIER_WEBHOOKS": "inpost:hmac", "AWIZO_INPOST_SECRETS": PEM}, "none that fits the seal hmac"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_itself(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        webhooks(settings)


def test_every_courier_that_seals_has_a_setting_for_its_secrets() -> None:
    assert set(SEALS) - {"shopify"} <= set(COURIER_SECRETS)  # Shopify's posts are its shop's
    assert set(COURIER_SECRETS) <= set(COURIERS)


def test_a_header_that_comes_twice_proves_nothing(receive: Receive) -> None:
    signature = f"hmac-sha256-hex={digest(BODY).hex()}"
    with Wire(receive(**SETTINGS)) as wire:
        asked = Asked("/couriers/easypost", BODY, {"X-Hmac-Signature": signature, "x-hmac-signature": signature})
        assert wire.ask(asked).status == 403
