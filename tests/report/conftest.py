"""A small run by hand: two shops, five orders, three languages, and something of everything that needs a look."""

# ruff: noqa: E501 - a record a line reads as its story does

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.sinks import write_outputs
from schemas.messages import DeadLetter, Decision, Message, Outcome, Slot
from schemas.orders import OrderRecord, OrderView, ParcelView, Role
from schemas.parcels import Facts, HistoryLine, Money, ParcelRecord, Point, ScanRecord
from schemas.times import HOUR, MINUTE, Millis, to_millis, zone
from schemas.wire import Record

SOWA, KVITKA = "sowa", "kvitka"
JAN, EVE, OLENA, PETRO = "c-1001", "c-1002", "c-2001", "h-7d1f"
PHONES = {JAN: "+48500000001", EVE: "+48500000002", OLENA: "+380670000001", PETRO: "+48500000009"}
EMAILS = {JAN: "jan@example.com", EVE: "eve@example.com", OLENA: "olena@example.com", PETRO: "petro@example.com"}
LOCALES = {JAN: "pl", EVE: "en", OLENA: "uk", PETRO: "uk"}
COUNTRIES = {JAN: "PL", EVE: "PL", OLENA: "UA", PETRO: "PL"}


def at(moment: str, where: str = "Europe/Warsaw") -> Millis:
    """`24.10 22:10` of 2026 on the clocks there."""
    return to_millis(datetime.strptime(f"2026.{moment}", "%Y.%d.%m %H:%M").replace(tzinfo=zone(where)))


