"""Sklep Sowa's first week and a half: what happens to its parcels, one function a story. Clock: Warsaw."""

from infra.demo.cast import Shop
from infra.demo.parcels import AfterShip, Dpd, InPost, NovaPoshta, NovaPost
from infra.demo.payloads import Place

LOCKER = Place("WAW123M", "ul. Klonowa 5", "Warszawa")
KRAKOW = Place("KRA07N", "ul. Lipowa 2", "Kraków", "30-001")
BRANCH = Place("12", "вул. Кленова, 5", "Львів", "79000", "branch")


def cash_on_delivery(sowa: Shop) -> None:
    """10401: a courier parcel, paid at the door."""
    cod = {"currency": "PLN", "total": "129.00", "methods": ["cash", "card"]}
    order = sowa.order("10401", "12.10 09:14", sowa.customer("s401"), payment="cod", cod=cod)
    order.happens("confirmed", "12.10 09:31")
    order.by(Dpd, "12.10 14:05", cod=cod).goes(
        ("12.10 14:00", "12.10 14:20", "030103"),
        ("12.10 17:40", "12.10 18:05", "040101"),
        ("13.10 02:10", "13.10 02:35", "050101"),
        ("13.10 08:20", "13.10 08:35", "170101"),
        ("13.10 12:32", "13.10 12:50", "190101"),
    )


def locker_with_pickup(sowa: Shop) -> None:
    """10402: a locker, collected the same evening."""
    parcel = sowa.bought("10402", "12.10 10:02", sowa.customer("s402")).by(InPost, "12.10 13:30", point=LOCKER)
    parcel.pushes(
        ("12.10 13:31", "confirmed"),
        ("12.10 17:10", "collected_from_sender"),
        ("12.10 19:45", "adopted_at_source_branch"),
        ("13.10 05:30", "adopted_at_target_branch"),
        ("13.10 07:12", "out_for_delivery"),
    )
    parcel.goes(("13.10 11:06", "13.10 11:20", "ready_to_pickup"))
    parcel.pushes(("13.10 18:44", "delivered"))


def deadline_at_ten_past_six(sowa: Shop) -> None:
    """10403: into the locker at 06:10, so the 48 hours end at 06:10 too; fetched on the last evening."""
    parcel = sowa.bought("10403", "12.10 11:15", sowa.customer("s403")).by(InPost, "12.10 15:00", point=KRAKOW)
    parcel.pushes(
        ("12.10 18:30", "collected_from_sender"),
        ("13.10 05:00", "adopted_at_target_branch"),
        ("14.10 05:40", "out_for_delivery"),
    )
    parcel.goes(("14.10 06:10", "14.10 06:30", "ready_to_pickup"))
    parcel.pushes(("15.10 21:15", "delivered"))


def locker_without_pickup(sowa: Shop) -> None:
    """10404: nobody comes; it expires, goes back, and an aggregator sees it arrive."""
    parcel = sowa.bought("10404", "12.10 08:20", sowa.customer("s404")).by(InPost, "12.10 12:00", point=LOCKER)
    parcel.pushes(
        ("12.10 15:40", "collected_from_sender"),
        ("13.10 08:05", "out_for_delivery"),
        ("13.10 12:00", "ready_to_pickup"),
    )
    parcel.heard("13.10 12:30")
    parcel.pushes(("15.10 12:05", "pickup_time_expired"), ("16.10 09:00", "returned_to_sender"))
    AfterShip(parcel, "inpost-paczkomaty").pushes(("21.10 10:20", "21.10 10:30", "Exception/Exception_011"))


def redirected(sowa: Shop) -> None:
    """10405: sent to a door, redirected to a locker by its recipient."""
    order = sowa.bought("10405", "13.10 09:00", sowa.customer("s405"))
    parcel = order.by(InPost, "13.10 12:00", point=LOCKER, service="inpost_courier_standard")
    parcel.pushes(
        ("13.10 17:00", "collected_from_sender"),
        ("14.10 09:00", "redirect_to_box"),
        ("15.10 07:30", "out_for_delivery"),
        ("15.10 09:10", "ready_to_pickup"),
        ("15.10 17:02", "delivered"),
    )


