"""Where a running sandbox is: plain data that pickles, for the connectors that shall speak to it."""

import json
from dataclasses import dataclass

from connectors.sandbox.faults import Fault, Trouble, faults_of, trouble_for
from connectors.transport import Answer, Transport
from schemas.errors import ConfigurationError
from schemas.times import Millis

ACCOUNT = "AC" + "5a" * 16
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
TWILIO_KEY = "SK" + "5a" * 16
TWILIO_SECRET = "sandbox-secret"  # noqa: S105
API_KEY = "SG.sandbox"
SHARED_KEY = ("webhooks_sharedkey_sandbox", "sandbox-shared-secret")
"""Id and secret of the key that signs Twilio's posts, where one is asked for instead of the token."""

EVENT_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJEI3LkSf1B8kabByhD+t2N9AnTIQgBzn/ckRH9tgNlUu"
    "gbzpNa5FUCrwYnXXM4FsR7niQyg0pYfJ0zRF1tS+jA=="
)
"""The public key of SendGrid's event posts, as its pages would show it."""

CALLBACK = "https://hooks.sandbox.example/twilio/status"

TIME_HEADER = "X-Awizo-Message-Time"
ATTEMPT_HEADER = "X-Awizo-Attempt"
FAULT_HEADER = "X-Awizo-Fault"


@dataclass(frozen=True)
class SandboxAddress:
    """A sandbox's URL, a URL at which nobody listens, and the faults that make callers go there."""

    url: str
    nobody: str
    faults: tuple[Fault, ...] = ()

    def line(self, channel: str) -> "SandboxLine":
        """The way for one channel's connector."""
        return SandboxLine(self, channel)


@dataclass(frozen=True)
class SandboxLine:
    """Tells the sandbox the message time, so that its troubles have hours. A refused connection is a real one: to a
    port on which nobody listens."""

    address: SandboxAddress
    channel: str

    def reach(self, key: str, attempt: int, message_time: Millis) -> tuple[str, dict[str, str]]:
        """The sandbox, or nobody, and the headers that only a sandbox is sent."""
        fault = trouble_for(self.address.faults, key, attempt, message_time, self.channel)
        refused = fault is not None and fault.what == Trouble.REFUSE
        headers = {TIME_HEADER: str(message_time), ATTEMPT_HEADER: str(attempt)}
        return (self.address.nobody if refused else self.address.url), headers


def address_at(url: str, transport: Transport) -> SandboxAddress:
    """Asks a running sandbox how it is spoken to. Raises ConfigurationError if none answers there."""
    answer = transport.request("GET", f"{url.rstrip('/')}/sandbox/address", {})
    if not isinstance(answer, Answer) or answer.status != 200:
        raise ConfigurationError(
            f"no sandbox answers at {url}", "start one with `awizo sandbox`, or unset AWIZO_SANDBOX"
        )
    told = json.loads(answer.body)
    return SandboxAddress(told["url"], told["nobody"], faults_of(told["faults"]))
