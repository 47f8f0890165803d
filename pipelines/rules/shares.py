"""Shares: which of a channel's providers is given a message, by what each has done lately.

Providers stand in order; while all is well the first has everything. With its errors, its slow answers and what it does
not deliver its share falls and the next ones take over; what it did fades, so that it recovers by itself, and the few
messages that it still gets show when. Moments are milliseconds of the machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from schemas.times import DAY, HOUR, MINUTE, Millis


class Seen(StrEnum):
    """One thing that a provider did."""

    ANSWERED = "answered"
    SLOW = "slow"  # it answered, late
    FAILED = "failed"  # no answer, or one that blames itself
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


SLOW: Millis = 5_000
"""An answer later than this is slow: usual ones take a tenth of a second."""

LEAST = 0.02
"""The share that an ill provider keeps, to see when it is well again."""

_LATELY: Millis = 5 * MINUTE
_RECEIPTS: Millis = HOUR  # receipts come late, and say less each
_USUAL: Millis = 7 * DAY
_TRUST = 5.0  # posts that a provider is taken to have answered well before the first was seen
_DOUBTED = 20.0  # receipts that its delivered share is taken to rest on


@dataclass(frozen=True)
class Tally:
    """How many of how many, each fading to half in `half_life`."""

    half_life: Millis
    bad: float = 0.0
    all: float = 0.0
    at: Millis = 0

    def faded(self, now: Millis) -> "Tally":
        """The same as it counts at `now`."""
        left = 0.5 ** (max(now - self.at, 0) / self.half_life)
        return replace(self, bad=self.bad * left, all=self.all * left, at=max(now, self.at))

    def plus(self, now: Millis, bad: float, number: float = 1.0) -> "Tally":
        """With so many more, of which so many bad."""
        faded = self.faded(now)
        return replace(faded, bad=faded.bad + bad, all=faded.all + number)

    def rate(self, now: Millis, believed: float, weight: float) -> float:
        """The share of bad ones, `believed` being what we would think without any (worth `weight` of them)."""
        faded = self.faded(now)
        return (faded.bad + believed * weight) / (faded.all + weight)


@dataclass(frozen=True)
class Health:
    """What a provider has done."""

    errors: Tally = field(default_factory=lambda: Tally(_LATELY))
    slow: Tally = field(default_factory=lambda: Tally(_LATELY))
    undelivered: Tally = field(default_factory=lambda: Tally(_RECEIPTS))
    usually_undelivered: Tally = field(default_factory=lambda: Tally(_USUAL))


def after(health: Health, now: Millis, seen: Seen) -> Health:
    """The health after one more thing."""
    if seen in (Seen.DELIVERED, Seen.UNDELIVERED):
        bad = float(seen == Seen.UNDELIVERED)
        return replace(
            health,
            undelivered=health.undelivered.plus(now, bad),
            usually_undelivered=health.usually_undelivered.plus(now, bad),
        )
    return replace(
        health,
        errors=health.errors.plus(now, float(seen == Seen.FAILED)),
        slow=health.slow.plus(now, float(seen == Seen.SLOW)),
    )


def told(health: Health, now: Millis, lately: tuple[float, float], usually: tuple[float, float]) -> Health:
    """The health with what all workers' receipts say: (undelivered, all) of the last hours, and of the past week."""
    return replace(
        health,
        undelivered=Tally(_RECEIPTS, *lately, at=now),
        usually_undelivered=Tally(_USUAL, *usually, at=now),
    )


def weight(health: Health, now: Millis) -> float:
    """How much of what it is offered a provider should be given: LEAST to 1. Errors weigh most; what it delivers is
    held against what it usually does, for some countries and carriers never say."""
    well = (1 - health.errors.rate(now, 0.0, _TRUST)) ** 4
    quick = (1 - health.slow.rate(now, 0.0, _TRUST)) ** 2
    usual = 1 - health.usually_undelivered.rate(now, 0.0, _DOUBTED)
    lately = 1 - health.undelivered.rate(now, 1 - usual, _DOUBTED)
    arrives = min(lately / usual, 1.0) ** 4 if usual > 0 else 1.0
    return max(well * quick * arrives, LEAST)


def shares(weights: Sequence[float]) -> tuple[float, ...]:
    """Each provider's part of all messages, in order; together 1. Each takes its weight of what those before it left;
    what nobody took is parted by weight."""
    taken, left = [], 1.0
    for each in weights:
        taken.append(left * each)
        left -= taken[-1]
    total = sum(weights)
    return tuple(part + left * each / total for part, each in zip(taken, weights, strict=True))


def order(parts: Sequence[float], point: float) -> list[int]:
    """Which provider to ask first, and then: the one in whose part `point` (0 to 1) lies, the others in order."""
    reached, first = 0.0, len(parts) - 1
    for place, part in enumerate(parts):
        reached += part
        if point < reached:
            first = place
            break
    return [first, *(place for place in range(len(parts)) if place != first)]
