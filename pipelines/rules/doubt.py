"""Doubt: what to do about a message of which nobody knows whether the provider has it. Pure; machine time.

It is looked up at the provider when everything has settled, twice, some time apart. What is listed is adopted; what is
not listed twice is sent again, unless its policy says otherwise. Three assumptions, none of them promised by a provider
(where one breaks, the ledger counts it):

    A1  a request that was not answered is not taken later than SETTLE after we gave up waiting
    A2  no worker writes to a provider after its lease
    A3  what was taken is listed after LAG
"""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.rules.ledger import IN_DOUBT, NOT_FOUND, Backoff, Event
from schemas.times import DAY, MINUTE, SECOND, Millis

SETTLE: Millis = 60 * SECOND
LAG: Millis = 60 * SECOND
LOOKS = 2
MOST_DOUBTS = 10
"""After as many rounds of doubt, all looked up in vain, a human is asked: with the waits, after two hours."""

LONGEST_SILENCE: Millis = DAY
"""How long after its validity a doubt goes on if the provider cannot be asked: then a human is told."""

SKEW: Millis = 5 * MINUTE
"""How far a provider's clock may be from ours."""


class Policy(StrEnum):
    """What a message would have done when in doubt; rendered into it."""

    RECONCILE = "reconcile"
    NEVER_RESEND = "never_resend"  # rather never than twice
    RESEND = "resend"  # rather twice than never


@dataclass(frozen=True)
class Doubt:
    """`looks`: of this doubt, in vain so far; `doubts`: former ones that ended with nothing to be found."""

    looks: int
    doubts: int
    policy: str


@dataclass(frozen=True)
class Next:
    """The event, and what goes with it: `wait` until the next look (machine time) or try (message time); `looked`: the
    provider did answer."""

    event: Event
    reason: str = ""
    wait: Millis = 0
    looked: bool = True


def first_look(gave_up: Millis) -> Millis:
    """When to look first, if nobody has waited for an answer since `gave_up`."""
    return gave_up + SETTLE + LAG


def after_look(found: int, doubt: Doubt) -> Next:
    """The provider listed `found` messages that are this one."""
    if found:
        return Next(Event.FOUND)
    if doubt.looks + 1 < LOOKS:
        return Next(Event.LOOK_AGAIN, wait=LAG)
    if doubt.policy == Policy.NEVER_RESEND:
        return Next(Event.GIVE_UP, IN_DOUBT)
    if doubt.doubts + 1 >= MOST_DOUBTS:
        return Next(Event.GIVE_UP, NOT_FOUND)
    return Next(Event.ABSENT, wait=wait_after(doubt.doubts))


def without_answer(over: Millis) -> Next:
    """The provider could not be asked this time; the message has been worth nothing for so long (`over`)."""
    if over >= LONGEST_SILENCE:
        return Next(Event.GIVE_UP, IN_DOUBT)
    return Next(Event.LOOK_AGAIN, wait=LAG, looked=False)


def without_look(policy: str) -> Next:
    """The provider can never be asked: no permission, nothing listed, no way known."""
    if policy == Policy.RESEND:
        return Next(Event.LET_GO)
    return Next(Event.GIVE_UP, IN_DOUBT)


def wait_after(doubts: int) -> Millis:
    """How long what was not to be found waits for its next try: at first not at all, then longer and longer. A
    provider that is not well leaves doubt after doubt."""
    return Backoff().wait(doubts, "") if doubts else 0
