"""What Sowa's customers and the shop itself do: addresses, wishes, cancellations, broken promises. Clock: Warsaw."""

from infra.demo.cast import Bicycle, Customer, Dhl, Dpd, InPost, Order, Shop
from infra.demo.payloads import Place

LOCKER = Place("GDA045A", "ul. Dębowa 9", "Gdańsk", "80-001")


def by_dpd(order: Order, at: str, *scans: tuple[str, str, str]) -> None:
    """An order that goes in one DPD parcel."""
    order.by(Dpd, at).goes(*scans)


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


def own_hours(sowa: Shop) -> None:
    """10450: a customer who wants no SMS before ten."""
    customer = sowa.customer("s450")
    customer.says("changed", "12.10 08:00", window={"opens": "10:00", "closes": "18:00"})
    order = sowa.bought("10450", "13.10 15:00", customer)
    by_dpd(
        order,
        "14.10 10:00",
        ("14.10 15:40", "14.10 16:00", "040101"),
        ("15.10 08:00", "15.10 08:10", "170101"),
        ("15.10 17:40", "15.10 18:10", "190101"),
    )


def one_kind_less(sowa: Shop) -> None:
    """10451: a customer who does not want to hear that it was shipped."""
    customer = sowa.customer("s451", prefers=["sms", "email"])
    customer.says("changed", "12.10 08:05", kinds={"shipped": []})
    order = sowa.bought("10451", "14.10 15:00", customer)
    by_dpd(
        order,
        "15.10 10:00",
        ("15.10 15:40", "15.10 16:00", "040101"),
        ("16.10 08:00", "16.10 08:10", "170101"),
        ("16.10 14:50", "16.10 15:00", "200411"),
        ("19.10 10:00", "19.10 10:10", "230403"),
    )


def guest(sowa: Shop) -> None:
    """10452: a guest whom only the e-mail names."""
    order = sowa.bought("10452", "22.10 15:00", {"email": "gosc@poczta.example.com", "locale": "pl"})
    by_dpd(order, "23.10 10:00", ("23.10 15:40", "23.10 16:00", "040101"), ("24.10 11:40", "24.10 12:00", "190101"))


def bad_phone(sowa: Shop) -> None:
    """10425: the phone cannot be one."""
    buyer = sowa.customer("s425").recipient(phone="12345")
    order = sowa.bought("10425", "13.10 14:00", buyer)
    by_dpd(
        order,
        "14.10 10:00",
        ("14.10 15:40", "14.10 16:00", "040101"),
        ("15.10 08:20", "15.10 08:40", "170101"),
        ("15.10 12:50", "15.10 13:00", "190101"),
    )


def stop(sowa: Shop) -> None:
    """10426: STOP to SMS in the middle of a parcel."""
    customer = sowa.customer("s426")
    order = sowa.bought("10426", "13.10 10:10", customer)
    customer.says("opted_out", "15.10 12:05", channel="sms")
    by_dpd(
        order,
        "14.10 10:00",
        ("14.10 15:40", "14.10 16:00", "040101"),
        ("15.10 08:10", "15.10 08:25", "170101"),
        ("15.10 11:50", "15.10 12:00", "200201"),
        ("16.10 08:10", "16.10 08:25", "170101"),
        ("16.10 11:20", "16.10 11:30", "190101"),
    )


