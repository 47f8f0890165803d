"""Where a running sandbox is: plain data that pickles, for the connectors that shall speak to it."""

from dataclasses import dataclass

from connectors.sandbox.faults import Fault, Trouble, trouble_for
from schemas.times import Millis

ACCOUNT = "AC" + "5a" * 16
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
API_KEY = "SG.sandbox"
CALLBACK = "https://hooks.sandbox.example/twilio/status"

TIME_HEADER = "X-Awizo-Message-Time"
ATTEMPT_HEADER = "X-Awizo-Attempt"


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
