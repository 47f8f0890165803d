"""From lines of the log to what the actors take."""

import json
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that
from msgspec.structs import replace

from pipelines.rules.book import Book, Home
from pipelines.rules.context import Configured, Heard
from pipelines.rules.normalize import READERS, Door, Keyed, normalize
from pipelines.transforms.given import Given
from pipelines.transforms.normalize import Normalize
from schemas.customers import Contact, CustomerFact, Receipt
from schemas.envelope import read_structured
from schemas.errors import BadPayload
from schemas.events import TYPES
from schemas.messages import DeadLetter
from schemas.orders import OrderFact, ShipmentFact
from schemas.parcels import Malformed, Report, Scan, Subscription
from schemas.times import DAY, MINUTE
from schemas.webhooks import Unread
from schemas.wire import Arrival, Stream, unpack, unpack_record

BOOK = Book(b"key", {"sowa": Home("PL", "Europe/Warsaw", frozenset({"1", "2"}))})
NOON = 1_760_000_400_000  # 2025-10-09T09:00:00Z


def _read(courier: str, body: bytes, *, via: str) -> Iterator[Scan | Malformed]:
    """A tiny courier: a list of codes; null is malformed."""
    if courier != "tiny":
        raise BadPayload("courier is not known", "courier")
    for index, code in enumerate(json.loads(body)):
        if code is None:
            yield Malformed("tiny", "a code was expected", f"[{index}]", b"null")
        else:
            yield Scan("tiny", "N1", NOON, "in_transit", code, "tiny", via=via)


DOOR = Door(BOOK, _read)


def line(thing: str, data: Any, **envelope: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/shops/sowa",
        "type": f"awizo.{thing}.v1",
        "time": "2025-10-09T09:00:00Z",
        "recordedtime": "2025-10-09T09:00:05Z",
        "data": data,
    }
    return json.dumps(event | envelope).encode()


def arrivals(text: bytes) -> list[tuple[str, str, Arrival]]:
    items = normalize(text, DOOR, "f.jsonl:1").items
    assert all(isinstance(item, Keyed) for item in items), items
    return [(item.to, item.key, unpack(item.arrival)) for item in items if isinstance(item, Keyed)]


def letter(text: bytes) -> DeadLetter:
    (item,) = normalize(text, DOOR, "f.jsonl:1").items
    assert isinstance(item, DeadLetter)
    return item


ORDER = {"shop": "sowa", "order": "7"}
SHIPMENT = ORDER | {"courier": "inpost", "number": "N100"}
ANNA = {"customer": "anna", "phone": "500 000 123", "email": "anna@example.com"}
WHO = {"shop": "sowa", "who": {"customer": "anna"}}
PLACED = ORDER | {"locale": "pl-PL", "recipients": [ANNA], "country": "PL"}


def test_every_type_of_event_has_a_reader() -> None:
    assert set(READERS) == set(TYPES.values())


def test_an_order_goes_to_gather_without_addresses_and_its_contacts_to_plan() -> None:
    (to, key, order), (to2, key2, contact) = arrivals(line("order.placed", PLACED))
    assert (to, key, to2, key2) == ("gather", "sowa/7", "plan", "sowa/anna")
    assert isinstance(order.body, OrderFact)
    assert "500000123" not in repr(order)
    assert "example.com" not in repr(order)
    assert isinstance(contact.body, Contact)
    assert (contact.body.phone, contact.body.email, contact.body.country) == ("+48500000123", "anna@example.com", "PL")
    assert (order.source, order.id, order.stream) == (contact.source, contact.id, Stream.ORDERS)


