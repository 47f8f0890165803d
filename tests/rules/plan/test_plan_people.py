"""Whom a message may reach, and by which way."""

import pytest

from schemas.customers import Contact


def accepted(anna, at, a_parcel, moment="2026-10-14 10:00"):
    return anna.parcels(at(moment), a_parcel(status="accepted"))


def test_without_an_address_nothing_goes_and_the_reason_is_said(life, at, a_parcel):
    anna = accepted(life().contact(at("2026-10-14 09:00"), email="", phone="", bad_phone=True), at, a_parcel)
    assert anna.sent() == []
    assert anna.verdict("shipped") == [{"email": "no_address", "sms": "bad_address"}]


def test_where_an_address_is_missing_the_other_channel_takes_over(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"), phone="", bad_phone=True)
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    assert anna.sent() == [("delivery_attempted", "email", "10-14 10:00")]
    assert anna.verdict("delivery_attempted") == [{"email": "handed_over", "sms": "bad_address"}]


def test_one_channel_is_taken_by_preference(life, at, a_parcel):
    anna = accepted(life().contact(at("2026-10-14 09:00"), prefers=("sms",)), at, a_parcel)
    assert anna.sent() == [("shipped", "sms", "10-14 10:00")]


def test_a_stop_silences_sms_before_the_next_send(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).wish(at("2026-10-14 09:30"), "opted_out", channel="sms")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    assert anna.sent() == [("delivery_attempted", "email", "10-14 10:00")]
    assert anna.verdict("delivery_attempted") == [{"email": "handed_over", "sms": "opted_out"}]


def test_one_who_left_every_channel_hears_nothing_of_parcels(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).wish(at("2026-10-14 09:30"), "opted_out")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    assert anna.sent() == []
    assert anna.verdict("delivery_attempted") == [{"sms": "opted_out"}]


def test_a_courier_that_never_says_accepted_has_shipped_with_its_first_scan(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="at_delivery_depot"))
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="in_transit"))
    assert anna.sent() == [("shipped", "email", "10-14 10:00")]


def test_the_contract_s_messages_go_to_the_buyer_alone(life, at, happening):
    moment = at("2026-10-14 10:00")
    ben = life("ben").contact(moment, role="consignee")
    ben.news(moment, happening("placed", "", "p", moment, moment), role="consignee").until(at("2026-10-14 12:00"))
    assert ben.decisions == []


def test_a_stop_moves_the_contract_to_e_mail(life, at, happening):
    moment = at("2026-10-14 10:00")
    anna = life(kinds={"order_cancelled": {"channels": ["sms"]}}).contact(at("2026-10-14 09:00"))
    anna.wish(at("2026-10-14 09:30"), "opted_out")
    anna.news(moment, happening("cancelled", "", "c", moment, moment), lifecycle="cancelled")
    assert anna.sent() == [("order_cancelled", "email", "10-14 10:00")]


def test_a_start_lets_messages_through_again(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).wish(at("2026-10-14 09:10"), "opted_out")
    anna.wish(at("2026-10-14 09:20"), "opted_in", channel="sms")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    assert anna.sent() == [("delivery_attempted", "sms", "10-14 10:00")]


def test_a_kind_that_the_recipient_switched_off_is_not_sent(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).wish(at("2026-10-14 09:10"), "changed", kinds=(("delivered", ()),))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivered"))
    assert anna.verdict("delivered") == [{"email": "kind_off"}]


def test_a_channel_that_the_recipient_switched_off_for_a_kind_is_named(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.wish(at("2026-10-14 09:10"), "changed", kinds=(("ready_for_pickup", ("email",)),))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="ready_for_pickup"))
    assert anna.verdict("ready_for_pickup") == [{"email": "handed_over", "sms": "channel_off"}]


