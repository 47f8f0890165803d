"""Providers' posts: whose they are, and what they say."""

import base64
import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook
from twilio.request_validator import RequestValidator

from connectors.receipts.receipt import Incoming, Receipt, Said, Unread, Why
from connectors.receipts.sendgrid_events import DROPS, TOLERANCE, read_events
from connectors.receipts.sendgrid_events import EVENTS as SENDGRID_EVENTS
from connectors.receipts.signatures import sendgrid_signature, twilio_signature
from connectors.receipts.twilio_posts import STATUSES, WHY, TwilioSecrets, read_reply, read_status
from schemas.errors import BadInput, BadSignature, ConfigurationError
from schemas.times import HOUR, SECOND

KEY = "0123456789abcdef0123456789abcdef"
URL = f"https://hooks.sowa.example/twilio/status?k={KEY}&a=2"
SID = "SM" + "1" * 32
NOW = 1_790_000_000_000
SECRETS = TwilioSecrets(("the token", "the former token"), {"webhooks_sharedkey_1": "a key of ours"})

PRIVATE, OTHER = (ec.derive_private_key(number, ec.SECP256R1()) for number in (12_345, 67_890))


def public(key: ec.EllipticCurvePrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def callback(
    status: str = "delivered", secret: str = "the token", url: str = URL, signed: str = "", **fields: str
) -> Incoming:
    form = {"MessageSid": SID, "MessageStatus": status, "AccountSid": "AC1", "To": "+48500000123"} | fields
    signature = twilio_signature(signed or url, {name: [value] for name, value in form.items()}, secret)
    return Incoming(url, {"X-Twilio-Signature": signature}, urlencode(form).encode(), NOW)


def events(*what: Any, key: ec.EllipticCurvePrivateKey = PRIVATE, at: int = NOW) -> Incoming:
    body = json.dumps(list(what)).encode() + b"\r\n"
    return signed_post(body, str(at // SECOND), key)


def signed_post(body: bytes, timestamp: str, key: ec.EllipticCurvePrivateKey = PRIVATE) -> Incoming:
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": sendgrid_signature(timestamp, body, key),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
    return Incoming("https://hooks.sowa.example/sendgrid", headers, body, NOW)


def mail_event(event: str = "delivered", **fields: Any) -> dict[str, Any]:
    return {
        "event": event,
        "email": "jan@poczta.example",
        "timestamp": NOW // SECOND,
        "sg_event_id": "e1",
        "sg_message_id": "abc.recvd-1",
        "awizo_key": KEY,
    } | fields


def one(found: list[Any]) -> Receipt:
    (receipt,) = found
    assert isinstance(receipt, Receipt)
    return receipt


# --- Twilio's signature


def test_the_signature_of_twilios_own_example_is_known() -> None:
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+12349013030"],
        "Digits": ["1234"],
        "From": ["+12349013030"],
        "To": ["+18005551212"],
    }
    signature = twilio_signature("https://mycompany.com/myapp.php?foo=1&bar=2", form, "12345")
    assert signature == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@given(
    st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=6),
    st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]),
    st.sampled_from(
        ["https://h.example/s?k=1", "https://h.example:443/s", "http://h.example:8080/s", "https://h.example"]
    ),
)
def test_signatures_are_those_of_the_official_validator(form: dict[str, str], algorithm: str, url: str) -> None:
    made = twilio_signature(url, {name: [value] for name, value in form.items()}, "token", algorithm)
    assert RequestValidator("token").validate(url, form, made, algorithm)


@pytest.mark.parametrize("signed", [URL, URL.replace(".example/", ".example:443/")])
def test_the_url_may_be_signed_with_its_usual_port(signed: str) -> None:
    assert read_status(callback(signed=signed), SECRETS)


@pytest.mark.parametrize("secret", SECRETS.tokens)
def test_both_tokens_hold_while_one_is_being_changed(secret: str) -> None:
    assert read_status(callback(secret=secret), SECRETS)


