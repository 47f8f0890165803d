"""How was it: one tap, then words; kept, told to the log, and never asked after a problem."""

from connectors.gateway.pages.rendering import Answer, page
from connectors.gateway.pages.visit import Change, Outcome, Visit, role_in
from connectors.store.feedback import Feedback, Given
from pipelines.rules.kinds import TABLE
from pipelines.rules.plan import LOW_MARK
from pipelines.rules.wishes import Said
from schemas.errors import BadInput
from schemas.messages import Kind
from schemas.orders import OrderRecord, ParcelView
from templates.links import order_scope
from templates.view import one_line

LONGEST_WORDS = 1_000
MARKS = (1, 2, 3, 4, 5)

_NO_PARCEL = ParcelView("", "", "registered")


def is_troubled(record: OrderRecord) -> bool:
    """Whether this is no moment to ask how it was: not all delivered, a return, a problem. As the table has it."""
    view = record.view
    outward = [parcel for parcel in view.parcels if parcel.direction == "outbound"]
    return len(outward) < max(view.expected, 1) or TABLE[Kind.FEEDBACK].superseded(_NO_PARCEL, view)


def show_feedback(visit: Visit) -> Answer | None:
    """The question, or why it is not asked."""
    record = visit.order
    if record is None:
        return page("pending", visit.look(), choice="")
    if role_in(record, visit.link.recipient) is None:
        return None
    given = Feedback(visit.store).of(visit.link.shop, visit.link.recipient, visit.link.order)
    return page(
        "feedback",
        visit.look(),
        number=one_line(record.view.number or record.view.order),
        marks=MARKS,
        given=given,
        is_low=given is not None and given.mark <= LOW_MARK,
        is_troubled=is_troubled(record),
        longest=LONGEST_WORDS,
        back=visit.code_of(order_scope(visit.link.order)),
    )


def take_feedback(visit: Visit) -> Outcome:
    """A mark, or words beside the mark that was given."""
    if visit.order is None or is_troubled(visit.order):
        return visit.went_well("nothing")
    store, link = Feedback(visit.store), visit.link
    before = store.of(link.shop, link.recipient, link.order)
    given, done = _given(visit, before)
    if before is not None and (given.mark, given.words) == (before.mark, before.words):
        return visit.went_well(done)
    data = {"order": link.order, "mark": given.mark} | ({"words": given.words} if given.words else {})
    entries = visit.entries([Said("given", data)], "feedback")
    return Change(entries, lambda: store.keep(link.shop, link.recipient, link.order, given), visit.went_well(done))


def _given(visit: Visit, before: Given | None) -> tuple[Given, str]:
    """What the form gives, with what was given before, and the word for it."""
    fields = visit.asked.fields
    mark = fields.get("mark", "")
    if mark in map(str, MARKS):
        return Given(int(mark), before.words if before else "", visit.now), "mark"
    if "words" in fields and before is not None:
        return Given(before.mark, _plain(fields["words"]), visit.now), "words"
    raise BadInput("no mark", "mark")


def _plain(words: str) -> str:
    """A customer's words without what cannot be seen; line ends stay."""
    seen = "".join(char for char in words.replace("\r\n", "\n") if char == "\n" or char.isprintable())
    return seen.strip()[:LONGEST_WORDS]
