"""Which scans move a parcel: legal moves, corrections, soft ends, codes that are not known, the return leg."""

import pytest

from schemas.parcels import Report, Scan
from schemas.status import CORRECTIONS, HARD_ENDS, MOVES, Status


def test_a_parcel_begins_as_registered(parcel):
    assert parcel.update.status == Status.REGISTERED
    assert parcel.update.opened == ()
    assert parcel.update.known_at == 0


def test_a_forward_jump_over_lost_scans_is_legal(parcel):
    parcel.scan(1, "accepted").scan(30, "ready_for_pickup")
    assert parcel.update.status == "ready_for_pickup"
    assert parcel.opened == [("ready_for_pickup", False)]


def test_an_illegal_move_is_stored_and_counted_and_not_applied(parcel):
    parcel.scan(1, "out_for_delivery").scan(2, "accepted")
    assert parcel.update.status == "out_for_delivery"
    assert parcel.update.opened == ()
    assert parcel.kept.flags == ("illegal_move",)
    assert parcel.record.illegal == 1
    assert not parcel.history[-1].applied


@pytest.mark.parametrize("first", [str(status) for status in Status if status != "unknown"])
@pytest.mark.parametrize("then", [str(status) for status in Status if status != "unknown"])
def test_exactly_the_moves_of_the_table_are_applied(new_parcel, first, then):
    parcel = new_parcel().subscribe().scan(1, first, raw_code="a").scan(6, then, raw_code="b")
    legal = then in MOVES[first] or then in CORRECTIONS.get(first, ()) or then == first
    back = {"accepted", "in_transit", "in_customs", "delayed", "at_delivery_depot", "out_for_delivery"}
    back |= {"registered", "label_created", "delivery_attempted", "ready_for_pickup", "pickup_expired"}
    expected = then if legal else first
    if first == "returning":
        expected = "returned" if then == "delivered" else "returning" if then in back else expected
        legal = legal or then in back
    assert parcel.update.status == expected
    assert parcel.record.illegal == (not legal)


def test_an_unknown_code_keeps_the_status_and_is_counted(parcel):
    parcel.scan(1, "in_transit").scan(2, "unknown", raw_code="XYZ")
    assert parcel.update.status == "in_transit"
    assert parcel.kept.flags == ("unmapped",)
    assert (parcel.kept.raw_code, parcel.record.unmapped) == ("XYZ", 1)


def test_a_word_that_is_no_status_is_read_as_unknown(parcel):
    parcel.scan(1, "in_transit").scan(2, "teleported")
    assert (parcel.update.status, parcel.kept.flags) == ("in_transit", ("unmapped",))


def test_information_never_moves_a_parcel_but_shows_that_it_was_seen(parcel):
    parcel.scan(1, "in_transit").scan(5, "delivered", informational=True)
    assert parcel.update.status == "in_transit"
    assert parcel.update.known_at == parcel.hour(5)
    assert parcel.kept.flags == ("informational",)


@pytest.mark.parametrize("end", ["lost", "expired"])
def test_a_soft_end_revives(parcel, end):
    parcel.scan(1, "in_transit").scan(2, end).scan(3, "out_for_delivery")
    assert parcel.update.status == "out_for_delivery"
    assert parcel.record.illegal == 0


@pytest.mark.parametrize("end", sorted(HARD_ENDS))
def test_a_hard_end_has_no_way_out_but_corrections(new_parcel, end):
    for then in set(Status) - CORRECTIONS.get(end, frozenset()) - {"unknown", end}:
        parcel = new_parcel().subscribe().scan(1, end).scan(2, then)
        assert parcel.update.status == end, then


def test_a_correction_of_delivered_within_72_hours_holds_and_withdraws_it(parcel):
    name = parcel.scan(1, "delivered").occurrence.name
    parcel.scan(72, "delivery_attempted", reason="consignee_not_home")
    assert parcel.update.status == "delivery_attempted"
    assert parcel.update.withdrawn == (name,)
    assert parcel.opened == [("delivery_attempted", False)]


def test_a_correction_after_72_hours_is_an_illegal_move(parcel):
    parcel.scan(1, "delivered").scan(74, "delivery_attempted")
    assert parcel.update.status == "delivered"
    assert parcel.kept.flags == ("illegal_move",)


def test_a_correction_of_the_same_carrier_time_does_not_hold(parcel):
    parcel.scan(1, "delivered").scan(1, "exception")
    assert parcel.update.status == "delivered"
    assert parcel.opened == [("exception", True)]
    assert parcel.record.history[-1].status == "delivered"


def test_an_aggregator_corrects_nothing(parcel):
    parcel.scan(1, "delivered", source="aftership", via="aggregator")
    parcel.scan(2, "delivery_attempted", source="aftership", via="aggregator")
    assert parcel.update.status == "delivered"


def test_a_cancelled_parcel_that_is_scanned_after_all_goes_on(parcel):
    name = parcel.scan(1, "cancelled").occurrence.name
    parcel.scan(5, "accepted")
    assert (parcel.update.status, parcel.update.withdrawn) == ("accepted", (name,))


def test_delivered_after_a_correction_is_opened_again(parcel):
    parcel.scan(1, "delivered").scan(2, "delivery_attempted").scan(20, "delivered", raw_code="again")
    assert parcel.opened == [("delivered", False)]
    assert parcel.update.number_of == 2


def test_delivered_closes_a_return_that_has_begun(parcel):
    parcel.scan(1, "returning").scan(30, "delivered")
    assert (parcel.update.status, parcel.update.leg) == ("returned", "return")
    assert parcel.opened == [("returned", False)]