def test_an_orders_facts_are_read_whole() -> None:
    data = PLACED | {
        "number": "A-7",
        "segment": "wholesale",
        "gift": True,
        "total": {"amount": "129.00", "currency": "PLN"},
        "cod": {"currency": "PLN", "total": "129.00", "methods": ["card"]},
        "payment": "cod",
        "dispatch_by": "2025-10-10T12:00:00+02:00",
        "promised": "2025-10-12",
        "parcels": 2,
    }
    fact = arrivals(line("order.placed", data))[0][2].body
    assert isinstance(fact, OrderFact)
    assert (fact.happened, fact.number, fact.locale, fact.segment) == ("placed", "A-7", "pl", "wholesale")
    assert (fact.gift, fact.test, fact.payment, fact.parcels_expected) == (True, False, "cod", 2)
    assert fact.total is not None
    assert (str(fact.total.amount), fact.total.currency) == ("129.00", "PLN")
    assert fact.cod is not None
    assert (str(fact.cod.total), fact.cod.methods) == ("129.00", ("card",))
    assert fact.dispatch_by == NOON + DAY + 60 * MINUTE
    assert fact.promised is not None
    assert (fact.promised.at, fact.promised.day_only) == (1_760_220_000_000, True)  # midnight in Warsaw


def test_recipients_keep_their_order_and_one_person_stands_there_once() -> None:
    guests = [
        ANNA,
        {"phone": "500 000 999", "role": "consignee", "locale": "uk"},
        {"customer": "anna", "role": "other"},
    ]
    (_, _, order), *contacts = arrivals(line("order.placed", PLACED | {"recipients": guests}))
    assert isinstance(order.body, OrderFact)
    assert order.body.recipients is not None
    assert [(role.role, role.locale) for role in order.body.recipients] == [("buyer", "pl"), ("consignee", "uk")]
    assert [contact.body.recipient for _, _, contact in contacts] == [r.recipient for r in order.body.recipients]  # type: ignore[union-attr]


def test_a_bad_phone_is_flagged_and_the_order_goes_on() -> None:
    guest = {"customer": "anna", "phone": "12", "email": "anna@"}
    contact = arrivals(line("order.placed", PLACED | {"recipients": [guest]}))[1][2].body
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.bad_phone, contact.email, contact.bad_email) == ("", True, "", True)


def test_a_change_of_an_order_says_only_what_changed() -> None:
    ((to, _, changed),) = arrivals(line("order.changed", ORDER | {"segment": "loyal"}))
    assert to == "gather"
    assert isinstance(changed.body, OrderFact)
    assert (changed.body.segment, changed.body.recipients, changed.body.gift) == ("loyal", None, None)


def test_a_refund_and_a_payment_carry_their_own_facts() -> None:
    refund = arrivals(
        line("order.refunded", ORDER | {"refunded": {"amount": "5", "currency": "PLN"}, "in_part": True})
    )[0][2].body
    paid = arrivals(line("order.paid", ORDER | {"payment_id": "p1"}))[0][2].body
    assert isinstance(refund, OrderFact)
    assert isinstance(paid, OrderFact)
    assert (refund.in_part, paid.payment_id, paid.happened) == (True, "p1", "paid")


def test_a_shipment_goes_to_gather_and_its_number_to_track_with_a_window() -> None:
    (to, key, fact), (to2, key2, wish) = arrivals(line("shipment.created", SHIPMENT))
    assert (to, key, to2, key2) == ("gather", "sowa/7", "track", "inpost/N100")
    assert isinstance(fact.body, ShipmentFact)
    assert wish.body == Subscription("inpost", "N100", "sowa", "7", NOON - 2 * DAY, NOON + 90 * DAY)


def test_a_cancelled_shipment_ends_its_subscription() -> None:
    wish = arrivals(line("shipment.cancelled", SHIPMENT))[1][2].body
    assert isinstance(wish, Subscription)
    assert wish.ended


def test_a_changed_number_ends_one_subscription_and_begins_another() -> None:
    changed = SHIPMENT | {"number": "N200", "replaces": {"courier": "inpost", "number": "N100"}}
    (_, _, fact), *wishes = arrivals(line("shipment.changed", changed))
    assert [(key, wish.body.ended) for _, key, wish in wishes] == [("inpost/N100", True), ("inpost/N200", False)]  # type: ignore[union-attr]
    assert isinstance(fact.body, ShipmentFact)
    assert fact.body.replaces == "inpost/N100"


