"""Where is my parcel: the page of one order, for one of its recipients."""

from connectors.gateway.pages.feedback_room import is_troubled
from connectors.gateway.pages.rendering import Answer, page
from connectors.gateway.pages.tracking import Known, order_shown
from connectors.gateway.pages.visit import Outcome, Visit, role_in
from connectors.store.records import Records
from schemas.errors import BadInput
from schemas.orders import OrderRecord
from schemas.parcels import ParcelRecord, parcel_key
from templates.links import PREFERENCES_SCOPE, feedback_scope


def show_order(visit: Visit) -> Answer | None:
    """The order's page. Of an order that the views do not have yet, that it will soon be here."""
    record = visit.order
    choice = visit.code_of(PREFERENCES_SCOPE)
    if record is None:
        return page("pending", visit.look(), choice=choice)
    role = role_in(record, visit.link.recipient)
    if role is None:
        return None
    asks = role.role == "buyer" and not is_troubled(record)
    mark = visit.code_of(feedback_scope(visit.link.order)) if asks else ""
    shown = order_shown(_known(visit, record), visit.bundle, visit.language)
    return page("order", visit.look(), order=shown, choice=choice, mark=mark)


def _known(visit: Visit, record: OrderRecord) -> Known:
    views, parcels = Records(visit.store), record.view.parcels
    keys = dict.fromkeys(key for p in parcels for key in (parcel_key(p.courier, p.number), *p.formerly))
    found: dict[str, ParcelRecord] = {}
    for key in keys:
        courier, _, number = key.partition("/")
        if (parcel := views.parcel(courier, number)) is not None:
            found[key] = parcel
    couriers = {parcel.courier for parcel in parcels}
    heard = {courier: visit.context.heard(courier, visit.link.shop, visit.now) or 0 for courier in couriers}
    return Known(record, found, heard, visit.now)


def take_nothing(_visit: Visit) -> Outcome:
    """The page has no form. Raises BadInput."""
    raise BadInput("this page has no form")
