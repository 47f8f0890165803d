"""Subscriptions: windows, orphans, late comers, several shops, clocks that run ahead, and forgetting."""

import pytest

from pipelines.rules.track import TRACK
from pipelines.rules.track_log import MOST, NEWEST, SLACK
from schemas.customers import Contact
from schemas.parcels import Scan
from schemas.times import DAY, HOUR, MINUTE


def test_a_scan_before_any_subscription_waits(unknown_parcel):
    unknown_parcel.scan(1, "accepted")
    assert unknown_parcel.updates == []
    assert unknown_parcel.kept.flags == ("orphan",)
    assert unknown_parcel.record.subscribers == ()


def test_a_subscription_that_comes_late_hears_of_the_present_only(unknown_parcel):
    unknown_parcel.scan(1, "accepted").scan(2, "in_transit").scan(9, "out_for_delivery").subscribe(at=10)
    assert unknown_parcel.opened == [("accepted", True), ("in_transit", True), ("out_for_delivery", False)]
    assert unknown_parcel.update.status == "out_for_delivery"
    assert unknown_parcel.record.subscribers == ("sowa/A-1",)


def test_orphans_are_forgotten_after_30_days(unknown_parcel):
    unknown_parcel.scan(1, "accepted", heard=2)
    assert unknown_parcel.wake_at == unknown_parcel.hour(2) + 30 * DAY
    unknown_parcel.wake()
    assert (unknown_parcel.state, unknown_parcel.said, unknown_parcel.wake_at) == (None, [], None)


def test_an_orphan_may_be_claimed_until_its_last_hour(unknown_parcel):
    unknown_parcel.scan(1, "accepted", heard=1).scan(25, "in_transit", heard=25)
    unknown_parcel.subscribe(at=24 * 30 + 1.5)
    assert unknown_parcel.opened == [("in_transit", False)]


def test_what_is_due_is_done_by_whatever_step_comes_first(unknown_parcel):
    unknown_parcel.scan(1, "accepted", heard=1).subscribe(at=24 * 31)
    assert unknown_parcel.update.opened == ()


def test_a_scan_outside_the_window_never_applies(parcel):
    parcel.scan(-49, "delivered", heard=1)
    assert parcel.updates == []
    assert parcel.kept.flags == ("outside_window",)
    assert (parcel.record.status, parcel.history[0].applied) == ("registered", False)


def test_two_shops_see_different_windows_of_a_recycled_number(parcel):
    parcel.scan(1, "accepted").scan(20, "delivered")
    parcel.subscribe("lis", "B-9", at=25 * 24, since=24 * 24, until=114 * 24)
    assert (parcel.update.shop, parcel.update.status, parcel.update.opened) == ("lis", "registered", ())
    parcel.scan(26 * 24, "accepted", raw_code="new")
    assert [(each.shop, each.status) for each in parcel.updates] == [("sowa", "delivered"), ("lis", "accepted")]
    assert parcel.record.status == "accepted"
    assert [line.flags for line in parcel.history] == [("outside_window",), ("outside_window",), ()]
    assert parcel.kept.flags == ()


def test_scans_of_the_next_parcel_do_not_reach_the_first_shop(unknown_parcel):
    unknown_parcel.subscribe(until=30 * 24).subscribe("lis", "B-9", at=1, since=58 * 24, until=150 * 24)
    unknown_parcel.scan(2, "delivered").scan(59 * 24, "accepted")
    assert [(update.shop, update.status) for update in unknown_parcel.updates] == [("lis", "accepted")]


def test_two_orders_of_one_parcel_each_get_their_update(parcel):
    parcel.subscribe(order="A-2").scan(1, "accepted")
    assert [(update.order, update.status) for update in parcel.updates] == [("A-1", "accepted"), ("A-2", "accepted")]
    assert parcel.record.subscribers == ("sowa/A-1", "sowa/A-2")


def test_the_same_wish_again_changes_nothing(parcel):
    parcel.scan(1, "accepted").subscribe(at=2)
    assert parcel.said == []


def test_a_wish_with_another_window_is_folded_anew(parcel):
    name = parcel.scan(1, "accepted").occurrence.name
    parcel.subscribe(at=3, since=2)
    assert (parcel.update.status, parcel.update.withdrawn) == ("registered", (name,))


def test_a_window_that_shrinks_leaves_old_scans_behind_at_once(parcel):
    parcel.scan(1, "accepted").scan(30 * 24, "in_transit", heard=30 * 24).subscribe(at=40 * 24, since=24)
    assert [kept.reading.status for kept in parcel.state.log.scans] == ["in_transit"]
    assert parcel.wake_at > parcel.now


def test_a_subscription_that_ends_is_told_so_and_hears_no_more(parcel):
    version = parcel.scan(1, "accepted").update.version
    parcel.subscribe(at=2, ended=True)
    assert (parcel.update.ended, parcel.update.status) == (True, "accepted")
    assert parcel.update.version > version
    assert parcel.record.subscribers == ()
    parcel.scan(3, "in_transit")
    assert parcel.updates == []


