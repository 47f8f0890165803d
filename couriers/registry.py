"""The couriers that Awizo reads, and the one door to them.

    read(courier, body, via=...)  ->  Scan | Malformed, one for each event of the payload

A bad event is yielded as Malformed and fails alone. Only a payload that cannot be taken apart at all, or a courier
that is not in COURIERS, raises BadPayload.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from couriers.aftership import AFTERSHIP
from couriers.allegro import ALLEGRO
from couriers.awizo import AWIZO
from couriers.courier import Courier, Item, Shape
from couriers.dhl import DHL
from couriers.dpd import DPD
from couriers.dpd_pl import DPD_PL
from couriers.easypost import EASYPOST
from couriers.fedex import FEDEX
from couriers.gls import GLS
from couriers.inpost import INPOST
from couriers.meest import MEEST
from couriers.nova_poshta import NOVA_POSHTA
from couriers.orlen_paczka import ORLEN_PACZKA
from couriers.packeta import PACKETA
from couriers.poczta_polska import POCZTA_POLSKA
from couriers.seventeentrack import SEVENTEENTRACK
from couriers.shipengine import SHIPENGINE
from couriers.shippo import SHIPPO
from couriers.shopify import SHOPIFY
from couriers.ukrposhta import UKRPOSHTA
from couriers.ups import UPS
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Malformed, Scan

COURIERS: dict[str, Courier] = {
    courier.id: courier
    for courier in (
        INPOST,
        NOVA_POSHTA,
        DHL,
        DPD_PL,
        DPD,
        GLS,
        POCZTA_POLSKA,
        UKRPOSHTA,
        MEEST,
        ORLEN_PACZKA,
        PACKETA,
        FEDEX,
        ALLEGRO,
        SEVENTEENTRACK,
        UPS,
        AFTERSHIP,
        EASYPOST,
        SHIPPO,
        SHIPENGINE,
        SHOPIFY,
        AWIZO,
    )
}
"""Every courier, by its id. A new one is a line here."""


LONGEST = 32 * 1024 * 1024
"""Bytes of the longest payload that is taken apart; an answer of a hundred parcels has less than one mega."""

MOST = 50_000
"""Events of the largest payload that is read."""


def read(courier: str, body: bytes, *, via: str) -> Iterator[Scan | Malformed]:
    """The events of a courier's payload, in its order. `via`: push | answer | shop | aggregator.

    Raises BadPayload, at the call and not later, for an unknown courier, for a payload of no known shape, and
    for one of an absurd size (length, depth, number of events).
    """
    known = COURIERS.get(courier)
    if known is None:
        raise BadPayload(f"courier {courier[:40]!r} is not known: one of {', '.join(COURIERS)} was expected", "courier")
    if len(body) > LONGEST:
        raise BadPayload(f"{len(body):,} bytes, at most {LONGEST:,} are read: ask for fewer parcels at a time")
    payload = known.form.decode(body)
    shape = _shape(known, payload)
    try:
        items = shape.items(payload)
    except BadPayload:
        raise
    except BadInput as problem:  # what all events need is missing: one dead letter, not one for each
        items = (Malformed(known.id, problem.reason, problem.place, body),)
    if len(items) > MOST:
        raise BadPayload(f"{len(items):,} events, at most {MOST:,} are read: ask for fewer parcels at a time")
    return _events(known, shape, items, via)


def _events(courier: Courier, shape: Shape, items: Sequence[Item | Malformed], via: str) -> Iterator[Scan | Malformed]:
    for item in items:
        yield item if isinstance(item, Malformed) else _event(courier, shape, item, via)


def _event(courier: Courier, shape: Shape, item: Item, via: str) -> Scan | Malformed:
    if type(item.record) is not dict:
        return _malformed(courier, item, BadInput("an object was expected"))
    try:
        return shape.scan(item, via)
    except BadInput as problem:
        return _malformed(courier, item, problem)


def _malformed(courier: Courier, item: Item, problem: BadInput) -> Malformed:
    place = ".".join(filter(None, (item.place, problem.place)))
    kept = item.record if item.source is None else item.source
    return Malformed(courier.id, problem.reason, place, courier.form.encode(kept))


def _shape(courier: Courier, payload: Any) -> Shape:
    for shape in courier.shapes:
        if shape.fits(payload):
            return shape
    names = ", ".join(shape.name for shape in courier.shapes)
    raise BadPayload(f"no shape of {courier.id} that is known here ({names}): {_outline(payload)}")


def _outline(payload: Any) -> str:
    if isinstance(payload, dict):
        return "its keys are " + ", ".join(sorted(map(str, payload))[:8])[:200]
    kind = getattr(payload, "tag", "") or type(payload).__name__
    return f"it is {kind}"