def erased(sowa: Shop) -> None:
    """10427: the customer asks to be forgotten while the parcel travels."""
    customer = sowa.customer("s427")
    order = sowa.bought("10427", "14.10 11:00", customer)
    customer.says("erased", "15.10 10:00")
    by_dpd(
        order,
        "14.10 13:00",
        ("14.10 16:40", "14.10 17:00", "040101"),
        ("16.10 08:00", "16.10 08:15", "170101"),
        ("16.10 12:40", "16.10 13:00", "190101"),
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


def refunded_in_part(sowa: Shop) -> None:
    """10432: a part of the money back, said at once though it is evening."""
    order = sowa.bought("10432", "12.10 17:00", sowa.customer("s432"))
    by_dpd(
        order,
        "13.10 10:00",
        ("13.10 15:40", "13.10 16:00", "040101"),
        ("14.10 07:50", "14.10 08:00", "170101"),
        ("14.10 11:40", "14.10 12:00", "190101"),
    )
    order.happens("refunded", "16.10 21:30", refunded={"amount": "20.00", "currency": "PLN"}, in_part=True)


def test_order(sowa: Shop) -> None:
    """10433: the shop tries its checkout."""
    order = sowa.bought("10433", "13.10 11:00", sowa.customer("s433"), test=True)
    by_dpd(order, "13.10 12:00", ("13.10 15:40", "13.10 16:00", "040101"), ("14.10 12:00", "14.10 12:10", "190101"))


def without_any_address(sowa: Shop) -> None:
    """10434: a customer who left neither phone nor e-mail."""
    order = sowa.bought("10434", "13.10 12:30", sowa.customer("s434", ways="none"))
    by_dpd(order, "13.10 13:00", ("13.10 15:40", "13.10 16:00", "040101"), ("14.10 12:00", "14.10 12:10", "190101"))


def paused(sowa: Shop) -> None:
    """10435: "not this order", and a day later yes after all."""
    customer = sowa.customer("s435")
    order = sowa.bought("10435", "12.10 18:00", customer)
    customer.says("changed", "13.10 20:00", pause_order="10435")
    customer.says("changed", "14.10 18:00", resume_order="10435")
    by_dpd(
        order,
        "13.10 10:00",
        ("13.10 15:40", "13.10 16:00", "040101"),
        ("14.10 08:00", "14.10 08:10", "170101"),
        ("14.10 11:50", "14.10 12:00", "200201"),
        ("15.10 08:00", "15.10 08:10", "170101"),
        ("15.10 11:50", "15.10 12:00", "190101"),
    )


def out_and_in_again(sowa: Shop) -> None:
    """10436: opts out of everything, and in again the next morning."""
    customer = sowa.customer("s436")
    order = sowa.bought("10436", "12.10 19:00", customer)
    customer.says("opted_out", "13.10 09:00")
    customer.says("opted_in", "14.10 07:00")
    by_dpd(
        order,
        "13.10 10:00",
        ("13.10 15:40", "13.10 16:00", "040101"),
        ("14.10 08:05", "14.10 08:15", "170101"),
        ("14.10 12:20", "14.10 12:30", "190101"),
    )


def fallback(sowa: Shop) -> None:
    """10437: the SMS fails for good, so the e-mail goes."""
    customer = sowa.customer("s437")
    order = sowa.bought("10437", "20.10 13:00", customer)
    by_dpd(
        order,
        "21.10 10:00",
        ("21.10 15:40", "21.10 16:00", "040101"),
        ("22.10 08:20", "22.10 08:30", "170101"),
        ("22.10 11:50", "22.10 12:00", "190101"),
    )
    failed(customer, "22.10 08:36", order, "out_for_delivery")


def failed(customer: Customer, at: str, order: Order, kind: str) -> None:
    """Twilio's last word on an SMS, resolved at the door."""
    said = {"order": order.number, "kind": kind, "channel": "sms", "said": "undelivered", "code": "30005"}
    shop = customer.shop
    data = {"shop": shop.name, "recipient": customer.name, **said}
    shop.log.event("receipt.received", f"/providers/twilio/{shop.name}", shop.at(at), data)


def five_orders_one_phone(sowa: Shop) -> None:
    """10438 to 10442: one customer, reached by phone alone, and five parcels on one day: the caps."""
    customer = sowa.customer("s438", ways="phone")
    for nth in range(5):
        day, minute = 12 + nth, 5 * nth
        parcel = sowa.bought(f"{10438 + nth}", f"{day}.10 10:00", customer).by(Dpd, f"{day}.10 12:00")
        parcel.goes((f"{day}.10 15:40", f"{day}.10 16:00", "040101"))
        if nth < 3:
            parcel.goes(("15.10 04:30", f"15.10 05:{minute:02}", "050101"))
        parcel.goes(("19.10 09:30", f"19.10 10:{minute:02}", "170101"))
        parcel.goes(("19.10 13:30", f"19.10 14:{minute:02}", "190101"))


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
    by_dpd(
        order,
        "13.10 10:00",
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


STORIES = (
    unknown_code,
    taken_back,
    own_hours,
    one_kind_less,
    guest,
    bad_phone,
    stop,
    erased,
    filled_back,
    cancelled_at_once,
    cancelled_before_shipping,
    cancelled_after_shipping,
    refunded_in_part,
    test_order,
    without_any_address,
    paused,
    out_and_in_again,
    fallback,
    five_orders_one_phone,
    late_to_leave,
    no_movement,
    arrives_later,
    customers_return,
    problem_solved_in_time,
    problem_told,
    doubled_and_shuffled,
)
