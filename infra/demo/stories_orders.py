"""What becomes of Sowa's orders: cancelled, refunded, sent back, late, in trouble. Clock: Warsaw."""

from infra.demo.cast import Shop
from infra.demo.parcels import Bicycle, Dhl, Dpd, InPost
from infra.demo.payloads import Place

LOCKER = Place("GDA045A", "ul. Dębowa 9", "Gdańsk", "80-001")


def unknown_code(sowa: Shop) -> None:
    """10424: InPost says something that nobody has mapped."""
    sowa.bought("10424", "21.10 09:00", sowa.customer("s424")).by(InPost, "21.10 12:00", point=LOCKER).pushes(
        ("21.10 16:30", "collected_from_sender"),
        ("22.10 04:00", "scanned_by_drone"),
        ("22.10 07:20", "out_for_delivery"),
        ("22.10 11:00", "ready_to_pickup"),
        ("22.10 19:10", "delivered"),
    )


def taken_back(sowa: Shop) -> None:
    """10412: "delivered" in the evening was a mistake, and is taken back before anybody is told."""
    sowa.bought("10412", "13.10 09:30", sowa.customer("s412")).by(Bicycle, "13.10 12:00").says(
        ("13.10 16:00", "accepted"),
        ("14.10 08:05", "out_for_delivery"),
        ("14.10 21:10", "delivered"),
        ("14.10 21:40", "-14.10 21:10"),
        ("15.10 07:30", "out_for_delivery"),
        ("15.10 11:20", "delivered"),
    )


def filled_back(sowa: Shop) -> None:
    """10428: an order of August comes with an import in October."""
    order = sowa.order("10428", "20.08 12:00", sowa.customer("s428"), heard="15.10 10:00")
    order.happens("paid", "20.08 12:01", "15.10 10:00")
    parcel = order.by(Dpd, "21.08 10:00", heard="15.10 10:01")
    for at, code in (("21.08 16:00", "040101"), ("24.08 08:00", "170101"), ("24.08 12:00", "190101")):
        parcel.sees(at, code)
    parcel.heard("15.10 10:05")


def cancelled_at_once(sowa: Shop) -> None:
    """10429: cancelled before "received" was said."""
    order = sowa.order("10429", "15.10 09:00", sowa.customer("s429"))
    order.happens("cancelled", "15.10 09:01", reason="customer")


def cancelled_before_shipping(sowa: Shop) -> None:
    """10430: cancelled after payment, refunded the next day."""
    order = sowa.order("10430", "15.10 10:00", sowa.customer("s430"))
    order.happens("paid", "15.10 10:30", payment_id="pay-10430")
    order.happens("cancelled", "15.10 11:00", reason="stock")
    order.happens("refunded", "16.10 09:00", refunded={"amount": "59.90", "currency": "PLN"})


def cancelled_after_shipping(sowa: Shop) -> None:
    """10431: cancelled when the parcel is on its way; it turns back."""
    order = sowa.bought("10431", "19.10 09:20", sowa.customer("s431"))
    parcel = order.by(InPost, "19.10 12:00", point=LOCKER)
    parcel.pushes(("19.10 16:10", "collected_from_sender"))
    order.happens("cancelled", "20.10 11:00", reason="customer")
    parcel.pushes(("21.10 09:30", "returned_to_sender"))


def back_under_a_new_number(sowa: Shop) -> None:
    """10455: not collected; InPost gives the way back a number of its own."""
    order = sowa.bought("10455", "12.10 09:00", sowa.customer("s455"))
    parcel = order.by(InPost, "12.10 12:00", point=LOCKER)
    parcel.pushes(
        ("12.10 15:30", "collected_from_sender"),
        ("13.10 07:30", "out_for_delivery"),
        ("13.10 11:00", "ready_to_pickup"),
        ("15.10 11:05", "pickup_time_expired"),
    )
    back = order.parcel(InPost, 2)
    parcel.turns_back("16.10 10:00", back.number)
    old, new = ({"courier": "inpost", "number": one.number} for one in (parcel, back))
    sowa.tell("shipment.linked", "16.10 10:01", {"order": "10455", "link": "return", "replaces": old, **new})
    back.pushes(("17.10 05:00", "sent_from_source_branch"), ("20.10 11:00", "delivered"))


def refunded_in_part(sowa: Shop) -> None:
    """10432: a part of the money back, said at once though it is evening."""
    order = sowa.bought("10432", "12.10 17:00", sowa.customer("s432"))
    order.by(Dpd, "13.10 10:00").goes(
        ("13.10 15:40", "13.10 16:00", "040101"),
        ("14.10 07:50", "14.10 08:00", "170101"),
        ("14.10 11:40", "14.10 12:00", "190101"),
    )
    order.happens("refunded", "16.10 21:30", refunded={"amount": "20.00", "currency": "PLN"}, in_part=True)


def test_order(sowa: Shop) -> None:
    """10433: the shop tries its checkout."""
    order = sowa.bought("10433", "13.10 11:00", sowa.customer("s433"), test=True)
    order.by(Dpd, "13.10 12:00").goes(
        ("13.10 15:40", "13.10 16:00", "040101"), ("14.10 12:00", "14.10 12:10", "190101")
    )


def late_to_leave(sowa: Shop) -> None:
    """10443: promised to leave on Wednesday noon, left on Monday."""
    promised = sowa.at("14.10 12:00").isoformat()
    order = sowa.bought("10443", "12.10 20:30", sowa.customer("s443"), dispatch_by=promised)
    order.by(InPost, "13.10 10:00", point=LOCKER).pushes(
        ("13.10 10:05", "confirmed"),
        ("19.10 17:00", "collected_from_sender"),
        ("20.10 07:10", "out_for_delivery"),
        ("20.10 10:30", "ready_to_pickup"),
        ("20.10 17:45", "delivered"),
    )