def test_a_wish_taken_back_is_as_if_it_had_never_been_said(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.wish(at("2026-10-14 09:10"), "changed", kinds=(("delivered", ()),), window=(12 * 60, 18 * 60))
    anna.wish(at("2026-10-14 09:20"), "changed", as_usual=("delivered", "window"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivered"))
    assert anna.sent() == [("delivered", "email", "10-14 10:00")]


def test_a_country_without_a_sender_gets_no_sms(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"), phone="+4930000000", email="")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    assert anna.verdict("delivery_attempted") == [{"sms": "channel_off"}]


def test_what_the_courier_texts_itself_goes_by_e_mail(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(courier="inpost", status="ready_for_pickup"))
    assert anna.sent() == [("ready_for_pickup", "email", "10-14 10:00")]


def test_an_sms_beside_the_courier_s_if_the_shop_asks_for_it(life, at, a_parcel):
    anna = life(kinds={"ready_for_pickup": {"channels": ["sms"]}}).contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(courier="inpost", status="ready_for_pickup"))
    assert anna.sent() == [("ready_for_pickup", "sms", "10-14 10:00")]


def test_a_segment_has_rules_of_its_own(life, at, a_parcel):
    rules = {"wholesale": {"kinds": {"shipped": {"enabled": False}}}}
    anna = life(segments=rules).contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="accepted"), segment="wholesale")
    assert anna.verdict("shipped") == [{"sms": "kind_off", "email": "kind_off"}]


def test_a_new_phone_wins_over_an_earlier_order(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"), email="")
    anna.parcels(at("2026-10-14 22:00"), a_parcel(status="delivery_attempted"))
    anna.wish(at("2026-10-14 23:00"), "changed", phone="+48500000002").until(at("2026-10-15 12:00"))
    assert [n.routes[0].to for n in anna.notices] == ["+48500000002"]


def test_a_new_phone_never_wins_over_a_consignee_s(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"), email="", role="consignee")
    anna.wish(at("2026-10-14 09:30"), "changed", phone="+48500000002")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    assert [n.routes[0].to for n in anna.notices] == ["+48500000001"]


def test_a_notice_handed_over_is_readdressed_under_the_next_generation(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"), email="")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    anna.wish(at("2026-10-14 10:01"), "changed", phone="+48500000002")
    assert [(n.generation, n.routes[0].to, n.cause) for n in anna.notices] == [
        (0, "+48500000001", ""),
        (1, "+48500000002", "readdressed"),
    ]
    assert [w.generation for w in anna.withdrawals] == [0]
    assert [d.kind for d in anna.decisions] == ["shipped", "delivery_attempted"]


def test_erasure_silences_and_takes_back(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="ready_for_pickup"))
    anna.wish(at("2026-10-14 11:00"), "erased")
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered"))
    assert {w.reason for w in anna.withdrawals} == {"erased"}
    assert anna.verdict("delivered") == [{"email": "erased"}]
    assert b"anna@example.com" not in anna.cell


def test_an_order_that_repeats_erased_addresses_does_not_give_them_anew(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 09:30"), a_parcel(status="label_created"))
    anna.wish(at("2026-10-14 11:00"), "erased")
    anna.contact(at("2026-10-14 11:30"))
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered"))
    assert anna.verdict("delivered") == [{"email": "erased"}]
    assert b"anna@example.com" not in anna.cell


def test_an_address_that_was_erased_before_its_order_came_stays_erased(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.wish(at("2026-10-14 09:10"), "erased")
    anna.contact(at("2026-10-14 09:20"))
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered"))
    assert anna.verdict("delivered") == [{"email": "erased"}]


def test_another_address_after_an_erasure_is_given_anew(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.wish(at("2026-10-14 11:00"), "erased")
    anna.contact(at("2026-10-14 11:30"), email="other@example.com")
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered"))
    assert anna.sent() == [("delivered", "email", "10-14 12:00")]


def test_a_paused_order_is_silent_until_it_is_resumed(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 09:30"), a_parcel(status="label_created"))
    anna.wish(at("2026-10-14 09:40"), "changed", pause_order="10482")
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="accepted"))
    anna.wish(at("2026-10-14 11:00"), "changed", resume_order="10482")
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered"))
    assert anna.verdict("shipped") == [{"sms": "paused", "email": "paused"}]
    assert anna.sent() == [("delivered", "email", "10-14 12:00")]


def test_one_who_left_the_order_hears_nothing_more(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 22:00"), a_parcel(status="accepted"))
    anna.news(at("2026-10-14 23:00"), removed=True).until(at("2026-10-15 12:00"))
    assert anna.verdict("shipped") == [{"sms": "recipient_removed", "email": "recipient_removed"}]


def test_a_test_order_sends_nothing(life, at, happening):
    moment = at("2026-10-14 10:00")
    anna = life().contact(moment).news(moment, happening("placed", "", "p", moment, moment), test=True)
    assert anna.verdict("order_received") == [{"email": "test_order"}]


def test_the_cap_on_sms_stops_the_fifth_of_a_day_but_never_the_urgent(life, at, a_parcel):
    anna = life(caps={"sms_per_day": 1}).contact(at("2026-10-14 09:00"), prefers=("sms",))
    anna.parcels(at("2026-10-14 09:30"), a_parcel(status="accepted"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="out_for_delivery"))
    anna.parcels(at("2026-10-14 11:00"), a_parcel(status="delivery_attempted"))
    assert [kind for kind, _channel, _minute in anna.sent()] == ["shipped", "delivery_attempted"]
    assert anna.verdict("out_for_delivery") == [{"sms": "cap"}]


def test_under_a_budget_e_mail_takes_over(life, at, a_parcel):
    prices = {"as_of": "2026-10-01", "sms": [{"country": "PL", "per_segment": "0.15", "currency": "PLN"}]}
    anna = life(caps={"sms_spend_per_day": "0.20"}, prices=prices).contact(at("2026-10-14 09:00"), prefers=("sms",))
    anna.parcels(at("2026-10-14 09:30"), a_parcel(status="accepted"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="out_for_delivery"))
    assert [channel for _kind, channel, _minute in anna.sent()] == ["sms", "email"]
    assert anna.verdict("out_for_delivery") == [{"email": "handed_over", "sms": "budget"}]


def test_a_final_failure_turns_to_the_other_channel_once(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivery_attempted"))
    anna.receipt(at("2026-10-14 10:05"), "delivery_attempted", "sms")
    anna.receipt(at("2026-10-14 10:06"), "delivery_attempted", "sms")
    assert [(n.routes[0].channel, n.cause) for n in anna.notices] == [("sms", ""), ("email", "fallback")]


def test_a_fallback_to_sms_keeps_the_night(life, at, happening):
    moment = at("2026-10-14 23:00")
    anna = life().contact(moment).news(moment, happening("cancelled", "", "c", moment, moment), lifecycle="cancelled")
    anna.receipt(at("2026-10-14 23:05"), "order_cancelled", "email")
    fallback = anna.notices[-1]
    assert fallback.routes[0].channel == "sms"
    assert fallback.intervals[0][0] == at("2026-10-15 08:00")


def test_a_spare_route_by_sms_keeps_the_night_too(life, at, happening):
    moment = at("2026-10-14 23:00")
    anna = life().contact(moment).news(moment, happening("cancelled", "", "c", moment, moment), lifecycle="cancelled")
    mail, text = anna.notices[0].routes
    assert mail.intervals[0][0] == moment
    assert text.intervals[0][0] == at("2026-10-15 08:00")


@pytest.mark.parametrize(
    ("basis", "consents", "verdict"),
    [(False, {}, "kind_off"), (True, {}, "handed_over"), (True, {"given": False}, "no_consent")],
)
def test_feedback_needs_a_basis_or_a_consent(life, at, a_parcel, basis, consents, verdict):
    from schemas.customers import Consent

    given = (Consent("feedback", **consents),) if consents else ()
    anna = life(holds_feedback_basis=basis).contact(at("2026-10-14 09:00"), consents=given)
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered")).until(at("2026-10-20 12:00"))
    assert anna.verdict("feedback") == [{"email": verdict}]


def test_feedback_is_asked_two_days_later_between_ten_and_six(life, at, a_parcel):
    anna = life(holds_feedback_basis=True).contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 19:00"), a_parcel(status="delivered")).until(at("2026-10-20 12:00"))
    assert anna.sent()[-1] == ("feedback", "email", "10-17 10:00")


def test_feedback_is_not_asked_while_something_is_open(life, at, a_parcel):
    anna = life(holds_feedback_basis=True).contact(at("2026-10-14 09:00"))
    anna.parcels(at("2026-10-14 12:00"), a_parcel(status="delivered"))
    back = a_parcel("9", "label_created", direction="return")
    anna.parcels(at("2026-10-15 12:00"), a_parcel(status="delivered"), back).until(at("2026-10-20 12:00"))
    assert anna.verdict("feedback") == [{"email": "superseded"}]


def test_the_shop_is_told_once_an_hour(life, at, a_parcel):
    shop = life("@shop")
    shop.parcels(at("2026-10-14 22:00"), a_parcel("1", "exception", reason="damaged_in_transit"))
    lost = (a_parcel("2", "lost"), a_parcel("3", "lost"))
    shop.parcels(at("2026-10-14 22:30"), a_parcel("1", "exception"), *lost).until(at("2026-10-15 12:00"))
    assert shop.sent() == [("shop_alert", "email", "10-14 22:00"), ("shop_alert", "email", "10-14 23:00")]
    assert [(a.trigger, a.parcel, a.detail) for n in shop.notices for a in n.alerts] == [
        ("problem", "dpd_pl/1", "exception"),
        ("problem", "dpd_pl/2", "lost"),
        ("problem", "dpd_pl/3", "lost"),
    ]


def test_the_shop_hears_of_a_refused_message_and_of_a_low_mark(life, at):
    shop = life("@shop")
    shop.receipt(at("2026-10-14 10:00"), "delivered", "email")
    shop.wish(at("2026-10-14 10:30"), "feedback", mark=1, order="10483").until(at("2026-10-14 12:00"))
    assert [a.trigger for n in shop.notices for a in n.alerts] == ["refused", "low_mark"]


def test_a_fallback_respects_a_channel_that_was_switched_off(life, at, a_parcel):
    anna = (
        life().contact(at("2026-10-14 09:00")).wish(at("2026-10-14 09:10"), "changed", kinds=(("delivered", ("sms",)),))
    )
    anna.parcels(at("2026-10-14 10:00"), a_parcel(status="delivered"))
    anna.receipt(at("2026-10-14 10:05"), "delivered", "sms")
    assert anna.sent() == [("delivered", "sms", "10-14 10:00")]


def test_a_channel_that_is_switched_off_takes_back_what_waits_on_it(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00")).parcels(at("2026-10-14 10:00"), a_parcel(status="delivered"))
    anna.wish(at("2026-10-14 10:05"), "changed", kinds=(("delivered", ("sms",)),))
    assert [(w.kind, w.reason) for w in anna.withdrawals] == [("delivered", "channel_off")]


def test_an_order_s_older_address_that_comes_late_does_not_win(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 09:00"), email="new@example.com", phone="")
    anna.arrive(at("2026-10-14 09:05"), anna_s_contact(at("2026-10-14 08:00"), email="old@example.com"))
    accepted(anna, at, a_parcel)
    assert [notice.routes[0].to for notice in anna.notices] == ["new@example.com"]


def test_an_address_that_an_order_only_repeats_does_not_overrule_the_customer_s_later_word(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 08:00"), email="old@example.com", phone="")
    anna.wish(at("2026-10-14 08:30"), "changed", email="own@example.com")
    anna.contact(at("2026-10-14 09:00"), email="old@example.com", phone="")
    accepted(anna, at, a_parcel)
    assert [notice.routes[0].to for notice in anna.notices] == ["own@example.com"]


def test_an_address_that_an_order_changes_later_is_used(life, at, a_parcel):
    anna = life().contact(at("2026-10-14 08:00"), email="old@example.com", phone="")
    anna.wish(at("2026-10-14 08:30"), "changed", email="own@example.com")
    anna.contact(at("2026-10-14 09:00"), email="corrected@example.com", phone="")
    accepted(anna, at, a_parcel)
    assert [notice.routes[0].to for notice in anna.notices] == ["corrected@example.com"]


def anna_s_contact(occurred_at, **more):
    return Contact("sowa", "anna", "10482", occurred_at, locale="pl", country="PL", **more)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize(("emails", "expected"), [("aaa", "own"), ("aab", "b"), ("aba", "a"), ("abb", "b")])
def test_in_whatever_order_an_orders_addresses_are_heard_the_same_one_is_used(
    life, at, a_parcel, order, emails, expected
):
    said = [("08:00", emails[0]), ("08:20", emails[1]), ("08:40", emails[2])]
    anna = life()
    for moment, email in (said[place] for place in order):
        given = {"email": f"{email}@example.com", "locale": "pl", "country": "PL"}
        anna.arrive(at("2026-10-14 09:00"), Contact("sowa", "anna", "10482", at(f"2026-10-14 {moment}"), **given))
    anna.wish(at("2026-10-14 08:10"), "changed", email="own@example.com")
    accepted(anna, at, a_parcel)
    assert [notice.routes[0].to for notice in anna.notices] == [f"{expected}@example.com"]
