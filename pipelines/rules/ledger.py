"""The ledger's rules: what may become of a message that was handed over, as data and pure functions.

    NEW ──claim──► INTENT ──accepted──► SENT ──► DELIVERED | UNDELIVERED
                     │ not sent ► DEFERRED ──claim──► INTENT        refused, expired, withdrawn ► FAILED
                     └ in doubt, lease over ► UNKNOWN ──looked up──► SENT | NEW | PARKED

What is known not to be delivered (T8) is not sent again by the same way: Plan says it by the next channel, as a message
of its own (`handover`), for the words are wiped when a row settles.

Two clocks: message time is the customer's hour, machine time runs leases. Both are milliseconds, both are arguments.
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b, sha256

from schemas.messages import Reason
from schemas.times import MINUTE, SECOND, Millis


class State(StrEnum):
    """Where a message of one channel stands."""

    NEW = "new"
    INTENT = "intent"  # claimed: it may be on its way to the provider
    UNKNOWN = "unknown"  # nobody knows whether the provider has it
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"  # surely not sent, and never will be
    DEFERRED = "deferred"  # surely not sent yet: waits for `due_at`
    PARKED = "parked"  # waits for a human


class Event(StrEnum):
    """What happens to a row; in brackets the transition of the protocol."""

    CLAIM = "claim"  # T1
    HOLD = "hold"  # T1's last checks: not yet
    DENY = "deny"  # T1's last checks: never
    ACCEPTED = "accepted"  # T3: the provider gave its id
    NOT_SENT = "not_sent"  # T3: surely not taken, worth another try
    REFUSED = "refused"  # T3: surely not taken, for good
    DOUBT = "doubt"  # T3: anything else
    LEASE_OVER = "lease_over"  # T4
    FOUND = "found"  # T5: the provider lists it
    ABSENT = "absent"  # T5: looked twice, not listed
    LOOK_AGAIN = "look_again"  # T5: not listed yet, or the provider could not be asked
    LET_GO = "let_go"  # T5: no look-up is possible, and the message had rather come twice than never
    GIVE_UP = "give_up"  # T5: no look-up possible, or attempts used up
    FENCE = "fence"  # the store was restored: it may have been sent in the time that was lost
    SEEN_SENT = "seen_sent"  # T6: a callback, or a late answer, proves that it was taken
    SEEN_DELIVERED = "seen_delivered"  # T6, T7 (asked about: `unheard`)
    SEEN_UNDELIVERED = "seen_undelivered"  # T6, T7
    PARK = "park"  # T1's last checks: not before a human has looked
    RELEASE = "release"  # an operator lets a parked one go
    WITHDRAW = "withdraw"


_S, _E = State, Event
_OPEN = (_S.NEW, _S.DEFERRED, _S.INTENT, _S.UNKNOWN, _S.PARKED)

TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.NEW, _E.CLAIM): _S.INTENT,
    (_S.DEFERRED, _E.CLAIM): _S.INTENT,
    (_S.NEW, _E.HOLD): _S.DEFERRED,
    (_S.DEFERRED, _E.HOLD): _S.DEFERRED,
    (_S.NEW, _E.DENY): _S.FAILED,
    (_S.DEFERRED, _E.DENY): _S.FAILED,
    (_S.INTENT, _E.ACCEPTED): _S.SENT,
    (_S.INTENT, _E.NOT_SENT): _S.DEFERRED,
    (_S.INTENT, _E.REFUSED): _S.FAILED,
    (_S.INTENT, _E.DOUBT): _S.UNKNOWN,
    (_S.INTENT, _E.LEASE_OVER): _S.UNKNOWN,
    (_S.UNKNOWN, _E.FOUND): _S.SENT,
    (_S.UNKNOWN, _E.LOOK_AGAIN): _S.UNKNOWN,
    (_S.UNKNOWN, _E.ABSENT): _S.NEW,
    (_S.UNKNOWN, _E.LET_GO): _S.NEW,
    (_S.UNKNOWN, _E.GIVE_UP): _S.PARKED,
    (_S.SENT, _E.SEEN_DELIVERED): _S.DELIVERED,
    (_S.SENT, _E.SEEN_UNDELIVERED): _S.UNDELIVERED,
    (_S.UNDELIVERED, _E.SEEN_DELIVERED): _S.DELIVERED,  # receipts come in any order; delivered is the higher word
    (_S.NEW, _E.PARK): _S.PARKED,
    (_S.DEFERRED, _E.PARK): _S.PARKED,
    (_S.PARKED, _E.RELEASE): _S.NEW,
    (_S.NEW, _E.WITHDRAW): _S.FAILED,
    (_S.DEFERRED, _E.WITHDRAW): _S.FAILED,
    (_S.PARKED, _E.WITHDRAW): _S.FAILED,
    (_S.INTENT, _E.WITHDRAW): _S.INTENT,  # keeps the mark
    (_S.UNKNOWN, _E.WITHDRAW): _S.UNKNOWN,  # keeps the mark
    (_S.NEW, _E.FENCE): _S.UNKNOWN,
    (_S.DEFERRED, _E.FENCE): _S.UNKNOWN,
    (_S.INTENT, _E.FENCE): _S.UNKNOWN,
    (_S.UNKNOWN, _E.FENCE): _S.UNKNOWN,  # earlier looks prove nothing: it may have been sent since
    **{(state, _E.SEEN_SENT): _S.SENT for state in _OPEN},
    **{(state, _E.SEEN_DELIVERED): _S.DELIVERED for state in _OPEN},
    **{(state, _E.SEEN_UNDELIVERED): _S.UNDELIVERED for state in _OPEN},
}
"""Every move there is. What is not here changes nothing."""

WAITING: frozenset[str] = frozenset({_S.NEW, _S.DEFERRED})
IN_FLIGHT: frozenset[str] = frozenset({_S.INTENT, _S.UNKNOWN})
TAKEN_BY_PROVIDER: frozenset[str] = frozenset({_S.SENT, _S.DELIVERED, _S.UNDELIVERED})
SETTLED: frozenset[str] = TAKEN_BY_PROVIDER | {_S.FAILED}
"""Over: the stored words are wiped."""

SUPERSEDED = str(Reason.SUPERSEDED)
SUPERSEDED_IN_DOUBT = "superseded_in_doubt"  # withdrawn while parked: it may have been sent
OPTED_OUT = str(Reason.OPTED_OUT)
EXPIRED = "expired"
TOLD_BEFORE = "told_before"  # an earlier generation reached the customer
CATCHING_UP = "catching_up"  # a backlog of the log is still being read, and may make it pointless
WAITS_FOR_EARLIER = "waits_for_earlier"  # an earlier generation is not settled yet
CLOSED = "closed"  # outside the open intervals
IN_DOUBT = "in_doubt"  # parked, and it may have been sent
NOT_FOUND = "not_found"  # parked: taken in doubt and not to be found too often
LEASE_OVER = "lease_over"  # whoever claimed it did not come back
FENCED = "fenced"  # it may have been sent in the time that a restored store does not know


def move(state: State, event: Event, marked: bool = False) -> State | None:
    """The state that follows; None if the event does not apply. `marked`: withdrawn while it was in flight, so it
    never waits again, for its time or for a human: where it would, it has failed."""
    after = TRANSITIONS.get((state, event))
    return State.FAILED if marked and (after in WAITING or after == State.PARKED) else after


# --- identity ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    """What a message of one channel is: the same identity, the same key, in every run and on every machine."""

    shop: str
    recipient: str
    subject: str
    kind: str
    occurrence: str
    channel: str
    generation: int


def key_of(identity: Identity, secret: bytes) -> str:
    """The opaque key: HMAC-SHA256, the first 32 hex digits."""
    parts = (
        identity.shop,
        identity.recipient,
        identity.subject,
        identity.kind,
        identity.occurrence,
        identity.channel,
        str(identity.generation),
    )
    return hmac.new(secret, "\0".join(parts).encode(), sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Standing:
    """What the rules read of a row."""

    state: State
    reason: str = ""
    fallback: str = ""  # the channel that took over after a refusal


class Follow(StrEnum):
    """Whether a generation may go, as far as an earlier one is concerned."""

    YES = "yes"
    WAIT = "wait"
    NO = "no"


def follow(earlier: Standing) -> Follow:
    """May a later generation go after this one? Only if this one surely did not reach the customer and never will."""
    if earlier.state in WAITING or earlier.state in IN_FLIGHT or earlier.state == State.PARKED:
        return Follow.WAIT
    if earlier.state in (State.SENT, State.DELIVERED) or earlier.reason in (SUPERSEDED_IN_DOUBT, TOLD_BEFORE):
        return Follow.NO
    return Follow.YES


def follow_all(earlier: Iterable[Standing]) -> Follow:
    """The same over all earlier generations of a slot and what they fell back to."""
    answers = {follow(standing) for standing in earlier}
    if Follow.NO in answers:
        return Follow.NO
    return Follow.WAIT if Follow.WAIT in answers else Follow.YES


# --- the last checks at a claim ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Go:
    """Nothing speaks against sending now."""


@dataclass(frozen=True)
class Wait:
    """Not yet: again at `until` (message time)."""

    until: Millis
    reason: str


@dataclass(frozen=True)
class Never:
    """Not any more."""

    reason: str


Verdict = Go | Wait | Never


def last_checks(
    now: Millis,
    valid_until: Millis,
    intervals: Sequence[tuple[Millis, Millis]],
    not_before: Millis = 0,
    suppressed: bool = False,
) -> Verdict:
    """May it go at `now`? By message time; intervals are open from their first moment to just before their last."""
    if suppressed:
        return Never(OPTED_OUT)
    earliest = max(now, not_before)
    opening = next_opening(earliest, intervals)
    if opening is None or opening >= valid_until:
        return Never(EXPIRED)
    if opening == now:
        return Go()
    return Wait(opening, CLOSED)


def next_opening(moment: Millis, intervals: Sequence[tuple[Millis, Millis]]) -> Millis | None:
    """The first moment at or after `moment` that lies in an interval; None if there is none."""
    return min((max(moment, opens) for opens, closes in intervals if max(moment, opens) < closes), default=None)


EARLIER_AGAIN: Millis = 15 * MINUTE
"""How long a generation waits before it asks again whether the earlier ones are settled."""

LIMITED = "limited"  # no place within the channel's limit
CATCHING_UP_AGAIN: Millis = SECOND
LIMITED_AGAIN: Millis = 30 * SECOND
"""How long a message waits that found no place: providers ask for seconds, and a courier comes in minutes."""

AGAIN: dict[str, Millis] = {LIMITED: LIMITED_AGAIN, CATCHING_UP: CATCHING_UP_AGAIN}
"""Why a message waits that could go -> after how long it is tried again; EARLIER_AGAIN for any other reason."""


def again(now: Millis, wait: Millis, valid_until: Millis) -> Millis:
    """When to ask again whether what is in the way is gone: after `wait`, but while it is still worth something; never
    sooner than in a second."""
    return now + max(min(wait, (valid_until - now) // 2), SECOND)


# --- waiting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Backoff:
    """How long to wait after the n-th attempt: doubling, with a spread of a tenth that the key decides."""

    first: Millis = 30 * SECOND
    longest: Millis = 30 * MINUTE

    def wait(self, attempt: int, key: str, asked: Millis | None = None) -> Millis:
        """Milliseconds to wait; at least what the provider asked for."""
        plain = min(self.first << min(attempt - 1, 20), self.longest)
        spread = int.from_bytes(blake2b(f"{key}{attempt}".encode(), digest_size=2).digest()) / 65_536
        return max(int(plain * (1 + 0.1 * spread)), asked or 0)