def test_a_scan_of_the_return_leg_is_a_cue_by_itself(parcel):
    parcel.scan(1, "undeliverable").scan(2, "in_transit", leg="return")
    assert (parcel.update.status, parcel.update.leg) == ("returning", "return")
    parcel.scan(30, "out_for_delivery").scan(40, "delivered")
    assert parcel.update.status == "returned"


def test_mere_information_about_a_return_makes_no_delivery_a_return(parcel):
    parcel.scan(1, "in_transit").scan(2, "label_created", informational=True, leg="return", raw_code="return label")
    parcel.scan(3, "unknown", leg="return").scan(20, "delivered")
    assert (parcel.update.status, parcel.update.leg) == ("delivered", "outbound")


def test_what_was_told_as_delivered_and_turns_out_to_be_returned_is_withdrawn_and_opened_anew(parcel):
    told = parcel.scan(30, "delivered").occurrence.name
    parcel.scan(20, "returning", heard=31)
    assert parcel.update.withdrawn == (told,)
    assert parcel.opened == [("returning", True), ("returned", False)]
    assert parcel.scan(32, "delivered", raw_code="again").update.opened == ()


def test_out_for_delivery_to_the_sender_is_no_news(parcel):
    parcel.scan(1, "returning").scan(30, "out_for_delivery")
    assert (parcel.update.status, parcel.update.opened) == ("returning", ())
    assert parcel.record.illegal == 0


def test_a_return_that_is_cancelled_goes_out_again(parcel):
    parcel.scan(1, "returning").scan(2, "in_transit", reason="return_cancelled").scan(20, "delivered")
    assert (parcel.update.status, parcel.update.leg) == ("delivered", "outbound")


def test_returning_corrects_delivered_and_then_ends_with_the_sender(parcel):
    parcel.scan(1, "delivered").scan(20, "returning").scan(60, "delivered", raw_code="to sender")
    assert parcel.update.status == "returned"


def test_a_customers_return_is_delivered_to_the_shop(unknown_parcel):
    unknown_parcel.subscribe(direction="return").scan(1, "accepted", leg="return").scan(20, "delivered", leg="return")
    assert (unknown_parcel.update.status, unknown_parcel.update.direction) == ("delivered", "return")


def test_a_retraction_takes_back_the_event_before_it(parcel):
    delivered = parcel.scan(1, "out_for_delivery").scan(2, "delivered").occurrence.name
    parcel.scan(3, "unknown", raw_code="STORN", retracts="previous")
    assert (parcel.update.status, parcel.update.withdrawn) == ("out_for_delivery", (delivered,))
    assert [line.flags for line in parcel.history] == [(), ("retracted",), ("retraction",)]
    assert parcel.record.unmapped == 0


def test_a_retraction_takes_back_only_its_own_sources_event(parcel):
    parcel.scan(1, "in_transit").scan(2, "out_for_delivery", source="aftership", via="aggregator")
    parcel.scan(3, "unknown", retracts="previous")
    assert parcel.update.status == "out_for_delivery"
    assert parcel.history[0].flags == ("retracted",)


def test_a_retraction_by_id_works_before_its_event_comes(parcel):
    parcel.scan(1, "in_transit", event_id="e1").scan(3, "unknown", retracts="e2", event_id="e3")
    parcel.scan(2, "delivered", heard=4, event_id="e2")
    assert (parcel.updates, parcel.record.status) == ([], "in_transit")
    assert parcel.kept.flags == ("retracted",)


def test_an_event_that_says_itself_that_it_is_cancelled_is_taken_back(parcel):
    name = parcel.scan(1, "in_transit").scan(2, "delivered", event_id="e2").occurrence.name
    parcel.scan(2, "delivered", heard=5, event_id="e2", retracts="self")
    assert (parcel.update.status, parcel.update.withdrawn) == ("in_transit", (name,))
    parcel.scan(2, "delivered", heard=6, event_id="e2", retracts="self")
    assert parcel.said == []


def test_what_was_taken_back_may_be_opened_again(parcel):
    first = parcel.scan(1, "in_transit").scan(10, "delivered", raw_code="d").occurrence.name
    assert parcel.scan(5, "cancelled", heard=11).update.withdrawn == (first,)
    parcel.scan(5, "unknown", heard=12, raw_code="taken back", retracts="previous")
    assert parcel.opened == [("delivered", False)]
    assert parcel.occurrence.name == first


def test_what_one_payload_tells_is_told_as_a_whole(parcel):
    parcel.scan(1, "accepted")
    later = [Scan("inpost", "1", parcel.hour(hour), status, status, "inpost") for hour, status in ATTEMPT]
    parcel.step(parcel.hour(12), Report(tuple(reversed(later))))
    assert parcel.opened == [(status, False) for _hour, status in ATTEMPT]
    assert len(parcel.updates) == 1


def test_of_a_payload_only_what_precedes_a_told_occurrence_is_late(parcel):
    parcel.scan(8, "out_for_delivery")
    earlier, later = (
        Scan("inpost", "1", parcel.hour(h), s, s, "inpost") for h, s in ((2, "accepted"), (9, "delivered"))
    )
    parcel.step(parcel.hour(12), Report((earlier, later)))
    assert parcel.opened == [("accepted", True), ("delivered", False)]


ATTEMPT = ((8, "out_for_delivery"), (10, "delivery_attempted"), (11, "at_delivery_depot"))
