"""The ladder of reminders: anchored to a deadline, moved back, never past it."""

from schemas.parcels import Point

LOCKER = Point("WAW123M", "WAW123M", "locker")
SHOP = Point("S1", "Kiosk", "shop", hours=tuple((day, 540, 1080) for day in range(6)))


def waiting(life, at, a_parcel, facts, deadline, ready="2026-10-13 12:00", point=LOCKER):
    anna = life().contact(at("2026-10-12 09:00"))
    parcel = a_parcel(status="ready_for_pickup", facts=facts(point=point, deadline=at(deadline)))
    anna.parcels(at(ready), parcel)
    return anna


def reminders(anna):
    return [minute for kind, _channel, minute in anna.sent() if kind == "pickup_reminder"]


def test_a_day_and_six_hours_before_the_deadline(life, at, a_parcel, facts):
    anna = waiting(life, at, a_parcel, facts, "2026-10-15 18:00").until(at("2026-10-16 12:00"))
    assert reminders(anna) == ["10-14 18:00", "10-15 12:00"]


def test_a_deadline_at_dawn_moves_reminders_back_to_the_evening(life, at, a_parcel, facts):
    anna = waiting(life, at, a_parcel, facts, "2026-10-16 06:10").until(at("2026-10-17 12:00"))
    assert reminders(anna) == ["10-14 19:59", "10-15 19:59"]


def test_at_most_one_within_twelve_hours(life, at, a_parcel, facts):
    anna = waiting(life, at, a_parcel, facts, "2026-10-15 10:00").until(at("2026-10-16 12:00"))
    assert reminders(anna) == ["10-14 10:00"]
    assert anna.verdict("pickup_reminder") == [{"sms": "handed_over"}, {"sms": "cap"}]


def test_a_staffed_point_is_open_for_two_more_hours(life, at, a_parcel, facts):
    anna = waiting(life, at, a_parcel, facts, "2026-10-15 23:59", point=SHOP).until(at("2026-10-16 12:00"))
    assert reminders(anna) == ["10-14 19:59", "10-15 16:00"]


def test_a_collected_parcel_is_not_reminded_of(life, at, a_parcel, facts):
    anna = waiting(life, at, a_parcel, facts, "2026-10-15 18:00")
    anna.parcels(at("2026-10-14 09:00"), a_parcel(status="delivered")).until(at("2026-10-16 12:00"))
    assert reminders(anna) == []
    assert anna.verdict("pickup_reminder") == [{"sms": "superseded"}, {"sms": "superseded"}]


def test_an_extended_deadline_moves_the_ladder(life, at, a_parcel, facts, happening):
    anna = waiting(life, at, a_parcel, facts, "2026-10-15 18:00")
    later = a_parcel(status="ready_for_pickup", facts=facts(point=LOCKER, deadline=at("2026-10-16 18:00")))
    moment = at("2026-10-14 09:00")
    anna.parcels(moment, later)
    anna.news(moment + 1, happening("deadline_extended", "dpd_pl/1", "n1", moment, moment)).until(
        at("2026-10-17 12:00")
    )
    assert reminders(anna) == ["10-15 18:00", "10-16 12:00"]


def test_without_a_deadline_there_is_no_reminder(life, at, a_parcel, facts):
    anna = life().contact(at("2026-10-12 09:00"))
    anna.parcels(at("2026-10-13 12:00"), a_parcel(status="ready_for_pickup", facts=facts(point=LOCKER)))
    anna.until(at("2026-10-30 12:00"))
    assert reminders(anna) == []
