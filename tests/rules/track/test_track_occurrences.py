"""Occurrences: what is the same one, what they are called, which are late, what is withdrawn."""

from schemas.parcels import Facts, Point
from schemas.wire import name_of


def test_an_occurrence_is_named_by_its_event_and_never_by_when_it_was_recorded(new_parcel):
    soon = new_parcel().subscribe().scan(1, "accepted", heard=2).occurrence
    late = new_parcel().subscribe().scan(1, "accepted", heard=50).occurrence
    assert soon.name == late.name == name_of("inpost", new_parcel.hour(1), "accepted")
    assert soon.recorded_at != late.recorded_at


def test_the_couriers_own_id_names_an_event_if_there_is_one(parcel):
    assert parcel.scan(1, "accepted", event_id="E-77").occurrence.name == name_of("inpost", "E-77")


def test_the_same_status_within_four_hours_is_the_same_occurrence(parcel):
    name = parcel.scan(1, "out_for_delivery").occurrence.name
    parcel.scan(5, "out_for_delivery")
    assert (parcel.update.opened, parcel.update.occurrence) == ((), name)


def test_the_same_status_after_four_hours_has_happened_again(parcel):
    parcel.scan(1, "delivery_attempted").scan(5.1, "delivery_attempted")
    assert parcel.opened == [("delivery_attempted", False)]
    assert parcel.update.number_of == 2


def test_the_same_status_from_another_source_within_a_day_is_the_same_occurrence(parcel):
    parcel.scan(1, "out_for_delivery", source="aftership", via="aggregator").scan(20, "out_for_delivery")
    assert parcel.update.opened == ()


def test_another_attempt_with_a_status_between_is_the_second_occurrence(parcel):
    parcel.scan(1, "delivery_attempted").scan(2, "in_transit").scan(3, "delivery_attempted", raw_code="2nd")
    assert (parcel.update.number_of, parcel.occurrence.number) == (2, 2)


def test_a_status_that_lasts_does_not_begin_anew_when_it_is_told_again(parcel):
    for status in ("accepted", "in_transit", "delayed", "ready_for_pickup", "returning"):
        parcel.scan(1, status).scan(20, status, raw_code="again")
        assert parcel.update.opened == (), status
        parcel.__init__()
        parcel.subscribe()


def test_another_problem_is_another_occurrence(parcel):
    parcel.scan(1, "exception", reason="address_incomplete").scan(10, "exception", reason="damaged_in_transit")
    assert parcel.opened == [("exception", False)]


def test_a_held_parcel_that_comes_to_need_its_recipient_is_news_at_once(parcel):
    parcel.scan(1, "held", reason="customs_inspection").scan(2, "held", reason="duty_due", action="recipient")
    assert parcel.opened == [("held", False)]
    assert parcel.occurrence.action == "recipient"


def test_a_parcel_that_waits_at_another_point_is_ready_again(parcel):
    parcel.scan(1, "ready_for_pickup", facts=Facts(point=Point("KRA01"), deadline=parcel.hour(49)))
    parcel.scan(3, "ready_for_pickup", raw_code="moved", facts=Facts(point=Point("KRA02")))
    assert parcel.opened == [("ready_for_pickup", False)]
    assert (parcel.update.facts.point.id, parcel.update.facts.deadline) == ("KRA02", None)


def test_a_late_scan_before_a_told_occurrence_is_recorded_but_no_news(parcel):
    parcel.scan(1, "accepted").scan(10, "ready_for_pickup").scan(5, "out_for_delivery", heard=11)
    assert parcel.opened == [("out_for_delivery", True)]
    assert parcel.update.status == "ready_for_pickup"
    assert [line.status for line in parcel.history] == ["accepted", "out_for_delivery", "ready_for_pickup"]


def test_a_told_occurrence_keeps_its_name_when_an_earlier_event_of_it_comes_to_light(parcel):
    name = parcel.scan(10, "out_for_delivery").occurrence.name
    parcel.scan(9, "out_for_delivery", heard=11, raw_code="earlier")
    assert (parcel.update.opened, parcel.update.withdrawn) == ((), ())
    assert (parcel.update.occurrence, parcel.update.since) == (name, parcel.hour(9))
    parcel.scan(12, "delivered")
    assert {line.occurrence for line in parcel.history[:2]} == {name}


