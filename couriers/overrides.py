"""Codes that a configuration reads otherwise than the tables, or that no table has yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from couriers.meanings import Meaning, plain
from couriers.registry import read
from schemas.parcels import Malformed, Scan

Meanings = Mapping[tuple[str, str], Meaning]
"""(who says it, raw code with its discriminators, plain) -> what it means."""

OVERRIDDEN = "overridden"
"""The flag of a scan that was read so."""


@dataclass(frozen=True)
class Reading:
    """`registry.read`, and then what the configuration says of the codes. Can be pickled."""

    meanings: Meanings = field(default_factory=dict)

    def __call__(self, courier: str, body: bytes, *, via: str) -> Iterator[Scan | Malformed]:
        """The events of a payload. Raises BadPayload as `registry.read` does."""
        events = read(courier, body, via=via)
        return (overridden(event, self.meanings) for event in events) if self.meanings else events


def overridden(event: Scan | Malformed, meanings: Meanings) -> Scan | Malformed:
    """The scan as its code's override says; as it is if there is none."""
    if isinstance(event, Malformed):
        return event
    meaning = meanings.get((event.source, plain(event.raw_code)))
    return event if meaning is None else meant(event, meaning)


def meant(scan: Scan, meaning: Meaning) -> Scan:
    """The scan with another meaning of its code; its facts, times and words stay. A way back stays one."""
    flags = tuple(flag for flag in scan.flags if flag not in ("unmapped", "doubt", OVERRIDDEN))
    return replace(
        scan,
        status=meaning.status,
        reason=meaning.reason,
        notice=meaning.notice,
        informational=meaning.informational,
        action=meaning.action,
        leg="return" if "return" in (scan.leg, meaning.leg) else "outbound",
        flags=(*flags, *meaning.flags, OVERRIDDEN),
    )