def three_parcels(sowa: Shop) -> None:
    """10406: three parcels; two travel together, the third a day behind."""
    order = sowa.bought("10406", "14.10 08:40", sowa.customer("s406"), parcels=3)
    first, second, third = (order.by(Dpd, f"14.10 13:0{nth}", nth) for nth in (1, 2, 3))
    first.goes(("14.10 15:50", "14.10 16:00", "040101"))
    second.goes(("14.10 15:50", "14.10 16:10", "040101"))
    third.goes(("14.10 17:40", "14.10 18:00", "040101"), ("15.10 03:00", "15.10 03:30", "050101"))
    first.goes(("15.10 07:40", "15.10 08:00", "170101"), ("15.10 11:50", "15.10 12:00", "190101"))
    second.goes(("15.10 07:40", "15.10 08:06", "170101"), ("15.10 12:05", "15.10 12:10", "190101"))
    third.goes(("16.10 08:20", "16.10 08:30", "170101"), ("16.10 12:45", "16.10 13:00", "190101"))


def two_recipients_two_languages(sowa: Shop) -> None:
    """10407: bought in Warsaw in Polish, received in Lviv in Ukrainian."""
    buyer = sowa.customer("s407").recipient(role="buyer", zone="Europe/Warsaw")
    consignee = sowa.customer("s507", "uk").recipient(role="consignee")
    order = sowa.bought("10407", "13.10 12:00", buyer, consignee, country="UA", gift=True)
    order.by(NovaPoshta, "13.10 15:00", point=BRANCH).goes(
        ("13.10 15:00", "13.10 15:10", "1"),
        ("14.10 19:30", "14.10 19:40", "5"),
        ("16.10 10:00", "16.10 10:15", "7"),
        ("17.10 13:00", "17.10 13:20", "9"),
    )


def recipient_added_later(sowa: Shop) -> None:
    """10408: somebody else will fetch it, says the buyer when it is already there."""
    buyer = sowa.customer("s408")
    order = sowa.bought("10408", "13.10 16:00", buyer)
    parcel = order.by(Dpd, "14.10 10:00", service="dpd_pickup")
    parcel.goes(("14.10 15:00", "14.10 15:20", "040101"), ("15.10 10:50", "15.10 11:00", "511201"))
    other = sowa.customer("s508", "en").recipient(role="other")
    order.happens("changed", "15.10 14:00", recipients=[buyer.recipient(), other])
    parcel.goes(("15.10 18:20", "15.10 18:30", "701901"))


def recipient_removed(sowa: Shop) -> None:
    """10409: a consignee is taken off the order while a message waits for the morning."""
    buyer = sowa.customer("s409")
    consignee = sowa.customer("s509").recipient(role="consignee")
    order = sowa.bought("10409", "14.10 09:00", buyer, consignee)
    parcel = order.by(Dpd, "14.10 12:00").goes(
        ("14.10 16:00", "14.10 16:20", "040101"),
        ("15.10 08:10", "15.10 08:30", "170101"),
        ("15.10 20:10", "15.10 20:20", "200201"),
    )
    order.happens("changed", "15.10 21:00", recipients=[buyer.recipient()])
    parcel.goes(("16.10 08:20", "16.10 08:45", "170101"), ("16.10 13:50", "16.10 14:00", "190101"))