def test_a_change_of_details_leaves_the_window_as_it_was() -> None:
    assert [to for to, _, _ in arrivals(line("shipment.changed", SHIPMENT | {"service": "locker"}))] == ["gather"]


def test_a_linked_number_is_followed_beside_the_old_one() -> None:
    linked = SHIPMENT | {"number": "N200", "replaces": {"courier": "dhl", "number": "N100"}, "link": "partner"}
    (_, _, fact), (_, key, wish) = arrivals(line("shipment.linked", linked))
    assert isinstance(fact.body, ShipmentFact)
    assert isinstance(wish.body, Subscription)
    assert (fact.body.replaces, fact.body.link, key, wish.body.ended) == ("dhl/N100", "partner", "inpost/N200", False)


def test_what_a_payload_says_of_a_parcel_is_one_report_named_by_its_content() -> None:
    text = line("courier.reported", ["a", "b"], subject="tiny", source="/x", id="1", via="push")
    again = line("courier.reported", ["a", "b"], subject="tiny", source="/y", id="2", via="push")
    ((_, key, report),) = arrivals(text)
    assert key == "tiny/N1"
    assert isinstance(report.body, Report)
    assert [(scan.raw_code, scan.via) for scan in report.body.scans] == [("a", "push"), ("b", "push")]
    assert arrivals(again) == arrivals(text)


def test_an_item_that_cannot_be_read_is_buried_and_its_siblings_go_on() -> None:
    buried, report = normalize(line("courier.reported", ["a", None, "b"], subject="tiny"), DOOR, "f.jsonl:9").items
    assert isinstance(report, Keyed)
    assert isinstance(buried, DeadLetter)
    assert [scan.raw_code for scan in unpack(report.arrival).body.scans] == ["a", "b"]  # type: ignore[union-attr]
    assert (buried.place, buried.original, buried.line) == ("[1]", b"null", "f.jsonl:9")


def test_an_unknown_courier_buries_the_whole_payload() -> None:
    text = line("courier.reported", ["a"], subject="other")
    assert (letter(text).place, letter(text).original) == ("courier", text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"{", ""),
        (b"[]", ""),
        (line("order.placed", PLACED, specversion="0.3"), "specversion"),
        (line("order.placed", PLACED, time="2025-10-09T09:00:00"), "time"),
        (line("order.planted", PLACED), "type"),
        (line("order.placed", ORDER), "data.locale"),
        (line("order.placed", PLACED, source="/shops/lela"), "data.shop"),
        (line("order.paid", {"shop": "lela", "order": "7"}, source="/x"), "data.shop"),
        (line("shop.configured", {"shop": "sowa", "version": "3"}), "data.version"),
        (b"{}", "specversion"),
        (line("order.paid", ORDER, time="0001-01-01T00:00:00Z"), "time"),
        (line("order.paid", ORDER, recordedtime="9999-12-31T23:59:59Z"), "recordedtime"),
        (line("order.placed", PLACED | {"dispatch_by": "0001-01-01T00:00:00Z"}), "data.dispatch_by"),
        (line("order.placed", PLACED | {"promised": "9999-12-31"}), "data.promised"),
        (line("customer.changed", WHO | {"window": {"opens": "22:00", "closes": "06:00"}}), "data.window"),
        (line("customer.changed", WHO | {"window": {"opens": "08:00+02:00", "closes": "20:00"}}), "data.window"),
    ],
)
def test_what_cannot_be_used_is_buried_whole_with_the_path_of_the_field(text: bytes, place: str) -> None:
    dead = letter(text)
    assert (dead.stage, dead.place, dead.original, dead.line) == ("Normalize", place, text, "f.jsonl:1")
    assert dead.reason