def no_movement(sowa: Shop) -> None:
    """10444: in a hub since Tuesday, and nothing more until Monday."""
    sowa.bought("10444", "12.10 21:00", sowa.customer("s444")).by(InPost, "13.10 08:00", point=LOCKER).pushes(
        ("13.10 11:00", "collected_from_sender"),
        ("13.10 13:30", "adopted_at_source_branch"),
        ("19.10 06:00", "sent_from_source_branch"),
        ("20.10 07:15", "out_for_delivery"),
        ("20.10 11:00", "ready_to_pickup"),
        ("21.10 08:40", "delivered"),
    )


def arrives_later(sowa: Shop) -> None:
    """10445: DHL moves the day of arrival by two."""
    parcel = sowa.bought("10445", "12.10 12:30", sowa.customer("s445")).by(Dhl, "12.10 16:00")
    parcel.planned = sowa.at("15.10 18:00")
    parcel.goes(("13.10 10:00", "13.10 13:00", "transit/576"))
    parcel.planned = sowa.at("17.10 18:00")
    parcel.goes(("14.10 09:00", "14.10 12:00", "transit/576"))
    parcel.goes(("16.10 08:30", "16.10 09:00", "transit/OUT FOR DELIVERY"))
    parcel.goes(("16.10 13:40", "16.10 14:00", "delivered/DELIVERED"))


def customers_return(sowa: Shop) -> None:
    """10446: delivered, and a week later sent back by the customer."""
    order = sowa.bought("10446", "12.10 07:30", sowa.customer("s446"))
    order.by(InPost, "12.10 12:00", point=LOCKER).pushes(
        ("12.10 16:20", "collected_from_sender"),
        ("13.10 07:05", "out_for_delivery"),
        ("13.10 09:30", "ready_to_pickup"),
        ("13.10 17:00", "delivered"),
    )
    order.happens("return_requested", "18.10 20:00")
    order.by(InPost, "19.10 10:00", 2, direction="return").pushes(
        ("19.10 12:00", "dispatched_by_sender"), ("21.10 10:00", "delivered")
    )
    order.happens("refunded", "22.10 12:00", refunded={"amount": "74.50", "currency": "PLN"})


def problem_solved_in_time(sowa: Shop) -> None:
    """10447: too big for the locker; the shop hears it, the customer need not."""
    sowa.bought("10447", "13.10 08:10", sowa.customer("s447")).by(InPost, "13.10 12:00", point=LOCKER).pushes(
        ("13.10 16:40", "collected_from_sender"),
        ("15.10 10:00", "oversized"),
        ("15.10 11:00", "adopted_at_target_branch"),
        ("16.10 07:30", "out_for_delivery"),
        ("16.10 10:10", "ready_to_pickup"),
        ("16.10 19:40", "delivered"),
    )


def problem_told(sowa: Shop) -> None:
    """10448: the depot cannot find the parcel, and finds it the next day."""
    order = sowa.bought("10448", "12.10 08:50", sowa.customer("s448"))
    order.by(Dpd, "13.10 10:00").goes(
        ("13.10 15:40", "13.10 16:00", "040101"),
        ("14.10 09:40", "14.10 10:00", "230309"),
        ("15.10 05:40", "15.10 06:00", "160101"),
        ("16.10 07:50", "16.10 08:00", "170101"),
        ("16.10 12:10", "16.10 12:20", "190101"),
    )


def doubled_and_shuffled(sowa: Shop) -> None:
    """10449: every answer is heard twice, some in the wrong order."""
    order = sowa.bought("10449", "21.10 12:00", sowa.customer("s449"))
    parcel = order.by(Dpd, "22.10 10:00")
    parcel.goes(("22.10 15:40", "22.10 16:00", "040101"))
    parcel.heard("22.10 16:20")
    before = parcel.answer()
    parcel.goes(("23.10 08:00", "23.10 08:10", "170101"), ("23.10 11:50", "23.10 12:00", "190101"))
    parcel.heard("23.10 12:30")
    sowa.log.reported("dpd_pl", sowa.at("23.10 12:40"), before, "answer")


def too_late_in_the_evening(sowa: Shop) -> None:
    """10453: out for delivery is heard when no SMS may go any more, and tomorrow it would be untrue."""
    order = sowa.bought("10453", "19.10 08:00", sowa.customer("s453"))
    order.by(Dpd, "20.10 10:00").goes(
        ("20.10 15:40", "20.10 16:00", "040101"),
        ("21.10 19:50", "21.10 20:30", "170101"),
        ("21.10 20:40", "21.10 20:50", "190101"),
    )


def two_orders_in_one_parcel(sowa: Shop) -> None:
    """10456, 10457: bought an hour apart, packed together; the parcel is told of once."""
    customer = sowa.customer("s456")
    first = sowa.bought("10456", "21.10 09:00", customer)
    second = sowa.bought("10457", "21.10 10:00", customer)
    parcel = first.by(Dpd, "21.10 13:00")
    second.ships("21.10 13:01", parcel)
    parcel.goes(
        ("21.10 15:40", "21.10 16:00", "040101"),
        ("22.10 07:50", "22.10 08:10", "170101"),
        ("22.10 11:50", "22.10 12:00", "190101"),
    )


STORIES = (
    unknown_code,
    taken_back,
    filled_back,
    cancelled_at_once,
    cancelled_before_shipping,
    cancelled_after_shipping,
    back_under_a_new_number,
    refunded_in_part,
    test_order,
    late_to_leave,
    no_movement,
    arrives_later,
    customers_return,
    problem_solved_in_time,
    problem_told,
    doubled_and_shuffled,
    too_late_in_the_evening,
    two_orders_in_one_parcel,
)
