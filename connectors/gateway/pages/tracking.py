"""Where is my parcel: from what is known of an order to what its page shows, in one language's words. Pure.

What is not known is not shown. Nobody is told the order's sums but what is due on delivery; a locker's code is nowhere
in what we know, and never on a page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.gateway.pages.advising import AT_POINT, COMING, TROUBLE, advice_for, tone_of
from connectors.gateway.pages.course import Course, course_of
from couriers.services import courier_name, tracking_url
from pipelines.rules.gather_clocks import alive_for
from schemas.orders import OrderRecord, OrderView, ParcelView
from schemas.parcels import ParcelRecord, parcel_key
from schemas.places import zone_of
from schemas.shops import Bundle
from schemas.status import HARD_ENDS, RANK, Status
from schemas.times import Millis
from templates.due import cash_due
from templates.formats import Manner
from templates.page_words import Words, page_words
from templates.phrases import counted, word
from templates.view import one_line, place_of

_S = Status


@dataclass(frozen=True)
class Known:
    """All that a page is made from: the order, its parcels by key with their histories, when each courier's feed was
    last alive, and when it is now."""

    order: OrderRecord
    parcels: Mapping[str, ParcelRecord]
    heard: Mapping[str, Millis]
    now: Millis


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what is known: what it is, and its words, one or several lines."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParcelShown:
    """A parcel as the page shows it. `tone`: good | going | trouble | still."""

    title: str
    status: str
    tone: str
    at: str
    why: str
    advice: tuple[str, ...]
    facts: tuple[Fact, ...]
    courier: str
    number: str
    url: str
    course: Course
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderShown:
    """The page of an order: `lead` and `more` are sentences, "" if there is nothing to say."""

    number: str
    lead: str
    facts: tuple[Fact, ...]
    parcels: tuple[ParcelShown, ...]
    more: str


def order_shown(known: Known, bundle: Bundle, language: str) -> OrderShown:
    """What the order's page shows."""
    view, words = known.order.view, page_words(language)
    telling = _Telling(known, bundle, language, zone_of(view.country) or bundle.zone)
    outward = [parcel for parcel in view.parcels if parcel.direction == "outbound"]
    total = max(view.expected, len(outward))
    shown = [telling.parcel(p, _title(words, n, total)) for n, p in enumerate(outward, 1)]
    back = [p for p in view.parcels if p.direction == "return"]
    return OrderShown(
        number=one_line(view.number or view.order),
        lead=_lead(view, outward, total, words, language),
        facts=telling.of_order() if not view.parcels else (),
        parcels=(*shown, *(telling.parcel(parcel, words["order"]["return"]) for parcel in back)),
        more=words["order"]["more_to_come"] if 0 < len(outward) < total else "",
    )


def _title(words: Words, number: int, total: int) -> str:
    return str(words["order"]["parcel"].format(n=number, total=total)) if total > 1 else ""


def _lead(view: OrderView, outward: list[ParcelView], total: int, words: Words, language: str) -> str:
    """How far the order as a whole has come: of several parcels, how many came; without any, what the shop said."""
    if total > 1 and outward:
        here = sum(parcel.status == _S.DELIVERED for parcel in outward)
        return str(words["order"]["tally"].format(tally=counted("some_of", total, language, some=here)))
    if outward and view.lifecycle != "cancelled":
        return ""
    return str(words["lifecycles"].get(view.lifecycle, ""))