def customs_want_papers(sowa: Shop) -> None:
    """10410: to Ukraine; customs wait for the recipient, then release."""
    order = sowa.bought("10410", "12.10 13:00", sowa.customer("s410", "uk"), country="UA")
    order.by(NovaPost, "12.10 15:00", country="UA", origin="PL").goes(
        ("12.10 17:00", "12.10 17:20", "4"),
        ("13.10 02:00", "13.10 02:30", "5"),
        ("13.10 14:00", "13.10 14:20", "115"),
        ("14.10 09:00", "14.10 09:20", "123"),
        ("15.10 12:00", "15.10 12:20", "120"),
        ("15.10 18:00", "15.10 18:20", "121"),
        ("17.10 10:00", "17.10 10:20", "7"),
        ("19.10 12:00", "19.10 12:20", "9"),
    )


def failed_attempts(sowa: Shop) -> None:
    """10411: nobody at home twice; the third time somebody is."""
    sowa.bought("10411", "12.10 15:00", sowa.customer("s411")).by(Dpd, "13.10 10:00").goes(
        ("13.10 15:40", "13.10 16:00", "040101"),
        ("14.10 08:00", "14.10 08:20", "170101"),
        ("14.10 13:15", "14.10 13:30", "200201"),
        ("15.10 08:00", "15.10 08:20", "170101"),
        ("15.10 14:00", "15.10 14:10", "200201"),
        ("16.10 08:00", "16.10 08:20", "170101"),
        ("16.10 12:00", "16.10 12:10", "190101"),
    )


def new_phone_overnight(sowa: Shop) -> None:
    """10413: the phone is changed while the message waits for the morning."""
    customer = sowa.customer("s413")
    parcel = (
        sowa.bought("10413", "19.10 12:00", customer)
        .by(Dpd, "20.10 10:00")
        .goes(
            ("20.10 15:40", "20.10 16:00", "040101"),
            ("21.10 08:00", "21.10 08:10", "170101"),
            ("21.10 20:25", "21.10 20:40", "200201"),
        )
    )
    customer.says("changed", "21.10 22:15", phone="+48500000913")
    parcel.goes(("22.10 08:10", "22.10 08:30", "170101"), ("22.10 12:40", "22.10 13:00", "190101"))


def wholesale(sowa: Shop) -> None:
    """10414: a wholesale customer: e-mail on the day, nothing about "delivered"."""
    order = sowa.bought("10414", "20.10 10:00", sowa.customer("s414"), segment="wholesale", parcels=2)
    first, second = (order.by(Dpd, f"20.10 13:0{nth}", nth) for nth in (1, 2))
    first.goes(("20.10 15:40", "20.10 16:00", "040101"), ("21.10 07:20", "21.10 07:40", "170101"))
    second.goes(("20.10 15:45", "20.10 16:05", "040101"), ("21.10 07:20", "21.10 07:45", "170101"))
    first.goes(("21.10 11:00", "21.10 11:10", "190101"))
    second.goes(("21.10 11:00", "21.10 11:15", "190101"))


def order_in_the_long_night(sowa: Shop) -> None:
    """10415: ordered before midnight, paid in the hour that comes twice."""
    order = sowa.order("10415", "24.10 23:50", sowa.customer("s415"))
    order.happens("paid", "25.10 02:30, 2", payment_id="pay-10415")
    order.by(Dpd, "26.10 10:00").goes(
        ("26.10 15:40", "26.10 16:00", "040101"),
        ("27.10 08:00", "27.10 08:10", "170101"),
        ("27.10 11:50", "27.10 12:00", "190101"),
    )


def delivered_before_the_long_night(sowa: Shop) -> None:
    """10416: delivered on Saturday evening; Sowa does not speak on Sundays."""
    sowa.bought("10416", "22.10 09:00", sowa.customer("s416")).by(Dpd, "22.10 12:00").goes(
        ("22.10 15:40", "22.10 16:00", "040101"),
        ("24.10 08:00", "24.10 08:10", "170101"),
        ("24.10 20:20", "24.10 20:30", "190101"),
    )