def test_a_name_that_was_told_is_found_again_in_any_later_step(parcel):
    parcel.scan(10, "out_for_delivery").scan(9, "out_for_delivery", heard=11, raw_code="earlier")
    parcel.scan(8, "out_for_delivery", heard=12, raw_code="earliest").scan(7, "in_transit", heard=13)
    assert (parcel.opened, parcel.update.withdrawn) == ([("in_transit", True)], ())


def test_a_late_event_that_makes_a_told_one_illegal_withdraws_it(parcel):
    name = parcel.scan(10, "out_for_delivery").occurrence.name
    parcel.scan(9, "delivered", heard=11)
    assert parcel.update.withdrawn == (name,)
    assert parcel.opened == [("delivered", False)]


def test_double_arrivals_change_nothing_and_say_nothing(parcel):
    parcel.scan(1, "accepted").scan(2, "in_transit")
    state = parcel.state
    for heard in (2.01, 3, 40):
        parcel.scan(2, "in_transit", heard=heard)
        assert parcel.said == []
    assert parcel.state == state


def test_a_push_and_an_answer_of_one_event_are_one(parcel):
    parcel.scan(1, "accepted", via="push").scan(1, "accepted", via="answer", heard=2)
    assert parcel.said == []


def test_a_repeated_end_is_the_same_end(parcel):
    parcel.scan(1, "delivered").scan(30, "delivered", raw_code="pod")
    assert parcel.update.opened == ()
    assert parcel.record.illegal == 0


def test_the_version_of_updates_rises(parcel):
    versions = [parcel.scan(hour, status).update.version for hour, status in ((1, "accepted"), (2, "in_transit"))]
    assert versions == sorted(set(versions))


# two sources


def test_an_aggregator_advances_a_parcel_of_which_the_courier_is_silent(parcel):
    parcel.scan(1, "in_transit").scan(20, "out_for_delivery", source="aftership", via="aggregator")
    assert parcel.opened == [("out_for_delivery", False)]


def test_an_aggregator_opens_nothing_that_the_parcel_has_held_within_a_day(parcel):
    parcel.scan(1, "out_for_delivery").scan(5, "delivery_attempted")
    parcel.scan(6, "out_for_delivery", source="aftership", via="aggregator", raw_code="OutForDelivery")
    assert (parcel.update.status, parcel.update.opened) == ("delivery_attempted", ())
    assert parcel.kept.flags == ("contradiction",)
    assert parcel.record.contradictions == 1


def test_two_sources_that_disagree_make_no_alternation(parcel):
    opened = 0
    for hour in range(1, 9):
        parcel.scan(hour, "in_transit", source="aftership", via="aggregator")
        opened += len(parcel.updates[0].opened)
        parcel.scan(hour + 0.5, "out_for_delivery")
        opened += len(parcel.updates[0].opened)
    assert parcel.update.status == "out_for_delivery"
    assert opened <= 4


def test_an_aggregator_stands_in_for_a_courier_that_has_been_silent_for_a_day(parcel):
    parcel.scan(1, "accepted", source="shop", via="shop")
    for hour, status in ((30, "out_for_delivery"), (35, "delivery_attempted"), (54, "out_for_delivery")):
        parcel.scan(hour, status, source="aftership", via="aggregator")
        assert parcel.opened == [(status, False)]


def test_the_second_source_for_a_told_occurrence_tells_nothing_again(parcel):
    parcel.scan(1, "ready_for_pickup", source="aftership", via="aggregator").scan(1.2, "ready_for_pickup")
    assert parcel.update.opened == ()
    parcel.scan(2, "delivered").scan(2.5, "delivered", source="aftership", via="aggregator", raw_code="Delivered")
    assert parcel.update.opened == ()


def test_an_aggregators_facts_fill_gaps_but_replace_nothing_that_the_courier_said(parcel):
    parcel.scan(1, "ready_for_pickup", facts=Facts(point=Point("KRA01")))
    told = Facts(point=Point("other words"), deadline=parcel.hour(48))
    parcel.scan(2, "ready_for_pickup", source="aftership", via="aggregator", facts=told)
    assert (parcel.update.facts.point.id, parcel.update.facts.deadline) == ("KRA01", parcel.hour(48))
