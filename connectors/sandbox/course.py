"""What becomes of a message after it was taken: its statuses, one by one, each at its message time."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from connectors.sandbox.book import Accepted
from schemas.times import Millis

CANCELED = "canceled"
REACHED = frozenset({"delivered", "sent", "processed"})
"""Statuses with which a message may have reached the customer; whether it did, `Accepted.reaches` says."""

_EMAIL = "email"
_MISSING = frozenset({"dropped"})  # never handed to the mailbox's server


@dataclass(frozen=True)
class Pace:
    """How long after its beginning a message is sent, and how long until its end is known (message time)."""

    sent: Millis = 0
    final: Millis = 0


class Step(NamedTuple):
    """A status, from a message time on. `code`: Twilio's error code."""

    at: Millis
    status: str
    code: int | None = None


def course(message: Accepted, pace: Pace) -> tuple[Step, ...]:
    """Every status of a message, the first one included."""
    begins = message.send_at or message.at
    first = Step(message.at, _first(message))
    if message.status == CANCELED:
        return (first, Step(message.canceled_at, CANCELED))
    sent = "processed" if message.channel == _EMAIL else "sent"
    middle = [] if message.status in _MISSING else [Step(begins + pace.sent, sent)]
    middle += [Step(begins + pace.sent, "deferred")] if message.is_deferred else []
    end = [] if message.status == sent else [Step(begins + pace.final, message.status, message.error_code)]
    return (first, *middle, *end)


def step_at(message: Accepted, now: Millis, pace: Pace) -> Step:
    """Where a message stands at a message time."""
    steps = course(message, pace)
    return next((step for step in reversed(steps) if step.at <= now), steps[0])


def called_off(message: Accepted, at: Millis) -> Accepted:
    """The message as it is after it was cancelled."""
    return replace(message, status=CANCELED, reaches=False, canceled_at=at)


def _first(message: Accepted) -> str:
    if message.send_at:
        return "scheduled"
    return "queued" if message.channel != _EMAIL else "processed"


def has_reached(message: Accepted, until: Millis) -> bool:
    """Has the customer got it by then?"""
    return message.reaches and message.status in REACHED and (message.send_at or message.at) <= until