def test_a_key_of_our_own_signs_with_the_newer_algorithm() -> None:
    form = {"MessageSid": SID, "MessageStatus": "sent"}
    signature = twilio_signature(URL, {n: [v] for n, v in form.items()}, "a key of ours", "HMAC_SHA256")
    headers = {"x-twilio-signature": signature}
    settings = "x-twilio-webhooks-signature-settings"
    body = urlencode(form).encode()
    named = {**headers, settings: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    assert read_status(Incoming(URL, named, body, NOW), SECRETS)
    for wrong in (
        "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256",
        "key=webhooks_sharedkey_1,algorithm=HMAC_MD5",
        "key=webhooks_sharedkey_1",
        "algorithm=HMAC_SHA256",
        "",
    ):
        with pytest.raises(BadSignature):
            read_status(Incoming(URL, {**headers, settings: wrong}, body, NOW), SECRETS)


def test_a_body_that_is_no_form_is_held_to_its_hash_in_the_url() -> None:
    body = urlencode({"MessageSid": SID, "MessageStatus": "sent"}).encode()
    url = f"{URL}&bodySHA256={sha256(body).hexdigest()}"
    headers = {"X-Twilio-Signature": twilio_signature(url, {}, "the token")}
    assert RequestValidator("the token").validate(url, body.decode(), headers["X-Twilio-Signature"])
    assert read_status(Incoming(url, headers, body, NOW), SECRETS)
    with pytest.raises(BadSignature):
        read_status(Incoming(url, headers, body + b"&To=x", NOW), SECRETS)


@pytest.mark.parametrize(
    "post",
    [
        callback(secret="a stranger's"),
        callback(url=URL.replace("k=", "k=f"), signed=URL),
        Incoming(URL, {}, b"MessageSid=SM1", NOW),
        Incoming(URL, {"X-Twilio-Signature": "ą"}, b"MessageSid=SM1", NOW),
        Incoming(URL, callback().headers, callback("undelivered").body, NOW),
    ],
    ids=["another token", "another key in the URL", "none", "not even ASCII", "another form"],
)
def test_a_signature_that_does_not_hold_is_refused(post: Incoming) -> None:
    with pytest.raises(BadSignature) as raised:
        read_status(post, SECRETS)
    assert "500000123" not in str(raised.value)
    with pytest.raises(BadSignature):
        read_status(callback(), TwilioSecrets())


# --- Twilio's words


@pytest.mark.parametrize(("status", "said"), STATUSES.items())
def test_each_status_of_twilio_says_what_the_table_says(status: str, said: Said) -> None:
    receipt = one(read_status(callback(status), SECRETS))
    assert (receipt.said, receipt.status, receipt.at, receipt.key) == (said, status, NOW, KEY)
    assert (receipt.provider_id, receipt.id) == (SID, f"{SID}/{status}")


def test_a_status_that_is_new_proves_only_that_the_message_was_taken() -> None:
    receipt = one(read_status(callback("pondered", ErrorCode="30005"), SECRETS))
    assert (receipt.said, receipt.code, receipt.why) == (Said.TAKEN, "", Why.NOTHING)


@pytest.mark.parametrize(("code", "why"), WHY.items())
def test_each_code_of_twilio_says_why(code: int, why: Why) -> None:
    receipt = one(read_status(callback("undelivered", ErrorCode=str(code)), SECRETS))
    assert (receipt.code, receipt.why, receipt.opted_out) == (str(code), why, why == Why.OPTED_OUT)


@pytest.mark.parametrize(("code", "why"), [("99999", Why.MESSAGE), ("", Why.NOTHING), ("x", Why.NOTHING)])
def test_a_code_that_is_new_stops_this_message_only(code: str, why: Why) -> None:
    assert one(read_status(callback("failed", ErrorCode=code), SECRETS)).why == why


@pytest.mark.parametrize(
    ("post", "place"),
    [
        (callback(MessageSid="CA1"), "MessageSid"),
        (callback(""), "MessageStatus"),
        (Incoming(URL, {}, b"\xff\xfe", NOW), "body"),
        (Incoming(URL, {}, b"&".join(b"a%d=1" % number for number in range(501)), NOW), "body"),
    ],
)
def test_what_is_no_callback_of_a_message_says_where(post: Incoming, place: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_status(post, SECRETS)
    assert raised.value.place == place


def test_a_callback_without_our_key_is_known_by_its_sid_alone() -> None:
    for url in ("https://hooks.sowa.example/s", "https://hooks.sowa.example/s?k=<script>"):
        assert one(read_status(callback(url=url), SECRETS)).key == ""


@pytest.mark.parametrize(
    ("text", "extra", "opt"),
    [
        ("STOP", {}, "stop"),
        (" stop ", {}, "stop"),
        ("Unsubscribe", {}, "stop"),
        ("start", {}, "start"),
        ("HELP", {}, "help"),
        ("nie piszcie", {"OptOutType": "STOP"}, "stop"),
        ("please stop", {}, ""),
        ("Dziękuję!", {}, ""),
    ],
)
def test_a_reply_says_whether_it_opts_out(text: str, extra: dict[str, str], opt: str) -> None:
    reply = read_reply(callback(Body=text, From="+48500000123", To="+48500900900", **extra), SECRETS)
    assert (reply.opt, reply.text, reply.phone, reply.to) == (opt, text, "+48500000123", "+48500900900")
    assert "500000123" not in repr(reply)


def test_what_is_no_reply_says_what_is_missing() -> None:
    with pytest.raises(BadInput, match="From: missing"):
        read_reply(callback(Body="STOP"), SECRETS)


# --- SendGrid's signature


def test_the_signature_of_sendgrids_own_example_holds() -> None:
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaIN"
        "XvVpiglSI8eNEc6wEA3F+g=="
    )
    signature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    event = {
        "email": "hello@world.com",
        "event": "dropped",
        "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
        "timestamp": 1_600_112_492,
    }
    body = json.dumps([event], separators=(",", ":")).encode() + b"\r\n"
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    receipt = one(read_events(Incoming("", headers, body), [key], 1_600_112_502_000))
    assert (receipt.said, receipt.why, receipt.provider_id) == (Said.FAILED, Why.RECIPIENT, "LRzXl_NHStOGhQ4kofSm_A")
    with pytest.raises(BadSignature):
        read_events(Incoming("", headers, body.replace(b"dropped", b"bounced")), [key], 1_600_112_502_000)


def test_signatures_of_events_are_those_of_the_official_helper() -> None:
    post = events(mail_event(), key=PRIVATE)
    signature, timestamp = post.headers.values()
    helper = EventWebhook(public(PRIVATE))
    assert helper.verify_signature(post.body.decode(), signature, timestamp)
    assert not EventWebhook(public(OTHER)).verify_signature(post.body.decode(), signature, timestamp)


def test_an_old_and_a_new_verification_key_hold_while_it_is_being_changed() -> None:
    for key in (PRIVATE, OTHER):
        assert read_events(events(mail_event(), key=key), [public(PRIVATE), public(OTHER)], NOW)


@pytest.mark.parametrize("age", [0, TOLERANCE, -HOUR])
def test_a_post_of_the_last_25_hours_holds(age: int) -> None:
    assert read_events(events(mail_event()), [public(PRIVATE)], NOW + age)


@pytest.mark.parametrize("age", [TOLERANCE + SECOND, -HOUR - SECOND])
def test_a_post_that_is_too_old_or_of_the_future_is_refused(age: int) -> None:
    with pytest.raises(BadSignature, match="clock"):
        read_events(events(mail_event()), [public(PRIVATE)], NOW + age)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Signature", ""),
        ("Signature", "not base64!"),
        ("Signature", "MEUCIQ=="),
        ("Timestamp", ""),
        ("Timestamp", "١٢"),
        ("Timestamp", "1790000001"),
    ],
)
def test_a_header_that_is_missing_or_changed_is_refused(header: str, value: str) -> None:
    post = events(mail_event())
    headers = dict(post.headers) | {f"X-Twilio-Email-Event-Webhook-{header}": value}
    with pytest.raises(BadSignature):
        read_events(Incoming(post.url, headers, post.body, NOW), [public(PRIVATE)], NOW)


