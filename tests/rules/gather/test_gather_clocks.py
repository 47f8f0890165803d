"""Late to leave and no movement: working days, and only while a feed is heard.

Poland works Monday 19 to Friday 23 October 2026; clocks go back in the night to Sunday 25.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.parcels import Facts
from schemas.times import DAY, HOUR, MINUTE, to_millis


def warsaw(text: str) -> int:
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Warsaw")))


def moving(play: Any, monday: int, status: str, at: int, **shipment: Any) -> None:
    """An order whose parcel reached a status."""
    facts = shipment.pop("facts", Facts())
    play.order("placed", monday)
    play.ship("600", monday + HOUR, **shipment)
    play.scan("600", status, at, facts=facts)


def stalled(play: Any) -> list[tuple[str, int, int]]:
    """Each no_movement: the last scan it speaks of, when the clock ran out, when that was told."""
    told = [h for h in play.happened() if h.trigger == "no_movement"]
    return [(h.occurrence, h.occurred_at, h.recorded_at) for h in told]


@pytest.mark.parametrize(
    ("status", "runs_out"),
    [
        ("in_transit", "2026-10-26T12:00"),
        ("in_customs", "2026-10-28T12:00"),
        ("at_delivery_depot", "2026-10-23T12:00"),
        ("out_for_delivery", "2026-10-22T12:00"),
    ],
)
def test_silence_is_news_after_the_working_days_of_its_status(
    play: Any, monday: int, status: str, runs_out: str
) -> None:
    at = monday + 2 * DAY
    play.alive("inpost", monday, monday + 20 * DAY)
    moving(play, monday, status, at)
    play.until(monday + 20 * DAY)
    ((occurrence, ran_out, told),) = stalled(play)
    assert (occurrence, ran_out) == (f"scan/{at}", warsaw(runs_out))
    assert told == ran_out
    (alert,) = [h for h in play.happened("@shop") if h.trigger == "no_movement"]
    assert (alert.subject, alert.reason) == ("inpost/600", status)


@pytest.mark.parametrize("status", ["label_created", "accepted", "held", "ready_for_pickup", "delivered", "lost"])
def test_other_statuses_may_wait_in_silence(play: Any, monday: int, status: str) -> None:
    play.alive("inpost", monday, monday + 30 * DAY)
    moving(play, monday, status, monday + DAY)
    play.until(monday + 30 * DAY)
    assert stalled(play) == []


def test_a_holiday_of_the_country_where_the_parcel_is_gives_a_day_more(played: Any) -> None:
    tuesday = warsaw("2026-11-10T12:00")
    ends = {}
    for country in ("PL", "UA"):
        play = played()
        play.alive("inpost", tuesday, tuesday + 10 * DAY)
        moving(play, tuesday, "out_for_delivery", tuesday + HOUR * 2, facts=Facts(country=country))
        play.until(tuesday + 10 * DAY)
        ends[country] = stalled(play)[0][1] - tuesday
    assert ends == {"PL": 2 * DAY + 2 * HOUR, "UA": DAY + 2 * HOUR}


def test_across_a_border_seven_working_days_pass(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 20 * DAY)
    moving(play, monday, "in_transit", monday + 2 * HOUR, country="UA", origin="PL")
    play.until(monday + 20 * DAY)
    ((_, ran_out, _),) = stalled(play)
    assert ran_out == to_millis(datetime(2026, 10, 28, 15, 0, tzinfo=ZoneInfo("Europe/Kyiv")))


def test_the_clock_stands_still_while_the_feed_is_silent(play: Any, monday: int) -> None:
    moving(play, monday, "out_for_delivery", monday + 2 * HOUR)
    play.alive("inpost", monday, monday + 6 * HOUR)
    play.feeds["inpost"].append(monday + 6 * DAY)
    play.until(monday + 6 * DAY - 1)
    assert stalled(play) == []
    play.until(monday + 7 * DAY)
    ((_, ran_out, told),) = stalled(play)
    assert ran_out == monday + DAY + 2 * HOUR
    assert monday + 6 * DAY <= told <= monday + 6 * DAY + HOUR


def test_a_feed_that_was_never_heard_tells_no_silence_and_is_asked_each_hour_for_sixty_days(
    play: Any, monday: int
) -> None:
    moving(play, monday, "out_for_delivery", monday + 2 * HOUR)
    ran_out = monday + DAY + 2 * HOUR
    play.until(ran_out)
    assert play.wake_at == ran_out + HOUR
    steps = play.steps
    play.until(monday + 100 * DAY)
    assert stalled(play) == []
    assert play.steps - steps == 60 * 24
    assert play.wake_at == monday + 2 * HOUR + 120 * DAY


def test_a_scan_starts_the_clock_anew_and_another_silence_is_another_news(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 20 * DAY)
    moving(play, monday, "out_for_delivery", monday + 2 * HOUR)
    play.until(monday + 3 * DAY)
    play.scan("600", "out_for_delivery", monday + 3 * DAY, number_of=2)
    play.until(monday + 20 * DAY)
    assert [occurrence for occurrence, _, _ in stalled(play)] == [
        f"scan/{monday + 2 * HOUR}",
        f"scan/{monday + 3 * DAY}",
    ]


def test_an_update_without_a_new_scan_does_not_tell_the_same_silence_again(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 20 * DAY)
    moving(play, monday, "out_for_delivery", monday + 2 * HOUR)
    play.until(monday + 3 * DAY)
    same = {"opened": (), "known_at": monday + 2 * HOUR, "since": monday + 2 * HOUR}
    play.scan("600", "out_for_delivery", monday + 3 * DAY, facts=Facts(place="Łódź"), **same)
    play.until(monday + 20 * DAY)
    assert len(stalled(play)) == 1


def test_a_customers_return_and_a_parcel_on_its_way_back_have_no_clock(played: Any, monday: int) -> None:
    for fields in ({"direction": "return"}, {"leg": "return"}):
        play = played()
        play.alive("inpost", monday, monday + 20 * DAY)
        play.order("placed", monday)
        play.ship("600", monday + HOUR, direction=fields.get("direction", "outbound"))
        play.scan("600", "in_transit", monday + 2 * HOUR, **fields)
        play.until(monday + 20 * DAY)
        assert stalled(play) == []


def test_a_number_that_another_took_over_has_no_clock(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 20 * DAY)
    moving(play, monday, "in_transit", monday + 2 * HOUR)
    play.ship("CP1", monday + 3 * HOUR, "linked", courier="poczta", replaces="inpost/600", link="partner")
    play.scan("CP1", "in_transit", monday + 4 * HOUR, courier="poczta")
    play.until(monday + 20 * DAY)
    assert stalled(play) == []


def late(play: Any) -> list[tuple[str, int, int]]:
    told = [h for h in play.happened() if h.trigger == "late_to_leave"]
    assert all(h.subject == "" for h in told)
    return [(h.occurrence, h.occurred_at, h.recorded_at) for h in told]


def test_an_order_without_a_shipment_is_late_two_working_days_after_the_promise(play: Any, monday: int) -> None:
    friday = monday + 4 * DAY
    play.order("placed", monday, dispatch_by=friday)
    play.until(monday + 20 * DAY)
    runs_out = warsaw("2026-10-27T12:00")
    assert late(play) == [(f"promise/{friday}", runs_out, runs_out)]
    assert [h.trigger for h in play.happened("@shop")] == ["late_to_leave"]


def test_an_order_that_left_in_time_is_not_late(play: Any, monday: int) -> None:
    play.order("placed", monday, dispatch_by=monday)
    play.ship("600", monday + HOUR)
    play.alive("inpost", monday, monday + 20 * DAY)
    play.scan("600", "accepted", monday + DAY)
    play.until(monday + 20 * DAY)
    assert late(play) == []


def test_an_order_with_a_shipment_is_late_only_once_its_feed_was_heard(play: Any, monday: int) -> None:
    play.order("placed", monday, dispatch_by=monday)
    play.ship("600", monday + HOUR)
    play.scan("600", "label_created", monday + 2 * HOUR)
    play.feeds["inpost"] = [monday + DAY, monday + 5 * DAY + MINUTE]
    play.until(monday + 20 * DAY)
    assert late(play) == [(f"promise/{monday}", monday + 2 * DAY, monday + 5 * DAY + HOUR)]


def test_a_clock_that_runs_out_while_the_feed_is_alive_is_believed_at_once(play: Any, monday: int) -> None:
    play.order("placed", monday, dispatch_by=monday)
    play.ship("600", monday + HOUR)
    play.feeds["inpost"] = [monday + 2 * DAY - 6 * HOUR]
    play.until(monday + 20 * DAY)
    assert late(play) == [(f"promise/{monday}", monday + 2 * DAY, monday + 2 * DAY)]


@pytest.mark.parametrize(("polled", "told"), [(True, 0), (False, 1)])
def test_a_feed_that_is_pushed_is_alive_for_a_day_and_one_that_is_polled_for_six_hours(
    played: Any, monday: int, polled: bool, told: int
) -> None:
    play = played(services=[{"courier": "inpost", "polled": polled}])
    play.feeds["inpost"] = [monday + 2 * DAY - 7 * HOUR]
    play.order("placed", monday, dispatch_by=monday)
    play.ship("600", monday + HOUR)
    play.until(monday + 20 * DAY)
    assert len(late(play)) == told


def test_of_two_couriers_both_must_have_been_heard(play: Any, monday: int) -> None:
    play.order("placed", monday, dispatch_by=monday)
    play.ship("600", monday + HOUR)
    play.ship("700", monday + HOUR, courier="dhl")
    play.alive("inpost", monday, monday + 20 * DAY)
    play.until(monday + 20 * DAY)
    assert late(play) == []


def test_an_order_of_which_one_parcel_left_is_not_late(play: Any, monday: int) -> None:
    play.order("placed", monday, dispatch_by=monday, parcels_expected=2)
    play.ship("600", monday + HOUR)
    play.scan("600", "accepted", monday + 2 * HOUR)
    play.until(monday + 20 * DAY)
    assert late(play) == []


@pytest.mark.parametrize("word", ["cancelled", "expired", "completed", "on_hold"])
def test_an_order_that_shall_not_leave_is_not_late(play: Any, monday: int, word: str) -> None:
    play.order("placed", monday, dispatch_by=monday)
    play.order(word, monday + HOUR)
    play.until(monday + 20 * DAY)
    assert late(play) == []


def test_a_new_promise_is_a_new_clock_and_the_same_one_is_told_once(play: Any, monday: int) -> None:
    play.order("placed", monday, dispatch_by=monday)
    play.until(monday + 3 * DAY)
    play.order("changed", monday + 3 * DAY, dispatch_by=monday)
    play.until(monday + 4 * DAY)
    play.order("changed", monday + 4 * DAY, dispatch_by=monday + 4 * DAY)
    play.until(monday + 20 * DAY)
    assert [occurrence for occurrence, _, _ in late(play)] == [f"promise/{monday}", f"promise/{monday + 4 * DAY}"]


def test_an_old_order_that_is_first_seen_now_is_late_an_hour_later_with_its_own_time(play: Any, monday: int) -> None:
    placed = monday - 28 * DAY
    play.order("placed", placed, monday, dispatch_by=placed)
    play.until(monday + DAY)
    assert late(play) == [(f"promise/{placed}", placed + 2 * DAY, monday + HOUR)]


def test_an_old_story_that_is_told_scan_by_scan_has_no_silence_in_it(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 20 * DAY)
    placed = monday - 28 * DAY
    play.order("placed", placed, monday, dispatch_by=placed)
    play.ship("600", placed + HOUR, recorded=monday + 1000)
    for n, status in enumerate(("accepted", "in_transit", "out_for_delivery", "delivered"), start=1):
        play.scan("600", status, placed + n * DAY, recorded=monday + 2000 * n)
    play.until(monday + 20 * DAY)
    assert stalled(play) == late(play) == []


def test_a_clock_that_ran_out_more_than_sixty_days_ago_tells_nothing(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 20 * DAY)
    play.order("placed", monday - 90 * DAY, monday, dispatch_by=monday - 80 * DAY)
    play.ship("600", monday)
    play.scan("600", "in_transit", monday - 70 * DAY, recorded=monday + MINUTE)
    play.until(monday + 20 * DAY)
    assert stalled(play) == late(play) == []


def test_nothing_is_raised_before_the_order_is_placed(play: Any, monday: int) -> None:
    play.alive("inpost", monday, monday + 30 * DAY)
    play.ship("600", monday)
    play.scan("600", "out_for_delivery", monday + HOUR)
    play.until(monday + 10 * DAY)
    assert play.said == []
    play.order("placed", monday - DAY, monday + 10 * DAY)
    assert [h.trigger for h in play.happened()] == ["placed", "out_for_delivery", "no_movement"]
    assert play.said[-1].view.version == 1
