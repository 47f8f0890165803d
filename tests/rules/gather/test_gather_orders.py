"""What Gather tells of the order itself."""

from decimal import Decimal
from typing import Any

from schemas.orders import Happening
from schemas.parcels import Cod, Facts, Money
from schemas.times import DAY, HOUR, MINUTE


def test_a_placed_order_is_told_to_its_recipient_and_recorded(play: Any, monday: int) -> None:
    play.order("placed", monday, event="e1", segment="wholesale", total=Money(Decimal("129.00"), "PLN"))
    (news,) = play.news()
    assert (news.shop, news.recipient, news.role, news.locale, news.at) == ("sowa", "c-1", "buyer", "pl", monday)
    assert news.happenings == (Happening("placed", "", "e1", monday, monday),)
    assert (news.order.order, news.order.number, news.order.version) == ("o1", "10482", 1)
    assert (news.order.placed_at, news.order.lifecycle, news.order.payment) == (monday, "placed", "pending")
    assert (news.order.shipping, news.order.country, news.order.segment) == ("not_shipped", "PL", "wholesale")
    assert play.records[-1].view == news.order
    assert [role.recipient for role in play.records[-1].recipients] == ["c-1"]


def test_an_order_without_a_number_is_called_by_its_id(play: Any, monday: int) -> None:
    play.order("placed", monday, number="")
    assert play.view.number == "o1"


def test_each_word_of_the_shop_is_told_by_its_event(play: Any, monday: int) -> None:
    play.order("placed", monday)
    for n, word in enumerate(("confirmed", "paid", "packed"), start=1):
        play.order(word, monday + n * HOUR, monday + n * HOUR + MINUTE, event=f"e-{word}")
    told = [(h.trigger, h.occurrence, h.occurred_at, h.recorded_at) for h in play.happened()][1:]
    assert told == [
        (word, f"e-{word}", monday + n * HOUR, monday + n * HOUR + MINUTE)
        for n, word in enumerate(("confirmed", "paid", "packed"), start=1)
    ]
    assert (play.view.lifecycle, play.view.payment) == ("packed", "paid")


