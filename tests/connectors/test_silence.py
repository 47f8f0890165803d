"""Nothing secret and nobody's address or words in what a run logs or raises, whatever goes wrong."""

import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.opening import open_providers
from connectors.sandbox.address import ACCOUNT, API_KEY, TOKEN
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.transport import Direct, Transport
from connectors.twilio_sms import TwilioSms
from schemas.errors import AwizoError
from schemas.messages import Message
from schemas.times import HOUR

Say = Callable[..., Message]

PERSON_KEY = "a-key-of-tests-and-nothing-else"
WORDS = "Sowa: paczka 1 w drodze."
PHONES = [
    "+48500000123",
    "+48500021614",
    "+48500021610",
    "+48500020503",
    "+48500021606",
    "+48500021408",
    "+48500020429",
]
MAILBOXES = ["jan@poczta.example", "test-400@poczta.example", "test-403@poczta.example", "test-cut@poczta.example"]


def environment(url: str, folder: Path, **changes: str) -> dict[str, str]:
    return {
        "AWIZO_PERSON_KEY": PERSON_KEY,
        "AWIZO_STORE": f"sqlite:///{folder}/awizo.db",
        "AWIZO_TWILIO_ACCOUNT": ACCOUNT,
        "AWIZO_TWILIO_TOKEN": TOKEN,
        "AWIZO_TWILIO_URL": url,
        "AWIZO_SENDGRID_API_KEY": API_KEY,
        "AWIZO_SENDGRID_URL": url,
        **changes,
    }


def hidden(text: str) -> list[str]:
    """What of all that must not be seen is in the text."""
    secrets = [PERSON_KEY, TOKEN, "wrong-token", API_KEY, "SG.wrong", WORDS, "Dzień dobry", "poczta.example"]
    digits = [phone.removeprefix("+48") for phone in PHONES]
    return [each for each in (*secrets, *digits) if each in text]


@pytest.mark.parametrize(
    "changes",
    [{}, {"AWIZO_TWILIO_TOKEN": "wrong-token", "AWIZO_SENDGRID_API_KEY": "SG.wrong"}],
    ids=["right keys", "wrong keys"],
)
def test_a_run_with_faults_logs_nothing_personal_and_no_secret(
    sandbox_with: Callable[..., Sandbox],
    say: Say,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, str],
) -> None:
    sandbox = sandbox_with(Fault(Trouble.TAKE_AND_CUT_HEADERS, share=0.2), Fault(Trouble.BREAK, share=0.4))
    caplog.set_level(logging.DEBUG)
    opened = open_providers(environment(sandbox.address.url, tmp_path, **changes))
    items = [say(str(place), to=to, recipient=f"c{place}") for place, to in enumerate(PHONES)]
    items += [say(str(place), "email", to=to, recipient=f"m{place}") for place, to in enumerate(MAILBOXES)]
    outcomes = [outcome for item in items for outcome in opened.delivery.deliver([item], until=HOUR)]
    opened.close()
    assert len(outcomes) == len(items)
    assert len({outcome.state for outcome in outcomes}) > 1 or changes
    assert "breaker" in caplog.text
    assert hidden(caplog.text) == []
    assert hidden("".join(map(str, ((o.state, o.reason, o.provider, o.provider_id) for o in outcomes)))) == []


@pytest.mark.parametrize("to", PHONES[1:])
def test_an_error_and_its_traceback_hold_nothing_personal_and_no_secret(
    sandbox_with: Callable[..., Sandbox], say: Say, to: str
) -> None:
    transport = Transport(1)
    connector = TwilioSms(ACCOUNT, TOKEN, Direct(sandbox_with().address.url), transport)
    with pytest.raises(AwizoError) as raised:
        connector.send(say(to=to), "0" * 32, 1, 0)
    transport.close()
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert hidden(told) == []
    assert hidden(repr(connector)) == []
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), vars(again)) == (type(raised.value), vars(raised.value))
