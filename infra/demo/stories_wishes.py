"""What Sowa's customers wish and change: addresses, hours, STOP, a pause, being forgotten. Clock: Warsaw."""

from infra.demo.cast import Customer, Order, Shop
from infra.demo.parcels import Dpd


def by_dpd(order: Order, at: str, *scans: tuple[str, str, str]) -> None:
    """An order that goes in one DPD parcel."""
    order.by(Dpd, at).goes(*scans)


def failed(customer: Customer, at: str, order: Order, kind: str) -> None:
    """Twilio's last word on an SMS, resolved at the door."""
    said = {"order": order.number, "kind": kind, "channel": "sms", "said": "undelivered", "code": "30005"}
    shop = customer.shop
    data = {"shop": shop.name, "recipient": customer.name, **said}
    shop.log.event("receipt.received", f"/providers/twilio/{shop.name}", shop.at(at), data)


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


def phone_from_abroad(sowa: Shop) -> None:
    """10454: an American phone, for which Sowa has no sender."""
    buyer = sowa.customer("s454", "en").recipient(phone="+12025550154")
    by_dpd(
        sowa.bought("10454", "20.10 14:00", buyer),
        "21.10 10:00",
        ("21.10 15:40", "21.10 16:00", "040101"),
        ("22.10 08:00", "22.10 08:20", "170101"),
        ("22.10 12:50", "22.10 13:10", "190101"),
    )


STORIES = (
    own_hours,
    one_kind_less,
    guest,
    phone_from_abroad,
    bad_phone,
    stop,
    erased,
    without_any_address,
    paused,
    out_and_in_again,
    fallback,
    five_orders_one_phone,
)
