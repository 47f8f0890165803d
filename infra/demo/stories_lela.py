"""Леля's parcels, most of them by Nova Poshta. Clock: Kyiv."""

from infra.demo.cast import Customer, Shop
from infra.demo.parcels import Dhl, NovaPoshta, Parcel
from infra.demo.payloads import Place

BRANCH = Place("7", "вул. Вишнева, 3", "Київ", "01001", "branch")
POSTOMAT = Place("12345", "вул. Кленова, 5", "Київ", "01001")
ASKED = [{"class": "feedback", "source": "checkout", "text_version": "2026-09"}]
NOT_ASKED = [{"class": "feedback", "given": False, "source": "checkout", "text_version": "2026-09"}]


def buyer(lela: Shop, name: str, locale: str = "uk", ways: str = "both", asked: bool = True) -> Customer:
    """A customer who was asked at the checkout whether we may ask how it was."""
    return lela.customer(name, locale, ways, consents=ASKED if asked else NOT_ASKED)


def cash_at_the_branch(lela: Shop) -> None:
    """7701: cash on delivery at a branch; the money's own way is nothing to the customer."""
    cod = {"currency": "UAH", "goods": "1250.00", "methods": ["cash", "card"]}
    order = lela.order("7701", "12.10 09:00", buyer(lela, "l701"), payment="cod", cod=cod)
    order.happens("confirmed", "12.10 09:01")
    parcel = order.by(NovaPoshta, "12.10 14:00", point=BRANCH, cod=cod)
    parcel.cod = "1250"
    parcel.goes(
        ("12.10 14:00", "12.10 14:10", "1"),
        ("12.10 18:00", "12.10 18:20", "5"),
        ("13.10 11:30", "13.10 11:40", "7"),
        ("13.10 18:40", "13.10 18:50", "9"),
        ("14.10 11:50", "14.10 12:00", "10"),
    )


def postomat_over_a_sunday(lela: Shop) -> None:
    """7702: waits five days in a parcel locker; the reminder comes on Sunday, for Леля speaks on Sundays."""
    order = lela.bought("7702", "12.10 10:00", buyer(lela, "l702"))
    order.by(NovaPoshta, "12.10 14:00", point=POSTOMAT, service="postomat").goes(
        ("13.10 16:00", "13.10 16:10", "5"),
        ("14.10 12:00", "14.10 12:10", "8"),
        ("18.10 18:30", "18.10 18:40", "9"),
    )


def courier_twice(lela: Shop) -> None:
    """7703: Nova Poshta's courier, nobody at home, the next day somebody is."""
    order = lela.bought("7703", "12.10 11:00", buyer(lela, "l703"))
    order.by(NovaPoshta, "12.10 15:00", service="doors").goes(
        ("13.10 16:00", "13.10 16:10", "5"),
        ("14.10 09:00", "14.10 09:10", "101"),
        ("14.10 14:10", "14.10 14:20", "111"),
        ("15.10 08:10", "15.10 08:20", "101"),
        ("15.10 09:40", "15.10 09:50", "9"),
    )


def phone_only(lela: Shop) -> None:
    """7704: ordered late in the evening by somebody without e-mail."""
    order = lela.order("7704", "12.10 21:00", buyer(lela, "l704", ways="phone", asked=False))
    order.happens("confirmed", "12.10 21:01")
    order.by(NovaPoshta, "13.10 12:00", point=BRANCH).goes(
        ("13.10 16:50", "13.10 17:00", "5"),
        ("14.10 11:50", "14.10 12:00", "7"),
        ("14.10 19:00", "14.10 19:10", "9"),
    )


def attempt_before_the_long_night(lela: Shop) -> None:
    """7705: nobody at home on Saturday evening; at eight in the morning the clocks have changed."""
    order = lela.bought("7705", "22.10 10:00", buyer(lela, "l705"))
    order.by(NovaPoshta, "22.10 15:00", service="doors").goes(
        ("23.10 16:00", "23.10 16:10", "5"),
        ("24.10 10:00", "24.10 10:10", "101"),
        ("24.10 20:35", "24.10 20:45", "111"),
        ("26.10 08:50", "26.10 09:00", "101"),
        ("26.10 18:30", "26.10 18:40", "9"),
    )