def test_the_bytes_are_signed_to_their_last_line_end() -> None:
    post = events(mail_event())
    with pytest.raises(BadSignature):
        read_events(Incoming(post.url, post.headers, post.body.rstrip(), NOW), [public(PRIVATE)], NOW)


def test_a_verification_key_that_cannot_be_read_says_where_to_copy_it() -> None:
    with pytest.raises(ConfigurationError, match="Mail Settings"):
        read_events(events(mail_event()), ["nonsense"], NOW)


# --- SendGrid's words


@pytest.mark.parametrize(("event", "said"), SENDGRID_EVENTS.items())
def test_each_event_of_sendgrid_says_what_the_table_says(event: str, said: Said) -> None:
    receipt = one(read_events(events(mail_event(event)), [public(PRIVATE)], NOW))
    assert (receipt.said, receipt.provider_id, receipt.key, receipt.id) == (said, "abc", KEY, "e1")
    assert receipt.at == NOW // SECOND * SECOND


@pytest.mark.parametrize(
    ("fields", "code", "why", "opted_out", "is_dead"),
    [
        ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, "5.1.1", Why.RECIPIENT, False, True),
        ({"event": "bounce", "type": "blocked", "status": "4.7.0"}, "4.7.0", Why.PASSING, False, False),
        ({"event": "bounce", "reason": "jan@poczta.example unknown"}, "bounce", Why.RECIPIENT, False, True),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "unsubscribed_address", Why.OPTED_OUT, True, False),
        ({"event": "dropped", "reason": "Bounced Address"}, "bounced_address", Why.RECIPIENT, False, False),
        ({"event": "dropped", "reason": "something new"}, "dropped", Why.MESSAGE, False, False),
        ({"event": "spamreport"}, "", Why.NOTHING, True, False),
        ({"event": "group_unsubscribe"}, "", Why.NOTHING, True, False),
    ],
)
def test_an_event_says_why_and_what_to_do(
    fields: dict[str, str], code: str, why: Why, opted_out: bool, is_dead: bool
) -> None:
    receipt = one(read_events(events(mail_event(**fields)), [public(PRIVATE)], NOW))
    assert (receipt.code, receipt.why, receipt.opted_out, receipt.is_dead) == (code, why, opted_out, is_dead)
    assert "poczta" not in repr(receipt)