def late_scan(sowa: Shop) -> None:
    """10417: "out for delivery" is heard after "delivered"."""
    sowa.bought("10417", "20.10 11:00", sowa.customer("s417")).by(Dpd, "20.10 13:00").goes(
        ("20.10 15:40", "20.10 16:00", "040101"),
        ("21.10 11:40", "21.10 12:00", "190101"),
        ("21.10 08:05", "21.10 12:30", "170101"),
    )


def scan_before_its_shipment(sowa: Shop) -> None:
    """10418: the courier is faster than the shop's own system."""
    order = sowa.bought("10418", "20.10 08:00", sowa.customer("s418"))
    parcel = order.parcel(InPost, point=LOCKER)
    parcel.pushes(("20.10 15:00", "collected_from_sender"))
    order.ships("20.10 15:40", parcel)
    parcel.pushes(("21.10 07:05", "out_for_delivery"), ("21.10 10:00", "ready_to_pickup"), ("21.10 16:00", "delivered"))


def two_sources(sowa: Shop) -> None:
    """10419: DPD and an aggregator speak of one parcel; the aggregator is late twice and first once."""
    parcel = sowa.bought("10419", "21.10 10:00", sowa.customer("s419")).by(Dpd, "21.10 13:00")
    parcel.goes(("21.10 15:30", "21.10 16:00", "040101"), ("22.10 08:00", "22.10 08:20", "170101"))
    AfterShip(parcel, "dpd-poland", planned="2026-10-22").pushes(
        ("21.10 15:30", "21.10 16:40", "InTransit/InTransit_002"),
        ("22.10 08:00", "22.10 08:50", "OutForDelivery/OutForDelivery_001"),
        ("22.10 12:30", "22.10 12:40", "Delivered/Delivered_001"),
    )
    parcel.goes(("22.10 12:30", "22.10 13:20", "190101"))


def silent_weekend(sowa: Shop) -> None:
    """10420, 10421, 10422: DPD's feed falls silent from Friday evening to Monday morning."""
    sowa.bought("10420", "14.10 10:00", sowa.customer("s420")).by(Dpd, "15.10 10:00").goes(
        ("15.10 15:40", "15.10 16:00", "040101"),
        ("16.10 08:00", "16.10 08:20", "170101"),
        ("16.10 15:00", "19.10 08:05", "190101"),
    )
    second = sowa.bought("10421", "15.10 11:00", sowa.customer("s421")).by(Dpd, "16.10 10:00")
    second.goes(("16.10 15:40", "16.10 16:00", "040101"))
    second.sees("17.10 08:00", "170101")
    second.goes(("17.10 13:00", "19.10 08:05", "190101"))
    sowa.bought("10422", "14.10 09:30", sowa.customer("s422")).by(Dpd, "14.10 12:00", service="dpd_pickup").goes(
        ("14.10 15:40", "14.10 16:00", "040101"),
        ("15.10 12:00", "15.10 12:10", "511201"),
        ("16.10 19:00", "19.10 08:05", "701901"),
    )


def overtaken_while_waiting(sowa: Shop) -> None:
    """10423: Twilio is limiting, the SMS waits for its retry, and the parcel is delivered meanwhile."""
    sowa.bought("10423", "19.10 10:00", sowa.customer("s423")).by(Dpd, "19.10 13:00").goes(
        ("19.10 16:40", "19.10 17:00", "040101"),
        ("20.10 09:00", "20.10 09:10", "170101"),
        ("20.10 09:32", "20.10 09:40", "190101"),
    )


STORIES = (
    cash_on_delivery,
    locker_with_pickup,
    deadline_at_ten_past_six,
    locker_without_pickup,
    redirected,
    three_parcels,
    two_recipients_two_languages,
    recipient_added_later,
    recipient_removed,
    customs_want_papers,
    failed_attempts,
    new_phone_overnight,
    wholesale,
    order_in_the_long_night,
    delivered_before_the_long_night,
    late_scan,
    scan_before_its_shipment,
    two_sources,
    silent_weekend,
    overtaken_while_waiting,
)
