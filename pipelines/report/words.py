"""The words in which runs are explained: one line for each word of the closed lists. A test holds that none is missing.

A decision reads `Not sent: <kind> <reason>`, so a reason is the rest of a sentence; `{by}` is what took its place.
"""

from pipelines.rules.ledger import State
from schemas.messages import Channel, Kind, Reason
from schemas.status import Notice, Status

CHANNELS: dict[str, str] = {Channel.SMS: "SMS", Channel.EMAIL: "e-mail"}

STATUSES: dict[str, str] = {
    Status.UNKNOWN: "Not understood",
    Status.REGISTERED: "Number known to the courier",
    Status.LABEL_CREATED: "Label made, parcel not handed over yet",
    Status.ACCEPTED: "With the courier",
    Status.IN_TRANSIT: "On its way",
    Status.IN_CUSTOMS: "With customs",
    Status.DELAYED: "Delayed",
    Status.HELD: "Stopped, something is awaited",
    Status.EXCEPTION: "Problem, outcome open",
    Status.AT_DELIVERY_DEPOT: "At the last depot",
    Status.OUT_FOR_DELIVERY: "Out for delivery",
    Status.DELIVERY_ATTEMPTED: "Delivery failed, another try",
    Status.READY_FOR_PICKUP: "Ready for pickup",
    Status.PICKUP_EXPIRED: "Not picked up in time",
    Status.UNDELIVERABLE: "Cannot be delivered",
    Status.RETURNING: "Going back to the sender",
    Status.LOST: "Lost",
    Status.EXPIRED: "Tracking ended without news",
    Status.DELIVERED: "Delivered",
    Status.RETURNED: "Back with the sender",
    Status.DESTROYED: "Disposed of",
    Status.CANCELLED: "Cancelled",
}

NOTICES: dict[str, str] = {
    Notice.PICKUP_REMINDER: "the courier reminded of the pickup",
    Notice.DEADLINE_EXTENDED: "the pickup deadline was extended",
    Notice.ETA_MOVED: "the planned delivery moved",
    Notice.CUSTOMS_RELEASED: "released by customs",
    Notice.COD_PAID: "cash on delivery was paid",
    Notice.COD_TRANSFERRED: "the cash is on its way to the shop",
    Notice.COD_PAID_OUT: "the cash was paid out to the shop",
    Notice.PROOF: "a proof of delivery came",
    Notice.INFORMATION: "information only",
}

KINDS: dict[str, str] = {
    Kind.ORDER_RECEIVED: "order received",
    Kind.ORDER_CONFIRMED: "order confirmed",
    Kind.ORDER_PACKED: "order packed",
    Kind.SHIPPED: "shipped",
    Kind.LATE_TO_LEAVE: "late to leave",
    Kind.DELAYED: "delayed",
    Kind.ACTION_NEEDED: "action needed",
    Kind.ARRIVING_TOMORROW: "arriving tomorrow",
    Kind.OUT_FOR_DELIVERY: "out for delivery",
    Kind.DELIVERY_ATTEMPTED: "delivery attempted",
    Kind.READY_FOR_PICKUP: "ready for pickup",
    Kind.PICKUP_REMINDER: "pickup reminder",
    Kind.PICKUP_EXPIRED: "pickup expired",
    Kind.PROBLEM: "problem",
    Kind.NO_MOVEMENT: "no movement",
    Kind.DELIVERED: "delivered",
    Kind.GOING_BACK: "going back",
    Kind.CAME_BACK: "came back",
    Kind.RETURN_RECEIVED: "return received",
    Kind.ORDER_CANCELLED: "order cancelled",
    Kind.ORDER_REFUNDED: "order refunded",
    Kind.FEEDBACK: "feedback question",
    Kind.SHOP_ALERT: "alert to the shop",
}

REASONS: dict[str, str] = {
    Reason.DUPLICATE: "had been decided before",
    Reason.SUPERSEDED: "was superseded by {by}",
    Reason.MERGED: "was merged into {by}",
    Reason.STALE: "was past its validity when it could have gone",
    Reason.STATE_TOO_OLD: "would tell a state that nobody has confirmed for too long: the courier was not heard",
    Reason.QUIET_HOURS_PAST_VALIDITY: "would be past its validity when quiet hours end",
    Reason.OPTED_OUT: "was stopped: the recipient has opted out",
    Reason.NO_CONSENT: "needs a consent that the recipient has not given",
    Reason.CHANNEL_OFF: "does not use this channel here",
    Reason.KIND_OFF: "is switched off",
    Reason.NO_ADDRESS: "has no address to go to",
    Reason.BAD_ADDRESS: "has only an address that cannot be one",
    Reason.CAP: "would go over the recipient's daily cap",
    Reason.BUDGET: "would go over the shop's SMS budget of the day",
    Reason.BACKFILL: "was too old when the log first had it",
    Reason.PAUSED: "was silenced: the recipient paused this order",
    Reason.RECIPIENT_REMOVED: "was for a recipient who is no longer on the order",
    Reason.ERASED: "was for a recipient who asked to be forgotten",
    Reason.TEST_ORDER: "was about a test order",
}