@pytest.mark.parametrize(("reason", "why"), DROPS.items())
def test_each_reason_of_a_drop_is_known_however_it_is_written(reason: str, why: Why) -> None:
    receipt = one(read_events(events(mail_event("dropped", reason=reason.title())), [public(PRIVATE)], NOW))
    assert receipt.why == why


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (7, "body.0"),
        ({}, "body.0.event"),
        (mail_event("account_status_change"), "body.0.event"),
        (mail_event(sg_message_id=None), "body.0.sg_message_id"),
        (mail_event(sg_event_id=""), "body.0.sg_event_id"),
        (mail_event(timestamp="soon"), "body.0.timestamp"),
        (mail_event(timestamp=True), "body.0.timestamp"),
    ],
)
def test_a_bad_event_fails_alone(bad: Any, place: str) -> None:
    first, second = read_events(events(bad, mail_event()), [public(PRIVATE)], NOW)
    assert isinstance(first, Unread)
    assert first.place == place
    assert isinstance(second, Receipt)


@pytest.mark.parametrize("body", [b"", b"{}", b"7", b"\xff"])
def test_a_body_that_is_no_list_of_events_says_so(body: bytes) -> None:
    with pytest.raises(BadInput) as raised:
        read_events(signed_post(body, str(NOW // SECOND)), [public(PRIVATE)], NOW)
    assert raised.value.place == "body"


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(mail_event("dropped", reason="x"))), _JUNK)
def test_an_event_damaged_anywhere_is_read_or_given_as_unread(name: str, junk: Any) -> None:
    damaged = mail_event("dropped", reason="x") | {name: junk}
    (found,) = read_events(events(damaged), [public(PRIVATE)], NOW)
    assert isinstance(found, Receipt | Unread)
