"""What a step may look up, built from the log: which bundle was in force, and when a courier's feed was last alive.

Both are functions of time. What the log knew at `now` counts, never what it learned later.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from operator import attrgetter
from typing import Literal

import msgspec

from schemas.shops import Bundle
from schemas.times import Millis

Bundles = Mapping[str, Mapping[str, Bundle]]
"""shop -> version -> bundle"""


class Configured(msgspec.Struct, frozen=True, array_like=True, tag="configured", order=True):
    """From `since` on, this version of the shop's bundle is in force."""

    since: Millis
    recorded: Millis
    source: str
    id: str
    shop: str
    version: str


class Heard(msgspec.Struct, frozen=True, array_like=True, tag="heard"):
    """The courier's feed was alive for this shop at `at`, and the log had it at `recorded`."""

    recorded: Millis
    at: Millis
    courier: str
    shop: str


class Reached(msgspec.Struct, frozen=True, array_like=True, tag="reached"):
    """The log goes on at least to this moment."""

    recorded: Millis


Entry = Configured | Heard | Reached

pack_entry = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Entry).decode


def recorded_of(entry: bytes) -> Millis | None:
    """When the log had a packed entry; None for one that only says how far the log goes."""
    read = _unpack(entry)
    return None if isinstance(read, Reached) else read.recorded


def outdated(entries: Iterable[bytes], since: Millis) -> list[bytes]:
    """Packed heartbeats that nobody who asks for a moment at or after `since` is ever answered with."""
    last: dict[tuple[str, str], tuple[Millis, Millis, bytes]] = {}
    found = []
    for entry in entries:
        read = _unpack(entry)
        if not isinstance(read, Heard) or read.recorded > since:
            continue
        feed, beat = (read.courier, read.shop), (read.at, read.recorded, entry)
        before = last.setdefault(feed, beat)
        if beat != before:
            last[feed] = max(before, beat)
            found.append(min(before, beat)[2])
    return found


class LogContext:
    """`pipelines.rules.actor.Context` from the bundles and the log's own entries (see `pack_entry`)."""

    def __init__(self, bundles: Bundles, entries: Iterable[bytes] = ()) -> None:
        read = [_unpack(entry) for entry in entries]
        self._bundles = bundles
        self._first = {shop: lowest(versions) for shop, versions in bundles.items()}
        self._since, self._version = _versions(e for e in read if isinstance(e, Configured))
        self._recorded, self._heard = _feeds(e for e in read if isinstance(e, Heard))
        self.last = max((e.recorded for e in read), default=0)
        """The last recorded time of the log."""

    def bundle(self, shop: str, now: Millis) -> Bundle | None:
        """The shop's bundle in force at `now`; before the first `shop.configured`, its lowest version."""
        place = bisect_right(self._since.get(shop, ()), now)
        version = self._version[shop][place - 1] if place else self._first.get(shop)
        return None if version is None else self._bundles.get(shop, {}).get(version)

    def heard(self, courier: str, shop: str, now: Millis) -> Millis | None:
        """The last heartbeat of the courier's feed for this shop that the log knew at `now`."""
        feed = (courier, shop)
        place = bisect_right(self._recorded.get(feed, ()), now)
        return self._heard[feed][place - 1] if place else None

    def feeds(self, now: Millis) -> dict[tuple[str, str], Millis]:
        """(courier, shop) -> the last heartbeat that the log knew at `now`."""
        found = {feed: self.heard(*feed, now) for feed in self._recorded}
        return {feed: heard for feed, heard in found.items() if heard is not None}


Until = Millis | Literal["last", "quiet"]
"""When a bounded run ends: at a moment, with the last recorded time of the log, or when no wake is left."""


def end_of(until: Until, context: LogContext) -> Millis | None:
    """The moment when a bounded run ends; None for when all is quiet."""
    if until == "last":
        return context.last
    return None if until == "quiet" else until


def lowest(versions: Iterable[str]) -> str:
    """The lowest of versions, numbers within them counted as numbers: 9 before 10."""
    return min(versions, key=_natural)


def newest(versions: Iterable[str]) -> str:
    """The highest of versions, numbers within them counted as numbers."""
    return max(versions, key=_natural)


def newest_of(bundles: Bundles) -> dict[str, Bundle]:
    """The newest bundle of each shop."""
    return {shop: versions[newest(versions)] for shop, versions in bundles.items()}


def _natural(version: str) -> tuple[tuple[int, int | str], ...]:
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d+|\D+", version))


def _versions(entries: Iterable[Configured]) -> tuple[dict[str, list[Millis]], dict[str, list[str]]]:
    """shop -> moments, and shop -> the version in force from each; an event counts as it was first recorded."""
    since: dict[str, list[Millis]] = {}
    version: dict[str, list[str]] = {}
    first: dict[tuple[str, str], Configured] = {}
    for entry in sorted(entries, key=attrgetter("recorded")):
        first.setdefault((entry.source, entry.id), entry)
    for entry in sorted(first.values()):
        since.setdefault(entry.shop, []).append(entry.since)
        version.setdefault(entry.shop, []).append(entry.version)
    return since, version


_Feeds = dict[tuple[str, str], list[Millis]]


def _feeds(entries: Iterable[Heard]) -> tuple[_Feeds, _Feeds]:
    """(courier, shop) -> moments of recording, and -> the last time alive that was known at each."""
    recorded: _Feeds = {}
    at: _Feeds = {}
    for entry in sorted(entries, key=attrgetter("recorded", "at")):
        feed = (entry.courier, entry.shop)
        recorded.setdefault(feed, []).append(entry.recorded)
        at.setdefault(feed, []).append(entry.at)
    return recorded, {feed: list(accumulate(times, max)) for feed, times in at.items()}
