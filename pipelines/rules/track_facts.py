"""Facts of a parcel: how newer ones join older ones, which belong to a status only, and when a change is news."""

from collections.abc import Iterable

from msgspec.structs import astuple, replace

from schemas.parcels import NO_FACTS, Cod, Eta, Facts
from schemas.status import HARD_ENDS, Notice, Status
from schemas.times import DAY, HOUR
from schemas.wire import name_of

_COD = Facts.__struct_fields__.index("cod")

BELONGS_TO: dict[str, dict[str, object]] = {
    Status.READY_FOR_PICKUP: {"point": None, "deadline": None, "deadline_source": ""},
    Status.DELIVERY_ATTEMPTED: {"next_attempt": None},
    Status.DELIVERED: {"proof": ""},
}
"""Facts that a parcel leaves behind with the status that they are of, and what remains instead."""


def merged(old: Facts, new: Facts, *, fills: bool = False) -> Facts:
    """Old facts with the newer ones that are not empty; with `fills`, only where the old ones are."""
    if new is NO_FACTS or new == old:
        return old
    if old is NO_FACTS:
        return new
    weak, strong = (new, old) if fills else (old, new)
    values = [new or old for new, old in zip(astuple(strong), astuple(weak), strict=True)]
    values[_COD] = _merged_cod(weak.cod, strong.cod)
    return Facts(*values)


def _merged_cod(weak: Cod | None, strong: Cod | None) -> Cod | None:
    """A sum that was once given stays when a later scan tells only its state."""
    if weak is None or strong is None or weak.currency != strong.currency:
        return strong or weak
    return Cod(
        strong.currency,
        weak.total if strong.total is None else strong.total,
        weak.goods if strong.goods is None else strong.goods,
        weak.delivery if strong.delivery is None else strong.delivery,
        weak.fee if strong.fee is None else strong.fee,
        strong.state,
        strong.methods or weak.methods,
        strong.source or weak.source,
    )


def news_in(facts: Facts, before: Iterable[Facts]) -> Facts:
    """Those of an event's facts that its earlier readings did not tell, or told otherwise."""
    known = NO_FACTS
    for earlier in before:
        known = merged(known, earlier)
    fields = zip(astuple(merged(known, facts)), astuple(known), astuple(NO_FACTS), strict=True)
    return Facts(*(new if new != old else empty for new, old, empty in fields))


def left_behind(facts: Facts, status: str) -> Facts:
    """The facts of a parcel that leaves a status (or reaches it anew)."""
    emptied = BELONGS_TO.get(status)
    return replace(facts, **emptied) if emptied and facts is not NO_FACTS else facts


def is_later(eta: Eta | None, than: Eta | None) -> bool:
    """True if a parcel is planned a day or more later. A local day may have 23 hours."""
    if eta is None or than is None:
        return False
    return eta.at - than.at >= (DAY - HOUR if eta.day_only and than.day_only else DAY)


def notice_name(notice: str, facts: Facts) -> str:
    """The name of a notice that is about one of these facts: the same news, the same name. "" for other notices."""
    if notice == Notice.DEADLINE_EXTENDED and facts.deadline:
        return name_of(notice, facts.deadline)
    if notice == Notice.ETA_MOVED and facts.eta:
        return name_of(notice, facts.eta.at)
    return ""


def moved(old: Facts, new: Facts, promised: Eta | None, status: str) -> tuple[str, ...]:
    """Notices that follow from new facts of a parcel. `promised` is the arrival that was last told of, so that many
    small delays add up to a day."""
    if status in HARD_ENDS:
        return ()
    extended = bool(old.deadline and new.deadline and new.deadline > old.deadline)
    found = ((Notice.DEADLINE_EXTENDED, extended), (Notice.ETA_MOVED, is_later(new.eta, promised)))
    return tuple(str(notice) for notice, holds in found if holds)


def still_holds(notice: str, told: Facts, present: Facts) -> bool:
    """False for news of an arrival or a deadline that is no longer the parcel's."""
    if notice == Notice.ETA_MOVED:
        return told.eta in (None, present.eta)
    if notice == Notice.DEADLINE_EXTENDED:
        return told.deadline in (None, present.deadline)
    return True