@dataclass(frozen=True)
class _Telling:
    """One order told in one language, by the clocks of where it goes."""

    known: Known
    bundle: Bundle
    language: str
    zone: str

    @property
    def words(self) -> Words:
        return page_words(self.language)

    @property
    def short(self) -> Manner:
        return Manner(self.language, self.zone, short=True)

    @property
    def long(self) -> Manner:
        return Manner(self.language, self.zone, short=False)

    def of_order(self) -> tuple[Fact, ...]:
        """What is known of an order that has no parcel yet."""
        view, facts = self.known.order.view, self.words["facts"]
        if view.lifecycle not in ("placed", "confirmed", "in_preparation", "packed", "on_hold"):
            return ()
        late = view.dispatch_by is not None and view.dispatch_by < self.known.now
        day = self.long.day(view.dispatch_by) if view.dispatch_by and not late else ""
        return _facts(
            (facts["dispatch"], [facts["dispatch_by"].format(day=day)] if day else []),
            (facts["eta"], [self.long.eta(view.promised, self.known.now)]),
        )

    def parcel(self, parcel: ParcelView, title: str) -> ParcelShown:
        keys = (parcel_key(parcel.courier, parcel.number), *parcel.formerly)
        records = [self.known.parcels[key] for key in keys if key in self.known.parcels]
        since = self.known.order.view.placed_at
        why = word("reasons", parcel.reason, self.language)
        return ParcelShown(
            title=title,
            status=self._status(parcel),
            tone=tone_of(parcel),
            at=self._at(parcel),
            why=self.words["order"]["why"].format(why=why) if why and parcel.status in TROUBLE | {_S.RETURNING} else "",
            advice=self._advice(parcel),
            facts=self._facts_of(parcel),
            courier=one_line(courier_name(parcel.courier, self.language)),
            number=one_line(parcel.number),
            url=tracking_url(parcel.courier, parcel.number) or "",
            course=course_of(records, since, parcel.direction, self.short),
            known=self._known(parcel),
        )

    def _status(self, parcel: ParcelView) -> str:
        collected = parcel.reason in ("collected_from_locker", "collected_from_point")
        if parcel.direction == "outbound" and parcel.status == _S.DELIVERED and collected:
            return str(self.words["collected"])
        returning = self.words["return_statuses"] if parcel.direction == "return" else {}
        return str(returning.get(parcel.status) or self.words["statuses"][parcel.status])

    def _at(self, parcel: ParcelView) -> str:
        """When the present status began, and for what is delivered, how."""
        if not parcel.since or RANK[parcel.status] < RANK[_S.LABEL_CREATED]:
            return ""
        how = word("delivered", parcel.reason, self.language) if parcel.status == _S.DELIVERED else ""
        when = self._when(parcel.since)
        return f"{when[:1].upper()}{when[1:]}{how}"

    def _advice(self, parcel: ParcelView) -> tuple[str, ...]:
        said = advice_for(parcel, self._eta(parcel) != "", self._next(parcel) != "")
        return (str(self.words["advice"][said]),) if said and parcel.direction == "outbound" else ()

    def _eta(self, parcel: ParcelView) -> str:
        return self.long.eta(parcel.facts.eta, self.known.now) if parcel.status in COMING else ""

    def _next(self, parcel: ParcelView) -> str:
        attempted = parcel.status == _S.DELIVERY_ATTEMPTED
        return self.long.eta(parcel.facts.next_attempt, self.known.now) if attempted else ""

    def _facts_of(self, parcel: ParcelView) -> tuple[Fact, ...]:
        """What the reader needs now: when, where, until when, and what is due."""
        words = self.words["facts"]
        plan = (words["eta"], [self._eta(parcel)]), (words["next_attempt"], [self._next(parcel)])
        if parcel.direction == "return":
            return ()
        return _facts(*plan, *self._point(parcel), (words["cod"], self._cash(parcel)))

    def _point(self, parcel: ParcelView) -> tuple[tuple[str, list[str]], ...]:
        place, words = place_of(parcel, self.long), self.words["facts"]
        deadline = parcel.facts.deadline if parcel.status == _S.READY_FOR_PICKUP else None
        sure = parcel.facts.deadline_source != "service_default"
        until = (words["deadline" if sure else "deadline_unsure"], [self.long.until(deadline) if deadline else ""])
        if place is None or parcel.status not in AT_POINT:
            return (until,)
        return (words["point"], [place.name, place.title, place.address]), (words["hours"], [place.hours]), until

    def _cash(self, parcel: ParcelView) -> list[str]:
        cash, words = cash_due((parcel,), self.long), self.words["facts"]
        if cash is None:
            return []
        point = parcel.facts.point
        return [
            f"{cash.sum} {words['plus_delivery']}" if cash.plus_delivery else cash.sum,
            words["methods"].format(methods=cash.methods) if cash.methods else "",
            words["no_cash"] if point is not None and point.kind == "locker" else "",
            words["no_links"],
        ]

    def _known(self, parcel: ParcelView) -> tuple[str, ...]:
        """How fresh all this is. Our own silence is said as ours, never as the courier's fault."""
        words, now = self.words["known"], self.known.now
        if not parcel.known_at:
            return (words["never"],)
        last = str(words["last"].format(when=self._when(parcel.known_at)))
        if parcel.status in HARD_ENDS:
            return (last,)
        heard = max(self.known.heard.get(parcel.courier, 0), parcel.known_at)
        if now - heard > alive_for(parcel.courier, self.bundle):
            return last, str(words["silent"])
        return (last, str(words["checked"].format(when=self._when(heard)))) if heard > parcel.known_at else (last,)

    def _when(self, moment: Millis) -> str:
        if not self.short.is_same_day(moment, self.known.now):
            return self.short.moment(moment)
        clock = self.short.clock(moment)
        eleven = clock.startswith("11:") and "today_at_eleven" in self.words
        return str(self.words["today_at_eleven" if eleven else "today"].format(time=clock))


def _facts(*given: tuple[str, list[str]]) -> tuple[Fact, ...]:
    """Those that have something to say."""
    said = ((str(label), tuple(filter(None, lines))) for label, lines in given)
    return tuple(Fact(label, lines) for label, lines in said if lines)
