"""One-click unsubscribe (RFC 8058): out of a class of e-mails of one shop, by a mailbox provider or by hand."""

from msgspec.structs import replace

from connectors.gateway.pages.messages_room import undo
from connectors.gateway.pages.rendering import Answer, page
from connectors.gateway.pages.visit import Change, Outcome, Visit
from pipelines.rules.wishes import pairs_of
from schemas.errors import BadInput
from schemas.messages import Channel
from templates.links import PREFERENCES_SCOPE

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
"""What a mailbox provider posts (RFC 8058)."""


def is_one_click(fields: dict[str, str]) -> bool:
    """Whether a mailbox provider posts the header's own words."""
    return ONE_CLICK.items() <= fields.items()


def _class_of(visit: Visit) -> str:
    return visit.link.scope.partition("/")[2]


def show_leaving(visit: Visit) -> Answer:
    """The page with the button; a GET leaves nothing."""
    cls = _class_of(visit)
    has_left = pairs_of(Channel.EMAIL, cls) <= visit.kept.wishes.left
    return page("leaving", visit.look(), cls=cls, has_left=has_left, choice=visit.code_of(PREFERENCES_SCOPE))


def take_leave(visit: Visit) -> Outcome:
    """Leave the class of e-mails, at one click of a mailbox provider (answered without a page) or by the button."""
    fields, wishes = visit.asked.fields, visit.kept.wishes
    mine = pairs_of(Channel.EMAIL, _class_of(visit))
    if is_one_click(fields):
        done = visit.wish(replace(wishes, left=wishes.left | mine), Answer(200))
        return done if isinstance(done, Change) else Answer(200)
    if fields.get("do") == "leave":
        return visit.wish(replace(wishes, left=wishes.left | mine), visit.went_well("left"))
    if fields.get("do") == "undo":
        return undo(visit)
    if fields.get("do") == "revive":
        return visit.wish(replace(wishes, left=wishes.left - mine), visit.went_well("revived"))
    raise BadInput("no such button", "do")