def test_the_end_of_a_wish_that_nobody_had_says_nothing(unknown_parcel):
    unknown_parcel.subscribe(ended=True)
    assert (unknown_parcel.said, unknown_parcel.state) == ([], None)


def test_versions_rise_through_an_end_and_a_new_wish(parcel):
    parcel.scan(1, "accepted").subscribe(at=2, ended=True)
    ended = parcel.update.version
    assert parcel.subscribe(at=3).update.version > ended
    assert parcel.opened == [("accepted", False)]


def test_a_time_in_the_future_is_taken_as_now_and_flagged(parcel):
    parcel.scan(10, "out_for_delivery", heard=1)
    assert (parcel.kept.occurred_at, parcel.kept.flags) == (parcel.hour(1), ("clamped",))
    assert parcel.update.known_at == parcel.update.since == parcel.hour(1)
    parcel.scan(10, "out_for_delivery", heard=3)
    assert parcel.said == []


def test_a_clock_may_run_ten_minutes_ahead(parcel):
    scan = Scan("inpost", "1", parcel.hour(1) + 10 * MINUTE, "accepted", "a", "inpost")
    parcel.step(parcel.hour(1), scan)
    assert parcel.kept.flags == ()
    assert parcel.update.since == parcel.hour(1) + 10 * MINUTE


def test_known_at_is_the_newest_scan_of_the_subscribers_window(parcel):
    parcel.scan(5, "in_transit").scan(3, "in_transit", heard=6, raw_code="older", reason="arrived_at_hub")
    assert parcel.record.since == parcel.hour(3)
    assert parcel.update.known_at == parcel.hour(5)


def test_a_parcel_is_forgotten_30_days_after_its_end(parcel):
    parcel.scan(1, "delivered", heard=2)
    assert parcel.wake_at == parcel.hour(2) + 30 * DAY
    parcel.wake(parcel.hour(2) + 30 * DAY - 1)
    assert parcel.state is not None
    parcel.wake()
    assert (parcel.state, parcel.said) == (None, [])


def test_a_parcel_that_never_ends_is_forgotten_120_days_after_its_last_event(parcel):
    parcel.scan(1, "in_transit", heard=2)
    assert parcel.wake_at == parcel.hour(2) + 120 * DAY
    parcel.scan(1, "in_transit", heard=300)
    assert parcel.wake_at == parcel.hour(2) + 120 * DAY


def test_an_end_that_one_of_two_shops_has_seen_is_not_forgotten_soon(parcel):
    parcel.subscribe("lis", "B-9", since=24 * 20, until=24 * 120).scan(1, "delivered", heard=2)
    assert parcel.wake_at == parcel.hour(2) + 120 * DAY


def test_of_a_number_that_is_used_again_and_again_the_last_windows_count(unknown_parcel):
    for place in range(40):
        unknown_parcel.subscribe(order=f"A-{place}", since=place, until=place + 24)
    assert unknown_parcel.record.subscribers == tuple(f"sowa/A-{place}" for place in range(24, 40))


def test_an_old_order_that_is_filled_in_later_is_followed_like_any(unknown_parcel):
    unknown_parcel.subscribe(at=300 * 24).scan(1, "accepted", heard=300 * 24 + 1)
    assert unknown_parcel.scan(9, "delivered", heard=300 * 24 + 2).opened == [("delivered", False)]


def test_a_thousand_scans_leave_a_bounded_state(parcel):
    parcel.scan(0.1, "accepted")
    with parcel.in_memory():
        for minute in range(1000):
            parcel.scan(1 + minute / 60, "in_transit", raw_code=f"hub{minute % 7}")
    parcel.scan(20, "in_transit", raw_code="hub0")
    assert parcel.state is not None
    assert len(parcel.state.log.scans) <= NEWEST + SLACK
    assert (parcel.update.withdrawn, parcel.update.opened, parcel.history[0].status) == ((), (), "accepted")
    assert parcel.record.illegal == 0


def test_five_hundred_occurrences_leave_a_bounded_state_too(parcel):
    with parcel.in_memory():
        for hour in range(500):
            parcel.scan(hour, ("out_for_delivery", "delivery_attempted")[hour % 2])
            assert parcel.update.withdrawn == ()
    assert parcel.state is not None
    assert len(parcel.state.log.scans) <= MOST + SLACK
    parcel.scan(1, "delivery_attempted", heard=501)
    assert parcel.said == []


def test_what_is_neither_scan_nor_subscription_is_refused(parcel):
    with pytest.raises(TypeError, match="not Contact"):
        parcel.step(parcel.hour(1), Contact("sowa", "r", "A-1", 0))


def test_the_actor_is_named(parcel):
    assert TRACK.name == "track"
    assert HOUR == 60 * MINUTE
