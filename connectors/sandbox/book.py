"""What the sandbox has taken: the truth at the provider, whatever the sender believes."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from schemas.times import Millis

TOOLS = ("unsubscribes", "bounces", "blocks", "spam_reports", "invalid_emails")
"""SendGrid's lists of addresses to which nothing goes."""


@dataclass(frozen=True)
class Accepted:
    """One message that the provider took: it reaches the customer, unless `reaches` says otherwise."""

    channel: str  # sms | email
    provider_id: str
    to: str
    sender: str
    text: str
    key: str
    at: Millis  # message time, if the sender told it, else the machine's
    attempt: int = 1
    subject: str = ""
    html: str = ""
    sender_name: str = ""
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()  # what the sender attached for itself: never personal
    status: str = "delivered"  # its last one; see `course`
    error_code: int | None = None
    reaches: bool = True
    send_at: Millis = 0  # scheduled for then; 0: at once
    canceled_at: Millis = 0
    batch: str = ""  # SendGrid's batch, by which scheduled mail is called off
    is_deferred: bool = False  # the mailbox's server asks to wait first
    reason: str = ""  # why it did not arrive, in the provider's words
    afterwards: str = ""  # what the customer does then: spamreport | unsubscribe | open | click


@dataclass(frozen=True)
class Blocked:
    """An address on one of SendGrid's lists."""

    email: str
    since: Millis
    reason: str = ""


@dataclass(frozen=True)
class Said:
    """What a customer wrote back."""

    phone: str
    to: str
    text: str
    at: Millis
    provider_id: str = ""


@dataclass(frozen=True)
class _Hidden:
    until: Millis
    looks: int


Write = Callable[[str, object], None]


