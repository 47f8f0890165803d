"""What the doctor learns of accounts and senders, from answers as the providers give them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.accounts import realm, routes
from connectors.examining import Level, examine_accounts, examine_senders
from connectors.shops import newest_bundle
from connectors.transport import Ambiguous, Answer, NotSent, Sent
from schemas.errors import ConfigurationError
from schemas.shops import Bundle, SmsSender

ENVIRONMENT = {
    "AWIZO_TWILIO_ACCOUNT": "AC" + "5a" * 16,
    "AWIZO_TWILIO_TOKEN": "twilio-secret",
    "AWIZO_SENDGRID_API_KEY": "SG.sendgrid-secret",
}
SOWA = Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa"


class Answering:
    """Providers that say this, by a part of the URL."""

    def __init__(self, **answers: object) -> None:
        self.answers = {
            "Accounts": {"status": "active", "type": "Full"},
            "scopes": {"scopes": ["mail.send"]},
            **answers,
        }
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Sent:
        assert (method, body) == ("GET", None)  # nothing is sent, nothing is changed
        self.asked.append((url, headers))
        said = next(said for part, said in reversed(self.answers.items()) if part in url)
        if isinstance(said, NotSent | Ambiguous | Answer):
            return said
        return Answer(200, {}, json.dumps(said).encode())


def accounts(**answers: object) -> list[tuple[str, str, str]]:
    found = examine_accounts(ENVIRONMENT, Answering(**answers))
    return [(finding.about, str(finding.level), finding.words) for finding in found]


def test_accounts_that_may_send_are_well() -> None:
    assert accounts() == [("twilio", "ok", "account is active"), ("sendgrid", "ok", "the key may send")]


@pytest.mark.parametrize(
    ("answers", "about", "words"),
    [
        ({"Accounts": Answer(401, {}, b'{"code": 20003}')}, "twilio", "Twilio answers 401"),
        ({"Accounts": {"status": "suspended"}}, "twilio", "the account is suspended"),
        ({"Accounts": NotSent("NameResolutionError")}, "twilio", "cannot be reached: NameResolutionError"),
        ({"Accounts": Answer(200, {}, b"<html>")}, "twilio", "the account is of no status"),
        ({"scopes": Answer(401, {}, b"")}, "sendgrid", "SendGrid answers 401"),
        ({"scopes": {"scopes": ["stats.read"]}}, "sendgrid", "the key may not send"),
        ({"scopes": Ambiguous("ReadTimeoutError")}, "sendgrid", "cannot be reached: ReadTimeoutError"),
    ],
)
def test_an_account_that_cannot_send_is_wrong_and_says_why(answers: dict[str, object], about: str, words: str) -> None:
    assert (about, "wrong", words) in accounts(**answers)


def test_a_trial_is_told() -> None:
    assert accounts(Accounts={"status": "active", "type": "Trial"})[0][2] == "account is active, a trial"


def test_a_wrong_key_names_its_setting_and_no_secret() -> None:
    asking = Answering(Accounts=Answer(401, {}, b""), scopes=Answer(401, {}, b""))
    told = " ".join(f"{finding.words} {finding.remedy}" for finding in examine_accounts(ENVIRONMENT, asking))
    assert "AWIZO_TWILIO_TOKEN" in told
    assert "AWIZO_SENDGRID_API_KEY" in told
    assert "secret" not in told
    assert all("Authorization" in headers for _, headers in asking.asked)


def senders(bundle: Bundle, **answers: object) -> dict[str, tuple[str, str]]:
    found = examine_senders(ENVIRONMENT, Answering(**answers), [bundle])
    return {finding.about: (str(finding.level), finding.words) for finding in found}


VERIFIED: dict[str, Any] = {
    "whitelabel": [{"domain": "sowa.example", "valid": True}, {"domain": "", "valid": True}],
    "verified_senders": {"results": []},
}
NOTHING: dict[str, Any] = {"whitelabel": [], "verified_senders": {"results": []}}


def test_a_mail_sender_is_verified_by_its_domain_or_by_itself() -> None:
    bundle = newest_bundle(SOWA)
    single = {"results": [{"from_email": bundle.email.address, "verified": True}]}
    assert senders(bundle, **VERIFIED)["sendgrid: sender of sowa"] == ("ok", "verified")
    assert senders(bundle, **(NOTHING | {"verified_senders": single}))["sendgrid: sender of sowa"][0] == "ok"
    assert senders(bundle, **NOTHING)["sendgrid: sender of sowa"] == ("wrong", "not verified")
    invalid = {"whitelabel": [{"domain": "sowa.example", "valid": False}]}
    assert senders(bundle, **(NOTHING | invalid))["sendgrid: sender of sowa"][0] == "wrong"
    refused = {"whitelabel": Answer(403, {}, b"{}")}
    assert senders(bundle, **(NOTHING | refused))["sendgrid: sender of sowa"][0] == "note"


@pytest.mark.parametrize(
    ("sender", "numbers", "level"),
    [
        ("SklepSowa", [], Level.NOTE),
        ("+48500000999", [{"phone_number": "+48500000999"}], Level.WELL),
        ("+48500000999", [], Level.WRONG),
    ],
)
def test_an_sms_sender_is_looked_up_where_that_can_be(sender: str, numbers: list[object], level: Level) -> None:
    bundle = newest_bundle(SOWA).model_copy(update={"sms": {"PL": SmsSender(sender=sender)}})
    found = senders(bundle, **NOTHING, IncomingPhoneNumbers={"incoming_phone_numbers": numbers})
    assert found["twilio: sender of sowa"][0] == level


def test_a_route_is_read_with_its_countries() -> None:
    environment = {"AWIZO_SMS_ROUTES": "twilio:PL,UA twilio_2"}
    assert [(route.name, route.provider, sorted(route.countries)) for route in routes("sms", environment)] == [
        ("twilio", "twilio", ["PL", "UA"]),
        ("twilio_2", "twilio", []),
    ]


def test_a_realm_needs_an_account() -> None:
    with pytest.raises(ConfigurationError, match="no provider account"):
        realm({"AWIZO_SMS_ROUTES": "", "AWIZO_EMAIL_ROUTES": ""})
