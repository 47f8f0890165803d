"""Parcels: what couriers report, and what Track makes of it.

All are frozen msgspec structs written as arrays: small on the wire. Fields are only ever appended, each with a
default, so that yesterday's bytes are read today.
"""

from decimal import Decimal

from msgspec import Struct

from schemas.status import Action, Status
from schemas.times import Millis


class Money(Struct, frozen=True, array_like=True):
    """A decimal amount with its ISO 4217 currency."""

    amount: Decimal
    currency: str


class Point(Struct, frozen=True, array_like=True):
    """Where a parcel waits. `hours` are (weekday 0 = Monday, opens, closes) in minutes of the local day;
    empty means unknown, or always open for a locker."""

    id: str = ""
    name: str = ""
    kind: str = ""  # locker | branch | shop
    address: str = ""
    hours: tuple[tuple[int, int, int], ...] = ()


class Eta(Struct, frozen=True, array_like=True):
    """When a parcel is planned to arrive. `day_only`: `at` is the local midnight that begins the day."""

    at: Millis
    until: Millis | None = None
    day_only: bool = False


class Cod(Struct, frozen=True, array_like=True):
    """Cash on delivery. `total` only when the courier (or the shop) gave it; a sum is never added up by us."""

    currency: str
    total: Decimal | None = None
    goods: Decimal | None = None
    delivery: Decimal | None = None
    fee: Decimal | None = None
    state: str = "due"  # none | due | collected | refused | transferred | paid_out
    methods: tuple[str, ...] = ()  # cash | card | blik | app | link
    source: str = ""


class Successor(Struct, frozen=True, array_like=True):
    """The number under which a parcel goes on."""

    courier: str
    number: str
    kind: str  # partner | relabel | return


class Facts(Struct, frozen=True, array_like=True):
    """What a message may say beside the status. None or "" is: the courier did not say."""

    eta: Eta | None = None
    deadline: Millis | None = None
    deadline_source: str = ""  # carrier | service_default
    point: Point | None = None
    cod: Cod | None = None
    place: str = ""  # town of the scan
    country: str = ""  # ISO 3166 alpha-2 of the scan's place
    proof: str = ""  # signed | photo | pin
    next_attempt: Eta | None = None
    successor: Successor | None = None
    redirect: str = ""  # where it was redirected to, in the courier's words


NO_FACTS = Facts()


class Scan(Struct, frozen=True, array_like=True, tag="scan"):
    """One event of a courier in our words. `courier` and `number` name the parcel (an aggregator's payload gives the
    courier that it speaks of); `source` is who told us (`inpost`, `aftership`, `awizo`), `via` how.
    """

    courier: str
    number: str
    occurred_at: Millis
    status: str  # Status; UNKNOWN keeps the parcel's status
    raw_code: str  # the courier's code, with its discriminators joined by "/"
    source: str
    via: str = "answer"  # push | answer | shop | aggregator; the trust order
    zone: str = "carrier"  # carrier (offset given) | assumed_local | assumed_utc
    reason: str = ""
    notice: str = ""  # schemas.status.Notice: a self-transition
    informational: bool = False  # stored, never moves the parcel
    action: str = Action.NONE
    leg: str = "outbound"  # outbound | return
    retracts: str = ""  # "" | previous (this source's event before) | self | an event_id
    event_id: str = ""  # the courier's own id of the event
    raw_text: str = ""
    flags: tuple[str, ...] = ()  # dst_gap, dst_fold, doubt ...
    facts: Facts = NO_FACTS


class Report(Struct, frozen=True, array_like=True, tag="report"):
    """All that one payload says of one parcel, in the payload's order. Taken as a whole, so that nobody is told of a
    status that the same payload has already overtaken."""

    scans: tuple[Scan, ...]


class Malformed(Struct, frozen=True, array_like=True, tag="malformed"):
    """One item of a payload that could not be read: it fails alone."""

    courier: str
    reason: str  # what is wrong and what was expected; never a value that may be personal
    place: str  # path of the item, e.g. "tracking_details[3].datetime"
    original: bytes


class Subscription(Struct, frozen=True, array_like=True, tag="subscription"):
    """A shop's wish to hear of a parcel for one of its orders. `ended`: no longer (cancelled, number changed)."""

    courier: str
    number: str
    shop: str
    order: str
    since: Millis  # scans before are of another parcel with this number
    until: Millis
    direction: str = "outbound"  # outbound | return: a customer's return is a parcel of its own
    ended: bool = False


class Occurrence(Struct, frozen=True, array_like=True):
    """One time that a parcel reached a status. Named by the event that opened it, never renamed."""

    name: str
    status: str
    occurred_at: Millis
    recorded_at: Millis  # when the log had the opening event
    reason: str = ""
    number: int = 1  # the n-th of this status, for the text only
    late: bool = False  # precedes an occurrence that was opened before: never told
    action: str = Action.NONE


class ParcelNotice(Struct, frozen=True, array_like=True):
    """A self-transition worth knowing: no status changed."""

    name: str
    notice: str
    occurred_at: Millis
    recorded_at: Millis


class ParcelUpdate(Struct, frozen=True, array_like=True, tag="update"):
    """Track to Gather: the parcel as a whole at one moment, and what has newly happened. One per subscriber."""

    shop: str
    order: str
    courier: str
    number: str
    version: int  # per parcel and subscriber, rising
    at: Millis
    status: str = Status.REGISTERED
    reason: str = ""
    action: str = Action.NONE
    since: Millis = 0  # when the present status began (occurred)
    occurrence: str = ""  # name of the present occurrence
    number_of: int = 1  # the n-th of this status
    direction: str = "outbound"
    leg: str = "outbound"
    facts: Facts = NO_FACTS
    known_at: Millis = 0  # newest scan (occurred, clamped)
    opened: tuple[Occurrence, ...] = ()
    notices: tuple[ParcelNotice, ...] = ()
    withdrawn: tuple[str, ...] = ()  # occurrences told before that a retraction or a correction undid
    linked_from: str = ""  # the parcel key that this number succeeds, if known
    ended: bool = False  # the subscription has ended: forget the parcel


class ScanRecord(Struct, frozen=True, array_like=True, tag="scan_record"):
    """Track to Record: a scan as it was kept, with its raw words, and what became of it when it came."""

    courier: str
    number: str
    name: str  # the event's name: what an occurrence opened by it is called
    occurred_at: Millis
    recorded_at: Millis
    status: str
    reason: str
    notice: str
    raw_code: str
    raw_text: str
    source: str
    via: str
    zone: str
    flags: tuple[str, ...] = ()  # clamped, orphan, outside_window, contradiction, illegal_move, unmapped ...


class HistoryLine(Struct, frozen=True, array_like=True):
    """One line of a parcel's folded history."""

    status: str
    reason: str
    occurred_at: Millis
    name: str
    notice: str = ""
    applied: bool = True  # False: an illegal move, kept and counted
    occurrence: str = ""
    flags: tuple[str, ...] = ()


class ParcelRecord(Struct, frozen=True, array_like=True, tag="parcel_record"):
    """Track to Record: the parcel as one reads it. Newest version = (at, sequence)."""

    courier: str
    number: str
    at: Millis
    sequence: int
    status: str
    reason: str
    since: Millis
    history: tuple[HistoryLine, ...]
    facts: Facts = NO_FACTS
    subscribers: tuple[str, ...] = ()  # "shop/order"
    contradictions: int = 0
    illegal: int = 0
    unmapped: int = 0


def parcel_key(courier: str, number: str) -> str:
    """The key of Track: `courier/number`."""
    return f"{courier}/{number}"
