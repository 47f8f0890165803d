"""A transport that answers by script, and both providers' look-ups on it."""

import json
from typing import Any

from connectors.reconcile_sendgrid import SendGridLookUp
from connectors.reconcile_twilio import TwilioLookUp
from connectors.transport import Answer, Direct


class Scripted:
    """A transport that answers by script and remembers what it was asked."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def request(self, method: str, url: str, headers: object, body: bytes | None = None) -> Any:
        self.asked.append((method, url, body))
        return self.answers.pop(0)


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


def twilio(*answers: object) -> tuple[TwilioLookUp, Scripted]:
    transport = Scripted(*answers)
    return TwilioLookUp("AC1", "token", Direct("https://api.twilio.com"), transport), transport  # type: ignore[arg-type]


def sendgrid(*answers: object) -> tuple[SendGridLookUp, Scripted]:
    transport = Scripted(*answers)
    return SendGridLookUp("SG.1", Direct("https://api.sendgrid.com"), transport), transport  # type: ignore[arg-type]
