"""What generated weeks show and is not mended yet: each fault with how its violations look, and a case of its own in
`test_known_faults.py` that fails strictly, so that a mended one has to leave this list."""

from collections.abc import Callable

from checking.hours import AT_ONCE
from checking.world import Violation, World


def of_a_late_order(found: Violation, world: World) -> bool:
    """What parcels did before the log had their order gets no decision."""
    placed = world.people.placed((found.shop, found.detail))
    return found.rule == "forgotten" and placed is not None and found.moment == placed.known


def delivered_and_corrected_before_it_was_known(found: Violation, _world: World) -> bool:
    """A late "delivered" that a correction told before has already undone gets no decision."""
    return found.rule == "forgotten" and found.message.startswith("delivered of")


def reminded_while_the_former_waited(found: Violation, _world: World) -> bool:
    """A reminder that waits for its retry meets the next rung."""
    return found.rule == "reminded_too_often"


def asked_though_not_all_is_delivered(found: Violation, _world: World) -> bool:
    """The question how it was goes out though a correction took a delivery back."""
    return found.rule == "contradicted" and found.detail == "not all delivered"


def asked_by_an_older_consent(found: Violation, _world: World) -> bool:
    """A consent that the log had late wins over a newer refusal."""
    return found.rule in ("no_basis", "unwanted") and found.message.startswith("feedback")


def turned_to_a_channel_that_was_switched_off(found: Violation, _world: World) -> bool:
    """Without an address where the customer wants a kind, it goes where they do not, and the decision denies it."""
    off = found.rule == "unwanted" and found.detail == "switched off"
    return off or (found.rule == "without_decision" and found.message.startswith("delivered of"))


def by_sms_when_the_email_was_refused(found: Violation, _world: World) -> bool:
    """An SMS in place of an e-mail that may go at any hour takes that hour, if it has none of its own left."""
    return found.rule == "at_night" and found.message.partition(" by sms")[0] in AT_ONCE


KNOWN: tuple[Callable[[Violation, World], bool], ...] = (
    of_a_late_order,
    delivered_and_corrected_before_it_was_known,
    reminded_while_the_former_waited,
    asked_though_not_all_is_delivered,
    asked_by_an_older_consent,
    turned_to_a_channel_that_was_switched_off,
    by_sms_when_the_email_was_refused,
)
