"""Who already told them: whether a parcel's courier texts an event to its recipient itself."""

from couriers.services import tells
from schemas.orders import ParcelView
from schemas.shops import Bundle


def told_by_courier(bundle: Bundle, parcel: ParcelView | None, kind: str) -> bool:
    """Whether the courier texts this kind itself. The shop's own word on the service comes first. A sum to pay is
    something that the courier's text may not say: then we do."""
    if parcel is None or _sum_due(parcel):
        return False
    for service in bundle.services:
        if service.courier == parcel.courier and service.service in ("", parcel.service) and service.tells is not None:
            return kind in service.tells
    return tells(parcel.courier, parcel.service, kind)


def _sum_due(parcel: ParcelView) -> bool:
    cod = parcel.facts.cod
    return cod is not None and cod.state == "due"
