"""The live views, on every kind of store."""

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy import select

from connectors.store.opening import Store
from connectors.store.records import Records, records
from schemas.messages import DeadLetter, Decision, Message, Outcome
from schemas.orders import OrderRecord, OrderView, ParcelView
from schemas.parcels import ParcelRecord, ScanRecord

Say = Callable[..., Message]

PARCEL = ParcelRecord("inpost", "1", 1_000, 0, "in_transit", "", 900, ())
SCAN = ScanRecord("inpost", "1", "e1", 900, 1_000, "in_transit", "", "", "code", "text", "inpost", "push", "carrier")
ORDER = OrderRecord("sowa", 1_000, 0, OrderView("o1", "1", 1, 500))
DECISION = Decision("sowa", "c1", "o1", "inpost/1", "shipped", "e1", "1", 1_000, (("sms", "handed_over"),))
OUTCOME = Outcome("sowa", "c1", "o1", "shipped", "sms", (), 0, "sent", 1_000)
LETTER = DeadLetter("Normalize", "not JSON", "", b"{", 1_000)


def test_the_newest_version_stays_in_whatever_order_they_come(store: Store) -> None:
    views = Records(store)
    newer = replace(PARCEL, at=2_000, status="delivered")
    newest = replace(PARCEL, at=2_000, sequence=1, status="returning")
    views.write([newest, PARCEL])
    views.write([newer])
    assert views.parcel("inpost", "1") == newest
    assert views.parcel("inpost", "2") is None


def test_what_belongs_together_is_found_together(store: Store) -> None:
    views = Records(store)
    views.write([PARCEL, SCAN, ORDER, DECISION, OUTCOME, LETTER])
    assert views.of_parcel("inpost", "1") == [PARCEL, SCAN]
    assert views.of_order("sowa", "o1") == [DECISION, ORDER, OUTCOME]
    assert views.of_recipient("sowa", "c1") == [DECISION, OUTCOME]
    assert views.order("sowa", "o1") == ORDER
    assert len(views.all()) == 6
    assert views.all(since=1_001) == []


def test_the_same_again_changes_nothing(store: Store) -> None:
    views = Records(store)
    views.write([DECISION, LETTER])
    views.write([DECISION, LETTER])
    assert len(views.all()) == 2


def test_no_address_and_no_words_of_a_message_are_kept(store: Store, say: Say) -> None:
    views = Records(store)
    message = say(otherwise=say(channel="email"))
    views.write([message])
    kept = views.of_order("sowa", "o1")
    assert kept == [replace(message, to="", text="", subject="", html="", unsubscribe="", otherwise=None)]
    with store.reading() as connection:
        body = b"".join(connection.scalars(select(records.c.body)))
    assert message.to.encode() not in body
    assert message.text.encode() not in body


def test_a_name_finds_its_order_with_the_parcels_and_decisions(store: Store) -> None:
    views = Records(store)
    order = replace(ORDER, view=replace(ORDER.view, number="S-77", parcels=(ParcelView("inpost", "1", "in_transit"),)))
    parcel = replace(PARCEL, subscribers=("sowa/o1",))
    other = replace(ORDER, view=OrderView("o2", "2", 1, 500))
    views.write([parcel, SCAN, order, other, DECISION, OUTCOME, LETTER])
    for name in ("o1", "sowa/o1", "S-77", "1", "inpost/1", "c1"):
        found = views.named(name)
        assert {type(record) for record in found} == {OrderRecord, ParcelRecord, ScanRecord, Decision, Outcome}, name
        assert other not in found
    assert views.named("nobody") == []