OTHERWISE_BY: dict[str, str] = {Reason.SUPERSEDED: "a later state", Reason.MERGED: "another message of the order"}
"""What took its place, where the decision does not name it."""

STATES: dict[str, str] = {
    State.NEW: "waiting to be sent",
    State.INTENT: "being handed to the provider when the run ended",
    State.UNKNOWN: "in doubt, the provider may or may not have it",
    State.SENT: "taken by the provider",
    State.DELIVERED: "delivered",
    State.UNDELIVERED: "taken by the provider, but not delivered",
    State.FAILED: "not sent",
    State.DEFERRED: "put off",
    State.PARKED: "waiting for a person to look at it",
}
"""Where a message stands: `SMS <words>`."""

BECAUSE: dict[str, str] = {
    "superseded": "something newer made it pointless",
    "superseded_in_doubt": "something newer made it pointless, and it may have gone before",
    "expired": "its validity ended first",
    "told_before": "the customer had been told already",
    "catching_up": "what happened while nobody read is taken in first",
    "waits_for_earlier": "an earlier version of it is not settled yet",
    "closed": "outside the hours in which it may go",
    "in_doubt": "nobody can look up whether it was sent",
    "opted_out": "the recipient has opted out",
    "budget": "it would go over the shop's SMS budget of the day",
    "lease_over": "whoever was sending it stopped half-way",
    "no_connector": "nothing is set up for this channel",
    "bad_address": "the provider refused the address",
    "no_sid": "the provider's answer named no message",
    "429": "the provider asked for a slower pace",
    "20429": "the provider asked for a slower pace",
}
"""Why a message stands where it stands."""

CAUSES: dict[str, str] = {
    "not_sent": "the provider could not be reached",
    "unreadable_answer": "the provider's answer could not be read",
}
"""The same for words that go on after a colon: `not_sent:ConnectTimeout`."""

TRIGGERS: dict[str, str] = {
    "placed": "the order was placed",
    "confirmed": "the order was confirmed",
    "paid": "the order was paid",
    "refunded": "money was given back",
    "changed": "the order was changed",
    "payment_failed": "the payment failed",
    "in_preparation": "the order is being prepared",
    "packed": "the order was packed",
    "on_hold": "the order was put on hold",
    "resumed": "the order went on",
    "cancelled": "the order was cancelled",
    "expired": "the order expired unpaid",
    "completed": "the order was completed",
    "return_requested": "a return was asked for",
    "returned": "the order came back",
    "eta_moved": "the planned delivery moved",
    "late_to_leave": "the parcel should have left by now",
    "no_movement": "the parcel has not moved for days",
    "refused": "a message was refused",
    "low_mark": "the customer gave a low mark",
    "replied": "the customer answered",
    "problem": "a problem",
    "told_before": "a later state that had been told before",
    "retraction": "the courier taking the scan back",
    "parcel_gone": "the parcel leaving the order",
    "deadline_extended": "a later pickup deadline",
}
"""What may call for a message, or take its place, beside the parcel's statuses."""

WHY: dict[str, str] = {
    "quiet_hours": "it had to wait for the recipient's waking hours",
}
"""What else a decision says of itself."""

FLAGS: dict[str, str] = {
    "clamped": "its time lay in the future",
    "orphan": "came before any shop asked about this parcel",
    "outside_window": "belongs to another parcel with the same number",
    "contradiction": "another source says otherwise",
    "illegal_move": "not a possible move: kept, not applied",
    "unmapped": "code not known to us",
    "retracted": "taken back by the courier",
    "retraction": "takes an earlier scan back",
    "reread": "heard again, with more about it",
    "informational": "information only",
    "day_only": "the courier gave the day, not the hour",
    "dst_gap": "an hour that the clocks skipped",
    "dst_fold": "an hour that the clocks showed twice",
    "doubt": "meaning not certain",
}
"""What is odd about a scan."""

OPEN_FLAGS = frozenset({"unmapped", "illegal_move", "contradiction"})
"""Flags that somebody should look at."""


def plain(word: str) -> str:
    """A word of ours as people write it, for words that no table holds."""
    return word.replace("_", " ")


def kind_words(kind: str) -> str:
    return KINDS.get(kind, plain(kind))


def status_words(status: str) -> str:
    return STATUSES.get(status, plain(status).capitalize())


def taken_by(word: str) -> str:
    """What took a message's place: a kind, a status, an event, or another slot (`courier/number:occurrence`)."""
    if "/" in word:
        subject = word.partition(":")[0]
        return "the one about the order" if subject.startswith("order/") else f"the one about parcel {subject}"
    if word in KINDS:
        return KINDS[word]
    return STATUSES[word].lower() if word in STATUSES else TRIGGERS.get(word, plain(word))


def because(reason: str) -> str:
    """Why a message stands where it stands; a provider's code or the name of an error is said as it is."""
    if reason.isdigit():
        return BECAUSE.get(reason, f"the provider's code {reason}")
    head, _, tail = reason.partition(":")
    if head in CAUSES and tail:
        return f"{CAUSES[head]} ({tail})"
    return BECAUSE.get(reason, f"the error {reason}" if reason[:1].isupper() else plain(reason))