def test_a_refund_in_part_says_so(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.order("refunded", monday + HOUR, in_part=True, refunded=Money(Decimal("20.00"), "PLN"))
    assert play.happened()[-1].reason == "in_part"
    assert (play.view.payment, play.view.refunded) == ("refunded_in_part", Money(Decimal("20.00"), "PLN"))


def test_a_changed_order_is_news_without_a_happening(play: Any, monday: int) -> None:
    play.order("placed", monday)
    (news, record) = play.order("changed", monday + HOUR, country="UA")
    assert (news.happenings, news.order.country, news.order.version) == ((), "UA", 2)
    assert record.sequence == 2


def test_a_change_that_changes_nothing_is_no_news(play: Any, monday: int) -> None:
    play.order("placed", monday)
    assert play.order("changed", monday + HOUR, country="PL") == []


def test_an_event_told_twice_changes_nothing(play: Any, monday: int) -> None:
    play.order("placed", monday, event="e1")
    before = play.data
    assert play.order("placed", monday, monday + HOUR, event="e1", country="UA") == []
    assert play.data == before


def test_a_late_fact_is_recorded_and_not_told(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.order("packed", monday + 2 * HOUR)
    play.order("confirmed", monday + HOUR, monday + 3 * HOUR)
    assert play.happened()[-1].trigger == "confirmed"
    assert play.happened()[-1].late
    assert play.view.lifecycle == "packed"


def test_facts_before_the_order_is_placed_wait_and_are_told_with_it(play: Any, monday: int) -> None:
    assert play.order("confirmed", monday + MINUTE, event="e2") == []
    assert play.order("paid", monday + 2 * MINUTE, event="e3") == []
    play.order("placed", monday, monday + HOUR, event="e1")
    assert [(h.trigger, h.late) for h in play.happened()] == [("placed", False), ("confirmed", False), ("paid", False)]
    assert (play.view.lifecycle, play.view.payment, play.view.version) == ("confirmed", "paid", 1)


def test_what_waits_for_its_order_is_forgotten_after_thirty_days(play: Any, monday: int) -> None:
    play.order("confirmed", monday)
    assert play.wake_at == monday + 30 * DAY
    assert play.until(monday + 30 * DAY) == []
    assert (play.data, play.wake_at) == (None, None)


def test_a_cancelling_that_comes_late_undoes_a_later_confirmation_and_is_told(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.order("confirmed", monday + 2 * HOUR)
    play.order("cancelled", monday + HOUR, monday + 3 * HOUR)
    assert play.triggers() == ["placed", "confirmed", "cancelled"]
    assert play.view.lifecycle == "cancelled"


def test_a_new_payment_revives_a_cancelled_order(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.order("cancelled", monday + HOUR)
    play.order("confirmed", monday + 2 * HOUR)
    play.order("confirmed", monday + 3 * HOUR, payment_id="p9")
    assert [(h.trigger, h.late) for h in play.happened()][1:] == [
        ("cancelled", False),
        ("confirmed", True),
        ("confirmed", False),
    ]
    assert play.view.lifecycle == "confirmed"


def test_to_cancel_an_order_whose_parcels_all_left_is_told_as_a_return(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.scan("600", "accepted", monday + 2 * HOUR)
    play.order("cancelled", monday + 3 * HOUR)
    assert play.triggers() == ["placed", "accepted", "return_requested"]
    assert play.view.lifecycle == "return_requested"


def test_an_order_of_which_one_parcel_has_not_left_can_be_cancelled(play: Any, monday: int) -> None:
    play.order("placed", monday, parcels_expected=2)
    play.ship("600", monday + HOUR)
    play.scan("600", "accepted", monday + 2 * HOUR)
    play.order("cancelled", monday + 3 * HOUR)
    assert play.view.lifecycle == "cancelled"


def test_a_scan_that_comes_late_can_turn_a_cancelling_into_a_return(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.order("cancelled", monday + 3 * HOUR)
    assert play.view.lifecycle == "cancelled"
    play.scan("600", "accepted", monday + 2 * HOUR, recorded=monday + 4 * HOUR)
    assert play.view.lifecycle == "return_requested"


def test_a_test_order_flows_on_as_one(play: Any, monday: int) -> None:
    play.order("placed", monday, test=True)
    assert play.news()[-1].order.test
    assert play.triggers() == ["placed"]


def test_an_order_is_forgotten_thirty_days_after_all_has_ended(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.scan("600", "delivered", monday + DAY)
    assert play.wake_at == monday + 31 * DAY
    play.until(monday + 31 * DAY)
    assert play.data is None


def test_an_order_with_a_parcel_still_to_come_is_not_over(play: Any, monday: int) -> None:
    play.order("placed", monday, parcels_expected=2)
    play.ship("600", monday + HOUR)
    play.scan("600", "delivered", monday + DAY)
    assert play.wake_at == monday + 121 * DAY


def test_a_cancelled_order_is_forgotten_after_thirty_days_and_a_silent_one_after_hundred_twenty(
    played: Any, monday: int
) -> None:
    cancelled, silent = played(), played()
    cancelled.order("placed", monday)
    cancelled.order("cancelled", monday + HOUR)
    silent.order("placed", monday)
    assert cancelled.wake_at == monday + HOUR + 30 * DAY
    assert silent.wake_at == monday + 120 * DAY


def test_what_arrives_when_the_order_should_be_forgotten_begins_anew(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.take(play.fact("confirmed", monday + 120 * DAY), monday + 120 * DAY)
    assert play.wake_at == monday + 150 * DAY


def test_cash_on_delivery_is_collected_when_the_courier_says_so(play: Any, monday: int) -> None:
    play.order("placed", monday, payment="cod", cod=Cod("PLN", Decimal(129)))
    play.ship("600", monday + HOUR)
    play.scan("600", "out_for_delivery", monday + DAY)
    assert play.view.payment == "cod_due"
    play.scan("600", "delivered", monday + DAY + HOUR, reason="cod_collected")
    assert play.view.payment == "cod_collected"


def test_cash_on_delivery_of_two_parcels_is_collected_when_both_are_paid(play: Any, monday: int) -> None:
    play.order("placed", monday, payment="cod")
    for number in ("600", "601"):
        play.ship(number, monday + HOUR, cod=Cod("PLN", Decimal(50)))
    play.scan("600", "delivered", monday + DAY, reason="cod_collected")
    assert play.view.payment == "cod_due"
    play.scan("601", "delivered", monday + 2 * DAY, facts=Facts(cod=Cod("PLN", state="transferred")))
    assert play.view.payment == "cod_collected"


def test_an_order_that_will_have_more_parcels_than_left_was_cancelled_after_all(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.scan("600", "accepted", monday + 2 * HOUR)
    play.order("cancelled", monday + 3 * HOUR)
    play.order("changed", monday + HOUR, monday + 4 * HOUR, parcels_expected=2)
    assert play.view.lifecycle == "cancelled"
