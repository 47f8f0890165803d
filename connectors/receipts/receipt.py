"""What a provider says about a message after it took it, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.times import Millis


class Said(StrEnum):
    """How much a receipt says."""

    TAKEN = "taken"  # the provider has it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # given to the network, and it did not arrive
    FAILED = "failed"  # the provider gave up before


class Why(StrEnum):
    """Why a message did not arrive."""

    NOTHING = ""
    PASSING = "passing"  # switched off, out of reach, a mailbox that is full: it may work another day
    THROTTLED = "throttled"  # a queue is full, or a limit is reached
    RECIPIENT = "recipient"  # this address cannot be reached
    OPTED_OUT = "opted_out"  # it does not want to be reached
    FILTERED = "filtered"  # held to be unwanted; more of the same harms the sender
    MESSAGE = "message"  # ours to mend
    CONFIGURATION = "configuration"  # the operator's to mend
    DOUBT = "doubt"  # given up in doubt: it may have arrived, so it is not sent again


@dataclass(frozen=True)
class Receipt:
    """One word of a provider. `key` is what we attached to the message ("" if it did not come back), `id` names this
    word: the same word again has the same id. `status` and `code` are the provider's own."""

    provider: str
    provider_id: str
    key: str
    id: str
    said: Said
    at: Millis
    status: str
    code: str = ""
    why: Why = Why.NOTHING
    opted_out: bool = False  # the customer wants no more of this
    is_dead: bool = False  # the address does not exist


@dataclass(frozen=True)
class Unread:
    """Something in a post that says nothing to us. `reason` is never personal."""

    reason: str
    place: str


@dataclass(frozen=True)
class Reply:
    """A customer's SMS. `opt`: stop, start, help, or "" for anything else. Phone and words are personal."""

    provider_id: str
    phone: str = field(repr=False)
    to: str
    text: str = field(repr=False)
    opt: str
    at: Millis


@dataclass(frozen=True)
class Incoming:
    """A post as it came. `url` is our public one, as it was given to the provider, with the query of the request (never
    built from the Host header); `at` when it came, by the run's clock."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: Millis = 0

    def header(self, name: str) -> str:
        """A header's value, however its name is written; "" if it is missing."""
        return next((value for each, value in self.headers.items() if each.lower() == name), "")
