"""Cash on delivery: what is due for which parcel, and how it can be paid."""

from schemas.orders import ParcelView
from schemas.parcels import Cod, Money
from schemas.status import Status
from templates.formats import Manner
from templates.phrases import phrases, word
from templates.variables import CashOnDelivery

_UNPAYABLE = frozenset({Status.DELIVERED, Status.RETURNING, Status.RETURNED, Status.DESTROYED, Status.CANCELLED})


def cash_due(parcels: tuple[ParcelView, ...], manner: Manner) -> CashOnDelivery | None:
    """What is due for these parcels; None if nothing is, or no sum is known. Sums are never added up."""
    sums = [
        (parcel, cod, money)
        for parcel in parcels
        if (cod := parcel.facts.cod) and parcel.status not in _UNPAYABLE and (money := _due(cod))
    ]
    if not sums:
        return None
    several = len(parcels) > 1
    return CashOnDelivery(
        sum=", ".join(_sum(money, parcel, several, manner) for parcel, _, money in sums),
        plus_delivery=any(cod.total is None for _, cod, _ in sums),
        methods=", ".join(_methods(sums[0][0], sums[0][1], manner.language)),
        several=several,
    )


def _due(cod: Cod) -> Money | None:
    """The total if the courier gave it, else the goods."""
    amount = cod.total if cod.total is not None else cod.goods
    return Money(amount, cod.currency) if cod.state == "due" and amount else None


def _sum(money: Money, parcel: ParcelView, several: bool, manner: Manner) -> str:
    said = manner.money(money)
    pattern = str(phrases(manner.language)["of_parcel"])
    return pattern.format(sum=said, tail=parcel.number[-4:]) if several else said


def _methods(parcel: ParcelView, cod: Cod, language: str) -> list[str]:
    """Lockers take no cash, whatever a courier's general terms say."""
    locker = parcel.facts.point is not None and parcel.facts.point.kind == "locker"
    names = [word("methods", method, language) for method in cod.methods if not (locker and method == "cash")]
    return [name for name in names if name]
