"""What each kind of link opens: a function that shows its page, and one that does what its form asks."""

from collections.abc import Callable
from typing import NamedTuple

from connectors.gateway.pages.asked import PAGE, WAY_OUT
from connectors.gateway.pages.feedback_room import show_feedback, take_feedback
from connectors.gateway.pages.leaving_room import show_leaving, take_leave
from connectors.gateway.pages.messages_room import show_messages, take_wish
from connectors.gateway.pages.order_room import show_order, take_nothing
from connectors.gateway.pages.rendering import Answer
from connectors.gateway.pages.visit import Outcome, Visit


class Room(NamedTuple):
    """`show`: the page, None if the link opens none (any more); `take`: what its form asks. Raises BadInput."""

    show: Callable[[Visit], Answer | None]
    take: Callable[[Visit], Outcome]


ROOMS: dict[tuple[str, str], Room] = {
    (PAGE, "order"): Room(show_order, take_nothing),
    (PAGE, "preferences"): Room(show_messages, take_wish),
    (PAGE, "feedback"): Room(show_feedback, take_feedback),
    (WAY_OUT, "unsubscribe"): Room(show_leaving, take_leave),
}
"""Door and first word of a link's scope -> what it opens. A code at another door opens nothing."""
