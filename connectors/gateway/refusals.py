"""Refusals at a door, counted by why."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.metering import Meter
from schemas.errors import BadInput, BadSignature
from schemas.metrics import GATEWAY_REFUSED


@contextmanager
def counted(meter: Meter, door: str) -> Iterator[None]:
    """Counts what is refused inside, and lets it go on."""
    try:
        yield
    except BadInput as error:
        meter.count(GATEWAY_REFUSED, door, "signature" if isinstance(error, BadSignature) else "unreadable")
        raise