def test_a_customers_wishes_go_to_plan() -> None:
    data = {
        "shop": "sowa",
        "who": {"customer": "anna"},
        "phone": "",
        "email": "new@example.com",
        "window": {"opens": "09:30", "closes": "20:00"},
        "kinds": {"shipped": ["sms"], "feedback": []},
        "prefers": ["sms"],
        "consents": [{"class": "feedback", "given": False}],
    }
    ((to, key, changed),) = arrivals(line("customer.changed", data))
    fact = changed.body
    assert (to, key, changed.stream) == ("plan", "sowa/anna", Stream.CUSTOMERS)
    assert isinstance(fact, CustomerFact)
    assert (fact.phone, fact.email, fact.window, fact.prefers) == ("", "new@example.com", (570, 1200), ("sms",))
    assert fact.kinds == (("feedback", ()), ("shipped", ("sms",)))
    assert (fact.consents[0].cls, fact.consents[0].given, fact.consents[0].given_at) == ("feedback", False, NOON)


def test_what_a_customer_does_not_say_changes_nothing() -> None:
    fact = arrivals(line("customer.changed", WHO))[0][2].body
    assert fact == CustomerFact("sowa", "anna", "changed", NOON)


def test_a_stop_an_erasure_and_a_mark_go_to_plan() -> None:
    who = {"shop": "sowa", "who": {"phone": "500 000 123"}}
    stop = arrivals(line("customer.opted_out", who | {"channel": "sms", "class": "service"}))[0][2].body
    erased = arrivals(line("customer.erased", who))[0][2].body
    mark = arrivals(line("feedback.given", who | {"order": "7", "mark": 2}))[0][2].body
    assert isinstance(stop, CustomerFact)
    assert isinstance(erased, CustomerFact)
    assert isinstance(mark, CustomerFact)
    assert (stop.happened, stop.channel, stop.cls) == ("opted_out", "sms", "service")
    assert (erased.happened, erased.recipient) == ("erased", stop.recipient)
    assert (mark.happened, mark.mark, mark.order) == ("feedback", 2, "7")


def test_a_receipt_goes_to_plan_after_all_else_of_its_moment() -> None:
    data = ORDER | {"recipient": "anna", "kind": "shipped", "channel": "sms", "said": "failed", "code": "30003"}
    (_, key, said), (_, shop, copy) = arrivals(line("receipt.received", data, source="/receipts"))
    assert isinstance(said.body, Receipt)
    assert (key, said.stream, said.body.said, said.body.final) == ("sowa/anna", Stream.RECEIPTS, "failed", True)
    assert (shop, copy.body) == ("sowa/@shop", replace(said.body, recipient="@shop"))


def test_what_was_delivered_or_may_still_be_is_no_news_for_the_shop() -> None:
    data = ORDER | {"recipient": "anna", "kind": "shipped", "channel": "sms"}
    for said in ({"said": "delivered"}, {"said": "undelivered", "final": False}):
        assert len(arrivals(line("receipt.received", data | said, source="/receipts"))) == 1


def test_a_receipt_for_what_cannot_be_a_recipient_is_buried() -> None:
    data = ORDER | {"recipient": "a/b", "kind": "shipped", "channel": "sms", "said": "failed"}
    assert letter(line("receipt.received", data, source="/receipts")).place == "data.recipient"


def test_heartbeats_and_configurations_go_to_the_context() -> None:
    (heard,) = normalize(line("courier.heartbeat", {"courier": "inpost", "shop": "sowa"}), DOOR).items
    (configured,) = normalize(line("shop.configured", {"shop": "sowa", "version": "2"}), DOOR).items
    assert heard == Heard(NOON + 5000, NOON, "inpost", "sowa")
    assert configured == Configured(NOON + 5000, NOON + 5000, "/shops/sowa", "e1", "sowa", "2")


def test_a_time_in_the_future_is_when_the_log_had_it() -> None:
    ahead = arrivals(line("order.paid", ORDER, time="2025-10-09T12:00:00Z"))[0][2].body
    near = arrivals(line("order.paid", ORDER, time="2025-10-09T09:05:00Z"))[0][2].body
    assert isinstance(ahead, OrderFact)
    assert isinstance(near, OrderFact)
    assert (ahead.occurred_at, near.occurred_at) == (NOON + 5000, NOON + 5 * MINUTE)


def test_what_was_recorded_after_the_end_is_left_out() -> None:
    door = Door(BOOK, _read, until=NOON)
    assert normalize(line("order.paid", ORDER), door).items == []
    assert normalize(line("order.paid", ORDER, recordedtime="2025-10-09T09:00:00Z"), door).items


