"""Messages: what could be said, was decided, composed, and became of it."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from schemas.orders import OrderView
from schemas.times import Millis


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class Class(StrEnum):
    """The legal ground that a message stands on."""

    CONTRACT = "contract"
    SERVICE = "service"
    FEEDBACK = "feedback"
    MARKETING = "marketing"  # a consent may name it; Awizo sends none by itself


class Kind(StrEnum):
    """Every kind of message there is."""

    ORDER_RECEIVED = "order_received"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_PACKED = "order_packed"
    SHIPPED = "shipped"
    LATE_TO_LEAVE = "late_to_leave"
    DELAYED = "delayed"
    ACTION_NEEDED = "action_needed"
    ARRIVING_TOMORROW = "arriving_tomorrow"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    READY_FOR_PICKUP = "ready_for_pickup"
    PICKUP_REMINDER = "pickup_reminder"
    PICKUP_EXPIRED = "pickup_expired"
    PROBLEM = "problem"
    NO_MOVEMENT = "no_movement"
    DELIVERED = "delivered"
    GOING_BACK = "going_back"
    CAME_BACK = "came_back"
    RETURN_RECEIVED = "return_received"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    FEEDBACK = "feedback"
    SHOP_ALERT = "shop_alert"


class Reason(StrEnum):
    """Why something that could have been a message was not one. A closed list."""

    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    MERGED = "merged"
    STALE = "stale"
    STATE_TOO_OLD = "state_too_old"
    QUIET_HOURS_PAST_VALIDITY = "quiet_hours_past_validity"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    CHANNEL_OFF = "channel_off"
    KIND_OFF = "kind_off"
    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    CAP = "cap"
    BUDGET = "budget"
    BACKFILL = "backfill"
    PAUSED = "paused"
    RECIPIENT_REMOVED = "recipient_removed"
    ERASED = "erased"
    TEST_ORDER = "test_order"


HANDED_OVER = "handed_over"
HELD = "held"  # only when a bounded run ends: not yet decided


class Slot(Struct, frozen=True, array_like=True, order=True):
    """A could-have-been message of one recipient. `subject`: parcel key, or "order/<order>"."""

    subject: str
    kind: str
    occurrence: str


class Route(Struct, frozen=True, array_like=True):
    """A way to reach a recipient."""

    channel: str
    to: str  # E.164 phone or e-mail
    country: str = ""  # of the phone (sender and price), else of delivery
    intervals: tuple[tuple[Millis, Millis], ...] = ()  # when this way may be used; empty: as the notice


class Alert(Struct, frozen=True, array_like=True):
    """One line of a `shop_alert`."""

    trigger: str  # problem | late_to_leave | no_movement | refused | low_mark | replied
    order: str  # as the customer knows it
    parcel: str = ""
    detail: str = ""  # a status, a reason, a mark: a word of a closed list; of `replied` the customer's own words
    at: Millis = 0


class Notice(Struct, frozen=True, array_like=True, tag="notice"):
    """Plan to Compose: say this to that recipient. `routes` are tried in order: the next only when the provider
    refuses the address at the send. Kinds with two channels are two notices."""

    shop: str
    bundle: str  # version of the shop's bundle that decided
    recipient: str
    role: str
    locale: str
    kind: str
    cls: str
    priority: int
    slots: tuple[Slot, ...]  # the first leads: its key is the message's
    generation: int
    at: Millis  # message time of the hand-over
    valid_until: Millis
    intervals: tuple[tuple[Millis, Millis], ...]  # when it may go, from `at` to `valid_until`
    routes: tuple[Route, ...]
    order: OrderView
    parcels: tuple[str, ...] = ()  # parcel keys that the message speaks of
    number: int = 1  # the n-th attempt
    cause: str = ""  # "" | fallback | readdressed | reissued
    confirmed: bool = False  # an order_received that also says: confirmed
    alerts: tuple[Alert, ...] = ()
    segment: str = ""


class Withdraw(Struct, frozen=True, array_like=True, tag="withdraw"):
    """Plan to Deliver: what was handed over for these slots and channels should not go any more."""

    shop: str
    recipient: str
    kind: str
    slots: tuple[Slot, ...]
    channels: tuple[str, ...]
    generation: int
    at: Millis
    reason: str = Reason.SUPERSEDED


class Decision(Struct, frozen=True, array_like=True, tag="decision"):
    """Plan to Record: the last word on a slot. `verdicts`: channel -> HANDED_OVER or a Reason. `why` are words of the
    explanation (closed list in `pipelines.rules`), never personal."""

    shop: str
    recipient: str
    order: str
    subject: str
    kind: str
    occurrence: str
    bundle: str
    at: Millis
    verdicts: tuple[tuple[str, str], ...]
    occurred_at: Millis = 0
    recorded_at: Millis = 0
    held_until: Millis = 0  # 0: never held
    by: str = ""  # what superseded it, into what it was merged: a kind or a status
    why: tuple[str, ...] = ()
    zone: str = ""  # the recipient's clock, for those who read the decision


class Message(Struct, frozen=True, array_like=True, tag="message"):
    """Compose to Deliver: the words themselves."""

    shop: str
    bundle: str
    recipient: str
    order: str
    kind: str
    cls: str
    priority: int
    locale: str  # of the words (may be the shop's default)
    slots: tuple[Slot, ...]
    generation: int
    at: Millis
    valid_until: Millis
    intervals: tuple[tuple[Millis, Millis], ...]
    channel: str
    to: str
    country: str
    sender: str  # alphanumeric or number; e-mail: address
    sender_name: str = ""
    reply_to: str = ""
    text: str = ""
    subject: str = ""
    html: str = ""
    unsubscribe: str = ""  # https URL for RFC 8058; "" for the contract class
    encoding: str = ""  # GSM-7 | UCS-2
    segments: int = 0
    cost: Decimal = Decimal(0)
    currency: str = ""
    cause: str = ""
    on_unknown: str = "reconcile"  # reconcile | never_resend | resend
    otherwise: "Message | None" = None  # when the provider refuses the address
    wanted: str = ""  # the reader's language, where the words are in another


class Outcome(Struct, frozen=True, array_like=True, tag="outcome"):
    """Deliver to Record: what became of a message. `state` is the ledger's; `at` is message time."""

    shop: str
    recipient: str
    order: str
    kind: str
    channel: str
    slots: tuple[Slot, ...]
    generation: int
    state: str
    at: Millis
    reason: str = ""  # superseded, expired, opted_out, a provider's code ...
    attempts: int = 0
    provider: str = ""
    provider_id: str = ""
    segments: int = 0
    cost: Decimal = Decimal(0)
    currency: str = ""
    country: str = ""
    key: str = ""


class DeadLetter(Struct, frozen=True, array_like=True, tag="dead"):
    """Any stage to Bury: what could not be used, whole."""

    stage: str
    reason: str  # what, and what to do; never a value that may be personal
    place: str  # path of the field, or the name of the input and line
    original: bytes
    at: Millis = 0
    source: str = ""
    id: str = ""
    line: str = ""  # the input's name and the line, if it came from a file: `events.jsonl:12`
