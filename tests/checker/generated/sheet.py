"""A log while it is being written: events with their two times, as lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Data = Mapping[str, Any]


def iso(moment: datetime) -> str:
    """The moment as events write it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Sheet:
    """The lines so far, and the chance that decides what happens to them on the way."""

    chance: Random
    name: str = ""  # begins the events' ids, so that several logs can be read as one
    lines: list[bytes] = field(default_factory=list)
    feeds: set[tuple[str, str]] = field(default_factory=set)  # shops and couriers that carry for them

    def say(self, shop: str, type_: str, at: datetime, data: Data, late: timedelta = timedelta(seconds=2)) -> None:
        """A shop's event; `late`: how long the log waited for it."""
        self._put({"source": f"/shops/{shop}", "type": f"awizo.{type_}.v1", "data": data}, at, at + late)

    def report(self, courier: str, via: str, at: datetime, known: datetime, data: Any) -> None:
        """A courier's payload, as the log had it."""
        envelope = {"source": f"/couriers/{courier}", "type": "awizo.courier.reported.v1"}
        self._put({**envelope, "subject": courier, "via": via, "data": data}, at, known)

    def beat(self, shop: str, courier: str, at: datetime) -> None:
        """A sign that a courier's feed is alive for a shop."""
        data = {"courier": courier, "shop": shop}
        envelope = {"source": f"/couriers/{courier}/{shop}", "type": "awizo.courier.heartbeat.v1"}
        self._put({**envelope, "data": data}, at, at + timedelta(seconds=1))

    def receive(self, data: Data, at: datetime) -> None:
        """What a provider said about a message."""
        self._put({"source": "/providers/any", "type": "awizo.receipt.received.v1", "data": data}, at, at)

    def sometimes(self, probability: float) -> bool:
        return self.chance.random() < probability

    def _put(self, event: dict[str, Any], at: datetime, known: datetime) -> None:
        name = f"{self.name}-{len(self.lines):05d}"
        times = {"time": iso(at), "recordedtime": iso(known)}
        self.lines.append(json.dumps({"specversion": "1.0", "id": name, **event, **times}).encode())
