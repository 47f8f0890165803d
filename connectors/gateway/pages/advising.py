"""What a status means for its reader: its tone, whether a planned day is worth showing, what there is to do. Pure."""

from schemas.orders import ParcelView
from schemas.status import RANK, Action, Status

_S = Status

PAPERS = frozenset({"customs_documentation", "missing_parcel_information"})
DUTY = frozenset({"customs_duties_unpaid", "duty_due"})
ADDRESS = frozenset({"address_incomplete", "consignee_incorrect_address", "carrier_address_not_found"})

GOOD = frozenset({_S.DELIVERED, _S.READY_FOR_PICKUP, _S.OUT_FOR_DELIVERY})
TROUBLE = frozenset(
    {
        _S.HELD,
        _S.EXCEPTION,
        _S.DELIVERY_ATTEMPTED,
        _S.PICKUP_EXPIRED,
        _S.UNDELIVERABLE,
        _S.LOST,
        _S.DESTROYED,
        _S.DELAYED,
    }
)
COMING = frozenset(
    {
        _S.UNKNOWN,
        _S.REGISTERED,
        _S.LABEL_CREATED,
        _S.ACCEPTED,
        _S.IN_TRANSIT,
        _S.IN_CUSTOMS,
        _S.DELAYED,
        _S.AT_DELIVERY_DEPOT,
        _S.OUT_FOR_DELIVERY,
    }
)
"""Statuses of which a planned day is worth showing."""

AT_POINT = frozenset({_S.READY_FOR_PICKUP, _S.PICKUP_EXPIRED})

ADVICE: dict[str, str] = {
    _S.PICKUP_EXPIRED: "pickup_expired",
    _S.EXCEPTION: "problem",
    _S.UNDELIVERABLE: "problem",
    _S.LOST: "problem",
    _S.DESTROYED: "problem",
    _S.RETURNING: "returning",
    _S.EXPIRED: "expired",
    _S.DELIVERED: "delivered",
}
"""Status -> what its reader can do, a word of `advice`; the others depend on more than the status."""


def tone_of(parcel: ParcelView) -> str:
    """good | going | trouble | still."""
    if parcel.status in TROUBLE:
        return "trouble"
    if parcel.status in GOOD:
        return "good"
    return "going" if parcel.status in COMING and RANK[parcel.status] >= RANK[_S.ACCEPTED] else "still"


def advice_for(parcel: ParcelView, has_eta: bool, has_next: bool) -> str:
    """What the reader can do about it, as a word of `advice`; "" if there is nothing to do."""
    if parcel.status == _S.HELD:
        return _held(parcel)
    if parcel.status == _S.DELIVERY_ATTEMPTED:
        return "" if has_next else "attempt"
    if parcel.status == _S.DELAYED:
        return "" if has_eta else "delayed"
    if parcel.status == _S.READY_FOR_PICKUP:
        point = parcel.facts.point
        return "code" if point is not None and point.kind == "locker" else ""
    return ADVICE.get(parcel.status, "")


def _held(parcel: ParcelView) -> str:
    if parcel.action != Action.RECIPIENT:
        return ""
    tables = {"held_papers": PAPERS, "held_duty": DUTY, "held_address": ADDRESS}
    return next((said for said, reasons in tables.items() if parcel.reason in reasons), "held")
