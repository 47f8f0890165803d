"""The demo's log, and the clocks that its stories go by.

Times are written "14.10 09:05" on the clock of their shop (Warsaw or Kyiv) in 2026; ", 2" marks the second pass of an
hour that the end of summer time repeats.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The aware datetime of "14.10 09:05"."""
    clock, _, passed = text.partition(", ")
    naive = datetime.strptime(f"2026 {clock}", "%Y %d.%m %H:%M")  # noqa: DTZ007 - the zone comes with the next line
    return naive.replace(tzinfo=zone, fold=int(passed == "2"))


class Log:
    """CloudEvents in structured mode, one a line, in the order in which they were recorded."""

    def __init__(self) -> None:
        self._lines: list[tuple[datetime, int, str]] = []
        self._ids: dict[str, int] = {}

    def event(
        self, kind: str, source: str, at: datetime, data: object, heard: datetime | None = None, **more: str
    ) -> None:
        """One event. Without `heard` the log had it two seconds after it happened."""
        count = self._ids[source] = self._ids.get(source, 0) + 1
        recorded = heard or at + timedelta(seconds=2)
        line = {
            "specversion": "1.0",
            "id": f"{source.split('/')[-1]}-{count:05}",
            "source": source,
            "type": f"awizo.{kind}.v1",
            "time": _utc(at),
            "recordedtime": _utc(recorded),
            **more,
            "data": data,
        }
        self.raw(recorded, json.dumps(line, ensure_ascii=False, separators=(",", ":")))

    def raw(self, recorded: datetime, line: str) -> None:
        """A line as it is, even a broken one."""
        self._lines.append((recorded, len(self._lines), line))

    def reported(self, courier: str, heard: datetime, body: object, via: str) -> None:
        """A courier's payload as it came."""
        kind = "text/xml" if isinstance(body, str) else "application/json"
        more = {"subject": courier, "via": via, "datacontenttype": kind}
        self.event("courier.reported", f"/couriers/{courier}", heard, body, heard, **more)

    def lines(self) -> list[str]:
        """All lines, by the time at which they were recorded."""
        return [line for _, _, line in sorted(self._lines, key=lambda kept: kept[:2])]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Home:
    """A shop as its log knows it: its id and clock."""

    def __init__(self, log: Log, name: str, zone: ZoneInfo) -> None:
        self.log = log
        self.name = name
        self.zone = zone

    def at(self, text: str) -> datetime:
        """The moment when this shop's clock shows that."""
        return moment(text, self.zone)

    def tell(self, kind: str, at: str, data: Json, heard: str = "") -> None:
        """An event of this shop, heard at once unless said otherwise."""
        late = self.at(heard) if heard else None
        self.log.event(kind, f"/shops/{self.name}", self.at(at), {"shop": self.name} | data, late)


def beats(shop: Home, courier: str, first: str, last: str, hours: int, silent: Sequence[tuple[str, str]] = ()) -> None:
    """Heartbeats of a courier's feed for a shop, but for the times when it was silent."""
    at, end = shop.at(first).astimezone(UTC), shop.at(last)
    while at <= end:
        if not any(shop.at(since) <= at < shop.at(until) for since, until in silent):
            alive = {"courier": courier, "shop": shop.name}
            shop.log.event("courier.heartbeat", f"/couriers/{courier}/{shop.name}", at, alive)
        at += timedelta(hours=hours)