def in_english(lela: Shop) -> None:
    """7706: an order in English; the parcel moves in the hour that comes twice."""
    order = lela.bought("7706", "23.10 12:00", buyer(lela, "l706", "en", asked=False))
    order.by(NovaPoshta, "23.10 15:00", point=BRANCH).goes(
        ("24.10 16:00", "24.10 16:10", "5"),
        ("25.10 03:30, 2", "25.10 03:40, 2", "6"),
        ("25.10 10:00", "25.10 10:10", "7"),
        ("25.10 15:00", "25.10 15:10", "9"),
    )


def to_poland(lela: Shop) -> None:
    """7707: to Poland by DHL, in Polish, on the Polish clock."""
    order = lela.bought("7707", "13.10 09:00", buyer(lela, "l707", "pl", asked=False), country="PL")
    order.by(Dhl, "13.10 15:00", country="PL", origin="UA").goes(
        ("14.10 12:00", "14.10 13:00", "transit/576"),
        ("16.10 10:00", "16.10 11:00", "transit/447"),
        ("19.10 10:00", "19.10 11:00", "transit/449"),
        ("20.10 09:30", "20.10 11:30", "transit/OUT FOR DELIVERY"),
        ("20.10 15:00", "20.10 15:30", "delivered/DELIVERED"),
    )


def refused(lela: Shop) -> None:
    """7708: refused at the branch; it goes back."""
    order = lela.bought("7708", "13.10 10:00", buyer(lela, "l708"))
    order.by(NovaPoshta, "13.10 15:00", point=BRANCH).goes(
        ("14.10 10:00", "14.10 10:10", "5"),
        ("15.10 10:00", "15.10 10:10", "7"),
        ("15.10 13:00", "15.10 13:10", "103"),
        ("16.10 11:00", "16.10 11:10", "102"),
    )


def low_mark(lela: Shop) -> None:
    """7709: asked how it was, and it was not well: the shop hears of it."""
    customer = buyer(lela, "l709")
    order = lela.bought("7709", "12.10 12:00", customer)
    order.by(NovaPoshta, "12.10 15:00", point=BRANCH).goes(
        ("13.10 08:30", "13.10 08:40", "5"), ("13.10 12:00", "13.10 12:10", "7"), ("13.10 18:20", "13.10 18:30", "9")
    )
    lela.tell("feedback.given", "16.10 12:15", {"who": {"customer": "l709"}, "order": "7709", "mark": 2})


def by_the_branch(order: str, placed: str, sent: str, ready: str, fetched: str) -> tuple[str, str, str, str, str]:
    """A row of `ORDINARY`: number, placed, and the hours of three scans, each heard ten minutes later."""
    return order, placed, sent, ready, fetched


ORDINARY = (
    by_the_branch("7710", "14.10 08:30", "14.10 17:00", "15.10 12:00", "15.10 19:20"),
    by_the_branch("7711", "14.10 13:00", "15.10 09:00", "16.10 10:30", "17.10 09:00"),
    by_the_branch("7712", "16.10 19:00", "17.10 12:00", "18.10 11:00", "18.10 13:00"),
    by_the_branch("7713", "18.10 10:00", "19.10 10:00", "20.10 15:00", "21.10 08:30"),
    by_the_branch("7714", "20.10 16:00", "21.10 11:00", "22.10 14:00", "22.10 19:00"),
    by_the_branch("7715", "21.10 09:00", "21.10 18:00", "23.10 10:00", "24.10 12:00"),
)


def ordinary(lela: Shop) -> None:
    """7710 to 7715: to a branch, fetched, nothing to remark."""
    for number, placed, sent, ready, fetched in ORDINARY:
        customer = buyer(lela, f"l{number[1:]}", asked=False)
        parcel = lela.bought(number, placed, customer).by(NovaPoshta, sent, point=BRANCH)
        parcel.planned = lela.at(f"{ready[:5]} 18:00")
        for at, code in ((sent, "5"), (ready, "7"), (fetched, "9")):
            heard_after_ten_minutes(parcel, at, code)


def heard_after_ten_minutes(parcel: Parcel, at: str, code: str) -> None:
    parcel.goes((at, f"{at[:-2]}{int(at[-2:]) + 10:02}", code))


STORIES = (
    cash_at_the_branch,
    postomat_over_a_sunday,
    courier_twice,
    phone_only,
    attempt_before_the_long_night,
    in_english,
    to_poland,
    refused,
    low_mark,
    ordinary,
)
