"""What the sandbox has taken: the truth at the provider, whatever the sender believes."""

import threading
from collections import Counter
from dataclasses import dataclass, replace
from hashlib import blake2b

from schemas.times import Millis


@dataclass(frozen=True)
class Accepted:
    """One message that the provider took: it reaches the customer."""

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
    status: str = "delivered"  # what a later look shows
    error_code: int | None = None


class Book:
    """A list of what was taken, safe between threads, and who said STOP."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[Accepted] = []
        self._asked: Counter[str] = Counter()
        self._stopped: dict[tuple[str, str], Millis] = {}

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
            ids = {taken.provider_id for taken in self._taken if taken.key == message.key}
            number = 0
            while message.provider_id in ids:
                number += 1
                prefix = message.provider_id[:2]
                message = replace(message, provider_id=prefix + provider_id(f"{message.key}+{number}", message.attempt))
            self._taken.append(message)
            return message

    def change(self, message: Accepted, after: Accepted) -> Accepted:
        """Put another in a message's place."""
        with self._lock:
            self._taken[self._taken.index(message)] = after
        return after

    def taken(self) -> list[Accepted]:
        """Everything, by message time, then key and attempt: the same list however threads took turns."""
        with self._lock:
            return sorted(self._taken, key=lambda message: (message.at, message.key, message.attempt))

    def stop(self, phone: str, sender: str, since: Millis) -> None:
        """A customer answers STOP to a sender ("" is any)."""
        with self._lock:
            self._stopped[phone, sender] = since

    def has_stopped(self, phone: str, sender: str, at: Millis) -> bool:
        """Has this phone stopped this sender by then?"""
        stops = [self._stopped.get((phone, sender)), self._stopped.get((phone, ""))]
        return any(since is not None and since <= at for since in stops)


def provider_id(key: str, attempt: int) -> str:
    """32 hex digits, the same for the same key and attempt, so that runs compare."""
    return blake2b(f"{key}/{attempt}".encode(), digest_size=16).hexdigest()