class Book:
    """A list of what was taken, safe between threads; who said STOP; which addresses are blocked."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._write: Write = lambda _what, _data: None
        self._taken: dict[str, Accepted] = {}
        self._by_key: dict[str, int] = {}
        self._asked: Counter[str] = Counter()
        self._stopped: dict[tuple[str, str], Millis] = {}
        self._hidden: dict[str, _Hidden] = {}
        self._said: list[Said] = []
        self._blocked: dict[str, dict[str, Blocked]] = {name: {} for name in TOOLS}
        self._batches: dict[str, str] = {}

    def write_to(self, write: Write) -> None:
        """From now on, call this with everything that happens, so that a file may keep it."""
        self._write = write

    # --- messages

    def ask(self, key: str) -> int:
        """Count a request for this key; how many there have been."""
        with self._lock:
            self._asked[key] += 1
            return self._asked[key]

    def requests(self, key: str) -> int:
        """How many requests for this key have come."""
        return self._asked[key]

    def take(self, message: Accepted) -> Accepted:
        """Take a message. Should its id be taken already, it gets another: an id is never given twice."""
        with self._lock:
            number = self._by_key.get(message.key, 0)
            while message.provider_id in self._taken:
                number += 1
                whole = provider_id(f"{message.key}+{number}", message.attempt)
                prefix = message.provider_id[:2] if message.channel == "sms" else ""
                message = replace(message, provider_id=prefix + whole[: len(message.provider_id) - len(prefix)])
            self._by_key[message.key] = number
            self._put(message)
            return message

    def change(self, message: Accepted, after: Accepted) -> Accepted:
        """Put another in the place of a message that was taken."""
        with self._lock:
            if message.provider_id != after.provider_id:
                raise ValueError("a message keeps its id")
            self._put(after)
        return after

    def restore(self, message: Accepted) -> None:
        """Put back a message as it was taken, or changed."""
        with self._lock:
            self._put(message)

    def forget(self, message: Accepted) -> None:
        """Take a message's record away; the customer keeps it, so it stays in the truth, unlisted."""
        self.hide(message, Millis(1 << 60), 0)

    def taken(self) -> list[Accepted]:
        """Everything, by message time, then key and attempt: the same list however threads took turns."""
        with self._lock:
            return sorted(self._taken.values(), key=lambda one: (one.at, one.key, one.attempt, one.provider_id))

    def find(self, number: str) -> Accepted | None:
        """The message of this provider's id."""
        return self._taken.get(number)

    def hide(self, message: Accepted, until: Millis, looks: int) -> None:
        """Let lists and logs miss a message until a machine time, and in its first look-ups."""
        with self._lock:
            self._hidden[message.provider_id] = _Hidden(until, looks)

    def listed(self, matching: Iterable[Accepted], machine: Millis, is_look: bool = True) -> list[Accepted]:
        """Those of a look-up's findings that the provider shows. A look that misses a message uses up one of its
        misses."""
        with self._lock:
            return [message for message in matching if not self._misses(message.provider_id, machine, is_look)]

    def _misses(self, number: str, machine: Millis, is_look: bool) -> bool:
        hidden = self._hidden.get(number)
        if hidden is None:
            return False
        if is_look and hidden.looks:
            self._hidden[number] = replace(hidden, looks=hidden.looks - 1)
        return machine < hidden.until or hidden.looks > 0

    def _put(self, message: Accepted) -> None:
        self._taken[message.provider_id] = message
        self._write("taken", message)

    # --- customers

    def stop(self, phone: str, sender: str, since: Millis) -> None:
        """A customer answers STOP to a sender ("" is any)."""
        with self._lock:
            self._stopped[phone, sender] = since
            self._write("stop", (phone, sender, since))

    def start(self, phone: str, sender: str) -> None:
        """A customer takes it back."""
        with self._lock:
            self._stopped.pop((phone, sender), None)
            self._write("start", (phone, sender))

    def has_stopped(self, phone: str, sender: str, at: Millis) -> bool:
        """Has this phone stopped this sender by then?"""
        stops = [self._stopped.get((phone, sender)), self._stopped.get((phone, ""))]
        return any(since is not None and since <= at for since in stops)

    def hear(self, said: Said) -> None:
        """Keep what a customer wrote back."""
        with self._lock:
            self._said.append(said)
            self._write("said", said)

    def said(self) -> list[Said]:
        """Everything that customers wrote back, by message time."""
        with self._lock:
            return sorted(self._said, key=lambda one: (one.at, one.phone, one.text))

    # --- SendGrid's lists

    def block(self, tool: str, blocked: Blocked) -> None:
        """Put an address on one of the lists."""
        with self._lock:
            self._blocked[tool][blocked.email.lower()] = blocked
            self._write("block", (tool, blocked))

    def unblock(self, tool: str, email: str) -> bool:
        """Take it off; False if it was not there."""
        with self._lock:
            self._write("unblock", (tool, email))
            return self._blocked[tool].pop(email.lower(), None) is not None

    def blocked(self, tool: str) -> list[Blocked]:
        """One of the lists, the newest first."""
        with self._lock:
            return sorted(self._blocked[tool].values(), key=lambda one: (-one.since, one.email))

    def blocking(self, email: str, at: Millis) -> str:
        """The list that an address stands on by then; "" if it is on none that drops mail."""
        with self._lock:
            for tool in TOOLS:
                found = self._blocked[tool].get(email.lower())
                if found is not None and found.since <= at and tool != "blocks":  # blocks do not drop later mail
                    return tool
        return ""

    def batch(self, name: str, status: str | None = None) -> str | None:
        """A batch's status ("" is none), set first if one is given; None if there is no such batch."""
        with self._lock:
            if status is not None:
                self._batches[name] = status
                self._write("batch", (name, status))
            return self._batches.get(name)

    def batches(self) -> dict[str, str]:
        """Batches and their statuses, in the order of their making."""
        with self._lock:
            return dict(self._batches)


def provider_id(key: str, attempt: int) -> str:
    """32 hex digits, the same for the same key and attempt, so that runs compare."""
    return blake2b(f"{key}/{attempt}".encode(), digest_size=16).hexdigest()
