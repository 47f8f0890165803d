"""What Normalize must know of the shops, and when an event counts as having happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.rules.context import Bundles, lowest
from schemas.envelope import Event
from schemas.times import MINUTE, Millis
from schemas.wire import name_of

AHEAD = 10 * MINUTE
"""A publisher's clock may be that much ahead of the log's; what lies further in the future is clamped."""


@dataclass(frozen=True)
class Home:
    """What Normalize must know of a shop: for phones without a country, for days without a zone, and its versions."""

    country: str
    zone: str
    versions: frozenset[str]


@dataclass(frozen=True)
class Book:
    """The shops that are known, and the key that hides addresses in recipient ids."""

    key: bytes = field(repr=False)
    homes: Mapping[str, Home]


def book_of(bundles: Bundles, key: bytes) -> Book:
    """The book of these bundles; a shop's lowest version says where it is at home."""
    homes = {}
    for shop, versions in bundles.items():
        first = versions[lowest(versions)]
        homes[shop] = Home(first.country, first.zone, frozenset(versions))
    return Book(key, homes)


def occurred(event: Event) -> Millis:
    """When it happened; a time further in the future than clocks may differ is when the log had it."""
    ahead = event.occurred_at - event.recorded_at
    return event.recorded_at if ahead > AHEAD else event.occurred_at


def named(event: Event) -> str:
    """The short name of an event, which names the occurrences that it opens."""
    return name_of(event.source, event.id)
