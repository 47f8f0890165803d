"""What every connector is: one method that sends one message once, and says in our words what came of it."""

from dataclasses import dataclass
from typing import Protocol

from schemas.messages import Message
from schemas.times import Millis


@dataclass(frozen=True)
class Sent:
    """The provider has the message, and this is its id for it."""

    provider: str
    provider_id: str


class Connector(Protocol):
    """A way to one provider."""

    @property
    def realm(self) -> str:
        """Whom it reaches: `sandbox`, or the provider's account. A store of another realm refuses it."""

    @property
    def channel(self) -> str:
        """What it sends by."""

    def send(self, message: Message, key: str, attempt: int, message_time: Millis) -> Sent:
        """Send once. `key` is opaque and comes back in callbacks.

        Raises Transient (surely not taken, try again), Permanent (surely not taken, never will be), Unknown (look it
        up), ConfigurationError (call a human), and nothing else.
        """