def sms(recipient: str, order: str, slot: Slot, moment: Millis, text: str, **more: Any) -> Message:
    plain = text.isascii()
    size = len(text)
    segments = -(-size // (153 if plain else 67)) if size > (160 if plain else 70) else 1
    shop = KVITKA if recipient == OLENA else SOWA
    fields: dict[str, Any] = {
        "channel": "sms",
        "to": PHONES[recipient],
        "sender": "Kvitka" if shop == KVITKA else "Sklep Sowa",
        "text": text,
        "encoding": "GSM-7" if plain else "UCS-2",
        "segments": segments,
        "cost": segments * (Decimal("0.16") if shop == SOWA else Decimal("1.10")),
        "currency": "PLN" if shop == SOWA else "UAH",
    }
    return _message(recipient, order, slot, moment, shop, fields | more)


def mail(recipient: str, order: str, slot: Slot, moment: Millis, subject: str, text: str, **more: Any) -> Message:
    shop = KVITKA if recipient == OLENA else SOWA
    fields: dict[str, Any] = {
        "channel": "email",
        "to": EMAILS[recipient],
        "sender": f"sklep@{shop}.example",
        "sender_name": "Квітка" if shop == KVITKA else "Sklep Sowa",
        "subject": subject,
        "text": text,
        "html": f"<!doctype html><html><body style='font-family:sans-serif'><h1>{subject}</h1><p>{text}</p></body></html>",
    }
    return _message(recipient, order, slot, moment, shop, fields | more)


def _message(recipient: str, order: str, slot: Slot, moment: Millis, shop: str, more: dict[str, Any]) -> Message:
    fields: dict[str, Any] = {
        "shop": shop,
        "bundle": "1",
        "recipient": recipient,
        "order": order,
        "kind": slot.kind,
        "cls": "service",
        "priority": 2,
        "locale": LOCALES[recipient],
        "slots": (slot,),
        "generation": 1,
        "at": moment,
        "valid_until": moment + 24 * HOUR,
        "intervals": ((moment, moment + 12 * HOUR),),
        "country": COUNTRIES[recipient],
    }
    return Message(**fields | more)


def outcome(message: Message, state: str, moment: Millis | None = None, **more: Any) -> Outcome:
    fields = ("shop", "recipient", "order", "kind", "channel", "slots", "generation", "country")
    paid = {name: getattr(message, name) for name in ("segments", "cost", "currency")}
    same = {name: getattr(message, name) for name in fields}
    rest = {"attempts": 1, "provider": "twilio" if message.channel == "sms" else "sendgrid"}
    return Outcome(**same | paid | rest | {"state": state, "at": moment or message.at} | more)


def decided(message: Message, verdict: str = "handed_over", **more: Any) -> Decision:
    """The decision that led to a message."""
    slot = message.slots[0]
    return decision(message.recipient, message.order, slot, message.at, {message.channel: verdict}, **more)


def decision(recipient: str, order: str, slot: Slot, moment: Millis, verdicts: dict[str, str], **more: Any) -> Decision:
    fields: dict[str, Any] = {"occurred_at": moment, "recorded_at": moment} | more
    shop = KVITKA if recipient == OLENA else SOWA
    of = (shop, recipient, order, slot.subject, slot.kind, slot.occurrence, "1", moment)
    return Decision(*of, verdicts=tuple(verdicts.items()), **fields)


def parcel(
    courier: str, number: str, owner: str, lines: list[tuple[str, str, str, str]], flags: dict[int, str], **more: Any
) -> list[Record]:
    """A parcel of lines (time, status, code, text) with the scans behind them; a flag by the number of the line."""
    scans = [
        ScanRecord(
            *(courier, number, f"{number}-{index}", at(moment), at(moment) + 2 * MINUTE),
            *(status, "", "", code, text, courier, "push", "carrier"),
            flags=(flags[index],) if index in flags else (),
        )
        for index, (moment, status, code, text) in enumerate(lines)
    ]
    history = tuple(
        HistoryLine(scan.status, "", scan.occurred_at, scan.name, "", "illegal_move" not in scan.flags, "", scan.flags)
        for scan in scans
    )
    way = [line for line in history if line.applied and line.status != "unknown"]
    last = max(way, key=lambda line: line.occurred_at)
    unmapped = sum("unmapped" in scan.flags for scan in scans)
    record = ParcelRecord(
        *(courier, number, scans[-1].recorded_at, len(scans), last.status, "", last.occurred_at, history),
        **{"subscribers": (owner,), "unmapped": unmapped} | more,
    )
    return [*scans, record]


def order(
    shop: str, name: str, moment: Millis, people: list[str], parcels: list[tuple[str, str, str]], **more: Any
) -> OrderRecord:
    views = tuple(ParcelView(courier, number, status) for courier, number, status in parcels)
    fields: dict[str, Any] = {
        "country": "UA" if shop == KVITKA else "PL",
        "total": Money(Decimal("129.00"), "UAH" if shop == KVITKA else "PLN"),
    }
    view = OrderView(name, name, 3, moment, parcels=views, expected=len(views), **fields | more)
    return OrderRecord(shop, moment + HOUR, 3, view, tuple(Role(who, "buyer", LOCALES[who]) for who in people))


def locker_story() -> list[Record]:
    """Order 10482: a locker parcel, out for delivery at night, which the arrival in the locker made pointless."""
    number = "620000000000000000010482"
    key = f"inpost/{number}"
    received = mail(
        JAN,
        "10482",
        Slot("order/10482", "order_received", "e1"),
        at("21.10 14:05"),
        "Zamówienie 10482 przyjęte",
        "Dzień dobry, zamówienie 10482 zostało przyjęte.",
        cls="contract",
    )
    shipped = sms(
        JAN,
        "10482",
        Slot(key, "shipped", f"{number}-1"),
        at("22.10 18:31"),
        "Sklep Sowa: zamowienie 10482 w drodze. InPost, nr 6200...0482, planowana dostawa 24.10. https://sowa.example/p/7Kq2mX9bTe",
    )
    ready = sms(
        JAN,
        "10482",
        Slot(key, "ready_for_pickup", f"{number}-4"),
        at("24.10 08:00"),
        "Sklep Sowa: zamowienie 10482 czeka: Paczkomat WAW123M, ul. Klonowa 5. Odbior do 26.10, 06:10. Kod odbioru podaje InPost. https://sowa.example/p/7Kq2mX9bTe",
    )
    ready_mail = mail(
        JAN,
        "10482",
        ready.slots[0],
        at("24.10 08:00"),
        "Zamówienie 10482 czeka w automacie Paczkomat WAW123M",
        "Odbiór do 26 października, 06:10.",
    )
    late = Slot(key, "out_for_delivery", f"{number}-3")
    return [
        order(SOWA, "10482", at("21.10 14:03"), [JAN], [("inpost", number, "delivered")], shipping="delivered"),
        *parcel("inpost", number, "sowa/10482", [
            ("21.10 16:20", "label_created", "confirmed", "Przygotowana przez nadawcę"),
            ("22.10 18:30", "accepted", "collected_from_sender", "Odebrana od nadawcy"),
            ("23.10 04:12", "in_transit", "adopted_at_sorting_center", "Przyjęta w sortowni"),
            ("23.10 22:10", "out_for_delivery", "out_for_delivery", "Wydana do doręczenia"),
            ("24.10 06:12", "ready_for_pickup", "ready_to_pickup", "Umieszczona w automacie"),
            ("25.10 17:45", "delivered", "delivered", "Odebrana"),
        ], {}, facts=Facts(deadline=at("26.10 06:10"), point=Point("WAW123M", "Paczkomat WAW123M", "locker", "ul. Klonowa 5"))),
        received, outcome(received, "sent"), outcome(received, "delivered"), decided(received),
        shipped, outcome(shipped, "sent"), decided(shipped, occurred_at=at("22.10 18:30")),
        decision(JAN, "10482", late, at("24.10 06:14"), {"sms": "superseded"}, by="ready_for_pickup", occurred_at=at("23.10 22:10"), held_until=at("24.10 07:00"), why=("quiet_hours",)),
        ready, outcome(ready, "sent"), ready_mail, outcome(ready_mail, "sent"),
        decision(JAN, "10482", ready.slots[0], at("24.10 08:00"), {"sms": "handed_over", "email": "handed_over"}, occurred_at=at("24.10 06:12"), held_until=at("24.10 08:00"), why=("quiet_hours",)),
        decision(JAN, "10482", Slot(key, "pickup_reminder", "24"), at("25.10 17:46"), {"sms": "superseded"}, by="delivered", occurred_at=at("24.10 06:12"), held_until=at("25.10 19:30")),
    ]  # fmt: skip


def english_story() -> list[Record]:
    """Order 10490: two parcels in English, a failed attempt, an unknown code, a text that tries to be a program."""
    first, second = "14099900000001", "00340000000000000002"
    shipped = sms(
        EVE,
        "10490",
        Slot(f"dpd_pl/{first}", "shipped", f"{first}-0"),
        at("20.10 19:00"),
        "Sklep Sowa: order 10490 is on its way in 2 parcels. DPD, planned for 22 Oct. https://sowa.example/p/Hn3kQ0sVxA",
    )
    tried = sms(
        EVE,
        "10490",
        Slot(f"dpd_pl/{first}", "delivery_attempted", f"{first}-3"),
        at("22.10 13:41"),
        "Sklep Sowa: on 22 Oct order 10490 could not be delivered (DPD). Next attempt: 23 Oct. Change time or place: https://sowa.example/p/Hn3kQ0sVxA",
    )
    arrived = mail(
        EVE,
        "10490",
        Slot(f"dpd_pl/{first}", "delivered", f"{first}-4"),
        at("23.10 11:20"),
        "Order 10490: 1 of 2 parcels delivered",
        "<script>alert('order & text')</script> Delivered today.",
    )
    today = sms(
        EVE,
        "10490",
        Slot(f"dpd_pl/{first}", "out_for_delivery", f"{first}-2"),
        at("22.10 08:00"),
        "Sklep Sowa: order 10490 is out for delivery today (DPD).",
    )
    return [
        order(SOWA, "10490", at("19.10 20:11"), [EVE], [("dpd_pl", first, "delivered"), ("dhl", second, "in_transit")], shipping="partly_delivered"),
        *parcel("dpd_pl", first, "sowa/10490", [
            ("20.10 17:02", "accepted", "040101", "Przyjęcie przesyłki"),
            ("21.10 05:40", "in_transit", "330137", ""),
            ("22.10 07:02", "out_for_delivery", "170310", "Wydanie przesyłki do doręczenia"),
            ("22.10 13:40", "delivery_attempted", "501300", "Adresat nieobecny"),
            ("23.10 11:18", "delivered", "190101", "Przesyłka doręczona"),
            ("22.10 19:00", "accepted", "040101", ""),
        ], {5: "illegal_move"}, illegal=1),
        *parcel("dhl", second, "sowa/10490", [
            ("20.10 18:20", "accepted", "pre-transit/PU", "Shipment picked up"),
            ("21.10 23:51", "in_transit", "transit/DF", "Departed facility"),
            ("22.10 03:10", "unknown", "transit/ZX9", "Awaiting <b>special</b> processing"),
        ], {2: "unmapped"}),
        shipped, outcome(shipped, "sent"), decided(shipped, occurred_at=at("20.10 17:02"), held_until=at("20.10 19:00")),
        decision(EVE, "10490", Slot(f"dhl/{second}", "shipped", f"{second}-0"), at("20.10 19:00"), {"sms": "merged"}, by="shipped", occurred_at=at("20.10 18:20")),
        today, outcome(today, "deferred", reason="429"), outcome(today, "failed", at("22.10 13:41"), reason="superseded"),
        decided(today, occurred_at=at("22.10 07:02")),
        tried, outcome(tried, "sent"), decided(tried, occurred_at=at("22.10 13:40")),
        arrived, outcome(arrived, "sent"), decided(arrived, occurred_at=at("23.10 11:18")),
    ]  # fmt: skip


def ukrainian_story() -> list[Record]:
    """Order UA-77: Nova Poshta, in Ukrainian, a link in doubt and feedback that waits."""
    number = "20450000000077"
    key = f"nova_poshta/{number}"
    kyiv = "Europe/Kyiv"
    received = mail(
        OLENA,
        "UA-77",
        Slot("order/UA-77", "order_received", "e7"),
        at("19.10 10:02", kyiv),
        "Замовлення UA-77 прийнято",
        "Добрий день! Замовлення UA-77 прийнято.",
        cls="contract",
    )
    shipped = sms(
        OLENA,
        "UA-77",
        Slot(key, "shipped", f"{number}-0"),
        at("20.10 18:12", kyiv),
        "Квітка: замовлення UA-77 у дорозі. Нова пошта, ТТН 20450000000077, орієнтовно 22.10. https://kvitka.example/p/9aZ4bC7dEf",
    )
    ready = sms(
        OLENA,
        "UA-77",
        Slot(key, "ready_for_pickup", f"{number}-2"),
        at("22.10 09:31", kyiv),
        "Квітка: замовлення UA-77 чекає: відділення Нова пошта 12, вул. Кленова, 5. До сплати: 1250 грн. Отримати до 29.10.",
    )
    done = sms(
        OLENA,
        "UA-77",
        Slot(key, "delivered", f"{number}-3"),
        at("23.10 12:01", kyiv),
        "Квітка: замовлення UA-77 вручено 23.10 о 12:00.",
    )
    return [
        order(KVITKA, "UA-77", at("19.10 10:00", kyiv), [OLENA], [("nova_poshta", number, "delivered")], shipping="delivered"),
        *parcel("nova_poshta", number, "kvitka/UA-77", [
            ("20.10 17:10", "accepted", "4", "Відправлення у місті відправника"),
            ("21.10 22:00", "in_transit", "5", "Прямує до міста одержувача"),
            ("22.10 08:30", "ready_for_pickup", "7", "Прибуло у відділення"),
            ("23.10 11:00", "delivered", "9", "Відправлення отримано"),
        ], {}),
        received, outcome(received, "sent"), decided(received),
        shipped, outcome(shipped, "sent"), decided(shipped),
        ready, outcome(ready, "sent"), decided(ready),
        done, outcome(done, "unknown", reason="read_timeout"), decided(done),
        decision(OLENA, "UA-77", Slot("order/UA-77", "feedback", "f1"), at("24.10 00:00", kyiv), {"email": "held"}, held_until=at("25.10 10:00", kyiv)),
    ]  # fmt: skip


def petro_story() -> list[Record]:
    """Order 10501: a bad phone, a STOP and a number nobody asked about; what reached no one."""
    number = "620000000000000000010501"
    key = f"inpost/{number}"
    scan = ScanRecord(
        "inpost",
        "629999",
        "orphan-1",
        at("22.10 06:00"),
        at("22.10 06:01"),
        "in_transit",
        "",
        "",
        "sent_from_source_branch",
        "W drodze",
        "inpost",
        "push",
        "carrier",
        ("orphan",),
    )
    return [
        order(SOWA, "10501", at("21.10 09:00"), [PETRO], [("inpost", number, "accepted")], shipping="shipped"),
        *parcel("inpost", number, "sowa/10501", [("22.10 18:30", "accepted", "collected_from_sender", "Odebrana od nadawcy")], {}),
        decision(PETRO, "10501", Slot("order/10501", "order_received", "e9"), at("21.10 09:02"), {"email": "bad_address"}),
        decision(PETRO, "10501", Slot(key, "shipped", f"{number}-0"), at("22.10 18:31"), {"sms": "opted_out", "email": "no_consent"}),
        scan,
        DeadLetter("normalize", "not a JSON object: send one CloudEvent as JSON", "events.jsonl:17", b"{broken jan@example.com +48 500 000 001", at("20.10 08:00")),
        DeadLetter("normalize", "not a time: send ISO 8601", "tracking_details[2].datetime", b"\xff\xfe", at("20.10 08:00"), "/couriers/inpost", "9f"),
    ]  # fmt: skip


@pytest.fixture
def records() -> list[Record]:
    """A whole run: every sort of record, most of the ends that a message can come to."""
    return [*locker_story(), *english_story(), *ukrainian_story(), *petro_story()]


@pytest.fixture
def run_folder(tmp_path: Path, records: list[Record]) -> Path:
    """The folder that such a run leaves."""
    write_outputs(tmp_path, records)
    return tmp_path


@pytest.fixture
def make() -> dict[str, Callable[..., Any]]:
    """What makes single records."""
    return {"sms": sms, "mail": mail, "outcome": outcome, "decision": decision, "decided": decided, "at": at}
