"""Which courier's is a payload? By what reads it best, never by a guess.

Shapes are recognised by their outermost keys, and several couriers say `parcels` or `data`. The payload is read by
each that it fits: the courier wins that reads more scans than every other, or as many and fewer malformed events. Where
none reads a scan, nothing tells them apart. (InPost Group's parcels have a `trackingNumber` each, GLS's `requested` and
`unitno`: read by the other, nothing of them is a scan.)
"""

from couriers.courier import Courier
from couriers.registry import COURIERS, read
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Scan


def recognise(body: bytes) -> str:
    """The id of the courier whose payload this is. Raises BadPayload if it fits none, or several equally well."""
    scores = {courier.id: score for courier in COURIERS.values() if (score := _score(courier, body)) is not None}
    best = max(scores.values(), default=(0, 0))
    first = [name for name, score in scores.items() if score == best or best[0] == 0]
    if not first:
        raise BadPayload("no courier's payload that is known here: name its courier to see what was expected")
    if len(first) > 1:
        raise BadPayload(f"may be a payload of {' or of '.join(first)}: name the courier")
    return first[0]


def _score(courier: Courier, body: bytes) -> tuple[int, int] | None:
    """How many scans it reads as, and how few malformed; None if the payload is none of this courier's."""
    try:
        payload = courier.form.decode(body)
        if not any(shape.fits(payload) for shape in courier.shapes):
            return None
        events = list(read(courier.id, body, via="answer"))
    except BadInput:
        return None
    scans = sum(isinstance(event, Scan) for event in events)
    return scans, scans - len(events)