def _told(shop: str, platform: str, topic: str, body: bytes, received_at: int) -> Iterator[bytes | Unread]:
    """A tiny platform: a list of events' data; null cannot be read."""
    assert (shop, platform, topic) == ("sowa", "tiny", "orders/create")
    for index, data in enumerate(json.loads(body)):
        if data is None:
            yield Unread("an order was expected", f"[{index}]", b"null")
        else:
            yield line("order.placed", data, id=str(index), time="2025-10-09T08:00:00Z")


def webhook(body: Any, **envelope: Any) -> bytes:
    about = {"source": "/shops/sowa/tiny", "subject": "tiny", "topic": "orders/create"}
    return line("shop.reported", body, **{**about, **envelope})


def test_a_shops_webhook_is_read_where_couriers_payloads_are_and_a_bad_part_is_buried_alone() -> None:
    door = Door(BOOK, _read, webhooks=_told)
    recorded, items = normalize(webhook([PLACED, None]), door, "log:7", NOON + MINUTE)
    assert recorded == NOON + MINUTE
    assert [item.to for item in items if isinstance(item, Keyed)] == ["gather", "plan"]
    order = unpack(items[0].arrival)  # type: ignore[union-attr]
    assert order.recorded == NOON + MINUTE
    assert isinstance(order.body, OrderFact)
    assert order.body.occurred_at == NOON - 60 * MINUTE
    (bad,) = (item for item in items if isinstance(item, DeadLetter))
    assert (bad.reason, bad.place, bad.line) == ("an order was expected", "data.[1]", "log:7")
    assert bad.original == webhook([PLACED, None])  # whole: it can be published again


def test_an_event_of_a_webhook_that_no_actor_can_take_fails_alone() -> None:
    door = Door(BOOK, _read, webhooks=_told)
    strange = PLACED | {"recipients": [{"recipient": "no id/at all"}]}
    _, items = normalize(webhook([strange, PLACED]), door)
    assert [type(item) for item in items] == [DeadLetter, Keyed, Keyed]


def test_a_webhook_that_no_reader_takes_is_buried_whole() -> None:
    (buried,) = normalize(webhook([PLACED]), DOOR, "f.jsonl:1").items
    assert isinstance(buried, DeadLetter)
    assert b"shop.reported" in buried.original


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"source": "/couriers/tiny"}, "source"),
        ({"source": "/shops/"}, "source"),
        ({"subject": ""}, "subject"),
        ({"source": "/shops/nobody/tiny"}, "data.shop"),
    ],
)
def test_a_webhook_says_whose_it_is_and_of_which_platform(changes: dict[str, str], place: str) -> None:
    door = Door(BOOK, _read, webhooks=_told)
    (buried,) = normalize(webhook([], **changes), door).items
    assert isinstance(buried, DeadLetter)
    assert buried.place == place


def test_a_webhook_is_named_by_its_topic_and_content() -> None:
    names = {read_structured(webhook([PLACED], id=name)).id for name in ("a", "b")}
    assert len(names) == 1
    assert read_structured(webhook([PLACED], topic="orders/paid")).id not in names


def test_a_shop_s_new_configuration_is_read_by_what_is_known_then_not_when_the_bundle_began() -> None:
    younger = Door(Book(b"key", {"sowa": Home("PL", "Europe/Warsaw", frozenset({"1", "2", "3"}))}), _read)
    switch = ("log:1", 0, line("shop.configured", {"shop": "sowa", "version": "3"}))

    def none(found: list[bytes]) -> None:
        assert found == []

    for anew, check in ((Given(younger), none), (None, one_letter)):
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            events = pipeline | beam.Create([switch]) | Normalize(Given(DOOR), anew)
            assert_that(events.failed, check)


def one_letter(found: list[bytes]) -> None:
    (packed,) = found
    letter = unpack_record(packed)
    assert isinstance(letter, DeadLetter)
    assert letter.place == "data.version"
