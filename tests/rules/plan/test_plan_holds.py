"""When a message goes, when it waits, and what becomes of it while it waits."""


def test_an_order_is_acknowledged_two_minutes_later_even_at_night(life, at, happening):
    placed = at("2026-10-14 23:30")
    anna = life().contact(placed)
    anna.news(placed, happening("placed", "", "e1", placed, placed)).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("order_received", "email", "10-14 23:32")]


def test_a_confirmation_joins_an_acknowledgement_that_still_waits(life, at, happening):
    placed, paid = at("2026-10-14 12:00"), at("2026-10-14 12:01")
    anna = life().contact(placed).news(placed, happening("placed", "", "e1", placed, placed))
    anna.news(paid, happening("paid", "", "e2", paid, paid)).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("order_received", "email", "10-14 12:02")]
    assert anna.notices[0].confirmed
    assert anna.verdict("order_confirmed") == [{"email": "merged"}]


def test_confirmed_and_paid_are_said_once(life, at, happening):
    anna = life().contact(at("2026-10-14 12:00"))
    for minute, word in ((10, "confirmed"), (20, "paid")):
        moment = at(f"2026-10-14 12:{minute}")
        anna.news(moment, happening(word, "", word, moment, moment))
    assert anna.sent() == [("order_confirmed", "email", "10-14 12:10")]
    assert anna.verdict("order_confirmed") == [{"email": "handed_over"}, {"email": "duplicate"}]


def test_a_parcel_message_of_the_night_waits_for_the_morning(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 12:00"))
    anna.parcels(at("2026-10-14 22:10"), a_parcel(status="accepted")).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("shipped", "email", "10-15 08:00")]
    assert anna.decisions[0].held_until == at("2026-10-15 08:00")


def test_what_a_later_status_made_pointless_is_not_said_in_the_morning(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 12:00"))
    anna.parcels(at("2026-10-14 21:30"), a_parcel(status="delivery_attempted"))
    anna.parcels(at("2026-10-15 07:30"), a_parcel(status="delivered")).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("delivered", "email", "10-15 08:00")]
    assert anna.verdict("delivery_attempted") == [{"sms": "superseded"}]


def test_sundays_and_holidays_are_left_in_peace(life, at, a_parcel):
    anna = life().contact(at("2026-10-30 12:00"))
    anna.parcels(at("2026-10-31 20:30"), a_parcel(status="accepted")).until(at("2026-11-05 12:00"))
    # Sunday 1 November is All Saints' too; Monday is a working day
    assert anna.sent() == [("shipped", "email", "11-02 08:00")]


def test_out_for_delivery_of_a_late_evening_has_no_open_hour_before_it_ends(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 12:00"))
    anna.parcels(at("2026-10-14 20:30"), a_parcel(status="out_for_delivery")).until(at("2026-10-16 12:00"))
    assert anna.sent() == []
    assert anna.verdict("out_for_delivery") == [{"sms": "quiet_hours_past_validity"}]


def test_out_for_delivery_may_go_from_seven(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 12:00"))
    anna.parcels(at("2026-10-15 05:50"), a_parcel(status="out_for_delivery")).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("out_for_delivery", "sms", "10-15 07:00")]


def test_hours_that_the_recipient_chose_come_first(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 12:00")).wish(at("2026-10-14 12:01"), "changed", window=(600, 1080))
    anna.parcels(at("2026-10-15 05:50"), a_parcel(status="out_for_delivery")).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("out_for_delivery", "sms", "10-15 10:00")]


def test_the_clock_change_of_october_keeps_eight_o_clock(life, at, a_parcel):
    anna = life(window={"sundays": True}).contact(at("2026-10-24 12:00"))
    anna.parcels(at("2026-10-24 22:00"), a_parcel(status="accepted")).until(at("2026-10-26 12:00"))
    assert anna.sent() == [("shipped", "email", "10-25 08:00")]


def test_the_shop_hears_of_a_problem_two_hours_before_its_customer(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="exception")).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("problem", "email", "10-14 12:00")]


def test_a_problem_that_was_solved_in_time_is_not_told(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="exception"))
    anna.parcels(at("2026-10-14 11:00"), a_parcel(status="in_transit")).until(at("2026-10-15 12:00"))
    assert anna.verdict("problem") == [{"email": "superseded"}]


def test_the_present_is_not_asserted_while_the_courier_is_silent(life, at, a_parcel):
    anna = life(silent=True).contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 23:30"), a_parcel(status="out_for_delivery")).until(at("2026-10-16 12:00"))
    assert anna.sent() == []
    assert anna.verdict("out_for_delivery") == [{"sms": "state_too_old"}]


def test_a_message_that_waits_for_its_courier_goes_when_the_courier_is_heard(life, at, a_parcel):
    anna = life(silent=True).contact(at("2026-10-14 09:00"))
    anna.context.beats = [at("2026-10-15 09:05")]
    anna.parcels(at("2026-10-14 23:30"), a_parcel(status="out_for_delivery")).until(at("2026-10-16 12:00"))
    assert anna.sent() == [("out_for_delivery", "sms", "10-15 09:15")]


def test_news_older_than_the_age_gate_is_recorded_and_not_told(life, at, a_parcel, happening):
    anna = life().contact(at("2026-10-14 09:00"))
    happened, learned = at("2026-10-12 10:00"), at("2026-10-14 10:00")
    anna.parcels(learned, a_parcel(status="accepted"), tell=False)
    anna.news(learned, happening("accepted", "dpd_pl/1", "accepted-1", happened, learned))
    assert anna.sent() == []
    assert anna.verdict("shipped") == [{"sms": "backfill", "email": "backfill"}]


def test_a_late_occurrence_before_a_told_one_is_superseded(life, at, a_parcel, happening):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivered"))
    late = happening("out_for_delivery", "dpd_pl/1", "x", at("2026-10-14 09:30"), at("2026-10-14 11:00"), late=True)
    anna.news(at("2026-10-14 11:00"), late).until(at("2026-10-15 12:00"))
    assert anna.sent() == [("delivered", "email", "10-14 10:00")]
    assert anna.verdict("out_for_delivery") == [{"sms": "superseded"}]
