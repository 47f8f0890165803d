"""What Plan remembers of a recipient, and its versioned bytes."""

import zlib
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from schemas.messages import Alert, Slot
from schemas.orders import OrderView
from schemas.times import Millis

VERSION = 1
S = TypeVar("S", bound=Struct)


class Profile(Struct, frozen=True, array_like=True):
    """The customer's own addresses and wishes, over all orders."""

    email: str | None = None  # None: never said here; "": taken away
    phone: str | None = None
    bad_email: bool = False
    bad_phone: bool = False
    addressed_at: Millis = 0  # when the addresses above were given; earlier orders' give way to them
    zone: str = ""
    prefers: tuple[str, ...] = ()
    window: tuple[int, int] | None = None
    kinds: dict[str, tuple[str, ...]] = {}  # kind -> channels
    consents: dict[str, tuple[Millis, bool]] = {}  # "class/channel" -> when, and given; "class/" for every channel
    opted_out: frozenset[str] = frozenset()  # "channel/class"; "" on a side means all
    erased_at: Millis = 0
    paused: frozenset[str] = frozenset()  # orders of which nothing more is to be said


class Reach(Struct, frozen=True, array_like=True):
    """How an order's recipient can be reached, as the order said it."""

    role: str = "buyer"
    email: str = ""
    phone: str = ""
    bad_email: bool = False
    bad_phone: bool = False
    given_at: Millis = 0
    zone: str = ""
    prefers: tuple[str, ...] = ()
    told_at: Millis = 0  # when the order said this last; `given_at` is since when it says so
    other_at: Millis = 0  # when it last said something else, before
    forgotten: str = ""  # a mark of addresses that were erased: who says them again does not give them anew


class Held(Struct, frozen=True, array_like=True):
    """A slot that is not decided yet. `due`: when it is looked at again."""

    subject: str
    kind: str
    occurrence: str
    occurred_at: Millis
    recorded_at: Millis
    due: Millis
    valid_until: Millis
    number: int = 1
    basis: Millis = 0  # no_movement: the last scan it speaks of; a reminder: its deadline
    confirmed: bool = False  # an order_received that will also say: confirmed
    quiet: bool = False  # it waited for the waking window
    waits: Millis = 0  # how long it is held for, beside the window: merge, lead, delay ended at that moment
    alert: Alert | None = None

    @property
    def slot(self) -> Slot:
        """Its name."""
        return Slot(self.subject, self.kind, self.occurrence)


class Handed(Struct, frozen=True, array_like=True):
    """A notice that was handed over and may still be waiting to go."""

    kind: str
    channel: str
    slots: tuple[Held, ...]
    generation: int
    valid_until: Millis
    to: str  # a short hash of the addresses of its routes
    over: bool = False  # withdrawn, and nothing put in its place
    fell_back: bool = False


class OrderPlan(Struct, frozen=True, array_like=True):
    """What is planned for one order."""

    view: OrderView
    locale: str = ""
    reach: Reach = Reach()
    removed: bool = False
    held: tuple[Held, ...] = ()
    handed: tuple[Handed, ...] = ()
    decided: tuple[str, ...] = ()  # short names of slots that had their last word
    reminded_at: dict[str, Millis] = {}  # parcel -> the last pickup_reminder
    forget_at: Millis = 0


class PlanState(Struct, frozen=True, array_like=True):
    """A recipient of a shop."""

    shop: str
    recipient: str
    profile: Profile = Profile()
    orders: dict[str, OrderPlan] = {}
    contacts: dict[str, Reach] = {}  # of orders whose news has not come yet
    sent: tuple[tuple[Millis, str], ...] = ()  # hand-overs of the last day, for the caps
    spent: tuple[tuple[Millis, str], ...] = ()  # what SMS of the last day are reckoned to cost


_encode = msgspec.msgpack.Encoder(decimal_format="string", order="deterministic").encode  # sets in one order everywhere
_decode = msgspec.msgpack.Decoder(PlanState).decode


def dump(state: PlanState) -> bytes:
    """The state's bytes: a version, then compressed msgpack."""
    # a small window and little memory: the default clears 256 KB a call, five times the work
    packer = zlib.compressobj(6, zlib.DEFLATED, -12, 5)
    return bytes((VERSION,)) + packer.compress(_encode(state)) + packer.flush()


def load(data: bytes) -> PlanState:
    """The state of `dump`'s bytes. Raises ValueError for a version that this code does not read."""
    if data[0] != VERSION:
        raise ValueError(f"a Plan state of version {data[0]}: this code reads up to {VERSION}")
    return _decode(zlib.decompress(data[1:], -15))


def evolve(struct: S, **changes: Any) -> S:
    """The struct with some fields changed."""
    return msgspec.structs.replace(struct, **changes)
