"""A scan in the words of `couriers/awizo.py`: what that reads, written. Written and read again, it is the same scan."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from schemas.parcels import NO_FACTS, Scan

_MOMENTS = frozenset({"at", "until", "deadline", "occurred_at"})


def canonical(scan: Scan) -> dict[str, Any]:
    """The scan's fields that say something, moments as RFC 3339 in UTC, sums as decimal texts."""
    return _plain(scan)


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    fields = msgspec.structs.asdict(struct)
    return {name: _value(name, value) for name, value in fields.items() if value not in (None, "", (), False, NO_FACTS)}


def _value(name: str, value: Any) -> Any:
    if name in _MOMENTS and isinstance(value, int):
        moment = datetime.fromtimestamp(value / 1000, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, msgspec.Struct):
        return _plain(value)
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | bool) else str(value)
