"""My messages: the page of a customer's wishes, and each button on it."""

from collections.abc import Callable

from msgspec.structs import replace

from connectors.gateway.pages.choosing import OrderChoice, choosing, chosen
from connectors.gateway.pages.rendering import Answer, page
from connectors.gateway.pages.visit import Outcome, Visit
from pipelines.rules.wishes import EVERYTHING
from schemas.errors import BadInput
from templates.links import order_scope


def show_messages(visit: Visit) -> Answer:
    """The choice of messages."""
    return _messages(visit)


def _messages(visit: Visit, status: int = 200, wrong: str = "") -> Answer:
    """`wrong`: what is wrong with the hours of a form; what else was chosen in it stays."""
    views = [record.view for record in visit.orders]
    given = visit.asked.fields if wrong else None
    shown = choosing(visit.kept.wishes, visit.bundle, views, visit.language, given)
    back = visit.code_of(order_scope(views[0].order)) if views else ""
    return page("messages", visit.look(), status, choosing=shown, back=back, wrong=wrong)


def take_wish(visit: Visit) -> Outcome:
    """One wish of the page of messages, by the button that was pressed."""
    take = WISHES.get(visit.asked.fields.get("do", ""))
    if take is None:
        raise BadInput("no such button", "do")
    return take(visit)


def _save(visit: Visit) -> Outcome:
    try:
        wishes = chosen(visit.kept.wishes, visit.asked.fields)
    except BadInput as error:
        if error.place != "hours":
            raise
        return _messages(visit, 422, error.reason)
    is_same_language = wishes.locale == visit.kept.wishes.locale
    return visit.wish(wishes, visit.went_well("saved", keeps_language=is_same_language))


def _pause(visit: Visit) -> Outcome:
    wishes = visit.kept.wishes
    return visit.wish(replace(wishes, paused=wishes.paused | {_own(visit).order}), visit.went_well("paused"))


def _resume(visit: Visit) -> Outcome:
    wishes = visit.kept.wishes
    return visit.wish(replace(wishes, paused=wishes.paused - {_own(visit).order}), visit.went_well("resumed"))


def _own(visit: Visit) -> OrderChoice:
    """The order that the form names, if it is one of the recipient's own."""
    views = [record.view for record in visit.orders]
    choices = choosing(visit.kept.wishes, visit.bundle, views, visit.language).orders
    found = next((choice for choice in choices if choice.order == visit.asked.fields.get("order")), None)
    if found is None:
        raise BadInput("not an order of this recipient", "order")
    return found


def _stop(visit: Visit) -> Outcome:
    return visit.wish(replace(visit.kept.wishes, left=EVERYTHING), visit.went_well("stopped"))


def _start(visit: Visit) -> Outcome:
    return visit.wish(replace(visit.kept.wishes, left=frozenset()), visit.went_well("started"))


def _revive(visit: Visit) -> Outcome:
    left = visit.kept.wishes.left - {visit.asked.fields.get("pair", "")}
    return visit.wish(replace(visit.kept.wishes, left=left), visit.went_well("revived"))


def undo(visit: Visit) -> Outcome:
    """Take back the last change, on whichever page it was made."""
    before = visit.kept.before
    return visit.went_well("nothing") if before is None else visit.wish(before, visit.went_well("undone"), before)


WISHES: dict[str, Callable[[Visit], Outcome]] = {
    "save": _save,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "start": _start,
    "revive": _revive,
    "undo": undo,
}
"""Button -> what it wishes."""
