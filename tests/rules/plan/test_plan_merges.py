"""Several parcels, one message; a newer one in place of an older one."""

import pytest
from msgspec.structs import replace


def test_parcels_that_leave_together_are_one_message(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    two = [a_parcel("1", "accepted"), a_parcel("2", "label_created")]
    anna.parcels(at("2026-10-14 10:00"), *two)
    anna.parcels(at("2026-10-14 10:20"), two[0], a_parcel("2", "accepted")).until(at("2026-10-14 12:00"))
    assert anna.sent() == [("shipped", "email", "10-14 10:30")]
    assert anna.notices[0].parcels == ("dpd_pl/1", "dpd_pl/2")
    assert [d.verdicts for d in anna.decisions] == [(("email", "merged"),), (("email", "handed_over"),)]


def test_the_merge_window_is_fixed_from_its_first_parcel(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel("1", "accepted"), a_parcel("2", "label_created"))
    anna.parcels(at("2026-10-14 10:29"), a_parcel("1", "accepted"), a_parcel("2", "accepted"), expected=3)
    anna.parcels(
        at("2026-10-14 10:45"), a_parcel("1", "accepted"), a_parcel("2", "accepted"), a_parcel("3", "accepted")
    ).until(at("2026-10-14 12:00"))
    assert anna.sent() == [("shipped", "email", "10-14 10:30"), ("shipped", "email", "10-14 10:45")]


def test_a_lone_parcel_does_not_wait_for_others(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).parcels(at("2026-10-14 10:00"), a_parcel(status="accepted"))
    assert anna.sent() == [("shipped", "email", "10-14 10:00")]


def test_an_announced_second_parcel_opens_the_window(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="accepted"), expected=2).until(at("2026-10-14 12:00"))
    assert anna.sent() == [("shipped", "email", "10-14 10:30")]


def test_a_merged_message_goes_without_the_parcel_that_moved_on(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel("1", "accepted"), a_parcel("2", "accepted"), expected=3)
    anna.parcels(at("2026-10-14 10:10"), a_parcel("1", "delivered"), a_parcel("2", "accepted"), expected=3)
    anna.until(at("2026-10-14 10:35"))
    shipped = [n for n in anna.notices if n.kind == "shipped"]
    assert [n.parcels for n in shipped] == [("dpd_pl/2",)]


def test_a_handed_over_merged_message_is_withdrawn_whole_and_the_rest_said_again(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel("1", "accepted"), a_parcel("2", "accepted"), expected=3)
    anna.until(at("2026-10-14 11:00"))
    anna.parcels(at("2026-10-14 11:05"), a_parcel("1", "out_for_delivery"), a_parcel("2", "accepted"), expected=3)
    first, again = (n for n in anna.notices if n.kind == "shipped")
    assert (first.generation, len(first.slots)) == (0, 2)
    assert (again.generation, again.parcels, again.cause) == (1, ("dpd_pl/2",), "reissued")
    assert [(w.kind, len(w.slots), w.generation) for w in anna.withdrawals] == [("shipped", 2, 0)]


@pytest.mark.parametrize(("point", "messages"), [("WAW1", 2), ("WAW2", 4)])
def test_parcels_are_merged_only_at_one_point(life, at, a_parcel, facts, point, messages):
    from schemas.parcels import Point

    anna = life().contact(at("2026-10-14 09:00"))
    ready = [
        a_parcel(number, "ready_for_pickup", facts=facts(point=Point(place, place, "locker")))
        for number, place in (("1", "WAW1"), ("2", point))
    ]
    anna.parcels(at("2026-10-14 10:00"), *ready, expected=3).until(at("2026-10-14 12:00"))
    assert len(anna.sent()) == messages  # by SMS and by e-mail each


def test_a_second_attempt_is_a_message_of_its_own(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    anna.parcels(at("2026-10-14 18:00"), a_parcel(status="at_delivery_depot"))
    anna.parcels(at("2026-10-15 10:00"), a_parcel(status="delivery_attempted", number_of=2))
    assert anna.sent() == [
        ("delivery_attempted", "sms", "10-14 10:00"),
        ("delivery_attempted", "sms", "10-15 10:00"),
    ]
    assert [n.number for n in anna.notices] == [1, 2]


def test_a_retraction_takes_back_what_waits_and_what_was_handed_over(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivered"))
    anna.parcels(at("2026-10-14 10:30"), a_parcel(status="out_for_delivery"), tell=False, withdrawn=("delivered-1",))
    assert [(w.kind, w.reason) for w in anna.withdrawals] == [("delivered", "superseded")]


def test_a_parcel_that_its_courier_cancelled_does_not_cancel_the_order(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="label_created"))
    anna.parcels(at("2026-10-14 11:00"), a_parcel(status="cancelled"))
    assert anna.decisions == []


def test_what_is_held_for_a_parcel_follows_it_to_its_new_number(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 22:00"), a_parcel("1", "accepted"))
    anna.parcels(at("2026-10-14 23:00"), a_parcel("2", "accepted", formerly=("dpd_pl/1",)), tell=False)
    anna.until(at("2026-10-15 09:00"))
    assert anna.sent() == [("shipped", "email", "10-15 08:00")]


def test_two_orders_in_one_parcel_are_told_of_it_once(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).contact(at("2026-10-14 09:00"), order="10483")
    first, second = anna.view, replace(anna.view, order="10483", number="10483")
    for minute, status in (("10:00", "accepted"), ("22:00", "delivered")):
        for place, view in enumerate((first, second)):
            anna.view = replace(view, version=anna.view.version, parcels=())
            anna.parcels(at(f"2026-10-14 {minute}") + place, a_parcel("1", status))
    anna.until(at("2026-10-15 09:00"))
    assert anna.sent() == [("shipped", "email", "10-14 10:00"), ("delivered", "email", "10-15 08:00")]
    assert [(d.order, d.by) for d in anna.decisions if ("email", "duplicate") in d.verdicts] == [
        ("10483", "order/10482"),
        ("10483", "order/10482"),
    ]


def test_a_parcel_shared_with_another_order_is_not_said_again_with_a_second_one(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).contact(at("2026-10-14 09:00"), order="10483")
    own = anna.view
    anna.parcels(at("2026-10-14 22:00"), a_parcel("1", "delivered"))
    anna.view = replace(own, order="10483", number="10483", version=anna.view.version)
    anna.parcels(at("2026-10-14 22:01"), a_parcel("2", "delivered"), a_parcel("1", "delivered"))
    anna.until(at("2026-10-15 09:00"))
    assert [n.parcels for n in anna.notices if n.kind == "delivered"] == [("dpd_pl/1",), ("dpd_pl/2",)]
