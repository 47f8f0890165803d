"""An order of one's own to try texts on: a few facts in YAML over the invented ones."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from msgspec import structs

from schemas.errors import BadInput
from schemas.messages import Notice
from schemas.orders import OrderView, ParcelView
from schemas.parcels import Cod, Eta, Facts, Money, Point, parcel_key
from schemas.shops import Bundle
from schemas.times import Millis, to_millis
from templates.cases import Case, ordinary

FACTS = frozenset(
    "number expected courier tracking status reason role eta deadline total point cod".split(),
)
"""What a file may say of an order."""


def case_of(text: str, kind: str, channel: str, language: str, bundle: Bundle) -> Case:
    """The first ordinary case of the kind with the facts of the file. Raises BadInput naming the field."""
    facts = _read(text)
    case = ordinary(kind, channel, language, bundle)[0]
    return Case("an order of your own", _with(case.notice, facts))


def _read(text: str) -> dict[str, Any]:
    try:
        facts = yaml.safe_load(text)
    except yaml.YAMLError:
        raise BadInput("the file is not YAML; correct it", "order") from None
    if not isinstance(facts, dict):
        raise BadInput("the file holds no fields; write `number: ...` and others", "order")
    if unknown := sorted(set(map(str, facts)) - FACTS):
        raise BadInput(f"unknown; the fields are {', '.join(sorted(FACTS))}", unknown[0])
    return facts


def _with(notice: Notice, facts: dict[str, Any]) -> Notice:
    order = _order(notice.order, facts)
    parcels = tuple(_parcel(parcel, facts) for parcel in order.parcels)
    keys = tuple(parcel_key(parcel.courier, parcel.number) for parcel in parcels)
    slots = tuple(structs.replace(slot, subject=key) for slot, key in zip(notice.slots, keys, strict=False))
    return structs.replace(
        notice,
        role=str(facts.get("role", notice.role)),
        order=structs.replace(order, parcels=parcels),
        parcels=keys,
        slots=slots or notice.slots,
    )


def _order(order: OrderView, facts: dict[str, Any]) -> OrderView:
    return structs.replace(
        order,
        number=str(facts.get("number", order.number)),
        expected=_taken(facts, "expected", int, order.expected),
        total=_taken(facts, "total", _money, order.total),
    )


def _parcel(parcel: ParcelView, facts: dict[str, Any]) -> ParcelView:
    return structs.replace(
        parcel,
        courier=str(facts.get("courier", parcel.courier)),
        number=str(facts.get("tracking", parcel.number)),
        status=str(facts.get("status", parcel.status)),
        reason=str(facts.get("reason", parcel.reason)),
        facts=_facts(parcel.facts, facts),
    )


def _facts(known: Facts, facts: dict[str, Any]) -> Facts:
    return structs.replace(
        known,
        eta=_taken(facts, "eta", lambda value: Eta(_moment(value)), known.eta),
        deadline=_taken(facts, "deadline", _moment, known.deadline),
        deadline_source="carrier" if "deadline" in facts else known.deadline_source,
        point=_taken(facts, "point", _point, known.point),
        cod=_taken(facts, "cod", _cod, known.cod),
    )


def _taken(facts: dict[str, Any], field: str, read: Callable[[Any], Any], otherwise: Any) -> Any:
    """The field as `read` gives it, or what is known otherwise."""
    if field not in facts:
        return otherwise
    try:
        return read(facts[field])
    except (AttributeError, InvalidOperation, TypeError, ValueError):
        raise BadInput("cannot be read; see `awizo preview --help` for the form of each field", field) from None


def _moment(value: Any) -> Millis:
    return to_millis(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))


def _money(value: Any) -> Money:
    amount, currency = str(value).split()
    return Money(Decimal(amount), currency)


def _point(value: Any) -> Point:
    if set(value) - {"id", "name", "kind", "address"}:
        raise ValueError("a point has an id, a name, a kind and an address")
    told = {field: str(said) for field, said in value.items()}
    return Point(told.get("id", ""), told.get("name", ""), told.get("kind", ""), told.get("address", ""))


def _cod(value: Any) -> Cod:
    sums = {field: _money(said) for field, said in value.items()}
    if not sums or set(sums) - {"total", "goods"}:
        raise ValueError("a cod has a total or goods")
    amounts = {field: money.amount for field, money in sums.items()}
    return Cod(next(iter(sums.values())).currency, total=amounts.get("total"), goods=amounts.get("goods"))
